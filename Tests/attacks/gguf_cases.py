"""GGUF files that must be refused: each class of published vulnerabilities of other parsers, and the classes beside them."""
import copy
import math
import struct

from common import TOKENS, VOCABULARY

UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64, INT64, FLOAT64 = range(13)
PACK = {UINT8: "<B", INT8: "<b", UINT16: "<H", INT16: "<h", UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<B",
        UINT64: "<Q", INT64: "<q", FLOAT64: "<d"}
F32, F16, Q4_0, Q8_0 = 0, 1, 2, 8
HIDDEN, INNER, HEADS, KV_HEADS, LAYERS, CONTEXT = 32, 64, 4, 2, 1, 64


def text(value):
    encoded = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def scalar(kind, value):
    return text(value) if kind == STRING else struct.pack(PACK[kind], value)


def array(kind, values, count=None):
    return struct.pack("<IQ", kind, len(values) if count is None else count) + b"".join(scalar(kind, x) for x in values)


class File:
    """A small Llama of F32 weights, every part of which can be spoilt before it is written."""

    def __init__(self):
        self.magic, self.version = b"GGUF", 3
        self.tensor_count = self.key_count = None
        self.keys = {
            "general.architecture": (STRING, text("llama")),
            "llama.context_length": (UINT32, scalar(UINT32, CONTEXT)),
            "llama.embedding_length": (UINT32, scalar(UINT32, HIDDEN)),
            "llama.block_count": (UINT32, scalar(UINT32, LAYERS)),
            "llama.feed_forward_length": (UINT32, scalar(UINT32, INNER)),
            "llama.attention.head_count": (UINT32, scalar(UINT32, HEADS)),
            "llama.attention.head_count_kv": (UINT32, scalar(UINT32, KV_HEADS)),
            "llama.attention.layer_norm_rms_epsilon": (FLOAT32, scalar(FLOAT32, 1e-5)),
            "llama.rope.freq_base": (FLOAT32, scalar(FLOAT32, 10000.0)),
            "llama.rope.dimension_count": (UINT32, scalar(UINT32, HIDDEN // HEADS)),
            "tokenizer.ggml.model": (STRING, text("gpt2")),
            "tokenizer.ggml.pre": (STRING, text("smollm")),
            "tokenizer.ggml.tokens": (ARRAY, array(STRING, TOKENS)),
            "tokenizer.ggml.merges": (ARRAY, array(STRING, ["t h"])),
            "tokenizer.ggml.eos_token_id": (UINT32, scalar(UINT32, VOCABULARY - 1)),
            "tokenizer.ggml.bos_token_id": (UINT32, scalar(UINT32, VOCABULARY - 1)),
        }
        head = HIDDEN // HEADS
        shapes = {"token_embd": (VOCABULARY, HIDDEN), "output_norm": (HIDDEN,), "blk.0.attn_norm": (HIDDEN,),
                  "blk.0.ffn_norm": (HIDDEN,), "blk.0.attn_q": (HIDDEN, HIDDEN), "blk.0.attn_k": (KV_HEADS * head, HIDDEN),
                  "blk.0.attn_v": (KV_HEADS * head, HIDDEN), "blk.0.attn_output": (HIDDEN, HIDDEN),
                  "blk.0.ffn_gate": (INNER, HIDDEN), "blk.0.ffn_up": (INNER, HIDDEN), "blk.0.ffn_down": (HIDDEN, INNER)}
        self.tensors, offset = {}, 0
        for name, shape in shapes.items():
            count = math.prod(shape)
            self.tensors[name + ".weight"] = {
                "dims": list(reversed(shape)), "rank": None, "type": F32, "offset": offset,
                "data": struct.pack(f"<{count}f", *[1.0 if len(shape) == 1 else ((i * 37) % 19 - 9) / 50 for i in range(count)])}
            offset += 4 * count
        self.more_keys, self.more_tensors, self.alignment = [], [], 32

    def set(self, key, kind, value):
        self.keys[key] = (kind, scalar(kind, value))

    def bytes(self):
        keys = [*self.keys.items(), *self.more_keys]
        tensors = [*self.tensors.items(), *self.more_tensors]
        out = bytearray(self.magic + struct.pack("<I", self.version))
        out += struct.pack("<QQ", len(tensors) if self.tensor_count is None else self.tensor_count,
                           len(keys) if self.key_count is None else self.key_count)
        for key, (kind, payload) in keys:
            out += text(key) + struct.pack("<I", kind) + payload
        for name, tensor in tensors:
            rank = len(tensor["dims"]) if tensor["rank"] is None else tensor["rank"]
            out += text(name) + struct.pack("<I", rank) + b"".join(struct.pack("<Q", d) for d in tensor["dims"])
            out += struct.pack("<IQ", tensor["type"], tensor["offset"])
        out += b"\0" * (-len(out) % self.alignment)
        for _, tensor in tensors:
            out += tensor["data"]
        return bytes(out)


def good():
    return File().bytes()


def header_end(data):
    """Where the tensors' bytes begin."""
    return len(data) - sum(len(t["data"]) for t in File().tensors.values())


def cases():
    """(name, bytes) of every file."""
    base = File()
    whole = base.bytes()

    def spoilt(change):
        file = copy.deepcopy(base)
        change(file)
        return file.bytes()

    def key(name, kind, value):
        return spoilt(lambda file: file.keys.__setitem__(name, (kind, value)))

    def tensor(name, **changes):
        return spoilt(lambda file: file.tensors[name].update(changes))

    yield "empty", b""
    for magic in (b"GGML", b"FUGG", b"\0\0\0\0", b"PK\3\4"):
        yield f"magic-{magic!r}", magic + whole[4:]
    for version in (0, 1, 4, 0x03000000, 2**32 - 1):
        yield f"version-{version}", spoilt(lambda file: setattr(file, "version", version))
    end = header_end(whole)
    for cut in [*range(4, 200), *range(200, end, 97), end - 1, end, end + 1, len(whole) - 1, len(whole) // 2]:
        yield f"cut-{cut}", whole[:cut]
    for count in (0, 1, 2**31, 2**32, 2**40, 2**61, 2**63 - 1, 2**63, 2**64 - 1, 2**64 // 24 + 1, 2**64 // 32):
        if count:
            yield f"keys-{count}", spoilt(lambda file: setattr(file, "key_count", count))
        yield f"tensors-{count}", spoilt(lambda file: setattr(file, "tensor_count", count))

    for length in (2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1, len(whole), len(whole) - 24):
        bad = struct.pack("<Q", length)
        yield f"key-length-{length}", whole[:24] + bad + whole[32:]
        yield f"string-length-{length}", key("general.architecture", STRING, bad + b"llama")
        yield f"array-count-{length}", key("tokenizer.ggml.merges", ARRAY, struct.pack("<IQ", STRING, length) + text("t h"))
        yield f"array-u8-{length}", key("x.y", ARRAY, struct.pack("<IQ", UINT8, length) + b"a")
        yield f"array-u64-{length}", key("x.y", ARRAY, struct.pack("<IQ", UINT64, length) + b"a" * 8)
        yield f"array-string-length-{length}", key(
            "tokenizer.ggml.merges", ARRAY, struct.pack("<IQ", STRING, 1) + bad + b"t h")
    yield "architecture-not-utf8", key("general.architecture", STRING, text(b"ll\xffma"))
    yield "architecture-nul", key("general.architecture", STRING, text("lla\0ma"))
    yield "architecture-unknown", key("general.architecture", STRING, text("no such thing"))
    yield "architecture-empty", key("general.architecture", STRING, text(""))
    yield "key-not-utf8", spoilt(lambda file: file.more_keys.append((b"\xff\xfe", (UINT8, b"\0"))))
    for kind in (13, 99, 2**31, 2**32 - 1):
        yield f"value-type-{kind}", key("x.y", kind, b"\0" * 16)
        yield f"element-type-{kind}", key("x.y", ARRAY, struct.pack("<IQ", kind, 1) + b"\0" * 16)
    nested = b"".join(struct.pack("<IQ", ARRAY, 1) for _ in range(100_000))
    yield "arrays-nested", key("x.y", ARRAY, nested + struct.pack("<IQ", UINT8, 1) + b"\0")

    for name in ("llama.embedding_length", "llama.block_count", "llama.feed_forward_length",
                 "llama.attention.head_count", "llama.attention.head_count_kv", "llama.context_length"):
        for value in (0, 5, 7, 2**31 - 1, 2**31, 2**32 - 1):
            # A layer count of none is another matter than a context of 5 or 7, which is merely short.
            if not (name == "llama.context_length" and value in (5, 7, 2**31 - 1)):
                yield f"{name}-{value}", key(name, UINT32, scalar(UINT32, value))
        for value in (2**62, 2**63, 2**64 - 1):
            yield f"{name}-u64-{value}", key(name, UINT64, scalar(UINT64, value))
        yield f"{name}-negative", key(name, INT32, scalar(INT32, -4))
        yield f"{name}-string", key(name, STRING, text("32"))
        yield f"{name}-float", key(name, FLOAT32, scalar(FLOAT32, 3.5))
        yield f"{name}-array", key(name, ARRAY, array(STRING, ["32"]))
        if name != "llama.attention.head_count_kv":
            yield f"{name}-missing", spoilt(lambda file: file.keys.pop(name))
    for value in (0.0, -1.0, math.nan, math.inf):
        if value:
            yield f"epsilon-{value}", key("llama.attention.layer_norm_rms_epsilon", FLOAT32, scalar(FLOAT32, value))
        yield f"freq-base-{value}", key("llama.rope.freq_base", FLOAT32, scalar(FLOAT32, value))
    for value in (1, 3, 9, 2**31, 2**32 - 1):
        yield f"rope-dimension-{value}", key("llama.rope.dimension_count", UINT32, scalar(UINT32, value))
    yield "duplicate-key", spoilt(
        lambda file: file.more_keys.append(("llama.block_count", file.keys["llama.block_count"])))
    yield "duplicate-tensor", spoilt(
        lambda file: file.more_tensors.append(("output_norm.weight", file.tensors["output_norm.weight"])))
    for value in (0, 1, 3, 7, 33, 2**31, 2**32 - 1):
        yield f"alignment-{value}", key("general.alignment", UINT32, scalar(UINT32, value))
    yield "alignment-string", key("general.alignment", STRING, text("32"))

    q = "blk.0.attn_q.weight"
    for rank in (0, 1, 5, 2**31, 2**32 - 1):
        yield f"rank-{rank}", tensor(q, rank=rank)
    for dims in ([HIDDEN, 0], [0, HIDDEN], [0, 0], [2**63, 2], [2**32, 2**32], [2**62, 4], [2**64 - 1, 1], [2**33, 2**31],
                 [HIDDEN, HIDDEN * 2], [HIDDEN - 1, HIDDEN], [HIDDEN * HIDDEN], [HIDDEN, HIDDEN, 1, 2], [2**61, 8],
                 [3, 2**63 // 3 + 1]):
        yield f"dims-{dims}", tensor(q, dims=dims)
    for offset in (1, 4, 31, 33, 2**31, 2**40, 2**62, 2**63 - 32, 2**63, 2**64 - 32, 2**64 - 1, len(whole)):
        yield f"offset-{offset}", tensor(q, offset=offset)
    yield "overlap", tensor(q, offset=base.tensors["blk.0.attn_k.weight"]["offset"])
    for kind in (4, 5, 31, 99, 2**31, 2**32 - 1):
        yield f"type-{kind}", tensor(q, type=kind)
    yield "row-not-a-block", tensor("blk.0.attn_q.weight", type=12)
    yield "name-empty", spoilt(lambda file: file.tensors.__setitem__("", file.tensors.pop(q)))
    yield "name-not-utf8", spoilt(lambda file: file.more_tensors.append((b"\xff\xff", file.tensors[q])))
    for name in base.tensors:
        yield f"missing-{name}", spoilt(lambda file: file.tensors.pop(name))
        if len(base.tensors[name]["dims"]) > 1:
            yield f"transposed-{name}", tensor(
                name, dims=[d + 32 for d in base.tensors[name]["dims"]])
    for value in (math.nan, math.inf, -math.inf):
        for name in (q, "output_norm.weight", "token_embd.weight"):
            data = base.tensors[name]["data"]
            yield f"{value}-in-{name}", tensor(name, data=data[:40] + struct.pack("<f", value) + data[44:])

    tokens = "tokenizer.ggml.tokens"
    yield "tokens-too-few", key(tokens, ARRAY, array(STRING, TOKENS[:-3]))
    yield "tokens-too-many", key(tokens, ARRAY, array(STRING, TOKENS + ["x1", "x2"]))
    yield "tokens-none", key(tokens, ARRAY, array(STRING, []))
    yield "tokens-missing", spoilt(lambda file: file.keys.pop(tokens))
    yield "tokens-numbers", key(tokens, ARRAY, array(UINT32, range(VOCABULARY)))
    yield "tokens-no-array", key(tokens, STRING, text("a"))
    yield "tokens-not-utf8", key(tokens, ARRAY, array(STRING, TOKENS[:-2] + [b"\xff\xfe", b"x"]))
    yield "merges-unknown", key("tokenizer.ggml.merges", ARRAY, array(STRING, ["q q"]))
    yield "merges-one-part", key("tokenizer.ggml.merges", ARRAY, array(STRING, ["th"]))
    yield "merges-numbers", key("tokenizer.ggml.merges", ARRAY, array(FLOAT32, [1.0]))
    yield "model-unknown", key("tokenizer.ggml.model", STRING, text("nothing"))
    yield "pre-unknown", key("tokenizer.ggml.pre", STRING, text("nothing"))
    bytes_wrong = [6 if token == "th" else 1 for token in TOKENS]
    yield "byte-token-malformed", key("tokenizer.ggml.token_type", ARRAY, array(INT32, bytes_wrong))

    def pieces(scores, kind=FLOAT32):
        def change(file):
            file.keys["tokenizer.ggml.model"] = (STRING, text("llama"))
            file.keys.pop("tokenizer.ggml.merges")
            file.keys["tokenizer.ggml.scores"] = (ARRAY, array(kind, scores))
            file.keys["tokenizer.ggml.token_type"] = (ARRAY, array(INT32, [2] + [1] * (VOCABULARY - 1)))
        return spoilt(change)

    yield "scores-nan", pieces([math.nan] * VOCABULARY)
    yield "scores-too-few", pieces([0.0] * 3)
    yield "scores-bytes", pieces([0] * VOCABULARY, UINT8)
    yield "sampling-temperature", key("general.sampling.temp", FLOAT32, scalar(FLOAT32, 3.0))
