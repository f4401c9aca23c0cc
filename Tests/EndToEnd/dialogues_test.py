"""Lines with `turns`: a turn after the other in one job, as the same conversations would be answered message by message."""
import json
import os
import signal
import subprocess
import time

from harness import MODEL, QUIRE, QuireTestCase

ASKED = [["Hi", "What did I say?", "And before that?"], ["Name a colour.", "Another one.", "And a third?"],
         ["What is a quire?", {"role": "user", "content": "How many sheets?"}]]


class Dialogues(QuireTestCase):
    def answer(self, lines, *options, model=MODEL, expect=0):
        source = self.write_lines("in.jsonl", lines)
        done = self.quire("run", "--model", model, "-i", source, "-o", "-", "--ordered", *options, expect=expect)
        return [json.loads(line) for line in done.out.splitlines()]

    def test_each_turn_has_the_answer_of_its_messages_asked_alone(self):
        base = {"max_tokens": 12, "temperature": 0}
        lines = [{"id": number, "turns": turns, **base, "source": "s", **({"system": "Be brief."} if number else {})}
                 for number, turns in enumerate(ASKED)]
        # With a seed of its own a turn draws what any line with these messages and the seed draws.
        lines += [{**line, "id": 10 + line["id"], "temperature": 0.9, "seed": 5} for line in lines]
        answers = self.answer(lines, "--include", "token_ids,prompt_token_ids,logprobs")
        singles = []
        for line, answer in zip(lines, answers):
            self.assertIsNone(answer["error"])
            self.assertEqual(answer["metadata"], {"source": "s"})
            roles = [message["role"] for message in answer["messages"]]
            self.assertEqual(roles, ["system"] * (line["id"] % 10 > 0) + ["user", "assistant"] * len(line["turns"]))
            self.assertEqual(len(answer["turns"]), len(line["turns"]))
            for number, turn in enumerate(answer["turns"]):
                place = roles.index("user") + 2 * number
                self.assertEqual(answer["messages"][place + 1]["content"], turn["text"])
                singles.append({
                    "id": "%s-%d" % (line["id"], number), "messages": answer["messages"][:place + 1], "max_tokens": 12,
                    "temperature": line["temperature"], **({"seed": 5} if "seed" in line else {})})
            for name in ("prompt_tokens", "completion_tokens"):
                self.assertEqual(answer["usage"][name], sum(turn["usage"][name] for turn in answer["turns"]))
        turns = [turn for answer in answers for turn in answer["turns"]]
        alone = self.answer(singles, "--include", "token_ids,prompt_token_ids,logprobs")
        for turn, single in zip(turns, alone):
            output = single["outputs"][0]
            for key in ("text", "token_ids", "finish_reason", "stop_reason", "logprobs", "cumulative_logprob"):
                self.assertEqual(turn[key], output[key], key)
            for key in ("prompt_token_ids", "usage", "history"):
                self.assertEqual(turn[key], single[key], key)

    def test_alone_among_others_and_in_any_engine_the_bytes_are_the_same(self):
        model = self.tiny()
        lines = [{"id": number, "turns": ["t%d" % turn * (1 + number % 5) for turn in range(1 + number % 4)],
                  "max_tokens": 9 + number % 3, "temperature": 0.5 * (number % 3), "topic": number} for number in range(24)]
        lines[1::6] = [{"id": number, "prompt": "abc" * (number - 99), "max_tokens": 20} for number in range(100, 104)]
        lines[5] = {"id": 5, "turns": ["same", "again"], "temperature": 0, "max_tokens": 8}
        lines[6] = {**lines[5], "id": 6}
        source = self.write_lines("in.jsonl", lines)
        run = ["run", "--model", model, "-i", source, "-o", "-", "--ordered"]
        whole = self.quire(*run).out
        self.assertEqual(len(whole.splitlines()), 24)
        for options in (["--max-num-seqs", "1"], ["--max-num-seqs", "3", "--max-num-batched-tokens", "7"], ["--no-fold"],
                        ["--no-enable-prefix-caching", "--threads", "2"], ["--block-size", "4", "--no-reorder"]):
            self.assertEqual(self.quire(*run, *options).out, whole, options)
        for number in (0, 7, 14, 23):
            alone = self.write("one.jsonl", "\n" * number + json.dumps(lines[number]) + "\n")
            out = self.quire("run", "--model", model, "-i", alone, "-o", "-").out
            self.assertEqual(out, whole.splitlines(keepends=True)[number])
        # Lines from a pipe that stays open are answered, every turn of them.
        reader = subprocess.Popen([QUIRE, "run", "--model", model, "-i", "-", "-o", "-", "--quiet"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        reader.stdin.write((json.dumps(lines[3]) + "\n").encode())
        reader.stdin.flush()
        first = json.loads(reader.stdout.readline())
        self.assertEqual({**first, "index": 3}, json.loads(whole.splitlines()[3]))
        reader.stdin.close()
        self.assertEqual(reader.wait(timeout=60), 0)
        reader.stdout.close()

    def test_killed_again_and_again_it_completes_with_the_same_bytes(self):
        lines = [{"id": number, "turns": ["Tell me of %d." % number, "Go on.", "And then?", "The end?"], "max_tokens": 60,
                  "ignore_eos": True, "n": 1} for number in range(6)]
        source = self.write_lines("in.jsonl", lines)
        run = ["run", "--model", MODEL, "-i", source, "--ordered", "--quiet", "--metrics-file", self.path("m.json")]
        self.quire(*run, "-o", self.path("expected"))
        with open(self.path("m.json"), encoding="utf-8") as file:
            drawn = json.load(file)["tokens"]["output_tokens"]
        self.assertEqual(drawn, 6 * 4 * 60)
        # A death in the first turns, and one in the last.
        for size in (1_500, 7_000):
            process = subprocess.Popen([QUIRE, *run, "-o", self.path("out")])
            deadline = time.monotonic() + 240
            while time.monotonic() < deadline and process.poll() is None:
                if os.path.exists(self.path("out.journal")) and os.path.getsize(self.path("out.journal")) > size:
                    break
                time.sleep(0.01)
            self.assertIsNone(process.poll(), "the job ended too early")
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=60)
        self.quire(*run, "-o", self.path("out"))
        with open(self.path("out"), "rb") as one, open(self.path("expected"), "rb") as other:
            self.assertEqual(one.read(), other.read())
        with open(self.path("m.json"), encoding="utf-8") as file:
            tokens = json.load(file)["tokens"]
        self.assertEqual(tokens["resumed_tokens"] + tokens["output_tokens"], drawn)
        self.assertGreater(tokens["resumed_tokens"], 6 * 60)

    def test_a_turn_computes_only_what_is_new_of_it(self):
        lines = [{"id": number, "system": "You know all about rivers. " * 20, "turns": ["Hi %d" % number, "More", "More", "More"],
                  "max_tokens": 16, "ignore_eos": True} for number in range(4)]
        self.write_lines("in.jsonl", lines)
        answers = self.lines_of(self.quire(
            "run", "--model", MODEL, "-i", self.path("in.jsonl"), "-o", "-", "--metrics-file", self.path("m.json")).out)
        with open(self.path("m.json"), encoding="utf-8") as file:
            tokens = json.load(file)["tokens"]
        prompts = sum(answer["usage"]["prompt_tokens"] for answer in answers)
        self.assertEqual(tokens["computed_prompt_tokens"] + tokens["prefix_hit_tokens"], prompts)
        self.assertGreater(tokens["prefix_hit_tokens"], 0.75 * prompts)

    @staticmethod
    def lines_of(text):
        return [json.loads(line) for line in text.splitlines()]

    def test_shards_caches_error_files_shared_jobs_and_checks_take_dialogues(self):
        model = self.tiny()
        lines = [{"id": number, "turns": ["a%d" % number, "b", "c"][:1 + number % 3], "max_tokens": 6,
                  **({"prompt_logprobs": 2} if number == 7 else {})} for number in range(12)]
        lines.append({"id": "bad", "turns": ["a"], "n": 2})
        source = self.write_lines("in.jsonl", lines)
        run = ["run", "--model", model, "-i", source, "--ordered", "--quiet"]
        whole = self.quire(*run, "-o", "-").out
        self.quire(*run, "-o", self.path("whole"))
        told = self.quire("verify", self.path("whole"), "--model", model, "-i", source, expect=None)
        self.assertEqual(told.status, 0, told.err)
        for number in range(2):
            self.quire(*run, "-o", self.path("part%d" % number), "--num-shards", 2, "--shard-id", number)
        self.quire("merge", self.path("part0"), self.path("part1"), "-o", self.path("merged"))
        with open(self.path("merged"), encoding="utf-8") as file:
            self.assertEqual(file.read(), whole)
        self.quire(*run, "-o", self.path("shared"), "--work-dir", self.path("work"))
        with open(self.path("shared"), encoding="utf-8") as file:
            self.assertEqual(file.read(), whole)
        for _ in range(2):
            cached = self.quire(*run, "-o", "-", "--cache", self.path("cache"), "--metrics-file", self.path("m.json"))
            self.assertEqual(cached.out, whole)
        with open(self.path("m.json"), encoding="utf-8") as file:
            metrics = json.load(file)
        self.assertEqual((metrics["tokens"]["output_tokens"], metrics["requests"]["cached"]), (0, 12))
        self.quire(*run, "-o", self.path("good"), "--error-file", self.path("wrong"))
        self.assertEqual([line["custom_id"] for line in self.lines("wrong")], ["bad"])
        dry = json.loads(self.quire(*run, "-o", "-", "--dry-run", "--json").out)
        self.assertEqual((dry["answerable"], dry["errors"], dry["later_turns"]), (12, 1, 12))
        self.assertEqual(dry["greatest_answer_tokens"]["total"], 24 * 6)
