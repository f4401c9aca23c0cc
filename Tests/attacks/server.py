#!/usr/bin/env python3
"""Clients made to harm against `quire serve`, beside one that wants nothing but its answers.

    Tests/attacks/server.py [--connections 10000] [--seconds 60] [--fuzz 600] [--only NAME …]

QUIRE_SERVER names the program, which answers by a tiny random model. Each attack opens CONNECTIONS connections (at most as
many as are good for it) and lasts SECONDS; then the routes are fed with spoilt requests for the seconds that --fuzz says.
Printed are, of each attack, the longest time that an honest request took meanwhile, and the peak of the server's memory. It
ends with 1 where an honest request failed or took longer than its bound, memory grew beyond its bound, the server died, or
a spoilt request got a status of 500 or above.
"""
import argparse
import contextlib
import json
import os
import random
import resource
import socket
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402, F401
import serving  # noqa: E402
import tiny_model  # noqa: E402

HEAD = "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
ENDPOINTS = ["/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"]


def head(path="/v1/completions", **fields):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return (HEAD.format(path=path) + lines + "\r\n").encode()


def request(body, path="/v1/completions"):
    raw = json.dumps(body).encode()
    return head(path, Content_Length=len(raw)) + raw


class Crowd:
    """Connections to one server; those that it closes are not opened again."""

    def __init__(self, port, count):
        self.sockets = []
        for _ in range(count):
            with contextlib.suppress(OSError):
                self.sockets.append(socket.create_connection(("127.0.0.1", port), timeout=5))

    def send(self, data):
        """Sends to all, as far as it goes without waiting."""
        left = []
        for connection in self.sockets:
            try:
                connection.setblocking(False)
                connection.send(data)
                left.append(connection)
            except BlockingIOError:
                left.append(connection)
            except OSError:
                connection.close()
        self.sockets = left

    def drip(self, first, byte, seconds):
        """Sends the beginning of something, and then a byte a second."""
        self.send(first)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.sockets:
            time.sleep(1)
            self.send(byte)

    def close(self, reset=False):
        for connection in self.sockets:
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()


def silent(port, count, seconds):
    """Connections on which nothing is ever said."""
    crowd = Crowd(port, count)
    time.sleep(seconds)
    crowd.close()


def slow_heads(port, count, seconds):
    """Slowloris: a header that never ends, a byte a second."""
    crowd = Crowd(port, count)
    crowd.drip(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-A: ", b"a", seconds)
    crowd.close()


def slow_bodies(port, count, seconds):
    """Bodies that come a byte a second."""
    crowd = Crowd(port, count)
    crowd.drip(head(Content_Length=1 << 20) + b'{"prompt":"', b"a", seconds)
    crowd.close()


def oversized(port, count, seconds):
    """Bodies and headers without an end, as fast as they are taken."""
    end = time.monotonic() + seconds
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    while time.monotonic() < end:
        crowd = Crowd(port, min(count, 16))
        crowd.send(head(Transfer_Encoding="chunked"))
        for _ in range(400):
            crowd.send(chunk)
            if time.monotonic() > end:
                break
        crowd.close()
        crowd = Crowd(port, min(count, 16))
        for _ in range(64):
            crowd.send(b"GET /health HTTP/1.1\r\nX: " if not _ else b"a" * 65_536)
        crowd.close()


def stalled_readers(port, count, seconds):
    """Streams that nobody reads."""
    # More than the buffers of two sockets hold.
    body = {"prompt": "a", "max_tokens": 8000, "min_tokens": 8000, "stream": True, "logprobs": 20, "temperature": 1}
    sockets = []
    for _ in range(min(count, 24)):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", port))
        connection.sendall(request(body))
        sockets.append(connection)
    time.sleep(seconds)
    for connection in sockets:
        connection.close()


def half_closed(port, count, seconds):
    """Requests whose clients say that they will send nothing more, and stay."""
    crowd = Crowd(port, min(count, 500))
    crowd.send(request({"prompt": "a", "max_tokens": 200, "min_tokens": 200}))
    for connection in crowd.sockets:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
    time.sleep(seconds)
    crowd.close()


def resets(port, count, seconds):
    """Clients that ask and break off at once."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        crowd = Crowd(port, min(count, 50))
        crowd.send(request({"prompt": "a", "max_tokens": 100, "stream": random.random() < 0.5}))
        crowd.close(reset=True)


def broken(port, count, seconds):
    """What is no HTTP, or hardly."""
    texts = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n" * 1000,
        b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 1000, head(Content_Length=-1), head(Content_Length=1 << 70),
        head(Content_Length="1, 2"), b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        head(Transfer_Encoding="chunked") + b"zz\r\n", head(Transfer_Encoding="chunked") + b"ffffffffffffffffff\r\n",
        head(Transfer_Encoding="chunked", Content_Length=3) + b"0\r\n\r\n", head(Expect="100-continue", Content_Length=9),
        b"GET /" + b"%00/../" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /health HTTP/1.1\r\n" + b"a: b\r\n" * 3000 + b"\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 500,
    ]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for text in texts:
            crowd = Crowd(port, min(count, 4))
            crowd.send(text)
            crowd.close()


ATTACKS = [silent, slow_heads, slow_bodies, oversized, stalled_readers, half_closed, resets, broken]


class Honest(threading.Thread):
    """A client that asks, and asks again."""

    def __init__(self, served):
        super().__init__(daemon=True)
        self.served, self.over, self.longest, self.count, self.failures = served, threading.Event(), 0.0, 0, []

    def run(self):
        while not self.over.is_set():
            start = time.monotonic()
            try:
                status, _, answer = self.served.ask("POST", "/v1/completions", {"prompt": "a", "max_tokens": 1}, seconds=30)
                # A server that is full says so; who asks again is served.
                if status != 429:
                    self.count += 1
                    if status != 200:
                        self.failures.append(f"{status} {answer[:200]}")
            except (OSError, serving.http.client.HTTPException) as error:
                self.failures.append(repr(error))
            self.longest = max(self.longest, time.monotonic() - start)
            self.over.wait(0.1)


def attack(served, name, count, seconds):
    """One attack; what an honest client saw meanwhile."""
    honest = Honest(served)
    honest.start()
    name(served.port, count, seconds)
    honest.over.set()
    honest.join(60)
    return honest


def spoil(value, draw):
    """A JSON value with something wrong in it."""
    odd = [None, True, -1, 0, 1e308, 1 << 63, "", "\ud800", "a" * 5000, [], {}, [[]], {"a": {}}, "<|im_start|>", -0.5, [None]]
    if isinstance(value, dict) and value and draw.random() < 0.85:
        key = draw.choice(list(value))
        changed = dict(value)
        fate = draw.random()
        if fate < 0.15:
            changed.pop(key)
        elif fate < 0.3:
            changed[key + draw.choice("xyz_")] = changed[key]
        else:
            changed[key] = spoil(value[key], draw)
        return changed
    if isinstance(value, list) and value and draw.random() < 0.85:
        place = draw.randrange(len(value))
        return value[:place] + [spoil(value[place], draw)] + value[place + draw.randrange(2):]
    return draw.choice(odd)


BODIES = [
    ("/v1/completions", {"prompt": "Once", "max_tokens": 2, "n": 1, "temperature": 1, "top_p": 0.9, "stop": ["a"], "seed": 1,
                         "logprobs": 1, "echo": True, "stream": True, "stream_options": {"include_usage": True},
                         "logit_bias": {"5": 1}, "min_p": 0.1, "top_k": 3, "model": "m"}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": [
        {"type": "text", "text": "b"}]}, {"role": "user", "content": "c"}], "max_tokens": 2, "logprobs": True,
        "top_logprobs": 1, "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {
            "type": "object", "properties": {"a": {"type": "integer"}}}}}, "tools": [], "stream": False}),
    ("/tokenize", {"prompt": "a b", "add_special_tokens": True, "return_token_strs": True}),
    ("/tokenize", {"messages": [{"role": "user", "content": "a"}], "add_generation_prompt": True}),
    ("/detokenize", {"tokens": [1, 2, 3]}),
]


def fuzz(served, seconds, seed):
    """Spoilt requests, one after the other; returns how many, by status, and those that got 500 or above."""
    draw, statuses, wrong = random.Random(seed), {}, []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        path, body = draw.choice(BODIES)
        for _ in range(draw.randint(1, 3)):
            body = spoil(body, draw) if isinstance(body, (dict, list)) else body
        raw = bytearray(json.dumps(body).encode())
        if draw.random() < 0.2:
            for _ in range(draw.randint(1, 4)):
                raw[draw.randrange(len(raw))] = draw.randrange(256)
        method = draw.choices(["POST", "GET", "PUT", "DELETE", "OPTIONS", "HEAD"], [20, 1, 1, 1, 1, 1])[0]
        path = path if draw.random() < 0.95 else path + draw.choice(["/", "?a=%", "//", "/%ff", "/../x", "%"])
        status, _, answer = served.ask(method, path, bytes(raw), seconds=60)
        statuses[status] = statuses.get(status, 0) + 1
        if status >= 500:
            wrong.append(f"{status} {method} {path} {bytes(raw)[:400]!r} -> {answer[:200]!r}")
    return statuses, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--fuzz", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=[name.__name__ for name in ATTACKS])
    parser.add_argument("--bound", type=float, default=2, help="seconds that an honest request may take")
    parser.add_argument("--megabytes", type=int, default=900, help="bound of the server's memory")
    options = parser.parse_args()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limits[1], options.connections + 500), limits[1]))
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        tiny_model.write(folder, context=8192)
        served = serving.Server("--model", folder, "--max-num-seqs", "64", "--kv-cache-memory", "64MiB", 
                                "--max-connections", options.connections + 100)
        for name in ATTACKS:
            if options.only and name.__name__ not in options.only:
                continue
            honest = attack(served, name, options.connections, options.seconds)
            alive, peak = served.process.poll() is None, 0
            peak = served.peak_bytes() >> 20 if alive else 0
            print(f"{name.__name__}: {honest.count} honest requests, the longest {honest.longest:.2f} s; "
                  f"{len(honest.failures)} failed; peak {peak} MiB", flush=True)
            for failure in honest.failures[:3]:
                print("   ", failure)
            bad = not alive or honest.failures or honest.longest > options.bound or not honest.count or peak > options.megabytes
            failed = failed or bool(bad)
            if not alive:
                print(served.text()[-2000:])
                return 1
        if options.fuzz > 0:
            statuses, wrong = fuzz(served, options.fuzz, options.seed)
            print(f"spoilt requests by status: {dict(sorted(statuses.items()))}; {len(wrong)} of 500 or above")
            for line in wrong[:5]:
                print("   ", line)
            failed = failed or bool(wrong) or served.process.poll() is not None
        status = served.stop()
        print(f"the server ended with {status}")
    return 1 if failed or status != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
