"""Texts of every kind that tokenizers find hard, from one seed.

    python make_texts.py COUNT SEED OUTPUT.jsonl

writes COUNT lines, each an ASCII-escaped JSON string. Texts are valid Unicode: no surrogates.
"""

import json
import random
import sys

SAMPLES = [
    "The quick brown fox jumps over the lazy dog.", "It's what we're doing; they'll say I'd've known.",
    "Don't SHOUT: YOU'RE, IT'S, WE'LL, I'M, THEY'VE, HE'D!", "What is the capital of France?",
    "Быстрая лиса перепрыгнула через ленивую собаку.", "Η γρήγορη καφέ αλεπού πηδάει.", "Zażółć gęślą jaźń",
    "السلام عليكم ورحمة الله", "שלום עולם, מה שלומך?", "नमस्ते दुनिया, आप कैसे हैं?", "สวัสดีชาวโลก ยินดีต้อนรับ",
    "你是一个智能助手。", "你好呀，请你介绍一下你自己", "今天天气怎么样？我想去公园散步。", "吾輩は猫である。名前はまだ無い。",
    "カタカナとひらがな、漢字。", "안녕하세요 세계, 잘 지내세요?", "Xin chào thế giới, tôi rất vui", "வணக்கம் உலகம்",
    "გამარჯობა მსოფლიო", "Բարեւ աշխարհ", "ሰላም ልዑል", "မင်္ဂလာပါ", "ជំរាបសួរ", "བཀྲ་ཤིས་བདེ་ལེགས།", "ᚠᛇᚻ᛫ᛒᛦᚦ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛",
    "naïve café résumé Ångström", "ſtraße ſ'ſ it'ſ IT'ſ K Å Ω", "def f(x):\n    return x ** 2  # square\n",
    "for (int i = 0; i < n; ++i) {\n\tsum += a[i];\n}\n", "SELECT * FROM t WHERE id IN (1,22,333,4444);",
    "{\"key\": [1, 2.5e-10, null], \"s\": \"\\u00e9\"}", "https://example.com/a?b=c&d=%20#frag", "<div class=\"x\">&nbsp;</div>",
    "let x: [Int] = stride(from: 0, to: 10, by: 2).map { $0 * $0 }", "$$\\int_0^\\infty e^{-x^2} dx = \\frac{\\sqrt{\\pi}}{2}$$",
    "3.14159265358979 1,000,000 0x1F 1e10 2024-01-31 12:34:56", "١٢٣٤٥٦ १२३४५ ๑๒๓ ①②③ Ⅷ ½¾ ²³ 一二三 𝟎𝟏𝟐", "1234567890" * 3,
    "👩‍👩‍👧‍👦 👨🏽‍🚀 🏳️‍🌈 🇫🇷🇯🇵 ❤️ 👍🏿 ☺️", "e\u0301 a\u030a\u0323 q\u0323\u0307 \u1e9b\u0323 \uac00\u11a8 \u1100\u1161\u11a8",
]
SPECIALS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|extra_0|>", "<|extra_10|>", "<|extra_204|>", "<|extra_205|>", "<repo_name>",
    "<reponame>", "<file_sep>", "<gh_stars>", "<empty_output>", "<|im_start", "|im_end|>", "<|IM_END|>", "<|im_end|", "<| im_end |>",
    "<<|im_end|>>", "<|im_<|im_end|>", "<|begin_of_text|>", "<s>", "</s>",
]
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'Re", "'rE", "'VE", "'M", "'LL", "'lL", "'D", "'ſ", "'K",
                "’s", "''s", "'x", "'r", "'l", "'v", "'", "'ſs", "'sſ"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", "\v", "\f", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u2029",
          "\u202f", "\u3000", "\u200b", "\ufeff", "\u180e", "\x1c", "\x1f"]
BLOCKS = [(0x20, 0x7F), (0xA0, 0x250), (0x250, 0x370), (0x370, 0x530), (0x590, 0x800), (0x900, 0xE00), (0xE00, 0x1100), (0x1100, 0x1200),
          (0x1E00, 0x2000), (0x2000, 0x2C00), (0x3000, 0x3400), (0x4E00, 0xA000), (0xA000, 0xA4D0), (0xAC00, 0xD7A4), (0xF900, 0x10000),
          (0x10000, 0x10FFF), (0x11000, 0x12000), (0x16000, 0x17000), (0x1D000, 0x1D800), (0x1E000, 0x1F000), (0x1F000, 0x1FB00),
          (0x20000, 0x20100), (0xE0000, 0xE01F0)]


def scalar(rng, low=0, high=0x110000):
    while True:
        value = rng.randrange(low, high)
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def word(rng):
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ") for _ in range(rng.randrange(1, 12)))


def samples(rng):
    return rng.choice(["", " ", "\n"]).join(rng.choice(SAMPLES) for _ in range(rng.randrange(1, 3)))


def slice_of_sample(rng):
    text = rng.choice(SAMPLES)
    start = rng.randrange(len(text))
    return text[start:start + rng.randrange(1, 30)]


def words(rng):
    return "".join(word(rng) + rng.choice([" ", " ", " ", ", ", ". ", "\n", "-", "_"]) for _ in range(rng.randrange(1, 9)))


def blanks(rng):
    parts = []
    for _ in range(rng.randrange(1, 8)):
        parts.append(rng.choice(SPACES) * rng.randrange(1, 4))
        if rng.random() < 0.5:
            parts.append(rng.choice(["a", "B", "1", "!", "中", "é", "'s", word(rng)]))
    return "".join(parts)


def long_run(rng):
    return rng.choice(["a", " ", "\n", "=", "-", "0", "é", "中", "😀", "ab", "\t", ".", "!?", "\u0301"]) * rng.randrange(20, 120)


def controls(rng):
    return "".join(chr(rng.choice([*range(0x20), 0x7F, *range(0x80, 0xA0)])) if rng.random() < 0.6 else rng.choice("aZ1 .")
                   for _ in range(rng.randrange(1, 20)))


def any_scalars(rng):
    return "".join(scalar(rng) for _ in range(rng.randrange(1, 12)))


def one_block(rng):
    low, high = rng.choice(BLOCKS)
    return "".join(scalar(rng, low, high) if rng.random() < 0.85 else rng.choice(" '1a\n.") for _ in range(rng.randrange(1, 24)))


def bmp(rng):
    return "".join(scalar(rng, 0, 0x3000) for _ in range(rng.randrange(1, 16)))


def odd_scalars(rng):
    pool = [0xFFFE, 0xFFFF, 0xFDD0, 0xFDEF, 0x1FFFE, 0x10FFFF, 0xE000, 0xF8FF, 0xF0000, 0x10FFFD, 0x378, 0x0, 0xFFFD, 0xE0041, 0x200D,
            0xFE0F, 0x202E, 0x061C, 0x11DE0, 0x16FF4, 0x10D40, 0x105C0, 0x105C9, 0x2FA1D, 0xAC00, 0x1D7CE, 0x17F, 0x212A]
    return "".join(chr(rng.choice(pool)) if rng.random() < 0.6 else rng.choice("ab 1'") for _ in range(rng.randrange(1, 14)))


def marks(rng):
    text = ""
    for _ in range(rng.randrange(1, 8)):
        text += rng.choice("aeoAEOqnyक가ᄀשا") + "".join(
            chr(rng.choice([*range(0x300, 0x370), 0x591, 0x5B0, 0x64B, 0x93C, 0x94D, 0x1161, 0x11A8, 0x1DC4, 0x20D0, 0x3099, 0xFE20]))
            for _ in range(rng.randrange(0, 4)))
    return text


def emoji(rng):
    pool = ["👩", "👨", "👧", "🏽", "🏿", "\u200d", "\ufe0f", "❤", "🚀", "🌈", "🏳", "🇫", "🇷", "☺", "#\ufe0f\u20e3", "🧑‍🚀", " ", "!"]
    return "".join(rng.choice(pool) for _ in range(rng.randrange(1, 14)))


def numbers(rng):
    zeros = [0x30, 0x660, 0x966, 0xE50, 0xFF10, 0x1D7CE, 0x104A0, 0x11DE0]
    parts = []
    for _ in range(rng.randrange(1, 5)):
        zero = rng.choice(zeros)
        parts.append("".join(chr(zero + rng.randrange(10)) for _ in range(rng.randrange(1, 9))))
        parts.append(rng.choice([" ", "", ".", ",", "½", "Ⅳ", "x", "  ", "²", "৴"]))
    return "".join(parts)


def contractions(rng):
    return "".join(rng.choice(["", word(rng), " ", "1", "é", "QQ"]) + rng.choice(CONTRACTIONS) + rng.choice(["", "", "x", " ", word(rng), "\n"])
                   for _ in range(rng.randrange(1, 7)))


def specials(rng):
    return "".join(rng.choice(["", " ", "\n", word(rng), " x "]) + rng.choice(SPECIALS) + rng.choice(["", "", " ", "\n", word(rng)])
                   for _ in range(rng.randrange(1, 5)))


def punctuation(rng):
    return "".join(rng.choice("!?.,;:-_=+*/\\|(){}[]<>@#$%^&~`\"'…—«»。，！？、") if rng.random() < 0.6 else rng.choice([" ", "\n", "\r\n", "a", "1", "\t", "中"])
                   for _ in range(rng.randrange(1, 25)))


def mixture(rng):
    return "".join(rng.choice(KINDS[:-1])(rng)[:12] for _ in range(rng.randrange(1, 5)))


KINDS = [samples, slice_of_sample, words, blanks, long_run, controls, any_scalars, one_block, bmp, odd_scalars, marks, emoji, numbers,
         contractions, specials, punctuation, mixture]


def texts(count, seed):
    rng = random.Random(seed)
    fixed = ["", " ", "\n", *SAMPLES]
    result = fixed[:count]
    while len(result) < count:
        kind = KINDS[len(result) % len(KINDS)]
        text = kind(rng)
        # The longest ones teach nothing that shorter ones do not.
        result.append(text if kind is long_run else text[:90])
    return result


if __name__ == "__main__":
    with open(sys.argv[3], "w") as file:
        for text in texts(int(sys.argv[1]), int(sys.argv[2])):
            file.write(json.dumps(text) + "\n")
