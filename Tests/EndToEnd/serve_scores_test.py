"""`POST /v1/loglikelihood` of `quire serve`: the bytes of a batch line's answer, and what it refuses."""
import concurrent.futures
import json

import serving
from harness import QuireTestCase

PATH = "/v1/loglikelihood"


class ServedScores(QuireTestCase):
    def test_bodies_have_the_bytes_of_batch_lines_many_at_a_time(self):
        model = self.tiny(context=64)
        bodies = [{"prompt": "a" * (number % 7), "choices": ["b" * (1 + place % 3) + "cde"[place % 3] for place in range(1 + number % 4)],
                   "logprobs": number % 3} for number in range(24)]
        bodies += [{"score": "text %d " % number * (1 + number * 5)} for number in range(6)]
        bodies += [{"messages": [{"role": "user", "content": "Hi"}], "choices": ["yes", "no"], "return_token_ids": True}]
        self.write_lines("in.jsonl", [{"method": "POST", "url": PATH, "body": body} for body in bodies])
        done = self.quire("run", "--model", model, "-i", self.path("in.jsonl"), "-o", "-", "--ordered", "--quiet", "--no-fold")
        expected = [json.loads(line)["response"]["body"] for line in done.out.splitlines()]
        server = serving.Server("--model", model)
        try:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda body: server.post(PATH, body), bodies))
            for body, answer, line in zip(bodies, answers, expected):
                # Ids come from the bytes that were sent, which the client may space otherwise.
                self.assertEqual({**answer, "id": 0, "model": 0}, {**line, "id": 0, "model": 0}, body)
            for body, text in (({"prompt": "a"}, "choices is missing"), ({"score": "a", "stream": True}, "answers as a whole"),
                               ({"prompt": "a" * 90, "choices": ["b"]}, "the prompt takes 90 tokens")):
                status, _, answer = server.ask("POST", PATH, body)
                self.assertEqual(status, 400, body)
                self.assertIn(text, json.loads(answer)["error"]["message"])
            self.assertEqual(server.stop(), 0)
        finally:
            server.kill()
