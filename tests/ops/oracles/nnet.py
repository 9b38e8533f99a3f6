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
    logits: Any, target: Any, *, from_logits: bool = True, reduction: str = "mean"
) -> np.ndarray:
    logits, target = np.asarray(logits), np.asarray(target)
    losses = []
    by_label = target.ndim == logits.ndim - 1
    for place in np.ndindex(*logits.shape[:-1]):
        row = [float(v) for v in logits[place]]
        total = _log_sum(row) if from_logits else 0.0
        logs = [v - total if from_logits else math.log(v) for v in row]
        if by_label:
            losses.append(-logs[int(target[place])])
        else:
            losses.append(-math.fsum(float(t) * v for t, v in zip(target[place], logs, strict=True)))
    if reduction == "none":
        result = np.reshape(np.array(losses, np.float64), logits.shape[:-1])
    else:
        result = np.array(math.fsum(losses) / (len(losses) if reduction == "mean" else 1))
    return result.astype(_float(logits))


def dropout(x: Any, rate: float) -> np.ndarray:
    """Only for a rate of 0, where nothing is left to chance."""
    assert rate == 0
    return np.array(x)


ORACLES: dict[str, Callable[..., Any]] = {
    "softmax": _each(lambda v, total: math.exp(v - total) if v > -math.inf else 0.0),
    "log_softmax": _each(lambda v, total: v - total),
    "logsumexp": logsumexp,
    "cross_entropy": cross_entropy,
    "alpha_dropout": dropout,
    "dropout": dropout,
    "gaussian_dropout": dropout,
}
