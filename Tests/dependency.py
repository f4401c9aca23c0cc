#!/usr/bin/env python3
"""Builds a program that depends on this repository, as any user's does, and runs it on a model.

    Tests/dependency.py [--whole] [MODEL]        (default: SmolLM2, where Examples/setup.sh keeps it)

The working tree becomes a commit of a bare clone, which is tagged and served on loopback. The program has the sources of
all packages under Examples, one target each, and every Swift snippet of the pages and documentation catalogs, each as a
function; the manifest in docs/library.md must lead to the same products. So a release build shows that the manifest is
one that SwiftPM takes from a dependency (under tools-version 6.1 it refuses unsafe flags), that examples and
snippets compile, and that the answers come.

With --whole all is built from the tag, as a user's first build is, and the time is that of such a build. Without it the
program is built over the working tree, in its own .build, where the modules of Quire are built already; of the tag one
module with unsafe flags is built, and no file of the sources may be one that a commit leaves out.
"""
import argparse
import functools
import glob
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

import digests_models

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERSION = "99.0.0"
# What is typed to examples that ask.
TYPED = "What is a quire of paper?\nbye\n"
# What snippets use without making it, as parameters of the functions that they become.
GIVEN = "llm: LLM, params: SamplingParams, text: String, path: String"


def run(*command, cwd=ROOT, environment=None, **options):
    return subprocess.run(command, cwd=cwd, check=True, text=True, env={**os.environ, **(environment or {})}, **options)


def snapshot(folder):
    """A bare clone whose tag holds the working tree; the repository is left as it is."""
    index = os.path.join(folder, "index")
    environment = {"GIT_INDEX_FILE": index}
    run("git", "read-tree", "HEAD", environment=environment)
    run("git", "add", "-A", environment=environment)
    tree = run("git", "write-tree", environment=environment, stdout=subprocess.PIPE).stdout.strip()
    named = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (
        ("NAME", "Test"), ("EMAIL", "test@example.com"))}
    commit = run("git", "commit-tree", tree, "-p", "HEAD", "-m", "The working tree", environment=named,
                 stdout=subprocess.PIPE).stdout.strip()
    bare = os.path.join(folder, "served", "quire.git")
    run("git", "clone", "-q", "--bare", "--no-hardlinks", ROOT, bare)
    run("git", "push", "-q", bare, f"{commit}:refs/tags/{VERSION}")
    run("git", "update-server-info", cwd=bare)


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def serve(folder):
    """Serves a folder on a free port of loopback; returns the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def pages():
    names = run("git", "ls-files", "-co", "--exclude-standard", "*.md", stdout=subprocess.PIPE).stdout.splitlines()
    return [name for name in names if os.path.exists(os.path.join(ROOT, name))]


def snippets():
    """(page, number, text) of every block of Swift in the pages and catalogs."""
    for page in pages():
        with open(os.path.join(ROOT, page), encoding="utf-8") as file:
            blocks = re.findall(r"(?ms)^```swift\n(.*?)^```", file.read())
        for number, text in enumerate(blocks):
            yield page, number, text


def function(page, number, text):
    """A file whose function has the snippet as its body; imports and declarations that say so stay outside."""
    imports = sorted(set(re.findall(r"(?m)^import \w+$", text)) | {"import Foundation", "import Quire"})
    body = re.sub(r"(?m)^import \w+\n", "", text)
    name = re.sub(r"\W+", "_", page) + f"_{number}"
    if re.search(r"(?m)^@main", body) or "Package(" in body:
        return None
    return "\n".join(imports) + f"\n\n// {page}, block {number}\nfunc {name}({GIVEN}) async throws {{\n{textwrap.indent(body, '  ')}}}\n"


def find_examples():
    """The packages under Examples: their executables, each a folder of sources, by package."""
    packages = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "Examples/*/Package.swift"))):
        folder = os.path.dirname(path)
        packages[os.path.basename(folder)] = sorted(os.listdir(os.path.join(folder, "Sources")))
    return packages


def manifest(dependency, identity, examples):
    executables = "\n".join(
        f'    .executableTarget(name: "{name}", dependencies: products),' for names in examples.values() for name in names)
    return textwrap.dedent(f"""\
        // swift-tools-version: 6.2
        import PackageDescription

        let products: [Target.Dependency] = [
          .product(name: "Quire", package: "{identity}"), .product(name: "QuireBatch", package: "{identity}"),
        ]
        let package = Package(
          name: "Dependant",
          platforms: [.macOS(.v15)],
          dependencies: [{dependency}],
          targets: [
        """) + executables + textwrap.dedent("""
            // What a snippet makes and does not use would be a warning.
            .target(
              name: "Snippets", dependencies: products,
              swiftSettings: [.unsafeFlags(["-Xfrontend", "-suppress-warnings"])]),
          ])
        """)


def check_documented_manifest(url, folder):
    """The manifest of docs/library.md, with the address and version of this test, must resolve."""
    texts = [text for page, _, text in snippets() if page == "docs/library.md" and "Package(" in text]
    if len(texts) != 1:
        sys.exit(f"error: docs/library.md has {len(texts)} manifests, not one")
    changed = re.sub(r'\.package\(url: "[^"]*", from: "[^"]*"\)', f'.package(url: "{url}", from: "{VERSION}")', texts[0])
    names = re.findall(r'arget\(\s*name: "(\w+)"', changed)
    for name in names:
        os.makedirs(os.path.join(folder, "Sources", name))
        with open(os.path.join(folder, "Sources", name, "main.swift"), "w", encoding="utf-8") as file:
            file.write("import Quire\n")
    with open(os.path.join(folder, "Package.swift"), "w", encoding="utf-8") as file:
        file.write(changed)
    return names


def write_program(folder, dependency, identity, examples):
    """A package of all examples and snippets; returns how many snippets there are."""
    sources = os.path.join(folder, "Sources")
    shutil.rmtree(sources, ignore_errors=True)
    for package, names in examples.items():
        for name in names:
            shutil.copytree(os.path.join(ROOT, "Examples", package, "Sources", name), os.path.join(sources, name))
    os.makedirs(os.path.join(sources, "Snippets"))
    count = 0
    for page, number, text in snippets():
        content = function(page, number, text)
        if content:
            count += 1
            name = re.sub(r"\W+", "-", page) + f"-{number}.swift"
            with open(os.path.join(sources, "Snippets", name), "w", encoding="utf-8") as file:
                file.write(content)
    with open(os.path.join(folder, "Package.swift"), "w", encoding="utf-8") as file:
        file.write(manifest(dependency, identity, examples))
    return count


def check_nothing_is_left_out():
    """What is built over the working tree is what a commit of it holds."""
    told = run("git", "ls-files", "-o", "-i", "--exclude-standard", "Sources", stdout=subprocess.PIPE).stdout
    if told:
        sys.exit(f"error: .gitignore keeps sources out of a commit:\n{told}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true", help="build all of Quire from the tag")
    parser.add_argument("model", nargs="?", metavar="MODEL")
    options = parser.parse_args()
    model = os.path.abspath(options.model) if options.model else digests_models.smollm2()
    examples = find_examples()
    programs = [name for names in examples.values() for name in names]
    # Kept between runs: what other packages were fetched. Ours has another address each time.
    cache = os.path.join(ROOT, ".build", "dependency-cache")
    for stale in glob.glob(os.path.join(cache, "repositories", "quire*")):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="quire-dependency-") as folder:
        snapshot(folder)
        url = f"http://127.0.0.1:{serve(os.path.join(folder, 'served'))}/quire.git"
        # SwiftPM remembers which commit a version was; the one of this test is another each time.
        paths = ["--cache-path", cache, "--security-path", os.path.join(folder, "security")]
        tag = os.path.join(folder, "program")
        os.makedirs(tag)
        count = write_program(tag, f'.package(url: "{url}", from: "{VERSION}")', "quire", examples)
        what = f"{', '.join(programs)} and {count} snippets"
        started = time.monotonic()
        if options.whole:
            run("swift", "build", "-c", "release", *paths, cwd=tag)
            built = os.path.join(tag, ".build", "release")
            print(f"== {url}, tag {VERSION}: {what} built in {time.monotonic() - started:.0f} s", flush=True)
        else:
            check_nothing_is_left_out()
            run("swift", "build", "-c", "release", "--target", "QuireTensorFormats", *paths, cwd=tag)
            print(f"== {url}, tag {VERSION}: the manifest is taken, {time.monotonic() - started:.0f} s", flush=True)
            started = time.monotonic()
            program = os.path.join(ROOT, ".build", "dependant")
            os.makedirs(program, exist_ok=True)
            identity = os.path.basename(ROOT).lower()
            write_program(program, f'.package(path: "{ROOT}")', identity, examples)
            resolved = os.path.join(ROOT, "Package.resolved")
            if os.path.exists(resolved):
                shutil.copy(resolved, program)
            run("swift", "build", "-c", "release", "--scratch-path", os.path.join(ROOT, ".build"),
                "-Xswiftc", "-warnings-as-errors", cwd=program)
            built = os.path.join(ROOT, ".build", "release")
            print(f"== {what} built over the working tree in {time.monotonic() - started:.0f} s", flush=True)
        documented = os.path.join(folder, "documented")
        names = check_documented_manifest(url, documented)
        run("swift", "package", "resolve", *paths, cwd=documented)
        print(f"== the manifest of docs/library.md resolves: {', '.join(names)}", flush=True)
        for name in programs:
            told = run(os.path.join(built, name), model, stdout=subprocess.PIPE, input=TYPED).stdout
            print(f"== {name}\n{told}", flush=True)
            if not told.strip():
                sys.exit(f"error: {name} printed nothing")
        for package in examples:
            run("swift", "package", "describe", cwd=os.path.join(ROOT, "Examples", package), stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
