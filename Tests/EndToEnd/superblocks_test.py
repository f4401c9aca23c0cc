"""Models of super-blocks, whose scales have two levels: exact in every precision, and the same everywhere."""
import os
import platform
import unittest

import tiny_gguf
from harness import QuireTestCase

COUNT = 8


class SuperBlocks(QuireTestCase):
    def answers(self, model, name, *options, environment=None, prompts=6):
        """The bytes of the output, and the probabilities' logarithms of each line's answer, best first."""
        source = self.write_lines(f"{name}.in", [
            {"id": index, "prompt": "The number %d and the others." % (37 * index) * (1 + index % 3),
             "max_tokens": 1, "temperature": 0, "logprobs": 20, "ignore_eos": True} for index in range(prompts)])
        saved = dict(os.environ)
        os.environ.update(environment or {})
        try:
            self.quire(
                "run", "--model", model, "-i", source, "-o", self.path(name), "--ordered", "--overwrite", "--quiet",
                "--kv-cache-memory", "64MiB", *options)
        finally:
            os.environ.clear()
            os.environ.update(saved)
        with open(self.path(name), "rb") as file:
            return file.read(), self.lines(name)

    def model(self, *formats):
        path = self.path("-".join(formats) + ".gguf")
        tiny_gguf.write(path, formats)
        return path

    def test_quantised_activations_change_little_and_fp32_is_openblas(self):
        for formats in (
                ["Q4_K"], ["Q5_K"], ["Q6_K"], ["Q2_K"], ["Q3_K"], ["IQ4_XS"], ["IQ4_NL"], ["Q4_K", "Q6_K", "Q5_K"],
                ["Q2_K", "IQ4_NL", "Q3_K", "IQ4_XS"]):
            model = self.model(*formats)
            stored = self.tables(self.answers(model, "stored")[1])
            exact = self.tables(self.answers(model, "float32", "--dtype", "float32", "--matmul", "native")[1])
            checked = self.tables(self.answers(model, "openblas", "--dtype", "float32", "--matmul", "openblas")[1])
            self.assertLess(self.distance(exact, checked), 1e-4, formats)
            self.assertLess(self.distance(stored, exact), 0.15, formats)
            self.assertGreater(self.distance(stored, exact), 0, formats)

    def test_answers_do_not_depend_on_the_batch(self):
        for model in (self.model("Q4_K", "Q6_K", "Q5_K"), self.model("Q2_K", "IQ4_NL", "Q3_K", "IQ4_XS")):
            together, _ = self.answers(model, "together")
            alone, _ = self.answers(model, "alone", "--max-num-seqs", 1, "--threads", 1)
            self.assertEqual(together, alone)

    @unittest.skipUnless(platform.machine() in ("x86_64", "AMD64"), "the instruction sets are x86-64's")
    def test_answers_are_the_same_with_avx2(self):
        for model in (self.model("Q4_K", "Q6_K", "Q5_K"), self.model("Q2_K", "IQ4_NL", "Q3_K", "IQ4_XS")):
            here, _ = self.answers(model, "here")
            there, _ = self.answers(model, "there", environment={"QUIRE_ISA": "avx2"})
            self.assertEqual(here, there)

    def tables(self, lines):
        return [{entry["token_id"]: entry["logprob"] for entry in self.entries(line)} for line in lines]

    def entries(self, line):
        return line["outputs"][0]["logprobs"][0]

    def distance(self, first, second):
        """The greatest difference of the logarithms of what both find likely."""
        differences = [
            abs(a[token] - b[token]) for a, b in zip(first, second) for token in a.keys() & b.keys()]
        self.assertGreater(len(differences), 10 * len(first))
        return max(differences)


if __name__ == "__main__":
    unittest.main()
