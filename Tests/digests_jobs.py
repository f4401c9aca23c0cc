"""The jobs of digests.py, as tables: what goes in, and which command answers it."""
import dataclasses
import json
import os

from digests_models import CHAT_MODELS, CHECKPOINTS, GGUF_FILES, GOLDENS, TESTS

SMOLLM2 = "smollm2.gguf"
CHAT, COMPLETION = "/v1/chat/completions", "/v1/completions"


@dataclasses.dataclass
class Job:
    """One command.

    `source` is a list of lines (values, or bytes as they stand); `sees` the metrics that must not be 0, so that a job for
    preemption that preempts nothing is noticed; `needs` what of the machine decides its bits; `keys` asks for the
    names of a JSON output alone, where its values are times.
    """
    name: str
    arguments: list
    source: list = None
    environment: dict = dataclasses.field(default_factory=dict)
    sees: tuple = ()
    needs: tuple = ()
    keys: bool = False


def each(base, *changes):
    return [{"id": f"r{number}", **base, **change} for number, change in enumerate(changes)]


def openai(url, *bodies):
    kind = url.split("/")[2]
    return [{"custom_id": f"{kind}-{number}", "method": "POST", "url": url, "body": {"model": "m", **body}}
            for number, body in enumerate(bodies)]


def said(text, **body):
    return {"messages": [{"role": "user", "content": text}], "max_tokens": 6, **body}


def written(text, **body):
    return {"prompt": text, "max_tokens": 6, **body}


QUESTION = [{"role": "user", "content": "Name a colour."}]
TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
         {"role": "assistant", "content": "Hello! How can I help?"}, {"role": "user", "content": "What is a quire?"}]
ROUNDS = [[f"Question {number}: what is {number} + {number}?", f"It is {2 * number}. " * (1 + number % 4)]
          for number in range(12)]
GREEDY = {"prompt": "The capital of France is", "temperature": 0, "max_tokens": 12}
DRAWN = {"prompt": "Once upon a time", "temperature": 1, "max_tokens": 8}
PERSON = {"type": "object", "required": ["name", "age", "kind"], "additionalProperties": False, "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 12}, "age": {"type": "integer", "minimum": 0, "maximum": 120},
    "kind": {"enum": ["talk", "walk", None]}, "tags": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3}}}
TREE = {"$ref": "#/$defs/node", "$defs": {"node": {
    "type": "object", "required": ["value", "children"], "additionalProperties": False,
    "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}}

NATIVE = [
    {"id": "a", "prompt": "Once upon a time", "max_tokens": 6, "source": "notes.txt", "nested": {"b": 1.0, "a": [1e2, "é"]}},
    {"id": 7, "prompt_token_ids": [1, 2, 3, 504, 2820], "max_tokens": 6, "sampling_params": {"stop": ["\n"], "seed": 7}},
    {"custom_id": "m", "messages": TURNS, "max_tokens": 6},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Two"}, {"type": "text", "text": "parts"}]}], "max_tokens": 6},
    {"id": 1.5, "system": "Be brief.", "history": [["Hi", "Hello!"]], "prompt": "What is a quire?", "max_tokens": 6, "topic": None},
    {"prompt": "the same", "max_tokens": 5, "temperature": 1.2}, {"prompt": "the same", "max_tokens": 5, "temperature": 1.2},
    {"prompt": "你好 <|im_start|> 🙂 é", "max_tokens": 6, "temperature": 0}, {"messages": QUESTION, "max_tokens": None, "stop": "."},
    b'{"id": 1.0, "prompt": "bytes \\u00e9", "max_tokens":4, "carried" : [1.50, 1E3,12345678901234567890]}',
    b"  ", b'{"id": 1, "prompt": "", "max_tokens": 3}\r',
]
MIXED = [
    {"id": number, "prompt": ["The capital of", "def main():", "你好", "Once upon a time", "SELECT", "Why"][number % 6]
     + " and so on" * (number % 9) + str(number), "max_tokens": 3 + number % 7, "temperature": [0, 0.7, 1.3][number % 3],
     "ignore_eos": True, "top_p": [1, 0.9][number % 2], "min_p": [0, 0.02][number // 3 % 2], "top_k": [0, 40][number // 2 % 2],
     "repetition_penalty": [1, 1.1][number // 4 % 2], "logprobs": number % 4, "n": [1, 1, 3][number % 3],
     **({"prompt_logprobs": number % 3} if number % 5 else {})} for number in range(36)]
SHARED = [{"id": number, "prompt": "A long document about rivers. " * 24 + f"Question {number}:", "max_tokens": 5,
           "temperature": 0.9} for number in range(12)]
DIALOGUES = each(
    {"turns": ["Hi", "What did I say?", "And before that?"], "max_tokens": 8}, {}, {"temperature": 0, "logprobs": 2}, {"seed": 4},
    {"system": "Be brief.", "history": ROUNDS[:2], "topic": 1}, {"history": ROUNDS, "history_length": 1, "prompt_logprobs": 1},
    {"best_of": 3, "temperature": 1}, {"use_beam_search": True, "temperature": 0, "best_of": 2}, {"stop": ["!", "."]},
    {"structured_outputs": {"choice": ["yes", "no", "maybe"]}}, {"temperature": 0}, {"temperature": 0, "source": "the same"},
    {"turns": [{"role": "user", "content": "One turn"}]}, {"turns": ["你好", "🙂 é", "x" * 300, "More?"]}, {"n": 2}, {"turns": []},
    {"turns": ["a", {"role": "system", "content": "b"}]}, {"prompt": "both"}, {"continue_final_message": True})
BEAMS = each(
    {"prompt": "Water boils at", "temperature": 0, "use_beam_search": True, "max_tokens": 10, "best_of": 4},
    {"n": 2}, {"n": 4, "length_penalty": 0}, {"n": 3, "length_penalty": 2, "early_stopping": True},
    {"n": 1, "early_stopping": "never", "length_penalty": -0.5}, {"n": 2, "min_tokens": 6, "logprobs": 2},
    {"n": 2, "repetition_penalty": 1.3, "stop": [" is", "."]}, {"n": 4, "structured_outputs": {"choice": ["one", "two"]}},
    {"n": 2, "prompt_logprobs": 1, "bad_words": ["the"]})

LINES = {
    "native": NATIVE,
    "samples": each(DRAWN, {"n": 4}, {"n": 3, "seed": 7}, {"seed": 8}, {"seed": 9}, {"n": 20, "max_tokens": 2}, {"seed": -1}),
    "best-of": each(DRAWN, {"n": 2, "best_of": 5}, {"best_of": 4, "seed": 3, "logprobs": 1}, {"best_of": 3, "n": 3}),
    "beams": BEAMS,
    "distribution": each(
        DRAWN, {"top_k": 3}, {"top_p": 0.5}, {"min_p": 0.1}, {"temperature": 0.005}, {"temperature": 2, "top_k": 100, "top_p": 0.8},
        {"top_k": 50, "top_p": 0.9, "min_p": 0.05, "seed": 11}, {"top_k": -1}, {"temperature": 0, "top_p": 0.1}),
    "penalties": each(
        {**DRAWN, "max_tokens": 16}, {"presence_penalty": 1.5}, {"frequency_penalty": 2}, {"repetition_penalty": 1.8},
        {"presence_penalty": -1, "frequency_penalty": 0.5, "repetition_penalty": 0.9}, {"temperature": 0, "repetition_penalty": 1.2}),
    "biases": each(
        GREEDY, {"logit_bias": {"7042": -100}}, {"logit_bias": {"28": 5.5, "30": 3}}, {"allowed_token_ids": [28, 30, 260, 1234]},
        {"bad_words": ["Paris", "Lyon"]}, {"bad_words": [" the", "a population"], "max_tokens": 24},
        {"allowed_token_ids": [28, 30, 260], "temperature": 1, "seed": 4, "logit_bias": {"28": -2}}),
    "stops": each(
        GREEDY, {"stop": "ari"}, {"stop": ["is t", "s,"], "include_stop_str_in_output": True}, {"stop_token_ids": [28, 30]},
        {"min_tokens": 10, "stop": "ari"}, {"ignore_eos": True, "max_tokens": 30}, {"stop": ["."], "min_tokens": 4},
        {"stop_token_ids": [30], "include_stop_str_in_output": True}, {"skip_special_tokens": False, "stop": "<|im_end|>"},
        {"detokenize": False}, {"truncate_prompt_tokens": 2}, {"spaces_between_special_tokens": False})
    + [{"id": f"chat{count}", "messages": QUESTION, "temperature": 0, "min_tokens": count, "max_tokens": 40} for count in (0, 12)],
    "logprobs": each(
        {**GREEDY, "max_tokens": 4}, {"logprobs": 0}, {"logprobs": 5}, {"logprobs": 20, "temperature": 1}, {"prompt_logprobs": 0},
        {"prompt_logprobs": 3, "logprobs": 2}, {"n": 2, "logprobs": 1, "temperature": 1}, {"logprobs": 1, "detokenize": False}),
    "structured": each(
        {"prompt": "Describe someone as JSON:", "max_tokens": 60, "temperature": 0.8},
        {"structured_outputs": {"choice": ["positive", "negative", "not sure – 不知道"]}},
        {"structured_outputs": {"regex": r"(Mr|Ms)\. [A-Z][a-z]{1,10}, born (19|20)\d\d"}}, {"structured_outputs": {"json": PERSON}},
        {"structured_outputs": {"json": json.dumps(TREE)}, "n": 2}, {"structured_outputs": {"json_object": True}, "max_tokens": 24},
        {"sampling_params": {"structured_outputs": {"json": {"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 2, "maxItems": 3}}}},
        {"structured_outputs": {"json": {"anyOf": [{"type": "null"}, {"type": "number", "minimum": -1}]}}, "temperature": 1.5},
        {"structured_outputs": {"choice": ["yes", "no"]}, "temperature": 0, "logprobs": 2}),
    "grammars": each(
        {"prompt": "A sum:", "max_tokens": 40, "temperature": 0.8},
        {"structured_outputs": {"grammar": 'root ::= root "+" number | number\nnumber ::= [0-9]{1,3}'}},
        {"structured_outputs": {"grammar": 'root ::= "(" root ")" root | ""'}, "n": 2},
        {"structured_outputs": {"grammar": "start: word (\",\" word)*\nword: /[a-z]{2,8}/\n%ignore \" \""}},
        {"structured_outputs": {"structural_tag": {"type": "structural_tag", "format": {
            "type": "tag", "begin": "<sum>", "content": {"type": "json_schema", "json_schema": PERSON}, "end": "</sum>"}}}},
        {"structured_outputs": {"json": PERSON, "whitespace_pattern": "[ \n]?"}},
        {"structured_outputs": {"json": PERSON, "disable_any_whitespace": True}, "temperature": 0}),
    "scores": each(
        {}, {"prompt": "The capital of France is", "choices": [" Paris", " Rome", " Par", " Paris, of course"]},
        {"prompt_token_ids": [504, 3575, 282], "choices": ["a", "b"], "logprobs": 2},
        {"messages": QUESTION, "choices": ["Red", "Blue", ""]}, {"messages": QUESTION, "choices": ["Red", "Blue"]},
        {"score": "Once upon a time there was a king."}, {"score": "日本 🙂", "logprobs": 0},
        {"prompt": "Hi", "temperature": 0, "max_tokens": 3}),
    "pooled": [line for url, bodies in (
        ("/v1/embeddings", [{"input": ["one", "two words"]}, {"input": [1, 2, 3], "encoding_format": "base64", "dimensions": 16},
                            {"input": "word " * 300, "dimensions": 8}]),
        ("/score", [{"text_1": "What is red?", "text_2": ["A colour.", "A fish."]}]),
        ("/v1/rerank", [{"query": "What is red?", "documents": ["A fish.", "A colour."], "top_n": 1}]),
    ) for line in ({**line, "custom_id": f"{url}-{number}"} for number, line in enumerate(openai("/v1/" + url.split("/")[-1], *bodies)))],
    "histories": [
        {"id": count, "system": "Answer briefly.", "history": ROUNDS[:count], "prompt": "And what is 100 + 100? " * (1 + count % 3), "max_tokens": 4}
        for count in (0, 1, 3, 6, 12)]
    + [{"id": "long", "prompt": "word " * 120, "history": ROUNDS[:2], "max_tokens": 4}]
    + openai(CHAT, {"messages": [message for user, assistant in ROUNDS[:6] for message in (
        {"role": "user", "content": user}, {"role": "assistant", "content": assistant})] + QUESTION, "max_tokens": 4}),
    "openai-chat": openai(
        CHAT, said("Hi"), said("Say 🙂", temperature=0, logprobs=True), said("Say é", temperature=0, logprobs=True, top_logprobs=4),
        said("Hi", n=3, temperature=1), {"messages": TURNS, "max_completion_tokens": 5, "seed": 3, "user": "u"},
        said("Hi", stop=["!", "e"], temperature=0, include_stop_str_in_output=True), said("Hi", prompt_logprobs=2),
        said("Hi", best_of=4, n=2, seed=5), said("Hi", use_beam_search=True, temperature=0, best_of=3, n=2),
        said("Describe a person as JSON.", max_tokens=60, response_format={"type": "json_schema", "json_schema": {"name": "p", "schema": PERSON}}),
        said("An object, please.", max_tokens=24, response_format={"type": "json_object"}), said("Hi", response_format={"type": "text"}),
        said("Hi", structured_outputs={"choice": ["a", "b"]}), said("Hi", logit_bias={"28": -1000, "30": 50}, presence_penalty=0.5),
        said("Hi", stop_token_ids=[28], min_tokens=2, ignore_eos=True), said("Hi", stream=True), said("word " * 20000)),
    "openai-completion": openai(
        COMPLETION, written("Once upon a time"), written([1, 2, 3, 504]), written("Echo me", echo=True),
        written("Echo me", echo=True, logprobs=2, max_tokens=0), written("Echo é 🙂", echo=True, logprobs=3, temperature=0),
        written("Twice", n=2, best_of=4, logprobs=1), written("Beams", use_beam_search=True, temperature=0, n=3, length_penalty=0.5),
        written("Probabilities", prompt_logprobs=1, logprobs=5), {"prompt": "No length given", "temperature": 0},
        written("JSON:", max_tokens=24, response_format={"type": "json_object"}), written("Stop", stop=["a", "e"], seed=1),
        written("Echo with stop", echo=True, stop=[","], n=2), written("many", prompt=["a", "b"])),
    "text": ["Once upon a time", "The capital of France is", "", "你好", '{"prompt": "not JSON here"}', "<|im_start|>user"],
    "too-long": each({"max_tokens": 4}, {"prompt": "word " * 20000}, {"prompt": "word " * 900}, {"prompt": "short", "max_tokens": 2000},
                     {"prompt": "short", "n": 2, "prompt_logprobs": -1}, {"prompt": "word " * 50, "truncate_prompt_tokens": 10}),
    "mixed": MIXED,
    "dialogues": DIALOGUES,
    "dialogues and others": [line for pair in zip(MIXED, DIALOGUES + MIXED[20:]) for line in pair][:24],
    "shared": SHARED,
    "shared, longer": [{**line, "max_tokens": 40, "ignore_eos": True} for line in SHARED],
}
IDS = [{"id": salt, "prompt_token_ids": [(salt * 37 + i * i * 11 + i * 29 + 5) % 160 for i in range(length)],
        "max_tokens": 24 - salt, "ignore_eos": True, "temperature": [0, 1][salt % 2], "logprobs": 20, "prompt_logprobs": 1}
       for salt, length in enumerate([1, 2, 9, 17, 33, 100])]
LETTERS = [{"id": number, "prompt": "abc Hello, world! "[number:] * (1 + number), "max_tokens": 12, "logprobs": -1 if number < 2 else 3,
            "temperature": [0, 0.8][number % 2], "n": [1, 3][number % 2]} for number in range(6)]
LETTER_CHATS = [{"id": "c", "messages": TURNS, "max_tokens": 8}, {"id": "h", "history": ROUNDS, "prompt": "More?", "max_tokens": 8},
                *openai(CHAT, said("Hi", logprobs=True, top_logprobs=2)), *openai(COMPLETION, written("Hi", echo=True, logprobs=1))]
LONG = [{"id": number, "prompt_token_ids": [(number * 31 + i * i * 7 + i * 3) % 160 for i in range(150 + 40 * number)],
         "max_tokens": 30, "ignore_eos": True, "temperature": 0.5, "logprobs": 2} for number in range(4)]

DEFAULTS = ("--temperature 0.9 --top-p 0.95 --top-k 60 --min-p 0.01 --max-tokens 9 --min-tokens 2 --n 2 --best-of 3 --presence-penalty 0.2 "
            "--frequency-penalty 0.1 --repetition-penalty 1.05 --stop zebra --stop-token-ids 30 --bad-words Paris --logit-bias 28:1.5,30:-2 "
            "--logprobs 1 --prompt-logprobs 0 --truncate-prompt-tokens 20 --ignore-eos --no-skip-special-tokens --include-stop-str-in-output").split()
ALL_IDS = ["--include", "token_ids,prompt_token_ids"]
BYTE_CACHE = ["--kv-cache-dtype", "int8"]
SMALL_CACHE = ["--kv-cache-memory", "8MiB", "--max-model-len", "128"]

# Lines by their name in LINES, on SmolLM2: (name, lines, options, what the job is to see).
ON_SMOLLM2 = [
    ("native lines", "native", ["--include", "token_ids,prompt_token_ids,logprobs,prompt_logprobs"]),
    ("native lines, plain", "native", ["--seed", "5"]),
    ("samples", "samples", ALL_IDS),
    ("best of", "best-of", ALL_IDS),
    ("beams", "beams", ALL_IDS),
    ("distributions", "distribution", ALL_IDS),
    ("penalties", "penalties", ALL_IDS),
    ("biases, bans and allowed ids", "biases", ALL_IDS),
    ("stops", "stops", ALL_IDS),
    ("log-probabilities", "logprobs", []),
    ("structured output", "structured", []),
    ("grammars", "grammars", []),
    ("scores", "scores", ["--ordered", "--include", "token_ids"]),
    ("scores in chunks, one at a time", "scores", ["--ordered", "--max-num-batched-tokens", "16", "--max-num-seqs", "1"]),
    ("scores with preemptions", "scores", ["--ordered", *SMALL_CACHE]),
    ("embeddings and ranks", "pooled", ["--ordered"]),
    ("embeddings and ranks in chunks of 16", "pooled", ["--ordered", "--max-num-batched-tokens", "16", "--max-num-seqs", "16"]),
    ("histories, budget 100", "histories", ["--history-token-budget", "100", "--include", "prompt_token_ids"]),
    ("histories, model of 160 tokens", "histories", ["--max-model-len", "160", "--include", "prompt_token_ids"]),
    ("dialogues", "dialogues", ALL_IDS),
    ("dialogues, model of 160 tokens", "dialogues", ["--max-model-len", "160", "--include", "prompt_token_ids"]),
    ("dialogues, budget 60, one sequence at a time", "dialogues", ["--history-token-budget", "60", "--max-num-seqs", "1"]),
    ("dialogues and others, in order", "dialogues and others", ["--ordered", "--max-num-batched-tokens", "32", "--seed", "3"],
     ("tokens.prefix_hit_tokens",)),
    ("dialogues with preemptions", "dialogues and others", ["--ordered", *SMALL_CACHE], ("scheduling.preemptions",)),
    ("OpenAI chats", "openai-chat", []),
    ("OpenAI chats in order", "openai-chat", ["--ordered", "--temperature", "0"]),
    ("OpenAI completions", "openai-completion", []),
    ("texts", "text", ["--input-format", "text", "--max-tokens", "5"]),
    ("texts as chats", "text", ["--input-format", "text", "--max-tokens", "5", "--system", "Be brief.", "--include", "prompt_token_ids"]),
    ("texts, no special tokens", "text", ["--input-format", "text", "--max-tokens", "5", "--no-special-tokens", "--include", "prompt_token_ids"]),
    ("too long", "too-long", SMALL_CACHE),
    ("every default on the command line", "native", ["--ordered", *DEFAULTS]),
    ("beams from the command line", "text", ["--input-format", "text", "--temperature", "0", "--use-beam-search", "--n", "2", "--best-of", "3",
                                             "--length-penalty", "0.5", "--early-stopping", "never", "--max-tokens", "5"]),
    ("ids alone", "native", ["--ordered", "--no-detokenize", "--include", "token_ids", "--generation-config", "none"]),
    ("mixed", "mixed", ["--ordered", *ALL_IDS]),
    ("mixed, another seed", "mixed", ["--ordered", "--seed", "9223372036854775807"]),
    ("mixed in chunks of 16", "mixed", ["--ordered", *ALL_IDS, "--max-num-batched-tokens", "16", "--max-num-seqs", "16"]),
    ("mixed without chunks", "mixed", ["--ordered", "--no-enable-chunked-prefill", "--max-num-batched-tokens", "4096", "--max-model-len", "4096"]),
    ("mixed, one sequence at a time", "mixed", ["--ordered", "--max-num-seqs", "1"]),
    ("mixed, blocks of 8", "mixed", ["--ordered", "--block-size", "8", "--no-enable-prefix-caching", "--threads", "2"]),
    ("mixed with preemptions", "mixed", ["--ordered", *SMALL_CACHE], ("scheduling.preemptions",)),
    ("beams with preemptions", "beams", [*SMALL_CACHE, "--max-num-seqs", "24"]),
    ("shared prefixes", "shared", ["--max-num-seqs", "2"], ("tokens.prefix_hit_tokens",)),
    ("shared prefixes, no cache", "shared", ["--no-enable-prefix-caching", "--max-num-seqs", "2"]),
    ("shared prefixes, preemptions", "shared, longer", ["--kv-cache-memory", "9MiB", "--max-model-len", "400"], ("scheduling.preemptions",)),
    ("mixed in fp32", "mixed", ["--ordered", "--dtype", "float32"]),
    ("log-probabilities in fp32", "logprobs", ["--ordered", "--dtype", "float32"]),
    ("mixed, a cache of bytes", "mixed", ["--ordered", *ALL_IDS, *BYTE_CACHE]),
    ("mixed, a cache of bytes, chunks of 16", "mixed", ["--ordered", *BYTE_CACHE, "--max-num-batched-tokens", "16", "--max-num-seqs", "16"]),
    ("mixed, a cache of bytes, preemptions", "mixed", ["--ordered", *BYTE_CACHE, "--kv-cache-memory", "4MiB", "--max-model-len", "128"],
     ("scheduling.preemptions",)),
    ("shared prefixes, a cache of bytes", "shared", [*BYTE_CACHE, "--max-num-seqs", "2"], ("tokens.prefix_hit_tokens",)),
    ("beams, a cache of bytes", "beams", [*ALL_IDS, *BYTE_CACHE]),
    ("mixed in fp32, a cache of halves", "mixed", ["--ordered", "--dtype", "float32", "--kv-cache-dtype", "float16"]),
]

# Options that are refused, on SmolLM2 with one good line.
REFUSED = [
    "--logprobs 21", "--prompt-logprobs -2", "--temperature nan", "--temperature 3", "--repetition-penalty 0", "--logit-bias 5",
    "--logit-bias 5:1,5:2", "--allowed-token-ids 900000000", "--truncate-prompt-tokens 0", "--min-tokens 9 --max-tokens 8",
    "--n 0", "--best-of 2 --temperature 0", "--use-beam-search", "--dtype bfloat16", "--num-shards 2", "--chat-template llama9",
    "--kv-cache-memory 1", "--max-model-len 100000", "--block-size 0", "--quiet --log-level debug", "--include everything",
    "--generation-config nowhere.json", "--matmul blas", "--max-num-batched-tokens 0",
]


def malformed():
    with open(os.path.join(TESTS, "EndToEnd", "malformed.jsonl"), "rb") as file:
        return file.read().split(b"\n")[:-1]


def texts():
    """Every 40th of the tokenizers' texts."""
    with open(os.path.join(GOLDENS, "tokenizers", "texts.jsonl"), encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    return [{"text": text} for text in found[::40]] + [
        {"text": "<|im_start|>user\nHi<|im_end|>"}, b'{"text": 7}', b'{"text": "cut']


def run(name, model, source, options=(), sees=(), environment=None, needs=()):
    """A job of `quire run`, on one thread and with a small cache unless its options say otherwise."""
    usual = {"--threads": "1", "--kv-cache-memory": "256MiB"}
    arguments = [word for option, value in usual.items() if option not in options for word in (option, value)]
    quiet = [] if "--quiet" in options else ["--quiet"]
    return Job(name, ["run", "--model", model, *arguments, *quiet, *options], source, environment or {}, sees, needs)


def all_jobs():
    jobs = [run(name, SMOLLM2, LINES[lines], options, *sees) for name, lines, options, *sees in ON_SMOLLM2]
    jobs += [
        run("malformed lines", SMOLLM2, malformed(), ["--ordered"]),
        run("malformed lines, stopping", SMOLLM2, malformed(), ["--ordered", "--max-errors", "3"]),
        run("weights that are no numbers", "tiny-broken", LETTERS), run("logits that are no numbers", "tiny-huge", LETTERS + LETTER_CHATS),
        run("no chat format", "llama-tied", LETTER_CHATS),
    ]
    for options in REFUSED:
        jobs.append(run("refused: " + options, SMOLLM2, [{"prompt": "Hi"}], options.split()))
    for template in ("llama3", "mistral", "gemma", "chatml"):
        jobs.append(run(f"chats as {template}", SMOLLM2, [NATIVE[2], NATIVE[4], *LINES["histories"][:3]], [
            "--chat-template", template, "--include", "prompt_token_ids", "--max-tokens", "4"]))
    jobs += [run(f"chats of {model}", model, LETTER_CHATS[:3] + LETTERS[:1], ["--include", "prompt_token_ids"]) for model in CHAT_MODELS]
    sets = [("avx2", ("avx2",)), ("avx512", ("avx512",)), ("scalar", ())]
    jobs += [run(f"mixed, {isa}", SMOLLM2, MIXED[:18], ["--ordered", "--matmul", "native"], environment={"QUIRE_ISA": isa}, needs=needs)
             for isa, needs in sets[:2]]
    blas = {"environment": {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}, "needs": ("avx2", "openblas")}
    jobs.append(run("mixed, OpenBLAS", SMOLLM2, MIXED[:12], ["--ordered", "--matmul", "openblas", "--max-num-seqs", "1"], **blas))
    for model in [*CHECKPOINTS, *(name + ".gguf" for name in GGUF_FILES), "tiny", "tiny-f16", "llama-biases-f16"]:
        jobs.append(run(model, model, IDS, ALL_IDS))
        jobs.append(run(f"{model}, int8", model, IDS, ["--quantization", "int8"] if "gguf" not in model else ["--dtype", "float32"]))
        for isa, needs in sets:
            jobs.append(run(f"{model}, {isa}", model, IDS[:5], ["--matmul", "native"], environment={"QUIRE_ISA": isa}, needs=needs))
    for model in ("llama-tied", "qwen2", "llama.gguf"):
        jobs.append(run(f"{model}, OpenBLAS", model, IDS[:4], ["--matmul", "openblas", "--max-num-seqs", "1"], **blas))
    for isa, needs in sets:
        jobs.append(run(f"mixed, a cache of bytes, {isa}", SMOLLM2, MIXED[:6], [
            "--ordered", "--matmul", "native", *BYTE_CACHE], environment={"QUIRE_ISA": isa}, needs=needs))
    for model in [*CHECKPOINTS, *(name + ".gguf" for name in GGUF_FILES)]:
        jobs.append(run(f"{model}, a cache of bytes", model, IDS, [*ALL_IDS, *BYTE_CACHE]))
    for model in ("mistral-sliding-window", "qwen2-sliding-layers"):
        jobs.append(run(f"{model}, long, a cache of bytes", model, LONG, ["--ordered", *BYTE_CACHE]))
        jobs.append(run(f"{model}, long", model, LONG, ["--ordered", "--block-size", "8"]))
        jobs.append(run(f"{model}, long, small cache", model, LONG, [
            "--ordered", "--kv-cache-memory", "256KiB", "--max-num-batched-tokens", "32", "--max-model-len", "400"]))
    for model in ("tiny-bf16", "qwen3-bf16"):
        jobs.append(run(model, model, IDS, ALL_IDS, needs=("bf16",)))
        jobs += [run(f"{model}, {name}", model, IDS, options) for name, options in (
            ("fp32", ["--dtype", "float32"]), ("int8", ["--quantization", "int8"]))]
    jobs += [run(f"{model}, letters and chats", model, LETTERS + LETTER_CHATS, ALL_IDS) for model in ("tiny", "tiny-sharded")]
    jobs.append(run("llama-tied, letters", "llama-tied", LETTERS, ALL_IDS))
    tokenizers = [SMOLLM2, "qwen.tiktoken", "tiny-llama3.json", "tiny-prefix.json", "tiny-qwen2.json", "tiny"]
    for model in tokenizers:
        for flags in ([], ["--allow-special-tokens", "--add-special-tokens"]):
            jobs.append(Job(" ".join([f"tokenize, {model}", *flags]), ["tokenize", "--tokenizer", model, *flags], texts()))
        ids = [{"token_ids": [(3 * n + i * i) % 250 for i in range(n % 40)]} for n in range(60)] + [{"token_ids": [-1]}, {"token_ids": "x"}]
        for flags in ([], ["--skip-special-tokens"]):
            jobs.append(Job(" ".join([f"decode, {model}", *flags]), ["tokenize", "--decode", "--tokenizer", model, *flags], ids))
    for model in [SMOLLM2, *CHECKPOINTS, *(name + ".gguf" for name in GGUF_FILES), "tiny", "tiny-bf16", "tiny-sharded", "nowhere"]:
        jobs += [Job(f"inspect, {model}", ["inspect", model]), Job(f"inspect --json, {model}", ["inspect", model, "--json"])]
    jobs.append(Job("bench's keys", ["bench", "--model", "tiny", "--num-requests", "3", "--prompt-tokens", "5", "--output-tokens", "4",
                                     "--kv-cache-memory", "16MiB", "--json"], keys=True))
    jobs.append(Job("kernels' keys", ["bench", "--kernels", "--shape", "32x64", "--format", "Q4_1", "--json"], keys=True, needs=("avx2",)))
    return jobs
