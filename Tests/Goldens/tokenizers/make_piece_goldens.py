"""Goldens of the models that make_pieces.py writes, by sentencepiece and Hugging Face tokenizers.

    python make_piece_goldens.py FOLDER

reads texts.jsonl and the pieces-* files of FOLDER and writes there `piece-digests.txt`. A line is a model, a column and the digests
(`count fnv`) of 60 blocks of 100 texts each, whose numbers are put in a row with a -1 behind each text. The columns:

- of a tokenizer.model: `ids`, and `decoded`, the UTF-8 bytes of what its pieces decode to, as Hugging Face transformers decodes them
- of a normalizer: `normalized`, the bytes of the normalised texts, and `scalars`, one digest of every scalar that it changes and the bytes
  that it becomes
- of a tokenizer.json: `special` and `plain`, the ids with special tokens recognised and as text; `decoded`, the bytes of what the ids of
  `special` decode to; `drawn`, the bytes of what ids drawn by `draw` decode to, special tokens left out
"""

import sys
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, decoders, normalizers
from tokenizers.decoders import ByteFallback, Fuse, Replace, Strip

import oracles

BLOCK = 100
MODELS = ["bpe", "rules", "unigram", "bytes", "suffix"]
STEPS = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "Strip"]
DOCUMENTS = ["legacy", "first", "never", "gemma", "partial", "t5", "forms"]


def digests(rows):
    words = []
    for start in range(0, len(rows), BLOCK):
        numbers = [number & 0xFFFFFFFF for row in rows[start:start + BLOCK] for number in (*row, -1)]
        words.append(f"{len(numbers)} {oracles.fnv(numbers):016x}")
    return " ".join(words)


def draw(index, size):
    """Twelve ids of a linear congruential generator (Knuth's MMIX) that starts at the text's index."""
    state, ids = index, []
    for _ in range(12):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        ids.append((state >> 33) % size)
    return ids


def piece_decoder(prefixed):
    return decoders.Sequence([Replace("\u2581", " "), ByteFallback(), Fuse()] + ([Strip(" ", 1, 0)] if prefixed else []))


def main(folder):
    folder = Path(folder)
    texts = oracles.read_texts(folder / "texts.jsonl")
    lines = []
    for name in MODELS:
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"pieces-{name}.model"))
        ids = [model.encode(text) for text in texts]
        decoder = piece_decoder(name != "bytes")
        decoded = [list(decoder.decode([model.id_to_piece(i) for i in row]).encode()) for row in ids]
        lines += [f"{name} ids {digests(ids)}", f"{name} decoded {digests(decoded)}"]
    for name in DOCUMENTS:
        tokenizer = Tokenizer.from_file(str(folder / f"pieces-{name}.json"))
        size = tokenizer.get_vocab_size()
        special = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
        tokenizer.encode_special_tokens = True
        plain = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
        decoded = [list(tokenizer.decode(row, skip_special_tokens=False).encode()) for row in special]
        drawn = [list(tokenizer.decode(draw(index, size)).encode()) for index in range(len(texts))]
        for column, rows in (("special", special), ("plain", plain), ("decoded", decoded), ("drawn", drawn)):
            lines.append(f"{name} {column} {digests(rows)}")
    for name in STEPS:
        step = getattr(normalizers, name)().normalize_str
        changed = []
        for scalar in (c for c in range(0x110000) if not 0xD800 <= c < 0xE000):
            if step(chr(scalar)) != chr(scalar):
                changed += [scalar, *step(chr(scalar)).encode()]
        lines.append(f"{name} normalized {digests([list(step(text).encode()) for text in texts])}")
        lines.append(f"{name} scalars {len(changed)} {oracles.fnv(changed):016x}")
    (folder / "piece-digests.txt").write_text("".join(line + "\n" for line in lines))
    print(f"{len(texts)} texts, {len(lines)} columns")


if __name__ == "__main__":
    main(sys.argv[1])
