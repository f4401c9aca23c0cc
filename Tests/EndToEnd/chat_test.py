"""Conversations from the command line: templates, their variables, continued messages, thoughts."""
import itertools
import json
import os

import tiny_model
from harness import MODEL, QuireTestCase

TURNS = ("{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
         "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
THINKING = (TURNS[:-len("{% endif %}")] + "{% if enable_thinking is defined and enable_thinking is false %}"
            "{{ '<think>\n\n</think>\n\n' }}{% else %}{{ '<think>\n' }}{% endif %}{% endif %}")


NUMBERS = itertools.count()


def user(text="Hi"):
    return [{"role": "user", "content": text}]


def body(messages, **fields):
    return {"custom_id": "x%d" % next(NUMBERS), "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": "m", "messages": messages, "max_tokens": 12, **fields}}


class ChatTest(QuireTestCase):
    def model(self, template, **files):
        """A tiny model of this template, whose vocabulary has markers of thoughts."""
        directory = self.path("model-%d" % len(os.listdir(self.folder)))
        tiny_model.write(directory, chat_template=template, more_tokens=["<think>", "</think>"])
        for name, text in files.items():
            path = os.path.join(directory, name.replace("__", "/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return directory

    def prompts(self, model, lines, *options, **kwargs):
        source = self.write_lines("lines.jsonl", lines)
        result = self.quire("tokenize", "--tokenizer", model, "--chat", "--text", "-i", source, "-o", "-", *options,
                            **kwargs)
        return [json.loads(line) for line in result.out.splitlines()]

    def run_lines(self, model, lines, *options):
        source = self.write_lines("lines.jsonl", lines)
        result = self.quire("run", "--model", model, "-i", source, "-o", "-", "--ordered", "--quiet", "--threads", "1",
                            "--kv-cache-memory", "64MiB", "--include", "token_ids,prompt_token_ids", *options, expect=None)
        return [json.loads(line) for line in result.out.splitlines()]

    def test_tokenize_shows_the_prompts_that_run_makes(self):
        lines = [
            {"messages": [{"role": "system", "content": "Be brief."}, *user("What is a quire?")]},
            {"system": "S", "history": [["a", "b"]], "prompt": "c"}, {"prompt": "bare"}, body(user()),
        ]
        shown = self.prompts(MODEL, lines)
        self.assertEqual(
            shown[0]["text"], "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is a quire?<|im_end|>\n"
                              "<|im_start|>assistant\n")
        lines = [dict(line, max_tokens=1) if "body" not in line else line for line in lines]
        answers = self.run_lines(MODEL, lines, "--chat")
        run = [a.get("prompt_token_ids") or a["response"]["body"]["prompt_token_ids"] for a in answers]
        self.assertEqual([line["token_ids"] for line in shown], run)
        cut = self.prompts(MODEL, lines[:1], "--no-generation-prompt")[0]["text"]
        self.assertEqual(cut + "<|im_start|>assistant\n", shown[0]["text"])

    def test_the_model_s_own_template_decides(self):
        default = ("{% set s = 'You answer with care.' %}{% if messages[0]['role'] == 'system' %}"
                   "{% set s = messages[0]['content'] %}{% set messages = messages[1:] %}{% endif %}"
                   "{{ '<|im_start|>system\n' + s + '<|im_end|>\n' }}" + TURNS)
        model = self.model(default)
        self.assertTrue(self.prompts(model, [{"messages": user()}])[0]["text"].startswith(
            "<|im_start|>system\nYou answer with care.<|im_end|>\n"))
        told = json.loads(self.quire("inspect", model, "--json").out)
        self.assertIsNone(told["chat_format"])
        self.assertIn("the model's template is run", told["chat_prompts"])
        told = json.loads(self.quire("inspect", self.model(TURNS), "--json").out)
        self.assertEqual(told["chat_format"], "chatml")
        self.assertIn("writes the same on", told["chat_prompts"])
        self.assertIn("chat prompts", self.quire("inspect", model).out)

    def test_a_template_that_raises_says_why(self):
        model = self.model("{% if messages | length > 1 %}{{ raise_exception('One at a time!') }}{% endif %}" + TURNS)
        good, bad = self.run_lines(model, [{"messages": user(), "max_tokens": 1}, {"messages": user() + user()}])
        self.assertIsNone(good["error"])
        self.assertEqual(bad["error"]["code"], "invalid_messages")
        self.assertIn("One at a time!", bad["error"]["message"])

    def test_templates_by_name_path_and_text(self):
        model = self.model(TURNS, **{"chat_templates__rag.jinja": "RAG {{ messages[0].content }}"})
        path = self.write("own.jinja", "OWN {{ messages[0].content }}")
        for option, text in [("rag", "RAG Hi"), (path, "OWN Hi"), ("{{ 'T ' + messages[0].content }}", "T Hi")]:
            self.assertEqual(self.prompts(model, [{"messages": user()}], "--chat-template", option)[0]["text"], text)
        result = self.quire("run", "--model", model, "-i", "-", "-o", "-", "--chat-template", "vicuna", expect=64)
        self.assertIn("vicuna", result.err)
        self.assertIn("rag", result.err)

    def test_dates_are_never_the_clock_s(self):
        model = self.model("{{ strftime_now('%Y-%m-%d') }}" + TURNS)
        for options, date in [([], "2024-07-26"), (["--chat-date", "2031-01-02"], "2031-01-02")]:
            self.assertTrue(self.prompts(model, [{"messages": user()}], *options)[0]["text"].startswith(date))
        self.assertIn("2024-02-30", self.quire("run", "--model", model, "-i", "-", "-o", "-", "--chat-date", "2024-02-30",
                                               expect=64).err)

    def test_variables_come_from_lines_and_from_the_command_line(self):
        model = self.model(THINKING)
        off = {"enable_thinking": False}
        lines = [{"messages": user()}, {"messages": user(), "chat_template_kwargs": off},
                 body(user(), chat_template_kwargs=off), {"prompt": "p", "system": "s", "chat_template_kwargs": off}]
        closed = [line["text"].endswith("</think>\n\n") for line in self.prompts(model, lines)]
        self.assertEqual(closed, [False, True, True, True])
        lines = [{"messages": user()}, {"messages": user(), "chat_template_kwargs": {"enable_thinking": True}}]
        closed = [line["text"].endswith("</think>\n\n")
                  for line in self.prompts(model, lines, "--chat-template-kwargs", json.dumps(off))]
        self.assertEqual(closed, [True, False])
        self.assertIn("--chat-template-kwargs", self.quire(
            "run", "--model", model, "-i", "-", "-o", "-", "--chat-template-kwargs", "[]", expect=64).err)

    def test_a_last_message_is_answered_or_continued(self):
        messages = user() + [{"role": "assistant", "content": "Yo"}]
        lines = [{"messages": messages}, {"messages": messages, "continue_final_message": True},
                 body(messages, continue_final_message=True, add_generation_prompt=False),
                 body(messages, continue_final_message=True, add_generation_prompt=True)]
        start = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYo"
        shown = self.prompts(self.model(TURNS), lines)
        self.assertEqual([line.get("text") for line in shown], [
            start + "<|im_end|>\n<|im_start|>assistant\n", start, start, None])
        self.assertEqual(shown[3]["error"]["code"], "conflicting_fields")

    def test_messages_become_no_control_tokens(self):
        model = self.model(THINKING)
        ids = self.prompts(model, [{"messages": user("<think></think><|im_end|>")}])[0]["token_ids"]
        self.assertEqual([ids.count(258), ids.count(259), ids.count(260)], [1, 1, 0])

    def test_thoughts_stand_beside_answers(self):
        model = self.model(THINKING)
        fields = {"thinking_token_budget": 3, "seed": 4, "ignore_eos": True}
        native = {"messages": user(), "max_tokens": 12, **fields}
        off = {"chat_template_kwargs": {"enable_thinking": False}}
        first, chat, hidden, without = self.run_lines(
            model, [native, body(user(), **fields), body(user(), include_reasoning=False, **fields), {**native, **off}])
        answer = first["outputs"][0]
        self.assertLessEqual(answer["token_ids"].index(260), 3)
        self.assertEqual(len(answer["token_ids"]), 12)
        self.assertEqual(list(answer)[:3], ["index", "text", "reasoning"])
        message = chat["response"]["body"]["choices"][0]["message"]
        self.assertEqual((message["content"], message["reasoning_content"]), (answer["text"], answer["reasoning"]))
        message = hidden["response"]["body"]["choices"][0]["message"]
        self.assertEqual(message["content"], answer["text"])
        self.assertNotIn("reasoning_content", message)
        self.assertNotIn("reasoning", without["outputs"][0])
        joined = self.run_lines(model, [native], "--reasoning-parser", "none")[0]["outputs"][0]
        self.assertNotIn("reasoning", joined)
        self.assertEqual(joined["token_ids"], answer["token_ids"])
        self.assertEqual(joined["text"], answer["reasoning"] + answer["text"])
        refused = self.run_lines(self.model("{{ messages[0].content }}"), [native])[0]
        self.assertIn("thinking_token_budget", refused["error"]["message"])

    def test_tools_reach_the_template(self):
        model = self.model("{% if tools %}{{ tools[0].function.name }}:{% endif %}" + TURNS)
        tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
        lines = [body(user(), tools=tools), body(user(), tools=tools, tool_choice="none"),
                 {"messages": user(), "tools": tools}, body(user(), tools=tools, tool_choice="required"),
                 body(user(), tools=tools, tool_choice={"type": "function", "function": {"name": "sunshine"}})]
        shown = self.prompts(model, lines)
        self.assertEqual([line.get("text", "")[:8] for line in shown], ["weather:"] * 4 + [""])
        self.assertIn("tool_choice", shown[4]["error"]["message"])
        plain = self.run_lines(model, [{"prompt": "p", "tools": tools, "max_tokens": 1}])[0]
        self.assertEqual(plain["metadata"], {"tools": tools})
