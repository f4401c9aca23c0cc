"""Kills and stops processes that share a job, at random moments, until the job is done: the bytes of one ordered run.

    python3 Tests/work_dir.py --kills 200 [--quire .build/release/quire] [--model PATH] [--processes 3] [--lines 60] [--tokens 100]

Without a model a tiny random one is made. A third of the processes are stopped past their lease instead of killed, and
wake up later. A job that ends otherwise is kept for a look.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests"))
from kills import option_parser, prepare  # noqa: E402

LEASE = 1


def main():
    parser = option_parser(__doc__)
    parser.add_argument("--kills", type=int, default=20, help="kills and stops, of all jobs together")
    parser.add_argument("--processes", type=int, default=3)
    arguments = parser.parse_args()
    choose = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        model, source = prepare(folder, arguments)

        def command(output, *options):
            return [arguments.quire, "run", "--model", model, "-i", source, "-o", output, "--max-num-seqs", "8", "--quiet", *options]

        def files(output):
            found = []
            for suffix in ("", ".lines", ".manifest.json"):
                with open(output + suffix, "rb") as file:
                    found.append(file.read())
            return found

        whole = os.path.join(folder, "whole")
        start = time.monotonic()
        subprocess.run(command(whole, "--ordered"), check=True)
        seconds, expected = time.monotonic() - start, files(whole)
        kills = stops = jobs = 0
        while kills + stops < arguments.kills:
            jobs += 1
            job = os.path.join(folder, "job")
            shutil.rmtree(job, ignore_errors=True)
            os.mkdir(job)
            output = os.path.join(job, "out")

            def begin():
                return subprocess.Popen(
                    command(output, "--work-dir", os.path.join(job, "work"), "--lease-seconds", str(LEASE)),
                    stderr=subprocess.PIPE)

            def fail(why):
                for process, _ in running:
                    process.kill()
                kept = tempfile.mkdtemp(prefix="work-dir-")
                shutil.copytree(job, kept, dirs_exist_ok=True)
                sys.exit("work_dir: %s after %d kills and %d stops; the job is in %s" % (why, kills, stops, kept))

            # Processes, and when one that is stopped wakes.
            running = [(begin(), None) for _ in range(arguments.processes)]
            deadline = time.monotonic() + 300
            while running:
                time.sleep(choose.uniform(0, seconds / 4))
                if time.monotonic() > deadline:
                    fail("a job does not end")
                for entry in list(running):
                    process, wakes = entry
                    if wakes is not None and time.monotonic() > wakes:
                        process.send_signal(signal.SIGCONT)
                        running[running.index(entry)] = (process, None)
                    elif wakes is None and process.poll() is not None:
                        if process.returncode:
                            fail("a process ended with %d: %s" % (process.returncode, process.stderr.read().decode()))
                        process.stderr.close()
                        running.remove(entry)
                awake = [entry for entry in running if entry[1] is None]
                # A job gets as many blows as it has processes, so that it ends.
                if not awake or kills + stops >= jobs * 2 * arguments.processes:
                    continue
                entry = choose.choice(awake)
                process = entry[0]
                if choose.random() < 1 / 3:
                    process.send_signal(signal.SIGSTOP)
                    running[running.index(entry)] = (process, time.monotonic() + choose.uniform(0.5, 3) * LEASE)
                    stops += 1
                else:
                    process.kill()
                    process.wait()
                    process.stderr.close()
                    running.remove(entry)
                    running.append((begin(), None))
                    kills += 1
            if files(output) != expected:
                fail("an output differs")
            print("%d jobs, %d kills, %d stops" % (jobs, kills, stops), flush=True)
        print("%d kills and %d stops in %d jobs of %d processes: every output as that of one ordered run" % (
            kills, stops, jobs, arguments.processes))


if __name__ == "__main__":
    main()
