#!/usr/bin/env bash
# Answers a file of prompts with an array job under Slurm, and merges the shards once all are complete.
#
#     Examples/slurm/submit.sh MODEL INPUT OUTPUT SHARDS [option of sbatch …] [-- option of quire run …]
#
# The files have to be where all nodes see them. QUIRE names the program, where it is not in PATH.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
[ $# -ge 4 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0" >&2; exit 64; }
model="$1" input="$2" output="$3" shards="$4"
shift 4
case "$shards" in
'' | *[!0-9]* | 0) printf 'submit.sh: SHARDS is %s, but must be a number from 1\n' "$shards" >&2; exit 64 ;;
esac
sbatch_options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do sbatch_options+=("$1"); shift; done
[ $# -eq 0 ] || shift

array="$(sbatch --parsable --array="0-$((shards - 1))" "${sbatch_options[@]}" "$here/answer.sbatch" \
    "$model" "$input" "$output" "$@")"
# Of a cluster's name, which may follow, the merge has no use.
merge="$(sbatch --parsable --dependency="afterok:${array%%;*}" "$here/merge.sbatch" "$input" "$output" "$shards")"
printf 'array job %s, then merge job %s, which writes %s\n' "${array%%;*}" "${merge%%;*}" "$output"
