#!/usr/bin/env python3
"""Tells which functions a module's machine code has many copies of: bytes and copies by inlined function, most first.

    Tests/inlined.py .build/release/QuireModels.build [COUNT]

The debug information of a release build says so; `llvm-dwarfdump` reads it. A copy's bytes count the copies in it, too.
"""
import collections
import glob
import os
import re
import subprocess
import sys


def copies(object_file):
    """The name and size of each inlined call of an object file."""
    entry = {}
    dump = subprocess.run(
        ["llvm-dwarfdump", "--debug-info", object_file], capture_output=True, text=True, errors="replace", check=True)
    for line in dump.stdout.splitlines():
        if start := re.match(r"0x[0-9a-f]+:\s+(DW_TAG_\w+|NULL)", line):
            if "name" in entry:
                yield entry["name"], entry["size"]
            entry = {"isCall": start[1] == "DW_TAG_inlined_subroutine", "size": 0, "low": 0}
        elif not entry.get("isCall"):
            continue
        elif found := re.search(r'DW_AT_abstract_origin\s+\(0x[0-9a-f]+ "(.*)"\)', line):
            entry["name"] = found[1]
        elif found := re.search(r"DW_AT_low_pc\s+\((0x[0-9a-f]+)\)", line):
            entry["low"] = int(found[1], 16)
        elif found := re.search(r"DW_AT_high_pc\s+\((0x[0-9a-f]+)\)", line):
            entry["size"] = int(found[1], 16) - entry["low"]
        else:
            for low, high in re.findall(r"\[(0x[0-9a-f]+), (0x[0-9a-f]+)\)", line):
                entry["size"] += int(high, 16) - int(low, 16)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sizes, counts = collections.Counter(), collections.Counter()
    for object_file in glob.glob(os.path.join(sys.argv[1], "*.o")):
        for name, size in copies(object_file):
            sizes[name] += size
            counts[name] += 1
    most = sizes.most_common(int(sys.argv[2]) if len(sys.argv) == 3 else 30)
    names = subprocess.run(
        ["swift", "demangle", "--compact"], input="\n".join(name for name, _ in most), capture_output=True, text=True,
        check=True).stdout.splitlines()
    print("  bytes copies function")
    for (mangled, size), name in zip(most, names):
        print(f"{size:7} {counts[mangled]:6} {name}")


if __name__ == "__main__":
    main()
