"""What whole runs cost: start-up, memory and CPU time by number of draws, one thread against two.

    python3 benches/whole.py [--fleetcast target/release/fleetcast] [--most 1e7] [--rounds 5]

Needs nothing but Python. Times of two threads are wall times: run it on a quiet machine.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIO = [ROOT / "scenarios/meta-2024-07.toml"]
CORE = SCENARIO + ["--with", ROOT / "scenarios/overlays/core.toml"]


def run(fleetcast, scenario, draws, threads, folder):
    """(wall seconds, CPU seconds, peak MB) of a run without charts."""
    command = [fleetcast, "run", *scenario, "--draws", draws, "--threads", threads, "--no-charts", "-q", "--out", folder]
    start = time.perf_counter()
    process = subprocess.Popen([str(x) for x in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(rows, at):
    return statistics.median(row[at] for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fleetcast", type=pathlib.Path, default=ROOT / "target/release/fleetcast")
    parser.add_argument("--most", type=float, default=1e7, help="draws of the largest run")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options, lambda *args: run(options.fleetcast, *args, folder))


def measure(options, run):
    print("start-up: 1,000 draws from start to exit, charts off")
    for name, scenario in (("the core", CORE), ("everything on", SCENARIO)):
        for threads in (1, 2):
            rows = [run(scenario, 1000, threads) for _ in range(4 * options.rounds + 1)][1:]
            print(f"  {name:14} {threads} thread{'s' if threads > 1 else ' '}: {1e3 * median(rows, 0):6.1f} ms wall "
                  f"({1e3 * min(row[0] for row in rows):.1f}-{1e3 * max(row[0] for row in rows):.1f}), "
                  f"{1e3 * median(rows, 1):6.1f} ms CPU, {median(rows, 2):5.1f} MB")

    print("by draws, the core, two threads:")
    draws, base = 10_000, None
    while draws <= options.most:
        rows = [run(CORE, draws, 2) for _ in range(options.rounds if draws <= 1_000_000 else 1)]
        cpu = median(rows, 1)
        base = base or cpu
        marginal = "" if draws == 10_000 else f", {1e6 * (cpu - base) / (draws - 10_000):6.2f} us CPU a draw beyond the first 10,000"
        print(f"  {draws:11,}: {median(rows, 0):8.2f} s wall, {cpu:8.2f} s CPU{marginal}, {max(row[2] for row in rows):5.1f} MB at most")
        draws *= 10

    print("threads, a million draws of the core:")
    rows = [(run(CORE, 1_000_000, 1), run(CORE, 1_000_000, 2)) for _ in range(options.rounds)]
    ratios = [one[0] / two[0] for one, two in rows]
    print(f"  one {median([r[0] for r in rows], 0):.2f} s, two {median([r[1] for r in rows], 0):.2f} s wall: "
          f"{statistics.median(ratios):.2f} times ({min(ratios):.2f}-{max(ratios):.2f}); CPU of two over one "
          f"{median([r[1] for r in rows], 1) / median([r[0] for r in rows], 1):.2f}")


if __name__ == "__main__":
    main()
