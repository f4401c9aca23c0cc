#!/usr/bin/env bash
# Builds Quire as one program, the Swift libraries linked into it, and installs it with its completions.
#
#     Examples/install.sh                  into ~/.local
#     Examples/install.sh --server         with `quire serve`, which needs further libraries to be built
#     Examples/install.sh --prefix DIR     DIR/bin/quire and DIR/share; DESTDIR is put before it, as packagers need it
set -euo pipefail
cd "$(dirname "$0")/.."
. Examples/setup.sh

prefix="$HOME/.local"
traits=()
while [ $# -gt 0 ]; do
    case "$1" in
    --prefix)
        [ $# -gt 1 ] || { printf 'error: --prefix needs a folder\n' >&2; exit 64; }
        prefix="$2"
        shift 2 ;;
    --server)
        traits=(--traits Server)
        shift ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"
        exit 0 ;;
    *)
        printf 'error: %s is no option of Examples/install.sh; there are --prefix DIR and --server\n' "$1" >&2
        exit 64 ;;
    esac
done
case "$prefix" in
/*) ;;
*) prefix="$PWD/$prefix" ;;
esac

command -v swift >/dev/null 2>&1 || die "swift is missing; Quire needs Swift 6.2 or later (https://swift.org/install)"
require_curl
# A folder of its own: linked in another way, every module is compiled anew.
build=(swift build -c release --product quire --scratch-path .build/install ${traits[@]+"${traits[@]}"})
# Apple's systems have the Swift libraries themselves.
[ "$(uname -s)" = Darwin ] || build+=(--static-swift-stdlib)
say "building (release, one file)"
"${build[@]}"
program="$("${build[@]}" --show-bin-path)/quire"

# Without what debuggers need, half the size; names stay, for reports of a crash.
if command -v strip >/dev/null 2>&1 && [ "$(uname -s)" != Darwin ]; then
    strip --strip-debug -o "$program.stripped" "$program"
    program="$program.stripped"
fi

# put MODE FILE PLACE — a program that runs keeps the file that it has.
put() {
    mkdir -p "$(dirname "$3")"
    install -m "$1" "$2" "$3.new"
    mv -f "$3.new" "$3"
}
target="${DESTDIR:-}$prefix"
put 755 "$program" "$target/bin/quire"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
for shell in bash zsh fish; do
    "$target/bin/quire" --generate-completion-script "$shell" >"$work/$shell"
done
put 644 "$work/bash" "$target/share/bash-completion/completions/quire"
put 644 "$work/zsh" "$target/share/zsh/site-functions/_quire"
put 644 "$work/fish" "$target/share/fish/vendor_completions.d/quire.fish"

say "$target/bin/quire: $("$target/bin/quire" --version)"
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) say "$prefix/bin is not in PATH" ;;
esac
