"""What every peer gives: mean, standard deviation and percentiles by metric, quarter and year."""
import json
import resource

import numpy as np

LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


def cells(rows, steps):
    """Each (metric, quarter) with a summary; years as -1 - year. Indicators are a mean only."""
    for name, kind, first, count in rows:
        for t in range(first, first + count):
            yield name, t, kind
        if kind == "flow":
            for year in range(first // 4, steps // 4):
                yield name, -1 - year, kind


# Distances from a level at which a reference run keeps its percentiles, in standard deviations of a single draw's rank.
STEPS = np.concatenate([[0.0], 2e-4 * 1.35 ** np.arange(21)])


def neighbours(level):
    """Levels around a level: the distribution function of the reference near its percentile."""
    spread = np.sqrt(level * (1 - level)) * STEPS
    return np.clip(np.concatenate([level - spread[::-1], level + spread[1:]]), 0.0, 1.0)


def errors(values):
    """Standard errors of the mean and of the standard deviation, and percentiles around each level."""
    n, mean, variance = len(values), values.mean(), values.var()
    fourth = ((values - mean) ** 4).mean()
    out = [np.sqrt(variance / n), np.sqrt(max(fourth - variance**2, 0) / n) / (2 * np.sqrt(max(variance, 1e-300)))]
    values = np.sort(values)
    near = [values[np.minimum((neighbours(level) * n).astype(int), n - 1)] for level in LEVELS]
    return np.concatenate([out] + near)


class Report:
    def __init__(self, rows, steps, check=False):
        self.at = {(name, t): i for i, (name, t, _) in enumerate(cells(rows, steps))}
        self.table = np.full((len(self.at), 2 + len(LEVELS)), np.nan)
        # Widths of the bins that the percentiles were read from, if any.
        self.widths = np.zeros((len(self.at), len(LEVELS)))
        self.errors = np.full((len(self.at), 2 + len(LEVELS) * (2 * len(STEPS) - 1)), np.nan) if check else np.zeros(0)

    def put(self, name, t, mean, sd=np.nan, quantiles=np.nan):
        row = self.table[self.at[name, t]]
        assert np.isnan(row[0]), (name, t)
        row[0], row[1], row[2:] = mean, sd, quantiles

    def finish(self, out, draws, seconds):
        assert not np.isnan(self.table[:, 0]).any(), "a metric was not computed"
        if out:
            names = np.array([f"{name} {t}" for name, t in self.at])
            np.savez(out[0], names=names, table=self.table, errors=self.errors, widths=self.widths, draws=draws)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"draws": draws, "values": len(self.at), "cpu_seconds": seconds, "peak_mb": peak}))
