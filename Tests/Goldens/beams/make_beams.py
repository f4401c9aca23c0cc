"""Makes the goldens of beam search with Hugging Face transformers (fp32, eager attention).

    python make_beams.py MODEL_DIRECTORY [OUTPUT_DIRECTORY]        (default: beside this file)

MODEL_DIRECTORY holds SmolLM2-135M-Instruct in Hugging Face layout, its GGUF's weights dequantised (see
../models/make_smollm2.py); the tiny checkpoints are those of ../models/make_tiny.py. Needs torch and transformers.
Each golden holds prompts with their ends, and for each the beams of several searches, best first, with the scores.
"""

import json
import pathlib
import sys

import torch
import transformers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "models"))
import make_tiny  # noqa: E402
import scoring  # noqa: E402

WIDTHS = [2, 3, 4, 5]
PENALTIES = [-0.5, 0.0, 1.0, 2.0]
EARLY = [False, True, "never"]
ALL = [dict(width=w, length_penalty=p, early_stopping=e) for w in WIDTHS for p in PENALTIES for e in EARLY]
SOME = [
    dict(width=2, length_penalty=1.0, early_stopping=False),
    dict(width=3, length_penalty=2.0, early_stopping="never"),
    dict(width=4, length_penalty=-0.5, early_stopping=True),
]
PROCESSED = [
    dict(width=3, length_penalty=1.0, early_stopping=False, repetition_penalty=1.3),
    dict(width=4, length_penalty=0.0, early_stopping=True, min_tokens=5),
    dict(width=5, length_penalty=2.0, early_stopping="never", min_tokens=3, repetition_penalty=0.8),
]
TINY = {"llama-tied": ALL, "qwen3": ALL, "mistral-sliding-window": SOME, "qwen2-sliding-layers": SOME}
TEXTS = [
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nSay yes or no: is water wet?<|im_end|>\n<|im_start|>assistant\n",
    "Water boils at 100 degrees Celsius because",
]


def search(model, prompt, ends, max_tokens, case):
    width = case["width"]
    options = dict(
        num_beams=width, num_return_sequences=width, length_penalty=case["length_penalty"],
        early_stopping=case["early_stopping"], do_sample=False, max_new_tokens=max_tokens,
        eos_token_id=ends, pad_token_id=ends[0], output_scores=True, return_dict_in_generate=True,
        repetition_penalty=case.get("repetition_penalty", 1.0),
    )
    if "min_tokens" in case:
        options["min_new_tokens"] = case["min_tokens"]
    ids = torch.tensor([prompt])
    with torch.no_grad():
        found = model.generate(ids, attention_mask=torch.ones_like(ids), **options)
    beams = []
    for row in found.sequences[:, len(prompt):].tolist():
        length = next((i + 1 for i, token in enumerate(row) if token in ends), len(row))
        beams.append(row[:length])
    return {**case, "beams": beams, "scores": [round(s, 6) for s in found.sequences_scores.tolist()]}


def tiny(name, cases):
    model, _ = make_tiny.checkpoint(*make_tiny.CASES[name])
    prompts = []
    for salt, length in enumerate([2, 9, 21]):
        prompt = make_tiny.prompt(length, salt)
        # Ends that likely continuations hold, so that searches end at all lengths: one, two, three of them.
        greedy = scoring.greedy(model, prompt, 6)["tokens"]
        ends = list(dict.fromkeys(greedy[2:3 + salt]))
        chosen = cases + PROCESSED if salt == 1 else cases
        searches = [search(model, prompt, ends, 10, case) for case in chosen]
        prompts.append({"prompt": prompt, "ends": ends, "max_tokens": 10, "searches": searches})
    return prompts


def smollm2(directory):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    prompts = []
    for index, text in enumerate(TEXTS):
        prompt = tokenizer(text, add_special_tokens=False).input_ids
        chosen = ALL + PROCESSED if index == 0 else SOME + PROCESSED
        searches = [search(model, prompt, [2], 16, case) for case in chosen]
        prompts.append({"text": text, "prompt": prompt, "ends": [2], "max_tokens": 16, "searches": searches})
        print(repr(tokenizer.decode(searches[0]["beams"][0])))
    return prompts


def write(path, prompts):
    text = json.dumps({"prompts": prompts}, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    found = [beam for p in prompts for s in p["searches"] for beam in s["beams"]]
    lengths = sorted({len(beam) for beam in found})
    print(f"{path.name}: {len(text)} characters, {len(found)} beams of lengths {lengths}")


def main():
    here = pathlib.Path(__file__).resolve().parent
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here
    torch.set_num_threads(1)
    for name, cases in TINY.items():
        write(output / f"{name}.json", tiny(name, cases))
    write(output / "smollm2.json", smollm2(sys.argv[1]))


if __name__ == "__main__":
    main()
