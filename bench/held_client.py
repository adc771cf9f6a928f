"""The devices that are held, played by bench/held, and an nginx that is large enough for them."""
import json
import math
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time

import stage

LINES = 3           # connections of nginx that a held device takes: its own and both ends of the hop
SPARE = 1.15        # workers do not share evenly
USABLE = 15 / 16    # of worker_connections, before nginx begins to reuse them
STATUS = """server {
	listen unix:%s;
	access_log off;
	location / {
		nchan_stub_status;
	}
}
"""


class Devices:
    """bench/held: so many devices with these tokens. tally: what they have met, as it was told last."""

    def __init__(self, port, tokens, count, habits=()):
        self.process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'TERM', '--', stage.BUILD / 'bench' / 'held', *habits, '127.0.0.1', str(port),
             tokens, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.count = count
        self.tally = None
        self.woken = None
        threading.Thread(target=self._read, daemon=True).start()
        while self.tally is None and self.process.poll() is None:
            time.sleep(0.1)

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            if 'woken_ms' in told:
                self.woken = told['woken_ms']
            else:
                self.tally = told

    def order(self, text):
        self.process.stdin.write(text + '\n')
        self.process.stdin.flush()

    def ask(self, seconds):
        self.order(f'ask {seconds}')

    def wake(self, count, seconds):
        self.order(f'wake {count} {seconds}')

    def woken_take(self):
        """Milliseconds that each wake-up took since the last time."""
        self.woken = None
        self.order('woken')
        while self.woken is None and self.process.poll() is None:
            time.sleep(0.05)
        return sorted(self.woken or [])

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def front_size(devices):
    """Workers, and connections of each, as the limit of open files asks for."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = devices * LINES * SPARE / USABLE
    workers = max(os.cpu_count(), math.ceil(wanted / (files - 200)))
    return workers, min(files - 200, math.ceil(wanted / workers) + 1000)


def front_enlarge(devices):
    """nginx's own file changed for so many, the pace of connect as in earnest, and a place to ask how many wait."""
    path, status = stage.RUN / 'nginx.conf', stage.RUN / 'nginx' / 'held.conf'
    workers, connections = front_size(devices)
    text = path.read_text(encoding='utf-8')
    for name, value in (('worker_processes', workers), ('worker_rlimit_nofile', connections + 200),
                        ('worker_connections', connections)):
        text, found = re.subn(rf'^(\s*{name} ).*;', rf'\g<1>{value};', text, flags=re.MULTILINE)
        assert found == 1, name
    status.write_text(STATUS % (stage.RUN / 'held.sock'))
    limits = stage.RUN / 'nginx' / 'bench.conf'
    limits.write_text(re.sub(r'(\$tallystick_crowd \{\s*default) ""', r'\1 all', limits.read_text(encoding='utf-8')))
    include = f'include {status};'
    if include not in text:
        text = text.replace('http {\n', f'http {{\n\t{include}\n')
    path.write_text(text)
    front_restart()
    return workers, connections


def front_restart():
    """As quickstart does: TERM, and a new one once the old is gone."""
    (stage.RUN / 'held.sock').unlink(missing_ok=True)
    quickstart = stage.HERE.parent / 'quickstart'
    subprocess.run([quickstart, 'part', 'restart', 'nginx'], check=True, stdout=subprocess.DEVNULL)


def front_reload():
    os.kill(stage.session_of('nginx'), signal.SIGHUP)


def waiting():
    """How many nchan holds, as it counts them; None: it does not answer."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(stage.RUN / 'held.sock'))
            client.sendall(b'GET / HTTP/1.0\r\n\r\n')
            answer = b''.join(iter(lambda: client.recv(4096), b''))
        except OSError:
            return None
    found = re.search(rb'subscribers: (\d+)', answer)
    return int(found.group(1)) if found else None
