"""Runs Quire and its peers in pairs on the same workloads and prints one table, in Markdown.

Each run measures each peer beside Quire, in processes of their own, and in turns first and last. A ratio is
the median of those of the pairs, so that what slows the machine for a while slows both.

usage: compare.py QUIRE MODEL.gguf FOLDER [options]   (started by compare.sh; FOLDER keeps the models)
"""
import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
from collections import namedtuple

import workloads

HERE = os.path.dirname(os.path.abspath(__file__))

# A model is one that prepare.py makes; None stands for the .gguf file itself.
Subject = namedtuple("Subject", "title model options peers")
Peer = namedtuple("Peer", "name title program model")

SUBJECTS = [
    Subject("SmolLM2-135M, Q4_1 GGUF", None, [], [
        Peer("openvino-gguf", "OpenVINO GenAI, same GGUF", "peer_openvino.py", None),
        Peer("openvino-int8", "OpenVINO GenAI, int8", "peer_openvino.py", "int8"),
        Peer("llamacpp-gguf", "llama.cpp, same GGUF", "peer_llamacpp.py", None),
        Peer("llamacpp-q4_0", "llama.cpp, Q4_0", "peer_llamacpp.py", "q4_0.gguf"),
    ]),
    Subject("SmolLM2-135M, bf16 checkpoint", "bf16", [], [
        Peer("openvino-fp16", "OpenVINO GenAI, fp16", "peer_openvino.py", "fp16"),
        Peer("transformers-bf16", "HF transformers, bf16", "peer_transformers.py", "bf16"),
    ]),
    Subject("Qwen2.5-0.5B's shape, `--quantization int8`", "qwen", ["--quantization", "int8"], [
        Peer("qwen-openvino-int8", "OpenVINO GenAI, int8", "peer_openvino.py", "qwen-int8"),
    ]),
]
PEER_NAMES = [peer.name for subject in SUBJECTS for peer in subject.peers]


def output(command):
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {shlex.join(command)} ended with {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout.strip()


def run_quire(binary, model, options, threads):
    def bench(requests, prompt, answer, *more):
        return json.loads(output([
            binary, "bench", "--json", "--num-iters-warmup", "1", "--model", model, "--threads", str(threads),
            "--num-requests", str(requests), "--prompt-tokens", str(prompt), "--output-tokens", str(answer),
            *options, *more]))

    job = bench(workloads.JOB_REQUESTS, workloads.JOB_PROMPT, workloads.JOB_OUTPUT)
    prefill = bench(workloads.PREFILL_REQUESTS, workloads.PREFILL_PROMPT, 1, "--max-num-seqs", "1")
    single = bench(1, workloads.SINGLE_PROMPT, workloads.SINGLE_OUTPUT)
    return {
        "job": job["output_tokens_per_second"],
        "decode_64": job["decode_tokens_per_second"],
        "prefill_512": prefill["prefill_tokens_per_second"],
        "decode_1": single["decode_tokens_per_second"],
        "peak_rss_bytes": job["peak_rss_bytes"],
        "instruction_set": job["instruction_set"],
    }


def run_peer(program, model, threads):
    told = output([sys.executable, os.path.join(HERE, program), model, str(threads)])
    return json.loads(told.splitlines()[-1])


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def usable_cpus():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def table(subjects, pairs):
    """A row an engine: medians, and for a peer how many times faster Quire was in the same pairs."""
    lines = [
        row("tokens/s (in brackets: Quire is so many times faster)", *workloads.TITLES.values()),
        row(*["---"] * (1 + len(workloads.TITLES))),
    ]
    for subject in subjects:
        ours = [quire for peer in subject.peers for quire, _ in pairs[peer.name]]
        lines.append(row(
            f"**Quire, {subject.title}**",
            *(f"{statistics.median(run[key] for run in ours):,.0f}" for key in workloads.TITLES)))
        for peer in subject.peers:
            cells = []
            for key in workloads.TITLES:
                rate = statistics.median(theirs[key] for _, theirs in pairs[peer.name])
                ratio = statistics.median(quire[key] / theirs[key] for quire, theirs in pairs[peer.name])
                cells.append(f"{rate:,.0f} ({ratio:.2f} ×)")
            lines.append(row(peer.title, *cells))
    return "\n".join(lines)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("quire")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=3, help="pairs measured of each peer")
    parser.add_argument("--peers", default=",".join(PEER_NAMES), help="some of: " + ", ".join(PEER_NAMES))
    parser.add_argument("--threads", type=int, default=usable_cpus(), help="of each engine")
    parser.add_argument("--json", help="also write every figure to this file")
    options = parser.parse_args()
    options.peers = options.peers.split(",")
    unknown = sorted(set(options.peers) - set(PEER_NAMES))
    if unknown:
        parser.error(f"unknown peers: {', '.join(unknown)}; known are {', '.join(PEER_NAMES)}")
    if options.runs < 1 or options.threads < 1:
        parser.error("--runs and --threads must be at least 1")
    return options


def main():
    options = parse_options()
    subjects = [
        subject._replace(peers=[peer for peer in subject.peers if peer.name in options.peers])
        for subject in SUBJECTS
    ]
    subjects = [subject for subject in subjects if subject.peers]
    models = {peer.model for subject in subjects for peer in (subject, *subject.peers) if peer.model}
    subprocess.run(
        [sys.executable, os.path.join(HERE, "prepare.py"), options.model, options.folder, *sorted(models)],
        check=True, stdout=sys.stderr)

    def path(model):
        return os.path.join(options.folder, model) if model else options.model

    def measure_quire(subject):
        return run_quire(options.quire, path(subject.model), subject.options, options.threads)

    def measure_peer(peer):
        return run_peer(peer.program, path(peer.model), options.threads)

    conditions = {
        "processor": processor(), "cpus": usable_cpus(), "threads": options.threads, "runs": options.runs,
        "command": shlex.join(["Examples/compare/compare.sh", *sys.argv[4:]]),
        "quire": output([options.quire, "--version"]), "python": platform.python_version(),
    }
    pairs = {peer.name: [] for subject in subjects for peer in subject.peers}
    for run in range(options.runs):
        for subject in subjects:
            for peer in subject.peers:
                print(f"== run {run + 1} of {options.runs}: {subject.title}; {peer.title}", file=sys.stderr)
                if run % 2 == 0:
                    quire, other = measure_quire(subject), measure_peer(peer)
                else:
                    other, quire = measure_peer(peer), measure_quire(subject)
                pairs[peer.name].append((quire, other))
                if options.json:
                    with open(options.json, "w", encoding="utf-8") as file:
                        json.dump({**conditions, "pairs": pairs}, file, indent=1)

    versions = {measured[0][1]["version"]: None for measured in pairs.values()}
    instruction_set = next(iter(pairs.values()))[0][0]["instruction_set"]
    print(table(subjects, pairs))
    print(f"\n{conditions['processor']}, {conditions['cpus']} CPUs, {options.threads} threads each.")
    print("One run." if options.runs == 1 else
          f"Medians of {options.runs} runs; ratios are medians over pairs of runs next to each other.")
    quire = f"{conditions['quire']} ({instruction_set})"
    print(", ".join([quire, *versions, f"Python {conditions['python']}."]))
    print(f"Command: `{conditions['command']}`")


if __name__ == "__main__":
    main()
