"""--cache: what a run has answered no other computes, with the same bytes, whatever becomes of the directory."""
import json
import os
import signal
import subprocess
import time
import unittest

import openai_lines
from harness import QUIRE, QuireTestCase


class Cache(QuireTestCase):
    def lines_of_every_kind(self):
        base = {"max_tokens": 12, "ignore_eos": True}
        messages = [{"role": "user", "content": "Hi"}]
        return openai_lines.ANSWERED + [
            {"id": 1, "prompt": "once", **base}, {"id": 2, "prompt": "once", "n": 3, "temperature": 1.2, **base},
            {"id": 3, "prompt": "x", "n": 2, "best_of": 4, **base}, {"id": 4, "messages": messages, "logprobs": 3, **base},
            {"id": 5, "prompt": "x", "temperature": 0, "use_beam_search": True, "n": 2, **base},
            {"id": 6, "prompt": "twice", "prompt_logprobs": 2, "logprobs": 0, **base},
            {"id": 7, "prompt": "y", "stop": ["e", "a"], "max_tokens": 60}, {"id": 8, "prompt": "z", "seed": 4, **base},
            {"id": 9, "prompt": "z", "structured_outputs": {"choice": ["yes", "no"]}},
            {"id": 10, "system": "S", "history": [["a", "b"]], "prompt": "c", **base}, {"prompt": "no id", **base},
            {"id": 13, "turns": ["a", "b"], "temperature": 0, **base}, {"id": 14, "turns": ["a", "b", "c"], **base},
            {"id": 11, "prompt": "wrong", "temperature": 9}, {"id": 12, "prompt": "z", "detokenize": False, "logprobs": 1, **base}]

    def run_job(self, output, *options, expect=0, source="in.jsonl"):
        metrics = self.path("metrics.json")
        told = self.quire(
            "run", "--model", self.tiny(), "-i", self.path(source), "-o", self.path(output), "--ordered", "--overwrite",
            "--metrics-file", metrics, *options, expect=expect).err
        with open(metrics, encoding="utf-8") as file:
            return json.load(file), told

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_a_second_run_computes_nothing_and_writes_the_same(self):
        lines = self.lines_of_every_kind()
        self.write_lines("in.jsonl", lines)
        self.run_job("plain.jsonl", "--include", "token_ids,prompt_token_ids")
        options = ("--cache", self.path("cache"), "--include", "token_ids,prompt_token_ids")
        for number in range(3):
            metrics, told = self.run_job("out.jsonl", *options, *(["--no-fold"] if number == 2 else []))
            self.assertEqual(self.content("out.jsonl"), self.content("plain.jsonl"))
            requests = metrics["requests"]
            self.assertEqual(requests["cached"] > 0, number > 0)
            if number > 0:
                self.assertEqual(requests["cached"] + requests["folded"], len(lines) - 1)
                self.assertEqual(metrics["tokens"]["output_tokens"], 0)
        self.assertIn("(%d from the cache)" % (len(lines) - 1), told)
        # Other options of the answer's form need no computing either, other ones of the answer do.
        self.assertGreater(self.run_job("form.jsonl", "--cache", self.path("cache"))[0]["requests"]["cached"], 0)
        self.assertEqual(self.run_job("exact.jsonl", *options, "--dtype", "float32")[0]["requests"]["cached"], 0)
        dry = json.loads(self.quire(
            "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", "-", "--dry-run", "--json", *options).out)
        self.assertEqual((dry["cached"] + dry["folded"], dry["computed_output_tokens"]), (len(lines) - 1, 0))
        self.assertEqual(len(os.listdir(self.path("cache"))), 2)
        # Of several requests of one line those that were answered cost nothing.
        self.write_lines("more.jsonl", [
            {"id": 13, "turns": ["a", "c"], "temperature": 0, "max_tokens": 12, "ignore_eos": True},
            openai_lines.completion("more", prompt=["a", "c"])])
        dry = json.loads(self.quire(
            "run", "--model", self.tiny(), "-i", self.path("more.jsonl"), "-o", "-", "--dry-run", "--json", *options).out)
        self.assertEqual((dry["cached"], dry["computed_output_tokens"]), (0, 12 + 4))

    def test_a_pipe_has_the_answers_of_files(self):
        self.write_lines("in.jsonl", self.lines_of_every_kind())
        self.run_job("out.jsonl", "--cache", self.path("cache"))
        told = self.quire(
            "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", "-", "--ordered", "--cache", self.path("cache"))
        self.assertEqual(told.out.encode(), self.content("out.jsonl"))
        self.assertIn("from the cache)", told.err)

    def test_a_killed_run_keeps_what_it_had_and_spoilt_files_cost_no_byte(self):
        lines = [{"id": i, "prompt": "p%d" % i, "max_tokens": 60, "ignore_eos": True} for i in range(300)]
        self.write_lines("in.jsonl", lines)
        self.run_job("plain.jsonl")
        cache = self.path("cache")
        process = subprocess.Popen(
            [QUIRE, "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", "/dev/null", "--cache", cache,
             "--max-num-seqs", "2", "--quiet"])
        while process.poll() is None and not any(
                name.endswith(".index") and os.path.getsize(os.path.join(cache, name)) for name in self.names(cache)):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        cached = self.run_job("out.jsonl", "--cache", cache)[0]["requests"]["cached"]
        self.assertGreater(cached, 0)
        self.assertEqual(self.content("out.jsonl"), self.content("plain.jsonl"))
        for name in self.names(cache):
            path = os.path.join(cache, name)
            with open(path, "r+b") as file:
                content = bytearray(file.read())
                content[len(content) // 2] ^= 1
                file.seek(0)
                file.write(content)
        metrics, told = self.run_job("out.jsonl", "--cache", cache)
        self.assertEqual(self.content("out.jsonl"), self.content("plain.jsonl"))
        self.assertEqual(told.count("are damaged"), 1)
        self.assertIn(metrics["requests"]["cached"], range(290, 300))
        for name in self.names(cache):
            with open(os.path.join(cache, name), "wb") as file:
                file.write(os.urandom(100000))
        self.assertEqual(self.run_job("out.jsonl", "--cache", cache)[0]["requests"]["cached"], 0)
        self.assertEqual(self.content("out.jsonl"), self.content("plain.jsonl"))

    def test_two_runs_at_once_and_a_small_cache(self):
        self.write_lines("in.jsonl", [{"id": i, "prompt": "p%d" % i, "max_tokens": 30} for i in range(200)])
        self.write_lines("other.jsonl", [{"id": i, "prompt": "p%d" % i, "max_tokens": 30} for i in range(100, 300)])
        commands = [[QUIRE, "run", "--model", self.tiny(), "-i", self.path(name), "-o", self.path("out." + name), "--quiet",
                     "--cache", self.path("cache"), "--cache-size", "1MiB"] for name in ("in.jsonl", "other.jsonl")]
        for process in [subprocess.Popen(command) for command in commands]:
            self.assertEqual(process.wait(), 0)
        self.assertEqual(self.run_job("a.jsonl", "--cache", self.path("cache"))[0]["requests"]["cached"], 200)
        self.assertEqual(self.run_job("b.jsonl", "--cache", self.path("cache"), source="other.jsonl")[0]["requests"]["cached"], 200)

    def test_what_cannot_be_a_cache_is_refused(self):
        self.write_lines("in.jsonl", [{"prompt": "x"}])
        self.write("file", "")
        for options, status in [(["--cache", self.path("file")], 73), (["--cache", self.path("no/where")], 73),
                                (["--cache", ""], 64), (["--cache-size", "1GiB"], 64),
                                (["--cache", self.path("c"), "--cache-size", "7"], 64)]:
            told = self.quire(
                "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), *options, expect=status)
            self.assertIn("--cache", told.err)
            self.assertFalse(os.path.exists(self.path("out.jsonl")))

    @staticmethod
    def names(directory):
        return os.listdir(directory) if os.path.isdir(directory) else []


if __name__ == "__main__":
    unittest.main()
