"""Indices of several axes, by NumPy."""

from __future__ import annotations

import numpy as np


def ix_(*indices):
    return np.ix_(*indices)


def unravel_index(indices, shape, order="C"):
    sizes = [int(n) for n in shape] if isinstance(shape, tuple) else [int(shape)]
    return np.unravel_index(np.asarray(indices, np.int64), sizes, order)


def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    indices = np.broadcast_arrays(*(np.asarray(i, np.int64) for i in multi_index))
    return np.ravel_multi_index(tuple(indices), [int(n) for n in dims], mode, order)


ORACLES = {"ix_": ix_, "unravel_index": unravel_index, "ravel_multi_index": ravel_multi_index}
