"""Several answers a line on the real model: samples, best_of, beams."""
import unittest

from harness import MODEL, QuireTestCase

CHAT = "<|im_start|>user\nName a colour.<|im_end|>\n<|im_start|>assistant\n"


def openai(number, url, **body):
    return {"custom_id": "c%d" % number, "method": "POST", "url": url, "body": {"model": "m", **body}}


def chat(number, **body):
    return openai(number, "/v1/chat/completions", messages=[{"role": "user", "content": "Name a colour."}], **body)


def completion(number, **body):
    return openai(number, "/v1/completions", prompt="Once upon a time", **body)


class Forks(QuireTestCase):
    def answers(self, lines, *options, expect=0):
        self.write_lines("in.jsonl", lines)
        self.quire(
            "run", "--model", MODEL, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--ordered",
            "--overwrite", "--include", "token_ids", *options, expect=expect)
        return self.lines("out.jsonl")

    def test_samples_of_a_seed_are_lone_answers_of_the_seeds_that_follow(self):
        base = {"prompt": CHAT, "temperature": 1.2, "max_tokens": 12}
        together, *alone = self.answers(
            [{**base, "n": 4, "seed": 7}] + [{**base, "seed": 7 + i} for i in range(4)])
        self.assertEqual([answer["index"] for answer in together["outputs"]], [0, 1, 2, 3])
        for answer, lone in zip(together["outputs"], alone):
            self.assertEqual({**answer, "index": 0}, lone["outputs"][0])
            self.assertNotIn("cumulative_logprob", answer)
        self.assertGreater(len({answer["text"] for answer in together["outputs"]}), 1)
        self.assertEqual(
            together["usage"]["completion_tokens"], sum(line["usage"]["completion_tokens"] for line in alone))
        self.assertEqual(together["usage"]["prompt_tokens"], alone[0]["usage"]["prompt_tokens"])

    def test_best_of_gives_the_most_likely_answers_first(self):
        base = {"prompt": CHAT, "temperature": 1.5, "max_tokens": 8, "seed": 1}
        every, best = self.answers([{**base, "n": 6, "logprobs": 0}, {**base, "n": 2, "best_of": 6}])
        ranked = sorted(every["outputs"], key=lambda answer: -answer["cumulative_logprob"])[:2]
        self.assertEqual([answer["index"] for answer in best["outputs"]], [0, 1])
        for answer, expected in zip(best["outputs"], ranked):
            self.assertEqual(answer["text"], expected["text"])
            self.assertEqual(answer["cumulative_logprob"], expected["cumulative_logprob"])
        self.assertEqual(
            best["usage"]["completion_tokens"], sum(len(answer["token_ids"]) for answer in best["outputs"]))

    def test_openai_lines_have_a_choice_an_answer(self):
        lines = self.answers([
            chat(0, n=3, temperature=1, max_tokens=6), completion(1, n=2, best_of=4, max_tokens=6),
            completion(2, n=3, use_beam_search=True, temperature=0, max_tokens=6, length_penalty=0.5)])
        for line, count in zip(lines, [3, 2, 3]):
            body = line["response"]["body"]
            self.assertEqual([choice["index"] for choice in body["choices"]], list(range(count)))
            self.assertEqual(
                body["usage"]["completion_tokens"], sum(len(choice["token_ids"]) for choice in body["choices"]))
        beams = [choice["text"] for choice in lines[2]["response"]["body"]["choices"]]
        self.assertEqual(len(set(beams)), 3)

    def test_beams_by_line_and_by_option(self):
        search = {"use_beam_search": True, "n": 2, "best_of": 4, "temperature": 0, "length_penalty": 2.0,
                  "early_stopping": "never", "max_tokens": 10}
        by_line = self.answers([{"prompt": CHAT, **search}, {"prompt": CHAT, "temperature": 0, "max_tokens": 10}])
        by_option = self.answers(
            [{"prompt": CHAT}], "--use-beam-search", "--n", 2, "--best-of", 4, "--temperature", 0,
            "--length-penalty", 2, "--early-stopping", "never", "--max-tokens", 10)
        self.assertEqual(by_line[0], by_option[0])
        beams, greedy = by_line
        for answer in beams["outputs"]:
            self.assertLess(answer["cumulative_logprob"], 0)
        self.assertNotIn("cumulative_logprob", greedy["outputs"][0])
        scores = [a["cumulative_logprob"] / len(a["token_ids"]) ** 2 for a in beams["outputs"]]
        self.assertEqual(scores, sorted(scores, reverse=True))

    def test_bytes_do_not_depend_on_the_batch(self):
        lines = []
        for number in range(4):
            prompt = "Tell me about number %d. " % number * (1 + 6 * (number % 2))
            lines += [
                {"id": "s%d" % number, "prompt": prompt, "n": 3, "temperature": 1, "max_tokens": 20},
                {"id": "b%d" % number, "prompt": prompt, "use_beam_search": True, "n": 3, "temperature": 0,
                 "max_tokens": 16},
                {"id": "g%d" % number, "prompt": prompt, "temperature": 0, "max_tokens": 16}]
        expected = self.answers(lines)
        for options in [
                ["--max-num-seqs", 3], ["--threads", 1, "--max-num-batched-tokens", 9], ["--block-size", 4],
                ["--kv-cache-memory", "8MiB", "--block-size", 8]]:
            self.assertEqual(self.answers(lines, *options), expected, options)

    def test_what_makes_no_sense_is_refused(self):
        path = self.write_lines("in.jsonl", [{"prompt": "a"}])
        for options, words in [
                (["--n", 2, "--temperature", 0], "--n is 2"),
                (["--n", 3, "--best-of", 2], "--best-of is 2"),
                (["--use-beam-search", "--n", 2], "--temperature is 1.0"),
                (["--use-beam-search", "--temperature", 0], "--n is 1"),
                (["--length-penalty", 2], "--length-penalty is 2.0"),
                (["--early-stopping", "sometimes"], "sometimes")]:
            result = self.quire(
                "run", "--model", MODEL, "-i", path, "-o", self.path("refused.jsonl"), *options, expect=64)
            self.assertIn(words, result.err)
        search = {"use_beam_search": True, "temperature": 0}
        lines = self.answers(
            [{"prompt": "a", **search, "n": 4}, completion(1, **search, n=4), completion(2, **search, n=1, best_of=4)],
            "--max-num-seqs", 3, expect=3)
        for line in lines:
            self.assertEqual(line["error"]["code"], "invalid_value")
            self.assertIn("4 beams run together, but a step holds 3", line["error"]["message"])
        self.assertEqual(
            [line["response"]["body"]["error"]["param"] for line in lines[1:]], ["n", "best_of"])


if __name__ == "__main__":
    unittest.main()
