"""Files and lines made to harm: each is refused with a typed error, quickly and in little memory."""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

import tiny_model
from harness import QUIRE, QuireTestCase

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "attacks"))
import checkpoint_cases  # noqa: E402
import gguf_cases  # noqa: E402
import line_cases  # noqa: E402
import tokenizer_cases  # noqa: E402

SECONDS = 2
BYTES = 300 << 20


class Attacks(QuireTestCase):
    def measured(self, *arguments):
        """Exit status, processor seconds, peak of memory and standard error of a command."""
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen([QUIRE, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
            watch = time.monotonic() + 60
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > watch:
                    process.kill()
                time.sleep(0.002)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            text = errors.read().decode("utf-8", "replace")
        return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text

    def refused(self, name, *arguments, mentions=None):
        status, seconds, peak, text = self.measured(*arguments)
        with self.subTest(name):
            self.assertEqual(status, 65, text[-500:])
            self.assertLess(seconds, SECONDS)
            self.assertLess(peak, BYTES)
            self.assertTrue(text.startswith("quire: "), text[:200])
            self.assertLess(len(text), 2000)
            if mentions:
                self.assertIn(mentions, text)
        self.count += 1

    def setUp(self):
        super().setUp()
        self.count = 0
        directory = self.tiny()
        self.files = {}
        for name in os.listdir(directory):
            with open(os.path.join(directory, name), "rb") as file:
                self.files[name] = file.read()

    def tried(self, kind, cases):
        """Inspects a tiny checkpoint of which the files of each case take the place of its own; None leaves one out."""
        directory = self.path("spoilt")
        for name, changes in cases:
            os.makedirs(directory, exist_ok=True)
            for old in os.listdir(directory):
                os.remove(os.path.join(directory, old))
            for file, content in {**self.files, **changes}.items():
                if content is not None:
                    with open(os.path.join(directory, file), "wb") as opened:
                        opened.write(content)
            self.refused(f"{kind} {name}", "inspect", directory)

    def test_sound_files_are_taken(self):
        self.assertEqual(self.measured("inspect", self.path("tiny"))[0], 0)
        for name, content, command in [
            ("good.gguf", gguf_cases.good(), ["inspect"]), ("good.tiktoken", tokenizer_cases.ranks(), None),
            ("tokenizer.model", tokenizer_cases.pieces() + tokenizer_cases.TRAINER, None),
        ]:
            path = self.write(name, content)
            arguments = [*command, path] if command else self.tokenize(path)
            status, _, _, text = self.measured(*arguments)
            self.assertEqual(status, 0, name + text)

    def tokenize(self, tokenizer):
        empty = self.write("texts.jsonl", "")
        return ["tokenize", "--tokenizer", tokenizer, "-i", empty, "-o", "-"]

    def test_gguf_files(self):
        for name, content in gguf_cases.cases():
            path = self.write("spoilt.gguf", content)
            self.refused("GGUF " + name, "inspect", path, mentions=path)
        print("%d GGUF files refused" % self.count)

    def test_checkpoints(self):
        for kind, file, cases in [
            ("safetensors", "model.safetensors", checkpoint_cases.safetensors),
            ("config.json", "config.json", checkpoint_cases.configurations),
            ("generation_config.json", "generation_config.json", checkpoint_cases.generation),
            ("tokenizer.json", "tokenizer.json", tokenizer_cases.tokenizer_json),
        ]:
            self.tried(kind, ((name, {file: content}) for name, content in cases(self.files)))
        self.tried("index", checkpoint_cases.indexes(self.files))
        print("%d checkpoints refused" % self.count)

    def test_templates_are_refused_by_chats(self):
        directory = self.path("spoilt")
        lines = self.write_lines("chat.jsonl", [{"messages": [{"role": "user", "content": "a"}], "max_tokens": 1}])
        for name, changes in checkpoint_cases.templates(self.files):
            tiny_model.write(directory)
            for file, content in changes.items():
                with open(os.path.join(directory, file), "wb") as opened:
                    opened.write(content)
            self.refused(
                "template " + name, "run", "--chat", "--model", directory, "-i", lines, "-o", self.path("out.jsonl"))

    def test_vocabularies(self):
        for name, cases in [("spoilt.tiktoken", tokenizer_cases.tiktoken), ("spoilt.model", tokenizer_cases.sentencepiece)]:
            for case, content in cases():
                self.refused(f"{name} {case}", *self.tokenize(self.write(name, content)))
        print("%d vocabularies refused" % self.count)

    def test_lines(self):
        good, wrong = list(line_cases.good()), list(line_cases.wrong())
        path = self.write("lines.jsonl", "\n".join(text for _, text in [*good, *wrong]) + "\n")
        status, seconds, peak, text = self.measured(
            "run", "--model", self.path("tiny"), "--max-num-seqs", "4", "-i", path, "-o", self.path("out.jsonl"))
        self.assertEqual(status, 0, text)
        self.assertLess(seconds, 20)
        self.assertLess(peak, BYTES)
        errors = {}
        with open(self.path("out.jsonl"), encoding="utf-8") as file:
            for number, line in enumerate(file):
                answer = json.loads(line)
                error = answer["error"]
                place = error["line"] - 1 if error else answer["index"]
                self.assertNotIn(place, errors)
                errors[place] = error
                if error:
                    self.assertLess(len(line), 2000)
        for place, (name, _) in enumerate([*good, *wrong]):
            with self.subTest(name):
                self.assertEqual(errors[place] is None, place < len(good), errors[place])

    def test_a_line_without_an_end_holds_up_neither_answers_nor_a_signal(self):
        path = self.write_lines("lines.jsonl", [{"prompt": "a", "max_tokens": 2}] * 5)
        with open(path, "r+b") as file:
            file.truncate(30 << 30)
        process = subprocess.Popen(
            [QUIRE, "run", "--model", self.path("tiny"), "-i", path, "-o", self.path("out.jsonl")], stderr=subprocess.PIPE)
        try:
            deadline = time.monotonic() + 20
            answered = 0
            while answered < 5 and time.monotonic() < deadline:
                time.sleep(0.05)
                if os.path.exists(self.path("out.jsonl")):
                    with open(self.path("out.jsonl"), "rb") as file:
                        answered = file.read().count(b"\n")
            self.assertEqual(answered, 5)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(10), 75)
        finally:
            process.kill()
            process.communicate()

    def test_arguments(self):
        def status(*arguments, **options):
            return subprocess.run([QUIRE, *arguments], capture_output=True, timeout=60, **options)

        self.assertEqual(status().returncode, 64)
        done = status("run", "--model", "m", "-i", "in", "-o", b"out\xfe.jsonl")
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"not UTF-8", done.stderr)
        for option in ("--sequences", "--context", "--shared-context", "--tokens", "--steps"):
            done = status("profile", self.path("tiny"), option, str(2**63 - 1))
            self.assertEqual(done.returncode, 64, done.stderr)
        done = status("profile", self.path("tiny"), "--sequences", "1000000", "--context", "1000000")
        self.assertEqual(done.returncode, 64, done.stderr)

    def test_limits_of_the_address_space(self):
        lines = self.write_lines("lines.jsonl", [{"prompt": "a", "max_tokens": 2}])
        for megabytes in (200, 400, 1000, 2000):
            def limit(byte_count=megabytes * 1_000_000):
                resource.setrlimit(resource.RLIMIT_AS, (byte_count, byte_count))

            done = subprocess.run([QUIRE, "--version"], capture_output=True, timeout=20, preexec_fn=limit)
            self.assertEqual(done.returncode, 0, done.stderr)
            out = self.path("out-%d.jsonl" % megabytes)
            done = subprocess.run(
                [QUIRE, "run", "--model", self.path("tiny"), "-i", lines, "-o", out], capture_output=True, timeout=60,
                preexec_fn=limit)
            self.assertIn(done.returncode, (0, 64), done.stderr)
            self.assertEqual(os.path.exists(out), done.returncode == 0)
            if done.returncode:
                self.assertIn(b"--kv-cache-memory", done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_names_in_files_do_not_reach_the_terminal_raw(self):
        file = gguf_cases.File()
        file.keys["general.name"] = (gguf_cases.STRING, gguf_cases.text("\x1b[2J\n" + "x" * 100_000))
        path = self.write("named.gguf", file.bytes())
        lines = self.write_lines("lines.jsonl", [{"prompt": "a", "max_tokens": 2}])
        result = self.quire("run", "--model", path, "-i", lines, "-o", self.path("out.jsonl"))
        self.assertNotIn("\x1b", result.err)
        self.assertLess(len(result.err), 2000)
