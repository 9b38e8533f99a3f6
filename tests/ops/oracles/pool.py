"""Pooling as written-out loops over every picture, window and element."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import ceil as up
from typing import Any

import numpy as np


def windows(
    size: tuple[int, ...], window: Any, stride: Any, padding: Any, ceil: bool
) -> list[list[tuple[range, int]]]:
    """For each axis and window: the elements it covers, and how many places with padding."""
    covered = []
    for axis, n in enumerate(size):
        w, s, p = (v if isinstance(v, int) or v is None else v[axis] for v in (window, stride, padding))
        s = w if s is None else s
        room = (n + 2 * p - w) / s
        count = (up(room) if ceil else int(room // 1)) + 1
        if ceil and (count - 1) * s >= n + p:
            count -= 1
        starts = [k * s - p for k in range(count)]
        covered.append([(range(max(0, i), min(n, i + w)), min(n + p, i + w) - i) for i in starts])
    return covered


def pooling(ndim: int) -> Callable[..., np.ndarray]:
    def oracle(
        x: Any, window: Any = 2, stride: Any = None, padding: Any = 0, mode: str = "max", ceil: bool = False
    ) -> np.ndarray:
        x = np.asarray(x)
        covered = windows(x.shape[2:], window, stride, padding, ceil)
        assert len(covered) == ndim
        y = np.zeros((*x.shape[:2], *map(len, covered)), x.dtype)
        for n, c, *at in product(*map(range, y.shape)):
            seen = [along[i] for along, i in zip(covered, at)]
            values = [x[(n, c, *place)] for place in product(*(places for places, _ in seen))]
            total = sum(values)
            y[(n, c, *at)] = (
                (np.nan if any(v != v for v in values) else max(values)) if mode == "max"
                else total if mode == "sum"
                else total / len(values) if mode == "average"
                else total / np.prod([width for _, width in seen])
            )  # fmt: skip
        return y

    return oracle


def norms(ndim: int) -> Callable[..., np.ndarray]:
    def oracle(x: Any, norm_type: float, window: Any = 2, stride: Any = None, ceil: bool = False) -> np.ndarray:
        x = np.asarray(x)
        covered = windows(x.shape[2:], window, stride, 0, ceil)
        assert len(covered) == ndim
        y = np.zeros((*x.shape[:2], *map(len, covered)), x.dtype)
        for n, c, *at in product(*map(range, y.shape)):
            places = product(*(along[i][0] for along, i in zip(covered, at)))
            y[(n, c, *at)] = sum(abs(float(x[(n, c, *place)])) ** norm_type for place in places) ** (1 / norm_type)
        return y

    return oracle


ORACLES = {"pool1d": pooling(1), "pool2d": pooling(2), "pool3d": pooling(3)}
ORACLES |= {"lp_pool1d": norms(1), "lp_pool2d": norms(2), "lp_pool3d": norms(3)}
