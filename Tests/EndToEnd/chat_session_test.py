"""Sessions of quire chat, on pipes and on a terminal: answers, commands, files of dialogues, and every way to leave."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import tiny_model
from harness import MODEL, QUIRE, QuireTestCase

CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


class ChatSession(QuireTestCase):
    def chat(self, typed, *options, model=None, **kwargs):
        """A session on pipes, to which lines are typed."""
        text = typed if isinstance(typed, bytes) else "".join(line + "\n" for line in typed).encode()
        return self.quire("chat", "--model", model or self.tiny(), "--kv-cache-memory", "8MiB", "--max-tokens", "12",
                          *options, stdin=text, **kwargs)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    def answers(self, conversations, *options, model=None):
        """What quire run answers to conversations, each as the line that says it and nothing else."""
        with open(self.path("lines.jsonl"), "w", encoding="utf-8") as file:
            for messages in conversations:
                file.write(json.dumps({"messages": messages}, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.quire("run", "--model", model or self.tiny(), "-i", self.path("lines.jsonl"), "-o", self.path("answers.jsonl"),
                   "--kv-cache-memory", "8MiB", "--max-tokens", "12", "--overwrite", "--ordered", *options)
        return [line["outputs"][0]["text"] for line in self.lines("answers.jsonl")]


class Pipes(ChatSession):
    def test_answers_alone_stand_on_standard_output_and_are_those_of_quire_run(self):
        for options in (["--temperature", "0"], ["--seed", "7"]):
            result = self.chat(["Hi", "", "More?", "exit", "never asked"], *options, "-o", self.path("h.json"),
                               "--overwrite", model=MODEL)
            said = self.read("h.json")
            self.assertEqual([message["role"] for message in said], ["user", "assistant"] * 2)
            self.assertEqual([said[0], said[2]], [user("Hi"), user("More?")])
            self.assertEqual(result.out, "".join(message["content"].rstrip("\n") + "\n" for message in said[1::2]))
            self.assertEqual(self.answers([said[:1], said[:3]], *options, model=MODEL),
                             [message["content"] for message in said[1::2]])
        # The same seed makes the same dialogue, in one session or in two.
        self.chat(["Hi"], "--seed", "7", "-io", self.path("two.json"), model=MODEL)
        self.chat(["More?"], "--seed", "7", "-io", self.path("two.json"), model=MODEL)
        self.assertEqual(self.read("two.json"), said)

    def test_a_turn_computes_only_what_is_new(self):
        result = self.chat(["one two three four five six", "and then?"], "--show-timings", "--temperature", "0", model=MODEL)
        first, second = [[int(number) for number in re.findall(r"(\d+) (?:tokens(?!/)|of them)", line)]
                         for line in result.err.splitlines() if "prompt: " in line]
        (prompt, cached, answer), (whole, found, _) = first, second
        self.assertEqual(cached, 0)
        # The whole blocks of what was computed so far; nobody computes what follows an answer's last token.
        self.assertEqual(found, (prompt + answer - 1) // 16 * 16)
        self.assertGreater(found, 16)
        self.assertLess(whole - found, whole)

    def test_the_prompt_and_control_tokens_are_shown_where_that_is_asked(self):
        options = ["--temperature", "0", "--system", "Be brief."]
        plain = self.chat(["Hi"], *options, model=MODEL).out
        shown = self.chat(["Hi"], *options, "--no-skip-prompt", model=MODEL).out
        self.assertEqual(shown, "system\nBe brief.\nuser\nHi\nassistant\n" + plain)
        shown = self.chat(["Hi"], *options, "--no-skip-prompt", "--no-skip-special-tokens", model=MODEL).out
        prompt = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
        self.assertEqual(shown[:len(prompt)], prompt)
        self.assertTrue(shown[len(prompt):].startswith(plain.rstrip("\n")))
        # So does /show, with the ids.
        text, ids = self.chat(["/show Hi"], *options, model=MODEL).out.rsplit("\n[", 1)
        self.assertEqual(text + "\n", prompt)
        with open(self.path("c.jsonl"), "w", encoding="utf-8") as file:
            file.write(json.dumps({"system": "Be brief.", "prompt": "Hi"}) + "\n")
        self.quire("tokenize", "--chat", "--tokenizer", MODEL, "-i", self.path("c.jsonl"), "-o", self.path("ids.jsonl"))
        self.assertEqual(json.loads("[" + ids), self.lines("ids.jsonl")[0]["token_ids"])

    def test_every_way_to_leave_saves(self):
        for word in ("exit", "Quit", " bye ", "q", "退出", "/exit", "/quit", None):
            name = self.path("h.json")
            self.chat(["a"] + ([word, "b"] if word else []), "-io", name)
            said = self.read("h.json")
            self.assertEqual((len(said), said[0]), (2, user("a")), word)
            os.remove(name)
        self.assertEqual([name for name in os.listdir(self.folder) if "partial" in name], [])

    def test_a_dialogue_is_saved_in_the_form_that_it_had(self):
        forms = {
            "list.json": [{"role": "system", "content": "s", "date": 1}, user("a"), assistant("b")],
            "object.json": {"id": "x", "messages": [user("a"), assistant("b")], "n": [1.50]},
            "pairs.json": [["a", "b"]], "history.json": {"history": [["a", "b"]], "system": "s", "k": None},
        }
        for name, content in forms.items():
            self.write(name, json.dumps(content))
            self.chat(["c"], "-io", self.path(name))
            saved = self.read(name)
            if isinstance(content, dict):
                self.assertEqual(list(saved), list(content))
                key = "messages" if "messages" in content else "history"
                self.assertEqual({k: v for k, v in saved.items() if k != key}, {k: v for k, v in content.items() if k != key})
                content, saved = content[key], saved[key]
            self.assertEqual(saved[:len(content)], content, name)
            if isinstance(content[0], list):
                self.assertEqual((len(saved), saved[-1][0]), (2, "c"))
            else:
                self.assertEqual((len(saved), saved[-2]), (len(content) + 2, user("c")))
        # Nothing was said: not a byte changes.
        before = self.write("same.json", '[ ["a" , "b"] ]')
        self.chat([], "-io", before)
        with open(before, encoding="utf-8") as file:
            self.assertEqual(file.read(), '[ ["a" , "b"] ]')
        # Nor is there a file.
        self.chat(["/help"], "-o", self.path("nothing.json"))
        self.assertFalse(os.path.exists(self.path("nothing.json")))
        # Of two files the first is read, and the second written.
        self.chat([], "-i", self.path("pairs.json"), "-o", self.path("copy.json"))
        self.assertEqual(self.read("copy.json"), self.read("pairs.json"))

    def test_files_that_are_no_dialogues_are_told_and_stay_as_they_are(self):
        for content, told in (("{", "no JSON"), ('{"a": 1}', "without such a list"), ("[1]", "a list of messages"),
                              ('[["a"]]', "history[0]"), ('[{"role": "user"}]', "messages[0]: the content is missing")):
            path = self.write("bad.json", content)
            failed = self.chat(["a"], "-io", path, expect=65)
            self.assertIn(told, failed.err)
            self.assertIn(path, failed.err)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), content)
        for options, status, told in (
                (["-i", self.path("none.json")], 66, "-io begins one"), (["-i", "-"], 64, "name a file"),
                (["-o", self.path("bad.json")], 73, "--overwrite"), (["-o", self.folder], 73, "exists"),
                (["-io", self.folder], 66, "no regular file"), (["-o", self.path("no/h.json")], 73, "No such file"),
                (["-io", self.path("a"), "-o", self.path("b")], 64, "leave -i and -o out"),
                (["--n", "2"], 64, "--n is 2"), (["--logprobs", "1"], 64, "--logprobs"),
                (["--history-length", "-1"], 64, "--history-length")):
            self.assertIn(told, self.chat(["a"], *options, expect=status).err)
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.json", "tiny"])

    def test_commands_change_the_dialogue(self):
        path = self.path("h.json")
        self.chat(["/system Be kind.", "a", "b", "/undo", "//c d", "/regenerate", '"""', "e", "exit", '"""'], "-io", path)
        said = self.read("h.json")
        self.assertEqual(said[0], {"role": "system", "content": "Be kind."})
        self.assertEqual([message["content"] for message in said[1::2]], ["a", "/c d", "e\nexit"])
        self.chat(["/reset", "f", "/save " + self.path("other.json")], "-io", path)
        self.assertEqual(self.read("h.json")[:2], [said[0], user("f")])
        self.assertEqual(self.read("other.json"), self.read("h.json"))
        result = self.chat(["/system", "/params top_k 3", "/params TOP-K", "/help"], "-io", path)
        self.assertEqual(result.out.split("\n")[:3], ["Be kind.", "top_k  3", "top_k  3"])
        self.assertIn("/regenerate", result.out)

    def test_an_answer_that_is_made_again_is_the_one_of_a_second_equal_line(self):
        self.chat(["Hi", "/regenerate"], "-io", self.path("h.json"), "--seed", "3", model=MODEL)
        said = self.read("h.json")
        first, second = self.answers([said[:1], said[:1]], "--seed", "3", model=MODEL)
        self.assertEqual(said, [user("Hi"), assistant(second)])
        self.assertNotEqual(first, second)

    def test_what_cannot_be_done_is_told_and_the_session_goes_on(self):
        typed = ["/foo", "/params nonsense 1", "/params temperature hot", "/undo", "/regenerate", "/show", "/save", "/reset x",
                 "/save " + self.write("there.json", "[]")]
        failed = self.chat(typed, expect=3)
        told = failed.err.splitlines()
        self.assertEqual(len(told), len(typed), failed.err)
        for line, word in zip(told, ("/foo; there are /system", "nonsense", "expected a number", "nothing was asked", "nothing was asked",
                                     "nothing was asked", "name one", "takes nothing", "exists")):
            self.assertIn(word, line)
        self.assertEqual(failed.out, "")
        # A turn that cannot be answered is taken back, and what was said before is saved.
        result = self.chat(["a", "/system " + "x" * 300, "b"], "-io", self.path("h.json"))
        self.assertIn("the turn is taken back", result.err)
        self.assertEqual([m["role"] for m in self.read("h.json")], ["system", "user", "assistant"])
        result = self.chat(b"ok\nbad \xff\n", "-io", self.path("i.json"))
        self.assertIn("line 2 is not UTF-8", result.err)
        self.assertEqual(len(self.read("i.json")), 2)
        self.assertIn("has no end", self.chat(["a", '"""b', "c"]).err)

    def test_what_no_longer_fits_is_told_once(self):
        rounds = [[f"question {number}", "answer"] for number in range(5)]
        path = self.write("h.json", json.dumps(rounds))
        options = ["--history-token-budget", "160", "-io", path]
        result = self.chat(["one", "two", "three"], *options)
        told = [line for line in result.err.splitlines() if "no longer fit" in line]
        self.assertEqual(len(told), 1, result.err)
        # The dialogue itself stays whole.
        self.assertEqual(len(self.read("h.json")), 8)
        self.assertIn("0 are kept", self.chat(["four"], "--history-length", "0", "-i", path).err)
        self.assertIn("tokens are cut", self.chat(["x" * 300], *options).err)

    def test_a_dialogue_that_ends_with_a_question_is_answered_at_once(self):
        path = self.write("h.json", json.dumps([user("a"), assistant("b"), user("c")]))
        self.chat([], "-io", path)
        self.assertEqual([message["role"] for message in self.read("h.json")], ["user", "assistant"] * 2)

    def test_an_output_that_nobody_takes_and_signals_save_what_was_said(self):
        def start(name, **streams):
            process = subprocess.Popen(
                [QUIRE, "chat", "--model", MODEL, "-io", self.path(name), "--max-tokens", "4000", "--ignore-eos",
                 "--kv-cache-memory", "256MiB"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                # Else what is buffered here is lost to communicate().
                bufsize=0)
            process.stdin.write(b"Tell me a long story.\n")
            for stream in (process.stdin, process.stdout, process.stderr):
                self.addCleanup(stream.close)
            seen = b""
            while len(seen) < 40:
                seen += process.stdout.read(40)
            return process, seen

        process, _ = start("closed.json")
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 74)
        self.assertIn(b"Broken pipe", process.stderr.read())
        said = self.read("closed.json")
        self.assertEqual(said[0], user("Tell me a long story."))
        self.assertGreater(len(said[1]["content"]), 20)
        for number in (signal.SIGTERM, signal.SIGHUP):
            process, seen = start(f"{number}.json")
            process.send_signal(number)
            rest, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, -number)
            said = self.read(f"{number}.json")
            self.assertEqual([message["role"] for message in said], ["user", "assistant"])
            told = (seen + rest).decode("utf-8", "ignore")
            self.assertTrue(said[1]["content"].startswith(told) or told.startswith(said[1]["content"]), (said, told))
        # The first SIGINT stops the answer, and standard input goes on; at its end the session ends as usual.
        process, _ = start("2.json")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.stdout.readline()[-1:], b"\n")
        _, told = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"stopped; what was said stays", told)
        self.assertEqual(len(self.read("2.json")), 2)


class Terminal(ChatSession):
    """quire chat on a terminal of its own, which Ctrl-C is typed to."""

    def start(self, *options, model=MODEL):
        leader, follower = pty.openpty()

        def take_terminal():
            os.setsid()
            fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            [QUIRE, "chat", "--model", model, "--kv-cache-memory", "256MiB", *map(str, options)], stdin=follower,
            stdout=follower, stderr=follower, preexec_fn=take_terminal,
            env=os.environ | {"TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": ""})
        os.close(follower)
        self.addCleanup(os.close, leader)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        self.process, self.leader, self.shown = process, leader, ""
        self.prompt()

    def prompt(self):
        """Waits until a line can be typed: the terminal edits none itself then."""
        self.expect("> ")
        deadline = time.monotonic() + 60
        while termios.tcgetattr(self.leader)[3] & termios.ICANON:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def type(self, text):
        os.write(self.leader, text.encode())

    def pump(self, seconds):
        ready, _, _ = select.select([self.leader], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.leader, 65536)
        except OSError:
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, text, seconds=120):
        """Reads until a text is shown; forgets what was shown up to it, and returns that."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            self.assertLess(time.monotonic(), deadline, f"{text!r} is not in {self.shown[-3000:]!r}")
            self.pump(0.2)
        before, self.shown = self.shown.split(text, 1)
        return before

    def ask(self, text):
        self.type(text + "\n")
        self.expect("\r\n")

    def end(self, status):
        deadline = time.monotonic() + 60
        while self.process.poll() is None:
            self.assertLess(time.monotonic(), deadline, self.shown[-2000:])
            self.pump(0.1)
        self.assertEqual(self.process.returncode, status, self.shown[-2000:])

    def test_ctrl_c_stops_an_answer_and_a_second_one_leaves(self):
        self.start("-io", self.path("h.json"), "--max-tokens", "4000", "--ignore-eos")
        self.ask("Tell me a long story.")
        deadline = time.monotonic() + 60
        while len(self.shown) < 80 and time.monotonic() < deadline:
            self.pump(0.1)
        self.type(CTRL_C)
        answer = self.expect("stopped; what was said stays in the dialogue")
        self.prompt()
        said = self.read("h.json")
        self.assertEqual([message["role"] for message in said], ["user", "assistant"])
        self.assertIn(said[1]["content"][:40], answer.replace("\r\n", "\n"))
        # The session goes on; then Ctrl-C at the prompt leaves, by the signal.
        self.ask("Go on.")
        while len(self.shown) < 40 and time.monotonic() < deadline:
            self.pump(0.1)
        self.type(CTRL_C)
        self.prompt()
        self.type(CTRL_C)
        self.end(-signal.SIGINT)
        self.assertEqual(len(self.read("h.json")), 4)

    def test_lines_are_edited_by_character_and_recalled(self):
        self.start("--max-tokens", "3", "--temperature", "0", "-o", self.path("h.json"))
        for typed in ("你好吗\x7f\x7f？", UP + "\x01再说："):
            # Ctrl-A goes to the beginning of the line.
            self.type(typed + "\n")
            self.expect("cut after 3 tokens")
            self.prompt()
        self.type(CTRL_D)
        self.expect("4 messages saved to")
        self.end(0)
        self.assertEqual([message["content"] for message in self.read("h.json")[::2]], ["你？", "再说：你？"])

    def test_answers_stream_and_what_is_no_answer_is_dim(self):
        self.start("--max-tokens", "5", "--show-timings")
        self.ask("Hi")
        self.assertIn("\x1b[2m", self.expect("the answer was cut after 5 tokens"))
        self.expect("tokens/s\x1b[0m")
        self.ask("/params max_tokens 60")
        self.prompt()
        self.ask("/params ignore_eos true")
        self.prompt()
        self.type("Count to one hundred.\n")
        times = []
        while "tokens/s" not in self.shown:
            if self.pump(0.05):
                times.append(time.monotonic())
        # Sixty tokens do not come at once.
        self.assertGreater(len(times), 5)
        self.type("bye\n")
        self.end(0)

    def test_thoughts_are_dim_and_no_part_of_the_dialogue(self):
        model = self.path("thinking")
        tiny_model.write(
            model, more_tokens=["<think>", "</think>"],
            chat_template=tiny_model.CHATML.replace("assistant\n'", "assistant\n<think>\n'"))
        options = ["--max-tokens", "30", "--thinking-token-budget", "6", "--choice", "yes,no"]
        self.start(*options, "-o", self.path("h.json"), model=model)
        self.type("Hi\n")
        self.expect("\x1b[2m")
        self.expect("\x1b[0m")
        self.prompt()
        self.type(CTRL_D)
        self.end(0)
        answer = self.read("h.json")[1]["content"]
        self.assertIn(answer.strip(), ("yes", "no"))
        self.assertEqual(self.chat(["Hi"], *options, model=model).out.strip(), answer.strip())
