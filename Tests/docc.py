#!/usr/bin/env python3
"""Builds the documentation of the library products with the toolchain's docc, warnings being errors.

    Tests/docc.py [--modules .build/debug/Modules] [--output FOLDER]

Symbol graphs come from the modules that are built, those of modules that a product exports again included. Every public
symbol must have a comment, and each catalog a landing page; snippets of the catalogs are compiled by dependency.py.
"""
import argparse
import glob
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PRODUCTS = ["Quire", "QuireBatch"]


def exported(product):
    """Modules that a product exports again, whole or in part."""
    found = set()
    for path in glob.glob(os.path.join(ROOT, "Sources", product, "**", "*.swift"), recursive=True):
        with open(path, encoding="utf-8") as file:
            found |= set(re.findall(r"(?m)^@_exported (?:public )?import (?:\w+ )?(\w+)", file.read()))
    return sorted(found)


def symbols(product, modules, folder):
    """Writes the symbol graph of a product into a folder, and returns its symbols."""
    headers = [argument for path in glob.glob(os.path.join(ROOT, "Sources", "C*")) for argument in ("-I", path)]
    done = subprocess.run([
        "swift-symbolgraph-extract", "-module-name", product, "-I", modules, *headers,
        "-target", f"{platform.machine()}-unknown-linux-gnu", "-minimum-access-level", "public", "-skip-synthesized-members",
        "-experimental-allowed-reexported-modules=" + ",".join(exported(product)), "-output-dir", folder],
        capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: no symbol graph of {product}: {done.stdout}{done.stderr}")
    with open(os.path.join(folder, product + ".symbols.json"), encoding="utf-8") as file:
        return json.load(file)["symbols"]


def undocumented(found):
    """Names of symbols written in our sources that have no comment."""
    for symbol in found:
        if "docComment" not in symbol and ROOT in symbol.get("location", {}).get("uri", ""):
            place = symbol["location"]
            yield f"{place['uri'].removeprefix('file://' + ROOT + '/')}:{place['position']['line'] + 1}: {'.'.join(symbol['pathComponents'])}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", default=os.path.join(ROOT, ".build", "debug", "Modules"))
    parser.add_argument("--output", help="where the archives go; nowhere otherwise")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as work:
        for product in PRODUCTS:
            folder = os.path.join(work, product)
            os.makedirs(folder)
            found = symbols(product, options.modules, folder)
            missing = list(undocumented(found))
            catalog = os.path.join(ROOT, "Sources", product, product + ".docc")
            output = os.path.join(options.output or work, product + ".doccarchive")
            done = subprocess.run([
                "docc", "convert", catalog, "--additional-symbol-graph-dir", folder, "--fallback-display-name", product,
                "--fallback-bundle-identifier", "quire." + product, "--output-path", output, "--warnings-as-errors",
                "--ide-console-output"], capture_output=True, text=True)
            told = (done.stdout + done.stderr).replace(ROOT + "/", "").strip()
            print("\n".join([*(f"{each} has no comment" for each in missing), *([told] if told else [])]))
            print(f"{product}: {len(found)} public symbols, {len(missing)} without a comment")
            failed |= done.returncode != 0 or bool(missing) or not found
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
