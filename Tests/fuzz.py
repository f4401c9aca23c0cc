#!/usr/bin/env python3
"""Feeds every reader of files and lines with spoilt inputs, a share of the time each; fails where one ends the process.

    Tests/fuzz.py BINARY --seconds 60 [--seed N] [--targets gguf,json] [--keep DIR]

BINARY is the executable `fuzz` of the package. Inputs are spoilt copies of the sound and the spoilt files of Tests/attacks
and of what stands here. A crash, five seconds of processor time for one input, or 300 MB beyond the start are findings:
the input is kept, and the reader goes on with other ones.
"""
import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "attacks"))
import checkpoint_cases  # noqa: E402
import gguf_cases  # noqa: E402
import line_cases  # noqa: E402
import tokenizer_cases  # noqa: E402
from common import tiny_model  # noqa: E402

EXPRESSIONS = [
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'s|'t| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", r"[^\W\d]+(?<=a)b?+", r"(a|ab)(c|bcd)*?$", r"\d{2,}?x",
    r"[a-z&&[^aeiou]]++", r"(?>a+)b|(?=x)y*", r"(?:(?:a?){3}){2}", r"^\w+\b.", r"[[:alpha:]\x{41}-\x{5A}]", r"\p{Han}{1,2}\0你好",
]
GRAMMARS = [
    'root ::= root "+" t | t\nt ::= [a-c]{1,3} | "(" root ")" # a comment\n', 'root ::= n root "a" | "b"\nn ::= "c"?\n',
    'start: s\n?s: p | s "+" p -> add\np: NUMBER | "(" s ")" | /[a-z]+/i\n%import common.NUMBER\n%ignore " "\n',
    'start: h[lazy] %json {"type": "integer"} A~2..3\nh[lazy]: /.*x/s\nA: "a".."c" & ~"b"\n',
    'start: (f | g)* t\nT: /(.|\\n)*/\nt: T\nf[suffix="<f"]: T\ng: "x" %regex {"substring_chunks": ["a", "b"]}\n',
]
TAGS = [
    {"structures": [{"begin": "<f=a>", "schema": {"type": "integer"}, "end": "</f>"}], "triggers": ["<f="]},
    {"format": {"type": "sequence", "elements": [{"type": "tag", "begin": "<a>", "content": {"type": "any_text", "max_chars": 9},
                                                  "end": ["</a>", "</b>"]}, {"type": "grammar", "grammar": 'root ::= "(" root? ")"'}]}},
    {"format": {"type": "dispatch", "rules": [["ab", {"type": "regex", "pattern": "[a-z]+"}]], "excludes": ["zz"], "loop": True}},
]
SCHEMAS = [
    {"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer", "minimum": 0}},
     "required": ["name"], "additionalProperties": False},
    {"type": "array", "items": {"enum": ["a", 1, None, True]}, "minItems": 1, "maxItems": 3},
    {"anyOf": [{"const": {"a": [1]}}, {"type": "number", "multipleOf": 0.5, "exclusiveMaximum": 10}]},
    {"$defs": {"node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}},
     "$ref": "#/$defs/node"},
    {"type": "string", "pattern": "^[a-c]{2,4}(x|y)?$"}, {"type": ["string", "null"], "format": "date-time"},
    {"allOf": [{"type": "object"}, {"properties": {"a": {"type": "boolean"}}}]}, True, {},
    {"type": "number", "multipleOf": 0.01, "minimum": -12345678901234567, "exclusiveMaximum": 1e6},
    {"patternProperties": {"^x-": {"type": "integer"}}, "propertyNames": {"maxLength": 4}, "minProperties": 1,
     "dependentRequired": {"x-a": ["x-b"]}, "maxProperties": 3},
    {"if": {"properties": {"k": {"const": 1}}, "required": ["k"]}, "then": {"required": ["a"]},
     "else": {"not": {"required": ["b"]}}, "properties": {"k": {"enum": [1, 2]}, "a": True, "b": True}},
    {"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "contains": {"const": "a"}, "uniqueItems": True},
    {"oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 5}, {"type": "string", "format": "uri"}]},
    {"$ref": "#a", "minimum": 1, "$defs": {"x": {"$anchor": "a", "type": ["integer", "string"], "not": {"const": 7}}}},
    {"type": "string", "pattern": "(?=a)[a-z]*?\\b-(?!x)\\w{2,}"}, {"type": "string", "minLength": 3, "maxLength": 70000},
]
TABLES = [
    "custom_id,prompt,topic\n1,Hello,a\n2,\"a \"\"quoted\"\", cell\nof two lines\",b\n", "prompt\r\na\r\n\r\nb",
    "\ufeffid,prompt,system,messages\nx,y,z,\n,,,\n1,2,3,4,5\n", "prompt,prompt\na,b\n", "a\tb\n1\t2\n", "prompt,x\n\"open,1\n",
]
TEMPLATES = [
    tiny_model.CHATML,
    "{%- set ns = namespace(a=0) -%}{% for m in messages if m.role != 'x' %}{% set ns.a = ns.a + loop.index0 %}"
    "{{ m['content'] | trim ~ ns.a }}{% else %}none{% endfor %}{# note #}{% if tools is defined and tools %}"
    "{{ tools | tojson(indent=2) }}{% elif not x %}{{ raise_exception('no') }}{% endif %}",
    "{% macro f(a, b='c', *args) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}{{ f(2, b=[1, 2.5, none, true][1:]) }}",
    "{{ 'a,b'.split(',')[-1].upper() ~ \"%s-%d\" | format('x', 3) }}{{ '{:>5}'.format('é') }}{{ 7 // 2 ** 3 % -4 }}",
    "{{ strftime_now('%d %b %Y') }}{% raw %}{{ x }}{% endraw %}{{ (messages | map(attribute='role') | list | join(', ')) }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ {'a': {'b': 1}}.a.b }}{{ range(3, 9, 2) | list }}",
    "{%- if messages[0]['role'] == 'system' %}{%- set system = messages[0]['content'] %}{%- endif %}{{ system | default('d') }}",
    "{{ 99999999999999999999 * 99999999999 }}{{ 1e308 * 10 }}{{ 'abc'[::-1] }}{{ 'x' in ['x'] and not (1 > 2) }}",
]


def corpus():
    """The inputs of each reader by name."""
    with tempfile.TemporaryDirectory() as folder:
        tiny_model.write(os.path.join(folder, "m"), hidden=8, intermediate=8, heads=2, kv_heads=1)
        files = {}
        for name in os.listdir(os.path.join(folder, "m")):
            with open(os.path.join(folder, "m", name), "rb") as file:
                files[name] = file.read()

    def some(cases, count=60):
        contents = [content for _, content in cases if len(content) < 60_000]
        return contents[::max(1, len(contents) // count)]

    lines = [text.encode() for _, text in [*line_cases.good(), *line_cases.wrong()] if len(text) < 20_000]
    with open(os.path.join(ROOT, "Tests", "EndToEnd", "malformed.jsonl"), "rb") as file:
        lines += [line for line in file.read().split(b"\n") if 0 < len(line) < 4000]
    documents = [json.dumps(x).encode() for x in SCHEMAS] + [files["config.json"], files["tokenizer_config.json"]]
    return files, {
        "gguf": [gguf_cases.good()] * 8 + some(gguf_cases.cases()),
        "safetensors": [files["model.safetensors"]] * 8 + some(checkpoint_cases.safetensors(files)),
        "config": [files["config.json"]] * 8 + some(checkpoint_cases.configurations(files)),
        "tokenizer-json": [files["tokenizer.json"]] * 4 + some(tokenizer_cases.tokenizer_json(files), 30),
        "tiktoken": [tokenizer_cases.ranks(more=[b"YWI= 256"])] * 4 + some(tokenizer_cases.tiktoken()),
        "sentencepiece": [tokenizer_cases.pieces() + tokenizer_cases.TRAINER] * 4 + some(tokenizer_cases.sentencepiece()),
        "json": documents + lines[:200] + [b'[1.5e-7, "\\ud83d\\ude00", {"a\\u0000": [[], {}]}, -0, true, null]'],
        "template": [text.encode() for text in TEMPLATES],
        "expression": [text.encode() for text in EXPRESSIONS],
        "regex": [text.encode() for text in EXPRESSIONS] + [b"[a-c]{2,4}(x|y)?", b"(a|b)*c+", b"\\d{3}-\\d{4}"],
        "schema": documents[:len(SCHEMAS)],
        "grammar": [text.encode() for text in GRAMMARS],
        "structural-tag": [json.dumps(x).encode() for x in TAGS],
        "lines": lines + [gzip.compress(line, mtime=0) for line in lines[:20]],
        "csv": [text.encode() for text in TABLES] + [gzip.compress(text.encode(), mtime=0) for text in TABLES],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--targets", help="readers, with commas; all of them otherwise")
    parser.add_argument("--keep", default="fuzz-findings", help="the folder of findings, made where there are some")
    arguments = parser.parse_args()
    files, inputs = corpus()
    targets = arguments.targets.split(",") if arguments.targets else list(inputs)
    total, findings = 0, []
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as work:
        for target in targets:
            folder = os.path.join(work, "corpus-" + target)
            os.makedirs(folder)
            for index, content in enumerate(inputs[target]):
                with open(os.path.join(folder, "%04d" % index), "wb") as file:
                    file.write(content)
            end = time.monotonic() + arguments.seconds / len(targets)
            seed, executions, outcomes = arguments.seed, 0, 0
            while (left := end - time.monotonic()) > 0.2:
                model = os.path.join(work, "model")
                shutil.rmtree(model, ignore_errors=True)
                os.makedirs(model)
                for name, content in files.items():
                    with open(os.path.join(model, name), "wb") as file:
                        file.write(content)
                done = subprocess.run(
                    [arguments.binary, target, "--corpus", folder, "--work", work, "--seconds", "%.2f" % left, "--seed",
                     str(seed)], capture_output=True, text=True)
                if done.returncode == 0:
                    report = json.loads(done.stdout)
                    executions, outcomes = executions + report["executions"], report["outcomes"]
                    break
                if done.returncode == 64:
                    sys.exit(done.stderr)
                seed += 1
                os.makedirs(arguments.keep, exist_ok=True)
                kept = os.path.join(arguments.keep, "%s-%d" % (target, len(findings)))
                newest = max((os.path.join(root, name) for root, _, names in os.walk(work) if "corpus-" not in root
                              for name in names), key=os.path.getmtime)
                shutil.copy(newest, kept)
                reason = "hangs" if done.returncode == -27 else "status %d" % done.returncode
                findings.append(kept)
                print("%s: %s: %s: %s" % (target, reason, kept, done.stderr.strip()[-600:]), flush=True)
            total += executions
            print("%s: %d inputs, %d kinds of outcomes" % (target, executions, outcomes), flush=True)
    print("%d inputs, %d findings" % (total, len(findings)))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
