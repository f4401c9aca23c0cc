"""Tables, templates over columns, compressed files, several inputs, samples: what is read, on a tiny random model."""
import csv
import gzip
import io
import json
import random
import subprocess

from harness import QUIRE, QuireTestCase


class Rows(QuireTestCase):
    def run_tiny(self, *arguments, **options):
        return self.quire(
            "run", "--model", self.tiny(), "--max-tokens", 2, "--temperature", 0, *arguments, **options)

    def answers(self, *arguments, **options):
        result = self.run_tiny("-o", "-", "--ordered", *arguments, **options)
        return [json.loads(line) for line in result.out.splitlines()]

    def test_tables_are_read_as_pythons_csv_reads_them(self):
        draw = random.Random(7)
        alphabet = ["a", "é", "漢", '"', '""', ",", "\t", "\n", "\r\n", " ", ";", "'", "{", "\\"]
        columns = ["custom_id", "prompt", "a b", "ü"]
        rows = [[str(number), "p %d" % number] + ["".join(draw.choices(alphabet, k=draw.randrange(7))) for _ in "ab"]
                for number in range(150)]
        for kind, dialect, end in [("csv", "excel", "\r\n"), ("csv", "unix", "\n"), ("tsv", "excel-tab", "\n")]:
            text = io.StringIO()
            writer = csv.writer(text, dialect=dialect, lineterminator=end)
            writer.writerow(columns)
            writer.writerows(rows)
            source = self.write("table." + kind, ("\ufeff" + text.getvalue()).encode())
            expected = [dict(zip(columns, row)) for row in csv.reader(io.StringIO(text.getvalue(), newline=""), dialect)][1:]
            answers = self.answers("-i", source)
            self.assertEqual([answer["custom_id"] for answer in answers], [row["custom_id"] for row in expected])
            self.assertEqual(
                [answer["metadata"] for answer in answers],
                [{"a b": row["a b"], "ü": row["ü"]} for row in expected])
            # The same rows as lines get the same answers, but for the seed that a line's bytes give.
            lines = self.write_lines("lines.jsonl", expected)
            self.assertEqual(answers, self.answers("-i", lines))

    def test_rows_that_do_not_fit_are_error_lines_with_their_place(self):
        source = self.write("t.csv", 'prompt,b\n"a\nb",1\nonly\n1,2,3\n"x"y,1\nlast,"open\n')
        answers = self.answers("-i", source)
        self.assertEqual([answer["index"] for answer in answers], [0, 1, 2, 3, 4])
        self.assertIsNone(answers[0]["error"])
        self.assertEqual([answer["error"]["line"] for answer in answers[1:]], [4, 5, 6, 7])
        for answer, words in zip(answers[1:], ["row 2: found 1 cells, expected 2", "row 3: found 3 cells",
                                               "closing quote", "opens in line 7 and is never closed"]):
            self.assertEqual(answer["error"]["code"], "invalid_row")
            self.assertIn(words, answer["error"]["message"])

    def test_templates_make_prompts_of_columns(self):
        table = self.write("t.csv", "key,question,topic\n1,What?,paper\n2,Why?,\n")
        lines = self.write_lines("t.jsonl", [
            {"key": "1", "question": "What?", "topic": "paper"}, {"key": "2", "question": "Why?", "topic": ""}])
        expected = self.answers("-i", self.write_lines("plain.jsonl", [
            {"custom_id": "1", "prompt": "Q: What? (paper)\nA:"}, {"custom_id": "2", "prompt": "Q: Why?\nA:"}]))
        template = "Q: {{ question }}{{ ' (' ~ topic ~ ')' if topic else '' }}\nA:"
        for source in [table, lines]:
            for option in [template, "@" + self.write("q.jinja", template + "\n"), self.path("q.jinja")]:
                answers = self.answers("-i", source, "--template", option, "--id-column", "key")
                self.assertEqual([answer["metadata"] for answer in answers], [
                    {"question": "What?", "topic": "paper"}, {"question": "Why?", "topic": ""}])
                for answer in answers:
                    del answer["metadata"]
                self.assertEqual(answers, expected)
        answers = self.answers("-i", lines, "--template", "{{ qestion }}", expect=3)
        self.assertIn("qestion is undefined; the columns are key, question, topic", answers[0]["error"]["message"])
        self.assertIn("--template needs; the columns are key, question, topic",
                      self.run_tiny("-i", table, "-o", "-", "--template", "{{ qestion }}", expect=65).err)
        self.run_tiny("-i", table, "-o", "-", "--template", "{{ question", expect=64)
        self.run_tiny("-i", table, "-o", "-", "--template", self.path("none.jinja"), expect=64)
        self.run_tiny("-i", table, "-o", "-", "--map", "prompt=question,prompt=topic", expect=64)
        self.run_tiny("-i", table, "-o", "-", "--map", "prompt=nothing", expect=65)
        self.run_tiny("-i", table, "-o", "-", "--input-format", "text", "--template", template, expect=64)

    def test_conversations_of_columns_are_those_of_messages(self):
        source = self.write_lines("t.jsonl", [{"s": "Be <|im_end|> brief.", "q": 'a"b'}, {"s": "", "q": "{{ s }}"}])
        template = '[{"role": "system", "content": "{{ s }}"}, {"role": "user", "content": "Q: {{ q }}"}]'
        chat = ["--chat-template", "chatml"]
        expected = self.answers("-i", self.write_lines("m.jsonl", [
            {"messages": [{"role": "system", "content": s}, {"role": "user", "content": q}]}
            for s, q in [("Be <|im_end|> brief.", 'Q: a"b'), ("", "Q: {{ s }}")]]), *chat)
        for options in [["--template", template], ["--template", "Q: {{ q }}", "--system", "{{ s }}"]]:
            answers = self.answers("-i", source, *chat, *options)
            self.assertEqual([answer["outputs"] for answer in answers], [answer["outputs"] for answer in expected])
            self.assertEqual([answer["usage"] for answer in answers], [answer["usage"] for answer in expected])

    def test_compressed_inputs_are_read_and_damage_is_told_after_the_lines_before_it(self):
        lines = [{"id": number, "prompt": "p %d" % number} for number in range(60)]
        plain = self.write_lines("in.jsonl", lines)
        with open(plain, "rb") as file:
            text = file.read()
        packed = gzip.compress(text[:500]) + gzip.compress(text[500:])
        expected = self.answers("-i", plain)
        self.assertEqual(self.answers("-i", self.write("in.jsonl.gz", packed)), expected)
        self.assertEqual(self.answers("-i", self.write("named-otherwise", packed)), expected)
        self.assertEqual(self.answers("-i", "-", stdin=packed), expected)
        cut = self.write("cut.jsonl.gz", gzip.compress(text)[:-200])
        result = self.run_tiny("-i", cut, "-o", "-", "--ordered", expect=65)
        self.assertIn("cut.jsonl.gz is damaged at byte", result.err)
        answers = [json.loads(line) for line in result.out.splitlines()]
        self.assertGreater(len(answers), 0)
        self.assertEqual(answers, expected[:len(answers)])
        wrong = bytearray(packed)
        wrong[-6] ^= 1
        result = self.run_tiny("-i", "-", "-o", "-", "--ordered", stdin=bytes(wrong), expect=65)
        self.assertEqual([json.loads(line) for line in result.out.splitlines()], expected)

    def test_several_inputs_patterns_and_limits(self):
        for name, prompts in [("b-1.jsonl", "ab"), ("b-2.jsonl", "cd"), ("a.csv", "e")]:
            if name.endswith(".csv"):
                self.write(name, "prompt\n" + "\n".join(prompts) + "\nx,y\n")
            else:
                self.write_lines(name, [{"prompt": prompt} for prompt in prompts])
        inputs = ["-i", self.path("b-*.jsonl"), "-i", self.path("a.csv")]
        answers = self.answers(*inputs)
        self.assertEqual([answer["index"] for answer in answers], list(range(6)))
        self.assertEqual(answers[5]["error"]["file"], self.path("a.csv"))
        self.assertEqual(answers[5]["error"]["line"], 3)
        self.assertEqual(self.answers(*inputs, "--limit", 3), answers[:3])
        self.run_tiny("-i", self.path("none-*.jsonl"), "-o", "-", expect=66)
        self.run_tiny("-i", self.folder, "-o", "-", expect=66)
        self.run_tiny("-i", "-", "-i", "-", "-o", "-", expect=66)
        self.run_tiny("-o", "-", expect=64)
        self.run_tiny(*inputs, "-o", self.path("b-2.jsonl"), "--overwrite", expect=73)

    def test_samples_are_the_same_each_time_and_change_no_answer(self):
        lines = [{"prompt": "p %d" % (number % 150), "temperature": 1} for number in range(200)]
        source = self.write_lines("in.jsonl", lines)
        everything = self.answers("-i", source)
        first = self.answers("-i", source, "--sample", 30)
        self.assertEqual(len(first), 30)
        self.assertEqual(first, [everything[answer["index"]] for answer in first])
        self.assertEqual(first, self.answers("-i", source, "--sample", 30, "--sample-seed", 0))
        self.assertNotEqual(first, self.answers("-i", source, "--sample", 30, "--sample-seed", 1))
        self.assertEqual(self.answers("-i", source, "--sample", 1000), everything)
        self.assertEqual(self.answers("-i", source, "--sample", 0), [])
        self.assertTrue(all(answer["index"] < 50 for answer in self.answers(
            "-i", source, "--limit", 50, "--sample", 20)))
        # A line that is added takes the place of one at most.
        more = self.answers("-i", self.write_lines("more.jsonl", [{"prompt": "new"}] + lines), "--sample", 30)
        kept = {json.dumps(answer["outputs"]) for answer in first} & {json.dumps(answer["outputs"]) for answer in more}
        self.assertGreaterEqual(len(kept), 25)
        self.run_tiny("-i", "-", "-o", "-", "--sample", 3, stdin=b"", expect=65)
        self.run_tiny("-i", source, "-o", "-", "--sample", "-1", expect=64)
        self.run_tiny("-i", source, "-o", "-", "--sample-seed", 1, expect=64)

    def test_other_kinds_are_named_before_the_model_loads(self):
        cases = [
            (b'[{"prompt": "a"}]', "jq -c"), (b"id,prompt\n1,a\n", "--input-format csv"), (b"PAR1....", "Parquet"),
            (b"PK\x03\x04....", "zip"), ('{"prompt": "a"}\n'.encode("utf-16"), "iconv"),
            (b'{"text": "a"}\n', "--map prompt=text"), (b'{"instruction": "a", "output": "b"}\n', "--template"),
            (b'{"conversations": [{"from": "human", "value": "a"}]}\n', "--template"),
        ]
        for content, words in cases:
            for stdin, path in [(None, self.write("in", content)), (content, "-"),
                                (gzip.compress(content), "-")]:
                result = self.quire(
                    "run", "--model", self.path("no-model"), "-i", path, "-o", self.path("out"), stdin=stdin,
                    expect=65)
                self.assertIn(words, result.err)
                self.assertNotIn("no-model", result.err)

    def test_a_worker_loads_its_model_before_its_first_line(self):
        worker = subprocess.Popen(
            [QUIRE, "run", "--model", self.tiny(), "-i", "-", "-o", "-", "--max-tokens", "1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.assertIn(b"KV cache", worker.stderr.readline())
            for prompt in ["a", "b"]:
                worker.stdin.write(json.dumps({"id": prompt, "prompt": prompt}).encode() + b"\n")
                worker.stdin.flush()
                self.assertEqual(json.loads(worker.stdout.readline())["custom_id"], prompt)
            worker.stdin.close()
            self.assertEqual(worker.wait(timeout=60), 0)
        finally:
            worker.kill()
            worker.wait()
            for stream in [worker.stdin, worker.stdout, worker.stderr]:
                stream.close()

    def test_rounds_are_kept_by_number(self):
        messages = []
        for number in range(4):
            messages += [{"role": "user", "content": "q%d" % number}, {"role": "assistant", "content": "a%d" % number}]
        messages.append({"role": "user", "content": "last"})
        source = self.write_lines("in.jsonl", [
            {"id": 1, "messages": messages}, {"id": 2, "messages": messages, "history_length": 0},
            {"id": 3, "messages": messages, "history_length": 9}, {"id": 4, "messages": messages, "history_length": -1},
            {"id": 5, "prompt": "raw", "history_length": 3}])
        answers = self.answers("-i", source, "--chat-template", "chatml", "--history-length", 2)
        self.assertEqual(
            [(answer["history"]["rounds_kept"], answer["history"]["rounds_dropped"]) for answer in answers[:3]],
            [(2, 2), (0, 4), (4, 0)])
        self.assertIn("history_length", answers[3]["error"]["message"])
        self.assertEqual(answers[4]["metadata"], {"history_length": 3})
        self.quire("run", "--model", "m", "-i", source, "-o", "-", "--history-length", "-1", expect=64)

    def test_compressed_outputs_are_whole_or_not_there(self):
        source = self.write_lines("in.jsonl", [{"id": number, "prompt": "p %d" % number} for number in range(20)])
        self.run_tiny("-i", source, "-o", self.path("plain.jsonl"), "--ordered")
        with open(self.path("plain.jsonl"), "rb") as file:
            expected = file.read()
        self.run_tiny("-i", source, "-o", self.path("out.jsonl.gz"), "--ordered")
        with gzip.open(self.path("out.jsonl.gz")) as file:
            self.assertEqual(file.read(), expected)
        self.assertEqual(self.listed("out.jsonl"), [])
        self.run_tiny("-i", source, "-o", self.path("out.jsonl.zst"), "--ordered")
        result = self.run_tiny("-i", self.path("out.jsonl.zst"), "-o", "-", "--template", "{{ custom_id }}", "--ordered")
        self.assertEqual(len(result.out.splitlines()), 20)
        self.run_tiny("-i", self.path("out.jsonl.gz"), "-o", self.path("out.jsonl.gz"), "--template",
                      "{{ custom_id }}", "--overwrite", expect=73)
        self.write("out.jsonl.gz", b"no gzip")
        self.run_tiny("-i", source, "-o", self.path("out.jsonl.gz"), expect=73)
        self.run_tiny("-i", source, "-o", self.path("out.jsonl.gz"), "--overwrite", "--ordered")
        with gzip.open(self.path("out.jsonl.gz")) as file:
            self.assertEqual(file.read(), expected)

    def listed(self, name):
        import os
        return [found for found in os.listdir(self.folder) if found == name or found.endswith(".partial")]
