"""CPU time to a stated precision: Fleetcast by Sobol points against NumPy with random numbers, both run to it.

    python benches/peers/precision.py [--fleetcast target/release/fleetcast] [--seeds 8] [--draws 131072] [--batches 100]

The precision is what Sobol points reach with so many draws: the root mean square error over independent scramblings
(other seeds) of a mean and of a P95. NumPy then runs in batches of random draws, whose estimates are averaged, until
the standard error of the average, told by the spread of the batches, is as small. CPU times are those of Fleetcast's
whole process and of NumPy's computation without its start.
"""
import argparse
import json
import math
import pathlib
import statistics
import sys

from run import HERE, ROOT, measured

FIGURES = ["fleet.h100e", "fleet.chips", "facility.power", "cluster.largest", "energy.cost", "capex.total", "finance.revenue",
           "finance.operating_cash", "finance.depreciation"]
QUARTER, STEP = "2026Q4", 11
STATISTICS = {"mean": (0, 500), "P95": (8, 40)}
# Draws of a batch, and fewest batches whose spread tells an error.
BATCH, FEWEST = 32_768, 8


def command(options, draws, out, *more):
    return [options.fleetcast, "run", ROOT / "scenarios/meta-2024-07.toml", "--with", ROOT / "scenarios/overlays/core.toml",
            "--draws", draws, "--threads", 1, "--no-charts", "-q", "--out", out, *more]


def estimates(summaries):
    return {(figure, name): float(summaries.rows[f"{figure} {STEP}"][at]) for figure in FIGURES for name, (at, _) in STATISTICS.items()}


def sobol(options, compare):
    """What independent scramblings find, and the CPU seconds of one."""
    found, seconds = [], []
    for seed in range(1, options.seeds + 1):
        out = options.work / "sobol"
        seconds.append(measured(command(options, options.draws, out, "--sampling", "sobol", "--seed", seed))[0])
        found.append(estimates(compare.fleetcast(out)))
    return found, statistics.median(seconds)


def numpy(options, compare, wanted):
    """Draws and CPU seconds after which random numbers know each figure as well; none if that is beyond all batches."""
    found, seconds, reached = [], 0.0, {}
    for batch in range(1, options.batches + 1):
        out = options.work / "batch.npz"
        text = measured([sys.executable, HERE / "peer_numpy.py", options.work / "core", BATCH, batch, out])[3]
        seconds += json.loads(text.strip().splitlines()[-1])["cpu_seconds"]
        found.append(estimates(compare.peer(str(out))))
        for key, error in wanted.items():
            if batch >= FEWEST and key not in reached:
                spread = statistics.stdev(row[key] for row in found)
                if spread / math.sqrt(batch) <= error:
                    reached[key] = (batch * BATCH, seconds)
        if len(reached) == len(wanted):
            break
    return reached, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fleetcast", type=pathlib.Path, default=ROOT / "target/release/fleetcast")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "target/peers", help="folder for what is made")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--draws", type=int, default=131_072)
    parser.add_argument("--batches", type=int, default=100, help=f"most batches of {BATCH:,} draws in NumPy")
    options = parser.parse_args()
    if not options.fleetcast.exists():
        sys.exit(f"{options.fleetcast} is not there: cargo build --release")
    import compare
    options.work.mkdir(parents=True, exist_ok=True)
    measured(command(options, 16_384, options.work / "core"))
    found, ours = sobol(options, compare)
    wanted = {key: statistics.stdev(row[key] for row in found) for key in found[0]}
    means = {key: statistics.mean(row[key] for row in found) for key in found[0]}
    print(f"Sobol points, {options.draws:,} draws: {ours:.2f} s of CPU, errors of {options.seeds} scramblings", flush=True)
    reached, theirs = numpy(options, compare, wanted)
    for name, (_, goal) in STATISTICS.items():
        print(f"\n{name + ', ' + QUARTER:26}{'error, %':>10}{'NumPy draws':>14}{'CPU s':>9}{'over Fleetcast':>16}{'goal':>6}")
        for figure in FIGURES:
            error = 100 * wanted[figure, name] / abs(means[figure, name])
            draws, seconds = reached.get((figure, name), (None, theirs))
            more = "more than " if draws is None else ""
            count = f"{draws:,}" if draws else f"> {options.batches * BATCH:,}"
            print(f"{figure:26}{error:10.4f}{count:>14}{seconds:9.1f}{more + format(seconds / ours, '.0f'):>16}{goal:>6}")


if __name__ == "__main__":
    main()
