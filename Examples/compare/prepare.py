"""Makes the models that compare.py runs; what is there already stays.

usage: prepare.py MODEL.gguf FOLDER NAME...

hf          MODEL.gguf dequantised to fp32, in Hugging Face layout
bf16        hf rounded to bfloat16
q4_0.gguf   MODEL.gguf requantised to Q4_0 by llama.cpp, which repacks that for this processor
int8, fp16  OpenVINO exports of hf
qwen        random bfloat16 weights in the shape of Qwen2.5-0.5B, and hf's tokenizer, as no text is read
qwen-int8   OpenVINO export of qwen
NAME.gguf   random weights in a larger shape, as shapes.py makes them
"""
import functools
import os
import shutil
import subprocess
import sys

import shapes


def make_hf(model, target):
    import torch
    import transformers

    folder, name = os.path.split(os.path.abspath(model))
    options = {}
    if hasattr(transformers, "GgufConfig"):
        # Later versions keep quantised weights unless told otherwise.
        options["quantization_config"] = transformers.GgufConfig(dequantize=True)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=name, dtype=torch.float32, **options)
    loaded.save_pretrained(target)
    make_tokenizer(model, target)


def make_tokenizer(model, target):
    """Writes the byte-level tokenizer of a GGUF file: transformers takes that of any Llama for a SentencePiece one."""
    import gguf
    import tokenizers
    import transformers

    fields = gguf.GGUFReader(model).fields
    tokens, kinds, merges, pattern, name = (
        fields["tokenizer.ggml." + key].contents() for key in ("tokens", "token_type", "merges", "pre", "model"))
    if (name, pattern) != ("gpt2", "smollm"):
        sys.exit(f"error: {model}: a tokenizer {name}, {pattern}; only gpt2, smollm is known here")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(
        vocab={token: index for index, token in enumerate(tokens)},
        merges=[tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Digits(individual_digits=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    control = int(gguf.TokenType.CONTROL)
    tokenizer.add_special_tokens([
        tokenizers.AddedToken(token, special=True, normalized=False)
        for token, kind in zip(tokens, kinds) if kind == control])
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(target)


def copy_tokenizer(source, target):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(os.path.join(source, name), target)


def make_bf16(source, target):
    import torch
    import transformers

    loaded = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
    loaded.save_pretrained(target)
    copy_tokenizer(source, target)


def make_q4_0(model, target):
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0
    parameters.allow_requantize = True
    status = llama_cpp.llama_model_quantize(model.encode(), target.encode(), parameters)
    if status != 0:
        sys.exit(f"error: llama.cpp could not quantise {model} ({status})")


def make_qwen(tokenizer, target):
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.Qwen2Config(
        hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
        num_key_value_heads=2, vocab_size=151936, max_position_embeddings=32768, rms_norm_eps=1e-6,
        rope_theta=1e6, tie_word_embeddings=True, initializer_range=0.02, bos_token_id=1, eos_token_id=2)
    transformers.Qwen2ForCausalLM(config).to(torch.bfloat16).save_pretrained(target)
    copy_tokenizer(tokenizer, target)


def make_shape(name, model, target):
    shapes.make(model, name, target)


def export(source, target, weights):
    command = os.path.join(os.path.dirname(sys.executable), "optimum-cli")
    subprocess.run(
        [command, "export", "openvino", "--task", "text-generation-with-past", "--weight-format", weights,
         "--model", source, target], check=True, stdout=sys.stderr)


# Each with what it is made from.
MAKERS = {
    "hf": (None, make_hf),
    "bf16": ("hf", make_bf16),
    "q4_0.gguf": (None, make_q4_0),
    "int8": ("hf", lambda source, target: export(source, target, "int8")),
    "fp16": ("hf", lambda source, target: export(source, target, "fp16")),
    "qwen": ("hf", make_qwen),
    "qwen-int8": ("qwen", lambda source, target: export(source, target, "int8")),
    **{name + ".gguf": (None, functools.partial(make_shape, name)) for name in shapes.SHAPES},
}


def prepare(model, folder, name):
    """Returns the path of what `name` stands for, which is then complete."""
    target = os.path.join(folder, name)
    if os.path.exists(target):
        return target
    source, make = MAKERS[name]
    source = prepare(model, folder, source) if source else model
    print("== making", name, file=sys.stderr)
    unfinished = target + ".part"
    if os.path.isdir(unfinished):
        shutil.rmtree(unfinished)
    make(source, unfinished)
    os.rename(unfinished, target)
    return target


if __name__ == "__main__":
    os.makedirs(sys.argv[2], exist_ok=True)
    for wanted in sys.argv[3:]:
        prepare(sys.argv[1], sys.argv[2], wanted)
