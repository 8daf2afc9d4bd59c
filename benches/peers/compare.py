"""Whether two sets of summaries agree within Monte Carlo error."""
import csv
import math

import numpy as np

import model
import report


def fleetcast(folder):
    """Summaries of a run folder by (metric, period), from tables/all.csv; quarters and years counted as in `report`."""
    table, draws, year0 = {}, 0, None
    with open(f"{folder}/tables/all.csv") as file:
        for row in csv.DictReader(file):
            period, draws = row["period"], int(row["draws"])
            year0 = year0 or int(period[:4])
            t = 4 * (int(period[:4]) - year0) + int(period[5]) - 1 if "Q" in period else -1 - (int(period) - year0)
            levels = [row[f"p{round(100 * level)}"] for level in report.LEVELS]
            table[f"{row['metric']} {t}"] = [float(row["mean"]), float(row["sd"])] + [float(x) if x else math.nan for x in levels]
    return table, draws


def peer(path):
    data = np.load(path)
    return dict(zip(data["names"].tolist(), data["table"])), int(data["draws"]), data


def same_list(ours, theirs):
    """Names that only one side summarizes; what is the same by definition counts for both."""
    alias = {f"{b} {name.split(' ')[1]}": name for a, b in model.SAME.items() for name in ours if name.split(" ")[0] == a}
    return sorted(set(ours) - set(theirs) - set(alias.values())), sorted(set(theirs) - set(ours))


def compare(ours, n_ours, theirs, n_theirs, reference):
    """(z, what) of every statistic, the worst first; errors from the reference run, scaled by the root of draws."""
    errors, n_reference = dict(zip(reference["names"].tolist(), reference["errors"])), int(reference["draws"])
    scale = math.sqrt(n_reference / n_ours + n_reference / n_theirs)
    columns = ["mean", "sd"] + [f"P{round(100 * level)}" for level in report.LEVELS]
    found = []
    # A millionth of the largest value that a metric takes anywhere is nothing: of a generation retired whole,
    # Fleetcast keeps a ten-billionth.
    largest = {}
    for name, row in theirs.items():
        metric = name.split(" ")[0]
        largest[metric] = max([largest.get(metric, 0.0)] + [abs(x) for x in row if not math.isnan(x)])
    for name, row in theirs.items():
        for column, a, b, error in zip(columns, ours[name], row, errors[name]):
            if column != "mean" and math.isnan(b):
                continue  # an indicator
            z = max(abs(a - b) - 1e-6 * largest[name.split(" ")[0]], 0) / (error * scale + 1e-300)
            found.append((z, f"{name} {column}: {a:.6g} against {b:.6g}"))
    return sorted(found, reverse=True)


def limit(tests, chance=0.01):
    """The |z| that the largest of so many independent tests passes with this chance; ours are dependent, so less often."""
    from scipy.special import ndtri
    return -ndtri(chance / tests / 2)
