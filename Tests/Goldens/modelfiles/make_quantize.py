#!/usr/bin/env python3
"""Goldens of the quantisers: rows of numbers, and what llama.cpp's own quantisers make of them.

Usage: make_quantize.py OUTPUT_DIRECTORY

Writes OUTPUT_DIRECTORY/quantize/input.floats (rows of 256 little-endian fp32), FORMAT.blocks for the formats in blocks of
32 (the bytes are the same everywhere), and errors.json: for the formats in super-blocks the root mean square error of each
row. Needs numpy, gguf and xllamacpp (whose library has ggml_quantize_chunk).
"""
import ctypes
import json
import pathlib
import sys

import numpy as np
import xllamacpp
from gguf import GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

ROW = 256


def rows():
    rng = np.random.default_rng(14)
    kinds = [rng.standard_normal((8, ROW)) * 0.02, rng.standard_t(3, (4, ROW)) * 0.01, rng.uniform(-1, 1, (2, ROW)),
             rng.uniform(0, 1, (2, ROW)), rng.uniform(-3, -1, (1, ROW)), np.zeros((1, ROW)), np.full((1, ROW), 0.25),
             rng.standard_normal((1, ROW)) * 1e-7, rng.standard_normal((1, ROW)) * 300]
    outlier = rng.standard_normal((2, ROW)) * 0.02
    outlier[:, 77] = 4
    sparse = np.where(rng.uniform(size=(2, ROW)) < 0.1, rng.standard_normal((2, ROW)), 0)
    halves = rng.integers(-8, 8, (1, ROW)) / 8
    return np.concatenate([*kinds, outlier, sparse, halves]).astype("<f4")


def quantize(library, values, kind):
    block, size = GGML_QUANT_SIZES[kind]
    out = np.zeros(values.size // block * size, np.uint8)
    library.ggml_quantize_chunk(
        ctypes.c_int(kind), values.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_int64(0), ctypes.c_int64(values.shape[0]), ctypes.c_int64(values.shape[1]), None)
    return out


def main():
    out = pathlib.Path(sys.argv[1]) / "quantize"
    out.mkdir(parents=True, exist_ok=True)
    library = ctypes.CDLL(str(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so"))))
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    values = rows()
    (out / "input.floats").write_bytes(values.tobytes())
    for kind in (T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1):
        (out / f"{kind.name}.blocks").write_bytes(quantize(library, values, kind).tobytes())
    errors = {}
    for kind in (T.Q4_K, T.Q5_K, T.Q6_K):
        back = dequantize(quantize(library, values, kind), kind).reshape(values.shape)
        difference = back.astype(np.float64) - values.astype(np.float64)
        errors[kind.name] = [float(f"{e:.8g}") for e in np.sqrt((difference**2).mean(axis=1))]
    (out / "errors.json").write_text(json.dumps(errors) + "\n")


main()
