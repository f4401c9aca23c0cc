"""Generates programs of the subset of Jinja that chat templates use, from a seed."""

import random

VARIABLES = {
    "s": "Hello, World",
    "t": "  <b>it's \"q\"</b>\n\tx\r\ny  ",
    "u": "ÄÖß ǅ İ 日本 🙂 e\u0301 ΑΣ Σ.",
    "e": "",
    "n": 7,
    "m": -3,
    "z": 0,
    "f": 2.5,
    "g": -0.1,
    "h": 1e16,
    "y": True,
    "k": None,
    "l": [3, 1, 2, 2, -5],
    "w": ["b", "A", "a", "C", "ab", ""],
    "x": [1, "a", None, True, 2.5, [1, 2], {"q": 1}],
    "v": [],
    "d": {"b": 1, "a": "two", "C": [1, 2], "items": "shadowed", "é": None},
    "o": {},
    "p": [
        {"role": "system", "content": "Be kind.\n", "n": 3},
        {"role": "user", "content": " Hi <|im_end|> ", "n": 1, "name": "Ann"},
        {"role": "assistant", "content": None, "n": 2, "calls": [{"id": "a1", "args": {"x": 1, "y": [True, None]}}]},
        {"role": "tool", "content": "42", "n": 2, "tags": ["x", "y"]},
    ],
}
TEXTS = ["s", "t", "u", "e"]
NUMBERS = ["n", "m", "z", "f", "g", "y"]
LISTS = ["l", "w", "x", "v", "p"]
MAPS = ["d", "o", "p[0]", "p[2]"]
LITERALS = ["'a'", '"b, c"', "'\\n'", "'é\\t\\'q\\''", "''", "'<|im_start|>'", "'%s|%5s'", "'%d'", "'x' 'y'", "'a,b,,c'", "' '", "'\\u00e9\\x41\\101'"]
NAMES = ["undefined_a", "undefined_b"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.locals = []
        self.macros = []
        self.loops = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    # Expressions

    def expression(self, depth):
        return self.pick(self.text, self.text, self.number, self.list, self.map, self.boolean, self.any, self.any)(depth)

    def name(self):
        choices = TEXTS + NUMBERS + LISTS + ["d", "o", "k"] + self.locals * 3
        if self.chance(0.06):
            choices = NAMES
        return self.random.choice(choices)

    def any(self, depth):
        if depth <= 0:
            return self.pick(self.name, self.name, lambda: self.pick("none", "true", "false", "None", "True", "1", "2.5", "[]", "{}", "()"))()
        r = self.random.randrange(17)
        e = lambda: self.expression(depth - 1)
        if r == 16:
            return self.pick(
                f"strftime_now({self.pick(repr('%d %b %Y'), repr('%Y-%m-%d %H:%M:%S'), repr('%A %-d %B, %j %p %y%%'))})",
                f"namespace({self.pick('', 'x=' + e(), self.map(0))}).{self.pick('x', 'a', 'b')}",
                f"(raise_exception({e()}) if {self.boolean(0)} else {e()})",
                f"{self.name()}|attr({self.pick(repr('b'), repr('count'), repr('upper'))})",
            )
        if r == 0:
            return f"({e()} if {self.boolean(depth - 1)} else {e()})"
        if r == 1:
            return f"({e()} if {self.boolean(depth - 1)})"
        if r == 2:
            return f"({e()} or {e()})"
        if r == 3:
            return f"({e()} and {e()})"
        if r == 4:
            return f"{e()}|default({e()}{self.pick('', ', true', ', boolean=true')})"
        if r == 5:
            return f"{self.list(depth - 1)}|{self.pick('first', 'last', 'max', 'min', 'sum', 'random_filter' if self.chance(0.05) else 'first')}"
        if r == 6:
            return f"{self.map(depth - 1)}.get({self.text(0)}{self.pick('', ', ' + e())})"
        if r == 7:
            return f"{self.map(depth - 1)}{self.pick('.b', '.a', '.role', '.content', '.items', '.zz', '[' + self.text(0) + ']')}"
        if r == 8:
            return f"{self.list(depth - 1)}[{self.pick('0', '-1', '1', '99', self.number(0))}]"
        if r == 9:
            return f"{self.text(depth - 1)}[{self.pick('0', '-1', '5', '99')}]"
        if r == 10 and self.macros:
            name, arity = self.random.choice(self.macros)
            arguments = [e() for _ in range(self.random.randrange(arity + 2))]
            if self.chance(0.3):
                arguments.append(f"{self.pick('a', 'b', 'zz')}={e()}")
            if self.chance(0.1):
                arguments.append("*" + self.list(depth - 1))
            if self.chance(0.1):
                arguments.append("**" + self.pick("{'a': 1}", "{'b': s}", self.map(depth - 1)))
            return f"{name}({', '.join(arguments)})"
        if r == 11 and self.loops:
            return "loop." + self.pick("index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem", "depth", "depth0", "zz", "cycle('a', 'b')", "changed(" + e() + ")")
        if r == 12:
            return f"ns.{self.pick('a', 'b', 'c')}"
        if r == 13:
            return f"{self.name()}.{self.pick('a', 'role', 'x', 'count', 'index', 'keys', 'strip', '__class__', '0')}"
        if r == 14:
            return f"{self.pick(self.name, lambda: e())()}|{self.pick('string', 'length', 'list', 'tojson', 'int', 'float', 'abs', 'count')}"
        return self.name()

    def text(self, depth):
        if depth <= 0:
            return self.pick(lambda: self.random.choice(TEXTS), lambda: self.random.choice(LITERALS))()
        t = lambda: self.text(depth - 1)
        e = lambda: self.expression(depth - 1)
        r = self.random.randrange(24)
        if r <= 2:
            return f"({t()} + {t()})"
        if r <= 4:
            return f"({e()} ~ {e()})"
        if r == 5:
            return f"({t()} * {self.pick('0', '2', '3', '-1')})"
        if r == 6:
            return f"{t()}[{self.slice()}]"
        if r == 7:
            name = self.pick("upper", "lower", "title", "capitalize", "trim", "string", "safe", "escape", "e", "forceescape", "reverse")
            return f"{t()}|{name}"
        if r == 8:
            return f"{t()}.{self.pick('upper', 'lower', 'title', 'capitalize', 'strip', 'lstrip', 'rstrip', 'swapcase')}()"
        if r == 9:
            characters = self.pick("'a'", "'Hd '", "' \\n'", t())
            return f"{t()}.{self.pick('strip', 'lstrip', 'rstrip', 'removeprefix', 'removesuffix')}({characters})"
        if r == 10:
            return f"{t()}.replace({t()}, {t()}{self.pick('', ', 1', ', -1', ', 0')})"
        if r == 11:
            return f"{t()}|replace({e()}, {e()}{self.pick('', ', 1')})"
        if r == 12:
            return f"{self.list(depth - 1)}|join{self.pick('', '()', '(' + t() + ')', '(d=' + t() + ')')}"
        if r == 13:
            return f"{t()}.join({self.pick(self.list, self.split)(depth - 1)})"
        if r == 14:
            options = self.pick("", "", "(indent=2)", "(ensure_ascii=true)", "(sort_keys=true)", "(separators=(',', ':'))", "(indent='--')", "(true)", "(indent=0)", "(indent=none)")
            return f"{e()}|tojson{options}"
        if r == 15:
            return f"({self.pick(*map(repr, FORMATS))} % {self.pick(e(), '(' + e() + ',)', '(' + e() + ', ' + e() + ')')})"
        if r == 16:
            return f"{self.pick(*map(repr, BRACES))}.format({self.pick(e(), e() + ', ' + e(), 'a=' + e())})"
        if r == 17:
            return f"{t()}|{self.pick('indent', 'indent(2)', 'indent(first=true)', 'indent(1, true, true)', 'center(9)', 'truncate(8)', 'truncate(5, true)', 'truncate(9, false, end=' + repr('…') + ')', 'wordcount')}"
        if r == 18:
            return f"{t()}.{self.pick('center', 'ljust', 'rjust', 'zfill')}({self.pick('3', '9', '14')})"
        if r == 19:
            return f"({t()} if {self.boolean(depth - 1)} else {t()})"
        if r == 20:
            return f"{self.pick(*map(repr, FORMATS))}|format({self.pick(e(), e() + ', ' + e(), 'a=' + e())})"
        if r == 21:
            return f"{self.number(depth - 1)}|string"
        return t()

    def split(self, depth):
        t = lambda: self.text(depth - 1)
        return f"{t()}.{self.pick('split()', 'rsplit()', 'split(none, 1)', 'rsplit(none, 1)', 'split(' + t() + ')', 'rsplit(' + t() + ', 1)', 'split(' + repr(',') + ', 2)', 'split(' + repr(' ') + ', maxsplit=1)', 'splitlines()', 'splitlines(true)', 'partition(' + t() + ')', 'rpartition(' + repr(' ') + ')')}"

    def slice(self):
        bound = lambda: self.pick("", "0", "1", "2", "-1", "-3", "99", "-99", "none", "n")
        return f"{bound()}:{bound()}" + self.pick("", "", "", ":", ":1", ":2", ":-1", ":-2", ":0" if self.chance(0.1) else "")

    def number(self, depth):
        if depth <= 0:
            return self.pick(lambda: self.random.choice(NUMBERS), lambda: self.pick("0", "1", "2", "10", "1.5", "3.0", "1_000", "0x1F", "2e3", "1e-7", "123456789.125"))()
        n = lambda: self.number(depth - 1)
        r = self.random.randrange(12)
        if r <= 3:
            return f"({n()} {self.pick('+', '-', '*', '/', '//', '%')} {n()})"
        if r == 4:
            return f"({n()} ** {self.pick('0', '1', '2', '3')})"
        if r == 5:
            return self.pick("-", "+") + n()
        if r == 6:
            return f"{self.pick(self.list, self.text, self.map)(depth - 1)}|{self.pick('length', 'count')}"
        if r == 7:
            return f"{n()}|{self.pick('abs', 'int', 'float', 'round', 'round(1)', 'round(2)', 'round(0, ' + repr('floor') + ')', 'round(1, ' + repr('ceil') + ')')}"
        if r == 8:
            return f"{self.pick(self.text, self.any)(depth - 1)}|{self.pick('int', 'float', 'int(5)', 'int(0, 16)', 'float(1.5)', 'int(default=9)')}"
        if r == 9:
            return f"{self.text(depth - 1)}.{self.pick('find', 'rfind', 'count', 'index', 'rindex')}({self.text(0)}{self.pick('', '', ', 1', ', 1, 4', ', -5')})"
        if r == 10:
            return f"{self.list(depth - 1)}.{self.pick('count', 'index')}({self.any(0)})"
        return n()

    def list(self, depth):
        if depth <= 0:
            return self.pick(lambda: self.random.choice(LISTS), lambda: self.pick("[1, 2, 3]", "['a', 'b']", "[]", "(1, 'x')", "range(3)", "[[1, 'a'], [2, 'b']]", "()", "[none, 1.0]"))()
        e = lambda: self.expression(depth - 1)
        l = lambda: self.list(depth - 1)
        r = self.random.randrange(18)
        if r == 0:
            return "[" + ", ".join(e() for _ in range(self.random.randrange(4))) + "]"
        if r == 1:
            return "(" + "".join(e() + ", " for _ in range(self.random.randrange(3))) + ")"
        if r == 2:
            return f"({l()} + {l()})"
        if r == 3:
            return f"{l()}[{self.slice()}]"
        if r == 4:
            return f"{l()}|{self.pick('list', 'reverse', 'reverse|list', 'sort', 'sort(reverse=true)', 'sort(case_sensitive=true)', 'unique', 'unique|list', 'batch(2)|list', 'slice(2)|list', 'batch(2, 0)|list', 'slice(3, none)|list')}"
        if r == 5:
            return f"{l()}|map({self.pick(repr('upper'), repr('string'), repr('length'), repr('default') + ', 1', repr('trim'), repr('tojson'), 'attribute=' + repr('role'), 'attribute=' + repr('n') + ', default=0', repr('replace') + ', ' + repr('a') + ', ' + repr('b'), 'attribute=0')}){self.pick('', '|list', '|list')}"
        if r == 6:
            test = self.pick("", "'string'", "'defined'", "'number'", "'none'", "'odd'", "'gt', 1", "'equalto', 'a'", "'in', [1, 2, 'a']", "'mapping'")
            return f"{l()}|{self.pick('select', 'reject')}({test}){self.pick('', '|list', '|list')}"
        if r == 7:
            attribute = self.pick("'role'", "'content'", "'n'", "'calls'", "'name'", "'tags.0'", "'calls.0.id'")
            test = self.pick("", ", 'defined'", ", 'equalto', 'user'", ", 'none'", ", 'string'", ", 'gt', 1", ", '==', 2", ", 'in', ['user', 'tool']")
            return f"p|{self.pick('selectattr', 'rejectattr')}({attribute}{test}){self.pick('', '|list', '|list')}"
        if r == 8:
            return self.split(depth)
        if r == 9:
            return f"{self.map(depth - 1)}{self.pick('.keys()', '.values()', '.items()', '|items', '|dictsort', '|list', '.items()|list', '|dictsort(reverse=true)', '|dictsort(true)', '|dictsort(by=' + repr('value') + ')')}"
        if r == 10:
            return f"range({self.pick('3', '1, 4', '5, 0, -2', '0', '-1', '2, 10, 3', self.number(0))})"
        if r == 11:
            return f"{self.text(depth - 1)}|list"
        if r == 12:
            return f"({l()} * {self.pick('2', '0', '-1')})"
        if r == 13:
            return f"p|sort(attribute={self.pick(repr('n'), repr('role'), repr('n,role'), repr('content'))})"
        return l()

    def map(self, depth):
        if depth <= 0:
            return self.pick(lambda: self.random.choice(MAPS), lambda: self.pick("{}", "{'a': 1}", "{'b': 'x', 'a': [1]}", "{1: 'a', 'b': none, 2.5: true}", "dict(a=1, b='c')"))()
        e = lambda: self.expression(depth - 1)
        r = self.random.randrange(6)
        if r == 0:
            return "{" + ", ".join(f"{self.pick(self.text(0), self.any(0))}: {e()}" for _ in range(self.random.randrange(4))) + "}"
        if r == 1:
            return f"dict({self.map(depth - 1)}{self.pick('', ', k=' + e())})"
        if r == 2:
            return f"dict({self.pick('[[1, 2]]', 'w', self.list(depth - 1))})"
        if r == 3:
            return f"{self.map(depth - 1)}.copy()"
        return self.map(depth - 1)

    def boolean(self, depth):
        if depth <= 0:
            return self.pick("true", "false", "y", "n", "z", "e", "v", "s", "undefined_a")
        e = lambda: self.expression(depth - 1)
        r = self.random.randrange(12)
        if r <= 1:
            tests = ["defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable", "boolean", "true", "false", "integer", "float", "callable", "lower", "upper", "odd", "even", "escaped", "divisibleby(3)", "divisibleby 2", "in [1, 'a', none]", "sameas none", "eq 1", "ne('a')", "gt 1", "lessthan(3)", "filter", "test"]
            return f"({e()} is {self.pick('', '', 'not ')}{self.random.choice(tests)})"
        if r <= 3:
            return f"({e()} {self.pick('==', '!=', '==', '<', '>', '<=', '>=')} {e()})"
        if r == 4:
            return f"({e()} {self.pick('in', 'not in')} {self.pick(self.list, self.text, self.map)(depth - 1)})"
        if r == 5:
            return f"({self.number(depth - 1)} {self.pick('<', '<=', '==')} {self.number(depth - 1)} {self.pick('<', '>', '!=')} {self.number(depth - 1)})"
        if r == 6:
            return f"not {self.boolean(depth - 1)}"
        if r == 7:
            return f"({self.boolean(depth - 1)} {self.pick('and', 'or')} {self.boolean(depth - 1)})"
        if r == 8:
            return f"{self.text(depth - 1)}.{self.pick('startswith', 'endswith')}({self.pick(self.text(0), '(' + self.text(0) + ', ' + self.text(0) + ')')}{self.pick('', '', ', 1', ', 0, 3')})"
        if r == 9:
            return f"{self.text(depth - 1)}.{self.pick('isdigit', 'isalpha', 'isalnum', 'isspace', 'isupper', 'islower', 'isnumeric', 'isdecimal', 'isascii')}()"
        return e()

    # Statements

    def open(self):
        return "{%" + self.pick("", "", "", "-", "+") + self.pick(" ", "")

    def close(self):
        return self.pick(" ", "") + self.pick("", "", "", "-", "+") + "%}"

    def tag(self, content):
        return self.open() + content + self.close()

    def data(self):
        return self.pick("", "a", "\n", " \n  ", "\n\n", "  ", "x\r\n", "<|im_start|>", "{", "}}", "é ", "\t", " b\n ", "%}")

    def output(self, depth):
        return "{{" + self.pick("", "", "-") + " " + self.expression(depth) + " " + self.pick("", "", "-") + "}}"

    def block(self, size, depth):
        saved = list(self.locals), list(self.macros)
        result = "".join(self.data() + self.statement(size, depth) for _ in range(self.random.randrange(1, 3))) + self.data()
        self.locals, self.macros = saved
        return result

    def statement(self, size, depth):
        r = self.random.randrange(20)
        if size <= 0 or r <= 6:
            return self.output(depth)
        if r <= 9:
            result = self.tag(f"if {self.boolean(depth)}") + self.block(size - 1, depth)
            if self.chance(0.3):
                result += self.tag(f"elif {self.boolean(depth)}") + self.block(size - 1, depth)
            if self.chance(0.5):
                result += self.tag("else") + self.block(size - 1, depth)
            return result + self.tag("endif")
        if r <= 12:
            return self.loop(size, depth)
        if r <= 14:
            name = self.pick("s", "n", "q", "r", "l")
            if self.chance(0.25):
                body = self.block(size - 1, depth)
                result = self.tag(f"set {name}{self.pick('', '|upper', '|trim|length')}") + body + self.tag("endset")
            elif self.chance(0.15):
                result = self.tag(f"set {name}, c2 = {self.pick('1, 2', self.list(depth), '(1, s)')}")
            else:
                result = self.tag(f"set {name} = {self.expression(depth)}{self.pick('', '', '', ', 1')}")
            self.locals.append(name)
            return result
        if r == 15:
            return self.tag(f"set ns.{self.pick('a', 'b', 'c')} = {self.expression(depth)}")
        if r == 16:
            name = f"macro_{self.random.randrange(3)}"
            arity = self.random.randrange(3)
            parameters = ["a", "b"][:arity]
            if parameters and self.chance(0.4):
                parameters[-1] += "=" + self.expression(0)
            saved, self.locals, self.loops = self.locals, self.locals + ["a", "b"][:arity] + self.pick([], [], ["varargs"], ["kwargs"], ["caller"]), 0
            saved_loops = self.loops
            body = self.block(size - 1, depth - 1) + self.pick("", "", "", "{{ caller() }}", "{{ varargs }}{{ kwargs }}")
            self.locals, self.loops = saved, saved_loops
            self.macros.append((name, arity))
            return self.tag(f"macro {name}({', '.join(parameters)})") + body + self.tag("endmacro")
        if r == 17:
            kind = self.random.randrange(4)
            if kind == 0 and self.macros:
                name, arity = self.random.choice(self.macros)
                return self.tag(f"call{self.pick('', '', '(a, b=1)')} {name}({', '.join(self.expression(0) for _ in range(arity))})") + self.block(size - 1, depth) + self.tag("endcall")
            if kind == 1:
                return self.tag(f"filter {self.pick('upper', 'trim', 'replace(' + repr('a') + ', ' + repr('b') + ')', 'indent|length')}") + self.block(size - 1, depth) + self.tag("endfilter")
            if kind == 2:
                self.locals.append("q")
                result = self.tag(f"with q = {self.expression(depth)}{self.pick('', ', s = ' + self.expression(0))}") + self.block(size - 1, depth) + self.tag("endwith")
                self.locals.pop()
                return result
            return self.tag("generation") + self.block(size - 1, depth) + self.tag("endgeneration")
        if r == 18:
            return self.pick("{# c #}", "{#- {{ x }} -#}\n", "{% raw %} {{ x }} {% endraw %}\n", "{%- raw -%}\n{% if %}{%+ endraw -%}", "{# a\n b #}\n", "{#+ c +#}\n")
        return self.tag(f"print {self.expression(depth)}")

    def loop(self, size, depth):
        targets = self.pick(("i",), ("i",), ("i",), ("i", "j"))
        source = self.list(depth) if len(targets) == 1 else self.pick(self.map(depth) + self.pick(".items()", "|items", "|dictsort"), "[[1, 'a'], [2, 'b']]", self.list(depth))
        condition = f" if {self.pick('i', 'i is defined', 'i != 1', self.boolean(depth - 1))}" if self.chance(0.2) else ""
        recursive = " recursive" if self.chance(0.06) else ""
        self.locals += targets
        self.loops += 1
        body = self.block(size - 1, depth)
        if self.chance(0.15):
            jump = self.pick("break", "continue")
            body += self.tag(f"if {self.pick('loop.index > 1', 'loop.first', self.boolean(depth - 1))}") + self.tag(jump) + self.tag("endif") + self.block(0, depth)
        if recursive:
            body += self.pick("", "{{ loop(i) if i is iterable and i is not string and loop.depth < 4 }}", "{{ loop.depth }}")
        self.loops -= 1
        del self.locals[-len(targets):]
        otherwise = self.tag("else") + self.block(0, depth) if self.chance(0.2) else ""
        return self.tag(f"for {', '.join(targets)} in {source}{condition}{recursive}") + body + otherwise + self.tag("endfor")

    def program(self):
        start = "{% set ns = namespace(a=1, b='x') %}"
        size, depth = self.pick(0, 0, 1, 1, 2, 3), self.pick(0, 1, 1, 1, 2, 2, 3)
        body = "".join(self.data() + self.statement(size, depth) for _ in range(self.pick(1, 1, 1, 2, 2, 4)))
        return start + body + self.data()


FORMATS = ["%s", "%s-%s", "%d", "%5d|", "%-5s|", "%05.1f", "%x", "%r", "%%", "%(a)s", "%.2s", "%+d", "%e", "%g", "% d", "%#x", "%c", "%i %s"]
BRACES = ["{}", "{0}", "{}-{}", "{a}", "{0:>6}|", "{:<4}|", "{:^7}|", "{:.2f}", "{:05d}", "{:x}", "{!r}", "{{}}{}", "{0[0]}", "{0.role}", "{:,}", "{:*^9}", "{a!s:>3}", "{:e}", "{:g}", "{:+}", "{:%}", "{:.3}", "{:010}", "{:+,}", "{:_}", "{:#x}", "{:b}", "{:^+9.3}"]


def program(seed):
    return Generator(seed).program()
