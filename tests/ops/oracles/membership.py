"""Sets, by Python's comparisons of each with each."""

from __future__ import annotations

import numpy as np


def isin(x, values, *, invert=False):
    x = np.asarray(x)
    among = np.ravel(values).tolist()
    found = [any(v == w for w in among) != invert for v in x.ravel().tolist()]
    return np.array(found, bool).reshape(x.shape)


def _distinct(values):
    """In ascending order, NaN once and last."""
    numbers = sorted({v for v in values if v == v})
    return numbers + [v for v in values if v != v][:1]


def _set(keep):
    def oracle(x, y):
        dtype = np.result_type(x, np.asarray(y))
        return np.array(keep(np.ravel(x).tolist(), np.ravel(y).tolist()), dtype)

    return oracle


def _one_alone(x, y):
    both = [v for v in _distinct(x) if v not in y] + [v for v in _distinct(y) if v not in x]
    return sorted(v for v in both if v == v) + [v for v in both if v != v]


ORACLES = {
    "isin": isin,
    "union1d": _set(lambda x, y: _distinct(x + y)),
    "intersect1d": _set(lambda x, y: [v for v in _distinct(x) if any(v == w for w in y)]),
    "setdiff1d": _set(lambda x, y: [v for v in _distinct(x) if not any(v == w for w in y)]),
    "setxor1d": _set(_one_alone),
}
