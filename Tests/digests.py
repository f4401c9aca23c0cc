#!/usr/bin/env python3
"""Digests of what the program answers, over many jobs: shows that a change of the code changes no byte of any answer.

    Tests/digests.py record BINARY FILE              writes the digests of all jobs
    Tests/digests.py compare BINARY FILE             runs the jobs again and tells what differs
    Tests/digests.py compare BINARY OTHER_BINARY     the same, with both texts of the first line that differs

Lines of answers are compared byte by byte, sorted where their order is free, and so are exit codes. Messages of error
lines and of refusals (standard error) are digested apart: where nothing else differs they are told and do not fail,
unless --messages is given. A job whose bits depend on the machine is skipped where the machine is another kind than
the file's: bfloat16 products, OpenBLAS, and instruction sets that are not there. The jobs are in digests_jobs.py.
"""
import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time

import digests_models
from digests_jobs import all_jobs


class Failure(Exception):
    """A job that did not do what it is there for."""


def machine(binary):
    """What decides the bits of some jobs."""
    flags = ""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    has = set(flags.split())
    return {
        "architecture": platform.machine(), "avx2": {"avx2", "fma", "f16c"} <= has, "avx512": "avx512_vnni" in has,
        "bf16": "avx512_bf16" in has, "openblas": openblas(), "libc": " ".join(platform.libc_ver()),
    }


def openblas():
    """A digest of the OpenBLAS that programs load here."""
    if not os.path.exists("/lib64/ld-linux-x86-64.so.2"):
        return None
    told = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    found = re.search(r"libopenblas\.so\.0 .*=> (\S+)", told)
    if not found:
        return None
    with open(found.group(1), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def reason_to_skip(job, here, there):
    """Why a job says nothing on this machine, or None."""
    if here["architecture"] != there["architecture"]:
        return f"recorded on {there['architecture']}"
    for need in job.needs:
        if need in ("avx2", "avx512") and not here[need]:
            return f"no {need} here"
        if need in ("bf16", "openblas") and here[need] != there[need]:
            return f"another {need} than the file's"
    return None


def without_message(value):
    """A JSON value whose error objects have lost their text."""
    if isinstance(value, dict):
        wrong = "code" in value and isinstance(value.get("message"), str)
        return {key: "" if wrong and key == "message" else without_message(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_message(each) for each in value]
    return value


def names(value, path=""):
    """The names of a JSON document, in order, and what kind of value each has."""
    if isinstance(value, dict):
        return [line for key, each in value.items() for line in names(each, f"{path}.{key}")]
    if isinstance(value, list):
        return [line for each in value[:1] for line in names(each, path + "[]")]
    return [f"{path} {'number' if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__}"]


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class Answer:
    """What a job gave: lines, each with a twin that has no message."""

    def __init__(self, job, status, out, err):
        self.status, lines = status, out.split("\n")
        if job.keys:
            lines = names(json.loads(out))
        elif job.arguments[0] == "run" and "--ordered" not in job.arguments:
            lines.sort()
        self.lines = [f"status {status}" + (f": {err}" if status else "")] + lines
        self.plain = [f"status {status}"] + [self.without_message(line) for line in lines]

    @staticmethod
    def without_message(line):
        if '"message"' not in line or '"code"' not in line:
            return line
        try:
            return json.dumps(without_message(json.loads(line)), ensure_ascii=False)
        except ValueError:
            return line

    def entry(self):
        return {
            "all": hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:32],
            "plain": hashlib.sha256("\n".join(self.plain).encode()).hexdigest()[:32],
            "lines": " ".join(map(short, self.lines)), "plain_lines": " ".join(map(short, self.plain)),
        }


class Runner:
    """Runs jobs of one binary in a folder that has the models, so that no path depends on the machine."""

    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), folder

    def answer(self, job):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            for name in os.listdir(self.folder):
                if name != os.path.basename(folder) and not name.startswith("tmp"):
                    os.symlink(os.path.join(self.folder, name), os.path.join(folder, name))
            arguments = list(job.arguments)
            if job.source is not None:
                with open(os.path.join(folder, "in.jsonl"), "wb") as file:
                    for line in job.source:
                        text = line if isinstance(line, (bytes, str)) else json.dumps(line, ensure_ascii=False)
                        file.write((text if isinstance(text, bytes) else text.encode()) + b"\n")
                arguments += ["-i", "in.jsonl", "-o", "-"]
            if job.sees:
                arguments += ["--metrics-file", "metrics.json"]
            environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUIRE_", "OPENBLAS_"))}
            done = subprocess.run(
                [self.binary, *arguments], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=600,
                env={**environment, **job.environment})
            if done.returncode < 0:
                raise Failure(f"{job.name}: signal {-done.returncode}: {done.stderr.decode()[-500:]}")
            for metric in job.sees:
                with open(os.path.join(folder, "metrics.json"), encoding="utf-8") as file:
                    value = json.load(file)
                for key in metric.split("."):
                    value = value[key]
                if value == 0:
                    raise Failure(f"{job.name}: {metric} is 0, so the job shows nothing")
            return Answer(job, done.returncode, done.stdout.decode(), done.stderr.decode())

    def answers(self, jobs):
        """Name → answer, as many at a time as there are processors."""
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            futures = {job.name: pool.submit(self.answer, job) for job in jobs}
        failures = [str(future.exception()) for future in futures.values() if future.exception()]
        if failures:
            raise Failure("\n".join(failures))
        return {name: future.result() for name, future in futures.items()}


def models(folder, jobs):
    """Writes the models that the jobs name."""
    wanted = {word for job in jobs for word in job.arguments}
    for name, build in digests_models.builders().items():
        if name in wanted:
            build(os.path.join(folder, name))


def chosen(pattern, isa=None):
    """The jobs whose names match; with an instruction set, those that have the same bits on all, on that one."""
    jobs = [job for job in all_jobs() if re.search(pattern, job.name)]
    assert len({job.name for job in jobs}) == len(jobs), "two jobs have the same name"
    if isa:
        jobs = [dataclasses.replace(job, environment={"QUIRE_ISA": isa}) for job in jobs
                if job.arguments[0] == "run" and not job.environment and not job.needs]
    return jobs


def record(binary, file, jobs, folder):
    answers = Runner(binary, folder).answers(jobs)
    content = {"machine": machine(binary), "jobs": {name: answer.entry() for name, answer in answers.items()}}
    with open(file, "w", encoding="utf-8") as output:
        json.dump(content, output, indent=1, ensure_ascii=False)
        output.write("\n")
    print(f"{len(jobs)} jobs recorded")


def first_difference(new, old):
    """The index of the first line that differs, of two lists."""
    return next((i for i, (a, b) in enumerate(zip(new, old)) if a != b), min(len(new), len(old)))


def clipped(lines, index):
    text = lines[index] if index < len(lines) else "(no such line)"
    return text if len(text) <= 600 else text[:600] + " …"


def tell(name, answer, entry, other, which):
    """Prints the first line in which a job differs."""
    fields = {"all": "lines", "plain": "plain_lines"}
    lines = answer.lines if which == "all" else answer.plain
    at = first_difference([short(line) for line in lines], entry[fields[which]].split())
    print(f"  {name}: line {at} of {len(lines)}, of {len(entry['lines'].split())} before")
    if other:
        print("    before: " + clipped(other.lines if which == "all" else other.plain, at))
    print("    now:    " + clipped(lines, at))


def changed_messages(answers, others):
    """(before, now) of every message of an error line, or refusal, that has other words."""
    def message(line):
        found = re.search(r'"message":("(?:[^"\\]|\\.)*")', line)
        return json.loads(found.group(1)) if found else line

    return {(message(old), message(new)) for name, answer in answers.items() if len(answer.lines) == len(others[name].lines)
            for old, new, plain, was in zip(others[name].lines, answer.lines, answer.plain, others[name].plain)
            if old != new and plain == was}


def compare(binary, reference, jobs, folder, strict_messages):
    others = {}
    if reference.endswith(".json"):
        with open(reference, encoding="utf-8") as file:
            recorded = json.load(file)
    else:
        others = Runner(reference, folder).answers(jobs)
        recorded = {"machine": machine(reference), "jobs": {name: answer.entry() for name, answer in others.items()}}
    here = machine(binary)
    skipped, unknown, run = {}, [], []
    for job in jobs:
        reason = reason_to_skip(job, here, recorded["machine"])
        if job.name not in recorded["jobs"]:
            unknown.append(job.name)
        elif reason:
            skipped.setdefault(reason, []).append(job.name)
        else:
            run.append(job)
    answers = Runner(binary, folder).answers(run)
    known = {name: recorded["jobs"][name] for name in answers}
    entries = {name: answer.entry() for name, answer in answers.items()}
    # A model that the other build does not know shows nothing.
    fresh = [name for name, answer in answers.items() if name in others and answer.status == 0 and others[name].status != 0]
    answers = {name: answer for name, answer in answers.items() if name not in fresh}
    wrong = [name for name in answers if entries[name]["plain"] != known[name]["plain"]]
    worded = [name for name in answers if name not in wrong and entries[name]["all"] != known[name]["all"]]
    for title, some, which in (("ANSWERS DIFFER", wrong, "plain"), ("messages differ, and nothing else", worded, "all")):
        if some:
            print(f"{title} in {len(some)} jobs:")
        for name in some:
            tell(name, answers[name], known[name], others.get(name), which)
    if worded and others:
        print("every message that changed:")
        for before, now in sorted(changed_messages(answers, others)):
            print(f"  - {before}\n  + {now}")
    for reason, some in skipped.items():
        print(f"skipped, {reason}: {len(some)} jobs: {', '.join(some[:6])}{' …' if len(some) > 6 else ''}")
    if fresh:
        print(f"refused by {reference}: {len(fresh)} jobs: {', '.join(fresh[:6])}{' …' if len(fresh) > 6 else ''}")
    if unknown:
        print(f"not in {reference}: {len(unknown)} jobs: {', '.join(unknown[:6])}{' …' if len(unknown) > 6 else ''}")
    if wrong and here["libc"] != recorded["machine"]["libc"]:
        print(f"the C library is {here['libc']}, where it was {recorded['machine']['libc']}: its sines decide rotations")
    lines = sum(len(answer.lines) - 1 for answer in answers.values())
    print(f"{len(answers)} jobs of {lines} lines: {len(answers) - len(wrong) - len(worded)} identical, "
          f"{len(worded)} in other words, {len(wrong)} different")
    if not answers and not skipped:
        raise Failure("no job was compared")
    return bool(wrong) or (strict_messages and bool(worded))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["record", "compare", "list"])
    parser.add_argument("binary", nargs="?", default=os.environ.get("QUIRE"), help="a release build; else QUIRE of the environment")
    parser.add_argument("file", nargs="?", help="digests (.json); for compare also another binary")
    parser.add_argument("--jobs", default="", metavar="REGEX", help="only jobs whose names match")
    parser.add_argument("--isa", choices=["avx2", "avx512", "scalar"], help="run jobs that choose none on this instruction set")
    parser.add_argument("--messages", action="store_true", help="fail where only messages differ, too")
    options = parser.parse_args()
    if options.file is None and options.binary != os.environ.get("QUIRE"):
        options.binary, options.file = os.environ.get("QUIRE"), options.binary
    jobs = chosen(options.jobs, options.isa)
    if options.command == "list":
        print("\n".join(job.name for job in jobs))
        return 0
    if not options.binary or not options.file:
        parser.error(f"{options.command} needs a binary and a file")
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="quire-digests-") as folder:
            models(folder, jobs)
            if options.command == "record":
                record(options.binary, options.file, jobs, folder)
                failed = False
            else:
                failed = compare(options.binary, options.file, jobs, folder, options.messages)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
