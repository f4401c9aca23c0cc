#!/usr/bin/env python3
"""Writes scores.json: what lm-evaluation-harness makes of its tasks in this folder with its `hf` backend in float32, and the
same tasks as lines of `quire run`.

    make_scores.py [OUTPUT]            needs lm-eval, transformers and torch

Each request of a task becomes a line: `prompt` and `choices` for multiple choice, `score` for texts (a text longer than the
checkpoint's 96 tokens is scored in windows). `lines.py` beside it writes such lines for any task. Tests/EndToEnd/scores_test.py has them
scored on the same checkpoint and makes the metrics of them.
"""
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "EndToEnd"))
import lines  # noqa: E402
import tiny_model  # noqa: E402

TASKS = ["quire_choice", "quire_text", "quire_windows"]


def main():
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    output = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "scores.json")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_DATASETS_CACHE"] = os.path.join(folder, "cache")
        import lm_eval
        checkpoint = os.path.join(folder, "tiny")
        tiny_model.write(checkpoint, layers=2, context=96)
        lines.write_tasks(folder, TASKS)
        found = lm_eval.simple_evaluate(
            model="hf", model_args=f"pretrained={checkpoint},dtype=float32,max_length=96", device="cpu", batch_size=1,
            tasks=TASKS, task_manager=lm_eval.tasks.TaskManager(include_path=folder), log_samples=True)
    result = {"metrics": {}, "lines": [], "expected": []}
    for task in TASKS:
        metrics = found["results"][task].items()
        result["metrics"][task] = {
            key.split(",")[0]: value for key, value in metrics if isinstance(value, float) and "stderr" not in key}
        for sample in sorted(found["samples"][task], key=lambda sample: sample["doc_id"]):
            requests = [list(request.values()) if isinstance(request, dict) else request
                        for request in (sample["arguments"].values() if isinstance(sample["arguments"], dict)
                                        else sample["arguments"])]
            result["lines"].append(lines.line(f"{task}-{sample['doc_id']}", requests))
            scores = [response[0] if isinstance(response, list) and not isinstance(response[0], (str, float)) else response
                      for response in sample["resps"]]
            expected = {"task": task}
            if task == "quire_choice":
                expected |= {"logprobs": [round(float(score[0]), 6) for score in scores],
                             "greedy": [str(score[1]) == "True" for score in scores], "target": sample["doc"]["answer"]}
            else:
                score = scores[0][0] if isinstance(scores[0], (list, tuple)) else scores[0]
                expected |= {"logprob": round(float(score), 6), "target": sample["target"]}
            result["expected"].append(expected)
    with open(output, "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
