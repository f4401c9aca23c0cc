"""The models that the jobs of digests.py run on, written into a folder with the standard library alone."""
import array
import functools
import json
import math
import os
import struct
import sys

TESTS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TESTS, "EndToEnd"))

import tiny_model  # noqa: E402

GOLDENS = os.path.join(TESTS, "Goldens")
CHECKPOINTS = sorted(name[:-5] for name in os.listdir(os.path.join(GOLDENS, "models", "tiny")))
GGUF_FILES = sorted(name[:-5] for name in os.listdir(os.path.join(GOLDENS, "models", "gguf")) if name.endswith(".gguf"))

# Tiny models that speak a chat format: a template of Goldens/chat, and what the three control tokens are called.
CHAT_MODELS = {
    "tiny-llama3": ("llama3", ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]),
    "tiny-gemma": ("gemma3", ["<bos>", "<start_of_turn>", "<end_of_turn>"]),
    "tiny-mistral": ("mistral-v3", ["[INST]", "[/INST]", "</s>"]),
    "tiny-qwen2.5": ("qwen2.5", ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
    "tiny-qwen3": ("qwen3", ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
}


def formula(name, count, center, spread):
    """The values of a tensor by the formula of Goldens/models/tiny_weights.py, exact in float32."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    values = array.array("f")
    for index in range(count):
        x = (index * 0x9E3779B9 + seed) & 0xFFFFFFFF
        x = ((x ^ x >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
        x = ((x ^ x >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
        x ^= x >> 16
        values.append(center + spread * (((x >> 8) - (1 << 23)) / (1 << 23)))
    return values


def encoded(values, dtype):
    """Little-endian bytes of floats in the format; bfloat16 cuts the fraction off."""
    if dtype == "F32":
        return struct.pack(f"<{len(values)}f", *values)
    if dtype == "F16":
        return struct.pack(f"<{len(values)}e", *values)
    bits = struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
    return struct.pack(f"<{len(values)}H", *(word >> 16 for word in bits))


def safetensors(path, tensors, dtype):
    """Writes (name, shape, values) as one file."""
    header, data = {}, bytearray()
    for name, shape, values in tensors:
        start = len(data)
        data += encoded(values, dtype)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def stored(path):
    """The tensors of a file of float32 as (name, shape, values)."""
    with open(path, "rb") as file:
        content = file.read()
    length, = struct.unpack_from("<Q", content)
    for name, entry in json.loads(content[8:8 + length]).items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        yield name, entry["shape"], array.array("f", content[start:end])


def save(directory, name, value):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)


def golden(directory, name, dtype="F32"):
    """The checkpoint of Goldens/models/tiny/NAME.json, with a token for each byte below the vocabulary's size."""
    os.makedirs(directory)
    with open(os.path.join(GOLDENS, "models", "tiny", name + ".json"), encoding="utf-8") as file:
        content = json.load(file)
    save(directory, "config.json", content["config"])
    safetensors(os.path.join(directory, "model.safetensors"), [
        (each["name"], each["shape"],
         formula(each["name"], math.prod(each["shape"]), each["center"], each["spread"]))
        for each in content["tensors"]], dtype)
    letters = tiny_model.byte_characters()[:content["config"]["vocab_size"]]
    save(directory, "tokenizer.json", {
        "version": "1.0", "added_tokens": [], "decoder": {"type": "ByteLevel"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "model": {"type": "BPE", "vocab": {letter: index for index, letter in enumerate(letters)}, "merges": []},
    })


def tiny(directory, dtype="F32", norm=None, shards=1):
    """The checkpoint of EndToEnd/tiny_model.py: in another format, with other weights of the last norm, in several files."""
    tiny_model.write(directory, layers=2)
    path = os.path.join(directory, "model.safetensors")
    tensors = list(stored(path))
    if norm is not None:
        tensors = [(name, shape, array.array("f", [norm] * len(values)) if name == "model.norm.weight" else values)
                   for name, shape, values in tensors]
    if shards == 1:
        return safetensors(path, tensors, dtype)
    os.remove(path)
    place = {}
    for shard in range(shards):
        name = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        safetensors(os.path.join(directory, name), tensors[shard::shards], dtype)
        place |= {tensor: name for tensor, _, _ in tensors[shard::shards]}
    save(directory, "model.safetensors.index.json", {"metadata": {}, "weight_map": place})


def tiny_chat(directory, template, controls):
    """A tiny model with that chat template and these control tokens."""
    tiny_model.write(directory, layers=1)
    with open(os.path.join(GOLDENS, "chat", "templates", template + ".jinja"), encoding="utf-8") as file:
        save(directory, "tokenizer_config.json", {"bos_token": controls[0], "eos_token": controls[2], "chat_template": file.read()})
    with open(os.path.join(directory, "tokenizer.json"), encoding="utf-8") as file:
        tokenizer = json.load(file)
    for entry, control in zip(tokenizer["added_tokens"], controls):
        entry["content"] = control
    save(directory, "tokenizer.json", tokenizer)


def link(path, target):
    os.symlink(target, path)


def smollm2():
    """SmolLM2's GGUF, where Examples/setup.sh keeps it or QUIRE_TEST_MODEL says."""
    return os.environ.get("QUIRE_TEST_MODEL") or cached("SmolLM2-135M-Instruct.Q4_1.gguf")


def qwen_ranks():
    return os.environ.get("QUIRE_TEST_TIKTOKEN") or cached("qwen.tiktoken")


def cached(name):
    folder = os.environ.get("QUIRE_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "quire")
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        sys.exit(f"error: {path} is missing; Examples/quickstart.sh and Tests/run.sh fetch it")
    return path


def builders():
    """Name → what writes that model at a path."""
    table = {
        "smollm2.gguf": lambda path: link(path, smollm2()),
        "qwen.tiktoken": lambda path: link(path, qwen_ranks()),
        "tiny": tiny,
        "tiny-f16": functools.partial(tiny, dtype="F16"),
        "tiny-bf16": functools.partial(tiny, dtype="BF16"),
        "tiny-sharded": functools.partial(tiny, shards=3),
        "tiny-broken": functools.partial(tiny, norm=math.nan),
        "tiny-huge": functools.partial(tiny, norm=3e38),
        "qwen3-bf16": functools.partial(golden, name="qwen3", dtype="BF16"),
        "llama-biases-f16": functools.partial(golden, name="llama-biases", dtype="F16"),
    }
    table |= {name: functools.partial(tiny_chat, template=template, controls=controls)
              for name, (template, controls) in CHAT_MODELS.items()}
    table |= {name: functools.partial(golden, name=name) for name in CHECKPOINTS}
    for name in GGUF_FILES:
        table[name + ".gguf"] = functools.partial(link, target=os.path.join(GOLDENS, "models", "gguf", name + ".gguf"))
    for name in ("tiny-llama3", "tiny-prefix", "tiny-qwen2"):
        table[name + ".json"] = functools.partial(link, target=os.path.join(GOLDENS, "tokenizers", name + ".json"))
    return table
