#!/usr/bin/env python3
"""Goldens of the dequantisers: random blocks of every format, and what gguf-py makes of them.

Usage: make_dequantize.py OUTPUT_DIRECTORY [MODEL.gguf]

Writes OUTPUT_DIRECTORY/dequantize/FORMAT.blocks and FORMAT.floats (little-endian fp32), and, with a model,
OUTPUT_DIRECTORY/dequantize/model-sums.txt: for the tensors of some layers `name elements sum weighted`, where sum adds the
32-bit patterns of the dequantised elements and weighted adds each times its index from 1, both modulo 2^64.
Needs gguf and numpy.
"""
import pathlib
import sys

import numpy as np
from gguf import GGUFReader, GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

BLOCKS = 48
HALVES = {
    T.Q8_0: 1, T.Q4_0: 1, T.Q4_1: 2, T.Q5_0: 1, T.Q5_1: 2, T.Q4_K: 2, T.Q5_K: 2, T.Q6_K: 1, T.Q2_K: 2, T.Q3_K: 1,
    T.IQ4_NL: 1, T.IQ4_XS: 1,
}
# Where a block's halves are, but for those that have them at its start.
HALVES_OFFSETS = {T.Q6_K: 208, T.Q2_K: 80, T.Q3_K: 108}
MODEL_LAYERS = (0, 14, 29)


def blocks(kind, rng):
    size, byte_count = GGML_QUANT_SIZES[kind]
    if kind == T.F32:
        return rng.standard_normal(259).astype("<f4").view(np.uint8)
    if kind in (T.F16, T.BF16):
        bits = rng.integers(0, 1 << 16, 1027, dtype=np.uint16)
        mask = 0x7C00 if kind == T.F16 else 0x7F80
        bits[(bits & mask) == mask] &= 0xBFFF
        bits[:4] = [0, 0x8000, 1, mask]
        return bits.view(np.uint8)
    data = rng.integers(0, 256, (BLOCKS, byte_count), dtype=np.uint8)
    if kind == T.MXFP4:
        # All exponents, with all sixteen codes each.
        data = rng.integers(0, 256, (256, byte_count), dtype=np.uint8)
        data[:, 0] = np.arange(256)
        data[:, 1:9] = [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE]
        return data.reshape(-1)
    scales = rng.standard_normal((BLOCKS, HALVES[kind])).astype("<f2")
    scales[0] = 0.0
    scales[1] = -0.0
    scales[2] = 6e-8
    scales[3] = 65504.0
    offset = HALVES_OFFSETS.get(kind, 0)
    data[:, offset : offset + 2 * HALVES[kind]] = scales.view(np.uint8)
    return data.reshape(-1)


def main():
    out = pathlib.Path(sys.argv[1]) / "dequantize"
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20)
    for kind in (T.F32, T.F16, T.BF16, *HALVES, T.MXFP4):
        data = blocks(kind, rng)
        values = data.view("<f2").astype("<f4") if kind == T.F16 else data.view("<f4") if kind == T.F32 else dequantize(data, kind)
        (out / f"{kind.name}.blocks").write_bytes(data.tobytes())
        (out / f"{kind.name}.floats").write_bytes(values.astype("<f4").tobytes())
    if len(sys.argv) > 2:
        lines = []
        for tensor in GGUFReader(sys.argv[2]).tensors:
            if not any(tensor.name.startswith(f"blk.{layer}.") for layer in MODEL_LAYERS):
                continue
            words = dequantize(tensor.data, tensor.tensor_type).reshape(-1).view(np.uint32).astype(np.uint64)
            weighted = (words * np.arange(1, words.size + 1, dtype=np.uint64)).sum(dtype=np.uint64)
            lines.append(f"{tensor.name} {words.size} {words.sum(dtype=np.uint64)} {weighted}\n")
        (out / "model-sums.txt").write_text("".join(lines))


main()
