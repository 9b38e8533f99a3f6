"""Distinct values and counts, one number at a time."""

from __future__ import annotations

import cmath

import numpy as np


def unique(x, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True):
    """Elements, or along an axis lists of them, one after the other."""
    moved = x.reshape(-1, 1) if axis is None else np.moveaxis(x, axis, 0)
    entries = [tuple(entry.ravel().tolist()) for entry in moved]
    same = lambda v, w: all(a == b or (equal_nan and a != a and b != b) for a, b in zip(v, w))
    values, first, counts, inverse = [], [], [], []
    for k, v in enumerate(entries):
        known = [i for i, w in enumerate(values) if same(v, w)]
        if not known:
            values.append(v)
            first.append(k)
            counts.append(0)
        inverse.append(known[0] if known else len(values) - 1)
        counts[inverse[-1]] += 1
    rank = lambda v: (cmath.isnan(v), (0, 0) if cmath.isnan(v) else (v.real, v.imag))
    order = sorted(range(len(values)), key=lambda i: [rank(v) for v in values[i]])
    rows = np.array([values[i] for i in order], x.dtype).reshape(len(order), *moved.shape[1:])
    results = [rows.ravel() if axis is None else np.moveaxis(rows, 0, axis)]
    if return_index:
        results.append(np.array([first[i] for i in order], np.int64))
    if return_inverse:
        ranks = np.array([order.index(i) for i in inverse], np.int64)
        results.append(ranks.reshape(x.shape) if axis is None else ranks)
    if return_counts:
        results.append(np.array([counts[i] for i in order], np.int64))
    return results[0] if len(results) == 1 else tuple(results)


def bincount(x, weights=None, minlength=0):
    counts = [0.0 if weights is not None else 0] * max([minlength, *(v + 1 for v in np.asarray(x).tolist())])
    for k, v in enumerate(np.asarray(x).tolist()):
        counts[v] += 1 if weights is None else float(weights[k])
    return np.array(counts, np.int64 if weights is None else np.float64)


def histogram(x, bins=10, range=None, density=False, weights=None):
    return np.histogram(x[~np.isnan(x)] if weights is None else x, bins, range, density, weights)


ORACLES = {
    "unique": unique,
    "unique_all": lambda x: unique(x, True, True, True, equal_nan=False),
    "unique_counts": lambda x: unique(x, return_counts=True, equal_nan=False),
    "unique_inverse": lambda x: unique(x, return_inverse=True, equal_nan=False),
    "unique_values": lambda x: unique(x, equal_nan=False),
    "bincount": bincount,
    "histogram": histogram,
}
