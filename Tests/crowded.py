#!/usr/bin/env python3
"""What a job loses to other programs on its processors, beside its fair share of them.

    Tests/crowded.py BINARY [BINARY …] [--rounds 3] [--model FILE] [--case NAME …] [--options "…"] [--json FILE]

Each round runs every build in every case, the builds one after the other, in alternating order. The cases: `alone`;
beside one busy process and beside two (`beside-1`, `beside-2`: loops in Python of the same session and priority); two
threads on one processor (`one-processor`); under a quota of one processor (`quota`: a control group of its own, where this
user may make one). Printed are the medians of the tokens a second, the part of the rate alone that they are, and that part
over the fair share: of T threads beside B busy ones on C processors each gets C / (T + B). Let nothing else run.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
from contextlib import contextmanager

import digests_models

JOB = "--num-requests 64 --prompt-tokens 128 --output-tokens 64"


@contextmanager
def busy(count):
    """So many processes that never rest."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def quota_group():
    """A control group that grants one processor's time, and the file that takes members; None where none can be made."""
    for root, settings in [
        ("/sys/fs/cgroup", {"cpu.max": "100000 100000"}),
        ("/sys/fs/cgroup/cpu", {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"}),
    ]:
        group = f"{root}/quire-crowded-{os.getpid()}"
        try:
            os.mkdir(group)
        except OSError:
            continue
        try:
            for name, value in settings.items():
                # A folder that is no control group has no such file.
                with open(f"{group}/{name}", "r+") as file:
                    file.write(value)
            return group
        except OSError:
            os.rmdir(group)
    return None


def rate(binary, model, options, prepare=None):
    """Tokens a second of one job."""
    told = subprocess.run(
        [binary, "bench", "--json", "--model", model, *options],
        capture_output=True, text=True, preexec_fn=prepare)
    if told.returncode != 0:
        sys.exit(f"error: {binary} bench: {told.stderr[-2000:]}")
    return json.loads(told.stdout)["output_tokens_per_second"]


def cases(processors, threads):
    """Name → (busy processes, fair share of the rate alone, what the process does before it starts)."""
    granted = min(processors, threads)
    one = {min(os.sched_getaffinity(0))}
    found = {"alone": (0, 1, None)}
    for count in (1, 2):
        found[f"beside-{count}"] = (count, min(1, processors / (threads + count) * threads / granted), None)
    found["one-processor"] = (0, 1 / granted, lambda: os.sched_setaffinity(0, one))
    group = quota_group()
    if group:
        def join():
            with open(f"{group}/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))
        found["quota"] = (0, 1 / granted, join)
    return found, group


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="+", metavar="BINARY")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", help="SmolLM2's GGUF otherwise")
    parser.add_argument("--case", action="append", help="only this one; may be repeated")
    parser.add_argument("--threads", type=int, help="the processors that the script may use otherwise")
    parser.add_argument("--job", default=JOB, help="the workload's options of quire bench, in one word")
    parser.add_argument("--options", default="", help="further options of quire bench, in one word")
    parser.add_argument("--json", metavar="FILE", help="where every rate goes")
    options = parser.parse_args()
    # What is begun is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    model = options.model or digests_models.smollm2()
    processors = len(os.sched_getaffinity(0))
    threads = options.threads or processors
    found, group = cases(processors, threads)
    wanted = {name: case for name, case in found.items() if not options.case or name in options.case}
    rates = {name: {binary: [] for binary in options.binaries} for name in wanted}
    try:
        for number in range(options.rounds):
            order = options.binaries[:: -1 if number % 2 else 1]
            for name, (count, _, prepare) in wanted.items():
                with busy(count):
                    for binary in order:
                        arguments = ["--threads", str(threads), *options.job.split(), *options.options.split()]
                        found = rate(binary, model, arguments, prepare)
                        print(f"{name}, {binary}: {found:.0f} tokens/s", file=sys.stderr, flush=True)
                        rates[name][binary].append(found)
    finally:
        if group:
            os.rmdir(group)
    for binary in options.binaries:
        print(binary)
        alone = statistics.median(rates["alone"][binary]) if "alone" in rates else None
        for name, (_, share, _) in wanted.items():
            median = statistics.median(rates[name][binary])
            part = f", {median / alone:.2f} of alone, {median / alone / share:.2f} of the fair share" if alone else ""
            print(f"  {name}: {median:.0f} tokens/s{part}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rates, file, indent=1)


main()
