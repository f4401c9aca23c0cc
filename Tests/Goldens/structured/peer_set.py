"""Says how many schemas of a set other engines take, which instances they admit under them, and how long they compile.

    python peer_set.py llguidance|xgrammar|outlines TOKENIZER.json SCHEMAS.jsonl ANSWERS.jsonl [EVERY]

SCHEMAS.jsonl and ANSWERS.jsonl are those of schema_set.py; of the latter come the marks of instances with members that
their schema does not name, which are left out. EVERY takes each so-many-th schema. A schema that takes more than LIMIT
seconds of the processor, its instances included, counts as refused. Times are CPU times, from the schema to the first
mask.

Packages: the engine, tokenizers, transformers.
"""

import json
import multiprocessing
import os
import sys
import time

LIMIT = 30


class LLGuidance:
    def __init__(self, path):
        import llguidance
        with open(path, encoding="utf-8") as file:
            self.tokenizer = llguidance.LLTokenizer(file.read())
        self.matcher_type = llguidance.LLMatcher

    def compile(self, schema):
        grammar = self.matcher_type.grammar_from_json_schema(schema)
        matcher = self.matcher_type(self.tokenizer, grammar)
        if not matcher.get_error():
            matcher.compute_bitmask()
        if matcher.get_error():
            raise ValueError(matcher.get_error())
        return grammar

    def admits(self, grammar, text):
        matcher = self.matcher_type(self.tokenizer, grammar)
        return all(matcher.consume_token(token) for token in self.tokenizer.tokenize_str(text)) and matcher.is_accepting()


class XGrammar:
    def __init__(self, path):
        import transformers
        import xgrammar
        self.xgrammar = xgrammar
        tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=path, eos_token="<|im_end|>")
        self.info = xgrammar.TokenizerInfo.from_huggingface(tokenizer)
        self.compiler = xgrammar.GrammarCompiler(self.info, max_threads=1, cache_enabled=False)
        self.mask = xgrammar.allocate_token_bitmask(1, self.info.vocab_size)

    def compile(self, schema):
        # As the JSON Schema drafts have it: members that are not named are free.
        compiled = self.compiler.compile_json_schema(schema, strict_mode=False)
        self.xgrammar.GrammarMatcher(compiled).fill_next_token_bitmask(self.mask)
        return compiled

    def admits(self, compiled, text):
        matcher = self.xgrammar.GrammarMatcher(compiled, terminate_without_stop_token=True)
        return matcher.accept_string(text) and matcher.is_terminated()


class Outlines:
    def __init__(self, path):
        import outlines_core
        import tokenizers
        self.core = outlines_core
        tokenizer = tokenizers.Tokenizer.from_file(path)
        texts = {}
        for token in range(tokenizer.get_vocab_size()):
            text = tokenizer.decode([token], skip_special_tokens=False)
            if text and "\ufffd" not in text and token != 2:
                texts.setdefault(text, []).append(token)
        self.vocabulary = outlines_core.Vocabulary(2, texts)
        self.tokenizer = tokenizer

    def compile(self, schema):
        expression = self.core.json_schema.build_regex_from_schema(schema)
        index = self.core.Index(expression, self.vocabulary)
        self.core.Guide(index).get_tokens()
        return index

    def admits(self, index, text):
        guide = self.core.Guide(index)
        tokens = self.tokenizer.encode(text).ids
        if not guide.accepts_tokens(tokens):
            return False
        for token in tokens:
            guide.advance(token)
        return guide.is_finished() or 2 in guide.get_tokens()


def work(name, path, requests, results):
    engine = {"llguidance": LLGuidance, "xgrammar": XGrammar, "outlines": Outlines}[name](path)
    results.put("ready")
    while (request := requests.get()) is not None:
        schema, instances = request
        start = time.process_time()
        try:
            compiled = engine.compile(schema)
        except BaseException as error:  # a panic of Rust is no Exception
            results.put((time.process_time() - start, None, str(error)))
            continue
        seconds = time.process_time() - start
        marks = []
        for instance in instances:
            try:
                marks.append(engine.admits(compiled, instance))
            except BaseException:
                marks.append(False)
        results.put((seconds, marks, ""))


class Worker:
    def __init__(self, name, path):
        self.requests, self.results = multiprocessing.Queue(), multiprocessing.Queue()
        self.process = multiprocessing.Process(
            target=work, args=(name, path, self.requests, self.results), daemon=True)
        self.process.start()
        self.results.get()

    def seconds(self):
        """CPU time of the process so far; no time where it has ended."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except FileNotFoundError:
            return 0.0

    def ask(self, request):
        """The answer; None where it takes too long or ends the process."""
        self.requests.put(request)
        end = self.seconds() + LIMIT
        while self.seconds() < end:
            try:
                return self.results.get(timeout=1)
            except Exception:
                if not self.process.is_alive():
                    return None
        return None


def main():
    name, path, schemas, answers = sys.argv[1:5]
    every = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    worker = Worker(name, path)
    count = taken = valid = accepted = wrong = late = 0
    times = []
    with open(schemas, encoding="utf-8") as first, open(answers, encoding="utf-8") as second:
        for index, (line, own) in enumerate(zip(first, second)):
            if index % every != every - 1:
                continue
            case, marks = json.loads(line), json.loads(own).get("marks", "")
            marks = marks or "0" * len(case["valid"])
            count += 1
            answer = worker.ask((case["schema"], case["instances"]))
            if answer is None:
                late += 1
                times.append(LIMIT)
                worker.process.kill()
                worker = Worker(name, path)
                continue
            seconds, admitted, _ = answer
            times.append(seconds)
            if admitted is None:
                continue
            taken += 1
            for is_valid, mark, is_admitted in zip(case["valid"], marks, admitted):
                valid += is_valid == "1" and mark != "o"
                accepted += is_valid == "1" and mark != "o" and is_admitted
                wrong += is_valid == "0" and is_admitted
    times.sort()
    print(f"{name}: {taken} of {count} schemas taken ({100 * taken / count:.1f} %), {late} too long or a crash; of {valid} "
          f"valid instances {100 * accepted / max(valid, 1):.1f} % admitted, {wrong} invalid ones; ms: "
          + ", ".join(f"{part} {1000 * times[min(len(times) - 1, int(len(times) * share))]:.1f}"
                      for part, share in [("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1)]))


if __name__ == "__main__":
    main()
