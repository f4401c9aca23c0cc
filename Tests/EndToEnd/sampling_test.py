"""Sampling parameters on the real model: stop strings inside tokens and over them, bans, biases, lengths, options."""
from harness import MODEL, QuireTestCase

CAPITAL = {"prompt": "The capital of France is", "temperature": 0, "max_tokens": 12}


class Sampling(QuireTestCase):
    def answers(self, lines, *options, model=MODEL, expect=0):
        self.write_lines("in.jsonl", lines)
        result = self.quire(
            "run", "--model", model, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--ordered",
            "--overwrite", "--quiet", "--include", "token_ids,prompt_token_ids", *options, expect=expect)
        return self.lines("out.jsonl") if expect == 0 else result

    def outputs(self, lines, *options):
        answers = self.answers(lines, *options)
        for answer in answers:
            self.assertIsNone(answer["error"])
        return [answer["outputs"][0] for answer in answers]

    def test_stop_strings_inside_a_token_and_over_several(self):
        whole, = self.outputs([CAPITAL])
        self.assertTrue(whole["text"].startswith(" Paris"), whole["text"])
        tokens = [self.outputs([{**CAPITAL, "max_tokens": count}])[0]["text"] for count in (1, 2)]
        # Inside the first token; from the first into the second; the same with the string kept.
        crossing = tokens[0][-2:] + tokens[1][len(tokens[0]):][:1]
        inside, over, kept, both = self.outputs([
            {**CAPITAL, "stop": "ari"}, {**CAPITAL, "stop": [crossing]},
            {**CAPITAL, "stop": [crossing], "include_stop_str_in_output": True},
            {**CAPITAL, "stop": [tokens[1], crossing, "ari"]},
        ])
        self.assertEqual((inside["text"], inside["stop_reason"], len(inside["token_ids"])), (" P", "ari", 1))
        self.assertEqual((over["text"], over["stop_reason"], len(over["token_ids"])), (tokens[0][:-2], crossing, 2))
        self.assertEqual(kept["text"], tokens[0][:-2] + crossing)
        self.assertEqual((both["text"], both["stop_reason"]), (" P", "ari"))
        for output in (inside, over, kept, both):
            self.assertEqual(output["finish_reason"], "stop")

    def test_bad_words_at_the_start_and_after_a_space(self):
        banned, = self.outputs([{**CAPITAL, "bad_words": ["Paris", "Lyon"], "max_tokens": 40}])
        self.assertNotIn("Paris", banned["text"])
        long = {**CAPITAL, "max_tokens": 60, "ignore_eos": True}
        phrase = " has a population"
        free, several = self.outputs([long, {**long, "bad_words": [phrase]}])
        self.assertIn(phrase, free["text"])
        self.assertNotIn(phrase, several["text"])
        self.assertTrue(several["text"].startswith(free["text"][:free["text"].index(phrase)]))

    def test_biases_and_allowed_ids_flat_nested_and_from_openai(self):
        token = self.outputs([CAPITAL])[0]["token_ids"][0]
        openai = {"custom_id": "c", "method": "POST", "url": "/v1/completions",
                  "body": {**CAPITAL, "logit_bias": {str(token): -1e9}, "max_tokens": 1}}
        flat, nested, allowed, clamped = self.answers([
            {**CAPITAL, "logit_bias": {str(token): -100}},
            {**CAPITAL, "sampling_params": {"logit_bias": {str(token): -100}}},
            {**CAPITAL, "allowed_token_ids": [token], "ignore_eos": True}, openai])
        self.assertNotEqual(flat["outputs"][0]["token_ids"][0], token)
        self.assertEqual(flat["outputs"], nested["outputs"])
        self.assertEqual(allowed["outputs"][0]["token_ids"], [token] * 12)
        self.assertEqual(clamped["response"]["body"]["choices"][0]["token_ids"], flat["outputs"][0]["token_ids"][:1])

    def test_options_give_the_defaults_of_silent_lines(self):
        token = self.outputs([CAPITAL])[0]["token_ids"][0]
        silent, own = self.outputs([CAPITAL, {**CAPITAL, "logit_bias": {}, "bad_words": ["x"]}],
                                   "--logit-bias", f"{token}:-100,5:1.5", "--bad-words", "Paris", "--bad-words", "Rome")
        self.assertNotIn("Paris", silent["text"])
        self.assertNotEqual(silent["token_ids"][0], token)
        self.assertEqual(own["token_ids"][0], token)
        allowed, = self.outputs([{**CAPITAL, "ignore_eos": True}], "--allowed-token-ids", f"{token}")
        self.assertEqual(set(allowed["token_ids"]), {token})
        cut, = self.answers([CAPITAL], "--truncate-prompt-tokens", "2", "--no-detokenize", "--logprobs", "0")
        self.assertEqual(len(cut["prompt_token_ids"]), 2)
        self.assertEqual(cut["outputs"][0]["text"], "")
        self.assertIsNone(cut["outputs"][0]["logprobs"][0][0]["token"])
        self.assertEqual(self.outputs([CAPITAL], "--no-spaces-between-special-tokens")[0], self.outputs([CAPITAL])[0])

    def test_options_out_of_range_are_usage_errors_that_name_them(self):
        for options, words in [
            (["--logprobs", "21"], "--logprobs is 21"), (["--prompt-logprobs", "-2"], "--prompt-logprobs is -2"),
            (["--temperature", "nan"], "--temperature is nan"), (["--repetition-penalty", "inf"], "--repetition-penalty"),
            (["--logit-bias", "5"], "ID:BIAS"), (["--logit-bias", "5:1,5:2"], "twice"),
            (["--logit-bias", "5:inf"], "--logit-bias"), (["--allowed-token-ids", "x"], "--allowed-token-ids is x"),
            (["--allowed-token-ids", "900000000"], "--allowed-token-ids"), (["--bad-words", ""], "--bad-words"),
            (["--truncate-prompt-tokens", "0"], "--truncate-prompt-tokens is 0"),
        ]:
            result = self.answers([CAPITAL], *options, expect=64)
            self.assertIn(words, result.err)

    def test_min_tokens_and_ignore_eos(self):
        chat = {"messages": [{"role": "user", "content": "Say yes."}], "temperature": 0}
        free, = self.outputs([chat])
        self.assertEqual(free["finish_reason"], "stop")
        least = len(free["token_ids"]) + 10
        longer, exact = self.outputs([
            {**chat, "min_tokens": least, "max_tokens": 300}, {**chat, "ignore_eos": True, "max_tokens": 77}])
        self.assertGreater(len(longer["token_ids"]), least)
        self.assertEqual(longer["token_ids"][:least - 11], free["token_ids"][:-1])
        self.assertEqual((len(exact["token_ids"]), exact["finish_reason"]), (77, "length"))

    def test_truncation_lets_in_what_is_too_long(self):
        long = {"prompt": "word " * 20000, "max_tokens": 2, "temperature": 0}
        refused, kept = self.answers([long, {**long, "truncate_prompt_tokens": 50}])
        self.assertEqual(refused["error"]["code"], "context_length_exceeded")
        self.assertEqual(len(kept["prompt_token_ids"]), 50)
