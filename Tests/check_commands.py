#!/usr/bin/env python3
"""Runs the commands of README and the pages on the real model, and compares what they print with what the page says.

    Tests/check_commands.py [BINARY] [--model FILE] [PAGE …]       without pages all of them
    Tests/check_commands.py --list                                 what would be run, and what not

A block that begins with ```console is a transcript: lines after "$ " are commands, continued over what a shell would read
on; the lines below are what they print. A page's commands run in one shell, in a folder of their own that has the model
under its name, links to Examples and Tests, and a home whose cache is as Examples/quickstart.sh leaves it. Each command
must succeed, unless the next one asks for its status ($?).

Where a page shows anything below a command, standard output must be that, line by line; lines that begin with "quire: "
are standard error's, which may say more. "…" stands for any text, alone on a line for any lines, and times, rates and
peaks of memory ("3 s", "1,225 tokens/s") for any others. Where it shows nothing, what is printed is not compared.

Lines of input in a block that begins with ```json input are read by a dry run, and none of them may be an error line.

Commands that cannot run everywhere say why: "```console needs=network", or one of the others in NEEDS. They are counted.
Commands in blocks of another kind are problems, since nothing would run them.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import digests_models

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NEEDS = {
    "network": "a hub or a registry",
    "build": "a build of Quire",
    "time": "more time than a test has",
    "models": "a model that is not at hand",
    "packages": "programs or packages that are not Quire's",
    "cluster": "a cluster, or a service of the system",
}
# What pages call the model.
MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
# What a page's commands may take all together before they are stopped, in seconds.
LIMIT = 300
COMMAND = re.compile(r"(\$ )?((quire|swift|python3?|pip|sbatch|ray) +[\w./-]|(Tests|Examples)/\S+\.(py|sh)\b|\./\w)")
# Between commands, on both streams; the shell writes the status and the time behind it.
MARK = "\x01"


class Command:
    """A command of a page, where it stands, and the lines that are shown below it."""

    def __init__(self, page, number, text):
        self.page, self.number, self.text, self.shown = page, number, text, []
        self.asks_for_status = "$?" in text

    def __str__(self):
        return f"{self.page}:{self.number}: $ {self.text.splitlines()[0]}"


def is_complete(text):
    """Whether a shell would run the text, or read on: an open quote, a document, a pipe, a line end behind a backslash."""
    if re.search(r"(?<!\\)\\$", text):
        return False
    told = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True).stderr
    return "unexpected end of file" not in told and "unexpected EOF" not in told and "here-document" not in told


def transcript(page, first, lines):
    """The commands of a block whose lines begin at line `first` of the page."""
    commands, open_text = [], None
    for number, line in enumerate(lines, first):
        if open_text is not None:
            commands[-1].text += "\n" + line
            open_text = None if is_complete(commands[-1].text) else True
        elif line.startswith("$ "):
            commands.append(Command(page, number, line[2:]))
            open_text = None if is_complete(line[2:]) else True
        elif commands:
            commands[-1].shown.append(line)
        else:
            raise ValueError(f"{page}:{number}: a transcript begins with a command, \"$ …\"")
    if open_text:
        raise ValueError(f"{commands[-1]}: the block ends within the command")
    return commands


def blocks(page, text):
    """(language, rest of the fence's line, line number of the first line, lines) of each fenced block."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.match(r"\s*```(\S*)\s*(.*)$", line)
        if mark and fence is None:
            fence = (mark.group(1), mark.group(2), number + 1, [])
        elif mark:
            yield fence
            fence = None
        elif fence is not None:
            fence[3].append(line)
    if fence is not None:
        raise ValueError(f"{page}: a block that is never closed")


def dry_run(page, number, lines):
    """A command that fails where one of the lines of input would be answered with an error."""
    return Command(page, number, "\n".join([
        f"quire run --model {MODEL} --dry-run --max-errors 0 -i - -o dry-run.jsonl > dry-run.txt <<'END' || {{ cat dry-run.txt; false; }}",
        *lines, "END"]))


def read_page(page, text):
    """The commands to run, how many are not by what they need, and problems of a page."""
    runs, left, problems = [], {}, []
    for language, rest, first, lines in blocks(page, text):
        if language == "json" and rest == "input":
            runs.append(dry_run(page, first, lines))
            continue
        if language != "console":
            problems += [f"{page}:{number}: a command that nothing runs: begin its block with ```console, it with \"$ \""
                         for number, line in enumerate(lines, first)
                         if language in ("", "sh", "bash", "shell") and COMMAND.match(line)]
            continue
        commands = transcript(page, first, lines)
        if not rest:
            runs += commands
        elif rest.startswith("needs=") and rest[6:] in NEEDS:
            left[rest[6:]] = left.get(rest[6:], 0) + len(commands)
        else:
            problems.append(f"{page}:{first - 1}: ```console {rest}: found no need of {', '.join(NEEDS)}")
    return runs, left, problems


TIME = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?= (?:s|ms|min|tokens/s|MB peak)\b)")


def pattern(line):
    """The expression that a shown line stands for."""
    pieces = re.split(r"(…)", TIME.sub("\x02", line))
    return "".join(".*" if piece == "…" else re.escape(piece).replace("\x02", r"\d[\d,]*(?:\.\d+)?") for piece in pieces)


def difference(shown, printed):
    """What differs between the lines that a page shows and those that were printed, or None."""
    whole = "".join("(?:.*\n)*?" if line.strip() == "…" else pattern(line) + "\n" for line in shown)
    if re.fullmatch(whole, "".join(line + "\n" for line in printed)):
        return None
    return "the page shows\n" + indented(shown) + "\nand this was printed\n" + indented(printed)


def indented(lines, most=20):
    kept = [line if len(line) <= 400 else line[:400] + " (cut)" for line in lines[:most]]
    return "\n".join("    " + line for line in [*kept, *(["(and more)"] if len(lines) > most else [])])


def judge(command, following, status, out, err):
    """What is wrong with what a command did, as messages."""
    if status != 0 and not (following is not None and following.asks_for_status):
        yield f"{command}\n    ended with {status}\n" + indented((err or out)[-10:])
        return
    errors = [line for line in command.shown if line.startswith("quire: ")]
    shown = [line for line in command.shown if not line.startswith("quire: ")]
    while shown and not shown[-1].strip():
        shown.pop()
    if shown:
        what = difference(shown, out)
        if what:
            yield f"{command}\n    {what}"
    rest = iter(err)
    for line in errors:
        if not any(re.fullmatch(pattern(line), each) for each in rest):
            yield f"{command}\n    was not told on standard error: {line}\n" + indented(err)


def script(commands):
    """The commands as one script that marks on both streams where each one ends."""
    lines = ["__end() { local status=$?; printf '%s%s %s%s\\n' '" + MARK + "' \"$status\" \"$EPOCHREALTIME\" '" + MARK + "';"
             " printf '%s' '" + MARK + "' >&2; return $status; }"]
    for command in commands:
        lines += [command.text, "__end"]
    return "\n".join(lines) + "\n"


def run_page(commands, quire, model):
    """The problems of the commands of one page, and the seconds that each of them took."""
    with tempfile.TemporaryDirectory(prefix="quire-page-") as folder:
        home, work, programs = (os.path.join(folder, name) for name in ("home", "work", "programs"))
        cache = os.path.join(home, ".cache", "quire")
        for each in (cache, work, programs):
            os.makedirs(each)
        os.symlink(quire, os.path.join(programs, "quire"))
        for place in (cache, work):
            os.symlink(model, os.path.join(place, MODEL))
        for name in ("Examples", "Tests"):
            os.symlink(os.path.join(ROOT, name), os.path.join(work, name))
        path = os.path.join(folder, "page.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script(commands))
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "XDG_", "QUIRE"))}
        environment |= {"HOME": home, "PATH": programs + os.pathsep + environment["PATH"], "LC_ALL": "C.UTF-8"}
        started = time.time()
        shell = subprocess.Popen(["bash", path], cwd=work, env=environment, stdin=subprocess.DEVNULL, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = shell.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            out, err = shell.communicate()
    parts = re.split(MARK + r"(\d+) ([\d.]+)" + MARK + "\n", out)
    errors = err.split(MARK)
    problems, seconds = [], []
    for index, command in enumerate(commands):
        if 3 * index + 2 >= len(parts):
            told = (parts[3 * index] if 3 * index < len(parts) else "") + (errors[index] if index < len(errors) else "")
            problems.append(f"{command}\n    did not end within {LIMIT} s of its page, or ended the shell\n"
                            + indented(told.splitlines()[-10:]))
            break
        ended = float(parts[3 * index + 2])
        seconds.append((ended - started, command))
        started = ended
        following = commands[index + 1] if index + 1 < len(commands) else None
        problems += judge(command, following, int(parts[3 * index + 1]), parts[3 * index].splitlines(),
                          errors[index].splitlines())
    return problems, seconds


def pages():
    told = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout
    return [name for name in told.splitlines() if os.path.exists(os.path.join(ROOT, name))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="FILE", help="SmolLM2 of Examples/quickstart.sh, where it is elsewhere")
    parser.add_argument("--list", action="store_true", help="list the commands, run none")
    parser.add_argument("arguments", nargs="*", metavar="BINARY PAGE")
    options = parser.parse_args()
    named = [os.path.relpath(os.path.abspath(each), ROOT) for each in options.arguments if each.endswith(".md")]
    binaries = [each for each in options.arguments if not each.endswith(".md")]
    quire = os.path.abspath(binaries[0] if binaries else os.path.join(ROOT, ".build", "release", "quire"))
    problems, slowest, ran, compared, left = [], [], 0, 0, {}
    for page in named or pages():
        with open(os.path.join(ROOT, page), encoding="utf-8") as file:
            text = file.read()
        try:
            commands, without, wrong = read_page(page, text)
        except ValueError as error:
            problems.append(str(error))
            continue
        problems += wrong
        for need, count in without.items():
            left[need] = left.get(need, 0) + count
        if options.list:
            print("\n".join(map(str, commands)), end="\n" if commands else "")
        elif commands:
            model = os.path.abspath(options.model or os.environ.get("QUIRE_TEST_MODEL") or digests_models.smollm2())
            wrong, seconds = run_page(commands, quire, model)
            problems += wrong
            slowest += seconds
        ran += len(commands)
        compared += sum(1 for command in commands if command.shown)
    print("\n".join(problems), end="\n" if problems else "")
    for seconds, command in sorted(slowest, key=lambda each: -each[0])[:3]:
        print(f"{seconds:6.1f} s  {command}", file=sys.stderr)
    print(f"{ran} commands {'to run' if options.list else 'run'}, {compared} of them with what they print, "
          f"{sum(seconds for seconds, _ in slowest):.0f} s; {sum(left.values())} not run "
          f"({', '.join(f'{need} {count}' for need, count in sorted(left.items()))}); {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
