"""Makes regex.jsonl: what Python's re.fullmatch says of many expressions and texts.

    python make_regex.py [OUTPUT_FILE]

One line an expression: {"regex", "texts", "matches"}, the last a text of 0 and 1. The texts of an expression are those
listed with it, and near misses of them: one character dropped, doubled, replaced or exchanged with the next. Characters on
which the dialects of regular expressions differ (docs/structured-output.md) are left out.
"""

import json
import os
import random
import re
import sys

CASES = [
    ("abc", ["abc"]),
    ("a|b|cd", ["a", "b", "cd"]),
    ("(a|b)*abb", ["abb", "aabb", "babb", "abababb"]),
    ("(?:ab)+", ["ab", "abab", "ababab"]),
    ("(?P<year>[0-9]{4})-(0[1-9]|1[0-2])", ["2024-01", "1999-12"]),
    ("a{3}", ["aaa"]),
    ("a{2,}", ["aa", "aaaaaa"]),
    ("a{0,3}b", ["b", "ab", "aaab"]),
    ("(ab{1,2}){2,3}", ["abab", "abbab", "abbabbab"]),
    ("[a-c]+[^a-c]", ["aaz", "b!", "cab0"]),
    ("[^x]*", ["", "abc", "äöü", "日本"]),
    ("[\\-\\]^]+", ["-]^", "^^"]),
    ("[a\\-z]+", ["a-z", "--"]),
    ("[+-]?\\d+(\\.\\d+)?", ["1", "-1.5", "+22.75"]),
    ("\\w+@\\w+\\.(com|org)", ["ab_1@x.com", "Q@zz9.org"]),
    ("\\s*x\\s+y\\s*", ["x y", "  x \t y\n", "x\ny"]),
    ("\\S+", ["abc", "é~日", "a.b"]),
    ("\\D\\W[^\\d]", ["a-b", "!!!"]),
    (".*", ["", "anything at all", "ünï"]),
    ("a.c", ["abc", "aéc", "a日c", "a😀c"]),
    ("^abc$", ["abc"]),
    ("^a|b$", ["a", "b"]),
    ("\\u00e9\\x41", ["éA"]),
    ("[\\u0400-\\u04ff]+", ["привет", "Я"]),
    ("[α-ωΑ-Ω]{2,4}", ["αβ", "ΑΩγδ"]),
    ("[😀-😏]{1,2}", ["😀", "😃😏"]),
    ("日本|日曜", ["日本", "日曜"]),
    ("\\{\"a\": \\d+\\}", ["{\"a\": 12}"]),
    ("{\"a\":\\d}", ["{\"a\":1}"]),
    ("a{b}c{1", ["a{b}c{1"]),
    ("(a*)*b", ["b", "aaab"]),
    ("((a|b)?){3}", ["", "ab", "bab"]),
    ("(|a)b", ["b", "ab"]),
    ("()", [""]),
    ("a?b?c?", ["", "a", "ac", "abc"]),
    ("(x+x+)+y", ["xxy", "xxxxy"]),
    ("(a|ab)(c|bcd)(d*)", ["abcd", "acd", "abc"]),
    ("[01]?\\d|2[0-3]", ["0", "19", "23", "7"]),
    ("#[0-9a-fA-F]{6}", ["#00ff9A"]),
    ("\\(\\d{3}\\) \\d{3}-\\d{4}", ["(555) 123-4567"]),
    ("[A-Z][a-z]+( [A-Z][a-z]+)*", ["Anna", "Anna Karenina"]),
    ("(yes|no|maybe)( \\((low|high)\\))?", ["yes", "no (low)", "maybe (high)"]),
    ("\\t\\n\\r\\f\\v", ["\t\n\r\f\v"]),
    ("[\\t ]+", [" \t"]),
    ("\\.\\*\\+\\?\\|\\^\\$\\\\\\/", [".*+?|^$\\/"]),
    ("(((a)))", ["a"]),
    ("a{0}b", ["b"]),
    ("(a{2}){2}", ["aaaa"]),
    ("[a-z]{1,10}", ["a", "abcdefghij"]),
    ("[^\\s]+ [^\\s]+", ["ab cd", "é 日"]),
    ("(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}", ["192.168.0.1", "255.249.9.0"]),
    ("[ -~]+", ["!~ az"]),
    ("\\ud83d\\ude00", None),
    ("(?!foo)[a-z]+", ["bar", "fo", "fob"]),
    ("(?=.*[0-9])(?=.*[a-z])[a-z0-9]{3,5}", ["ab1", "1a2b"]),
    ("((?!ab)[a-c])*", ["", "ba", "acb", "bbac"]),
    ("(a(?=b)|b(?!b))+", ["ab", "abab", "b"]),
    ("[a-z ]*\\bcat\\b[a-z ]*", ["cat", "a cat b", "cat cats"]),
    ("[a-c]+\\B[ab]", ["ab", "cab"]),
    ("(?!.*(aa|bb))[ab]+", ["abab", "ba"]),
    ("a*?b+?c??", ["b", "aabbc", "ab"]),
    ("(^a|b$)", ["a", "b"]),
    ("x(?=y(?=z))[yz]*", ["xyz", "xyzy"]),
    ("(?=a|(?=b)b)[ab]c", ["ac", "bc"]),
    ("(?!a$)a*", ["", "aa"]),
]
LETTERS = "ab0Z_ .-x\"{é日😀"
# Where dialects differ, or where only some count characters beyond ASCII.
LEFT_OUT = re.compile("[\r\u2028\u2029\u0085\u00a0\u1680\u3000\ufeff]")


def near_misses(text, rng):
    yield text + rng.choice(LETTERS)
    yield rng.choice(LETTERS) + text
    for _ in range(6):
        if not text:
            return
        at = rng.randrange(len(text))
        yield text[:at] + text[at + 1:]
        yield text[:at] + text[at] + text[at:]
        yield text[:at] + rng.choice(LETTERS) + text[at + 1:]
        if at + 1 < len(text):
            yield text[:at] + text[at + 1] + text[at] + text[at + 2:]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    output = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "regex.jsonl")
    rng = random.Random(4)
    with open(output, "w", encoding="utf-8") as file:
        for regex, samples in CASES:
            if samples is None:
                # Python spells a character beyond the first plane otherwise.
                compiled, samples = re.compile("\U0001F600"), ["\U0001F600"]
            else:
                compiled = re.compile(regex)
            ascii_classes = re.search(r"\\[dDwW]", regex)
            texts = list(samples) + ["", "a", " "]
            for sample in samples:
                assert compiled.fullmatch(sample), (regex, sample)
                texts += near_misses(sample, rng)
            kept = []
            for text in dict.fromkeys(texts):
                if not LEFT_OUT.search(text) and not (ascii_classes and not text.isascii()):
                    kept.append(text)
            line = {"regex": regex, "texts": kept,
                    "matches": "".join("1" if compiled.fullmatch(text) else "0" for text in kept)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
