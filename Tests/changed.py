#!/usr/bin/env python3
"""Prints what `Tests/run.sh --fast` has to test: the targets that the branch or the working tree changed, and their dependants.

    Tests/changed.py swift     the Swift files that changed
    Tests/changed.py tests     the test targets that reach a target that changed, with commas, as QUIRE_TESTS takes them

The branch is compared with where it left main (origin/main where there is no main); on main itself only what is not
committed counts. A change of Package.swift changes every target; a golden changes the test targets that name its folder.
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def told(*command, check=True):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=check).stdout


def changed_files():
    """Files that differ from the base, deleted ones included."""
    for name in ("main", "origin/main"):
        base = told("git", "merge-base", "HEAD", name, check=False).strip()
        if base:
            break
    names = told("git", "diff", "--name-only", base or "HEAD").splitlines()
    return sorted(set(names) | set(told("git", "ls-files", "--others", "--exclude-standard").splitlines()))


def targets():
    """Every target of the package, by name."""
    return {target["name"]: target for target in json.loads(told("swift", "package", "describe", "--type", "json"))["targets"]}


def changed_targets(files, package):
    if "Package.swift" in files:
        return set(package)
    found = set()
    for file in files:
        found |= {name for name, target in package.items() if file.startswith(target["path"] + "/")}
        if file.startswith("Tests/Goldens/"):
            folder = file.split("/")[2]
            for name, target in package.items():
                if target["type"] == "test" and told("git", "grep", "-lF", f"{folder}/", "--", target["path"], check=False):
                    found.add(name)
    return found


def test_targets(changed, package):
    """The test targets among all that depend, at any distance, on one that changed."""
    reached, before = set(changed), None
    while reached != before:
        before = set(reached)
        reached |= {name for name, target in package.items() if reached & set(target.get("target_dependencies", []))}
    return sorted(name for name in reached if package[name]["type"] == "test")


def main():
    if sys.argv[1:] not in (["swift"], ["tests"]):
        sys.exit(__doc__)
    files = changed_files()
    if sys.argv[1] == "swift":
        print("\n".join(file for file in files if file.endswith(".swift") and os.path.exists(os.path.join(ROOT, file))))
    else:
        package = targets()
        print(",".join(test_targets(changed_targets(files, package), package)))


if __name__ == "__main__":
    main()
