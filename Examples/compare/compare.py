"""Runs Quire and its peers in pairs on the same workloads and prints tables, in Markdown.

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

# A model is one that prepare.py makes; None stands for the .gguf file itself. `works` names a set of workloads.
Subject = namedtuple("Subject", "title model options works peers")
Peer = namedtuple("Peer", "name title program model")

SUBJECTS = [
    Subject("SmolLM2-135M, Q4_1 GGUF", None, [], "short", [
        Peer("openvino-gguf", "OpenVINO GenAI, same GGUF", "peer_openvino.py", None),
        Peer("openvino-int8", "OpenVINO GenAI, int8", "peer_openvino.py", "int8"),
        Peer("llamacpp-gguf", "llama.cpp, same GGUF", "peer_llamacpp.py", None),
        Peer("llamacpp-q4_0", "llama.cpp, Q4_0", "peer_llamacpp.py", "q4_0.gguf"),
    ]),
    Subject("SmolLM2-135M, bf16 checkpoint", "bf16", [], "short", [
        Peer("openvino-fp16", "OpenVINO GenAI, fp16", "peer_openvino.py", "fp16"),
        Peer("transformers-bf16", "HF transformers, bf16", "peer_transformers.py", "bf16"),
    ]),
    Subject("Qwen2.5-0.5B's shape, `--quantization int8`", "qwen", ["--quantization", "int8"], "short", [
        Peer("qwen-openvino-int8", "OpenVINO GenAI, int8", "peer_openvino.py", "qwen-int8"),
    ]),
    Subject("SmolLM2-135M, Q4_1 GGUF", None, [], "long", [
        Peer("openvino-int8-long", "OpenVINO GenAI, int8, cache of bytes", "peer_openvino.py", "int8"),
        Peer("llamacpp-q4_0-long", "llama.cpp, Q4_0, flash attention", "peer_llamacpp.py", "q4_0.gguf"),
    ]),
    Subject("SmolLM2-135M, Q4_1 GGUF, `--kv-cache-dtype int8`", None, ["--kv-cache-dtype", "int8"], "long", [
        Peer("openvino-int8-bytes", "OpenVINO GenAI, int8, cache of bytes", "peer_openvino.py", "int8"),
        Peer("llamacpp-q4_0-bytes", "llama.cpp, Q4_0, flash attention", "peer_llamacpp.py", "q4_0.gguf"),
    ]),
    Subject("Qwen2.5-1.5B's shape, Q4_0", "qwen2.5-1.5b-q4_0.gguf", [], "large", [
        Peer("1.5b-q4_0", "llama.cpp, same GGUF", "peer_llamacpp.py", "qwen2.5-1.5b-q4_0.gguf")]),
    Subject("Qwen3-4B's shape, Q4_K_M", "qwen3-4b-q4_k_m.gguf", [], "large", [
        Peer("4b-q4_k_m", "llama.cpp, same GGUF", "peer_llamacpp.py", "qwen3-4b-q4_k_m.gguf")]),
    Subject("Mistral-7B's shape, Q4_0", "mistral-7b-q4_0.gguf", [], "large", [
        Peer("7b-q4_0", "llama.cpp, same GGUF", "peer_llamacpp.py", "mistral-7b-q4_0.gguf")]),
    Subject("Mistral-7B's shape, Q4_K_M", "mistral-7b-q4_k_m.gguf", [], "large", [
        Peer("7b-q4_k_m", "llama.cpp, same GGUF", "peer_llamacpp.py", "mistral-7b-q4_k_m.gguf")]),
]
PEER_NAMES = [peer.name for subject in SUBJECTS for peer in subject.peers]
USUAL_NAMES = [peer.name for subject in SUBJECTS if subject.works == "short" for peer in subject.peers]
RATES = {"job": "output_tokens_per_second", "prefill": "prefill_tokens_per_second", "decode": "decode_tokens_per_second"}


def output(command):
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {shlex.join(command)} ended with {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout.strip()


def run_quire(binary, model, options, works, threads):
    told = {}
    for work in workloads.SETS[works]:
        report = json.loads(output([
            binary, "bench", "--json", "--num-iters-warmup", "1", "--model", model, "--threads", str(threads),
            "--num-requests", str(work.requests), "--prompt-tokens", str(work.prompt),
            "--output-tokens", str(work.output), *(["--max-num-seqs", "1"] if work.one_at_a_time else []), *options]))
        told |= {column: report[RATES[kind]] for column, kind in work.rates.items()}
        told["peak_rss_bytes"] = max(told.get("peak_rss_bytes", 0), report["peak_rss_bytes"])
        told["instruction_set"] = report["instruction_set"]
    return told


def run_peer(program, model, works, threads):
    told = output([sys.executable, os.path.join(HERE, program), model, str(threads), works])
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


def table(works, subjects, pairs):
    """A row an engine: medians, and for a peer how many times faster Quire was in the same pairs."""
    columns = workloads.columns(works)
    lines = [
        row("tokens/s (in brackets: Quire is so many times faster)", *(workloads.TITLES[key] for key in columns)),
        row(*["---"] * (1 + len(columns))),
    ]
    for subject in subjects:
        ours = [quire for peer in subject.peers for quire, _ in pairs[peer.name]]
        lines.append(row(
            f"**Quire, {subject.title}**",
            *(rate(statistics.median(run[key] for run in ours)) for key in columns)))
        for peer in subject.peers:
            cells = []
            for key in columns:
                median = statistics.median(theirs[key] for _, theirs in pairs[peer.name])
                ratio = statistics.median(quire[key] / theirs[key] for quire, theirs in pairs[peer.name])
                cells.append(f"{rate(median)} ({ratio:.2f} ×)")
            lines.append(row(peer.title, *cells))
    return "\n".join(lines)


def rate(tokens_per_second):
    return f"{tokens_per_second:,.0f}" if tokens_per_second >= 20 else f"{tokens_per_second:.1f}"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("quire")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=3, help="pairs measured of each peer")
    parser.add_argument(
        "--peers", default=",".join(USUAL_NAMES),
        help="all, or some of: " + ", ".join(PEER_NAMES) + "; those of the first table otherwise")
    parser.add_argument("--threads", type=int, default=usable_cpus(), help="of each engine")
    parser.add_argument("--json", help="also write every figure to this file")
    options = parser.parse_args()
    options.peers = PEER_NAMES if options.peers == "all" else options.peers.split(",")
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
        return run_quire(options.quire, path(subject.model), subject.options, subject.works, options.threads)

    def measure_peer(subject, peer):
        return run_peer(peer.program, path(peer.model), subject.works, options.threads)

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
                    quire, other = measure_quire(subject), measure_peer(subject, peer)
                else:
                    other, quire = measure_peer(subject, peer), measure_quire(subject)
                pairs[peer.name].append((quire, other))
                if options.json:
                    with open(options.json, "w", encoding="utf-8") as file:
                        json.dump({**conditions, "pairs": pairs}, file, indent=1)

    versions = {measured[0][1]["version"]: None for measured in pairs.values()}
    instruction_set = next(iter(pairs.values()))[0][0]["instruction_set"]
    for works in workloads.SETS:
        chosen = [subject for subject in subjects if subject.works == works]
        if chosen:
            print(table(works, chosen, pairs), end="\n\n")
    print(f"{conditions['processor']}, {conditions['cpus']} CPUs, {options.threads} threads each.")
    print("One run." if options.runs == 1 else
          f"Medians of {options.runs} runs; ratios are medians over pairs of runs next to each other.")
    quire = f"{conditions['quire']} ({instruction_set})"
    print(", ".join([quire, *versions, f"Python {conditions['python']}."]))
    print(f"Command: `{conditions['command']}`")


if __name__ == "__main__":
    main()
