"""Plain CGI, a process a request, beside the straightforward program's; and what a worker of FastCGI costs to have.

Usage: ./quickstart bench cgi [--rounds N] [--seconds N] [--clients N ...]
"""
import argparse
import contextlib
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import time

import beside
import fleet
import kinds
import load
import plot
import stage
import table

READY_MS, PRIVATE_KB = 20, 6 * 1024         # what a worker may take
STARTS = 21


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench cgi', description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=2, help='of each cell')
    parser.add_argument('--clients', type=int, nargs='+', default=[1, 8, 64])
    return parser.parse_args()


def kinds_cgi(devices):
    port = stage.port_free()
    wraps = stage.pool_start('fcgiwrap', ['fcgiwrap', '-f'], 8)
    conf = stage.fill_in('cgi.conf', stage.RUN / 'cgi.conf', PORT=port, BUILD=stage.BUILD, PREFIX=stage.PREFIX)
    nginx = stage.start('cgi', ['nginx', '-e', 'stderr', '-c', conf, '-g', 'daemon off;'])
    stage.port_await(port)
    groups = {'nginx': {nginx}, 'program': wraps, 'database': {stage.session_of('mariadbd')}}
    for name, script, more, count, status in (
            ('cgi-reference', 'register', {}, beside.stored, 200),
            ('cgi-register', 'register', {}, lambda: fleet.count(devices.system, 'registrations'), 201),
            ('cgi-connect', 'connect', {'file': devices.file}, None, 200)):
        yield kinds.Kind(name, f'{script}.lua', port, groups, lambda _, words={'path': f'/{name}', **more}: words,
                         count, status=status, devices=devices, processes=True)


def bases(cells, _, clients):
    return {'x ref': table.best(cells, clients, 'cgi-reference')}


def record(kind, content):
    return struct.pack('>BBHHBx', 1, kind, 1, len(content), 0) + content


def ready_ms(command, where):
    """From the start of a worker to the end of its first answer, a refusal that asks nothing of the database."""
    asked = b''.join(struct.pack('>BB', len(name), len(value)) + name + value for name, value in (
        (b'REQUEST_METHOD', b'DELETE'), (b'REMOTE_ADDR', b'192.0.2.1'), (b'REQUEST_ID', b'bench')))
    path = stage.RUN / 'ready.sock'
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(path))
        listener.listen()
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(record(1, b'\0\1' + bytes(6)) + record(4, asked) + record(4, b'') + record(5, b''))
        begin = time.perf_counter()
        with subprocess.Popen([command], stdin=listener, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, **where}) as process:
            client.recv(65536)
            took = time.perf_counter() - begin
            process.kill()
    return took * 1000


def private_kb(session):
    """Of each worker of a pool: its own memory, which no other process shares. Its maps are closed to all but root,
    but where the code of all is mapped by all this is the same as Private_Clean + Private_Dirty."""
    found = []
    for entry in pathlib.Path('/proc').iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            words = (entry / 'stat').read_text().rsplit(')', 1)[1].split()
            if int(words[3]) == session and int(words[1]) == session:
                status = (entry / 'status').read_text()
                found.append(int(status.split('RssAnon:')[1].split()[0]))
    return found


def workers_measure():
    """Of each program, after it has worked: how long one takes to be ready, and its memory."""
    where = {'TALLYSTICK_CONF': str(stage.RUN / 'tallystick.conf'), 'BENCH_DATABASE': str(stage.RUN / 'bench.cnf')}
    found = []
    for name in (*stage.PROGRAMS, 'reference'):
        ours = name in stage.PROGRAMS
        command = stage.PREFIX / 'libexec/tallystick' / name if ours else stage.BUILD / 'bench/reference'
        load.settle()
        starts = [ready_ms(command, where) for _ in range(STARTS)]
        found.append({'program': name, 'ready_ms': statistics.median(starts), 'ready_most_ms': max(starts),
                      'private_kb': max(private_kb(stage.session_of(name))) if ours else None})
    return found


def worker_lines(found):
    yield (f"{'one worker':16}{'ready ms':>10}{'most':>8}{'private KB':>12}     "
           f"(to be under {READY_MS} ms, {PRIVATE_KB} KB)")
    for each in found:
        yield (f"{each['program']:16}{each['ready_ms']:10.1f}{each['ready_most_ms']:8.1f}"
               f"{each['private_kb'] or '':>12}")


def main():
    options = options_read()
    begun = time.monotonic()
    devices = fleet.Fleet(stage.System(), 500)
    kinds.verify(kinds.of_system(devices))
    beside.database_make()
    workers = workers_measure()
    chosen = [*kinds_cgi(devices)]
    kinds.verify(chosen)
    cells = kinds.rounds(chosen, options)
    rows = table.rows(cells, bases)
    print('\n'.join(['', *worker_lines(workers), '', *table.rate_lines(rows), '', *table.cpu_lines(rows)]))
    table.results_write('cgi', vars(options), begun, settings=table.settings(), workers=workers, rows=rows, cells=cells)
    plot.rates('cgi', rows)


if __name__ == '__main__':
    stage.run_main(main)
