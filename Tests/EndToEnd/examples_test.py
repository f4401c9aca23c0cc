"""The file of example prompts on the real model: every line answered, and sensibly."""
import json
import os

from harness import MODEL, ROOT, QuireTestCase

PROMPTS = os.path.join(ROOT, "Examples", "prompts.jsonl")


def text_of(answer):
    if "response" in answer:
        choice = answer["response"]["body"]["choices"][0]
        return choice["text"] if "text" in choice else choice["message"]["content"]
    return answer["outputs"][0]["text"]


class Examples(QuireTestCase):
    def test_every_line_is_answered_in_order_and_the_capital_is_paris(self):
        self.quire("run", "--model", MODEL, "-i", PROMPTS, "-o", self.path("out.jsonl"), "--ordered")
        with open(PROMPTS, encoding="utf-8") as file:
            asked = [json.loads(line) for line in file]
        answers = self.lines("out.jsonl")
        self.assertEqual(
            [answer["custom_id"] for answer in answers],
            [line.get("custom_id", line.get("id")) for line in asked])
        by_id = {}
        for answer in answers:
            self.assertIsNone(answer["error"], answer)
            by_id[answer["custom_id"]] = answer
            self.assertTrue(text_of(answer).strip(), answer)
        self.assertIn("Paris", text_of(by_id["capital"]))
        self.assertIn("4", text_of(by_id[14]))
        self.assertEqual(by_id[14]["metadata"], {"topic": "arithmetic", "weight": 1.0})
        self.assertNotIn("nine", text_of(by_id["stop-string"]))
        self.assertEqual(by_id["stop-string"]["outputs"][0]["stop_reason"], "nine")
        self.assertEqual(by_id["history-zh"]["history"]["rounds_kept"], 1)
        self.assertNotEqual(text_of(by_id["sampled-1"]), text_of(by_id["sampled-2"]))

    def test_the_same_command_gives_the_same_bytes(self):
        outputs = []
        for name in ("first.jsonl", "second.jsonl"):
            self.quire("run", "--model", MODEL, "-i", PROMPTS, "-o", self.path(name), "--ordered")
            with open(self.path(name), "rb") as file:
                outputs.append(file.read())
        self.assertEqual(*outputs)
        self.assertIn(b'"metadata":{"topic":"arithmetic","weight":1.0}', outputs[0])
