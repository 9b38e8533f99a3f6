"""Products of two arrays, by NumPy."""

from __future__ import annotations

import numpy as np


def vdot(x, y):
    return sum(a * b for a, b in zip(np.ravel(x), np.ravel(y)))


def cross(x, y, axis=-1):
    return np.cross(x, y, axis=axis)


ORACLES = {"inner": np.inner, "vdot": vdot, "cross": cross, "kron": np.kron}
