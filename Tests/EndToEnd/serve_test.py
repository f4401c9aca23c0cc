"""`quire serve` on the real model: the bytes of `quire run`, streams, errors, keys, limits, and its end."""
import concurrent.futures
import json
import signal
import socket
import time
import unittest

import serving
from harness import MODEL, QUIRE, QuireTestCase

try:
    import openai
except ImportError:
    openai = None
try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
HI = [{"role": "user", "content": "Say hello in three languages."}]

TOOLS = [{"type": "function", "function": {"name": name, "parameters": {
    "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}} for name in ("f", "g")]
# What the model has to write under it is a call in the form that a template without marks leaves to it.
CALL = {"regex": r'\{"name": "g", "arguments": \{"a": [0-9]{1,6}\}\}'}

# Each is asked as a whole, streamed, and as a line of a batch.
# Texts that are read and not answered.
READ_BODIES = [
    ("/v1/embeddings", {"input": "What is a quire?"}),
    ("/v1/embeddings", {"input": ["a", "b " * 300], "dimensions": 7, "encoding_format": "base64"}),
    ("/v1/score", {"text_1": "What is a quire?", "text_2": ["Paper.", "A fish."]}),
    ("/v1/rerank", {"query": "What is a quire?", "documents": ["Paper.", "A fish.", "Four sheets."], "top_n": 2}),
]
BODIES = [
    (CHAT, {"messages": HI, "max_tokens": 12, "temperature": 0}),
    (CHAT, {"messages": HI, "max_tokens": 12}),
    (CHAT, {"messages": HI, "max_tokens": 10, "n": 3, "seed": 5, "logprobs": True, "top_logprobs": 2}),
    (CHAT, {"messages": HI, "max_tokens": 16, "temperature": 0, "stop": ["?", "zzz"]}),
    (CHAT, {"messages": [{"role": "user", "content": "Repeat: 你好 🙂 naïve"}], "max_tokens": 24, "temperature": 0}),
    (CHAT, {"messages": HI, "max_tokens": 6, "use_beam_search": True, "n": 2, "temperature": 0}),
    (CHAT, {"messages": HI, "max_tokens": 8, "best_of": 3, "n": 1, "seed": 1}),
    (CHAT, {"messages": HI, "max_tokens": 30, "response_format": {"type": "json_object"}, "seed": 2}),
    (CHAT, {"messages": HI, "max_tokens": 30, "structured_outputs": {"grammar": 'root ::= root "," w | w\nw ::= [a-z]+'}, "seed": 2}),
    (CHAT, {"messages": HI, "max_tokens": 60, "tools": TOOLS, "tool_choice": "required", "seed": 4, "n": 2}),
    (CHAT, {"messages": HI, "max_tokens": 20, "tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "f"}}}),
    (CHAT, {"messages": HI, "max_tokens": 30, "tools": TOOLS, "structured_outputs": CALL, "seed": 3, "logprobs": True}),
    (CHAT, {"messages": HI, "max_tokens": 12, "tools": TOOLS, "temperature": 0, "logprobs": True, "logprob_token_ids": [5, 6]}),
    (COMPLETIONS, {"prompt": "Once upon a time", "temperature": 0}),
    (COMPLETIONS, {"prompt": "Once", "max_tokens": 20, "seed": 3, "response_format": {"type": "structural_tag", "format": {
        "type": "tag", "begin": "<a>", "content": {"type": "any_text"}, "end": "</a>"}}}),
    (COMPLETIONS, {"prompt": "Once upon a time", "max_tokens": 6, "n": 2, "logprobs": 2, "seed": 3}),
    (COMPLETIONS, {"prompt": "Once upon", "max_tokens": 5, "echo": True, "seed": 3}),
    (COMPLETIONS, {"prompt": "Once upon", "max_tokens": 5, "echo": True, "logprobs": 1, "temperature": 0}),
    (COMPLETIONS, {"prompt": "Once upon", "max_tokens": 0, "echo": True, "logprobs": 1}),
    (COMPLETIONS, {"prompt": [1, 2, 3, 4], "max_tokens": 3, "temperature": 0}),
    (COMPLETIONS, {"prompt": ["Once upon", "The sea is", "Once upon"], "max_tokens": 6, "n": 2, "echo": True}),
    (COMPLETIONS, {"prompt": [[1, 2, 3], [4, 5]], "max_tokens": 4, "logprobs": 1, "seed": 3, "stop": ["e"]}),
    (COMPLETIONS, {"prompt": ["Once upon", "The sea is"], "max_tokens": 0, "echo": True, "logprobs": 1}),
]


FLAT = [{"type": "function"} | tool["function"] for tool in TOOLS]
RESPONSE_BODIES = [
    {"input": "Say hello.", "max_output_tokens": 12, "temperature": 0},
    {"input": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Go on."}],
     "instructions": "Be brief.", "max_output_tokens": 10, "include": ["message.output_text.logprobs"], "top_logprobs": 2},
    {"input": "Say hello.", "max_output_tokens": 60, "tools": FLAT, "tool_choice": "required"},
    {"input": "Say hello.", "max_output_tokens": 20, "tools": FLAT, "tool_choice": {"type": "function", "name": "f"}},
    {"input": "Say hello.", "max_output_tokens": 30, "tools": FLAT, "structured_outputs": CALL},
]


def joined(parts):
    """What the parts of a stream say of each answer, as the whole object says it."""
    answers = {}
    for part in parts:
        for choice in part["choices"]:
            answer = answers.setdefault(choice["index"], {"text": "", "role": None, "logprobs": None, "finish_reason": None, "calls": []})
            delta = choice.get("delta", choice)
            answer["role"] = delta.get("role", answer["role"])
            answer["text"] += delta.get("content") or delta.get("text") or ""
            for call in delta.get("tool_calls", []):
                if call["index"] == len(answer["calls"]):
                    answer["calls"].append({name: call[name] for name in ("id", "type", "function")})
                else:
                    answer["calls"][call["index"]]["function"]["arguments"] += call["function"]["arguments"]
            if answer["finish_reason"] is not None:
                raise AssertionError("a part follows the last one of its answer")
            answer["finish_reason"] = choice["finish_reason"]
            for name, values in (choice["logprobs"] or {}).items():
                if values is not None:
                    answer["logprobs"] = answer["logprobs"] or {}
                    answer["logprobs"].setdefault(name, []).extend(values)
    return answers


def said(whole):
    """The same of the whole object."""
    answers = {}
    for choice in whole["choices"]:
        message = choice.get("message")
        logprobs = {name: values for name, values in (choice["logprobs"] or {}).items() if values is not None} or None
        answers[choice["index"]] = {
            "calls": message.get("tool_calls", []) if message else [],
            "text": (message["content"] or "") if message else choice["text"], "role": message and "assistant",
            "logprobs": logprobs, "finish_reason": choice["finish_reason"]}
    return answers


class ServeTest(QuireTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = serving.Server("--model", MODEL, "--served-model-name", "smol", "small", "--max-queue", "40",
                                   "--max-num-seqs", "24", "--max-model-len", "2048", "--log-format", "json")

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()

    def test_scores_and_ranks_have_all_their_paths(self):
        for paths, body in (
                (("/score", "/v1/score"), {"text_1": "a", "text_2": "b"}),
                (("/rerank", "/v1/rerank", "/v2/rerank"), {"query": "a", "documents": ["b", "c"]})):
            answers = [self.server.ask("POST", path, {"model": "smol"} | body) for path in paths]
            self.assertEqual([status for status, _, _ in answers], [200] * len(paths))
            self.assertEqual(len({answer for _, _, answer in answers}), 1)
        status, _, answer = self.server.ask("POST", "/rerank", {"model": "smol", "query": "a", "documents": "b"})
        self.assertEqual((status, json.loads(answer)["error"]["param"]), (400, "documents"))

    def test_a_body_has_the_bytes_that_a_line_of_a_job_has(self):
        bodies = [(url, {"model": "smol"} | body) for url, body in BODIES + READ_BODIES + [
            (RESPONSES, body) for body in RESPONSE_BODIES]]
        lines = self.path("lines.jsonl")
        with open(lines, "w", encoding="utf-8") as file:
            for url, body in bodies:
                file.write('{"method":"POST","url":"%s","body":%s}\n' % (url, json.dumps(body)))
        self.quire("run", "--model", MODEL, "-i", lines, "-o", self.path("answers.jsonl"), "--ordered",
                   "--max-model-len", "2048")
        with open(self.path("answers.jsonl"), "rb") as file:
            expected = [line.partition(b'"body":')[2].removesuffix(b'},"error":null}\n') for line in file]
        with concurrent.futures.ThreadPoolExecutor(len(bodies)) as pool:
            answers = list(pool.map(lambda pair: self.server.ask("POST", *pair), bodies))
        for (url, body), (status, _, answer), line in zip(bodies, answers, expected):
            with self.subTest(url=url, body=body):
                self.assertEqual(status, 200, answer)
                self.assertEqual(answer, line)

    def test_the_parts_of_a_stream_joined_are_the_whole_answer(self):
        for url, body in BODIES:
            with self.subTest(url=url, body=body):
                whole = self.server.post(url, body)
                parts = self.server.parts(url, body | {"stream_options": {"include_usage": True}})
                self.assertEqual(joined(parts), said(whole))
                self.assertEqual(parts[-1]["usage"], whole["usage"])
                self.assertEqual(parts[-1]["choices"], [])
                self.assertEqual({part["id"] for part in parts}, {whole["id"]})
                self.assertTrue(all("usage" not in part for part in parts[:-1]))

    def test_calls_end_answers_with_their_own_reason(self):
        bodies = [body for _, body in BODIES if "tool_choice" in body or "structured_outputs" in body and "tools" in body]
        for body, names in zip(bodies, [{"f", "g"}, {"f"}, {"g"}], strict=True):
            for choice in self.server.post(CHAT, body)["choices"]:
                self.assertEqual(choice["finish_reason"], "tool_calls")
                self.assertLessEqual({call["function"]["name"] for call in choice["message"]["tool_calls"]}, names)
                for call in choice["message"]["tool_calls"]:
                    self.assertIsInstance(json.loads(call["function"]["arguments"])["a"], int)

    def test_the_events_of_a_response_joined_are_the_whole_answer(self):
        for body in RESPONSE_BODIES:
            with self.subTest(body=body):
                whole = self.server.post(RESPONSES, body)
                events = self.server.parts(RESPONSES, body)
                self.assertEqual([event["sequence_number"] for event in events], list(range(len(events))))
                self.assertEqual(events[-1]["response"], whole)
                self.assertEqual(events[0]["response"] | {"status": None}, events[1]["response"] | {"status": None})
                items = {}
                for event in events:
                    if event["type"] == "response.output_item.added":
                        items[event["output_index"]] = ""
                    elif event["type"].endswith(".delta"):
                        items[event["output_index"]] += event["delta"]
                said = [item["arguments"] if item["type"] == "function_call" else item["content"][0]["text"] for item in whole["output"]]
                self.assertEqual([items[place] for place in sorted(items)], said)
                done = {event["output_index"]: event["item"] for event in events if event["type"] == "response.output_item.done"}
                self.assertEqual([done[place] for place in sorted(done)], whole["output"])

    def test_counts_stand_in_each_part_where_they_are_asked_for(self):
        options = {"include_usage": True, "continuous_usage_stats": True}
        parts = self.server.parts(CHAT, BODIES[0][1] | {"stream_options": options})
        counts = [part["usage"]["completion_tokens"] for part in parts]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], 12)

    def test_several_prompts_have_the_choices_that_each_has_alone(self):
        more = {"max_tokens": 6, "n": 2, "seed": 7, "logprobs": 1}
        prompts = ["The sea is", "Once upon a time", "2 + 2 ="]
        whole = self.server.post(COMPLETIONS, more | {"prompt": prompts})
        alone = [self.server.post(COMPLETIONS, more | {"prompt": prompt}) for prompt in prompts]
        self.assertEqual([choice["index"] for choice in whole["choices"]], list(range(6)))
        self.assertEqual([choice | {"index": 0} for choice in whole["choices"]],
                         [choice | {"index": 0} for answer in alone for choice in answer["choices"]])
        for name, count in whole["usage"].items():
            self.assertEqual(count, sum(answer["usage"][name] for answer in alone))
        last = self.server.parts(COMPLETIONS, more | {"prompt": prompts, "stream_options": {"include_usage": True}})[-1]
        self.assertEqual((last["choices"], last["usage"]), ([], whole["usage"]))
        for body, status, param in [({"prompt": ["a", "b " * 4000]}, 400, "prompt[1]"), ({"prompt": ["a", 3]}, 400, "prompt[1]"),
                                    ({"prompt": ["a"] * 65}, 400, "prompt"), ({"prompt": [[1]] * 1025}, 400, "prompt")]:
            found, _, answer = self.server.ask("POST", COMPLETIONS, body)
            self.assertEqual((found, json.loads(answer)["error"]["param"]), (status, param), answer)
        # Nothing of those holds a place.
        self.assertEqual(len(self.server.post(COMPLETIONS, {"prompt": ["a"] * 64, "max_tokens": 1})["choices"]), 64)

    def test_an_error_is_an_object_of_openai_s(self):
        cases = [
            (400, "POST", CHAT, b"{", {}), (400, "POST", CHAT, {"messages": []}, {}),
            (400, "POST", COMPLETIONS, {"prompt": "a", "temperature": -1}, {}),
            (400, "POST", COMPLETIONS, {"prompt": "a", "no_field": 1}, {}),
            (400, "POST", COMPLETIONS, {"prompt": "a " * 5000}, {}),
            (400, "POST", COMPLETIONS, {"prompt": "a", "stream": True, "temperature": 3e9}, {}),
            (400, "POST", CHAT, {"messages": HI, "stream": True, "prompt_logprobs": 1}, {}),
            (400, "POST", CHAT, b"[" * 100_000, {}),
            (400, "POST", CHAT, b'{"messages":"\xff"}', {}),
            (404, "POST", CHAT, {"messages": HI, "model": "gpt"}, {}), (404, "GET", "/v1/models/gpt", None, {}),
            (404, "GET", "/v1/nothing", None, {}), (405, "GET", CHAT, None, {}),
            (415, "POST", CHAT, b"{}", {"Content-Type": "text/plain"}),
            (413, "POST", CHAT, b"", {"Content-Length": "17000000000"}),
        ]
        for status, method, path, body, headers in cases:
            with self.subTest(method=method, path=path, body=str(body)[:60]):
                found, _, answer = self.server.ask(method, path, body, headers)
                self.assertEqual(found, status, answer)
                error = json.loads(answer)["error"]
                self.assertEqual(list(error), ["message", "type", "param", "code"])

    def test_the_models_have_the_names_they_were_given(self):
        models = json.loads(self.server.ask("GET", "/v1/models")[2])
        self.assertEqual([model["id"] for model in models["data"]], ["smol", "small"])
        self.assertEqual(models["data"][0]["max_model_len"], 2048)
        self.assertEqual(json.loads(self.server.ask("GET", "/v1/models/small")[2])["id"], "small")

    def test_texts_become_ids_and_back(self):
        text = "Once upon a time, 你好 <|im_start|>"
        ids = self.server.post("/tokenize", {"prompt": text, "return_token_strs": True})
        self.assertEqual(ids["count"], len(ids["tokens"]))
        self.assertEqual(len(ids["token_strs"]), ids["count"])
        self.assertEqual(self.server.post("/detokenize", {"tokens": ids["tokens"]})["prompt"], text)
        chat = self.server.post("/tokenize", {"messages": HI})
        answer = self.server.post(CHAT, {"messages": HI, "max_tokens": 1, "temperature": 0})
        self.assertEqual(chat["count"], answer["usage"]["prompt_tokens"])

    def test_a_request_has_a_name_in_its_answer_and_in_the_log(self):
        self.assertEqual(
            self.server.ask("GET", "/health", headers={"X-Request-Id": "a-sane.name"})[1]["X-Request-Id"], "a-sane.name")
        made = self.server.ask("GET", "/health", headers={"X-Request-Id": "two words"})[1]["X-Request-Id"]
        self.assertRegex(made, r"^req_[0-9a-f]{32}$")
        lines = [json.loads(line) for line in self.server.text().splitlines()]
        self.assertTrue({"a-sane.name", made} <= {line.get("request_id") for line in lines})

    def test_a_client_that_leaves_ends_its_request(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                before = self.server.metric("quire_generation_tokens_total")
                body = {"messages": HI, "max_tokens": 1900, "min_tokens": 1900, "stream": stream}
                connection = self.server.connect()
                connection.request("POST", CHAT, json.dumps(body), {"Content-Type": "application/json"})
                while self.server.metric("quire_generation_tokens_total") < before + 3:
                    time.sleep(0.02)
                connection.close()
                end = time.monotonic() + 20
                while self.server.metric("quire_num_requests_running") > 0 and time.monotonic() < end:
                    time.sleep(0.02)
                self.assertEqual(self.server.metric("quire_num_requests_running"), 0)
                self.assertLess(self.server.metric("quire_generation_tokens_total"), before + 1000)

    def test_more_requests_than_are_taken_in_are_told_to_come_again(self):
        body = {"messages": HI, "max_tokens": 40, "min_tokens": 40}
        with concurrent.futures.ThreadPoolExecutor(90) as pool:
            answers = list(pool.map(lambda _: self.server.ask("POST", CHAT, body), range(90)))
        statuses = [status for status, _, _ in answers]
        self.assertEqual(set(statuses), {200, 429})
        self.assertGreaterEqual(statuses.count(200), 64)
        refused = next(headers for status, headers, _ in answers if status == 429)
        self.assertGreaterEqual(int(refused["Retry-After"]), 1)

    @unittest.skipUnless(openai, "the package openai is not installed")
    def test_openai_s_own_client_is_served(self):
        client = openai.OpenAI(base_url=f"http://127.0.0.1:{self.server.port}/v1", api_key="none")
        self.assertEqual([model.id for model in client.models.list()], ["smol", "small"])
        body = {"model": "smol", "messages": HI, "max_tokens": 12, "temperature": 0}
        whole = client.chat.completions.create(**body)
        text = "".join(part.choices[0].delta.content or "" for part in client.chat.completions.create(**body, stream=True))
        self.assertEqual(text, whole.choices[0].message.content)
        response = client.responses.create(model="smol", input="Say hello.", max_output_tokens=8, temperature=0)
        with client.responses.stream(model="smol", input="Say hello.", max_output_tokens=8, temperature=0) as stream:
            told = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        self.assertEqual(told, response.output_text)
        tools = [part.choices[0].delta.tool_calls for part in client.chat.completions.create(
            **body | {"tools": TOOLS[:1], "tool_choice": "required", "max_tokens": 20}, stream=True)]
        self.assertEqual([calls[0].function.name for calls in tools if calls][0], "f")
        with self.assertRaises(openai.NotFoundError):
            client.chat.completions.create(**body | {"model": "other"})
        with self.assertRaises(openai.BadRequestError) as refused:
            client.chat.completions.create(**body | {"temperature": -1})
        self.assertEqual(refused.exception.param, "temperature")
        completion = client.completions.create(model="smol", prompt="Once", max_tokens=4, temperature=0, logprobs=2)
        self.assertEqual(len(completion.choices[0].logprobs.tokens), 4)

    @unittest.skipUnless(text_string_to_metric_families, "the package prometheus_client is not installed")
    def test_prometheus_own_parser_reads_the_metrics(self):
        self.server.parts(CHAT, {"messages": HI, "max_tokens": 2, "temperature": 0})
        status, headers, text = self.server.ask("GET", "/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        families = {family.name: family for family in text_string_to_metric_families(text.decode())}
        self.assertTrue(all(family.documentation and family.type != "unknown" for family in families.values()))
        self.assertGreaterEqual(families["quire_generation_tokens"].samples[0].value, 2)
        self.assertIn("quire_time_to_first_token_seconds", families)

    def test_a_client_that_closes_its_sending_side_harms_nobody(self):
        with socket.create_connection(("127.0.0.1", self.server.port)) as half:
            half.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
            half.shutdown(socket.SHUT_WR)
            self.assertEqual(self.server.ask("GET", "/health")[0], 200)


class GuardedServerTest(QuireTestCase):
    def start(self, *arguments, **options):
        started = serving.Server("--model", self.tiny(), *arguments, **options)
        self.addCleanup(started.kill)
        return started

    def test_those_without_a_key_are_refused_and_no_key_is_logged(self):
        keys = self.write("keys", "# one a line\nfirst-key\n")
        guarded = self.start("--api-key-file", keys, environment={"QUIRE_API_KEYS": "second-key, third-key"})
        for key, status in [(None, 401), ("no-key", 401), ("first-ke", 401), ("# one a line", 401), ("first-key", 200),
                            ("second-key", 200), ("third-key", 200)]:
            headers = {} if key is None else {"Authorization": "Bearer " + key}
            self.assertEqual(guarded.ask("GET", "/v1/models", headers=headers)[0], status, key)
        self.assertEqual(guarded.ask("GET", "/health")[0], 200)
        self.assertEqual(guarded.stop(), 0)
        self.assertNotRegex(guarded.text(), "(first|second|third|no)-key")

    def test_a_client_that_waits_is_asked_for_its_body_unless_its_head_is_refused(self):
        guarded = self.start("--max-body-bytes", "2MiB", environment={"QUIRE_API_KEYS": "key"})
        body = json.dumps({"prompt": "a", "max_tokens": 1}).encode() + b" " * 100_000

        def ask(length, *fields):
            """The client's socket, once the head is sent, and what came in the next half second."""
            client = socket.create_connection(("127.0.0.1", guarded.port))
            self.addCleanup(client.close)
            head = ["POST /v1/completions HTTP/1.1", "Host: a", f"Content-Length: {length}", "Expect: 100-Continue", *fields]
            client.sendall("\r\n".join(head + ["", ""]).encode())
            client.settimeout(20)
            return client, client.recv(1 << 16)
        json_key = ["Content-Type: application/json", "Authorization: Bearer key"]
        client, told = ask(len(body), *json_key)
        self.assertEqual(told, b"HTTP/1.1 100 Continue\r\n\r\n")
        for _ in range(2):
            client.sendall(body)
            answer = b""
            while b'"total_tokens"' not in answer:
                answer += client.recv(1 << 16)
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer[:100])
            # The connection goes on, also with a client that asks for nothing.
            client.sendall(f"POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n".encode()
                           + "\r\n".join(json_key + ["", ""]).encode())
        for length, fields, status in [(3 << 20, json_key, b"413"), (9, json_key[:1], b"401"), (9, json_key[1:], b"415")]:
            self.assertTrue(ask(length, *fields)[1].startswith(b"HTTP/1.1 " + status), fields)

    def test_an_answer_that_takes_too_long_is_given_up(self):
        slow = self.start("--request-timeout", "0.05", "--max-num-seqs", "1")
        body = {"prompt": "a", "max_tokens": 200, "min_tokens": 200, "n": 60}
        status, _, answer = slow.ask("POST", COMPLETIONS, body)
        self.assertEqual((status, json.loads(answer)["error"]["code"]), (504, "request_timeout"))
        _, _, events = slow.ask("POST", COMPLETIONS, body | {"stream": True})
        self.assertIn(b'{"error":{"message":"the answer took longer', events)

    def test_a_signal_lets_answers_end_and_a_second_one_does_not(self):
        for second, status in [(False, 0), (True, 75)]:
            with self.subTest(second=second):
                ended = self.start("--max-num-seqs", "1")
                body = {"prompt": "a", "max_tokens": 200, "min_tokens": 200, "n": 40, "temperature": 1}
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    asked = pool.submit(ended.ask, "POST", COMPLETIONS, body)
                    while ended.metric("quire_generation_tokens_total") < 5:
                        time.sleep(0.01)
                    ended.process.send_signal(signal.SIGTERM)
                    ended.wait_for("a second signal ends at once")
                    if second:
                        self.assertEqual(ended.stop(), status)
                        with self.assertRaises(Exception):
                            asked.result()
                    else:
                        self.assertEqual(asked.result()[0], 200)
                        self.assertEqual(ended.process.wait(30), status)

    def test_answers_that_take_too_long_after_a_signal_are_broken_off(self):
        ended = self.start("--max-num-seqs", "1", "--shutdown-timeout", "0.5")
        body = {"prompt": "a", "max_tokens": 200, "min_tokens": 200, "n": 64, "temperature": 1, "stream": True}
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ended.ask, "POST", COMPLETIONS, body)
            while ended.metric("quire_generation_tokens_total") < 5:
                time.sleep(0.01)
            self.assertEqual(ended.stop(seconds=20), 0)
            with self.assertRaises(Exception):
                asked.result()

    @unittest.skipIf(QUIRE == serving.QUIRE_SERVER, "the program has a server")
    def test_a_program_without_a_server_says_how_to_build_one(self):
        refused = self.quire("serve", "--model", MODEL, expect=64)
        self.assertIn("--traits Server", refused.err)

    def test_what_cannot_be_served_is_said_at_once(self):
        for option, value in [("--port", "70000"), ("--max-queue", str((1 << 63) - 1)), ("--max-body-bytes", "8000000000GiB"),
                              ("--max-connections", "0"), ("--request-timeout", "0"), ("--shutdown-timeout", "nan")]:
            refused = serving.subprocess.run(
                [serving.QUIRE_SERVER, "serve", "--model", "no-model", option, value], capture_output=True, text=True)
            self.assertEqual(refused.returncode, 64, (option, refused.stderr))
            self.assertIn(option, refused.stderr)
        taken = self.start()
        refused = serving.subprocess.run(
            [serving.QUIRE_SERVER, "serve", "--model", self.tiny(), "--port", str(taken.port)], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 73, refused.stderr)
        empty = self.write("keys", "# none\n")
        refused = serving.subprocess.run(
            [serving.QUIRE_SERVER, "serve", "--model", self.tiny(), "--api-key-file", empty], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 64, refused.stderr)
