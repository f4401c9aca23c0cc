#!/usr/bin/env python3
"""Goldens of LoRA adapters: random adapters as peft saves them, and what the merged model answers.

Usage: make_lora.py OUTPUT_DIRECTORY

Writes, for each case, OUTPUT_DIRECTORY/NAME with adapter_config.json and adapter_model.safetensors, and cases.json: how the
tiny model of Tests/EndToEnd/tiny_model.py was made, and the greedy tokens of some prompts with their log-probabilities after
peft's merge_and_unload. Needs torch, transformers and peft.
"""
import json
import pathlib
import sys
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "EndToEnd"))
import tiny_model

PROMPTS = [[72, 101, 108, 108, 111], [84, 104, 101, 32, 99, 97, 116], [49, 50, 51]]
LENGTH = 8
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "down_proj"]
CASES = {
    "patterns": dict(shape={"layers": 2}, config=dict(
        r=4, lora_alpha=12, use_rslora=True, target_modules=LINEAR, rank_pattern={"q_proj": 2},
        alpha_pattern={"layers.1.mlp.down_proj": 3})),
    "embedding": dict(shape={"layers": 1}, config=dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "up_proj"])),
    "saved": dict(shape={"layers": 1, "tied": False}, config=dict(
        r=2, lora_alpha=2, target_modules=["v_proj"], modules_to_save=["lm_head"])),
    "expressions": dict(shape={"layers": 3}, config=dict(
        r=2, lora_alpha=4, target_modules=r".*\.(q|v|up)_proj",
        rank_pattern={r"(self_attn\.)?v_proj": 3, r"model\.layers\.[01]\.mlp\..*": 1},
        alpha_pattern={r"^model\.layers\.(0|2)\.self_attn\.[qv]_proj": 9, r"up_proj": 2, r"layers\.\d+\..*": 1})),
    "norms and biases": dict(shape={"layers": 2, "biases": True}, config=dict(
        r=2, lora_alpha=2, bias="all", target_modules=["k_proj", "o_proj"],
        modules_to_save=["input_layernorm", "norm", "down_proj"])),
    "tied head": dict(shape={"layers": 1}, config=dict(
        r=2, lora_alpha=2, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])),
}


def main():
    torch.manual_seed(14)
    torch.set_num_threads(1)
    out = pathlib.Path(sys.argv[1])
    goldens = {}
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as base:
            tiny_model.write(base, **case["shape"])
            model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
            adapted = get_peft_model(
                model, LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **case["config"]))
            with torch.no_grad():
                for key, parameter in adapted.named_parameters():
                    if "lora_" in key or "modules_to_save" in key or key.endswith(".bias"):
                        parameter.normal_(0, 0.3)
            folder = out / name.replace(" ", "-")
            adapted.save_pretrained(folder)
            (folder / "README.md").unlink(missing_ok=True)
            config = folder / "adapter_config.json"
            config.write_text(config.read_text().replace(base, "tiny"))
            (folder / "adapter_model.safetensors").chmod(0o644)
            # The file's order of patterns counts, which is not the one in memory.
            with torch.random.fork_rng():
                model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
                merged = PeftModel.from_pretrained(model, folder).merge_and_unload().eval()
            answers = []
            for prompt in PROMPTS:
                ids, logprobs = list(prompt), []
                for _ in range(LENGTH):
                    with torch.no_grad():
                        row = torch.log_softmax(merged(torch.tensor([ids])).logits[0, -1].double(), -1)
                    ids.append(int(row.argmax()))
                    logprobs.append(round(float(row.max()), 6))
                answers.append({"prompt": prompt, "tokens": ids[len(prompt):], "logprobs": logprobs})
            goldens[folder.name] = {"shape": case["shape"], "answers": answers}
    (out / "cases.json").write_text(json.dumps(goldens, indent=1) + "\n")


main()
