#!/usr/bin/env python3
"""A file of prompts over the nodes of a Ray cluster: one long-lived `quire run` an actor.

    answer.py --model MODEL -i prompts.jsonl -o answers.jsonl [--workers 2] [--address auto] [-- options of quire run]

The driver reads the file, gives each line an id, and hands lines to workers so that each always has --window of them. A
worker that is lost, with its node or alone, is replaced, and its lines are sent again: answers depend on nothing but
their lines, so they are the bytes that one `quire run --ordered` over the whole file writes, wherever they were made.
"""
import argparse
import collections
import itertools
import json
import os
import queue
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import numbered_lines  # noqa: E402
import ray  # noqa: E402

# Nodes need no copy of these two files: they travel with the actors.
for module in (numbered_lines, sys.modules[__name__]):
    ray.cloudpickle.register_pickle_by_value(module)


class QuireEnded(RuntimeError):
    """The process of a worker ended while lines were under way."""


@ray.remote(num_cpus=1, concurrency_groups={"put": 1, "take": 1}, max_restarts=0)
class Worker:
    """One `quire run`, fed and read for as long as the actor lives."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.position = 0
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for answer in self.process.stdout:
            self.answers.put(answer)
        self.answers.put(None)

    @ray.method(concurrency_group="put")
    def put(self, pairs):
        """Sends lines, each (index, text), in the order of the file."""
        text = "".join(line + "\n" for line in numbered_lines.padded(pairs, self.position))
        self.position = pairs[-1][0] + 1
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise QuireEnded(f"quire ended with status {self.process.wait()}") from None

    @ray.method(concurrency_group="take")
    def take(self):
        """Waits for an answer, and returns all that have come."""
        found = [self.answers.get()]
        while not self.answers.empty():
            found.append(self.answers.get())
        if None in found:
            raise QuireEnded(f"quire ended with status {self.process.wait()}")
        return found

    def process_id(self):
        return self.process.pid


class Pool:
    """The workers, and the lines that each of them has."""

    def __init__(self, command, count, window):
        self.command, self.window = command, window
        # What a worker's next answers come through → the worker and its unanswered lines: index → text.
        self.taking = {}
        self.replaced_count = 0
        for _ in range(count):
            self.start({})

    def start(self, lines):
        """Makes a worker, and sends it the lines that another one lost."""
        worker = Worker.remote(self.command)
        if lines:
            worker.put.remote(sorted(lines.items()))
        self.taking[worker.take.remote()] = (worker, lines)

    def close(self):
        """Ends the workers, which would wait for lines for ever."""
        for worker, _ in self.taking.values():
            ray.kill(worker)

    def least_busy(self):
        """The worker with the fewest lines, and these."""
        return min(self.taking.values(), key=lambda entry: len(entry[1]))

    def wait(self):
        """Waits for answers of any worker; returns them and that worker's unanswered lines."""
        (ready,), _ = ray.wait(list(self.taking), num_returns=1)
        worker, lines = self.taking.pop(ready)
        try:
            found = ray.get(ready)
        except ray.exceptions.RayError as error:
            self.replace(worker, lines, str(error).strip().splitlines()[-1])
            return [], lines
        self.taking[worker.take.remote()] = (worker, lines)
        return found, lines

    def replace(self, worker, lines, reason):
        """Starts another worker in place of a lost one."""
        print(f"a worker was lost with {len(lines)} lines: {reason}", file=sys.stderr)
        self.replaced_count += 1
        # A model that cannot be loaded, or a line that ends the process, would be tried for ever.
        if self.replaced_count > 10 + len(self.taking):
            sys.exit("error: workers are lost again and again; their own messages stand above")
        ray.kill(worker)
        self.start(lines)


def answer_file(command, source, sink, worker_count, window):
    """Writes the answer of every line of `source`, in order; returns how many workers were replaced."""
    pool = Pool(command, worker_count, window)
    try:
        hand_out(pool, numbered_lines.numbered(source), sink, 8 * worker_count * window)
    finally:
        pool.close()
    return pool.replaced_count


def hand_out(pool, numbered, sink, limit):
    """Keeps the workers busy until every line's answer is written, with at most `limit` lines read and not written."""
    # Lines that were read and are not written, in order; answers that wait for earlier ones; index by id.
    order, waiting, index_of = collections.deque(), {}, {}
    has_ended = False
    while order or not has_ended:
        while not has_ended and len(order) < limit:
            worker, lines = pool.least_busy()
            free = pool.window - len(lines)
            if free <= 0:
                break
            block = list(itertools.islice(numbered, free))
            has_ended = len(block) < free
            if not block:
                break
            for line in block:
                lines[line.index] = line.text
                index_of[line.id] = line.index
                order.append(line)
            worker.put.remote([(line.index, line.text) for line in block])
        if not order:
            return
        answers, lines = pool.wait()
        for answer in answers:
            members = json.loads(answer)
            # Answers of OpenAI's form have no index.
            index = members["index"] if "index" in members else index_of[json.dumps(members["custom_id"])]
            del lines[index]
            waiting[index] = answer
        while order and order[0].index in waiting:
            line = order.popleft()
            sink.write(waiting.pop(line.index))
            index_of.pop(line.id, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a model that every node can read under this name")
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--quire", default="quire", help="the program, on every node")
    parser.add_argument("--workers", type=int, default=2, help="actors; each takes one CPU of Ray's")
    parser.add_argument("--window", type=int, default=128, help="lines that a worker has at a time")
    parser.add_argument("--address", help="of a running cluster; without it a local one is started")
    parser.add_argument("options", nargs="*", help="further options of quire run, after --")
    options = parser.parse_args()
    ray.init(address=options.address, log_to_driver=True, logging_level="warning")
    command = [options.quire, "run", "--model", options.model, "-i", "-", "-o", "-", "--quiet", *options.options]
    with open(options.input, encoding="utf-8") as source, open(options.output, "wb") as sink:
        replaced = answer_file(command, source, sink, options.workers, options.window)
    print(f"done; {replaced} workers were replaced", file=sys.stderr)


if __name__ == "__main__":
    main()
