#!/usr/bin/env bash
# How much of the compiled kernels is vector code: packed against scalar floating-point arithmetic,
# by instruction set, in the functions that run sampling, model and aggregation.
#
#   cargo build --release && bash benches/vector_code.sh [target/release/fleetcast]
#
# Needs objdump (binutils). Scalar arithmetic is left in set-up code and in loops over lanes' ends.
set -euo pipefail
binary=${1:-target/release/fleetcast}
objdump -d --no-show-raw-insn "$binary" | awk '
    /^[0-9a-f]+ <.*>:$/ {
        set = ""
        if ($0 ~ /run_avx512/) set = "avx512"
        else if ($0 ~ /run_avx2/) set = "avx2"
        if (set != "") functions[set]++
        next
    }
    set == "" { next }
    {
        op = $2
        if (op ~ /^v?(add|sub|mul|div|sqrt|max|min)pd$/) {
            packed[set]++
            width = /%zmm/ ? 512 : (/%ymm/ ? 256 : 128)
            by_width[set, width]++
        } else if (op ~ /^v?(add|sub|mul|div|sqrt|max|min)sd$/) scalar[set]++
        else if (op ~ /^vfn?m(add|sub)/) fused[set]++
    }
    END {
        for (s in functions)
            printf "%-7s %3d functions: %5d packed (512 bit %d, 256 bit %d, 128 bit %d), %4d scalar, %d fused: %.1f %% packed\n",
                s, functions[s], packed[s], by_width[s, 512], by_width[s, 256], by_width[s, 128],
                scalar[s], fused[s], 100 * packed[s] / (packed[s] + scalar[s])
    }'
