"""Vocabularies that must be refused: tokenizer.json, tiktoken's ranks, SentencePiece models."""
import base64
import json
import struct


def tokenizer_json(files):
    """(name, bytes of tokenizer.json)."""
    whole = files["tokenizer.json"]
    root = json.loads(whole)

    def spoilt(*path_and_value):
        *path, value = path_and_value
        copy = json.loads(whole)
        place = copy
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        return json.dumps(copy).encode()

    for cut in [0, 1, 10, 100, 1000, len(whole) // 2, len(whole) - 1]:
        yield f"cut-{cut}", whole[:cut]
    for text in (b"[]", b"null", b"{}", b"\xff{}", b"[" * 200_000, b"{\"a\":" * 100_000, whole + b"x", b"{\"model\":1}",
                 b"{\"model\":{}}", b"{\"model\":{\"type\":7}}", b"{\"model\":{\"type\":\"BPE\"}}"):
        yield f"text-{text[:14]!r}-{len(text)}", text
    for value in ("Nothing", 7, ""):
        yield f"model-type-{value}", spoilt("model", "type", value)
    for value in (7, [], "x", None, {"a": "0"}, {"a": -1}, {"a": 2**31}, {"a": 2**63}, {"a": 2**70}, {"a": 0.5}, {"a": 0, "b": 0}):
        yield f"vocab-{value}", spoilt("model", "vocab", value)
    for value in (7, "x", {}, ["q q"], ["ab"], [7], [["a"]], [["a", "b", "c"]], [["a", 7]], ["a b c d"], [[]], [None]):
        yield f"merges-{value}", spoilt("model", "merges", value)
    for value in (7, "x", [7], [{}], [{"id": "x", "content": "a"}], [{"id": -1, "content": "a"}],
                  [{"id": 2**31, "content": "a"}], [{"id": 2**63, "content": "a"}], [{"id": 1}], [{"id": 1, "content": 7}]):
        yield f"added-{value}", spoilt("added_tokens", value)
    for name in ("normalizer", "pre_tokenizer", "decoder"):
        for value in (7, "x", [], {}, {"type": 7}, {"type": "Nothing"}, {"type": "Sequence"}):
            yield f"{name}-{value}", spoilt(name, value)
    deep = {"type": "Lowercase"}
    for _ in range(60):
        deep = {"type": "Sequence", "normalizers": [deep]}
    for pattern in ("(", "[", "a{2", "*", "\\", "(?<", "(?P<a", "[z-a]", "(?i", "\\p{Nothing}", "\\u{110000}", "(" * 5000,
                    "a{1000}{1000}{1000}", "(?=" * 3000, "[^" * 3000, "(a*)*" * 500 + "("):
        yield f"pattern-{pattern[:12]}-{len(pattern)}", spoilt(
            "pre_tokenizer", {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False})
    for value in (7, {}, {"Nothing": "a"}, {"Regex": 7}):
        yield f"split-{value}", spoilt(
            "pre_tokenizer", {"type": "Split", "pattern": value, "behavior": "Isolated", "invert": False})
    yield "behavior", spoilt(
        "pre_tokenizer", {"type": "Split", "pattern": {"String": "a"}, "behavior": "Nothing", "invert": False})
    yield "unigram-scores", spoilt("model", {"type": "Unigram", "unk_id": 0, "vocab": [["a", "x"]]})
    yield "unigram-unk", spoilt("model", {"type": "Unigram", "unk_id": 7, "vocab": [["a", 0.0]]})
    yield "unigram-pairs", spoilt("model", {"type": "Unigram", "unk_id": 0, "vocab": [["a"]]})
    yield "unigram-nan", spoilt("model", {"type": "Unigram", "unk_id": 0, "vocab": "x"})
    assert root["model"]["type"] == "BPE"


def ranks(count=256, more=()):
    lines = [base64.b64encode(bytes([i])) + b" %d" % i for i in range(count)]
    return b"\n".join([*lines, *more]) + b"\n"


def tiktoken():
    """(name, bytes of a .tiktoken file)."""
    yield "empty", b""
    yield "bytes-missing", ranks(255)
    for more in (b"YQ== x", b"YQ==", b"*** 256", b"YWI= 258", b"YWI= -1", b"YWI= 99999999999999999999", b"YWI= 2147483648",
                 b"YWI= 0", b"YQ== 256", b"YWI 256", b"\xff\xfe 256", b"YWI= 256 7", b" 256", b"YWI=\t256x", b"= 256"):
        yield f"line-{more!r}", ranks(more=[more])
    yield "token-long", ranks(more=[base64.b64encode(b"a" * 5_000_000) + b" 257"])


def varint(value):
    out = bytearray()
    while True:
        out.append((value & 0x7F) | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def piece(text, score=0.0, kind=1):
    encoded = text if isinstance(text, bytes) else text.encode()
    return field(1, field(1, encoded) + varint(2 << 3 | 5) + struct.pack("<f", score) + varint(3 << 3) + varint(kind))


def pieces():
    """A sound model of bytes and two letters."""
    out = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3)
    out += b"".join(piece("<0x%02X>" % i, 0, 6) for i in range(256))
    return out + piece("\u2581", -1) + piece("a", -2)


TRAINER = field(2, varint(3 << 3) + varint(2) + varint(35 << 3) + varint(1))


def sentencepiece():
    """(name, bytes of tokenizer.model)."""
    whole = pieces() + TRAINER
    yield "empty", b""
    yield "text", b"no protocol buffer at all\n" * 10
    for cut in [1, 2, 3, 5, 9, 17, len(whole) // 2 + 1, len(pieces()) - 1]:
        yield f"cut-{cut}", whole[:cut]
    for length in (2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1, len(whole)):
        yield f"length-{length}", whole + varint(1 << 3 | 2) + varint(length)
    yield "varint-endless", whole + b"\xff" * 50
    yield "group", whole + varint(1 << 3 | 3)
    yield "field-zero", whole + varint(0 << 3 | 2) + varint(0)
    yield "wire-type", whole + varint(1 << 3 | 7)
    yield "piece-not-utf8", whole + piece(b"\xff\xfe")
    yield "piece-twice", whole + piece("a")
    yield "piece-empty", whole + piece("")
    yield "score-nan", whole + piece("b", float("nan"))
    yield "score-infinite", whole + piece("b", float("inf"))
    yield "kind", whole + piece("b", 0, 99)
    yield "byte-malformed", whole + piece("<0xZZ>", 0, 6)
    yield "unknown-twice", whole + piece("<unk2>", 0, 2)
    yield "no-unknown", b"".join(piece(c) for c in "ab") + TRAINER
    yield "no-pieces", TRAINER
    for kind in (3, 4, 99, 2**40):
        yield f"model-type-{kind}", pieces() + field(2, varint(3 << 3) + varint(kind))
    yield "trainer-torn", pieces() + field(2, b"\xff\xff")
    yield "charsmap-torn", whole + field(3, field(2, b"\xff\xff\xff\xff\0\0"))
    yield "charsmap-huge", whole + field(3, field(2, struct.pack("<I", 2**31) + b"\0" * 16))
