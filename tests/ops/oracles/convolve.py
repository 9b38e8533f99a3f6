"""Convolution and correlation of vectors, by sums over all overlaps."""

from __future__ import annotations

import numpy as np


def _full(a, v):
    y = [0] * (len(a) + len(v) - 1)
    for i, p in enumerate(a):
        for j, q in enumerate(v):
            y[i + j] += p * q
    return y


def _part(y, m, n, mode, turned):
    small, large = min(m, n), max(m, n)
    if mode == "full":
        return y
    if mode == "valid":
        return y[small - 1 : large]
    # NumPy takes small // 2 overlaps before the first whole one, or behind the last where the operands were exchanged.
    first = small // 2 if turned else small - 1 - small // 2
    return y[first : first + large]


def convolve(a, v, mode="full"):
    y = _full(a.tolist(), np.asarray(v).tolist())
    return np.array(_part(y, len(a), len(v), mode, False), np.result_type(a, np.asarray(v)))


def correlate(a, v, mode="valid"):
    y = _full(a.tolist(), [q.conjugate() for q in np.asarray(v).tolist()][::-1])
    return np.array(_part(y, len(a), len(v), mode, len(a) < len(v)), np.result_type(a, np.asarray(v)))


ORACLES = {"convolve": convolve, "correlate": correlate}
