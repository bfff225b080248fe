"""Softmax, its logarithm and the cross-entropy, along the last axis (chapter 3)."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def softmax(o: Array) -> Array:
    """Probabilities from logits along the last axis; any shape, same shape back.

    The largest logit is subtracted first (eq-lse), so no exponential overflows.
    """
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_sum_exp(o: Array) -> Array:
    """log(sum(exp(o))) along the last axis (eq-lse): (..., V) -> (...)."""
    m = o.max(axis=-1)
    return m + np.log(np.exp(o - m[..., None]).sum(axis=-1))


def cross_entropy(o: Array, y: Array) -> float:
    """Summed cross-entropy in nats: logits o (..., V), integer labels y (...)."""
    truth = np.take_along_axis(o, y[..., None], axis=-1)[..., 0]
    return (log_sum_exp(o) - truth).sum()
