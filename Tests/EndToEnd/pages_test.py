"""The check of what the commands of pages print."""
import os
import sys
import unittest

from harness import ROOT

sys.path.insert(0, os.path.join(ROOT, "Tests"))
import check_commands  # noqa: E402


class Pages(unittest.TestCase):
    """The check of commands in pages sees what is wrong with one."""

    def problems(self, text):
        commands, left, problems = check_commands.read_page("page.md", text)
        if commands:
            problems = problems + check_commands.run_page(commands, "/bin/true", os.environ["QUIRE_TEST_MODEL"])[0]
        return problems, left

    def test_what_is_printed_is_compared(self):
        right = "```console\n$ printf 'a 1\\nb\\nc\\n'; echo 'quire: took 3 s' >&2\na …\n…\nc\nquire: took 41.5 s\n$ (exit 3)\n$ echo $?\n3\n```\n"
        self.assertEqual(self.problems(right), ([], {}))
        for old, new in (("a …", "x …"), ("…\nc", "…\nd"), ("took 41.5 s", "took 41.5 m"), ("$?\n3", "$?\n4"), ("\n3\n", "\n3\n4\n")):
            self.assertEqual(len(self.problems(right.replace(old, new))[0]), 1, new)

    def test_commands_end_where_a_shell_would_end_them(self):
        text = "```console\n$ cat > a <<'END'\n$ no command\nEND\n$ cat a\n…\n```\n"
        self.assertEqual(self.problems(text), ([], {}))
        text = "```console\n$ cat > a <<'END'\nq 'x\nEND\n$ cat a |\n  tr a-z A-Z \\\n  | cat\nQ 'X\n```\n"
        self.assertEqual(self.problems(text), ([], {}))
        with self.assertRaises(ValueError):
            check_commands.read_page("page.md", "```console\n$ echo 'a\n```\n")

    def test_commands_that_fail_or_are_not_run_are_problems(self):
        self.assertIn("ended with 1", self.problems("```console\n$ false\n```\n")[0][0])
        self.assertIn("ended the shell", self.problems("```console\n$ exit 0\n$ true\n```\n")[0][0])
        self.assertIn("nothing runs", self.problems("```\nquire run --model x\n```\n")[0][0])
        self.assertIn("no need", self.problems("```console needs=patience\n$ true\n```\n")[0][0])
        self.assertEqual(self.problems("```console needs=network\n$ false\n$ false\n```\n"), ([], {"network": 2}))


if __name__ == "__main__":
    unittest.main()
