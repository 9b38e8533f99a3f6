"""Nearness, by NumPy and by Python's numbers."""

from __future__ import annotations

import numpy as np


def array_equal(x, y, equal_nan=False):
    same = x.shape == y.shape and all(
        a == b or (equal_nan and a != a and b != b) for a, b in zip(x.ravel().tolist(), y.ravel().tolist())
    )
    return np.bool_(same)


ORACLES = {
    "isclose": np.isclose,
    "allclose": lambda *args, **kwargs: np.bool_(np.allclose(*args, **kwargs)),
    "array_equal": array_equal,
}
