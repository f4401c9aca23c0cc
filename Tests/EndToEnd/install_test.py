"""Completions as Examples/install.sh installs them, and the Containerfile."""
import os
import re
import shutil
import subprocess
import unittest

from harness import ROOT, QuireTestCase


class Completions(QuireTestCase):
    def script(self, shell):
        return self.write("completions." + shell, self.quire("--generate-completion-script", shell).out)

    def completed(self, line):
        """What bash offers for the last word of a line, in the test's folder."""
        done = subprocess.run(
            ["bash", "--norc", "-c", """
                . "$1"
                COMP_LINE="$2" COMP_POINT=${#2}
                read -ra COMP_WORDS <<< "$2"
                case "$2" in *" ") COMP_WORDS+=("") ;; esac
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                function_name=$(complete -p quire | sed 's/.*-F \\([^ ]*\\).*/\\1/')
                "$function_name" quire "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
            """, "bash", self.script("bash"), line], cwd=self.folder, capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return [each.strip() for each in done.stdout.split("\n") if each.strip()]

    def test_bash_completes_commands_options_values_and_files(self):
        self.assertEqual(self.completed("quire ru"), ["run"])
        self.assertLessEqual({"run", "tokenize", "inspect", "bench", "pull", "convert"}, set(self.completed("quire ")))
        self.assertEqual(self.completed("quire run --fs"), ["--fsync"])
        self.assertEqual(self.completed("quire run --fsync "), ["line", "interval", "none"])
        self.write("prompts.jsonl", "")
        os.makedirs(self.path("model"))
        for command in ("run -i", "run -o", "run --template", "tokenize --tokenizer", "convert", "inspect", "bench --model"):
            self.assertEqual(self.completed(f"quire {command} prom"), ["prompts.jsonl"], command)
        self.assertEqual(self.completed("quire run --model mo"), ["model"])
        self.assertEqual(self.completed("quire run --lora "), ["model"])

    def test_every_shell_has_a_script_that_names_each_command(self):
        help_text = self.quire("--help").out.partition("SUBCOMMANDS:")[2]
        commands = re.findall(r"(?m)^  ([a-z]+) ", help_text)
        self.assertIn("run", commands)
        for shell, marker in (("bash", "complete "), ("zsh", "#compdef quire"), ("fish", "complete -c 'quire'")):
            with open(self.script(shell), encoding="utf-8") as file:
                text = file.read()
            self.assertIn(marker, text)
            for command in commands:
                self.assertRegex(text, rf"\b{command}\b", shell)
            if shutil.which(shell):
                subprocess.run([shell, "-n", self.path("completions." + shell)], check=True)
        if shutil.which("fish"):
            told = subprocess.run(["fish", "-N", "-c", f"source {self.path('completions.fish')}; complete -C'quire ru'"],
                                  capture_output=True, text=True, check=True).stdout
            self.assertEqual(told.split("\t")[0], "run")
        if shutil.which("zsh"):
            os.rename(self.path("completions.zsh"), self.path("_quire"))
            told = subprocess.run(["zsh", "-f", "-c", f"fpath=({self.folder} $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[quire]"],
                                  capture_output=True, text=True, check=True).stdout
            self.assertEqual(told, "_quire\n")
        self.assertIn("csh", self.quire("--generate-completion-script", "csh", expect=64).err)


class Container(unittest.TestCase):
    def test_a_containerfile_copies_what_is_there_and_runs_commands_that_a_shell_reads(self):
        for folder in ("container", "server"):
            with self.subTest(folder=folder):
                self.check(os.path.join(ROOT, "Examples", folder, "Containerfile"))

    def check(self, path):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"\\\n", "", re.sub(r"(?m)^#.*\n", "", file.read()))
        steps = re.findall(r"(?m)^([A-Z]+) (.*)$", text)
        stages = [match.group(1) for _, rest in steps if (match := re.fullmatch(r"\S+ AS (\w+)", rest))]
        installed = None
        for instruction, rest in steps:
            if instruction == "RUN":
                told = subprocess.run(["sh", "-n", "-c", rest], capture_output=True, text=True)
                self.assertEqual((told.returncode, told.stderr), (0, ""), rest)
                match = re.search(r"(Examples/install\.sh)(?: --server)? --prefix (\S+)", rest)
                if match:
                    self.assertTrue(os.access(os.path.join(ROOT, match.group(1)), os.X_OK))
                    installed = match.group(2)
            elif instruction == "COPY" and rest.startswith("--from="):
                stage, source, _ = rest.removeprefix("--from=").split()
                self.assertIn(stage, stages)
                self.assertEqual(source, installed)
            elif instruction == "COPY":
                self.assertTrue(os.path.exists(os.path.join(ROOT, rest.split()[0])), rest)
            else:
                self.assertIn(instruction, ("FROM", "WORKDIR", "USER", "EXPOSE", "ENTRYPOINT", "CMD"))
        self.assertIsNotNone(installed)

    def test_the_script_refuses_what_it_does_not_know(self):
        for arguments in (["--prefixx", "/tmp"], ["--prefix"]):
            done = subprocess.run([os.path.join(ROOT, "Examples", "install.sh"), *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 64, done.stderr)
            self.assertIn("--prefix", done.stderr)


if __name__ == "__main__":
    unittest.main()
