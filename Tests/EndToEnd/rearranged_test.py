"""Jobs that are rearranged: equal lines computed once, another order, a dry run; on the real model."""
import json
import os

from harness import MODEL, QuireTestCase

SMALL = ["--max-num-seqs", 4, "--kv-cache-memory", "64MiB", "--threads", 1]


def job_lines():
    shots = ["Translate to French. sea: mer. sky: ciel. " * 8, "List the colours of things. snow: white. grass: green. " * 8]
    lines = []
    for number in range(36):
        line = {"id": f"row-{number}", "prompt": shots[number % 2] + f"thing {number % 6}:", "max_tokens": 2 + number % 3}
        line |= {"temperature": 0} if number % 4 else {"seed": number % 3}
        lines.append(line)
    return lines + [{"prompt": "no seed", "max_tokens": 3}, {"prompt": 5}, {"prompt": "no seed", "max_tokens": 3}]


class Rearranged(QuireTestCase):
    def test_answers_do_not_depend_on_folding_order_and_threads(self):
        source = self.write_lines("in.jsonl", job_lines())
        found = {}
        for name, options in {
            "plain": ["--no-fold", "--no-reorder"], "both": [], "fold": ["--no-reorder"], "order": ["--no-fold"],
            "sorted": ["--ordered"],
        }.items():
            self.quire("run", "--model", MODEL, "-i", source, "-o", self.path(name), "--metrics-file",
                       self.path(name + ".metrics"), *SMALL, *options)
            with open(self.path(name), "rb") as file:
                found[name] = file.read().splitlines()
            with open(self.path(name + ".metrics"), encoding="utf-8") as file:
                told = json.load(file)
            self.assertEqual(told["requests"]["folded"] > 0, name not in ("plain", "order"), name)
        for name, lines in found.items():
            self.assertEqual(sorted(lines), sorted(found["plain"]), name)
        indices = [json.loads(line)["index"] for line in found["sorted"]]
        self.assertEqual(indices, sorted(indices))

    def test_a_dry_run_tells_what_the_job_then_does(self):
        source = self.write_lines("in.jsonl", job_lines())
        command = ["run", "--model", MODEL, "-i", source, "-o", self.path("out.jsonl"), *SMALL]
        told = json.loads(self.quire(*command, "--dry-run", "--json").out)
        self.assertFalse(os.path.exists(self.path("out.jsonl")))
        self.quire(*command, "--metrics-file", self.path("metrics"))
        with open(self.path("metrics"), encoding="utf-8") as file:
            done = json.load(file)
        requests = done["requests"]
        self.assertEqual([told["answerable"], told["errors"]], [requests["answered"], requests["failed"]])
        self.assertEqual(told["errors_by_code"], requests["failed_by_code"])
        self.assertEqual(told["folded"], requests["folded"])
        self.assertEqual(told["prompt_tokens"]["total"], requests["prompt_tokens"])
        self.assertGreaterEqual(told["greatest_answer_tokens"]["total"], requests["output_tokens"])
        self.assertGreaterEqual(told["computed_output_tokens"], done["tokens"]["output_tokens"])
        self.assertGreaterEqual(told["output_bytes"], os.path.getsize(self.path("out.jsonl")))
        self.assertGreater(told["prefix_hit_tokens"], 0)
        self.assertEqual(told["first_errors"][0]["line"], 38)
        text = self.quire(*command, "--dry-run").out
        self.assertIn("line 38: invalid_type: prompt: found 5, expected a string", text)

    def test_a_dry_run_ends_as_the_job_would(self):
        source = self.write_lines("in.jsonl", job_lines())
        command = ["run", "--model", MODEL, "-o", self.path("out.jsonl"), *SMALL]
        self.quire(*command, "-i", source, "--dry-run", "--max-errors", 0, expect=2)
        self.quire(*command, "-i", self.path("nothing"), "--dry-run", expect=66)
        told = self.quire(*command, "-i", source, "--json", expect=64)
        self.assertIn("--json belongs to --dry-run", told.err)
