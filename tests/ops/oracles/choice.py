"""Choosing, by NumPy, and labels written out."""

from __future__ import annotations

import numpy as np


def piecewise(x, conditions, functions):
    return np.piecewise(x, conditions, functions)


def one_hot(labels, num_classes, axis=-1, dtype="floatX"):
    labels = np.asarray(labels)
    result = np.zeros((*labels.shape, num_classes), np.float64 if dtype == "floatX" else dtype)
    for place in np.ndindex(labels.shape):
        result[(*place, labels[place])] = 1
    return np.moveaxis(result, -1, axis)


def choose(a, choices, mode="raise"):
    return np.choose(a.astype(np.int64), choices, mode=mode)


def compress(condition, x, axis=None):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis % x.ndim)
    rows = np.moveaxis(x, axis, 0)
    taken = [rows[k] for k, c in enumerate(condition) if c]
    return np.moveaxis(np.array(taken, x.dtype).reshape(len(taken), *rows.shape[1:]), 0, axis)


def extract(condition, x):
    return np.array([v for c, v in zip(np.ravel(condition), np.ravel(x)) if c], x.dtype)


ORACLES = {
    "compress": compress,
    "extract": extract,
    "switch": np.where,
    "select": lambda conditions, choices, default=0: np.select(conditions, choices, default),
    "choose": choose,
    "piecewise": piecewise,
    "one_hot": one_hot,
}
