"""Checkpoints in Hugging Face layout that must be refused: one file of a tiny Llama is spoilt, the others are sound."""
import json
import struct

SHARD = "model.safetensors"


def split(data):
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + length]), data[8 + length:]


def joined(header, data, pad=True):
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    if pad:
        encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded + data


def safetensors(files):
    """(name, bytes of model.safetensors)."""
    whole = files[SHARD]
    header, data = split(whole)
    name = "model.layers.0.self_attn.q_proj.weight"
    other = "model.layers.0.self_attn.o_proj.weight"

    def tensor(**changes):
        spoilt = json.loads(json.dumps(header))
        spoilt[name].update(changes)
        for key in [key for key, value in spoilt[name].items() if value is None]:
            del spoilt[name][key]
        return joined(spoilt, data)

    yield "empty", b""
    for length in (0, 1, 7, len(whole), len(whole) - 7, 100_000_001, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1):
        yield f"header-length-{length}", struct.pack("<Q", length) + whole[8:]
    for cut in [*range(0, 120, 7), len(whole) // 2, len(whole) - 1, len(whole) - 4]:
        yield f"cut-{cut}", whole[:cut]
    yield "trailing-bytes", whole + b"\0" * 8
    for text in (b"[]", b"null", b"7", b"\"a\"", b"{", b"{}x", b"{\"a\":}", b"\xff\xfe{}", b"{\"a\":1}", b"{\"a\":[]}",
                 b"{'a':1}", b"[" * 200_000, b"{\"a\":" * 200_000, b"{\"a\":{\"dtype\":1}}", b"{\"" + b"a" * 100_000):
        yield f"header-{text[:12]!r}-{len(text)}", joined(text, data)
    one = json.dumps(header[name]).encode()
    twice = json.dumps(header).encode()[:-1] + b", \"" + name.encode() + b"\": " + one + b"}"
    yield "duplicate-key", joined(twice, data)
    start, end = header[name]["data_offsets"]
    shape = header[name]["shape"]
    for offsets in ([end, start], [start, end + 4], [start, end - 4], [start + 4, end], [0, 2**63], [2**63, 2**64],
                    [-1, end], [start, len(data) + 4], [len(data), 2 * len(data)], [2**64 - 4, 2**64 - 1], [start], [],
                    [start, end, end], [0.5, end], ["0", end], [start, start], [1e300, 1e301], [0, 0], None, "0", {}):
        yield f"offsets-{offsets}", tensor(data_offsets=offsets)
    yield "overlap", tensor(data_offsets=header[other]["data_offsets"])
    gap = json.loads(json.dumps(header))
    for value in gap.values():
        value["data_offsets"] = [offset + 64 for offset in value["data_offsets"]]
    yield "gap", joined(gap, b"\0" * 64 + data)
    for dtype in ("F33", "", "f32", "BOOL", "C64", None, 7, ["F32"], "F16", "F64", "I8", "x" * 100_000):
        yield f"dtype-{str(dtype)[:12]}", tensor(dtype=dtype)
    for wrong in ([shape[0] * 2, shape[1]], [shape[0], 0], [], [2**63, 2], [2**32, 2**32], [2**64, 1], [-1, -1], [2**62, 4],
                  [shape[0] * shape[1]], [shape[0], shape[1], 1], ["32", 32], [32.5, 32], None, 1024, [[32], 32],
                  [1] * 100_000, [2**61, 8]):
        yield f"shape-{str(wrong)[:24]}", tensor(shape=wrong)
    yield "missing", joined({key: value for key, value in header.items() if key != name}, data)
    for bad in (b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff"):
        yield f"number-{bad.hex()}", joined(header, data[:start] + bad + data[start + 4:])


def indexes(files):
    """(name, files) of checkpoints in shards."""
    header, _ = split(files[SHARD])
    shard = "model-00001-of-00001.safetensors"
    for label, index in {
        "missing-shard": {"weight_map": {name: "other.safetensors" for name in header}},
        "parent": {"weight_map": {name: "../" + shard for name in header}},
        "absolute": {"weight_map": {name: "/etc/passwd" for name in header}},
        "no-map": {}, "map-list": {"weight_map": []}, "map-number": {"weight_map": {name: 7 for name in header}},
        "map-empty": {"weight_map": {}}, "list": [], "text": "x",
        "missing-tensor": {"weight_map": {name: shard for name in list(header)[1:]}},
        "nul": {"weight_map": {name: "a\0b" for name in header}},
    }.items():
        yield label, {SHARD: None, shard: files[SHARD], "model.safetensors.index.json": json.dumps(index).encode()}
    yield "no-json", {SHARD: None, shard: files[SHARD], "model.safetensors.index.json": b"{"}


def configurations(files):
    """(name, bytes of config.json)."""
    config = json.loads(files["config.json"])

    def with_key(key, value):
        spoilt = dict(config)
        if value is None:
            spoilt.pop(key, None)
        else:
            spoilt[key] = value
        return json.dumps(spoilt).encode()

    for text in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"{" * 100_000, b"[" * 200_000, b"{} x", b"{\"a\":1,\"a\":2}"):
        yield f"text-{text[:8]!r}-{len(text)}", text
    for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"):
        for value in (0, -1, 7, 2**31, 2**63 - 1, 2**63, 2**70, 1e300, 3.5, "32", [], {}, True):
            yield f"{key}-{value}", with_key(key, value)
        yield f"{key}-missing", with_key(key, None)
    for key, values in {
        "num_key_value_heads": (0, -1, 3, 8, 2**63, "2", 1.5), "head_dim": (0, -8, 7, 2**40, "8", [8]),
        "max_position_embeddings": (0, -1, 2**70, "256", 1.5), "rms_norm_eps": (-1.0, "x", [], 1e300),
        "rope_theta": (0, -1, "x", []), "hidden_act": ("relu6", 7, []), "model_type": ("nothing",),
        "architectures": (["NothingForCausalLM"], [7], "x", {}), "tie_word_embeddings": ("yes", 7),
        "rope_scaling": ("x", [], {"rope_type": "nothing"}, {"rope_type": "linear"}, {"rope_type": "linear", "factor": 0},
                         {"rope_type": "linear", "factor": "2"}, {"type": 7}, {"rope_type": "yarn", "factor": -1},
                         {"rope_type": "llama3", "factor": 8}, {"rope_type": "longrope", "short_factor": [1]}),
        "torch_dtype": (), "attention_bias": ("x",), "mlp_bias": ("x",),
        "quantization_config": (
            "x", [], {}, {"quant_method": "nothing"}, {"quant_method": 7}, {"quant_method": "gptq"},
            {"quant_method": "gptq", "bits": 3, "group_size": 32}, {"quant_method": "gptq", "bits": 4, "group_size": 0},
            {"quant_method": "gptq", "bits": 4, "group_size": -7},
            {"quant_method": "gptq", "bits": 2**63, "group_size": 2**63}, {"quant_method": "awq", "bits": 8, "group_size": 128},
            {"quant_method": "awq", "bits": 4, "group_size": 2**40}, {"quant_method": "awq", "bits": "4"},
            {"quant_method": "bitsandbytes", "load_in_4bit": True}, {"quant_method": "fp8"},
            {"quant_method": "compressed-tensors"},
            {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 3}}}},
            {"quant_method": "compressed-tensors", "config_groups": []}),
    }.items():
        for value in values:
            yield f"{key}-{str(value)[:70]}", with_key(key, value)


def generation(files):
    """(name, bytes of generation_config.json): only what a run refuses."""
    for value in (3.0, -1, "x", [], 1e400):
        yield f"temperature-{value}", json.dumps({"temperature": value}).encode()
    yield "top-p", b'{"top_p": 7}'
    yield "no-json", b"{"
    yield "list", b"[]"


def templates(files):
    """(name, files) with chat templates that cannot be read."""
    config = json.loads(files["tokenizer_config.json"])
    for label, template in {
        "open-tag": "{% if", "open-string": "{{ 'a", "open-block": "{% for m in messages %}", "unknown-tag": "{% import os %}",
        "include": "{% include 'x' %}", "end": "{% endfor %}", "operators": "{{ 1 + }}", "deep": "{{ " + "(" * 5000 + " }}",
        "deep-blocks": "{% if a %}" * 5000, "long": "a" * (2 << 20), "number": 7, "list": [7],
        "open-comment": "{# " + "a" * 1000, "open-raw": "{% raw %}", "nots": "{{ " + "not " * 5000 + "a }}",
    }.items():
        yield label, {"tokenizer_config.json": json.dumps({**config, "chat_template": template}).encode()}
    yield "no-json", {"tokenizer_config.json": b"{"}
    yield "not-utf8", {"tokenizer_config.json": b"{\"chat_template\": \"\xff\"}"}
