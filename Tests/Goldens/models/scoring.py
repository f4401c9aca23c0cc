"""Log-probabilities and greedy continuations of a causal language model, as the goldens record them."""

import torch


@torch.no_grad()
def score(model, prompt: list[int], top: int, columns: list[int]) -> list:
    """One entry a position: [top ids], [their logprobs], [logprobs of `columns`], mean logprob of the row."""
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

    Every token is scored by a full forward pass, so that no cache of the oracle's takes part.
    """
    ids = list(prompt)
    tokens, gaps = [], []
    for _ in range(count):
        row = model(input_ids=torch.tensor([ids]), logits_to_keep=1).logits[0, -1].double()
        best = torch.topk(row, 2)
        tokens.append(best.indices[0].item())
        gaps.append(round((best.values[0] - best.values[1]).item(), 6))
        ids.append(tokens[-1])
    return {"tokens": tokens, "gaps": gaps}
