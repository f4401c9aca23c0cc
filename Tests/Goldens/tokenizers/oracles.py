"""The oracles of the goldens: Hugging Face tokenizers and tiktoken, built from published files."""

import base64
import json

import tiktoken
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

QWEN_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3_PATTERN = QWEN_PATTERN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN_SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [f"<|extra_{i}|>" for i in range(205)]


def gguf_fields(path):
    import gguf
    fields = gguf.GGUFReader(path).fields
    return {key.removeprefix("tokenizer.ggml."): field.contents() for key, field in fields.items() if key.startswith("tokenizer.ggml.")}


def smollm(path):
    """SmolLM2's tokenizer of a GGUF file's vocabulary, with the original Sequence[Digits, ByteLevel]."""
    fields = gguf_fields(path)
    assert fields["model"] == "gpt2" and fields["pre"] == "smollm"
    vocabulary = {token: index for index, token in enumerate(fields["tokens"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[tuple(m.split(" ")) for m in fields["merges"]]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token, kind in zip(fields["tokens"], fields["token_type"]) if kind == 3])
    return tokenizer


def qwen(path):
    """tiktoken with Qwen's pattern and special tokens."""
    ranks = {}
    with open(path, "rb") as file:
        for line in file:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    specials = {token: len(ranks) + index for index, token in enumerate(QWEN_SPECIALS)}
    return tiktoken.Encoding("qwen", pat_str=QWEN_PATTERN, mergeable_ranks=ranks, special_tokens=specials)


def splitter(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def pieces(pre_tokenizer, text):
    """Lengths of the pieces in UTF-8 bytes."""
    return [len(piece.encode()) for piece, _ in pre_tokenizer.pre_tokenize_str(text)]


def fnv(numbers):
    """FNV-1a, 64 bits, of the numbers as 32-bit little-endian words."""
    state = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(4, "little"):
            state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return state


def read_texts(path):
    with open(path) as file:
        return [json.loads(line) for line in file]
