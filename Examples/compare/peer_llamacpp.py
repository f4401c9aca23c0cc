"""llama.cpp through llama-cpp-python's low-level API: all sequences in one batch a step.

No token is sampled, as in llama.cpp's own batched benchmark, which is in its favour.

usage: peer_llamacpp.py MODEL.gguf THREADS SET
"""
import sys
import time
from importlib.metadata import version

import llama_cpp

import workloads

BATCH = 2048


class Engine:
    def __init__(self, path, threads, works):
        llama_cpp.llama_backend_init()
        self.silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(self.silent, None)
        self.model = llama_cpp.llama_model_load_from_file(
            path.encode(), llama_cpp.llama_model_default_params())
        parameters = llama_cpp.llama_context_default_params()
        # Each sequence has an equal share of the cache, which the longest has to fit.
        sequences = max(1 if work.one_at_a_time else work.requests for work in works)
        longest = max(work.prompt + work.output for work in works)
        parameters.n_ctx = sequences * ((longest + 63) // 64 * 64)
        parameters.n_batch = BATCH
        parameters.n_ubatch = 512
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = False
        # For the length's sake: with short prompts it is no faster.
        parameters.flash_attn_type = (
            llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED if longest > 1024 else llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO)
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        assert self.context, "llama.cpp could not make a context of " + path
        self.batch = llama_cpp.llama_batch_init(BATCH, 0, 1)

    def decode(self, rows):
        """One call over rows of (token, position, sequence, wants logits); returns its seconds."""
        batch = self.batch
        batch.n_tokens = len(rows)
        for index, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = wanted
        start = time.perf_counter()
        status = llama_cpp.llama_decode(self.context, batch)
        llama_cpp.llama_synchronize(self.context)
        assert status == 0, status
        return time.perf_counter() - start

    def run(self, prompts, output_tokens):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        rows = [
            (token, position, sequence, position == len(ids) - 1)
            for sequence, ids in enumerate(prompts)
            for position, token in enumerate(ids)
        ]
        read = sum(self.decode(rows[start:start + BATCH]) for start in range(0, len(rows), BATCH))
        rest = 0.0
        for step in range(output_tokens - 1):
            rest += self.decode([
                (ids[step % len(ids)], len(ids) + step, sequence, True)
                for sequence, ids in enumerate(prompts)
            ])
        return read, rest


engine = Engine(sys.argv[1], int(sys.argv[2]), workloads.SETS[sys.argv[3]])
workloads.measure("llama-cpp-python " + version("llama-cpp-python"), engine.run, sys.argv[3])
