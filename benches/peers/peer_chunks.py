"""The core in NumPy, stronger: chunks of draws that stay in cache, percentiles from histograms.
usage: peer_chunks.py RUN_FOLDER DRAWS SEED [OUT.npz]

Memory is the same for any number of draws. A pilot of 4,096 draws sets the ends of each histogram around
the percentiles that are asked for; what lies beyond falls into the first or last bin.
"""
import os
import sys
import time

import numpy as np

import model
import params
import report

BINS, CHUNK, PILOT = 512, int(os.environ.get("CHUNK", 4096)), 4096
start = time.process_time()
p = params.load(sys.argv[1])
n, rng = int(float(sys.argv[2])), np.random.Generator(np.random.SFC64(int(sys.argv[3])))
out = report.Report(model.metrics(p), p["steps"])
cells = len(out.at)
low, scale, pivot = np.zeros(cells), np.zeros(cells), np.zeros(cells)


def pilot(name, t, values):
    if values.dtype != bool:
        i = out.at[name, t]
        ends = np.quantile(values, (0.005, 0.995))
        width = ends[1] - ends[0]
        # A bin to spare on both sides, so that an atom at an end has a bin of its own.
        low[i] = ends[0] - width / (BINS - 4) * 1.5
        scale[i] = (BINS - 4) / width if width > 1e-12 * abs(ends[1]) else 0.0
        pivot[i] = values.mean()


model.simulate(p, PILOT, np.random.Generator(np.random.SFC64(0)), pilot)
sums, squares = np.zeros(cells), np.zeros(cells)
counts = np.zeros((cells, BINS), np.int64)
scratch, index = np.empty(CHUNK), np.empty(CHUNK, np.intp)


def emit(name, t, values):
    i, size = out.at[name, t], len(values)
    if values.dtype == bool:
        sums[i] += np.count_nonzero(values)
        return
    y = scratch[:size]
    np.subtract(values, pivot[i], out=y)
    sums[i] += y.sum()
    squares[i] += y @ y
    y += pivot[i] - low[i]
    y *= scale[i]
    np.clip(y, 0, BINS - 1, out=y)
    index[:size] = y
    counts[i] += np.bincount(index[:size], minlength=BINS)


for first in range(0, n, CHUNK):
    model.simulate(p, min(CHUNK, n - first), rng, emit)

for name, t, kind in report.cells(model.metrics(p), p["steps"]):
    i = out.at[name, t]
    if kind == "indicator":
        out.put(name, t, sums[i] / n)
        continue
    mean = sums[i] / n
    deviation = np.sqrt(max(squares[i] / n - mean * mean, 0))
    below = np.concatenate([[0], counts[i].cumsum()])
    levels = []
    for level in report.LEVELS:
        k = int(np.searchsorted(below, level * n, side="left")) - 1
        at = low[i] + (k + (level * n - below[k]) / max(counts[i][k], 1)) / (scale[i] or 1.0)
        levels.append(at if scale[i] else low[i])
    out.put(name, t, pivot[i] + mean, deviation, levels)
    out.widths[i] = 2 / scale[i] if scale[i] else 0
out.finish(sys.argv[4:], n, time.process_time() - start)
