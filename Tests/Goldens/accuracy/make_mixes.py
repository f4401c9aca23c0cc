#!/usr/bin/env python3
"""Goldens of the mix of formats: which one llama.cpp's own quantiser gives each matrix of made models.

Usage: make_mixes.py LLAMA_QUANTIZE OUTPUT_FILE [WORK_DIRECTORY QUIRE]

LLAMA_QUANTIZE is a program that calls llama_model_quantize: PROGRAM IN OUT FTYPE. Writes for each model its sizes and, for
each format, a letter a layer for each kind of matrix, or one for all. With QUIRE, a binary of ours, the same files are converted by it too,
and every tensor's format, and error over llama.cpp's, is compared. Needs numpy and gguf.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
from gguf.quants import dequantize

FTYPES = {"Q4_K_M": 15, "Q8_0": 7, "Q4_0": 2, "Q4_1": 3}
TOKENS = 64
CASES = {
    "llama": dict(architecture="llama", layers=9, hidden=256, inner=512, heads=4, kv_heads=2, tied=False),
    "llama tied, rows of 288": dict(architecture="llama", layers=11, hidden=288, inner=800, heads=4, kv_heads=4, tied=True),
    "llama, rows of 80": dict(architecture="llama", layers=2, hidden=80, inner=256, heads=4, kv_heads=2, tied=False),
    "llama of 80 layers": dict(architecture="llama", layers=80, hidden=256, inner=256, heads=4, kv_heads=1, tied=False),
    "llama of 80 layers, a value for each head":
        dict(architecture="llama", layers=80, hidden=64, inner=64, heads=2, kv_heads=2, tied=False),
    "llama of 80 layers, rows of 96": dict(architecture="llama", layers=80, hidden=96, inner=64, heads=4, kv_heads=1, tied=True),
    "qwen2": dict(architecture="qwen2", layers=24, hidden=256, inner=256, heads=4, kv_heads=2, tied=True),
    "qwen2 of 80 layers": dict(architecture="qwen2", layers=80, hidden=64, inner=64, heads=2, kv_heads=2, tied=False),
    "qwen3": dict(architecture="qwen3", layers=7, hidden=256, inner=512, heads=4, kv_heads=2, tied=True),
    "gemma2": dict(architecture="gemma2", layers=26, hidden=256, inner=256, heads=4, kv_heads=2, tied=True),
    "gemma3": dict(architecture="gemma3", layers=18, hidden=256, inner=512, heads=4, kv_heads=1, tied=True),
    "phi3": dict(architecture="phi3", layers=16, hidden=256, inner=256, heads=4, kv_heads=4, tied=False),
    "granite": dict(architecture="granite", layers=10, hidden=256, inner=256, heads=4, kv_heads=2, tied=True),
    "olmo2": dict(architecture="olmo2", layers=8, hidden=256, inner=256, heads=4, kv_heads=4, tied=False),
    "smollm3": dict(architecture="smollm3", layers=8, hidden=256, inner=256, heads=4, kv_heads=2, tied=True),
}


def tensors(architecture, layers, hidden, inner, heads, kv_heads, tied):
    head = hidden // heads
    yield "token_embd.weight", (TOKENS, hidden)
    for layer in range(layers):
        parts = {"attn_norm": (hidden,), "ffn_norm": (hidden,), "attn_output": (hidden, hidden), "ffn_down": (hidden, inner)}
        if architecture == "phi3":
            parts |= {"attn_qkv": (hidden + 2 * kv_heads * head, hidden), "ffn_up": (2 * inner, hidden)}
        else:
            parts |= {"attn_q": (hidden, hidden), "attn_k": (kv_heads * head, hidden), "attn_v": (kv_heads * head, hidden),
                      "ffn_gate": (inner, hidden), "ffn_up": (inner, hidden)}
        if architecture in ("gemma2", "gemma3", "olmo2"):
            parts |= {"post_attention_norm": (hidden,), "post_ffw_norm": (hidden,)}
        if architecture == "olmo2":
            del parts["attn_norm"], parts["ffn_norm"]
            parts |= {"attn_q_norm": (hidden,), "attn_k_norm": (hidden,)}
        if architecture in ("gemma3", "qwen3"):
            parts |= {"attn_q_norm": (head,), "attn_k_norm": (head,)}
        for name, shape in parts.items():
            yield f"blk.{layer}.{name}.weight", shape
        if architecture == "qwen2":
            for name, size in (("attn_q", hidden), ("attn_k", kv_heads * head), ("attn_v", kv_heads * head)):
                yield f"blk.{layer}.{name}.bias", (size,)
    yield "output_norm.weight", (hidden,)
    if not tied:
        yield "output.weight", (TOKENS, hidden)


def write(path, case):
    writer = gguf.GGUFWriter(path, case["architecture"])
    head = case["hidden"] // case["heads"]
    writer.add_block_count(case["layers"])
    writer.add_context_length(256)
    writer.add_embedding_length(case["hidden"])
    writer.add_feed_forward_length(case["inner"])
    writer.add_head_count(case["heads"])
    writer.add_head_count_kv(case["kv_heads"])
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(TOKENS)
    if case["architecture"] in ("gemma2", "gemma3", "phi3"):
        writer.add_sliding_window(4096)
    if case["architecture"] == "granite":
        writer.add_logit_scale(8.0)
    if case["architecture"] == "gemma2":
        writer.add_attn_logit_softcapping(50.0)
        writer.add_final_logit_softcapping(30.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([chr(33 + index) for index in range(TOKENS - 1)] + ["!\""])
    writer.add_token_types([1] * TOKENS)
    writer.add_token_merges(["! \""])
    writer.add_eos_token_id(1)
    generator = np.random.default_rng(14)
    for name, shape in tensors(**case):
        scale = 0.02 if len(shape) > 1 else 1
        writer.add_tensor(name, (generator.standard_t(5, shape) * scale).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def formats(file):
    return {tensor.name: tensor.tensor_type.name for tensor in file.tensors if len(tensor.shape) > 1}


def compact(found, layers, letters):
    """A string a kind of matrix with a letter a layer, or one for all."""
    result = {}
    for name, kind in found.items():
        letter = letters.setdefault(kind, "abcdefghijklmnop"[len(letters)])
        part = name.split(".")[2] if name.startswith("blk.") else name.split(".")[0]
        layer = int(name.split(".")[1]) if name.startswith("blk.") else 0
        row = result.setdefault(part, ["?"] * (layers if name.startswith("blk.") else 1))
        row[layer] = letter
    return {part: row[0] if len(set(row)) == 1 else "".join(row) for part, row in sorted(result.items())}


def errors(exact, file):
    values = {tensor.name: np.asarray(tensor.data) for tensor in exact.tensors}
    for tensor in file.tensors:
        if len(tensor.shape) > 1:
            difference = dequantize(tensor.data, tensor.tensor_type).astype(np.float64) - values[tensor.name]
            yield tensor.name, np.sqrt((difference**2).mean())


def main():
    quantizer, out = sys.argv[1], pathlib.Path(sys.argv[2])
    quire = sys.argv[4] if len(sys.argv) > 4 else None
    goldens, letters, ratios, wrong = {}, {}, {}, []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(sys.argv[3] if quire else folder)
        for name, case in CASES.items():
            source, theirs, ours = (str(work / f"{kind}.gguf") for kind in ("exact", "theirs", "ours"))
            write(source, case)
            mixes = {}
            for kind, number in FTYPES.items():
                subprocess.run([quantizer, source, theirs, str(number)], check=True, capture_output=True)
                file = gguf.GGUFReader(theirs)
                mixes[kind] = compact(formats(file), case["layers"], letters)
                if not quire:
                    continue
                subprocess.run([quire, "convert", source, "-o", ours, "--format", kind, "--overwrite", "--quiet"], check=True)
                own, exact = gguf.GGUFReader(ours), gguf.GGUFReader(source)
                if formats(own) != formats(file):
                    wrong.append((name, kind))
                for (tensor, error), (other, limit) in zip(sorted(errors(exact, own)), sorted(errors(exact, file))):
                    assert tensor == other
                    ratios.setdefault(formats(own)[tensor], []).append(1.0 if error == limit else error / limit)
            goldens[name] = {"sizes": case, "mixes": mixes}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in goldens.items())
    legend = json.dumps({letter: kind for kind, letter in letters.items()})
    out.write_text(f'{{"formats": {legend},\n"models": {{\n{lines}\n}}}}\n')
    if quire:
        print("formats differ:", wrong or "nowhere")
        for kind, values in sorted(ratios.items()):
            print(f"{kind}: {len(values)} tensors, error over llama.cpp's: mean {np.mean(values):.4f}, worst {max(values):.4f}")


main()
