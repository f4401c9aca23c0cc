"""Kills jobs at random moments and lets them go on until they are done: each line once, the bytes of an uninterrupted run.

    python3 Tests/kills.py --runs 200 [--quire .build/release/quire] [--model PATH] [--lines 60] [--tokens 100]

Without a model a tiny random one is made. Half of the jobs are `--ordered`. A job that ends otherwise is kept for a look.
The last line also tells the time of computing that a kill cost: what all runs of a job took beyond their starts, less
what the uninterrupted run took; it holds the tokens that were thrown away, and the prompts that were computed again.
"""
import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))
import tiny_model  # noqa: E402


def lines(count, tokens):
    for number in range(count):
        if number % 11 == 3:
            yield {"prompt": "Once upon a time", "max_tokens": tokens, "ignore_eos": True}
        elif number % 11 == 7:
            yield {"id": number, "prompt": number}
        else:
            yield {
                "id": number, "prompt": "Tell me of the number %d." % number, "ignore_eos": True,
                "max_tokens": tokens + number % 5 * tokens // 4, "n": 1 + number % 2, "logprobs": number % 3 or None}


def option_parser(description):
    """The options that scripts of killed jobs have in common."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quire", default=os.path.join(ROOT, ".build", "release", "quire"))
    parser.add_argument("--model")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    return parser


def prepare(folder, arguments):
    """Writes the input, and a model where none is named; returns the paths of both."""
    model = arguments.model or os.path.join(folder, "tiny")
    if not arguments.model:
        tiny_model.write(model)
    source = os.path.join(folder, "in.jsonl")
    with open(source, "w", encoding="utf-8") as file:
        for line in lines(arguments.lines, arguments.tokens):
            file.write(json.dumps(line) + "\n")
    return model, source


def main():
    parser = option_parser(__doc__)
    parser.add_argument("--runs", type=int, default=20, help="kills, of all jobs together")
    arguments = parser.parse_args()
    choose = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        model, source = prepare(folder, arguments)

        def command(output, *options):
            return [arguments.quire, "run", "--model", model, "-i", source, "-o", output, "--quiet",
                    "--metrics-file", os.path.join(folder, "metrics.json"), *options]

        def metrics():
            with open(os.path.join(folder, "metrics.json"), encoding="utf-8") as file:
                return json.load(file)

        def read(path):
            with open(path, "rb") as file:
                return file.read()

        def start_seconds():
            """What a run takes before its first step, about: the median of runs that compute one token."""
            first, seconds = os.path.join(folder, "first.jsonl"), []
            with open(first, "w", encoding="utf-8") as file:
                file.write(json.dumps({"prompt": "a", "max_tokens": 1}) + "\n")
            for _ in range(5):
                begun = time.monotonic()
                subprocess.run([arguments.quire, "run", "--model", model, "-i", first, "-o", os.path.join(folder, "first"),
                                "--overwrite", "--quiet"], check=True)
                seconds.append(time.monotonic() - begun)
            return statistics.median(seconds)

        starting, lost = start_seconds(), 0.0
        expected, seconds, tokens = {}, 0.0, 0
        for options in ((), ("--ordered",)):
            path = os.path.join(folder, "expected")
            start = time.monotonic()
            subprocess.run(command(path, "--overwrite", *options), check=True)
            seconds = time.monotonic() - start
            expected[options] = read(path)
            tokens = metrics()["tokens"]["output_tokens"]
        kills = jobs = 0
        while kills < arguments.runs:
            jobs += 1
            options = choose.choice(list(expected))
            job = os.path.join(folder, "job")
            shutil.rmtree(job, ignore_errors=True)
            os.mkdir(job)
            output = os.path.join(job, "out")
            lost -= seconds - starting
            while True:
                begun = time.monotonic()
                process = subprocess.Popen(command(output, *options), stderr=subprocess.PIPE)
                try:
                    process.wait(timeout=choose.uniform(0, seconds * 1.1))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    lost += max(0, time.monotonic() - begun - starting)
                    kills += 1
                    process.stderr.close()
                    continue
                lost += max(0, time.monotonic() - begun - starting)
                told = process.stderr.read().decode()
                process.stderr.close()
                if process.returncode:
                    sys.exit("kills: a job went on with %d: %s" % (process.returncode, told))
                break
            content = read(output)
            same = content == expected[options] if options else sorted(content.splitlines()) == sorted(
                expected[options].splitlines())
            if not same:
                kept = tempfile.mkdtemp(prefix="kills-")
                shutil.copytree(job, kept, dirs_exist_ok=True)
                sys.exit("kills: the output of a job differs after %d kills; it is in %s" % (kills, kept))
            print("%d jobs, %d kills" % (jobs, kills), flush=True)
        print("%d kills in %d jobs of %d tokens and %.1f s, %.1f s of it to start: every output as that of an uninterrupted "
              "run; %.2f s of computing for a kill" % (kills, jobs, tokens, seconds, starting, max(0, lost) / kills))


if __name__ == "__main__":
    main()
