"""One answer, everywhere: the same bytes whatever the batch, the threads, the chunks and the instruction set."""
import hashlib
import itertools
import json
import os
import subprocess

from harness import MODEL, QUIRE, QuireTestCase


class Identity(QuireTestCase):
    def digest(self, source, name, environment, *options):
        subprocess.run(
            [QUIRE, "run", "--model", MODEL, "-i", source, "-o", self.path(name), "--ordered", "--overwrite",
             "--quiet", "--include", "token_ids", *map(str, options)],
            check=True, env={**os.environ, **environment})
        with open(self.path(name), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def test_one_digest_over_batches_threads_chunks_and_instruction_sets(self):
        starts = ["The capital of", "def main():", "你好", "Once upon a time", "In 1969,", "SELECT", "A list:", "Why"]
        source = self.write_lines("in.jsonl", (
            {"id": n, "prompt": starts[n % 8] + " and so on" * (n % 7) + str(n), "max_tokens": 3 + n % 6,
             "temperature": [0, 0.7, 1.3][n % 3], "ignore_eos": True, "top_p": [1, 0.9][n % 2],
             "min_p": [0, 0.02][n // 3 % 2], "repetition_penalty": 1.1, "logprobs": n % 4, "prompt_logprobs": n % 3}
            for n in range(64)))
        sets = ["avx2"]
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            if "avx512_vnni" in file.read():
                sets.append("avx512")
        digests = {}
        for batch, threads, tokens, instructions in itertools.product([1, 7, 64], [1, 2], [16, 512], sets):
            name = f"{batch}-{threads}-{tokens}-{instructions}"
            digests[name] = self.digest(
                source, name, {"QUIRE_ISA": instructions}, "--max-num-seqs", batch, "--threads", threads,
                "--max-num-batched-tokens", tokens, "--matmul", "native")
        print(f"{len(digests)} runs, digests {set(digests.values())}")
        self.assertEqual(len(set(digests.values())), 1, json.dumps(digests, indent=1))
