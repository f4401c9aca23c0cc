"""Answers under constraints on the real model: every one parses and validates, at any temperature and length.

The validators here know the schemas below and nothing else; Tests/Goldens/structured/validate.py judges answers by the
package jsonschema: QUIRE_STRUCTURED_ANSWERS=FILE keeps the answers of this test for it.
"""
import json
import os
import re

from harness import MODEL, QuireTestCase

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 30},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "email": {"type": "string", "pattern": "^[a-z]{1,12}@[a-z]{1,12}\\.(com|org)$"},
        "hobbies": {"type": "array", "items": {"type": "string", "maxLength": 20}, "minItems": 1, "maxItems": 4},
    },
    "required": ["name", "age", "hobbies"],
    "additionalProperties": False,
}
EVENT = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["talk", "walk", "party"]},
        "score": {"type": "number", "minimum": -1, "maximum": 1},
        "place": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"city": {"type": "string"}},
                                               "required": ["city"], "additionalProperties": False}]},
        "open": {"type": "boolean"},
    },
    "required": ["kind", "score", "place", "open"],
    "additionalProperties": False,
}
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {"node": {
        "type": "object",
        "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        "required": ["value", "children"], "additionalProperties": False}},
}
DATES = {"type": "array", "minItems": 2, "maxItems": 5, "items": {"type": "string", "format": "date"}}
CHOICES = ["positive", "negative", "neutral", "not sure – 不知道"]
REGEX = r"(Mr|Ms)\. [A-Z][a-z]{1,10}, born (19|20)\d\d( in [A-Z][a-z]+)?"

# Left recursion, and nesting that Python reads, too.
SUM = 'root ::= sum " = " num\nsum ::= product | sum " + " product\nproduct ::= num | "(" sum ")"\nnum ::= [1-9] [0-9]{0,3}'
ITEMS = 'start: item ("," item)*\nitem: "id=" INT\n%import common.INT\n%ignore " "\n'
TAG = {"type": "structural_tag", "format": {
    "type": "triggered_tags", "triggers": ["<call="], "at_least_one": True, "stop_after_first": True,
    "tags": [{"type": "tag", "begin": "<call=person>", "content": {"type": "json_schema", "json_schema": PERSON},
              "end": "</call>"}]}}

TEMPERATURES = [0, 0.7, 1.0, 1.5]


def refuse_word(word):
    raise ValueError(f"{word} is no JSON")


def distinct(pairs):
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), names
    return dict(pairs)


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_text(value, least=0, most=1 << 30):
    return isinstance(value, str) and least <= len(value) <= most


def is_person(value):
    return (isinstance(value, dict) and {"name", "age", "hobbies"} <= set(value) <= {"name", "age", "email", "hobbies"}
            and is_text(value["name"], 1, 30) and is_integer(value["age"]) and 0 <= value["age"] <= 120
            and re.fullmatch(r"[a-z]{1,12}@[a-z]{1,12}\.(com|org)", value.get("email", "a@b.com")) is not None
            and isinstance(value["hobbies"], list) and 1 <= len(value["hobbies"]) <= 4
            and all(is_text(hobby, 0, 20) for hobby in value["hobbies"]))


def is_event(value):
    if not isinstance(value, dict) or set(value) != {"kind", "score", "place", "open"}:
        return False
    place, score = value["place"], value["score"]
    return (value["kind"] in ("talk", "walk", "party") and isinstance(value["open"], bool)
            and isinstance(score, (int, float)) and not isinstance(score, bool) and -1 <= score <= 1
            and (place is None or isinstance(place, dict) and set(place) == {"city"} and is_text(place["city"])))


def is_tree(value):
    return (isinstance(value, dict) and set(value) == {"value", "children"} and is_integer(value["value"])
            and isinstance(value["children"], list) and all(is_tree(child) for child in value["children"]))


def is_dates(value):
    return (isinstance(value, list) and 2 <= len(value) <= 5
            and all(is_text(date) and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", date) for date in value))


def parsed(check):
    """A validator of texts that are JSON."""
    def validate(text):
        try:
            return check(json.loads(text, parse_constant=refuse_word, object_pairs_hook=distinct))
        except ValueError:
            return False
    return validate


def is_sum(text):
    number = r"[1-9][0-9]{0,3}"
    left, _, right = text.rpartition(" = ")
    count = 1
    while count:
        left, count = re.subn(rf"\({number}( \+ {number})*\)", "1", left)
    return re.fullmatch(number, right) is not None and re.fullmatch(rf"{number}( \+ {number})*", left) is not None


def is_call(text):
    return (text.startswith("<call=person>") and text.endswith("</call>")
            and parsed(is_person)(text.removeprefix("<call=person>").removesuffix("</call>")))


def is_spread(text):
    """JSON with just one end of line around each part."""
    return parsed(is_dates)(text) and all(f"\n{mark}" in text for mark in ",]") and "\n\n" not in text and " " not in text


# By name: the fields of the line, how an answer is judged, what is asked.
KINDS = {
    "person": ({"structured_outputs": {"json": PERSON}}, parsed(is_person), "Describe a person as JSON."),
    "event": ({"structured_outputs": {"json": json.dumps(EVENT)}}, parsed(is_event), "Describe an event as JSON."),
    "tree": ({"structured_outputs": {"json": TREE}}, parsed(is_tree), "Write a small tree of numbers as JSON."),
    "dates": ({"structured_outputs": {"json": DATES}}, parsed(is_dates), "List some dates as JSON."),
    "choice": ({"structured_outputs": {"choice": CHOICES}}, lambda text: text in CHOICES, "Is \"I like it\" positive?"),
    "regex": ({"structured_outputs": {"regex": REGEX}},
              lambda text: re.fullmatch(REGEX, text, re.ASCII) is not None, "Name a person and the year of birth."),
    "sum": ({"structured_outputs": {"grammar": SUM}}, is_sum, "Write a sum with its result."),
    "items": ({"structured_outputs": {"grammar": ITEMS}},
              lambda text: re.fullmatch(r"id= *\d+ *(, *id= *\d+ *)*", text) is not None, "List some ids."),
    "call": ({"structured_outputs": {"structural_tag": TAG}}, is_call, "Call the function person."),
    "spread": ({"structured_outputs": {"json": DATES, "whitespace_pattern": "\\n"}}, is_spread, "List some dates as JSON."),
    "compact": ({"structured_outputs": {"json": DATES, "disable_any_whitespace": True}},
                lambda text: parsed(is_dates)(text) and " " not in text, "List some dates as JSON."),
}


class Structured(QuireTestCase):
    def answers(self, lines, *options):
        self.write_lines("in.jsonl", lines)
        result = self.quire(
            "run", "--model", MODEL, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--ordered",
            "--overwrite", "--quiet", *options, expect=None)
        answers = self.lines("out.jsonl")
        self.assertEqual(result.status, 3 if all(answer["error"] for answer in answers) else 0, result.err[-2000:])
        return answers

    def keep(self, fields, text):
        """Writes an answer for validate.py, where a file is named."""
        if "QUIRE_STRUCTURED_ANSWERS" not in os.environ:
            return
        constraint = dict(fields["structured_outputs"])
        if "json" in constraint:
            constraint["schema"] = constraint.pop("json")
        with open(os.environ["QUIRE_STRUCTURED_ANSWERS"], "a", encoding="utf-8") as file:
            file.write(json.dumps({**constraint, "text": text}) + "\n")

    def shortest(self, fields):
        """The least max_tokens that is taken, as the refusal of 1 tells it."""
        answer, = self.answers([{"prompt": "a", "max_tokens": 1, **fields}])
        if answer["error"] is None:
            return 1
        self.assertEqual(answer["error"]["code"], "invalid_value")
        self.assertIn("max_tokens leaves 1 tokens", answer["error"]["message"])
        return int(re.search(r"takes (\d+)", answer["error"]["message"]).group(1))

    def test_answers_tell_their_own_tokens_and_their_probability_without_what_was_forced(self):
        choices = [" positive", " negative"]
        line = {"prompt": "Review: I like it.\nSentiment:", "structured_outputs": {"choice": choices}, "n": 3,
                "temperature": 1, "max_tokens": 8}
        body = {"custom_id": "o", "method": "POST", "url": "/v1/completions", "body": line | {"n": 1}}
        source = self.write_lines("parts.jsonl", [line, {"prompt": "a", "max_tokens": 3}, body])
        self.quire(
            "run", "--model", MODEL, "-i", source, "-o", self.path("parts.out"), "--ordered", "--include",
            "token_ids,usage,unforced_logprob", "--kv-cache-memory", "32MiB")
        classified, free, openai = self.lines("parts.out")
        choice = openai["response"]["body"]["choices"][0]
        for output in classified["outputs"] + free["outputs"] + [choice]:
            self.assertEqual(output["usage"], {"completion_tokens": len(output["token_ids"])})
        self.assertEqual(classified["usage"]["completion_tokens"], sum(len(o["token_ids"]) for o in classified["outputs"]))
        for output in classified["outputs"]:
            # The first token tells which; a space alone would leave the choice to the second.
            place = 1 if output["logprobs"][0][0]["token"] == " " else 0
            self.assertAlmostEqual(output["unforced_logprob"], output["logprobs"][place][0]["logprob"], 5)
            self.assertLess(output["cumulative_logprob"], output["unforced_logprob"])
        self.assertEqual(free["outputs"][0]["unforced_logprob"], free["outputs"][0]["cumulative_logprob"])
        likeliest = min(abs(choice["unforced_logprob"] - logprob) for logprob in choice["logprobs"]["token_logprobs"])
        self.assertLess(likeliest, 1e-5)
        self.quire("run", "--model", MODEL, "-i", source, "-o", self.path("silent.out"), "--kv-cache-memory", "32MiB")
        with open(self.path("silent.out"), encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("unforced", text)
        self.assertEqual(text.count('"usage"'), 3)

    def test_every_answer_parses_and_validates(self):
        count, ends, texts = 0, {"stop": 0, "length": 0}, {}
        for name, (fields, is_valid, question) in KINDS.items():
            shortest = self.shortest(fields)
            lines = []
            for temperature in TEMPERATURES:
                # The shortest, which leaves no choice of length, and some that leave a little or much.
                for length in (shortest, shortest + 1, shortest + 5, 2 * shortest + 20, 200):
                    for form in ({"prompt": question + "\n"}, {"messages": [{"role": "user", "content": question}]}):
                        lines.append({**form, **fields, "temperature": temperature, "max_tokens": length})
            for line in lines[:8]:
                line.update(n=3, temperature=1.5)
            lines.append({"prompt": question, **fields, "temperature": 0, "use_beam_search": True, "n": 4,
                          "max_tokens": shortest + 12})
            lines.append({"prompt": question, **fields, "ignore_eos": True, "max_tokens": shortest + 30})
            lines.append({"prompt": question, **fields, "repetition_penalty": 1.5, "presence_penalty": 2,
                          "temperature": 2, "max_tokens": shortest + 40, "top_p": 0.9, "logprobs": 1})
            for line, answer in zip(lines, self.answers(lines), strict=True):
                self.assertIsNone(answer["error"], (name, line))
                for output in answer["outputs"]:
                    self.assertTrue(is_valid(output["text"]), (name, line, output))
                    # A chat has three end tokens, of which two are told by id.
                    self.assertIn(output["stop_reason"], [None] if "prompt" in line else [None, 0, 1, 2])
                    ends[output["finish_reason"]] += 1
                    texts.setdefault(name, set()).add(output["text"])
                    self.keep(fields, output["text"])
                    count += 1
            # Not all the same, so that something was chosen.
            self.assertGreater(len(texts[name]), 3 if name == "choice" else 20, name)
        self.assertGreaterEqual(count, 300)
        print(f"{count} answers valid, {sum(map(len, texts.values()))} different, ends {ends}")

    def test_answers_do_not_depend_on_the_batch(self):
        lines = [{"id": f"{name}{temperature}", "prompt": question, **fields, "temperature": temperature, "max_tokens": 90}
                 for name, (fields, _, question) in KINDS.items() for temperature in (0, 1.2)]
        lines.insert(3, {"id": "free", "prompt": "Once upon a time", "max_tokens": 50})
        self.write_lines("in.jsonl", lines)
        outputs = []
        for options in (["--max-num-seqs", "64"], ["--max-num-seqs", "1"],
                        ["--max-num-seqs", "5", "--max-num-batched-tokens", "7", "--threads", "1"]):
            self.quire("run", "--model", MODEL, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--ordered",
                       "--overwrite", "--quiet", *options)
            with open(self.path("out.jsonl"), "rb") as file:
                outputs.append(file.read())
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(outputs[0], outputs[2])

    def test_openai_response_formats(self):
        def line(number, endpoint, response_format):
            prompt = {"prompt": "JSON: "} if endpoint == "completions" else {
                "messages": [{"role": "user", "content": "Describe a person as JSON."}]}
            return {"custom_id": str(number), "method": "POST", "url": f"/v1/{endpoint}",
                    "body": {"model": "m", **prompt, "max_tokens": 120, "temperature": 1.5,
                             "response_format": response_format}}
        schema = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": PERSON}}
        formats = [schema, {"type": "json_object"}, {"type": "text"}, TAG]
        lines = [line(4 * index + place, endpoint, response_format)
                 for index, endpoint in enumerate(["completions", "chat/completions"])
                 for place, response_format in enumerate(formats)]
        for number, answer in enumerate(self.answers(lines)):
            self.assertEqual(answer["response"]["status_code"], 200, answer)
            choice = answer["response"]["body"]["choices"][0]
            text = choice["text"] if number < 4 else choice["message"]["content"]
            if number % 4 == 3:
                self.assertTrue(is_call(text), text)
            elif number % 4 == 0:
                self.assertTrue(parsed(is_person)(text), text)
                self.keep({"structured_outputs": {"json": PERSON}}, text)
            elif number % 4 == 1:
                # Keys that an open object adds may repeat.
                self.assertIsInstance(json.loads(text, parse_constant=refuse_word), dict)
                self.keep({"structured_outputs": {"json_object": True}}, text)

    def test_refusals_name_field_place_and_remedy(self):
        base = {"prompt": "a", "max_tokens": 50}
        cases = [
            ({"structured_outputs": {"json": {"type": "object", "properties": {"a": {"$ref": "http://x/y"}}}}}, "unsupported_value",
             "structured_outputs.json at /properties/a/$ref"),
            ({"structured_outputs": {"regex": "(?<=a)b"}}, "unsupported_value", "structured_outputs.regex"),
            ({"structured_outputs": {"regex": "[a"}}, "invalid_value", "structured_outputs.regex"),
            ({"structured_outputs": {"choice": []}}, "invalid_value", "structured_outputs.choice"),
            ({"structured_outputs": {"json": "{"}}, "invalid_value", "structured_outputs.json"),
            ({"structured_outputs": {"regex": "a", "json": {}}}, "conflicting_fields", "exactly one"),
            ({"structured_outputs": {"json": PERSON}, "max_tokens": 2}, "invalid_value", "raise it"),
            ({"structured_outputs": {"grammar": "root ::= x"}}, "invalid_value",
             "structured_outputs.grammar at line 1, column 10: found x, which is no rule"),
            ({"structured_outputs": {"structural_tag": {"format": {"type": "token", "token": 1}}}}, "unsupported_value",
             "structured_outputs.structural_tag at /format/type"),
            ({"sampling_params": {"guided_json": {}}}, "unknown_field", "guided_json"),
        ]
        for (fields, code, words), answer in zip(cases, self.answers([{**base, **case[0]} for case in cases]), strict=True):
            self.assertEqual(answer["error"]["code"], code, (fields, answer))
            self.assertIn(words, answer["error"]["message"])
