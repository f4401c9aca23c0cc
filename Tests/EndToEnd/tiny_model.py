"""Writes a tiny random Llama checkpoint in Hugging Face layout, with the standard library alone."""
import json
import os
import random
import shutil
import struct


def byte_characters():
    """GPT-2's printable stand-in for each byte, in byte order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {}, 0
    for byte in range(256):
        if byte in printable:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + extra)
            extra += 1
    return [table[byte] for byte in range(256)]


CHATML = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
          "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def write(directory, hidden=32, intermediate=48, layers=1, heads=4, kv_heads=2, context=256, seed=1, pieces=None,
          tied=True, chat_template=CHATML, more_tokens=(), biases=False, bfloat16=False):
    """Makes `directory` and fills it: config.json, model.safetensors, tokenizer.json and the two small ones.

    Not `tied`, the output head has weights of its own. With `biases` attention has some. With `pieces`, the path of a SentencePiece model and its size,
    that model stands in place of tokenizer.json.
    `more_tokens` are control tokens beside ChatML's three, with the ids after those. With `bfloat16` the weights are stored so.
    """
    os.makedirs(directory, exist_ok=True)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *more_tokens]
    vocabulary = {character: index for index, character in enumerate(byte_characters())}
    size = pieces[1] if pieces else len(vocabulary) + len(special)
    head = hidden // heads
    generator = random.Random(seed)
    tensors = {"model.embed_tokens.weight": [size, hidden], "model.norm.weight": [hidden]}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        tensors |= {
            prefix + "input_layernorm.weight": [hidden],
            prefix + "post_attention_layernorm.weight": [hidden],
            prefix + "self_attn.q_proj.weight": [heads * head, hidden],
            prefix + "self_attn.k_proj.weight": [kv_heads * head, hidden],
            prefix + "self_attn.v_proj.weight": [kv_heads * head, hidden],
            prefix + "self_attn.o_proj.weight": [hidden, heads * head],
            prefix + "mlp.gate_proj.weight": [intermediate, hidden],
            prefix + "mlp.up_proj.weight": [intermediate, hidden],
            prefix + "mlp.down_proj.weight": [hidden, intermediate],
        }
        if biases:
            widths = {"q": heads * head, "k": kv_heads * head, "v": kv_heads * head, "o": hidden}
            tensors |= {f"{prefix}self_attn.{name}_proj.bias": [width] for name, width in widths.items()}
    if not tied:
        tensors["lm_head.weight"] = [size, hidden]
    header, data = {}, bytearray()
    for name, shape in tensors.items():
        count = 1
        for dimension in shape:
            count *= dimension
        start = len(data)
        values = [1.0] * count if name.endswith("norm.weight") else [generator.gauss(0, 0.2) for _ in range(count)]
        packed = struct.pack(f"<{count}f", *values)
        # The upper half of each.
        data += bytes(byte for place, byte in enumerate(packed) if place % 4 >= 2) if bfloat16 else packed
        header[name] = {"dtype": "BF16" if bfloat16 else "F32", "shape": shape, "data_offsets": [start, len(data)]}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(os.path.join(directory, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + data)

    def save(name, value):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)

    end = size - len(special)
    save("config.json", {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
        "hidden_size": hidden, "intermediate_size": intermediate, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "head_dim": head,
        "max_position_embeddings": context, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": tied, "vocab_size": size, "torch_dtype": "bfloat16" if bfloat16 else "float32", "attention_bias": biases,
        "bos_token_id": end, "eos_token_id": end + 2,
    })
    if pieces:
        shutil.copy(pieces[0], os.path.join(directory, "tokenizer.model"))
        return
    save("generation_config.json", {"eos_token_id": end + 2})
    save("tokenizer_config.json", {
        "bos_token": special[0], "eos_token": special[2], "add_bos_token": False,
        "chat_template": chat_template,
    })
    save("tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": end + index, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for index, text in enumerate(special)],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                          "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                    "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "vocab": vocabulary, "merges": []},
    })
