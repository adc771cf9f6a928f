"""A part of a system that runs in a small room: with a folder of its own that
is a tmpfs of few bytes, which can be filled and emptied while it runs."""
import contextlib
import itertools
import os
import pathlib
import shlex
import signal
import subprocess

from system import eventually


def arguments(system, name):
    """The command line of a part that runs."""
    if name == 'nginx':
        # It writes something else there.
        return ['/usr/sbin/nginx', '-e', 'stderr', '-c', str(
            system.run / 'nginx.conf'), '-g', 'daemon off;']
    raw = pathlib.Path('/proc/%d/cmdline' % system.pid(name)).read_bytes()
    return [word.decode() for word in raw.split(b'\0')[:-1]]


class Room:
    """The part is stopped, its folder copied into a tmpfs of size (as mount
    takes it), and it is started there again, and again should it end, as a
    supervisor does it."""

    def __init__(self, system, name, folder, size, more=()):
        self.system, self.name = system, name
        self.folder = pathlib.Path(folder)
        command = arguments(system, name) + list(more)
        system.part('stop', name)
        script = '''
            mkdir -p {kept}; rm -rf {kept}; cp -a {folder} {kept}
            mount -t tmpfs -o size={size},mode=0700 none {folder}
            cp -a {kept}/. {folder}/
            trap 'kill $!; wait; exit' TERM
            while :; do
                unshare --user --map-user={user} --map-group={group} \
                    {command} & wait $! || :
                sleep 0.2
            done'''.format(
                    kept=shlex.quote(str(self.folder) + '.kept'),
                    folder=shlex.quote(str(self.folder)), size=size,
                    user=os.getuid(), group=os.getgid(),
                    command=shlex.join(command))
        with open(system.run / 'log' / (name + '.log'), 'ab') as log:
            self.process = subprocess.Popen(
                ['unshare', '--user', '--map-root-user', '--mount', 'sh',
                 '-euc', script], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def inside(self, name=''):
        """A path in the folder, as seen from outside."""
        return pathlib.Path('/proc/%d/root' % self.process.pid + str(
            self.folder / name))

    def fill(self, leave=0):
        """To the last byte, but for so many."""
        with contextlib.suppress(OSError), open(self.inside('filler'), 'ab',
                                                0) as filler:
            while True:
                filler.write(bytes(1 << 16))
        with contextlib.suppress(OSError), open(self.inside('filler'), 'ab',
                                                0) as filler:
            while True:
                filler.write(bytes(512))
        size = os.stat(self.inside('filler')).st_size
        os.truncate(self.inside('filler'), max(0, size - leave))

    def fill_names(self):
        """Till there can be no other file."""
        with contextlib.suppress(OSError):
            for number in itertools.count():
                self.inside('name-%d' % number).touch()

    def free_names(self):
        for path in self.inside().glob('name-*'):
            path.unlink()

    def free(self):
        self.inside('filler').unlink()

    def left(self):
        found = os.statvfs(self.inside())
        return found.f_bavail * found.f_frsize

    def close(self):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        # What it stored went with the room.
        self.system.__dict__.pop('kinds', None)
        self.system.part('start', self.name)
        assert eventually(self.system.healthy, 30)
