#!/usr/bin/env python3
"""lm-evaluation-harness against `quire serve` and against HF transformers, on the same tiny checkpoint.

    QUIRE_SERVER=… compare.py            needs lm-eval[api], transformers and torch

Runs the two tasks beside it, multiple choice and perplexity, by the backend `local-completions` (which asks for echoed
prompts, four in a body, with their log-probabilities) and by the backend `hf` in float32, and compares each score of each sample. Ends with 1
where the sum of log-probabilities of some continuation differs by more than 0.001, or any metric by more than 0.001 %.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "EndToEnd"))
import serving  # noqa: E402
import tiny_model  # noqa: E402

TASKS = ["quire_choice", "quire_text"]


def evaluate(folder, name, model, arguments, batch_size):
    """The metrics of each task, and the scores of each sample; `batch_size` texts go into one body."""
    output = os.path.join(folder, name)
    subprocess.run(
        [sys.executable, "-m", "lm_eval", "--model", model, "--model_args", arguments, "--tasks", ",".join(TASKS),
         "--include_path", folder, "--output_path", output, "--log_samples", "--device", "cpu",
         "--batch_size", str(batch_size)],
        check=True, env=os.environ | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": os.path.join(folder, "cache"),
                                      "OPENAI_API_KEY": "none", "OMP_NUM_THREADS": "1"})
    with open(glob.glob(f"{output}/**/results_*.json", recursive=True)[0], encoding="utf-8") as file:
        metrics = json.load(file)["results"]
    samples = {}
    for task in TASKS:
        with open(glob.glob(f"{output}/**/samples_{task}_*.jsonl", recursive=True)[0], encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
        samples[task] = {sample["doc_id"]: sample["filtered_resps"] for sample in found}
    return {task: {key: value for key, value in metrics[task].items() if isinstance(value, float)} for task in TASKS}, samples


def scores(response):
    """The sum of log-probabilities of each continuation, and whether it is the greedy one."""
    for entry in response:
        if isinstance(entry, list):
            yield float(entry[0]), str(entry[1]) if len(entry) > 1 else None
        else:
            yield float(entry), None


def main():
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = os.path.join(folder, "tiny")
        tiny_model.write(checkpoint, layers=2, context=1024)
        for task in TASKS:
            with open(os.path.join(HERE, task + ".yaml"), encoding="utf-8") as file:
                text = file.read().replace("DATA", os.path.join(HERE, "data.jsonl"))
            with open(os.path.join(folder, task + ".yaml"), "w", encoding="utf-8") as file:
                file.write(text)
        served = serving.Server("--model", checkpoint, "--served-model-name", "tiny", "--kv-cache-memory", "64MiB",
                                "--dtype", "float32")
        try:
            ours = evaluate(
                folder, "quire", "local-completions",
                f"model=tiny,base_url=http://127.0.0.1:{served.port}/v1/completions,tokenizer={checkpoint},"
                "num_concurrent=8,max_retries=1,max_length=1024", 4)
        finally:
            served.stop()
        theirs = evaluate(folder, "hf", "hf", f"pretrained={checkpoint},dtype=float32,max_length=1024", 1)
    differing, worst = 0, 0.0
    for task in TASKS:
        for key, value in theirs[0][task].items():
            print(f"{task} {key}: {ours[0][task][key]:.8g}, HF {value:.8g}")
            differing += abs(ours[0][task][key] - value) > 1e-5 * abs(value)
        for number, response in theirs[1][task].items():
            for (mine, greedy), (other, other_greedy) in zip(scores(ours[1][task][number]), scores(response), strict=True):
                worst = max(worst, abs(mine - other))
                differing += greedy != other_greedy
    count = sum(len(responses) for responses in theirs[1].values())
    print(f"{count} samples: the greatest difference of a score is {worst:.2e}; {differing} differ otherwise")
    return 1 if differing or worst > 1e-3 else 0


if __name__ == "__main__":
    sys.exit(main())
