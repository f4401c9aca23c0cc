"""Generates expressions of integers around and beyond 64 bits, from a seed."""

import random

INTEGERS = {
    "a": 2**63, "b": -2**63 - 1, "c": 2**64, "d": 10**20, "e": -(10**40) + 7, "f": 3**200, "g": -(7**90),
    "h": 2**63 - 1, "i": -2**63, "j": 2**53 + 1, "k": 5, "l": -3, "m": 0, "n": 10**22, "o": 1.5, "p": 1e22, "q": -2.0**70,
    "r": True, "s": str(10**30), "t": "-" + "9" * 25, "u": 2**96 - 1, "v": (2**64 - 1) * 2**64, "w": 10**309,
}
NAMES = [name for name in INTEGERS if name not in "st"]
FORMATS = ["'%d'", "'%x'", "'%+d'", "'%60d'", "'%-60d|'", "'%.30d'", "'%o'", "'%e'", "'%.3f'", "'%s'", "'%r'"]
BRACES = ["'{}'", "'{:,}'", "'{:x}'", "'{:#X}'", "'{:b}'", "'{:o}'", "'{:>50}'", "'{:+d}'", "'{:e}'", "'{:.2f}'", "'{:_}'"]


def number(rng, depth):
    if depth == 0 or rng.random() < 0.25:
        return rng.choice(NAMES + ["18446744073709551616", "0xFFFFFFFFFFFFFFFFFF", "1_000_000_000_000_000_000_000"])
    kind = rng.random()
    if kind < 0.75:
        operator = rng.choice(["+", "-", "*", "//", "%", "//", "%", "/"])
        return f"({number(rng, depth - 1)} {operator} {number(rng, depth - 1)})"
    if kind < 0.82:
        return f"({number(rng, 0)} ** {rng.choice('012357')})"
    if kind < 0.9:
        return f"(-{number(rng, depth - 1)})"
    return f"({number(rng, depth - 1)}|{rng.choice(['abs', 'int', 'round', 'float', 'round(2)'])})"


def expression(seed):
    rng = random.Random(seed)
    kind = rng.randrange(10)
    if kind < 4:
        return "{{ " + number(rng, 3) + " }}"
    if kind == 4:
        return "{{ " + f"{number(rng, 2)} {rng.choice(['<', '<=', '==', '!=', '>', '>='])} {number(rng, 2)}" + " }}"
    if kind == 5:
        return "{{ " + f"{rng.choice(FORMATS)} % {number(rng, 1)}" + " }}"
    if kind == 6:
        return "{{ " + f"{rng.choice(BRACES)}.format({number(rng, 1)})" + " }}"
    if kind == 7:
        return "{{ " + f"[{number(rng, 2)}, {{'x': {number(rng, 1)}}}]{rng.choice(['', '|tojson'])}" + " }}"
    if kind == 8:
        test = rng.choice(["odd", "even", "integer", "number", "float", "divisibleby(3)", "sameas(c)"])
        return "{{ " + f"{number(rng, 1)} is {test}" + " }}"
    return "{{ " + rng.choice([
        "{2**70: 1, 2.0**70: 2}", "[e, a, o, h, i, q, p, n, d]|sort", "[a, f, g]|max", "[a, d, k]|sum", "s|int + 1",
        "t|int", "('f' * 30)|int(base=16)", "[1, 2][c] is defined", "[1, 2, 3][b:d]", "'abc'[::c]", "a in [2**63]",
        "c in range(5)", "f and m", "(s * 3)|int // 7", "n == p, n + 1 == p, n < p", "w > 1e308", "'%d' % 1e22", "p|int", "q|int", "h + r",
        "{c: 'x'}[2**64]", "c|string|length", "c ~ d", "'9007199254740993'|float == j",
    ]) + " }}"
