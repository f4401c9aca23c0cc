#!/usr/bin/env bash
# From a fresh clone to answers: installs libopenblas-dev where it is missing and can be had, fetches SmolLM2-135M-Instruct
# into a cache folder, builds Quire and answers Examples/prompts.jsonl. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
. Examples/setup.sh

command -v swift >/dev/null 2>&1 || die "swift is missing; Quire needs Swift 6.2 or later (https://swift.org/install)"
find_openblas || say "going on without it: processors with AVX2 multiply by Quire's own kernels"
fetch_smollm2
say "building (release)"
swift build -c release --product quire

answers="$(mktemp -d)/answers.jsonl"
say "quire run --model $(basename "$SMOLLM2") -i Examples/prompts.jsonl -o answers.jsonl"
.build/release/quire run --model "$SMOLLM2" -i Examples/prompts.jsonl -o "$answers" --ordered

say "answers ($answers)"
python3 - Examples/prompts.jsonl "$answers" <<'PY'
import json, sys
questions = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8") if line.strip()]
for question, line in zip(questions, open(sys.argv[2], encoding="utf-8")):
    answer = json.loads(line)
    body = question.get("body", question)
    asked = body.get("prompt") or body.get("prompt_token_ids") or body["messages"][-1]["content"]
    if "response" in answer:
        choice = answer["response"]["body"]["choices"][0]
        text = choice.get("text") or choice["message"]["content"]
    else:
        text = answer["outputs"][0]["text"] if not answer["error"] else "error: " + answer["error"]["message"]
    print(f"\n[{answer['custom_id']}] {asked}\n  -> " + " ".join(text.split()))
PY
