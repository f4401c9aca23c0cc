"""quire tokenize and quire inspect."""
import json

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
