"""Says how many schemas of a folder are taken, by set and by keyword, and whether what is written under them is valid.

    python schema_set.py prepare FOLDER SCHEMAS.jsonl
    QUIRE_SCHEMAS=SCHEMAS.jsonl QUIRE_SCHEMA_ANSWERS=ANSWERS.jsonl swift test --filter SchemaSetMeasurement
    python schema_set.py report SCHEMAS.jsonl ANSWERS.jsonl

FOLDER holds JSON files: schemas, objects {"schema", "tests": [{"data", "valid"}]} as in MaskBench, or lists
[{"schema", "tests": [{"data", "valid"}]}] as in the JSON Schema Test Suite. The set of a file is its folder, or the part
of its name before "---". Instances are judged as they are marked; a valid one counts as "open" where it is taken without
members that the schema does not name, which an answer never has.
"""

import collections
import glob
import json
import os
import re
import sys

import jsonschema

MAPS = {"properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas"}
DATA = {"enum", "const", "default", "examples", "example", "required"}
KEYWORDS = MAPS | {
    "type", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties", "dependentRequired",
    "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains", "enum", "const", "anyOf",
    "oneOf", "allOf", "not", "if", "$ref", "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "unevaluatedProperties", "unevaluatedItems", "$id", "id",
    "$anchor", "$dynamicRef", "$recursiveRef"}


def keywords(schema, found):
    if isinstance(schema, list):
        for element in schema:
            keywords(element, found)
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        if key in KEYWORDS:
            found.add(key)
        if key in MAPS and isinstance(value, dict):
            for element in value.values():
                keywords(element, found)
        elif key not in DATA:
            keywords(value, found)


def cases(path):
    """(name, schema, tests) of a file."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    name = os.path.basename(path)
    if isinstance(content, list) and content and isinstance(content[0], dict) and "schema" in content[0]:
        for index, case in enumerate(content):
            yield f"{name}#{index}", case["schema"], case.get("tests", [])
    elif isinstance(content, dict) and "schema" in content and "tests" in content:
        yield name, content["schema"], content["tests"]
    else:
        yield name, content, []


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def prepare(folder, output):
    with open(output, "w", encoding="utf-8") as file:
        for path in sorted(glob.glob(os.path.join(folder, "**", "*.json"), recursive=True)):
            group = os.path.relpath(os.path.dirname(path), folder)
            for name, schema, tests in cases(path):
                of = name.split("---")[0] if "---" in name else os.path.basename(path) if group == "." else group
                line = {"set": of, "name": name, "schema": json.dumps(schema),
                        "instances": [text_of(test["data"]) for test in tests],
                        "valid": "".join(str(int(test["valid"])) for test in tests)}
                file.write(json.dumps(line) + "\n")


def invalid_answers(schema, answers):
    """How many of the answers are not valid; None where the package cannot tell."""
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
    try:
        return sum(not validator.is_valid(json.loads(answer)) for answer in answers)
    except (re.error, RecursionError, TypeError, jsonschema.exceptions._WrappedReferencingError,
            jsonschema.exceptions.UnknownType):
        return None


class Tally:
    def __init__(self):
        self.count = self.taken = self.valid = self.accepted = self.open = self.wrong = 0

    def row(self, name):
        share = 100 * self.taken / self.count
        closed = self.valid - self.open
        part = f"{100 * self.accepted / closed:.1f} %" if closed else ""
        return f"| {name} | {self.count} | {self.taken} | {share:.1f} % | {closed} | {part} | {self.wrong} |"


def report(schemas, answers):
    sets, words, refusals = collections.defaultdict(Tally), collections.defaultdict(Tally), collections.Counter()
    total, times, written, invalid, unknown = Tally(), [], 0, 0, 0
    with open(schemas, encoding="utf-8") as first, open(answers, encoding="utf-8") as second:
        for line, outcome in zip(first, second):
            case, outcome = json.loads(line), json.loads(outcome)
            if case["name"] != outcome["name"]:
                sys.exit(f"{outcome['name']} stands where {case['name']} does: the files do not belong together")
            schema = json.loads(case["schema"])
            found = set()
            keywords(schema, found)
            tallies = [total, sets[case["set"]]] + [words[word] for word in found]
            times.append(outcome["us"])
            if "error" in outcome:
                refusals[re.sub(r'"[^"]*"|\d+', "…", outcome["found"])] += 1
            else:
                wrong = invalid_answers(schema, outcome["answers"])
                unknown += wrong is None
                if wrong:
                    print(f"{case['name']}: {wrong} answers are not valid")
                written += len(outcome["answers"])
                invalid += wrong or 0
            for tally in tallies:
                tally.count += 1
                tally.taken += "error" not in outcome
                for valid, mark in zip(case["valid"], outcome.get("marks", "")):
                    tally.valid += valid == "1"
                    tally.accepted += valid == "1" and mark == "1"
                    tally.open += valid == "1" and mark == "o"
                    tally.wrong += valid == "0" and mark == "1"
    head = "|---|---|---|---|---|---|---|"
    for title, tallies in [("set", sets), ("keyword", words)]:
        print(f"\n| {title} | schemas | taken | | valid instances without unnamed members | taken | invalid taken |\n{head}")
        for name, tally in sorted(tallies.items(), key=lambda item: (-item[1].count, item[0])):
            print(tally.row(name))
        print(total.row("all"))
    print(f"\n{written} answers, {invalid} invalid; {unknown} schemas that the package cannot read")
    times.sort()
    print("compiled in µs: " + ", ".join(
        f"{name} {times[min(len(times) - 1, int(len(times) * part))]}"
        for name, part in [("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1)]))
    print("\nrefused:")
    for reason, count in refusals.most_common(40):
        print(f"{count:6} {reason}")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("prepare", "report"):
        sys.exit(__doc__)
    {"prepare": prepare, "report": report}[sys.argv[1]](*sys.argv[2:])
