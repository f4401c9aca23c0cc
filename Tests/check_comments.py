#!/usr/bin/env python3
"""Checks that documentation comments can be read without their declaration, and that no word is one of our own making.

    Tests/check_comments.py                 checks all of Sources
    Tests/check_comments.py --list WORDS    lists comments of at most so many words, the shortest first

A comment fails that has fewer than three words, or whose first sentence is a short piece of one ("Of `entries`.", "As
above.", "By rule."). One that is a shape, a formula or a key in backticks alone passes: it names what stands there.
So does one that has only parameters, results or errors.

Words that only somebody who knows the code would understand (OWN_WORDS) fail in every comment; check_docs.py looks for them
in the pages.
"""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FEWEST_WORDS = 3
# A first sentence that begins so and has fewer words than this leaves out what it is about.
OPENERS = "Of As By From For At In On Its Their Those These And But Or With Without To Than Also Likewise Same".split()
FEWEST_WORDS_AFTER_OPENER = 6

# Expressions for words of our own making, and what to say instead.
OWN_WORDS = {
    r"(?i)\brooms?\b": "memory, space, tokens that are left; of code: module or folder",
    r"(?i)\bseats?\b": "a place of max_num_seqs, a row of the timeline",
    r"(?i)\bhow-?manieth\b": "number (among …)",
    r"\bat the door\b": "when it is taken in",
    r"(?i)\b(?:text|texts|file|files) of strangers\b": "untrusted text, untrusted files",
}


def own_words(text):
    """(line number, word, what to say instead) of every word of our own making in a text."""
    for number, line in enumerate(text.split("\n"), 1):
        for expression, instead in OWN_WORDS.items():
            for match in re.finditer(expression, line):
                yield number, match.group(), instead


def comments_with_own_words():
    """A message for each word of our own making in a comment of the sources."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "Sources", "Package.swift"],
                           cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        path = os.path.join(ROOT, name)
        if not name.endswith(".swift") or not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            text = "\n".join(line.partition("//")[2] for line in file.read().split("\n"))
        for number, word, instead in own_words(text):
            yield f"{name}:{number}: \"{word}\" is a word of our own; say: {instead}"


def comments():
    """(file, line, text of the first paragraph, the declaration) of every documentation comment."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "Sources"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        path = os.path.join(ROOT, name)
        if not name.endswith(".swift") or not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        start, text, ended = 0, [], False
        for number, line in enumerate(lines, 1):
            match = re.match(r"\s*///\s?(.*)", line)
            if match:
                start = start or number
                ended |= not match.group(1).strip() or match.group(1).lstrip().startswith("- ")
                if not ended:
                    text.append(match.group(1).strip())
            elif start:
                yield name, start, " ".join(text), line.strip()
                start, text, ended = 0, [], False


def problem(text):
    """What is wrong with a comment, or None."""
    if not text:
        return None
    if re.fullmatch(r"(`[^`]+`[,:;]?\s*)+\.?", text):
        return None
    sentence = re.split(r"(?<=[.:;]) ", text)[0]
    if len(text.split()) < FEWEST_WORDS:
        return "fewer than three words"
    if text.split()[0] in OPENERS and len(sentence.split()) < FEWEST_WORDS_AFTER_OPENER and sentence.endswith("."):
        return "a piece of a sentence"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", type=int, metavar="WORDS")
    options = parser.parse_args()
    if options.list is not None:
        for name, number, text, line in sorted(comments(), key=lambda each: len(each[2].split())):
            if len(text.split()) <= options.list:
                print(f"{name}:{number}: {text}    | {line[:80]}")
        return 0
    count, wrong = 0, []
    for name, number, text, line in comments():
        count += 1
        what = problem(text)
        if what:
            wrong.append(f"{name}:{number}: {what}: {text!r} of {line[:70]}")
    own = list(comments_with_own_words())
    print("\n".join(wrong + own), end="\n" if wrong or own else "")
    print(f"{count} comments, {len(wrong)} that cannot be read alone; {len(own)} words of our own", file=sys.stderr)
    return 1 if wrong or own else 0


if __name__ == "__main__":
    sys.exit(main())
