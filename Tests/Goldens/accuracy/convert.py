#!/usr/bin/env python3
"""Holds `quire convert` against llama.cpp: errors tensor for tensor, and greedy answers of the same file.

Usage: convert.py QUIRE CHECKPOINT WORK_DIRECTORY [FORMAT …]

For each format the checkpoint is converted, and every quantised tensor's root mean square error is divided by that of
llama.cpp's own quantiser in the same format; then llama.cpp and Quire answer some prompts greedily from the file.
Needs numpy, gguf, xllamacpp and transformers' safetensors.
"""
import ctypes
import json
import pathlib
import subprocess
import sys

import numpy as np
import xllamacpp
from gguf import GGMLQuantizationType as T
from gguf import GGUFReader
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

PROMPTS = ["The capital of France is", "def fibonacci(n):\n", "Once upon a time there was a", "1, 2, 3, 4,", "Water boils at"]
LENGTH = 32


def convert(quire, checkpoint, path, kind):
    subprocess.run([quire, "convert", checkpoint, "-o", path, "--format", kind, "--overwrite", "--quiet"], check=True)
    return GGUFReader(path)


def ratios(reference, file):
    library = ctypes.CDLL(str(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so"))))
    exact = {tensor.name: tensor for tensor in reference.tensors}
    for tensor in file.tensors:
        kind = T(tensor.tensor_type)
        if kind in (T.F32, T.F16, T.BF16):
            continue
        values = dequantize(exact[tensor.name].data, exact[tensor.name].tensor_type).astype(np.float32)
        block, size = GGML_QUANT_SIZES[kind]
        out = np.zeros((values.shape[0], values.shape[1] // block * size), np.uint8)
        library.ggml_quantize_chunk(
            ctypes.c_int(kind), values.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int64(0), ctypes.c_int64(values.shape[0]), ctypes.c_int64(values.shape[1]), None)
        ours, theirs = (np.sqrt(np.mean((dequantize(data, kind) - values) ** 2, dtype=np.float64))
                        for data in (tensor.data, out))
        yield kind.name, ours / theirs


def answers_of_quire(quire, path, work):
    lines = [{"prompt": prompt, "max_tokens": LENGTH, "temperature": 0, "ignore_eos": True} for prompt in PROMPTS]
    (work / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    subprocess.run([quire, "run", "--model", path, "-i", work / "in.jsonl", "-o", work / "out.jsonl", "--overwrite",
                    "--ordered", "--quiet", "--dtype", "float32", "--kv-cache-memory", "512MiB"], check=True)
    return [json.loads(line)["outputs"][0]["text"] for line in (work / "out.jsonl").read_text().splitlines()]


def answers_of_llamacpp(path):
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.warmup = 512, 1, False
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    request = {"max_tokens": LENGTH, "temperature": 0, "ignore_eos": True, "cache_prompt": False}
    return [server.handle_completions({"prompt": prompt, **request})["choices"][0]["text"] for prompt in PROMPTS]


def main():
    quire, checkpoint, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    reference = convert(quire, checkpoint, work / "reference.gguf", "F32")
    for kind in sys.argv[4:] or ["Q8_0", "Q4_0", "Q4_1", "Q4_K_M", "BF16"]:
        path = work / f"{kind}.gguf"
        groups = {}
        for name, ratio in ratios(reference, convert(quire, checkpoint, path, kind)):
            groups.setdefault(name, []).append(ratio)
        told = ", ".join(f"{name}: {len(r)} tensors, mean {np.mean(r):.4f}, worst {max(r):.4f}" for name, r in groups.items())
        print(f"{kind}: error over llama.cpp's: {told or 'none quantised'}")
        pairs = list(zip(answers_of_quire(quire, path, work), answers_of_llamacpp(path)))
        print(f"{kind}: {sum(a == b for a, b in pairs)} of {len(pairs)} greedy answers of {LENGTH} tokens are llama.cpp's")
        for ours, theirs in pairs:
            if ours != theirs:
                print(f"  {ours!r}\n  {theirs!r}")


main()
