#!/usr/bin/env python3
"""Writes answers of `quire run` as a Parquet file, a batch of lines at a time.

usage: quire run ... -o - | lines_to_rows.py answers.parquet
       lines_to_rows.py answers.parquet answers.jsonl

Columns: id (text, or null), index, text (of the first answer), finish_reason, prompt_tokens, completion_tokens, error
(its message, or null), and metadata as JSON text. Lines of OpenAI batches have the same columns but index.
"""
import argparse
import json
import os
import sys

import pyarrow
import pyarrow.parquet

SCHEMA = pyarrow.schema([
    ("id", pyarrow.string()), ("index", pyarrow.int64()), ("text", pyarrow.string()),
    ("finish_reason", pyarrow.string()), ("prompt_tokens", pyarrow.int64()),
    ("completion_tokens", pyarrow.int64()), ("error", pyarrow.string()), ("metadata", pyarrow.string()),
])


def row(answer):
    """The columns of one line of the output."""
    body = (answer.get("response") or {}).get("body") or answer
    first = (body.get("outputs") or body.get("choices") or [{}])[0]
    text = first["message"]["content"] if "message" in first else first.get("text")
    usage = body.get("usage") or {}
    identity, error = answer.get("custom_id"), answer.get("error")
    return {
        "id": identity if identity is None or isinstance(identity, str) else json.dumps(identity),
        "index": answer.get("index"), "text": text, "finish_reason": first.get("finish_reason"),
        "prompt_tokens": usage.get("prompt_tokens"), "completion_tokens": usage.get("completion_tokens"),
        "error": error["message"] if error else None,
        "metadata": json.dumps(answer["metadata"], ensure_ascii=False) if "metadata" in answer else None,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch-size", type=int, default=1024, help="lines that are held at a time (1024)")
    parser.add_argument("parquet")
    parser.add_argument("lines", nargs="?", type=argparse.FileType("r", encoding="utf-8"), default=None)
    options = parser.parse_args()
    lines = options.lines or open(0, encoding="utf-8")
    # The file gets its name once it is whole.
    partial = options.parquet + ".partial"
    rows = []
    with pyarrow.parquet.ParquetWriter(partial, SCHEMA) as writer:
        for line in lines:
            rows.append(row(json.loads(line)))
            if len(rows) == options.batch_size:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=SCHEMA))
                rows = []
        writer.write_table(pyarrow.Table.from_pylist(rows, schema=SCHEMA))
    os.replace(partial, options.parquet)


if __name__ == "__main__":
    sys.exit(main())
