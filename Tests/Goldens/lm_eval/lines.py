#!/usr/bin/env python3
"""The requests of a task of lm-evaluation-harness as lines for `quire run`.

    lines.py FOLDER TASK… > lines.jsonl            needs lm-eval

FOLDER has the YAML files of the tasks. Multiple choice becomes a line a document with its `prompt` and `choices`, a text
whose log-probability is asked for a line with `score`; any other kind of request is refused. The ids are TASK-NUMBER.
"""
import json
import os
import sys


def line(name, requests):
    """The line of a document's requests, each a context with a continuation, or a text alone."""
    if len(requests[0]) == 1:
        return {"id": name, "score": requests[0][0]}
    context = requests[0][0]
    if any(request[0] != context for request in requests):
        raise SystemExit(f"{name}: the requests have several contexts; write a line for each")
    return {"id": name, "prompt": context, "choices": [request[1] for request in requests]}


def write_tasks(folder, names):
    """Copies tasks of this folder to another, with the path of their data filled in."""
    here = os.path.dirname(os.path.abspath(__file__))
    for name in names:
        with open(os.path.join(here, name + ".yaml"), encoding="utf-8") as file:
            text = file.read().replace("DATA", os.path.join(here, "data.jsonl"))
        with open(os.path.join(folder, name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(text)


def main():
    from lm_eval.tasks import TaskManager
    folder, *names = sys.argv[1:]
    manager = TaskManager(include_path=folder)
    for name in names:
        (task,) = manager.load_task_or_group([name]).values()
        task.build_all_requests()
        documents = {}
        for request in task.instances:
            if request.request_type not in ("loglikelihood", "loglikelihood_rolling"):
                raise SystemExit(f"{name}: a request is {request.request_type}; only texts are scored")
            documents.setdefault(request.doc_id, []).append(request.args)
        for number, requests in sorted(documents.items()):
            print(json.dumps(line(f"{name}-{number}", requests), ensure_ascii=False))


if __name__ == "__main__":
    main()
