"""Pictures of results, drawn by gnuplot."""
import subprocess
import sys

import stage

HEAD = """set terminal svg size 900,{height} font 'sans-serif,13' background 'white'
set output '{target}'
set grid lc rgb '#dddddd'
set key outside right top
"""
PARTS = {'client': '#bbbbbb', 'nginx': '#4e9a06', 'program': '#3465a4', 'database': '#cc0000', 'kernel': '#75507b'}


def block(name, lines):
    return f'${name} << END\n' + ''.join(f'{line}\n' for line in lines) + 'END\n'


def draw(what, text, height=600):
    target = stage.RUN / 'results' / f'{what}.svg'
    done = subprocess.run(['gnuplot'], input=HEAD.format(height=height, target=target) + text, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f'bench: gnuplot: {done.stderr}')
    print(f'{what}: {target}')


def rate_plot(rows):
    kinds = list(dict.fromkeys(row['kind'] for row in rows))
    text = ''.join(block(f'rate{place}', (f"{row['clients']} {row['rate']:.0f}" for row in rows if row['kind'] == kind))
                   for place, kind in enumerate(kinds))
    lines = (f"$rate{place} using 1:2 with linespoints linewidth 1.5 pointtype {place % 12 + 4} "
             f"dashtype {place // 8 + 1} title '{kind}'" for place, kind in enumerate(kinds))
    return text + """
set title 'requests a second'
set logscale xy
set xtics (1, 2, 4, 8, 16, 32, 64, 128)
set xlabel 'clients'
plot """ + ', '.join(lines) + '\nunset logscale\nunset xlabel\n'


def cpu_plot(rows):
    """At the most clients; without glewlwyd, beside which the rest could not be seen."""
    most = max(row['clients'] for row in rows)
    text = block('cpu', ('"%s" %s' % (row['kind'], ' '.join(f"{row['cpu_us'][part]:.0f}" for part in PARTS))
                         for row in rows if row['clients'] == most and not row['kind'].startswith('glewlwyd')))
    columns = (f"$cpu using {place}:xtic(1) lc rgb '{colour}' title '{part}'"
               for place, (part, colour) in enumerate(PARTS.items(), 2))
    return text + f"""
set title 'processor time of one request at {most} clients, microseconds'
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 noborder
set boxwidth 0.7
set xtics auto rotate by -35
set yrange [0:*]
plot """ + ', '.join(columns) + '\n'


def rates(what, rows):
    """Above requests a second by the number of clients, below who spends the processors' time."""
    draw(what, 'set multiplot layout 2,1\n' + rate_plot(rows) + cpu_plot(rows) + 'unset multiplot\n', 1000)


def ratios(what, rows):
    """Each side's rate over the first side's, with the least and the most of the rounds."""
    names = [f"{row['kind']}, {row['clients']}" for row in rows if row['side'] == rows[0]['side']]
    sides = list(dict.fromkeys(row['side'] for row in rows))[1:]
    text = ''
    for side in sides:
        mine = [row for row in rows if row['side'] == side]
        text += block(f'side_{side}', (f"{place} {row['ratio']:.3f} {row['ratio_least']:.3f} {row['ratio_most']:.3f}"
                                       for place, row in enumerate(mine)))
    labels = ', '.join(f"'{name}' {place}" for place, name in enumerate(names))
    lines = (f"$side_{side} using ($1 + {place * 0.15}):2:3:4 with yerrorbars pointtype 7 title '{side}'"
             for place, side in enumerate(sides))
    draw(what, text + f"""
set title 'requests a second, as a multiple of {rows[0]['side']}'
set xtics ({labels}) rotate by -35
set xrange [-0.5:{len(names) - 0.5}]
plot 1 lc rgb '#888888' notitle, """ + ', '.join(lines) + '\n')
