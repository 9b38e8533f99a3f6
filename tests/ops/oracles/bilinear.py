"""Products of two arrays, by NumPy."""

from __future__ import annotations

import numpy as np


def inner(x, y):
    """NumPy leaves 0 times infinity out where one is a scalar."""
    return x * y if 0 in (x.ndim, y.ndim) else np.inner(x, y)


def vdot(x, y):
    return sum(a * b for a, b in zip(np.ravel(x), np.ravel(y)))


def cross(x, y, axis=-1):
    return np.cross(x, y, axis=axis)


ORACLES = {"inner": inner, "vdot": vdot, "cross": cross, "kron": np.kron}
