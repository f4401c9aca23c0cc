#!/usr/bin/env python3
"""What a job would give on 16 to 128 cores, with one engine and with engines side by side: a model on paper, no measurement.

    Tests/scaling.py [--sequences 256] [--context 192] [--cores 16,32,64,128] [--assume NAME=VALUE …]

A step of decoding is added up from its parts: products and attention, limited by the cores or by the memory; the waits of a
team at the end of each of its runs; what one thread does alone. Each assumption is a constant below, and `--assume` takes
another value for one, so that everybody may put in those of a machine at hand. Printed are tokens a second of the whole
machine, in thousands.
"""
import argparse
import math
from dataclasses import dataclass, fields, replace


@dataclass
class Machine:
    """One memory node for every 64 cores, whose last-level caches serve eight cores each."""
    products: float = 300e9     # byte operations a second and core in 4-bit products
    attention: float = 25e9     # fp32 operations a second and core in attention
    core_memory: float = 20e9   # bytes a second that one core reads
    node_memory: float = 300e9  # bytes a second that a node reads
    node_cores: int = 64
    cache_cores: int = 8        # cores that share a last-level cache
    cache_bytes: float = 32e6   # of it
    cache_rate: float = 60e9    # bytes a second and core from it
    near: float = 0.06e-6       # a cache line goes from core to core of one last-level cache
    far: float = 0.25e-6        # to a core of another
    fork: float = 0.3e-6        # a run begins and ends, apart from the lines that are passed around
    takes: int = 3              # chunks that a member takes in a run, each a pass of one line
    alone: float = 60e-6        # a step's schedule and text, on one thread
    alone_sequence: float = 1.5e-6  # the same of each sequence


@dataclass
class Model:
    name: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    bits: float = 5

    def matrices(self):
        """Rows and columns of each product of a layer."""
        return [
            ((self.heads + 2 * self.kv_heads) * self.head, self.hidden), (self.hidden, self.heads * self.head),
            (2 * self.intermediate, self.hidden), (self.hidden, self.intermediate)]


MODELS = [
    Model("SmolLM2 135M", 30, 576, 1536, 9, 3, 64, 49152),
    Model("Qwen2.5 1.5B", 28, 1536, 8960, 12, 2, 128, 151936),
    Model("Mistral 7B", 32, 4096, 14336, 32, 8, 128, 32768),
]


def run_time(machine, threads):
    """The waits of one run: each pass of the shared line goes to a core near or far."""
    if threads == 1:
        return 0
    far = max(0, threads - machine.cache_cores) / threads
    return machine.fork + machine.takes * threads * (machine.near * (1 - far) + machine.far * far)


def product_time(machine, rows, columns, bits, tokens, threads, memory):
    """A product's time, limited by what is slower: the cores that have a panel to multiply, or the weights' way."""
    panels = -(-rows // 32)
    rounds = math.ceil(panels / threads) * threads / panels if panels < 16 * threads else 1
    arithmetic = 2 * rows * columns * tokens / machine.products / threads * rounds
    return max(arithmetic, rows * columns * bits / 8 / memory)


def step_time(machine, model, tokens, context, threads, engines):
    """Seconds of a step of one engine, of as many as there are."""
    cores = threads * engines
    nodes = -(-cores // machine.node_cores)
    memory = min(machine.core_memory * threads, machine.node_memory * nodes / engines)
    weights = sum(rows * columns for rows, columns in model.matrices()) * model.layers * model.bits / 8
    caches = max(1, threads / machine.cache_cores)
    if weights / caches < machine.cache_bytes:
        memory = machine.cache_rate * threads
    time = machine.alone + machine.alone_sequence * tokens
    for rows, columns in model.matrices():
        time += model.layers * product_time(machine, rows, columns, model.bits, tokens, threads, memory)
    # Keys and values of half precision, read once for all heads of their group.
    kv_bytes = 2 * 2 * model.kv_heads * model.head * context * tokens
    items = tokens * model.kv_heads
    rounds = math.ceil(items / threads) * threads / items
    kv_memory = min(machine.core_memory * threads, machine.node_memory * nodes / engines)
    time += model.layers * max(
        4 * model.heads * model.head * context * tokens / machine.attention / threads * rounds, kv_bytes / kv_memory)
    time += product_time(machine, model.vocabulary, model.hidden, model.bits, tokens, threads, memory)
    return time + (5 * model.layers + 3) * run_time(machine, threads)


def rate(machine, model, options, cores, threads):
    engines = max(1, cores // threads)
    tokens = max(1, options.sequences // engines)
    return tokens * engines / step_time(machine, model, tokens, options.context, threads, engines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=256, help="that run at a time on the whole machine")
    parser.add_argument("--context", type=int, default=192, help="positions that each sequence sees")
    parser.add_argument("--cores", default="16,32,64,128")
    parser.add_argument("--assume", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    types = {field.name: type(field.default) for field in fields(Machine)}
    values = dict(each.split("=", 1) for each in options.assume)
    machine = replace(Machine(), **{name: types[name](float(value)) for name, value in values.items()})
    columns = ["cores", "one engine", "of 16", "of 8", "of 4", "of 1", "best"]
    for model in MODELS:
        print(f"{model.name}, {options.sequences} sequences of {options.context} positions")
        print("  ".join(f"{name:>10}" for name in columns))
        for cores in map(int, options.cores.split(",")):
            teams = [cores] + [threads for threads in (16, 8, 4, 1) if threads <= cores]
            rates = {threads: rate(machine, model, options, cores, threads) for threads in teams}
            best = max(rates, key=rates.get)
            cells = [f"{rates[threads] / 1e3:.2f}" if threads in rates else "" for threads in (cores, 16, 8, 4, 1)]
            cells = [str(cores), *cells, f"of {best}"]
            print("  ".join(f"{cell:>10}" for cell in cells))


main()
