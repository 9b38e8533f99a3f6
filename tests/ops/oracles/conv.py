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


def transposed(ndim: int) -> Callable[..., np.ndarray]:
    """Each element of x paints its filters; padding is cut off afterwards."""
    def oracle(
        x: Any,
        w: Any,
        stride: Any = 1,
        padding: Any = "valid",
        output_padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        flip: bool = False,
    ) -> np.ndarray:
        x, w = np.asarray(x), np.asarray(w)
        strides, dilations, extra = (
            [v] * ndim if isinstance(v, int) else list(v) for v in (stride, dilation, output_padding)
        )
        whole = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[2:], w.shape[2:], strides, dilations)]
        pairs = []
        for axis in range(ndim):
            if padding == "same":
                over = whole[axis] - x.shape[2 + axis] * strides[axis]
                pairs.append((max(over, 0) // 2, max(over, 0) - max(over, 0) // 2))
                extra[axis] = max(-over, 0)
            else:
                pair = 0 if padding == "valid" else padding if isinstance(padding, int) else padding[axis]
                pairs.append((pair, pair) if isinstance(pair, int) else pair)
        painted = [n + e for n, e in zip(whole, extra)]
        y = np.zeros((x.shape[0], w.shape[1] * groups, *painted), np.result_type(x, w))
        ins, outs = w.shape[0] // groups, w.shape[1]
        for n, f, *place in product(*map(range, x.shape)):
            for c, *offset in product(*map(range, w.shape[1:])):
                at = [p * s + k * d for p, s, k, d in zip(place, strides, offset, dilations)]
                turned = [size - 1 - k for k, size in zip(offset, w.shape[2:])] if flip else offset
                y[(n, f // ins * outs + c, *at)] += x[(n, f, *place)] * w[(f, c, *turned)]
        return y[(slice(None), slice(None), *(slice(lo, n - hi) for n, (lo, hi) in zip(painted, pairs)))]

    return oracle


def depthwise(x: Any, w: Any, *args: Any, **kwargs: Any) -> np.ndarray:
    return convolution(2)(x, w, *args, **{**kwargs, "groups": np.shape(x)[1]})


def separable(x: Any, u: Any, v: Any, *args: Any, **kwargs: Any) -> np.ndarray:
    return convolution(2)(depthwise(x, u, *args, **kwargs), v)


def columns(size: Any, window: Any, stride: Any, padding: Any, dilation: Any) -> tuple[Any, list[Any], list[Any]]:
    """The kernel, and for each axis the first element of each window and the steps in it."""
    ndim = len(size)
    kernel, strides, dilations = ([v] * ndim if isinstance(v, int) else list(v) for v in (window, stride, dilation))
    starts = []
    for axis, n in enumerate(size):
        pair = padding if isinstance(padding, int) else padding[axis]
        low, high = (pair, pair) if isinstance(pair, int) else pair
        count = (n + low + high - dilations[axis] * (kernel[axis] - 1) - 1) // strides[axis] + 1
        starts.append([k * strides[axis] - low for k in range(count)])
    return kernel, starts, [[k * d for k in range(n)] for n, d in zip(kernel, dilations)]


def unfold(x: Any, window: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> np.ndarray:
    x = np.asarray(x)
    kernel, starts, steps = columns(x.shape[2:], window, stride, padding, dilation)
    y = np.zeros((x.shape[0], x.shape[1] * int(np.prod(kernel)), int(np.prod([len(s) for s in starts]))), x.dtype)
    for n in range(x.shape[0]):
        for row, (c, *offset) in enumerate(product(range(x.shape[1]), *steps)):
            for place, start in enumerate(product(*starts)):
                at = [a + b for a, b in zip(start, offset)]
                if all(0 <= i < m for i, m in zip(at, x.shape[2:])):
                    y[n, row, place] = x[(n, c, *at)]
    return y


def fold(x: Any, size: Any, window: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> np.ndarray:
    x, size = np.asarray(x), (size,) if isinstance(size, int) else tuple(size)
    kernel, starts, steps = columns(size, window, stride, padding, dilation)
    y = np.zeros((x.shape[0], x.shape[1] // int(np.prod(kernel)), *size), x.dtype)
    for n in range(x.shape[0]):
        for row, (c, *offset) in enumerate(product(range(y.shape[1]), *steps)):
            for place, start in enumerate(product(*starts)):
                at = [a + b for a, b in zip(start, offset)]
                if all(0 <= i < m for i, m in zip(at, size)):
                    y[(n, c, *at)] += x[n, row, place]
    return y


def images2neibs(x: Any, window: Any, stride: Any = None) -> np.ndarray:
    x = np.asarray(x)
    kh, kw = (window, window) if isinstance(window, int) else window
    sh, sw = (kh, kw) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    rows = [
        x[n, c, i : i + kh, j : j + kw].ravel()
        for n, c in product(range(x.shape[0]), range(x.shape[1]))
        for i in range(0, x.shape[2] - kh + 1, sh)
        for j in range(0, x.shape[3] - kw + 1, sw)
    ]
    return np.array(rows)


ORACLES = {
    "conv1d": convolution(1),
    "conv2d": convolution(2),
    "conv3d": convolution(3),
    "conv_transpose1d": transposed(1),
    "conv_transpose2d": transposed(2),
    "conv_transpose3d": transposed(3),
    "depthwise_conv2d": depthwise,
    "fold": fold,
    "images2neibs": images2neibs,
    "separable_conv2d": separable,
    "unfold": unfold,
}
