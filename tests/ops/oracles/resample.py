"""Pictures in other sizes, element by element; response normalisation, channel by channel."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np


def along(x: np.ndarray, axis: int, m: int, shares: Callable[[int, int, int], dict[int, float]]) -> np.ndarray:
    """Element i of m is the sum of the shares {j: weight} of the n elements there are."""
    rows = np.moveaxis(x, axis, -1)
    n = rows.shape[-1]
    y = np.zeros((*rows.shape[:-1], m), x.dtype)
    for i in range(m):
        for j, weight in shares(i, n, m).items():
            y[..., i] += weight * rows[..., j]
    return np.moveaxis(y, -1, axis)


def nearest(i: int, n: int, m: int) -> dict[int, float]:
    return {math.floor(i * n / m + 1e-9): 1.0}


def linear(i: int, n: int, m: int) -> dict[int, float]:
    return between(min(max((i + 0.5) * n / m - 0.5, 0), n - 1), n)


def aligned(i: int, n: int, m: int) -> dict[int, float]:
    return between(i * (n - 1) / (m - 1) if m > 1 else 0.0, n)


def between(place: float, n: int) -> dict[int, float]:
    """What each element counts at a place: a tent."""
    return {j: 1 - abs(place - j) for j in range(n) if abs(place - j) < 1}


def average(i: int, n: int, m: int) -> dict[int, float]:
    share = range(math.floor(i * n / m), math.ceil((i + 1) * n / m))
    return {j: 1 / len(share) for j in share}


def resize(x: Any, size: Any, mode: str = "nearest", align_corners: bool = False) -> np.ndarray:
    y = np.asarray(x)
    sizes = [size] * (y.ndim - 2) if isinstance(size, int) else size
    shares = nearest if mode == "nearest" else aligned if align_corners else linear
    for axis, m in enumerate(sizes, 2):
        y = along(y, axis, m, shares)
    return y


def upsample(x: Any, factor: Any = 2, mode: str = "nearest", align_corners: bool = False) -> np.ndarray:
    x = np.asarray(x)
    factors = [factor] * (x.ndim - 2) if isinstance(factor, int) else factor
    return resize(x, [n * f for n, f in zip(x.shape[2:], factors)], mode, align_corners)


def adaptive_average_pool(x: Any, size: Any) -> np.ndarray:
    y = np.asarray(x)
    sizes = [size] * (y.ndim - 2) if isinstance(size, int) else size
    for axis, m in enumerate(sizes, 2):
        y = y if m is None else along(y, axis, m, average)
    return y


def whole(f: Callable[[list[float]], float]) -> Callable[..., np.ndarray]:
    def oracle(x: Any) -> np.ndarray:
        x = np.asarray(x)
        return np.array([[f([float(v) for v in c.ravel()]) for c in n] for n in x]).astype(x.dtype)

    return oracle


def pixel_shuffle(x: Any, factor: int) -> np.ndarray:
    x = np.asarray(x)
    n, c, h, w = x.shape
    y = np.empty((n, c // factor**2, h * factor, w * factor), x.dtype)
    for k, d, i, j in product(*map(range, y.shape)):
        channel = d * factor**2 + i % factor * factor + j % factor
        y[k, d, i, j] = x[k, channel, i // factor, j // factor]
    return y


def local_response_norm(
    x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    x = np.asarray(x)
    y = np.empty_like(x)
    for n, c in product(range(x.shape[0]), range(x.shape[1])):
        around = range(max(0, c - size // 2), min(x.shape[1], c + (size - 1) // 2 + 1))
        total = sum(x[n, d] ** 2 for d in around)
        y[n, c] = x[n, c] / (k + alpha / size * total) ** beta
    return y


def largest(values: list[float]) -> float:
    return max(values, key=lambda v: (math.isnan(v), v))


def adaptive_max_pool(x: Any, size: Any) -> np.ndarray:
    y = np.asarray(x)
    sizes = [size] * (y.ndim - 2) if isinstance(size, int) else size
    for axis, m in enumerate(sizes, 2):
        n = y.shape[axis]
        places = [range(i * n // m, -(-(i + 1) * n // m)) for i in range(m or 0)]
        if m is not None:
            y = np.stack([np.apply_along_axis(largest, axis, y.take(share, axis)) for share in places], axis)
    return y


ORACLES = {
    "adaptive_max_pool": adaptive_max_pool,
    "adaptive_average_pool": adaptive_average_pool,
    "global_average_pool": whole(lambda v: math.fsum(v) / len(v)),
    "global_max_pool": whole(max),
    "local_response_norm": local_response_norm,
    "pixel_shuffle": pixel_shuffle,
    "resize": resize,
    "upsample": upsample,
}
