"""GPTQ and AWQ checkpoints on the command line: in fp32 they answer as their dequantised weights do."""
import json
import os
import shutil
import struct

from harness import QuireTestCase

GROUP = 32
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def read(path):
    """The tensors of a safetensors file of F32: `{name: (shape, numbers)}`."""
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    body = data[8 + length:]
    return {
        name: (entry["shape"], struct.unpack(f"<{(entry['data_offsets'][1] - entry['data_offsets'][0]) // 4}f",
                                             body[slice(*entry["data_offsets"])]))
        for name, entry in json.loads(data[8:8 + length]).items()}


def save(path, tensors):
    """Writes `{name: (dtype, shape, bytes)}`."""
    header, body = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(content)]}
        body += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def floats(numbers, code="f"):
    return struct.pack(f"<{len(numbers)}{code}", *numbers)


def quantized(rows, columns, weights):
    """Codes `[rows][columns]`, scales and zero points `[rows][groups]` of 4 bits; zero points are at least 1."""
    codes, scales, zeros = [], [], []
    for row in range(rows):
        codes.append([])
        scales.append([])
        zeros.append([])
        for start in range(0, columns, GROUP):
            part = weights[row * columns + start:row * columns + start + GROUP]
            low, high = min(*part, 0), max(*part, 0)
            scale = struct.unpack("<e", struct.pack("<e", (high - low) / 15))[0]
            zero = min(max(round(-low / scale), 1), 15)
            codes[-1] += [min(max(round(x / scale) + zero, 0), 15) for x in part]
            scales[-1].append(scale)
            zeros[-1].append(zero)
    return codes, scales, zeros


def word(nibbles):
    return sum(nibble << (4 * place) for place, nibble in enumerate(nibbles))


def transposed(matrix):
    return [list(column) for column in zip(*matrix)]


def gptq(name, rows, columns, codes, scales, zeros):
    """Words along the inputs; zero points along the outputs, stored one too small."""
    groups = columns // GROUP
    packed = [word(codes[row][start:start + 8]) for start in range(0, columns, 8) for row in range(rows)]
    points = [word(z - 1 for z in group[start:start + 8]) for group in transposed(zeros) for start in range(0, rows, 8)]
    return {
        name + ".qweight": ("I32", [columns // 8, rows], floats(packed, "I")),
        name + ".qzeros": ("I32", [groups, rows // 8], floats(points, "I")),
        name + ".scales": ("F16", [groups, rows], floats(sum(transposed(scales), []), "e")),
        name + ".g_idx": ("I32", [columns], floats([column // GROUP for column in range(columns)], "i")),
    }


def awq(name, rows, columns, codes, scales, zeros):
    """Words along the outputs, in an order of their own."""

    def words(matrix):
        return [word(line[start + place] for place in AWQ_ORDER) for line in matrix for start in range(0, rows, 8)]

    groups = columns // GROUP
    return {
        name + ".qweight": ("I32", [columns, rows // 8], floats(words(transposed(codes)), "I")),
        name + ".qzeros": ("I32", [groups, rows // 8], floats(words(transposed(zeros)), "I")),
        name + ".scales": ("F16", [groups, rows], floats(sum(transposed(scales), []), "e")),
    }


METHODS = {
    "gptq": (gptq, {"quant_method": "gptq", "bits": 4, "group_size": GROUP, "desc_act": False, "sym": False}),
    "awq": (awq, {"quant_method": "awq", "bits": 4, "group_size": GROUP, "zero_point": True, "version": "gemm"}),
}


class Quantized(QuireTestCase):
    def checkpoints(self, method):
        """A quantised checkpoint, and one of the weights that it stands for."""
        pack, config = METHODS[method]
        plain = self.tiny(hidden=64, intermediate=96, layers=2)
        directory = self.path(method)
        shutil.copytree(plain, directory)
        packed, dequantized = {}, {}
        for name, (shape, numbers) in read(os.path.join(plain, "model.safetensors")).items():
            if not name.endswith("_proj.weight"):
                packed[name] = dequantized[name] = ("F32", shape, floats(numbers))
                continue
            rows, columns = shape
            codes, scales, zeros = quantized(rows, columns, numbers)
            packed |= pack(name.removesuffix(".weight"), rows, columns, codes, scales, zeros)
            dequantized[name] = ("F32", shape, floats([
                scales[row][column // GROUP] * (codes[row][column] - zeros[row][column // GROUP])
                for row in range(rows) for column in range(columns)]))
        save(os.path.join(plain, "model.safetensors"), dequantized)
        save(os.path.join(directory, "model.safetensors"), packed)
        self.configure(directory, config)
        return directory, plain

    def configure(self, directory, quantization):
        path = os.path.join(directory, "config.json")
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**config, "quantization_config": quantization}, file)

    def answers(self, model, *options):
        source = self.write_lines("in.jsonl", [
            {"id": 1, "prompt": "Once upon a time", "max_tokens": 24, "temperature": 0, "ignore_eos": True},
            {"id": 2, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 12, "seed": 3, "logprobs": 2},
        ])
        self.quire("run", "--model", model, "-i", source, "-o", self.path("out.jsonl"), "--ordered", "--overwrite",
                   "--kv-cache-memory", "16MiB", "--include", "token_ids", *options)
        return self.lines("out.jsonl")

    def test_answers_in_fp32_are_those_of_the_dequantized_weights(self):
        for method in METHODS:
            with self.subTest(method):
                model, plain = self.checkpoints(method)
                exact = self.answers(model, "--dtype", "float32")
                self.assertEqual(exact, self.answers(plain, "--dtype", "float32"))
                self.assertEqual(len(exact[0]["outputs"][0]["token_ids"]), 24)
                # As stored, with activations of 8 bits, and the same whatever stands beside a line.
                stored = self.answers(model)
                self.assertEqual(stored, self.answers(model, "--max-num-seqs", "1", "--threads", "1"))
                self.assertIsNone(stored[0]["error"])

    def test_inspect_tells_the_method(self):
        for method in METHODS:
            with self.subTest(method):
                model, _ = self.checkpoints(method)
                described = json.loads(self.quire("inspect", model, "--json").out)
                self.assertIn(method, described["config"]["quantization"].lower())
                self.assertIsNone(described["refusal"])

    def test_what_does_not_fit_together_is_refused_by_name(self):
        model, _ = self.checkpoints("gptq")
        self.configure(model, {**METHODS["gptq"][1], "bits": 5})
        self.assertIn("bits", self.quire("inspect", model, expect=65).err)
        self.configure(model, {**METHODS["gptq"][1], "group_size": 64})
        self.assertIn("self_attn.q_proj", self.quire("inspect", model, expect=65).err)
        self.configure(model, METHODS["awq"][1])
        self.assertIn("qweight", self.quire("inspect", model, expect=65).err)
