"""Devices that wait: what a held connection costs, how soon it is woken, and how all come back.

Usage: ./quickstart bench held [--devices N] [--idle S] [--wakes N] [--only PHASE ...]
"""
import argparse
import time

import fleet
import held_client
import held_plot
import held_view
import stage
import table
import usage

PHASES = ('idle', 'wake', 'reload', 'restart')
WAIT_S = 180        # for all to be held (again), at most
PARTS = (*held_view.PARTS, 'devices')
COUNTS = ('refused', 'bare', 'ended', 'other', 'lost', 'unreached', 'unheard')


def options_read():
    parser = argparse.ArgumentParser(prog='./quickstart bench held', description=__doc__.splitlines()[0])
    parser.add_argument('--devices', type=int, default=50000)
    parser.add_argument('--connect', type=float, default=20, help='seconds over which they first ask')
    parser.add_argument('--idle', type=float, default=52, help='seconds that nothing happens; a device asks once in 52')
    parser.add_argument('--wakes', type=int, default=1000, help='devices that change within a second')
    parser.add_argument('--only', nargs='+', choices=PHASES, default=PHASES)
    parser.add_argument('--first', type=float, default=1, help="the devices' first wait for a lost server, seconds")
    parser.add_argument('--spread', type=float, default=1, help='share of Retry-After that they add by chance')
    return parser.parse_args()


class Bench:
    """All phases in turn; each method that measures returns its figures."""

    def __init__(self, options):
        self.options = options
        prepared = fleet.Fleet(stage.System(), options.devices + 1)
        *_, probe = prepared.file.read_text(encoding='ascii').split()
        self.workers, self.connections = held_client.front_enlarge(options.devices)
        time.sleep(1)
        self.devices = held_client.Devices(stage.PORT, prepared.file, options.devices,
                                           ('-f', str(options.first), '-s', str(options.spread)))
        self.view = held_view.View(self.devices)
        self.probe = held_view.Probe(probe)
        self.before = held_view.memory()

    def all_held(self):
        waiting = held_client.waiting()
        return waiting is not None and waiting >= self.options.devices * 0.999

    def phase(self, act, until=None, seconds=0):
        """Let something begin, wait until it is over; what was seen in between."""
        tally, before, begun = dict(self.devices.tally), usage.take(), time.monotonic()
        act()
        ended = begun + (WAIT_S if until else seconds)
        while time.monotonic() < ended and not (until and until()):
            time.sleep(0.25)
        took = time.monotonic() - begun
        time.sleep(1.5)             # for the last sample
        ended, after = time.monotonic(), usage.take()
        rates = list(self.view.rates(begun, ended))
        return {'seconds': took, 'rates': rates, 'calls_most': max(rate['calls'] for rate in rates),
                'calls': sum(rate['calls'] for rate in rates) / len(rates),
                'writes': sum(rate['writes'] for rate in rates) / len(rates),
                **{name: self.devices.tally[name] - tally[name] for name in COUNTS},
                'probe': self.probe.between(begun, ended), **held_view.spent(before, after, self.devices)}

    def connect(self):
        self.view.start()
        self.probe.start()
        figures = self.phase(lambda: self.devices.ask(self.options.connect), self.all_held)
        after = held_view.memory()
        return {**figures, 'memory': after, 'memory_each': {name: (value - self.before[name]) / self.options.devices
                                                            for name, value in after.items()}}

    def idle(self):
        return self.phase(lambda: None, seconds=self.options.idle)

    def wake(self, seconds=5):
        wakes = self.options.wakes
        figures = self.phase(lambda: self.devices.wake(wakes, 1), seconds=seconds)
        woken = self.devices.woken_take()
        return {**figures, 'wakes': wakes, 'woken': len(woken), **held_view.quantiles(woken), 'woken_ms': woken}

    def reload(self):
        """Then wake some at once, whom the old workers still hold, and follow until the new ones hold all."""
        figures = self.phase(held_client.front_reload, seconds=2)
        figures['wake'] = self.wake(3)
        back = self.phase(lambda: None, self.all_held)
        late = self.devices.woken_take()
        return {**back, 'seconds': figures['seconds'] + figures['wake']['seconds'] + back['seconds'],
                'wakes': self.options.wakes, 'woken_soon': figures['wake']['woken'], 'woken_late': len(late),
                'late_most_ms': late[-1] if late else None}

    def restart(self):
        return self.phase(held_client.front_restart, self.all_held)


def line(name, figures):
    took = figures['probe']
    cells = [f'{name:8}', f"{figures['seconds']:6.1f}",
             *(f'{figures[each]:8.0f}' for each in ('calls', 'calls_most', 'writes', 'refused')),
             f"{figures['lost'] + figures['unreached']:8}", *(f"{figures['cpu'][part]:9.1%}" for part in PARTS),
             *(f'{took[each]:8.1f}' if took[each] is not None else f"{'':8}" for each in ('p50_ms', 'most_ms')),
             f"{figures['foreign']:7.1%}"]
    return ' '.join(cells)


def lines(results, options):
    yield ' '.join([f"{'':8} {'s':>6}", *(f'{each:>8}' for each in ('calls/s', 'most', 'writes/s', '503', 'lost')),
                    *(f'{part:>9}' for part in PARTS), f"{'report':>8} {'most ms':>8} {'others':>7}"])
    for name, figures in results.items():
        yield line(name, figures)
    each = {name: size / 1024 for name, size in results['connect']['memory_each'].items()}
    yield f"\n{options.devices} held: nginx {each['nginx']:.1f} KB each, the kernel {each['slab']:.1f} KB (both ends)"
    if 'wake' in results:
        wake = results['wake']
        yield (f"{wake['woken']} of {wake['wakes']} woken within a second: p50 {wake['p50_ms']:.1f} ms, "
               f"p99 {wake['p99_ms']:.1f} ms, most {wake['most_ms']:.1f} ms")
    if 'reload' in results:
        reload = results['reload']
        yield (f"after a reload {reload['woken_soon']} of {reload['wakes']} were woken within 3 s, "
               f"{reload['woken_late']} later, after {(reload['late_most_ms'] or 0) / 1000:.1f} s at most")


def main():
    options = options_read()
    begun = time.monotonic()
    bench = Bench(options)
    results = {'connect': bench.connect()}
    for name in PHASES:
        if name in options.only:
            results[name] = getattr(bench, name)()
    bench.devices.end()
    print('\n'.join(['', *lines(results, options)]))
    table.results_write('held', vars(options), begun, workers=bench.workers, connections=bench.connections,
                        settings=table.settings(), phases=results)
    held_plot.draw(results)


if __name__ == '__main__':
    stage.run_main(main)
