"""Runs the peers and Fleetcast on the same equations: do they agree, and what does a draw cost each of them?

    python benches/peers/run.py [--fleetcast target/release/fleetcast] [--rounds 5] [--quick] [--check-only]

See README.md. Exit status 1 if any summary lies beyond Monte Carlo error.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENV = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
       "RAYON_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def measured(command):
    """CPU seconds (user and system), wall seconds and peak memory in MB of a command, and what it printed."""
    start = time.monotonic()
    process = subprocess.Popen([str(x) for x in command], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{err[-2000:]}")
    # Until it becomes another program, a process is a copy of this one, and has its memory.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = usage.ru_maxrss / 1024 if usage.ru_maxrss > 1.05 * own else 0
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, peak, out


def programs(options, work):
    """Name, draws of a small and of a large run, and the command for a number of draws."""
    python, folder = sys.executable, work / "core"
    scale = 0.25 if options.quick else 1.0
    size = lambda n: int(n * scale)

    def fleetcast(n, out):
        return [options.fleetcast, "run", ROOT / "scenarios/meta-2024-07.toml", "--with", ROOT / "scenarios/overlays/core.toml",
                "--draws", n, "--threads", 1, "--no-charts", "-q", "--out", out or work / "timed"]
    peer = lambda script: lambda n, out: [python, HERE / script, folder, n, 1] + ([out] if out else [])
    naive = work / "naive/release/naive"
    return {
        "fleetcast": (32_768, size(524_288), fleetcast),
        "numpy": (size(20_000), size(100_000), peer("peer_numpy.py")),
        "numpy, chunks": (size(20_000), size(120_000), peer("peer_chunks.py")),
        "numba": (size(50_000), size(300_000), peer("peer_numba.py")),
        "naive rust": (size(4_000), size(24_000), lambda n, out: [naive, work / "params.json", n, 1] + ([out] if out else [])),
        "yardstick numpy": (size(20_000), size(100_000), lambda n, out: [python, HERE / "yardstick/m0_numpy.py", n]),
        "yardstick numba": (size(100_000), size(1_000_000), lambda n, out: [python, HERE / "yardstick/m0_numba.py", n, 1]),
    }


def by_hand(work):
    """The model's arithmetic written by hand, where the processor has its instructions."""
    return [work / "by_hand/release/by_hand", work / "params.json"] if " avx512dq " in pathlib.Path("/proc/cpuinfo").read_text() else None


# Fleetcast's goal: at most one part in so many of a peer's CPU time per draw.
TARGETS = {"numpy": (15, 23), "numpy, chunks": (6, 10), "numba": (5, 8), "naive rust": (25, 37)}
YARDSTICKS = {"numpy": "yardstick numpy", "numba": "yardstick numba"}
M0_VALUES = 30 * 28


def prepare(options, work):
    work.mkdir(parents=True, exist_ok=True)
    ENV["NUMBA_CACHE_DIR"] = str(work / "numba")
    fleetcast = programs(options, work)["fleetcast"][2]
    print(f"Fleetcast: {options.fleetcast}", flush=True)
    measured(fleetcast(16_384, work / "core"))
    (work / "params.json").write_text(measured([sys.executable, HERE / "params.py", work / "core"])[3])
    if shutil.which("cargo") is None:
        sys.exit("cargo is needed to build the peer in Rust")
    build(work, HERE / "naive", {})
    if by_hand(work):
        build(work, HERE.parent / "by_hand", {"RUSTFLAGS": "-C target-cpu=native"})


def build(work, crate, env):
    command = ["cargo", "build", "--release", "--locked", "--manifest-path", crate / "Cargo.toml", "--target-dir", work / crate.name]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **env})


def check(options, work):
    """Every summary of every program against the reference, a NumPy run with standard errors."""
    sys.path.insert(0, str(HERE))
    import compare
    import report
    scale = 0.1 if options.quick else 1.0
    run = programs(options, work)
    measured([sys.executable, HERE / "peer_numpy.py", work / "core", int(400_000 * scale), 4711, work / "reference.npz", "check"])
    reference = compare.peer(str(work / "reference.npz"))
    draws = {"fleetcast": 1_000_000, "numpy, chunks": 400_000, "numba": 400_000, "naive rust": 30_000}
    others = {name: run[name][2] for name in draws}
    if by_hand(work):
        draws["by hand"], others["by hand"] = 30_000, lambda n, out: by_hand(work) + [n, out]
    fine = True
    print(f"\nagreement with the reference, NumPy with {reference.draws:,} draws: mean, sd, "
          + ", ".join(f"P{round(100 * level)}" for level in report.LEVELS))
    for name, n in draws.items():
        files = {"fleetcast": "checked", "naive rust": "naive.json", "by hand": "by_hand.json"}
        out = work / files.get(name, name.replace(", ", "-") + ".npz")
        measured(others[name](int(n * scale), out))
        found = compare.fleetcast(out) if name == "fleetcast" else compare.peer(str(out))
        more, less = compare.same_list(found, reference)
        differences, coarse = compare.compare(found, reference)
        bound = compare.limit(len(differences))
        beyond = [d for d in differences if d[0] > bound]
        fine &= not (more or less or beyond)
        over = lambda z: 100 * sum(d[0] > z for d in differences) / len(differences)
        print(f"\n{name}, {found.draws:,} draws: {len(differences):,} statistics of {len(reference.rows):,} values; "
              f"{over(2):.2f} % beyond 2 and {over(3):.3f} % beyond 3 standard errors; {len(beyond)} beyond {bound:.2f}, "
              "which the largest of as many independent ones passes once in a hundred times")
        if more or less:
            print(f"  summarized by {name} alone: {more}; by the reference alone: {less}")
        for z, what in differences[: max(5, min(len(beyond), 40))]:
            print(f"  {z:6.2f}  {what}")
        if coarse:
            print(f"  {len(coarse)} percentiles are off by less than the width of a bin, most of them beside an atom; the largest, in parts of the metric's largest value:")
            for size, what in coarse[:5]:
                print(f"  {100 * size:6.2f} %  {what}")
    return fine


def cost(options, work):
    """Marginal CPU time per draw of each program, in turn, and the ratios."""
    run = programs(options, work)
    times, peaks = {name: [] for name in run}, {}
    values = {name: M0_VALUES for name in YARDSTICKS.values()}
    for name, (small, _, command) in run.items():
        out = measured(command(small, None))[3]  # compiles and warms, and says how many values
        if name not in values and name != "fleetcast":
            values[name] = json.loads(out.strip().splitlines()[-1])["values"]
    values["fleetcast"] = values["numpy"]
    for k in range(options.rounds):
        for name, (small, large, command) in run.items():
            little, _, _, _ = measured(command(small, None))
            much, _, peak, _ = measured(command(large, None))
            times[name].append(1e6 * (much - little) / (large - small))
            peaks[name] = peak
        print(f"round {k + 1}: " + ", ".join(f"{name} {row[-1]:.2f}" for name, row in times.items()), flush=True)
    print("\nCPU time a draw, one thread: marginal between a small and a large run, measured in turn, median of "
          f"{options.rounds} rounds")
    print(f"{'':18}{'us a draw':>10}{'range':>18}{'ns a value':>12}{'ratio':>8}{'range':>16}{'goal':>6}{'aim':>5}{'draws':>10}{'peak MB':>9}")
    for name, row in times.items():
        ratios = [x / y for x, y in zip(row, times["fleetcast"])]
        goal, aim = TARGETS.get(name, ("", ""))
        ratio = "" if name.startswith("yard") else f"{statistics.median(ratios):.2f}"
        span = "" if name.startswith("yard") else f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(f"{name:18}{statistics.median(row):10.2f}{min(row):10.2f}-{max(row):7.2f}{1e3 * statistics.median(row) / values[name]:12.2f}"
              f"{ratio:>8}{span:>16}{goal:>6}{aim:>5}{run[name][1]:>10}{f'{peaks[name]:.0f}' if peaks[name] else '-':>9}")
    print("\nper summarized value, our peers over the yardstick, at most 1.3:")
    for name, yardstick in YARDSTICKS.items():
        ratios = [x / values[name] / (y / M0_VALUES) for x, y in zip(times[name], times[yardstick])]
        print(f"  {name:8} {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
    if by_hand(work):
        print("\nthe model's arithmetic alone, put together from equations on columns, and written by hand for this scenario:")
        print(measured(by_hand(work))[3])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fleetcast", type=pathlib.Path, default=ROOT / "target/release/fleetcast")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "target/peers", help="folder for what is made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer draws, to try the script")
    parser.add_argument("--check-only", action="store_true", help="compare the summaries, measure nothing")
    options = parser.parse_args()
    if not options.fleetcast.exists():
        sys.exit(f"{options.fleetcast} is not there: cargo build --release")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    prepare(options, options.work)
    fine = check(options, options.work)
    if not options.check_only:
        cost(options, options.work)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
