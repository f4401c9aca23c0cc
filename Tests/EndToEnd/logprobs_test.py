"""Log-probabilities against Hugging Face transformers, and in the forms of native and OpenAI lines."""
import json
import os

from harness import MODEL, ROOT, QuireTestCase

with open(os.path.join(ROOT, "Tests", "Goldens", "sampling", "logprobs.json"), encoding="utf-8") as golden_file:
    GOLDEN = json.load(golden_file)


def openai(custom_id, endpoint, **body):
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/" + endpoint, "body": {"model": "m", **body}}


class Logprobs(QuireTestCase):
    def answers(self, lines, *options, model=MODEL):
        self.write_lines("in.jsonl", lines)
        self.quire("run", "--model", model, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"),
                   "--ordered", "--overwrite", "--quiet", *options)
        return self.lines("out.jsonl")

    def bodies(self, lines, *options, model=MODEL):
        answers = self.answers(lines, *options, model=model)
        for answer in answers:
            self.assertEqual(answer["response"]["status_code"], 200, answer)
        return [answer["response"]["body"] for answer in answers]

    def check_entries(self, entries, golden, tolerance):
        own = entries[0]
        self.assertEqual(own["token_id"], golden["id"])
        self.assertAlmostEqual(own["logprob"], golden["logprob"], delta=tolerance)
        self.assertLessEqual(golden["ranks"][0], own["rank"])
        self.assertLessEqual(own["rank"], golden["ranks"][1])
        likeliest = sorted(entries, key=lambda entry: entry["rank"])[:5]
        self.assertIn(len(entries), (5, 6))
        for found, (token, logprob) in zip(likeliest, golden["top"]):
            # Of two tokens that are nearly equally likely either may come first.
            self.assertAlmostEqual(found["logprob"], logprob, delta=tolerance)
            near = [i for i, value in golden["top"] if abs(value - logprob) < 2 * tolerance]
            self.assertTrue(found["token_id"] == token or found["token_id"] in near or token == golden["top"][-1][0])

    def check_model(self, name, model, tolerance):
        lines = [{"prompt": golden["text"], "temperature": 0, "ignore_eos": True, "logprobs": 5, "prompt_logprobs": 5,
                  "max_tokens": len(golden["output"])} for golden in GOLDEN[name]]
        options = ["--dtype", "float32", "--include", "token_ids,prompt_token_ids"]
        for extra in ([], ["--max-num-batched-tokens", "3"], ["--matmul", "openblas"]):
            for answer, golden in zip(self.answers(lines, *options, *extra, model=model), GOLDEN[name]):
                self.assertEqual(answer["prompt_token_ids"], golden["ids"])
                self.assertIsNone(answer["prompt_logprobs"][0])
                output = answer["outputs"][0]
                self.assertEqual(output["token_ids"], [entry["id"] for entry in golden["output"]])
                self.assertEqual(len(answer["prompt_logprobs"]) - 1, len(golden["prompt"]))
                for entries, expected in zip(answer["prompt_logprobs"][1:], golden["prompt"]):
                    self.check_entries(entries, expected, tolerance)
                for entries, expected in zip(output["logprobs"], golden["output"]):
                    self.check_entries(entries, expected, tolerance)
                self.assertAlmostEqual(
                    output["cumulative_logprob"], sum(entries[0]["logprob"] for entries in output["logprobs"]), 5)

    def test_tiny_checkpoint_agrees_with_transformers_within_1e_4(self):
        self.check_model("tiny", self.tiny(layers=2), 1e-4)

    def test_smollm2_agrees_with_transformers_within_1e_3(self):
        self.check_model("smollm2", MODEL, 1e-3)

    def test_chat_form(self):
        message = [{"role": "user", "content": "Say 🙂"}]
        plain, counted, none, off = self.bodies([
            openai("a", "chat/completions", messages=message, max_completion_tokens=5, temperature=0, logprobs=True),
            openai("b", "chat/completions", messages=message, max_tokens=5, temperature=0, logprobs=True, top_logprobs=4),
            openai("c", "chat/completions", messages=message, max_tokens=5, temperature=0),
            openai("d", "chat/completions", messages=message, max_tokens=5, temperature=0, logprobs=False, top_logprobs=0),
        ])
        self.assertIsNone(none["choices"][0]["logprobs"])
        self.assertIsNone(off["choices"][0]["logprobs"])
        first, second = plain["choices"][0]["logprobs"], counted["choices"][0]["logprobs"]
        self.assertEqual(list(first), ["content", "refusal"])
        self.assertEqual([entry["top_logprobs"] for entry in first["content"]], [[]] * 5)
        text = b"".join(bytes(entry["bytes"]) for entry in second["content"]).decode("utf-8", "replace")
        self.assertEqual(text, counted["choices"][0]["message"]["content"])
        for entry, lone in zip(second["content"], first["content"]):
            self.assertEqual(list(entry), ["token", "logprob", "bytes", "top_logprobs"])
            self.assertEqual(len(entry["top_logprobs"]), 4)
            values = [other["logprob"] for other in entry["top_logprobs"]]
            self.assertEqual(values, sorted(values, reverse=True))
            # Greedy: the drawn token is the first of them.
            self.assertEqual({**entry["top_logprobs"][0], "top_logprobs": []}, lone)
            self.assertEqual({**entry, "top_logprobs": []}, lone)

    def test_completion_form_and_echo(self):
        prompt = "The capital of France is"
        request = {"prompt": prompt, "temperature": 0, "max_tokens": 4}
        plain, echo, both, alone, counted = self.bodies([
            openai("a", "completions", **request, logprobs=2),
            openai("b", "completions", **request, echo=True),
            openai("c", "completions", **request, echo=True, logprobs=2),
            openai("d", "completions", **{**request, "max_tokens": 0}, echo=True, logprobs=2),
            openai("e", "completions", **request, prompt_logprobs=1),
        ])
        answer = plain["choices"][0]["text"]
        self.assertEqual(echo["choices"][0]["text"], prompt + answer)
        self.assertIsNone(echo["choices"][0]["logprobs"])
        self.assertEqual(both["choices"][0]["text"], prompt + answer)
        self.assertEqual(alone["choices"][0]["text"], prompt)
        self.assertEqual((alone["usage"]["completion_tokens"], alone["choices"][0]["finish_reason"]), (0, "length"))
        parts = [body["choices"][0]["logprobs"] for body in (both, alone, plain)]
        for body, logprobs in zip((both, alone, plain), parts):
            self.assertEqual(list(logprobs), ["text_offset", "token_logprobs", "tokens", "top_logprobs"])
            text = body["choices"][0]["text"]
            self.assertEqual("".join(logprobs["tokens"]), text)
            for token, offset in zip(logprobs["tokens"], logprobs["text_offset"]):
                self.assertEqual(text[offset:offset + len(token)], token)
            for token, value, top in zip(logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"]):
                if value is not None:
                    self.assertEqual(top[token], value)
                    self.assertIn(len(top), (2, 3))
        whole, prompt_part, answer_part = parts
        self.assertIsNone(whole["token_logprobs"][0])
        self.assertIsNone(whole["top_logprobs"][0])
        for key in ("tokens", "token_logprobs", "top_logprobs"):
            self.assertEqual(whole[key], prompt_part[key] + answer_part[key])
        self.assertEqual(
            whole["text_offset"], prompt_part["text_offset"] + [len(prompt) + x for x in answer_part["text_offset"]])
        self.assertNotIn("prompt_logprobs", both["choices"][0])
        listed = counted["choices"][0]["prompt_logprobs"]
        self.assertIsNone(listed[0])
        for entries, value in zip(listed[1:], whole["token_logprobs"][1:]):
            own = next(iter(entries.values()))
            self.assertEqual(own["logprob"], value)
            self.assertEqual(set(own), {"logprob", "rank", "decoded_token"})

    def test_every_token_of_the_vocabulary_in_openai_forms(self):
        request = {"max_tokens": 2, "temperature": 0, "ignore_eos": True}
        message = [{"role": "user", "content": "Hi"}]
        chat, completion = self.bodies([
            openai("a", "chat/completions", messages=message, **request, logprobs=True, top_logprobs=-1),
            openai("b", "completions", prompt="Hi", **request, logprobs=-1, prompt_logprobs=-1),
        ], model=self.tiny())
        for entry in chat["choices"][0]["logprobs"]["content"]:
            top = [other["logprob"] for other in entry["top_logprobs"]]
            self.assertEqual(len(top), 259)
            self.assertEqual(top, sorted(top, reverse=True))
            self.assertEqual((entry["token"], entry["logprob"]), (entry["top_logprobs"][0]["token"], top[0]))
            self.assertEqual(len({tuple(other["bytes"]) for other in entry["top_logprobs"]}), 259)
            self.assertAlmostEqual(sum(2.718281828459045 ** value for value in top), 1, 4)
        logprobs = completion["choices"][0]["logprobs"]
        for token, value, top in zip(logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"]):
            self.assertEqual((top[token], max(top.values())), (value, value))
            # Bytes that make no character alone are spelt alike, and one of them gives all their name.
            self.assertGreater(len(top), 127)
        first, *scored = completion["choices"][0]["prompt_logprobs"]
        self.assertIsNone(first)
        for entries in scored:
            self.assertEqual(sorted(map(int, entries)), list(range(259)))
            self.assertEqual(sorted(entry["rank"] for entry in entries.values()), list(range(1, 260)))

    def test_prompt_logprobs_of_bodies_are_the_tokens_own_with_0(self):
        prompt = "The capital of France is"
        completion, echoed, chat = self.bodies([
            openai("a", "completions", prompt=prompt, max_tokens=1, temperature=0, prompt_logprobs=0),
            openai("b", "completions", prompt=prompt, max_tokens=1, temperature=0, echo=True, logprobs=0),
            openai("c", "chat/completions", messages=[{"role": "user", "content": "Hi"}], max_tokens=1, temperature=0,
                   prompt_logprobs=0),
        ])
        first, *scored = completion["choices"][0]["prompt_logprobs"]
        self.assertIsNone(first)
        self.assertEqual({len(entries) for entries in scored}, {1})
        values = [next(iter(entries.values()))["logprob"] for entries in scored]
        self.assertEqual(values, echoed["choices"][0]["logprobs"]["token_logprobs"][1:-1])
        self.assertIsNone(completion["choices"][0]["logprobs"])
        self.assertEqual([entries and len(entries) for entries in chat["prompt_logprobs"][:3]], [None, 1, 1])
        self.assertEqual(len(chat["prompt_logprobs"]), chat["usage"]["prompt_tokens"])

    def test_echo_stands_before_each_of_several_answers(self):
        prompt = "The capital of France is"
        request = {"prompt": prompt, "temperature": 1.3, "seed": 3, "max_tokens": 5, "logprobs": 2, "n": 3}
        echoed, plain = self.bodies(
            [openai("a", "completions", **request, echo=True), openai("b", "completions", **request)])
        self.assertEqual([choice["index"] for choice in echoed["choices"]], [0, 1, 2])
        self.assertGreater(len({choice["text"] for choice in echoed["choices"]}), 1)
        starts = set()
        for whole, answer in zip(echoed["choices"], plain["choices"]):
            self.assertEqual(whole["text"], prompt + answer["text"])
            count = len(whole["logprobs"]["tokens"]) - len(answer["logprobs"]["tokens"])
            self.assertEqual(count, echoed["usage"]["prompt_tokens"])
            for key in ("tokens", "token_logprobs", "top_logprobs"):
                self.assertEqual(whole["logprobs"][key][count:], answer["logprobs"][key])
            starts.add(json.dumps([values[:count] for values in whole["logprobs"].values()]))
        self.assertEqual(len(starts), 1)

    def test_characters_over_tokens_have_offsets_in_the_text(self):
        prompt = "你好 🙂 é!"
        body, = self.bodies([openai("a", "completions", prompt=prompt, max_tokens=0, echo=True, logprobs=0)])
        choice = body["choices"][0]
        self.assertEqual(choice["text"], prompt)
        offsets = choice["logprobs"]["text_offset"]
        self.assertEqual(offsets, sorted(offsets))
        self.assertEqual((offsets[0], offsets[-1]), (0, len(prompt) - 1))

    def test_defaults_of_the_command_line_and_include(self):
        native = {"prompt": "Water boils at", "max_tokens": 3, "temperature": 0}
        chat = openai("c", "chat/completions", messages=[{"role": "user", "content": "Hi"}], max_tokens=3, temperature=0)
        answers = self.answers([native, {**native, "logprobs": 1}, chat], "--include", "logprobs,prompt_logprobs")
        self.assertEqual([[len(p) for p in a["outputs"][0]["logprobs"]] for a in answers[:2]], [[1] * 3, [1] * 3])
        self.assertEqual([p and len(p) for p in answers[0]["prompt_logprobs"]][:2], [None, 1])
        body = answers[2]["response"]["body"]
        self.assertEqual([entry["top_logprobs"] for entry in body["choices"][0]["logprobs"]["content"]], [[]] * 3)
        self.assertIsNone(body["prompt_logprobs"][0])
        answers = self.answers([native, {**native, "sampling_params": {"logprobs": 2}}], "--logprobs", "7")
        self.assertEqual([len(a["outputs"][0]["logprobs"][0]) for a in answers], [7, 2])
        silent = self.answers([native])[0]
        self.assertNotIn("logprobs", silent["outputs"][0])
        self.assertNotIn("cumulative_logprob", silent["outputs"][0])
        self.assertNotIn("prompt_logprobs", silent)

    def test_a_whole_vocabulary_sums_to_one_in_every_position(self):
        answer, = self.answers(
            [{"prompt": "Hi", "max_tokens": 2, "logprobs": -1, "prompt_logprobs": -1}], model=self.tiny())
        for entries in answer["outputs"][0]["logprobs"] + answer["prompt_logprobs"][1:]:
            self.assertEqual(len(entries), 259)
            self.assertAlmostEqual(sum(2.718281828459045 ** entry["logprob"] for entry in entries), 1, 4)
            self.assertEqual(sorted(entry["rank"] for entry in entries), list(range(1, 260)))
