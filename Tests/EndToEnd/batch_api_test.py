"""The local Batch API: OpenAI's documented flow, what clients are told that are wrong, and servers that die in the middle.

QUIRE_SERVER names a binary with the server, without which nothing is tested; BATCH_LINES how many lines the batch has
whose servers are killed (60).
"""
import http.client
import io
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import unittest

from harness import QuireTestCase

SERVER = os.environ.get("QUIRE_SERVER")
LINES = int(os.environ.get("BATCH_LINES", "60"))
COMPLETIONS = "/v1/completions"
OVER = ("completed", "failed", "expired", "cancelled")

try:
    import openai
except ImportError:
    openai = None


def line(number, **body):
    return {"custom_id": f"line-{number}", "method": "POST", "url": COMPLETIONS,
            "body": {"model": "m", "prompt": f"{number} ", "max_tokens": 4, **body}}


@unittest.skipUnless(SERVER, "needs QUIRE_SERVER")
class BatchAPI(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.process = None
        self.addCleanup(self.kill)

    def start(self, *options, state="state", expect=None):
        """Starts a server, waits until it listens, and remembers its port; with `expect` waits for its end."""
        self.process = subprocess.Popen(
            [SERVER, "serve", "--model", self.tiny(), "--port", "0", "--state-dir", self.path(state), *options],
            stderr=subprocess.PIPE, text=True)
        told = []
        for text in self.process.stderr:
            told.append(text)
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", text):
                self.port = int(found[1])
                break
        else:
            self.assertEqual(self.process.wait(), expect, "".join(told))
            self.process.stderr.close()
            return "".join(told)
        # Nobody needs what it logs from here on, but it is not to wait for a reader.
        threading.Thread(target=self.drain, args=[self.process.stderr], daemon=True).start()
        return "".join(told)

    @staticmethod
    def drain(log):
        with log:
            for _ in log:
                pass

    def kill(self, number=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
        if self.process:
            self.process.wait()
            self.process = None

    def ask(self, method, path, body=None, status=200, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if isinstance(body, dict):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        self.assertEqual(response.status, status, content[:500])
        return json.loads(content) if content[:1] == b"{" and "/content" not in path else content

    def upload(self, content, status=200, purpose="batch", extra=b""):
        if isinstance(content, list):
            content = b"".join(json.dumps(value).encode() + b"\n" for value in content)
        form = (b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n' + purpose.encode()
                + b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="l.jsonl"\r\n\r\n' + content
                + b"\r\n" + extra + b"--b--\r\n")
        return self.ask("POST", "/v1/files", form, status, {"Content-Type": "multipart/form-data; boundary=b"})

    def create(self, file, status=200, **body):
        return self.ask("POST", "/v1/batches", {
            "input_file_id": file, "endpoint": COMPLETIONS, "completion_window": "24h", **body}, status)

    def wait(self, batch, *statuses):
        for _ in range(6000):
            found = self.ask("GET", f"/v1/batches/{batch}")
            if found["status"] in (statuses or OVER):
                return found
            time.sleep(0.02)
        self.fail(f"the batch is {found}")

    def content(self, file):
        return sorted(self.ask("GET", f"/v1/files/{file}/content").splitlines())

    def expected(self, lines):
        """The lines of answers and of errors that a run of the same lines has."""
        self.write_lines("run.jsonl", lines)
        self.quire("run", "--model", self.tiny(), "-i", self.path("run.jsonl"), "-o", self.path("run-out.jsonl"),
                   "--error-file", self.path("run-errors.jsonl"), "--overwrite")
        return [self.sorted_lines("run-out.jsonl"), self.sorted_lines("run-errors.jsonl")]

    def sorted_lines(self, name):
        with open(self.path(name), "rb") as file:
            return sorted(file.read().splitlines())

    def test_a_batch_has_the_bytes_of_a_run_with_its_errors_apart(self):
        self.start()
        lines = [line(number) for number in range(12)] + [line("wrong", temperature=9)]
        file = self.upload(lines)
        self.assertEqual((file["object"], file["purpose"], file["filename"]), ("file", "batch", "l.jsonl"))
        batch = self.wait(self.create(file["id"], metadata={"k": "v"})["id"])
        self.assertEqual((batch["status"], batch["metadata"], batch["errors"]), ("completed", {"k": "v"}, None))
        self.assertEqual(batch["request_counts"], {"total": 13, "completed": 12, "failed": 1})
        self.assertEqual(
            [self.content(batch["output_file_id"]), self.content(batch["error_file_id"])], self.expected(lines))
        names = [entry["id"] for entry in self.ask("GET", "/v1/files")["data"]]
        self.assertEqual(set(names), {file["id"], batch["output_file_id"], batch["error_file_id"]})
        page = self.ask("GET", f"/v1/files?limit=1&after={names[0]}&order=desc")
        self.assertEqual(([entry["id"] for entry in page["data"]], page["has_more"]), (names[1:2], True))
        self.assertEqual(len(self.ask("GET", "/v1/files?purpose=batch")["data"]), 1)
        self.assertEqual(self.ask("DELETE", f"/v1/files/{file['id']}")["deleted"], True)
        self.ask("GET", f"/v1/files/{file['id']}", status=404)
        self.assertEqual([entry["id"] for entry in self.ask("GET", "/v1/batches?limit=5")["data"]], [batch["id"]])

    def test_what_cannot_be_a_batch_is_told_with_its_lines(self):
        self.start()
        other = {**line(2), "url": "/v1/chat/completions"}
        batch = self.wait(self.create(self.upload([line(1), other, line(1)])["id"])["id"])
        self.assertEqual(batch["status"], "failed")
        self.assertEqual(
            [(error["code"], error["line"]) for error in batch["errors"]["data"]],
            [("invalid_url", 2), ("duplicate_custom_id", 3)])
        self.assertEqual(self.wait(self.create(self.upload(b"x,y\n1,2\n")["id"])["id"])["status"], "failed")

    def test_wrong_requests_are_refused_by_name(self):
        self.start("--max-file-bytes", "4KiB")
        file = self.upload([line(1)])["id"]
        for change, param in (
                ({"endpoint": "/v1/nothing"}, "endpoint"), ({"completion_window": "soon"}, "completion_window"),
                ({"metadata": {"a": 1}}, "metadata.a"), ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
                ({"input_file_id": 3}, "input_file_id"), ({"output_expires_after": {}}, "output_expires_after")):
            self.assertEqual(self.create(file, 400, **change)["error"]["param"], param)
        self.create("file-none", 404)
        self.assertEqual(self.upload([line(1)], 400, purpose="fine-tune")["error"]["param"], "purpose")
        extra = b'--b\r\nContent-Disposition: form-data; name="expires_after[seconds]"\r\n\r\n1\r\n'
        self.assertEqual(self.upload([line(1)], 400, extra=extra)["error"]["code"], "unknown_field")
        self.assertEqual(self.upload(b"x" * 5000, 413)["error"]["code"], "file_too_large")
        self.ask("POST", "/v1/files", b"{}", 415, {"Content-Type": "application/json"})
        self.ask("GET", "/v1/files/..%2Flock", status=404)
        self.ask("GET", "/v1/batches?limit=0", status=400)
        self.ask("POST", "/v1/batches/batch_none/cancel", status=404)
        self.assertEqual(os.listdir(self.path("state/uploads")), [])

    def test_a_batch_is_cancelled_within_a_step_and_the_next_one_begins(self):
        self.start()
        long = self.upload([line(number, max_tokens=200, ignore_eos=True) for number in range(400)])["id"]
        first, second = self.create(long)["id"], self.create(self.upload([line(1)])["id"])["id"]
        for _ in range(3000):
            if self.ask("GET", f"/v1/batches/{first}")["request_counts"]["completed"] > 0:
                break
            time.sleep(0.02)
        self.assertIn(self.ask("POST", f"/v1/batches/{first}/cancel")["status"], ("cancelling", "cancelled"))
        self.assertEqual(self.wait(second)["status"], "completed")
        batch = self.wait(first)
        self.assertEqual(batch["status"], "cancelled")
        answers, errors = self.content(batch["output_file_id"]), self.content(batch["error_file_id"])
        self.assertEqual(batch["request_counts"], {"total": 400, "completed": len(answers), "failed": len(errors)})
        ids = [json.loads(text)["custom_id"] for text in answers + errors]
        self.assertEqual((len(ids), len(set(ids))), (400, 400))
        for text in errors:
            found = json.loads(text)
            self.assertEqual((found["response"], found["error"]["code"]), (None, "batch_cancelled"))
        self.ask("POST", f"/v1/batches/{first}/cancel", status=409)

    def test_a_server_that_is_killed_in_the_middle_goes_on_with_the_same_bytes(self):
        lines = [line(number, max_tokens=1 + 24 * (number % 9), ignore_eos=True) for number in range(LINES)]
        expected = self.expected(lines)
        chance = random.Random(16)
        self.start()
        batch, killed = self.create(self.upload(lines)["id"])["id"], 0
        while True:
            found = self.ask("GET", f"/v1/batches/{batch}")
            if found["status"] in OVER:
                break
            if killed < 5 and found["request_counts"]["completed"] >= LINES * (killed + 1) // 8:
                time.sleep(chance.random() / 20)
                # The last death but one is a polite one.
                self.kill(signal.SIGTERM if killed == 3 else signal.SIGKILL)
                killed += 1
                self.start()
        self.assertGreater(killed, 1)
        self.assertEqual((found["status"], found["request_counts"]["completed"]), ("completed", LINES))
        self.assertEqual([self.content(found["output_file_id"]), []], expected)

    def test_one_server_at_a_time_has_a_state_directory_and_another_model_ends_its_batches(self):
        self.start()
        lines = [line(number, max_tokens=100, ignore_eos=True) for number in range(2000)]
        batch = self.create(self.upload(lines)["id"])["id"]
        while not self.ask("GET", f"/v1/batches/{batch}")["request_counts"]["completed"]:
            time.sleep(0.02)
        first = self.process
        self.assertIn("another server", self.start(expect=73))
        self.process = first
        self.kill()
        self.start("--seed", "7")
        found = self.wait(batch)
        self.assertEqual((found["status"], found["errors"]["data"][0]["code"]), ("failed", "job_failed"))
        self.assertGreater(len(self.content(found["output_file_id"])), 0)

    @unittest.skipUnless(openai, "needs the package openai")
    def test_the_openai_package_runs_its_documented_flow(self):
        self.start()
        client = openai.OpenAI(base_url=f"http://127.0.0.1:{self.port}/v1", api_key="none", max_retries=0)
        lines = [line(number) for number in range(8)]
        data = b"".join(json.dumps(value).encode() + b"\n" for value in lines)
        file = client.files.create(file=("lines.jsonl", io.BytesIO(data)), purpose="batch")
        batch = client.batches.create(
            input_file_id=file.id, endpoint=COMPLETIONS, completion_window="24h", metadata={"description": "nightly"})
        while batch.status not in OVER:
            time.sleep(0.02)
            batch = client.batches.retrieve(batch.id)
        self.assertEqual((batch.status, batch.request_counts.completed), ("completed", 8))
        self.assertEqual(
            [sorted(client.files.content(batch.output_file_id).content.splitlines()), []], self.expected(lines))
        self.assertEqual([found.id for found in client.batches.list(limit=1)], [batch.id])
        self.assertEqual({found.id for found in client.files.list()}, {file.id, batch.output_file_id})
        self.assertEqual(client.files.retrieve(file.id).bytes, len(data))
        with self.assertRaises(openai.ConflictError):
            client.batches.cancel(batch.id)
        self.assertTrue(client.files.delete(file.id).deleted)
        with self.assertRaises(openai.NotFoundError):
            client.files.retrieve(file.id)


if __name__ == "__main__":
    unittest.main()
