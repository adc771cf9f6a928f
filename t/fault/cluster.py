"""A system's database as one node of a Galera cluster, and another node."""
import contextlib
import os
import signal
import subprocess

import means
from store import Store
from system import eventually, free_port


class Node:
    """mariadbd over a folder, empty unless it is the first, at a socket."""

    def __init__(self, system, folder, socket, others=''):
        self.place = '127.0.0.1:%d' % free_port()
        self.log = system.run / 'log' / ('node-%s' % self.place)
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                ['mariadbd', '--no-defaults', '--datadir=%s' % folder,
                 '--socket=%s' % socket, '--tmpdir=%s' % (system.run / 'tmp'),
                 '--pid-file=%s.pid' % socket, '--skip-networking',
                 '--skip-name-resolve', '--skip-log-bin',
                 '--innodb-log-file-size=32M', '--innodb-buffer-pool-size=64M',
                 '--innodb-flush-log-at-trx-commit=0',
                 '--character-set-server=utf8mb4',
                 '--collation-server=utf8mb4_bin', '--wsrep-on=ON',
                 '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2',
                 '--wsrep-provider=' + means.GALERA,
                 '--wsrep-cluster-address=gcomm://' + others,
                 '--wsrep-node-address=' + self.place,
                 '--wsrep-sst-method=rsync',
                 '--wsrep-sst-receive-address=127.0.0.1:%d' % free_port(),
                 '--wsrep-provider-options=base_port=%s;gmcast.listen_addr='
                 'tcp://%s;ist.recv_addr=127.0.0.1:%d;gcache.size=16M'
                 % (self.place.split(':')[1], self.place, free_port())],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **system.as_owner())

    def told(self):
        return self.log.read_text(errors='replace')

    def is_ready(self):
        return all(words in self.told() for words in (
            'Synchronized with group', 'ready for connections'))

    def stop(self):
        """And what it started to bring its data over."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Cluster:
    """The system's programs go on with the first node. options: a file by
    which others reach the second."""

    def __init__(self, system):
        self.system, self.nodes, self.root = system, [], None
        self.folder = system.run / 'tmp' / 'second'
        self.socket = self.folder / 'db.sock'
        self.options = system.run / 'second.cnf'
        system.part('stop', 'mariadbd')
        try:
            self.start(system.run / 'db', system.run / 'db.sock')
            self.folder.mkdir(0o700)
            (self.folder / 'db').mkdir(0o700)
            system.give(self.folder, self.folder / 'db')
            self.start(self.folder / 'db', self.socket, self.nodes[0].place)
            system.lead(self.options, 'socket = %s' % self.socket)
            # Who may do all there.
            self.root = Store(system, 'client-root', self.socket)
        except BaseException:
            self.close()
            raise

    def start(self, folder, socket, others=''):
        node = Node(self.system, folder, socket, others)
        self.nodes.append(node)
        assert eventually(lambda: node.process.poll() is not None
                          or node.is_ready(), 60) and node.is_ready(), \
            node.told()[-3000:]

    @contextlib.contextmanager
    def behind(self):
        """The second node applies nothing of what the first acknowledges."""
        self.root.sql('FLUSH TABLES WITH READ LOCK')
        try:
            yield
        finally:
            self.root.sql('UNLOCK TABLES')

    def close(self):
        if self.root is not None:
            self.root.close()
        for node in reversed(self.nodes):
            node.stop()
