"""What indexing means: an element at a time, over the numbers an array holds in each place."""

from __future__ import annotations

import numpy as np


def _plain(key):
    """The key with arrays of no axes as Python numbers."""

    def one(part):
        if isinstance(part, slice):
            return slice(*(None if b is None else int(b) for b in (part.start, part.stop, part.step)))
        return part.item() if isinstance(part, np.ndarray) and part.ndim == 0 else part

    return tuple(one(part) for part in key) if isinstance(key, tuple) else one(key)


def _places(x, key):
    """Which element of x (counted in row-major order) stands at each place of x[key]."""
    return np.arange(x.size).reshape(x.shape)[_plain(key)]


def index(x, key):
    flat = x.ravel().tolist()
    places = _places(x, key)
    return np.array([flat[p] for p in np.ravel(places)], x.dtype).reshape(np.shape(places))


def set_subtensor(x, key, value):
    flat = x.ravel().copy()
    places = _places(x, key)
    for p, v in zip(np.ravel(places), np.broadcast_to(value, np.shape(places)).ravel(), strict=True):
        flat[p] = v
    return flat.reshape(x.shape)


def inc_subtensor(x, key, value):
    flat = x.ravel().copy()
    places = _places(x, key)
    for p, v in zip(np.ravel(places), np.broadcast_to(value, np.shape(places)).ravel(), strict=True):
        flat[p] += v
    return flat.reshape(x.shape)


def pick(x, labels):
    return np.array([x[i, label] for i, label in enumerate(labels)], x.dtype)


ORACLES = {"index": index, "set_subtensor": set_subtensor, "inc_subtensor": inc_subtensor, "pick": pick}
