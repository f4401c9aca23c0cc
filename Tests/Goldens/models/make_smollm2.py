"""Makes the goldens of SmolLM2-135M-Instruct with Hugging Face transformers (fp32, eager attention).

    python make_smollm2.py MODEL_DIRECTORY [OUTPUT_FILE]        (default: smollm2.json beside this file)

MODEL_DIRECTORY holds the Q4_1 GGUF's weights dequantised to fp32 in Hugging Face layout (transformers writes it:
from_pretrained with GgufConfig(dequantize=True), then save_pretrained). Needs torch and transformers.
"""

import json
import pathlib
import sys

import torch
import transformers

import scoring

COLUMNS = [0, 2, 28, 198, 504, 9999, 30001, 49151]
TEXTS = [
    "The capital of France is",
    "Once upon a time, in a village at the foot of a mountain, there lived",
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
    "你是一个智能助手。请用一句话介绍北京。",
    "<|im_start|>user\n把下面的句子翻译成英文:今天天气很好。<|im_end|>\n<|im_start|>assistant\n",
    "def fibonacci(n):\n    \"\"\"Return the n-th Fibonacci number.\"\"\"\n    if n < 2:\n",
    "#include <stdio.h>\n\nint main(void) {\n    for (int i = 0; i < 10; ++i) {\n        printf(",
    "SELECT name, COUNT(*) FROM orders WHERE price > 100 GROUP BY",
    "Water boils at 100 degrees Celsius because",
    "1, 1, 2, 3, 5, 8, 13,",
]


def main():
    here = pathlib.Path(__file__).resolve().parent
    directory = sys.argv[1]
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here / "smollm2.json"
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    prompts = []
    for text in TEXTS:
        ids = tokenizer(text, add_special_tokens=False).input_ids
        prompts.append({
            "text": text,
            "tokens": ids,
            "positions": scoring.score(model, ids, 4, COLUMNS),
            "greedy": scoring.greedy(model, ids, 24),
        })
        greedy = prompts[-1]["greedy"]
        print(repr(tokenizer.decode(greedy["tokens"])), min(greedy["gaps"]))
    golden = {"columns": COLUMNS, "prompts": prompts}
    text = json.dumps(golden, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    output.write_text(text + "\n", encoding="utf-8")
    print(f"{output.name}: {len(text)} characters")


if __name__ == "__main__":
    main()
