"""Log-probabilities and greedy continuations of a causal language model, as the goldens record them."""

import torch


def begin(model, prompt: list[int]):
    """Forgets what a model keeps of earlier texts: the base of rotation that grows with them."""
    if hasattr(model, "begin"):
        model.begin(len(prompt))
    elif is_dynamic(model):
        model(input_ids=torch.tensor([prompt[:1]]))


def is_dynamic(model) -> bool:
    rope = getattr(model.config, "rope_parameters", None) or {}
    return rope.get("rope_type") == "dynamic"


@torch.no_grad()
def score(model, prompt: list[int], top: int, columns: list[int]) -> list:
    """One entry a position: [top ids], [their logprobs], [logprobs of `columns`], mean logprob of the row."""
    begin(model, prompt)
    logits = model(input_ids=torch.tensor([prompt])).logits[0].double()
    logprobs = torch.log_softmax(logits, dim=-1)
    rows = []
    for row in logprobs:
        best = torch.topk(row, top)
        rows.append({
            "top_ids": best.indices.tolist(),
            "top": [round(v, 6) for v in best.values.tolist()],
            "columns": [round(row[c].item(), 6) for c in columns],
            "mean": round(row.mean().item(), 6),
        })
    return rows


@torch.no_grad()
def greedy(model, prompt: list[int], count: int) -> dict:
    """`count` greedy tokens (no stop at EOS), each with the gap in log-probability to the runner-up.

    Every token is scored by a full forward pass, so that no cache of the oracle's takes part; but where the base of
    rotation grows with the text, what is computed depends on how it is run: the prompt in one pass, then token by token.
    """
    begin(model, prompt)
    ids = list(prompt)
    tokens, gaps = [], []
    cache = None
    for _ in range(count):
        if is_dynamic(model):
            new = ids if cache is None else ids[-1:]
            output = model(input_ids=torch.tensor([new]), past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache = output.past_key_values
        else:
            output = model(input_ids=torch.tensor([ids]), logits_to_keep=1)
        row = output.logits[0, -1].double()
        best = torch.topk(row, 2)
        tokens.append(best.indices[0].item())
        gaps.append(round((best.values[0] - best.values[1]).item(), 6))
        ids.append(tokens[-1])
    return {"tokens": tokens, "gaps": gaps}
