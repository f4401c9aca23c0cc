#!/usr/bin/env python3
"""Runs a million requests through the scheduler and compares with the table of docs/scheduler.md.

    Tests/check_scale.py PATH_TO_SCHEDULE_SIMULATION

All figures but real times depend on the options alone, so that they must be those of the page to the last digit.
"""
import json
import os
import re
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "scheduler.md")


def documented():
    """Row → its numbers, of the table under "At scale"."""
    with open(PAGE, encoding="utf-8") as file:
        section = file.read().partition("## At scale\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| ([a-z].*?) \| (.*) \|$", section)
    return {name: [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", value)] for name, value in rows}


def main():
    told = subprocess.run([sys.argv[1], "--json"], capture_output=True, text=True, check=True).stdout
    report = json.loads(told)
    figures = report["figures"]
    expected = {
        "made-up time, throughput": [figures["elapsed_seconds"], report["requests_per_second"], report["output_tokens_per_second"]],
        "steps, sequences in one (mean)": [figures["step_count"], report["mean_batch_size"]],
        "blocks in use: mean, most": [report["mean_used_block_count"], figures["greatest_used_block_count"]],
        "preemptions, tokens computed again": [
            figures["preemption_count"], figures["recomputed_token_count"], figures["computed_token_count"]],
        "seconds to finish: 50, 90, 99 %, all": figures["seconds_to_finish"],
        "sequences that a `schedule()` looked at, at most": [figures["greatest_examined_count"]],
    }
    page, wrong = documented(), []
    for name, values in expected.items():
        said = page.get(name)
        # The page rounds: to whole numbers, or to one decimal.
        if said is None or len(said) != len(values) or any(abs(a - b) > (0.51 if b > 1000 else 0.051) for a, b in zip(values, said)):
            wrong.append(f"docs/scheduler.md: {name}: the page says {said}, the run {values}")
    print("\n".join(wrong) or f"{figures['finished_request_count']} requests as docs/scheduler.md says, "
          f"{report['scheduler_seconds']:.1f} s of scheduling")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
