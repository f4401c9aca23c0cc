import json
import os
import subprocess
import unittest

from harness import QUIRE, QuireTestCase


class StandardStreams(QuireTestCase):
    def closing(self, redirections, *arguments, stdin=b""):
        """Runs quire with descriptors closed by the shell."""
        return subprocess.run(
            ["sh", "-c", f'exec "$0" "$@" {redirections}', QUIRE, *arguments], input=stdin, capture_output=True)

    def test_messages_never_go_into_the_answers_where_standard_error_is_closed(self):
        line = b'{"prompt": "a", "max_tokens": 3}\n'
        source, answers = self.write("in.jsonl", line), self.path("out.jsonl")
        common = ["run", "--model", self.tiny(), "-o", answers, "--overwrite"]
        for redirections, given in (("2>&-", "-"), ("<&- 2>&-", source), ("<&- >&- 2>&-", source)):
            done = self.closing(redirections, *common, "-i", given, stdin=line)
            self.assertEqual(done.returncode, 0, redirections)
            with open(answers, encoding="utf-8") as file:
                self.assertEqual([json.loads(text)["index"] for text in file], [0], redirections)

    def test_a_closed_stream_that_is_needed_is_an_error(self):
        source = self.write("in.jsonl", b'{"prompt": "a", "max_tokens": 3}\n')
        for redirections, given, status in (("<&-", "-", 66), (">&-", source, 73)):
            done = self.closing(redirections, "run", "--model", self.tiny(), "-i", given, "-o", "-")
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(b"Bad file descriptor", done.stderr)

    def test_a_report_that_cannot_be_written_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        model = self.tiny()
        for arguments in (
            ["inspect", model], ["inspect", model, "--json"], ["help", "run"], ["--version"],
            ["bench", "--model", model, "--num-requests", "1", "--prompt-tokens", "2", "--output-tokens", "2"],
        ):
            done = self.closing("> /dev/full", *arguments)
            self.assertEqual(done.returncode, 74, arguments)
            self.assertIn(b"cannot write to standard output: No space left on device", done.stderr)

    def test_a_text_may_look_like_an_option_without_a_value(self):
        source = self.write("in.jsonl", b'{"prompt": "a", "max_tokens": 3, "ignore_eos": true}\n')
        common = ["run", "--model", self.tiny(), "-i", source, "-o", "-", "--quiet"]
        told = [
            json.loads(self.quire(*common, *options).out)["usage"]["prompt_tokens"]
            for options in (["--system", "--x="], ["--system=--x="], ["--system="], ["--stop", "--x="])
        ]
        self.assertEqual(told[0], told[1])
        self.assertGreater(told[0], told[2])


if __name__ == "__main__":
    unittest.main()
