"""Grids and even distances, by NumPy."""

from __future__ import annotations

import numpy as np


def _dtype(dtype):
    return np.float64 if dtype == "floatX" else dtype


def identity(n, dtype="floatX"):
    return np.array([[float(i == j) for j in range(int(n))] for i in range(int(n))]).astype(_dtype(dtype))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    return np.linspace(start, stop, int(num), endpoint, retstep, dtype, axis)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    return np.logspace(start, stop, int(num), endpoint, base, dtype)


def meshgrid(*points, sparse=False, indexing="xy"):
    return tuple(np.meshgrid(*points, sparse=sparse, indexing=indexing))


def indices(dimensions, dtype="int64", sparse=False):
    return np.indices(tuple(map(int, dimensions)), dtype, sparse)


def vander(x, n=None, increasing=False):
    n = len(x) if n is None else n
    powers = np.array([[v**j for j in range(n)] for v in x.tolist()]).reshape(len(x), n)
    powers = powers.astype(np.float64 if x.dtype.kind == "f" else np.int64)
    return powers if increasing else powers[:, ::-1]


ORACLES = {
    "identity": identity,
    "linspace": linspace,
    "logspace": logspace,
    "meshgrid": meshgrid,
    "indices": indices,
    "vander": vander,
}
