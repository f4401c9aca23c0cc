#!/usr/bin/env bash
# Asks a server by curl: which models it has, an answer, and the same one as a stream.
#
#     Examples/server/ask.sh [http://127.0.0.1:8000]
set -euo pipefail
server="${1:-http://127.0.0.1:8000}"
key=()
if [ -n "${OPENAI_API_KEY:-}" ]; then key=(-H "Authorization: Bearer $OPENAI_API_KEY"); fi
body='"messages": [{"role": "user", "content": "What is the capital of France?"}], "max_tokens": 24, "temperature": 0'

curl -sS --fail-with-body ${key[@]+"${key[@]}"} "$server/v1/models"
echo
curl -sS --fail-with-body ${key[@]+"${key[@]}"} -H 'Content-Type: application/json' -d "{$body}" "$server/v1/chat/completions"
echo
curl -sS --fail-with-body --no-buffer ${key[@]+"${key[@]}"} -H 'Content-Type: application/json' -d "{$body, \"stream\": true}" \
    "$server/v1/chat/completions"
