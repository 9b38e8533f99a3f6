"""Products of matrices as `np.einsum` of written-out indices."""

from __future__ import annotations

from typing import Any

import numpy as np


def matmul(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    rows, columns = "n" if x.ndim > 1 else "", "m" if w.ndim > 1 else ""
    return np.einsum(f"...{rows}k,...k{columns}->...{rows}{columns}", x, w)


def dot(x: Any, w: Any) -> np.ndarray:
    x, w = np.asarray(x), np.asarray(w)
    if 0 in (x.ndim, w.ndim):
        return np.einsum("...,...->...", x, w)
    left, right = "abcd"[: x.ndim - 1], "uvw"[: max(w.ndim - 2, 0)]
    columns = "m" if w.ndim > 1 else ""
    return np.einsum(f"{left}k,{right}k{columns}->{left}{right}{columns}", x, w)


def tensordot(x: np.ndarray, w: np.ndarray, axes: Any = 2) -> np.ndarray:
    if isinstance(axes, int):
        axes = (range(x.ndim - axes, x.ndim), range(axes))
    first, second = ([k] if isinstance(k, int) else list(k) for k in axes)
    left, right = list("abcdef"[: x.ndim]), list("uvwxyz"[: w.ndim])
    for k, j in zip(first, second):
        right[j] = left[k]
    summed = {left[k] for k in first}
    kept = [letter for letter in left + right if letter not in summed]
    return np.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", x, w)


def outer(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    result = [a * b for a in x.ravel() for b in y.ravel()]
    return np.array(result, np.result_type(x, y)).reshape(x.size, y.size)


def vecdot(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    x, y = (np.moveaxis(a, axis, -1) for a in (x, y))
    x, y = (a.astype("int64") if a.dtype.kind == "i" else a for a in np.broadcast_arrays(x, y))
    return np.einsum("...k,...k->...", np.conj(x) if x.dtype.kind == "c" else x, y)


ORACLES = {"vecdot": vecdot, "matmul": matmul, "dot": dot, "tensordot": tensordot, "outer": outer}
