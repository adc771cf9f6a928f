"""Whether time tells known codes from unknown: requests of both kinds in turns, in an order drawn by lot.

Usage: ./quickstart bench timing [--samples N] [--only NAME ...] [--way work program front] [--plant MICROSECONDS]

Each contest sends two kinds of requests that must look alike, through the whole system (front), straight to the program
(program), and there once more with the processors' time in place of the clock's (work), which a busy machine blurs less;
bench/alike.py judges. Two contests show what the judge is worth: of `nothing` both kinds are the same,
and in `planted` the second takes so much longer (--plant, 75).
"""
import argparse
import contextlib
import http.client
import pathlib
import random
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import alike
import stage
import table

sys.path.append(str(stage.HERE.parent / 't'))

import client  # noqa: E402
import fastcgi  # noqa: E402

BITS = 60               # no budget of such codes is spent by measuring
SPENT = 1 << 39         # that of codes typed is
LONG = 12               # signs of such a code
WARM = 50               # requests of each kind that are not counted


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench timing', description=__doc__.splitlines()[0])
    parser.add_argument('--samples', type=int, default=2000, help='of each kind')
    parser.add_argument('--only', nargs='+', default=[], help='contests by the beginning of their names')
    parser.add_argument('--way', nargs='+', default=['work', 'program', 'front'], choices=[*WAYS])
    parser.add_argument('--plant', type=float, default=75, help='microseconds')
    return parser.parse_args()


def code():
    return client.new_code(LONG)


def device_id():
    return 'D' + secrets.token_hex(8).upper()


_hosts = iter(range(1, 1 << 24))
_hosts_lock = threading.Lock()


def address():
    with _hosts_lock:
        number = next(_hosts)
    return f'10.{number >> 16}.{number >> 8 & 255}.{number & 255}'


class Program:
    """Straight to the socket of a program, a connection a request, as the web server asks."""

    def send(self, path, body, kind, where):
        name = 'register' if path.startswith('/device') else 'pair'
        begun = time.perf_counter_ns()
        answer = fastcgi.call(stage.RUN / f'{name}.sock', 'POST', path, body, where, CONTENT_TYPE=kind)
        return time.perf_counter_ns() - begun, answer.status


class Work(Program):
    """What it costs the processors, waiting aside: the program's workers and their threads of the database."""

    def __init__(self):
        server = int((stage.RUN / 'tmp' / 'mariadbd.pid').read_text())
        self.files = {}
        for name in ('register', 'pair'):
            found = stage.sql(f"SELECT TID FROM information_schema.PROCESSLIST WHERE USER = 'tallystick-{name}'")
            paths = [f'/proc/{server}/task/{thread}/schedstat' for thread, in found]
            for entry in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
                with contextlib.suppress(OSError):
                    if entry.read_bytes().rstrip(b'\0').endswith(f'{stage.PREFIX}/libexec/tallystick/{name}'.encode()):
                        paths.append(entry.with_name('schedstat'))
            self.files[name] = [open(path) for path in paths]

    def spent(self, name):
        """Nanoseconds. A thread that has just answered may not be asleep yet."""
        time.sleep(0.0004)
        total = 0
        for file in self.files[name]:
            file.seek(0)
            total += int(file.read().split()[0])
        return total

    def send(self, path, body, kind, where):
        name = 'register' if path.startswith('/device') else 'pair'
        before = self.spent(name)
        status = super().send(path, body, kind, where)[1]
        return self.spent(name) - before, status


class Front:
    """Through nginx, on a connection that stays a while."""

    def __init__(self):
        self.connection = http.client.HTTPConnection('127.0.0.1', stage.PORT)
        self.sent = 0

    def send(self, path, body, kind, where):
        if self.sent % 500 == 0:
            self.connection.close()
            self.connection.connect()
        self.sent += 1
        headers = {'Content-Type': kind, 'X-Forwarded-For': where}
        begun = time.perf_counter_ns()
        self.connection.request('POST', path, body, headers)
        response = self.connection.getresponse()
        response.read()
        return time.perf_counter_ns() - begun, response.status


WAYS = {'work': Work, 'program': Program, 'front': Front}


def registers(way, what):
    took, status = way.send('/device/register', client.registration_request(device_id(), what), 'application/xml',
                            address())
    assert status == 201, status
    return took


def types(way, what, ending='', where=None):
    took, status = way.send('/pair', f'code={what}&device={ending}', client.FORM, where or address())
    assert status == 303, status
    return took


def crowd(call, count):
    """Codes that somebody knows, made by as many calls."""
    codes = [code() for _ in range(count)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: call(Program(), each), codes))
    return codes


def pending(count):
    return crowd(registers, count)


def contested(count):
    """Two terminals typed each."""
    return crowd(lambda way, what: (types(way, what), types(way, what)), count)


def past(count):
    """One terminal typed each, and waits no longer."""
    codes = crowd(types, count)
    stage.sql('UPDATE code SET awaited_to = 0')
    return codes


def used(count):
    return crowd(lambda way, what: (registers(way, what), types(way, what)), count)


def expired(count):
    codes = pending(count)
    stage.sql("UPDATE registration SET expires_at = UTC_TIMESTAMP() - INTERVAL 1 SECOND WHERE pending_address IS NOT NULL")
    return codes


def fresh(count):
    return [code() for _ in range(count)]


def spend(scope, name, spent):
    stage.sql(f"INSERT INTO guess (scope, name, since, spent) VALUES ('{scope}', {name}, UTC_TIMESTAMP(), {spent})")


def no_try_left():
    spend('address', "X'0AFFFFFF'", 1 << 20)


def service_spent():
    spend('service', "'spent'", SPENT)


def ending_spent():
    service_spent()
    spend('ending', "'ABCD'", 1 << 20)


def ending():
    """Nobody's: a new one each time."""
    return secrets.token_hex(4).upper()


# name: what the store is told first, who knows the code, and what is sent.
CONTESTS = {
    'nothing': (None, fresh, registers),
    'planted': (None, fresh, registers),
    'register pending': (None, pending, registers),
    'register contested': (None, contested, registers),
    'register past': (None, past, registers),
    'register used': (None, used, registers),
    'pair no-try': (no_try_left, pending, lambda way, what: types(way, what, '', '10.255.255.255')),
    'pair spent': (service_spent, pending, types),
    'pair spent, ending spent': (ending_spent, pending, lambda way, what: types(way, what, 'ABCD')),
    'pair spent, other ending': (service_spent, pending, lambda way, what: types(way, what, ending())),
    'pair expired': (None, expired, types),
}


def clean():
    stage.sql("DELETE FROM guess; DELETE FROM submission; DELETE FROM holding; DELETE FROM code; "
              "DELETE FROM registration")


def contest(name, way, options):
    """The two samples, µs: of codes that nobody knows, and of those that somebody does."""
    prepare, known, send = CONTESTS[name]
    clean()
    count = options.samples + WARM
    kinds = [fresh(count), known(count)]
    if prepare is not None:
        prepare()
    plant = options.plant if name == 'planted' else 0
    samples = [[], []]
    for turn in range(count):
        for which in random.sample((0, 1), 2):
            took = send(way, kinds[which][turn]) / 1000
            samples[which].append(took + (plant if which == 1 else 0))
    return [sample[WARM:] for sample in samples]


def row_print(name, way, row):
    print(f"{name:26}{way:9}{row['median_us']:8.0f}{row['median2_us']:8.0f}{row['p95_us']:8.0f}{row['p95_2_us']:8.0f}"
          f"{row['t']:8.1f}{row['crop']:6.2f}{row['difference_us']:8.1f}  [{row['low_us']:6.1f},{row['high_us']:6.1f}]"
          f"{row['z']:7.1f}{row['median_difference_us']:8.1f}{row['detectable_us']:8.1f}"
          f"  {'differs' if row['found'] else 'alike'}", flush=True)


def together_print(rows):
    """The contests of a program, each way, as one."""
    for program in ('register', 'pair'):
        for way in WAYS:
            of_it = [row for row in rows if row['contest'].startswith(program) and row['way'] == way]
            if len(of_it) > 1:
                difference, error, t = alike.together(of_it)
                print(f"{f'{program}, all {len(of_it)}':26}{way:9}{'':32}{t:8.1f}{'':6}{difference:8.1f}  "
                      f"[{difference - alike.Z99 * error:6.1f},{difference + alike.Z99 * error:6.1f}]"
                      f"{'':15}{alike.FOUND * error:8.1f}  {'differs' if abs(t) > alike.FOUND else 'alike'}")


def configure():
    """Codes so long that no budget is spent by measuring."""
    conf = stage.RUN / 'tallystick.conf'
    kept = [line for line in conf.read_text().splitlines() if not line.startswith(('code-bits', 'pending-per-address'))]
    conf.write_text('\n'.join([*kept, f'code-bits = {BITS}', 'pending-per-address = 0', '']))
    for name in ('register', 'pair'):
        subprocess.run([stage.HERE.parent / 'quickstart', 'part', 'restart', name], check=True, stdout=subprocess.DEVNULL)


def main():
    options = options_read()
    begun = time.monotonic()
    configure()
    print(f"{'':35}{'median, µs':>16}{'95 %':>16}{'t':>8}{'crop':>6}{'µs':>8}  {'99 %':15}{'z':>7}{'median':>8}{'seen':>8}")
    rows = []
    for name in CONTESTS:
        if options.only and not name.startswith(tuple(options.only)):
            continue
        for each in options.way:
            way = WAYS[each]()
            row = alike.compare(*contest(name, way, options))
            rows.append({'contest': name, 'way': each, **row})
            row_print(name, each, row)
    together_print(rows)
    table.results_write('timing', vars(options), begun, rows=rows)


if __name__ == '__main__':
    main()
