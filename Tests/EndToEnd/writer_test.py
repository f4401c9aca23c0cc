"""What a full disk and a reader that goes away leave behind."""
import json
import resource
import subprocess

from harness import QUIRE, QuireTestCase


class Writer(QuireTestCase):
    def command(self, output):
        # More answers than a pipe holds.
        source = self.write_lines("in.jsonl", [{"id": number, "prompt": "p"} for number in range(3_000)])
        return [QUIRE, "run", "--model", self.tiny(), "-i", source, "-o", output, "--max-tokens", "2", "--quiet"]

    def test_a_file_that_may_not_grow_ends_with_a_whole_line_and_74(self):
        limit = 8_000
        done = subprocess.run(
            self.command(self.path("out.jsonl")), stderr=subprocess.PIPE, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertTrue(done.stderr.startswith(b"quire: "))
        with open(self.path("out.jsonl"), "rb") as file:
            content = file.read()
        self.assertTrue(0 < len(content) <= limit and content.endswith(b"\n"))
        for line in content.splitlines():
            self.assertIsNone(json.loads(line)["error"])
        self.assertIn(b"%d whole lines" % content.count(b"\n"), done.stderr)

    def test_a_reader_that_goes_away_ends_the_run_with_74(self):
        process = subprocess.Popen(self.command("-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertIsNone(json.loads(process.stdout.readline())["error"])
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 74)
        self.assertIn(b"Broken pipe", process.stderr.read())
        process.stderr.close()
