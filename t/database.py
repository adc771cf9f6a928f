"""A MariaDB of a test's own, reached through a socket and by TLS over TCP."""
import pathlib
import shutil
import subprocess
import tempfile

from system import eventually, free_port

PASSWORD = 'of the tests'


class Database:
    """With the tables, procedures and accounts of the system's version. The
    programs' accounts are made for TCP, too."""

    def __init__(self, system):
        self.system = system
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='d-', dir=system.run
                                                    / 'tmp'))
        self.port = free_port()
        self.process = None
        owner = system.as_owner()
        if owner:
            shutil.chown(self.folder, owner['user'], owner['group'])
        self._certify()
        self._run(['mariadb-install-db', '--no-defaults', '--skip-test-db',
                   '--datadir=%s' % (self.folder / 'data'),
                   '--auth-root-authentication-method=normal'])
        self.start()
        self._fill()

    def _run(self, command, **more):
        done = subprocess.run([str(word) for word in command], text=True,
                              capture_output=True, timeout=120,
                              **{**self.system.as_owner(), **more})
        assert done.returncode == 0, done
        return done.stdout

    def _certify(self):
        """An authority that is its own server, known as 127.0.0.1 and
        127.0.0.2; and another that knows no server at all."""
        for name in ('', 'other-'):
            self._run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                       'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                       '-subj', '/CN=localhost', '-addext',
                       'subjectAltName=IP:127.0.0.1,IP:127.0.0.2', '-keyout',
                       self.folder / (name + 'key.pem'), '-out',
                       self.folder / (name + 'ca.pem')])

    def start(self):
        log = open(self.folder / 'log', 'ab')
        self.process = subprocess.Popen(
            ['mariadbd', '--no-defaults', '--skip-name-resolve',
             '--datadir=%s' % (self.folder / 'data'),
             '--socket=%s' % (self.folder / 's'), '--port=%d' % self.port,
             '--bind-address=127.0.0.1', '--innodb-buffer-pool-size=32M',
             '--ssl-ca=%s' % (self.folder / 'ca.pem'),
             '--ssl-cert=%s' % (self.folder / 'ca.pem'),
             '--ssl-key=%s' % (self.folder / 'key.pem'),
             '--plugin-load-add=auth_ed25519'],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            **self.system.as_owner())
        log.close()
        assert eventually(self._answers, 60), \
            (self.folder / 'log').read_text()

    def _answers(self):
        return subprocess.run(
            ['mariadb', '--no-defaults', '-uroot', '-e', 'DO 0',
             '--socket=%s' % (self.folder / 's')], capture_output=True,
            timeout=20).returncode == 0

    def stop(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, text):
        return self._run(['mariadb', '--no-defaults', '-uroot', '-N', '-B',
                          '--socket=%s' % (self.folder / 's')], input=text)

    def _fill(self):
        accounts = (self.system.prefix / 'etc' / 'tallystick' / 'example'
                    / 'accounts.sql').read_text()
        self.sql(accounts.replace('change-me', PASSWORD))
        conf = self.system.configure(self.folder / 'tallystick.conf', {
            'database': self.options('tallystick', 'socket = %s'
                                     % (self.folder / 's'))})
        done = self.system.command('migrate', conf=conf)
        assert done.returncode == 0, done

    def account(self, name, plugin):
        """A program's, for TCP, by the server's plugin of that name."""
        self.sql("DROP USER IF EXISTS '{0}'@'127.0.0.1'; CREATE USER "
                 "'{0}'@'127.0.0.1' IDENTIFIED VIA {1} USING "
                 "PASSWORD('{2}'); GRANT EXECUTE ON PROCEDURE "
                 "tallystick.{3} TO '{0}'@'127.0.0.1';".format(
                     name, plugin, PASSWORD, name.replace('tallystick-', '')))

    def options(self, group, *lines):
        """An option file with this group alone."""
        path = self.folder / (group + '.cnf')
        path.write_text('\n'.join(
            ['[%s]' % group, 'user = ' + group, 'password = ' + PASSWORD,
             'database = tallystick', *lines]) + '\n')
        owner = self.system.as_owner()
        if owner:
            shutil.chown(path, owner['user'], owner['group'])
        path.chmod(0o600)
        return path

    def tcp(self, group, *lines):
        return self.options(group, 'host = 127.0.0.1',
                            'port = %d' % self.port, *lines)

    def tls(self, group):
        return self.tcp(group, 'ssl-ca = %s' % (self.folder / 'ca.pem'),
                        'ssl-verify-server-cert = 1')
