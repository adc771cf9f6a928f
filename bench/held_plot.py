"""The pictures of held.py."""
import plot

RATES = {'calls': 'calls at the database', 'refused': 'answered 503', 'asked': 'asked by devices'}


def points(rates, name):
    return [f"{rate['at']:.2f} {rate[name]:.0f}" for rate in rates if rate[name] is not None]


def phase_plot(name, figures):
    """How many are held, and what they cause a second."""
    text = ''.join(plot.block(f'{name}_{each}', points(figures['rates'], each)) for each in ('waiting', *RATES))
    curves = [f"${name}_{each} using 1:2 with lines linewidth 1.5 title '{title}'" for each, title in RATES.items()]
    curves.append(f"${name}_waiting using 1:2 axes x1y2 with lines linewidth 2 lc rgb '#555555' title 'held'")
    return text + f"""
set title '{name}: seconds after its begin'
set ylabel 'a second'
set y2label 'held'
set ytics nomirror
set y2tics
set yrange [0:*]
set y2range [0:*]
plot """ + ', '.join(curves) + """
unset y2label
unset y2tics
"""


def wake_plot(figures):
    """Which share of the wake-ups was there after how long."""
    ordered = figures['woken_ms']
    text = plot.block('woken', (f'{took:.3f} {(place + 1) / len(ordered):.4f}' for place, took in enumerate(ordered)))
    return text + """
set title 'wake: milliseconds from the instruction to the held answer'
set ylabel 'share of devices'
set yrange [0:1]
set logscale x
plot $woken using 1:2 with lines linewidth 2 notitle
unset logscale
"""


def draw(results):
    parts = [phase_plot(name, figures) for name, figures in results.items() if name not in ('idle', 'wake')]
    if results.get('wake', {}).get('woken_ms'):
        parts.append(wake_plot(results['wake']))
    plot.draw('held', f'set multiplot layout {len(parts)},1\n' + ''.join(parts) + 'unset multiplot\n', 330 * len(parts))
