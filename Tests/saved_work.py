#!/usr/bin/env python3
"""What a job saves that changes no answer: three files of lines, each in pairs with and without, and again with kept answers.

    Tests/saved_work.py QUIRE --model MODEL [--pairs 3] [--scale 1] [--only equal|beginnings|ragged …]

`equal` has 2,000 lines of which 40% stand twice; `beginnings` has 400 lines that begin in one of 20 ways, of some 500 tokens
each, shuffled, with a cache that holds a few of them; `ragged` has 600 lines whose answers are from 4 to 256 tokens long.
"Without" is `--no-fold --no-reorder`, "with" what the command does by itself, "again" a run whose `--cache` has every answer.
Printed are the medians of the seconds and of their ratios; the answers of all runs are compared. Let nothing else run.
"""
import argparse
import json
import os
import random
import statistics
import sys
import tempfile

import line_speed

WORDS = ("the river runs under a bridge where children count boats and an old man sells bread while clouds move over hills "
         "and somebody writes a letter about rain light music stone winter").split()


def sentence(draw, count):
    return " ".join(draw.choice(WORDS) for _ in range(count))


def equal(draw, scale):
    lines = [{"prompt": sentence(draw, 24), "max_tokens": 16} for _ in range(int(1200 * scale))]
    return lines + draw.choices(lines, k=int(800 * scale)), []


def beginnings(draw, scale):
    texts = [sentence(draw, 440) for _ in range(20)]
    return [{"prompt": f"{texts[number % 20]}. {sentence(draw, 8)}", "max_tokens": 8}
            for number in range(int(400 * scale))], ["--kv-cache-memory", "200MiB"]


def ragged(draw, scale):
    return [{"prompt": sentence(draw, 12), "max_tokens": count, "min_tokens": count}
            for count in (int(4 * 64 ** draw.random()) for _ in range(int(600 * scale)))], []


FILES = {"equal": equal, "beginnings": beginnings, "ragged": ragged}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quire")
    parser.add_argument("--model", required=True)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", nargs="+", choices=FILES, default=list(FILES))
    arguments = parser.parse_args()
    print("| file | lines | without, s | with, s | ratio | again, s | ratio |\n|---|---|---|---|---|---|---|", flush=True)
    for name in arguments.only:
        draw = random.Random(7)
        lines, options = FILES[name](draw, arguments.scale)
        draw.shuffle(lines)
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.abspath(arguments.model), os.path.join(folder, "model"))
            with open(os.path.join(folder, "in.jsonl"), "w", encoding="utf-8") as file:
                for number, line in enumerate(lines):
                    file.write(json.dumps({"id": number, "temperature": 0, **line}) + "\n")
            kept = ["--cache", os.path.join(folder, "answers")]
            ways = {"without": ["--no-fold", "--no-reorder"], "with": [], "again": kept}
            first = line_speed.run(arguments.quire, folder, options + kept)[2]
            seconds = {way: [] for way in ways}
            for pair in range(arguments.pairs):
                for way in ways if pair % 2 == 0 else reversed(ways):
                    took, _, digest, _, _ = line_speed.run(arguments.quire, folder, options + ways[way])
                    if digest != first:
                        sys.exit(f"error: the answers of {name} differ {way}")
                    seconds[way].append(took)
        middle = {way: statistics.median(times) for way, times in seconds.items()}
        ratio = {way: statistics.median(a / b for a, b in zip(seconds["without"], seconds[way])) for way in ways}
        print(f"| {name} | {len(lines)} | {middle['without']:.1f} | {middle['with']:.1f} | {ratio['with']:.2f} × | "
              f"{middle['again']:.2f} | {ratio['again']:.0f} × |", flush=True)


if __name__ == "__main__":
    main()
