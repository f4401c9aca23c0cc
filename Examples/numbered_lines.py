"""Lines that are to be spread over several `quire run`, made independent of where they will be answered.

An answer depends on its line's id, or, without one, on the line's place among identical lines; and it carries the
line's place in the input. Both would change with the spreading, so ids are given before it, and whoever feeds a process
sends an empty line for each line that went elsewhere: empty lines are skipped but count.

    numbered_lines.py < prompts.jsonl > numbered.jsonl
"""
import json
import re
import typing

# Where a line is a JSON object, its members follow.
OBJECT = re.compile(r"\s*\{")


class NumberedLine(typing.NamedTuple):
    """A line on its way to a process."""

    # Its place in the file, from 0; blank lines count.
    index: int
    text: str
    # Its id in JSON; None for what is no JSON object.
    id: str | None


class DuplicateID(ValueError):
    """Two lines have one id, so that a single run would refuse the second; no process would see both."""


def with_id(line, index):
    """The line and its id in JSON.

    One without an id gets one. What is no JSON object has none, and is an error line anywhere.
    """
    try:
        members = json.loads(line)
    except ValueError:
        return line, None
    if not isinstance(members, dict):
        return line, None
    for key in ("custom_id", "id"):
        if members.get(key) is not None:
            return line, json.dumps(members[key])
    if "custom_id" in members or "id" in members:
        raise ValueError(f"line {index + 1} has an id that is null; give it one, or leave the key out")
    name = f"line-{index}"
    rest = OBJECT.sub("", line, count=1)
    comma = "" if rest.lstrip().startswith("}") else ", "
    return f'{{"custom_id": "{name}"{comma}{rest}', json.dumps(name)


def numbered(lines):
    """Yields every line that is not blank, in order, with an id."""
    seen = {}
    for index, line in enumerate(lines):
        line = line.rstrip("\r\n")
        if not line.strip(" \t"):
            continue
        text, name = with_id(line, index)
        if name is not None and seen.setdefault(name, index) != index:
            raise DuplicateID(f"line {index + 1} has the id {name} of line {seen[name] + 1}")
        yield NumberedLine(index, text, name)


def padded(pairs, position=0):
    """What a process is to read after `position` lines, so that each line of (index, text) stands at its index."""
    for index, line in pairs:
        if index < position:
            raise ValueError(f"line {index} comes after line {position - 1}")
        yield from [""] * (index - position)
        yield line
        position = index + 1


if __name__ == "__main__":
    import sys

    for text in padded((line.index, line.text) for line in numbered(sys.stdin)):
        print(text)
