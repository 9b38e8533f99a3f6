"""Convolutions as written-out loops over every example, filter, place, channel and element of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np


def convolution(ndim: int) -> Callable[..., np.ndarray]:
    def oracle(
        x: Any,
        w: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        flip: bool = False,
    ) -> np.ndarray:
        x, w = np.asarray(x), np.asarray(w)
        strides = [stride] * ndim if isinstance(stride, int) else list(stride)
        dilations = [dilation] * ndim if isinstance(dilation, int) else list(dilation)
        before, out = [], []
        for n, k, s, d, axis in zip(x.shape[2:], w.shape[2:], strides, dilations, range(ndim)):
            reach = d * (k - 1) + 1
            if padding == "same":
                count = (n + s - 1) // s
                before.append(max((count - 1) * s + reach - n, 0) // 2)
                out.append(count)
                continue
            if padding in ("valid", "full"):
                low = high = reach - 1 if padding == "full" else 0
            else:
                pair = padding if isinstance(padding, int) else padding[axis]
                low, high = (pair, pair) if isinstance(pair, int) else pair
            before.append(low)
            out.append((n + low + high - reach) // s + 1)
        y = np.zeros((x.shape[0], w.shape[0], *out), np.result_type(x, w))
        per_group, filters = w.shape[1], w.shape[0] // groups
        for n, f, *place in product(*map(range, y.shape)):
            for c, *offset in product(*map(range, w.shape[1:])):
                at = [p * s + k * d - b for p, s, k, d, b in zip(place, strides, offset, dilations, before)]
                if all(0 <= i < size for i, size in zip(at, x.shape[2:])):
                    turned = [size - 1 - k for k, size in zip(offset, w.shape[2:])] if flip else offset
                    y[(n, f, *place)] += x[(n, f // filters * per_group + c, *at)] * w[(f, c, *turned)]
        return y

    return oracle


ORACLES = {"conv1d": convolution(1), "conv2d": convolution(2), "conv3d": convolution(3)}
