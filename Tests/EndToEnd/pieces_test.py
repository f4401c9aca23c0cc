"""Models whose vocabulary is SentencePiece's: ids there and back, the space in front, byte tokens and stop strings."""
import json
import os

from harness import ROOT, QuireTestCase

GOLDENS = os.path.join(ROOT, "Tests", "Goldens", "tokenizers")
PIECES = os.path.join(GOLDENS, "pieces-bpe.model")
SIZE = 900


class Pieces(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.model = self.tiny(pieces=(PIECES, SIZE))

    def byte(self, value):
        """The id of a byte's token."""
        source = self.write_lines("bytes.jsonl", [{"token_ids": [token]} for token in range(SIZE)])
        self.quire("tokenize", "--tokenizer", PIECES, "--decode", "-i", source, "-o", self.path("texts.jsonl"), "--overwrite")
        texts = [line["text"] for line in self.lines("texts.jsonl")]
        return texts.index("\x01") + value - 1

    def encode(self, text, *options):
        source = self.write_lines("text.jsonl", [{"text": text}])
        self.quire("tokenize", "--tokenizer", self.model, "-i", source, "-o", self.path("ids.jsonl"), "--overwrite", *options)
        return self.lines("ids.jsonl")[0]["token_ids"]

    def answer(self, token, **fields):
        """The answer of a model that is bound to say one token again and again."""
        line = {"prompt": "What is the capital of France?", "max_tokens": 4, "temperature": 0, "ignore_eos": True,
                "logit_bias": {str(token): 100}, **fields}
        source = self.write_lines("in.jsonl", [line])
        self.quire("run", "--model", self.model, "-i", source, "-o", self.path("out.jsonl"), "--overwrite", "--quiet",
                   "--include", "token_ids,prompt_token_ids")
        return self.lines("out.jsonl")[0]

    def test_texts_come_back_and_bos_stands_in_front_on_request(self):
        texts = json.loads(json.dumps(["naïve  你好 😀\n", " two ", "<|im_start|>", ""]))
        for text in texts:
            ids = self.encode(text)
            self.assertEqual(self.encode(text, "--add-special-tokens"), [1] + ids)
            source = self.write_lines("back.jsonl", [{"token_ids": ids}])
            self.quire("tokenize", "--tokenizer", self.model, "--decode", "-i", source, "-o", self.path("back"), "--overwrite")
            self.assertEqual(self.lines("back")[0]["text"], text)

    def test_an_answer_keeps_the_space_before_its_first_word(self):
        word = self.encode("the")
        self.assertEqual(len(word), 1)
        line = self.answer(word[0])
        self.assertEqual(line["outputs"][0]["text"], " the" * 4)
        self.assertEqual(line["prompt_token_ids"][0], 1)

    def test_a_stop_string_of_byte_tokens_ends_the_answer_at_once(self):
        line = self.answer(self.byte(0x0C), stop=["\f"])
        self.assertEqual(line["outputs"][0]["text"], "")
        self.assertEqual(line["outputs"][0]["finish_reason"], "stop")
        self.assertEqual(line["usage"]["completion_tokens"], 1)
        self.assertEqual(self.answer(self.byte(0x0C))["outputs"][0]["text"], "\f" * 4)

    def test_bytes_that_are_no_text_become_one_replacement_character_each(self):
        self.assertEqual(self.answer(self.byte(0xE4))["outputs"][0]["text"], "\ufffd" * 4)

    def test_a_directory_without_any_vocabulary_says_what_would_be_read(self):
        os.remove(os.path.join(self.model, "tokenizer.model"))
        result = self.quire("inspect", self.model, expect=None)
        self.assertIn("tokenizer.model", result.out + result.err)
