#!/usr/bin/env python3
"""Runs the files of Tests/EndToEnd, some at a time, each in a process of its own.

    Tests/end_to_end.py [--jobs 2] [FILE …]      FILE: job_test, or a path; without any all of them

QUIRE names the binary, QUIRE_TEST_MODEL and QUIRE_TEST_TIKTOKEN the files that Tests/run.sh fetches. A file that says
RUNS_ALONE, with its reason, runs when all others have ended: it measures times, or fills what others need. What a file
prints is shown when it has ended, and how long each took at the end.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "EndToEnd")


def run(name):
    """Runs one file; returns its name, whether it passed, what it printed, and the seconds it took."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        process = subprocess.Popen([sys.executable, "-m", "unittest", "-v", name], cwd=FOLDER, stdout=printed,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        status = process.wait()
        # A test that failed may have left what it started.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        printed.seek(0)
        return name, status == 0, printed.read(), time.monotonic() - started


def runs_alone(name):
    with open(os.path.join(FOLDER, name + ".py"), encoding="utf-8") as file:
        return re.search(r'(?m)^RUNS_ALONE = "', file.read()) is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="how many files run at a time")
    parser.add_argument("files", nargs="*", metavar="FILE")
    options = parser.parse_args()
    known = {os.path.basename(path)[:-3]: os.path.getsize(path) for path in glob.glob(os.path.join(FOLDER, "*_test.py"))}
    names = [os.path.basename(name).removesuffix(".py") for name in options.files] or list(known)
    for name in names:
        if name not in known:
            sys.exit(f"error: {name} is no file of Tests/EndToEnd; there are {', '.join(sorted(known))}")
    # The longest files first, so that none of them is left for the end.
    names.sort(key=lambda name: -known[name])
    alone = [name for name in names if runs_alone(name)]
    together = [name for name in names if name not in alone]
    started, results = time.monotonic(), []

    def take(result):
        name, passed, printed, seconds = result
        results.append(result)
        print(f"== {name}: {'passed' if passed else 'FAILED'} in {seconds:.0f} s\n{printed}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        for future in concurrent.futures.as_completed([pool.submit(run, name) for name in together]):
            take(future.result())
    for name in alone:
        take(run(name))
    for name, passed, _, seconds in sorted(results, key=lambda result: -result[3]):
        print(f"{seconds:6.1f} s  {name}{' (alone)' if name in alone else ''}{'' if passed else ': FAILED'}")
    failed = [name for name, passed, _, _ in results if not passed]
    print(f"{len(results)} files in {time.monotonic() - started:.0f} s, {len(failed)} failed: {' '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
