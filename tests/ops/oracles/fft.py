"""Transforms by their defining sums, as products with the matrix of the roots of unity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def scale(n: int, norm: str | None, inverse: bool) -> float:
    return {"ortho": n**-0.5, "forward": 1.0 if inverse else 1 / n}.get(str(norm), 1 / n if inverse else 1.0)


def resized(a: np.ndarray, n: int, axis: int) -> np.ndarray:
    rows = np.moveaxis(a, axis, -1)
    y = np.zeros((*rows.shape[:-1], n), a.dtype)
    m = min(n, rows.shape[-1])
    y[..., :m] = rows[..., :m]
    return y


def whole(inverse: bool) -> Callable[..., np.ndarray]:
    def oracle(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> np.ndarray:
        n = a.shape[axis] if n is None else n
        turns = np.outer(np.arange(n), np.arange(n)) % n / n
        roots = np.exp((2j if inverse else -2j) * np.pi * turns)
        return np.moveaxis(resized(a, n, axis) @ roots * scale(n, norm, inverse), -1, axis)

    return oracle


fft, ifft = whole(False), whole(True)


def half(transform: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    def oracle(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> np.ndarray:
        y = np.moveaxis(transform(a, n, axis, norm), axis, -1)
        return np.moveaxis(y[..., : y.shape[-1] // 2 + 1], -1, axis)

    return oracle


def from_half(transform: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """The transform of the numbers put together with the conjugates of those that are missing."""

    def oracle(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> np.ndarray:
        n = 2 * (a.shape[axis] - 1) if n is None else n
        first = resized(a, n // 2 + 1, axis)
        full = np.zeros((*first.shape[:-1], n), "complex128")
        for k in range(n):
            full[..., k] = first[..., k] if k <= n // 2 else np.conj(first[..., n - k])
        for k in {0} | ({n // 2} if n % 2 == 0 else set()):
            full[..., k] = full[..., k].real
        return np.moveaxis(transform(full, None, -1, norm), -1, axis).real

    return oracle


def several(*transforms: Callable[..., np.ndarray], last_first: bool = False, two: bool = False) -> Callable[..., Any]:
    """`transforms` are that of the last axis and that of the others."""

    def oracle(a: Any, s: Sequence[int] | None = None, axes: Any = None, norm: str | None = None) -> np.ndarray:
        axes = axes if axes is not None else (-2, -1) if two else range(a.ndim)
        pairs = list(zip(axes, s or [None] * len(axes)))
        steps = [(transforms[-1], *pair) for pair in pairs[:-1]] + [(transforms[0], *pairs[-1])]
        for transform, axis, n in steps[::-1] if last_first else steps:
            a = transform(a, n, axis, norm)
        return a

    return oracle


def frequencies(n: int, d: float = 1.0) -> np.ndarray:
    return np.array([(k if 2 * k < n else k - n) / (n * d) for k in range(n)])


def shift(sign: int) -> Callable[..., np.ndarray]:
    def oracle(x: Any, axes: Any = None) -> np.ndarray:
        for axis in range(x.ndim) if axes is None else np.atleast_1d(axes):
            n = x.shape[axis]
            x = np.roll(x, sign * (n // 2), int(axis))
        return x

    return oracle


rfft, irfft = half(fft), from_half(ifft)
ORACLES = {
    "fft.fft": fft,
    "fft.ifft": ifft,
    "fft.rfft": rfft,
    "fft.irfft": irfft,
    "fft.hfft": from_half(fft),
    "fft.ihfft": half(ifft),
    "fft.fftn": several(fft),
    "fft.ifftn": several(ifft),
    "fft.rfftn": several(rfft, fft, last_first=True),
    "fft.irfftn": several(irfft, ifft),
    "fft.fft2": several(fft, two=True),
    "fft.ifft2": several(ifft, two=True),
    "fft.rfft2": several(rfft, fft, last_first=True, two=True),
    "fft.irfft2": several(irfft, ifft, two=True),
    "fft.fftfreq": frequencies,
    "fft.rfftfreq": lambda n, d=1.0: np.array([k / (n * d) for k in range(n // 2 + 1)]),
    "fft.fftshift": shift(1),
    "fft.ifftshift": shift(-1),
}
