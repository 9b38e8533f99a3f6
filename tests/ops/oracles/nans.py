"""Reductions that leave NaN out, one group of numbers at a time."""

from __future__ import annotations

import cmath
import math
import statistics

import numpy as np


def _of_the_rest(f, nothing):
    def oracle(x, axis=None, keepdims=False, **kwargs):
        def one(row):
            kept = [v for v in row.tolist() if not cmath.isnan(v)]
            return f(kept, **kwargs) if kept else nothing

        if isinstance(axis, tuple):  # the last two of the axes in turn become one
            x, axis = np.moveaxis(x, axis, range(-len(axis), 0)), tuple(k % x.ndim for k in axis)
            rows = x.reshape(*x.shape[: -len(axis)], -1)
        else:
            rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1)
        result = np.array([one(row) for row in rows.reshape(-1, rows.shape[-1])]).reshape(rows.shape[:-1])
        if axis is None:
            return result.reshape([1] * x.ndim if keepdims else [])
        return np.expand_dims(result, axis) if keepdims else result

    return oracle


def _variance(row, ddof=0):
    """From the differences of all pairs: without a mean."""
    n = len(row)
    pairs = math.fsum(abs(a - b) ** 2 for a in row for b in row) / (2 * n)
    return pairs / (n - ddof) if n > ddof else math.nan


def _quantile(row, q, method="linear"):
    """The two methods that the cases have: a straight line through the elements in order."""
    row, n = sorted(row), len(row)
    place = {"linear": q * (n - 1), "hazen": q * n - 0.5}[method]
    below = math.floor(min(max(place, 0), n - 1))
    part = min(max(place, 0), n - 1) - below
    return row[below] if not part else (1 - part) * row[below] + part * row[below + 1]


def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    q = np.asarray(q)
    found = [
        _of_the_rest(lambda row, q=v: _quantile(row, q, method) if 0 <= q <= 1 else math.nan, math.nan)(
            x, axis, keepdims
        )
        for v in q.ravel().tolist()
    ]
    return np.array(found).reshape((*q.shape, *found[0].shape))


def _place(better):
    def oracle(x, axis=None, keepdims=False):
        def of_row(row):
            kept = [(v, k) for k, v in enumerate(row.tolist()) if v == v]
            return min(kept, key=lambda pair: (-pair[0] if better == "max" else pair[0], pair[1]))[1]

        rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1)
        result = np.array([of_row(row) for row in rows.reshape(-1, rows.shape[-1])]).reshape(rows.shape[:-1])
        if axis is None:
            return result.reshape([1] * x.ndim if keepdims else [])
        return np.expand_dims(result, axis) if keepdims else result

    return oracle


def _running(combine, start):
    def oracle(x, axis=None, dtype=None):
        x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
        rows = np.moveaxis(x, axis, -1)
        result = np.zeros(rows.shape, x.dtype if x.dtype.kind == "f" else np.int64)
        for place in np.ndindex(rows.shape[:-1]):
            so_far = start
            for k, v in enumerate(rows[place].tolist()):
                so_far = so_far if v != v else combine(so_far, v)
                result[(*place, k)] = so_far
        return np.moveaxis(result, -1, axis)

    return oracle


ORACLES = {
    "nanprod": _of_the_rest(math.prod, 1.0),
    "nancumsum": _running(lambda a, b: a + b, 0),
    "nancumprod": _running(lambda a, b: a * b, 1),
    "nanvar": _of_the_rest(_variance, math.nan),
    "nanstd": _of_the_rest(lambda row, ddof=0: math.sqrt(_variance(row, ddof)), math.nan),
    "nanargmax": _place("max"),
    "nanargmin": _place("min"),
    "nanmedian": _of_the_rest(statistics.median, math.nan),
    "nanquantile": nanquantile,
    "nanpercentile": lambda x, q, axis=None: nanquantile(x, np.asarray(q) / 100, axis),
    "nansum": _of_the_rest(sum, 0.0),
    "nanmean": _of_the_rest(lambda row: sum(row) / len(row), math.nan),
    "nanmax": _of_the_rest(max, math.nan),
    "nanmin": _of_the_rest(min, math.nan),
}
