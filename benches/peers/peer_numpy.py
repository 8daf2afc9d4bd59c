"""The core in NumPy, all draws at once, np.quantile. usage: peer_numpy.py RUN_FOLDER DRAWS SEED [OUT.npz [check]]

With `check` also the standard errors of everything, for comparisons: not for timing.
"""
import sys
import time

import numpy as np

import model
import params
import report

start = time.process_time()
p = params.load(sys.argv[1])
n, rng = int(float(sys.argv[2])), np.random.Generator(np.random.SFC64(int(sys.argv[3])))
out = report.Report(model.metrics(p), p["steps"], check="check" in sys.argv[4:])


def emit(name, t, values):
    if values.dtype == bool:
        out.put(name, t, np.count_nonzero(values) / n)
    else:
        out.put(name, t, values.mean(), values.std(), np.quantile(values, report.LEVELS))
    if len(out.errors):
        values = values.astype(float)
        out.errors[out.at[name, t]] = report.errors(values)


model.simulate(p, n, rng, emit)
out.finish(sys.argv[4:], n, time.process_time() - start)
