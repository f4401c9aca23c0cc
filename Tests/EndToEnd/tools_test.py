"""Calls of tools: each model's own form among text, calls that have to be made, and old turns in the prompt."""
import json
import unittest

import openai_lines
import tiny_model
from harness import QuireTestCase

# Templates that write tools and old calls as published ones do, as far as a form is told by them.
HERMES = (
    "{% if tools %}{{ '<|im_start|>system\n<tools>' }}{% for tool in tools %}{{ tool | tojson }}{% endfor %}"
    "{{ '</tools><|im_end|>\n' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{% if m.content %}{{ m.content }}{% endif %}{% for c in m.tool_calls or [] %}{{ '<tool_call>' }}"
    "{{ {'name': c.function.name, 'arguments': c.function.arguments} | tojson }}{{ '</tool_call>' }}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}")
MISTRAL = "{% for m in messages %}{{ '[INST]' + m.content + '[/INST]' }}{% if m.tool_calls %}{{ '[TOOL_CALLS]' }}{% endif %}{% endfor %}"
LLAMA = "{% for m in messages %}{{ '<|start_header_id|>' + m.content }}{% endfor %}{{ '<|python_tag|>' if tools and not messages }}"
NAMES = ("f", "g")
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {
    "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}} for name in NAMES]


class Tools(QuireTestCase):
    def answers(self, template, lines, *options, more_tokens=()):
        directory = self.path("model")
        tiny_model.write(directory, chat_template=template, more_tokens=more_tokens, context=1024)
        self.write_lines("in.jsonl", lines)
        self.quire("run", "--model", directory, "-i", self.path("in.jsonl"), "-o", self.path("out.jsonl"), "--ordered",
                   "--overwrite", *options)
        answers = self.lines("out.jsonl")
        for answer in answers:
            self.assertEqual(openai_lines.faults(answer), [])
        return [answer["response"]["body"] for answer in answers]

    def test_calls_are_read_in_the_form_of_the_models_template(self):
        # What the model has to write stands in an expression, which leaves it no choice.
        cases = [
            (HERMES, r'Yes\.\n<tool_call>\n\{"name": "f", "arguments": \{"a": 7\}\}\n</tool_call>', "Yes.", [("f", '{"a": 7}')]),
            (HERMES, r'<tool_call>\{"name": "f", "arguments": \{\}\}</tool_call><tool_call>\{"name": "g"\}</tool_call>', None,
             [("f", "{}"), ("g", "{}")]),
            (HERMES, r'\{"name": "f", "arguments": \{\}\}', '{"name": "f", "arguments": {}}', []),
            (HERMES, r"<tool_call>what\?</tool_call>", "<tool_call>what?</tool_call>", []),
            (MISTRAL, r'\[TOOL_CALLS\]\[\{"name": "g", "arguments": \{"a": 1\}\}\]', None, [("g", '{"a": 1}')]),
            (MISTRAL, r'So: \[TOOL_CALLS\]g\[ARGS\]\{"a": 1\}', "So:", [("g", '{"a": 1}')]),
            (LLAMA, r'\{"name": "f", "parameters": \{"a": 2\}\}; \{"name": "g", "parameters": \{\}\}', None,
             [("f", '{"a": 2}'), ("g", "{}")]),
            (LLAMA, r'<\|python_tag\|>\{"name": "f", "parameters": \{\}\}', None, [("f", "{}")]),
            (tiny_model.CHATML, r'\[\{"name": "f", "arguments": \{"a": 2\}\}\]', None, [("f", '{"a": 2}')]),
            (tiny_model.CHATML, r'\{"name": "h", "arguments": \{\}\}', '{"name": "h", "arguments": {}}', []),
        ]
        for template in {case[0] for case in cases}:
            chosen = [case for case in cases if case[0] == template]
            bodies = self.answers(template, [
                openai_lines.chat(str(number), tools=TOOLS, max_tokens=200, structured_outputs={"regex": expression})
                for number, (_, expression, _, _) in enumerate(chosen)])
            for (_, expression, content, calls), body in zip(chosen, bodies):
                choice = body["choices"][0]
                with self.subTest(expression=expression):
                    message = choice["message"]
                    found = [(call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls", [])]
                    self.assertEqual((message["content"], found), (content, calls))
                    self.assertEqual(choice["finish_reason"], "tool_calls" if calls else "stop")
                    for call in message.get("tool_calls", []):
                        self.assertRegex(call["id"], "^[a-z0-9]{9}$" if template == MISTRAL else "^call_[0-9a-f]{24}$")

    def test_a_mark_that_is_a_control_token_stays_in_the_text(self):
        mark = 256 + 3
        shown, hidden, stated = self.answers(MISTRAL, [
            openai_lines.chat("a", tools=TOOLS, allowed_token_ids=[mark], max_tokens=2),
            openai_lines.chat("b", tools=TOOLS, tool_choice="none", allowed_token_ids=[mark], max_tokens=2),
            openai_lines.chat("c", tools=TOOLS, skip_special_tokens=True, allowed_token_ids=[mark], max_tokens=2),
        ], more_tokens=["[TOOL_CALLS]"])
        texts = [body["choices"][0]["message"]["content"] for body in (shown, hidden, stated)]
        self.assertEqual(texts, ["[TOOL_CALLS]" * 2, "", ""])

    def test_tools_and_old_calls_reach_the_template(self):
        messages = [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "7"}]
        old = [messages[0], {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}},
               messages[2]]
        items = [
            messages[0], {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": 1}'},
            {"type": "function_call_output", "call_id": "c1", "output": "7"}]
        flat = [{"type": "function"} | tool["function"] for tool in TOOLS]
        lines = [
            openai_lines.chat("chat", messages=messages, tools=TOOLS), openai_lines.chat("old", messages=old, tools=TOOLS),
            openai_lines.response("response", input=items, tools=flat)]
        prompts = [body["prompt_token_ids"] for body in self.answers(HERMES, lines, "--include", "prompt_token_ids")]
        self.assertEqual(prompts[0], prompts[1])
        self.assertEqual(prompts[0], prompts[2])
        ids = self.path("ids.jsonl")
        self.write_lines("ids.jsonl", [{"token_ids": prompts[0]}])
        self.quire("tokenize", "--tokenizer", self.path("model"), "--decode", "-i", ids, "-o", self.path("text.jsonl"))
        text = self.lines("text.jsonl")[0]["text"]
        for part in ('<tools>{"type": "function"', '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>', "tool\n7"):
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
