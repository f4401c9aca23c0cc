"""OpenAI batch files: every answer and error is of OpenAI's own types, and errors may have a file of their own."""
import json
import os
import signal
import subprocess
import time
import unittest

import openai_lines
from harness import QUIRE, QuireTestCase


class OpenAI(QuireTestCase):
    def run_lines(self, lines, *options, expect=0):
        self.write_lines("in.jsonl", lines)
        return self.quire(
            "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), *options, expect=expect)

    def test_answers_and_errors_are_of_openais_types(self):
        for options in ((), openai_lines.PARTS):
            with self.subTest(options=options):
                self.check_types(*options)

    def check_types(self, *options):
        answered = openai_lines.ANSWERED + openai_lines.RESPONSES + openai_lines.EMBEDDINGS
        lines = answered + openai_lines.REFUSED + openai_lines.FAILED
        self.run_lines(lines, "--ordered", "--overwrite", *options)
        types, answers = openai_lines.types(), self.lines("out.jsonl")
        self.assertEqual([answer["custom_id"] for answer in answers], [line["custom_id"] for line in lines])
        for line, answer in zip(lines, answers):
            self.assertEqual(openai_lines.faults(answer, types), [], line)
        statuses = [answer["response"]["status_code"] for answer in answers]
        self.assertEqual(
            statuses, [200] * len(answered) + [400] * len(openai_lines.REFUSED) + [500] * len(openai_lines.FAILED))
        parts = {"usage", "unforced_logprob"}
        for line, answer in zip(openai_lines.ANSWERED, answers):
            # A prompt that is echoed alone has no answer to tell of.
            expected = parts if options and line["body"]["max_tokens"] else set()
            for choice in answer["response"]["body"]["choices"]:
                self.assertEqual(parts & set(choice), expected, line)
        errors = [answer["response"]["body"]["error"] for answer in answers if answer["error"]]
        self.assertEqual({error["type"] for error in errors[:-1]}, {"invalid_request_error"})
        self.assertEqual((errors[-1]["type"], errors[-1]["code"]), ("server_error", "generation_failed"))

    def test_usage_counts_the_tokens_of_all_choices(self):
        self.run_lines(openai_lines.ANSWERED, "--ordered", "--include", "token_ids,prompt_token_ids")
        for line, answer in zip(openai_lines.ANSWERED, self.lines("out.jsonl")):
            self.assertEqual(openai_lines.faults(answer), [], line)
            body = answer["response"]["body"]
            usage = body["usage"]
            # Of several prompts each has its ids beside its choices.
            ids = [body["prompt_token_ids"]] if "prompt_token_ids" in body else [
                choice["prompt_token_ids"] for choice in body["choices"]]
            self.assertEqual(usage["prompt_tokens"], sum(map(len, ids)))
            self.assertEqual(usage["completion_tokens"], sum(len(choice["token_ids"]) for choice in body["choices"]))
            self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"])
            self.assertEqual(len(body["choices"]), line["body"].get("n", 1) * len(ids))
            self.assertEqual([choice["index"] for choice in body["choices"]], list(range(len(body["choices"]))))

    def test_arguments_of_calls_are_what_the_tools_schemas_say(self):
        # Weights by chance at a high temperature: only the constraint keeps to a schema.
        lines = [
            openai_lines.chat("%s %d" % (name, seed), tools=openai_lines.TOOLS, tool_choice=choice, max_tokens=150, temperature=2,
                              n=4, seed=seed * 10, **more)
            for seed in range(12)
            for name, choice, more in [
                ("any", "required", {}), ("one", "required", {"parallel_tool_calls": False}),
                ("named", {"type": "function", "function": {"name": "g"}}, {})]]
        self.run_lines(lines)
        ids, names = [], set()
        for answer in self.lines("out.jsonl"):
            self.assertEqual(openai_lines.faults(answer), [])
            for choice in answer["response"]["body"]["choices"]:
                calls = choice["message"]["tool_calls"]
                self.assertIn(choice["finish_reason"], ("tool_calls", "length"))
                self.assertIsNone(choice["message"]["content"])
                if not answer["custom_id"].startswith("any"):
                    self.assertEqual(len(calls), 1)
                for call in calls:
                    ids.append(call["id"])
                    names.add(call["function"]["name"])
                    arguments = json.loads(call["function"]["arguments"])
                    if call["function"]["name"] == "f":
                        self.assertIsInstance(arguments.pop("a"), int)
                    else:
                        self.assertIn(arguments.pop("b"), ("x", "y"))
                        self.assertIsInstance(arguments.pop("c"), bool)
                    self.assertEqual(arguments, {})
        self.assertEqual(names, {"f", "g"})
        self.assertEqual(len(set(ids)), len(ids))

    def test_a_tools_schema_that_cannot_be_kept_is_named_by_its_place(self):
        wrong = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "minProperties": -1}}}
        named = {"type": "function", "function": {"name": "f"}}
        self.run_lines([
            openai_lines.chat("named", tools=[wrong], tool_choice=named),
            openai_lines.chat("free", tools=[wrong]),
            openai_lines.chat("any", tools=[wrong, openai_lines.TOOLS[1]], tool_choice="required"),
            openai_lines.chat("short", tools=openai_lines.TOOLS, tool_choice="required", max_tokens=2)], "--ordered")
        named, free, listed, short = [answer["response"]["body"] for answer in self.lines("out.jsonl")]
        self.assertTrue(named["error"]["message"].startswith("tools[0].function.parameters at /minProperties"), named)
        self.assertEqual(named["error"]["param"], "tools")
        self.assertNotIn("error", free)
        self.assertTrue(listed["error"]["message"].startswith("tools at /$defs/f/minProperties"), listed)
        self.assertRegex(short["error"]["message"], "max_tokens leaves 2 tokens .* that tools is sure of")

    def test_named_tokens_are_reported_and_named_by_their_ids(self):
        self.run_lines([
            openai_lines.chat("a", logprobs=True, logprob_token_ids=[65, 66]),
            openai_lines.chat("b", logprobs=True, top_logprobs=2, return_tokens_as_token_ids=True, return_token_ids=True),
            openai_lines.completion("c", logprobs=1, return_tokens_as_token_ids=True, return_token_ids=True)], "--ordered")
        a, b, c = [answer["response"]["body"] for answer in self.lines("out.jsonl")]
        for position in a["choices"][0]["logprobs"]["content"]:
            others = [entry["bytes"] for entry in position["top_logprobs"]]
            self.assertEqual(len({tuple(entry) for entry in others}), len(others))
            self.assertIn(len(position["top_logprobs"]), (2, 3))
        tokens = ["token_id:%d" % token for token in b["choices"][0]["token_ids"]]
        self.assertEqual([position["token"] for position in b["choices"][0]["logprobs"]["content"]], tokens)
        self.assertTrue(b["prompt_token_ids"] and c["prompt_token_ids"])
        tokens = ["token_id:%d" % token for token in c["choices"][0]["token_ids"]]
        self.assertEqual(c["choices"][0]["logprobs"]["tokens"], tokens)

    def test_what_is_checked_by_can_fail(self):
        self.run_lines(openai_lines.ANSWERED[:1])
        answer = self.lines("out.jsonl")[0]
        for change in (
                lambda body: body.update(surplus=1), lambda body: body.pop("usage") and body.update(usage=3),
                lambda body: body["choices"][0].update(finish_reason=None), lambda body: body.pop("created"),
                lambda body: body["choices"][0]["message"].update(role="user")):
            spoilt = json.loads(json.dumps(answer))
            change(spoilt["response"]["body"])
            self.assertNotEqual(openai_lines.faults(spoilt), [])

    def test_errors_go_to_their_file_with_the_bytes_that_they_have_among_the_answers(self):
        lines = openai_lines.ANSWERED + openai_lines.REFUSED + [{"prompt": 3}, {"id": 7, "prompt": "x", "temperature": 9}]
        self.run_lines(lines, "--ordered")
        together = self.read("out.jsonl").splitlines()
        self.run_lines(lines, "--ordered", "--overwrite", "--error-file", self.path("errors.jsonl"))
        answers, errors = self.read("out.jsonl").splitlines(), self.read("errors.jsonl").splitlines()
        self.assertEqual((len(answers), len(errors)), (len(openai_lines.ANSWERED), len(openai_lines.REFUSED) + 2))
        self.assertEqual(answers + errors, together)
        # Complete, so that nothing is done or changed.
        told = self.run_lines(lines, "--ordered", "--error-file", self.path("errors.jsonl")).err
        self.assertIn("%d lines were answered before" % len(lines), told)
        self.assertEqual(self.read("errors.jsonl").splitlines(), errors)

    def test_a_killed_job_goes_on_with_the_same_bytes_in_both_files(self):
        lines = [openai_lines.chat(str(i), temperature="hot" if i % 3 == 0 else 0, max_tokens=30, seed=i,
                                   messages=[{"role": "user", "content": str(i)}]) for i in range(300)]
        options = ("--error-file", self.path("errors.jsonl"), "--max-num-seqs", "2")
        self.run_lines(lines, *options)
        expected = [sorted(self.read(name).splitlines()) for name in ("out.jsonl", "errors.jsonl")]
        for name in os.listdir(self.folder):
            if name.startswith(("out.jsonl", "errors.jsonl")):
                os.remove(self.path(name))
        kills = 0
        for number in range(40):
            command = [QUIRE, "run", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), *options]
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            before = self.line_count()
            while process.poll() is None and self.line_count() < before + 20:
                time.sleep(0.002)
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        self.assertEqual(process.wait(), 0)
        self.assertGreater(kills, 2)
        self.assertEqual([sorted(self.read(name).splitlines()) for name in ("out.jsonl", "errors.jsonl")], expected)

    def test_errors_are_tried_again_from_their_file(self):
        lines = [openai_lines.chat("a"), openai_lines.chat("b", temperature="hot")]
        options = ("--error-file", self.path("errors.jsonl"))
        self.run_lines(lines, *options)
        self.run_lines(lines, *options, "--retry-errors")
        self.assertEqual([line["custom_id"] for line in self.lines("errors.jsonl")], ["b"])
        # Mended, it is an answer.
        self.run_lines([lines[0], openai_lines.chat("b")], *options)
        self.assertEqual(self.read("errors.jsonl"), "")
        self.assertEqual(sorted(line["custom_id"] for line in self.lines("out.jsonl")), ["a", "b"])

    def test_what_cannot_be_a_file_of_errors_is_refused(self):
        lines = openai_lines.ANSWERED[:1]
        self.write("notes", "mine\n")
        for name, status in [("-", 64), ("", 64), (self.path("e.jsonl.gz"), 64), (self.path("out.jsonl"), 73),
                             (self.path("out.jsonl.lines"), 73), (self.path("in.jsonl"), 73), (self.path("notes"), 73),
                             ("/dev/null", 73), (self.path("none/e"), 73)]:
            told = self.run_lines(lines, "--error-file", name, expect=status).err
            self.assertIn("--error-file" if name != self.path("notes") else "exists", told)
            self.assertFalse(os.path.exists(self.path("out.jsonl")), name)
        self.assertEqual(self.read("notes"), "mine\n")
        self.run_lines(lines)
        told = self.run_lines(lines, "--error-file", self.path("e.jsonl"), expect=65).err
        self.assertIn("was begun without --error-file", told)

    def test_what_reads_outputs_of_one_file_says_so(self):
        lines = openai_lines.ANSWERED[:1] + openai_lines.REFUSED[:1]
        options = ("--error-file", self.path("errors.jsonl"))
        self.run_lines(lines, *options)
        for command in (("merge", "-o", self.path("merged.jsonl")), ("verify",)):
            told = self.quire(*command, self.path("out.jsonl"), expect=65).err
            self.assertIn("without --error-file", told)
        told = self.run_lines(lines, *options, "--work-dir", self.path("work"), expect=64).err
        self.assertIn("--error-file does not go with --work-dir", told)

    def line_count(self):
        return sum(self.read(name).count("\n") for name in ("out.jsonl", "errors.jsonl") if os.path.exists(self.path(name)))

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
