"""What the words of shape.py, sizes.py, broadcast.py and join.py mean, in NumPy or written out."""

from __future__ import annotations

import itertools

import numpy as np


def size_of(x, axis):
    return np.int64(x.shape[axis])


def size(x):
    return np.int64(sum(1 for _ in x.flat))


def reshape(x, shape):
    shape = [int(n) for n in shape]
    if -1 in shape:
        known = 1
        for n in shape:
            known *= n if n != -1 else 1
        shape[shape.index(-1)] = x.size // known
    result = np.empty(shape, x.dtype)
    for place, value in zip(itertools.product(*map(range, shape)), x.ravel().tolist(), strict=True):
        result[place] = value
    return result


def flatten(x, ndim=1):
    last = 1
    for n in x.shape[ndim - 1 :]:
        last *= n
    return reshape(x, (*x.shape[: ndim - 1], last))


def transpose(x, axes=None):
    order = list(axes) if axes is not None else list(range(x.ndim))[::-1]
    order = [k % x.ndim for k in order]
    result = np.empty([x.shape[k] for k in order], x.dtype)
    for place in np.ndindex(x.shape):
        result[tuple(place[k] for k in order)] = x[place]
    return result


def expand_dims(x, axis):
    axes = [axis] if isinstance(axis, int) else list(axis)
    ndim = x.ndim + len(axes)
    axes = {k % ndim for k in axes}
    sizes = iter(x.shape)
    return reshape(x, [1 if k in axes else next(sizes) for k in range(ndim)])


def squeeze(x, axis=None):
    axes = [k for k in range(x.ndim) if x.shape[k] == 1] if axis is None else axis
    axes = {k % x.ndim for k in ([axes] if isinstance(axes, int) else axes)}
    return reshape(x, [n for k, n in enumerate(x.shape) if k not in axes])


def dimshuffle(x, pattern):
    order = [k % x.ndim for k in pattern if k != "x"]
    dropped = [k for k in range(x.ndim) if k not in order]
    y = x[tuple(0 if k in dropped else slice(None) for k in range(x.ndim))]
    kept = sorted(order)
    y = np.transpose(y, [kept.index(k) for k in order])
    return y[tuple(None if k == "x" else slice(None) for k in pattern)]


def broadcast_to(x, shape):
    return x + np.zeros([int(n) for n in ([shape] if isinstance(shape, int) else shape)], x.dtype)


def concatenate(arrays, axis=0):
    rows = [row for a in arrays for row in np.moveaxis(a, axis, 0)]
    if not rows:
        return sum(a for a in arrays)
    return np.moveaxis(np.array(rows), 0, axis)


def stack(arrays, axis=0):
    return np.moveaxis(np.array([np.asarray(a) for a in arrays]), 0, axis)


ORACLES = {
    "size_of": size_of,
    "size": size,
    "reshape": reshape,
    "flatten": flatten,
    "transpose": transpose,
    "permute_dims": transpose,
    "expand_dims": expand_dims,
    "squeeze": squeeze,
    "dimshuffle": dimshuffle,
    "broadcast_to": broadcast_to,
    "concatenate": concatenate,
    "concat": concatenate,
    "stack": stack,
}
