"""What a run tells while it goes on: its bar on a terminal, messages as JSON, metrics that are kept up to date."""
import datetime
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from harness import MODEL, QUIRE, QuireTestCase


class Screen:
    """Lines of a terminal as `\\r` and `\\n` make them."""

    def __init__(self):
        self.lines, self.column = [""], 0

    def feed(self, text):
        for character in text:
            if character == "\r":
                self.column = 0
            elif character == "\n":
                # As a terminal makes of it by itself.
                self.lines.append("")
                self.column = 0
            else:
                line = self.lines[-1].ljust(self.column)
                self.lines[-1] = line[:self.column] + character + line[self.column + 1:]
                self.column += 1


class Terminals(QuireTestCase):
    def setUp(self):
        super().setUp()
        # Some seconds of work, so that a bar moves.
        words = "one two three four five six seven eight nine ten " * 5
        self.source = self.write_lines(
            "in.jsonl", [{"id": number, "prompt": f"{number}: {words}", "ignore_eos": True} for number in range(40)])

    def command(self, *options, output="out.jsonl"):
        return [
            QUIRE, "run", "--model", MODEL, "-i", self.source, "-o",
            output if output == "-" else self.path(output), "--max-tokens", "96", "--max-num-seqs", "8",
            "--threads", "1", "--kv-cache-memory", "64MiB", *map(str, options)]

    def on_terminal(self, command, columns, out=subprocess.DEVNULL, resized=None):
        """Runs a command whose standard error, and standard output where asked, is a terminal; returns what it showed
        before and after its size changed, each as it came."""
        leader, follower = pty.openpty()
        # As the program writes it: no `\\n` becomes `\\r\\n`.
        settings = termios.tcgetattr(follower)
        settings[1] &= ~termios.OPOST
        termios.tcsetattr(follower, termios.TCSANOW, settings)
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=follower if out == "terminal" else out, stderr=follower)
        shown = [""]
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            ready, _, _ = select.select([leader], [], [], 0.1)
            if ready:
                shown[-1] += os.read(leader, 65536).decode("utf-8", "replace")
            elif process.poll() is not None:
                break
            if resized and len(shown) == 1 and shown[0].count("\r") > 4:
                fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, resized, 0, 0))
                # A bar may be on its way.
                time.sleep(0.5)
                shown[0] += os.read(leader, 65536).decode("utf-8", "replace") if select.select([leader], [], [], 0)[0] else ""
                shown.append("")
        os.close(follower)
        os.close(leader)
        self.assertEqual(process.wait(timeout=30), 0, shown)
        return shown

    def test_the_bar_keeps_to_the_width_of_the_terminal(self):
        for columns in (100, 40, 9):
            shown, = self.on_terminal(self.command("--overwrite"), columns)
            # Messages are wrapped by the terminal; only bars have to fit.
            bars = [bar for bar in re.findall(r"\r([^\r\n]*)", shown) if not bar.startswith("quire: ")]
            self.assertGreater(len(bars), 3)
            self.assertLess(max(map(len, bars)), columns)
            self.assertIn("lines", "".join(bars))
            # In 40 columns a short one has its place as long as the figures are short.
            if columns != 40:
                self.assertEqual("[#" in shown, columns == 100, shown[-2000:])
            screen = Screen()
            screen.feed(shown)
            for line in screen.lines:
                self.assertTrue(line.startswith("quire: ") or not line.strip(), line)

    def test_the_bar_follows_a_terminal_that_changes_its_width(self):
        before, after = self.on_terminal(self.command(), 120, resized=40)
        bars = [bar for bar in re.findall(r"\r([^\r\n]*)", after) if not bar.startswith("quire: ")]
        self.assertGreater(max(map(len, re.findall(r"\r([^\r\n]*)", before))), 40)
        self.assertTrue(bars)
        self.assertLess(max(map(len, bars)), 40)

    def test_no_bar_stands_among_answers_on_the_same_terminal(self):
        shown, = self.on_terminal(self.command(output="-"), 80, out="terminal")
        self.assertNotIn("\r", shown)
        answers = [line for line in shown.splitlines() if not line.startswith("quire: ")]
        self.assertEqual(len([json.loads(answer) for answer in answers]), 40)
        # Answers that go elsewhere leave it its place.
        shown, = self.on_terminal(self.command(output="-"), 80)
        self.assertIn("\r[", shown)

    def test_the_bar_tells_prompts_before_the_first_answer_and_a_time_that_tokens_tell(self):
        shown, = self.on_terminal(self.command("--max-num-batched-tokens", 8), 120)
        self.assertRegex(shown, r"\r[^\r]*0 lines, [^\r]*\d+ of \d+ prompt tokens computed")
        self.assertRegex(shown, r"at most \d+:\d\d left")
        self.assertRegex(shown, r"\d+ lines, \d+:\d\d left")

    def test_messages_are_json_objects_with_their_time_where_that_is_asked(self):
        self.write_lines("in.jsonl", [{"prompt": 7}, {"prompt": "a"}])
        before = datetime.datetime.now(datetime.timezone.utc)
        result = self.quire(*self.command("--log-format", "json", "--log-level", "debug")[1:])
        told = [json.loads(line) for line in result.err.splitlines()]
        after = datetime.datetime.now(datetime.timezone.utc)
        for line in told:
            self.assertEqual(list(line)[:3], ["time", "level", "message"])
            moment = datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
            self.assertTrue(before - datetime.timedelta(seconds=1) <= moment <= after, line)
            self.assertNotIn("quire: ", line["message"])
        self.assertEqual([line["time"] for line in told], sorted(line["time"] for line in told))
        self.assertTrue(any(line["level"] == "debug" and line["message"].startswith("step 1:") for line in told))
        first = [line for line in told if line["message"].startswith("the first error line: line 1")]
        self.assertEqual([line["level"] for line in first], ["error"])
        # So are the messages of a run that cannot begin.
        self.write_lines("in.jsonl", [])
        failed = self.quire(*self.command("--log-format", "json", "--overwrite", "--retry-errors")[1:], expect=64)
        self.assertIn("--overwrite starts again", json.loads(failed.err)["message"])

    def test_metrics_are_kept_up_to_date_while_the_run_goes_on(self):
        metrics = self.path("metrics.json")
        process = subprocess.Popen(
            [QUIRE, "run", "--model", self.tiny(), "-i", "-", "-o", self.path("out.jsonl"), "--metrics-file", metrics,
             "--max-tokens", "4", "--kv-cache-memory", "1MiB", "--quiet"],
            stdin=subprocess.PIPE)
        process.stdin.write(b'{"prompt": "a"}\n')
        process.stdin.flush()
        deadline = time.monotonic() + 60
        told = None
        while time.monotonic() < deadline:
            try:
                with open(metrics, encoding="utf-8") as file:
                    told = json.load(file)
            except FileNotFoundError:
                pass
            if told and told["requests"]["answered"] == 1:
                break
            time.sleep(0.1)
        self.assertEqual((told["end"], told["requests"]["answered"]), ("running", 1))
        process.communicate(b'{"prompt": "b"}\n')
        self.assertEqual(process.returncode, 0)
        with open(metrics, encoding="utf-8") as file:
            told = json.load(file)
        self.assertEqual((told["end"], told["requests"]["answered"]), ("complete", 2))
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if "partial" in name), [])

    def test_metrics_and_timeline_take_no_name_of_the_job(self):
        for output in ("out.jsonl", "out.jsonl.gz"):
            plain = self.path("out.jsonl")
            names = [plain + end for end in ("", ".manifest.json", ".lines", ".journal", ".torn", ".stale")]
            names += [self.path(output), self.path(output) + ".partial"][: 2 if output.endswith("gz") else 1]
            for name in names:
                failed = self.quire(*self.command("--metrics-file", name, output=output)[1:], expect=73)
                self.assertIn("--metrics-file", failed.err)
            failed = self.quire(
                *self.command("--timeline", plain + ".manifest.json", output=output)[1:], expect=73)
            self.assertIn("--timeline", failed.err)
            both = self.path("both.json")
            self.quire(*self.command("--timeline", both, "--metrics-file", both, output=output)[1:], expect=73)
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.jsonl"])
