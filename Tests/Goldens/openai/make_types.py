#!/usr/bin/env python3
"""OpenAI's own types against the answers of a batch.

make_types.py              writes types.json: the types of the package `openai` as JSON Schemas, descriptions left out
make_types.py --check BIN  answers the lines of Tests/EndToEnd/openai_lines.py with BIN, as they are and with all that
                           --include adds, and validates each with the package: `model_validate`, and no member that the
                           types do not know but those that the page names. Then spoils the answers in every place, and
                           compares what the package says of it with what `openai_lines.faults` says, which CI runs
                           without the package.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

from openai.types import BatchError, Completion, CreateEmbeddingResponse, ErrorObject
from openai.types.chat import ChatCompletion
from openai.types.responses import Response
from pydantic import BaseModel, ValidationError

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "EndToEnd"))
import openai_lines as lines  # noqa: E402
import tiny_model  # noqa: E402

MODELS = {model.__name__: model for model in (
    ChatCompletion, Completion, Response, CreateEmbeddingResponse, ErrorObject, BatchError)}
# Of the kinds that items and tools of a response may be of, those that answers have.
KINDS = {"output": ("ResponseOutputMessage", "ResponseFunctionToolCall", "ResponseReasoningItem"), "tools": ("FunctionTool",)}


def bare(schema):
    """A schema without what is for people."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: bare(value) for key, value in schema.items()
            if not (key in ("title", "description", "default") and not isinstance(value, dict))}


def schema(model):
    """The JSON Schema of a type, without the kinds of items that no answer has and what only they need."""
    made = bare(model.model_json_schema())
    if model is not Response:
        return made
    for name, kinds in KINDS.items():
        made["properties"][name]["items"] = {"anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds]}
    for name in set(made["properties"]) - set(made["required"]) - {
            "error", "incomplete_details", "max_output_tokens", "metadata", "status", "temperature", "top_p", "usage"}:
        del made["properties"][name]
    made["properties"]["instructions"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    needed, waiting = set(), [{key: value for key, value in made.items() if key != "$defs"}]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            name = value.get("$ref", "").rsplit("/", 1)[-1] if isinstance(value.get("$ref"), str) else ""
            if name and name not in needed:
                needed.add(name)
                waiting.append(made["$defs"][name])
        elif isinstance(value, list):
            waiting += value
    made["$defs"] = {name: made["$defs"][name] for name in sorted(needed)}
    return made


def extra(value, path):
    """Members that the types do not know, and nulls where `model_validate` cannot see them."""
    if isinstance(value, list):
        return [name for item in value for name in extra(item, path)]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}.{name}" for name in (value.model_extra or {}) if name not in lines.EXTRA.get(path, ())]
    for name in value.model_fields_set & set(type(value).model_fields):
        found += extra(getattr(value, name), f"{path}.{name}")
    return found


def is_right(answer):
    """Whether the package takes an answer's parts, strictly."""
    kind, body = lines.type_of(answer), copy.deepcopy(answer["response"]["body"])
    parts = [("body", kind, body)]
    if kind == "ErrorObject":
        parts = [("body.error", kind, body["error"]), ("error", "BatchError", answer["error"])]
    for choice in body.get("choices", []) if isinstance(body.get("choices"), list) else []:
        # The first token of an echoed prompt has no log-probability, on OpenAI's servers as here.
        logprobs = choice.get("logprobs") if isinstance(choice, dict) else None
        for name in ("token_logprobs", "top_logprobs") if isinstance(logprobs, dict) else ():
            if isinstance(logprobs.get(name), list) and logprobs[name][:1] == [None]:
                del logprobs[name][0]
    try:
        return not any(extra(MODELS[name].model_validate(value, strict=True), path) for path, name, value in parts)
    except ValidationError:
        return False


def spoilt(value, put):
    """Each way to spoil one place of a value; `put` makes the whole of it."""
    for other in (None, "x", 7, 0.5, [], {}, [None], True):
        if type(other) is not type(value):
            yield put(other)
    if isinstance(value, dict):
        yield put({**value, "surplus": 1})
        for name in value:
            yield put({key: item for key, item in value.items() if key != name})
            yield from spoilt(value[name], lambda item, name=name: put({**value, name: item}))
    if isinstance(value, list) and value:
        yield from spoilt(value[0], lambda item: put([item] + value[1:]))


def answers(binary, *options):
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "tiny")
        tiny_model.write(model)
        with open(os.path.join(folder, "in.jsonl"), "w", encoding="utf-8") as file:
            for line in lines.ANSWERED + lines.RESPONSES + lines.EMBEDDINGS + lines.REFUSED + lines.FAILED:
                file.write(json.dumps(line) + "\n")
        subprocess.run(
            [binary, "run", "--model", model, "-i", file.name, "-o", os.path.join(folder, "out.jsonl"), "--ordered", "--quiet",
             *options], check=True)
        with open(os.path.join(folder, "out.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def main():
    if sys.argv[1:2] != ["--check"]:
        with open(lines.TYPES, "w", encoding="utf-8") as file:
            json.dump({name: schema(model) for name, model in MODELS.items()}, file, sort_keys=True)
            file.write("\n")
        return
    types, spoils, wrong = lines.types(), 0, []
    found = answers(sys.argv[2]) + answers(sys.argv[2], *lines.PARTS)
    for answer in found:
        if not is_right(answer) or lines.faults(answer, types):
            wrong.append((answer["custom_id"], is_right(answer), lines.faults(answer, types)))
        kind, body = lines.type_of(answer), answer["response"]["body"]
        # What spoils a response may make it one of another kind, which the schemas leave out.
        if kind == "Response":
            continue
        part = body["error"] if kind == "ErrorObject" else body
        for other in spoilt(part, lambda value: value):
            changed = copy.deepcopy(answer)
            changed["response"]["body"] = {"error": other} if kind == "ErrorObject" else other
            try:
                if kind != "ErrorObject" and lines.type_of(changed) != kind:
                    continue
            except (TypeError, KeyError, AttributeError):
                continue
            spoils += 1
            if is_right(changed) == bool(lines.faults(changed, types)):
                wrong.append((answer["custom_id"], json.dumps(other)[:200], lines.faults(changed, types)))
    for case in wrong[:20]:
        print(case)
    print(f"{len(found)} answers, {spoils} spoilt ones, {len(wrong)} on which the package and the schemas differ or which are wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
