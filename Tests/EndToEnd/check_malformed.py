#!/usr/bin/env python3
"""check_malformed.py OUTPUT: checks what a run made of malformed.jsonl against malformed.expected.jsonl.

Every input line must have one output line: an error of the expected code whose message holds the expected words and
names the line, or an answer. Prints the counts; exits 1 at the first difference.
"""

import json
import os
import sys


def error_of(line):
    """The error of a native or OpenAI output line, or None for an answer."""
    if "response" not in line:
        return line["error"]
    if line["response"]["status_code"] == 200:
        return None
    assert line["response"]["body"]["error"]["code"] == line["error"]["code"], line
    return line["error"]


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "malformed.expected.jsonl"), encoding="utf-8") as file:
        expected = [json.loads(line) for line in file]
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    by_line = {}
    for line in lines:
        error = error_of(line)
        number = error["line"] if error else line["index"] + 1
        assert number not in by_line, "line %d is answered twice" % number
        by_line[number] = error
        if error is None:
            assert line["outputs"][0]["finish_reason"] in ("stop", "length"), line
        else:
            assert "outputs" not in line, line
    kinds = set()
    for entry in expected:
        error = by_line.pop(entry["line"], "missing")
        assert error != "missing", "line %d has no output" % entry["line"]
        code = error["code"] if error else None
        assert code == entry["code"], "line %d: found %s, expected %s" % (entry["line"], error, entry)
        if error:
            assert entry["words"] in error["message"], "line %d: found %s, expected %s" % (entry["line"], error, entry)
            kinds.add((code, entry["words"]))
    assert not by_line, "output for lines that are not there: %s" % sorted(by_line)
    wrong = sum(entry["code"] is not None for entry in expected)
    print("%d malformed lines of %d kinds, %d good lines" % (wrong, len(kinds), len(expected) - wrong))


main()
