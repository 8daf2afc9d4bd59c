"""Whether two sets of summaries agree within Monte Carlo error."""
import csv
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
    data = np.load(path)
    return Summaries(data["names"].tolist(), data["table"], data["draws"], data["errors"], data["widths"])


def fleetcast(folder):
    """Summaries of a run folder, from tables/all.csv; quarters and years counted as in `report`.

    The ends of the interval of a percentile are edges of bins: its length, less the sampling error, is the
    width of the bins around it.
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
            widths.append([number(key + "_high") - number(key + "_low") for key in keys])
    return Summaries(names, table, draws, widths=np.nan_to_num(widths))


def same_list(ours, theirs):
    """Names that only one side summarizes; what is the same by definition counts for both."""
    alias = {f"{a} {name.split(' ')[1]}" for a, b in model.SAME.items() for name in theirs.rows if name.split(" ")[0] == b}
    return sorted(set(ours.rows) - set(theirs.rows) - alias), sorted(set(theirs.rows) - set(ours.rows))


def compare(a, b, reference):
    """(z, what) of every statistic, the worst first, and how many lie between sampling error and a bin's width.

    Sampling errors are those of the reference run, scaled by the root of draws.
    """
    scale = [math.sqrt(reference.draws / side.draws) for side in (a, b)]
    # A millionth of the largest value that a metric takes anywhere is nothing: of a generation retired whole,
    # Fleetcast keeps a ten-billionth.
    largest = {}
    for name, row in b.rows.items():
        metric = name.split(" ")[0]
        largest[metric] = max([largest.get(metric, 0.0)] + [abs(x) for x in row if not math.isnan(x)])
    found, coarse, bound = [], [], limit(len(b.rows) * len(COLUMNS))
    for name, row in b.rows.items():
        for at, (column, x, y, error) in enumerate(zip(COLUMNS, a.rows[name], row, reference.errors[name])):
            if column != "mean" and math.isnan(y):
                continue  # an indicator
            if column == "sd" and error < 1e-12 * largest[name.split(" ")[0]]:
                continue  # the reference has not seen the rare event; the mean and the percentiles are held to it
            width = 1e-6 * largest[name.split(" ")[0]]
            bins = [side.widths[name][at - 2] if at >= 2 and name in side.widths else 0.0 for side in (a, b)]
            sampling = error * math.hypot(*scale) + 1e-300
            # Of Fleetcast's widths the part that is no sampling error.
            bins = [max(w - 2 * 1.96 * error * s, 0.0) for w, s in zip(bins, scale)]
            z = max(abs(x - y) - width - sum(bins), 0.0) / sampling
            if column == "mean" and error < 1e-12 and abs(x - y) * min(a.draws, b.draws) < 8 * max(abs(x), abs(y), 1):
                z = 0.0  # an event of a few draws, that the reference has not seen
            what = f"{name} {column}: {x:.6g} against {y:.6g}"
            found.append((z, what))
            if z <= bound and (abs(x - y) - width) / sampling > bound:
                coarse.append((abs(x - y) / max(abs(y), 1e-300), what))
    return sorted(found, reverse=True), sorted(coarse, reverse=True)


def limit(tests, chance=0.01):
    """The |z| that the largest of so many independent tests passes with this chance; ours are dependent, so less often."""
    from scipy.special import ndtri
    return -ndtri(chance / tests / 2)
