"""Malformed lines of many kinds, with good lines between them, on the real model."""
import json
import os

from harness import MODEL, QuireTestCase

FOLDER = os.path.dirname(os.path.abspath(__file__))


class Malformed(QuireTestCase):
    def error_of(self, line):
        """The error of a native or OpenAI output line, or None for an answer."""
        if "response" in line and line["response"]["status_code"] != 200:
            self.assertEqual(line["response"]["body"]["error"]["code"], line["error"]["code"])
        return line["error"]

    def test_each_malformed_line_yields_its_error_and_each_good_line_its_answer(self):
        result = self.quire(
            "run", "--model", MODEL, "-i", os.path.join(FOLDER, "malformed.jsonl"), "-o", self.path("out.jsonl"))
        with open(os.path.join(FOLDER, "malformed.expected.jsonl"), encoding="utf-8") as file:
            expected = [json.loads(line) for line in file]
        by_line = {}
        for line in self.lines("out.jsonl"):
            error = self.error_of(line)
            number = error["line"] if error else line["index"] + 1
            self.assertNotIn(number, by_line)
            by_line[number] = error
            self.assertEqual("outputs" in line, error is None, line)
        self.assertEqual(sorted(by_line), [entry["line"] for entry in expected])
        kinds = set()
        for entry in expected:
            error = by_line[entry["line"]]
            self.assertEqual(error["code"] if error else None, entry["code"], (entry, error))
            if error:
                self.assertIn(entry["words"], error["message"])
                kinds.add((entry["code"], entry["words"]))
        wrong = sum(entry["code"] is not None for entry in expected)
        self.assertGreaterEqual(len(kinds), 40)
        self.assertIn("%d error lines" % wrong, result.err)
        print("%d malformed lines of %d kinds, %d good lines between them" % (
            wrong, len(kinds), len(expected) - wrong))
