#!/usr/bin/env python3
"""Lines of Swift by target, the largest files, and what is public though no product promises it, before and after.

    Tests/house.py [COMMIT]        one column for the commit (default: none) and one for the working tree

A line counts where something other than white space stands on it. Public declarations are counted outside the two
library products and the modules that these export again, and outside the kernel bodies, which have to be public to be
inlined.
"""
import collections
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROMISED = {"Quire", "QuireBatch"}
INLINED = {"QuireKernelBodies"}


def told(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def sources(commit):
    """Path → text of every Swift file under Sources and Tests."""
    if commit:
        names = told("git", "ls-tree", "-r", "--name-only", commit, "Sources", "Tests").splitlines()
        return {name: told("git", "show", f"{commit}:{name}") for name in names if name.endswith(".swift")}
    found = {}
    for name in told("git", "ls-files", "-co", "--exclude-standard", "Sources", "Tests").splitlines():
        if name.endswith(".swift") and os.path.exists(os.path.join(ROOT, name)):
            with open(os.path.join(ROOT, name), encoding="utf-8") as file:
                found[name] = file.read()
    return found


class House:
    def __init__(self, commit):
        self.lines, self.public = collections.Counter(), collections.Counter()
        self.files = {}
        found = sources(commit)
        exported = {module for name, text in found.items() if name.split("/")[1] in PROMISED
                    for module in re.findall(r"(?m)^@_exported public import (?:\w+ )?(\w+)", text)}
        for name, text in found.items():
            target = name.split("/")[1] if name.startswith("Sources/") else "tests and their tools"
            count = sum(1 for line in text.splitlines() if line.strip())
            self.lines[target] += count
            if name.startswith("Sources/"):
                self.files[name] = len(text.splitlines())
                if target not in PROMISED | INLINED | exported:
                    self.public[target] += len(re.findall(r"(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open) (?!import)", text))


def main():
    commits = sys.argv[1:2] + [None]
    houses = [House(commit) for commit in commits]
    titles = [commit or "now" for commit in commits]

    def row(name, values):
        print(f"| {name} | " + " | ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in values) + " |")

    row("lines of Swift", titles)
    print("|---" * (len(titles) + 1) + "|")
    targets = sorted({target for house in houses for target in house.lines})
    for target in targets:
        row(f"`{target}`" if target.startswith(("Q", "C")) else target, [house.lines[target] for house in houses])
    row("all of Sources", [sum(house.lines[target] for target in targets if not target.startswith("tests")) for house in houses])
    row("files", [len(house.files) for house in houses])
    largest = [max(house.files.items(), key=lambda entry: entry[1]) for house in houses]
    row("largest file", [f"`{name}`, {count}" for name, count in largest])
    row("files over 300 lines", [sum(count > 300 for count in house.files.values()) for house in houses])
    row("files under 25 lines", [sum(count < 25 for count in house.files.values()) for house in houses])
    row("public outside the products", [sum(house.public.values()) for house in houses])
    for index, title in enumerate(titles):
        found = ", ".join(f"{target} {count}" for target, count in houses[index].public.most_common() if count)
        print(f"\npublic, {title}: {found or 'none'}")


if __name__ == "__main__":
    main()
