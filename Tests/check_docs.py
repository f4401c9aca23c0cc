#!/usr/bin/env python3
"""Checks that the pages are true to the sources, and that their lines are short.

    Tests/check_docs.py [--quire BINARY] [PAGE …]    checks; without pages all of them
    Tests/check_docs.py --wrap [PAGE …]              breaks lines that are too long, where that changes nothing else

In text between backticks, type names must be declared somewhere in the sources, members of a type too, options must be in
the program's help or in a script of ours, and files must be there. Links and their anchors must lead somewhere, and each
target of Package.swift must be in docs/structures.md. Words of our own making are none that a reader knows. Lines have at
most 120 columns, but for rows of tables and for code that has no place to break: JSON, transcripts and drawings.
"""
import argparse
import functools
import glob
import os
import re
import subprocess
import sys

import check_comments

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = 120

# Words in capitals that name no type of ours, by what they are.
NO_TYPES = {
    "formats of ggml, safetensors and torch": "BF16 F16 F32 I8 INT8 Q2_K Q3_K Q4_0 Q4_1 Q4_K Q5_0 Q5_1 Q5_K Q6_K Q8_0 Q8_K "
        "IQ4_NL IQ4_XS MXFP4",
    "a model's classes in config.json": "LlamaForCausalLM LlamaModel LlamaForSequenceClassification MistralForCausalLM Qwen2ForCausalLM Qwen3ForCausalLM "
    "Phi3ForCausalLM Gemma2ForCausalLM Gemma3ForCausalLM Gemma3ForConditionalGeneration",
    "modules of sentence-transformers": "Normalize Dense Identity LogitScore",
    "the parts of tokenizer.json": "ByteLevel Split Sequence NFC BPE Digits TemplateProcessing Unigram Lowercase Strip "
    "StripAccents Nmt Prepend Replace Precompiled Whitespace WhitespaceSplit Fuse NFD NFKC NFKD Punctuation BertProcessing RobertaProcessing",
    "numbers": "NaN Infinity",
    "Foundation's and Swift's": "JSONDecoder JSONEncoder Codable Decodable Sendable Float Float16 Double Int Int8 Int32 UInt8 "
    "UInt64 SIMD8 SIMD16 Character String Span InlineArray AsyncStream AsyncSequence Task Mutex Atomic Hashable Result Duration URL",
    "placeholders of commands": "MODEL NAME FILE PATH TEXT ROWSxCOLUMNS ID BIAS KiB MiB GiB Key",
}
# Options of other programs, by whose they are.
OTHER_OPTIONS = {
    "swift build, test and package": "--filter --target --product --explicit-target-dependency-import-check --build-tests "
    "--skip-build --package-path --scratch-path --allow-writing-to-directory --traits",
    "swift format": "--strict",
    "sbatch": "--requeue --time --cpus-per-task --mem",
    "placeholders": "--option --x",
    "vLLM": "--convert --hf-overrides",
    "pip, cmake and llama.cpp": "--index-url --no-deps",
}
# Files that are not in this repository, by where they are.
OTHER_FILES = {
    "a model's folder": "config.json generation_config.json tokenizer.json tokenizer_config.json special_tokens_map.json "
    "added_tokens.json chat_template.jinja chat_template.json model.safetensors model.safetensors.index.json vocab.json merges.txt "
    "tokenizer.model spiece.model sentencepiece.bpe.model tekken.json qwen.tiktoken model.gguf "
    "quantize_config.json quant_config.json modules.json 1_Pooling/config.json config_sentence_transformers.json",
    "a shared job's folder": "manifest.json plan.json",
    "placeholders": "Type.swift Type+Conformance.swift NAME-00001-of-00003.gguf",
    "vLLM's": "docs/design/prefix_caching.md",
    "a user's": "prompts.jsonl answers.jsonl texts.jsonl ids.jsonl run.html run.json in.jsonl out.jsonl figures.json metrics.json",
}
TYPE = re.compile(r"\b(?:struct|class|enum|protocol|typealias|actor|macro|associatedtype)\s+`?(\w+)")
MEMBER = re.compile(r"\b(?:func|var|let|case|init|subscript)\b\s*`?(\w*)")


def words(table):
    return {word for value in table.values() for word in value.split()}


def tracked():
    """Files of the repository, as they are in the working tree."""
    told = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in told.stdout.splitlines() if os.path.exists(os.path.join(ROOT, name))]


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


class Sources:
    """What the sources declare."""

    def __init__(self, quire):
        self.files = tracked()
        self.names = {os.path.basename(name) for name in self.files}
        self.folders = {os.path.dirname(name)[:i] for name in self.files
                        for i in [*(m.start() for m in re.finditer("/", os.path.dirname(name))), None]}
        self.swift = "\n".join(read(name) for name in self.files if name.endswith(".swift") or name.endswith(".gyb"))
        self.types = set(TYPE.findall(self.swift)) | set(re.findall(r"name: \"([\w-]+)\"", read("Package.swift")))
        self.types |= {folder.rpartition("/")[2] for folder in self.folders if folder.startswith("Sources/")}
        self.targets = re.findall(r"arget\(\s*name: \"([\w-]+)\"", read("Package.swift"))
        self.members = set(MEMBER.findall(self.swift)) | set(re.findall(r"(?m)^\s+case (.*)$", self.swift))
        self.identifiers = set(re.findall(r"\w+", self.swift))
        # The command line knows options that it refuses by name; they are in no help.
        refused = {option for name in self.files if name.startswith("Sources/QuireCLI/")
                   for option in re.findall(r"\"(--[a-z-]+)\"", read(name))}
        self.options = self.help(quire) | refused | {
            option for name in self.files if name.endswith((".py", ".sh")) for option in re.findall(r"--[a-z][a-z-]*", read(name))}

    @staticmethod
    def help(quire):
        """Every option in the help of every command."""
        def told(*arguments):
            done = subprocess.run([quire, *arguments, "--help-hidden"], capture_output=True, text=True)
            return done.stdout + done.stderr

        options, commands = set(), [()]
        while commands:
            command = commands.pop()
            text = told(*command)
            options |= set(re.findall(r"--[a-z][a-z-]*", text))
            section = text.partition("SUBCOMMANDS:")[2]
            commands += [(*command, name) for name in re.findall(r"(?m)^  ([a-z]+) ", section)] if len(command) < 3 else []
            if not command:
                commands.append(("profile",))
        return options


def spans(text):
    """(line number, content) of inline code outside fences, and (line number, content) of lines in fences by language."""
    fence, inline, fenced = None, [], []
    paragraph, start = [], 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        mark = re.match(r"\s*```(\w*)", line)
        if mark or not line.strip() or fence is not None:
            joined = "\n".join(paragraph)
            for match in re.finditer(r"(?<!`)`([^`]+)`(?!`)", joined):
                inline.append((start + joined.count("\n", 0, match.start()), match.group(1).replace("\n", " ")))
            paragraph = []
        if mark:
            fence = None if fence is not None else mark.group(1)
        elif fence is not None:
            fenced.append((number, fence, line))
        else:
            if not paragraph:
                start = number
            paragraph.append(line) if line.strip() else None
    return inline, fenced


def without_fences(text):
    """The text with empty lines in place of those of blocks."""
    return re.sub(r"(?ms)^```.*?^```", lambda match: "\n" * match.group().count("\n"), text)


def anchors(text):
    """GitHub's anchors of a page's headings."""
    found = set()
    for heading in re.findall(r"(?m)^#+ (.*)$", without_fences(text)):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return found


def wrong_code(code, sources):
    """What is wrong with a piece of inline code, as messages."""
    if re.match(r"^(Sources|Tests|docs|Examples|\.ci)/[\w+./*-]*$", code):
        path = code.rstrip("/")
        if path in words(OTHER_FILES) or "NAME" in path or "COMMIT" in path:
            return
        if path not in sources.files and path not in sources.folders and not glob.glob(os.path.join(ROOT, path)):
            yield f"no file {code}"
        return
    for option in re.findall(r"(?<![\w-])--(?:\[no-\])?[a-z][a-z-]*", code):
        for spelled in {option.replace("[no-]", ""), option.replace("[no-]", "no-")}:
            if spelled not in sources.options and spelled not in words(OTHER_OPTIONS):
                yield f"no option {spelled}"
    if re.fullmatch(r"[\w+-]+\.(swift|py|sh|md|jsonl|json|txt|gguf|html|jinja)", code):
        if code not in sources.names and code not in words(OTHER_FILES):
            yield f"no file {code}"
        return
    match = re.fullmatch(r"([A-Z]\w*)((?:\.\w+)*)(\(.*\))?(<.*>)?\??", code)
    if not match or code in words(NO_TYPES) or re.fullmatch(r"[A-Z][A-Z_]*|[A-Z]\d?", match.group(1)):
        return
    if match.group(1) in words(NO_TYPES):
        return
    if match.group(1) not in sources.types:
        yield f"no type {match.group(1)}"
    for member in match.group(2).split(".")[1:]:
        if member not in sources.identifiers:
            yield f"no member {member} of {match.group(1)}"


def wrong_link(page, target, texts):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    name = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(os.path.join(ROOT, name)):
        return f"no file {target}"
    if anchor and name.endswith(".md") and anchor not in anchors(texts(name)):
        return f"no heading for {target}"
    return None


def too_long(page, text):
    """Lines that are too long and could be shorter."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.match(r"\s*```(\w*)", line)
        if mark:
            fence = None if fence is not None else mark.group(1)
        if len(line) <= COLUMNS or (fence is None and line.lstrip().startswith("|")):
            continue
        if fence is not None and fence not in ("swift", "bash", "sh") and not line.startswith("swift "):
            continue
        if max(map(len, line.split()), default=0) > COLUMNS - 8:
            continue
        yield f"{page}:{number}: {len(line)} columns, more than {COLUMNS}"


def wrapped(text):
    """The text with its paragraphs and list items broken where a line is too long."""
    result, fence = [], False
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        line = lines[index]
        if re.match(r"\s*```", line):
            fence = not fence
        if fence or len(line) <= COLUMNS or line.lstrip().startswith(("|", "#", "```")):
            result.append(line)
            index += 1
            continue
        indent = re.match(r"\s*(?:[-*] |\d+\. )?", line).group()
        block = [line]
        while index + 1 < len(lines) and lines[index + 1].strip() and not re.match(
                r"\s*(?:[-*] |\d+\. |```|\||#|>)", lines[index + 1]):
            index += 1
            block.append(lines[index])
        index += 1
        follow = " " * len(indent)
        content = " ".join(piece.strip() for piece in block)[len(indent.strip()):].strip()
        # Code that is not long stays together, and words that would begin a list stay with what is before them.
        pieces = re.findall(r"[^\s`]*(?:`[^`]{1,60}`[^\s`]*)+|\S+", content)
        current = indent
        for position, piece in enumerate(pieces):
            opens = re.match(r"[-+*#>|]+$|\d+[.)]$", piece)
            fits = len(current) + len(piece) + (0 if current.endswith(" ") or not current else 1) <= COLUMNS
            if position and not fits and not opens:
                result.append(current)
                current = follow + piece
            else:
                current += ("" if position == 0 else " ") + piece
        result.append(current)
    return "\n".join(result)


def default_quire():
    for path in (os.environ.get("QUIRE"), ".build/debug/quire", ".build/release/quire"):
        if path and os.path.exists(os.path.join(ROOT, path)):
            return os.path.join(ROOT, path)
    sys.exit("error: no program to ask for its options; build it, or name it with --quire")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quire", metavar="BINARY", help="whose help has the options; else QUIRE, or what is built")
    parser.add_argument("--wrap", action="store_true", help="break long lines in the pages")
    parser.add_argument("pages", nargs="*", metavar="PAGE")
    options = parser.parse_args()
    pages = [os.path.relpath(os.path.abspath(page), ROOT) for page in options.pages] or [
        name for name in tracked() if name.endswith(".md")]
    if options.wrap:
        for page in pages:
            text = wrapped(read(page))
            with open(os.path.join(ROOT, page), "w", encoding="utf-8") as file:
                file.write(text)
        return 0
    sources = Sources(options.quire or default_quire())
    texts = functools.lru_cache(None)(read)
    problems, checked = [], 0
    for page in pages:
        text = read(page)
        problems += too_long(page, text)
        inline, fenced = spans(text)
        problems += [f"{page}:{number}: \"{word}\" is a word of our own; say: {instead}"
                     for number, word, instead in check_comments.own_words(without_fences(text))]
        for number, code in inline:
            checked += 1
            problems += [f"{page}:{number}: {what}" for what in wrong_code(code, sources)]
        for number, _, line in fenced:
            if re.match(r"(\$ )?(quire|swift|Tests/|Examples/|python)", line):
                problems += [f"{page}:{number}: {what}" for what in wrong_code(line.partition("#")[0], sources)]
        for match in re.finditer(r"\]\(([^)\s]+)\)", text):
            what = wrong_link(page, match.group(1), texts)
            if what:
                problems.append(f"{page}:{text.count(chr(10), 0, match.start()) + 1}: {what}")
    if "docs/structures.md" in pages:
        problems += [f"docs/structures.md: nothing of the target {target}" for target in sources.targets
                     if not target.endswith("Tests") and f"`{target}`" not in texts("docs/structures.md")]
    print("\n".join(problems))
    print(f"{len(pages)} pages, {checked} pieces of code, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
