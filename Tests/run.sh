#!/usr/bin/env bash
# All checks, from a fresh clone: set-up, format check, build with warnings as errors, unit tests, and the
# end-to-end tests of the real binary on the real model.
set -euo pipefail
cd "$(dirname "$0")/.."
. Examples/setup.sh
started=$SECONDS

command -v swift >/dev/null 2>&1 || die "swift is missing; Quire needs Swift 6.2 or later (https://swift.org/install)"
require_openblas
find_qemu
fetch_smollm2
fetch_qwen_ranks
export QUIRE_TEST_MODEL="$SMOLLM2" QUIRE_TEST_TIKTOKEN="$QWEN_RANKS"

say "format"
git ls-files -z '*.swift' | xargs -0 swift format lint --strict

say "build (debug, tests), warnings as errors"
swift build --build-tests --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors

say "unit tests"
swift test --skip-build --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors

say "build (release), warnings as errors"
swift build -c release --product quire -Xswiftc -warnings-as-errors

say "object files"
python3 Tests/check_objects.py .build/debug
python3 Tests/check_objects.py .build/release

say "end-to-end tests"
QUIRE="$PWD/.build/release/quire" python3 -m unittest discover -v -s Tests/EndToEnd -p '*_test.py'

say "digests of answers"
python3 Tests/digests.py compare .build/release/quire Tests/Goldens/digests/9c3b2e8.json

say "example programs"
for package in Examples/*/Package.swift; do
    directory="$(dirname "$package")"
    say "$directory"
    swift run -c release --package-path "$directory" "$(basename "$directory")" "$SMOLLM2"
done
say "all passed in $((SECONDS - started)) s"
