"""Weights of tiny checkpoints from one integer formula, the same as TinyCheckpoint.swift's.

Element i of a tensor is center + spread * u, with u in [-1, 1) the top 24 bits of a hash of (FNV-1a of the
tensor's name, i). All arithmetic is exact in 32-bit integers and in float32, so that both sides get equal bits.
"""

import numpy as np


def fnv1a(name: str) -> int:
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def values(name: str, shape, center: float, spread: float) -> np.ndarray:
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(fnv1a(name))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    u = (x >> np.uint32(8)).astype(np.int32) - (1 << 23)
    u = u.astype(np.float32) / np.float32(1 << 23)
    return (np.float32(center) + np.float32(spread) * u).reshape(shape)


def center_and_spread(name: str, shape) -> tuple[float, float]:
    """Spreads (exact in float32) that keep activations near one and the logits well apart."""
    if name.endswith("norm.weight") or ".ln_" in name:
        return 1.0, 0.25
    if name.endswith("bias"):
        return 0.0, 0.5
    if "embed_tokens" in name or ".wte." in name:
        return 0.0, 1.0
    return 0.0, 0.25


def as_gemma(family: str, name: str, center: float, spread: float) -> tuple[float, float]:
    """Gemma's classes add 1 to the weights of norms, and multiply embeddings by the root of the hidden size."""
    if family.startswith("Gemma") and name.endswith("norm.weight"):
        return 0.0, spread
    if family.startswith("Gemma") and "embed_tokens" in name:
        return center, 0.25
    return center, spread
