"""The scripts for Slurm, with a small program that plays `sbatch` and `scontrol`."""
import os
import stat
import subprocess
import sys

from harness import QUIRE, ROOT, QuireTestCase

# Runs a job at once: the tasks of an array one after the other, one that is put back into the queue again at the end. The
# first task gets the signal that Slurm sends before its time is up.
SBATCH = r'''#!%s
import glob, json, os, signal, subprocess, sys, time
folder = os.path.dirname(os.path.abspath(__file__))
options = [word for word in sys.argv[1:] if word.startswith("--")]
script = next(word for word in sys.argv[1:] if not word.startswith("--"))
arguments = sys.argv[sys.argv.index(script) + 1:]
options = options[:sys.argv.index(script) - 1]
number = len(glob.glob(folder + "/job*")) + 1
def value(name):
    return next((word.split("=", 1)[1] for word in options if word.startswith(name + "=")), None)
dependency = value("--dependency")
if dependency:
    kind, other = dependency.split(":")
    assert kind == "afterok" and json.load(open("%%s/job%%s" %% (folder, other))) == "0", dependency
first, last = map(int, (value("--array") or "0-0").split("-"))
tasks, runs = list(range(first, last + 1)), 0
while tasks:
    task = tasks.pop(0)
    environment = dict(os.environ, PATH=folder + ":" + os.environ["PATH"], SLURM_CPUS_PER_TASK="1")
    if value("--array"):
        environment.update(SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_COUNT=str(last - first + 1), SLURM_ARRAY_JOB_ID=str(number))
    process = subprocess.Popen(["bash", script, *arguments], env=environment, stdout=sys.stderr)
    if value("--array") and runs == 0:
        output = arguments[2] + ".shard0"
        while process.poll() is None and not (os.path.exists(output) and os.path.getsize(output)):
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
    status = process.wait()
    runs += 1
    queue = "%%s/requeue.%%d_%%d" %% (folder, number, task)
    if os.path.exists(queue):
        assert status == 75, status
        os.remove(queue)
        tasks.append(task)
    elif status:
        json.dump(str(status), open("%%s/job%%d" %% (folder, number), "w"))
        sys.exit("task %%d ended with %%d" %% (task, status))
json.dump("0", open("%%s/job%%d" %% (folder, number), "w"))
json.dump(runs, open("%%s/runs%%d" %% (folder, number), "w"))
print("%%d;cluster" %% number)
''' % sys.executable
SCONTROL = r'''#!/bin/sh
[ "$1" = requeue ] && : > "$(dirname "$0")/requeue.$2"
'''


class Slurm(QuireTestCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        for name, content in (("sbatch", SBATCH), ("scontrol", SCONTROL)):
            path = self.write(os.path.join("bin", name), content)
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def submit(self, *arguments, expect=0):
        environment = dict(os.environ, QUIRE=QUIRE, PATH=self.path("bin") + ":" + os.environ["PATH"])
        done = subprocess.run(
            [os.path.join(ROOT, "Examples", "slurm", "submit.sh"), *map(str, arguments)], env=environment,
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, expect, done.stderr[-2000:])
        return done

    def test_an_array_job_that_is_stopped_and_a_merge_give_the_bytes_of_one_run(self):
        source = self.write_lines("in.jsonl", [
            {"prompt": "p%d" % (number // 2), "max_tokens": 100, "ignore_eos": True} for number in range(200)])
        told = self.submit(
            self.tiny(), source, self.path("out.jsonl"), 3, "--time=00:10:00", "--", "--temperature", 1, "--max-num-seqs", 2).stdout
        self.assertIn("array job 1, then merge job 2", told)
        with open(self.path("bin/runs1"), encoding="utf-8") as file:
            self.assertEqual(int(file.read()), 4, "one task was stopped, and went on")
        self.quire("run", "--model", self.tiny(), "-i", source, "-o", self.path("whole.jsonl"), "--ordered", "--temperature", 1)
        with open(self.path("out.jsonl"), "rb") as merged, open(self.path("whole.jsonl"), "rb") as whole:
            self.assertEqual(merged.read(), whole.read())

    def test_a_shard_that_fails_is_not_merged(self):
        source = self.write_lines("in.jsonl", [{"prompt": "p"}])
        self.assertIn("ended with 65", self.submit(self.path("no-model"), source, self.path("out.jsonl"), 2, expect=1).stderr)
        self.assertFalse(os.path.exists(self.path("out.jsonl")))
        self.submit(self.tiny(), source, self.path("out.jsonl"), 0, expect=64)
