"""Running totals and differences, one row of Python numbers at a time."""

from __future__ import annotations

import math

import numpy as np


def each_row(f, x, axis, dtype):
    """`f` of each row along an axis as a list, put back in its place."""
    rows = np.moveaxis(x, axis, -1)
    results = [f(rows[place].tolist()) for place in np.ndindex(rows.shape[:-1])]
    length = len(f(rows[(0,) * (rows.ndim - 1)].tolist())) if results else 0
    return np.moveaxis(np.array(results, dtype).reshape(*rows.shape[:-1], length), -1, axis)


def _dtype(x, dtype):
    if dtype is not None:
        return np.float64 if "float" in str(dtype) else np.dtype(dtype)
    return {"b": np.int64, "i": np.int64, "u": np.uint64, "f": x.dtype, "c": x.dtype}[x.dtype.kind]


def _running(combine, start, keep_start=False):
    def row(values):
        total, found = start, [start] if keep_start else []
        for v in values:
            total = combine(total, v)
            found.append(total)
        return found

    return row


def cumsum(x, axis=None, dtype=None):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return each_row(_running(lambda a, b: a + b, 0), x, axis, _dtype(x, dtype))


def cumprod(x, axis=None, dtype=None):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return each_row(_running(lambda a, b: a * b, 1), x, axis, _dtype(x, dtype))


def cumulative_sum(x, axis=None, dtype=None, include_initial=False):
    return each_row(_running(lambda a, b: a + b, 0, include_initial), x, axis or 0, _dtype(x, dtype))


def cumulative_prod(x, axis=None, dtype=None, include_initial=False):
    return each_row(_running(lambda a, b: a * b, 1, include_initial), x, axis or 0, _dtype(x, dtype))


def _record(better):
    """The best so far, by comparing each with all before it; what is no number stays."""
    return lambda values: [
        next((v for v in values[: k + 1] if v != v), better(values[: k + 1])) for k in range(len(values))
    ]


def _of_row(f, x, axis, dtype=None):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return each_row(f, x, axis, dtype or x.dtype)


def _logsumexp(values):
    top = max(values)
    if any(v != v for v in values) or math.isinf(top):
        return math.nan if any(v != v for v in values) else top
    return top + math.log(math.fsum(math.exp(v - top) for v in values))


def logcumsumexp(x, axis=None):
    each = lambda values: [_logsumexp(values[: k + 1]) for k in range(len(values))]
    return _of_row(each, x, axis, np.float64 if x.dtype.kind in "iub" else None)


ORACLES = {
    "cummax": lambda x, axis=None: _of_row(_record(max), x, axis),
    "cummin": lambda x, axis=None: _of_row(_record(min), x, axis),
    "logcumsumexp": logcumsumexp,
    "cumsum": cumsum,
    "cumprod": cumprod,
    "cumulative_sum": cumulative_sum,
    "cumulative_prod": cumulative_prod,
}
