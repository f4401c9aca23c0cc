#!/usr/bin/env python3
"""Writes the rows of Parquet files as JSON Lines on standard output, a batch of rows at a time.

usage: rows_to_lines.py [--columns a,b] FILE... | quire run -i - --map prompt=question ...

Whatever JSON has no form for is written as text: dates and times as ISO 8601 has them, decimals with all their digits,
bytes as base64. A number that is not finite becomes null.
"""
import argparse
import base64
import datetime
import decimal
import json
import math
import sys

import pyarrow.parquet


def plain(value):
    """The value with all that it holds in forms of JSON."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (decimal.Decimal, datetime.timedelta)):
        return str(value)
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=lambda names: names.split(","), help="only these, with commas")
    parser.add_argument("--batch-size", type=int, default=1024, help="rows that are held at a time (1024)")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    for path in options.files:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=options.batch_size, columns=options.columns):
                for row in batch.to_pylist():
                    sys.stdout.write(json.dumps(plain(row), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # The reader has ended, and says itself why.
        sys.stderr.close()
        sys.exit(1)
