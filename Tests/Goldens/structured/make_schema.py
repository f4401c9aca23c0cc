"""Makes schema.jsonl: what the Python package jsonschema says of many schemas and documents.

    python make_schema.py [OUTPUT_FILE]

One line a schema: {"schema", "documents", "valid", "narrower"}. Documents are JSON texts without white space, members in
the order of the schema; "valid" holds 0 and 1 for each; "narrower" the indices of valid documents that an answer never
is (docs/structured-output.md): members beyond the named ones where additionalProperties is absent, numbers of other
spellings or with more digits, near misses of formats that the package looks at loosely. The documents of a schema are those listed with it, and near misses of them.
"""

import json
import os
import random
import sys

import jsonschema

ANY = [{}, [], "", 0, True, None, {"a": [1, {"b": None}]}, [[], [1.5]], "é\n\"", -3, 2.5, 1e-7]
OPEN = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}}
TREE = {"$ref": "#/$defs/node", "$defs": {"node": {
    "type": "object", "properties": {
        "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
    "required": ["value"], "additionalProperties": False}}}
LIST = {"type": "object", "properties": {"head": {"type": "string"}, "tail": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        "required": ["head", "tail"], "additionalProperties": False}
PERSON = {"type": "object", "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 5}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
    "mail": {"type": "string", "pattern": "^[a-z]+@[a-z]+$"}, "tags": {"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 2}},
    "required": ["name", "age"], "additionalProperties": False}

CASES = [
    (True, ANY), ({}, ANY), ({"title": "t", "description": "d"}, ANY),
    ({"type": "object"}, ANY), ({"type": "array"}, ANY), ({"type": "string"}, ANY),
    ({"type": "number"}, ANY + [10, -0.5, 123456.789]), ({"type": "integer"}, ANY + [10, -42]),
    ({"type": "boolean"}, ANY + [False]), ({"type": "null"}, ANY),
    ({"type": ["string", "null"]}, ANY), ({"type": ["integer", "number", "array"]}, ANY),
    (PERSON, [{"name": "Anna", "age": 3}, {"name": "Anna", "age": 151}, {"name": "", "age": 1}, {"name": "Annaba", "age": 1},
              {"name": "日本語éö", "age": 150, "mail": "a@b", "tags": []}, {"name": "x", "age": 0, "tags": ["x", "y"]},
              {"name": "x", "age": 0, "tags": ["x", "y", "x"]}, {"name": "x", "age": 0, "mail": "a@", "tags": ["z"]},
              {"age": 3}, {"name": "a"}, {"name": "a", "age": 1, "more": 1}]),
    ({"properties": {"a": {"type": "integer"}}, "type": "object"}, [{}, {"a": 1}, {"a": "1"}, {"b": 1}]),
    (OPEN, [{}, {"a": 1}, {"a": 1, "b": "x"}, {"a": 1, "ab": "x", "": "y"}, {"b": 1}, {"a": "x"}, {"b": "x"}]),
    ({**OPEN, "additionalProperties": True}, [{}, {"a": 1}, {"a": 1, "b": [1]}, {"a": "x"}, {"b": None}]),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, [{}, {"x": 1}, {"x": 1, "yy": 2}, {"x": "1"}]),
    ({"type": "object", "required": ["k"]}, [{}, {"k": 1}, {"k": None, "j": 2}, {"j": 2}]),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}, [[], [1], [1, 2, 3], [1, 2, 3, 4], ["a"], [1, "a"]]),
    ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [[], [True], [True, False], [True] * 5, [True, 1]]),
    ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]}, [[], [1], [1, "a"], [1, "a", None], ["a"], [1, 1]]),
    ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 1}, [[], [1], [1, "a"], [1, "a", 1], [1, 1]]),
    ({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "null"}, "maxItems": 3}, [[], [1], [1, None], [1, None, None], [1, None, None, None], [1, 2]]),
    ({"type": "array", "maxItems": 0}, [[], [1]]),
    ({"enum": ["a", "ab", 1, None, [1, {"x": 2}], True]}, ["a", "ab", "b", 1, None, [1, {"x": 2}], [1], True, False, 11]),
    ({"type": "string", "enum": ["a", "b\"\\", 3]}, ["a", "b\"\\", 3, "c"]),
    ({"const": {"k": [1, 2]}}, [{"k": [1, 2]}, {"k": [1]}, {}]),
    ({"const": "x\ny"}, ["x\ny", "x", "xy"]),
    ({"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]}, [1, -7, "ab", "abc", None, "é日", 1.5]),
    ({"anyOf": [{"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}, "required": ["kind", "x"], "additionalProperties": False},
                {"type": "object", "properties": {"kind": {"const": "b"}, "x": {"type": "string"}}, "required": ["kind", "x"], "additionalProperties": False}]},
     [{"kind": "a", "x": 1}, {"kind": "b", "x": "1"}, {"kind": "a", "x": "1"}, {"kind": "b", "x": 1}, {"kind": "c", "x": 1}, {"kind": "a"}]),
    ({"anyOf": [{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"], "additionalProperties": False},
                {"type": "object", "properties": {"a": {"type": "string"}, "c": {"type": "integer"}}, "required": ["a", "c"], "additionalProperties": False}]},
     [{"a": "x"}, {"a": "x", "b": 1}, {"a": "x", "c": 1}, {"a": "x", "b": 1, "c": 1}, {}, {"a": 1}, {"a": "x", "c": "1"}]),
    ({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": {"type": "string"}}]}, [[], [1, 2], ["a", "b"], [1, "a"]]),
    ({"anyOf": [{"type": "number"}, {"type": "integer"}, {"const": "n/a"}]}, [1, 2.5, "n/a", "n"]),
    ({"oneOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}, [1, "a", None, True, 1.5]),
    ({"oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}], "$defs": {
        "a": {"type": "object", "properties": {"t": {"const": 1}, "v": {"type": "string"}}, "required": ["t"], "additionalProperties": False},
        "b": {"type": "object", "properties": {"t": {"enum": [2, 3]}, "v": {"type": "null"}}, "required": ["t"], "additionalProperties": False}}},
     [{"t": 1}, {"t": 2}, {"t": 1, "v": "x"}, {"t": 3, "v": None}, {"t": 1, "v": None}, {"t": 4}, {}]),
    ({"allOf": [{"type": "string", "minLength": 2}]}, ["a", "ab", 1]),
    (TREE, [{"value": 1}, {"value": 1, "children": []}, {"value": 1, "children": [{"value": 2, "children": [{"value": 3}]}, {"value": 4}]},
            {"children": []}, {"value": 1, "children": [{"children": []}]}, {"value": 1, "children": [1]}]),
    (LIST, [{"head": "a", "tail": None}, {"head": "a", "tail": {"head": "b", "tail": None}}, {"head": "a"}, {"head": "a", "tail": {}}]),
    ({"type": "integer", "minimum": 5, "maximum": 1234}, [4, 5, 9, 10, 99, 100, 999, 1000, 1234, 1235, 2000, 12345, -5, 0]),
    ({"type": "integer", "minimum": -17}, [-18, -17, -16, -9, -1, 0, 1, 123456, -20, -100]),
    ({"type": "integer", "exclusiveMaximum": 100}, [99, 100, 101, -5, 0, 9, 10, 1000, -1000]),
    ({"type": "integer", "exclusiveMinimum": -3, "exclusiveMaximum": 3}, [-3, -2, -1, 0, 1, 2, 3, 20, -20]),
    ({"type": "integer", "minimum": 0.5, "maximum": 2.5}, [0, 1, 2, 3]),
    ({"type": "integer", "minimum": 1e3, "multipleOf": 1}, [999, 1000, 1001, 0]),
    ({"type": "number", "minimum": 0, "maximum": 1}, [0, 1, 0.5, 0.999999, 1.000001, -0.1, 1.5, 2, 0.25]),
    ({"type": "number", "exclusiveMinimum": 0.1}, [0.1, 0.100001, 0.11, 0.05, 1, 0, -1, 12345.5]),
    ({"type": "number", "minimum": -2.5, "exclusiveMaximum": 2.5}, [-2.5, -2.6, -2.500001, 2.5, 2.499999, 0, -1, 1.25, 3, -3]),
    ({"type": "number", "minimum": 1.5, "maximum": 1.75}, [1.5, 1.6, 1.75, 1.751, 1.4, 1, 2]),
    ({"type": "string", "minLength": 2, "maxLength": 4}, ["", "a", "ab", "abcd", "abcde", "日本", "日本語éx", "\n\t", "\"\\", "😀😀", "😀"]),
    ({"type": "string", "minLength": 3}, ["ab", "abc", "é\n😀", "é\n"]),
    ({"type": "string", "pattern": "b+"}, ["b", "abc", "ac", "", "bb\"", "日b"]),
    ({"type": "string", "pattern": "^(a|b)*c$"}, ["c", "abc", "abcd", "ab", "xc"]),
    ({"type": "string", "pattern": "^[^a]+$", "maxLength": 3}, ["b", "bcd", "bcde", "a", "", "\"\\", "日\t"]),
    ({"type": "string", "pattern": "^a*$", "minLength": 2}, ["", "a", "aa", "aaaa", "ab"]),
    ({"type": "string", "format": "date", "minLength": 1}, ["2024-02-28", "2023-02-30", "2023-04-31", "2023-12-31", "2023-13-01", "23-01-01", "0001-01-01"]),
    ({"type": "string", "format": "ipv4"}, ["1.2.3.4", "255.255.255.255", "256.1.1.1", "1.2.3", "01.2.3.4"]),
    ({"type": "string", "format": "ipv6"}, ["1:2:3:4:5:6:7:8", "ffff:0:0:0:0:0:0:1", "1:2:3:4:5:6:7", "g:2:3:4:5:6:7:8"]),
    ({"type": "string", "format": "uuid"}, ["123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"]),
    ({"type": "string", "format": "email"}, ["a@b.co", "a.b+c@d-e.org", "no at"]),
    ({"type": "object", "properties": {"a~/b": {"type": "integer"}, "é\"": {"$ref": "#/properties/a~0~1b"}}, "required": ["é\""], "additionalProperties": False},
     [{"é\"": 1}, {"a~/b": 1, "é\"": 2}, {"a~/b": 1}, {"é\"": "x"}]),
    ({"type": "object", "properties": {"a": False, "b": True}}, [{}, {"b": 1}, {"a": 1}]),
    ({"type": "object", "properties": {f"p{i}": {"type": "null"} for i in range(6)}, "required": ["p2"], "additionalProperties": False},
     [{"p2": None}, {"p0": None, "p2": None, "p5": None}, {"p0": None}, {}, {f"p{i}": None for i in range(6)}]),
    ({"definitions": {"s": {"type": "string"}}, "type": "array", "items": {"$ref": "#/definitions/s"}}, [[], ["a"], [1]]),
]


def text_of(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def near_misses(text, rng):
    for _ in range(4):
        at = rng.randrange(len(text))
        yield text[:at] + text[at + 1:]
        yield text[:at] + rng.choice("{}[],:\"0a1-.tn") + text[at:]
        yield text[:at] + rng.choice("{}[],:\"0a1-.tn") + text[at + 1:]


def refuse_repeated(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("repeated key")
    return dict(pairs)


def refuse_word(word):
    raise ValueError(word)


def judge(validator, text):
    """0 or 1; None for texts whose spelling says nothing (white space, repeated keys, infinities, other orders)."""
    try:
        document = json.loads(text, parse_constant=refuse_word)
    except ValueError:
        return 0, None
    return (1 if validator.is_valid(document) else 0), document


def is_narrower(schema, text, document, is_listed):
    """Whether a valid text is one that an answer never is."""
    if isinstance(document, float) and (document == int(document) or round(document, 6) != document):
        return schema != {"type": "number"}
    if isinstance(schema, dict) and schema.get("format") in ("email", "ipv6") and not is_listed:
        return True
    try:
        json.loads(text, object_pairs_hook=refuse_repeated)
    except ValueError:
        return True
    # Other spellings of numbers (-0, 1.0 for an integer) and escapes that need not be.
    if text_of(document) != text:
        return True
    closed = isinstance(schema, dict) and "properties" in schema and "additionalProperties" not in schema
    return closed and isinstance(document, dict) and not set(document) <= set(schema["properties"])


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    output = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "schema.jsonl")
    rng = random.Random(4)
    with open(output, "w", encoding="utf-8") as file:
        for schema, documents in CASES:
            validator = jsonschema.Draft202012Validator(
                schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
            texts = [text_of(document) for document in documents]
            for text in list(texts):
                texts += near_misses(text, rng)
            texts = list(dict.fromkeys(texts))
            judged = [judge(validator, text) for text in texts]
            narrower = [index for index, (valid, document) in enumerate(judged)
                        if valid and is_narrower(schema, texts[index], document, index < len(documents))]
            line = {"schema": json.dumps(schema, ensure_ascii=False), "documents": texts,
                    "valid": "".join(str(valid) for valid, _ in judged), "narrower": narrower}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
