"""A KV cache of bytes: one answer everywhere, half the memory, and no mixing with answers of another cache."""
import json
import os
import unittest

from harness import MODEL, QuireTestCase

INT8 = ["--kv-cache-dtype", "int8"]
SMALL = ["--kv-cache-memory", "4MiB", "--max-model-len", "128"]


class ByteCache(QuireTestCase):
    def setUp(self):
        super().setUp()
        starts = ["The capital of", "def main():", "Once upon a time", "In 1969,", "A list:", "Why"]
        self.source = self.write_lines("in.jsonl", (
            {"id": n, "prompt": "The same beginning of all these prompts, which fills a block. " + starts[n % 6]
             + " and so on" * (n % 5) + str(n), "max_tokens": 4 + n % 9, "temperature": [0, 0.8][n % 2],
             "n": 1 + (n % 7 == 3), "ignore_eos": True, "logprobs": n % 3, "prompt_logprobs": n % 2}
            for n in range(24)))

    def answers(self, *options, environment=None):
        """The answers' bytes, and the metrics of the run."""
        self.quire("run", "--model", MODEL, "-i", self.source, "-o", self.path("out.jsonl"), "--ordered", "--overwrite",
                   "--quiet", "--metrics-file", self.path("metrics.json"), *options, environment=environment)
        with open(self.path("out.jsonl"), "rb") as answers, open(self.path("metrics.json"), encoding="utf-8") as metrics:
            return answers.read(), json.load(metrics)

    def test_one_answer_whatever_the_batch_chunks_blocks_cache_and_instruction_set(self):
        expected, metrics = self.answers(*INT8)
        self.assertEqual(metrics["options"]["kv_cache_dtype"], "int8")
        self.assertNotEqual(expected, self.answers()[0], "bytes are rounded")
        runs = [["--max-num-seqs", "1"], ["--max-num-batched-tokens", "16"], ["--block-size", "32"],
                ["--no-enable-prefix-caching", "--threads", "1"], SMALL]
        for options in runs:
            answers, metrics = self.answers(*INT8, *options)
            self.assertEqual(answers, expected, options)
        self.assertGreater(metrics["scheduling"]["preemptions"], 0)
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            sets = ["avx2", "avx512"] if "avx512_vnni" in file.read() else ["avx2"]
        for instructions in sets:
            self.assertEqual(self.answers(*INT8, environment={"QUIRE_ISA": instructions})[0], expected, instructions)

    def test_holds_nearly_twice_the_tokens(self):
        def tokens(*options):
            done = self.quire("run", "--model", MODEL, "-i", self.source, "-o", self.path("out.jsonl"), "--dry-run", "--json",
                              "--kv-cache-memory", "64MiB", *options)
            return json.loads(done.out)["kv_cache_tokens"]

        self.assertGreater(tokens(*INT8), 1.8 * tokens())
        self.assertEqual(tokens("--kv-cache-dtype", "float16"), tokens())
        self.assertAlmostEqual(tokens("--kv-cache-dtype", "float32"), tokens() / 2, delta=16)

    def test_auto_is_the_cache_of_the_numbers_that_are_computed_with(self):
        self.assertEqual(self.answers("--kv-cache-dtype", "float16")[0], self.answers()[0])
        exact = self.answers("--dtype", "float32")[0]
        self.assertEqual(self.answers("--dtype", "float32", "--kv-cache-dtype", "float32")[0], exact)
        self.assertNotEqual(self.answers("--dtype", "float32", "--kv-cache-dtype", "float16")[0], exact)

    def test_a_job_goes_on_with_its_own_cache_only(self):
        self.answers(*INT8)
        again = ["run", "--model", MODEL, "-i", self.source, "-o", self.path("out.jsonl"), "--ordered"]
        refused = self.quire(*again, expect=65)
        self.assertIn('--kv-cache-dtype "int8", which this run has not', refused.err)
        self.quire(*again, *INT8)
        self.quire("verify", self.path("out.jsonl"), "-i", self.source, "--model", MODEL, "--sample", "4")
        self.answers()
        refused = self.quire(*again, *INT8, expect=65)
        self.assertIn('--kv-cache-dtype unset, and this run has --kv-cache-dtype "int8"', refused.err)
        self.quire(*again, "--kv-cache-dtype", "float16")

    def test_what_does_not_fit_is_refused_by_name(self):
        run = ["run", "--model", MODEL, "-i", self.source, "-o", self.path("out.jsonl")]
        refused = self.quire(*run, *INT8, "--block-size", "24", expect=64)
        self.assertIn("--block-size is 24 with --kv-cache-dtype int8, but must be a multiple of 16", refused.err)
        refused = self.quire(*run, "--kv-cache-dtype", "int4", expect=64)
        self.assertIn("int4", refused.err)
        self.assertFalse(os.path.exists(self.path("out.jsonl")))


if __name__ == "__main__":
    unittest.main()
