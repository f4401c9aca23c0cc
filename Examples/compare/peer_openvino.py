"""OpenVINO GenAI: continuous batching in its own step loop, each step timed from outside.

usage: peer_openvino.py MODEL THREADS SET   (a .gguf file or an exported directory)
"""
import sys
import time

import numpy
import openvino
import openvino_genai as genai

import workloads


def pipeline(path, threads):
    scheduler = genai.SchedulerConfig()
    scheduler.cache_size = 2
    scheduler.max_num_seqs = 64
    scheduler.max_num_batched_tokens = 2048
    scheduler.dynamic_split_fuse = True
    scheduler.enable_prefix_caching = False
    return genai.ContinuousBatchingPipeline(
        path, scheduler, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})


def run(pipe, prompts, output_tokens):
    config = genai.GenerationConfig(
        max_new_tokens=output_tokens, min_new_tokens=output_tokens, ignore_eos=True, do_sample=False)
    handles = [
        pipe.add_request(index, openvino.Tensor(numpy.array([ids], dtype=numpy.int64)), config)
        for index, ids in enumerate(prompts)
    ]
    counts = [0] * len(prompts)
    read = rest = 0.0
    while pipe.has_non_finished_requests():
        reading = 0 in counts
        start = time.perf_counter()
        pipe.step()
        seconds = time.perf_counter() - start
        for index, handle in enumerate(handles):
            if handle.can_read():
                counts[index] += sum(len(output.generated_ids) for output in handle.read().values())
        if reading:
            read += seconds
        else:
            rest += seconds
    assert counts == [output_tokens] * len(prompts), counts
    return read, rest


pipe = pipeline(sys.argv[1], int(sys.argv[2]))
workloads.measure("OpenVINO GenAI " + genai.__version__, lambda *work: run(pipe, *work), sys.argv[3])
