"""Makes wild.jsonl: what the Python package jsonschema says of schemas as people write them, in all drafts.

    python make_wild.py [OUTPUT_FILE]

One line a schema, as make_schema.py writes them. `N(document)` marks a valid document that an answer never is: where a
stricter language is written than the schema's own (docs/structured-output.md), or a member that it does not name.
"""

import json
import os
import random
import sys

import jsonschema
from make_schema import judge, near_misses, text_of


class N:
    def __init__(self, document):
        self.document = document


D3, D4, D7, D19 = ("http://json-schema.org/draft-03/schema#", "http://json-schema.org/draft-04/schema#",
                   "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema")
INT, STR, NUL = {"type": "integer"}, {"type": "string"}, {"type": "null"}
AB = {"type": "object", "properties": {"a": INT, "b": INT}, "additionalProperties": False}

CASES = [
    # Keys that no draft defines.
    ({"type": "object", "properties": {"a": {"type": "integer", "x-order": 1, "_format": "int"}}, "self": {"v": 1}, "links": []},
     [{}, {"a": 1}, {"a": "1"}, N({"b": 1})]),
    ({"type": "string", "nullable": True, "example": "x"}, ["x", None, 1]),
    # Names and references.
    ({"$schema": D4, "id": "http://x.y/z.json", "definitions": {"a": {"id": "#foo", "type": "integer"}}, "type": "array",
      "items": {"$ref": "#foo"}}, [[], [1], ["a"]]),
    ({"$schema": D7, "$id": "http://x.y/z.json", "definitions": {"a": {"$id": "a.json", "type": "integer"}},
      "items": {"$ref": "a.json"}, "type": "array"}, [[1], ["a"]]),
    ({"$id": "http://x.y/z.json", "$defs": {"a": {"$anchor": "n", "type": "integer"}}, "type": "array",
      "items": {"$ref": "http://x.y/z.json#n"}}, [[1], ["a"]]),
    ({"$id": "http://x.y/r/z.json", "$defs": {"a": {"$id": "../s/a.json", "$defs": {"b": INT}, "items": {"$ref": "#/$defs/b"}, "type": "array"}},
      "type": "array", "items": {"$ref": "/s/a.json"}}, [[[1]], [["a"]], [], [1]]),
    ({"$ref": "#/$defs/a%25b", "$defs": {"a%b": INT}}, [1, "a"]),
    ({"$ref": "#/$defs/a", "maximum": 3, "$defs": {"a": {"type": "integer", "minimum": 1}}}, [0, 1, 3, 4]),
    ({"$dynamicRef": "#n", "$defs": {"a": {"$dynamicAnchor": "n", "type": "integer"}}}, [1, "a"]),
    ({"$schema": D19, "type": "object", "properties": {"c": {"$recursiveRef": "#"}}, "additionalProperties": False}, [{}, {"c": {}}, {"c": {"c": 1}}]),
    ({"$schema": D7, "$id": "http://x.y/base/", "definitions": {"foo": {"$id": "http://x.y/foo.json", "type": "string"},
      "a": {"$id": "foo.json", "type": "number"}}, "allOf": [{"$id": "http://x.y/", "$ref": "foo.json"}]}, [1, "a"]),
    ({"$defs": {"a": {"x-list": [{"$id": "http://x.y/n.json", "type": "null"}]}, "b": {"$id": "http://x.y/n.json", "type": "string"}},
      "$ref": "http://x.y/n.json"}, ["a", None]),
    # Objects.
    ({"type": "object", "patternProperties": {"^x-": INT}}, [{}, {"x-a": 1}, {"x-a": "1"}, {"x-a": 1, "x-b": 2}, N({"y": 1})]),
    ({"type": "object", "patternProperties": {"^x-": INT}, "additionalProperties": STR}, [{"x-a": 1}, {"y": "a"}, {"y": 1}, {"x-a": "a"}, {"y": "a", "x-a": 1}]),
    ({"type": "object", "properties": {"x": {"minimum": 3}}, "patternProperties": {"x": INT, "y$": {"maximum": 9}}, "additionalProperties": False},
     [{"x": 3}, {"x": 2}, {"xy": 9}, {"xy": 10}, {"y": 10}, {"y": 9}, {"z": 1}, {}]),
    ({"type": "object", "patternProperties": {"^[a-z]+$": INT, "^[A-Z]+$": STR}, "additionalProperties": False}, [{"a": 1, "A": "x"}, {"a": "x"}, {"aA": 1}]),
    ({"type": "object", "minProperties": 1}, [{}, {"a": 1}, {"a": 1, "b": 2}]),
    ({"type": "object", "maxProperties": 2}, [{}, {"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}]),
    ({**AB, "minProperties": 1}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 2}]),
    ({**AB, "maxProperties": 1}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 2}]),
    ({"type": "object", "properties": {"a": INT, "b": INT, "c": INT}, "additionalProperties": STR, "minProperties": 2, "maxProperties": 3},
     [{"a": 1}, {"a": 1, "c": 1}, {"a": 1, "x": ""}, {"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1, "x": ""}, {"b": 1, "x": "", "y": ""}]),
    ({"type": "object", "propertyNames": {"pattern": "^[a-z]+$", "maxLength": 2}}, [{}, {"a": 1}, {"ab": 1}, {"abc": 1}, {"A": 1}]),
    ({"type": "object", "propertyNames": {"enum": ["a", "b"]}, "additionalProperties": INT}, [{"a": 1}, {"c": 1}, {"b": 1, "a": 2}]),
    ({**AB, "dependentRequired": {"a": ["b"]}}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}]),
    ({"$schema": D7, **AB, "dependencies": {"a": ["b"]}}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}]),
    ({"$schema": D7, "type": "object", "properties": {"a": INT}, "dependencies": {"a": {"properties": {"b": STR}, "required": ["b"]}}},
     [{}, {"a": 1}, {"a": 1, "b": "x"}, {"a": 1, "b": 1}]),
    ({"type": "object", "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 2}, "b": INT}}, [{}, {"b": 1}, {"a": 3}]),
    ({"allOf": [{"type": "object", "properties": {"a": INT}}], "properties": {"b": INT}, "unevaluatedProperties": False}, [{}, {"b": 1, "a": 1}, {"c": 1}]),
    ({"type": "object", "unevaluatedProperties": {"type": "integer"}, "properties": {"a": STR}, "additionalProperties": True}, [{"a": "x", "b": "x"}, {"b": 1}]),
    ({"properties": {"foo2": {}}, "dependentSchemas": {"foo2": {"properties": {"bar": {}}}}, "unevaluatedProperties": False, "type": "object"},
     [{}, {"foo2": 1}, {"bar": 1}, {"foo2": 1, "bar": 1}]),
    ({"properties": {"a": {}}, "not": {"not": {"properties": {"b": {}}}}, "unevaluatedProperties": False, "type": "object"}, [{}, {"a": 1}, {"b": 1}]),
    # Arrays.
    ({"$schema": D7, "type": "array", "items": [INT, STR], "additionalItems": False}, [[], [1], [1, "a"], [1, "a", 1], ["a"]]),
    ({"$schema": D7, "type": "array", "items": [INT], "additionalItems": STR}, [[1, "a", "b"], [1, 1], ["a"]]),
    ({"$schema": D7, "type": "array", "items": INT, "additionalItems": False}, [[], [1, 2, 3], ["a"]]),
    ({"type": "array", "contains": {"const": 1}, "items": INT}, [[], [1], [2], [2, 1, 3], [2, 3]]),
    ({"type": "array", "contains": {"const": 1}, "minContains": 2, "maxContains": 2, "items": INT, "maxItems": 4}, [[1], [1, 1], [1, 2, 1], [1, 1, 1], [2, 1, 3, 1], [1, 1, 2, 2, 2]]),
    ({"type": "array", "contains": {"const": 1}, "minContains": 0, "items": INT}, [[], [2]]),
    ({"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True}, [[], ["a"], ["c", "a"], ["a", "a"], ["b", "c", "a"], ["a", "b", "a"]]),
    ({"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2}, [[True], [True, False], [False, True], [True, True]]),
    ({"type": "array", "items": {"enum": list(range(20))}, "uniqueItems": True, "maxItems": 3}, [[], [3, 5], [3, 3], N([5, 3]), [1, 2, 19], [1, 2, 3, 4]]),
    ({"type": "array", "items": STR, "uniqueItems": True}, [[], ["a"], ["a", "a"], N(["a", "b"])]),
    ({"prefixItems": [INT], "type": "array", "unevaluatedItems": False}, [[], [1], [1, 2]]),
    # Numbers.
    ({"type": "integer", "multipleOf": 7, "minimum": -20, "maximum": 200}, [0, 7, 8, -14, -21, 196, 203, -7]),
    ({"type": "integer", "multipleOf": 100}, [0, 100, 150, 1200, -300]),
    ({"type": "number", "multipleOf": 0.5, "maximum": 10}, [1, 2.5, 2.25, 10, 11, 0]),
    ({"$schema": D4, "type": "integer", "minimum": 3, "exclusiveMinimum": True, "maximum": 5, "exclusiveMaximum": False}, [3, 4, 5, 6]),
    ({"type": "number", "not": {"type": "integer"}}, [1.5, 2, -0.25, "a"]),
    ({"type": "integer", "not": {"enum": [3, 5]}, "minimum": 0}, [2, 3, 4, 5, 6, -1]),
    # Combining.
    ({"type": "object", "properties": {"a": INT, "b": INT}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}, {"a": "x"}]),
    ({"type": "object", "properties": {"a": INT, "b": INT}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}]),
    ({"allOf": [{"type": "object", "properties": {"a": INT}, "required": ["a"]}, {"properties": {"b": STR}}]}, [{"a": 1}, {"a": 1, "b": "x"}, {"b": "x"}, {"a": 1, "b": 1}]),
    ({"allOf": [{"properties": {"a": {"minimum": 2}}}, {"properties": {"a": INT}}], "type": "object"}, [{"a": 2}, {"a": 1}, {"a": "x"}]),
    ({"oneOf": [INT, {"type": "number", "minimum": 2}]}, [1, 2, 3, 2.5, 1.5]),
    ({"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 2}]}, ["a", "abc", "abcd", "ab", ""]),
    ({"type": "string", "anyOf": [{"pattern": "^a"}, {"maxLength": 1}]}, ["abc", "b", "bc", ""]),
    ({"type": "string", "oneOf": [{"pattern": "^a"}, {"pattern": "b$"}]}, ["a", "b", "ab", "ac", "cb", "c"]),
    ({"type": "object", "properties": {"k": {"enum": ["x", "y"]}, "v": {}}, "required": ["k"],
      "if": {"properties": {"k": {"const": "x"}}}, "then": {"properties": {"v": INT}, "required": ["v"]}, "else": {"properties": {"v": STR}}},
     [{"k": "x"}, {"k": "x", "v": 1}, {"k": "x", "v": "a"}, {"k": "y"}, {"k": "y", "v": "a"}, {"k": "y", "v": 1}]),
    ({"type": ["string", "integer"], "not": {"type": "string"}}, [1, "a"]),
    ({"type": "string", "not": {"pattern": "^a"}}, ["a", "b", "ba", ""]),
    ({"type": "string", "not": {"enum": ["a", "bc"]}}, ["a", "b", "bc", "bcd", ""]),
    ({"type": "object", "properties": {"a": INT, "b": INT}, "not": {"required": ["a", "b"]}}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}]),
    ({"type": "object", "properties": {"a": STR}, "not": {"properties": {"a": {"const": "x"}}, "required": ["a"]}}, [{}, {"a": "x"}, {"a": "y"}]),
    ({"enum": ["a", 1, None, "abc"], "not": {"type": "null"}, "maxLength": 2}, ["a", 1, None, "abc"]),
    ({"enum": [{"a": 1}, {"a": "x"}, {"b": 1}], "properties": {"a": INT}, "required": ["a"]}, [{"a": 1}, {"a": "x"}, {"b": 1}]),
    # Draft 3.
    ({"$schema": D3, "type": "object", "properties": {"a": {"type": "integer", "required": True}, "b": {"type": "any"}}}, [{}, {"a": 1}, {"a": 1, "b": [1]}, {"a": "x"}]),
    ({"$schema": D3, "type": ["string", {"type": "object", "properties": {"a": INT}}]}, ["x", {}, {"a": 1}, {"a": "x"}, 1]),
    ({"$schema": D3, "type": "any", "disallow": ["string", "object"]}, [1, "a", {}, [1]]),
    ({"$schema": D3, "type": "integer", "divisibleBy": 5}, [5, 6, 0]),
    ({"$schema": D3, "type": "object", "extends": {"properties": {"a": {"type": "integer", "required": True}}}, "properties": {"b": STR}}, [{"b": "x"}, {"b": "x", "a": 1}, {"b": "x", "a": "1"}]),
    # Patterns and formats.
    ({"type": "string", "pattern": "^(?!foo)[a-z]+$"}, ["bar", "foo", "foobar", "fo", "fooo"]),
    ({"type": "string", "pattern": "^(?=.*[0-9])(?=.*[a-z])[a-z0-9]{3,6}$"}, ["ab1", "abc", "123", "1b3", "a1", "abcdef1"]),
    ({"type": "string", "pattern": "^((?!ab).)*$"}, ["", "a", "ba", "ab", "xaby", "aab"]),
    ({"type": "string", "pattern": "\\bcat\\b"}, ["cat", "a cat.", "cats", "concat", "the cat sat"]),
    ({"type": "string", "pattern": "(^a|b$)"}, ["a", "b", "ab", "ba", "cb", "ac"]),
    ({"type": "string", "pattern": "^a+?b*?$"}, ["a", "aab", "b"]),
    ({"type": "string", "format": "hostname"}, ["a-b.example", N("xn--X"), "-a", "localhost"]),
    ({"type": "string", "format": "made-up"}, ["", "x", 1]),
    ({"type": "string", "format": "uri-reference"}, ["a/b", "/a?b#c", "http://x.yz/a%20b", "a b", "%zz"]),
    ({"type": "string", "format": "uri"}, ["http://example.com/a#b", "urn:a:b", "mailto:a@b.co", "a/b", "ftp://1.2.3.4:80/x"]),
    ({"type": "string", "format": "json-pointer"}, ["", "/a/b~0", "a", "/~2"]),
    ({"type": "string", "format": "relative-json-pointer"}, ["0#", "1/a", "a", "0", "/a", "01#"]),
    ({"type": "string", "format": "regex"}, ["^a(b|c)*$", "[a-z]{1,5}", "(", "*", "\\d+\\.\\w", "a(?:b(c)?)+", "[^/]+/[a-z_]+"]),
    ({"type": "string", "format": "ipv6"}, ["::1", "2001:db8::1", "::", "1::2::3", "fe80::1:2:3"]),
    ({"type": "string", "maxLength": 2147483647}, ["", "abc"]),
    ({"type": "array", "maxItems": 1000000, "items": INT}, [[], [1, 2]]),
]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    output = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "wild.jsonl")
    rng = random.Random(5)
    with open(output, "w", encoding="utf-8") as file:
        for schema, marked in CASES:
            documents = [d.document if isinstance(d, N) else d for d in marked]
            kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
            validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
            texts = [text_of(document) for document in documents]
            near = [miss for text in texts for miss in near_misses(text, rng)]
            all_texts = list(dict.fromkeys(texts + near))
            valid = [judge(validator, text)[0] for text in all_texts]
            narrower = [i for i, text in enumerate(all_texts)
                        if valid[i] and (text not in texts or isinstance(marked[texts.index(text)], N))]
            for i, text in enumerate(texts):
                if isinstance(marked[i], N) and not valid[i]:
                    sys.exit(f"{schema}: {text} is marked, and not valid")
            line = {"schema": json.dumps(schema, ensure_ascii=False), "documents": all_texts,
                    "valid": "".join(map(str, valid)), "narrower": narrower}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
