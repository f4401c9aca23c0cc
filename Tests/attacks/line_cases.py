"""Input lines that must be answered with an error each, or as any other line, in little time and memory."""
import json

ACCENT = "\u0301"
CHAT = "/v1/chat/completions"


def native(**fields):
    return json.dumps({"prompt": "a", "max_tokens": 2, **fields}, ensure_ascii=False)


def chat(**fields):
    body = {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, **fields}
    return json.dumps({"method": "POST", "url": CHAT, "body": body}, ensure_ascii=False)


def accents(count):
    """One letter under so many accents: a single character, which is sorted wherever it is compared as such."""
    return "a" + ACCENT * count


def good(scale=1):
    """(name, text) of lines that have an answer."""
    yield "metadata-key", native(**{accents(20_000 * scale): 1})
    yield "metadata", native(x="y" * 500_000 * scale)
    yield "bad-words", native(bad_words=["w%d" % i for i in range(2000 * scale)])
    yield "stops", native(stop=["w%d" % i for i in range(2000 * scale)])
    yield "stop-accents", native(stop=[accents(20_000 * scale)])
    yield "id-accents", native(custom_id=accents(20_000 * scale))
    yield "rounds", native(history=[["b", "c"]] * 100_000 * scale)
    turns = [{"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]
    yield "messages", json.dumps({"messages": turns * 20_000 * scale + turns[:1], "max_tokens": 2})
    yield "round-long", native(history=[["b" * 200_000 * scale, "c"]])
    yield "nested", native(x=json.loads("[" * 90 + "]" * 90))
    yield "allowed", native(allowed_token_ids=[1] * 20_000 * scale)
    yield "turn-cut", json.dumps({"messages": [{"role": "user", "content": "b " * 20_000 * scale}], "max_tokens": 2})
    yield "prompt-truncated", native(prompt="b " * 20_000 * scale, truncate_prompt_tokens=4)


def wrong(scale=1):
    """(name, text) of lines that are errors."""
    many = accents(20_000 * scale)
    yield "not-json", "{"
    yield "brackets", "[" * 500_000 * scale
    yield "objects", "{\"a\":" * 100_000 * scale
    yield "url", json.dumps({"method": "POST", "url": many, "body": {}}, ensure_ascii=False)
    yield "method", json.dumps({"method": many, "url": CHAT, "body": {}}, ensure_ascii=False)
    yield "role", chat(messages=[{"role": many, "content": "a"}])
    yield "part", chat(messages=[{"role": "user", "content": [{"type": many, "text": "a"}]}])
    yield "message-key", chat(messages=[{"role": "user", "content": "a", many: 1}])
    yield "template-variable", chat(chat_template_kwargs={many: 1})
    yield "response-format", chat(response_format={"type": many})
    yield "constraint", native(structured_outputs={many: 1})
    yield "body-key", chat(**{many: 1})
    yield "number", '{"prompt": "a", "seed": ' + "9" * 200_000 * scale + "}"
    yield "exponent", '{"prompt": "a", "temperature": 1e999999999999}'
    yield "n", native(n=2**63 - 1)
    yield "max-tokens", native(max_tokens=-2**63)
    yield "seed", '{"prompt": "a", "seed": 18446744073709551616}'
    yield "ids", json.dumps({"prompt_token_ids": [2**31 - 1]})
    yield "ids-negative", json.dumps({"prompt_token_ids": [-1]})
    yield "prompt-long", native(prompt="a" * 500_000 * scale)
    yield "system-long", native(system="a" * 500_000 * scale)
    yield "keys", native(**{"k%d" % i: 1 for i in range(70_000)})
    yield "bad-words-too-many", native(bad_words=["w"] * 262_145)
    yield "report", native(n=64, temperature=1, logprobs=-1, max_tokens=500)
    yield "schema-deep", native(structured_outputs={"json": "{\"items\":" * 300 + "{}" + "}" * 300})
    yield "schema-loop", native(structured_outputs={"json": {"$ref": "#"}})
    yield "regex-counts", native(structured_outputs={"regex": "((a{1000}){1000}){1000}"})
    yield "regex-open", native(structured_outputs={"regex": "(" * 10_000})
    yield "choice-long", native(structured_outputs={"choice": [many * 10]})
    yield "bias", native(logit_bias={"999999": 1})
    yield "nul", '{"prompt": "a", "prompt\\u0000": 1, "prompt": "b"}'
