"""Makes the goldens of tiny random checkpoints with Hugging Face transformers (fp32, eager attention).

    python make_tiny.py [OUTPUT_DIRECTORY] [NAME ...]        (default: all into tiny/ beside this file)

Needs torch and transformers. Each NAME.json holds config.json's content, the tensors of the checkpoint by the
formula of tiny_weights.py, and for several prompts the log-probabilities and a greedy continuation.
"""

import json
import pathlib
import sys

import torch
import transformers

import qwen_reference
import scoring
import tiny_weights
from tiny_cases import BASE, CASES, VOCABULARY

COLUMNS = [0, 7, 61, 159]
PROMPT_LENGTHS = [1, 2, 9, 17, 33]
LONG_PROMPT_LENGTH = 300  # scored at its last positions only

def prompt(length: int, salt: int) -> list[int]:
    return [(salt * 37 + i * i * 11 + i * 29 + 5) % VOCABULARY for i in range(length)]


def checkpoint(family: str, overrides: dict):
    """The model, with the weights of tiny_weights.py, and what each of its tensors is made of."""
    if family == "QWen":
        return fill(qwen_reference.QWenLMHeadModel(qwen_reference.configuration(**overrides)), family)
    config_class = "Gemma3TextConfig" if family == "Gemma3" else family + "Config"
    config = getattr(transformers, config_class)(**{**BASE, **overrides})
    config._attn_implementation = "eager"
    return fill(getattr(transformers, family + "ForCausalLM")(config).float().eval(), family)


def fill(model, family: str):
    tensors = []
    state = model.state_dict()
    for key in sorted(state):
        if key == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        shape = list(state[key].shape)
        center, spread = tiny_weights.center_and_spread(key, shape)
        center, spread = tiny_weights.as_gemma(family, key, center, spread)
        state[key].copy_(torch.from_numpy(tiny_weights.values(key, shape, center, spread)))
        tensors.append({"name": key, "shape": shape, "center": center, "spread": spread})
    return model, tensors


def make(family: str, overrides: dict, change=lambda stored: None) -> dict:
    model, tensors = checkpoint(family, overrides)
    stored = model.config.to_diff_dict()
    if family != "QWen":
        stored.pop("transformers_version", None)
        stored["architectures"] = [family + "ForCausalLM"]
        for key, value in {**BASE, **overrides}.items():
            stored.setdefault(key, value)
    change(stored)
    prompts = []
    for salt, length in enumerate(PROMPT_LENGTHS):
        ids = prompt(length, salt)
        prompts.append({
            "tokens": ids,
            "positions": scoring.score(model, ids, 4, COLUMNS),
            "greedy": scoring.greedy(model, ids, 12),
        })
    ids = prompt(LONG_PROMPT_LENGTH, len(PROMPT_LENGTHS))
    positions = scoring.score(model, ids, 4, COLUMNS)[-4:]
    prompts.append({"tokens": ids, "positions": positions, "greedy": scoring.greedy(model, ids, 4)})
    return {"config": stored, "tensors": tensors, "columns": COLUMNS, "prompts": prompts}


def main():
    here = pathlib.Path(__file__).resolve().parent
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "tiny"
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for name, case in CASES.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        golden = make(*case)
        text = json.dumps(golden, separators=(",", ":"), sort_keys=True)
        (output / f"{name}.json").write_text(text + "\n")
        best = golden["prompts"][-1]["positions"][-1]["top"]
        gap = min(g for p in golden["prompts"] for g in p["greedy"]["gaps"])
        print(f"{name}: {len(text)} bytes, top {best}, smallest gap {gap}")


if __name__ == "__main__":
    main()
