#!/usr/bin/env python3
"""Writes malformed.jsonl and malformed.expected.jsonl beside this script.

The first holds a good line before, between and after lines of which each is wrong in a way of its own. The second says,
a line for each line of the first, what must come of it: the error's code and words that its message must hold, or a
null code for a good line. Nothing depends on the model but this: it has a chat format, fewer than 900 million
tokens, and a length below 20000.
"""

import json
import os

CHAT = "/v1/chat/completions"
COMPLETION = "/v1/completions"


def openai(url, body, **changes):
    line = {"custom_id": "c%d" % openai.count, "method": "POST", "url": url, "body": body}
    openai.count += 1
    line.update(changes)
    return {key: value for key, value in line.items() if value is not None}


openai.count = 0


def chat(**fields):
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}
    body.update(fields)
    return openai(CHAT, body)


def turns(*pairs):
    return {"messages": [{"role": role, "content": content} for role, content in pairs]}


# (the line as bytes, text or a value; the code; words of the message)
WRONG = [
    (b'{"prompt": "cut', "invalid_json", "never ends"),
    ('{"prompt": "a",}', "invalid_json", "a key in double quotes"),
    ("{'prompt': 'a'}", "invalid_json", "'''"),
    ('{"prompt": "a"} {"prompt": "b"}', "invalid_json", "the end of the text"),
    ('{"prompt": "a", "temperature": NaN}', "invalid_json", "'N'"),
    ('{"prompt": "a", "top_k": 01}', "invalid_json", "start with 0"),
    ('{"prompt": "a\tb"}', "invalid_json", "control character"),
    ('{"prompt": "\\x41"}', "invalid_json", "after '\\'"),
    ('{"prompt": "\\ud83d alone"}', "invalid_json", "surrogate"),
    ("[" * 100000, "invalid_json", "nested"),
    (b'{"prompt": "\xff\xfe"}', "invalid_utf8", "UTF-8 at byte 13"),
    (b'{"prompt": "\xc0\xaf overlong"}', "invalid_utf8", "UTF-8 at byte 13"),
    ('["prompt"]', "invalid_type", "an array"),
    ("null", "invalid_type", "null"),
    ('{"prompt": "a", "prompt": "b"}', "duplicate_key", '"prompt"'),
    ("{}", "missing_field", "prompt"),
    ({"text": "no prompt under this name"}, "missing_field", "prompt"),
    ({"prompt": 7}, "invalid_type", "found 7, expected a string"),
    ({"prompt": ["a", "b"]}, "invalid_type", "expected a string"),
    ({"prompt": "a", "prompt_token_ids": [1]}, "conflicting_fields", "prompt and prompt_token_ids"),
    ({"prompt_token_ids": []}, "invalid_value", "empty list"),
    ({"prompt_token_ids": [1, "2"]}, "invalid_type", "prompt_token_ids[1]"),
    ({"prompt_token_ids": [1, -1]}, "invalid_value", "-1"),
    ({"prompt_token_ids": [900000000]}, "invalid_value", "900000000"),
    ({"prompt": "a", "id": 1, "custom_id": 2}, "conflicting_fields", "custom_id and id"),
    ({"prompt": "a", "id": True}, "invalid_type", "a string or a number"),
    ({"prompt": "a", "id": "good-0"}, "duplicate_id", "before, in line 1"),
    ({"prompt": "a", "temperature": "hot"}, "invalid_type", 'temperature: found "hot", expected a number'),
    ({"prompt": "a", "temperature": -1}, "invalid_value", "temperature"),
    ('{"prompt": "a", "temperature": 1e400}', "invalid_value", "finite"),
    ({"prompt": "a", "temperature": 0, "top_p": 0}, "invalid_value", "top_p"),
    ({"prompt": "a", "max_tokens": 0}, "invalid_value", "max_tokens"),
    ({"prompt": "a", "max_tokens": 1.5}, "invalid_type", "an integer"),
    ('{"prompt": "a", "seed": 99999999999999999999}', "invalid_value", "64 bits"),
    ({"prompt": "a", "stop": ["x", ""]}, "invalid_value", "stop"),
    ({"prompt": "a", "stop": [1]}, "invalid_type", "stop[0]"),
    ({"prompt": "a", "stop_token_ids": [900000000]}, "invalid_value", "stop_token_ids"),
    ({"prompt": "a", "ignore_eos": "yes"}, "invalid_type", "true or false"),
    ({"prompt": "a", "min_tokens": 5, "max_tokens": 4}, "invalid_value", "min_tokens"),
    ({"prompt": "a", "n": 2, "temperature": 0}, "invalid_value", "n is 2"),
    ({"prompt": "a", "n": 2, "use_beam_search": True}, "invalid_value", "temperature is 1.0, but must be 0"),
    ({"prompt": "a", "n": 2, "use_beam_search": True, "temperature": 0, "logprobs": -1}, "unsupported_value", "logprobs is -1"),
    ({"prompt": "a", "best_of": 1, "use_beam_search": True, "temperature": 0}, "invalid_value", "best_of is 1"),
    ({"prompt": "a", "early_stopping": "never"}, "invalid_value", "early_stopping is \"never\""),
    ({"prompt": "a", "early_stopping": "always"}, "invalid_type", "early_stopping"),
    ({"prompt": "a", "logprobs": 21}, "invalid_value", "logprobs is 21"),
    ({"prompt": "a", "prompt_logprobs": -2}, "invalid_value", "prompt_logprobs is -2"),
    ({"prompt": "a", "logit_bias": {"x": 1}}, "invalid_value", '"x"'),
    ({"prompt": "a", "logit_bias": [1]}, "invalid_type", "logit_bias"),
    ({"prompt": "a", "logit_bias": {"5": 1, "05": 2}}, "duplicate_key", 'the keys "5" and "05"'),
    ({"prompt": "a", "allowed_token_ids": []}, "invalid_value", "allowed_token_ids"),
    ({"prompt": "a", "allowed_token_ids": [900000000]}, "invalid_value", "allowed_token_ids"),
    ({"prompt": "a", "bad_words": ["x", ""]}, "invalid_value", "bad_words"),
    ({"prompt": "a", "truncate_prompt_tokens": 0}, "invalid_value", "truncate_prompt_tokens is 0"),
    ({"prompt": "a", "detokenize": False, "stop": "x"}, "invalid_value", "detokenize"),
    ({"prompt": "a", "repetition_penalty": 0}, "invalid_value", "repetition_penalty"),
    ({"prompt": "a", "sampling_params": {"guided_json": {}}}, "unknown_field", "guided_json"),
    ({"prompt": "a", "sampling_params": {"temprature": 1}}, "unknown_field", "temprature"),
    ({"prompt": "a", "top_k": 1, "sampling_params": {"top_k": 1}}, "conflicting_fields", "top_k"),
    ({"prompt": "a", "sampling_params": [1]}, "invalid_type", "sampling_params"),
    ({"messages": []}, "invalid_messages", "empty list"),
    ({"messages": "Hi"}, "invalid_type", "a list of messages"),
    (turns(("assitant", "Hi")), "invalid_messages", "assitant"),
    (turns(("User", "Hi")), "invalid_messages", "User"),
    (turns(("", "Hi")), "invalid_messages", "messages[0].role"),
    ({"messages": [{"role": 7, "content": "Hi"}]}, "invalid_type", "messages[0].role"),
    ({**turns(("user", "Hi"), ("assistant", "Hello")), "continue_final_message": True, "add_generation_prompt": True},
     "conflicting_fields", "continue_final_message and add_generation_prompt"),
    ({**turns(("user", "Hi")), "chat_template_kwargs": []}, "invalid_type", "chat_template_kwargs"),
    ({**turns(("user", "Hi")), "chat_template_kwargs": {"messages": 1}}, "invalid_value", "chat_template_kwargs"),
    ({**turns(("user", "Hi")), "tools": {"type": "function"}}, "invalid_type", "tools"),
    ({**turns(("user", "Hi")), "tools": ["f"]}, "invalid_type", "tools[0]"),
    ({"prompt": "a", "chat_template_kwargs": {}}, "conflicting_fields", "chat_template_kwargs"),
    ({**turns(("user", "Hi")), "thinking_token_budget": -1}, "invalid_value", "thinking_token_budget"),
    ({**turns(("user", "Hi")), "thinking_token_budget": 5}, "invalid_value", "thinking_token_budget"),
    ({"messages": [{"role": "user"}]}, "missing_field", "content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "unsupported_value", "image_url"),
    ({"messages": [{"role": "user", "content": "Hi", "name": 7}]}, "invalid_type", "messages[0].name"),
    ({"messages": [{"role": "user", "content": "Hi"}], "system": "Be brief."}, "conflicting_fields", "system"),
    ({"prompt": "a", "history": [["only one"]]}, "invalid_value", "history[0]"),
    ({"prompt": "a", "history": {"user": "assistant"}}, "invalid_type", "history"),
    ({"prompt": "a", "system": 1}, "invalid_type", "system"),
    ({"prompt": "long " * 20000}, "context_length_exceeded", "leaves none"),
    (openai("/v1/audio/transcriptions", {"model": "m", "input": "a"}), "unknown_url", "/v1/audio/transcriptions"),
    (openai(CHAT, None), "missing_field", "body"),
    (openai(CHAT, "text"), "invalid_type", "an object"),
    (openai(CHAT, {"model": "m"}), "missing_field", "messages"),
    (openai(CHAT, {"model": "m", "messages": []}, method="GET"), "invalid_type", "POST"),
    (openai(CHAT, {"model": "m", "messages": []}, priority=1), "unknown_field", "priority"),
    (chat(stream="yes"), "invalid_type", "stream"),
    (chat(tool_choice="required"), "conflicting_fields", "tool_choice"),
    (chat(tools=[{"type": "function"}], tool_choice="required"), "missing_field", "tools[0].name"),
    (chat(tools=[{"type": "custom", "custom": {"name": "c"}}]), "unsupported_value", "tools[0].type"),
    (chat(max_completion_tokens=0), "invalid_value", "max_completion_tokens is 0"),
    (chat(max_completion_tokens=2.5), "invalid_type", "max_completion_tokens: found 2.5"),
    (chat(response_format={"type": "structural_tag", "structures": [], "triggers": []}), "invalid_value", "response_format at /triggers"),
    (chat(response_format={"type": "json_schema", "schema": {}}), "unknown_field", "inside response_format.json_schema"),
    (chat(logprobs=True, logprob_token_ids=[900000000]), "invalid_value", "logprob_token_ids"),
    (chat(prompt="a"), "unknown_field", "/v1/completions"),
    (openai("/v1/responses", {"model": "m", "input": "a", "previous_response_id": "r"}), "unsupported_value", "previous_response_id"),
    (openai("/v1/responses", {"model": "m", "input": "a", "max_output_tokens": 0}), "invalid_value", "max_output_tokens is 0"),
    (openai("/v1/responses", {"model": "m"}), "missing_field", "input"),
    (chat(response_format={"type": "json_object"}, structured_outputs={"regex": "a"}), "conflicting_fields", "response_format"),
    (chat(response_format={"type": "grammar"}), "unsupported_value", "response_format.type"),
    (chat(response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"$ref": "http://x/y"}}}), "unsupported_value",
     "response_format.json_schema.schema at /$ref"),
    ({"prompt": "a", "structured_outputs": {"regex": "a", "choice": ["a"]}}, "conflicting_fields", "regex and choice"),
    ({"prompt": "a", "structured_outputs": {"regex": "(a"}}, "invalid_value", "structured_outputs.regex"),
    ({"prompt": "a", "structured_outputs": {"choice": ["not to be said in one token"]}, "max_tokens": 1}, "invalid_value", "max_tokens"),
    (chat(colour="red"), "unknown_field", "colour"),
    (chat(logprobs=5), "invalid_type", "true or false"),
    (chat(top_logprobs=3), "conflicting_fields", '"logprobs": true'),
    (chat(logprobs=True, top_logprobs=21), "invalid_value", "top_logprobs is 21"),
    (chat(logit_bias={"900000000": 1}), "invalid_value", "logit_bias"),
    (chat(model=5), "invalid_type", "model"),
    (openai(COMPLETION, {"model": "m", "prompt": ["a", 7]}), "invalid_type", "prompt[1]"),
    (openai(COMPLETION, {"model": "m", "prompt": "a", "n": 4, "best_of": 3}), "invalid_value", "best_of"),
    (openai(COMPLETION, {"model": "m", "prompt": "a", "echo": 1}), "invalid_type", "echo"),
    (openai(COMPLETION, {"model": "m", "prompt": "a", "max_tokens": 0}), "invalid_value", "max_tokens"),
    (openai(COMPLETION, {"model": "m", "prompt": "a", "logprobs": True}), "invalid_type", "logprobs"),
    (openai(COMPLETION, {"model": "m", "prompt": "a", "top_logprobs": 2}), "unknown_field", "top_logprobs"),
]


def encoded(line):
    if isinstance(line, bytes):
        return line
    if isinstance(line, str):
        return line.encode()
    return json.dumps(line, ensure_ascii=False).encode()


def main():
    lines, expected = [], []
    for number, (line, code, words) in enumerate(WRONG + [(None, None, None)]):
        good = {"id": "good-%d" % number, "prompt": "Good line %d" % number, "max_tokens": 2, "temperature": 0}
        lines.append(encoded(good))
        expected.append({"line": len(lines), "code": None})
        if line is not None:
            lines.append(encoded(line))
            expected.append({"line": len(lines), "code": code, "words": words})
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "malformed.jsonl"), "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
    with open(os.path.join(folder, "malformed.expected.jsonl"), "w", encoding="utf-8") as file:
        for entry in expected:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


main()
