#!/usr/bin/env python3
"""Many streams at a time against a server of OpenAI's completions: throughput and time to first token.

    serve_load.py --url http://127.0.0.1:8080 [--streams 64] [--tokens 64]     a server that runs, whichever it is
    serve_load.py --quire .build/release/quire --model MODEL.gguf              starts `quire serve`, and compares it with
                                                                               `quire run` on the same requests

Each stream asks for TOKENS greedy tokens after a prompt of its own and is read as it comes, by one process that does little
else. Rounds alternate, and each first asks a few requests that do not count. Printed is a line a round and the median: tokens a
second from the first request to the last token, and the 50th and 95th percentile of the time to the first token. With
--quire it ends with 1 where a text differs from the job's, or the throughput is below --share of the job's.
"""
import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

TOPICS = ["the sea", "a small village", "winter", "an old clock", "the first train", "a lost key", "the night market", "rain"]


def bodies(options, number):
    """One body a stream, other ones each round, so that no cache has them; none has what another server might not know."""
    texts = [f"Story {number}.{i}: once upon a time there was {TOPICS[i % len(TOPICS)]}, and" for i in range(options.streams)]
    named = {"model": options.name} if options.name else {}
    more = {"ignore_eos": True} if options.ignore_eos else {}
    return [named | {"prompt": text, "max_tokens": options.tokens, "temperature": 0} | more for text in texts]


async def stream(host, port, body):
    """Asks once; returns the text, the number of parts with text, and when the first came and the last."""
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    raw = json.dumps(body | {"stream": True, "stream_options": {"include_usage": True}}).encode()
    start = time.perf_counter()
    writer.write(b"POST /v1/completions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nConnection: close\r\n"
                 b"Content-Length: %d\r\n\r\n" % (host.encode(), len(raw)) + raw)
    first, received = None, []
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"error: {head.decode()} {(await reader.read()).decode()[:500]}")
    while block := await reader.read(65_536):
        if first is None and b"data: " in block:
            first = time.perf_counter()
        received.append(block)
    end = time.perf_counter()
    writer.close()
    payload = b"".join(received)
    if b"chunked" in head.lower():
        payload = unchunked(payload)
    parts = [json.loads(line[6:]) for line in payload.splitlines() if line.startswith(b"data: {")]
    if any("error" in part for part in parts):
        raise SystemExit(f"error: {parts[-1]}")
    text = "".join(choice.get("text") or "" for part in parts for choice in part["choices"])
    usage = next((part["usage"] for part in reversed(parts) if part.get("usage")), None)
    return text, usage["completion_tokens"] if usage else len(parts), start, first, end


def unchunked(payload):
    """The bytes of a body in chunks."""
    joined, place = [], 0
    while place < len(payload):
        line_end = payload.index(b"\r\n", place)
        size = int(payload[place:line_end].split(b";")[0], 16)
        joined.append(payload[line_end + 2:line_end + 2 + size])
        place = line_end + 2 + size + 2
    return b"".join(joined)


async def load(url, requests):
    parsed = urllib.parse.urlsplit(url)
    return await asyncio.gather(*(stream(parsed.hostname, parsed.port or 80, body) for body in requests))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def served_round(url, requests):
    answers = asyncio.run(load(url, requests))
    seconds = max(answer[4] for answer in answers) - min(answer[2] for answer in answers)
    waits = [answer[3] - answer[2] for answer in answers]
    return {"texts": [answer[0] for answer in answers], "rate": sum(answer[1] for answer in answers) / seconds,
            "p50": percentile(waits, 0.5), "p95": percentile(waits, 0.95)}


def job_round(options, requests, folder):
    """The same requests as a batch of `quire run`, whose own metrics tell its rate."""
    lines, answers, metrics = (os.path.join(folder, name) for name in ("lines.jsonl", "answers.jsonl", "metrics.json"))
    with open(lines, "w", encoding="utf-8") as file:
        for index, body in enumerate(requests):
            file.write(json.dumps({"custom_id": str(index), "method": "POST", "url": "/v1/completions", "body": body}) + "\n")
    subprocess.run([options.quire, "run", "--model", options.model, "-i", lines, "-o", answers, "--overwrite", "--ordered", "--quiet",
                    "--metrics-file", metrics, *options.engine], check=True)
    with open(answers, encoding="utf-8") as file:
        answered = [json.loads(line)["response"]["body"] for line in file]
    with open(metrics, encoding="utf-8") as file:
        seconds = json.load(file)["total_seconds"]
    tokens = sum(body["usage"]["completion_tokens"] for body in answered)
    return {"texts": [body["choices"][0]["text"] for body in answered], "rate": tokens / seconds}


def start(options, folder):
    """Starts the server on a free port; returns its process and address."""
    log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
    process = subprocess.Popen([options.quire, "serve", "--model", options.model, "--port", "0", *options.engine], stderr=log)
    while process.poll() is None:
        with open(log.name, encoding="utf-8") as file:
            if found := re.search(r"listening on (\S+)", file.read()):
                return process, found.group(1)
        time.sleep(0.05)
    raise SystemExit("error: the server did not start; see its messages above")


def told(name, rounds):
    rate = statistics.median(found["rate"] for found in rounds)
    line = f"{name}: {rate:.0f} tokens/s"
    if "p50" in rounds[0]:
        p50, p95 = (statistics.median(found[key] for found in rounds) for key in ("p50", "p95"))
        line += f", first token after {p50 * 1000:.0f} ms (p50), {p95 * 1000:.0f} ms (p95)"
    print(line)
    return rate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a server that runs")
    parser.add_argument("--quire", help="a program that was built with --traits Server")
    parser.add_argument("--model", help="what --quire is to load")
    parser.add_argument("--name", help="the model's name in requests")
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.95)
    parser.add_argument("--ignore-eos", action="store_true", help="with servers that know vLLM's field")
    parser.add_argument("engine", nargs="*", help="options of the engine, behind --")
    options = parser.parse_args()
    if bool(options.url) == bool(options.quire and options.model):
        parser.error("give --url, or --quire and --model")
    with tempfile.TemporaryDirectory() as folder:
        process, url = (None, options.url) if options.url else start(options, folder)
        try:
            served, jobs = [], []
            for number in range(options.rounds):
                requests = bodies(options, number)
                served_round(url, bodies(options, -1)[:4])
                served.append(served_round(url, requests))
                print(f"round {number + 1}: {served[-1]['rate']:.0f} tokens/s served", end="")
                if process:
                    jobs.append(job_round(options, requests, folder))
                    print(f", {jobs[-1]['rate']:.0f} as a job", end="")
                print(flush=True)
        finally:
            if process:
                process.terminate()
                process.wait()
    rate = told("served", served)
    if not process:
        return 0
    share = rate / told("as a job", jobs)
    differing = sum(a != b for found, job in zip(served, jobs) for a, b in zip(found["texts"], job["texts"]))
    print(f"share {share:.3f}; {differing} texts differ")
    return 1 if differing or share < options.share else 0


if __name__ == "__main__":
    sys.exit(main())
