"""Checks answers against their schemas with the Python package jsonschema, and grammars with xgrammar.

    python validate.py ANSWERS.jsonl

One line an answer: {"schema": SCHEMA, "text": TEXT}, SCHEMA a JSON value or its text; "regex": EXPRESSION, "choice": TEXTS,
"json_object": true, "grammar": TEXT or "structural_tag": JSON in place of the schema are checked too. Prints what fails and
a count; exits 1 where anything fails.
"""

import functools
import json
import re
import sys

import jsonschema


def refuse_word(word):
    raise ValueError(f"{word} is no JSON")


@functools.cache
def compiled(kind, source):
    """xgrammar's automaton, which only answers of grammars ask for."""
    import xgrammar
    if kind == "structural_tag":
        value = json.loads(source)
        if "structures" in value:
            triggers = value.pop("triggers")
            tags = [{"type": "tag", "begin": tag["begin"], "end": tag["end"],
                     "content": {"type": "json_schema", "json_schema": tag["schema"]}} for tag in value["structures"]]
            value = {"format": {"type": "triggered_tags", "triggers": triggers, "tags": tags}}
        grammar = xgrammar.Grammar.from_structural_tag(json.dumps({**value, "type": "structural_tag"}))
    elif "::=" in source:
        grammar = xgrammar.Grammar.from_ebnf(source)
    else:
        grammar = xgrammar.Grammar.from_lark(source)
    return xgrammar.GrammarCompiler(xgrammar.TokenizerInfo([]), cache_enabled=False).compile_grammar(grammar)


def is_of_grammar(kind, source, text):
    import xgrammar
    matcher = xgrammar.GrammarMatcher(compiled(kind, source), terminate_without_stop_token=True)
    return matcher.accept_string(text) and matcher.is_terminated()


def problem(answer):
    """Why an answer fails, or None."""
    text = answer["text"]
    if "regex" in answer:
        return None if re.fullmatch(answer["regex"], text) else "does not match"
    if "choice" in answer:
        return None if text in answer["choice"] else "is no choice"
    for kind in ("grammar", "structural_tag"):
        if kind in answer:
            source = answer[kind] if isinstance(answer[kind], str) else json.dumps(answer[kind])
            return None if is_of_grammar(kind, source, text) else "is not of the grammar"
    try:
        document = json.loads(text, parse_constant=refuse_word)
    except ValueError as error:
        return f"does not parse: {error}"
    if answer.get("json_object"):
        return None if isinstance(document, dict) else "is no object"
    schema = answer["schema"]
    if isinstance(schema, str):
        schema = json.loads(schema)
    validator = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    error = next(validator.iter_errors(document), None)
    return None if error is None else f"is not valid: {error.message}"


def main():
    count = failures = 0
    with open(sys.argv[1], encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            count += 1
            answer = json.loads(line)
            reason = problem(answer)
            if reason is not None:
                failures += 1
                print(f"line {number}: {reason}: {answer['text'][:200]!r}")
    print(f"{count} answers, {failures} failures")
    sys.exit(1 if failures or not count else 0)


if __name__ == "__main__":
    main()
