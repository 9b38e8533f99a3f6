"""Grids and even distances, by NumPy."""

from __future__ import annotations

import numpy as np


def _dtype(dtype):
    return np.float64 if dtype == "floatX" else dtype


def identity(n, dtype="floatX"):
    return np.array([[float(i == j) for j in range(int(n))] for i in range(int(n))]).astype(_dtype(dtype))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    return np.linspace(start, stop, int(num), endpoint, retstep, dtype, axis)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    return np.logspace(start, stop, int(num), endpoint, base, dtype, axis)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    return np.geomspace(start, stop, int(num), endpoint, dtype, axis)


def polyval(p, x):
    p, x = np.asarray(p), np.asarray(x)
    found = [sum(c * v ** (len(p) - 1 - k) for k, c in enumerate(p.tolist())) for v in x.ravel().tolist()]
    return np.array(found, np.result_type(p, x)).reshape(x.shape)


def meshgrid(*points, sparse=False, indexing="xy"):
    return tuple(np.meshgrid(*points, sparse=sparse, indexing=indexing))


def indices(dimensions, dtype="int64", sparse=False):
    return np.indices(tuple(map(int, dimensions)), dtype, sparse)


def vander(x, n=None, increasing=False):
    n = len(x) if n is None else n
    powers = np.array([[v**j for j in range(n)] for v in x.tolist()]).reshape(len(x), n)
    powers = powers.astype(x.dtype if x.dtype.kind in "fc" else np.int64)
    return powers if increasing else powers[:, ::-1]


ORACLES = {
    "identity": identity,
    "linspace": linspace,
    "logspace": logspace,
    "geomspace": geomspace,
    "polyval": polyval,
    "meshgrid": meshgrid,
    "indices": indices,
    "vander": vander,
}
