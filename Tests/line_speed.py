#!/usr/bin/env python3
"""What a line costs two builds: jobs of many tiny lines on a tiny random model, in pairs that take turns.

    Tests/line_speed.py OLD_BINARY NEW_BINARY [--lines 1000000] [--pairs 5] [--options "…"] [--new-options "…"]

Each line has its own id and text and an answer of one token. Printed are the ratio of the lines a second (median over the pairs
and all of them), both peaks of memory, and what the new build's step loop spends on a line between its steps. The answers
of both builds are compared line by line. Let nothing else run.
"""
import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "EndToEnd"))
import tiny_model


def digest(path):
    """One number for the lines of a file in whatever order."""
    total = 0
    with open(path, "rb") as file:
        for line in file:
            total += int.from_bytes(hashlib.blake2b(line, digest_size=16).digest(), "big")
    return total % (1 << 128)


def run(binary, folder, options):
    """Seconds of the job, peak bytes, digest of the answers, metrics."""
    output, metrics = os.path.join(folder, "out.jsonl"), os.path.join(folder, "metrics.json")
    for name in os.listdir(folder):
        if name.startswith("out.jsonl"):
            os.unlink(os.path.join(folder, name))
    command = [binary, "run", "--model", os.path.join(folder, "model"), "-i", os.path.join(folder, "in.jsonl"), "-o", output,
               "--metrics-file", metrics, "--quiet", *options]
    began = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"error: {' '.join(command)}: status {status}")
    with open(metrics, encoding="utf-8") as file:
        told = json.load(file)
    return told["total_seconds"], usage.ru_maxrss * 1024, digest(output), told, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--options", default="")
    parser.add_argument("--new-options", default="")
    arguments = parser.parse_args()
    shared = ["--max-tokens", "1", "--temperature", "0", "--kv-cache-memory", "64MiB", *arguments.options.split()]
    with tempfile.TemporaryDirectory() as folder:
        tiny_model.write(os.path.join(folder, "model"))
        with open(os.path.join(folder, "in.jsonl"), "w", encoding="utf-8") as file:
            for number in range(arguments.lines):
                file.write(f'{{"id":{number},"prompt":"{number * 7919 % 1_000_003}"}}\n')
        ratios, peaks = [], {"old": 0, "new": 0}
        for pair in range(arguments.pairs):
            found = {}
            for name in ("old", "new") if pair % 2 == 0 else ("new", "old"):
                options = shared + (arguments.new_options.split() if name == "new" else [])
                found[name] = run(getattr(arguments, name), folder, options)
                peaks[name] = max(peaks[name], found[name][1])
            if found["old"][2] != found["new"][2]:
                sys.exit("error: the answers differ")
            ratios.append(found["old"][0] / found["new"][0])
            phases = found["new"][3]["phases"]
            between = (phases["lines_seconds"] + phases["other_seconds"]) / arguments.lines * 1e6
            print(f"pair {pair + 1}: {arguments.lines / found['old'][0]:.0f} and {arguments.lines / found['new'][0]:.0f} lines/s, "
                  f"ratio {ratios[-1]:.3f}; {between:.2f} µs a line between steps", flush=True)
        print(f"median ratio {statistics.median(ratios):.3f}; peaks {peaks['old'] >> 20} and {peaks['new'] >> 20} MiB")
        print(json.dumps({key: found["new"][3][key] for key in ("phases", "beside", "steps") if key in found["new"][3]})[:900])


if __name__ == "__main__":
    main()
