"""Trains small SentencePiece models, and writes them as tokenizer.model and as tokenizer.json of several kinds.

    python make_pieces.py OUTPUT_DIRECTORY

tokenizer.model files, trained on the texts of make_texts.py:

- pieces-bpe.model: BPE with byte fallback and nothing normalised, as Llama 2's; user-defined and control pieces
- pieces-rules.model: BPE without fallback, rules of normalisation, spaces removed, user-defined pieces
- pieces-unigram.model: unigram with rules, user-defined pieces
- pieces-bytes.model: unigram with byte fallback, no space in front
- pieces-suffix.model: BPE, the space stands behind a word, some pieces unused

tokenizer.json files of the same pieces:

- pieces-legacy.json: Prepend and Replace as in older Llama 2 files, byte fallback, Strip
- pieces-first.json: Metaspace before the first text alone, as transformers 5 writes Llama's
- pieces-never.json: Replace, whole words that no merge reaches, no space in front, as Gemma's
- pieces-partial.json: bytes of which some have no token, unknown tokens one by one, Whitespace and Digits
- pieces-gemma.json: Replace, then Split at a space that is not there any more, as published
- pieces-t5.json: Unigram with Precompiled, Strip, Replace of an expression, Metaspace always and its decoder
- pieces-forms.json: Unigram with NFKC, Lowercase, NFD, StripAccents, Nmt, WhitespaceSplit, Metaspace, byte fallback
"""

import base64
import io
import json
import sys
from collections import Counter
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from transformers.convert_slow_tokenizer import generate_merges

import make_texts

SPACE = "\u2581"
# What becomes what: single characters, sequences, a mark that goes, one that grows, a carriage return.
RULES = [("\r", " "), ("\t", " "), ("\u00a0", " "), ("\u3000", " "), ("\u200b", ""), ("\u0301", ""), ("A", "a"), ("e\u0301", "E!"),
         ("ff", "F"), ("fff", "FFF"), ("\u2460", "1"), ("\u2460\u2461", "12"), ("\uff21", "A"), ("\u00bd", "1/2"), ("\u4f60", "\u6211 "),
         ("\u00e9", "e\u0301"), ("\u00a9", "(c)"), ("\u0600", "."), ("\u0915\u094d", "k")]


def write_rules(path):
    path.write_text("".join(
        " ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n" for source, target in RULES))


def train(output, name, texts, **options):
    model = io.BytesIO()
    defaults = dict(vocab_size=600, character_coverage=1.0, hard_vocab_limit=False, minloglevel=2, num_threads=1, max_sentence_length=8192,
                    unk_id=0, bos_id=1, eos_id=2, pad_id=-1)
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(texts), model_writer=model, **{**defaults, **options})
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    # What trained the model has no effect.
    for field in ("input", "model_prefix", "self_test_sample_size"):
        proto.trainer_spec.ClearField(field)
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    return proto


def write_model(output, name, proto):
    Path(output, name).write_bytes(proto.SerializeToString())


def make_models(output):
    lines = [line for text in make_texts.texts(3000, 11) for line in text.splitlines() if line.strip() and "\0" not in line]
    # So small a vocabulary cannot hold every character.
    common = {character for character, _ in Counter("".join(lines)).most_common(330)}
    texts = [line for line in lines if common.issuperset(line)]
    rules = Path(output, "rules.tsv")
    write_rules(rules)
    ruled = dict(normalization_rule_tsv=str(rules))
    plain = dict(normalization_rule_name="identity", remove_extra_whitespaces=False)
    models = {
        "pieces-bpe.model": train(
            output, "bpe", texts, model_type="bpe", byte_fallback=True, vocab_size=900, allow_whitespace_only_pieces=True,
            control_symbols=["<|im_start|>", "<|im_end|>"],
            user_defined_symbols=["<file_sep>", SPACE * 3, "ab", "abba", "x y", "\n\n"], **plain),
        "pieces-rules.model": train(output, "rules", texts, model_type="bpe", user_defined_symbols=["<s>>", "fff!", "IT'S"], **ruled),
        "pieces-unigram.model": train(output, "unigram", texts, model_type="unigram", user_defined_symbols=["<gh_stars>", "ca", "ab c"], **ruled),
        "pieces-bytes.model": train(
            output, "bytes", texts, model_type="unigram", byte_fallback=True, vocab_size=800, add_dummy_prefix=False, **plain),
        "pieces-suffix.model": train(output, "suffix", texts, model_type="bpe", treat_whitespace_as_suffix=True),
    }
    rules.unlink()
    suffix = models["pieces-suffix.model"]
    suffix.normalizer_spec.ClearField("precompiled_charsmap")
    for index, piece in enumerate(suffix.pieces):
        if index > 2 and index % 5 == 0 and len(piece.piece) > 1:
            piece.type = piece.UNUSED
    for name, proto in models.items():
        write_model(output, name, proto)
    return models


def added(identifier, content, special=False, normalized=False, lstrip=False, rstrip=False, single_word=False):
    return {"id": identifier, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
            "normalized": normalized, "special": special}


def others(vocabulary, *tokens):
    """Added tokens with flags, which keep the ids that they have."""
    new = [text for text, _ in tokens if text not in vocabulary]
    return [added(vocabulary.get(text, len(vocabulary) + new.index(text) if text in new else 0), text, **flags) for text, flags in tokens]


def document(model, tokens, normalizer, pre_tokenizer, decoder, post_processor=None):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": decoder, "model": model}


def sequence(kind, *parts):
    return {"type": "Sequence", kind: list(parts)}


def replace(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def metaspace(scheme, split=True):
    return {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": split}


def strip_decoder(*more):
    return sequence("decoders", replace(SPACE, " "), {"type": "ByteFallback"}, {"type": "Fuse"}, *more)


def bpe_model(proto, **options):
    vocabulary = {piece.piece: index for index, piece in enumerate(proto.pieces) if piece.type != piece.USER_DEFINED or len(piece.piece) > 1}
    vocabulary = {piece: index for index, piece in enumerate(vocabulary)}
    scores = {piece.piece: piece.score for piece in proto.pieces}
    merges = generate_merges(vocabulary, {p: scores[p] for p in vocabulary}, skip_tokens={p.piece for p in proto.pieces if p.type in (2, 3, 4, 6)})
    return {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": vocabulary, "merges": [list(m) for m in merges], **options}


def make_documents(output, models):
    bpe = bpe_model(models["pieces-bpe.model"])
    vocabulary, size = bpe["vocab"], len(bpe["vocab"])
    specials = [added(vocabulary[t], t, special=True) for t in ("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>")]
    bos = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
           "special_tokens": {"<s>": {"id": "<s>", "ids": [vocabulary["<s>"]], "tokens": ["<s>"]}}}
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    legacy = document(bpe, specials + others(vocabulary, ("naïve", dict(normalized=True)), ("QQ", dict(single_word=True))),
                      sequence("normalizers", {"type": "Prepend", "prepend": SPACE}, replace(" ", SPACE)), None, strip_decoder(strip), bos)
    first = document(bpe, specials + others(vocabulary, ("中", dict(lstrip=True)), ("<repo_name>", dict(rstrip=True))), None,
                     metaspace("first", split=False), strip_decoder(strip), bos)
    never_vocabulary = dict(vocabulary, **{SPACE + "capital" + SPACE + "of": size, "\n\n\n\n": size + 1})
    never = document(dict(bpe, vocab=never_vocabulary, ignore_merges=True, unk_token=None), specials, replace(" ", SPACE), None, strip_decoder())
    gemma = document(dict(bpe, byte_fallback=True), specials, replace(" ", SPACE),
                     {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}, strip_decoder())
    missing = {"<0x%02X>" % byte for byte in range(0x80, 0x100, 3)} | {"q", "Q", "Z"}
    kept = {token: index for index, token in enumerate(token for token in vocabulary if token not in missing)}
    partial = document(
        dict(bpe, vocab=kept, fuse_unk=False, merges=[m for m in bpe["merges"] if all(t in kept for t in (*m, "".join(m)))]),
        [added(kept["<unk>"], "<unk>", special=True)], None, sequence("pretokenizers", {"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}),
        sequence("decoders", {"type": "Strip", "content": "a", "start": 2, "stop": 0}, {"type": "ByteFallback"}))

    unigram = models["pieces-unigram.model"]
    vocab = [[p.piece, p.score] for p in unigram.pieces]
    tokens = [added(index, vocab[index][0], special=True) for index in range(3)]
    charsmap = base64.b64encode(unigram.normalizer_spec.precompiled_charsmap).decode()
    t5 = document({"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": False},
                  tokens + [added(len(vocab), "<|im_end|>", special=True, normalized=True), added(len(vocab) + 1, "QQ", normalized=True)],
                  sequence("normalizers", {"type": "Precompiled", "precompiled_charsmap": charsmap},
                           {"type": "Strip", "strip_left": False, "strip_right": True},
                           {"type": "Replace", "pattern": {"Regex": " {2,}|'s|(?<=\\d)\\.|x*(?=y)"}, "content": SPACE}),
                  metaspace("always"), metaspace("always"))
    unigram = models["pieces-bytes.model"]
    vocab = [[p.piece, p.score] for p in unigram.pieces]
    forms = document({"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": True},
                     [added(index, vocab[index][0], special=True) for index in range(3)],
                     sequence("normalizers", {"type": "NFKC"}, {"type": "Lowercase"}, {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Nmt"},
                              {"type": "Strip", "strip_left": True, "strip_right": False}),
                     sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace("first")),
                     sequence("decoders", metaspace("first"), {"type": "ByteFallback"}, {"type": "Fuse"}))
    for name, value in (("legacy", legacy), ("first", first), ("never", never), ("gemma", gemma), ("partial", partial), ("t5", t5), ("forms", forms)):
        Path(output, f"pieces-{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    make_documents(sys.argv[1], make_models(sys.argv[1]))
