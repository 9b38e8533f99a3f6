"""Reductions and running totals that leave NaN out."""

from __future__ import annotations

from math import prod as prod_of
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.along import TakeAlong
from symnet.ops.argmax import argmax
from symnet.ops.arithmetic import maximum, minimum, square
from symnet.ops.axes import axes_of
from symnet.ops.compare import equal, isnan, logical_not, where
from symnet.ops.complex_numbers import imag, real
from symnet.ops.conversion import cast
from symnet.ops.elementary import sqrt
from symnet.ops.extremes import NanMax, NanMin
from symnet.ops.linalg.norm import PNorm
from symnet.ops.reduce import mean, prod
from symnet.ops.reduce import sum as total
from symnet.ops.scans import cumprod, cumsum
from symnet.ops.searching import count_nonzero
from symnet.ops.shape import expand_dims, reshape
from symnet.ops.statistics import (
    as_quantile,
    between,
    check_quantile,
    fractions,
    in_order,
    place_in_order,
    std,
    var,
)
from symnet.ops.watch import assert_value
from symnet.types import real_of

__all__ = [
    "nansum", "nanprod", "nancumsum", "nancumprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanargmax",
    "nanargmin", "nanmedian", "nanquantile", "nanpercentile",
]  # fmt: skip

_HOLES = arr(values=[[1.0, float("nan"), 3.0], [-2.0, 5.0, float("nan")]])
_ALL = arr(values=[[1.0, float("nan")], [float("nan"), float("nan")]])
_CASES = (
    case(_HOLES, order=0),
    case(_HOLES, axis=1, order=0),
    case(_HOLES, axis=0, keepdims=True, order=0),
    case(_ALL, axis=1, order=0),
    case(arr(2, 3), axis=0),
    case(arr(values=[[2, 5], [-1, 3]], dtype="int32"), axis=1),
)
_COMPLEX = (
    case(arr(values=[[1 + 2j, complex("nan+1j")], [3j, -1.0]], dtype="complex128"), axis=1, order=0),
    case(arr(2, 3, dtype="complex64"), axis=0),
)


@vocabulary(*_CASES, *_COMPLEX)
def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Sum of the elements along axes that are not NaN; 0 where all are. Shapes and errors are those of `sum`."""
    x = as_variable(x)
    return total(_filled(x, 0), axis, keepdims)


def _filled(x: Variable, number: float) -> Variable:
    """x with a number in the place of NaN."""
    return where(isnan(x), number, x) if x.type.is_inexact else x


@vocabulary(*_CASES)
def nanprod(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Product of the elements along axes that are not NaN; 1 where all are. Shapes and errors are those of `prod`."""
    return prod(_filled(as_variable(x), 1), axis, keepdims)


_RUNNING = (
    case(_HOLES, order=0),
    case(_HOLES, axis=1, order=0),
    case(arr(2, 3), axis=0),
    case(arr(values=[[2, 5], [-1, 3]], dtype="int32"), axis=1),
)


@vocabulary(*_RUNNING)
def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Variable:
    """Running sum along an axis that NaN adds nothing to. Shapes and errors are those of `cumsum`."""
    return cumsum(_filled(as_variable(x), 0), axis, dtype)


@vocabulary(*_RUNNING)
def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Variable:
    """Running product along an axis that NaN changes nothing in. Shapes and errors are those of `cumprod`."""
    return cumprod(_filled(as_variable(x), 1), axis, dtype)


@vocabulary(*_CASES, *_COMPLEX)
def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Mean of the elements along axes that are not NaN; NaN where all are. Shapes and errors are those of `mean`."""
    x = as_variable(x)
    if not x.type.is_inexact:
        return mean(x, axis, keepdims)
    return nansum(x, axis, keepdims) / cast(_count(x, axis, keepdims), x.type.dtype)


def _count(x: Variable, axis: Axis, keepdims: bool) -> Variable:
    """How many elements along axes are not NaN."""
    return count_nonzero(logical_not(isnan(x)), axis, keepdims)


def _apart(x: Variable, axis: Axis) -> Variable:
    """How far each element is from the mean of those that are not NaN; 0 in the place of NaN."""
    return where(isnan(x), 0, x - nanmean(x, axis, keepdims=True))


def _freedom(x: Variable, axis: Axis, keepdims: bool, ddof: float) -> Variable:
    """The number of elements less `ddof`; NaN where nothing is left."""
    left = cast(_count(x, axis, keepdims), real_of(x.type.dtype)) - ddof
    return where(left > 0, left, np.nan)


_SPREAD = (*_CASES[:5], case(_HOLES, axis=1, ddof=1, order=0), case(arr(2, 3), ddof=1, keepdims=True))


@vocabulary(*_SPREAD, *_COMPLEX)
def nanvar(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Variable:
    """Variance of the elements along axes that are not NaN; NaN where there are no more than `ddof`. Shapes and errors
    are those of `var`.
    """
    x = as_variable(x)
    if not x.type.is_inexact:
        return var(x, axis, keepdims, ddof)
    apart = _apart(x, axis)
    squares = square(real(apart)) + square(imag(apart)) if x.type.is_complex else square(apart)
    return total(squares, axis, keepdims) / _freedom(x, axis, keepdims, ddof)


@vocabulary(*_SPREAD, case(arr(values=[3.0, float("nan"), 3.0]), order=0))
def nanstd(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Variable:
    """Standard deviation of the elements along axes that are not NaN, the root of `nanvar`; where they are equal its
    derivative is taken as 0.
    """
    x = as_variable(x)
    if not x.type.is_inexact:
        return std(x, axis, keepdims, ddof)
    axes = axes_of("nanstd", x, axis)
    return PNorm(axes, bool(keepdims))(_apart(x, axes)) / sqrt(_freedom(x, axes, keepdims, ddof))


@vocabulary(*_CASES)
def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Largest of the elements along axes that are not NaN; NaN where all are. Shapes and errors are those of `max`."""
    x = as_variable(x)
    return NanMax(axes_of("nanmax", x, axis), bool(keepdims))(x)


@vocabulary(*_CASES)
def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Smallest of the elements along axes that are not NaN; NaN where all are. Shapes and errors are those of `min`."""
    x = as_variable(x)
    return NanMin(axes_of("nanmin", x, axis), bool(keepdims))(x)


# places ---------------------------------------------------------------------------------------------------------------

_PLACED = (
    case(_HOLES),
    case(_HOLES, axis=1),
    case(_HOLES, axis=0, keepdims=True),
    case(arr(values=[[float("nan"), float("-inf")], [2.0, 2.0]]), axis=1),
    case(arr(values=[[2, 5], [-1, 3]], dtype="int32"), axis=1),
)


def _first(name: str, word: Any, x: Any, axis: int | None, keepdims: bool) -> Variable:
    """Where the first of the elements stands that `word` reduces to."""
    x = as_variable(x)
    y = word(x, axis, keepdims=True)
    place = argmax(equal(x, y), axis, keepdims)
    if not x.type.is_inexact:
        return place
    return assert_value(place, logical_not(isnan(y)), f"{name}: there is nothing but NaN.")


@vocabulary(*_PLACED)
def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Variable:
    """Index of the largest of the elements along an axis that are not NaN, of equal ones the first. Shapes and errors
    are those of `argmax`.

    Raises: WatchError at the call where all are NaN.
    """
    return _first("nanargmax", nanmax, x, axis, keepdims)


@vocabulary(*_PLACED)
def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Variable:
    """Index of the smallest of the elements along an axis that are not NaN, of equal ones the first. Shapes and errors
    are those of `argmin`.

    Raises: WatchError at the call where all are NaN.
    """
    return _first("nanargmin", nanmin, x, axis, keepdims)


# in order -------------------------------------------------------------------------------------------------------------

_IN_ORDER = (
    case(arr(5)),
    case(_HOLES, order=0),
    case(_HOLES, axis=1, order=0),
    case(_ALL, axis=1, order=0),
    case(arr(2, 3, 4), axis=(0, -1), keepdims=True),
    case(arr(values=[1, 7, 2, 4], dtype="int32")),
)


def _taken(ordered: Variable, places: Variable) -> Variable:
    """The elements that stand at places (..., *Q) of the rows (..., N): (..., *Q)."""
    rows = ordered.type.ndim - 1
    flat = reshape(places, (*places.shape[:rows], prod_of(places.shape[rows:], start=1)))
    return reshape(TakeAlong(rows, "known")(ordered, flat), places.shape)


@vocabulary(*_IN_ORDER, case(arr(values=[float("inf"), float("nan"), float("inf"), 1.0]), order=0))
def nanmedian(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """The middle of the elements along axes that are not NaN, of an even number the mean of the two in the middle; NaN
    where all are. Shapes and errors are those of `median`.
    """
    ordered, axes = in_order("nanmedian", x, axis)
    n = _count(ordered, -1, keepdims=False)
    below, above = _taken(ordered, maximum(n - 1, 0) // 2), _taken(ordered, minimum(n // 2, ordered.shape[-1] - 1))
    # Halves first: the sum of two large numbers may overflow.
    y = below * 0.5 + above * 0.5
    return expand_dims(y, axes) if keepdims else y


@vocabulary(
    *(case(*c.args, q, order=c.order, **c.kwargs) for c, q in zip(_IN_ORDER, [0.3, 0.75, 0.1, 0.5, 0.9, 0.6])),
    case(_HOLES, [0.0, 0.3, 1.0], axis=1, keepdims=True, order=0),
    case(_HOLES, [[0.25, 0.5]], axis=0, method="hazen", order=0),
    case(arr(2, 5), arr(values=[0.1, 0.3, 0.9]), axis=-1),
    case(arr(3), arr(values=[1.5, -0.1, 0.5]), order=0),
)
def nanquantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Variable:
    """The value below which a fraction q of the elements along axes lies that are not NaN; NaN where all are. Methods,
    shapes and errors are those of `quantile`.
    """
    return _nanquantile("nanquantile", x, fractions(q, 1), axis, method, keepdims)


@vocabulary(case(_HOLES, 30, axis=1, order=0), case(arr(4), arr(values=[20.0, 70.0])))
def nanpercentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Variable:
    """The value below which q percent of the elements along axes lie that are not NaN: `nanquantile(x, q / 100)`."""
    return _nanquantile("nanpercentile", x, fractions(q, 100), axis, method, keepdims)


def _nanquantile(name: str, x: Any, q: Variable, axis: Axis, method: str, keepdims: bool) -> Variable:
    check_quantile(name, q, method)
    ordered, axes = in_order(name, x, axis)
    last = maximum(_count(ordered, -1, keepdims=False) - 1, 0)
    last = reshape(last, (*last.shape, *(1 for _ in range(q.type.ndim))))
    below, fraction = place_in_order(q, last, method, ordered.type.dtype)
    y = between(_taken(ordered, below), _taken(ordered, minimum(below + 1, last)), fraction)
    return as_quantile(y, q, axes, keepdims)
