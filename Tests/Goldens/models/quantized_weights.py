"""Quantised layers by the published rules: tensors by formula (see tiny_weights.py), and what their weights are.

A layer of `rows` outputs and `columns` inputs. Each function returns the tensors as {name: entry}, an entry being what the
golden holds and TinyCheckpoint.swift writes, and the weights in single precision, [rows, columns].

Sources: GPTQ: AutoGPTQ's QuantLinear (words along the inputs; zero points along the outputs, one too small in version 1).
AWQ: AutoAWQ's WQLinear_GEMM (words along the outputs, columns 0, 2, 4, 6, 1, 3, 5, 7). compressed-tensors: pack_to_int32
(words along the inputs, with half of the range added; zero points along the outputs). MXFP4: OCP Microscaling Formats 1.0.
"""

import numpy as np

import tiny_weights

E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], dtype=np.float32)
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def hashed(name, count):
    """32 random bits for each element, the hash of tiny_weights.py."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(tiny_weights.fnv1a(name))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x


def entry(name, shape, dtype, kind="uniform", **more):
    return {"name": name, "shape": list(shape), "dtype": dtype, "kind": kind, "center": 0.0, "spread": 0.0, **more}


def content(item):
    """The numbers of an entry."""
    name, shape, dtype, kind = item["name"], item["shape"], item["dtype"], item["kind"]
    count = int(np.prod(shape))
    if kind == "bits":
        bits = hashed(name, count)
        return {"I32": bits, "U8": (bits >> 24).astype(np.uint8), "I8": (bits >> 24).astype(np.uint8).view(np.int8)}[
            dtype].reshape(shape)
    if kind == "constant":
        return np.full(shape, item["value"], dtype=np.uint32)
    if kind == "values":
        return np.array(item["values"], dtype=np.int64).reshape(shape)
    if kind == "range":
        return (item["low"] + (hashed(name, count) >> 8) % item["count"]).astype(np.uint8).reshape(shape)
    values = tiny_weights.values(name, shape, item["center"], item["spread"])
    if dtype == "F16":
        return values.astype(np.float16).astype(np.float32)
    if dtype == "BF16":
        return (values.view(np.uint32) & 0xFFFF0000).view(np.float32)
    return values


def unpack(words, bits, axis, order=None):
    """Words to unsigned integers along an axis, the first in the low bits, or in an order of places."""
    count = 32 // bits
    places = order or list(range(count))
    words = np.moveaxis(words.astype(np.uint32), axis, -1)
    parts = np.empty((*words.shape, count), dtype=np.int64)
    for place, index in enumerate(places):
        parts[..., index] = (words >> np.uint32(place * bits)) & ((1 << bits) - 1)
    return np.moveaxis(parts.reshape(*words.shape[:-1], -1), -1, axis)


def dequantize(codes, zeros, scales, groups):
    """scale * (integer - zero point), [columns, rows]; zeros and scales are [groups, rows]."""
    return scales[groups] * (codes - zeros[groups]).astype(np.float32)


def scale_entry(name, shape, dtype, bits):
    size = 0.25 / (1 << (bits - 1))
    return entry(name, shape, dtype, center=size * 0.75, spread=size * 0.25)


def gptq(module, rows, columns, bits=4, group_size=32, symmetric=True, version=1, order=None, dtype="F16"):
    size = columns if group_size == -1 else group_size
    count = -(-columns // size)
    middle = 1 << (bits - 1)
    word = sum((middle - (version == 1)) << (bits * place) for place in range(32 // bits))
    pack = 32 // bits
    zero_shape = (count, rows // pack)
    entries = [
        entry(module + ".qweight", (columns // pack, rows), "I32", "bits"),
        entry(module + ".qzeros", zero_shape, "I32", "constant", value=word) if symmetric
        else entry(module + ".qzeros", zero_shape, "I32", "bits"),
        scale_entry(module + ".scales", (count, rows), dtype, bits),
    ]
    groups = np.arange(columns) // size
    if order:
        groups = groups[order(module, columns)]
    entries.append(entry(module + ".g_idx", (columns,), "I32", "values", values=groups.tolist()))
    tensors = {item["name"]: item for item in entries}
    codes = unpack(content(entries[0]), bits, 0)
    zeros = unpack(content(entries[1]), bits, 1) + (version == 1)
    return tensors, dequantize(codes, zeros, content(entries[2]), groups).T


def awq(module, rows, columns, group_size=32, dtype="F16"):
    size = columns if group_size == -1 else group_size
    count = columns // size
    entries = [
        entry(module + ".qweight", (columns, rows // 8), "I32", "bits"),
        entry(module + ".qzeros", (count, rows // 8), "I32", "bits"),
        scale_entry(module + ".scales", (count, rows), dtype, 4),
    ]
    codes = unpack(content(entries[0]), 4, 1, AWQ_ORDER)
    zeros = unpack(content(entries[1]), 4, 1, AWQ_ORDER)
    weights = dequantize(codes, zeros, content(entries[2]), np.arange(columns) // size)
    return {item["name"]: item for item in entries}, weights.T


def words(module, rows, columns, bits=4, group_size=32, symmetric=True, order=None, dtype="BF16"):
    """compressed-tensors' pack-quantized."""
    size = columns if group_size == -1 else group_size
    count, pack = columns // size, 32 // bits
    entries = [
        entry(module + ".weight_packed", (rows, columns // pack), "I32", "bits"),
        scale_entry(module + ".weight_scale", (rows, count), dtype, bits),
        entry(module + ".weight_shape", (2,), "I64", "values", values=[rows, columns]),
    ]
    codes = unpack(content(entries[0]), bits, 1).T
    zeros = np.full((count, rows), 1 << (bits - 1))
    if not symmetric:
        entries.append(entry(module + ".weight_zero_point", (rows // pack, count), "I32", "bits"))
        zeros = unpack(content(entries[-1]), bits, 0).T
    groups = np.arange(columns) // size
    if order:
        groups = groups[order(module, columns)]
        entries.append(entry(module + ".weight_g_idx", (columns,), "I32", "values", values=groups.tolist()))
    weights = dequantize(codes, zeros, content(entries[1]).T, groups)
    return {item["name"]: item for item in entries}, weights.T


def integers(module, rows, columns, group_size=-1, symmetric=True, dtype="F32"):
    """compressed-tensors' int-quantized."""
    size = columns if group_size == -1 else group_size
    count = columns // size
    entries = [
        entry(module + ".weight", (rows, columns), "I8", "bits"),
        scale_entry(module + ".weight_scale", (rows, count), dtype, 8),
    ]
    zeros = np.zeros((count, rows), dtype=np.int64)
    if not symmetric:
        entries.append(entry(module + ".weight_zero_point", (rows, count), "I8", "bits"))
        zeros = content(entries[-1]).astype(np.int64).T
    codes = content(entries[0]).astype(np.int64).T
    weights = dequantize(codes, zeros, content(entries[1]).T, np.arange(columns) // size)
    return {item["name"]: item for item in entries}, weights.T


def mxfp4(module, rows, columns, blocks=".weight_blocks", scales=".weight_scales"):
    """gpt-oss's layout: two numbers a byte, the first in the low half, and an exponent for each 32."""
    entries = [
        entry(module + blocks, (rows, columns // 32, 16), "U8", "bits"),
        entry(module + scales, (rows, columns // 32), "U8", "range", low=121, count=4),
    ]
    data = content(entries[0])
    codes = np.stack([data & 15, data >> 4], axis=-1).reshape(rows, columns)
    exponents = content(entries[1]).astype(np.int32) - 127
    weights = E2M1[codes] * np.repeat(np.exp2(exponents.astype(np.float32)), 32, axis=1)
    return {item["name"]: item for item in entries}, weights
