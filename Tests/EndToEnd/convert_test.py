"""`quire convert` and `--lora`: formats, answers, refusals."""
import json
import os
import shutil
import struct
import sys
import unittest

from harness import ROOT, QuireTestCase

import tiny_model

sys.path.insert(0, os.path.join(ROOT, "Tests"))
import digests_models  # noqa: E402

LORA = os.path.join(ROOT, "Tests", "Goldens", "lora")
PIECES = os.path.join(ROOT, "Tests", "Goldens", "tokenizers")


class ConversionTestCase(QuireTestCase):
    def convert(self, *arguments, model=None, output="model.gguf", **options):
        return self.quire("convert", model or self.tiny(), "-o", self.path(output), *arguments, **options)

    def ids(self, model, texts):
        self.write_lines("texts.jsonl", [{"text": text} for text in texts])
        self.quire("tokenize", "--tokenizer", model, "-i", self.path("texts.jsonl"), "-o", self.path("ids.jsonl"),
                   "--overwrite", "--add-special-tokens", "--allow-special-tokens")
        return self.lines("ids.jsonl")

    def answers(self, model, lines, *arguments):
        self.write_lines("in.jsonl", lines)
        self.quire(
            "run", "--model", model, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--overwrite", "--ordered",
            "--quiet", "--include", "token_ids", "--kv-cache-memory", "64MiB", *arguments)
        return self.lines("out.jsonl")


class ConvertTest(ConversionTestCase):
    LINES = [{"prompt": text, "max_tokens": 16, "temperature": 0, "ignore_eos": True, "logprobs": 2}
             for text in ("Hello", "The cat", "12 and 3'll")] + [
        {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8, "temperature": 0, "ignore_eos": True}]

    def test_single_precision_gives_the_answers_of_the_checkpoint_to_the_last_bit(self):
        done = self.convert("--format", "f32")
        self.assertIn("11 in F32", done.err)
        self.assertEqual(
            self.answers(self.path("model.gguf"), self.LINES, "--dtype", "float32"),
            self.answers(self.tiny(), self.LINES, "--dtype", "float32"))

    def test_every_format_is_written_and_answers(self):
        tiny_model.write(self.path("wide"), hidden=256, intermediate=512, layers=8, heads=4)
        for name, expected in [
            ("F16", "F16"), ("BF16", "BF16"), ("Q8_0", "Q8_0"), ("Q4_0", "Q4_0"), ("Q4_1", "Q4_1"), ("q4_k_m", "Q4_K"),
        ]:
            self.convert("--format", name, "--overwrite", model=self.path("wide"))
            found = json.loads(self.quire("inspect", self.path("model.gguf"), "--json").out)
            formats = {entry["name"]: entry["format"] for entry in found["tensors"]}
            self.assertEqual(formats["blk.1.attn_q.weight"], expected)
            self.assertEqual(formats["blk.1.attn_norm.weight"], "F32")
            self.assertEqual(len(self.answers(self.path("model.gguf"), self.LINES)), len(self.LINES))
        # Of eight layers the first, the last and every third between have more bits; so has a tied embedding.
        self.assertEqual(
            [formats["blk.%d.ffn_down.weight" % layer] for layer in range(8)],
            ["Q6_K", "Q4_K", "Q4_K", "Q6_K", "Q4_K", "Q4_K", "Q6_K", "Q6_K"])
        self.assertEqual(formats["token_embd.weight"], "Q6_K")

    def test_a_sentencepiece_model_becomes_a_vocabulary_of_pieces(self):
        with open(os.path.join(PIECES, "pieces-bpe.model"), "rb") as file:
            pieces = file.read()
        # Pieces of spaces that are looked for in texts as written are found otherwise in GGUF: the proof fails.
        tiny_model.write(self.path("spaces"), pieces=(os.path.join(PIECES, "pieces-bpe.model"), 904))
        self.assertIn("cuts alike", self.convert(model=self.path("spaces"), output="b.gguf", expect=65).err)
        # The same with their type changed to that of usual ones, and four rows that no piece has.
        usual = self.write("usual.model", pieces.replace(b"\x18\x04", b"\x18\x01"))
        tiny_model.write(self.path("pieces"), pieces=(usual, 904))
        self.convert("--format", "F32", model=self.path("pieces"))
        self.assertIn("gguf llama", self.quire("inspect", self.path("model.gguf")).out)
        texts = ["naïve  你好 😀\n", " two ", "<s>", "", "12 and 3'll", "\t\tx"]
        self.assertEqual(self.ids(self.path("pieces"), texts), self.ids(self.path("model.gguf"), texts))
        lines = self.LINES[:3]
        self.assertEqual(self.answers(self.path("model.gguf"), lines, "--dtype", "float32"),
                         self.answers(self.path("pieces"), lines, "--dtype", "float32"))
        # A unigram model keeps its scores and its rules of normalisation, under another kind.
        tiny_model.write(self.path("unigram"), pieces=(os.path.join(PIECES, "pieces-unigram.model"), 904))
        self.convert("--format", "F32", model=self.path("unigram"), output="unigram.gguf")
        self.assertIn("gguf t5", self.quire("inspect", self.path("unigram.gguf")).out)
        self.assertEqual(self.ids(self.path("unigram"), texts), self.ids(self.path("unigram.gguf"), texts))

    def change(self, directory, name, **changes):
        """Changes keys of a JSON file, which is made where it is not there."""
        path = os.path.join(directory, name)
        value = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                value = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(value | changes, file)

    def test_tokens_beside_the_tokenizer_and_all_that_end_answers_are_written(self):
        model = self.path("stated")
        # Two rows more than tokenizer.json has tokens; the tokens stand in files beside it.
        tiny_model.write(model, more_tokens=["<|spare_1|>", "<|spare_2|>"])
        with open(os.path.join(model, "tokenizer.json"), encoding="utf-8") as file:
            tokenizer = json.load(file)
        tokenizer["added_tokens"] = tokenizer["added_tokens"][:3]
        self.change(model, "tokenizer.json", **tokenizer)
        self.change(model, "added_tokens.json", **{"<|tool|>": 259, "<plain>": 260})
        self.change(model, "special_tokens_map.json", additional_special_tokens=["<|tool|>"], pad_token="<|endoftext|>")
        self.change(model, "generation_config.json", eos_token_id=[258, 259, 256, 260])
        done = self.convert("--format", "F32", model=model)
        self.assertIn('"<plain> (260)" will not end answers', done.err)
        self.assertEqual(done.err.count("warning"), 1)
        self.assertIn("256", self.quire("inspect", self.path("model.gguf"), "--special-tokens").out)
        texts = ["a<|tool|>b <plain>\n", "<|im_end|> x<|endoftext|>"]
        self.assertEqual(self.ids(model, texts), self.ids(self.path("model.gguf"), texts))
        # The third of the tokens ends an answer of the written file, too.
        lines = [{"prompt": "Hi", "max_tokens": 4, "temperature": 0, "logit_bias": {str(token): 100}}
                 for token in (258, 259, 256)]
        found = self.answers(self.path("model.gguf"), lines)
        self.assertEqual([line["outputs"][0]["finish_reason"] for line in found], ["stop"] * 3)
        self.assertEqual(found, self.answers(model, lines))

    def test_a_gguf_file_is_written_in_another_format(self):
        tiny_model.write(self.path("wide"), hidden=256, intermediate=512, layers=2, heads=4)
        self.convert("--format", "F32", model=self.path("wide"), output="exact.gguf")
        exact = self.path("exact.gguf")
        # By way of a GGUF file or not, the tensors are the same, and so are all keys but the model's name.
        for name in ("Q8_0", "Q4_K_M", "BF16"):
            self.convert("--format", name, "--overwrite", model=exact, output="a.gguf")
            self.convert("--format", name, "--overwrite", model=self.path("wide"), output="b.gguf")
            self.assertEqual(self.answers(self.path("a.gguf"), self.LINES), self.answers(self.path("b.gguf"), self.LINES))
        # A format that stays is copied; one that changes loses something, which is told.
        self.convert("--format", "Q4_K_M", model=exact, output="q4.gguf")
        same = self.convert("--format", "Q4_K_M", model=self.path("q4.gguf"), output="same.gguf")
        self.assertIn("quantised already", same.err)
        self.assertEqual(self.answers(self.path("same.gguf"), self.LINES), self.answers(self.path("q4.gguf"), self.LINES))
        lost = self.convert("--format", "Q8_0", model=self.path("q4.gguf"), output="lost.gguf")
        self.assertIn("15 of its matrices are quantised already", lost.err)
        whole = self.convert("--format", "F32", model=self.path("q4.gguf"), output="whole.gguf")
        self.assertNotIn("quantised already", whole.err)
        self.assertEqual(
            self.answers(self.path("whole.gguf"), self.LINES, "--dtype", "float32"),
            self.answers(self.path("q4.gguf"), self.LINES, "--dtype", "float32"))

    def test_memory_is_bounded_by_the_largest_tensor(self):
        """256 MiB of weights, no tensor above 4 MiB, take no more memory than 32 MiB of them, and a little more."""
        peaks = []
        for layers in (2, 30):
            model = self.path("of-%d" % layers)
            tiny_model.write(model, hidden=64, layers=1)
            self.grow(model, hidden=1024, intermediate=1024, layers=layers)
            output = self.path("of-%d.gguf" % layers)
            peaks.append(self.peak_memory("convert", model, "-o", output, "--format", "Q8_0", "--threads", "2"))
        self.assertLess(peaks[1], peaks[0] + (24 << 20), peaks)

    def grow(self, model, hidden, intermediate, layers):
        """Gives a checkpoint more and larger layers, of zeros that take no space on the disk."""
        self.change(model, "config.json", hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=layers,
                    num_attention_heads=8, num_key_value_heads=4, head_dim=hidden // 8)
        shapes = {"model.embed_tokens.weight": [259, hidden], "model.norm.weight": [hidden]}
        for layer in range(layers):
            prefix = "model.layers.%d." % layer
            shapes |= {prefix + "input_layernorm.weight": [hidden], prefix + "post_attention_layernorm.weight": [hidden]}
            shapes |= {prefix + "self_attn.%s_proj.weight" % name: [hidden // (1 if name == "q" else 2), hidden] for name in "qkv"}
            shapes |= {prefix + "self_attn.o_proj.weight": [hidden, hidden]}
            shapes |= {prefix + "mlp.%s_proj.weight" % name: [intermediate, hidden] for name in ("gate", "up")}
            shapes |= {prefix + "mlp.down_proj.weight": [hidden, intermediate]}
        header, end = {}, 0
        for name, shape in shapes.items():
            size = 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
            end += size
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(os.path.join(model, "model.safetensors"), "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            file.truncate(8 + len(text) + end)

    def test_an_output_is_whole_or_not_there(self):
        self.convert()
        before = os.stat(self.path("model.gguf")).st_mtime_ns
        self.assertIn("--overwrite", self.convert(expect=73).err)
        self.assertEqual(os.stat(self.path("model.gguf")).st_mtime_ns, before)
        self.convert("--overwrite")
        self.assertIn("cannot create", self.convert(output="nowhere/model.gguf", expect=73).err)
        self.assertEqual([name for name in os.listdir(self.folder) if name.endswith(".tmp")], [])

    def test_what_cannot_be_converted_is_refused(self):
        self.assertIn("Q8_0", self.convert("--format", "Q3_K", expect=64).err)
        damaged = self.path("damaged")
        shutil.copytree(self.tiny(), damaged)
        # The last number is one of a matrix with rows of 48, which are no whole blocks.
        for value, name, told in [(float("nan"), "Q8_0", "NaN"), (3e38, "BF16", None), (3e38, "Q8_0", "F16 cannot hold"),
                                  (-1e6, "Q4_0", "F16 cannot hold")]:
            with open(os.path.join(damaged, "model.safetensors"), "r+b") as file:
                file.seek(-4, os.SEEK_END)
                file.write(struct.pack("<f", value))
            done = self.convert("--format", name, model=damaged, output="b.gguf", expect=65 if told else 0)
            if told:
                self.assertIn(told, done.err)
            else:
                os.remove(self.path("b.gguf"))
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("b.gguf")], [])

    def test_what_a_gguf_file_cannot_say_is_refused_by_name(self):
        yarn = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}
        for model, changes, told in [
            ("gemma2", {"query_pre_attn_scalar": 7}, "on scores in layer 0"),
            ("gemma3", {"query_pre_attn_scalar": 7}, "on scores in layer 0"),
            ("qwen2-rope-yarn", {"rope_scaling": yarn | {"truncate": False}}, "scaling yarn in layer 0"),
            ("qwen", {"rotary_pct": 0.5}, "rope.dimension_count"),
        ]:
            directory = self.path(model)
            digests_models.golden(directory, model)
            self.change(directory, "config.json", **changes)
            done = self.convert("--format", "F32", model=directory, expect=65)
            self.assertIn(told, done.err)
            self.assertIn("run the checkpoint as it is", done.err)
            self.assertIn(directory + ":", done.err)
        # What has a key is written.
        for model, changes in [("granite", {"attention_multiplier": 0.3}), ("qwen2-rope-yarn", {"rope_scaling": yarn | {"truncate": True}})]:
            shutil.rmtree(self.path(model), ignore_errors=True)
            digests_models.golden(self.path(model), model)
            self.change(self.path(model), "config.json", **changes)
            self.convert("--format", "F32", "--overwrite", model=self.path(model))

    def test_pieces_that_no_merge_makes_are_refused(self):
        tokens = ["<unk>", "<s>", "</s>", *("<0x%02X>" % byte for byte in range(256)), "▁", "a", "b", "▁a", "ab"]
        space = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
        for name, merges in [("made", [["▁", "a"], ["a", "b"]]), ("unmade", [["▁", "a"]])]:
            model = self.path(name)
            tiny_model.write(model, more_tokens=["<spare_%d>" % number for number in range(len(tokens) - 259)])
            self.change(
                model, "tokenizer.json", normalizer={"type": "Sequence", "normalizers": [
                    {"type": "Prepend", "prepend": "▁"}, space]},
                pre_tokenizer=None, added_tokens=[
                    {"id": index, "content": tokens[index], "special": True, "single_word": False, "lstrip": False,
                     "rstrip": False, "normalized": False} for index in range(3)],
                decoder={"type": "Sequence", "decoders": [
                    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
                    {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
                model={"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
                       "vocab": {text: index for index, text in enumerate(tokens)}, "merges": merges})
            self.change(model, "tokenizer_config.json", bos_token="<s>", eos_token="</s>")
            self.change(model, "config.json", bos_token_id=1, eos_token_id=2)
            self.change(model, "generation_config.json", eos_token_id=2)
            done = self.convert("--format", "F32", model=model, output=name + ".gguf", expect=0 if name == "made" else 65)
            if name == "unmade":
                self.assertIn("pieces of texts that no tokenizer of GGUF cuts alike", done.err)


class LoRATest(ConversionTestCase):
    def base(self, shape):
        shutil.rmtree(self.path("base"), ignore_errors=True)
        tiny_model.write(self.path("base"), **shape)
        return self.path("base")

    def adapter(self, **changes):
        shutil.rmtree(self.path("adapter"), ignore_errors=True)
        shutil.copytree(os.path.join(LORA, "patterns"), self.path("adapter"))
        with open(self.path("adapter/adapter_config.json"), encoding="utf-8") as file:
            config = json.load(file)
        config.update(changes)
        with open(self.path("adapter/adapter_config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        return self.path("adapter")

    def test_an_adapter_gives_the_answers_of_pefts_merged_model(self):
        with open(os.path.join(LORA, "cases.json"), encoding="utf-8") as file:
            cases = json.load(file)
        for name, case in cases.items():
            base, adapter = self.base(case["shape"]), os.path.join(LORA, name)
            lines = [{"prompt_token_ids": answer["prompt"], "max_tokens": len(answer["tokens"]), "temperature": 0,
                      "ignore_eos": True, "logprobs": 1} for answer in case["answers"]]
            found = self.answers(base, lines, "--lora", adapter, "--dtype", "float32")
            for answer, line in zip(case["answers"], found):
                output = line["outputs"][0]
                self.assertEqual(output["token_ids"], answer["tokens"], name)
                for position, expected in zip(output["logprobs"], answer["logprobs"]):
                    self.assertAlmostEqual(position[0]["logprob"], expected, delta=2e-4)
            self.assertNotEqual(
                [line["outputs"] for line in found],
                [line["outputs"] for line in self.answers(base, lines, "--dtype", "float32")])
            # Merged on the way into a file, and over a file whose rows stand in another order.
            self.convert("--format", "F32", "--lora", adapter, "--overwrite", model=base)
            self.assertEqual(self.answers(self.path("model.gguf"), lines, "--dtype", "float32"), found, name)
            self.convert("--format", "F32", "--overwrite", model=base)
            self.assertEqual(
                self.answers(self.path("model.gguf"), lines, "--lora", adapter, "--dtype", "float32"), found, name)

    def test_what_an_adapter_says_is_honoured_or_refused_by_name(self):
        base = self.base({"layers": 2})
        for changes, told in [
            ({"use_dora": True}, "use_dora"), ({"bias": "some"}, "bias"), ({"peft_type": "LOHA"}, "peft_type"),
            ({"init_lora_weights": "pissa"}, "init_lora_weights"), ({"layer_replication": [[0, 1]]}, "layer_replication"),
            ({"lora_bias": True}, "lora_bias"), ({"trainable_token_indices": [1]}, "trainable_token_indices"),
            ({"made_up_scale": 2}, "made_up_scale"), ({"r": 8, "rank_pattern": {}}, "key r"),
            ({"alpha_pattern": {"(q_proj": 2}}, "character 0 of the expression"), ({"rank_pattern": {"[": 2}}, "rank_pattern"),
        ]:
            done = self.convert("--lora", self.adapter(**changes), model=base, expect=65)
            self.assertIn(told, done.err)
        self.assertIn("no matrix of this model", self.convert(
            "--lora", self.adapter(), model=self.base({"layers": 1}), expect=65).err)
        self.assertIn("shape", self.convert(
            "--lora", self.adapter(), model=self.base({"layers": 2, "hidden": 64}), expect=65).err)
        os.remove(os.path.join(self.adapter(), "adapter_model.safetensors"))
        self.assertIn("adapter_model.safetensors", self.convert(
            "--lora", self.path("adapter"), model=self.base({"layers": 2}), expect=65).err)


if __name__ == "__main__":
    unittest.main()
