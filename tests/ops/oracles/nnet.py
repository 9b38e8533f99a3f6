"""Softmax and its kin in double precision or better, one group of Python numbers at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def _float(x: np.ndarray) -> Any:
    """Integers become floats; oracles compute in double precision."""
    return x.dtype if x.dtype.kind == "f" else np.dtype("float64")


def _groups(x: np.ndarray, axis: Any) -> list[Any]:
    given = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = {k % x.ndim for k in given}
    kept: list[Any] = [range(n) if k not in axes else [slice(None)] for k, n in enumerate(x.shape)]
    return list(itertools.product(*kept))


def _log_sum(values: Sequence[float]) -> float:
    """The logarithm of the sum of exponentials, by the definition with the largest factored out."""
    if any(math.isinf(v) and v > 0 for v in values):
        return math.inf
    finite = [v for v in values if not math.isinf(v)]
    if not finite:
        return -math.inf
    largest = max(finite)
    return largest + math.log(math.fsum(math.exp(v - largest) for v in finite))


def _each(f: Callable[[float, float], float]) -> Callable[..., np.ndarray]:
    def oracle(x: Any, axis: Any = -1) -> np.ndarray:
        x = np.asarray(x)
        result = np.empty(x.shape, np.float64)
        for place in _groups(x, axis):
            values = [float(v) for v in np.ravel(x[place])]
            total = _log_sum(values)
            result[place] = np.reshape([f(v, total) for v in values], np.shape(result[place]))
        return result.astype(_float(x))

    return oracle


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    x = np.asarray(x)
    totals = [_log_sum([float(v) for v in np.ravel(x[place])]) for place in _groups(x, axis)]
    given = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = {k % x.ndim for k in given}
    shape = [1 if k in axes else n for k, n in enumerate(x.shape) if keepdims or k not in axes]
    return np.array(totals, np.float64).reshape(shape).astype(_float(x))


def cross_entropy(
    logits: Any,
    target: Any,
    *,
    from_logits: bool = True,
    reduction: str = "mean",
    weight: Any = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> np.ndarray:
    logits, target = np.asarray(logits), np.asarray(target)
    classes = logits.shape[-1]
    weights = [1.0] * classes if weight is None else [float(w) for w in weight]
    losses, counts = [], []
    by_label = target.ndim == logits.ndim - 1
    for place in np.ndindex(*logits.shape[:-1]):
        if by_label and target[place] == ignore_index:
            losses.append(0.0)
            counts.append(0.0)
            continue
        row = [float(v) for v in logits[place]]
        total = _log_sum(row) if from_logits else 0.0
        logs = [v - total if from_logits else math.log(v) for v in row]
        sharp = [float(c == target[place]) for c in range(classes)] if by_label else [float(t) for t in target[place]]
        soft = [(1 - label_smoothing) * t + label_smoothing / classes for t in sharp]
        losses.append(-math.fsum(w * t * v for w, t, v in zip(weights, soft, logs, strict=True) if t))
        counts.append(weights[int(target[place])] if by_label else 1.0)
    return _reduced(losses, counts, logits, reduction)


def nll_loss(
    log_probability: Any, labels: Any, weight: Any = None, ignore_index: int | None = None, reduction: str = "mean"
) -> np.ndarray:
    x, labels = np.asarray(log_probability), np.asarray(labels)
    losses, counts = [], []
    for place in np.ndindex(*labels.shape):
        label = int(labels[place])
        ignored = label == ignore_index
        counts.append(0.0 if ignored else 1.0 if weight is None else float(weight[label]))
        losses.append(0.0 if ignored else -counts[-1] * float(x[(*place, label)]))
    return _reduced(losses, counts, x, reduction)


def _reduced(losses: list[float], counts: list[float], x: np.ndarray, reduction: str) -> np.ndarray:
    if reduction == "none":
        return np.reshape(np.array(losses, np.float64), x.shape[:-1]).astype(_float(x))
    total = math.fsum(losses)
    return np.array(total / math.fsum(counts) if reduction == "mean" else total).astype(_float(x))


def sparsemax(x: Any, axis: int = -1) -> np.ndarray:
    """For every number of probabilities above 0 the one threshold, and the one of these that leaves just so many."""
    def row(v: list[float]) -> list[float]:
        for k in range(1, len(v) + 1):
            above = sorted(v, reverse=True)[:k]
            tau = (math.fsum(above) - 1) / k
            if above[-1] > tau and all(rest <= tau for rest in sorted(v, reverse=True)[k:]):
                return [max(a - tau, 0.0) for a in v]
        raise AssertionError

    x = np.asarray(x)
    rows = np.moveaxis(x, axis, -1)
    found = [row(v) for v in rows.reshape(-1, rows.shape[-1]).tolist()]
    return np.moveaxis(np.reshape(np.array(found, np.float64), rows.shape), -1, axis).astype(_float(x))


def dropout(x: Any, rate: float) -> np.ndarray:
    """Only for a rate of 0, where nothing is left to chance."""
    assert rate == 0
    return np.array(x)


ORACLES: dict[str, Callable[..., Any]] = {
    "sparsemax": sparsemax,
    "softmax": _each(lambda v, total: math.exp(v - total) if v > -math.inf else 0.0),
    "log_softmax": _each(lambda v, total: v - total),
    "logsumexp": logsumexp,
    "cross_entropy": cross_entropy,
    "alpha_dropout": dropout,
    "dropout": dropout,
    "gaussian_dropout": dropout,
    "nll_loss": nll_loss,
}
