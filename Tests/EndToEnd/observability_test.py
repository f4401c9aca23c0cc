"""What a run tells of itself: metrics, timelines, a line a step, on the real model."""
import html.parser
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from harness import MODEL, QUIRE, ROOT, QuireTestCase

# One thread: on a busy machine two wait for each other.
SMALL = ["--max-num-seqs", 6, "--max-num-batched-tokens", 48, "--kv-cache-memory", "6MiB", "--threads", 1]


def job_lines():
    words = "the quick brown fox jumps over lazy dogs while seven wise monks sing of rivers".split()
    lines = []
    for number in range(24):
        prompt = " ".join(words[(number * 5 + place * 3) % len(words)] for place in range(3 + number * 3 % 50))
        line = {"id": f"q-{number}" if number % 3 else number, "prompt": prompt, "max_tokens": 4 + number * 7 % 40}
        if number % 8 == 5:
            line |= {"n": 3, "temperature": 0.9}
        lines.append(line)
    lines.insert(7, {"prompt": 5})
    lines.append({"prompt": "no id", "max_tokens": 5})
    lines.append({"id": "bad", "prompt": "x", "temperature": -1})
    return lines


class Page(html.parser.HTMLParser):
    """The rows of a page, and the elements that it leaves open."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.inside = [], [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "input"):
            self.open.append(tag)
        self.inside = ("id", "run") in attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows += [json.loads(line) for line in data.splitlines() if line]

    def of(self, kind):
        return [row[1:] for row in self.rows if row[0] == kind]


class Observability(QuireTestCase):
    def observed(self, name, *options, source=None, expect=0):
        """Runs a job with all records; returns its answers, metrics, page and events."""
        source = source or self.write_lines("in.jsonl", job_lines())
        results = []
        for extension in ("html", "json"):
            self.last = self.quire(
                "run", "--model", MODEL, "-i", source, "-o", self.path(name + ".out"), "--overwrite",
                "--metrics-file", self.path(name + ".metrics"), "--timeline", self.path(f"{name}.{extension}"),
                *SMALL, *options, expect=expect)
            with open(self.path(f"{name}.{extension}"), encoding="utf-8") as file:
                results.append(file.read())
            if extension == "html":
                # How lines share the steps depends on when each was read, so that the page has figures of its own.
                self.page_metrics = self.metrics(name)
        return (self.lines(name + ".out"), self.metrics(name), Page(results[0]), json.loads(results[1]))

    def metrics(self, name):
        with open(self.path(name + ".metrics"), encoding="utf-8") as file:
            return json.load(file)

    def check_bars(self, events, steps):
        """The bars of a trace: none overlaps another of its row, and all lie within the steps."""
        bars = [event for event in events if event["ph"] == "X" and event["pid"] == 2 and "args" in event]
        rows = {}
        for bar in sorted(bars, key=lambda bar: bar["ts"]):
            self.assertGreaterEqual(bar["ts"], rows.get(bar["tid"], 0))
            rows[bar["tid"]] = bar["ts"] + bar["dur"]
        ticks = [event for event in events if event["ph"] == "X" and event["name"].startswith("step ")]
        self.assertEqual([tick["name"] for tick in ticks], [f"step {n + 1}" for n in range(steps)])
        end = max(tick["ts"] + tick["dur"] for tick in ticks)
        self.assertLessEqual(max(rows.values()), end + 1)
        return bars

    def test_metrics_page_and_events_agree_with_the_answers(self):
        answers, metrics, page, events = self.observed("a")
        good = [answer for answer in answers if answer["error"] is None]
        usage = {key: sum(answer["usage"][key] for answer in good) for key in ("prompt_tokens", "completion_tokens")}
        requests, tokens = metrics["requests"], metrics["tokens"]
        self.assertEqual(
            [requests[key] for key in ("answered", "failed", "dropped")], [len(good), len(answers) - len(good), 0])
        codes = [answer["error"]["code"] for answer in answers if answer["error"]]
        self.assertEqual(requests["failed_by_code"], {code: codes.count(code) for code in sorted(set(codes))})
        self.assertEqual(requests["prompt_tokens"], usage["prompt_tokens"])
        self.assertEqual(requests["output_tokens"], usage["completion_tokens"])
        self.assertEqual(tokens["output_tokens"], usage["completion_tokens"])
        # The last token of an answer is drawn and not computed; the rest, once, and once more after a preemption.
        samples = sum(len(answer["outputs"]) for answer in good)
        once = usage["prompt_tokens"] + usage["completion_tokens"] - samples
        # Drafts that were not drawn were computed in vain.
        wrong = tokens["draft_tokens"] - tokens["accepted_draft_tokens"]
        needed = tokens["computed_tokens"] - tokens["recomputed_tokens"] - wrong
        self.assertLessEqual(needed, once)
        self.assertGreaterEqual(needed + tokens["prefix_hit_tokens"], once)
        self.assertGreater(metrics["scheduling"]["preemptions"], 0)
        self.assertGreater(tokens["recomputed_tokens"], 0)
        self.assertEqual(metrics["end"], "complete")

        blocks, steps = metrics["blocks"], metrics["steps"]["steps"]
        self.assertLessEqual(blocks["peak_used_blocks"], blocks["total_blocks"])
        self.assertLessEqual(blocks["mean_used_blocks"], blocks["peak_used_blocks"])
        for histogram in ("sequences_per_step", "tokens_per_step"):
            bins = metrics["steps"][histogram]["histogram"]
            self.assertEqual(sum(each["steps"] for each in bins), steps)
        self.assertLessEqual(metrics["steps"]["sequences_per_step"]["max"], 6)
        self.assertLessEqual(metrics["steps"]["tokens_per_step"]["max"], 48)
        history = metrics["over_time"]
        self.assertEqual(sum(history["steps"]), steps)
        self.assertEqual(sum(history["computed_tokens"]), tokens["computed_tokens"])
        self.assertEqual(max(history["peak_used_blocks"]), blocks["peak_used_blocks"])
        phases = metrics["phases"]
        self.assertTrue(all(value >= 0 for value in phases.values()))
        self.assertAlmostEqual(sum(phases.values()), metrics["total_seconds"], places=3)
        self.assertGreater(metrics["load_seconds"], 0)
        self.assertEqual(metrics["options"]["max_num_seqs"], 6)

        # Each line has its bars, and they hold what its answers hold.
        bars = self.check_bars(events, steps)
        finished = [bar for bar in bars if bar["args"]["ending"] == "finished"]
        self.assertEqual(len(finished), samples)
        self.assertEqual(len(bars) - samples, sum(bar["args"]["ending"] == "preempted" for bar in bars))
        for answer in good:
            own = [bar for bar in bars if bar["args"]["line"] == answer["index"] + 1]
            name = answer["custom_id"] if answer["custom_id"] is not None else f"line {answer['index'] + 1}"
            self.assertEqual(
                {bar["name"] for bar in own},
                {str(name) + (f" #{sample}" if sample else "") for sample in range(len(answer["outputs"]))})
            # The other samples' first tokens are drawn with the first sample's.
            self.assertEqual(
                sum(bar["args"]["draws"] for bar in own),
                answer["usage"]["completion_tokens"] - len(answer["outputs"]) + 1)
        self.assertEqual({bar["args"]["line"] for bar in bars}, {answer["index"] + 1 for answer in good})

        self.assertEqual(page.open, [])
        self.assertEqual(len(page.of("step")), self.page_metrics["steps"]["steps"])
        self.assertEqual(len([bar for bar in page.of("bar") if bar[4] == "finished"]), samples)
        self.assertEqual({bar[6] for bar in page.of("bar")}, {answer["index"] + 1 for answer in good})
        self.assertLessEqual(max(step[6] for step in page.of("step")), blocks["total_blocks"])
        self.assertEqual(page.of("end")[0][0], "complete")
        self.assertEqual(page.of("end")[0][-2:], [metrics["requests"]["answered"], metrics["requests"]["failed"]])

    @unittest.skipUnless(shutil.which("node"), "node runs the page's program")
    def test_the_page_goes_to_what_is_found_and_its_labels_differ(self):
        self.observed("a")
        told = subprocess.run(
            ["node", os.path.join(ROOT, "Tests/EndToEnd/page_view.js"), self.path("a.html")], capture_output=True,
            text=True, timeout=60)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_answers_are_the_same_bytes_with_and_without_records(self):
        source = self.write_lines("in.jsonl", job_lines())
        self.quire("run", "--model", MODEL, "-i", source, "-o", self.path("plain.out"), "--quiet", *SMALL)
        self.observed("a", "--log-level", "debug", source=source)
        with open(self.path("plain.out"), "rb") as plain, open(self.path("a.out"), "rb") as watched:
            # Their order is that in which they finish, which is no promise.
            self.assertEqual(sorted(plain), sorted(watched))

    def test_debug_tells_each_step_and_info_none(self):
        # All of one run: how lines share the steps depends on when each was read.
        told = self.quire(
            "run", "--model", MODEL, "-i", self.write_lines("in.jsonl", job_lines()), "-o", self.path("a.out"),
            "--metrics-file", self.path("a.metrics"), "--timeline", self.path("a.html"), "--log-level", "debug", *SMALL)
        told = [line for line in told.err.splitlines() if line.startswith("quire: step ")]
        metrics = self.metrics("a")
        with open(self.path("a.html"), encoding="utf-8") as file:
            page = Page(file.read())
        self.assertEqual(len(told), metrics["steps"]["steps"])
        pattern = re.compile(
            r"quire: step (\d+): (\d+) running, (\d+) waiting, (\d+)/(\d+) blocks free, "
            r"(\d+) sequences x (\d+) tokens(, .*)?")
        admitted = preempted = 0
        for line, step in zip(told, page.of("step")):
            match = pattern.fullmatch(line)
            self.assertIsNotNone(match, line)
            number, running, waiting, free, total, sequences, tokens = map(int, match.groups()[:7])
            self.assertEqual(
                [number, sequences, tokens, total - free, running, waiting],
                [step[0], step[3], step[4], step[6], step[7], step[8]])
            admitted += len(re.findall(r"s\d+ \(", line))
            preempted += len(re.findall(r"s\d+(?! \()\b", line.partition("preempted ")[2].partition(", ")[0]))
        self.assertEqual(admitted, metrics["scheduling"]["admissions"])
        self.assertEqual(preempted, metrics["scheduling"]["preemptions"])
        self.observed("b")
        self.assertNotIn("step 1:", self.last.err)

    def test_an_interrupted_job_closes_its_records(self):
        source = self.write_lines(
            "in.jsonl", ({"id": f"n{n}", "prompt": "x", "max_tokens": 3000 if n < 3 else 8, "ignore_eos": True}
                         for n in range(4_000)))
        for extension in ("html", "json"):
            timeline = self.path("t." + extension)
            process = subprocess.Popen(
                [QUIRE, "run", "--model", MODEL, "-i", source, "-o", self.path("out.jsonl"), "--overwrite", "--quiet",
                 "--metrics-file", self.path("t.metrics"), "--timeline", timeline, "--max-num-seqs", "8",
                 "--threads", "1"])
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not (
                    os.path.exists(self.path("out.jsonl")) and os.path.getsize(self.path("out.jsonl")) > 0):
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=60), 75)
            metrics = self.metrics("t")
            answered = self.lines("out.jsonl")
            self.assertEqual(metrics["end"], "interrupted")
            self.assertEqual(metrics["requests"]["answered"], len(answered))
            self.assertGreater(metrics["requests"]["dropped"], 0)
            with open(timeline, encoding="utf-8") as file:
                text = file.read()
            if extension == "html":
                page = Page(text)
                self.assertEqual(page.open, [])
                self.assertEqual(page.of("end")[0][0], "interrupted")
                endings = [bar[4] for bar in page.of("bar")]
                self.assertEqual(len(page.of("step")), metrics["steps"]["steps"])
            else:
                bars = self.check_bars(json.loads(text), metrics["steps"]["steps"])
                endings = [bar["args"]["ending"] for bar in bars]
            self.assertEqual(endings.count("finished"), len(answered))
            self.assertGreater(endings.count("dropped"), 0)
            os.remove(self.path("t.metrics"))
            os.remove(self.path("out.jsonl"))

    def test_a_job_stopped_by_errors_writes_its_records(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 3}] + [{"prompt": 1}] * 9)
        _, metrics, page, _ = self.observed("a", "--max-errors", 2, source=source, expect=2)
        self.assertEqual(metrics["end"], "too_many_errors")
        self.assertEqual(metrics["requests"]["failed_by_code"], {"invalid_type": 3})
        self.assertEqual(page.of("end")[0][0], "too_many_errors")

    def test_a_job_without_a_step_has_records_too(self):
        for name, lines, status in [("empty", [], 0), ("wrong", [{"prompt": 1}], 3)]:
            source = self.write_lines("in.jsonl", lines)
            _, metrics, page, events = self.observed(name, source=source, expect=status)
            self.assertEqual(metrics["steps"]["steps"], 0)
            self.assertIsNone(metrics["steps"]["tokens_per_step"]["mean"])
            self.assertEqual(page.of("step") + page.of("bar"), [])
            self.assertEqual([event for event in events if event["ph"] == "X"], [])

    def test_files_that_cannot_be_written_are_refused_before_the_model_loads(self):
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        out, page = self.path("out.jsonl"), self.path("t.html")
        os.symlink(source, self.path("link.json"))
        os.mkdir(self.path("folder"))
        for options, status, words in [
            (["--metrics-file", source], 73, "--metrics-file"),
            (["--metrics-file", self.path("link.json")], 73, "--metrics-file"),
            (["--metrics-file", out], 73, "--metrics-file"),
            (["--metrics-file", MODEL], 73, "--metrics-file"),
            (["--metrics-file", self.path("folder")], 73, "directory"),
            (["--metrics-file", self.path("no/m.json")], 73, "No such file"),
            (["--metrics-file", "-"], 73, "--metrics-file"),
            (["--timeline", page, "--metrics-file", page], 73, "--metrics-file"),
            (["--timeline", self.path("link.json")], 73, "--timeline"),
            (["--timeline", self.path("no/t.html")], 73, "--timeline"),
            (["--timeline", self.path("t.svg")], 64, ".html"),
            (["--timeline", "-"], 64, ".json"),
        ]:
            done = self.quire("run", "--model", MODEL, "-i", source, "-o", out, *options, expect=status)
            self.assertIn(words, done.err)
            self.assertNotIn("KV cache", done.err)
            self.assertEqual(sorted(os.listdir(self.folder)), ["folder", "in.jsonl", "link.json"])
        self.assertEqual(self.lines("in.jsonl"), [{"prompt": "a", "max_tokens": 2}])
        # A model that cannot be loaded leaves no files behind, and those that were there alone.
        old = self.write("m.json", "old")
        self.quire("run", "--model", source, "-i", source, "-o", out, "--metrics-file", old, "--timeline", page, expect=65)
        self.assertEqual(sorted(os.listdir(self.folder)), ["folder", "in.jsonl", "link.json", "m.json"])
        with open(old, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")

    def test_records_that_fail_leave_the_answers_alone_and_say_74(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        source = self.write_lines("in.jsonl", [{"prompt": "a", "max_tokens": 2}])
        done = self.quire(
            "run", "--model", MODEL, "-i", source, "-o", self.path("out.jsonl"), "--metrics-file", "/dev/full", expect=74)
        self.assertIn("metrics", done.err)
        os.symlink("/dev/full", self.path("t.json"))
        done = self.quire(
            "run", "--model", MODEL, "-i", source, "-o", self.path("out.jsonl"), "--overwrite",
            "--timeline", self.path("t.json"), expect=74)
        self.assertIn("t.json", done.err)
        self.assertIsNone(self.lines("out.jsonl")[0]["error"])

    def test_the_page_does_not_grow_with_the_job_beyond_its_limits(self):
        source = self.write_lines("in.jsonl", ({"prompt": f"p {n}", "max_tokens": 1} for n in range(30_000)))
        self.quire(
            "run", "--model", self.tiny(), "-i", source, "-o", self.path("out.jsonl"), "--quiet",
            "--metrics-file", self.path("t.metrics"), "--timeline", self.path("t.html"))
        self.assertLess(os.path.getsize(self.path("t.html")), 9_000_000)
        with open(self.path("t.html"), encoding="utf-8") as file:
            page = Page(file.read())
        self.assertEqual(len(page.of("cut")), 1)
        self.assertTrue(20_000 <= len(page.of("bar")) < 20_512)
        metrics = self.metrics("t")
        self.assertEqual(metrics["requests"]["answered"], 30_000)
        self.assertEqual(sum(row[2] for row in page.of("interval")), metrics["steps"]["steps"])
