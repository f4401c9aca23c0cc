"""Mean Kullback-Leibler divergence of the next-token distribution from Hugging Face transformers in fp32.

    python divergence.py MODEL [--quire RUN[=FILE] ...] [--llamacpp FILE ...] [--text FILE ...] [--json FILE]

From the repository's root, with torch, transformers, accelerate, gguf and (for --llamacpp) llama-cpp-python. MODEL is
a .gguf file, whose weights the oracle runs dequantised, or a directory in Hugging Face layout. Each text (default:
alice.txt beside this file, and LICENSE) is cut into chunks of --chunk tokens, at most --chunks of them, and a last
one that is not whole is left out. Each chunk is a sequence of its own, and every position in it counts. Quire's
logits come from `swift test --filter LogitDump`, one --quire after the other (RUN: see RUNS; FILE: another model than
MODEL), llama.cpp's from each --llamacpp file with its default cache. Divergences are in nats, summed in fp64 over the
vocabulary: sum of p * (log p - log q), p the oracle's. The interval is the middle 95 % of 10,000 means of as many
chunks, drawn with replacement.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))

# As the command line's options; the cache is what --dtype makes it, unless the name says otherwise.
RUNS = {
    "auto": {"matmul": "auto", "dtype": "auto", "quantization": "none", "cache": "float16"},
    "auto-float32-cache": {"matmul": "auto", "dtype": "auto", "quantization": "none", "cache": "float32"},
    "auto-int8-cache": {"matmul": "auto", "dtype": "auto", "quantization": "none", "cache": "int8"},
    "float32-int8-cache": {"matmul": "auto", "dtype": "float32", "quantization": "none", "cache": "int8"},
    "float32": {"matmul": "auto", "dtype": "float32", "quantization": "none", "cache": "float32"},
    "float32-float16-cache": {"matmul": "auto", "dtype": "float32", "quantization": "none", "cache": "float16"},
    "int8": {"matmul": "native", "dtype": "auto", "quantization": "int8", "cache": "float16"},
    "openblas": {"matmul": "openblas", "dtype": "auto", "quantization": "none", "cache": "float16"},
    "openblas-float32": {"matmul": "openblas", "dtype": "float32", "quantization": "none", "cache": "float32"},
}


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--quire", action="append", default=[], metavar="RUN[=FILE]")
    parser.add_argument("--llamacpp", action="append", default=[], metavar="FILE")
    parser.add_argument("--text", action="append", metavar="FILE")
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--chunks", type=int, default=16)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    chosen = parser.parse_args()
    chosen.text = chosen.text or [os.path.join(HERE, "alice.txt"), "LICENSE"]
    for name in chosen.quire:
        if name.split("=")[0] not in RUNS:
            parser.error(f"--quire is {name}; RUN must be one of {', '.join(RUNS)}")
    return chosen


def load_oracle(path):
    """(model, tokenizer)"""
    if os.path.isdir(path):
        source, more = path, {}
    else:
        source, name = os.path.split(os.path.abspath(path))
        more = {"gguf_file": name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(source, **more)
    if more and hasattr(transformers, "GgufConfig"):
        # Later versions keep quantised weights unless told otherwise.
        more["quantization_config"] = transformers.GgufConfig(dequantize=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        source, dtype=torch.float32, attn_implementation="eager", **more)
    return model.eval(), tokenizer


def read_chunks(texts, tokenizer, chunk, count):
    """[chunks x tokens], and of each chunk its text's index."""
    chunks, owners = [], []
    for index, path in enumerate(texts):
        with open(path, encoding="utf-8") as file:
            ids = tokenizer(file.read(), add_special_tokens=False).input_ids
        whole = min(count, len(ids) // chunk)
        if whole == 0:
            sys.exit(f"error: the {len(ids)} tokens of {path} do not fill a chunk of {chunk}")
        chunks += [ids[start:start + chunk] for start in range(0, whole * chunk, chunk)]
        owners += [index] * whole
    return numpy.array(chunks), numpy.array(owners)


def oracle_logits(model, chunks, path):
    """Written chunk after chunk, and mapped."""
    with open(path, "wb") as file, torch.inference_mode():
        for chunk in chunks:
            logits = model(torch.tensor([chunk.tolist()])).logits[0].numpy()
            file.write(logits.astype("<f4").tobytes())
    return numpy.memmap(path, dtype="<f4", mode="r").reshape(*chunks.shape, -1)


def quire_logits(model, run, chunks, folder):
    """One array a chunk, from the file that the test target writes."""
    job = {
        "model": os.path.abspath(model), "tokens": os.path.join(folder, "tokens"), "chunk": chunks.shape[1],
        "output": os.path.join(folder, "logits"), **RUNS[run],
    }
    chunks.astype("<i4").tofile(job["tokens"])
    with open(os.path.join(folder, "job.json"), "w", encoding="utf-8") as file:
        json.dump(job, file)
    environment = dict(os.environ, QUIRE_LOGIT_JOB=os.path.join(folder, "job.json"))
    subprocess.run(
        ["swift", "test", "--filter", "LogitDump"], env=environment, check=True, stdout=sys.stderr)
    return numpy.memmap(job["output"], dtype="<f4", mode="r").reshape(*chunks.shape, -1)


def llamacpp_logits(path, chunks, threads):
    import llama_cpp

    size = chunks.shape[1]
    model = llama_cpp.Llama(
        path, n_ctx=size, n_batch=size, n_ubatch=size, n_threads=threads, n_threads_batch=threads, logits_all=True,
        verbose=False)
    for chunk in chunks:
        model.reset()
        model.eval(chunk.tolist())
        yield model.scores[:size]


def log_softmax(logits):
    logits = logits.astype(numpy.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))


def divergences(oracle, other, rows=64):
    """One number a position."""
    result = []
    for start in range(0, len(oracle), rows):
        p, q = (log_softmax(numpy.asarray(part[start:start + rows])) for part in (oracle, other))
        result.append((numpy.exp(p) * (p - q)).sum(axis=1))
    return numpy.concatenate(result)


class Figures:
    """The divergences of each engine, its row of the table, and all as JSON."""

    def __init__(self, oracle, owners, texts):
        self.oracle = oracle
        self.owners = owners
        self.texts = [os.path.basename(path) for path in texts]
        self.draws = numpy.random.default_rng(1).integers(0, len(owners), (10_000, len(owners)))
        self.means = {}
        self.engines = []
        print(f"{oracle.shape[0] * oracle.shape[1]} positions in chunks of {oracle.shape[1]}; mean divergences, nats\n")
        print(f"| engine | all | interval | {' | '.join(self.texts)} | 99th percentile | greatest | same first token |")
        print("|---" * (6 + len(texts)) + "|", flush=True)

    def add(self, name, logits):
        values, equal = [], []
        for expected, found in zip(self.oracle, logits):
            values.append(divergences(expected, found))
            equal.append((expected.argmax(axis=1) == found.argmax(axis=1)).mean())
        values = numpy.array(values)
        self.means[name] = values.mean(axis=1)
        figures = {
            "engine": name, "mean": values.mean(), "interval": self.interval(self.means[name][self.draws].mean(axis=1)),
            **{text: values[self.owners == index].mean() for index, text in enumerate(self.texts)},
            "99th_percentile": numpy.quantile(values, 0.99), "greatest": values.max(),
            "same_first_token": float(numpy.mean(equal)),
        }
        self.engines.append({key: self.rounded(value) for key, value in figures.items()})
        cells = [" to ".join(f"{bound:.3g}" for bound in figures["interval"])]
        cells += [f"{figures[text]:.3g}" for text in self.texts]
        cells += [f"{figures['99th_percentile']:.3g}", f"{figures['greatest']:.3g}"]
        cells += [f"{100 * figures['same_first_token']:.2f} %"]
        print(f"| {name} | {figures['mean']:.3g} | " + " | ".join(cells) + " |", flush=True)

    def ratios(self):
        """Of each engine's mean to the last one's, chunk by chunk the same text."""
        last = list(self.means)[-1]
        result = {}
        for name in list(self.means)[:-1]:
            ratio = self.means[name].mean() / self.means[last].mean()
            drawn = self.means[name][self.draws].mean(axis=1) / self.means[last][self.draws].mean(axis=1)
            result[f"{name} / {last}"] = {"ratio": self.rounded(ratio), "interval": self.rounded(self.interval(drawn))}
        return result

    @staticmethod
    def interval(drawn):
        return [float(bound) for bound in numpy.quantile(drawn, [0.025, 0.975])]

    @staticmethod
    def rounded(value):
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return [Figures.rounded(part) for part in value]
        return float(f"{value:.4g}")


def versions(arguments):
    result = {"torch": torch.__version__, "transformers": transformers.__version__, "python": platform.python_version()}
    if arguments.llamacpp:
        import llama_cpp

        result["llama-cpp-python"] = llama_cpp.__version__
    return result


def main():
    arguments = options()
    torch.set_num_threads(arguments.threads)
    model, tokenizer = load_oracle(arguments.model)
    chunks, owners = read_chunks(arguments.text, tokenizer, arguments.chunk, arguments.chunks)
    with tempfile.TemporaryDirectory() as folder:
        oracle = oracle_logits(model, chunks, os.path.join(folder, "oracle"))
        del model
        figures = Figures(oracle, owners, arguments.text)
        for name in arguments.quire:
            run, _, file = name.partition("=")
            label = f"Quire {run}" + (f", {os.path.basename(file)}" if file else "")
            figures.add(label, quire_logits(file or arguments.model, run, chunks, folder))
        for path in arguments.llamacpp:
            figures.add(f"llama.cpp, {os.path.basename(path)}", llamacpp_logits(path, chunks, arguments.threads))
    ratios = figures.ratios()
    for name, ratio in ratios.items():
        print(f"\n{name}: {ratio['ratio']} ({ratio['interval'][0]} to {ratio['interval'][1]})")
    if arguments.json:
        report = {
            "model": os.path.basename(os.path.normpath(arguments.model)), "positions": int(chunks.size),
            "chunk": arguments.chunk, "versions": versions(arguments), "engines": figures.engines, "ratios": ratios,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
