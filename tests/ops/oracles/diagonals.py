"""Diagonals and triangles, an element at a time."""

from __future__ import annotations

import numpy as np


def diagonal(x, offset=0, axis1=0, axis2=1):
    matrices = np.moveaxis(x, (axis1, axis2), (-2, -1))
    n, m = matrices.shape[-2:]
    found = [matrices[..., i, i + offset] for i in range(n) if 0 <= i + offset < m]
    return np.stack(found, -1) if found else np.zeros((*matrices.shape[:-2], 0), x.dtype)


def diag(x, k=0):
    if x.ndim == 2:
        return diagonal(x, k)
    n = len(x) + abs(k)
    result = np.zeros((n, n), x.dtype)
    for i, v in enumerate(x):
        result[i + max(-k, 0), i + max(k, 0)] = v
    return result


def diagflat(x, k=0):
    return diag(np.ravel(x), k)


def tri(n, m=None, k=0, dtype="floatX"):
    n, m = int(n), int(n if m is None else m)
    kind = np.float64 if "float" in dtype else np.dtype(dtype)
    return np.array([[j <= i + k for j in range(m)] for i in range(n)]).astype(kind)


def _where(x, keep):
    result = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        if keep(*place[-2:]):
            result[place] = x[place]
    return result


def tril(x, k=0):
    return _where(x, lambda i, j: j <= i + k)


def triu(x, k=0):
    return _where(x, lambda i, j: j >= i + k)


def fill_diagonal(x, value, wrap=False):
    result = x.copy()
    np.fill_diagonal(result, value, wrap)
    return result


def _indices(n, m, keep):
    places = [(i, j) for i in range(int(n)) for j in range(int(m)) if keep(i, j)]
    return tuple(np.array(v, np.int64) for v in zip(*places))


def tril_indices(n, k=0, m=None):
    return _indices(n, n if m is None else m, lambda i, j: j <= i + k)


def triu_indices(n, k=0, m=None):
    return _indices(n, n if m is None else m, lambda i, j: j >= i + k)


def diag_indices(n, ndim=2):
    return tuple(np.array(list(range(int(n)))) for _ in range(ndim))


ORACLES = {
    "tril_indices": tril_indices,
    "triu_indices": triu_indices,
    "tril_indices_from": lambda x, k=0: tril_indices(x.shape[0], k, x.shape[1]),
    "triu_indices_from": lambda x, k=0: triu_indices(x.shape[0], k, x.shape[1]),
    "diag_indices": diag_indices,
    "diag_indices_from": lambda x: diag_indices(len(x), x.ndim),
    "fill_diagonal": fill_diagonal,
    "diagonal": diagonal,
    "diag": diag,
    "diagflat": diagflat,
    "tri": tri,
    "tril": tril,
    "triu": triu,
}
