"""Jobs that processes share by a directory, killed and stopped at random: the bytes of one ordered run."""
import os
import random
import signal
import subprocess
import time

from harness import QUIRE, QuireTestCase

SUFFIXES = ("", ".lines", ".manifest.json")


class WorkDirectory(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.write_lines("in.jsonl", self.input(90))

    @staticmethod
    def input(count, tokens=60):
        for number in range(count):
            if number % 10 in (3, 4):
                yield {"prompt": "the same", "max_tokens": tokens, "ignore_eos": True, "temperature": 1}
            elif number % 10 == 7:
                yield {"id": number, "prompt": number}  # an error line
            else:
                yield {"id": number, "prompt": "p%d" % number, "max_tokens": tokens, "ignore_eos": True}

    def command(self, *options, output="out.jsonl", source=None):
        return [QUIRE, "run", "--model", self.tiny(), "-i", source or self.source, "-o", self.path(output), "--fsync", "none",
                "--max-num-seqs", "4", *map(str, options)]

    def shared(self, *options, **names):
        return self.command("--work-dir", self.path("work"), "--lease-seconds", 1, *options, **names)

    def start(self, *options, **names):
        process = subprocess.Popen(self.shared(*options, **names), stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process, expect=0):
        told = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, expect, told[-2000:])
        return told

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def leases(self, state):
        folder = self.path("work/job/leases")
        return [name for name in (os.listdir(folder) if os.path.isdir(folder) else []) if "." + state in name]

    def wait_for(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def expected(self):
        subprocess.run(self.command("--ordered", "--quiet", output="whole.jsonl"), check=True, timeout=120)
        return [self.content("whole.jsonl" + suffix) for suffix in SUFFIXES]

    def check(self, expected):
        self.assertEqual([self.content("out.jsonl" + suffix) for suffix in SUFFIXES], expected)
        beside = {name for name in os.listdir(self.folder) if name.startswith("out.jsonl")}
        self.assertEqual(beside, {"out.jsonl" + suffix for suffix in SUFFIXES})

    def test_three_processes_give_the_files_of_one_ordered_run(self):
        expected = self.expected()
        processes = [self.start() for _ in range(3)]
        told = [self.end(process) for process in processes]
        self.check(expected)
        self.assertEqual(sum("complete: merged 81 answers and 9 error lines" in text for text in told), 1)
        self.assertEqual(sum(text.count("complete: ") for text in told), 3)
        published = [int(text.split("published ")[1].split()[0]) for text in told]
        self.assertEqual(sum(published), len(self.leases("done")) - 1)
        # Whoever comes late finds it complete.
        self.assertIn("complete: ", self.end(self.start()))
        self.check(expected)

    def test_what_is_noticed_of_lines_is_told(self):
        source = self.write_lines("noticed.jsonl", [
            {"prompt": "a", "max_tokens": 2}, {"prompt": 7},
            {"custom_id": "x", "method": "POST", "url": "/v1/completions",
             "body": {"model": "m", "prompt": "a", "max_tokens": 2, "user": "u"}}])
        told = self.quire("run", "--model", self.tiny(), "-i", source, "-o", self.path("told.jsonl"), "--work-dir",
                          self.path("noticed")).err
        self.assertIn("the first error line: line 2: ", told)
        self.assertIn("fields that change no answer were passed over: user", told)

    def test_processes_that_are_killed_at_random(self):
        expected = self.expected()
        choose, kills = random.Random(1), 0
        processes = [self.start() for _ in range(3)]
        while processes:
            time.sleep(choose.uniform(0.05, 0.4))
            for process in list(processes):
                if process.poll() is not None:
                    self.end(process)
                    processes.remove(process)
            if processes and kills < 6:
                victim = choose.choice(processes)
                victim.kill()
                victim.communicate()
                kills += victim.returncode == -signal.SIGKILL
                processes.remove(victim)
                processes.append(self.start())
        self.assertGreater(kills, 0)
        self.check(expected)

    def test_a_process_that_is_stopped_past_its_lease_and_wakes(self):
        expected = self.expected()
        stopped = self.start()
        held = []
        while not held:
            self.wait_for(lambda: self.leases("done") and self.leases("held"))
            stopped.send_signal(signal.SIGSTOP)
            # What it held before it stood still may have been published meanwhile.
            os.waitid(os.P_PID, stopped.pid, os.WSTOPPED)
            held = self.leases("held")
            if not held:
                stopped.send_signal(signal.SIGCONT)
        other = self.start()
        self.wait_for(lambda: not set(self.leases("held")) & set(held))
        stopped.send_signal(signal.SIGCONT)
        told = self.end(stopped)
        self.assertIn("complete: ", told)
        self.assertRegex(told, r"lost \d+ ranges to other processes")
        self.assertRegex(self.end(other), r"took over [1-9]\d* ranges of processes that gave no sign of life")
        self.check(expected)

    def test_an_interrupted_process_leaves_its_work_to_others(self):
        expected = self.expected()
        first = self.start()
        self.wait_for(lambda: self.leases("done"))
        first.send_signal(signal.SIGTERM)
        self.assertIn("the same command joins them again", self.end(first, expect=75))
        self.assertEqual(self.leases("held"), [])
        start = time.monotonic()
        self.end(self.start("--lease-seconds", 1))
        self.assertLess(time.monotonic() - start, 60)
        self.check(expected)

    def test_another_job_and_options_that_do_not_go_together_are_refused(self):
        self.end(self.start())
        self.assertIn("--temperature", self.end(self.start("--temperature", 0.5), expect=65))
        self.assertIn("--lease-seconds 1", self.end(self.start("--lease-seconds", 5), expect=65))
        other = self.write_lines("other.jsonl", self.input(91))
        self.assertIn("90 lines, and this run's has 91", self.end(self.start(source=other), expect=65))
        other = self.write_lines("other.jsonl", [*self.input(89), {"id": 89, "prompt": "other"}])
        self.assertIn("SHA-256", self.end(self.start(source=other), expect=65))
        for options in (["--num-shards", 2, "--shard-id", 0], ["--max-errors", 2], ["--retry-errors"], ["-o", "-"],
                        ["--metrics-file", "m.json"], ["--timeline", "t.html"], ["-o", "x.gz"], ["--lease-seconds", 0]):
            self.end(self.start(*options), expect=64)
        self.assertIn("--work-dir", subprocess.run(
            self.command("--lease-seconds", 3), capture_output=True, text=True, timeout=60).stderr)
        told = subprocess.run(
            self.shared("-i", "-"), input="", capture_output=True, text=True, timeout=60)
        self.assertEqual(told.returncode, 65, told.stderr)

    def test_inputs_without_lines_and_without_answers(self):
        self.end(self.start(source=self.write("empty.jsonl", "\n")))
        self.assertEqual(self.content("out.jsonl"), b"")
        os.rename(self.path("work"), self.path("first"))
        wrong = self.write_lines("wrong.jsonl", [{"id": 1, "prompt": 1}])
        self.assertIn("no line was answered", self.end(self.start("--overwrite", source=wrong), expect=3))

    def test_an_output_that_was_taken_away_is_made_again(self):
        self.end(self.start())
        first = self.content("out.jsonl")
        os.remove(self.path("out.jsonl"))
        self.assertIn("published 0 of", self.end(self.start()))
        self.assertEqual(self.content("out.jsonl"), first)

    def test_an_output_that_exists_is_kept(self):
        self.write("out.jsonl", "mine\n")
        self.assertIn("add --overwrite", self.end(self.start(), expect=73))
        self.assertEqual(self.content("out.jsonl"), b"mine\n")
        expected = self.expected()
        self.end(self.start("--overwrite"))
        self.check(expected)
        self.assertIn("is a file that this run reads", self.end(self.start(output="in.jsonl"), expect=73))
