"""Running totals and differences, one row of Python numbers at a time."""

from __future__ import annotations

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


def diff(x, n=1, axis=-1, prepend=None, append=None):
    def as_edge(v):
        return np.full([1 if k == axis % x.ndim else m for k, m in enumerate(x.shape)], v) if np.ndim(v) == 0 else v

    parts = [as_edge(v) for v in (prepend, x, append) if v is not None]
    x = np.moveaxis(np.concatenate(parts, axis), axis, -1)
    for _ in range(n):
        pairs = range(max(x.shape[-1] - 1, 0))
        columns = [x[..., k + 1] != x[..., k] if x.dtype == bool else x[..., k + 1] - x[..., k] for k in pairs]
        x = np.stack(columns, -1) if columns else x[..., :0]
    return np.moveaxis(x, -1, axis)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = np.moveaxis(y, axis, -1)
    points = np.arange(y.shape[-1]) * dx if x is None else x if x.ndim == 1 else np.moveaxis(x, axis, -1)
    total = np.zeros(y.shape[:-1])
    for k in range(y.shape[-1] - 1):
        total = total + (y[..., k] + y[..., k + 1]) / 2 * (points[..., k + 1] - points[..., k])
    return total


ORACLES = {
    "cumsum": cumsum,
    "cumprod": cumprod,
    "cumulative_sum": cumulative_sum,
    "cumulative_prod": cumulative_prod,
    "diff": diff,
    "trapezoid": trapezoid,
}
