"""Pooling as written-out loops over every picture, window and element."""

from __future__ import annotations

from itertools import product
from math import ceil as up
from typing import Any

import numpy as np


def pool2d(
    x: Any, window: Any = 2, stride: Any = None, padding: Any = 0, mode: str = "max", ceil: bool = False
) -> np.ndarray:
    x = np.asarray(x)
    windows = [window] * 2 if isinstance(window, int) else list(window)
    strides = windows if stride is None else [stride] * 2 if isinstance(stride, int) else list(stride)
    given = [padding] * 2 if isinstance(padding, int) else padding
    pads = [(p, p) if isinstance(p, int) else tuple(p) for p in given]
    places = []  # for each axis and window: the elements it covers, and how many places with padding
    for n, w, s, (low, high) in zip(x.shape[-2:], windows, strides, pads):
        room = (n + low + high - w) / s
        count = (up(room) if ceil else int(room // 1)) + 1
        if ceil and (count - 1) * s >= n + low:
            count -= 1
        starts = [k * s - low for k in range(count)]
        places.append([(range(max(0, i), min(n, i + w)), min(n + high, i + w) - i) for i in starts])
    y = np.zeros((*x.shape[:-2], len(places[0]), len(places[1])), x.dtype)
    for lead in product(*map(range, x.shape[:-2])):
        for i, (rows, tall) in enumerate(places[0]):
            for j, (columns, wide) in enumerate(places[1]):
                values = [x[(*lead, a, b)] for a in rows for b in columns]
                total = sum(values)
                y[(*lead, i, j)] = (
                    (np.nan if any(v != v for v in values) else max(values)) if mode == "max"
                    else total if mode == "sum"
                    else total / len(values) if mode == "average"
                    else total / (tall * wide)
                )  # fmt: skip
    return y


ORACLES = {"pool2d": pool2d}
