"""First-generation Qwen as its checkpoints are published: qwen.tiktoken, generation_config.json and no chat template."""
import json
import os
import random
import shutil
import struct

from harness import RANKS, QuireTestCase

VOCABULARY, HIDDEN, HALF = 151936, 16, 24


def write(directory, generation):
    """A tiny checkpoint with random bfloat16 weights and the real vocabulary."""
    os.makedirs(directory)
    shapes = {
        "transformer.wte.weight": [VOCABULARY, HIDDEN], "transformer.ln_f.weight": [HIDDEN],
        "lm_head.weight": [VOCABULARY, HIDDEN], "transformer.h.0.ln_1.weight": [HIDDEN],
        "transformer.h.0.ln_2.weight": [HIDDEN], "transformer.h.0.attn.c_attn.weight": [3 * HIDDEN, HIDDEN],
        "transformer.h.0.attn.c_attn.bias": [3 * HIDDEN], "transformer.h.0.attn.c_proj.weight": [HIDDEN, HIDDEN],
        "transformer.h.0.mlp.w1.weight": [HALF, HIDDEN], "transformer.h.0.mlp.w2.weight": [HALF, HIDDEN],
        "transformer.h.0.mlp.c_proj.weight": [HIDDEN, HALF],
    }
    # The upper byte of a number around 0.1, of either sign.
    upper = bytes(0x3D if byte < 128 else 0xBD for byte in range(256))
    generator = random.Random(1)
    header, data = {}, bytearray()
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = bytearray(2 * count)
        values[0::2] = generator.randbytes(count)
        values[1::2] = generator.randbytes(count).translate(upper)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(directory, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    config = {
        "architectures": ["QWenLMHeadModel"], "model_type": "qwen", "hidden_size": HIDDEN, "kv_channels": 8,
        "intermediate_size": 2 * HALF, "num_attention_heads": 2, "num_hidden_layers": 1, "vocab_size": VOCABULARY,
        "max_position_embeddings": 8192, "seq_length": 64, "use_dynamic_ntk": True, "use_logn_attn": True,
        "no_bias": True, "layer_norm_epsilon": 1e-6, "tie_word_embeddings": False, "bf16": True,
        "use_flash_attn": "auto", "use_cache_quantization": False, "rotary_pct": 1.0, "rotary_emb_base": 10000,
    }
    for name, value in {"config.json": config, "generation_config.json": generation}.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            json.dump(value, file)
    shutil.copy(RANKS, os.path.join(directory, "qwen.tiktoken"))


class Qwen(QuireTestCase):
    def answers(self, generation, lines):
        write(self.path("model"), generation)
        source = self.write_lines("in.jsonl", lines)
        ran = self.quire(
            "run", "--model", self.path("model"), "-i", source, "-o", self.path("out.jsonl"), "--ordered",
            "--max-tokens", "3", "--kv-cache-memory", "64MiB", "--include", "prompt_token_ids,token_ids")
        return self.lines("out.jsonl"), ran.err

    def test_chats_are_chatml_and_histories_fit_the_window(self):
        earlier = [["old " * 12, "answer " * 12], ["mid", "reply"]]
        answers, told = self.answers(
            {"chat_format": "chatml", "eos_token_id": [151643, 999999], "max_window_size": 60, "top_p": 0.8},
            [
                {"id": "chat", "messages": [{"role": "user", "content": "你好"}]},
                {"id": "history", "prompt": "now", "history": earlier},
                {"id": "raw", "prompt": "Hello <|extra_0|><|extra_204|>"},
                {"id": "long", "prompt": "The quick brown fox " * 20, "prompt_logprobs": 1},
            ])
        self.assertTrue(all(line["error"] is None for line in answers), answers)
        system = [151644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151645, 198]
        self.assertEqual(
            answers[0]["prompt_token_ids"],
            system + [151644, 872, 198, 108386, 151645, 198, 151644, 77091, 198])
        self.assertEqual(answers[1]["history"], {"rounds_kept": 1, "rounds_dropped": 1, "user_tokens_cut": 0})
        self.assertLessEqual(len(answers[1]["prompt_token_ids"]), 60)
        self.assertEqual(answers[2]["prompt_token_ids"], [9707, 220, 151646, 151850])
        self.assertEqual(len(answers[3]["prompt_logprobs"]), 81)
        self.assertEqual(told.count("token id 999999 is passed over"), 1)

    def test_a_raw_model_answers_prompts_and_no_chats(self):
        answers, _ = self.answers(
            {"chat_format": "raw"},
            [{"prompt": "Hello"}, {"messages": [{"role": "user", "content": "Hello"}]}])
        self.assertEqual(answers[0]["prompt_token_ids"], [9707])
        self.assertEqual(answers[1]["error"]["code"], "no_chat_format")
