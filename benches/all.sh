#!/usr/bin/env bash
# Every measurement of docs/performance.md, one after the other, for a quiet machine: an hour and a quarter.
#
#   bash benches/all.sh [FOLDER]        FOLDER (target/measured) gets one text for each
#
# Needs cargo, python3, valgrind and objdump; the packages of benches/peers/requirements.txt go into
# target/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-target/measured}
mkdir -p "$out"
cargo build --release
cargo bench --no-run
{
    date -u +%F
    uname -srm
    lscpu | grep -E 'Model name|^CPU\(s\)|L1d|L2|L3|Flags' | sed -E 's/Flags.*(avx512f|avx2).*/Widest vectors: \1/'
    grep MemTotal /proc/meminfo
    rustc --version
    git rev-parse --short HEAD
    uptime
} >"$out/machine.txt"
[ -x target/venv/bin/python ] || python3 -m venv target/venv
target/venv/bin/pip install -q -r benches/peers/requirements.txt
for bench in cost floor slopes; do
    cargo bench --bench "$bench" 2>/dev/null | tee "$out/$bench.txt"
done
python3 benches/whole.py --most "${MOST:-1e8}" | tee "$out/whole.txt"
target/venv/bin/python benches/peers/run.py | tee "$out/peers.txt" || echo "some summaries do not agree: see $out/peers.txt"
target/venv/bin/python benches/peers/precision.py --seeds 16 --batches 160 | tee "$out/precision.txt"
bash benches/instructions.sh | tee "$out/instructions.txt"
bash benches/vector_code.sh | tee "$out/vector_code.txt"
echo "measured into $out"
