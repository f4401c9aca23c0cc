"""Long answers of a real model that are killed on their way: the next run goes on in the middle of them."""
import json
import os
import re
import signal
import subprocess
import threading
import time

from harness import MODEL, QUIRE, QuireTestCase

RUNS_ALONE = "it counts the tokens of the last second before a kill"
PERSON = {"type": "object", "required": ["name", "story", "tags"], "additionalProperties": False, "properties": {
    "name": {"type": "string", "minLength": 4, "maxLength": 20},
    "story": {"type": "string", "minLength": 300, "maxLength": 400},
    "tags": {"type": "array", "items": {"enum": ["a", "bb"]}, "minItems": 2, "maxItems": 9}}}
STEP = re.compile(r"quire: step \d+: .* (\d+) sequences x (\d+) tokens")


class Journal(QuireTestCase):
    @staticmethod
    def kinds(tokens):
        """Lines of each kind, none of which ends early."""
        drawn = {"prompt": "Once upon a time", "max_tokens": tokens, "ignore_eos": True, "temperature": 1}
        search = {"prompt": "Water boils at", "temperature": 0, "use_beam_search": True, "ignore_eos": True}
        kinds = [
            {"n": 2, "logprobs": 3}, {"n": 3, "seed": 5}, {"n": 2, "best_of": 3}, {"temperature": 0, "logprobs": 0},
            {"prompt_logprobs": 2, "n": 2}, {"repetition_penalty": 1.3, "bad_words": ["the", " was"], "min_tokens": 20},
            {"stop": ["a text that does not come", "zq"], "presence_penalty": 1, "logit_bias": {"28": -5}},
            {"prompt": "Describe someone as JSON:", "structured_outputs": {"json": PERSON}, "ignore_eos": False, "n": 2}]
        searches = [
            {"best_of": 3, "n": 2, "max_tokens": tokens // 2, "logprobs": 1},
            {"n": 2, "max_tokens": tokens // 2, "early_stopping": "never", "prompt_logprobs": 0}]
        return [{"id": number, **drawn, **kind} for number, kind in enumerate(kinds)] + [
            {"id": 100 + number, **search, **kind} for number, kind in enumerate(searches)]

    def command(self, source, output, *options):
        return [QUIRE, "run", "--model", MODEL, "-i", source, "-o", self.path(output), "--fsync", "none",
                "--metrics-file", self.path("metrics.json"), *map(str, options)]

    def run_job(self, source, output, *options, expect=0):
        done = subprocess.run(self.command(source, output, *options), capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, expect, done.stderr[-2000:])
        return done.stderr

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return sorted(file.read().splitlines())

    def tokens(self):
        with open(self.path("metrics.json"), encoding="utf-8") as file:
            return json.load(file)["tokens"]

    def start(self, source, growth, *options):
        """Starts a job, and waits until its journal has grown; returns also what each step drew, with its time."""
        process = subprocess.Popen(
            self.command(source, "out.jsonl", "--log-level", "debug", *options), stderr=subprocess.PIPE, text=True)
        steps, told = [], []

        def listen():
            for line in process.stderr:
                told.append(line)
                if found := STEP.match(line):
                    steps.append((time.monotonic(), int(found[1]), int(found[2])))

        listener = threading.Thread(target=listen)
        listener.start()
        path = self.path("out.jsonl.journal")
        deadline = time.monotonic() + 120
        # What an earlier run left counts once this one has opened it.
        while not steps and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        size = os.path.getsize(path)
        while os.path.getsize(path) < size + growth and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        self.assertIsNone(process.poll(), "the job ended too early: " + "".join(told)[-2000:])
        return process, listener, steps, told

    def test_answers_of_every_kind_go_on_in_their_middle(self):
        source = self.write_lines("in.jsonl", self.kinds(120))
        self.run_job(source, "expected.jsonl")
        drawn = self.tokens()["output_tokens"]
        for growth, options in ((2_000, ()), (4_000, ("--max-num-batched-tokens", 16)), (3_000, ("--block-size", 4))):
            process, listener, _, _ = self.start(source, growth, *options)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=60)
            listener.join()
            process.stderr.close()
        with open(self.path("out.jsonl"), "rb") as file:
            written = file.read().count(b"\n")
        told = self.run_job(source, "out.jsonl")
        self.assertRegex(told, r"resumed: \d+ lines were answered before, and \d+ tokens of \d+ unfinished ones were")
        self.assertEqual(self.content("out.jsonl"), self.content("expected.jsonl"))
        tokens = self.tokens()
        self.assertGreater(tokens["resumed_tokens"], 200)
        if written == 0:
            # Each token is drawn once, in this run or before.
            self.assertEqual(tokens["resumed_tokens"] + tokens["output_tokens"], drawn)
        self.assertFalse(os.path.exists(self.path("out.jsonl.journal")))

    def plain_job(self, tokens):
        return self.write_lines("in.jsonl", [
            {"id": number, "prompt": "Tell me of the number %d." % number, "max_tokens": tokens, "ignore_eos": True,
             "n": 2} for number in range(4)])

    def written_tokens(self):
        with open(self.path("out.jsonl"), encoding="utf-8") as file:
            return sum(json.loads(line)["usage"]["completion_tokens"] for line in file)

    def test_a_kill_costs_less_than_the_tokens_of_a_second(self):
        source = self.plain_job(250)
        self.run_job(source, "expected.jsonl", "--quiet")
        drawn = self.tokens()["output_tokens"]
        process, listener, steps, _ = self.start(source, 2_000)
        time.sleep(0.7)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        killed = time.monotonic()
        listener.join()
        process.stderr.close()
        kept = self.written_tokens()
        self.run_job(source, "out.jsonl", "--quiet")
        self.assertEqual(self.content("out.jsonl"), self.content("expected.jsonl"))
        tokens = self.tokens()
        kept += tokens["resumed_tokens"]
        self.assertEqual(kept + tokens["output_tokens"], drawn)
        # The steps after the first one draw a token for each sequence; the first draws for the samples that fork, too.
        seen = 8 + sum(count for _, count, total in steps[1:] if count == total)
        recent = sum(count for at, count, _ in steps if at > killed - 1)
        self.assertLessEqual(seen - kept, recent + 8, "%d of %d tokens" % (seen - kept, seen))
        self.assertGreater(kept, 250)

    def test_an_interruption_costs_no_token(self):
        source = self.plain_job(1500)
        process, listener, _, told = self.start(source, 500)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 75, "".join(told)[-2000:])
        listener.join()
        process.stderr.close()
        drawn, kept = self.tokens()["output_tokens"], self.written_tokens()
        # Where the next run is interrupted in its turn it says in the same way what it went on from.
        process, listener, _, told = self.start(source, 200)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 75, "".join(told)[-2000:])
        listener.join()
        process.stderr.close()
        tokens = self.tokens()
        self.assertEqual(kept + tokens["resumed_tokens"], drawn)
        self.assertGreater(tokens["output_tokens"], 0)
        self.assertTrue(any("and %d tokens of" % tokens["resumed_tokens"] in line for line in told))

    def test_what_was_drawn_for_a_line_that_was_edited_is_not_used(self):
        lines = self.kinds(60)
        source = self.write_lines("in.jsonl", lines)
        process, listener, _, _ = self.start(source, 2_000)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        listener.join()
        process.stderr.close()
        self.assertEqual(self.written_tokens(), 0)
        # The lines move, the first two change, one comes, one goes.
        lines = [{"prompt": "new", "max_tokens": 3}, *reversed(lines[:-1])]
        lines[-1]["seed"], lines[-2]["max_tokens"] = 77, 30
        source = self.write_lines("in.jsonl", lines)
        self.run_job(source, "out.jsonl")
        self.assertGreater(self.tokens()["resumed_tokens"], 0)
        self.run_job(source, "expected.jsonl")
        self.assertEqual(self.content("out.jsonl"), self.content("expected.jsonl"))
