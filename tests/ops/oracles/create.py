"""What the words of create.py mean, written out."""

from __future__ import annotations

import numpy as np


def _dtype(name, value=0.0):
    """The dtype asked for; floats are compared in double precision."""
    if name is None:
        return np.asarray(value).dtype
    return np.float64 if name == "floatX" or "float" in str(name) else np.dtype(name)


def full(shape, value, dtype=None):
    sizes = [int(n) for n in ([shape] if isinstance(shape, int) else shape)]
    result = np.empty(sizes, _dtype(dtype, value))
    result[...] = value
    return result


def zeros(shape, dtype="floatX"):
    return full(shape, 0, dtype)


def ones(shape, dtype="floatX"):
    return full(shape, 1, dtype)


def full_like(x, value, dtype=None):
    return full(x.shape, value, x.dtype.name if dtype is None else dtype)


def zeros_like(x, dtype=None):
    return full_like(x, 0, dtype)


def ones_like(x, dtype=None):
    return full_like(x, 1, dtype)


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        start, stop = 0, start
    start, stop, step = np.asarray(start).item(), np.asarray(stop).item(), np.asarray(step).item()
    numbers, k = [], 0
    while (start + k * step < stop) if step > 0 else (start + k * step > stop):
        numbers.append(start + k * step)
        k += 1
    kind = np.float64 if any(isinstance(v, float) for v in (start, stop, step)) else np.int64
    return np.array(numbers, kind if dtype is None else _dtype(dtype))


def eye(n, m=None, k=0, dtype="floatX"):
    rows, columns = int(n), int(n if m is None else m)
    result = [[1 if j == i + k else 0 for j in range(columns)] for i in range(rows)]
    return np.array(result, _dtype(dtype)).reshape(rows, columns)


ORACLES = {
    "full": full,
    "zeros": zeros,
    "ones": ones,
    "full_like": full_like,
    "zeros_like": zeros_like,
    "ones_like": ones_like,
    "arange": arange,
    "eye": eye,
}
