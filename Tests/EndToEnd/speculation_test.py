"""Drafts: fewer steps for answers that repeat something, and the same bytes; on the real model."""
import json

from harness import MODEL, QuireTestCase

TEXT = "The paper was folded into quires of four sheets, and the quires were sewn together to make the book. "
SCHEMA = {
    "type": "object", "additionalProperties": False, "required": ["material_of_the_page", "number_of_sheets"],
    "properties": {"material_of_the_page": {"enum": ["paper", "parchment"]}, "number_of_sheets": {"type": "integer"}},
}


def job_lines():
    copy = {"messages": [{"role": "user", "content": "Copy this text word for word: " + 2 * TEXT}]}
    greedy = [copy | {"id": f"copy-{size}", "temperature": 0, "max_tokens": size} for size in (1, 2, 61, 120)]
    drawn = [
        {"id": f"drawn-{n}", "prompt": 3 * TEXT, "max_tokens": 60, "temperature": 0.3, "n": n, "logprobs": 1,
         "frequency_penalty": 0.1, "stop": ["sewn"]} for n in (1, 3)]
    constrained = [
        {"id": f"json-{n}", "prompt": f"{n}. {TEXT}As JSON:", "max_tokens": 60, "temperature": 0.5,
         "structured_outputs": {"json": SCHEMA}} for n in range(8)]
    return greedy + drawn + constrained


class Speculation(QuireTestCase):
    def test_answers_are_the_same_bytes_in_fewer_steps(self):
        source = self.write_lines("in.jsonl", job_lines())
        for sequences in (1, 4, 64):
            answers, told = {}, {}
            for choice in ("off", "auto"):
                self.quire("run", "--model", MODEL, "-i", source, "-o", self.path(choice), "--ordered", "--overwrite",
                           "--max-num-seqs", sequences, "--speculation", choice, "--metrics-file", self.path("metrics"))
                with open(self.path(choice), "rb") as file:
                    answers[choice] = file.read()
                with open(self.path("metrics"), encoding="utf-8") as file:
                    told[choice] = json.load(file)
            self.assertEqual(answers["auto"], answers["off"])
            tokens, plain = told["auto"]["tokens"], told["off"]["tokens"]
            self.assertEqual([plain["draft_tokens"], plain["accepted_draft_tokens"]], [0, 0])
            self.assertEqual(tokens["output_tokens"], plain["output_tokens"])
            self.assertEqual([told[choice]["options"]["speculation"] for choice in told], ["off", "auto"])
            if sequences < 64:
                self.assertGreater(tokens["accepted_draft_tokens"], 0)
                self.assertLess(told["auto"]["steps"]["steps"], told["off"]["steps"]["steps"])

    def test_openblas_drafts_nothing(self):
        source = self.write_lines("in.jsonl", job_lines()[:3])
        self.quire("run", "--model", MODEL, "-i", source, "-o", self.path("out"), "--matmul", "openblas",
                   "--speculation", "auto", "--metrics-file", self.path("metrics"))
        with open(self.path("metrics"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["tokens"]["draft_tokens"], 0)

    def test_other_choices_are_refused(self):
        found = self.quire("run", "--model", MODEL, "-i", "-", "-o", "-", "--speculation", "always", expect=64)
        self.assertIn("speculation", found.err)
