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


def errors(values):
    """Standard errors of the mean, of the standard deviation and of the percentiles, free of any distribution."""
    n, mean, variance = len(values), values.mean(), values.var()
    fourth = ((values - mean) ** 4).mean()
    out = [np.sqrt(variance / n), np.sqrt(max(fourth - variance**2, 0) / n) / (2 * np.sqrt(max(variance, 1e-300)))]
    half = [1.96 * np.sqrt(level * (1 - level) / n) for level in LEVELS]
    ends = np.quantile(values, [level - h for level, h in zip(LEVELS, half)] + [level + h for level, h in zip(LEVELS, half)])
    return out + list((ends[len(LEVELS):] - ends[:len(LEVELS)]) / (2 * 1.96))


class Report:
    def __init__(self, rows, steps, check=False):
        self.at = {(name, t): i for i, (name, t, _) in enumerate(cells(rows, steps))}
        self.table = np.full((len(self.at), 2 + len(LEVELS)), np.nan)
        # Widths of the bins that the percentiles were read from, if any.
        self.widths = np.zeros((len(self.at), len(LEVELS)))
        self.errors = np.full_like(self.table, np.nan) if check else np.zeros(0)

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
