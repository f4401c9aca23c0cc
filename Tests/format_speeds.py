#!/usr/bin/env python3
"""Speed of every format of weights beside Q4_1, on random models of one shape.

    Tests/format_speeds.py QUIRE [--rounds 7] [--formats Q4_K,gptq-4 …] [--json FILE] [--folder DIR]

Each round runs the job (16 prompts of 128 tokens, 64 tokens each) once with every format, forwards and backwards in turn,
so that what slows the machine for a while slows all. Printed for each: bits of a weight in the file and as packed, the
medians of prefill, decode and whole job in tokens a second, the job's ratio to Q4_1's (median of the rounds' ratios), and
that times the packed bytes (1: as fast a byte). Only the layers have the format; embedding and head are F16 in all, and
small. Let nothing else run. The models take some 4 GB in DIR (a temporary folder otherwise) and one at a time in memory.
"""
import argparse
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "EndToEnd"))
import tiny_gguf  # noqa: E402
import tiny_model  # noqa: E402

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KEY_HEADS, VOCABULARY, CONTEXT = 768, 2048, 24, 12, 4, 4096, 512
JOB = "--num-requests 16 --prompt-tokens 128 --output-tokens 64 --num-iters-warmup 1 --kv-cache-memory 256MiB".split()
# Of a format of GGUF: ggml's number, weights and bytes of a block, where its halves are with their sizes, and bits of a
# weight as packed (docs/kernels.md).
BLOCKS = {
    "Q4_0": (2, 32, 18, {0: 4e-3}, 4.5), "Q4_1": (3, 32, 20, {0: 4e-3, 2: -3e-2}, 5),
    "Q5_0": (6, 32, 22, {0: 2e-3}, 8.5), "Q5_1": (7, 32, 24, {0: 2e-3, 2: -3e-2}, 9),
    "Q8_0": (8, 32, 34, {0: 3e-4}, 8.5), "IQ4_NL": (20, 32, 18, {0: 3e-4}, 4.5), "MXFP4": (39, 32, 17, {}, 5),
    "Q2_K": (10, 256, 84, {80: 2e-3, 82: 3e-3}, 5.125), "Q3_K": (11, 256, 110, {108: 5e-4}, 4.5625),
    "Q4_K": (12, 256, 144, {0: 1e-4, 2: 7e-4}, 4.625), "Q5_K": (13, 256, 176, {0: 5e-5, 2: 7e-4}, 8.625),
    "Q6_K": (14, 256, 210, {208: 2e-5}, 8.5625), "IQ4_XS": (23, 256, 136, {0: 2e-5}, 4.3125),
    "F16": (1, 1, 2, {}, 16), "BF16": (30, 1, 2, {}, 16),
}
# Of a quantised checkpoint: bits, group, whether symmetric, bits of a weight in the file and as packed.
CHECKPOINTS = {
    "gptq-4": (4, 128, True, 4.25, 4.5), "gptq-4-asymmetric": (4, 128, False, 4.25, 5), "gptq-8": (8, 128, True, 8.19, 8.5),
    "awq-4": (4, 128, False, 4.16, 5), "compressed-int4": (4, 128, True, 4.13, 4.5), "compressed-int8": (8, None, True, 8.02, 8.5),
}


def layer_shapes():
    keys = HIDDEN // HEADS * KEY_HEADS
    return {
        "self_attn.q_proj": (HIDDEN, HIDDEN), "self_attn.k_proj": (keys, HIDDEN), "self_attn.v_proj": (keys, HIDDEN),
        "self_attn.o_proj": (HIDDEN, HIDDEN), "mlp.gate_proj": (INTERMEDIATE, HIDDEN),
        "mlp.up_proj": (INTERMEDIATE, HIDDEN), "mlp.down_proj": (HIDDEN, INTERMEDIATE)}


GGUF_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def repeated(part, size):
    return (part * (size // len(part) + 1))[:size]


def halves(generator, count, size=0.03):
    return struct.pack(f"<{count}e", *(generator.uniform(-size, size) for _ in range(count)))


def blocks(generator, name):
    """Some thousand random blocks of a format."""
    _, weights, size, places, _ = BLOCKS[name]
    if weights == 1:
        numbers = [generator.uniform(-0.03, 0.03) for _ in range(8192)]
        if name == "F16":
            return struct.pack("<8192e", *numbers)
        return b"".join(struct.pack("<f", number)[2:] for number in numbers)
    data = bytearray(generator.randbytes(1024 * size))
    for start in range(0, len(data), size):
        for place, scale in places.items():
            data[start + place:start + place + 2] = struct.pack("<e", scale * generator.uniform(0.5, 1))
        if name == "MXFP4":
            data[start] = 120
    return bytes(data)


def write_gguf(path, name):
    generator = random.Random(1)
    number, weights, size, _, _ = BLOCKS[name]
    part, plain = blocks(generator, name), blocks(generator, "F16")
    tensors = [("token_embd", (VOCABULARY, HIDDEN), 1, plain), ("output_norm", (HIDDEN,), 0, struct.pack("<f", 1.0))]
    for layer in range(LAYERS):
        tensors += [(f"blk.{layer}.{norm}", (HIDDEN,), 0, struct.pack("<f", 1.0)) for norm in ("attn_norm", "ffn_norm")]
        tensors += [(f"blk.{layer}.{GGUF_NAMES[module]}", shape, number, part) for module, shape in layer_shapes().items()]
    characters = tiny_model.byte_characters()
    tokens = characters + [f"<{index}>" for index in range(len(characters), VOCABULARY)]
    keys = {
        "general.architecture": "llama", "llama.context_length": CONTEXT, "llama.embedding_length": HIDDEN,
        "llama.block_count": LAYERS, "llama.feed_forward_length": INTERMEDIATE, "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KEY_HEADS, "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": tokens, "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.token_type": [1] * 256 + [3] * (VOCABULARY - 256), "tokenizer.ggml.eos_token_id": 300}
    keys["tokenizer.ggml.tokens"][300] = "ab"
    keys["tokenizer.ggml.token_type"][300] = 1

    def length(shape, number):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        return count * 4 if number == 0 else count * 2 if number == 1 else count // weights * size

    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys))
    head += b"".join(tiny_gguf.text(key) + tiny_gguf.value(value) for key, value in keys.items())
    offset = 0
    for tensor, shape, number, _ in tensors:
        head += tiny_gguf.text(tensor + ".weight") + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", dimension) for dimension in reversed(shape))
        head += struct.pack("<IQ", number, offset)
        offset += -(-length(shape, number) // 32) * 32
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % 32))
        for _, shape, number, part in tensors:
            size_here = length(shape, number)
            file.write(repeated(part, size_here) + bytes(-size_here % 32))


def quantized_layer(generator, name, module, rows, columns, words):
    """Tensors `name: (dtype, shape, bytes)` of one layer; integers are random."""
    bits, group, symmetric, _, _ = CHECKPOINTS[name]
    groups, each = columns // (group or columns), 32 // bits
    scales = halves(generator, 4096, 0.002 if bits == 4 else 0.0002)
    tensors = {}

    def add(suffix, dtype, shape, part):
        size = {"I32": 4, "I8": 1, "F16": 2, "I64": 8}[dtype]
        for dimension in shape:
            size *= dimension
        tensors[f"{module}.{suffix}"] = (dtype, shape, repeated(part, size))

    if name.startswith("compressed"):
        if bits == 8:
            add("weight", "I8", [rows, columns], words)
        else:
            add("weight_packed", "I32", [rows, columns // each], words)
            add("weight_shape", "I64", [2], struct.pack("<2q", rows, columns))
        add("weight_scale", "F16", [rows, groups], scales)
        return tensors
    along_outputs = name.startswith("awq")
    add("qweight", "I32", [columns, rows // each] if along_outputs else [columns // each, rows], words)
    # Version 1 stores a zero point one too small.
    middle = sum(((1 << (bits - 1)) - 1) << (bits * place) for place in range(each))
    add("qzeros", "I32", [groups, rows // each], struct.pack("<I", middle) if symmetric else words)
    add("scales", "F16", [groups, rows], scales)
    if not along_outputs:
        add("g_idx", "I32", [columns], struct.pack(f"<{columns}i", *(column // group for column in range(columns))))
    return tensors


def quantization(name):
    bits, group, symmetric, _, _ = CHECKPOINTS[name]
    if name.startswith("gptq"):
        return {"quant_method": "gptq", "bits": bits, "group_size": group, "desc_act": False, "sym": symmetric}
    if name.startswith("awq"):
        return {"quant_method": "awq", "bits": bits, "group_size": group, "zero_point": True, "version": "gemm"}
    weights = {"num_bits": bits, "type": "int", "symmetric": True, "strategy": "group" if group else "channel",
               "group_size": group, "dynamic": False, "actorder": None}
    return {"quant_method": "compressed-tensors", "format": "int-quantized" if bits == 8 else "pack-quantized",
            "quantization_status": "compressed", "ignore": ["lm_head"], "kv_cache_scheme": None,
            "config_groups": {"group_0": {"targets": ["Linear"], "input_activations": None, "output_activations": None,
                                          "weights": weights}}}


def write_checkpoint(path, name):
    """A directory in Hugging Face layout."""
    generator = random.Random(1)
    words = generator.randbytes(1 << 16)
    plain, ones = blocks(generator, "F16"), struct.pack("<e", 1.0)
    tensors = {
        "model.embed_tokens.weight": ("F16", [VOCABULARY, HIDDEN], repeated(plain, 2 * VOCABULARY * HIDDEN)),
        "model.norm.weight": ("F16", [HIDDEN], ones * HIDDEN)}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}{norm}.weight"] = ("F16", [HIDDEN], ones * HIDDEN)
        for module, (rows, columns) in layer_shapes().items():
            tensors |= quantized_layer(generator, name, prefix + module, rows, columns, words)
    tiny_model.write(path, hidden=32, intermediate=32)
    header, offset = {}, 0
    for tensor, (dtype, shape, data) in tensors.items():
        header[tensor] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(path, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)
    with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    config |= {
        "hidden_size": HIDDEN, "intermediate_size": INTERMEDIATE, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": KEY_HEADS, "head_dim": HIDDEN // HEADS,
        "vocab_size": VOCABULARY, "max_position_embeddings": CONTEXT, "torch_dtype": "float16",
        "quantization_config": quantization(name)}
    with open(os.path.join(path, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)


def measure(quire, model):
    told = subprocess.run([quire, "bench", "--json", "--model", model, *JOB], capture_output=True, text=True)
    if told.returncode != 0:
        sys.exit(f"error: quire bench --model {model}: {told.stderr[-2000:]}")
    report = json.loads(told.stdout)
    return {key: report[key + "_tokens_per_second"] for key in ("prefill", "decode", "output")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quire")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--formats", help="some of them, with commas; Q4_1 is always among them")
    parser.add_argument("--json", metavar="FILE", help="where every rate goes, after each round")
    parser.add_argument("--folder", help="where the models are written")
    options = parser.parse_args()
    names = [*BLOCKS, *CHECKPOINTS]
    if options.formats:
        wanted = ["Q4_1", *options.formats.split(",")]
        if unknown := [name for name in wanted if name not in names]:
            sys.exit(f"error: no format {', '.join(unknown)}; known are {', '.join(names)}")
        names = [name for name in names if name in wanted]
    rounds = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name in names:
            path = os.path.join(folder, name)
            write_gguf(path + ".gguf", name) if name in BLOCKS else write_checkpoint(path, name)
        for index in range(options.rounds):
            found = {}
            for name in names if index % 2 == 0 else names[::-1]:
                path = os.path.join(folder, name)
                found[name] = measure(options.quire, path + ".gguf" if name in BLOCKS else path)
            rounds.append(found)
            print(f"round {index + 1} of {options.rounds}", file=sys.stderr)
            if options.json:
                with open(options.json, "w", encoding="utf-8") as file:
                    json.dump(rounds, file)
    base = BLOCKS["Q4_1"][4]
    print("| format | bits a weight, file | packed | prefill | decode | job | × Q4_1 | × Q4_1 a byte |\n|---|---|---|---|---|---|---|---|")
    for name in names:
        if name in BLOCKS:
            _, weights, size, _, packed = BLOCKS[name]
            stored = 8 * size / weights
        else:
            _, _, _, stored, packed = CHECKPOINTS[name]
        rates = [f"{statistics.median(found[name][key] for found in rounds):.0f}" for key in ("prefill", "decode", "output")]
        ratio = statistics.median(found[name]["output"] / found["Q4_1"]["output"] for found in rounds)
        print(f"| {name} | {stored:.3g} | {packed:.4g} | {' | '.join(rates)} | {ratio:.2f} | {ratio * packed / base:.2f} |")


if __name__ == "__main__":
    main()
