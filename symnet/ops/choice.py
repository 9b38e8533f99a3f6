"""Choosing among several arrays, element by element, and entries by a condition; labels as rows with one 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import arr, as_variable, as_variables, case, vocabulary
from symnet.ops.along import Mode, TakeAlong, index_array, within
from symnet.ops.axes import cut
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import not_equal, where
from symnet.ops.conversion import cast
from symnet.ops.create import ones, zeros
from symnet.ops.join import stack
from symnet.ops.order import moveaxis
from symnet.ops.pick import SetPicked
from symnet.ops.repeats import broadcast_arrays
from symnet.ops.searching import flatnonzero
from symnet.ops.shape import flatten, reshape
from symnet.ops.sizes import normal_axis, size, split_sizes
from symnet.origin import here
from symnet.types import INTEGERS, promote

__all__ = ["switch", "select", "choose", "piecewise", "compress", "extract", "one_hot"]


@vocabulary(case(arr(values=[True, False, True], dtype="bool"), arr(3), 0.0))
def switch(condition: Any, x: Any, y: Any) -> Variable:
    """`x` where the condition holds, else `y`: Theano's name of `where`."""
    return where(condition, x, y)


_NEAR = arr(values=[[True, False, False], [False, True, False]], dtype="bool")
_FAR = arr(values=[True, True, False], dtype="bool")


@vocabulary(case([_NEAR, _FAR], [arr(2, 3), arr(3)]), case([_NEAR], [arr()], default=arr(3)), case([_FAR], [1], 2))
def select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Variable:
    """From the first of several arrays whose condition holds, else the default; shapes broadcast, dtypes promote.

    Raises: ArgumentError unless there are as many choices as conditions, and one at least.
    """
    if len(conditions) != len(choices) or not conditions:
        raise ArgumentError(
            f"select: {len(conditions)} conditions for {len(choices)} choices.",
            origin=here(),
            fix="give one condition for each choice, and 1 or more.",
        )
    *values, y = _promoted([*choices, default])
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        y = where(condition, value, y)
    return y


def _promoted(values: Sequence[Any]) -> list[Variable]:
    xs = as_variables(*values)
    dtype = promote(*(x.type.dtype for x in xs))
    return [cast(x, dtype) for x in xs]


@vocabulary(
    case(arr(values=[[0, 2], [1, 1]], dtype="int64"), [arr(2, 2), arr(2), 7.0]),
    case(arr(values=[3, -1], dtype="int32"), [arr(2), arr(2)], mode="wrap"),
    case(arr(values=[3, -1], dtype="int32"), [arr(2), arr(2)], mode="clip"),
    case(arr(values=[True, False], dtype="bool"), [1, 2]),
)
def choose(a: Any, choices: Sequence[Any], mode: Mode = "raise") -> Variable:
    r"""At each place from the array whose number stands in `a`, $y_i = (c_{a_i})_i$; shapes broadcast, dtypes promote.

    A number outside 0 ... K - 1 is an error, or with `mode` 'wrap' counted modulo K, with 'clip' cut to it.

    Raises: BoundsError, if need be at the call; ArgumentError, DTypeError.
    """
    if not choices:
        raise ArgumentError("choose: the list holds 0 arrays.", origin=here(), fix="give at least one.")
    a = as_variable(a)
    a = cast(a, "int64") if a.type.dtype == "bool" else a
    a, *values = broadcast_arrays(index_array("choose", a, a), *_promoted(choices))
    a = within("choose", a, len(values), mode)
    return TakeAlong(0, "strict")(stack(values), a[None])[0]


@vocabulary(
    case(arr(values=[-1.0, 0.5, 2.0]), [arr(values=[True, False, True], dtype="bool")], [lambda x: x * x, 3.0]),
    case(arr(3), [_FAR, arr(values=[True, False, False], dtype="bool")], [1.0, lambda x: x]),
)
def piecewise(x: Any, conditions: Sequence[Any], functions: Sequence[Callable[[Variable], Any] | Any]) -> Variable:
    """By the function whose condition holds, of several the last: functions of x or numbers, one more for the rest.

    x of any shape gives its shape and dtype; where no condition holds and nothing stands for the rest, 0. Every
    function is computed for all of x, but its gradient flows only where it is taken (an infinite derivative elsewhere
    gives NaN, as with `where`).

    Raises: ArgumentError unless there is a function for each condition, or one more.
    """
    x = as_variable(x)
    if len(functions) - len(conditions) not in (0, 1):
        raise ArgumentError(
            f"piecewise: {len(functions)} functions for {len(conditions)} conditions.",
            operands={"x": x},
            origin=here(),
            fix="give one for each condition, and at most one more for the rest.",
        )
    values = [cast(as_variable(f(x) if callable(f) else f, x), x.type.dtype) for f in functions]
    y = values.pop() if len(values) > len(conditions) else as_variable(0, x)
    y = broadcast_to(cast(y, x.type.dtype), x.shape)
    for condition, value in zip(conditions, values, strict=True):
        y = where(condition, value, y)
    return y


@vocabulary(
    case(_FAR, arr(3, 2), axis=0),
    case([1, 0, 2], arr(2, 3), axis=-1),
    case(arr(values=[False, True], dtype="bool"), arr(2, 3)),
    case(arr(values=[0, 2], dtype="int64"), arr(4, 3), axis=0),
    case(_FAR, arr(3, 0), axis=0),
)
def compress(condition: Any, x: Any, axis: int | None = None) -> Variable:
    """The entries along an axis where a condition is not zero: x (N, C) with axis=0 and (N,) give (K, C).

    Without `axis` x is flattened first. A condition may be shorter than the axis; what it does not reach is left out.
    The cost is that of `flatnonzero`.

    Raises: ShapeError unless the condition has one axis; BoundsError where it chooses behind the end, if need be at the
    call; ArgumentError.
    """
    x, condition = as_variable(x), as_variable(condition)
    if condition.type.ndim != 1:
        raise ShapeError(
            f"compress: the condition has {condition.type.ndim} axes, not 1.",
            operands={"condition": condition, "x": x},
            origin=here(),
            fix="index with a mask of several axes: x[mask].",
        )
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x.type.ndim, "compress", x)
    if isinstance(condition, Constant):
        return cut(x, axis, np.flatnonzero(condition.data))
    mask = condition if condition.type.dtype == "bool" else not_equal(condition, 0)
    # Of a mask it is known that no entry is taken twice, but it has to have the size of the axis.
    fits = mask.type.shape[0] is not None and mask.type.shape[0] == x.type.shape[axis]
    return cut(x, axis, mask if fits else flatnonzero(mask))


@vocabulary(case(_NEAR, arr(2, 3)), case(arr(values=[[0, 1], [2, 0]], dtype="int64"), arr(2, 2)), case([True], arr()))
def extract(condition: Any, x: Any) -> Variable:
    """The elements of `x` flattened where a condition, flattened, is not zero: both (N, C) give (K,).

    The cost is that of `flatnonzero`.

    Raises: BoundsError where it chooses behind the end, if need be at the call.
    """
    return compress(flatten(as_variable(condition)), x)


@vocabulary(
    case(arr(values=[2, 0, 1], dtype="int64"), 3),
    case(arr(values=[[1], [0]], dtype="uint8"), 2, axis=0),
    case(arr(values=[[1, 1, 0]], dtype="int32"), 2, axis=1, dtype="int64"),
    case(arr(values=1, dtype="int64"), 2),
    case(arr(0, dtype="int64"), 2),
)
def one_hot(labels: Any, num_classes: Any, axis: int = -1, dtype: Any = "floatX") -> Variable:
    r"""Labels as vectors with a 1 in the place of the class and 0 elsewhere, $y_{ik} = [l_i = k]$.

    Integers (N,) give (N, C), of any shape that shape with C along `axis` more. C is an int or a symbolic integer
    scalar. A label below 0 or from C on is an error, never a row of zeros.

    Raises: BoundsError, if need be at the call; DTypeError for labels that are no integers; ArgumentError.
    """
    split_sizes((num_classes,), "one_hot")
    labels = as_variable(labels)
    if labels.type.dtype not in INTEGERS:
        raise DTypeError(
            f"one_hot: the labels are {labels.type.dtype}, and labels are integers.",
            operands={"labels": labels},
            origin=here(),
            fix="declare them as integers: y = sn.lvector('y'), or labels.astype('int64').",
        )
    axis = normal_axis(axis, labels.type.ndim + 1, "one_hot", labels)
    flat = flatten(labels)
    rows = zeros((size(flat), num_classes), dtype)
    filled = SetPicked()(rows, ones(flat.shape, dtype), flat)
    return moveaxis(reshape(filled, (*labels.shape, num_classes)), -1, axis)
