"""Products of two arrays, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np


def inner(x: Any, y: Any) -> np.ndarray:
    x, y = np.asarray(x), np.asarray(y)
    if 0 in (x.ndim, y.ndim):
        return x * y
    lead = x.shape[:-1], y.shape[:-1]
    found = [(x[i] * y[j]).sum() for i in np.ndindex(*lead[0]) for j in np.ndindex(*lead[1])]
    return np.array(found, np.result_type(x, y)).reshape(lead[0] + lead[1])


def batched_dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b = np.asarray(x), np.asarray(y)
    results = [sum(a[n][..., k, None] * b[n][k] if b.ndim == 3 else a[n][..., k] * b[n][k] for k in range(a.shape[-1]))
               for n in range(len(a))]  # fmt: skip
    if not len(a):
        return np.zeros((0, *a.shape[1:-1], *b.shape[2:]), np.result_type(a, b))
    return np.array(results, np.result_type(a, b))


def vdot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array(sum((a * b for a, b in zip(x.ravel(), y.ravel())), 0.0), np.result_type(x, y))


def kron(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    n = max(x.ndim, y.ndim)
    x, y = (v.reshape((1,) * (n - v.ndim) + v.shape) for v in (x, y))
    z = np.zeros([p * q for p, q in zip(x.shape, y.shape)], np.result_type(x, y))
    for i in np.ndindex(*x.shape):
        for j in np.ndindex(*y.shape):
            z[tuple(a * q + b for a, b, q in zip(i, j, y.shape))] = x[i] * y[j]
    return z


def cross(x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> np.ndarray:
    if axis is not None:
        axisa = axisb = axisc = axis
    levi_civita = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        levi_civita[i, j, k], levi_civita[i, k, j] = 1, -1
    z = np.einsum("ijk,...j,...k->...i", levi_civita, np.moveaxis(x, axisa, -1), np.moveaxis(y, axisb, -1))
    return np.moveaxis(z, -1, axisc)


def trace(x: np.ndarray, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> np.ndarray:
    front = np.moveaxis(x, (axis1, axis2), (0, 1))
    wide = dtype or (x.dtype if x.dtype.kind in "fc" else np.int64)
    y = np.zeros(front.shape[2:], wide)
    for i in range(front.shape[0]):
        if 0 <= i + offset < front.shape[1]:
            y += front[i, i + offset]
    return y


def matrix_transpose(x: np.ndarray) -> np.ndarray:
    y = np.zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    for i, j in np.ndindex(*x.shape[-2:]):
        y[..., j, i] = x[..., i, j]
    return y


def matvec(x, v):
    lead = np.broadcast_shapes(x.shape[:-2], v.shape[:-1])
    x, v = np.broadcast_to(x, (*lead, *x.shape[-2:])), np.broadcast_to(v, (*lead, v.shape[-1]))
    n, m = x.shape[-2:]
    columns = [sum(x[..., i, j] * v[..., j] for j in range(m)) for i in range(n)]
    return np.stack(columns, -1)


ORACLES = {
    "matvec": matvec,
    "vecmat": lambda v, x: matvec(np.swapaxes(x, -1, -2), np.conj(v)),
    "batched_dot": batched_dot,
    "inner": inner, "vdot": vdot, "kron": kron, "cross": cross, "trace": trace, "matrix_transpose": matrix_transpose,
}  # fmt: skip
