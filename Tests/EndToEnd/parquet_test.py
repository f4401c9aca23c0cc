"""Parquet through a pipe, as Examples/parquet does it, where pyarrow is installed."""
import datetime
import decimal
import importlib.util
import json
import os
import subprocess
import sys
import unittest

from harness import QUIRE, ROOT, QuireTestCase

FOLDER = os.path.join(ROOT, "Examples", "parquet")


@unittest.skipUnless(importlib.util.find_spec("pyarrow"), "pyarrow is not installed")
class Parquet(QuireTestCase):
    def script(self, name, *arguments, **options):
        return subprocess.run(
            [sys.executable, os.path.join(FOLDER, name), *arguments], capture_output=True, check=True, **options).stdout

    def test_rows_go_in_and_answers_come_out(self):
        import pyarrow
        import pyarrow.parquet
        rows = [{
            "key": "k%d" % number, "question": 'p "%d"\n' % number, "day": datetime.date(2024, 2, number % 28 + 1),
            "price": decimal.Decimal("1.50"), "raw": b"\xff", "score": float("nan") if number else 0.5,
            "tags": [{"a": number}],
        } for number in range(3000)]
        source = self.path("in.parquet")
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), source, row_group_size=700)
        lines = self.script("rows_to_lines.py", source)
        values = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual(values[1], {
            "key": "k1", "question": 'p "1"\n', "day": "2024-02-02", "price": "1.50", "raw": "/w==", "score": None,
            "tags": [{"a": 1}]})
        lines = self.script("rows_to_lines.py", "--columns", "key,question", source)
        done = subprocess.run(
            [QUIRE, "run", "--model", self.tiny(), "-i", "-", "-o", "-", "--map", "prompt=question,id=key",
             "--max-tokens", "1", "--limit", "60", "--quiet"], input=lines, capture_output=True, check=True)
        self.script("lines_to_rows.py", "--batch-size", "7", self.path("out.parquet"), input=done.stdout)
        table = pyarrow.parquet.read_table(self.path("out.parquet")).to_pylist()
        answers = {answer["custom_id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(len(table), 60)
        for row in table:
            answer = answers[row["id"]]
            self.assertEqual(row["text"], answer["outputs"][0]["text"])
            self.assertEqual(row["completion_tokens"], 1)
            self.assertIsNone(row["error"])

    def test_a_parquet_file_itself_is_named(self):
        path = self.write("in.parquet", b"PAR1" + bytes(100))
        self.assertIn("rows_to_lines.py", self.quire("run", "--model", "none", "-i", path, "-o", "-", expect=65).err)
