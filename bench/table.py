"""From measured cells to a table and a file of results."""
import json
import os
import platform
import statistics
import subprocess
import time

import stage

PACKAGES = ('nginx', 'libnginx-mod-nchan', 'mariadb-server-core', 'libfcgi0ldbl', 'libxml2', 'libsodium23',
            'libmariadb3', 'wrk', 'glewlwyd', 'fcgiwrap', 'nodejs')
VARIABLES = ('innodb_flush_log_at_trx_commit', 'innodb_buffer_pool_size', 'innodb_log_file_size', 'innodb_doublewrite',
             'innodb_flush_method', 'log_bin', 'max_connections')


def versions():
    listed = subprocess.run(['dpkg-query', '-W', '-f', '${Package} ${Version}\n', *PACKAGES], capture_output=True,
                            text=True, check=False).stdout
    return dict(line.split(' ') for line in listed.splitlines() if line[-1] != ' ')


def processor():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        return next((line.split(':')[1].strip() for line in file if line.startswith('model name')), platform.machine())


def settings(run=stage.RUN):
    """Those of a system that bear on speed: its database's, and what quickstart gave it."""
    names = ', '.join(f"'{name}'" for name in VARIABLES)
    found = dict(stage.sql(f'SHOW GLOBAL VARIABLES WHERE variable_name IN ({names})', run=run))
    for line in (run / 'settings').read_text(encoding='utf-8').splitlines():
        if line.startswith('workers='):
            found['workers_a_program'] = line.partition('=')[2]
    return found


def ratio(cells, kind, other, clients):
    """The median over the rounds of one rate over the other of the same round."""
    rates = {(cell['kind'], cell['round']): cell['rate'] for cell in cells if cell['clients'] == clients}
    shares = [rate / rates[other, turn] for (name, turn), rate in rates.items()
              if name == kind and rates.get((other, turn))]
    return statistics.median(shares) if shares else None


def row(cells, kind, clients):
    """Medians over the rounds. cpu_us: microseconds of the processors a request, by who spent them."""
    mine = [cell for cell in cells if cell['kind'] == kind and cell['clients'] == clients]
    rates = [cell['rate'] for cell in mine]
    rate = statistics.median(rates)
    return {
        'kind': kind, 'clients': clients, 'rounds': len(mine), 'rate': rate,
        'spread': (max(rates) - min(rates)) / rate if rate else 0.0,
        'p50_ms': statistics.median(cell['p50_us'] for cell in mine) / 1000,
        'p99_ms': statistics.median(cell['p99_us'] for cell in mine) / 1000,
        'failed': sum(cell['failed'] * cell['requests'] for cell in mine) / max(1, sum(c['requests'] for c in mine)),
        'noise': max(cell['foreign'] + cell['steal'] for cell in mine),
        'cpu_us': {name: statistics.median(cell['cpu_s'][name] / max(1, cell['requests']) for cell in mine) * 1e6
                   for name in mine[0]['cpu_s']},
    }


def best(cells, clients, *names):
    """Of these kinds the one with the highest rate."""
    present = {cell['kind'] for cell in cells}
    return max((name for name in names if name in present), key=lambda name: row(cells, name, clients)['rate'],
               default=None)


def bases(cells, kind, clients):
    """What a kind is held against, by heading: the reference with as many workers as it likes best, or with kept
    connections; what a peer does that is most alike."""
    return {'x ref': best(cells, clients, 'reference-8', 'reference-32'),
            'x kept': best(cells, clients, 'reference-kept'),
            'x glewlwyd': best(cells, clients, 'glewlwyd-verify' if kind == 'pair' else 'glewlwyd'),
            'x oidc': best(cells, clients, 'oidc-page' if kind == 'pair' else 'oidc')}


def rows(cells, bases):
    """All medians and ratios. bases: what each kind is held against at a number of clients, by heading."""
    done = []
    for clients in sorted({cell['clients'] for cell in cells}):
        for kind in dict.fromkeys(cell['kind'] for cell in cells):
            ratios = {heading: base and ratio(cells, kind, base, clients)
                      for heading, base in bases(cells, kind, clients).items()}
            done.append({**row(cells, kind, clients), 'ratios': ratios})
    return done


def rate_lines(done):
    headings = list(done[0]['ratios'])
    yield (f"{'':16}{'clients':>7}{'a second':>10}{'spread':>7}{'p50 ms':>8}{'p99 ms':>8}"
           + ''.join(f'{heading:>11}' for heading in headings) + f"{'failed':>9}{'noise':>7}")
    for each in done:
        yield (f"{each['kind']:16}{each['clients']:7}{each['rate']:10.0f}{each['spread']:7.0%}{each['p50_ms']:8.2f}"
               f"{each['p99_ms']:8.2f}" + ''.join(f'{value:11.2f}' if value else f"{'':11}"
                                                  for value in each['ratios'].values())
               + f"{each['failed']:9.2%}{each['noise']:7.1%}")


def cpu_lines(done):
    parts = list(done[0]['cpu_us'])
    yield (f"{'CPU us a call':16}{'clients':>7}" + ''.join(f'{part:>10}' for part in parts) + f"{'all':>10}")
    for each in done:
        yield (f"{each['kind']:16}{each['clients']:7}" + ''.join(f"{each['cpu_us'][part]:10.0f}" for part in parts)
               + f"{sum(each['cpu_us'].values()):10.0f}")


def results_write(what, options, begun, **more):
    """run/bench/results/WHAT.json: with all that another needs who wants to know what it was measured on."""
    seconds = round(time.monotonic() - begun)
    result = {'what': what, 'seconds': seconds, 'options': options, 'processor': processor(), 'cores': os.cpu_count(),
              'kernel': platform.release(), 'versions': versions(), **more}
    folder = stage.RUN / 'results'
    folder.mkdir(exist_ok=True)
    (folder / f'{what}.json').write_text(json.dumps(result, indent=1) + '\n')
    print(f'\n{what}: measured in {seconds} s, {folder}/{what}.json')
