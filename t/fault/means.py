"""Which means of doing harm this machine has: each is tried, none guessed.

python3 t/fault/means.py prints the table; the tests ask the same list by
means.wanted('NAME', ...), which skips with the reason. What no test does yet is
told as well, and whether it could be done here.
"""
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FAKETIME = '/usr/lib/%s-linux-gnu/faketime/libfaketime.so.1' % \
    os.uname().machine
GALERA = '/usr/lib/galera/libgalera_smm.so'


class Missing(Exception):
    """Its text says why a means cannot be had."""


def need(condition, reason):
    if not condition:
        raise Missing(reason)


def tool(name):
    found = shutil.which(name)
    need(found, '%s is not installed' % name)
    return found


def run(*command, **more):
    """What it says, or Missing with its last word."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, **more)
    need(done.returncode == 0, last_line(done.stderr)
         or '%s ended with %d' % (command[0], done.returncode))
    return done.stdout


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else ''


def python(script, limits=(), environment=None, **more):
    """A python under limits; what it prints."""
    def limit():
        for kind, most in limits:
            resource.setrlimit(kind, (most, most))
    done = subprocess.run(
        [sys.executable, '-S', '-c', script], capture_output=True, text=True,
        preexec_fn=limit, timeout=30, stdin=subprocess.DEVNULL,
        env=dict(os.environ, **(environment or {})), **more)
    return done.stdout.strip() or 'ended with %d: %s' % (
        done.returncode, last_line(done.stderr))


TRY = '''
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    %s
    print('passed')
except MemoryError:
    print('ENOMEM')
except OSError as e:
    import errno
    print(errno.errorcode[e.errno])
'''


def bites(kind, most, step, wanted, **more):
    """That a limit is not only set but stops this step."""
    free = python(TRY % step, **more)
    need(free == 'passed', 'without the limit too: ' + free)
    limited = python(TRY % step, [(kind, most)], **more)
    need(limited == wanted, 'set, and did not bite: ' + limited)


# --- the probes -------------------------------------------------------------

def probe_signals():
    child = subprocess.Popen(['sleep', '60'])
    try:
        child.send_signal(signal.SIGSTOP)
        for _ in range(100):
            stat = pathlib.Path('/proc/%d/stat' % child.pid).read_text()
            if stat.rsplit(')', 1)[1].split()[0] == 'T':
                break
            time.sleep(0.01)
        else:
            raise Missing('a stopped process goes on')
        child.send_signal(signal.SIGCONT)
    finally:
        child.kill()
        child.wait()


def probe_strace():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [tool('strace'), '-o', folder + '/log', '-e',
             'inject=mkdir:error=ENOSPC', 'mkdir', folder + '/made'],
            capture_output=True, text=True, timeout=30)
        need('No space left' in done.stderr, last_line(done.stderr)
             or 'nothing was injected')


def probe_preload():
    """Compiles the allocator that fails, and sees it fail."""
    with tempfile.TemporaryDirectory() as folder:
        library = compile_scarce(pathlib.Path(folder))
        control = pathlib.Path(folder, 'control')
        control.write_bytes(b'\1\0\0\0\1\0\0\0' + bytes(8))
        done = subprocess.run(
            ['sort', '/etc/passwd'], capture_output=True, timeout=30,
            env=dict(os.environ, LD_PRELOAD=str(library),
                     SCARCE_FILE=str(control)))
        need(done.returncode != 0, 'malloc() did not fail')


def compile_scarce(folder):
    library = folder / 'scarce.so'
    run(tool('cc'), '-O1', '-Wall', '-Werror', '-shared', '-fPIC', '-o',
        str(library), str(HERE / 'scarce.c'))
    return library


def mounted(script):
    return run(tool('unshare'), '--user', '--map-root-user', '--mount', 'sh',
               '-euc', script)


def probe_tmpfs():
    with tempfile.TemporaryDirectory() as folder:
        said = mounted('mount -t tmpfs -o size=64k none %s; '
                       'head -c 99999 /dev/zero > %s/x || echo full'
                       % (folder, folder))
        need('full' in said, 'a full tmpfs takes more')


def probe_inodes():
    with tempfile.TemporaryDirectory() as folder:
        said = mounted('mount -t tmpfs -o nr_inodes=3 none %s; cd %s; '
                       'mkdir 1 2; mkdir 3 || echo full' % (folder, folder))
        need('full' in said, 'a tmpfs without inodes takes more')


def probe_account():
    """Back to the own account inside a mount namespace."""
    said = mounted('unshare --user --map-user=%d --map-group=%d id -u'
                   % (os.getuid(), os.getgid()))
    need(int(said) == os.getuid(), 'became %s' % said.strip())


def probe_fsize():
    bites(resource.RLIMIT_FSIZE, 4096, 'f = os.open("/tmp", os.O_TMPFILE | '
          'os.O_RDWR); os.write(f, bytes(4096)); os.write(f, b"x")', 'EFBIG')


def probe_nofile():
    bites(resource.RLIMIT_NOFILE, 20,
          '[os.dup(0) for _ in range(40)]', 'EMFILE')


def probe_nproc():
    """Root is not bound by it."""
    more = {'user': 'nobody'} if os.getuid() == 0 else {}
    bites(resource.RLIMIT_NPROC, 0, 'os.fork() or os._exit(0)', 'EAGAIN',
          **more)


def probe_as():
    bites(resource.RLIMIT_AS, 128 << 20, 'bytearray(256 << 20)', 'ENOMEM')


def probe_prlimit():
    child = subprocess.Popen(['sleep', '60'])
    try:
        run(tool('prlimit'), '--pid', str(child.pid), '--nofile=17:18')
        limits = pathlib.Path('/proc/%d/limits' % child.pid).read_text()
        need(any(line.split()[3:5] == ['17', '18']
                 for line in limits.splitlines()
                 if line.startswith('Max open files')), 'nothing changed')
    finally:
        child.kill()
        child.wait()


def probe_full():
    try:
        with open('/dev/full', 'wb', 0) as file:
            file.write(b'x')
    except OSError as error:
        need(error.errno == 28, str(error))
    else:
        raise Missing('/dev/full takes all')


def networked(script):
    """In a network of its own."""
    return run(tool('unshare'), '--user', '--map-root-user', '--net', 'sh',
               '-euc', script)


def probe_mapper(target):
    done = subprocess.run([tool('dmsetup'), 'targets'], capture_output=True,
                          text=True, timeout=30)
    need(done.returncode == 0, done.stderr.partition('\n')[0])
    need(target in done.stdout.split(), 'device-mapper has no ' + target)


def probe_flakey():
    probe_mapper('flakey')


def probe_log_writes():
    probe_mapper('log-writes')


def probe_netem():
    tool('tc')
    networked('tc qdisc add dev lo root netem loss 30%')


def probe_packets():
    tool('nft')
    networked('nft "add table inet t; add chain inet t c { type filter hook '
              'input priority 0; }; add rule inet t c numgen random mod 100 < '
              '30 drop"')


def probe_faketime():
    need(os.path.exists(FAKETIME), 'libfaketime is not installed')
    said = python('import time; print(int(time.time()))', environment={
        'LD_PRELOAD': FAKETIME, 'FAKETIME': '-1d'})
    need(said.isdigit() and abs(time.time() - 86400 - int(said)) < 60,
         'told ' + said)


def probe_galera():
    need(os.path.exists(GALERA), '%s is missing' % GALERA)
    tool('rsync')


MEANS = (
    ('signals', 'KILL, STOP and CONT at any moment', probe_signals),
    ('strace', 'any system call fails, or kills, at its n-th use',
     probe_strace),
    ('scarce', 'the n-th allocation fails, once or from then on',
     probe_preload),
    ('tmpfs', 'a folder of few bytes', probe_tmpfs),
    ('inodes', 'a folder of few names', probe_inodes),
    ('account', 'an ordinary account in a mount namespace', probe_account),
    ('dev-full', 'a file that is always full', probe_full),
    ('fsize', 'files of bounded size (EFBIG)', probe_fsize),
    ('nofile', 'few descriptors (EMFILE)', probe_nofile),
    ('nproc', 'no more processes and threads (EAGAIN)', probe_nproc),
    ('as', 'little address space (ENOMEM)', probe_as),
    ('prlimit', 'limits of a process that runs', probe_prlimit),
    ('faketime', 'a clock that is wrong, jumps or hurries', probe_faketime),
    ('galera', 'several database servers that are one, and lose some',
     probe_galera),
)
# What no test does, here or elsewhere: test_undone.py skips one for each.
UNDONE = (
    ('dm-flakey', 'power loss: a disk that drops what it was told to write',
     probe_flakey),
    ('dm-log-writes', 'power loss: each state that a disk was in',
     probe_log_writes),
    ('netem', 'packets late, twice, out of order', probe_netem),
    ('nft', 'packets lost, networks parted', probe_packets),
)
_found = {}


def lacks(name):
    """Why a means cannot be had, or None; tried once a process."""
    if name not in _found:
        probe = {each[0]: each[2] for each in MEANS + UNDONE}[name]
        try:
            _found[name] = probe()
        except Missing as missing:
            _found[name] = str(missing)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            _found[name] = '%s: %s' % (type(error).__name__, error)
    return _found[name]


def wanted(*names):
    """A mark for what cannot be tested without them."""
    import pytest
    reasons = ['%s: %s' % (name, lacks(name)) for name in names
               if lacks(name) is not None]
    return pytest.mark.skipif(bool(reasons), reason='; '.join(reasons))


def undone():
    """Of each: its name, and what no test does, and why it cannot here."""
    return [(name, '%s: no test does it%s' % (
        gives, '' if lacks(name) is None else ' (%s)' % lacks(name)))
            for name, gives, _ in UNDONE]


def stride(check, fault):
    """How many positions to go on each time: in ./quickstart check, in make
    fault, and in the run of all (TALLYSTICK_FAULTS: unset, some, all)."""
    return {'some': fault, 'all': 1}.get(
        os.environ.get('TALLYSTICK_FAULTS'), check)


def row(name, text):
    return '%-15s %-8s %s' % (
        name, 'present' if lacks(name) is None else 'absent', text)


def table():
    lines = ['%-15s %-8s %s' % ('means', 'here', 'what it gives, or why not')]
    lines += [row(name, lacks(name) or gives) for name, gives, _ in MEANS]
    lines += [row(name, why) for name, why in undone()]
    here = sum(lacks(name) is None for name, _, _ in MEANS)
    lines.append('%d of %d means are here that tests want, %d that no test '
                 'uses yet' % (here, len(MEANS), sum(
                     lacks(name) is None for name, _, _ in UNDONE)))
    return '\n'.join(lines)


if __name__ == '__main__':
    print(table())
