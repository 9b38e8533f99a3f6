"""Reductions that leave NaN out, one group of numbers at a time."""

from __future__ import annotations

import cmath
import math

import numpy as np


def _of_the_rest(f, nothing):
    def oracle(x, axis=None, keepdims=False):
        def one(row):
            kept = [v for v in row.tolist() if not cmath.isnan(v)]
            return f(kept) if kept else nothing

        rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1)
        result = np.array([one(row) for row in rows.reshape(-1, rows.shape[-1])]).reshape(rows.shape[:-1])
        if axis is None:
            return result.reshape([1] * x.ndim if keepdims else [])
        return np.expand_dims(result, axis) if keepdims else result

    return oracle


ORACLES = {
    "nansum": _of_the_rest(sum, 0.0),
    "nanmean": _of_the_rest(lambda row: sum(row) / len(row), math.nan),
    "nanmax": _of_the_rest(max, math.nan),
    "nanmin": _of_the_rest(min, math.nan),
}
