"""Writes the checkpoint of a golden in Tests/Goldens/embeddings, with the standard library alone."""
import json
import os
import struct

GOLDENS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Goldens", "embeddings")
MASK = 0xFFFFFFFF


def golden(name):
    with open(os.path.join(GOLDENS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def elements(name, count, center, spread):
    """The formula of Goldens/models/tiny_weights.py: exact in 32-bit integers and in single precision."""
    first = 0x811C9DC5
    for byte in name.encode():
        first = ((first ^ byte) * 0x01000193) & MASK
    for index in range(count):
        x = (index * 0x9E3779B9 + first) & MASK
        x ^= x >> 16
        x = (x * 0x85EBCA6B) & MASK
        x ^= x >> 13
        x = (x * 0xC2B2AE35) & MASK
        x ^= x >> 16
        yield center + spread * (((x >> 8) - (1 << 23)) / (1 << 23))


def write(directory, content):
    for name, value in {**content["files"], "config.json": content["config"]}.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
    header, data = {}, bytearray()
    for tensor in content["tensors"]:
        count = 1
        for size in tensor["shape"]:
            count *= size
        start = len(data)
        data += struct.pack(f"<{count}f", *elements(tensor["name"], count, tensor["center"], tensor["spread"]))
        header[tensor["name"]] = {"dtype": "F32", "shape": tensor["shape"], "data_offsets": [start, len(data)]}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(os.path.join(directory, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + data)
    return directory
