"""Goldens of tokens that stand beside a vocabulary, by transformers.

    python make_stated.py OUTPUT_DIRECTORY

writes stated.jsonl: for 60 random directories over the vocabulary of tiny-qwen2.json (made by make_tiny.py) the files'
contents and, for some texts, the ids that transformers gives with and without special tokens, and what is left of them
when special tokens are skipped. Half of the directories hold a tokenizer.json, half vocab.json and merges.txt.
"""

import json
import os
import random
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import AutoTokenizer  # noqa: E402

NAMES = ["<|a|>", "<|b|>", "<|c|>", "<tool>", "</tool>", "<pad>", "naïve", "QQ"]
TEXTS = ["x<|a|>y <|b|> <|c|>z<tool>1</tool> <pad>naïve QQ aQQb nai\u0308ve", "<|im_end|> <|b|>", "it's 12 a  "]
POST = {"type": "TemplateProcessing", "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]}


def flags(rng, content):
    special = rng.random() < 0.6
    return {"content": content, "lstrip": rng.random() < 0.2, "normalized": not special and rng.random() < 0.5,
            "rstrip": rng.random() < 0.2, "single_word": rng.random() < 0.1, "special": special}


def config(rng, size):
    """A tokenizer_config.json and the files beside it."""
    settings, files = {"tokenizer_class": "PreTrainedTokenizerFast"}, {}
    names = rng.sample(NAMES, 5)
    style = rng.random()
    if style < 0.5:
        settings["added_tokens_decoder"] = {
            str(size + index): flags(rng, name) for index, name in enumerate(rng.sample(names, rng.randrange(1, 5)))}
    else:
        if rng.random() < 0.7:
            files["added_tokens.json"] = {name: size + index for index, name in enumerate(rng.sample(names, 3))}
        if rng.random() < 0.7:
            files["special_tokens_map.json"] = {
                "eos_token": rng.choice(names), "pad_token": dict(flags(rng, rng.choice(names))),
                "additional_special_tokens": rng.sample(names, 2)}
            files["special_tokens_map.json"]["pad_token"].pop("special")
    for key in ("bos_token", "eos_token", "unk_token", "image_token"):
        if rng.random() < 0.5:
            settings[key] = rng.choice(names)
    if rng.random() < 0.4:
        settings[rng.choice(["extra_special_tokens", "additional_special_tokens"])] = rng.sample(names, 2)
    for key in ("add_bos_token", "add_eos_token"):
        if rng.random() < 0.4:
            settings[key] = rng.random() < 0.7
    files["tokenizer_config.json"] = settings
    return files


def main(output):
    rng = random.Random(4242)
    tiny = json.loads(Path(output, "tiny-qwen2.json").read_text())
    model = tiny["model"]
    lines = []
    while len(lines) < 60:
        has_json = len(lines) % 2 == 0
        known = [{"id": len(model["vocab"]), "content": "<|a|>", "single_word": False, "lstrip": False, "rstrip": False,
                  "normalized": False, "special": rng.random() < 0.5}] if has_json else []
        files = config(rng, len(model["vocab"]) + len(known))
        if has_json:
            post = dict(POST, single=[{"SpecialToken": {"id": "<|a|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                        special_tokens={"<|a|>": {"id": "<|a|>", "ids": [len(model["vocab"])], "tokens": ["<|a|>"]}})
            files["tokenizer.json"] = {"added_tokens": known, "post_processor": post if rng.random() < 0.5 else None}
        with tempfile.TemporaryDirectory() as folder:
            for name, value in files.items():
                if name == "tokenizer.json":
                    value = dict(tiny, **value)
                Path(folder, name).write_text(json.dumps(value))
            if not has_json:
                Path(folder, "vocab.json").write_text(json.dumps(model["vocab"]))
                Path(folder, "merges.txt").write_text("#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in model["merges"]))
                files["config.json"] = {"model_type": "qwen2"}
                Path(folder, "config.json").write_text('{"model_type": "qwen2"}')
            else:
                Path(folder, "config.json").write_text('{"model_type": "llama"}')
            try:
                tokenizer = AutoTokenizer.from_pretrained(folder)
                plain = [tokenizer(text, add_special_tokens=False).input_ids for text in TEXTS]
                lines.append({"files": files, "ids": plain, "special": [tokenizer(text).input_ids for text in TEXTS],
                              "skipped": [tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False) for ids in plain]})
            except Exception as error:
                print(repr(error)[:150], file=sys.stderr)
    Path(output, "stated.jsonl").write_text(
        json.dumps(TEXTS) + "\n" + "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
