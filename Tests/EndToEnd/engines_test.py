"""Engines side by side over one copy of the weights: the bytes of one engine, whatever their number."""
import json
import os

from harness import MODEL, QuireTestCase


class Engines(QuireTestCase):
    def run_job(self, name, *options, expect=0):
        return self.quire("run", "--model", MODEL, "-i", self.source, "-o", self.path(name), *options, expect=expect)

    def content(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def setUp(self):
        super().setUp()
        beginning = "A long list of rules that all of these prompts have in common at their start. " * 6
        self.source = self.write_lines("in.jsonl", (
            {"id": number, "prompt": (beginning if number % 3 else "") + f"Number {number} is", "max_tokens": 4 + number % 9,
             "temperature": max(number % 2, number % 5 // 4), "n": 1 + number % 5 // 4} for number in range(48)))

    def test_four_engines_of_one_thread_write_the_bytes_of_one(self):
        self.run_job("one", "--ordered", "--threads", 1)
        four = self.run_job(
            "four", "--ordered", "--engines", 4, "--threads", 4, "--metrics-file", self.path("metrics"), "--timeline",
            self.path("run.json"))
        self.assertIn("4 threads in 4 engines, each with such a cache", four.err)
        self.assertEqual(self.content("four"), self.content("one"))
        self.run_job("free", "--engines", 2, "--threads", 2)
        self.assertEqual(sorted(self.content("free").splitlines()), sorted(self.content("one").splitlines()))

        answers = [json.loads(line) for line in self.content("four").splitlines()]
        metrics = json.loads(self.content("metrics"))
        drawn = sum(answer["usage"]["completion_tokens"] for answer in answers)
        self.assertEqual(metrics["requests"]["answered"], 48)
        self.assertEqual(metrics["tokens"]["output_tokens"], drawn)
        self.assertEqual((metrics["process"]["threads"], metrics["process"]["engines"]), (4, 4))
        self.assertAlmostEqual(sum(metrics["phases"].values()), 4 * metrics["total_seconds"], places=3)
        self.assertEqual(sum(metrics["over_time"]["output_tokens"]), drawn)
        events = json.loads(self.content("run.json"))
        steps = [event for event in events if event["ph"] == "X" and event["name"].startswith("step ")]
        self.assertEqual(len(steps), metrics["steps"]["steps"])
        self.assertEqual({step["tid"] for step in steps}, {1, 2, 3, 4})
        ended = [event["args"] for event in events if "ending" in event.get("args", {})]
        self.assertEqual(sum(each["ending"] == "finished" for each in ended), sum(len(each["outputs"]) for each in answers))

    def test_a_number_that_cannot_be_is_refused_by_name(self):
        for options, told in (
            (("--engines", 3, "--threads", 2), "--engines is 3, but there are 2 threads to compute; give at most 2, or "
             "--threads at least 3"),
            (("--engines", 0), "--engines is 0, but must be between 1 and 256"),
        ):
            self.assertIn(told, self.run_job("out", *options, expect=64).err)
        self.assertIn("--engines", self.run_job("out", "--engines", "many", expect=64).err)
        for command in (("serve", "--model", MODEL, "--engines", 2), ("chat", "--model", MODEL, "--engines", 2)):
            self.assertIn("--engines", self.quire(*command, expect=64).err)

    def test_more_threads_than_processors_are_told_of(self):
        granted = len(os.sched_getaffinity(0))
        told = self.run_job("out", "--threads", granted + 2).err
        self.assertRegex(told, rf"--threads is {granted + 2}, but this process is granted \d+ of the machine's \d+ processors")
        self.assertNotIn("--threads is", self.run_job("out", "--overwrite").err)
