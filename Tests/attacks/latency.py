#!/usr/bin/env python3
"""How long a hostile line holds up its neighbours, and how soon a signal is heard beside it.

    Tests/attacks/latency.py QUIRE [--scale 20] [--only NAME …]

Each line of `line_cases.py`, enlarged SCALE times, comes through a pipe between small ones, on a tiny random model. Measured
for each: the longest time in which no small line was answered, less the longest before the hostile line came; the time from
SIGTERM, sent while the hostile line is being read or worked on, to the message that the run stops; and the peak of memory.
Printed are the lines above the bounds (1 s, 100 ms, 1 GB) and the largest of each; it ends with 1 where one is above.
"""
import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402, F401
import line_cases  # noqa: E402
import tiny_model  # noqa: E402

DELAY, HEARD, BYTES = 1.0, 0.1, 1_000_000_000
SMALL = "".join(json.dumps({"id": f"s{i}", "prompt": f"w{i}", "max_tokens": 4}) + "\n" for i in range(64)).encode()


class Job:
    """A run that reads a pipe; the times at which its answers and its messages came."""

    def __init__(self, quire, model):
        self.process = subprocess.Popen(
            [quire, "run", "--model", model, "-i", "-", "-o", "-", "--temperature", "0", "--kv-cache-memory", "16MiB",
             "--max-num-seqs", "16", "--seed", "1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.answers, self.heard, self.small = [], None, 0
        self.threads = [threading.Thread(target=self.read_answers), threading.Thread(target=self.read_messages)]
        for thread in self.threads:
            thread.start()

    def read_answers(self):
        for line in self.process.stdout:
            if line.startswith(b'{"custom_id":"s'):
                self.answers.append(time.monotonic())

    def read_messages(self):
        for line in self.process.stderr:
            if b"interrupted" in line and self.heard is None:
                self.heard = time.monotonic()

    def send(self, text):
        try:
            self.process.stdin.write(text)
            self.process.stdin.flush()
            return True
        except BrokenPipeError:
            return False

    def send_small(self, seconds):
        """Small lines, a few at a time, with ids of their own, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.small += 1
            if not self.send(SMALL.replace(b'"s', b'"s%d.' % self.small)):
                return
            time.sleep(0.01)

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        peak = 0
        while self.process.poll() is None:
            peak = max(peak, self.peak())
            time.sleep(0.01)
        for thread in self.threads:
            thread.join()
        return self.process.returncode, peak

    def peak(self):
        """The most bytes of memory so far; 0 where the process is gone."""
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
                return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM")), 0)
        except OSError:
            return 0


def longest_gap(times, since, until):
    """Seconds of the longest stretch without an answer that begins after `since` and ends before `until`."""
    inside = [time for time in times if since <= time <= until]
    return max((b - a for a, b in zip(inside, inside[1:])), default=0)


def delay(quire, model, line):
    job = Job(quire, model)
    while not job.answers and job.process.poll() is None:
        job.send_small(0.05)
    began = time.monotonic()
    job.send_small(0.7)
    came = time.monotonic()
    job.send(line)
    job.send_small(1.5)
    status, peak = job.end()
    if status != 0:
        sys.exit(f"error: status {status}")
    usual = longest_gap(job.answers, began, came)
    return max(0, longest_gap(job.answers, came - 0.05, float("inf")) - usual), peak


def hearing(quire, model, line, moment):
    """Seconds from SIGTERM, `moment` seconds after the hostile line was sent, to the message."""
    job = Job(quire, model)
    while not job.answers and job.process.poll() is None:
        job.send_small(0.05)
    sender = threading.Thread(target=lambda: (job.send(line), job.send_small(0.3)))
    sender.start()
    time.sleep(moment)
    sent = time.monotonic()
    job.process.send_signal(signal.SIGTERM)
    while job.heard is None and time.monotonic() - sent < 20:
        time.sleep(0.001)
    heard = job.heard - sent if job.heard else float("inf")
    sender.join()
    status, _ = job.end()
    if status != 75:
        sys.exit(f"error: status {status} after SIGTERM")
    return heard


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("quire")
    parser.add_argument("--scale", type=int, default=20)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    above, most = [], [0, 0, 0]
    with tempfile.TemporaryDirectory() as model:
        tiny_model.write(model)
        count = 0
        for name, text in itertools.chain(line_cases.good(arguments.scale), line_cases.wrong(arguments.scale)):
            if arguments.only and name not in arguments.only:
                continue
            count += 1
            line = (text + "\n").encode()
            waited, peak = delay(arguments.quire, model, line)
            heard = max(hearing(arguments.quire, model, line, random.Random(name + str(i)).uniform(0, 0.3)) for i in range(3))
            found = (waited, heard, peak)
            most = [max(pair) for pair in zip(most, found)]
            told = f"{name} ({len(line):,} bytes): neighbours {waited:.2f} s, signal {heard * 1000:.0f} ms, peak {peak >> 20} MiB"
            print(told, flush=True)
            if waited > DELAY or heard > HEARD or peak > BYTES:
                above.append(told)
    print(f"{count} lines; at most: neighbours {most[0]:.2f} s, signal {most[1] * 1000:.0f} ms, peak {int(most[2]) >> 20} MiB")
    for told in above:
        print("above the bounds:", told)
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()
