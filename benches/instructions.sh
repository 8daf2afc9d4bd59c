#!/usr/bin/env bash
# Instructions of a fixed run, which other load on the machine does not move: so that a later change can
# be judged where times cannot.
#
#   cargo build --release && bash benches/instructions.sh [target/release/fleetcast]
#
# Needs valgrind (callgrind), which knows no AVX-512: counts are of AVX2 and of the portable level.
# A draw's instructions are those of 49,152 draws less those of 16,384, over the difference; from 16,384 on
# all that a run does once is done in full (what limits cost takes its first draws).
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-target/release/fleetcast}
scenario=scenarios/meta-2024-07.toml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Instructions of a run: level, draws, further arguments.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$folder/out.$1.$2" \
        "$binary" run "$scenario" "${@:3}" --isa "$1" --draws "$2" --threads 1 --no-charts -q --out "$folder/run" \
        2>&1 >/dev/null | sed -n 's/.*Collected : //p'
}

printf '%-10s %-10s %16s %16s %16s %14s\n' scenario level '1,000 draws' '16,384 draws' '49,152 draws' 'a draw'
for level in avx2 portable; do
    for name in core everything; do
        with=()
        [ "$name" = core ] && with=(--with scenarios/overlays/core.toml)
        startup=$(count "$level" 1000 "${with[@]}")
        small=$(count "$level" 16384 "${with[@]}")
        large=$(count "$level" 49152 "${with[@]}")
        printf "%-10s %-10s %'16d %'16d %'16d %'14d\n" "$name" "$level" "$startup" "$small" "$large" $(((large - small) / 32768))
        if [ "$name$level" = coreavx2 ] && command -v callgrind_annotate >/dev/null; then
            callgrind_annotate --inclusive=no "$folder/out.avx2.49152" >"$folder/annotated" 2>/dev/null || true
        fi
    done
done
if [ -s "$folder/annotated" ]; then
    echo
    echo 'core, avx2, 49,152 draws: where the instructions are'
    grep -E '^ *[0-9,]+ \(' "$folder/annotated" | head -25 | sed -E 's/\[[^]]*\]$//' | cut -c1-150
fi
