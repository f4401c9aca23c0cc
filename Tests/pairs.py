#!/usr/bin/env python3
"""Speed of two builds side by side: the ratio of their rates, over pairs that take turns.

    Tests/pairs.py OLD_BINARY NEW_BINARY [--pairs 11] [--model FILE] [--options "…"] [--json FILE]

Each pair runs both builds on the same workload one after the other, in alternating order, in processes of their own, so
that what slows the machine for a while slows both. A ratio above 1 says that the new build is faster. Printed are the
median over the pairs and its 95% interval by bootstrap (10,000 samples, always the same ones). A workload passes
where the median is at least 0.99 or 1 lies in the interval; the exit code is 1 where one does not. Let nothing else run.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys

import digests_models

# Workload → options of quire bench, and the rate of its report. The job and its decode steps are one run.
RUNS = {
    "job": ("--num-requests 64 --prompt-tokens 128 --output-tokens 64 --num-iters-warmup 1", {
        "job of 64 × (128, 64)": "output_tokens_per_second", "decode of 64": "decode_tokens_per_second"}),
    "prefill": ("--num-requests 4 --prompt-tokens 512 --output-tokens 1 --max-num-seqs 1 --num-iters-warmup 1", {
        "prefill of 512": "prefill_tokens_per_second"}),
    "shared": (
        "--num-requests 64 --prompt-tokens 1024 --shared-prefix-tokens 1008 --output-tokens 16 --num-iters-warmup 1", {
            "decode of 64 with a prefix in common": "decode_tokens_per_second"}),
    "single": ("--num-requests 1 --prompt-tokens 16 --output-tokens 128 --num-iters-warmup 1", {
        "one sequence": "decode_tokens_per_second"}),
}


def rates(binary, model, options):
    """Workload → tokens a second."""
    found = {}
    for arguments, fields in RUNS.values():
        told = subprocess.run(
            [binary, "bench", "--json", "--model", model, *arguments.split(), *options], capture_output=True, text=True)
        if told.returncode != 0:
            sys.exit(f"error: {binary} bench {arguments}: {told.stderr[-2000:]}")
        report = json.loads(told.stdout)
        found |= {name: report[field] for name, field in fields.items()}
    return found


def interval(ratios, samples=10_000):
    """The middle 95% of the medians of resampled ratios."""
    generator = random.Random(0)
    medians = sorted(statistics.median(generator.choices(ratios, k=len(ratios))) for _ in range(samples))
    return medians[int(samples * 0.025)], medians[int(samples * 0.975) - 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--pairs", type=int, default=11, help="at least 2")
    parser.add_argument("--model", help="SmolLM2's GGUF otherwise")
    parser.add_argument("--options", default="", help="further options of quire bench, in one word")
    parser.add_argument("--json", metavar="FILE", help="where every rate goes")
    options = parser.parse_args()
    if options.pairs < 2:
        parser.error("--pairs is below 2, and a median of one pair has no interval")
    binaries = {"old": os.path.abspath(options.old), "new": os.path.abspath(options.new)}
    model = options.model or digests_models.smollm2()
    measured = []
    for number in range(options.pairs):
        order = ["old", "new"] if number % 2 == 0 else ["new", "old"]
        pair = {which: rates(binaries[which], model, options.options.split()) for which in order}
        measured.append(pair)
        print(f"pair {number + 1}: " + ", ".join(
            f"{name} {pair['new'][name] / pair['old'][name]:.3f}" for name in pair["old"]), file=sys.stderr, flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(measured, file, indent=1, ensure_ascii=False)
            file.write("\n")
    print("| workload | tokens/s, old | tokens/s, new | ratio, median | 95% interval | |\n|---|---|---|---|---|---|")
    slower = False
    for name in measured[0]["old"]:
        ratios = [pair["new"][name] / pair["old"][name] for pair in measured]
        median, (low, high) = statistics.median(ratios), interval(ratios)
        passes = median >= 0.99 or low <= 1 <= high
        slower |= not passes
        old, new = (statistics.median(pair[which][name] for pair in measured) for which in ("old", "new"))
        print(f"| {name} | {old:,.0f} | {new:,.0f} | {median:.3f} | {low:.3f}…{high:.3f} | {'passes' if passes else 'SLOWER'} |")
    sizes = [os.path.getsize(path) for path in binaries.values()]
    print(f"\n{options.pairs} pairs; program {sizes[0]:,} bytes before, {sizes[1]:,} now ({sizes[1] / sizes[0]:.3f})")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
