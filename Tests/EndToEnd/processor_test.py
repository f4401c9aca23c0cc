"""Other processors than this one, played by qemu: the same bytes without AVX-512, an answer without AVX2."""
import os
import platform
import shutil
import subprocess
import unittest

from harness import MODEL, QUIRE, QuireTestCase

QEMU = shutil.which("qemu-x86_64")
# A choice made by hand for this machine would keep a library from choosing for the other processor.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("QUIRE_ISA", "OPENBLAS_CORETYPE")}


@unittest.skipUnless(platform.machine() in ("x86_64", "AMD64"), "the processors are x86-64's")
@unittest.skipUnless(QEMU, "qemu-x86_64 is missing; on Debian and Ubuntu: apt-get install qemu-user")
class OtherProcessors(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.write_lines("in.jsonl", [
            {"id": 0, "prompt": "The capital of France is", "max_tokens": 4, "temperature": 0},
            {"id": 1, "prompt": "def main():", "max_tokens": 4, "temperature": 0.8, "ignore_eos": True},
        ])

    def answer(self, *options, model=MODEL, processor=None, environment=None, expect=0):
        """The output's bytes, or what standard error says where the status to expect is not 0."""
        output = self.path("out.jsonl")
        command = [QEMU, "-cpu", processor] if processor else []
        done = subprocess.run(
            [*command, QUIRE, "run", "--model", model, "-i", self.source, "-o", output, "--ordered",
             "--overwrite", "--quiet", "--include", "token_ids", "--kv-cache-memory", "64MiB", *options],
            capture_output=True, text=True, timeout=300, env={**ENVIRONMENT, **(environment or {})})
        self.assertEqual(done.returncode, expect, done.stderr[-2000:])
        if expect != 0:
            return done.stderr
        with open(output, "rb") as file:
            return file.read()

    def test_the_same_bytes_without_avx512(self):
        tiny = self.tiny()
        for model, options in [
            (MODEL, []), (tiny, []), (tiny, ["--quantization", "int8"]),
        ]:
            options = ["--matmul", "native", *options]
            here = self.answer(*options, model=model)
            self.assertEqual(self.answer(*options, model=model, environment={"QUIRE_ISA": "avx2"}), here)
            self.assertEqual(self.answer(*options, model=model, processor="Haswell"), here)
            if model == tiny:
                self.assertEqual(self.answer(*options, model=model, environment={"QUIRE_ISA": "scalar"}), here)

    def test_without_avx512_it_cannot_be_forced(self):
        told = self.answer(processor="Haswell", environment={"QUIRE_ISA": "avx512"}, expect=64)
        self.assertIn("QUIRE_ISA is \"avx512\", which this processor does not have", told)

    def test_an_answer_without_avx2(self):
        self.assertIn(b"Paris", self.answer(processor="Nehalem"))

    def test_without_avx2_the_native_kernels_are_refused(self):
        told = self.answer("--matmul", "native", processor="Nehalem", expect=64)
        self.assertIn("matmul is native", told)
        self.assertIn("AVX2", told)
        self.assertIn("openblas", told)
