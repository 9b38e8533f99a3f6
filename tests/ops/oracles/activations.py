"""Activations by their definitions, one Python number at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def by_element(f: Callable[..., float]) -> Callable[..., np.ndarray]:
    def oracle(x: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        x = np.asarray(x)
        values = [f(float(v), *args, **kwargs) if v == v else math.nan for v in x.ravel()]
        return np.array(values, "float64").reshape(x.shape).astype(x.dtype if x.dtype.kind == "f" else "float64")

    return oracle


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def hard_sigmoid(x: float) -> float:
    return 0.0 if x < -3 else 1.0 if x > 3 else x / 6 + 0.5


def elu(x: float, alpha: float = 1.0) -> float:
    return x if x > 0 else alpha * math.expm1(x)


def selu(x: float) -> float:
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


def prelu(x: Any, slope: Any) -> np.ndarray:
    x, slope = np.asarray(x), np.asarray(slope)
    y = np.empty_like(x)
    for place in np.ndindex(x.shape):
        a = float(slope if slope.ndim == 0 else slope[0] if slope.size == 1 else slope[place[1]])
        y[place] = x[place] if x[place] > 0 else a * x[place]
    return y


def glu(x: Any, axis: int = -1) -> np.ndarray:
    rows = np.moveaxis(np.asarray(x), axis, -1)
    half = rows.shape[-1] // 2
    y = np.empty((*rows.shape[:-1], half), rows.dtype)
    for *place, k in np.ndindex(y.shape):
        y[(*place, k)] = rows[(*place, k)] * sigmoid(float(rows[(*place, k + half)]))
    return np.moveaxis(y, -1, axis)


def maxout(x: Any, pieces: int, axis: int = 1) -> np.ndarray:
    rows = np.moveaxis(np.asarray(x), axis, -1)
    y = np.empty((*rows.shape[:-1], rows.shape[-1] // pieces), rows.dtype)
    for *place, k in np.ndindex(y.shape):
        y[(*place, k)] = max(rows[(*place, k * pieces + j)] for j in range(pieces))
    return np.moveaxis(y, -1, axis)


def softmin(x: Any, axis: Any = -1) -> np.ndarray:
    x = np.asarray(x)
    e = np.exp(-(x - x.min(axis, keepdims=True)))
    return e / e.sum(axis, keepdims=True)


silu = by_element(lambda x: x * sigmoid(x))

ORACLES: dict[str, Callable[..., Any]] = {
    "celu": by_element(lambda x, alpha=1.0: x if x > 0 else alpha * math.expm1(x / alpha)),
    "elu": by_element(elu),
    "glu": glu,
    "hard_shrink": by_element(lambda x, size=0.5: x if abs(x) > size else 0.0),
    "hard_sigmoid": by_element(hard_sigmoid),
    "hard_swish": by_element(lambda x: x * hard_sigmoid(x)),
    "hard_tanh": by_element(lambda x, low=-1.0, high=1.0: min(max(x, low), high)),
    "leaky_relu": by_element(lambda x, negative_slope=0.01: x if x > 0 else negative_slope and negative_slope * x),
    "log_sigmoid": by_element(lambda x: -softplus(-x)),
    "maxout": maxout,
    "mish": by_element(lambda x: x * math.tanh(softplus(x))),
    "prelu": prelu,
    "relu6": by_element(lambda x: min(max(x, 0.0), 6.0)),
    "selu": by_element(selu),
    "silu": silu,
    "soft_shrink": by_element(lambda x, size=0.5: math.copysign(max(abs(x) - size, 0.0), x)),
    "softmin": softmin,
    "softsign": by_element(lambda x: x / (1 + abs(x))),
    "swish": silu,
    "tanh_shrink": by_element(lambda x: x - math.tanh(x)),
    "threshold": by_element(lambda x, limit, value=0.0: x if x > limit else value),
}
