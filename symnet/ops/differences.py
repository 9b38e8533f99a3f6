"""Differences along an axis, and integrals, which undo them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import maximum
from symnet.ops.axes import axes_of, cut
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import equal, logical_and, not_equal, where
from symnet.ops.conversion import cast
from symnet.ops.join import concatenate
from symnet.ops.scans import CumSum
from symnet.ops.shape import flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import float_of, shape_text

__all__ = ["diff", "ediff1d", "gradient", "unwrap", "trapezoid"]


@vocabulary(
    case(arr(5)),
    case(arr(2, 5), n=2),
    case(arr(3, 2), axis=0, prepend=1.0, append=arr(2, 2)),
    case(arr(1)),
    case(arr(2), n=3),
    case(arr(3), n=0),
    case(arr(values=[True, True, False], dtype="bool")),
    case(arr(values=[1, 5, 3], dtype="uint8")),
)
def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Variable:
    r"""Differences of neighbours along an axis, $y_k = x_{k+1} - x_k$, taken `n` times over.

    x (..., N) gives (..., N - n), or 0 entries where there are fewer. `prepend` and `append` are joined to x first:
    numbers, or arrays of x's shape but for the axis. Bools give where neighbours differ.

    Raises: ArgumentError for n below 0, or for an axis x does not have.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "diff", x)
    if not isinstance(n, (int, np.integer)) or n < 0:
        raise ArgumentError(
            f"diff: n is {n!r}.", operands={"x": x}, origin=here(), fix="n is how often differences are taken, from 0."
        )
    ends = [None if v is None else _as_edge(v, x, axis) for v in (prepend, append)]
    if ends != [None, None]:
        x = concatenate([v for v in (ends[0], x, ends[1]) if v is not None], axis)
    for _ in range(n):
        later, earlier = cut(x, axis, slice(1, None)), cut(x, axis, slice(None, -1))
        x = not_equal(later, earlier) if x.type.dtype == "bool" else later - earlier
    return x


def _as_edge(v: Any, x: Variable, axis: int) -> Variable:
    v = as_variable(v, x)
    return v if v.type.ndim else broadcast_to(v, (*x.shape[:axis], 1, *x.shape[axis + 1 :]))


@vocabulary(
    case(arr(2, 3)),
    case(arr(4), to_end=arr(2), to_begin=-9.0),
    case(arr(1)),
    case(arr(values=[1, 5, 3], dtype="int32"), to_begin=[7]),
)
def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Variable:
    r"""Differences of neighbours in x flattened, $y_k = x_{k+1} - x_k$, between what is given for the ends.

    x of N elements gives (N - 1,), and as many more as `to_begin` and `to_end` have.

    Raises: DTypeError for bools.
    """
    x = flatten(as_variable(x))
    ends = [None if v is None else flatten(cast(as_variable(v, x), x.type.dtype)) for v in (to_begin, to_end)]
    return concatenate([v for v in (ends[0], x[1:] - x[:-1], ends[1]) if v is not None])


@vocabulary(
    case(arr(5)),
    case(arr(2, 3)),
    case(arr(3, 4), 0.5, axis=1),
    case(arr(3, 4), 2.0, [0.0, 1.0, 1.5, 4.0]),
    case(arr(2, 4), arr(values=[0.0, 1.0, 3.0, 3.5]), axis=-1),
    case(arr(3, 4), arr(low=0.5), axis=(1, 0), edge_order=2),
    case(arr(4), [-1.0, 0.0, 2.0, 2.5], edge_order=2),
    case(arr(2)),
    case(arr(values=[1, 4, 9, 16], dtype="int32")),
    case(arr(3, dtype="complex128")),
)
def gradient(f: Any, *spacing: Any, axis: Axis = None, edge_order: int = 1) -> Any:
    r"""Slopes of samples on a grid by differences, $(f_{k+1} - f_{k-1}) / 2h$; `grad` is what differentiates
    expressions.

    f of any shape gives its shape for one axis, a tuple of such for several (by default all). `spacing` is the distance
    h, one for all axes or one for each, or for an axis (N,) the points. Between points at distances a before and b
    behind the slope is that of the parabola through three, $\frac{a}{b (a + b)} (f_{k+1} - f_k) + \frac{b}{a (a + b)}
    (f_k - f_{k-1})$; at the ends that of the line through two, or with `edge_order=2` of the parabola.

    Raises: ShapeError along an axis with less than edge_order + 1 elements, or points that do not fit; ArgumentError.
    """
    f = as_variable(f)
    f = cast(f, float_of(f.type.dtype))
    every = axes_of("gradient", f, axis)
    axes = every if axis is None else [k % f.type.ndim for k in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if edge_order not in (1, 2):
        raise ArgumentError(f"gradient: edge_order is {edge_order!r}.", origin=here(), fix="use 1 or 2.")
    if len(spacing) not in (0, 1, len(axes)):
        raise ArgumentError(
            f"gradient: {len(spacing)} spacings for {len(axes)} axes.",
            operands={"f": f},
            origin=here(),
            fix="give one for all axes, or one for each.",
        )
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    slopes = tuple(_slopes(f, k, h, edge_order) for k, h in zip(axes, steps, strict=True))
    return slopes[0] if len(slopes) == 1 else slopes


def _slopes(f: Variable, axis: int, spacing: Any, edge_order: int) -> Variable:
    n, h = f.type.shape[axis], as_variable(spacing, f)
    if isinstance(n, int) and n <= edge_order:
        raise ShapeError(
            f"gradient: axis {axis} of f has size {n}, and {edge_order + 1} are needed.",
            operands={"f": f},
            origin=here(),
            fix="take other axes, or edge_order=1." if edge_order > 1 else "take other axes.",
        )
    if h.type.ndim > 1 or (h.type.ndim and isinstance(n, int) and isinstance(m := h.type.shape[0], int) and m != n):
        raise ShapeError(
            f"gradient: the spacing along axis {axis} is {shape_text(h.type.shape)} for {n} elements.",
            operands={"f": f, "spacing": h},
            origin=here(),
            fix="give one distance, or a point for each element.",
        )
    steps = diff(f, axis=axis)
    if h.type.ndim:
        h = reshape(diff(h), [-1 if k == axis else 1 for k in range(f.type.ndim)])
    slope = steps / h  # between neighbours
    first, last = cut(slope, axis, slice(1)), cut(slope, axis, slice(-1, None))
    before, behind = cut(slope, axis, slice(None, -1)), cut(slope, axis, slice(1, None))
    if h.type.ndim:
        a, b = cut(h, axis, slice(None, -1)), cut(h, axis, slice(1, None))
        middle, bend = (a * behind + b * before) / (a + b), (behind - before) / (a + b)
        bends = cut(bend * a, axis, slice(1)), cut(bend * b, axis, slice(-1, None))
    else:
        middle, bend = (before + behind) * 0.5, (behind - before) * 0.5
        bends = cut(bend, axis, slice(1)), cut(bend, axis, slice(-1, None))
    if edge_order == 2:
        first, last = first - bends[0], last + bends[1]
    return concatenate([first, middle, last], axis)


@vocabulary(
    case(arr(values=[0.0, 3.0, -3.0, 2.5, 9.5, -9.0])),
    case(arr(3, 2, high=9.0), axis=0),
    case(arr(values=[1.0, 2.0, -1.0, 4.0, 9.5]), period=4.0),
    case(arr(values=[0.0, 2.0, 4.0, 2.0]), period=4.0, order=0),
    case(arr(values=[0.0, 4.0, 0.5, 7.0]), 5.0),
    case(arr(1)),
    case(arr(values=[0, 3, 7], dtype="int32")),
)
def unwrap(x: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Variable:
    r"""Angles without jumps along an axis: multiples of the period are added so that neighbours differ by no more than
    half of it.

    x of any shape gives its shape; integers give floatX. Steps below `discont`, by default half the period, stay.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    x = cast(x, float_of(x.type.dtype))
    axis = normal_axis(axis, x.type.ndim, "unwrap", x)
    steps, half = diff(x, axis=axis), period / 2
    wrapped = (steps + half) % period - half
    wrapped = where(logical_and(equal(wrapped, -half), steps > 0), half, wrapped)
    large = absolute(steps) >= (half if discont is None else maximum(as_variable(discont, x), half))
    jumps = CumSum(axis)(where(large, wrapped - steps, 0))
    return concatenate([cut(x, axis, slice(1)), cut(x, axis, slice(1, None)) + jumps], axis)


@vocabulary(
    case(arr(5)),
    case(arr(2, 4), dx=0.5, axis=0),
    case(arr(2, 4), arr(4)),
    case(arr(3, 2), arr(3), axis=0),
    case(arr(2, 4), arr(2, 4)),
    case(arr(1)),
    case(arr(values=[1, 2, 5], dtype="int32")),
)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Variable:
    r"""Integral along an axis by the trapezoidal rule, $\sum_k \frac{1}{2} (y_k + y_{k+1}) (x_{k+1} - x_k)$.

    y (..., N) gives (...). The points x are (N,) or of y's shape; without them they are `dx` apart.

    Raises: ArgumentError for an axis y does not have; ShapeError where y and x do not meet.
    """
    y = as_variable(y)
    y = cast(y, float_of(y.type.dtype))
    axis = normal_axis(axis, y.type.ndim, "trapezoid", y)
    if x is not None:
        x = as_variable(x, y)
        dx = diff(x, axis=axis if x.type.ndim > 1 else -1)
        if x.type.ndim == 1:
            dx = reshape(dx, [-1 if k == axis else 1 for k in range(y.type.ndim)])
    middle = (cut(y, axis, slice(1, None)) + cut(y, axis, slice(None, -1))) * 0.5
    return (middle * dx).sum(axis)
