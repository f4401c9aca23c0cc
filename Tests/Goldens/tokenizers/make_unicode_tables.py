"""Probes the oracles (Hugging Face tokenizers, tiktoken) scalar by scalar and writes the tables of QuireTokenizers.

    python make_unicode_tables.py OUTPUT_DIRECTORY

writes `UnicodeClassRuns.swift`, `NormalizationData.swift` and `CompatibilityData.swift` into OUTPUT_DIRECTORY
(Sources/QuireTokenizers/Unicode).
Nothing is taken from Python's own Unicode data but the numbers of the canonical combining classes, which are
checked against the behaviour of the oracle's NFD.
"""

import sys
import unicodedata
from pathlib import Path

import tiktoken
import tiktoken._tiktoken
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

sys.path.append(str(Path(__file__).resolve().parents[1]))
from packed import literal, steps

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
LETTER, NUMBER, WHITESPACE, NEWLINE, NUMERIC, WORD, NFC_ACTIVE, MARK = 1, 2, 4, 8, 16, 32, 64, 128


def hugging_face_class(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return {c for c in SCALARS if len(split.pre_tokenize_str(chr(c) * 2)) == 2}


def tiktoken_class(pattern):
    core = tiktoken._tiktoken.CoreBPE({bytes([i]): i for i in range(256)}, {}, pattern)
    return {c for c in SCALARS if core.encode_ordinary(chr(c))}


def digits_class():
    digits = pre_tokenizers.Digits(individual_digits=True)
    return {c for c in SCALARS if len(digits.pre_tokenize_str(chr(c) * 2)) == 2}


def added_token_probe(**options):
    tokenizer = Tokenizer(models.BPE(vocab={"x": 0}, merges=[]))
    tokenizer.add_tokens([AddedToken("@@@", normalized=False, **options)])
    return tokenizer


def word_class():
    """The \\w of single_word: a word character right before the token hides it."""
    tokenizer = added_token_probe(single_word=True)
    hidden = tokenizer.token_to_id("@@@")
    return {c for c in SCALARS if hidden not in tokenizer.encode(chr(c) + "@@@").ids}


def strip_class(tokenizer, text, end, offset):
    """The scalars that lstrip (end 0) or rstrip (end 1) draws into the added token."""
    found = set()
    for c in SCALARS:
        encoding = tokenizer.encode(text(chr(c)))
        index = encoding.ids.index(tokenizer.token_to_id("@@@"))
        if encoding.offsets[index][end] == offset:
            found.add(c)
    return found


def combining_classes(nfd):
    """Classes by the order that NFD gives to two marks; scalars that the oracle's older tables do not know have none."""

    def swaps(first, second):
        return first != second and nfd("a" + chr(first) + chr(second)) == "a" + chr(second) + chr(first)

    overlay, iota = 0x0334, 0x0345  # the lowest (1) and the highest (240) class
    starters = {c for c in SCALARS if not (swaps(c, overlay) or swaps(iota, c))}
    references = {}
    for c in SCALARS:
        number = unicodedata.combining(chr(c))
        if number and number not in references and c not in starters:
            references[number] = c
    numbers = sorted(references)
    for index, low in enumerate(numbers):
        for high in numbers[index + 1:]:
            assert swaps(references[high], references[low]), (low, high)
    classes = {}
    for c in SCALARS:
        if c in starters or nfd(chr(c)) != chr(c):
            continue  # where it decomposes, its class is that of its parts
        same = [n for n in numbers if not swaps(c, references[n]) and not swaps(references[n], c)]
        assert len(same) == 1, (hex(c), same)
        classes[c] = same[0]
    return classes


def hangul(c):
    return 0xAC00 <= c <= 0xD7A3


def normalization_data():
    nfd = normalizers.NFD().normalize_str
    nfc = normalizers.NFC().normalize_str
    classes = combining_classes(nfd)
    decompositions, active = {}, set(classes)
    for c in SCALARS:
        if hangul(c):
            continue
        parts = [ord(p) for p in nfd(chr(c))]
        if parts == [c]:
            continue
        composes = nfc(chr(c)) == chr(c)
        decompositions[c] = (parts, composes)
        if composes:
            prefix = nfc("".join(map(chr, parts[:-1])))
            assert len(prefix) == 1 and nfc(prefix + chr(parts[-1])) == chr(c), hex(c)
            active.add(parts[-1])
        else:
            active.add(c)
    active |= set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    return decompositions, classes, active


def compatibility_data():
    """The full form KD of every scalar where it is not the form D."""
    nfd, nfkd = normalizers.NFD().normalize_str, normalizers.NFKD().normalize_str
    return {c: [ord(p) for p in nfkd(chr(c))] for c in SCALARS if nfkd(chr(c)) != nfd(chr(c))}


def combining_mark_runs():
    """`first, count` of the runs of scalars that StripAccents takes away."""
    strip, runs = normalizers.StripAccents().normalize_str, []
    for c in SCALARS:
        if strip(chr(c)) == "":
            if runs and sum(runs[-1]) == c:
                runs[-1][1] += 1
            else:
                runs.append([c, 1])
    return runs


def compatibility_text(header):
    table = compatibility_data()
    flat = steps((c, len(parts), *parts) for c, parts in sorted(table.items()))
    return header + f"""/// Compatibility decompositions and combining marks as the oracle's NFKD and StripAccents behave.
enum CompatibilityData {{
  /// For each of {len(table)} scalars its distance from the last one, the count of scalars of its full decomposition, and these.
  static let decompositions: StaticString = {literal(flat)}

  /// Runs of scalars that StripAccents takes away: the distance of the first one from the last run's, and the count.
  static let combiningMarkRuns: StaticString = {literal(steps(combining_mark_runs()))}
}}
"""


def unicode_version(letters):
    markers = [(0x10940, "17.0"), (0x105C0, "16.0"), (0x2EBF0, "15.1"), (0x1E4D0, "15.0"), (0x10570, "14.0")]
    return next(version for scalar, version in markers if scalar in letters)


def numeric_version(numbers):
    markers = [(0x11DE0, "17.0"), (0x10D40, "16.0"), (0x11F50, "15.0")]
    return next(version for scalar, version in markers if scalar in numbers)


HEADER = """// swift-format-ignore-file
// Generated by Tests/Goldens/tokenizers/make_unicode_tables.py from the behaviour of
// tokenizers {tokenizers} and tiktoken {tiktoken}. Do not edit.

"""


def main(output):
    letters, numbers, spaces = (hugging_face_class(p) for p in (r"\p{L}", r"\p{N}", r"\s"))
    marks = hugging_face_class(r"\p{M}")
    for pattern, mine in ((r"\p{L}", letters), (r"\p{N}", numbers), (r"\s", spaces), (r"\p{M}", marks)):
        other = tiktoken_class(pattern)
        assert other == mine, f"the oracles differ on {pattern}: {len(other ^ mine)} scalars"
    numeric, word = digits_class(), word_class()
    assert strip_class(added_token_probe(lstrip=True), lambda c: "x" + c + "@@@x", 0, 1) - {ord("@")} == spaces
    assert strip_class(added_token_probe(rstrip=True), lambda c: "x@@@" + c + "x", 1, 5) == spaces
    decompositions, classes, active = normalization_data()

    def flags(c):
        return (
            LETTER * (c in letters) | NUMBER * (c in numbers) | WHITESPACE * (c in spaces)
            | NEWLINE * (c in (10, 13)) | NUMERIC * (c in numeric) | WORD * (c in word)
            | NFC_ACTIVE * (c in active) | MARK * (c in marks))

    runs, last = [], None
    for c in range(0x110000):
        value = 0 if 0xD800 <= c <= 0xDFFF else flags(c)
        if value != last:
            runs.append((c, value))
            last = value
    header = HEADER.format(tokenizers=tokenizers.__version__, tiktoken=tiktoken.__version__)
    classes_text = header + f"""/// Runs of scalars of equal class: the distance of the first one from the last run's, and the flags of ``ScalarClass``.
///
/// `\\p{{L}}`, `\\p{{N}}`, `\\p{{M}}` and `\\s` of both oracles agree and are Unicode {unicode_version(letters)}'s ({len(letters)} letters, {len(numbers)} numbers);
/// the Digits pre-tokenizer follows Unicode {numeric_version(numeric)} ({len(numeric)} numeric scalars).
enum UnicodeClassRuns {{
  static let runs: StaticString = {literal(steps(runs))}
}}
"""
    flat = steps((c, 2 * len(parts) + composes, *parts) for c, (parts, composes) in sorted(decompositions.items()))
    class_runs, last = [], None
    for c in range(0x110000):
        value = classes.get(c, 0)
        if value and last and last[1] == value and last[0] + last[2] == c:
            last[2] += 1
        elif value:
            last = [c, value, 1]
            class_runs.append(last)
    normal_text = header + f"""/// Canonical decompositions and combining classes as the oracle's NFD and NFC behave (Hangul syllables are computed).
enum NormalizationData {{
  /// For each of {len(decompositions)} scalars its distance from the last one, twice the count of scalars of its full decomposition (and 1
  /// where NFC puts it together again), and these scalars.
  static let decompositions: StaticString = {literal(flat)}

  /// Runs of scalars of one non-zero canonical combining class: the distance of the first one from the last run's, class, count.
  static let combiningClassRuns: StaticString = {literal(steps(class_runs))}
}}
"""
    Path(output, "UnicodeClassRuns.swift").write_text(classes_text)
    Path(output, "NormalizationData.swift").write_text(normal_text)
    Path(output, "CompatibilityData.swift").write_text(compatibility_text(header))
    print(f"{len(runs)} class runs, {len(decompositions)} decompositions, {len(class_runs)} combining class runs")


if __name__ == "__main__":
    main(sys.argv[1])
