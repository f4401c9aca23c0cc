"""Makes logprobs.json with Hugging Face transformers (fp32, eager attention): what each prompt's tokens and each
greedy answer's tokens are worth, and which tokens are the likeliest.

    python make_logprobs.py SMOLLM2_DIRECTORY [OUTPUT_FILE]        (default: logprobs.json beside this file)

SMOLLM2_DIRECTORY holds the Q4_1 GGUF's weights dequantised to fp32 in Hugging Face layout (see
../models/make_smollm2.py). The tiny checkpoint is that of Tests/EndToEnd/tiny_model.py. Needs torch and transformers.

An entry is {"id", "logprob", "ranks", "top"}: `ranks` holds how many tokens are more than 2e-3 likelier and how many are
not more than 2e-3 less likely, between which the rank lies; `top` the five likeliest as [id, logprob].
"""

import json
import pathlib
import sys
import tempfile

import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "EndToEnd"))
import tiny_model  # noqa: E402

TEXTS = [
    "The capital of France is Paris.",
    "你是一个智能助手。",
    "def fibonacci(n):\n    if n < 2:\n        return n\n",
    "Zażółć gęślą jaźń 🙂",
    "a",
]
OUTPUT_TOKENS = 6
MARGIN = 2e-3


def entry(row, token):
    own = row[token]
    best = torch.topk(row, 5)
    return {
        "id": token, "logprob": round(own.item(), 6),
        "ranks": [int((row > own + MARGIN).sum()) + 1, int((row >= own - MARGIN).sum())],
        "top": [[i, round(v, 6)] for i, v in zip(best.indices.tolist(), best.values.tolist())],
    }


@torch.no_grad()
def golden(directory):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager").eval()

    def rows(ids):
        return torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0], dim=-1)

    results = []
    for text in TEXTS:
        ids = tokenizer(text, add_special_tokens=False).input_ids
        prompt = [entry(row, token) for row, token in zip(rows(ids), ids[1:])]
        output, whole = [], list(ids)
        for _ in range(OUTPUT_TOKENS):
            row = rows(whole)[-1]
            output.append(entry(row, int(row.argmax())))
            whole.append(output[-1]["id"])
        results.append({"text": text, "ids": ids, "prompt": prompt, "output": output})
    return results


def main():
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "logprobs.json"
    with tempfile.TemporaryDirectory() as folder:
        tiny_model.write(folder, layers=2)
        result = {"tiny": golden(folder), "smollm2": golden(sys.argv[1])}
    output.write_text(json.dumps(result, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{output.name}: {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
