"""Compares quire with mistral-common and sentencepiece on the vocabularies that Mistral publishes.

    python compare_mistral.py QUIRE

reads those in the package mistral-common (`tekken_*.json`, `*.model.v*`), and prints for each how many of the texts of
texts.jsonl have other ids than the package's, and how many ids decode to another text. Needs mistral-common and
sentencepiece.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import mistral_common
import sentencepiece
from mistral_common.tokens.tokenizers.base import SpecialTokenPolicy
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

HERE = pathlib.Path(__file__).parent


def oracle(path):
    """What encodes a text, and what decodes ids."""
    if path.suffix == ".json":
        tekken = Tekkenizer.from_file(path)
        return (
            lambda text: tekken.encode(text, bos=False, eos=False),
            lambda ids: tekken.decode(ids, special_token_policy=SpecialTokenPolicy.KEEP))
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return pieces.encode, pieces.decode


def tokenize(quire, path, key, lines, *options):
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        source.write_text("".join(json.dumps(line) + "\n" for line in lines))
        subprocess.run([quire, "tokenize", "--tokenizer", path, "-i", source, "-o", target, *options], check=True)
        return [json.loads(line)[key] for line in target.read_text().split("\n") if line]


def main(quire):
    texts = [json.loads(line) for line in (HERE / "texts.jsonl").read_text().split("\n") if line]
    data = pathlib.Path(mistral_common.__file__).parent / "data"
    for path in sorted([*data.glob("tekken_*.json"), *data.glob("*.model.v*")]):
        encode, decode = oracle(path)
        expected = [encode(text) for text in texts]
        ids = tokenize(quire, path, "token_ids", [{"text": text} for text in texts])
        decoded = tokenize(quire, path, "text", [{"token_ids": line} for line in expected], "--decode")
        others = [index for index, pair in enumerate(zip(expected, ids)) if pair[0] != pair[1]]
        wrong = [index for index, line in enumerate(expected) if decode(line) != decoded[index]]
        print(f"{path.name}: {len(texts)} texts, {len(others)} with other ids, {len(wrong)} decoded otherwise", others[:5], wrong[:5])


if __name__ == "__main__":
    main(sys.argv[1])
