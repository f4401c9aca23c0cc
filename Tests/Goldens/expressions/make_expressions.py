"""Goldens of expressions by Hugging Face tokenizers (Oniguruma).

    python make_expressions.py TEXTS.jsonl OUTPUT_DIRECTORY

writes there, from one seed:

- foldings.jsonl: 500 random expressions of scalars that fold to several, without their case
- random.jsonl: 500 random expressions, each with texts and the matches in them that are not empty, in Unicode scalars
- pretokenizers.jsonl: for each name of a GGUF pre-tokenizer (one of each meaning) and for splits of every behaviour, a
  digest of the pieces' lengths in bytes for every 100 texts of TEXTS.jsonl (Tests/Goldens/tokenizers/texts.jsonl)
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import Regex, pre_tokenizers

sys.path.append(str(Path(__file__).parent.parent / "tokenizers"))
import oracles  # noqa: E402

ITEMS = ["a", "b", "c", r"\s", r"\S", r"\d", r"\p{L}", r"[^\r\n\p{L}\p{N}]", r"\w", ".", "[ab]", "[^ab]", r"\p{Lu}",
         "[a-c&&[^b]]", " ", r"\n", "é", "中", "[[:punct:]]", r"\p{M}", r"\W", r"\h", "'", "(?i:ab)", "(?i:[a-b])",
         r"\p{Han}", "1", r"\p{^L}", r"\P{N}", r"\R", r"\N", r"[\w&&\P{Nd}]", r"(?i)k", r"\x{e9}"]
QUANTIFIERS = ["", "", "", "", "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{0,3}", "{2,}",
               "{1,3}?", "{,2}", "{2}?", "{1,2}+", "{3,1}"]
ANCHORS = ["^", "$", r"\b", r"\B", r"\A", r"\z", r"\Z"]


def quantified(rng, part):
    return part + rng.choice(QUANTIFIERS)


def part(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.45:
        return quantified(rng, rng.choice(ITEMS))
    if kind < 0.6:
        return "".join(part(rng, depth - 1) for _ in range(rng.randrange(1, 4)))
    if kind < 0.75:
        return quantified(rng, "(?:" + "|".join(part(rng, depth - 1) for _ in range(rng.randrange(1, 4))) + ")")
    if kind < 0.8:
        return quantified(rng, "(?:" + part(rng, depth - 1) + "|)")
    if kind < 0.85:
        return quantified(rng, "(?>" + part(rng, depth - 1) + ")")
    if kind < 0.93:
        return rng.choice(["(?=", "(?!"]) + part(rng, depth - 1) + ")"
    if kind < 0.95:
        return rng.choice(ANCHORS)
    if kind < 0.98:
        return rng.choice(["(?<=", "(?<!"]) + "".join(rng.choice(ITEMS) for _ in range(rng.randrange(1, 3))) + ")"
    return quantified(rng, "(" + part(rng, depth - 1) + ")")


def random_expressions(count):
    rng = random.Random(20260)
    lines = []
    while len(lines) < count:
        expression = "|".join(part(rng, 3) for _ in range(rng.randrange(1, 4)))
        texts = ["".join(rng.choice("aaabbbcAB12 '\n\té中,.\u0301K\u212a\r") for _ in range(rng.randrange(0, 14)))
                 for _ in range(6)]
        try:
            split = pre_tokenizers.Split(Regex(expression), "removed", True)
            matches = [[offset for _, span in split.pre_tokenize_str(text) for offset in span] for text in texts]
        except BaseException:
            continue
        lines.append(json.dumps({"expression": expression, "texts": texts, "matches": matches}, separators=(",", ":")))
    return lines


FOLDED = ["sSßẞſ", "ßſtTﬅﬆs", "fFﬀiﬁﬃ", "iİI\u0307ı", "jJ\u030cǰ", "αΑιΙᾳᾼ", "ιΐ\u1fd3\u0308\u0301Ϊ", "aßsk\u212aK"]


def folded_part(rng, depth, scalars):
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return "".join(rng.choice(scalars) for _ in range(rng.randrange(1, 4))) + rng.choice(QUANTIFIERS[:10])
    if kind < 0.65:
        members = "".join(rng.choice(scalars) for _ in range(rng.randrange(1, 4)))
        more = rng.choice(["", "", r"\w", r"\d", "x-z", "[^ß]"])
        return f"[{rng.choice(['', '', '', '^'])}{members}{more}]" + rng.choice(QUANTIFIERS[:10])
    if kind < 0.75:
        return "(?:" + "|".join(folded_part(rng, depth - 1, scalars) for _ in range(rng.randrange(1, 3))) + ")" + rng.choice(QUANTIFIERS[:10])
    opening = rng.choice(["(", "(?>", "(?i:", "(?-i:", "(?=", "(?!", "(?:"])
    return opening + folded_part(rng, depth - 1, scalars) + folded_part(rng, depth - 1, scalars) + ")"


def folded_expressions(count):
    rng = random.Random(20261)
    lines = []
    while len(lines) < count:
        scalars = rng.choice(FOLDED)
        expression = "(?i)" + "".join(folded_part(rng, 2, scalars) for _ in range(rng.randrange(1, 3)))
        if rng.random() < 0.15:
            # What looks back has one length there, and no several for one.
            expression = f"(?i:(?<={rng.choice(scalars)}))" + expression
        texts = ["".join(rng.choice(scalars) for _ in range(rng.randrange(1, 10))) for _ in range(6)]
        try:
            split = pre_tokenizers.Split(Regex(expression), "removed", True)
            matches = [[offset for _, span in split.pre_tokenize_str(text) for offset in span] for text in texts]
        except BaseException:
            continue
        if any(matches):
            golden = {"expression": expression, "texts": texts, "matches": matches}
            lines.append(json.dumps(golden, separators=(",", ":"), ensure_ascii=False))
    return lines


CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
BLANKS = r"|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT2 = oracles.GPT2_PATTERN
QWEN, LLAMA3 = oracles.QWEN_PATTERN, oracles.LLAMA3_PATTERN
CASED = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+E"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*E")
GPT4O = CASED.replace("E", CONTRACTIONS + "?") + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + BLANKS
DEEPSEEK_WORDS = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
DEEPSEEK_LETTERS = (
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ"
    "-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃")


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def byte_level(regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=regex)


def digits(individual=True):
    return pre_tokenizers.Digits(individual_digits=individual)


CJK = "[一-龥\u3040-ゟ゠-ヿ]+"
BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+"
# One name of each meaning. A ByteLevel that is not last spells bytes as letters, one each.
NAMES = {
    "gpt-2": [split(GPT2)],
    "smollm": [digits(), byte_level(True)],
    "falcon": [pre_tokenizers.Punctuation("contiguous"), byte_level(True), digits(False), split("[0-9][0-9][0-9]")],
    "qwen2": [split(QWEN)],
    "llama-bpe": [split(LLAMA3)],
    "qwen35": [split(QWEN.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]+", r"[^\s\p{L}\p{M}\p{N}]+"))],
    "minicpm5": [split(r"\p{N}{1,3}"), split(QWEN.replace(r"|\p{N}|", r"|\p{N}+|"))],
    "laguna": [split("[^\\n]+|[\\n]+"), split(QWEN)],
    "ufakzeka": [split(QWEN.removeprefix(CONTRACTIONS + "|"))],
    "seed-coder": [split(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}" "\r\n" r"]+|\s*[" "\r\n" r"]+|\s+(?!\S)|\s+")],
    "bailingmoe": [split(r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+")],
    "exaone-moe": [split(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+")],
    "jais-2": [split(LLAMA3.removesuffix(r"\s+(?!\S)|\s+") + "|".join(rf"\s{{{n}}}(?!\S)" for n in (512, 256, 128, 64, 32, 16, 8, 4, "1,2")) + r"|\s{1}")],
    "tekken": [split(CASED.replace("E", "") + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + BLANKS)],
    "gpt-4o": [split(GPT4O)],
    "tiny_aya": [split(r"\d{1,3}(?=(?:\d{3})*\b)"), split(GPT4O)],
    "kimi-k2": [split(r"[\p{Han}]+|" + CASED.replace(r"\p{M}]", r"\p{M}&&[^\p{Han}]]").replace("E", CONTRACTIONS + "?") + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*" + BLANKS)],
    "youtu": [split("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + CJK), split(CASED.replace("E", CONTRACTIONS + "?") + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + BLANKS)],
    "deepseek-v3": [split(r"\p{N}{1,3}"), split(CJK), split(DEEPSEEK_WORDS + r"| ?[\p{P}\p{S}]+[" "\r\n" r"]*|\s*[" "\r\n" r"]+|\s+(?!\S)|\s+")],
    "spark2_5": [split(r"\p{N}{1,3}"), split(CJK), split(DEEPSEEK_WORDS + r"| ?[\p{P}\p{S}]+|[" "\r\n" r"]|\s+(?!\S)|\s+"), split(r"\p{N}")],
    "deepseek-llm": [split("[\r\n]"), split(rf"\s?[{DEEPSEEK_LETTERS}]+"), split(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"), split(r"\s+$"), split("[一-龥ࠀ-一가-\ud7ff]+"), digits()],
    "deepseek-coder": [split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-\ud7ff]+"), digits()],
    "bloom": [split(BLOOM)],
    "viking": [split(BLOOM), split(r"\p{N}")],
    "superbpe": [split(r"\p{N}+"), split(r"(?=(\d{3})+(?!\d))")],
    "chameleon": [split("<sentinel:[0-9]+>"), split("(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"), split("([\\t\\n]|    |  )"), split(r"\p{N}"), split(r"[\p{P}!-/:-@\[-`{-~]"), split(GPT2)],
}
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
PATTERNS = [r"\s", r"\p{P}|\d", r"(?=\p{Lu})", r"\s+", "e"]


def main(texts_path, output):
    texts = oracles.read_texts(texts_path)

    def digests(stages):
        cut = pre_tokenizers.Sequence(stages)
        spells = any(type(stage).__name__ == "ByteLevel" for stage in stages)
        found = []
        for start in range(0, len(texts), 100):
            lengths = []
            for text in texts[start:start + 100]:
                pieces = [piece for piece, _ in cut.pre_tokenize_str(text)]
                lengths += [len(piece if spells else piece.encode()) for piece in pieces] + [0]
            found.append(f"{oracles.fnv(lengths):016x}")
        return found

    Path(output, "random.jsonl").write_text("".join(line + "\n" for line in random_expressions(500)))
    Path(output, "foldings.jsonl").write_text("".join(line + "\n" for line in folded_expressions(500)))
    lines = [{"name": name, "digests": digests(stages)} for name, stages in NAMES.items()]
    for pattern in PATTERNS:
        for behavior in BEHAVIORS:
            for invert in (False, True):
                lines.append({"expression": pattern, "behavior": "".join(w.capitalize() for w in behavior.split("_")),
                              "invert": invert, "digests": digests([split(pattern, behavior, invert)])[:10]})
    for behavior in BEHAVIORS:
        lines.append({"punctuation": True, "behavior": "".join(w.capitalize() for w in behavior.split("_")), "invert": False,
                      "digests": digests([pre_tokenizers.Punctuation(behavior)])[:10]})
    Path(output, "pretokenizers.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
