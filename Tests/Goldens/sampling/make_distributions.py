"""Makes distributions.json: rows of logits, sampling parameters, and the probability of each token in fp64.

    python make_distributions.py [OUTPUT_FILE]        (default: distributions.json beside this file)

Needs numpy. Written from the rules of docs/sampling.md alone, for reading: it sorts everything and shares no code with
the sampler. Parameters have vLLM's names; `bad_word_token_ids` are the token sequences of bad words, `masked` the ids
that `min_tokens` excludes. Logits are multiples of 1/1024, so that fp32 holds them.
"""

import json
import pathlib
import sys

import numpy as np

VOCABULARY = 40
PROMPT, OUTPUT, MASKED = [1, 5, 9, 30], [5, 5, 20, 7], [3, 11]
TEMPERATURES = [0.3, 1.0, 1.8]
SHAPES = [
    {},
    {"top_k": 5},
    {"top_p": 0.777},
    {"min_p": 0.08},
    {"top_p": 0.913, "top_k": 12, "min_p": 0.01},
    {"repetition_penalty": 1.7},
    {"repetition_penalty": 0.6},
    {"frequency_penalty": 0.6},
    {"presence_penalty": -1.2},
    {"logit_bias": {"2": 1.5, "5": -0.75, "39": 2.0}},
    {"allowed_token_ids": [0, 5, 7, 8, 13, 21, 34, 39]},
    {"bad_word_token_ids": [[7, 4], [20, 7, 6], [9, 7, 8], [2]]},
    {"min_tokens": 5},
    {
        "allowed_token_ids": list(range(0, 40, 2)) + [5, 7], "bad_word_token_ids": [[7, 14], [12]],
        "min_tokens": 6, "logit_bias": {"5": 1.0, "20": 0.5}, "repetition_penalty": 1.3,
        "frequency_penalty": -0.25, "presence_penalty": 0.5, "min_p": 0.02, "top_k": 14, "top_p": 0.95,
    },
]


def probabilities(logits, params, temperature):
    z = np.array(logits, dtype=np.float64)
    if "allowed_token_ids" in params:
        forbidden = np.ones(len(z), dtype=bool)
        forbidden[params["allowed_token_ids"]] = False
        z[forbidden] = -np.inf
    for *before, last in params.get("bad_word_token_ids", []):
        if not before or OUTPUT[-len(before):] == before:
            z[last] = -np.inf
    if len(OUTPUT) < params.get("min_tokens", 0):
        z[MASKED] = -np.inf
    for token, bias in params.get("logit_bias", {}).items():
        z[int(token)] += bias
    for token in set(PROMPT + OUTPUT):
        penalty = params.get("repetition_penalty", 1)
        z[token] = z[token] / penalty if z[token] > 0 else z[token] * penalty
    for token in OUTPUT:
        z[token] -= params.get("frequency_penalty", 0)
    for token in set(OUTPUT):
        z[token] -= params.get("presence_penalty", 0)
    z = z / temperature
    p = np.exp(z - z.max())
    p /= p.sum()
    keep = p >= params.get("min_p", 0) * p.max()
    if "top_k" in params:
        keep &= z >= np.sort(z)[-params["top_k"]]
    p = np.where(keep, p, 0)
    p /= p.sum()
    if "top_p" in params:
        order = sorted(range(len(p)), key=lambda token: (-p[token], token))
        before = np.cumsum(p[order]) - p[order]
        nucleus = [token for token, mass in zip(order, before) if mass < params["top_p"]]
        mask = np.zeros(len(p), dtype=bool)
        mask[nucleus] = True
        p = np.where(mask, p, 0)
        p /= p.sum()
    return p


def main():
    here = pathlib.Path(__file__).resolve().parent
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "distributions.json"
    random = np.random.default_rng(20)
    cases = []
    for shape in SHAPES:
        for temperature in TEMPERATURES:
            logits = np.round(random.normal(0.3, 1.5, VOCABULARY) * 1024) / 1024
            cases.append({
                "params": shape, "temperature": temperature, "logits": logits.tolist(),
                "probabilities": [float(f"{p:.12g}") for p in probabilities(logits, shape, temperature)],
            })
    golden = {"prompt": PROMPT, "output": OUTPUT, "masked": MASKED, "cases": cases}
    output.write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(cases)} cases")


if __name__ == "__main__":
    main()
