"""Runs that end by the clock, and that stand back behind others."""
import datetime
import os
import subprocess
import time

from harness import QUIRE, QuireTestCase


class Limits(QuireTestCase):
    def command(self, *options, lines=4000):
        # Enough that no machine answers them within the time that is given.
        source = self.write_lines("in.jsonl", [
            {"id": number, "prompt": "p%d" % number, "max_tokens": 200, "ignore_eos": True} for number in range(lines)])
        return [QUIRE, "run", "--model", self.tiny(), "-i", source, "-o", self.path("out.jsonl"), "--max-num-seqs", "1",
                "--ordered", "--fsync", "none", *map(str, options)]

    def run_job(self, *options, expect=0, **names):
        done = subprocess.run(self.command(*options, **names), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, expect, done.stderr[-2000:])
        return done.stderr

    def test_a_run_ends_when_its_time_has_come_and_goes_on_the_next_time(self):
        soon = datetime.datetime.now() + datetime.timedelta(seconds=5)
        told = self.run_job("--until", soon.strftime("%Y-%m-%dT%H:%M:%S"), expect=75)
        self.assertIn("the time of --until has come", told)
        self.assertIn("run the same command again", told)
        for _ in range(60):
            done = subprocess.run(self.command("--until", "3s", "--max-num-seqs", 8), capture_output=True, text=True, timeout=120)
            if not done.returncode:
                break
            self.assertEqual(done.returncode, 75, done.stderr[-2000:])
        with open(self.path("out.jsonl"), "rb") as file:
            self.assertEqual(file.read().count(b"\n"), 4000)
        self.run_job("--until", "1h30m")

    def test_times_that_cannot_be_are_refused(self):
        for text in ("", "7", "1x", "1m1h", "25:00", "12:60", "2026-02-30T10:00", "tomorrow", "-5s", "1.s", "1s "):
            self.assertIn("--until is %s, but must be" % text, self.run_job("--until", text, expect=64, lines=1))
        self.assertIn("which has passed", self.run_job("--until", "2020-01-01T00:00", expect=64, lines=1))

    def test_nice_lowers_the_priority_of_threads_that_compute(self):
        process = subprocess.Popen(self.command("--nice", 7), stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while not os.path.exists(self.path("out.jsonl")) or not os.path.getsize(self.path("out.jsonl")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        usual = os.getpriority(os.PRIO_PROCESS, 0)
        tasks = os.listdir("/proc/%d/task" % process.pid)
        self.assertGreater(len(tasks), 1)
        for task in tasks:
            with open("/proc/%d/task/%s/comm" % (process.pid, task), encoding="utf-8") as file:
                # Those that read and write are the system's, which as root gives them a priority of their own.
                if "qos" in file.read():
                    continue
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, int(task)), min(19, usual + 7))
        self.assertIn("from -20 to 19", self.run_job("--nice", 20, expect=64, lines=1))
