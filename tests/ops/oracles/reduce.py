"""Reductions, one group of Python numbers at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def along(f: Callable[[list[Any]], Any], dtype: Callable[[np.dtype], Any]) -> Callable[..., np.ndarray]:
    """`f` of the elements (in C order) of each group; `dtype` gives the result's from the operand's."""

    def oracle(x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
        x = np.asarray(x)
        given = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        axes = {k % x.ndim for k in given}
        kept = [range(n) if k not in axes else [slice(None)] for k, n in enumerate(x.shape)]
        results = [f(x[place].ravel().tolist()) for place in itertools.product(*kept)]
        shape = [1 if k in axes else n for k, n in enumerate(x.shape) if keepdims or k not in axes]
        return np.array(results, dtype(x.dtype)).reshape(shape)

    return oracle


def wide(dtype: np.dtype) -> Any:
    return {"b": np.int64, "i": np.int64, "u": np.uint64}.get(dtype.kind, dtype)


def same(dtype: np.dtype) -> Any:
    return dtype


def always(dtype: Any) -> Callable[[np.dtype], Any]:
    return lambda _: dtype


def total(values: Sequence[Any]) -> Any:
    # fsum knows no inf beside -inf; no case has both.
    return math.fsum(values) if values and isinstance(values[0], float) else sum(values)


def mean(values: Sequence[Any]) -> float:
    return total(values) / len(values) if values else math.nan


def first(better: Callable[[Any, Any], bool]) -> Callable[[Sequence[Any]], int]:
    """The place of the best of some values; NaN is better than anything."""

    def place(values: Sequence[Any]) -> int:
        best = 0
        for k, v in enumerate(values):
            if values[best] == values[best] and (v != v or better(v, values[best])):
                best = k
        return best

    return place


largest, smallest = first(lambda a, b: a > b), first(lambda a, b: a < b)


def sum_to(g: np.ndarray, x: np.ndarray) -> np.ndarray:
    result = np.zeros(x.shape, g.dtype)
    # Every element of g goes where broadcasting fetched it from.
    sources = np.broadcast_to(np.arange(x.size).reshape(x.shape), g.shape)
    for value, source in zip(g.ravel(), sources.ravel()):
        result.ravel()[source] += value
    return result


ORACLES = {
    "sum": along(total, wide),
    "prod": along(math.prod, wide),
    "mean": along(mean, lambda dtype: dtype if dtype.kind in "fc" else np.float64),
    "max": along(lambda values: values[largest(values)], same),
    "min": along(lambda values: values[smallest(values)], same),
    "any": along(lambda values: not all(not v for v in values), always(bool)),
    "all": along(lambda values: not any(not v for v in values), always(bool)),
    "argmax": along(largest, always(np.int64)),
    "argmin": along(smallest, always(np.int64)),
    "sum_to": sum_to,
}
ORACLES["max_and_argmax"] = lambda x, axis=None, keepdims=False: tuple(
    ORACLES[word](x, axis=axis, keepdims=keepdims) for word in ("max", "argmax")
)
