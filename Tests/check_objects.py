"""Checks the object files of a build: wide instructions stay in the modules that are chosen by cpuid.

usage: check_objects.py BUILD_FOLDER        (.build/release, after `swift build -c release`)

- No weak text symbol in the instruction-set modules: the linker keeps one copy of a weak symbol for everybody, and
  that could be the one with AVX-512 code.
- No AVX-512 instruction outside QuireKernelsAVX512 and QuireKernelsAVX512BF16, no bfloat16 instruction outside the
  latter, and no AVX or AVX2 instruction outside the instruction-set modules.

Instructions are told by their encoding, which no list of mnemonics or registers can match: in 64-bit code a first
byte of 62 is EVEX, and of C4 or C5 VEX (Intel's Software Developer's Manual, volume 2, sections 2.3 and 2.7). The
instructions on mask registers are VEX-encoded, and told by their operands.
"""
import glob
import os
import platform
import re
import shutil
import subprocess
import sys

BFLOAT = "QuireKernelsAVX512BF16"
WIDE = ["QuireKernelsAVX512", BFLOAT]
INSTRUCTION_SETS = WIDE + ["QuireKernelsAVX2"]
OURS = "Quire"
SEGMENT_AND_SIZE_PREFIXES = {"26", "2e", "36", "3e", "64", "65", "67"}
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+((?:[0-9a-f]{2} )+)\s*(\S.*)$")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
MASK_OPERAND = re.compile(r"%k[0-7]\b")
BFLOAT_MNEMONIC = re.compile(r"v(dpbf16ps|cvtne2?ps2bf16)")
ALLOWED = {"BF16": [BFLOAT], "EVEX": WIDE, "VEX": INSTRUCTION_SETS}


def find_tool(name):
    """GNU binutils', or LLVM's from the path or from beside the Swift compiler."""
    beside_swift = os.path.dirname(os.path.realpath(shutil.which("swift") or ""))
    for candidate in (name, "llvm-" + name, os.path.join(beside_swift, "llvm-" + name)):
        if found := shutil.which(candidate):
            return found
    sys.exit(
        f"error: neither {name} nor llvm-{name} is there, which the check of the object files needs; "
        f"install binutils (Debian: apt-get install binutils)")


def lines_of(*command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        yield from process.stdout
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed with status {process.returncode}")


def objects_of(target, folder):
    return sorted(glob.glob(os.path.join(folder, target + ".build", "**", "*.o"), recursive=True))


def weak_text_symbols(nm, path):
    for line in lines_of(nm, "--defined-only", path):
        fields = line.split(maxsplit=2)
        if len(fields) == 3 and fields[1] in "Ww":
            yield fields[2].strip()


def encoding(octets, text):
    """"BF16", "EVEX", "VEX" or None."""
    if BFLOAT_MNEMONIC.match(text):
        return "BF16"
    first = next((octet for octet in octets if octet not in SEGMENT_AND_SIZE_PREFIXES), None)
    if first == "62" or MASK_OPERAND.search(text):
        return "EVEX"
    return "VEX" if first in ("c4", "c5") else None


def wide_instructions(objdump, path):
    """(encoding, function, instruction) of each."""
    function = "?"
    for line in lines_of(objdump, "-d", "-w", path):
        if match := FUNCTION.match(line):
            function = match[1]
        elif (match := INSTRUCTION.match(line)) and (found := encoding(match[2].split(), match[3])):
            yield found, function, match[3]


def main():
    if platform.machine() not in ("x86_64", "AMD64") or platform.system() != "Linux":
        print("object files: not checked, this is not Linux on x86-64")
        return
    (folder,) = sys.argv[1:]
    nm, objdump = find_tool("nm"), find_tool("objdump")
    targets = sorted(
        os.path.basename(path)[:-len(".build")] for path in glob.glob(os.path.join(folder, OURS + "*.build")))
    counts, faults, object_count = {}, [], 0
    for target in targets:
        for path in objects_of(target, folder):
            object_count += 1
            if target in INSTRUCTION_SETS:
                faults += [f"{path}: weak text symbol {symbol}" for symbol in weak_text_symbols(nm, path)]
            for kind, function, instruction in wide_instructions(objdump, path):
                counts[target, kind] = counts.get((target, kind), 0) + 1
                if target not in ALLOWED[kind]:
                    faults.append(f"{path}: {kind} instruction in {function}: {instruction}")
    # What sees nothing where there is something would find nothing wrong anywhere.
    for target, kind in ((WIDE[0], "EVEX"), (BFLOAT, "BF16"), ("QuireKernelsAVX2", "VEX")):
        if not counts.get((target, kind)):
            faults.append(f"{folder}: no {kind} instruction seen in {target}; is it built?")
    for fault in faults[:20]:
        print("error:", fault, file=sys.stderr)
    if faults:
        sys.exit(f"error: {len(faults)} faults in {object_count} object files of {len(targets)} targets")
    summary = ", ".join(f"{count} {kind} in {target}" for (target, kind), count in sorted(counts.items()))
    print(f"object files: {object_count} of {len(targets)} targets are as they should be ({summary})")


main()
