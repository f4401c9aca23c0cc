"""Lines of an OpenAI batch of every kind, and what their answers must be by OpenAI's own Python types.

`Goldens/openai/types.json` has those types as JSON Schemas, made from the package `openai` by `make_types.py` beside it.
"""
import json
import os

TYPES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Goldens", "openai", "types.json")
CHAT, COMPLETION, RESPONSE = "/v1/chat/completions", "/v1/completions", "/v1/responses"
EMBEDDING = "/v1/embeddings"
MESSAGES = [{"role": "user", "content": "Name a colour."}]
SCHEMA = {
    "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
TOOLS = [TOOL, {"type": "function", "function": {"name": "g", "parameters": {
    "type": "object", "properties": {"b": {"enum": ["x", "y"]}, "c": {"$ref": "#/$defs/c"}}, "required": ["b", "c"],
    "additionalProperties": False, "$defs": {"c": {"type": "boolean"}}}}}]


def line(custom_id, url, body, **envelope):
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body, **envelope}


def chat(custom_id, **body):
    return line(custom_id, CHAT, {"model": "m", "messages": MESSAGES, "max_tokens": 4, "temperature": 0, **body})


def completion(custom_id, **body):
    return line(custom_id, COMPLETION, {"model": "m", "prompt": "Once", "max_tokens": 4, "temperature": 0, **body})


def response(custom_id, **body):
    return line(custom_id, RESPONSE, {"model": "m", "input": "Once", "max_output_tokens": 4, "temperature": 0, **body})


# Each is answered.
ANSWERED = [
    chat("chat"), chat("n", n=3, temperature=1), chat("logprobs", logprobs=True),
    chat("top_logprobs", logprobs=True, top_logprobs=5), chat("stop", stop=["e", "a", "\n"]),
    chat("object", response_format={"type": "json_object"}),
    chat("schema", response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}},
         max_tokens=24),
    chat("tools", tools=[TOOL], tool_choice="auto"), chat("long", max_tokens=40), chat("beams", n=2, use_beam_search=True),
    chat("no model", model=None), chat("user", user="u", metadata={"k": "v"}, store=False, service_tier="auto"),
    completion("completion"), completion("completions", n=2, temperature=1, best_of=3), completion("ids", prompt=[65, 66]),
    completion("completion logprobs", logprobs=2), completion("echo", echo=True), completion("zero logprobs", logprobs=0),
    completion("echo logprobs", echo=True, logprobs=1), completion("echo alone", echo=True, logprobs=1, max_tokens=0),
    completion("prompts", prompt=["a", "b"]),
    chat("stream", stream=True, stream_options={"include_usage": True}), chat("two lengths", max_completion_tokens=3.0),
    chat("required", tools=[TOOL], tool_choice="required", max_tokens=24),
    chat("named", tools=TOOLS, tool_choice={"type": "function", "function": {"name": "g"}}, max_tokens=40),
    chat("one of two", tools=TOOLS, tool_choice="required", parallel_tool_calls=False, max_tokens=90),
    chat("several", tools=TOOLS, tool_choice="required", max_tokens=120, temperature=1.5, n=4),
    chat("token ids", return_token_ids=True, logprobs=True, return_tokens_as_token_ids=True),
    chat("named tokens", logprobs=True, logprob_token_ids=[65, 66, 67]),
    chat("old", messages=[
        {"role": "developer", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "n"},
        {"role": "assistant", "content": None, "refusal": "No."}, {"role": "system", "content": "Late."},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "7"}, {"role": "assistant", "content": "A"}]),
    completion("completion ids", return_token_ids=True, logprobs=1, return_tokens_as_token_ids=True),
]
# Each is answered with a response.
RESPONSES = [
    response("response"), response("instructions", instructions="Be brief."),
    response("logprobs of a response", include=["message.output_text.logprobs"], top_logprobs=2),
    response("schema of a response", max_output_tokens=24, text={
        "format": {"type": "json_schema", "name": "x", "schema": SCHEMA, "strict": True}, "verbosity": "low"}),
    response("turns of a response", input=[
        {"role": "user", "content": "Hi"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes?", "annotations": []}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "7"}, {"role": "user", "content": "So?"}]),
    response("tool of a response", tools=[{"type": "function", "name": "f", "parameters": SCHEMA, "strict": True}],
             tool_choice={"type": "function", "name": "f"}, max_output_tokens=24),
    response("metadata of a response", metadata={"k": "v"}, store=True, stream=True),
]
# Each is answered with embeddings.
EMBEDDINGS = [
    line("embedding", EMBEDDING, {"model": "m", "input": "a"}), line("ids of an embedding", EMBEDDING, {"input": [65, 66]}),
    line("embeddings", EMBEDDING, {"model": "m", "input": ["a", "b"], "encoding_format": "float", "user": "u"}),
    line("short embeddings", EMBEDDING, {"model": "m", "input": [[65], [66, 67]], "dimensions": 4}),
]
# Each is an error line.
REFUSED = [
    chat("type", temperature="hot"), chat("range", top_p=3), chat("unknown", temprature=1), chat("stream of text", stream="x"),
    chat("no such tool", tools=[TOOL], tool_choice={"type": "function", "function": {"name": "x"}}), chat("messages", messages=[]), chat("no messages", messages=None),
    chat("fraction", max_completion_tokens=3.5), chat("role", messages=[{"role": "x", "content": "y"}]),
    chat("image", messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]),
    chat("bad schema", response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "no"}}}),
    chat("too long", messages=[{"role": "user", "content": "word " * 4000}]),
    completion("no prompt", prompt=None), completion("bad id", prompt=[10 ** 8]), completion("suffix", suffix="x"),
    line("url", "/v1/audio/transcriptions", {"input": "x"}), line("method", CHAT, {"messages": MESSAGES}, method="GET"),
    line("member", CHAT, {"messages": MESSAGES}, priority=1), line("body", CHAT, None), chat("chat"),
    line(None, CHAT, {"model": 7, "messages": MESSAGES}), response("stored", previous_response_id="r"),
    response("no input", input=None), response("hosted tool", tools=[{"type": "web_search"}]),
]
# One that the model itself fails: its mask leaves no token.
FAILED = [completion("no token", allowed_token_ids=[65], logit_bias={"65": -100}, bad_words=["A"])]

# What answers carry only where it is asked for, all of it.
PARTS = ("--include", "token_ids,prompt_token_ids,logprobs,prompt_logprobs,usage,unforced_logprob")

# Members that OpenAI's types do not have, by the path of their object: vLLM's, those of --include, and where an error line
# stood.
EXTRA = {
    "body.choices": {"stop_reason", "token_ids", "prompt_token_ids", "prompt_logprobs", "usage", "unforced_logprob"},
    "body.choices.message": {"reasoning_content"},
    "body": {"prompt_token_ids", "prompt_logprobs"},
    "body.output": {"token_ids", "usage", "unforced_logprob"},
    "error": {"file"},
}
# As on OpenAI's and vLLM's servers the first token of an echoed prompt has no log-probability.
NULLS = {"body.choices.logprobs.token_logprobs", "body.choices.logprobs.top_logprobs"}


def types():
    with open(TYPES, encoding="utf-8") as file:
        return json.load(file)


def type_of(answer):
    """The names of the types that the parts of an answer are of: of its body, or of the error in it."""
    body = answer["response"]["body"]
    if "error" in body and body.get("object") != "response":
        return "ErrorObject"
    kinds = {"chat.completion": "ChatCompletion", "response": "Response", "list": "CreateEmbeddingResponse"}
    return kinds.get(body["object"], "Completion")


def faults(answer, types=None):
    """What is wrong with a line of a batch's output; empty where nothing is."""
    types = types or globals()["types"]()
    found = []
    for name, expected in [("id", str), ("custom_id", (str, type(None))), ("response", dict), ("error", (dict, type(None)))]:
        if not isinstance(answer.get(name, ...), expected):
            found.append(f"{name} is {answer.get(name)!r}")
    if found or set(answer) != {"id", "custom_id", "response", "error"}:
        return found or [f"members {sorted(answer)}"]
    response = answer["response"]
    if set(response) != {"status_code", "request_id", "body"} or not isinstance(response["request_id"], str):
        return [f"response {sorted(response)}"]
    kind, body = type_of(answer), response["body"]
    is_error = kind == "ErrorObject"
    if is_error != (answer["error"] is not None) or is_error != (response["status_code"] != 200):
        found.append(f"status {response['status_code']} beside {kind}")
    if is_error:
        found += check(body["error"], types[kind], types[kind], "body.error")
        return found + check(answer["error"], types["BatchError"], types["BatchError"], "error")
    return found + check(body, types[kind], types[kind], "body")


def check(value, schema, root, path):
    """What of a value its type does not allow; members that the type does not know are faults, too."""
    if schema is True or not schema:
        return []
    if "$ref" in schema:
        return check(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, path)
    if "anyOf" in schema or "oneOf" in schema:
        ways = [check(value, way, root, path) for way in schema.get("anyOf", schema.get("oneOf"))]
        return min(ways, key=len) if all(ways) else []
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value!r}"]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None),
             "array": list, "object": dict}
    expected = kinds[schema["type"]]
    if not isinstance(value, expected) or isinstance(value, bool) and expected is not bool:
        return [f"{path}: {value!r} is no {schema['type']}"]
    if isinstance(value, list):
        allowed = [item for index, item in enumerate(value) if not (index == 0 and item is None and path in NULLS)]
        return [fault for item in allowed for fault in check(item, schema.get("items"), root, path)]
    if not isinstance(value, dict):
        return []
    known = schema.get("properties")
    if known is None:
        return [fault for key, item in value.items()
                for fault in check(item, schema.get("additionalProperties"), root, f"{path}.{key}")]
    found = [f"{path}: no {name}" for name in schema.get("required", []) if name not in value]
    for name, item in value.items():
        if name in known:
            found += check(item, known[name], root, f"{path}.{name}")
        elif name not in EXTRA.get(path, ()):
            found.append(f"{path}: {name} is unknown")
    return found
