#!/usr/bin/env python3
"""Makes the goldens of embeddings and scores on tiny random checkpoints, with transformers and sentence-transformers (fp32).

    python make_embeddings.py [OUTPUT_DIRECTORY]        (default: beside this file)

Needs torch, transformers and sentence-transformers. Each NAME.json holds what Tests/Support/TinyCheckpoint.swift and
Tests/EndToEnd/golden_checkpoint.py write the checkpoint of (config.json's content, other files, tensors by the formula of
../models/tiny_weights.py), and what the two packages make of some texts: `embeddings` by sentence-transformers where the
checkpoint is one of its models, else by transformers; `scores` of pairs, a text behind the other.
"""
import json
import pathlib
import sys
import tempfile

import safetensors.torch
import sentence_transformers
import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
import tiny_weights  # noqa: E402

SIZES = dict(
    hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2,
    head_dim=16, max_position_embeddings=512, rms_norm_eps=1e-5, tie_word_embeddings=True)
TEXTS = [
    "What is a quire?", "a", "Four sheets of paper, folded to eight leaves.", "Größe, 你好 🙂", "yes and no",
    "Once upon a time " * 18,
]
PAIRS = [
    ("What is a quire? ", "Four sheets of paper. "), ("What is a quire? ", "A fish. "),
    ("<Query>: a\n", "<Document>: " + "long " * 60),
]
DIMENSIONS = 20
END = "<|endoftext|>"
TRANSFORMER = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
NORMALIZE = {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}


def byte_characters():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) if byte in printable else chr(256 + others.index(byte)) for byte in range(256)]


def tokenizer(appends_end):
    """A token for each byte, `yes` and `no`, and one that perhaps stands behind each text."""
    vocabulary = {character: byte for byte, character in enumerate(byte_characters())}
    merges = [["y", "e"], ["ye", "s"], ["n", "o"]]
    for left, right in merges:
        vocabulary[left + right] = len(vocabulary)
    end = len(vocabulary)
    special = {"id": end, "content": END, "single_word": False, "lstrip": False, "rstrip": False,
               "normalized": False, "special": True}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    content = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [special], "normalizer": None,
        "pre_tokenizer": {**level, "use_regex": True}, "post_processor": level, "decoder": level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary, "merges": merges}}
    if appends_end:
        # As Qwen3-Embedding's.
        content["post_processor"] = {"type": "Sequence", "processors": [level, {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": END, "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": END, "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": END, "type_id": 1}}],
            "special_tokens": {END: {"id": END, "ids": [end], "tokens": [END]}}}]}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": END,
                "model_max_length": 512, "clean_up_tokenization_spaces": False}
    return {"tokenizer.json": content, "tokenizer_config.json": settings}, len(vocabulary) + 1


def pooling(mode):
    modes = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")
    return {"word_embedding_dimension": SIZES["hidden_size"], "include_prompt": True,
            **{f"pooling_mode_{name}": name == mode for name in modes}}


def modules(mode, normalizes):
    pool = {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
    return {"modules.json": [TRANSFORMER, pool] + ([NORMALIZE] if normalizes else []), "1_Pooling/config.json": pooling(mode)}


# Of each checkpoint: family, class, further files, whether the tokenizer ends texts, further keys of config.json.
CASES = {
    # Saved without `model.` before the names, as Qwen3-Embedding is, under the class of the whole.
    "qwen3-embedding": ("Qwen3", "ForCausalLM", modules("lasttoken", True), True, {}),
    "llama-mean": ("Llama", "Model", modules("mean_tokens", True), False, {}),
    "llama-first": ("Llama", "Model", modules("cls_token", False), False, {}),
    "llama-causal": ("Llama", "ForCausalLM", {}, False, {"tie_word_embeddings": False}),
    "qwen3-reranker": ("Qwen3", "ForCausalLM", {}, False, {"classifier_from_token": ["no", "yes"]}),
    # As sentence-transformers saves a reranker of its own; with nothing done to the number.
    "llama-logit-score": ("Llama", "ForCausalLM", {
        "modules.json": [TRANSFORMER, {
            "idx": 1, "name": "1", "path": "1_LogitScore",
            "type": "sentence_transformers.cross_encoder.modules.logit_score.LogitScore"}],
        "1_LogitScore/config.json": {"true_token_id": 257, "false_token_id": 258, "module_input_name": "causal_logits"},
        "sentence_bert_config.json": {
            "transformer_task": "text-generation", "module_output_name": "causal_logits",
            "modality_config": {"text": {"method": "forward", "method_output_name": "logits"}}},
        "config_sentence_transformers.json": {
            "model_type": "CrossEncoder", "prompts": {}, "activation_fn": "torch.nn.modules.linear.Identity"},
    }, False, {}),
    "qwen3-classifier": ("Qwen3", "ForSequenceClassification", {}, True, {"num_labels": 1}),
    "llama-classifier": ("Llama", "ForSequenceClassification", {}, False, {
        "num_labels": 1, "sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}),
}


def write(directory, files, config, tensors):
    for name, content in {**files, "config.json": config}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False))
    safetensors.torch.save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})


def embeddings(directory, is_sentence_model):
    """Of each text; by sentence-transformers, or the last token's state as vLLM takes it of any other model."""
    if is_sentence_model:
        model = sentence_transformers.SentenceTransformer(str(directory), device="cpu")
        return [model.encode(text, batch_size=1, convert_to_numpy=True).tolist() for text in TEXTS]
    reader = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModel.from_pretrained(directory, attn_implementation="eager").float().eval()
    vectors = []
    for text in TEXTS:
        state = model(**reader(text, return_tensors="pt")).last_hidden_state[0, -1]
        vectors.append(torch.nn.functional.normalize(state, dim=-1).tolist())
    return vectors


def shortened(vectors, normalizes):
    kept = torch.tensor(vectors)[:, :DIMENSIONS]
    return (torch.nn.functional.normalize(kept, dim=-1) if normalizes else kept).tolist()


def scores(directory, class_name, config, vectors_of):
    reader = transformers.AutoTokenizer.from_pretrained(directory)
    found = []
    if class_name == "ForSequenceClassification":
        # Its own way of joining a pair puts the end between the texts; of one text it is the same as vLLM's.
        encoder = sentence_transformers.CrossEncoder(str(directory), device="cpu")
        model = transformers.AutoModelForSequenceClassification.from_pretrained(directory).float().eval()
        for pair in PAIRS:
            number = model(**reader("".join(pair), return_tensors="pt")).logits[0, 0]
            found.append(encoder.activation_fn(number).item())
        return found
    if (directory / "1_LogitScore").exists():
        encoder = sentence_transformers.CrossEncoder(str(directory), device="cpu")
        return [encoder.predict([pair], batch_size=1).item() for pair in PAIRS]
    if "classifier_from_token" in config:
        model = transformers.AutoModelForCausalLM.from_pretrained(directory).float().eval()
        no, yes = reader.convert_tokens_to_ids(config["classifier_from_token"])
        for pair in PAIRS:
            logits = model(**reader("".join(pair), return_tensors="pt")).logits[0, -1]
            found.append(torch.sigmoid(logits[yes] - logits[no]).item())
        return found
    return [torch.nn.functional.cosine_similarity(*map(torch.tensor, map(vectors_of, pair)), dim=0).item() for pair in PAIRS]


def make(name, directory):
    family, class_name, more, appends_end, extra = CASES[name]
    files, size = tokenizer(appends_end)
    files |= more
    config = getattr(transformers, family + "Config")(
        vocab_size=size, bos_token_id=None, eos_token_id=size - 1, pad_token_id=size - 1, **{**SIZES, **extra})
    config.architectures = [family + class_name]
    if class_name == "ForSequenceClassification":
        # The class takes the last token that is no padding, which a text may end with here.
        config.pad_token_id = None
    model = getattr(transformers, family + class_name)(config)
    stored = config.to_diff_dict()
    stored.pop("transformers_version", None)
    for key, value in {**SIZES, "vocab_size": size, **extra}.items():
        if key != "num_labels":
            stored.setdefault(key, value)
    tensors, formulas = {}, []
    for key, value in sorted(model.state_dict().items()):
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        shape = list(value.shape)
        key = key.removeprefix("model.") if name == "qwen3-embedding" else key
        center, spread = tiny_weights.center_and_spread(key, shape)
        tensors[key] = torch.from_numpy(tiny_weights.values(key, shape, center, spread)).contiguous()
        formulas.append({"name": key, "shape": shape, "center": center, "spread": spread})
    write(directory, files, stored, tensors)
    is_sentence_model = "1_Pooling/config.json" in more
    vectors = embeddings(directory, is_sentence_model)
    normalizes = not is_sentence_model or len(more["modules.json"]) == 3
    reader = transformers.AutoTokenizer.from_pretrained(directory)

    def vector_of(text):
        TEXTS[:], kept = [text], list(TEXTS)
        try:
            return embeddings(directory, is_sentence_model)[0]
        finally:
            TEXTS[:] = kept

    return {
        "config": stored, "files": files, "tensors": formulas, "texts": TEXTS, "pairs": PAIRS,
        "tokens": [reader(text)["input_ids"] for text in TEXTS],
        "embeddings": vectors, "dimensions": DIMENSIONS, "shortened": shortened(vectors, normalizes),
        "scores": scores(directory, class_name, stored, vector_of)}


@torch.no_grad()
def main():
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    torch.set_num_threads(1)
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            golden = make(name, pathlib.Path(folder))
        text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
        (output / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(text)} bytes, scores {golden['scores']}")


if __name__ == "__main__":
    main()
