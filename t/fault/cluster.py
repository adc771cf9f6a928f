"""A system's database as one node of a Galera cluster of three."""
import contextlib
import os
import signal
import subprocess

import means
from store import Store
from system import eventually, free_port


class Node:
    """mariadbd over a folder, empty unless it is the first's, at a socket."""

    def __init__(self, system, name, folder, socket):
        self.system, self.folder, self.socket = system, folder, socket
        self.name = name
        self.places = ['127.0.0.1:%d' % free_port() for _ in range(3)]
        self.log = system.run / 'log' / ('node-' + name)
        self.process = None

    def start(self, others=''):
        """Join the others, whose data it takes over; none: begin a cluster."""
        place, sst, ist = self.places
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                ['mariadbd', '--no-defaults', '--datadir=%s' % self.folder,
                 '--socket=%s' % self.socket,
                 '--tmpdir=%s' % (self.system.run / 'tmp'),
                 '--pid-file=%s.pid' % self.socket, '--skip-networking',
                 '--skip-name-resolve', '--skip-log-bin',
                 '--innodb-log-file-size=32M', '--innodb-buffer-pool-size=64M',
                 '--innodb-flush-log-at-trx-commit=1',
                 '--character-set-server=utf8mb4',
                 '--collation-server=utf8mb4_bin', '--wsrep-on=ON',
                 '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2',
                 '--wsrep-provider=' + means.GALERA,
                 '--wsrep-cluster-address=gcomm://' + others,
                 '--wsrep-node-name=' + self.name,
                 '--wsrep-node-address=' + place,
                 '--wsrep-sst-donor=third,', '--wsrep-sst-method=rsync',
                 '--wsrep-sst-receive-address=' + sst,
                 '--wsrep-provider-options=base_port=%s;gmcast.listen_addr='
                 'tcp://%s;ist.recv_addr=%s;gcache.size=16M'
                 % (place.split(':')[1], place, ist)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **self.system.as_owner())
        assert eventually(lambda: not self.runs() or self.is_ready(), 60) \
            and self.is_ready(), self.told()[-3000:]

    def told(self):
        return self.log.read_text(errors='replace')

    def is_ready(self):
        return all(words in self.told() for words in (
            'Synchronized with group', 'ready for connections'))

    def sql(self, text):
        """As one who may do all."""
        root = Store(self.system, 'client-root', self.socket)
        try:
            return root.sql(text)
        finally:
            root.close()

    def state(self):
        """(its part of the cluster, whether it serves)"""
        told = dict(self.sql("SHOW STATUS WHERE Variable_name IN "
                             "('wsrep_cluster_status', 'wsrep_ready')"))
        return told['wsrep_cluster_status'], told['wsrep_ready'] == 'ON'

    def option(self, text):
        self.sql("SET GLOBAL wsrep_provider_options = '%s'" % text)

    def runs(self):
        return self.process.poll() is None

    def kill(self):
        """Hard, with what it started to bring its data over."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        self.kill()


class Cluster:
    """The system's programs go on with the first node. options: a file by
    which others reach the second."""

    def __init__(self, system):
        self.system = system
        self.first = Node(system, 'first', system.run / 'db',
                          system.run / 'db.sock')
        self.second, self.third = [
            Node(system, name, system.run / 'tmp' / name / 'db',
                 system.run / 'tmp' / name / 'db.sock')
            for name in ('second', 'third')]
        self.nodes = (self.first, self.second, self.third)
        self.options = system.run / 'second.cnf'
        system.part('stop', 'mariadbd')
        try:
            self.first.start()
            for node in self.nodes[1:]:
                node.folder.parent.mkdir(0o700)
                node.folder.mkdir(0o700)
                system.give(node.folder.parent, node.folder)
                self.join(node)
            system.lead(self.options, 'socket = %s' % self.second.socket)
        except BaseException:
            self.close()
            raise

    def join(self, node):
        node.start(','.join(other.places[0] for other in self.nodes
                            if other is not node))

    @contextlib.contextmanager
    def behind(self):
        """The second node applies nothing of what the first acknowledges.
        Yields a Store of it."""
        root = Store(self.system, 'client-root', self.second.socket)
        try:
            root.sql('FLUSH TABLES WITH READ LOCK')
            yield root
        finally:
            root.close()

    def is_whole(self):
        return all(node.state() == ('Primary', True) for node in self.nodes)

    def close(self):
        for node in reversed(self.nodes):
            node.stop()
