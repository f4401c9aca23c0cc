#!/usr/bin/env bash
# Measures Quire beside other engines on the same workloads, and prints tables with ratios, in Markdown.
#
# usage: Examples/compare/compare.sh [--runs N] [--peers all|NAME,...] [--threads N] [--json FILE]
#
# Sets up a virtual environment with the peers (requirements.txt, from PyPI: several gigabytes; llama.cpp is compiled here)
# and makes their models, all under ${QUIRE_CACHE:-~/.cache/quire}; safe to run again. An environment that has
# these packages already is used instead where QUIRE_COMPARE_VENV names it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. Examples/setup.sh

command -v swift >/dev/null 2>&1 || die "swift is missing; Quire needs Swift 6.2 or later (https://swift.org/install)"
fetch_smollm2

environment="${QUIRE_COMPARE_VENV:-$QUIRE_CACHE/compare-venv}"
if [ -z "${QUIRE_COMPARE_VENV:-}" ] && ! cmp -s Examples/compare/requirements.txt "$environment/complete"; then
    say "setting up the peers in $environment"
    command -v c++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1 ||
        die "a C++ compiler is missing; llama.cpp needs one (Debian, Ubuntu: apt-get install g++)"
    python3 -m venv --clear "$environment"
    CMAKE_ARGS="-DGGML_NATIVE=ON" "$environment/bin/python" -m pip install -q --disable-pip-version-check \
        -r Examples/compare/requirements.txt
    cp Examples/compare/requirements.txt "$environment/complete"
fi

say "building (release)"
swift build -c release --product quire >&2
exec "$environment/bin/python" Examples/compare/compare.py .build/release/quire "$SMOLLM2" "$QUIRE_CACHE/compare" "$@"
