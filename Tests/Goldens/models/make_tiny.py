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

import scoring
import tiny_weights

VOCABULARY = 160
COLUMNS = [0, 7, 61, 159]
PROMPT_LENGTHS = [1, 2, 9, 17, 33]
LONG_PROMPT_LENGTH = 300  # scored at its last positions only

BASE = dict(
    vocab_size=VOCABULARY, hidden_size=48, intermediate_size=80, num_hidden_layers=2,
    num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=512, rms_norm_eps=1e-5,
    bos_token_id=1, eos_token_id=2, tie_word_embeddings=True,
)


def default_rope(theta):
    return {"rope_type": "default", "rope_theta": theta}


def transformers4(rope):
    """A change to the stored configuration: rotation under the keys that transformers 4 has for it."""

    def change(stored):
        del stored["rope_parameters"]
        stored.pop("layer_types", None)
        stored.update(rope)

    return change


SHORT_FACTORS = [1.0, 1.25, 1.5, 2.0]
LONG_FACTORS = [1.5, 4.0, 9.0]

# Of each checkpoint: the class, its configuration, and where they differ from it a change to the stored configuration.
CASES = {
    "llama-tied": ("Llama", dict(rope_parameters=default_rope(10000.0))),
    "llama-untied-head-dim": (
        "Llama",
        dict(tie_word_embeddings=False, head_dim=20, rope_parameters=default_rope(500000.0)),
    ),
    "llama-rope-llama3": (
        "Llama",
        dict(
            head_dim=16,
            rope_parameters={
                "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
            },
        ),
    ),
    "llama-rope-linear": (
        "Llama",
        dict(rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    ),
    "llama-biases": (
        "Llama",
        dict(
            attention_bias=True, mlp_bias=True, num_key_value_heads=6,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "mistral-sliding-window": (
        "Mistral",
        dict(
            tie_word_embeddings=False, sliding_window=6, head_dim=16, num_key_value_heads=1,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "qwen2": ("Qwen2", dict(rope_parameters=default_rope(1000000.0))),
    "qwen2-sliding-layers": (
        "Qwen2",
        dict(
            num_hidden_layers=3, use_sliding_window=True, sliding_window=5, max_window_layers=1,
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "qwen3": (
        "Qwen3",
        dict(head_dim=24, tie_word_embeddings=False, rope_parameters=default_rope(1000000.0)),
    ),
    # Eight elements a head, of which six are turned.
    "phi3-sliding-window": (
        "Phi3",
        dict(
            tie_word_embeddings=False, sliding_window=7, pad_token_id=0,
            rope_parameters={**default_rope(10000.0), "partial_rotary_factor": 0.75},
        ),
    ),
    "phi3-longrope-short": (
        "Phi3",
        dict(
            original_max_position_embeddings=512, pad_token_id=0,
            rope_parameters={
                "rope_type": "longrope", "rope_theta": 10000.0, "attention_factor": 1.2,
                "short_factor": SHORT_FACTORS, "long_factor": [2 * f for f in SHORT_FACTORS],
            },
        ),
    ),
    # The model's length lies beyond the original one, so the long factors count for every prompt: the oracle, which
    # decides by the prompt, is made with them alone.
    "phi3-longrope-long": (
        "Phi3",
        dict(
            original_max_position_embeddings=64, pad_token_id=0, tie_word_embeddings=False,
            rope_parameters={
                "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                "short_factor": LONG_FACTORS, "long_factor": LONG_FACTORS,
            },
        ),
        transformers4({
            "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
            "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.5, 2.0], "long_factor": LONG_FACTORS},
        }),
    ),
    "gemma2": (
        "Gemma2",
        dict(
            num_hidden_layers=3, head_dim=12, query_pre_attn_scalar=20, sliding_window=6, pad_token_id=0,
            attn_logit_softcapping=1.5, final_logit_softcapping=2.0, rope_parameters=default_rope(10000.0),
        ),
    ),
    "gemma2-no-caps": (
        "Gemma2",
        dict(
            num_hidden_layers=2, head_dim=16, query_pre_attn_scalar=16, sliding_window=9, pad_token_id=0,
            num_key_value_heads=6, attn_logit_softcapping=None, final_logit_softcapping=None,
            attention_bias=True, layer_types=["full_attention", "sliding_attention"],
            rope_parameters=default_rope(10000.0),
        ),
    ),
    "gemma3": (
        "Gemma3",
        dict(
            num_hidden_layers=4, head_dim=16, num_key_value_heads=1, query_pre_attn_scalar=24, sliding_window=5,
            pad_token_id=0,
            layer_types=["sliding_attention", "full_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0},
                "sliding_attention": default_rope(10000.0),
            },
        ),
    ),
    "gemma3-transformers4": (
        "Gemma3",
        dict(
            num_hidden_layers=3, head_dim=20, query_pre_attn_scalar=20, sliding_window=6, pad_token_id=0,
            tie_word_embeddings=False, final_logit_softcapping=3.0, sliding_window_pattern=2,
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 100000.0},
                "sliding_attention": default_rope(5000.0),
            },
        ),
        transformers4({
            "rope_theta": 100000.0, "rope_local_base_freq": 5000.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "sliding_window_pattern": 2,
        }),
    ),
}


def prompt(length: int, salt: int) -> list[int]:
    return [(salt * 37 + i * i * 11 + i * 29 + 5) % VOCABULARY for i in range(length)]


def checkpoint(family: str, overrides: dict):
    """The model, with the weights of tiny_weights.py, and what each of its tensors is made of."""
    config_class = "Gemma3TextConfig" if family == "Gemma3" else family + "Config"
    config = getattr(transformers, config_class)(**{**BASE, **overrides})
    config._attn_implementation = "eager"
    model = getattr(transformers, family + "ForCausalLM")(config).float().eval()
    tensors = []
    state = model.state_dict()
    for key in sorted(state):
        if key == "lm_head.weight" and config.tie_word_embeddings:
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
