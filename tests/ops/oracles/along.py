"""Entries along an axis, one at a time."""

from __future__ import annotations

import itertools

import numpy as np


def take(x, indices, axis=None, mode="raise"):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis % x.ndim)
    n = x.shape[axis]
    bring = {"raise": lambda i: i, "wrap": lambda i: i % n, "clip": lambda i: min(max(i, 0), n - 1)}[mode]
    indices = np.asarray(indices)
    result = np.empty((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    for place in np.ndindex(indices.shape):
        result[(slice(None),) * axis + place] = x[(slice(None),) * axis + (bring(int(indices[place])),)]
    return result


def _entries(shape, indices, axis):
    """Each place of the (broadcast) indices with the place in an array of `shape` that it speaks of."""
    together = [max(n, m) if n and m else 0 for n, m in zip(shape, indices.shape)]
    sizes = [m if k == axis else t for k, (t, m) in enumerate(zip(together, indices.shape))]
    for place in itertools.product(*map(range, sizes)):
        index = int(indices[tuple(i if m != 1 else 0 for i, m in zip(place, indices.shape))])
        yield place, tuple(index if k == axis else i if shape[k] != 1 else 0 for k, i in enumerate(place)), sizes


def take_along_axis(x, indices, axis=-1):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis % x.ndim)
    found = [(x[source], sizes) for _, source, sizes in _entries(x.shape, indices, axis)]
    return np.array([v for v, _ in found], x.dtype).reshape(found[0][1] if found else indices.shape)


def put_along_axis(x, indices, values, axis=-1):
    axis %= x.ndim
    result = x.copy()
    places = list(_entries(x.shape, indices, axis))
    values = np.broadcast_to(values, places[0][2])
    for place, target, _ in places:
        result[target] = values[place]
    return result


ORACLES = {"take": take, "take_along_axis": take_along_axis, "put_along_axis": put_along_axis}
