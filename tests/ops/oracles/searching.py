"""Searching, by counting and by going through all places; lines between points by NumPy."""

from __future__ import annotations

import numpy as np


def searchsorted(a, v, side="left", sorter=None):
    a = np.asarray(a)[np.arange(len(a)) if sorter is None else sorter]
    before = (lambda x, y: x < y) if side == "left" else (lambda x, y: x <= y)
    count = [len(a) if y != y else sum(before(x, y) for x in a.tolist()) for y in np.ravel(v).tolist()]
    return np.array(count, np.int64).reshape(np.shape(v))


def digitize(x, bins, right=False):
    bins = np.asarray(bins).tolist()
    falls = bins[0] > bins[-1]
    below = (lambda b, v: b < v) if right else (lambda b, v: b <= v)
    above = (lambda b, v: b >= v) if right else (lambda b, v: b > v)
    count = [sum((above if falls else below)(b, v) for b in bins) for v in x.ravel().tolist()]
    return np.array(count, np.int64).reshape(x.shape)


def interp(x, xp, fp, left=None, right=None, period=None):
    return np.interp(x, xp, fp, left, right, period)


def _places(x):
    return [place for place in np.ndindex(x.shape) if x[place] != 0]


def flatnonzero(x):
    return np.array([k for k, v in enumerate(x.ravel().tolist()) if v != 0], np.int64)


def nonzero(x):
    return tuple(np.array([place[k] for place in _places(x)], np.int64) for k in range(x.ndim))


def argwhere(x):
    return np.array(_places(x), np.int64).reshape(-1, x.ndim)


def count_nonzero(x, axis=None, keepdims=False):
    return np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims))


ORACLES = {
    "searchsorted": searchsorted,
    "digitize": digitize,
    "interp": interp,
    "flatnonzero": flatnonzero,
    "nonzero": nonzero,
    "argwhere": argwhere,
    "count_nonzero": count_nonzero,
}
