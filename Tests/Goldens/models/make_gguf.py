"""Makes tiny GGUF files and their goldens, of F32, F16 and Q8_0 tensors, as llama.cpp's converter would: a Llama
(rotary rows permuted, llama3 scaling as rope_freqs.weight), a Qwen2 (biases), a Phi-3 (fused projections, half of each
head turned, longrope beyond its original length), a Gemma 2 and a Gemma 3 (1 added to the weights of norms), a Qwen2
with YaRN, an OLMo 2 and an OLMo 3 (of the same architecture, with windows), a SmolLM3, a Granite and a Ministral 3
(rows permuted, too), and a first-generation Qwen.

    python make_gguf.py [OUTPUT_DIRECTORY] [NAME ...]        (default: all into gguf/ beside this file)

Needs torch, transformers and gguf. The oracle is transformers (fp32, eager) on the dequantised values.
"""

import json
import math
import pathlib
import sys

import gguf
import numpy as np
import torch
import transformers

import qwen_reference
import scoring
import tiny_weights

VOCABULARY = 160
COLUMNS = [0, 7, 61, 159]
LAYERS, HIDDEN, INTERMEDIATE, HEADS, KV_HEADS, HEAD_DIM = 2, 64, 96, 4, 2, 16
ROPE_FACTORS = [1.0, 1.0, 1.0, 1.5, 2.5, 4.0, 8.0, 8.0]

NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
    "transformer.wte.weight": "token_embd.weight",
    "transformer.ln_f.weight": "output_norm.weight",
}
PHI3_NAMES = {"self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up"}
GEMMA_NAMES = {
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}
LAYER_NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


QWEN_NAMES = {
    "ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
    "mlp.w1": "ffn_up", "mlp.w2": "ffn_gate", "mlp.c_proj": "ffn_down",
}
OLMO2_NAMES = {
    "post_attention_layernorm": "post_attention_norm", "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
}
# Architectures whose rows of queries and keys stand in rotary pairs.
PERMUTED = ["llama", "smollm3", "granite", "mistral3"]


def default_rope(theta):
    return {"rope_type": "default", "rope_theta": theta}


SHORT_FACTORS = [1.0, 1.1, 1.3, 2.0]
LONG_FACTORS = [1.2, 2.0, 4.0, 8.0]
ORIGINAL_LENGTH = 32


def write_phi3(writer):
    writer.add_rope_dimension_count(HEAD_DIM // 2)
    writer.add_sliding_window(20)
    writer.add_rope_scaling_orig_ctx_len(ORIGINAL_LENGTH)
    writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(128 / ORIGINAL_LENGTH) / math.log(ORIGINAL_LENGTH)))
    writer.add_tensor("rope_factors_long.weight", np.array(LONG_FACTORS, dtype=np.float32))
    writer.add_tensor("rope_factors_short.weight", np.array(SHORT_FACTORS, dtype=np.float32))


def write_gemma2(writer):
    writer.add_key_length(HEAD_DIM)
    writer.add_value_length(HEAD_DIM)
    writer.add_attn_logit_softcapping(1.5)
    writer.add_final_logit_softcapping(2.0)
    writer.add_sliding_window(12)


def write_gemma3(writer):
    writer.add_key_length(HEAD_DIM)
    writer.add_value_length(HEAD_DIM)
    writer.add_sliding_window(9)
    writer.add_sliding_window_pattern(2)
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(4.0)


def write_yarn(writer):
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(4.0)
    writer.add_rope_scaling_orig_ctx_len(32)
    writer.add_rope_scaling_yarn_attn_factor(1.25)
    writer.add_rope_scaling_yarn_beta_fast(16.0)


def write_olmo3(writer):
    writer.add_sliding_window(9)
    writer.add_sliding_window_pattern([True, True, False])
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(4.0)
    writer.add_rope_scaling_orig_ctx_len(32)
    writer.add_rope_scaling_yarn_attn_factor(1.25)


def write_ministral3(writer):
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(16.0)
    writer.add_rope_scaling_orig_ctx_len(8)
    writer.add_rope_scaling_yarn_log_mul(1.0)
    writer.add_attn_temperature_scale(0.3)


def write_granite(writer):
    writer.add_attention_scale(0.3)
    writer.add_embedding_scale(3.0)
    writer.add_residual_scale(0.4)
    writer.add_logit_scale(1.7)


def write_nothing(writer):
    pass


SMALL = dict(hidden_size=32, intermediate_size=64)

# Of the newer architectures: the class, its configuration where it differs, the base of rotation, what else is written.
# The oracle of Phi-3 has the long factors alone: it decides by the prompt, Quire by the model's length.
OTHERS = {
    "phi3": (
        "Phi3",
        dict(
            original_max_position_embeddings=ORIGINAL_LENGTH, sliding_window=20, pad_token_id=0,
            rope_parameters={
                "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.5,
                "short_factor": LONG_FACTORS, "long_factor": LONG_FACTORS,
            },
        ),
        10000.0, write_phi3,
    ),
    "gemma2": (
        "Gemma2",
        dict(
            head_dim=HEAD_DIM, query_pre_attn_scalar=HEAD_DIM, sliding_window=12, pad_token_id=0,
            attn_logit_softcapping=1.5, final_logit_softcapping=2.0, tie_word_embeddings=True,
            rope_parameters=default_rope(10000.0),
        ),
        10000.0, write_gemma2,
    ),
    "gemma3": (
        "Gemma3",
        dict(
            head_dim=HEAD_DIM, query_pre_attn_scalar=HEAD_DIM, sliding_window=9, pad_token_id=0,
            num_hidden_layers=3, tie_word_embeddings=True, sliding_window_pattern=2,
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0},
                "sliding_attention": default_rope(10000.0),
            },
        ),
        50000.0, write_gemma3,
    ),
    "qwen2-yarn": (
        "Qwen2",
        dict(
            **SMALL,
            rope_parameters={
                "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32,
                "attention_factor": 1.25, "beta_fast": 16.0,
            },
        ),
        10000.0, write_yarn,
    ),
    "olmo2": ("Olmo2", dict(**SMALL, rope_parameters=default_rope(10000.0)), 10000.0, write_nothing),
    "smollm3": (
        "SmolLM3",
        dict(
            **SMALL, num_hidden_layers=4, pad_token_id=0, tie_word_embeddings=True,
            rope_parameters=default_rope(10000.0),
        ),
        10000.0, write_nothing,
    ),
    "granite": (
        "Granite",
        dict(
            **SMALL, attention_multiplier=0.3, embedding_multiplier=3.0, residual_multiplier=0.4, logits_scaling=1.7,
            rope_parameters=default_rope(10000.0),
        ),
        10000.0, write_granite,
    ),
    "olmo2-windows": (
        "Olmo3",
        dict(
            **SMALL, num_hidden_layers=3, sliding_window=9,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"],
            rope_parameters={
                "full_attention": {
                    "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32,
                    "attention_factor": 1.25,
                },
                "sliding_attention": default_rope(10000.0),
            },
        ),
        10000.0, write_olmo3,
    ),
    "mistral3": (
        "Ministral3",
        dict(
            **SMALL, head_dim=8,
            rope_parameters={
                "rope_type": "yarn", "rope_theta": 10000.0, "factor": 16.0, "original_max_position_embeddings": 8,
                "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.3,
            },
        ),
        10000.0, write_ministral3,
    ),
    # llama.cpp's files have no keys for what it does beyond seq_length.
    "qwen": (
        "QWen",
        dict(
            hidden_size=32, intermediate_size=128, kv_channels=8, layer_norm_epsilon=1e-5, max_position_embeddings=128,
            use_dynamic_ntk=False, use_logn_attn=False,
        ),
        10000.0, write_nothing,
    ),
}


def gguf_name(key: str, architecture: str) -> str:
    if key in NAMES:
        return NAMES[key]
    _, _, layer, rest = key.split(".", 3)
    module, kind = rest.rsplit(".", 1)
    names = {
        "phi3": PHI3_NAMES, "gemma2": GEMMA_NAMES, "gemma3": GEMMA_NAMES, "olmo2": OLMO2_NAMES, "qwen": QWEN_NAMES,
    }.get(architecture, {})
    return f"blk.{layer}.{({**LAYER_NAMES, **names})[module]}.{kind}"


def format_of(key: str, name: str):
    """Formats are spread over the tensors so that each occurs on several of them."""
    if key.endswith("bias") or "norm" in key or ".ln_" in key:
        return gguf.GGMLQuantizationType.F32
    if name in OTHERS:
        return gguf.GGMLQuantizationType.F16 if "v_proj" in key else gguf.GGMLQuantizationType.Q8_0
    if "q_proj" in key or "down_proj" in key:
        return gguf.GGMLQuantizationType.Q8_0
    if "embed_tokens" in key or "gate_proj" in key or "k_proj" in key:
        return gguf.GGMLQuantizationType.F16
    return gguf.GGMLQuantizationType.Q8_0 if "lm_head" in key else gguf.GGMLQuantizationType.F32


def permuted(weights: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a head from halves order to pairs order, as llama.cpp's LlamaModel.permute does."""
    shape = weights.shape
    return weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def oracle(family: str, values: dict):
    if family == "QWen":
        return qwen_reference.QWenLMHeadModel(qwen_reference.configuration(**values))
    config_class = "Gemma3TextConfig" if family == "Gemma3" else family + "Config"
    config = getattr(transformers, config_class)(**values)
    return getattr(transformers, family + "ForCausalLM")(config).float().eval()


def make(name: str, output: pathlib.Path, prompt_lengths: list[int]):
    architecture = name.split("-")[0]
    common = dict(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=INTERMEDIATE, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=128,
        rms_norm_eps=1e-5, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=architecture == "qwen2", attn_implementation="eager",
    )
    family, overrides, theta, write = OTHERS.get(
        name, ({"llama": "Llama", "qwen2": "Qwen2"}.get(name), {}, 10000.0, write_nothing))
    model = oracle(family, overrides if family == "QWen" else {**common, **overrides})
    config = model.config

    path = output / f"{name}.gguf"
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name(f"tiny {name}")
    writer.add_context_length(128)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(HEADS)
    if family != "QWen":
        writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(theta)
    if architecture == "llama":
        writer.add_rope_dimension_count(HEAD_DIM)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm" if architecture == "llama" else "qwen2")
    writer.add_token_list(["t", "1", "t1"] + [f"x{i}" for i in range(3, VOCABULARY)])
    writer.add_token_types([gguf.TokenType.NORMAL] * VOCABULARY)
    writer.add_token_merges(["t 1"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    state = model.state_dict()
    for key in sorted(state):
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        shape = list(state[key].shape)
        center, spread = tiny_weights.center_and_spread(key, shape)
        values = tiny_weights.values(key, shape, *tiny_weights.as_gemma(family, key, center, spread))
        kind = format_of(key, name)
        stored = gguf.quants.quantize(values, kind)
        state[key].copy_(torch.from_numpy(gguf.quants.dequantize(stored, kind).astype(np.float32)))
        if architecture in PERMUTED and ("q_proj" in key or "k_proj" in key):
            heads = HEADS if "q_proj" in key else KV_HEADS
            stored = gguf.quants.quantize(permuted(values, heads), kind)
        if family.startswith("Gemma") and "norm" in key:
            stored = stored + np.float32(1)
        writer.add_tensor(gguf_name(key, architecture), stored, raw_dtype=kind)
    write(writer)
    if architecture == "llama":
        factors = np.array(ROPE_FACTORS, dtype=np.float32)
        writer.add_tensor("rope_freqs.weight", factors)
        model.model.rotary_emb.inv_freq /= torch.from_numpy(factors)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    prompts = []
    for salt, length in enumerate(prompt_lengths):
        ids = [(salt * 37 + i * i * 11 + i * 29 + 5) % VOCABULARY for i in range(length)]
        prompts.append({
            "tokens": ids,
            "positions": scoring.score(model, ids, 4, COLUMNS),
            "greedy": scoring.greedy(model, ids, 12),
        })
    golden = {"columns": COLUMNS, "prompts": prompts}
    text = json.dumps(golden, separators=(",", ":"), sort_keys=True)
    (output / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {path.stat().st_size} bytes, goldens {len(text)} bytes")


def main():
    here = pathlib.Path(__file__).resolve().parent
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "gguf"
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for name in ["llama", "qwen2", *OTHERS]:
        if not sys.argv[2:] or name in sys.argv[2:]:
            make(name, output, [2, 17, 40])


if __name__ == "__main__":
    main()
