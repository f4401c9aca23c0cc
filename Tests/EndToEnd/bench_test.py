"""quire bench."""
import json

from harness import MODEL, QuireTestCase

FIELDS = [
    "prefill_tokens_per_second", "decode_tokens_per_second", "output_tokens_per_second", "load_seconds",
    "total_seconds", "steps", "preemptions", "prefix_hit_tokens", "draft_tokens",
    "accepted_draft_tokens", "peak_rss_bytes", "threads",
    "instruction_set",
]
LIMITS = [
    "int8_giga_operations_per_second", "bf16_giga_operations_per_second",
    "fp32_giga_operations_per_second", "memory_gigabytes_per_second",
]
RESULT_FIELDS = [
    "format", "rows", "columns", "tokens", "giga_operations_per_second", "gigabytes_per_second", "limit",
    "share_of_limit",
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

    def test_a_job_takes_its_weights_its_cache_and_150_megabytes_at_most(self):
        """64 requests of 128 + 64 tokens. The packed weights are as large as the file's blocks; the cache is f16."""
        model = json.loads(self.quire("inspect", MODEL, "--json").out)
        weights = sum(entry["bytes"] for entry in model["formats"])
        cache = 64 * (128 + 64) * model["kv_bytes_per_token_float32"] // 2
        report = json.loads(self.quire(
            "bench", "--model", MODEL, "--num-requests", 64, "--prompt-tokens", 128, "--output-tokens", 64,
            "--json", timeout=3000).out)
        print("peak memory %.1f MB: weights %.1f, cache %.1f, the rest %.1f" % tuple(
            bytes / 1e6 for bytes in
            (report["peak_rss_bytes"], weights, cache, report["peak_rss_bytes"] - weights - cache)))
        self.assertEqual(report["preemptions"], 0)
        self.assertLessEqual(report["peak_rss_bytes"], weights + cache + 150_000_000)

    def test_a_table_without_json_and_ragged_prompts_with_a_shared_prefix(self):
        told = self.quire(
            "bench", "--model", self.tiny(), "--num-requests", 3, "--prompt-tokens", 12, "--output-tokens", 4,
            "--ragged", "--shared-prefix-tokens", 8, "--num-iters-warmup", 1).out
        self.assertIn("output, whole job", told)
        self.assertIn("instruction set", told)

    def test_a_shared_prefix_is_found_unless_the_cache_is_off(self):
        for options, hits in [([], 96), (["--enable-prefix-caching"], 96), (["--no-enable-prefix-caching"], 0)]:
            report = json.loads(self.quire(
                "bench", "--model", self.tiny(), "--num-requests", 4, "--prompt-tokens", 40, "--output-tokens", 2,
                "--shared-prefix-tokens", 36, "--json", *options).out)
            # Two full blocks of 16 for each of the other three.
            self.assertEqual(report["prefix_hit_tokens"], hits, options)

    def test_what_cannot_be_measured_is_refused(self):
        directory = self.tiny()
        for arguments, word in [
            (["--num-requests", 0], "--num-requests is 0"),
            (["--num-iters-warmup", -1], "--num-iters-warmup is -1"),
            (["--prompt-tokens", -1], "--prompt-tokens is -1"),
            (["--prompt-tokens", 1 << 20], "--prompt-tokens is 1048576"),
            (["--shared-prefix-tokens", 129], "--shared-prefix-tokens is 129"),
            (["--kernels"], "--model has no effect on --kernels"),
            (["--format", "Q4_1"], "--format has no effect without --kernels"),
            (["--shape", "96x64"], "--shape has no effect without --kernels"),
            (["--generation-config", "none"], "Unknown option '--generation-config'"),
        ]:
            result = self.quire("bench", "--model", directory, *arguments, expect=64)
            self.assertIn(word, result.err)
        self.quire("bench", "--model", self.path("missing"), expect=65)


class BenchKernels(QuireTestCase):
    def bench(self, *arguments, spelling="kernels"):
        result = self.quire("bench", spelling, "--threads", 1, *arguments, expect=None)
        if result.status == 64 and "the instruction set is scalar" in result.err:
            self.skipTest("this processor has neither AVX2 nor AVX-512")
        self.assertEqual(result.status, 0, result.err)
        return result.out

    def test_one_object_with_a_result_for_each_format_shape_and_number_of_tokens(self):
        told = self.bench(
            "--format", "q4_1", "--format", "INT8", "--format", "F16", "--shape", "33x64", "--json")
        self.assertEqual(told.count("\n"), 1)
        report = json.loads(told)
        self.assertEqual(list(report), ["threads", "instruction_set", "limits", "results"])
        self.assertEqual(report["threads"], 1)
        self.assertIn(report["instruction_set"], ["avx512", "avx2"])
        self.assertEqual(list(report["limits"]), LIMITS)
        for name, value in report["limits"].items():
            # Not every processor multiplies bfloat16 numbers.
            (self.assertGreaterEqual if name.startswith("bf16") else self.assertGreater)(value, 0, name)
        self.assertEqual(
            [(result["format"], result["limit"], result["tokens"]) for result in report["results"]],
            [(name, limit, tokens) for name, limit in [("Q4_1", "int8"), ("INT8", "int8"), ("F16", "fp32")]
             for tokens in (1, 8, 64, 512)])
        for result in report["results"]:
            self.assertEqual(list(result), RESULT_FIELDS)
            self.assertEqual((result["rows"], result["columns"]), (33, 64))
            self.assertGreater(result["gigabytes_per_second"], 0)
            limit = report["limits"][result["limit"] + "_giga_operations_per_second"]
            self.assertAlmostEqual(result["share_of_limit"], result["giga_operations_per_second"] / limit)
            self.assertGreater(result["share_of_limit"], 0)

    def test_a_table_without_json(self):
        lines = self.bench("--format", "BF16", "--shape", "16x32", "--shape", "48x64").splitlines()
        self.assertTrue(lines[1].startswith("limits "), lines[1])
        self.assertEqual(
            [line.split()[:3] for line in lines[-2:]],
            [["BF16", "bf16" if "bf16" in lines[1] else "fp32", shape] for shape in ("16x32", "48x64")])

    def test_the_option_measures_what_the_subcommand_does(self):
        arguments = ["--format", "Q8_0", "--shape", "16x32", "--json"]
        reports = [json.loads(self.bench(*arguments, spelling=word)) for word in ("kernels", "--kernels")]
        told = [[(result["format"], result["rows"], result["columns"], result["tokens"])
                 for result in report["results"]] for report in reports]
        self.assertEqual(*told)
        self.assertEqual(told[0], [("Q8_0", 16, 32, tokens) for tokens in (1, 8, 64, 512)])

    def test_what_cannot_be_measured_is_refused(self):
        self.bench("--format", "F32", "--shape", "16x32")
        for arguments, word in [
            (["--block-size=16"], "--block-size has no effect on --kernels"),
            (["--ragged"], "--ragged has no effect on --kernels"),
            (["--format", "Q9"], "must be one of F32, F16, BF16, Q8_0"),
            (["--shape", "96"], "--shape is 96, but must be ROWSxCOLUMNS"),
            (["--shape", "96x33"], "must be a multiple of 32"),
            (["--shape", "99999999x99968"], "at most 268435456"),
            (["--threads", 0], "--threads is 0"),
        ]:
            for spelling in ("kernels", "--kernels"):
                self.assertIn(word, self.quire("bench", spelling, *arguments, expect=64).err)
        self.assertIn("--model", self.quire("bench", "kernels", "--model", "m", expect=64).err)
        self.assertIn("--model is missing", self.quire("bench", expect=64).err)
