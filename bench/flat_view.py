"""What bench flat has found, as a table and a picture."""
import statistics

import plot

TABLES = ('registration', 'holding', 'code', 'supply', 'episode', 'supply_order', 'job')
SIZES = """SELECT stat.table_name, SUM(IF(stat_name = 'size', stat_value, 0)) * 16384,
  SUM(IF(stat_name = 'n_leaf_pages', stat_value, 0)) * 16384, MAX(file_size)
FROM mysql.innodb_index_stats stat JOIN information_schema.INNODB_SYS_TABLESPACES space
  ON space.name = CONCAT('tallystick/', stat.table_name)
WHERE database_name = 'tallystick' GROUP BY stat.table_name"""


def sizes(system):
    """Of each table: rows, and bytes a row on disk: of the file, of its indexes' segments, of their pages in use."""
    system.sql('ANALYZE TABLE ' + ', '.join(TABLES))
    found = {}
    for name, *numbers in system.sql(SIZES):
        rows = system.number(f'SELECT COUNT(*) FROM {name}') if name in TABLES else 0
        if rows:
            found[name] = {'rows': rows, **{what: int(number) / rows
                                            for what, number in zip(('segments', 'leaves', 'file'), numbers)}}
    return found


def of(cells, kind, paced, side):
    return {cell['round']: cell for cell in cells
            if (cell['kind'], cell['paced'], cell['side']) == (kind, paced, side)}


def row(cells, kind, paced):
    """Medians over the rounds; ratios are those of the large one to the small one in the same round."""
    small, large = (of(cells, kind, paced, side) for side in ('small', 'large'))
    done = {'kind': kind, 'paced': paced, 'rounds': len(small),
            'failed': max(cell['failed'] for cell in (*small.values(), *large.values())),
            'noise': max(cell.get('foreign', 0) + cell.get('steal', 0) for cell in (*small.values(), *large.values()))}
    for what in 'rate', 'p50_us', 'p99_us':
        ratios = [large[turn][what] / small[turn][what] for turn in small]
        done[what] = [statistics.median(cell[what] for cell in side.values()) for side in (small, large)]
        done['x_' + what] = [min(ratios), statistics.median(ratios), max(ratios)]
    if 'store' in next(iter(large.values())):
        done['store'] = {name: [statistics.median(cell['store'][name] for cell in side.values())
                                for side in (small, large)] for name in next(iter(large.values()))['store']}
    return done


def rows(cells):
    return [row(cells, kind, paced) for kind, paced in dict.fromkeys((cell['kind'], cell['paced']) for cell in cells)]


def lines(done):
    yield (f"{'':22}{'a second':>16}{'p50 ms':>16}{'p99 ms':>16}{'x p50':>8}{'x p99':>8}{'(least-most)':>14}"
           f"{'pages read':>12}{'failed':>8}{'noise':>7}")
    for each in done:
        read = each['store']['Innodb_buffer_pool_reads'][1] if 'store' in each else None
        yield (f"{each['kind'] + (', paced' if each['paced'] else ''):22}"
               + ''.join(f"{f'{small:.{digits}f} {large:.{digits}f}':>16}" for small, large, digits in (
                   (*each['rate'], 0), *((*(value / 1000 for value in each[what]), 2) for what in ('p50_us', 'p99_us'))))
               + f"{each['x_p50_us'][1]:8.2f}{each['x_p99_us'][1]:8.2f}"
               + f"{'%.2f-%.2f' % (each['x_p99_us'][0], each['x_p99_us'][2]):>14}"
               + ('' if read is None else f'{read:12.2f}') + f"{each['failed']:8.2%}{each['noise']:7.1%}")


def size_lines(found):
    yield f"{'bytes a row':16}{'rows':>12}{'file':>10}{'segments':>10}{'in use':>10}"
    for when, tables in found.items():
        for name in TABLES:
            if name in tables:
                each = tables[name]
                yield (f"{name + ', ' + when:26}{each['rows']:12}{each['file']:10.1f}{each['segments']:10.1f}"
                       f"{each['leaves']:10.1f}")


def purge_lines(found):
    rates = {on: statistics.median(cell['rate'] for cell in found['cells'] if cell['purge'] == on)
             for on in (False, True)}
    p99 = {on: statistics.median(cell['p99_us'] for cell in found['cells'] if cell['purge'] == on) / 1000
           for on in (False, True)}
    pairs = [found['cells'][place:place + 2] for place in range(0, len(found['cells']), 2)]
    costs = [1 - max(pair, key=lambda cell: cell['purge'])['rate'] / min(pair, key=lambda cell: cell['purge'])['rate']
             for pair in pairs]
    found['cost'] = [min(costs), statistics.median(costs), max(costs)]
    yield (f"purge: {found['due']} jobs due, {found['removed']} removed in {found['seconds']:.0f} s; reports a second "
           f"{rates[False]:.0f} without, {rates[True]:.0f} with: {found['cost'][1]:.1%} less "
           f"({found['cost'][0]:.1%} to {found['cost'][2]:.1%}); p99 {p99[False]:.2f} and {p99[True]:.2f} ms")


def tell(done, found, purged):
    print('\n' + '\n'.join(lines(done)) + '\n\n' + '\n'.join(size_lines(found)))
    if purged:
        print('\n' + '\n'.join(purge_lines(purged)))
    names = [each['kind'] + (', paced' if each['paced'] else '') for each in done]
    text = ''.join(plot.block(f'ratio{place}', (f"{at} {each[what][1]:.3f} {each[what][0]:.3f} {each[what][2]:.3f}"
                                                for at, each in enumerate(done)))
                   for place, what in enumerate(('x_p50_us', 'x_p99_us')))
    labels = ', '.join(f"'{name}' {at}" for at, name in enumerate(names))
    plot.draw('flat', text + f"""
set title 'time of a request with the large table over that with the small one'
set xtics ({labels}) rotate by -35
set xrange [-0.5:{len(names) - 0.5}]
set yrange [0:*]
plot 1 lc rgb '#888888' notitle, 1.25 lc rgb '#cc0000' dashtype 2 title 'bound', \\
  $ratio0 using ($1-0.1):2:3:4 with yerrorbars pointtype 7 lc rgb '#3465a4' title 'p50', \\
  $ratio1 using ($1+0.1):2:3:4 with yerrorbars pointtype 5 lc rgb '#4e9a06' title 'p99'
""")
