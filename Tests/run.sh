#!/usr/bin/env bash
# All checks, from a fresh clone: set-up, format, build with warnings as errors, unit tests, pages against sources, the
# end-to-end tests of the real binary on the real model, its answers' digests, and the library as a dependency.
#
#     Tests/run.sh            everything that CI runs
#     Tests/run.sh --fast     format, pages, a debug build, unit tests of the targets that changed and of their dependants
#     Tests/run.sh --long     everything, and what takes longer: the digests on AVX2, a million simulated requests, jobs
#                             and shared jobs under fire, hostile lines by the clock, the server's page in Chromium and
#                             other programs against it, Ray and Spark (which need Java)
set -euo pipefail
cd "$(dirname "$0")/.."
. Examples/setup.sh
started=$SECONDS
DIGESTS=Tests/Goldens/digests/bda6b9c.json
# Without debug information builds are shorter; what a test tells of itself needs none.
# The debug build has the server, the release build has not: so both are built.
STRICT=(--traits Server -debug-info-format none --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors)

# Whatever the environment leaves out, here it is built.
unset QUIRE_TESTS

mode=all
for option in "$@"; do
    case "$option" in
    --fast | --long)
        [ "$mode" = all ] || { printf 'error: %s and --%s do not go together\n' "$option" "$mode" >&2; exit 64; }
        mode="${option#--}" ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"
        exit 0 ;;
    *)
        printf 'error: %s is no option of Tests/run.sh; there are --fast and --long\n' "$option" >&2
        exit 64 ;;
    esac
done

set_up() {
    command -v swift >/dev/null 2>&1 || die "swift is missing; Quire needs Swift 6.2 or later (https://swift.org/install)"
    find_openblas || die "the tests compare with OpenBLAS"
    fetch_smollm2
    fetch_qwen_ranks
    export QUIRE_TEST_MODEL="$SMOLLM2" QUIRE_TEST_TIKTOKEN="$QWEN_RANKS"
}

build_for_tests() {
    say "build (debug, tests), warnings as errors"
    swift build --build-tests "${STRICT[@]}"
}

# check_pages BINARY — whose help has the options.
check_pages() {
    say "pages and comments"
    python3 Tests/check_docs.py --quire "$1"
    python3 Tests/check_comments.py
}

fast() {
    set_up
    say "format of what changed"
    Tests/changed.py swift | tr '\n' '\0' | xargs -0 -r swift format lint --strict
    QUIRE_TESTS="$(Tests/changed.py tests)"
    export QUIRE_TESTS
    build_for_tests
    check_pages .build/debug/quire
    if [ -z "$QUIRE_TESTS" ]; then
        say "no target changed, no unit test to run"
    else
        say "unit tests: $QUIRE_TESTS"
        swift test --skip-build "${STRICT[@]}"
    fi
}

everything() {
    set_up
    find_qemu

    say "format"
    git ls-files -z '*.swift' | xargs -0 swift format lint --strict
    build_for_tests
    say "unit tests"
    swift test --skip-build "${STRICT[@]}"

    say "build (release), warnings as errors"
    swift build -c release --product quire -Xswiftc -warnings-as-errors
    swift build --product fuzz "${STRICT[@]}"
    # One core feeds the readers, the other checks what needs no more than one.
    local fuzzed="$PWD/.build/fuzz.log"
    python3 Tests/fuzz.py .build/debug/fuzz --seconds 60 >"$fuzzed" 2>&1 &
    fuzzing=$!
    trap 'kill "$fuzzing" 2>/dev/null || true' EXIT
    check_pages .build/release/quire
    say "object files"
    python3 Tests/check_objects.py .build/debug
    python3 Tests/check_objects.py .build/release
    say "documentation of the libraries"
    python3 Tests/docc.py
    say "spoilt inputs, a minute"
    local status=0
    wait "$fuzzing" || status=$?
    trap - EXIT
    cat "$fuzzed"
    [ "$status" = 0 ] || exit "$status"
    say "the commands of the pages"
    python3 Tests/check_commands.py .build/release/quire
    say "end-to-end tests, two files at a time"
    # Clients of the server that are not ours.
    local clients="$QUIRE_CACHE/clients"
    python3 -m venv "$clients"
    "$clients/bin/pip" install -q -r Tests/EndToEnd/requirements.txt
    QUIRE="$PWD/.build/release/quire" QUIRE_SERVER="$PWD/.build/debug/quire" \
        "$clients/bin/python" Tests/end_to_end.py --jobs 2
    say "digests of answers"
    python3 Tests/digests.py compare .build/release/quire "$DIGESTS"
    say "the library as a dependency"
    python3 Tests/dependency.py
}

# What is too slow for every change.
longer() {
    say "the library as a dependency, built from the tag"
    python3 Tests/dependency.py --whole
    say "digests of answers on AVX2"
    python3 Tests/digests.py compare .build/release/quire "$DIGESTS" --isa avx2
    say "a million requests through the scheduler"
    swift build -c release --product schedule-simulation -Xswiftc -warnings-as-errors
    python3 Tests/check_scale.py .build/release/schedule-simulation
    say "jobs that are killed, and go on"
    python3 Tests/kills.py --runs 200 --model "$SMOLLM2" --lines 30 --tokens 40
    say "hostile lines: neighbours that wait, signals that are heard"
    python3 Tests/attacks/latency.py .build/release/quire
    say "clients made to harm, at length"
    QUIRE_SERVER="$PWD/.build/debug/quire" python3 Tests/attacks/server.py --connections 3000 --seconds 20 --bound 10
    say "a batch of 500 lines whose servers are killed"
    BATCH_LINES=500 QUIRE="$PWD/.build/release/quire" QUIRE_SERVER="$PWD/.build/debug/quire" \
        python3 Tests/end_to_end.py Tests/EndToEnd/batch_api_test.py
    say "a shared job whose processes are killed and stopped"
    python3 Tests/work_dir.py --kills 60
    say "the server's page in Chromium"
    command -v chromium >/dev/null 2>&1 || install_package chromium || die "chromium is missing, in which the server's page is tested"
    python3 -m venv "$QUIRE_CACHE/browser"
    "$QUIRE_CACHE/browser/bin/pip" install -q --no-deps -r Tests/Browser/requirements.txt
    QUIRE_SERVER="$PWD/.build/debug/quire" "$QUIRE_CACHE/browser/bin/python" -m unittest discover -v \
        -s Tests/Browser -p "*_test.py"
    say "other programs against the server"
    python3 -m venv "$QUIRE_CACHE/recipes"
    "$QUIRE_CACHE/recipes/bin/pip" install -q -r Examples/server/requirements.txt
    QUIRE_SERVER="$PWD/.build/debug/quire" "$QUIRE_CACHE/recipes/bin/python" Tests/recipes.py -v
    say "answers through Ray and Spark"
    command -v java >/dev/null 2>&1 || die "java is missing, which Spark needs; install a runtime, such as openjdk-17-jre-headless"
    local environment="$QUIRE_CACHE/distributed"
    python3 -m venv "$environment"
    "$environment/bin/pip" install -q -r Examples/ray/requirements.txt -r Examples/spark/requirements.txt
    QUIRE="$PWD/.build/release/quire" "$environment/bin/python" -m unittest -v \
        Examples/ray/test_answer.py Examples/spark/test_answer.py
}

case "$mode" in
fast) fast ;;
# No && between them: under it a check that fails would not end the script.
long)
    everything
    longer ;;
all) everything ;;
esac
say "all passed in $((SECONDS - started)) s"
