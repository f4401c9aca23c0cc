#!/usr/bin/env python3
"""Runs the programs of Examples/server against a server with the real model, and checks the unit for systemd.

    pip install -r Examples/server/requirements.txt
    QUIRE_SERVER=BINARY QUIRE_TEST_MODEL=FILE python3 Tests/recipes.py
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, "Examples", "server")
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))
import serving  # noqa: E402


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = serving.Server("--model", os.environ["QUIRE_TEST_MODEL"], "--max-model-len", "2048",
                                   environment={"QUIRE_API_KEYS": "a-key"})

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()

    def lines(self, *command):
        base = f"http://127.0.0.1:{self.server.port}"
        ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=600,
                             env=os.environ | {"OPENAI_BASE_URL": base + "/v1", "OPENAI_API_KEY": "a-key"})
        self.assertEqual(ran.returncode, 0, ran.stderr[-2000:])
        return ran.stdout.strip().split("\n")

    def test_curl(self):
        lines = self.lines("./ask.sh", f"http://127.0.0.1:{self.server.port}")
        self.assertRegex(lines[0], '"object":"list"')
        self.assertRegex(lines[1], '"object":"chat.completion"')
        self.assertEqual(lines[-1], "data: [DONE]")

    def test_openai(self):
        counts = [match.groups() for line in self.lines(sys.executable, "openai_chat.py")
                  if (match := re.fullmatch(r"\((\d+) \+ (\d+) tokens\)", line))]
        self.assertEqual(len(counts), 2)
        # The second prompt holds the first turn.
        self.assertGreater(int(counts[1][0]), sum(map(int, counts[0])))

    def test_langchain(self):
        text = "\n".join(self.lines(sys.executable, "langchain_chain.py"))
        for country in ("France", "Italy", "Spain", "Japan"):
            self.assertIn(f"{country}: ", text)
        self.assertIn("Tokyo", text)
        self.assertIn("Cairo", text)

    def test_ray_data(self):
        rows = [line for line in self.lines(sys.executable, "ray_requests.py") if line.startswith("{'id'")]
        self.assertEqual(len(rows), 12)
        self.assertTrue(all("'answer': '" in row or "'answer': \"" in row for row in rows), rows)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd(self):
        told = subprocess.run(["systemd-analyze", "verify", "quire.service"], cwd=FOLDER, capture_output=True, text=True).stderr
        # The program need not be installed where the unit is checked.
        self.assertEqual([line for line in told.split("\n") if line and "is not executable" not in line], [])
        rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", "quire.service"],
                               cwd=FOLDER, capture_output=True, text=True)
        self.assertEqual(rated.returncode, 0, rated.stdout[-200:])


if __name__ == "__main__":
    unittest.main()
