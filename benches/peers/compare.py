"""Whether two sets of summaries agree within Monte Carlo error."""
import csv
import json
import math

import numpy as np

import model
import report

COLUMNS = ["mean", "sd"] + [f"P{round(100 * level)}" for level in report.LEVELS]


class Summaries:
    """Rows of mean, standard deviation and percentiles by name, with the width of their bins."""

    def __init__(self, names, table, draws, errors=None, widths=None):
        self.rows, self.draws = dict(zip(names, np.asarray(table))), int(draws)
        self.errors = dict(zip(names, errors)) if errors is not None and len(errors) else None
        self.widths = dict(zip(names, widths)) if widths is not None and len(widths) else {}


def peer(path):
    if path.endswith(".json"):
        with open(path) as file:
            data = json.load(file)
        table = [row + [math.nan] * (len(COLUMNS) - len(row)) for row in data["table"]]
        return Summaries(data["names"], table, data["draws"])
    data = np.load(path)
    return Summaries(data["names"].tolist(), data["table"], data["draws"], data["errors"], data["widths"])


def fleetcast(folder):
    """Summaries of a run folder, from tables/all.csv; quarters and years counted as in `report`.

    The ends of the interval of a percentile are edges of bins: half of its length is what the table says of its
    error, of the bin and of the sample.
    """
    names, table, widths, draws, year0 = [], [], [], 0, None
    with open(f"{folder}/tables/all.csv") as file:
        for row in csv.DictReader(file):
            period, draws = row["period"], int(row["draws"])
            year0 = year0 or int(period[:4])
            t = 4 * (int(period[:4]) - year0) + int(period[5]) - 1 if "Q" in period else -1 - (int(period) - year0)
            keys = [f"p{round(100 * level)}" for level in report.LEVELS]
            number = lambda key: float(row[key]) if row[key] else math.nan
            names.append(f"{row['metric']} {t}")
            table.append([float(row["mean"]), float(row["sd"])] + [number(key) for key in keys])
            widths.append([max(number(key + "_high") - number(key), number(key) - number(key + "_low")) for key in keys])
    return Summaries(names, table, draws, widths=np.nan_to_num(widths))


def same_list(ours, theirs):
    """Names that only one side summarizes; what is the same by definition counts for both."""
    alias = {f"{a} {name.split(' ')[1]}" for a, b in model.SAME.items() for name in theirs.rows if name.split(" ")[0] == b}
    return sorted(set(ours.rows) - set(theirs.rows) - alias), sorted(set(theirs.rows) - set(ours.rows))


def rank_distance(level, value, width, near):
    """How far a value's rank in the reference lies from a level: 0 within an atom, or within a width of it."""
    levels = report.neighbours(level)
    at = int(np.searchsorted(near, value + width, side="right"))
    above = levels[min(at, len(levels) - 1)]
    if 0 < at < len(levels):
        above = levels[at - 1] + (levels[at] - levels[at - 1]) * (value + width - near[at - 1]) / (near[at] - near[at - 1])
    at = int(np.searchsorted(near, value - width, side="left"))
    below = levels[min(at, len(levels) - 1)]
    if 0 < at < len(levels):
        below = levels[at - 1] + (levels[at] - levels[at - 1]) * (value - width - near[at - 1]) / (near[at] - near[at - 1])
    return max(level - above, below - level, 0.0)


def compare(a, reference):
    """(z, what) of every statistic of `a` against the reference, the worst first, and what differs by less than a bin.

    Percentiles are compared by their rank in the reference, so that an atom, a gap and a tail need no density.
    """
    n, m = a.draws, reference.draws
    # A millionth of the largest value that a metric takes anywhere is nothing: of a generation retired whole,
    # Fleetcast keeps a ten-billionth.
    largest = {}
    for name, row in reference.rows.items():
        metric = name.split(" ")[0]
        largest[metric] = max([largest.get(metric, 0.0)] + [abs(x) for x in row if not math.isnan(x)])
    found, coarse, bound = [], [], limit(len(reference.rows) * len(COLUMNS))
    for name, row in reference.rows.items():
        error, little = reference.errors[name], 1e-6 * largest[name.split(" ")[0]]
        for at, (column, x, y) in enumerate(zip(COLUMNS, a.rows[name], row)):
            what = f"{name} {column}: {x:.6g} against {y:.6g}"
            if column == "mean" and math.isnan(row[1]):
                # A probability: no certainty from a sample without a case.
                p = min(max((n * x + m * y) / (n + m), 2 / (n + m)), 1 - 2 / (n + m))
                found.append((abs(x - y) / math.sqrt(p * (1 - p) * (1 / n + 1 / m)), what))
            elif at < 2 and not math.isnan(y):
                if column == "sd" and error[at] > 0.02 * y or error[at] < 1e-12 * largest[name.split(" ")[0]]:
                    continue  # a rare event, seen a few times or not at all: percentiles and means of years tell of it
                found.append((max(abs(x - y) - little, 0.0) / (error[at] * math.sqrt(1 + m / n) + 1e-300), what))
            elif not math.isnan(y):
                level, size = report.LEVELS[at - 2], len(report.neighbours(0.5))
                near = error[2 + (at - 2) * size : 2 + (at - 1) * size]
                sampling = math.sqrt(level * (1 - level) * (1 / n + 1 / m))
                width = a.widths[name][at - 2] if name in a.widths else 0.0
                z = rank_distance(level, x, little + width, near) / sampling
                found.append((z, what))
                if z <= bound and rank_distance(level, x, little, near) / sampling > bound:
                    coarse.append((abs(x - y) / (1e6 * little), what))
    return sorted(found, reverse=True), sorted(coarse, reverse=True)


def limit(tests, chance=0.01):
    """The |z| that the largest of so many independent tests passes with this chance; ours are dependent, so less often."""
    from scipy.special import ndtri
    return -ndtri(chance / tests / 2)
