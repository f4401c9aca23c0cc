#!/usr/bin/env python3
"""Holds `quire convert` against llama.cpp: errors tensor for tensor, and greedy answers of the same file.

Usage: convert.py QUIRE CHECKPOINT WORK_DIRECTORY [FORMAT …]

For each format the checkpoint is converted, and every quantised tensor's root mean square error is divided by that of
llama.cpp's own quantiser in the same format; then llama.cpp and Quire answer some prompts greedily from the file. llama.cpp
also answers from the file's numbers in single precision, for its quantised products round activations to int8. Where two answers
part, the lead of the likeliest token over the other engine's is told: it must be small.
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

PROMPTS = [
    "The capital of France is", "def fibonacci(n):\n", "Once upon a time there was a", "1, 2, 3, 4,", "Water boils at",
    "The best way to learn a language is", "In 1969,", "import numpy as np\n", "Dear Sir or Madam,", "The sun rises in the",
    "A list of fruits: apple,", "To be or not to be,", "The mitochondria is", "SELECT name FROM", "Roses are red,",
    "The quick brown fox", "Albert Einstein was born", "How do I boil an egg?", "<html>\n<head>", "My favourite book is",
    "Photosynthesis is the process", "x^2 + y^2 =", "Pourquoi le ciel est", "The stock market",
]
LENGTH = 32
# A lead of less, in logarithms of probabilities, is what int8 activations alone decide.
NEAR = 0.05


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
        yield kind.name, 1.0 if ours == theirs else ours / theirs


def ends(file):
    """The tokens that end answers, which llama.cpp bans where it is not to stop at them."""
    tokens = file.fields["tokenizer.ggml.tokens"]
    texts = [bytes(tokens.parts[index]).decode("utf-8", "replace") for index in tokens.data]
    return [texts.index(text) for text in ("<|endoftext|>", "<|im_end|>", "</s>", "<eos>", "<end_of_turn>") if text in texts]


def answers_of_quire(quire, path, work, dtype, banned):
    """Tokens of each prompt, and for each place the log-probabilities of the likeliest ones."""
    lines = [{"prompt": prompt, "max_tokens": LENGTH, "temperature": 0, "ignore_eos": True, "logprobs": 8,
              "logit_bias": {str(token): -100 for token in banned}} for prompt in PROMPTS]
    (work / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    subprocess.run([quire, "run", "--model", path, "-i", work / "in.jsonl", "-o", work / "out.jsonl", "--overwrite",
                    "--ordered", "--quiet", "--dtype", dtype, "--include", "token_ids", "--kv-cache-memory", "512MiB"], check=True)
    outputs = [json.loads(line)["outputs"][0] for line in (work / "out.jsonl").read_text().splitlines()]
    return [[(token, {entry["token_id"]: entry["logprob"] for entry in place if entry["token_id"] not in banned})
             for token, place in zip(output["token_ids"], output["logprobs"])] for output in outputs]


def answers_of_llamacpp(path, banned):
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.warmup = 512, 1, False
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    request = {"max_tokens": LENGTH, "temperature": 0, "ignore_eos": True, "cache_prompt": False, "logprobs": 8}
    answers = [server.handle_completions({"prompt": prompt, **request})["choices"][0] for prompt in PROMPTS]
    return [[(place["id"], {entry["id"]: entry["logprob"] for entry in place["top_logprobs"] if entry["id"] not in banned})
             for place in answer["logprobs"]["content"]] for answer in answers]


def lead(place, token):
    """By how much the likeliest token of a place leads another one."""
    return max(place.values()) - place.get(token, -float("inf"))


def compare(what, ours, theirs):
    """Tells how many answers are equal, and of the others how near the two tokens are where they part."""
    leads = []
    for mine, other in zip(ours, theirs):
        parts = [place for place, (a, b) in enumerate(zip(mine, other)) if a[0] != b[0]]
        if parts:
            (a, ours_there), (b, theirs_there) = mine[parts[0]], other[parts[0]]
            leads.append((lead(ours_there, b), lead(theirs_there, a)))
    far = sum(min(pair) >= NEAR for pair in leads)
    print(f"{what}: {len(ours) - len(leads)} of {len(ours)} greedy answers of {LENGTH} tokens are llama.cpp's; leads where the "
          f"others part, ours and theirs: {', '.join(f'{a:.4f}/{b:.4f}' for a, b in leads) or 'none'}; {far} not within {NEAR}",
          flush=True)


def main():
    quire, checkpoint, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    reference = convert(quire, checkpoint, work / "reference.gguf", "F32")
    for kind in sys.argv[4:] or ["F32", "Q8_0", "Q4_0", "Q4_1", "Q4_K_M"]:
        path = work / f"{kind}.gguf"
        groups = {}
        for name, ratio in ratios(reference, convert(quire, checkpoint, path, kind)):
            groups.setdefault(name, []).append(ratio)
        told = ", ".join(f"{name}: {len(r)} tensors, mean {np.mean(r):.4f}, worst {max(r):.4f}" for name, r in groups.items())
        print(f"{kind}: error over llama.cpp's: {told or 'none quantised'}")
        banned = ends(GGUFReader(path))
        exact = work / f"{kind}.exact.gguf"
        convert(quire, path, exact, "F32")
        ours, theirs = answers_of_quire(quire, path, work, "float32", banned), answers_of_llamacpp(exact, banned)
        compare(f"{kind}, the file's numbers in single precision", ours, theirs)
        near = answers_of_quire(quire, path, work, "auto", banned), answers_of_llamacpp(path, banned)
        compare(f"{kind}, int8 activations", *near)
        equal = [sum([a for a, _ in one] == [a for a, _ in other] for one, other in pairs)
                 for pairs in (zip(near[0], ours), zip(near[1], theirs))]
        print(f"{kind}: with int8 activations {equal[0]} of ours are as in single precision, of llama.cpp's {equal[1]}")
        exact.unlink()


main()
