"""Attention query by query, rows of tables one by one, metrics by counting."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, mask: Any = None, is_causal: bool = False, scale: float | None = None
) -> np.ndarray:
    q, k, v = (np.asarray(x) for x in (query, key, value))
    y = np.empty((*q.shape[:-1], v.shape[-1]), q.dtype)
    for *place, i in np.ndindex(q.shape[:-1]):
        at = tuple(place)
        fits = []
        for j in range(k.shape[-2]):
            fit = math.fsum(q[(*at, i)] * k[(*at, j)]) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
            entry = True if mask is None else np.asarray(mask)[i, j]
            seen = entry if isinstance(entry, (bool, np.bool_)) else True
            fits.append(fit + (0.0 if isinstance(entry, (bool, np.bool_)) else float(entry)))
            if not seen or (is_causal and j > i):
                fits[-1] = -math.inf
        if max(fits) == -math.inf:
            fits = [0.0] * len(fits)
        weights = [math.exp(f - max(fits)) for f in fits]
        y[(*at, i)] = sum(w / math.fsum(weights) * row for w, row in zip(weights, v[at]))
    return y


def multi_head_attention(
    query: Any, key: Any, value: Any, heads: int, w_query: Any, w_key: Any, w_value: Any, w_out: Any,
    biases: Any = None, mask: Any = None, is_causal: bool = False,
) -> np.ndarray:
    b = [0.0] * 4 if biases is None else biases
    q, k, v = (x @ w + c for x, w, c in zip((query, key, value), (w_query, w_key, w_value), b))
    shares = []
    for h in range(heads):
        part = [x[..., h * (x.shape[-1] // heads) : (h + 1) * (x.shape[-1] // heads)] for x in (q, k, v)]
        shares.append(scaled_dot_product_attention(*part, mask, is_causal))
    return np.concatenate(shares, -1) @ w_out + b[3]


def embedding(ids: Any, table: Any, padding_idx: int | None = None) -> np.ndarray:
    ids, table = np.asarray(ids), np.asarray(table)
    y = np.empty((*ids.shape, table.shape[1]), table.dtype)
    for place in np.ndindex(ids.shape):
        y[place] = table[int(ids[place])]
    return y


def predicted(scores: Any) -> Any:
    """The first largest score's place in each row."""
    scores = np.asarray(scores)
    result = np.empty(scores.shape[:-1], int)
    for place in np.ndindex(result.shape):
        row = list(scores[place])
        result[place] = row.index(max(row))
    return result


def accuracy(predictions: Any, labels: Any) -> float:
    p, labels = np.asarray(predictions), np.asarray(labels)
    right = (predicted(p) if p.ndim > labels.ndim else p) == labels
    return sum(right.ravel()) / right.size


def top_k_accuracy(scores: Any, labels: Any, k: int = 5) -> float:
    right = 0
    for row, label in zip(scores, labels, strict=True):
        best = sorted(range(len(row)), key=lambda j: (not math.isnan(row[j]), -row[j] if row[j] == row[j] else 0, j))
        right += int(label) in best[:k] and row[label] == row[label]
    return right / len(labels)


def confusion_matrix(predictions: Any, labels: Any, classes: int) -> np.ndarray:
    p = np.asarray(predictions)
    found = predicted(p) if p.ndim == 2 else p
    return np.array([[sum((found == b) & (labels == a)) for b in range(classes)] for a in range(classes)], "int64")


ORACLES: dict[str, Callable[..., Any]] = {
    "accuracy": accuracy,
    "confusion_matrix": confusion_matrix,
    "embedding": embedding,
    "multi_head_attention": multi_head_attention,
    "scaled_dot_product_attention": scaled_dot_product_attention,
    "top_k_accuracy": top_k_accuracy,
}
