"""Trains one small byte-level vocabulary and writes it as tokenizer.json files of three kinds.

    python make_tiny.py OUTPUT_DIRECTORY

- tiny-qwen2.json: as Qwen2's (NFC, Split, ByteLevel), added tokens of every flag
- tiny-llama3.json: as Llama 3's (Split, ByteLevel, ignore_merges, merges as "a b", a template with BOS)
- tiny-prefix.json: Digits in runs, ByteLevel with a prefix space, an unknown token for bytes that the vocabulary lacks
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import make_texts
import oracles


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [oracles.splitter(oracles.LLAMA3_PATTERN), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(make_texts.texts(3000, 11), trainer)
    return json.loads(tokenizer.to_str())["model"]


def added(identifier, content, special=False, normalized=False, lstrip=False, rstrip=False, single_word=False):
    return {"id": identifier, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
            "normalized": normalized, "special": special}


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def byte_level(prefix=False, regex=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": False, "use_regex": regex}


def document(model, added_tokens, stages, normalizer=None, post_processor=None):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens, "normalizer": normalizer,
            "pre_tokenizer": stages[0] if len(stages) == 1 else {"type": "Sequence", "pretokenizers": stages},
            "post_processor": post_processor, "decoder": byte_level(), "model": model}


def main(output):
    model = train()
    size = len(model["vocab"])
    contents = [("<|endoftext|>", dict(special=True)), ("<|im_start|>", dict(special=True)), ("<|im_end|>", dict(special=True)),
                ("<|im_", dict()), ("naïve", dict(normalized=True)), ("QQ", dict(single_word=True)), ("中", dict(lstrip=True)),
                ("<s>", dict(special=True, rstrip=True)), ("\u1e9b\u0323", dict(normalized=True)), ("e\u0301 ", dict())]
    tokens, vocabulary, following = [], model["vocab"], size
    for content, flags in contents:
        tokens.append(added(vocabulary.get(content, following), content, **flags))
        following += content not in vocabulary
    qwen = document(dict(model), tokens, [split(oracles.QWEN_PATTERN), byte_level()], normalizer={"type": "NFC"},
                    post_processor=byte_level())

    llama_model = dict(model, ignore_merges=True, merges=[" ".join(pair) for pair in model["merges"]])
    # Whole words that no merge reaches: only ignore_merges finds them.
    llama_model["vocab"] = dict(model["vocab"], **{"Ġcapital": size, "ä½łå¥½åĳĢ": size + 1})
    begin = added(size + 2, "<|begin_of_text|>", special=True)
    template = {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"<|begin_of_text|>": {"id": "<|begin_of_text|>", "ids": [size + 2], "tokens": ["<|begin_of_text|>"]}}}
    llama = document(llama_model, [begin], [split(oracles.LLAMA3_PATTERN), byte_level()],
                     post_processor={"type": "Sequence", "processors": [byte_level(), template]})

    missing = {"q", "Q", "Z", "ð", "ÿ", "Ċ"}
    kept = [token for token in sorted(model["vocab"], key=model["vocab"].get) if not missing & set(token)]
    prefix_model = dict(
        model, vocab={token: i for i, token in enumerate(kept + ["<unk>"])}, unk_token="<unk>", fuse_unk=True,
        merges=[pair for pair in model["merges"] if not missing & set("".join(pair))])
    prefix = document(prefix_model, [added(len(kept) + 1, "<|im_end|>", special=True)],
                      [{"type": "Digits", "individual_digits": False}, byte_level(prefix=True, regex=True)])
    for name, value in (("tiny-qwen2", qwen), ("tiny-llama3", llama), ("tiny-prefix", prefix)):
        Path(output, name + ".json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
