"""Differences and integrals along an axis, one element at a time."""

from __future__ import annotations

import math

import numpy as np


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


def ediff1d(x, to_end=None, to_begin=None):
    values = x.ravel().tolist()
    ends = [[] if v is None else np.ravel(v).tolist() for v in (to_begin, to_end)]
    return np.array(ends[0] + [values[k + 1] - values[k] for k in range(len(values) - 1)] + ends[1], x.dtype)


def _parabola_slope(points, values, at):
    """The slope at a point of the parabola through three, by Lagrange's formula."""
    (a, b, c), (u, v, w) = points, values
    return (
        u * ((at - b) + (at - c)) / ((a - b) * (a - c))
        + v * ((at - a) + (at - c)) / ((b - a) * (b - c))
        + w * ((at - a) + (at - b)) / ((c - a) * (c - b))
    )


def _slopes(values, points, edge_order):
    n = len(values)
    found = []
    for k in range(n):
        at_end = k in (0, n - 1)
        if at_end and edge_order == 1:
            a, b = (0, 1) if k == 0 else (n - 2, n - 1)
            found.append((values[b] - values[a]) / (points[b] - points[a]))
        else:
            first = min(max(k - 1, 0), n - 3)
            three = slice(first, first + 3)
            found.append(_parabola_slope(points[three], values[three], points[k]))
    return found


def gradient(f, *spacing, axis=None, edge_order=1):
    axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    spacing = spacing or (1.0,)
    spacing = spacing * len(axes) if len(spacing) == 1 else spacing
    results = []
    for k, h in zip(axes, spacing):
        n = f.shape[k]
        points = (np.arange(n) * h if np.ndim(h) == 0 else np.asarray(h)).tolist()
        rows = np.moveaxis(f, k, -1)
        dtype = f.dtype if f.dtype.kind in "fc" else np.float64
        slopes = np.zeros(rows.shape, dtype)
        for place in np.ndindex(rows.shape[:-1]):
            slopes[place] = _slopes(rows[place].tolist(), points, edge_order)
        results.append(np.moveaxis(slopes, -1, k))
    return results[0] if len(results) == 1 else tuple(results)


def unwrap(x, discont=None, axis=-1, *, period=2 * math.pi):
    rows = np.moveaxis(x, axis, -1)
    result = np.array(rows, x.dtype if x.dtype.kind == "f" else np.float64)
    for place in np.ndindex(rows.shape[:-1]):
        values, shift = rows[place].tolist(), 0
        for k in range(1, len(values)):
            step = values[k] - values[k - 1]
            if abs(step) >= max(discont or 0, period / 2):
                turns = math.ceil(step / period - 0.5) if step > 0 else math.floor(step / period + 0.5)
                shift -= turns * period
            result[(*place, k)] = values[k] + shift
    return np.moveaxis(result, -1, axis)


ORACLES = {
    "diff": diff,
    "ediff1d": ediff1d,
    "gradient": gradient,
    "unwrap": unwrap,
    "trapezoid": trapezoid,
}
