"""Starts `quire serve` for tests, and speaks HTTP with it by the standard library alone."""
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import time

# The program that was built with the trait Server.
QUIRE_SERVER = os.environ.get("QUIRE_SERVER", os.environ.get("QUIRE"))


class Server:
    """A server on a free port, ended with `stop`."""

    def __init__(self, *arguments, environment=None, seconds=120):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        self.process = subprocess.Popen(
            [QUIRE_SERVER, "serve", "--port", "0", *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log, env=os.environ | (environment or {}))
        self.port = self.wait_for(r"listening on http://\S+:(\d+)", seconds)

    def wait_for(self, pattern, seconds=30):
        """The first group of a pattern in the log, as a number, once it is there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.text())
            if found:
                return int(found.group(1)) if found.groups() else True
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"{pattern} is not in the log:\n{self.text()[-2000:]}")

    def text(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def connect(self, seconds=120):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def ask(self, method, path, body=None, headers=None, seconds=120):
        """Status, header fields and body of an answer; a body that is no bytes is sent as JSON."""
        connection = self.connect(seconds)
        try:
            raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            headers = ({"Content-Type": "application/json"} if raw is not None else {}) | (headers or {})
            connection.request(method, path, raw, headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def post(self, path, body, headers=None):
        """The object that answers a body, which must be right."""
        status, _, answer = self.ask("POST", path, body, headers)
        assert status == 200, answer
        return json.loads(answer)

    def parts(self, path, body):
        """The parts of a streamed answer; the last event is checked to be the end."""
        status, headers, answer = self.ask("POST", path, body | {"stream": True})
        assert status == 200 and headers["Content-Type"].startswith("text/event-stream"), (status, answer)
        events = answer.decode().split("\n\n")
        assert events.pop() == "" and events.pop() == "data: [DONE]", answer[-200:]
        return [json.loads(event.removeprefix("data: ")) for event in events]

    def metric(self, name):
        """The value of a metric without labels."""
        found = re.search(rf"(?m)^{name} (\S+)$", self.ask("GET", "/metrics")[2].decode())
        return float(found.group(1)) if found else 0.0

    def peak_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) << 10

    def stop(self, number=signal.SIGTERM, seconds=60):
        """Ends the server by a signal; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        finally:
            self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
