"""quire bench."""
import json

from harness import MODEL, QuireTestCase

FIELDS = [
    "prefill_tokens_per_second", "decode_tokens_per_second", "output_tokens_per_second", "load_seconds",
    "total_seconds", "steps", "preemptions", "prefix_hit_tokens", "peak_rss_bytes", "threads",
    "instruction_set",
]


class Bench(QuireTestCase):
    def test_one_object_with_the_promised_fields(self):
        told = self.quire(
            "bench", "--model", MODEL, "--num-requests", 4, "--prompt-tokens", 16, "--output-tokens", 8,
            "--threads", 1, "--kv-cache-memory", "64MiB", "--seed", 0, "--json").out
        self.assertEqual(told.count("\n"), 1)
        report = json.loads(told)
        self.assertEqual(list(report), FIELDS)
        # All prompts fit the first step; each of the seven others draws a token for all.
        self.assertEqual(report["steps"], 8)
        self.assertEqual((report["preemptions"], report["prefix_hit_tokens"], report["threads"]), (0, 0, 1))
        for field in FIELDS[:5]:
            self.assertGreater(report[field], 0, field)
        self.assertGreater(report["peak_rss_bytes"], 50 << 20)

    def test_a_table_without_json_and_ragged_prompts_with_a_shared_prefix(self):
        told = self.quire(
            "bench", "--model", self.tiny(), "--num-requests", 3, "--prompt-tokens", 12, "--output-tokens", 4,
            "--ragged", "--shared-prefix-tokens", 8).out
        self.assertIn("output, whole job", told)
        self.assertIn("instruction set", told)

    def test_what_cannot_be_measured_is_refused(self):
        directory = self.tiny()
        for arguments, word in [
            (["--num-requests", 0], "--num-requests is 0"),
            (["--prompt-tokens", -1], "--prompt-tokens is -1"),
            (["--prompt-tokens", 1 << 20], "--prompt-tokens is 1048576"),
            (["--shared-prefix-tokens", 129], "--shared-prefix-tokens is 129"),
            (["--kernels"], "--kernels"),
            (["--enable-prefix-caching"], "--enable-prefix-caching"),
        ]:
            result = self.quire("bench", "--model", directory, *arguments, expect=64)
            self.assertIn(word, result.err)
        self.quire("bench", "--model", self.path("missing"), expect=65)
