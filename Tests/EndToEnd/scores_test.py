"""Scores: lines with `choices` and `score`, and `quire score`, against lm-evaluation-harness and by their own arithmetic."""
import json
import math
import os
import signal
import subprocess
import time

from harness import MODEL, QUIRE, ROOT, QuireTestCase

with open(os.path.join(ROOT, "Tests", "Goldens", "lm_eval", "scores.json"), encoding="utf-8") as golden_file:
    GOLDEN = json.load(golden_file)


class Scores(QuireTestCase):
    def run_lines(self, lines, *options, model=MODEL, expect=0, command="run"):
        source = self.write_lines("in.jsonl", lines)
        done = self.quire(command, "--model", model, "-i", source, "-o", "-", "--ordered", "--quiet", *options, expect=expect)
        return [json.loads(line) for line in done.out.splitlines()]

    def harness_answers(self, *options):
        return self.run_lines(GOLDEN["lines"], "--dtype", "float32", *options, model=self.tiny(layers=2, context=96))

    def test_lm_evaluation_harness_finds_the_same_scores_and_metrics(self):
        for options in ([], ["--max-num-batched-tokens", "7", "--max-num-seqs", "3", "--no-enable-prefix-caching"]):
            answers = self.harness_answers(*options)
            texts = {"quire_text": [], "quire_windows": []}
            right, right_by_length, windowed = [], [], 0
            for line, expected, answer in zip(GOLDEN["lines"], GOLDEN["expected"], answers, strict=True):
                self.assertIsNone(answer["error"])
                if expected["task"] != "quire_choice":
                    self.assertAlmostEqual(answer["score"]["logprob"], expected["logprob"], delta=1e-3)
                    windowed += answer["score"]["tokens"] > 96
                    texts[expected["task"]].append((answer["score"], line["score"]))
                    continue
                scores = answer["choices"]
                for score, logprob, greedy in zip(scores, expected["logprobs"], expected["greedy"], strict=True):
                    self.assertAlmostEqual(score["logprob"], logprob, delta=1e-4)
                    self.assertEqual(score["greedy"], greedy)
                self.assertEqual(answer["best"], max(range(len(scores)), key=lambda i: scores[i]["logprob"]))
                right.append(answer["best"] == expected["target"])
                # The harness divides by the characters of a choice without the blank before it.
                by_length = [score["logprob"] / len(score["text"][1:]) for score in scores]
                right_by_length.append(by_length.index(max(by_length)) == expected["target"])
            self.assertGreater(windowed, 5)
            metrics = GOLDEN["metrics"]
            self.assertAlmostEqual(sum(right) / len(right), metrics["quire_choice"]["acc"], 9)
            self.assertAlmostEqual(sum(right_by_length) / len(right), metrics["quire_choice"]["acc_norm"], 9)
            for task, scored in texts.items():
                total, count = sum(score["logprob"] for score, _ in scored), sum(score["bytes"] for score, _ in scored)
                self.assertAlmostEqual(-total / count / math.log(2), metrics[task]["bits_per_byte"], 4)
                self.assertEqual([score["bytes"] for score, _ in scored], [len(text.encode()) for _, text in scored])
            words = sum(len(text.split()) for _, text in texts["quire_text"])
            perplexity = math.exp(-sum(score["logprob"] for score, _ in texts["quire_text"]) / words)
            self.assertAlmostEqual(perplexity / metrics["quire_text"]["word_perplexity"], 1, 4)

    def test_scores_are_the_sums_of_the_prompts_log_probabilities(self):
        context, choices = "The capital of France is", [" Paris", " Paris, of course", " Rome", " not Paris"]
        answer, = self.run_lines([{"id": "x", "prompt": context, "choices": choices, "logprobs": 2, "source": 7}],
                                 "--include", "token_ids,prompt_token_ids")
        self.assertEqual(list(answer), ["custom_id", "index", "choices", "best", "prompt_token_ids", "usage", "metadata", "error"])
        self.assertEqual((answer["best"], answer["metadata"], answer["error"]), (0, {"source": 7}, None))
        prompts = self.run_lines([{"prompt": context + choice, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 2}
                                  for choice in choices], "--include", "prompt_token_ids")
        for choice, text, prompt in zip(answer["choices"], choices, prompts):
            self.assertEqual(choice["text"], text)
            self.assertEqual(answer["prompt_token_ids"] + choice["token_ids"], prompt["prompt_token_ids"])
            self.assertEqual(choice["logprobs"], prompt["prompt_logprobs"][len(answer["prompt_token_ids"]):])
            total = sum(entries[0]["logprob"] for entries in choice["logprobs"])
            self.assertAlmostEqual(choice["logprob"], total, 6)
            self.assertAlmostEqual(choice["logprob_per_token"], total / len(choice["token_ids"]), 6)
            self.assertAlmostEqual(choice["logprob_per_byte"], total / len(text.encode()), 6)
            self.assertEqual((choice["tokens"], choice["bytes"]), (len(choice["token_ids"]), len(text.encode())))
            self.assertEqual(choice["greedy"], all(entries[0]["rank"] == 1 for entries in choice["logprobs"]))
        shares = [math.exp(choice["logprob"] - answer["choices"][0]["logprob"]) for choice in answer["choices"]]
        for choice, share in zip(answer["choices"], shares):
            self.assertAlmostEqual(choice["probability"], share / sum(shares), 12)
        self.assertEqual(answer["usage"], {"prompt_tokens": len(answer["prompt_token_ids"]) + sum(
            choice["tokens"] for choice in answer["choices"]), "completion_tokens": 0})

    def test_tokens_at_the_border_are_those_of_both_texts_together(self):
        pairs = [("The capital of France is", " Paris"), ("The capital of France is ", "Paris"), ("The capital of France is P", "aris"),
                 ("Answer:\n\n", "yes"), ("Answer:\t ", " 42"), ("1 +", "+ 2"), ("a", "\u0301b"), ("caf", "\u00e9"), ("  ", "x"), ("", " x"),
                 ("x = 12", "34"), ("Don", "'t"), ("<|im_start|>user\nHi", "<|im_end|>")]
        answers = self.run_lines([{"prompt": context, "choices": [choice]} for context, choice in pairs],
                                 "--include", "token_ids,prompt_token_ids")
        contexts = [context.rstrip() for context, _ in pairs]
        texts = contexts + [context + choice for context, choice in pairs]
        self.write_lines("texts.jsonl", [{"text": text} for text in texts])
        done = self.quire("tokenize", "--tokenizer", MODEL, "-i", self.path("texts.jsonl"), "-o", "-", "--allow-special-tokens")
        ids = [json.loads(line)["token_ids"] for line in done.out.splitlines()]
        self.assertEqual(len(ids), 2 * len(pairs))
        for pair, answer, before, whole in zip(pairs, answers, ids[:len(pairs)], ids[len(pairs):]):
            if not whole[len(before):]:
                # The last token of both stands for the context's last and the choice.
                self.assertIn("choices[0] adds no token", answer["error"]["message"], pair)
                continue
            # An empty context is the token that begins texts.
            self.assertEqual(answer["prompt_token_ids"], before or [1], pair)
            self.assertEqual(answer["choices"][0]["token_ids"], whole[len(before):], pair)

    def mixed_lines(self):
        lines = []
        for number in range(40):
            context = "Question %d about the sea. " % (number % 4) * 3
            choices = ["tide" + "s" * (place % 3) + " %d" % (place * number % 5) for place in range(1 + number % 5)]
            lines.append([
                {"id": number, "prompt": context, "choices": choices, "logprobs": 1},
                {"id": number, "messages": [{"role": "user", "content": context}], "choices": choices},
                {"id": number, "score": context + "x" * number * 12},
                {"id": number, "prompt": context, "max_tokens": 9, "temperature": 0.8},
                {"id": number, "prompt_token_ids": [number, 7, 8], "choices": choices, "topic": number},
            ][number % 5])
        return lines

    def test_bytes_do_not_hang_on_neighbours_batches_or_other_choices(self):
        model = self.tiny(layers=2)
        source = self.write_lines("in.jsonl", self.mixed_lines())
        run = ["run", "--model", model, "-i", source, "-o", "-", "--ordered", "--quiet"]
        whole = self.quire(*run).out
        self.assertEqual(whole.count('"error":null'), 40)
        self.assertEqual(whole.count('"choices"'), 24)
        for options in (["--max-num-seqs", "1", "--threads", "1"], ["--max-num-batched-tokens", "5"], ["--no-fold", "--no-reorder"],
                        ["--no-enable-prefix-caching"], ["--kv-cache-memory", "160KiB", "--max-model-len", "256"],
                        ["--engines", "2"], ["--speculation", "off"]):
            self.assertEqual(self.quire(*run, *options).out, whole, options)
        for number, line in enumerate(self.mixed_lines()):
            if "choices" not in line or "messages" in line:
                continue
            found = json.loads(whole.splitlines()[number])["choices"]
            alone = self.run_lines([{**line, "choices": [choice]} for choice in line["choices"]][:1]
                                   + [{**line, "id": "last", "choices": line["choices"][-1:]}], model=model)
            for answer, index in ((alone[0], 0), (alone[1], len(found) - 1)):
                other = answer["choices"][0]
                self.assertEqual({**other, "index": index, "probability": 0}, {**found[index], "probability": 0})

    def test_bodies_of_batch_lines_have_the_numbers_of_native_lines(self):
        model = self.tiny(context=64)
        native = [{"prompt": "ab", "choices": ["c", "de"], "logprobs": 1}, {"prompt": [5, 6], "choices": ["c"]},
                  {"messages": [{"role": "user", "content": "Hi"}], "choices": ["c", "d"]}, {"score": "abcdefgh" * 20}]
        lines = [{"custom_id": str(number), "method": "POST", "url": "/v1/loglikelihood", "body": {
            **body, "model": "m", "user": "u", **({"return_token_ids": True} if number else {})}} for number, body in enumerate(native)]
        bodies = [answer["response"]["body"] for answer in self.run_lines(lines, model=model)]
        native[1] = {"prompt_token_ids": [5, 6], "choices": ["c"]}
        plain = self.run_lines(native[:1], model=model) + self.run_lines(
            native[1:], "--include", "token_ids,prompt_token_ids", model=model)
        for body, answer in zip(bodies, plain):
            self.assertEqual((body["object"], body["created"], body["model"]), ("loglikelihood", 0, "m"))
            self.assertTrue(body["id"].startswith("ll-"))
            for key in ("choices", "best", "score", "prompt_token_ids"):
                self.assertEqual(body.get(key), answer.get(key), key)
            self.assertEqual(body["usage"], {**answer["usage"], "total_tokens": answer["usage"]["prompt_tokens"]})
        self.assertGreater(bodies[3]["score"]["tokens"], 64)
        wrong = [({"prompt": "a"}, "missing_field", "choices is missing"), ({"choices": ["b"]}, "missing_field", "found neither"),
                 ({"prompt": "a", "score": "b"}, "conflicting_fields", "found prompt and score"),
                 ({"prompt": "a", "choices": "b"}, "invalid_type", "choices"), ({"score": 4}, "invalid_type", "score"),
                 ({"prompt": "a", "choices": ["b"], "max_tokens": 4}, "conflicting_fields", "found max_tokens beside choices"),
                 ({"prompt": "a", "choices": ["b"], "input": "x"}, "unknown_field", "input")]
        answers = self.run_lines([{"custom_id": str(number), "method": "POST", "url": "/v1/loglikelihood", "body": {"model": "m", **body}}
                                  for number, (body, _, _) in enumerate(wrong)], model=model, expect=3)
        for (body, code, text), answer in zip(wrong, answers):
            self.assertEqual((answer["response"]["status_code"], answer["error"]["code"]), (400, code), body)
            self.assertIn(text, answer["error"]["message"])

    def test_a_killed_job_goes_on_a_cache_answers_and_a_dry_run_counts(self):
        model = self.tiny(layers=2)
        lines = [{**line, "id": "%d-%d" % (copy, line["id"]), **({"prompt": line["prompt"] + str(copy)} if "prompt" in line else {})}
                 for copy in range(40) for line in self.mixed_lines()]
        source = self.write_lines("in.jsonl", lines)
        run = ["run", "--model", model, "-i", source, "--quiet"]
        whole = sorted(self.quire(*run, "-o", "-").out.splitlines())
        output = self.path("out.jsonl")
        for _ in range(3):
            process = subprocess.Popen([QUIRE, *run, "-o", output, "--fsync", "line"], stderr=subprocess.DEVNULL)
            deadline = time.time() + 60
            size = os.path.getsize(output) if os.path.exists(output) else 0
            while process.poll() is None and time.time() < deadline:
                if os.path.exists(output) and os.path.getsize(output) > size + 2000:
                    process.send_signal(signal.SIGKILL)
                    break
                time.sleep(0.002)
            process.wait()
        self.quire(*run, "-o", output)
        with open(output, encoding="utf-8") as file:
            self.assertEqual(sorted(file.read().splitlines()), whole)
        self.quire("verify", output, "--model", model, "-i", source, "--sample", "60")
        cache = ["--cache", self.path("cache")]
        for name in ("first", "second"):
            self.quire(*run, "-o", self.path(name), *cache, "--metrics-file", self.path(name + ".json"))
            with open(self.path(name), encoding="utf-8") as file:
                self.assertEqual(sorted(file.read().splitlines()), whole)
        with open(self.path("second.json"), encoding="utf-8") as file:
            metrics = json.load(file)
        self.assertEqual(metrics["requests"]["cached"] + metrics["requests"]["folded"], len(lines), metrics["requests"])
        self.assertEqual(metrics["tokens"]["computed_tokens"], 0)
        report = json.loads(self.quire(*run, "-o", "-", "--dry-run", "--json", *cache).out)
        self.assertEqual((report["answerable"], report["errors"], report["computed_prompt_tokens"]), (len(lines), 0, 0))
        line = {"prompt": "12345", "choices": ["abcd", "abce", "abf", "x"]}
        self.write_lines("one.jsonl", [line])
        one = ["run", "--model", model, "-i", self.path("one.jsonl"), "-o", "-", "--quiet"]
        self.assertEqual(json.loads(self.quire(*one, "--dry-run", "--json").out)["computed_prompt_tokens"], 8)
        self.quire(*one, "--metrics-file", self.path("one.json"))
        with open(self.path("one.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["tokens"]["computed_tokens"], 8)

    def test_what_cannot_be_scored_is_an_error_line_that_names_it(self):
        ok = {"prompt": "a", "choices": ["b"]}
        cases = [
            ({**ok, "choices": []}, "invalid_value", "choices is a list of 0 texts"),
            ({**ok, "choices": ["b", ""]}, "invalid_value", "choices[1] adds no token"),
            ({**ok, "choices": ["b", 7]}, "invalid_type", "choices[1]"),
            ({**ok, "choices": ["b" * 400]}, "context_length_exceeded", "choices[0] takes"),
            ({**ok, "prompt": "a" * 400}, "context_length_exceeded", "the prompt"),
            ({**ok, "temperature": 0.5}, "conflicting_fields", "found temperature beside choices"),
            ({**ok, "sampling_params": {"n": 2}}, "conflicting_fields", "found n beside choices"),
            ({"choices": ["b"]}, "missing_field", "found no prompt"),
            ({"turns": ["a"], "choices": ["b"]}, "conflicting_fields", "found choices beside turns"),
            ({"score": "a", "choices": ["b"]}, "conflicting_fields", "found choices beside score"),
            ({"score": "a", "prompt": "b"}, "conflicting_fields", "found prompt and score"),
            ({"score": 5}, "invalid_type", "score"),
            ({"score": ""}, "invalid_value", "the text has no tokens"),
            ({"score": "a", "max_tokens": 5}, "conflicting_fields", "found max_tokens beside score"),
            ({"score": "a", "system": "b"}, "conflicting_fields", "found system beside score"),
            ({"prompt_token_ids": [999], "choices": ["b"]}, "invalid_value", "prompt token 0 is 999"),
        ]
        answers = self.run_lines([line for line, _, _ in cases] + [ok, {"prompt": "a", "score": 4, "choices": {"b": 1}, "max_tokens": 1}],
                                 model=self.tiny())
        for (line, code, text), answer in zip(cases, answers):
            self.assertEqual(answer["error"]["code"], code, (line, answer))
            self.assertIn(text, answer["error"]["message"], line)
        self.assertEqual(len(answers[-2]["choices"]), 1)
        self.assertEqual(answers[-1]["metadata"], {"score": 4, "choices": {"b": 1}})

    def test_one_choice_and_equal_choices(self):
        one, equal = self.run_lines([{"prompt": "a", "choices": ["b"]}, {"prompt": "a", "choices": ["b", "c", "b"]}],
                                    model=self.tiny())
        self.assertEqual(one["choices"][0]["probability"], 1)
        first, other, second = equal["choices"]
        self.assertEqual({**first, "index": 2}, second)
        self.assertEqual(first["logprob"], one["choices"][0]["logprob"])
        self.assertAlmostEqual(2 * first["probability"] + other["probability"], 1, 12)
        self.assertEqual(equal["best"], 0 if first["logprob"] >= other["logprob"] else 1)

    def test_perplexity_of_texts(self):
        texts = ["The cat sat on the mat and looked out of the window.",
                 "Mat cat the on looked window sat the and out the of."]
        lines = [{"id": name, "text": text, "prompt": 3, "n": 9} for name, text in zip("ab", texts)]
        plain, shuffled = self.run_lines(lines, "--include", "token_ids", command="score")
        self.assertEqual(list(plain), ["custom_id", "index", "score", "usage", "metadata", "error"])
        self.assertEqual(plain["metadata"], {"prompt": 3, "n": 9})
        self.assertLess(plain["score"]["perplexity"], 150)
        self.assertGreater(shuffled["score"]["perplexity"], 10 * plain["score"]["perplexity"])
        for text, answer in zip(texts, (plain, shuffled)):
            score = answer["score"]
            self.assertEqual(score["tokens"], len(score["token_ids"]))
            self.assertAlmostEqual(score["perplexity"], math.exp(-score["logprob"] / score["tokens"]), 6)
            self.assertAlmostEqual(score["bits_per_byte"], -score["logprob"] / math.log(2) / len(text), 9)
            self.assertAlmostEqual(score["logprob_per_token"], score["logprob"] / score["tokens"], 12)
        # The same as lines of a job, as a file of texts, as a table and by a template.
        scores = [plain["score"], shuffled["score"]]
        native = self.run_lines([{"score": text} for text in texts], "--include", "token_ids")
        self.assertEqual([answer["score"] for answer in native], scores)
        self.write("texts.txt", "\n".join(texts) + "\n")
        self.write("texts.csv", "key,body,score\n" + "".join('k%d,"%s",%d\n' % (n, text, n) for n, text in enumerate(texts)))
        for arguments, ids in ((["-i", self.path("texts.txt"), "--input-format", "text"], [None, None]),
                               (["-i", self.path("texts.csv"), "--map", "text=body,custom_id=key,points=score"], ["k0", "k1"]),
                               (["-i", self.path("texts.csv"), "--template", "{{ body }}", "--id-column", "key"], ["k0", "k1"])):
            done = self.quire("score", "-m", MODEL, *arguments, "-o", "-", "--ordered", "--quiet", "--include", "token_ids")
            answers = [json.loads(line) for line in done.out.splitlines()]
            self.assertEqual([(answer["custom_id"], answer["score"]) for answer in answers], list(zip(ids, scores)))

    def test_scores_of_a_table_of_prompts_are_data_unless_they_are_mapped(self):
        self.write("in.csv", 'prompt,score,choices,wrong\nab,good,"[""x"",""y""]","[""x"",""z""]"\n')
        run = ["run", "--model", self.tiny(), "-i", self.path("in.csv"), "-o", "-", "--quiet", "--max-tokens", "1"]
        plain = json.loads(self.quire(*run).out)
        self.assertEqual(plain["metadata"], {"score": "good", "choices": '["x","y"]', "wrong": '["x","z"]'})
        mapped = json.loads(self.quire(*run, "--map", "choices=choices").out)
        self.assertEqual([choice["text"] for choice in mapped["choices"]], ["x", "y"])
        self.assertEqual(mapped["metadata"], {"score": "good", "wrong": '["x","z"]'})

    def test_usage_errors_of_the_command(self):
        self.write_lines("in.jsonl", [{"text": "a"}])
        run = ["score", "--model", self.tiny(), "-i", self.path("in.jsonl"), "-o", "-"]
        self.assertIn("--include is usage", self.quire(*run, "--include", "usage", expect=64).err)
        self.assertIn("Unknown option", self.quire(*run, "--temperature", "1", expect=64).err)
        self.write_lines("data.jsonl", [{"body": "a", "n": 3}])
        self.assertIn("without a text to be scored; the columns are body, n; name the key that holds them, as in --map text=body",
                      self.quire("score", "--model", self.tiny(), "-i", self.path("data.jsonl"), "-o", "-", expect=65).err)
        answers = self.run_lines([{"text": ""}, {"prompt": "a"}, {"text": "a", "score": "b"}, {"text": 4}, {"text": "ok"}],
                                 model=self.tiny(), command="score")
        self.assertEqual([(answer["error"] or {}).get("code") for answer in answers],
                         ["invalid_value", "missing_field", "conflicting_fields", "invalid_type", None])

