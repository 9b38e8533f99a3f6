"""Elements and axes in another order, by NumPy, or where the words are one call of its own, element by element."""

from __future__ import annotations

import numpy as np


def flip(x, axis=None):
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = {k % x.ndim for k in axes}
    result = np.empty_like(x)
    for place in np.ndindex(x.shape):
        result[place] = x[tuple(x.shape[k] - 1 - i if k in axes else i for k, i in enumerate(place))]
    return result


def fliplr(x):
    return flip(x, 1)


def flipud(x):
    return flip(x, 0)


def roll(x, shift, axis=None):
    return np.roll(x, tuple(map(int, shift)) if isinstance(shift, tuple) else int(shift), axis)


def moveaxis(x, source, destination):
    """Axis by axis, as the documentation of NumPy says it: taken out, and put in at the sorted places."""
    sources = [k % x.ndim for k in (source if isinstance(source, (tuple, list)) else [source])]
    places = [k % x.ndim for k in (destination if isinstance(destination, (tuple, list)) else [destination])]
    order = [k for k in range(x.ndim) if k not in sources]
    for place, k in sorted(zip(places, sources)):
        order.insert(place, k)
    return np.einsum(x, list(range(x.ndim)), order)


def swapaxes(x, axis1, axis2):
    return np.swapaxes(x, axis1, axis2)


def ravel(x):
    return np.array(list(x.flat), x.dtype)


ORACLES = {
    "flip": flip,
    "fliplr": fliplr,
    "flipud": flipud,
    "roll": roll,
    "rot90": np.rot90,
    "moveaxis": moveaxis,
    "swapaxes": swapaxes,
    "ravel": ravel,
}
