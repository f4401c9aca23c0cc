"""What the generators of spoilt files share."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "EndToEnd"))
import tiny_model  # noqa: E402

TOKENS = tiny_model.byte_characters() + ["th", "<|endoftext|>"]
VOCABULARY = len(TOKENS)


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
