"""Goldens of QuireTokenizersTests, by the oracles.

    python make_goldens.py SMOLLM2.gguf QWEN.tiktoken OUTPUT_DIRECTORY

Reads texts.jsonl and the tiny-*.json tokenizers of OUTPUT_DIRECTORY (made by make_texts.py and make_tiny.py) and writes there:

- digests.txt: a line a text, `count fnv` of the ids of SmolLM2 (GGUF, original Digits and ByteLevel) and of Qwen (tiktoken),
  control tokens recognised in both
- pieces.txt: a line a text for the first 2,000, `count fnv` of the piece lengths in bytes under the patterns of GPT-2, Qwen2 and
  Llama 3
- tiny.txt: a line a text for the first 2,000, `count fnv` of the ids of each tiny tokenizer, control tokens recognised, and again
  with special tokens as text
- normalized.txt: a line a text for the first 2,000, `count fnv` of the bytes of its normalisation form C
- samples.jsonl: full ids of every 17th text: SmolLM2 and Qwen, control tokens recognised and not
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, normalizers

import oracles

FIRST = 2000
TINY = ["tiny-qwen2.json", "tiny-llama3.json", "tiny-prefix.json"]


def digest(numbers):
    return f"{len(numbers)} {oracles.fnv(numbers):016x}"


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines))


def tiny_lines(folder, texts):
    columns = []
    for name in TINY:
        tokenizer = Tokenizer.from_file(str(folder / name))
        for special_as_text in (False, True):
            tokenizer.encode_special_tokens = special_as_text
            columns.append([digest(e.ids) for e in tokenizer.encode_batch(texts, add_special_tokens=False)])
    return [" ".join(row) for row in zip(*columns)]


def main(gguf, tiktoken_path, output):
    folder = Path(output)
    texts = oracles.read_texts(folder / "texts.jsonl")
    smollm, qwen = oracles.smollm(gguf), oracles.qwen(tiktoken_path)
    smollm_ids = [e.ids for e in smollm.encode_batch(texts)]
    qwen_ids = [qwen.encode(text, allowed_special="all") for text in texts]
    write_lines(folder / "digests.txt", [f"{digest(a)} {digest(b)}" for a, b in zip(smollm_ids, qwen_ids)])
    splitters = [oracles.splitter(p) for p in (oracles.GPT2_PATTERN, oracles.QWEN_PATTERN, oracles.LLAMA3_PATTERN)]
    first = texts[:FIRST]
    write_lines(folder / "pieces.txt", [" ".join(digest(oracles.pieces(s, text)) for s in splitters) for text in first])
    write_lines(folder / "tiny.txt", tiny_lines(folder, first))
    nfc = normalizers.NFC()
    write_lines(folder / "normalized.txt", [digest(list(nfc.normalize_str(text).encode())) for text in first])
    smollm.encode_special_tokens = True
    samples = []
    for index in range(0, len(texts), 17):
        text = texts[index]
        samples.append(json.dumps({
            "index": index, "smollm": smollm_ids[index], "smollm_text": smollm.encode(text).ids, "qwen": qwen_ids[index],
            "qwen_text": qwen.encode_ordinary(text)}, separators=(",", ":")))
    write_lines(folder / "samples.jsonl", samples)
    print(f"{len(texts)} texts, {len(samples)} samples")


if __name__ == "__main__":
    main(*sys.argv[1:])
