"""Random weights in the shapes of larger models, as GGUF files: what a step costs depends on shapes and formats alone.

usage: shapes.py VOCABULARY.gguf NAME TARGET.gguf

The names are those of SHAPES; VOCABULARY.gguf gives the tokenizer, cut or filled up to the shape's number of rows, as
no text is read. A file is written tensor by tensor, so that it may be larger than the memory.
"""
import sys
from collections import namedtuple

import gguf
import numpy

# Weights in all formats have about this standard deviation.
DEVIATION = 0.02

Shape = namedtuple(
    "Shape", "family hidden inner layers heads key_heads head vocabulary tied biases query_norms theta mixed")
SHAPES = {
    "qwen2.5-1.5b-q4_0": Shape("qwen2", 1536, 8960, 28, 12, 2, 128, 151936, True, True, False, 1e6, False),
    "qwen3-4b-q4_0": Shape("qwen3", 2560, 9728, 36, 32, 8, 128, 151936, True, False, True, 1e6, False),
    "qwen3-4b-q4_k_m": Shape("qwen3", 2560, 9728, 36, 32, 8, 128, 151936, True, False, True, 1e6, True),
    "mistral-7b-q4_0": Shape("llama", 4096, 14336, 32, 32, 8, 128, 32768, False, False, False, 1e6, False),
    "mistral-7b-q4_k_m": Shape("llama", 4096, 14336, 32, 32, 8, 128, 32768, False, False, False, 1e6, True),
}


def half_bytes(value, count):
    return numpy.full((count, 1), value, numpy.float16).view(numpy.uint8)


def q4_0(numbers, count):
    # Nibbles from -8 to 7 have a deviation of 4.6.
    quants = numbers.integers(0, 256, (count // 32, 16), numpy.uint8)
    return numpy.concatenate([half_bytes(DEVIATION / 4.6, len(quants)), quants], axis=1)


def q4_k(numbers, count):
    quants = numbers.integers(0, 256, (count // 256, 128), numpy.uint8)
    # Eight scales and eight minima of 6 bits, all of them 32; the minimum takes the nibbles' mean away.
    packed = numpy.tile(numpy.array([0xA0] * 8 + [0] * 4, numpy.uint8), (len(quants), 1))
    scale = DEVIATION / 4.6 / 32
    return numpy.concatenate(
        [half_bytes(scale, len(quants)), half_bytes(7.5 * scale, len(quants)), packed, quants], axis=1)


def q6_k(numbers, count):
    quants = numbers.integers(0, 256, (count // 256, 192), numpy.uint8)
    scales = numpy.full((len(quants), 16), 16, numpy.uint8)
    return numpy.concatenate([quants, scales, half_bytes(DEVIATION / 18.5 / 16, len(quants))], axis=1)


FORMATS = {
    gguf.GGMLQuantizationType.Q4_0: q4_0,
    gguf.GGMLQuantizationType.Q4_K: q4_k,
    gguf.GGMLQuantizationType.Q6_K: q6_k,
}


def tensors(shape):
    """Name, rows, columns and format of each matrix; llama.cpp's mix Q4_K_M where the shape is mixed."""
    four = gguf.GGMLQuantizationType.Q4_K if shape.mixed else gguf.GGMLQuantizationType.Q4_0
    more = gguf.GGMLQuantizationType.Q6_K if shape.mixed else four
    yield "token_embd.weight", shape.vocabulary, shape.hidden, more if shape.tied else four
    if not shape.tied:
        yield "output.weight", shape.vocabulary, shape.hidden, gguf.GGMLQuantizationType.Q6_K
    eighth = shape.layers // 8
    for layer in range(shape.layers):
        name = f"blk.{layer}."
        takes_more = layer < eighth or layer >= 7 * eighth or (layer - eighth) % 3 == 2
        often = more if takes_more else four
        yield name + "attn_q.weight", shape.heads * shape.head, shape.hidden, four
        yield name + "attn_k.weight", shape.key_heads * shape.head, shape.hidden, four
        yield name + "attn_v.weight", shape.key_heads * shape.head, shape.hidden, often
        yield name + "attn_output.weight", shape.hidden, shape.heads * shape.head, four
        yield name + "ffn_gate.weight", shape.inner, shape.hidden, four
        yield name + "ffn_up.weight", shape.inner, shape.hidden, four
        yield name + "ffn_down.weight", shape.hidden, shape.inner, often


def vectors(shape):
    """Name, length and value of each vector."""
    yield "output_norm.weight", shape.hidden, 1
    for layer in range(shape.layers):
        name = f"blk.{layer}."
        yield name + "attn_norm.weight", shape.hidden, 1
        yield name + "ffn_norm.weight", shape.hidden, 1
        if shape.query_norms:
            yield name + "attn_q_norm.weight", shape.head, 1
            yield name + "attn_k_norm.weight", shape.head, 1
        if shape.biases:
            yield name + "attn_q.bias", shape.heads * shape.head, 0
            yield name + "attn_k.bias", shape.key_heads * shape.head, 0
            yield name + "attn_v.bias", shape.key_heads * shape.head, 0


def write_vocabulary(writer, source, count):
    fields = gguf.GGUFReader(source).fields
    tokens, kinds, merges, pattern = (
        fields["tokenizer.ggml." + key].contents() for key in ("tokens", "token_type", "merges", "pre"))
    tokens, kinds = tokens[:count], [int(kind) for kind in kinds[:count]]
    known = set(tokens)
    merges = [merge for merge in merges if merge.replace(" ", "") in known]
    tokens += [f"<filler_{index}>" for index in range(len(tokens), count)]
    kinds += [int(gguf.TokenType.NORMAL)] * (count - len(kinds))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pattern)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def make(source, name, target):
    shape = SHAPES[name]
    writer = gguf.GGUFWriter(target, shape.family)
    writer.add_context_length(32768)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.inner)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_rope_dimension_count(shape.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(shape.theta)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M if shape.mixed else gguf.LlamaFileType.MOSTLY_Q4_0)
    write_vocabulary(writer, source, shape.vocabulary)
    for name, length, _ in vectors(shape):
        writer.add_tensor_info(name, (length,), numpy.dtype(numpy.float32), 4 * length)
    for name, rows, columns, kind in tensors(shape):
        block, size = gguf.GGML_QUANT_SIZES[kind]
        byte_count = columns // block * size
        writer.add_tensor_info(
            name, (rows, byte_count), numpy.dtype(numpy.uint8), rows * byte_count, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    numbers = numpy.random.default_rng(0)
    for _, length, value in vectors(shape):
        writer.write_tensor_data(numpy.full(length, value, numpy.float32))
    for _, rows, columns, kind in tensors(shape):
        block, size = gguf.GGML_QUANT_SIZES[kind]
        data = FORMATS[kind](numbers, rows * columns)
        writer.write_tensor_data(data.reshape(rows, columns // block * size))
    writer.close()


if __name__ == "__main__":
    make(*sys.argv[1:])
