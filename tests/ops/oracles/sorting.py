"""Sorting, one row of Python numbers at a time, by Python's stable sort; NaN counts as the largest number."""

from __future__ import annotations

import cmath

import numpy as np


def _places(row, descending):
    rank = [(True,) if cmath.isnan(v) else (False, v.real, v.imag) for v in row]
    return sorted(range(len(row)), key=rank.__getitem__, reverse=descending)


def _each_row(f, x, axis, dtype, length=None):
    rows = np.moveaxis(x, axis, -1)
    results = [f(rows[place].tolist()) for place in np.ndindex(rows.shape[:-1])]
    length = rows.shape[-1] if length is None else length
    return np.moveaxis(np.array(results, dtype).reshape(*rows.shape[:-1], length), -1, axis)


def sort(x, axis=-1, *, descending=False):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return _each_row(lambda row: [row[k] for k in _places(row, descending)], x, axis, x.dtype)


def argsort(x, axis=-1, *, descending=False):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return _each_row(lambda row: _places(row, descending), x, axis, np.int64)


def topk(x, k, axis=-1):
    places = _each_row(lambda row: _places(row, True)[:k], x, axis, np.int64, k)
    return _each_row(lambda row: [row[i] for i in _places(row, True)[:k]], x, axis, x.dtype, k), places


def lexsort(keys, axis=-1):
    """Places sorted by Python, the last key first, NaN last."""
    keys = np.moveaxis(np.array([np.asarray(k, np.float64) for k in keys]), axis if axis < 0 else axis + 1, -1)
    found = np.empty(keys.shape[1:], np.int64)
    for at in np.ndindex(keys.shape[1:-1]):
        rows = keys[(slice(None), *at)].T.tolist()
        ordered = sorted(([(v != v, 0.0 if v != v else v) for v in reversed(row)], k) for k, row in enumerate(rows))
        found[at] = [k for _, k in ordered]
    return np.moveaxis(found, -1, axis)


ORACLES = {"lexsort": lexsort, "sort": sort, "argsort": argsort, "topk": topk}
