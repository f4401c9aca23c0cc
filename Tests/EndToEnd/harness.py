"""What the end-to-end tests share: the binary, the real model, a tiny model, and one way to run a command."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

import tiny_model

QUIRE = os.environ["QUIRE"]
MODEL = os.environ["QUIRE_TEST_MODEL"]
RANKS = os.environ["QUIRE_TEST_TIKTOKEN"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What a script starts in the background ignores SIGINT, and under nohup SIGHUP; so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Result:
    """Exit status and both streams."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


# A process inherits the peak of the one that started it, so a small one stands between.
PEAK = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, file=sys.stderr)
sys.exit(status)
"""


class QuireTestCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.path(name), mode, **({} if mode == "wb" else {"encoding": "utf-8"})) as file:
            file.write(content)
        return self.path(name)

    def write_lines(self, name, values):
        with open(self.path(name), "w", encoding="utf-8") as file:
            for value in values:
                file.write(json.dumps(value, ensure_ascii=False) + "\n")
        return self.path(name)

    def lines(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def tiny(self, **shape):
        directory = self.path("tiny")
        if not os.path.isdir(directory):
            tiny_model.write(directory, **shape)
        return directory

    def quire(self, *arguments, stdin=None, timeout=600, expect=0, environment=None):
        """Runs quire, with further variables of the environment; fails with its messages where the exit status is not
        the expected one."""
        done = subprocess.run(
            [QUIRE, *map(str, arguments)], input=b"" if stdin is None else stdin, capture_output=True,
            timeout=timeout, env=os.environ | (environment or {}))
        result = Result(
            done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        if expect is not None:
            self.assertEqual(result.status, expect, result.err[-2000:])
        return result

    def peak_memory(self, *arguments):
        """Runs quire, which must succeed, and returns its largest resident set in bytes."""
        done = subprocess.run(
            [sys.executable, "-S", "-c", PEAK, QUIRE, *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return int(done.stderr.split()[-1])
