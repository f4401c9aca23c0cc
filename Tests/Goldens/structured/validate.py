"""Checks answers against their schemas with the Python package jsonschema.

    python validate.py ANSWERS.jsonl

One line an answer: {"schema": SCHEMA, "text": TEXT}, SCHEMA a JSON value or its text; "regex": EXPRESSION, "choice": TEXTS
or "json_object": true in place of the schema are checked too. Prints what fails and a count; exits 1 where anything fails.
"""

import json
import re
import sys

import jsonschema


def refuse_word(word):
    raise ValueError(f"{word} is no JSON")


def problem(answer):
    """Why an answer fails, or None."""
    text = answer["text"]
    if "regex" in answer:
        return None if re.fullmatch(answer["regex"], text) else "does not match"
    if "choice" in answer:
        return None if text in answer["choice"] else "is no choice"
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
