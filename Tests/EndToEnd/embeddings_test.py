"""Embeddings, scores of pairs and ranks as lines of a batch: against transformers and sentence-transformers, whatever the
batch, after a death, from the cache, and through the server."""
import base64
import json
import math
import os
import random
import struct
import subprocess
import time
import unittest

import golden_checkpoint
import tiny_gguf
from harness import QUIRE, QuireTestCase

ALL = ("qwen3-embedding", "llama-mean", "llama-first", "llama-causal", "qwen3-reranker", "llama-logit-score", "qwen3-classifier",
       "llama-classifier")
# On the same numbers, as files store them: single precision throughout.
EXACT = ("--dtype", "float32", "--kv-cache-dtype", "float32")


def line(custom_id, url, **body):
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body}


class Embeddings(QuireTestCase):
    def checkpoint(self, name):
        directory = self.path(name)
        return directory if os.path.isdir(directory) else golden_checkpoint.write(directory, golden_checkpoint.golden(name))

    def run_lines(self, name, lines, *options, expect=0, output="out.jsonl"):
        self.write_lines("in.jsonl", lines)
        self.quire(
            "run", "--model", self.checkpoint(name), "-i", self.path("in.jsonl"), "-o", self.path(output),
            "--ordered", "--overwrite", *options, expect=expect)
        return self.lines(output)

    def bodies(self, name, lines, *options):
        answers = self.run_lines(name, lines, *options)
        self.assertEqual([answer["response"]["status_code"] for answer in answers], [200] * len(lines), answers)
        return [answer["response"]["body"] for answer in answers]

    def assert_near(self, found, expected, message=None):
        self.assertEqual(len(found), len(expected), message)
        for left, right in zip(found, expected):
            self.assertLess(abs(left - right), 1e-4, message)

    def test_vectors_and_scores_are_those_of_the_python_packages(self):
        for name in ALL:
            golden = golden_checkpoint.golden(name)
            with self.subTest(name=name):
                embeddings, short, ids, scores, ranks = self.bodies(name, [
                    line("e", "/v1/embeddings", model="m", input=golden["texts"]),
                    line("d", "/v1/embeddings", model="m", input=golden["texts"], dimensions=golden["dimensions"]),
                    line("i", "/v1/embeddings", model="m", input=golden["tokens"]),
                    line("s", "/score", text_1=[a for a, _ in golden["pairs"]], text_2=[b for _, b in golden["pairs"]]),
                    line("r", "/v1/rerank", query=golden["pairs"][0][0], documents=[b for _, b in golden["pairs"][:2]]),
                ], *EXACT)
                for index, (item, expected) in enumerate(zip(embeddings["data"], golden["embeddings"])):
                    self.assertEqual((item["object"], item["index"]), ("embedding", index))
                    self.assert_near(item["embedding"], expected, golden["texts"][index])
                for item, expected in zip(short["data"], golden["shortened"]):
                    self.assert_near(item["embedding"], expected)
                self.assertEqual(ids["data"], embeddings["data"])
                tokens = sum(map(len, golden["tokens"]))
                self.assertEqual(embeddings["usage"], {"prompt_tokens": tokens, "total_tokens": tokens})
                self.assert_near([item["score"] for item in scores["data"]], golden["scores"])
                order = sorted((0, 1), key=lambda index: -golden["scores"][index])
                self.assertEqual([item["index"] for item in ranks["results"]], order)
                self.assert_near(
                    [item["relevance_score"] for item in ranks["results"]], [golden["scores"][index] for index in order])
                self.assertEqual(ranks["results"][0]["document"]["text"], golden["pairs"][order[0]][1])

    def test_bytes_do_not_depend_on_the_batch(self):
        for name in ("qwen3-embedding", "llama-mean", "llama-first", "qwen3-reranker"):
            golden = golden_checkpoint.golden(name)
            lines = [line(f"e{index}", "/v1/embeddings", input=text) for index, text in enumerate(golden["texts"])]
            lines += [line(f"s{index}", "/score", text_1=a, text_2=b) for index, (a, b) in enumerate(golden["pairs"])]
            if name != "llama-mean" and name != "llama-first":
                lines.append({"custom_id": "g", "prompt": golden["texts"][5], "max_tokens": 8, "temperature": 0})
            expected = self.run_lines(name, lines)
            for options in (
                    ("--max-num-batched-tokens", "7"), ("--max-num-seqs", "1"), ("--no-enable-prefix-caching",),
                    ("--threads", "1"), ("--block-size", "8", "--max-num-batched-tokens", "33", "--max-num-seqs", "3")):
                with self.subTest(name=name, options=options):
                    self.assertEqual(self.run_lines(name, lines, *options), expected)
            with self.subTest(name=name, order="reversed"):
                self.assertEqual(self.run_lines(name, lines[::-1])[::-1], [
                    answer if "index" not in answer else {**answer, "index": 0} for answer in expected])

    def test_forms_of_bodies(self):
        golden = golden_checkpoint.golden("qwen3-embedding")
        text = golden["texts"][2]
        floats, packed, plain, cut = self.bodies("qwen3-embedding", [
            line("f", "https://host/openai/v1/embeddings?x=1", input=[text], encoding_format="float", user="u", priority=3),
            line("b", "/v1/embeddings", input=text, encoding_format="base64"),
            line("p", "/v1/embeddings", input=golden["tokens"][2][:-1]),
            line("c", "/v1/embeddings", input=text, truncate_prompt_tokens=9),
        ])
        vector = floats["data"][0]["embedding"]
        raw = base64.b64decode(packed["data"][0]["embedding"], validate=True)
        self.assertEqual(struct.unpack(f"<{len(vector)}f", raw), struct.unpack(
            f"<{len(vector)}f", struct.pack(f"<{len(vector)}f", *vector)))
        self.assertLess(abs(math.sqrt(sum(x * x for x in vector)) - 1), 1e-6)
        # The tokenizer's end is behind a text, and is kept where the text is cut.
        self.assertNotEqual(plain["data"], floats["data"])
        self.assertEqual(cut["usage"]["prompt_tokens"], 9)
        ids, = self.bodies("qwen3-embedding", [
            line("i", "/v1/embeddings", input=golden["tokens"][2][:8] + golden["tokens"][2][-1:])])
        self.assertEqual(ids["data"], cut["data"])
        bare, = self.bodies("qwen3-embedding", [line("a", "/v1/embeddings", input=text, add_special_tokens=False)])
        self.assertEqual(bare["data"], plain["data"])

    def test_urls_of_scores_and_ranks(self):
        body = {"query": "a", "documents": ["b", {"text": "c"}, "a"], "top_n": 2}
        answers = self.bodies("llama-causal", [
            line(url, url, **body) for url in ("/rerank", "/v1/rerank", "/v2/rerank", "http://host:8000/v2/rerank")])
        self.assertEqual([len(answer["results"]) for answer in answers], [2] * 4)
        self.assertEqual([answer["results"] for answer in answers], [answers[0]["results"]] * 4)
        # The same text is nearest.
        self.assertEqual(answers[0]["results"][0]["index"], 2)
        self.assertLess(abs(answers[0]["results"][0]["relevance_score"] - 1), 1e-6)
        scores = self.bodies("llama-causal", [
            line(url, url, text_1="a", text_2=["b", "c", "a"]) for url in ("/score", "/v1/score", "https://h/x/score")])
        self.assertEqual([score["data"] for score in scores], [scores[0]["data"]] * 3)
        one, = self.bodies("llama-causal", [line("1", "/score", text_1="a", text_2="c")])
        self.assertEqual(one["data"][0]["score"], scores[0]["data"][1]["score"])
        listed, = self.bodies("llama-causal", [line("n", "/score", queries=["a", "b"], documents=["c", "b"])])
        self.assertEqual(listed["data"][0]["score"], one["data"][0]["score"])

    def test_errors_name_the_field_of_the_line(self):
        long = "x" * 600
        cases = [
            ("/v1/embeddings", {}, "input"), ("/v1/embeddings", {"input": []}, "input"),
            ("/v1/embeddings", {"input": 7}, "input"), ("/v1/embeddings", {"input": ["a", 7]}, "input[1]"),
            ("/v1/embeddings", {"input": long}, "input"), ("/v1/embeddings", {"input": ["a", long]}, "input[1]"),
            ("/v1/embeddings", {"input": [[1], [99999]]}, "input[1]"), ("/v1/embeddings", {"input": [99999]}, "input"),
            ("/v1/embeddings", {"input": "a", "dimensions": 0}, "dimensions"),
            ("/v1/embeddings", {"input": "a", "dimensions": 49}, "dimensions"),
            ("/v1/embeddings", {"input": "a", "encoding_format": "int8"}, "encoding_format"),
            ("/v1/embeddings", {"input": "a", "temperature": 0}, "temperature"),
            ("/v1/embeddings", {"input": "a", "truncate_prompt_tokens": 0}, "truncate_prompt_tokens"),
            ("/v1/embeddings", {"input": "a", "truncate_prompt_tokens": 513}, "truncate_prompt_tokens"),
            ("/v1/embeddings", {"messages": [{"role": "user", "content": "a"}]}, "messages"),
            ("/score", {"text_1": "a"}, "text_2"), ("/score", {"text_2": "a"}, "text_1"),
            ("/score", {"text_1": ["a", "b"], "text_2": ["a"]}, "text_2"), ("/score", {"text_1": "a", "text_2": []}, "text_2"),
            ("/score", {"text_1": "a", "text_2": ["b", long]}, "text_2[1]"),
            ("/score", {"text_1": "a", "queries": "b", "text_2": "c"}, "queries"),
            ("/rerank", {"query": "a"}, "documents"), ("/rerank", {"documents": ["a"]}, "query"),
            ("/rerank", {"query": long, "documents": ["a"]}, "query"),
            ("/rerank", {"query": "a", "documents": ["b"], "top_n": -1}, "top_n"),
            ("/rerank", {"query": "a", "documents": ["b"], "max_tokens_per_doc": 4}, "max_tokens_per_doc"),
        ]
        lines = [line(str(number), url, **body) for number, (url, body, _) in enumerate(cases)]
        answers = self.run_lines("qwen3-embedding", [*lines, line("good", "/v1/embeddings", input="a")])
        for (url, body, field), answer in zip(cases, answers):
            error = answer["response"]["body"].get("error", {})
            self.assertEqual((answer["response"]["status_code"], error.get("param")), (400, field), (url, str(body)[:80], error))
            self.assertIn(field.split("[")[0], error["message"])
        self.assertEqual(answers[-1]["response"]["status_code"], 200)

    def test_a_text_of_the_whole_length_is_read_and_one_token_more_is_not(self):
        answers = self.run_lines("llama-mean", [
            line("whole", "/v1/embeddings", input=[65] * 512), line("more", "/v1/embeddings", input=[65] * 513),
            line("cut", "/v1/embeddings", input=[65] * 513, truncate_prompt_tokens=-1)])
        self.assertEqual([answer["response"]["status_code"] for answer in answers], [200, 400, 200])
        bodies = [answer["response"]["body"] for answer in answers]
        self.assertEqual(bodies[1]["error"]["code"], "context_length_exceeded")
        self.assertEqual(bodies[2], bodies[0])

    def test_files_say_what_is_not_done(self):
        golden = golden_checkpoint.golden("llama-mean")
        golden["files"]["1_Pooling/config.json"] |= {"pooling_mode_max_tokens": True}
        golden_checkpoint.write(self.path("max"), golden)
        golden = golden_checkpoint.golden("qwen3-embedding")
        golden["config"]["matryoshka_dimensions"] = [8, 16]
        golden["files"]["modules.json"].append({"idx": 3, "name": "3", "path": "3_Dense", "type": "x.Dense"})
        golden_checkpoint.write(self.path("dense"), golden)
        golden["files"]["modules.json"].pop()
        golden_checkpoint.write(self.path("listed"), golden)
        golden = golden_checkpoint.golden("qwen3-classifier")
        golden["tensors"][-1]["shape"][0] = 3
        self.assertEqual(golden["tensors"][-1]["name"], "score.weight")
        golden_checkpoint.write(self.path("three"), golden)
        for name, what, words in (
                ("max", line("a", "/v1/embeddings", input="a"), "max_tokens"),
                ("dense", line("a", "/v1/embeddings", input="a"), "Dense"),
                ("listed", line("a", "/v1/embeddings", input="a", dimensions=12), "8, 16"),
                ("three", line("a", "/score", text_1="a", text_2="b"), "3 classes"),
                ("llama-first", {"custom_id": "a", "prompt": "x"}, "output head")):
            with self.subTest(name=name):
                answer, = self.run_lines(name, [what], expect=3)
                error = answer["response"]["body"]["error"] if "response" in answer else answer["error"]
                self.assertIn(words, error["message"])

    def test_gguf_files_say_how_they_pool(self):
        golden = golden_checkpoint.golden("llama-mean")
        self.quire("convert", self.checkpoint("llama-mean"), "-o", self.path("mean.gguf"), "--format", "F32")
        self.write_lines("in.jsonl", [line("e", "/v1/embeddings", input=golden["texts"])])
        self.quire("run", "--model", self.path("mean.gguf"), "-i", self.path("in.jsonl"), "-o", self.path("o.jsonl"), *EXACT)
        for item, expected in zip(self.lines("o.jsonl")[0]["response"]["body"]["data"], golden["embeddings"]):
            self.assert_near(item["embedding"], expected)
        refused = self.quire(
            "convert", self.checkpoint("qwen3-classifier"), "-o", self.path("c.gguf"), "--format", "F32", expect=65)
        self.assertIn("classifier", refused.err)

    def test_a_gguf_rerankers_classes_are_rows_on_the_last_state(self):
        def logit(classes, index):
            rows = [[float(index == column) if row == 0 else 0.0 for column in range(256)] for row in range(classes)]
            data = b"".join(struct.pack("<256f", *row) for row in rows)
            tiny_gguf.write(
                self.path("r.gguf"), ["Q4_K"], extra={"llama.pooling_type": 4, "llama.classifier.output_labels": ["yes", "no"]},
                more=[("cls.output", (classes, 256), tiny_gguf.F32, data)])
            self.write_lines("in.jsonl", [
                line("s", "/score", text_1="What is", text_2=" it?"), line("e", "/v1/embeddings", input="What is it?")])
            told = self.quire(
                "run", "--model", self.path("r.gguf"), "-i", self.path("in.jsonl"), "-o", self.path("o.jsonl"), "--ordered", "--overwrite")
            self.assertNotIn("passed over", told.err)
            score, vector = (answer["response"]["body"]["data"][0] for answer in self.lines("o.jsonl"))
            return score["score"], vector["embedding"][index]

        (first, a), (second, b) = logit(1, 3), logit(1, 7)
        self.assertLess(abs(first * b - second * a), 1e-5)
        chance, _ = logit(2, 3)
        self.assertLess(abs(chance - 1 / (1 + math.exp(-first))), 1e-6)

    def requests(self):
        with open(self.path("metrics.json"), encoding="utf-8") as file:
            return json.load(file)["requests"]

    def test_equal_lines_are_computed_once_and_kept_for_other_runs(self):
        golden = golden_checkpoint.golden("llama-mean")
        lines = [line(f"e{index}", "/v1/embeddings", input=[text, "same"]) for index, text in enumerate(golden["texts"] * 2)]
        lines += [line(f"r{index}", "/rerank", query=str(index % 3), documents=golden["texts"]) for index in range(6)]
        lines += [line("1", "/v1/embeddings", input="once"), line("7", "/v1/embeddings", input="once", dimensions=7)]
        expected = self.run_lines("llama-mean", lines, "--no-fold")
        options = ("--cache", self.path("cache"), "--metrics-file", self.path("metrics.json"))
        for number in range(2):
            self.assertEqual(self.run_lines("llama-mean", lines, *options), expected)
            found = self.requests()
            self.assertEqual((found["folded"], found["cached"]), (9, 11 if number else 0))
        dry = self.quire(
            "run", "--model", self.checkpoint("llama-mean"), "-i", self.path("in.jsonl"), "-o", "-", "--dry-run", "--json")
        report = json.loads(dry.out)
        self.assertEqual((report["folded"], report["computed_output_tokens"]), (9, 0))
        # What says how vectors are pooled is a part of the model.
        golden["files"]["1_Pooling/config.json"] |= {"pooling_mode_mean_tokens": False, "pooling_mode_lasttoken": True}
        golden_checkpoint.write(self.path("llama-mean"), golden)
        self.assertNotEqual(self.run_lines("llama-mean", lines, *options), expected)
        self.assertEqual(self.requests()["cached"], 0)

    def test_a_killed_job_goes_on_to_the_same_bytes(self):
        generator = random.Random(5)
        words = [f"{generator.random()} " * 12 for _ in range(40)]
        lines = [line(f"e{index}", "/v1/embeddings", input=[f"{index} {word}" for word in words]) for index in range(12)]
        lines += [line(f"r{index}", "/rerank", query=str(index), documents=words) for index in range(12)]
        expected = self.run_lines("llama-mean", lines)
        run = ("run", "--model", self.checkpoint("llama-mean"), "-i", self.path("in.jsonl"), "-o", self.path("k.jsonl"), "--ordered",
               "--max-num-batched-tokens", "64", "--threads", "1")
        kills = 0
        for delay in (0.4, 0.6, 0.8, 1.0, 1.4):
            process = subprocess.Popen([QUIRE, *run, "--quiet"], stderr=subprocess.DEVNULL)
            time.sleep(delay)
            kills += process.poll() is None
            process.kill()
            process.wait()
        self.assertGreater(kills, 0)
        self.quire(*run)
        self.assertEqual(self.lines("k.jsonl"), expected)


if __name__ == "__main__":
    unittest.main()
