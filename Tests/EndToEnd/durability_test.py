"""Jobs that are killed, interrupted, cut, edited or short of disk: the same command again gives the same bytes."""
import json
import os
import resource
import signal
import subprocess
import time
import unittest

from harness import QUIRE, QuireTestCase


class Durability(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.write_lines("in.jsonl", self.input(120))

    @staticmethod
    def input(count, tokens=60):
        for number in range(count):
            if number % 10 == 3:
                yield {"prompt": "the same", "max_tokens": tokens, "ignore_eos": True}
            elif number % 10 == 7:
                yield {"id": number, "prompt": number}  # an error line
            else:
                yield {"id": number, "prompt": "p%d" % number, "max_tokens": tokens, "ignore_eos": True}

    def command(self, *options, output="out.jsonl", source=None):
        return [QUIRE, "run", "--model", self.tiny(), "-i", source or self.source, "-o", self.path(output),
                "--max-num-seqs", "4", "--fsync", "none", *map(str, options)]

    def run_job(self, *options, expect=0, **names):
        done = subprocess.run(self.command(*options, **names), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, expect, done.stderr[-2000:])
        return done.stderr

    def content(self, name="out.jsonl"):
        with open(self.path(name), "rb") as file:
            return file.read()

    def start(self, *options, lines=0, **names):
        """Starts a job, and waits until it has written some lines."""
        process = subprocess.Popen(self.command(*options, **names), stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        output = self.path(names.get("output", "out.jsonl"))
        deadline = time.monotonic() + 60
        while lines and process.poll() is None and time.monotonic() < deadline:
            if os.path.exists(output) and self.content(names.get("output", "out.jsonl")).count(b"\n") >= lines:
                break
            time.sleep(0.002)
        return process

    def expected(self, *options):
        self.run_job("--quiet", *options, output="expected.jsonl")
        return self.content("expected.jsonl")

    def check(self, expected, ordered):
        content = self.content()
        if ordered:
            self.assertEqual(content, expected)
        else:
            self.assertEqual(sorted(content.splitlines()), sorted(expected.splitlines()))
        left = {name for name in os.listdir(self.folder) if name.startswith("out.jsonl.")}
        self.assertLessEqual(left, {"out.jsonl.manifest.json", "out.jsonl.lines", "out.jsonl.torn"})

    def test_what_is_wrong_with_the_input_of_a_job_and_that_it_is_done_is_told_before_the_model_loads(self):
        self.source = self.write_lines("in.jsonl", self.input(20, tokens=4))
        self.assertNotIn("already complete", self.run_job())
        complete = self.content()
        self.assertIn("already complete: all lines were answered before", self.run_job())
        self.assertEqual(self.content(), complete)
        # Options are compared all the same, and errors are tried again where that is asked.
        self.assertIn("temperature", self.run_job("--temperature", "0.5", expect=65))
        self.assertNotIn("already complete", self.run_job("--retry-errors"))
        # A line that has gone leaves the output, one that moved gets its new place.
        lines = [line for line in self.input(20, tokens=4) if isinstance(line["prompt"], str)]
        self.write_lines("in.jsonl", lines)
        self.run_job("--overwrite")
        self.write_lines("in.jsonl", lines[1:])
        self.assertIn("already complete", self.run_job())
        self.assertEqual({line["index"] for line in self.lines("out.jsonl")}, set(range(17)))
        self.write_lines("in.jsonl", lines)
        self.assertNotIn("already complete", self.run_job())
        # Other content under an id that is answered needs no model to be told.
        self.write_lines("in.jsonl", lines[:-1] + [lines[-1] | {"prompt": "other"}])
        command = self.command()
        command[command.index("--model") + 1] = self.path("no-model")
        failed = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(failed.returncode, 65, failed.stderr)
        self.assertIn("the id 19 of line 18 is answered in the output, for other content", failed.stderr)

    def test_a_job_killed_again_and_again_gives_the_same_bytes(self):
        for ordered in ([], ["--ordered"]):
            expected = self.expected(*ordered, "--overwrite")
            for name in os.listdir(self.folder):
                if name.startswith("out.jsonl"):
                    os.remove(self.path(name))
            for lines in (1, 20, 50, 90):
                process = self.start(*ordered, lines=lines)
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=60)
            told = self.run_job(*ordered)
            self.assertIn("resumed: ", told)
            self.check(expected, bool(ordered))
            self.run_job(*ordered)
            self.check(expected, bool(ordered))

    def test_an_interrupted_job_says_75_and_goes_on(self):
        # Long enough that no signal comes too late.
        self.source = self.write_lines("in.jsonl", self.input(600))
        expected = self.expected()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            process = self.start(lines=self.content().count(b"\n") + 5 if os.path.exists(self.path("out.jsonl")) else 5)
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=60), 75)
            self.assertIn("run the same command again to go on", process.stderr.read())
        metrics = self.path("metrics.json")
        self.run_job("--metrics-file", metrics)
        self.check(expected, False)
        with open(metrics, encoding="utf-8") as file:
            requests = json.load(file)["requests"]
        self.assertEqual((requests["answered"], requests["failed"]), (540, 60))
        self.assertGreaterEqual(requests["resumed"], 15)

    def test_an_output_cut_anywhere_goes_on(self):
        expected = self.expected()
        self.run_job()
        content = self.content()
        for cut in (0, 1, len(content) // 2, content.index(b"\n"), content.index(b"\n") + 1, len(content) - 1):
            with open(self.path("out.jsonl"), "r+b") as file:
                file.truncate(cut)
            self.run_job("--quiet")
            self.check(expected, False)
            content = self.content()

    def test_damage_in_the_middle_is_refused_with_its_place(self):
        self.run_job("--quiet")
        content = bytearray(self.content())
        place = content.index(b"\n", len(content) // 2) + 20
        content[place] ^= 1
        self.write("out.jsonl", bytes(content))
        told = self.run_job(expect=65)
        line = bytes(content[:place]).count(b"\n") + 1
        self.assertIn("damaged at line %d, byte" % line, told)
        self.assertIn("--overwrite", told)
        self.assertEqual(self.content(), bytes(content))

    def test_other_options_and_another_model_are_refused_by_name(self):
        self.run_job("--quiet")
        before = self.content()
        told = self.run_job("--temperature", "0.5", expect=65)
        self.assertIn("--temperature 1.0, and this run has --temperature 0.5", told)
        told = self.run_job("--seed", "7", expect=65)
        self.assertIn("--seed 0, and this run has --seed 7", told)
        config = os.path.join(self.tiny(), "config.json")
        with open(config, "a", encoding="utf-8") as file:
            file.write("\n")
        told = self.run_job(expect=65)
        self.assertIn("config.json had", told)
        self.assertEqual(self.content(), before)
        self.run_job("--overwrite", "--quiet", "--seed", "7")
        # How a job is run is no matter of its answers.
        self.run_job("--seed", "7", "--quiet", "--max-num-batched-tokens", "8", "--threads", "1", "--ordered")

    def test_an_edited_input_keeps_what_is_answered(self):
        self.run_job("--quiet")
        lines = list(self.input(120))
        edited = [{"id": "new", "prompt": "n", "max_tokens": 3}] + lines[40:][::-1] + lines[:20]
        self.source = self.write_lines("in.jsonl", edited)
        self.run_job()
        expected = self.expected("--overwrite")
        self.assertEqual(sorted(self.content().splitlines()), sorted(expected.splitlines()))
        self.assertTrue(os.path.exists(self.path("out.jsonl.stale")))
        number = next(n for n, line in enumerate(edited) if "id" in line and n > 0 and isinstance(line["prompt"], str))
        edited[number] = dict(edited[number], prompt="quite other")
        self.write_lines("in.jsonl", edited)
        told = self.run_job(expect=65)
        self.assertIn("the id ", told)
        self.assertIn("--overwrite", told)

    def test_error_lines_name_the_files_of_the_run_that_ends_the_job(self):
        first = [{"id": 1, "prompt": "a", "max_tokens": 3}, {"id": 2, "prompt": 7}]
        second = [{"id": 1, "prompt": "used before"}, {"id": 3, "prompt": "b", "max_tokens": 3},
                  {"custom_id": 4, "method": "POST", "url": "/v1/none", "body": {}}]
        names = {"a": first, "b": second, "c": first, "d": second}
        paths = {name: self.write_lines(name + ".jsonl", lines) for name, lines in names.items()}

        def run(*inputs, output):
            sources = [word for name in inputs for word in ("-i", paths[name])]
            done = subprocess.run(
                [QUIRE, "run", "--model", self.tiny(), *sources, "-o", self.path(output)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return sorted(self.content(output).splitlines())

        before = run("a", "b", output="out.jsonl")
        self.assertEqual(sum(b"error\":{" in line for line in before), 3)
        # The second file alone is another, the first alone (which the duplicate id names), both.
        for inputs in (("a", "d"), ("c", "d"), ("a", "b")):
            answers = run(*inputs, output="out.jsonl")
            self.assertEqual(answers, run(*inputs, output="-".join(inputs)))
        self.assertEqual(answers, before)

    def test_error_lines_are_tried_again_when_asked(self):
        source = self.write_lines("few.jsonl", [
            {"id": "long", "prompt": "x" * 60, "max_tokens": 100, "ignore_eos": True},
            {"id": "good", "prompt": "x", "max_tokens": 2}])
        for ordered in ([], ["--ordered"]):
            common = [*ordered, "--quiet"]
            self.run_job(*common, "--kv-cache-memory", "8KiB", "--overwrite", source=source)
            self.assertEqual([bool(line["error"]) for line in self.lines("out.jsonl")].count(True), 1)
            self.run_job(*common, source=source)
            self.assertEqual([bool(line["error"]) for line in self.lines("out.jsonl")].count(True), 1)
            self.run_job(*common, "--retry-errors", source=source)
            lines = self.lines("out.jsonl")
            self.assertEqual(len(lines), 2)
            self.assertEqual([line["error"] for line in lines], [None, None])
            if ordered:
                self.assertEqual([line["custom_id"] for line in lines], ["long", "good"])
        self.run_job("--retry-errors", "--overwrite", expect=64)

    def test_errors_of_earlier_runs_count(self):
        self.run_job("--max-errors", 3, "--quiet", expect=2)
        before = self.content().count(b"\n")
        self.run_job("--max-errors", 3, "--quiet", expect=2)
        self.assertEqual(self.content().count(b"\n"), before)
        self.run_job("--quiet")

    def test_a_second_writer_is_refused(self):
        # It holds its output as long as its input has not ended.
        process = subprocess.Popen(self.command("--quiet", source="-"), stdin=subprocess.PIPE)
        process.stdin.write(b'{"prompt": "p", "max_tokens": 1}\n')
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (os.path.exists(self.path("out.jsonl")) and self.content()):
            time.sleep(0.01)
        told = self.run_job(expect=73)
        self.assertIn("another run", told)
        self.run_job("--overwrite", expect=73)
        self.run_job(output="out.jsonl.lines", expect=73)
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), 0)

    def test_an_output_of_nobody_s_is_refused(self):
        self.write("out.jsonl", "text\n")
        self.assertIn("--overwrite", self.run_job(expect=73))
        self.run_job("--metrics-file", self.path("o.jsonl.lines"), output="o.jsonl", expect=73)
        self.assertFalse(os.path.exists(self.path("o.jsonl")))
        self.run_job(expect=73, output="none/out.jsonl")

    def test_a_limit_of_file_sizes_leaves_a_file_that_goes_on(self):
        expected = self.expected()
        done = subprocess.run(
            self.command("--quiet"), capture_output=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000)))
        self.assertEqual(done.returncode, 74, done.stderr)
        self.run_job("--quiet")
        self.check(expected, False)

    def test_a_full_file_system_leaves_a_file_that_goes_on(self):
        small = self.path("small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", small], capture_output=True).returncode:
            self.skipTest("a file system can be mounted by root alone")
        self.addCleanup(subprocess.run, ["umount", small])
        expected = self.expected()
        told = self.run_job("--quiet", output="small/out.jsonl", expect=74)
        self.assertIn("No space left", told)
        self.assertTrue(self.content("small/out.jsonl").endswith(b"\n"))
        subprocess.run(["mount", "-o", "remount,size=1m", small], check=True)
        self.run_job("--quiet", output="small/out.jsonl")
        self.assertEqual(sorted(self.content("small/out.jsonl").splitlines()), sorted(expected.splitlines()))


class Signals(QuireTestCase):
    def job(self, *arguments, **settings):
        process = subprocess.Popen(
            [QUIRE, "run", "--model", self.tiny(), *arguments], stderr=subprocess.PIPE, **settings)
        self.addCleanup(process.stderr.close)
        return process

    def ends(self, process, status, seconds):
        start = time.monotonic()
        self.assertEqual(process.wait(timeout=60), status, process.stderr.read())
        self.assertLess(time.monotonic() - start, seconds)

    def test_a_write_that_nobody_reads_hears_a_signal(self):
        source = self.write_lines("in.jsonl", ({"id": n, "prompt": "p" * 40, "max_tokens": 2} for n in range(3_000)))
        process = self.job("-i", source, "-o", "-", "--quiet", stdout=subprocess.PIPE)
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        # Five seconds are for lines under way.
        self.ends(process, 75, 30)
        process.stdout.close()
        process = self.job("-i", source, "-o", "-", "--quiet", stdout=subprocess.PIPE)
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        # Before those five seconds are over.
        self.ends(process, 75, 4)
        process.stdout.close()

    def test_a_named_pipe_without_its_other_end_hears_a_signal(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        source = self.write_lines("in.jsonl", [{"prompt": "p"}])
        for arguments in (["-i", pipe, "-o", self.path("out.jsonl")], ["-i", source, "-o", pipe]):
            process = self.job(*arguments, "--quiet")
            time.sleep(2)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.ends(process, 75, 30)

    def test_a_named_pipe_is_read_once_it_is_written(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        process = self.job("-i", pipe, "-o", self.path("out.jsonl"), "--quiet")
        time.sleep(1)
        with open(pipe, "w", encoding="utf-8") as file:
            file.write('{"prompt": "p", "max_tokens": 2}\n')
        self.ends(process, 0, 30)
        self.assertEqual(len(self.lines("out.jsonl")), 1)

    def test_a_signal_that_the_caller_ignores_stays_ignored(self):
        source = self.write_lines(
            "in.jsonl", ({"id": n, "prompt": "x", "max_tokens": 20, "ignore_eos": True} for n in range(400)))
        for number in (signal.SIGINT, signal.SIGHUP):
            process = self.job(
                "-i", source, "-o", self.path("out.jsonl"), "--quiet", "--overwrite",
                preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not (
                    os.path.exists(self.path("out.jsonl.lines")) and os.path.getsize(self.path("out.jsonl.lines")) > 64):
                time.sleep(0.01)
            process.send_signal(number)
            self.ends(process, 0, 60)
            self.assertEqual(len(self.lines("out.jsonl")), 400)


if __name__ == "__main__":
    unittest.main()
