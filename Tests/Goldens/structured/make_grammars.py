"""Makes grammar.jsonl: what xgrammar says of many grammars, structural tags and texts.

    python make_grammars.py [OUTPUT_FILE]

Needs the package xgrammar. One line a constraint: {"kind", "source", "texts", "matches"}, the last a text of 0 and 1.
The texts are those listed, and near misses of them: one character dropped, doubled, replaced or exchanged with the next.
"""

import json
import os
import random
import sys

import xgrammar

JSON_GBNF = r'''
root ::= object
value ::= object | array | string | number | ("true" | "false" | "null") ws
object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
array ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws ::= "" | " " | "\n" [ \t]{0,20}
'''
ARITHMETIC = r'''
root  ::= (expr "=" ws term "\n")+
expr  ::= term ([-+*/] term)*
term  ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws
num   ::= [0-9]+ ws
ws    ::= [ \t\n]*
'''
CALLS = '''
start: (foo | bar)* tail
TEXT: /(\\n|.)*/
tail: TEXT
foo_head[lazy]: TEXT "<function"
foo: foo_head "=foo>" /[a-z]+/ "</function>"
bar_head[lazy]: TEXT "<function"
bar: bar_head "=bar>" /[0-9]+/ "</function>"
'''

# (notation, source, texts)
CASES = [
    ("grammar", 'root ::= "yes" | "no" " way"?', ["yes", "no", "no way"]),
    ("grammar", JSON_GBNF, ["{}", '{"a": 1}', '{ "a":[1, -2.5e3, null],"b":"x\\n"}', '{"a":\n\t{"b":[]}}']),
    ("grammar", ARITHMETIC, ["1+2=3\n", "(a*b) - c = 4 \n", "((1))=x\n2=2\n", "a_1/7= 0\n\n"]),
    ("grammar", 'root ::= root "+" term | term\nterm ::= [a-c] | "(" root ")"', ["a", "a+b", "(a+b)+c", "((a))"]),
    ("grammar", 'root ::= a\na ::= b "x" | "p"\nb ::= a "y" | c "z"\nc ::= a | "q" c?', ["p", "pyx", "pzx", "qzx", "qqqzx", "pyxzx"]),
    ("grammar", 'root ::= n root "a" | "b"\nn ::= "c"?', ["b", "ba", "cba", "ccbaa", "cbaa"]),
    ("grammar", 'root ::= root root | "a" | "b"', ["a", "ab", "abba"]),
    ("grammar", 'root ::= "a" root "a" | "b" root "b" | "a" | "b"', ["a", "aba", "babab", "aaaaa"]),
    ("grammar", 'root ::= s\ns ::= "if " e " then " s (" else " s)? | "x"\ne ::= "e" | "not " e',
     ["x", "if e then x", "if e then x else x", "if not e then if e then x else x", "if e then if e then x else x else x"]),
    ("grammar", 'root ::= (word " ")* word "."?\nword ::= [a-z]+ "."?', ["a", "ab cd", "ab. cd.", "ab.. "]),
    ("grammar", 'root ::= "a"* b "a"*\nb ::= "a" b "a" | ""', ["", "a", "aa", "aaaa"]),
    ("grammar", 'root ::= [^a-c]{2,3} "\\u00e9" [\\u0400-\\u04ff]+', ["zzéя", "!!!éпривет"]),
    ("grammar", 'root ::= item{2,3}\nitem ::= "- " [^\\n]{1,5} "\\n"', ["- a\n- b\n", "- a\n- b\n- cdefg\n"]),
    ("grammar", '# a comment\nroot ::=\n  "a"  # another\n  | ("b"\n     | "c")\n', ["a", "b", "c"]),
    ("grammar", 'root ::= "a" ("b" | "") "c" ""', ["abc", "ac"]),
    ("grammar", 'root ::= "\\"\\\\\\n\\t" [\\]\\-^]+', ['"\\\n\t]', '"\\\n\t^-']),
    ("lark", 'start: item ("," item)*\nitem: "id=" INT\n%import common.INT\n%import common.WS\n%ignore WS',
     ["id=1", "id=1, id=42", "id=1 ,id=2 , id=3", "id= 7 "]),
    ("lark", 'start: value\nvalue: "x" | "(" value ")" | "[" (value ("," value)*)? "]"', ["x", "(x)", "[x,(x)]", "[]"]),
    ("lark", '?start: sum\n?sum: product | sum "+" product -> add\n?product: atom | product "*" atom\n'
     '?atom: NUMBER | "-" atom | "(" sum ")"\n%import common.NUMBER\n%ignore " "',
     ["1", "1+2*3", "-(1 + 2.5e3)", "1 * -2"]),
    ("lark", 'start: A~2..3 [B] C{2}\nA: /[ab]c?/i\nB: "x".."z"\nC: "End"i', ["aBEndEND", "acbCAyendEnd", "aaxENDend"]),
    ("lark", 'start: NAME "=" (INT | STRING)\nNAME: LETTER (LETTER | "_" | DIGIT)*\nSTRING: "\'" /[^\']*/ "\'"\n'
     '%import common (LETTER, DIGIT, INT)', ["a=1", "b_2='x y'", "C=''"]),
    ("lark", "start: /a.b/ /c.d/s", ["axbcyd", "a😀bc\nd"]),
    ("lark", 'start: "[" list "]"\nlist: | WORD | list "," WORD\n%import common.WORD', ["[]", "[a]", "[a,bc,d]", "[,a]"]),
    ("lark", 'start: %regex {"substring_chunks": ["abc", "de", "fg"]}', ["", "abc", "de", "abcde", "defg", "abcdefg"]),
    ("lark", 'head[lazy]: /[a-z]+/\nstart: "<" head ">" /[a-z]+/', ["<a>b", "<ab>c"]),
    ("lark", 'start: field "?"\nfield[suffix="!"]: /[a-z]*/', ["!?", "ab!?"]),
    ("lark", CALLS, ["", "hi", "<function=foo>abc</function>", "x<function=bar>12</function>y<function=foo>a</function>", "a<functio"]),
    ("lark", 'start: A ("x" A)?\n%ignore /#[^\\n]*\\n/\nA: "a"', ["a", "axa", "a#c\nx#d\na#\n"]),
    ("structural_tag", '{"type":"structural_tag","format":{"type":"tag","begin":"<think>","content":{"type":"any_text"},"end":"</think>"}}',
     ["<think></think>", "<think>a<b</think>", "<think></thin</think>"]),
    ("structural_tag", '{"type":"structural_tag","format":{"type":"triggered_tags","triggers":["<f="],"tags":['
     '{"type":"tag","begin":"<f=a>","content":{"type":"regex","pattern":"[0-9]+"},"end":"</f>"},'
     '{"type":"tag","begin":"<f=b>","content":{"type":"const_string","value":"x"},"end":"</f>"}]}}',
     ["", "text", "<f=a>12</f>", "a <f=b>x</f> b<f=a>3</f>", "a<f"]),
    ("structural_tag", '{"type":"structural_tag","format":{"type":"triggered_tags","triggers":["<f="],"at_least_one":true,'
     '"stop_after_first":true,"tags":[{"type":"tag","begin":"<f=a>","content":{"type":"const_string","value":"x"},"end":"</f>"}]}}',
     ["<f=a>x</f>", "a<f=a>x</f>", "<f=a>x</f>a"]),
    ("structural_tag", '{"type":"structural_tag","format":{"type":"tags_with_separator","separator":",","tags":['
     '{"type":"tag","begin":"[","content":{"type":"const_string","value":"x"},"end":"]"}]}}', ["", "[x]", "[x],[x]"]),
    ("structural_tag", '{"type":"structural_tag","format":{"type":"sequence","elements":[{"type":"or","elements":['
     '{"type":"const_string","value":"a"},{"type":"const_string","value":"bc"}]},{"type":"grammar","grammar":'
     '"root ::= \\"(\\" root? \\")\\""},{"type":"star","content":{"type":"const_string","value":"!"}}]}}',
     ["a()", "bc(())!!", "a((()))!"]),
    ("structural_tag", '{"type":"structural_tag","format":{"type":"any_text","excludes":["no","zz"]}}', ["", "abc", "zn", "n o"]),
]


def grammar(kind, source):
    if kind == "grammar":
        return xgrammar.Grammar.from_ebnf(source)
    return xgrammar.Grammar.from_lark(source) if kind == "lark" else xgrammar.Grammar.from_structural_tag(source)


def near_misses(text, rng):
    """One change each, of characters that stand in the text anyway, and of a few others."""
    others = sorted(set(text)) + list('a1 "\n)')
    for _ in range(12):
        place = rng.randrange(len(text) + 1)
        head, tail = text[:place], text[place:]
        yield rng.choice([
            head + tail[1:], head + tail[:1] + tail, head + rng.choice(others) + tail[1:], head + rng.choice(others) + tail,
            head + tail[1:2] + tail[:1] + tail[2:]])


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(folder, "grammar.jsonl")
    compiler = xgrammar.GrammarCompiler(xgrammar.TokenizerInfo([]), cache_enabled=False)
    with open(path, "w", encoding="utf-8") as file:
        for number, (kind, source, texts) in enumerate(CASES):
            rng = random.Random(number)
            compiled = compiler.compile_grammar(grammar(kind, source))
            seen = list(dict.fromkeys(texts + [miss for text in texts for miss in near_misses(text, rng)]))
            matches = ""
            for text in seen:
                matcher = xgrammar.GrammarMatcher(compiled, terminate_without_stop_token=True)
                matches += str(int(matcher.accept_string(text) and matcher.is_terminated()))
            assert "1" in matches and "0" in matches or "any_text" in source or kind == "lark", source
            line = {"kind": "structural_tag" if kind == "structural_tag" else "grammar", "source": source,
                    "texts": seen, "matches": matches}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
