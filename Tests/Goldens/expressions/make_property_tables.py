"""Probes Hugging Face tokenizers (Oniguruma) scalar by scalar and writes the tables of QuireExpressions.

    python make_property_tables.py OUTPUT_DIRECTORY

writes `GeneralCategoryRuns.swift`, `ScriptRuns.swift`, `BinaryPropertyRuns.swift` and `CaseFoldingRuns.swift` into
OUTPUT_DIRECTORY (Sources/QuireExpressions/Unicode). Python's own Unicode data and the package regex only name
candidates: what is a member of what is the oracle's answer.
"""

import sys
import textwrap
from pathlib import Path

import regex
import tokenizers
from tokenizers import Regex, pre_tokenizers

sys.path.append(str(Path(__file__).resolve().parents[1]))
from packed import literal, steps

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
ALL = "".join(map(chr, SCALARS))
CATEGORIES = ("Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn").split()
BINARY = ["Alphabetic", "Uppercase", "Lowercase", "Ideographic", "Emoji", "Emoji_Presentation", "Emoji_Modifier",
          "Emoji_Component", "Extended_Pictographic", "Word"]


def members(expression, text=ALL):
    found = set()
    for piece, _ in pre_tokenizers.Split(Regex(f"(?:{expression})+"), "removed", True).pre_tokenize_str(text):
        found.update(map(ord, piece))
    return found


def punctuation():
    """What the pre-tokenizer Punctuation cuts at; its Unicode version is older than that of the expressions."""
    others = set()
    for piece, _ in pre_tokenizers.Punctuation("removed").pre_tokenize_str(ALL):
        others.update(map(ord, piece))
    return set(SCALARS) - others


def ranges(found):
    result = []
    for c in sorted(found):
        if result and result[-1][1] + 1 == c:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def value_runs(value_of):
    runs, last = [], None
    for c in range(0x110000):
        value = value_of.get(c, 0)
        if value != last:
            runs.append((c, value))
            last = value
    return runs


def scripts():
    """Every script that the oracle knows: its long name, its other names, its members."""
    by_value = {}
    for name, (_, values) in regex._regex_core.PROPERTIES.items():
        if name != "SCRIPT":
            continue
        for spelled, value in values.items():
            by_value.setdefault(value, set()).add(spelled)
    found = []
    for names in by_value.values():
        known = []
        for name in sorted(names, key=lambda n: (-len(n), n)):
            plain = name.replace("_", "").lower()
            try:
                known.append((plain, members(rf"\p{{{plain}}}")))
            except Exception:
                continue
        if known and known[0][1]:
            assert all(k[1] == known[0][1] for k in known), known[0][0]
            found.append((sorted({k[0] for k in known}, key=lambda n: (-len(n), n)), known[0][1]))
    return sorted(found, key=lambda entry: entry[0])


def case_classes():
    """The sets of scalars that `(?i:)` takes for one another."""
    parent = {}

    def root(c):
        while parent.setdefault(c, c) != c:
            c = parent[c]
        return c

    for c in SCALARS:
        for other in {chr(c).lower(), chr(c).upper(), chr(c).title(), chr(c).casefold()}:
            if len(other) == 1 and other != chr(c):
                parent[root(c)] = root(ord(other))
    candidates = "".join(sorted(map(chr, parent)))
    classes = set()
    for c in sorted(parent):
        found = tuple(sorted(members(f"(?i:\\x{{{c:x}}})", candidates)))
        assert c in found, hex(c)
        if len(found) > 1:
            classes.add(found)
    flat = [c for found in classes for c in found]
    assert len(flat) == len(set(flat)), "classes overlap"
    return sorted(classes)


def case_runs(classes):
    """Pairs of equal distance, one or two scalars apart, as `first, count, step, distance`; larger classes one by one."""
    runs, larger = [], []
    for members_ in classes:
        if len(members_) > 2:
            larger += [len(members_), *members_]
            continue
        low, high = members_
        distance = high - low
        last = runs[-1] if runs else None
        if last and last[3] == distance:
            step = low - (last[0] + (last[1] - 1) * last[2])
            if step in (1, 2) and (last[1] == 1 or last[2] == step):
                last[1] += 1
                last[2] = step
                continue
        runs.append([low, 1, 1, distance])
    return runs, larger


def foldings():
    """Texts of several scalars that one scalar stands for under `(?i:)`, folded, and all that do."""
    candidates = {chr(c).casefold() for c in SCALARS if len(chr(c).casefold()) > 1}
    singles = "\n".join(sorted(c for c in ALL if len(c.casefold()) > 1))
    flat = []
    for text in sorted(candidates):
        pattern = "".join(f"\\x{{{ord(c):x}}}" for c in text)
        found = sorted(members(f"(?i:{pattern})", singles))
        for c in found:
            pieces = pre_tokenizers.Split(Regex(f"(?i:\\x{{{c:x}}})"), "removed", True).pre_tokenize_str(text)
            assert [piece for piece, _ in pieces] == [text], (text, hex(c))
        if found:
            flat += [len(text), *map(ord, text), len(found), *found]
    return flat


def rows(values, width):
    return "\n".join("    " + ", ".join(values[i:i + width]) + "," for i in range(0, len(values), width))


HEADER = """// swift-format-ignore-file
// Generated by Tests/Goldens/expressions/make_property_tables.py from the behaviour of
// tokenizers {}. Do not edit.

"""


def main(output):
    header = HEADER.format(tokenizers.__version__)
    category_of = {}
    for index, name in enumerate(CATEGORIES):
        for c in members(rf"\p{{{name}}}"):
            category_of[c] = index
    runs = value_runs(category_of)
    Path(output, "GeneralCategoryRuns.swift").write_text(header + f"""/// Runs of scalars of one general category: the distance of the first one from the last run's, and the index of the category.
/// Surrogates have the category of index 0 here and no meaning.
enum GeneralCategoryRuns {{
  static let names = [{", ".join(f'"{name.lower()}"' for name in CATEGORIES)}]

  static let runs: StaticString = {literal(steps(runs))}
}}
""")
    known = scripts()
    script_of = {c: index + 1 for index, (_, found) in enumerate(known) for c in found}
    names = textwrap.indent(textwrap.fill(" ".join(",".join(found) for found, _ in known), 104), "    ")
    Path(output, "ScriptRuns.swift").write_text(header + f"""/// Runs of scalars of one script: the distance of the first one from the last run's, and 1 + index in names; 0 is no script.
enum ScriptRuns {{
  /// The spellings of each script's name, with commas, without case, spaces, hyphens and underscores.
  static let names = """
{names}
    """.split(whereSeparator: \.isWhitespace).map {{ $0.split(separator: ",") }}

  static let runs: StaticString = {literal(steps(value_runs(script_of)))}
}}
""")
    tables = [(name.replace("_", "").lower(), members(rf"\p{{{name}}}")) for name in BINARY] + [("punctuation pre-tokenizer", punctuation())]
    bounds = ",\n".join(
        f'    "{name}": {literal(steps((c,) for range_ in ranges(found) for c in range_))}' for name, found in tables)
    Path(output, "BinaryPropertyRuns.swift").write_text(header + f"""/// The ranges of properties that the general category does not tell: the lowest and the highest scalar of each, as the
/// distance from the number before.
enum BinaryPropertyRuns {{
  static let bounds: [String: StaticString] = [
{bounds},
  ]
}}
""")
    classes = case_classes()
    pairs, larger = case_runs(classes)
    Path(output, "CaseFoldingRuns.swift").write_text(header + f"""/// The {len(classes)} sets of scalars that differ in case alone, and foldings of one scalar to several.
enum CaseFoldingRuns {{
  /// Pairs: `first scalar, count, step, distance`: scalar `first + i * step` pairs with the one `distance` further.
  static let pairs: [UInt32] = [
{rows([f"{hex(a)}, {n}, {s}, {hex(d)}" for a, n, s, d in pairs], 5)}
  ]

  /// Sets of more than two: `count`, then the scalars.
  static let larger: [UInt32] = [
{rows([hex(v) for v in larger], 14)}
  ]

  /// Several scalars that one stands for: their count, they, the count of those that do, these.
  static let foldings: [UInt32] = [
{rows([hex(v) for v in foldings()], 14)}
  ]
}}
""")
    print(f"{len(runs)} category runs, {len(known)} scripts, {len(classes)} case classes, {len(pairs)} runs of pairs")


if __name__ == "__main__":
    main(sys.argv[1])
