"""Answers through Spark are the bytes of one `quire run`, also when a process is killed or a model cannot be loaded.

    QUIRE=… QUIRE_TEST_MODEL=… python3 -m unittest Examples/spark/test_answer.py
"""
import glob
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import spread_lines  # noqa: E402

QUIRE, MODEL = os.environ["QUIRE"], os.environ["QUIRE_TEST_MODEL"]

# A program that is killed in the middle of its first partition, and is quire from then on.
KILLED_ONCE = """#!/bin/sh
if mkdir {flag} 2>/dev/null; then head -c 300 >/dev/null; kill -9 $$; fi
exec {quire} "$@"
"""


class AnswersThroughSpark(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.input, self.expected = spread_lines.write(self.folder, QUIRE, MODEL)

    def run_answer(self, quire, model=MODEL):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "answer.py"), "--quire", quire, "--model", model, "-i", self.input,
             "-o", os.path.join(self.folder, "answers"), "--master", "local[2,3]", "--", "--threads", "1"],
            capture_output=True, text=True)

    def answers(self):
        found = b""
        for path in sorted(glob.glob(os.path.join(self.folder, "answers", "part-*"))):
            with open(path, "rb") as file:
                found += file.read()
        return found

    def test_bytes_are_those_of_one_run(self):
        told = self.run_answer(QUIRE)
        self.assertEqual(told.returncode, 0, told.stderr[-2000:])
        self.assertEqual(self.answers(), self.expected)

    def test_a_process_that_is_killed_is_run_again(self):
        program = os.path.join(self.folder, "killed-once")
        flag = os.path.join(self.folder, "flag")
        with open(program, "w", encoding="utf-8") as file:
            file.write(KILLED_ONCE.format(flag=flag, quire=QUIRE))
        os.chmod(program, 0o755)
        told = self.run_answer(program)
        self.assertEqual(told.returncode, 0, told.stderr[-2000:])
        self.assertTrue(os.path.isdir(flag))
        self.assertEqual(self.answers(), self.expected)

    def test_a_model_that_is_not_there_fails_the_job(self):
        told = self.run_answer(QUIRE, model="no-such-model.gguf")
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("no-such-model.gguf", told.stderr)


if __name__ == "__main__":
    unittest.main()
