"""One worker of a program, on a socket of its own."""
import os
import socket
import subprocess
import tempfile

import fastcgi
from system import eventually


class Worker:
    """in: conf: lines that replace those of the system's configuration."""

    def __init__(self, system, name, conf=None, preload=None, mode=0o600,
                 **environment):
        self.system, self.name = system, name
        self.folder = tempfile.TemporaryDirectory(dir=system.run / 'tmp')
        os.chmod(self.folder.name, 0o755)
        self.path = os.path.join(self.folder.name, 'socket')
        self.log = os.path.join(self.folder.name, 'log')
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, mode)
        owner = system.as_owner()
        if owner:
            os.chown(self.folder.name, owner['user'], owner['group'])
            os.chown(self.path, owner['user'], owner['group'])
        self.listener.listen(16)
        self.environment = dict(
            environment, TALLYSTICK_CONF=self._conf(conf or {}))
        if preload:
            self.environment['LD_PRELOAD'] = str(preload)
        self.start()

    def _conf(self, changed):
        path = os.path.join(self.folder.name, 'tallystick.conf')
        kept = [line for line in self.system.conf.read_text().splitlines()
                if line.split('=')[0].strip() not in changed]
        kept += ['%s = %s' % item for item in changed.items()]
        with open(path, 'w') as file:
            file.write('\n'.join(kept) + '\n')
        os.chmod(path, 0o644)
        return path

    def start(self):
        """It, or its successor."""
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                [str(self.system.prefix / 'libexec' / 'tallystick'
                     / self.name)], stdin=self.listener, stdout=log,
                stderr=log, env=self.environment, **self.system.as_owner())

    def said(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read()

    def call(self, *words, **more):
        return fastcgi.call(self.path, *words, **more)

    def ended(self, limit_s=15):
        """Its status, once it has ended by itself."""
        assert eventually(lambda: self.process.poll() is not None, limit_s), \
            'it goes on'
        return self.process.returncode

    def close(self):
        self.process.kill()
        self.process.wait()
        self.listener.close()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()
