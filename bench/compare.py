"""Two builds of ours or more, alternating in one run: does a change help?

Usage: ./quickstart bench compare DIR DIR ... [--rounds N] [--seconds N] [--clients N ...] [--only NAME ...]
                                              [--devices N]
DIR is a checkout, which its own ./quickstart builds and starts, or the prefix of an installed one.
"""
import argparse
import pathlib
import statistics
import time

import fleet
import kinds
import plot
import stage
import table


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench compare', description=__doc__.splitlines()[0])
    parser.add_argument('sides', nargs='+', help='NAME=RUN:PORT, from ./quickstart')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=int, default=2, help='of each cell')
    parser.add_argument('--clients', type=int, nargs='+', default=[8, 64])
    parser.add_argument('--only', nargs='+', default=[], help='kinds of requests by the beginning of their names')
    parser.add_argument('--devices', type=int, default=10000)
    return parser.parse_args()


def sides_read(texts):
    """Each side's kinds, by its name."""
    sides = {}
    for text in texts:
        name, _, place = text.partition('=')
        run, _, port = place.rpartition(':')
        sides[name] = stage.System(pathlib.Path(run), int(port))
    return sides


def kinds_of(system, options):
    found = kinds.of_system(fleet.Fleet(system, options.devices))
    return [kind for kind in found if kinds.is_wanted(kind.name, options.only)]


def shares(cells, side, base, kind, clients):
    """Of each round: the rate of one side over that of another."""
    rates = {(cell['side'], cell['round']): cell['rate'] for cell in cells
             if cell['kind'] == kind and cell['clients'] == clients}
    return [rate / rates[base, turn] for (name, turn), rate in rates.items() if name == side]


def rows(cells, base):
    """Each side beside the first one."""
    done = []
    for clients in sorted({cell['clients'] for cell in cells}):
        for kind in dict.fromkeys(cell['kind'] for cell in cells):
            for side in dict.fromkeys(cell['side'] for cell in cells):
                ratios = shares(cells, side, base, kind, clients)
                done.append({'side': side, **table.row([cell for cell in cells if cell['side'] == side], kind, clients),
                             'ratio': statistics.median(ratios), 'ratio_least': min(ratios), 'ratio_most': max(ratios)})
    return done


def lines(done, base):
    yield (f"{'':16}{'clients':>7}{'side':>6}{'a second':>10}{'p50 ms':>8}{'p99 ms':>8}{'CPU us':>8}{'failed':>9}"
           f"{'noise':>7}{'x ' + base:>8}{'least':>8}{'most':>8}")
    for each in done:
        yield (f"{each['kind']:16}{each['clients']:7}{each['side']:>6}{each['rate']:10.0f}{each['p50_ms']:8.2f}"
               f"{each['p99_ms']:8.2f}{sum(each['cpu_us'].values()):8.0f}{each['failed']:9.2%}{each['noise']:7.1%}"
               f"{each['ratio']:8.3f}{each['ratio_least']:8.3f}{each['ratio_most']:8.3f}")


def main():
    options = options_read()
    begun = time.monotonic()
    systems = sides_read(options.sides)
    sides = {name: kinds_of(system, options) for name, system in systems.items()}
    for chosen in sides.values():
        kinds.verify(chosen)
    cells = []
    for turn in range(options.rounds):
        order = list(sides) if turn % 2 == 0 else list(reversed(sides))
        for clients in options.clients:
            for same in zip(*(sides[name] for name in order)):
                for name, kind in zip(order, same):
                    result = kinds.quiet_cell(kind, clients, options.seconds)
                    cells.append({'side': name, 'kind': kind.name, 'clients': clients, 'round': turn, **result})
        print(f'round {turn + 1} of {options.rounds}: {time.monotonic() - begun:.0f} s', flush=True)
    base = next(iter(sides))
    done = rows(cells, base)
    print('\n'.join(['', *lines(done, base)]))
    table.results_write('compare', vars(options), begun, rows=done, cells=cells,
                        settings={name: table.settings(system.run) for name, system in systems.items()})
    plot.ratios('compare', done)


if __name__ == '__main__':
    stage.run_main(main)
