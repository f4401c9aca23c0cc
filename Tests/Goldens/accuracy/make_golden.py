"""Makes the golden of a few positions' most likely tokens with Hugging Face transformers (fp32, eager attention).

    python make_golden.py MODEL [OUTPUT_FILE]        (default: smollm2.json beside this file)

From the repository's root. MODEL as divergence.py takes it, and what that needs. The text is one chunk of alice.txt;
every second position is kept.
"""

import json
import os
import sys

import torch

import divergence

CHUNK = 512
CHUNK_INDEX = 9
STRIDE = 2
TOP = 8


def main():
    output = sys.argv[2] if len(sys.argv) > 2 else os.path.join(divergence.HERE, "smollm2.json")
    model, tokenizer = divergence.load_oracle(sys.argv[1])
    text = os.path.join(divergence.HERE, "alice.txt")
    tokens = divergence.read_chunks([text], tokenizer, CHUNK, CHUNK_INDEX + 1)[0][-1].tolist()
    with torch.inference_mode():
        logits = model(torch.tensor([tokens])).logits[0, STRIDE - 1::STRIDE].double()
    logprobs = torch.log_softmax(logits, dim=-1)
    best = torch.topk(logprobs, TOP)
    others = logprobs.scatter(1, best.indices, float("-inf")).logsumexp(dim=-1)
    golden = {
        "tokens": tokens,
        "stride": STRIDE,
        "ids": best.indices.tolist(),
        "logprobs": [[round(value, 6) for value in row] for row in best.values.tolist()],
        "others": [round(value, 6) for value in others.tolist()],
    }
    with open(output, "w", encoding="utf-8") as file:
        file.write(json.dumps(golden, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
