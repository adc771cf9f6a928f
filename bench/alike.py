"""Whether two samples of times are alike: Welch's t on what is left of both when the slow ones are cut off, at several
marks, as dudect does (Reparaz, Balasch, Verbauwhede 2017); Mann and Whitney's rank sum; how large a difference is, and
how large one would have had to be to be found."""
import math
import random
import statistics

CROPS = (0.5, 0.75, 0.9, 0.99, 1.0)
FOUND = 4.5             # |t| above which dudect calls a difference certain
POWER = 0.84            # a difference is found in four runs of five
Z99 = 2.576


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def welch(one, two):
    """t, the difference of the means, and its standard error."""
    error = math.sqrt(statistics.variance(one) / len(one) + statistics.variance(two) / len(two))
    difference = statistics.fmean(two) - statistics.fmean(one)
    return difference / error, difference, error


def cropped(one, two):
    """Of the crops the one with the largest |t|, and the one with the smallest error."""
    found = []
    for share in CROPS:
        mark = quantile(one + two, share)
        kept = [[value for value in values if value <= mark] for values in (one, two)]
        found.append((share, *welch(*kept)))
    return max(found, key=lambda row: abs(row[1])), min(found, key=lambda row: row[3])


def mann_whitney(one, two):
    """z, and how often a value of two is greater than one of one."""
    ordered = sorted([(value, 0) for value in one] + [(value, 1) for value in two])
    ranks = sum(rank for rank, (_, which) in enumerate(ordered, 1) if which == 1)
    less = ranks - len(two) * (len(two) + 1) / 2
    both = len(one) * len(two)
    error = math.sqrt(both * (len(one) + len(two) + 1) / 12)
    return (less - both / 2) / error, less / both


def medians(one, two, rounds=300):
    """The difference of the medians, with 99 % confidence by resampling."""
    drawn = sorted(statistics.median(random.choices(two, k=len(two))) - statistics.median(random.choices(one, k=len(one)))
                   for _ in range(rounds))
    return statistics.median(two) - statistics.median(one), drawn[int(rounds * 0.005)], drawn[int(rounds * 0.995) - 1]


def compare(one, two):
    """in: two samples, in µs."""
    (crop, t, difference, error), (_, _, _, least) = cropped(one, two)
    z, greater = mann_whitney(one, two)
    median, low, high = medians(one, two)
    return {'samples': len(one), 'median_us': statistics.median(one), 'median2_us': statistics.median(two),
            'p95_us': quantile(one, 0.95), 'p95_2_us': quantile(two, 0.95),
            'crop': crop, 't': t, 'difference_us': difference, 'error_us': error, 'low_us': difference - Z99 * error,
            'high_us': difference + Z99 * error, 'z': z, 'greater': greater,
            'median_difference_us': median, 'median_low_us': low, 'median_high_us': high,
            'detectable_us': (FOUND + POWER) * least, 'found': abs(t) > FOUND}


def together(rows):
    """All of these as one: the difference, its error, t. What is too small for each to find they may find together."""
    weights = [row['error_us'] ** -2 for row in rows]
    difference = sum(weight * row['difference_us'] for weight, row in zip(weights, rows)) / sum(weights)
    error = sum(weights) ** -0.5
    return difference, error, difference / error
