"""Makes two tiny GGUF files and their goldens: a Llama (rotary rows permuted as llama.cpp's converter permutes
them, llama3 scaling as rope_freqs.weight) and a Qwen2 (biases), of F32, F16 and Q8_0 tensors.

    python make_gguf.py [OUTPUT_DIRECTORY]        (default: gguf/ beside this file)

Needs torch, transformers and gguf. The oracle is transformers (fp32, eager) on the dequantised values.
"""

import json
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
LAYER_NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(key: str) -> str:
    if key in NAMES:
        return NAMES[key]
    _, _, layer, rest = key.split(".", 3)
    module, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{LAYER_NAMES[module]}.{kind}"


def format_of(key: str):
    """Formats are spread over the tensors so that each occurs on several of them."""
    if key.endswith("bias") or "norm" in key:
        return gguf.GGMLQuantizationType.F32
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
    family = {"llama": "Llama", "qwen2": "Qwen2"}[architecture]
    config = getattr(transformers, family + "Config")(**common)
    model = getattr(transformers, family + "ForCausalLM")(config).float().eval()

    path = output / f"{architecture}.gguf"
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name(f"tiny {architecture}")
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INTERMEDIATE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
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
        values = tiny_weights.values(key, shape, *tiny_weights.center_and_spread(key, shape))
        kind = format_of(key)
        stored = gguf.quants.quantize(values, kind)
        state[key].copy_(torch.from_numpy(gguf.quants.dequantize(stored, kind).astype(np.float32)))
        if architecture == "llama" and ("q_proj" in key or "k_proj" in key):
            heads = HEADS if "q_proj" in key else KV_HEADS
            stored = gguf.quants.quantize(permuted(values, heads), kind)
        writer.add_tensor(gguf_name(key), stored, raw_dtype=kind)
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
    make("llama", output, [2, 17, 40])
    make("qwen2", output, [2, 17, 40])


if __name__ == "__main__":
    main()
