"""A file of lines of every kind, and what one `quire run` answers it: what the tests of the examples compare with."""
import json
import os
import random
import subprocess

import numbered_lines


def lines(count=60, seed=1):
    """Lines of every kind: chats, samples, equal prompts, OpenAI's form, blank and broken ones."""
    drawn = random.Random(seed)
    for number in range(count):
        length = drawn.randint(4, 24)
        yield [
            json.dumps({"prompt": f"Count to {number}:", "max_tokens": length, "temperature": 0.8}),
            json.dumps({"prompt": "Tell me a story.", "max_tokens": 16, "temperature": 1.0}),
            json.dumps({
                "custom_id": f"c{number}", "method": "POST", "url": "/v1/chat/completions",
                "body": {"messages": [{"role": "user", "content": f"Say {number}."}], "max_tokens": length}}),
            "" if number % 2 else "no JSON",
            json.dumps({"id": number, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 12, "n": 2}),
            json.dumps({"prompt": "x", "max_tokens": -3}),
        ][number % 6]


def write(folder, quire, model):
    """Writes the file, and returns its path and the bytes of its answers."""
    path, numbered, answers = (os.path.join(folder, name) for name in ("in.jsonl", "numbered.jsonl", "one.jsonl"))
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines())
    with open(path, encoding="utf-8") as file, open(numbered, "w", encoding="utf-8") as out:
        pairs = ((line.index, line.text) for line in numbered_lines.numbered(file))
        out.writelines(text + "\n" for text in numbered_lines.padded(pairs))
    subprocess.run(
        [quire, "run", "--model", model, "-i", numbered, "-o", answers, "--ordered", "--quiet"], check=True)
    with open(answers, "rb") as file:
        return path, file.read()
