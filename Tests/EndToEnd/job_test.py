"""Jobs on a tiny random model: streaming, exit codes, memory, interruption."""
import json
import os
import re
import signal
import subprocess
import time

from harness import MODEL, QUIRE, QuireTestCase

# Read by Tests/end_to_end.py.
RUNS_ALONE = "how full the queues of a job get, and so its memory, depends on what else runs"


class Jobs(QuireTestCase):
    def run_tiny(self, *arguments, **options):
        return self.quire("run", "--model", self.tiny(), *arguments, **options)

    def test_answers_do_not_depend_on_batching_order_or_neighbours(self):
        lines = [{"id": index, "prompt": "text %d " % index * (1 + index % 5), "max_tokens": 1 + index % 9,
                  "temperature": 0.0 if index % 2 else 0.9} for index in range(40)]
        answers = []
        for name, order, options in [
            ("a", lines, ["--max-num-seqs", 1]),
            ("b", lines, ["--max-num-seqs", 64, "--max-num-batched-tokens", 16]),
            ("c", lines[::-1], ["--max-num-seqs", 7, "--block-size", 4]),
            ("d", lines, ["--kv-cache-memory", "40KiB", "--max-num-seqs", 64, "--block-size", 4]),
        ]:
            source = self.write_lines(name + ".jsonl", order)
            self.run_tiny("-i", source, "-o", self.path(name + ".out"), *options)
            answers.append({answer["custom_id"]: answer["outputs"] for answer in self.lines(name + ".out")})
        for other in answers[1:]:
            self.assertEqual(answers[0], other)

    def test_peak_memory_grows_by_16_bytes_a_line(self):
        # Fewer lines than these do not fill what is read ahead, kept for equal lines, and waits to be written.
        counts, peaks = (40_000, 200_000), []
        for count in counts:
            source = self.write_lines("in.jsonl", ({"id": f"line-{n}", "prompt": f"p {n}"} for n in range(count)))
            # How full the queues between reading, computing and writing get differs from run to run, by some 2 MB.
            peaks.append(min(self.peak_memory(
                "run", "--model", self.tiny(), "-i", source, "-o", self.path("out.jsonl"), "--overwrite",
                "--max-tokens", 1, "--quiet") for _ in range(3)))
            with open(self.path("out.jsonl"), "rb") as file:
                self.assertEqual(sum(1 for _ in file), count)
        growth, keys = peaks[1] - peaks[0], 16 * (counts[1] - counts[0])
        print("peak memory of %d and %d lines: %.1f and %.1f MB, %.1f MB more; 16 bytes a line are %.1f MB" % (
            *counts, peaks[0] / 1e6, peaks[1] / 1e6, growth / 1e6, keys / 1e6))
        self.assertLessEqual(growth, keys + 2_000_000)

    def test_exit_codes(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        out = self.path("out.jsonl")
        self.quire("run", "--nonsense", expect=64)
        self.run_tiny("-i", source, "-o", out, "--temperature", "hot", expect=64)
        self.run_tiny("-i", source, "-o", out, "--temperature", "3", expect=64)
        self.quire("run", "--model", source, "-i", source, "-o", out, expect=65)
        self.run_tiny("-i", self.path("missing.jsonl"), "-o", out, expect=66)
        self.run_tiny("-i", source, "-o", source, expect=73)
        self.run_tiny("-i", source, "-o", self.path("no/such/folder/out.jsonl"), expect=73)
        os.symlink(source, self.path("link.jsonl"))
        self.run_tiny("-i", source, "-o", self.path("link.jsonl"), "--overwrite", expect=73)
        self.run_tiny("-i", source, "-o", out, expect=0)
        before = self.lines("out.jsonl")
        self.run_tiny("-i", source, "-o", out, expect=0)  # nothing is left to do
        self.assertEqual(self.lines("out.jsonl"), before)
        self.run_tiny("-i", source, "-o", out, "--overwrite", expect=0)
        bad = self.write_lines("bad.jsonl", [{"prompt": 1}] * 5)
        self.run_tiny("-i", bad, "-o", out, "--overwrite", "--max-errors", 2, expect=2)
        if os.path.exists("/dev/full"):
            self.run_tiny("-i", source, "-o", "/dev/full", "--overwrite", expect=74)

    def test_an_output_that_is_a_file_of_the_model_is_refused_and_left_alone(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        config = self.write("defaults.json", "{}")
        files = [os.path.join(self.tiny(), name) for name in sorted(os.listdir(self.tiny()))] + [config]
        os.symlink(files[0], self.path("link.json"))
        for output in [*files, self.path("link.json")]:
            with open(output, "rb") as file:
                before = file.read()
            done = self.run_tiny(
                "-i", source, "-o", output, "--overwrite", "--generation-config", config, expect=73)
            self.assertIn(output, done.err)
            with open(output, "rb") as file:
                self.assertEqual(file.read(), before)
        for _ in range(2):  # answers may stand beside the model
            self.run_tiny("-i", source, "-o", os.path.join(self.tiny(), "answers.json"), "--overwrite")

    def test_a_wrong_option_is_named_with_its_value_and_a_way_out(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a"}])
        for option, value, words in [
            ("--kv-cache-memory", "1KB", "as in 512MiB"), ("--kv-cache-memory", "-1", "above 0"),
            ("--kv-cache-memory", "1", "at least"), ("--max-model-len", "100000", "256"),
            ("--stop-token-ids", "999999", "vocabulary, 0..<259"), ("--block-size", "5000", "between 1 and 1024"),
        ]:
            done = self.run_tiny("-i", source, "-o", self.path("out.jsonl"), option, value, expect=64)
            for word in (option, value, words):
                self.assertIn(word, done.err.splitlines()[-1])
            self.assertNotIn("generation-config", done.err)

    def test_quiet_and_a_log_level_that_says_more_are_refused_together(self):
        source = self.write_lines("in.jsonl", [{"id": 1, "prompt": "a", "max_tokens": 1}])
        out = self.path("out.jsonl")
        done = self.run_tiny("-i", source, "-o", out, "--quiet", "--log-level", "debug", expect=64)
        for word in ("--quiet", "--log-level is debug", "leave one of them out"):
            self.assertIn(word, done.err)
        self.assertEqual(self.run_tiny("-i", source, "-o", out, "--quiet", "--log-level", "error").err, "")

    def test_a_text_that_looks_like_an_option_or_is_empty_is_taken(self):
        source = self.write_lines("in.jsonl", [{"id": 1, "prompt": "a", "max_tokens": 2}])
        counts = []
        for name, arguments in [
            ("a", ["--system", "--dry-run"]), ("b", ["--system=--dry-run"]),
            ("c", ["--system", ""]), ("d", ["--system="]), ("e", ["--stop", "--dry-run"]),
        ]:
            self.run_tiny("-i", source, "-o", self.path(name), *arguments)
            counts.append(self.lines(name)[0]["usage"]["prompt_tokens"])
        self.assertEqual(counts, [counts[2] + len("--dry-run")] * 2 + [counts[2]] * 2 + [1])

    def test_a_vast_cache_is_cut_to_what_the_sequences_can_use(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        done = self.run_tiny(
            "-i", source, "-o", self.path("out.jsonl"), "--kv-cache-memory", "5000GiB",
            "--max-num-seqs", 4)
        self.assertIn("KV cache of 1024 tokens", done.err)

    def test_a_cache_size_is_kept_to_the_block_in_every_unit(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        refused = self.run_tiny("-i", source, "-o", self.path("out.jsonl"), "--kv-cache-memory", "1", expect=64)
        block = int(re.search(r"\((\d+) bytes for this model", refused.err)[1])
        for size, count in [
            (3 * block - 1, 2), (3 * block, 3), (3 * block + 1, 3), ("100KiB", 102_400 // block),
            ("1MiB", (1 << 20) // block), ("1GiB", (1 << 30) // block),
        ]:
            done = self.run_tiny(
                "-i", source, "-o", self.path("out.jsonl"), "--overwrite", "--max-num-seqs", 65_536,
                "--kv-cache-memory", size)
            self.assertIn(f"({count} blocks of 16, ", done.err)
            self.assertEqual("--max-tokens exceed that is refused" in done.err, count < 16)
            if count >= 32:
                self.assertIn(f": {count // 16} sequences of 256 tokens", done.err)

    def test_a_length_beyond_the_cache_is_refused_before_the_model_loads(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        done = self.run_tiny(
            "-i", source, "-o", self.path("out.jsonl"), "--kv-cache-memory", "8KiB", "--max-model-len", 200,
            expect=64)
        self.assertIn("--max-model-len is 200, but the KV cache holds", done.err)

    def test_a_small_job_takes_little_of_a_large_cache(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        peaks = [
            self.peak_memory(
                "run", "--model", MODEL, "-i", source, "-o", self.path("out.jsonl"), "--overwrite", "--quiet",
                "--kv-cache-memory", size)
            for size in ("16MiB", "20GiB")
        ]
        self.assertLess(peaks[1] - peaks[0], 32 << 20)

    def test_standard_input_is_answered_as_it_comes(self):
        process = subprocess.Popen(
            [QUIRE, "run", "--model", self.tiny(), "-i", "-", "-o", "-", "--max-tokens", "2", "--quiet"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for index in range(3):
            process.stdin.write(json.dumps({"id": index, "prompt": "x"}).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())  # before the input has ended
            self.assertEqual(answer["custom_id"], index)
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"")
        self.assertEqual(process.wait(timeout=60), 0)
        process.stdout.close()

    def test_an_interrupted_job_leaves_whole_lines_and_says_75(self):
        source = self.write_lines(
            "in.jsonl", ({"id": n, "prompt": "x", "max_tokens": 200, "ignore_eos": True} for n in range(20_000)))
        process = subprocess.Popen(
            [QUIRE, "run", "--model", self.tiny(), "-i", source, "-o", self.path("out.jsonl"), "--quiet"])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if os.path.exists(self.path("out.jsonl")) and os.path.getsize(self.path("out.jsonl")) > 0:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 75)
        with open(self.path("out.jsonl"), "rb") as file:
            content = file.read()
        self.assertTrue(content.endswith(b"\n"))
        for line in content.splitlines():
            self.assertIsNone(json.loads(line)["error"])

    def test_what_can_never_fit_is_an_error_line(self):
        source = self.write_lines("in.jsonl", [
            {"id": "long", "prompt": "x" * 300, "max_tokens": 2},
            {"id": "cache", "prompt": "x" * 60, "max_tokens": 100},
            {"id": "good", "prompt": "x", "max_tokens": 2}])
        self.run_tiny("-i", source, "-o", self.path("out.jsonl"), "--kv-cache-memory", "8KiB")
        answers = {answer["custom_id"]: answer for answer in self.lines("out.jsonl")}
        self.assertIsNotNone(answers["long"]["error"])
        self.assertIsNotNone(answers["cache"]["error"])
        self.assertIsNone(answers["good"]["error"])
