"""What runs while something is measured: the system that ./quickstart started, and what stands beside it.

./quickstart bench tells where the system is in TALLYSTICK_RUN, TALLYSTICK_PREFIX, TALLYSTICK_BUILD and TALLYSTICK_PORT.
What is started here ends with this program, however that ends.
"""
import contextlib
import dataclasses
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
RUN = pathlib.Path(os.environ.get('TALLYSTICK_RUN', 'run/bench')).resolve()
PREFIX = pathlib.Path(os.environ.get('TALLYSTICK_PREFIX', RUN / 'prefix'))
BUILD = pathlib.Path(os.environ.get('TALLYSTICK_BUILD', RUN / 'build'))
PORT = int(os.environ.get('TALLYSTICK_PORT', '8080'))
PROGRAMS = ('register', 'connect', 'instruct', 'report', 'pair', 'status')

_started = []
_logged = set()


def sql(text, database='tallystick', run=RUN):
    """Rows of the last statement, by the administrator's account; values as text."""
    done = subprocess.run(['mariadb', f'--defaults-file={run}/database.cnf', '--defaults-group-suffix=-root', '--batch',
                           '--skip-column-names', database], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f'bench: {done.stderr.strip()}')
    return [line.split('\t') for line in done.stdout.splitlines()]


def number(text, **where):
    return int(sql(text, **where)[0][0])


def session_of(name, run=RUN):
    """The session of one of quickstart's parts, which is the number of its first process."""
    return int((run / 'pid' / f'{name}.pid').read_text())


@dataclasses.dataclass
class System:
    """One that ./quickstart started; usually the only one."""
    run: pathlib.Path = RUN
    port: int = PORT

    def sql(self, text):
        return sql(text, run=self.run)

    def number(self, text):
        return number(text, run=self.run)

    def session_of(self, name):
        return session_of(name, self.run)


def start(name, command, end='TERM', stdin=subprocess.DEVNULL, **environment):
    """A process in a session of its own; its session's number."""
    with open(RUN / 'log' / f'{name}.log', 'ab' if name in _logged else 'wb') as log:
        _logged.add(name)
        process = subprocess.Popen(['setpriv', '--pdeathsig', end, '--', *map(str, command)], stdin=stdin, stdout=log,
                                   stderr=log, start_new_session=True, env={**os.environ, **environment})
    _started.append((process, end))
    return process.pid


def pool_start(name, command, count, **environment):
    """So many workers behind run/NAME.sock; their sessions. KILL ends them, for libfcgi may spin on TERM."""
    path = RUN / f'{name}.sock'
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1024)
        return {start(name, command, 'KILL', stdin=listener.fileno(), **environment) for _ in range(count)}


def stop_all():
    """Each with what it started itself."""
    for process, end in _started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, 'SIG' + end))
    for process, _ in _started:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    _started.clear()


def port_free():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def port_await(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f'bench: nothing listens on port {port}: see {RUN}/log')


def fill_in(template, target, **words):
    """A configuration file from one with @WORD@s."""
    text = (HERE / template).read_text(encoding='utf-8')
    for word, value in {'RUN': RUN, **words}.items():
        text = text.replace(f'@{word}@', str(value))
    target.write_text(text)
    return target


def run_main(main):
    """main() with everything ended afterwards, by TERM and by key too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        stop_all()
