"""Makes the goldens of tiny quantised checkpoints with Hugging Face transformers on their dequantised weights (fp32).

    python make_quantized.py [NAME ...]        (default: all into tiny/ beside this file)

Needs torch and transformers. Weights are dequantised by quantized_weights.py, by the rules that the packages publish;
make_packed.py makes checkpoints with those packages.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import transformers

import quantized_weights as q
import qwen_reference
import scoring
import tiny_weights
from make_tiny import COLUMNS, PROMPT_LENGTHS, VOCABULARY

BASE = dict(
    vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2,
    tie_word_embeddings=False, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
)


def same_order(module, columns):
    """Columns as GPTQ takes them by the size of their activations: alike for all layers of one input."""
    return np.argsort(q.hashed(f"order {columns}", columns), kind="stable")


def own_order(module, columns):
    """An order of its own for each layer."""
    return np.argsort(q.hashed("order " + module, columns), kind="stable")


def gptq_config(**more):
    return {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True, **more}


def compressed(format, weights, **more):
    group = {"targets": ["Linear"], "input_activations": None, "output_activations": None,
             "weights": {"num_bits": 4, "type": "int", "symmetric": True, "strategy": "group", "group_size": 32,
                         "dynamic": False, "actorder": None, **weights}}
    return {"quant_method": "compressed-tensors", "format": format, "quantization_status": "compressed",
            "config_groups": {"group_0": group}, "ignore": ["lm_head"], "kv_cache_scheme": None, **more}


def dynamic_layer(module, rows, columns):
    if module == "model.layers.1.self_attn.o_proj":
        return None
    if ".0.mlp." in module:
        return q.gptq(module, rows, columns, bits=4, group_size=64 if columns == 64 else 32, symmetric=False)
    return q.gptq(module, rows, columns, bits=8, group_size=-1, symmetric=False)


def unless(parts, function):
    return lambda module, rows, columns: None if any(p in module for p in parts) else function(module, rows, columns)


# Of each checkpoint: the class, changes to its configuration, quantization_config, and what makes the layers. Where the
# name of the third is a string, the configuration stands in the file of that name.
CASES = {
    "gptq-llama": ("Llama", {}, gptq_config(), q.gptq),
    "gptq-qwen2-ordered": (
        "Qwen2", {}, gptq_config(desc_act=True, sym=False, checkpoint_format="gptq_v2"),
        lambda m, r, c: q.gptq(m, r, c, symmetric=False, version=2, order=same_order),
    ),
    "gptq-llama-own-orders": (
        "Llama", {}, gptq_config(desc_act=True), lambda m, r, c: q.gptq(m, r, c, order=own_order)),
    "gptq-mistral-dynamic": (
        "Mistral", {"sliding_window": None},
        gptq_config(bits=8, group_size=-1, sym=False, dynamic={
            "-:model\\.layers\\.1\\.self_attn\\.o_proj": {},
            "+:.*\\.0\\.mlp\\.(gate|up)_proj": {"bits": 4, "group_size": 64},
            ".*\\.0\\.mlp\\.down_proj$": {"bits": 4, "group_size": 32},
        }),
        dynamic_layer,
    ),
    "gptq-phi3-8bit": (
        "Phi3", {"pad_token_id": 0}, ("quantize_config.json", gptq_config(bits=8)), lambda m, r, c: q.gptq(m, r, c, bits=8)),
    "gptq-llama-groups-of-16": ("Llama", {}, gptq_config(group_size=16), lambda m, r, c: q.gptq(m, r, c, group_size=16)),
    "gptq-qwen2-some-layers": (
        "Qwen2", {},
        gptq_config(modules_in_block_to_quantize=[["self_attn.q_proj", "self_attn.k_proj"], ["mlp.down_proj"]]),
        lambda m, r, c: q.gptq(m, r, c) if m.endswith(("q_proj", "k_proj", "down_proj")) else None,
    ),
    # As Qwen-7B-Chat-Int4 is published; prompts longer than seq_length change the base of rotation.
    "gptq-qwen": (
        "QWen",
        dict(hidden_size=64, intermediate_size=192, kv_channels=16, num_attention_heads=4, seq_length=16),
        gptq_config(damp_percent=0.01, static_groups=False, true_sequential=True, model_name_or_path=None,
                    model_file_base_name="model"),
        q.gptq,
    ),
    "gptq-llama-head": ("Llama", {}, gptq_config(lm_head=True), q.gptq),
    "awq-llama": (
        "Llama", {}, {"quant_method": "awq", "bits": 4, "group_size": 32, "zero_point": True, "version": "gemm",
                      "modules_to_not_convert": ["o_proj"]},
        unless(["o_proj"], q.awq),
    ),
    "awq-qwen2-column": (
        "Qwen2", {}, ("quant_config.json", {"zero_point": True, "q_group_size": -1, "w_bit": 4, "version": "GEMM"}),
        lambda m, r, c: q.awq(m, r, c, group_size=-1),
    ),
    "compressed-llama": ("Llama", {}, compressed("pack-quantized", {}), q.words),
    "compressed-qwen2-ordered": (
        "Qwen2", {},
        compressed("pack-quantized", {"symmetric": False, "actorder": "group"}, ignore=["lm_head", "re:.*\\.1\\.mlp\\..*"]),
        unless([".1.mlp."], lambda m, r, c: q.words(m, r, c, symmetric=False, order=same_order)),
    ),
    "compressed-mistral-w8": (
        "Mistral", {"sliding_window": None},
        compressed("pack-quantized", {"num_bits": 8, "strategy": "channel", "group_size": None}),
        lambda m, r, c: q.words(m, r, c, bits=8, group_size=-1, dtype="F16"),
    ),
    "compressed-llama-int": (
        "Llama", {}, compressed("int-quantized", {"num_bits": 8, "strategy": "channel", "group_size": None}), q.integers),
    "compressed-phi3-int": (
        "Phi3", {"pad_token_id": 0}, compressed("int-quantized", {"num_bits": 8, "symmetric": False}),
        lambda m, r, c: q.integers(m, r, c, group_size=32, symmetric=False),
    ),
    "compressed-llama-single": (
        "Llama", {}, compressed("pack-quantized", {"symmetric": False}),
        lambda m, r, c: q.words(m, r, c, symmetric=False, dtype="F32")),
    "mxfp4-llama": (
        "Llama", {}, {"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head", "self_attn.v_proj"]},
        unless(["v_proj"], q.mxfp4)),
}


def plain_entry(name, shape, dtype="F16"):
    center, spread = tiny_weights.center_and_spread(name, shape)
    return q.entry(name, shape, dtype, center=center, spread=spread)


def make(name, family, options, quantization, layer):
    file, quantization = quantization if isinstance(quantization, tuple) else (None, quantization)
    if family == "QWen":
        config = qwen_reference.configuration(**options)
        model = qwen_reference.QWenLMHeadModel(config).float().eval()
    else:
        config = getattr(transformers, family + "Config")(**{**BASE, **options}, attn_implementation="eager")
        model = getattr(transformers, family + "ForCausalLM")(config).float().eval()
    state = model.state_dict()
    tensors, sums = [], {}
    for key in state:
        shape = tuple(state[key].shape)
        module = key.removesuffix(".weight")
        made = None
        is_linear = key.endswith(("_proj.weight", ".c_attn.weight", ".w1.weight", ".w2.weight")) or key == "lm_head.weight"
        if is_linear and (key != "lm_head.weight" or quantization.get("lm_head")):
            made = layer(module, *shape)
        if made:
            tensors += made[0].values()
            # The bits of all weights, rows in order, as sums; a negative zero counts as zero.
            words = (made[1].astype(np.float32) + 0.0).reshape(-1).view(np.uint32).astype(np.uint64)
            weighted = (words * np.arange(1, words.size + 1, dtype=np.uint64)).sum(dtype=np.uint64)
            sums[module] = [str(words.sum(dtype=np.uint64)), str(weighted), str(words.size)]
            state[key] = torch.from_numpy(np.ascontiguousarray(made[1], dtype=np.float32))
        else:
            item = plain_entry(key, shape)
            tensors.append(item)
            state[key] = torch.from_numpy(q.content(item).copy())
    model.load_state_dict(state)
    stored = config.to_dict() if family != "QWen" else config.to_diff_dict()
    if family != "QWen":
        stored["architectures"] = [family + "ForCausalLM"]
    for key in ("attn_implementation", "_attn_implementation", "_attn_implementation_internal"):
        stored.pop(key, None)
    if not file:
        stored["quantization_config"] = quantization
    prompts = []
    for index, length in enumerate(PROMPT_LENGTHS):
        tokens = [(7 + 13 * index + 31 * i * i + 11 * i) % VOCABULARY for i in range(length)]
        prompts.append({
            "tokens": tokens, "positions": scoring.score(model, tokens, 4, COLUMNS),
            "greedy": scoring.greedy(model, tokens, 6),
        })
    return {"config": stored, "files": {file: quantization} if file else {}, "tensors": tensors, "weights": sums,
            "columns": COLUMNS,
            "prompts": prompts}


def main():
    out = pathlib.Path(__file__).parent / "tiny"
    for name in sys.argv[1:] or CASES:
        (out / f"{name}.json").write_text(json.dumps(make(name, *CASES[name]), separators=(",", ":")) + "\n")
        print(name, (out / f"{name}.json").stat().st_size)


if __name__ == "__main__":
    main()
