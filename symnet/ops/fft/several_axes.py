"""Discrete Fourier transforms along several axes: one axis after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.along import normal_axis
from symnet.ops.fft.one_axis import fft, ifft, irfft, rfft
from symnet.origin import here

__all__ = ["fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"]

Sizes = Sequence[int | None] | None
Pairs = list[tuple[int, int | None]]
Axes = Sequence[int] | None


def _pairs(name: str, a: Any, s: Sizes, axes: Axes) -> tuple[Variable, Pairs]:
    """The axes to transform, each with its n.

    Raises: ArgumentError for axes that are not there, and for as many sizes as there are not axes.
    """
    a = as_variable(a)
    if axes is None:
        axes = range(a.type.ndim) if s is None else range(a.type.ndim - len(s), a.type.ndim)
    numbers = [normal_axis(k, a.type.ndim, f"fft.{name}", a) for k in axes]
    sizes = [None] * len(numbers) if s is None else list(s)
    if len(sizes) != len(numbers) or not numbers:
        raise ArgumentError(
            f"fft.{name}: s has {len(sizes)} sizes for {len(numbers)} axes.",
            operands={"a": a},
            origin=here(),
            fix="give one size for each axis, and at least one axis.",
        )
    return a, list(zip(numbers, sizes, strict=True))


def _each(transform: Callable[..., Variable], a: Variable, pairs: Pairs, norm: Any) -> Variable:
    for axis, n in pairs:
        a = transform(a, n, axis, norm)
    return a


def _to_half(name: str, a: Any, s: Sizes, axes: Axes, norm: Any) -> Variable:
    x, [*others, (axis, n)] = _pairs(name, a, s, axes)
    return _each(fft, rfft(x, n, axis, norm), others, norm)


def _from_half(name: str, a: Any, s: Sizes, axes: Axes, norm: Any) -> Variable:
    x, [*others, (axis, n)] = _pairs(name, a, s, axes)
    return irfft(_each(ifft, x, others, norm), n, axis, norm)


_CASES = (
    case(arr(3, 4, dtype="complex128")),
    case(arr(2, 3, 2, dtype="complex64"), norm="ortho"),
    case(arr(2, 3), s=(3, 2), axes=(1, 0)),
)
_REALS = (case(arr(3, 4)), case(arr(2, 3, 3), norm="ortho"), case(arr(2, 3), s=(3, 2), axes=(1, 0)))
_HALVES = (
    case(arr(3, 3, dtype="complex128")),
    case(arr(2, 3, 2, dtype="complex64"), norm="ortho"),
    case(arr(2, 3, dtype="complex128"), s=(4, 3), axes=(1, 0)),
)


@vocabulary(*_CASES, name="fft.fftn")
def fftn(a: Any, s: Sizes = None, axes: Axes = None, norm: str | None = None) -> Variable:
    """`fft.fft` along several axes, all by default; `s` gives each its n.

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    return _each(fft, *_pairs("fftn", a, s, axes), norm)


@vocabulary(*_CASES, name="fft.ifftn")
def ifftn(a: Any, s: Sizes = None, axes: Axes = None, norm: str | None = None) -> Variable:
    """`fft.ifft` along several axes, all by default; `s` gives each its n.

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    return _each(ifft, *_pairs("ifftn", a, s, axes), norm)


@vocabulary(*_REALS, name="fft.rfftn")
def rfftn(a: Any, s: Sizes = None, axes: Axes = None, norm: str | None = None) -> Variable:
    """`fft.rfft` along the last of several axes, then `fft.fft` along the others; all axes by default.

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    return _to_half("rfftn", a, s, axes, norm)


@vocabulary(*_HALVES, name="fft.irfftn")
def irfftn(a: Any, s: Sizes = None, axes: Axes = None, norm: str | None = None) -> Variable:
    """`fft.ifft` along several axes but the last, then `fft.irfft` along that; all axes by default.

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    return _from_half("irfftn", a, s, axes, norm)


@vocabulary(*_CASES, name="fft.fft2")
def fft2(a: Any, s: Sizes = None, axes: Axes = (-2, -1), norm: str | None = None) -> Variable:
    """`fft.fftn` along two axes, the last by default."""
    return _each(fft, *_pairs("fft2", a, s, axes), norm)


@vocabulary(*_CASES, name="fft.ifft2")
def ifft2(a: Any, s: Sizes = None, axes: Axes = (-2, -1), norm: str | None = None) -> Variable:
    """`fft.ifftn` along two axes, the last by default."""
    return _each(ifft, *_pairs("ifft2", a, s, axes), norm)


@vocabulary(*_REALS, name="fft.rfft2")
def rfft2(a: Any, s: Sizes = None, axes: Axes = (-2, -1), norm: str | None = None) -> Variable:
    """`fft.rfftn` along two axes, the last by default."""
    return _to_half("rfft2", a, s, axes, norm)


@vocabulary(*_HALVES, name="fft.irfft2")
def irfft2(a: Any, s: Sizes = None, axes: Axes = (-2, -1), norm: str | None = None) -> Variable:
    """`fft.irfftn` along two axes, the last by default."""
    return _from_half("irfft2", a, s, axes, norm)
