"""The conversations that templates are rendered on, by name: each a dictionary of all that a template is given."""

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def user(content, **more):
    return {"role": "user", "content": content, **more}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def system(content, role="system"):
    return {"role": role, "content": content}


def tool(content, **more):
    return {"role": "tool", "content": content, **more}


def call(name, arguments, id="abcdef123", **more):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place.\nIn °C.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "The city's name, \"as written\""},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
                "days": {"type": "integer", "minimum": 1, "maximum": 7.5},
            },
            "required": ["city"],
        },
    },
}
SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "",
        "strict": True,
        "parameters": {
            "type": "object",
            "$defs": {"Range": {"type": "object", "properties": {"from": {"type": "number"}}}},
            "properties": {
                "query": {"type": ["string", "null"], "nullable": True},
                "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                "range": {"$ref": "#/$defs/Range"},
                "filter": {
                    "type": "object",
                    "description": "Nested",
                    "properties": {"x": {"type": "boolean"}, "list": {"type": "array", "items": {"type": "object"}}},
                    "required": ["x"],
                    "additionalProperties": False,
                },
                "any": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
                "one": {"oneOf": [{"type": "number", "description": "n"}, {"type": "string", "default": "d"}]},
                "limit": {"type": "integer", "default": 10},
            },
            "additionalProperties": {"type": "string"},
        },
        "return": {"type": "string"},
    },
}
BARE = {"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}}
UNWRAPPED = {"name": "plain", "description": "No wrapper", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}, "required": []}}

TALK = [user("Hello"), assistant("Hi! How can I help?"), user("What is 2+2?")]
CALLED = [
    user("Weather in Paris?"),
    assistant("", tool_calls=[call("get_weather", {"city": "Paris", "days": 2})]),
    tool("{\"temperature\": 21.5}", name="get_weather", tool_call_id="abcdef123"),
]
LONG = [system("Be brief.")] + [
    message for i in range(6) for message in (user(f"Question {i}"), assistant(f"<think>\nthought {i}\n</think>\n\nAnswer {i}"))
] + [user("Last one")]


def conversation(messages, prompt=True, tools=None, documents=None, **more):
    return {"messages": messages, "tools": tools, "documents": documents, "add_generation_prompt": prompt, **TOKENS, **more}


CONVERSATIONS = {
    "user": conversation([user("Hello")]),
    "user, no prompt": conversation([user("Hello")], prompt=False),
    "system": conversation([system("You are kind."), user("Hello")]),
    "talk": conversation(TALK),
    "talk, system": conversation([system("S")] + TALK),
    "ends with assistant": conversation([system("S")] + TALK + [assistant("4")], prompt=False),
    "ends with assistant, prompt": conversation(TALK + [assistant("4")]),
    "white space": conversation([system("  S \n"), user("\n\n hello \t\n"), assistant(" \n a \n "), user(" ")]),
    "empty": conversation([system(""), user(""), assistant(""), user("")]),
    "control tokens": conversation([user("<|im_end|>\n<|im_start|>system\n</s>[/INST]<end_of_turn>"), assistant("<|eot_id|>"), user("{{ x }}{% y %}")]),
    "unicode": conversation([system("Ünïcödé ß ǅ"), user("日本語 🙂 e\u0301 \u200b\u2028\u00a0"), assistant("İstanbul ΑΣ"), user("\x00\x1b\x7f")]),
    "no messages": conversation([]),
    "only system": conversation([system("S")]),
    "system later": conversation([user("a"), system("S"), user("b")]),
    "two systems": conversation([system("S"), system("T"), user("a")]),
    "two users": conversation([user("a"), user("b")]),
    "starts with assistant": conversation([assistant("a"), user("b")]),
    "unknown role": conversation([user("a"), {"role": "narrator", "content": "b"}]),
    "developer": conversation([system("D", role="developer"), user("a")]),
    "names": conversation([user("a", name="Ann"), assistant("b", name="Bot"), user("c", name="Bob")]),
    "parts": conversation([system([{"type": "text", "text": "S"}]), user([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), assistant([{"type": "text", "text": "c"}]), user("d")]),
    "image": conversation([user([{"type": "image"}, {"type": "text", "text": "What is this?"}])]),
    "image url": conversation([user([{"type": "image_url", "image_url": {"url": "u"}}, {"type": "text", "text": "a"}, {"type": "video"}])]),
    "none": conversation([user("a"), assistant(None, tool_calls=[call("now", {})]), tool("12:00")]),
    "tools": conversation([user("Weather?")], tools=[WEATHER]),
    "tools, system": conversation([system("S"), user("Weather?")], tools=[WEATHER, SEARCH, BARE]),
    "tools unwrapped": conversation([user("a")], tools=[UNWRAPPED]),
    "empty tools": conversation([user("a")], tools=[]),
    "called": conversation(CALLED, tools=[WEATHER]),
    "called, answered": conversation([system("S")] + CALLED + [assistant("21.5 °C."), user("And Rome?")], tools=[WEATHER, BARE]),
    "called, no tools": conversation(CALLED),
    "called, text arguments": conversation([user("a"), assistant(None, tool_calls=[call("get_weather", "{\"city\": \"Paris\"}")]), tool("x", tool_call_id="abcdef123")], tools=[WEATHER]),
    "called, content": conversation([user("a"), assistant("Let me see.", tool_calls=[call("get_weather", {"city": "Ü \"q\" \\ <b>", "n": None, "t": True, "f": 1.0, "e": 1e-7, "l": [1, [2.5, {}]], "o": {"k": "v"}})]), tool("r", name="get_weather")], tools=[WEATHER]),
    "called twice": conversation([user("a"), assistant("", tool_calls=[call("now", {}, id="aaaaaaaa1"), call("get_weather", {"city": "Rome"}, id="bbbbbbbb2")]), tool("1", name="now", tool_call_id="aaaaaaaa1"), tool("2", name="get_weather", tool_call_id="bbbbbbbb2"), assistant("ok"), user("b"), assistant("", tool_calls=[call("now", {}, id="ccccccccc")])], prompt=False, tools=[WEATHER, BARE]),
    "called, bare": conversation([user("a"), assistant("", tool_calls=[{"name": "now", "arguments": {}}]), tool({"time": "12:00", "zone": [1]}, name="now"), tool(["x", 1], name="now")], tools=[BARE]),
    "called, no ids": conversation([user("a"), {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "now", "arguments": {}}}]}, tool("12:00")], tools=[BARE]),
    "tool parts": conversation(CALLED[:2] + [tool([{"type": "text", "text": "21"}], name="get_weather", tool_call_id="abcdef123")], tools=[WEATHER]),
    "reasoning": conversation([user("a"), assistant("b", reasoning_content="because\nb"), user("c"), assistant("d", reasoning_content="since d")], prompt=False),
    "reasoning, then user": conversation([user("a"), assistant("b", reasoning_content="because\nb", thinking="t", reasoning="r"), user("c")]),
    "reasoning, called": conversation([user("a"), assistant("", reasoning_content="I need it", tool_calls=[call("now", {})]), tool("12:00", tool_call_id="abcdef123")], tools=[BARE]),
    "thinking in text": conversation([user("a"), assistant("<think>\nt\n</think>\n\nb"), user("c"), assistant("<think>only</think>d")], prompt=False),
    "long": conversation(LONG),
    "thinking on": conversation(TALK, enable_thinking=True, thinking=True),
    "thinking off": conversation(TALK, enable_thinking=False, thinking=False),
    "thinking off, tools": conversation(CALLED, tools=[WEATHER], enable_thinking=False, thinking=False),
    "effort": conversation(TALK, reasoning_effort="high", thinking_effort="high", thinking_budget=512, reasoning_strength="high"),
    "effort low": conversation([system("S")] + TALK, reasoning_effort="low", reasoning_mode="no_think", thinking_budget=0),
    "documents": conversation([user("a")], documents=[{"title": "T", "text": "Body\nof it"}, {"title": "U", "text": "More", "doc_id": 3}]),
    "documents, tools": conversation([system("S"), user("a")], documents=[{"title": "T", "text": "x"}], tools=[WEATHER]),
    "options": conversation(TALK, date_string="1 Jan 2025", tools_in_user_message=False, builtin_tools=["browser", "python", "code_interpreter"], custom_tools=[WEATHER], keep_past_thinking=True, preserve_thinking=True, clear_thinking=False, add_vision_id=True, model_identity="You are X.", knowledge_cutoff="2024-01", current_date="2025-01-01"),
    "options, tools": conversation([system("S")] + CALLED, tools=[WEATHER, SEARCH], builtin_tools=["python"], tools_in_user_message=True, tool_choice="required", truncate_history_thinking=False, response_format={"type": "json_schema", "json_schema": {"name": "r", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}}),
    "json": conversation([user("a")], response_format={"type": "json_object"}, json_mode=True),
    "continued": conversation([user("a"), assistant("The answer is", prefix=True)], prompt=False, continue_final_message=True),
    "numbers": conversation([user(5), assistant(1.5), user(True)]),
    "strange types": conversation([user({"a": 1}), assistant([1, "x"]), user(None)]),
    "no content": conversation([{"role": "user"}]),
    "no role": conversation([{"content": "a"}]),
    "no tokens": {"messages": TALK, "add_generation_prompt": True},
    "nothing": {},
}
