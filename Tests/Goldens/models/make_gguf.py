"""Makes tiny GGUF files and their goldens, of F32, F16 and Q8_0 tensors, as llama.cpp's converter would: a Llama
(rotary rows permuted, llama3 scaling as rope_freqs.weight), a Qwen2 (biases), a Phi-3 (fused projections, half of each
head turned, longrope beyond its original length), a Gemma 2 and a Gemma 3 (1 added to the weights of norms).

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
}


def gguf_name(key: str, architecture: str) -> str:
    if key in NAMES:
        return NAMES[key]
    _, _, layer, rest = key.split(".", 3)
    module, kind = rest.rsplit(".", 1)
    names = {"phi3": PHI3_NAMES, "gemma2": GEMMA_NAMES, "gemma3": GEMMA_NAMES}.get(architecture, {})
    return f"blk.{layer}.{({**LAYER_NAMES, **names})[module]}.{kind}"


def format_of(key: str, architecture: str):
    """Formats are spread over the tensors so that each occurs on several of them."""
    if key.endswith("bias") or "norm" in key:
        return gguf.GGMLQuantizationType.F32
    if architecture in OTHERS:
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


def make(architecture: str, output: pathlib.Path, prompt_lengths: list[int]):
    common = dict(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=INTERMEDIATE, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=128,
        rms_norm_eps=1e-5, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=architecture == "qwen2", attn_implementation="eager",
    )
    family, overrides, theta, write = OTHERS.get(
        architecture, ({"llama": "Llama", "qwen2": "Qwen2"}.get(architecture), {}, 10000.0, lambda writer: None))
    config_class = "Gemma3TextConfig" if family == "Gemma3" else family + "Config"
    config = getattr(transformers, config_class)(**{**common, **overrides})
    model = getattr(transformers, family + "ForCausalLM")(config).float().eval()

    path = output / f"{architecture}.gguf"
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name(f"tiny {architecture}")
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(INTERMEDIATE)
    writer.add_head_count(HEADS)
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
        kind = format_of(key, architecture)
        stored = gguf.quants.quantize(values, kind)
        state[key].copy_(torch.from_numpy(gguf.quants.dequantize(stored, kind).astype(np.float32)))
        if architecture == "llama" and ("q_proj" in key or "k_proj" in key):
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
    (output / f"{architecture}.json").write_text(text + "\n")
    print(f"{architecture}: {path.stat().st_size} bytes, goldens {len(text)} bytes")


def main():
    here = pathlib.Path(__file__).resolve().parent
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "gguf"
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for architecture in ["llama", "qwen2", *OTHERS]:
        if not sys.argv[2:] or architecture in sys.argv[2:]:
            make(architecture, output, [2, 17, 40])


if __name__ == "__main__":
    main()
