"""What the end-to-end tests share: the binary, the real model, a tiny model, and one way to run a command."""
import json
import os
import subprocess
import tempfile
import threading
import time
import unittest

import tiny_model

QUIRE = os.environ["QUIRE"]
MODEL = os.environ["QUIRE_TEST_MODEL"]
RANKS = os.environ["QUIRE_TEST_TIKTOKEN"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def peak_resident_bytes(process):
    """The largest resident set of a running process since its exec, or 0 where the system does not say.

    The figure that wait4 gives is no less than what this script held when it forked."""
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")), 0)
    except (OSError, ValueError):
        return 0


class Result:
    """Exit status, both streams, and the largest resident set of the process in bytes."""

    def __init__(self, status, out, err, peak):
        self.status, self.out, self.err, self.peak = status, out, err, peak


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
            file.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        return self.path(name)

    def lines(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def tiny(self, **shape):
        directory = self.path("tiny")
        if not os.path.isdir(directory):
            tiny_model.write(directory, **shape)
        return directory

    def quire(self, *arguments, stdin=None, timeout=600, expect=0):
        """Runs quire; fails with its messages where the exit status is not the expected one."""
        out = tempfile.TemporaryFile()
        err = tempfile.TemporaryFile()
        process = subprocess.Popen(
            [QUIRE, *map(str, arguments)], stdout=out, stderr=err,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
        if stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        peak, ended = 0, 0
        while not ended:
            peak = max(peak, peak_resident_bytes(process))
            time.sleep(0.005)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
            stream.close()
        result = Result(process.returncode, *texts, peak or usage.ru_maxrss * 1024)
        if expect is not None:
            self.assertEqual(result.status, expect, result.err[-2000:])
        return result
