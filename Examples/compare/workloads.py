"""What every engine is asked to do, and how a peer's program answers.

Prompts are random token ids, answers greedy and of a fixed length, so that no engine saves work by
ending early.
"""
import json
import random
from collections import namedtuple

# `rates` are a table's columns: output tokens over the time of everything (`job`), prompt tokens over the time until each
# request has its first token (`prefill`), tokens after the first over the time of the rest (`decode`). Loading is apart.
Workload = namedtuple("Workload", "requests prompt output one_at_a_time rates")

SETS = {
    "short": [
        Workload(64, 128, 64, False, {"job": "job", "decode_64": "decode"}),
        Workload(8, 512, 1, True, {"prefill_512": "prefill"}),
        Workload(1, 16, 128, False, {"decode_1": "decode"}),
    ],
    "long": [
        Workload(2, 2048, 1, True, {"prefill_2048": "prefill"}),
        Workload(1, 8000, 17, False, {"prefill_8000": "prefill", "decode_at_8000": "decode"}),
    ],
    "large": [
        Workload(1, 16, 17, False, {"decode_1": "decode"}),
        Workload(16, 16, 17, False, {"decode_16": "decode"}),
        Workload(64, 16, 17, False, {"decode_64": "decode"}),
        Workload(2, 512, 1, True, {"prefill_512": "prefill"}),
    ],
}

TITLES = {
    "job": "64 × (128 in, 64 out), output",
    "decode_64": "decode of 64 sequences",
    "decode_16": "decode of 16 sequences",
    "decode_1": "decode of 1 sequence",
    "prefill_512": "prefill of 512",
    "prefill_2048": "prefill of 2,048",
    "prefill_8000": "prefill of 8,000",
    "decode_at_8000": "decode of 1 at 8,000 positions",
}


def columns(name):
    return [column for workload in SETS[name] for column in workload.rates]


# Ordinary tokens of every model here; control tokens stand before them.
FIRST_ID, END_ID = 1000, 32768


def prompts(count, length, seed):
    numbers = random.Random(seed)
    return [[numbers.randrange(FIRST_ID, END_ID) for _ in range(length)] for _ in range(count)]


def measure(version, run, name):
    """Measures a peer, after a workload that is not counted, and prints one JSON object, the last line of its standard output.

    run(prompts, output_tokens) answers all prompts at once. It returns the seconds until each of them has its
    first token, and those of the rest.
    """
    first = SETS[name][0]
    run(prompts(first.requests, first.prompt, seed=1), first.output)
    rates = {}
    for number, work in enumerate(SETS[name]):
        made = prompts(work.requests, work.prompt, seed=2 + number)
        runs = [run(some, work.output) for some in ([[ids] for ids in made] if work.one_at_a_time else [made])]
        read, rest = (sum(seconds) for seconds in zip(*runs))
        for column, kind in work.rates.items():
            rates[column] = {
                "job": lambda: work.requests * work.output / (read + rest),
                "prefill": lambda: work.requests * work.prompt / read,
                "decode": lambda: work.requests * (work.output - 1) / rest,
            }[kind]()
    print(json.dumps({"version": version, **rates}), flush=True)
