"""Requests a second of the whole system, beside what it can be held against, alternating in one run.

Usage: ./quickstart bench throughput [--rounds N] [--seconds N] [--clients N ...] [--only NAME ...] [--devices N]
"""
import argparse
import time

import fair
import fleet
import kinds
import plot
import stage
import table


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench throughput', description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=2, help='of each cell')
    parser.add_argument('--clients', type=int, nargs='+', default=[1, 8, 32, 64])
    parser.add_argument('--only', nargs='+', default=[], help='kinds of requests by the beginning of their names')
    parser.add_argument('--devices', type=int, default=10000)
    return parser.parse_args()


def kinds_wanted(options, devices):
    """Peers that nobody asked for are not started."""
    found = [*kinds.of_beside()]
    if kinds.is_wanted('glewlwyd', options.only):
        found += kinds.of_glewlwyd()
    if kinds.is_wanted('oidc', options.only):
        found += kinds.of_oidc()
    found += kinds.of_system(devices)
    return [kind for kind in found if kinds.is_wanted(kind.name, options.only)]


def fairness(devices, clients=64, seconds=3):
    """How long each of so many devices waited at most, which wrk does not tell of those that wait for ever."""
    waits = fair.longest_waits(stage.PORT, '/device/connect?since=0', [*devices.tokens.values()][:clients], seconds)
    late = sum(wait > 1 for wait in waits)
    print(f'{clients} clients at once: the longest wait {waits[0]:.2f} s, the median {waits[clients // 2]:.2f} s; '
          f'{late} waited more than a second', flush=True)
    return {'clients': clients, 'longest_s': waits[0], 'median_s': waits[clients // 2], 'over_a_second': late}


def main():
    options = options_read()
    begun = time.monotonic()
    devices = fleet.Fleet(stage.System(), options.devices)
    chosen = kinds_wanted(options, devices)
    kinds.verify(chosen)
    waits = fairness(devices)
    cells = kinds.rounds(chosen, options)
    rows = table.rows(cells, table.bases)
    print('\n'.join(['', *table.rate_lines(rows), '', *table.cpu_lines(rows)]))
    table.results_write('throughput', vars(options), begun, settings=table.settings(), waits=waits, rows=rows,
                        cells=cells)
    plot.rates('throughput', rows)


if __name__ == '__main__':
    stage.run_main(main)
