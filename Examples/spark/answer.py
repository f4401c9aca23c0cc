#!/usr/bin/env python3
"""A file of prompts through Spark: each partition is piped through one `quire run`.

    answer.py --model MODEL -i prompts.jsonl -o FOLDER [--partitions 2] [--master local[2]] [-- options of quire run]

Lines get ids before they are spread, so the answers are the bytes that one `quire run --ordered` over the whole file
writes. A process that fails makes its partition fail (`checkCode`), and Spark tries it again.
"""
import argparse
import os
import shlex
import sys

from pyspark.sql import SparkSession

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import numbered_lines  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a model that every node can read under this name")
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True, help="a folder that is not there yet; one file a partition")
    parser.add_argument("--quire", default="quire", help="the program, on every node")
    parser.add_argument("--partitions", type=int, default=2)
    parser.add_argument("--master", help="of a cluster; spark-submit gives it otherwise")
    parser.add_argument("options", nargs="*", help="further options of quire run, after --")
    options = parser.parse_args()
    command = shlex.join([
        options.quire, "run", "--model", options.model, "-i", "-", "-o", "-", "--ordered", "--quiet", *options.options])
    builder = SparkSession.builder.appName("quire")
    session = (builder.master(options.master) if options.master else builder).getOrCreate()
    context = session.sparkContext
    context.addPyFile(numbered_lines.__file__)
    with open(options.input, encoding="utf-8") as file:
        lines = [(line.index, line.text) for line in numbered_lines.numbered(file)]
    answers = (
        context.parallelize(lines, options.partitions)
        .mapPartitions(numbered_lines.padded)
        .pipe(command, checkCode=True))
    answers.saveAsTextFile(options.output)
    session.stop()


if __name__ == "__main__":
    main()
