"""Writes a tiny random Llama in GGUF, of super-blocks (the K-quants, IQ4_XS) or IQ4_NL, with the standard library alone."""
import random
import struct

import tiny_model

# ggml's number of each format, the bytes of its super-block of 256, and where its halves are, each with its size.
FORMATS = {
    "Q4_K": (12, 144, {0: 2e-4, 2: 1.5e-3}),
    "Q5_K": (13, 176, {0: 1e-4, 2: 1.5e-3}),
    "Q6_K": (14, 210, {208: 5e-5}),
    "Q2_K": (10, 84, {80: 4e-3, 82: 6e-3}),
    "Q3_K": (11, 110, {108: 1.5e-3}),
    "IQ4_XS": (23, 136, {0: 5e-5}),
    # Eight blocks of 32.
    "IQ4_NL": (20, 144, {18 * block: 8e-4 for block in range(8)}),
}
F32 = 0
ALIGNMENT = 32


def text(value):
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def value(item):
    """A metadata value behind its type: bool, uint32, float32, a string, or an array of one of them."""
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, bool):
        return struct.pack("<I?", 7, item)
    if isinstance(item, int):
        return struct.pack("<II", 4, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    first = value(item[0])[:4]
    return struct.pack("<I", 9) + first + struct.pack("<Q", len(item)) + b"".join(value(x)[4:] for x in item)


def weights(generator, format_name, count):
    """Random super-blocks whose halves have the format's sizes."""
    _, size, halves = FORMATS[format_name]
    data = bytearray(generator.randbytes(count // 256 * size))
    for start in range(0, len(data), size):
        for offset, scale in halves.items():
            data[start + offset:start + offset + 2] = struct.pack("<e", scale * generator.uniform(0.5, 1))
    return bytes(data)


def write(path, formats, hidden=256, intermediate=512, layers=2, heads=4, kv_heads=2, context=256, seed=1, extra=None, more=()):
    """Writes the model to `path`; tensors take the `formats` in turn, so that a stack has several.

    `extra` are further metadata, `more` further tensors, each with name, shape, number of its format and bytes.
    """
    tokens = tiny_model.byte_characters() + ["th", "<|endoftext|>"]
    generator = random.Random(seed)
    head = hidden // heads
    shapes = {"token_embd": (len(tokens), hidden)}
    for layer in range(layers):
        prefix = f"blk.{layer}."
        shapes |= {
            prefix + "attn_q": (hidden, hidden), prefix + "attn_k": (kv_heads * head, hidden),
            prefix + "attn_v": (kv_heads * head, hidden), prefix + "attn_output": (hidden, hidden),
            prefix + "ffn_gate": (intermediate, hidden), prefix + "ffn_up": (intermediate, hidden),
            prefix + "ffn_down": (hidden, intermediate),
        }
    norms = ["output_norm"] + [f"blk.{layer}.{name}" for layer in range(layers) for name in ("attn_norm", "ffn_norm")]
    tensors = [(name, (hidden,), F32, struct.pack(f"<{hidden}f", *[1.0] * hidden)) for name in norms]
    for index, (name, shape) in enumerate(shapes.items()):
        kind = formats[index % len(formats)]
        tensors.append((name, shape, FORMATS[kind][0], weights(generator, kind, shape[0] * shape[1])))
    metadata = {
        "general.architecture": "llama", "llama.context_length": context, "llama.embedding_length": hidden,
        "llama.block_count": layers, "llama.feed_forward_length": intermediate,
        "llama.attention.head_count": heads, "llama.attention.head_count_kv": kv_heads,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0,
        "llama.rope.dimension_count": head, "llama.vocab_size": len(tokens),
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.merges": ["t h"], "tokenizer.ggml.eos_token_id": len(tokens) - 1,
        "tokenizer.ggml.bos_token_id": len(tokens) - 1,
    }
    metadata |= extra or {}
    tensors += more
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))
    header += b"".join(text(key) + value(item) for key, item in metadata.items())
    data = bytearray()
    for name, shape, number, content in tensors:
        data += b"\0" * (-len(data) % ALIGNMENT)
        header += text(name + ".weight") + struct.pack("<I", len(shape))
        header += struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack("<IQ", number, len(data))
        data += content
    with open(path, "wb") as file:
        file.write(header + b"\0" * (-len(header) % ALIGNMENT) + data)
