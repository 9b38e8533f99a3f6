"""What describes a sample, by NumPy."""

from __future__ import annotations

import warnings

import numpy as np


def average(x, axis=None, weights=None, returned=False, *, keepdims=False):
    return np.average(x, axis, weights, returned, keepdims=keepdims)


def median(x, axis=None, keepdims=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.median(x, axis, keepdims=keepdims)


def quantile(x, q, axis=None, method="linear", keepdims=False):
    """One fraction at a time; outside 0 ... 1 it is NaN."""
    q = np.asarray(q)
    shape = np.quantile(x, 0.5, axis=axis, keepdims=keepdims).shape
    found = [_one(x, v, axis, method, keepdims) if 0 <= v <= 1 else np.full(shape, np.nan) for v in q.ravel().tolist()]
    return np.array(found).reshape((*q.shape, *shape))


def _one(x, q, axis, method, keepdims):
    if method == "closest_observation":  # older NumPys round the place 1/2 to the odd one
        rank = max(round(x.shape[axis] * q), 1)
        return np.take(np.sort(x, axis), [rank - 1] if keepdims else rank - 1, axis)
    # At an end NumPy multiplies an infinity beside it by 0.
    return {0.0: np.min, 1.0: np.max}[q](x, axis=axis, keepdims=keepdims) if q in (0.0, 1.0) else (
        np.quantile(x, q, axis=axis, method=method, keepdims=keepdims)
    )


def percentile(x, q, axis=None, method="linear", keepdims=False):
    return quantile(x, np.asarray(q) / 100, axis, method, keepdims)


def ptp(x, axis=None, keepdims=False):
    return np.ptp(x, axis, keepdims=keepdims)


def var(x, axis=None, keepdims=False, ddof=0):
    """By the other formula, from the differences of all pairs: without a mean."""
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(k % x.ndim for k in axes)
    rows = np.moveaxis(x.astype(np.result_type(x, np.float64)), axes, range(-len(axes), 0))
    rows = rows.reshape(*rows.shape[: x.ndim - len(axes)], -1)
    n = rows.shape[-1]
    result = (abs(rows[..., :, None] - rows[..., None, :]) ** 2).sum((-2, -1)) / (2 * n) / np.float64(max(n - ddof, 0))
    return np.expand_dims(result, axes) if keepdims else result


def std(x, axis=None, keepdims=False, ddof=0):
    return np.sqrt(var(x, axis, keepdims, ddof))


ORACLES = {
    "ptp": ptp,
    "average": average,
    "var": var,
    "std": std,
    "median": median,
    "quantile": quantile,
    "percentile": percentile,
}
