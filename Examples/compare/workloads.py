"""What every engine is asked to do, and how a peer's program answers.

Prompts are random token ids, answers greedy and of a fixed length, so that no engine saves work by
ending early.
"""
import json
import random

# The whole job: output tokens over the wall time, model load apart. The decode rate is that of the same job's
# steps once every prompt has been read.
JOB_REQUESTS, JOB_PROMPT, JOB_OUTPUT = 64, 128, 64
# Prompts read one at a time.
PREFILL_REQUESTS, PREFILL_PROMPT = 8, 512
# One sequence alone.
SINGLE_PROMPT, SINGLE_OUTPUT = 16, 128

TITLES = {
    "job": f"{JOB_REQUESTS} × ({JOB_PROMPT} in, {JOB_OUTPUT} out), output",
    "decode_64": f"decode of {JOB_REQUESTS} sequences",
    "prefill_512": f"prefill of {PREFILL_PROMPT}",
    "decode_1": "decode of 1 sequence",
}

# Ordinary tokens of every model here; control tokens stand before them.
FIRST_ID, END_ID = 1000, 49152


def prompts(count, length, seed):
    numbers = random.Random(seed)
    return [[numbers.randrange(FIRST_ID, END_ID) for _ in range(length)] for _ in range(count)]


def measure(version, run):
    """Measures a peer, after a whole job that is not counted, and prints one JSON object, the last line of its standard output.

    run(prompts, output_tokens) answers all prompts at once. It returns the seconds until each of them has its
    first token, and those of the rest.
    """
    run(prompts(JOB_REQUESTS, JOB_PROMPT, seed=1), JOB_OUTPUT)
    read, rest = run(prompts(JOB_REQUESTS, JOB_PROMPT, seed=2), JOB_OUTPUT)
    rates = {
        "job": JOB_REQUESTS * JOB_OUTPUT / (read + rest),
        "decode_64": JOB_REQUESTS * (JOB_OUTPUT - 1) / rest,
    }
    alone = [run([ids], 1)[0] for ids in prompts(PREFILL_REQUESTS, PREFILL_PROMPT, seed=3)]
    rates["prefill_512"] = PREFILL_REQUESTS * PREFILL_PROMPT / sum(alone)
    rest = run(prompts(1, SINGLE_PROMPT, seed=4), SINGLE_OUTPUT)[1]
    rates["decode_1"] = (SINGLE_OUTPUT - 1) / rest
    print(json.dumps({"version": version, **rates}), flush=True)
