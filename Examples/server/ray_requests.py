#!/usr/bin/env python3
"""Questions in a table of Ray Data's, answered over HTTP by its own processor.

    OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=none Examples/server/ray_requests.py
"""
import os

import ray
from ray.data.llm import HttpRequestProcessorConfig, build_processor

processor = build_processor(
    HttpRequestProcessorConfig(
        url=os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        headers={"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
        # Requests under way at a time: concurrency × batch_size, no more than --max-num-seqs and --max-queue together.
        concurrency=1, batch_size=8),
    preprocess=lambda row: {"payload": {
        "messages": [{"role": "user", "content": f"What is {row['id']} + 1?"}], "max_tokens": 16, "temperature": 0}},
    postprocess=lambda row: {"id": row["id"], "answer": row["http_response"]["choices"][0]["message"]["content"]})

for row in sorted(processor(ray.data.range(12)).take_all(), key=lambda row: row["id"]):
    print(row)
