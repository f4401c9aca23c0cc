"""quire tokenize and quire inspect."""
import json

import tiny_gguf
from harness import MODEL, RANKS, QuireTestCase


class Commands(QuireTestCase):
    def test_tokenize_gives_the_known_ids_and_decodes_them_again(self):
        texts = ["你是一个智能助手。", "system", "user", "\n", "assistant", "<|im_start|>"]
        source = self.write_lines("texts.jsonl", [{"text": text} for text in texts])
        self.quire("tokenize", "--tokenizer", RANKS, "-i", source, "-o", self.path("ids.jsonl"))
        ids = [line["token_ids"] for line in self.lines("ids.jsonl")]
        self.assertEqual(
            ids[:5], [[56568, 101909, 100168, 110498, 1773], [8948], [872], [198], [77091]])
        self.assertNotIn(151644, ids[5])
        self.quire(
            "tokenize", "--tokenizer", RANKS, "-i", source, "-o", self.path("special.jsonl"),
            "--allow-special-tokens")
        self.assertEqual(self.lines("special.jsonl")[5]["token_ids"], [151644])
        self.quire(
            "tokenize", "--tokenizer", RANKS, "--decode", "-i", self.path("ids.jsonl"),
            "-o", self.path("back.jsonl"))
        self.assertEqual([line["text"] for line in self.lines("back.jsonl")], texts)

    def test_a_megabyte_of_one_letter_is_tokenized(self):
        source = self.write_lines("long.jsonl", [{"text": "a" * 1_000_000}])
        self.quire("tokenize", "--tokenizer", MODEL, "-i", source, "-o", self.path("ids.jsonl"), timeout=30)
        self.assertGreater(len(self.lines("ids.jsonl")[0]["token_ids"]), 10_000)

    def test_inspect_tells_what_a_model_holds(self):
        told = json.loads(self.quire("inspect", MODEL, "--json").out)
        self.assertEqual(told["architecture"], "llama")
        self.assertEqual(told["chat_format"], "chatml")
        text = self.quire("inspect", MODEL).out
        for word in ("llama", "Q4_1", "chatml", "49152"):
            self.assertIn(word, text)
        broken = self.write("broken.gguf", b"GGUF" + b"\xff" * 60)
        self.quire("inspect", broken, expect=65)

    def test_inspect_lists_special_tokens_with_id_text_and_role(self):
        told = json.loads(self.quire("inspect", MODEL, "--json", "--special-tokens").out)["special_tokens"]
        self.assertEqual(told[:3], [
            {"id": 0, "text": "<|endoftext|>", "roles": ["unk"]},
            {"id": 1, "text": "<|im_start|>", "roles": ["bos"]},
            {"id": 2, "text": "<|im_end|>", "roles": ["eos", "pad"]}])
        self.assertEqual([token["id"] for token in told], list(range(17)))
        self.assertIn("2 <|im_end|> eos, pad", self.quire("inspect", MODEL, "--special-tokens").out)
        self.assertNotIn("special_tokens", json.loads(self.quire("inspect", MODEL, "--json").out))

    def test_a_text_that_begins_with_bos_gets_another_unless_the_line_says_no(self):
        model = self.path("bos.gguf")
        bos = 257
        tiny_gguf.write(model, ["Q4_K"], extra={
            "tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.token_type": [1] * bos + [3]})
        lines = [
            {"prompt": "<|endoftext|>a"}, {"prompt": "<|endoftext|>a", "add_special_tokens": False},
            {"prompt": "a", "sampling_params": {"add_special_tokens": False}}, {"prompt": "a"},
            {"prompt_token_ids": [bos, 97], "add_special_tokens": True}]
        source = self.write_lines("bos.jsonl", [dict(line, max_tokens=1, temperature=0) for line in lines])
        result = self.quire(
            "run", "--model", model, "-i", source, "-o", self.path("bos.out"), "--ordered", "--include", "prompt_token_ids")
        ids = [line["prompt_token_ids"] for line in self.lines("bos.out")]
        self.assertEqual([line[:-1] for line in ids], [[bos, bos], [bos], [], [bos], [bos]])
        self.assertEqual(result.err.count("beginning-of-text token and got another"), 1)
        body = {"prompt": "<|endoftext|>a", "max_tokens": 1, "temperature": 0, "add_special_tokens": False, "echo": True}
        line = {"custom_id": "c", "method": "POST", "url": "/v1/completions", "body": body}
        source = self.write_lines("body.jsonl", [line])
        result = self.quire("run", "--model", model, "-i", source, "-o", self.path("body.out"))
        answer = self.lines("body.out")[0]["response"]["body"]
        self.assertTrue(answer["choices"][0]["text"].startswith("<|endoftext|>a"))
        self.assertNotIn("got another", result.err)

    def test_ids_of_special_tokens_that_no_token_has_are_passed_over_with_a_warning(self):
        model = self.path("odd.gguf")
        tiny_gguf.write(model, ["Q4_K"], extra={
            "tokenizer.ggml.bos_token_id": 258, "tokenizer.ggml.padding_token_id": 4294967295})
        warnings = json.loads(self.quire("inspect", model, "--json").out)["warnings"]
        for key in ("bos_token_id", "padding_token_id"):
            self.assertEqual(len([text for text in warnings if f"tokenizer.ggml.{key}" in text]), 1)

    def test_a_stop_string_that_is_a_control_token_ends_the_answer_there(self):
        lines = [
            {"prompt": "hi", "logit_bias": {"0": 100}, "stop": ["\n", "<|endoftext|>"]},
            {"prompt": "hi", "logit_bias": {"0": 100}, "stop": " <|endoftext|>\n", "min_tokens": 2},
            {"prompt": "hi", "logit_bias": {"0": 100}, "stop": "<|endoftext|>", "skip_special_tokens": False},
            {"prompt": "hi", "logit_bias": {"0": 100}, "stop": "<|endoftex"}]
        source = self.write_lines("stop.jsonl", [dict(line, max_tokens=6, temperature=0) for line in lines])
        self.quire("run", "--model", MODEL, "-i", source, "-o", self.path("stop.out"), "--ordered", "--include", "token_ids")
        answers = [line["outputs"][0] for line in self.lines("stop.out")]
        self.assertEqual([a["finish_reason"] for a in answers], ["stop", "stop", "stop", "length"])
        self.assertEqual([a["stop_reason"] for a in answers], ["<|endoftext|>", " <|endoftext|>\n", "<|endoftext|>", None])
        self.assertEqual(answers[0]["token_ids"], [0])
        self.assertEqual(len(answers[1]["token_ids"]), 3)

    def test_inspect_refuses_a_model_whose_tokenizer_is_damaged(self):
        directory = self.tiny()
        self.quire("inspect", directory)
        with open(directory + "/tokenizer.json", "w", encoding="utf-8") as file:
            file.write('{"model": {"type": "BPE", "vocab": 3}}')
        result = self.quire("inspect", directory, expect=65)
        self.assertIn("tokenizer.json", result.err)

    def test_what_has_no_effect_is_told_of_once(self):
        directory = self.tiny()
        with open(directory + "/config.json", encoding="utf-8") as file:
            config = json.load(file)
        with open(directory + "/config.json", "w", encoding="utf-8") as file:
            json.dump({**config, "favourite_colour": float("inf"), "hidden_act": "swish"}, file)
        told = json.loads(self.quire("inspect", directory, "--json").out)
        self.assertEqual(
            told["warnings"], [directory + "/config.json: an unknown key is passed over: favourite_colour"])
        with open(directory + "/config.json", "w", encoding="utf-8") as file:
            json.dump({**config, "residual_multiplier": 0.5}, file)
        self.assertIn("residual_multiplier", self.quire("inspect", directory, expect=65).err)
