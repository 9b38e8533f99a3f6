"""What describes a sample: its range, mean, spread, median and quantiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.methods import Axis
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import clip, maximum, minimum, square
from symnet.ops.axes import axes_of, refuse_empty
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import isnan, logical_or, where
from symnet.ops.complex_numbers import imag, real
from symnet.ops.conversion import cast
from symnet.ops.curves import real_variable
from symnet.ops.elementary import sqrt
from symnet.ops.extremes import Max, Min
from symnet.ops.linalg.norm import PNorm
from symnet.ops.order import moveaxis
from symnet.ops.reduce import Mean, Sum
from symnet.ops.rounding import ceil, floor, rint
from symnet.ops.shape import expand_dims, reshape, transpose
from symnet.ops.sorting import Sort
from symnet.origin import here
from symnet.types import float_of, promote, real_of, shape_text

__all__ = ["ptp", "average", "var", "std", "median", "quantile", "percentile"]


@vocabulary(case(arr(2, 3)), case(arr(2, 3), axis=1, keepdims=True), case(arr(values=[3, 9, 4], dtype="uint8")))
def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Range of the elements along axes, $\max_i x_i - \min_i x_i$ (peak to peak).

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    x = as_variable(x)
    axes = axes_of("ptp", x, axis)
    return Max(axes, bool(keepdims))(x) - Min(axes, bool(keepdims))(x)


@vocabulary(
    case(arr(2, 3)),
    case(arr(2, 3), axis=1, weights=arr(3, low=0.5)),
    case(arr(2, 3), weights=arr(2, 3, low=0.5), keepdims=True),
    case(arr(3, 2), axis=0, weights=[1, 2, 3]),
    case(arr(values=[1, 2, 6], dtype="int32"), weights=arr(values=[1.0, 0.0, 2.0])),
    case(arr(2, 3), 0, arr(2, low=0.5), returned=True),
    case(arr(2, 3), returned=True, keepdims=True),
)
def average(x: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    r"""Weighted mean along axes, $\sum_i w_i x_i / \sum_i w_i$; without weights the mean.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`. Weights have
    x's shape, or for one axis (N,). With `returned` it gives a tuple of the means and the sums of the weights.

    Raises: ShapeError where the weights do not fit; ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    axes = axes_of("average", x, axis)
    if weights is None:
        y = Mean(axes, bool(keepdims), float_of(x.type.dtype))(x)
        return (y, broadcast_to(cast(_count(x, axes), y.type.dtype), y.shape)) if returned else y
    w = as_variable(weights, x)
    if w.type.ndim != x.type.ndim:
        if w.type.ndim != 1 or len(axes) != 1:
            raise ShapeError(
                f"average: the weights are {shape_text(w.type.shape)} for x of {shape_text(x.type.shape)}.",
                operands={"x": x, "weights": w},
                origin=here(),
                fix="give weights of x's shape, or a vector and the one axis it belongs to.",
            )
        w = reshape(w, [-1 if k == axes[0] else 1 for k in range(x.type.ndim)])
    kind = float_of(promote(x.type.dtype, w.type.dtype))
    x, w = cast(x, kind), broadcast_to(cast(w, kind), x.shape)
    weight = Sum(axes, bool(keepdims))(w)
    y = Sum(axes, bool(keepdims))(x * w) / weight
    return (y, weight) if returned else y


def _count(x: Variable, axes: Sequence[int]) -> Variable:
    """The number of elements along axes."""
    n: Any = prod((x.shape[k] for k in axes), start=1)
    return as_variable(n)


_SPREAD = (
    case(arr(2, 3)),
    case(arr(2, 3, 2), axis=(0, 2), ddof=1),
    case(arr(2, 3), axis=1, keepdims=True),
    case(arr(values=[[1, 2], [4, 8]], dtype="int32"), axis=0),
)


@vocabulary(*_SPREAD, case(arr(values=[3.0, 3.0, 3.0])), case(arr(1), ddof=1, order=0))
def var(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Variable:
    r"""Variance of the elements along axes, $\frac{1}{n - d} \sum_i |x_i - \bar x|^2$ with d the `ddof`.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`; integers give
    floatX, and complex numbers a real variance. Of no more than d elements it is NaN or infinite.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    axes = axes_of("var", x, axis)
    dtype = float_of(x.type.dtype)
    x = cast(x, dtype)
    apart = x - Mean(axes, True, dtype)(x)
    squares = square(real(apart)) + square(imag(apart)) if x.type.is_complex else square(apart)
    dtype = real_of(dtype)
    if not ddof:
        return Mean(axes, bool(keepdims), dtype)(squares)
    return Sum(axes, bool(keepdims))(squares) / maximum(cast(_count(x, axes), dtype) - ddof, 0)


@vocabulary(*_SPREAD, case(arr(values=[3.0, 3.0]), order=0))
def std(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Variable:
    r"""Standard deviation of the elements along axes, the root of `var`, with its shapes and errors.

    Where all elements are equal its derivative is taken as 0, as that of `linalg.norm`.
    """
    x = as_variable(x)
    axes = axes_of("std", x, axis)
    dtype = float_of(x.type.dtype)
    x = cast(x, dtype)
    centred = x - Mean(axes, True, dtype)(x)
    return PNorm(axes, bool(keepdims))(centred) / sqrt(maximum(cast(_count(x, axes), real_of(dtype)) - ddof, 0))


# in order -------------------------------------------------------------------------------------------------------------


def in_order(name: str, x: Any, axis: Axis) -> tuple[Variable, tuple[int, ...]]:
    """The elements along axes sorted, as the last axis of a float array, and the axes."""
    x = as_variable(x)
    axes = axes_of(name, x, axis)
    try:
        refuse_empty(name, x.type.shape, axes)
    except ShapeError as error:
        raise error.at({"x": x}, here()) from None
    x = real_variable(name, x, "take the part you mean: x.real, x.imag or sn.abs(x).")
    kept = [k for k in range(x.type.ndim) if k not in axes]
    if len(axes) != 1:
        count: Any = prod((x.shape[k] for k in axes), start=1)
        x = reshape(transpose(x, (*kept, *axes)), (*(x.shape[k] for k in kept), count))
    else:
        x = moveaxis(x, axes[0], -1)
    return Sort(x.type.ndim - 1)(x), axes


def _with_nan(y: Variable, ordered: Variable) -> Variable:
    """NaN where one stands among the elements: it comes last."""
    last = ordered[..., -1]
    return where(isnan(last), last, y)


_SAMPLE = arr(values=[[3.0, 1.0, float("nan")], [4.0, float("inf"), 2.0]])
_SAMPLES = (
    case(arr(5)),
    case(arr(4, 3), axis=0),
    case(arr(2, 3, 4), axis=(0, -1), keepdims=True),
    case(arr(2, 3)),
    case(arr(2, 1), axis=1),
    case(_SAMPLE, axis=1, order=0),
    case(arr(values=[1, 7, 2, 4], dtype="int32")),
)


@vocabulary(*_SAMPLES, case(arr()), case(arr(values=[float("inf"), float("inf"), 1.0, 2.0]), order=0))
def median(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """The middle element along axes, of an even number the mean of the two in the middle; NaN where there is one.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`; integers give
    floatX. Its gradient goes to the elements in the middle.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    ordered, axes = in_order("median", x, axis)
    n = ordered.shape[-1]
    below, above = ordered[..., (n - 1) // 2], ordered[..., n // 2]
    # Halves first: the sum of two large numbers may overflow.
    y = _with_nan(below * 0.5 + above * 0.5, ordered)
    return expand_dims(y, axes) if keepdims else y


Place = Callable[[Any, Variable], Variable]


def _line(alpha: float, beta: float) -> Place:
    r"""The place $q n + \alpha + q (1 - \alpha - \beta) - 1$ of n elements, the last one's being n - 1."""
    return lambda last, q: q * (last + 1) + (alpha + q * (1 - alpha - beta)) - 1


def _below_all(last: Any, q: Variable) -> Variable:
    return q * (last + 1) - 1


_PLACES: dict[str, Place] = {
    "inverted_cdf": lambda last, q: ceil(_below_all(last, q)),
    "averaged_inverted_cdf": lambda last, q: (ceil(p := _below_all(last, q)) + floor(p) + 1) / 2,
    "closest_observation": lambda last, q: rint(q * (last + 1)) - 1,
    "interpolated_inverted_cdf": _line(0, 1),
    "hazen": _line(0.5, 0.5),
    "weibull": _line(0, 0),
    "linear": lambda last, q: q * last,
    "median_unbiased": _line(1 / 3, 1 / 3),
    "normal_unbiased": _line(3 / 8, 3 / 8),
    "lower": lambda last, q: floor(q * last),
    "higher": lambda last, q: ceil(q * last),
    "midpoint": lambda last, q: (floor(q * last) + ceil(q * last)) / 2,
    "nearest": lambda last, q: rint(q * last),
}
"""Where the quantile of a fraction q lies among elements in order from 0 to `last`, by each method."""

_Q = arr(values=[0.0, 0.3, 1.0])


@vocabulary(
    *(case(*c.args, q, order=c.order, **c.kwargs) for c, q in zip(_SAMPLES, [0.3, 0.75, 0.1, 0.5, 0.9, 0.4, 0.6])),
    case(arr(2, 5), [[0.25, 0.5], [1.0, 0.0]], axis=1, keepdims=True),
    case(arr(2, 5), arr(values=[0.1, 0.3, 0.9]), axis=-1),
    case(arr(2, 5), _Q, order=0),
    case(arr(3), arr(values=[1.5, -0.1, 0.5]), order=0),
    case(arr(values=[1.0, float("inf")]), [0.0, 1.0], order=0),
    *(case(arr(2, 5), [0.0, 0.1, 0.3, 0.5, 0.7, 1.0], axis=1, method=method) for method in _PLACES),
    case(arr(4, 2), arr(values=[0.3, 0.9]), axis=0, method="hazen"),
    case(arr(1), [0.0, 0.5, 1.0], method="averaged_inverted_cdf"),
)
def quantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Variable:
    r"""The value below which a fraction q of the elements along axes lies:
    $x_{(j)} + (p - j)(x_{(j+1)} - x_{(j)})$ with $j = \lfloor p \rfloor$ and x in order from 0.

    `method` says what place p is, for n elements; NumPy's 13 methods have its names. By default, 'linear', it is
    $q (n - 1)$; 'hazen', 'weibull', 'median_unbiased', 'normal_unbiased' and 'interpolated_inverted_cdf' are other
    straight lines; the others are places of elements, or the middle of two.

    x of any shape and q of any shape give q's axes, then x's shape without the axes (all by default), or with size 1
    there if `keepdims`. NaN where there is one, or where a symbolic q is outside 0 ... 1. It is differentiable in both.
    (Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996.)

    Raises: ArgumentError for a known q outside 0 ... 1, another method, or an axis x does not have; ShapeError along an
    axis of size 0.
    """
    return _quantile("quantile", x, fractions(q, 1), axis, method, keepdims)


@vocabulary(case(arr(5), 30), case(arr(2, 4), [0.0, 62.5, 100.0], axis=1), case(arr(4), arr(values=[20.0, 70.0])),
            case(arr(5), [10, 50], method="nearest"))  # fmt: skip
def percentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Variable:
    """The value below which q percent of the elements along axes lie: `quantile(x, q / 100)`, and its shapes."""
    return _quantile("percentile", x, fractions(q, 100), axis, method, keepdims)


def fractions(q: Any, whole: int) -> Variable:
    """Known fractions in double precision, symbolic ones as they are."""
    known = q.data if isinstance(q, Constant) else q
    return q / whole if isinstance(known, Variable) else Constant(np.true_divide(known, whole), "float64")


def _quantile(name: str, x: Any, q: Variable, axis: Axis, method: str, keepdims: bool) -> Variable:
    check_quantile(name, q, method)
    ordered, axes = in_order(name, x, axis)
    last = ordered.shape[-1] - 1
    below, fraction = place_in_order(q, last, method, ordered.type.dtype)
    y = between(ordered[..., below], ordered[..., minimum(below + 1, last)], fraction)
    y = _with_nan(y, reshape(ordered, (*ordered.shape[:-1], *(1 for _ in range(q.type.ndim)), ordered.shape[-1])))
    return as_quantile(y, q, axes, keepdims)


def check_quantile(name: str, q: Variable, method: str) -> None:
    """Raises: ArgumentError for an unknown method, or a known fraction outside 0 ... 1."""
    if method not in _PLACES:
        raise ArgumentError(
            f"{name}: method is {method!r}.",
            origin=here(),
            fix=f"use {', '.join(map(repr, list(_PLACES)[:-1]))} or {list(_PLACES)[-1]!r}.",
        )
    if isinstance(q, Constant) and not ((q.data >= 0) & (q.data <= 1)).all():
        raise ArgumentError(
            f"{name}: q is {q.data.min()} to {q.data.max()}, as a fraction.",
            operands={"q": q},
            origin=here(),
            fix="fractions run from 0 to 1, percentages from 0 to 100.",
        )


def place_in_order(q: Variable, last: Any, method: str, dtype: str) -> tuple[Variable, Variable]:
    """The element below the quantile of q among those in order from 0 to `last`, and how far behind it lies."""
    # In double precision: a float32 q times a large n would miss its element.
    end = cast(last, "float64")
    place = clip(_PLACES[method](end, clip(cast(q, "float64"), 0.0, 1.0)), 0.0, end)
    below = cast(place, "int64")
    return below, cast(place - cast(below, "float64"), dtype)


def between(a: Variable, b: Variable, fraction: Variable) -> Variable:
    """The point a fraction of the way from a to b."""
    # An infinity next to a value that is met exactly must not reach it as 0 times infinity.
    return where(fraction > 0, a + (b - a) * fraction, a)


def as_quantile(y: Variable, q: Variable, axes: Sequence[int], keepdims: bool) -> Variable:
    """Values whose last axes are those of q, with these in front; NaN where a symbolic q is outside 0 ... 1."""
    if not isinstance(q, Constant):
        y = where(logical_or(q < 0, q > 1), np.nan, y)
    ndim = y.type.ndim - q.type.ndim
    y = moveaxis(y, list(range(ndim, y.type.ndim)), list(range(q.type.ndim)))
    return expand_dims(y, [q.type.ndim + k for k in axes]) if keepdims else y
