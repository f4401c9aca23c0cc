"""Hugging Face transformers: bf16, all prompts in one batch through generate().

usage: peer_transformers.py DIRECTORY THREADS SET
"""
import sys
import time

import torch
import transformers

import workloads

torch.set_num_threads(int(sys.argv[2]))
model = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.bfloat16).eval()


def seconds(prompts, output_tokens):
    ids = torch.tensor(prompts)
    start = time.perf_counter()
    with torch.inference_mode():
        answers = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, pad_token_id=0,
            max_new_tokens=output_tokens, min_new_tokens=output_tokens)
    assert answers.shape[1] == ids.shape[1] + output_tokens
    return time.perf_counter() - start


def run(prompts, output_tokens):
    """generate() does not tell when prompts have been read: answers of one token do."""
    read = seconds(prompts, 1)
    return read, seconds(prompts, output_tokens) - read if output_tokens > 1 else 0.0


workloads.measure(f"transformers {transformers.__version__} (torch {torch.__version__})", run, sys.argv[3])
