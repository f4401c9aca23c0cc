"""Jobs in shards, their merge, and answers that are verified: one run's bytes, and every difference seen."""
import gzip
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from harness import QUIRE, QuireTestCase

SUFFIXES = ("", ".lines", ".manifest.json")


class Sharding(QuireTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.write_lines("in.jsonl", self.input(40))

    @staticmethod
    def input(count):
        for number in range(count):
            if number % 10 in (3, 4):
                yield {"prompt": "the same", "temperature": 1.0}
            elif number % 10 == 7:
                yield {"id": number, "prompt": number}  # an error line
            elif number == 30:
                yield {"id": 20, "prompt": "an id that was used before"}
            else:
                yield {"id": number, "prompt": "p%d" % number, "temperature": 1.0}

    def job(self, output, *options, source=None, expect=0):
        return self.quire(
            "run", "--model", self.tiny(), "-i", source or self.source, "-o", self.path(output), "--max-tokens", 6,
            "--fsync", "none", *options, expect=expect)

    def shards(self, count, extension="", source=None, prefix="shard"):
        names = ["%s%d.jsonl%s" % (prefix, number, extension) for number in range(count)]
        for number, name in enumerate(names):
            self.job(name, "--num-shards", count, "--shard-id", number, source=source)
        return [self.path(name) for name in names]

    def merge(self, *arguments, expect=0):
        return self.quire("merge", "-o", self.path("merged.jsonl"), "--fsync", "none", *arguments, expect=expect)

    def verify(self, name, *arguments, expect=0):
        return self.quire("verify", self.path(name), *arguments, expect=expect)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def whole(self, *options):
        self.job("whole.jsonl", "--ordered", *options)
        return [self.content("whole.jsonl" + suffix) for suffix in SUFFIXES]

    def test_merged_shards_are_the_files_of_one_ordered_run(self):
        expected = self.whole()
        for count in (1, 3):
            shards = self.shards(count, prefix="of%d-" % count)
            lines = [self.content(name).splitlines() for name in shards]
            self.assertEqual(sum(map(len, lines)), 40)
            homes = [number for number in range(count) for line in lines[number] if json.loads(line)["index"] % 10 in (3, 4)]
            self.assertEqual(len(set(homes)), 1, "identical lines stay together")
            told = self.merge(*reversed(shards), "-i", self.source, "--overwrite").err
            self.assertIn("merged %d shards: 35 lines answered, 5 error lines" % count, told)
            self.assertEqual([self.content("merged.jsonl" + suffix) for suffix in SUFFIXES], expected)
        # One run goes on with what was merged, and finds nothing to do.
        self.assertIn("40 lines were answered before", self.job("merged.jsonl", "--ordered").err)
        self.assertEqual(self.content("merged.jsonl"), expected[0])

    def test_compressed_shards_and_a_compressed_output(self):
        expected = self.whole()
        shards = self.shards(2, ".gz")
        self.quire("merge", "-o", self.path("merged.jsonl.gz"), *shards)
        self.assertEqual(gzip.decompress(self.content("merged.jsonl.gz")), expected[0])
        self.merge(*shards)
        self.assertEqual(self.content("merged.jsonl"), expected[0])
        self.assertEqual(
            sorted(name for name in os.listdir(self.folder) if "unpacked" in name or name == "shard0.jsonl"), [])
        self.verify("merged.jsonl.gz", "--model", self.tiny(), "-i", self.source)
        self.write("shard0.jsonl.gz", self.content("shard0.jsonl.gz")[:-20])
        self.assertIn("shard0.jsonl.gz", self.merge(*shards, "--overwrite", expect=65).err)

    def test_compressed_shards_of_a_compressed_input_are_gone_on_with_after_kills(self):
        lines = [{"id": number, "prompt": "p%d" % number, "max_tokens": 60, "ignore_eos": True} for number in range(60)]
        plain = self.write_lines("long.jsonl", lines)
        self.quire("run", "--model", self.tiny(), "-i", plain, "-o", self.path("whole.jsonl"), "--ordered", "--fsync", "none")
        expected = self.content("whole.jsonl")
        for extension in ("gz", "zst"):
            source = self.packed(plain, extension)
            shards = [self.path("shard%d.jsonl.%s" % (number, extension)) for number in range(2)]
            kills = 0
            for number, shard in enumerate(shards):
                command = [QUIRE, "run", "--model", self.tiny(), "-i", source, "-o", shard, "--max-num-seqs", "2",
                           "--num-shards", "2", "--shard-id", str(number), "--fsync", "none"]
                for written in (1, 8, 16):
                    kills += self.killed(command, shard.removesuffix("." + extension), written)
                done = subprocess.run(command, capture_output=True, text=True, timeout=120)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("resumed: ", done.stderr)
                self.assertFalse(os.path.exists(shard.removesuffix("." + extension)), "the output is the compressed file alone")
            self.assertGreater(kills, 2)
            merged = self.path("merged.jsonl." + extension)
            self.quire("merge", "-o", merged, *shards, "-i", source)
            self.verify("merged.jsonl." + extension, "--model", self.tiny(), "-i", source, "--sample", 5)
            self.merge(*shards, "--overwrite")
            self.assertEqual(self.content("merged.jsonl"), expected)

    def packed(self, path, extension):
        """A compressed copy of a file; the file itself where nothing here compresses so."""
        if extension == "gz":
            with open(path, "rb") as file:
                return self.write(os.path.basename(path) + ".gz", gzip.compress(file.read()))
        if not shutil.which("zstd"):
            return path
        subprocess.run(["zstd", "-q", path], check=True)
        return path + ".zst"

    def killed(self, command, output, lines):
        """Kills a run that has written so many lines; false where it ended before."""
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if os.path.exists(output) and self.content(output).count(b"\n") >= lines:
                process.kill()
            time.sleep(0.002)
        return process.wait(timeout=60) == -signal.SIGKILL

    def test_what_does_not_belong_together_is_refused(self):
        shards = self.shards(2)
        self.assertIn("shard 1 of 2 is missing", self.merge(shards[0], expect=65).err)
        self.job("hot.jsonl", "--num-shards", 2, "--shard-id", 1, "--temperature", 0.7)
        self.assertIn("--temperature", self.merge(shards[0], self.path("hot.jsonl"), expect=65).err)
        self.assertIn("No such file", self.merge(shards[0], self.path("none.jsonl"), expect=66).err)
        longer = self.write_lines("longer.jsonl", self.input(41))
        self.assertIn("line 41 of the input is not answered", self.merge(*shards, "-i", longer, expect=65).err)
        content = bytearray(self.content("shard1.jsonl"))
        content[len(content) // 2] ^= 1
        line = bytes(content[: len(content) // 2]).count(b"\n") + 1
        self.write("shard1.jsonl", bytes(content))
        self.assertIn("line %d of %s" % (line, shards[1]), self.merge(*shards, expect=65).err)
        self.assertIn("is a file that this run reads", self.quire(
            "merge", "-o", shards[0], *shards, expect=73).err)

    def test_a_job_in_which_no_line_was_answered_is_told_by_the_merge(self):
        source = self.write_lines("wrong.jsonl", [{"id": 1, "prompt": 1}, {"id": 2, "prompt": 2}])
        shards = self.shards(2, source=source)
        self.assertIn("no line was answered", self.merge(*shards, expect=3).err)
        self.assertEqual(len(self.lines("merged.jsonl")), 2)

    def test_options_of_shards_are_checked(self):
        for options, told in [
            (["--num-shards", 2], "--shard-id has to say which"), (["--shard-id", 0], "give both"),
            (["--num-shards", 2, "--shard-id", 2], "from 0 to 1"), (["--num-shards", 0, "--shard-id", 0], "from 1"),
            (["--num-shards", 2, "--shard-id", -1], "from 0 to 1"),
        ]:
            self.assertIn(told, self.job("out.jsonl", *options, expect=64).err)
        self.job("out.jsonl", "--num-shards", 2, "--shard-id", 0)
        told = self.job("out.jsonl", "--num-shards", 2, "--shard-id", 1, expect=65).err
        self.assertIn("--shard-id 0", told)
        report = json.loads(self.quire(
            "run", "--model", self.tiny(), "-i", self.source, "-o", self.path("dry.jsonl"), "--dry-run", "--json",
            "--num-shards", 2, "--shard-id", 0).out)
        self.assertTrue(0 < report["lines"] < 40)
        self.assertEqual(report["lines"], self.content("out.jsonl").count(b"\n"))

    def test_every_change_of_the_answers_is_seen(self):
        self.job("out.jsonl")
        content = self.content("out.jsonl")
        self.assertIn("40 lines are what was written; root ", self.verify("out.jsonl").err)
        for place in range(0, len(content), 397):
            changed = bytearray(content)
            changed[place] ^= 1
            self.write("out.jsonl", bytes(changed))
            told = self.verify("out.jsonl", expect=1).err
            self.assertIn("line %d of " % (content[:place].count(b"\n") + 1), told.splitlines()[0])
        lines = content.splitlines(keepends=True)
        self.write("out.jsonl", b"".join(lines[:4] + lines[5:]))
        self.assertIn("a line before line 5 of", self.verify("out.jsonl", expect=1).err)
        self.write("out.jsonl", content + b"{}\n")
        self.assertIn("line 41 of %s was not written by its job" % self.path("out.jsonl"), self.verify("out.jsonl", expect=1).err)
        self.write("out.jsonl", content)
        self.verify("out.jsonl", "--quiet")
        os.rename(self.path("out.jsonl.lines"), self.path("gone"))
        self.verify("out.jsonl", expect=65)
        self.verify("none.jsonl", expect=66)

    def test_lines_are_computed_again_with_the_options_of_the_manifest(self):
        template = self.write("q.txt", "Q: {{ prompt }} A:")
        options = ["--temperature", 0.9, "--top-p", 0.8, "--stop", "zz", "--stop", "\n", "--seed", 7, "--include", "token_ids,logprobs",
                   "--logit-bias", "5:-3.5,9:1", "--repetition-penalty", 1.1, "--template", template, "--max-model-len", 64]
        self.job("out.jsonl", *options)
        model = ["--model", self.tiny(), "-i", self.source]
        self.assertIn("40 lines computed again have the same bytes", self.verify("out.jsonl", *model).err)
        self.assertIn("4 lines computed again", self.verify("out.jsonl", *model, "--sample", "10%", "--threads", 1).err)
        self.assertIn("7 lines computed again", self.verify("out.jsonl", *model, "--sample", 7, "--sample-seed", 3).err)
        # A shard is verified by itself; so are lines that a schema or an expression bounds.
        self.job("shard.jsonl", "--num-shards", 3, "--shard-id", 1)
        self.verify("shard.jsonl", *model)
        # Answers that were forged together with their ledger: only the model knows.
        other = self.write_lines("other.jsonl", [dict(line, prompt="other") if line.get("id") == 1 else line for line in self.input(40)])
        told = self.verify("out.jsonl", "--model", self.tiny(), "-i", other, expect=1).err
        self.assertIn("was made of other content than this input's", told)
        shorter = self.write_lines("shorter.jsonl", list(self.input(40))[:-1])
        self.assertIn("answers no line of this input", self.verify("out.jsonl", "--model", self.tiny(), "-i", shorter, expect=1).err)
        longer = self.write_lines("longer.jsonl", self.input(42))
        self.assertIn("2 lines of the input are not in", self.verify("out.jsonl", "--model", self.tiny(), "-i", longer).err)
        self.verify("out.jsonl", "--model", self.tiny(), "-i", longer, "--limit", 40)

    def test_other_instructions_are_refused_where_bits_depend_on_them(self):
        model = ["--model", self.tiny(), "-i", self.source]
        self.job("out.jsonl")
        if "avx2" in self.instructions():
            self.quire("verify", self.path("out.jsonl"), *model, environment={"QUIRE_ISA": "avx2"})
        self.quire("run", *model, "-o", self.path("scalar.jsonl"), "--max-tokens", 6, environment={"QUIRE_ISA": "scalar"})
        self.assertIn("with the instructions scalar", self.verify("scalar.jsonl", *model, expect=65).err)

    def test_answers_of_a_bfloat16_checkpoint_are_verified_on_their_instructions_alone(self):
        if "avx2" not in self.instructions():
            self.skipTest("the processor has one kind of instructions for it")
        model = ["--model", self.tiny(bfloat16=True), "-i", self.source]
        has_bfloats = "avx512_bf16" in self.instructions()
        kinds = [({}, "avx512_bf16" if has_bfloats else "without avx512_bf16"),
                 ({"QUIRE_ISA": "avx2"}, "without avx512_bf16") if has_bfloats else ({"QUIRE_ISA": "scalar"}, "scalar")]
        for place, (environment, name) in enumerate(kinds):
            other, other_name = kinds[1 - place]
            answers = self.path("answers%d.jsonl" % place)
            self.quire("run", *model, "-o", answers, "--max-tokens", 6, environment=environment)
            told = self.quire("verify", answers, *model, environment=environment).err
            self.assertIn("40 lines computed again have the same bytes", told)
            self.assertIn(
                "was answered with the instructions %s, and this run has %s" % (name, other_name),
                self.quire("verify", answers, *model, environment=other, expect=65).err)
            # What was written is checked on any machine.
            self.quire("verify", answers, environment=other)

    @staticmethod
    def instructions():
        """The instruction sets of this machine's processors, as Linux names them."""
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return set(next((line for line in file if line.startswith("flags")), "").split())

    def test_another_model_and_missing_options_are_refused(self):
        self.job("out.jsonl")
        os.rename(self.tiny(), self.path("first"))
        told = self.verify("out.jsonl", "--model", self.tiny(seed=5), "-i", self.source, expect=65).err
        self.assertIn("SHA-256", told)
        first = self.path("first")
        self.verify("out.jsonl", "--model", first, expect=64)
        self.verify("out.jsonl", "-i", self.source, expect=64)
        self.verify("out.jsonl", "--sample", "1%", expect=64)
        self.assertIn("--sample is some", self.verify(
            "out.jsonl", "--model", first, "-i", self.source, "--sample", "some", expect=64).err)

    def test_an_edited_input_recomputes_what_changed_and_nothing_else(self):
        lines = [{"id": number, "prompt": "p%d" % number, "ignore_eos": True} for number in range(30)]
        source = self.write_lines("edited.jsonl", lines)
        self.job("out.jsonl", "--ordered", source=source)
        lines[4] = {"id": "4b", "prompt": "p4, mended", "ignore_eos": True}
        del lines[10]
        lines.insert(20, {"id": "new", "prompt": "new", "ignore_eos": True})
        self.write_lines("edited.jsonl", lines)
        metrics = self.path("metrics.json")
        told = self.job("out.jsonl", "--ordered", "--metrics-file", metrics, source=source).err
        self.assertIn("resumed: 30 lines were answered before", told)
        with open(metrics, encoding="utf-8") as file:
            numbers = json.load(file)
        self.assertEqual(numbers["requests"]["resumed"], 30)
        self.assertEqual(numbers["tokens"]["output_tokens"], 2 * 6, "two lines are new, and nothing else is computed")
        with open(self.path("out.jsonl.stale"), encoding="utf-8") as file:
            self.assertEqual([json.loads(line)["custom_id"] for line in file], [4, 10])
        self.job("fresh.jsonl", "--ordered", source=source)
        for suffix in SUFFIXES[:2]:
            self.assertEqual(self.content("out.jsonl" + suffix), self.content("fresh.jsonl" + suffix))
        self.verify("out.jsonl", "--model", self.tiny(), "-i", source)


if __name__ == "__main__":
    unittest.main()
