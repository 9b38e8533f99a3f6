"""Arrays repeated: whole, or element by element."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from typing import Any

import numpy as np

from symnet.errors import DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import arr, as_variable, as_variables, case, vocabulary
from symnet.ops.axes import cut
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import equal
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.scans import CumSum
from symnet.ops.searching import searchsorted
from symnet.ops.shape import expand_dims, flatten, reshape
from symnet.ops.sizes import normal_axis, split_sizes
from symnet.origin import here
from symnet.types import INTEGERS, shape_text

__all__ = ["tile", "repeat", "broadcast_arrays"]


@vocabulary(
    case(arr(3), 2),
    case(arr(2, 3), (2, 1)),
    case(arr(2, 3), 2),
    case(arr(3), (2, 1, 2)),
    case(arr(), (2, 2)),
    case(arr(2, 1), (0, 2)),
    case(arr(2), (arr(values=3, dtype="int64"),)),
)
def tile(x: Any, reps: Any) -> Variable:
    """`x` laid side by side, `reps` times along each axis: (N, C) with (2, 3) gives (2 N, 3 C).

    Axes and repetitions are matched from the right, as in broadcasting. Repetitions are ints or symbolic integer
    scalars, and a function has a plan for each value of those.

    Raises: ShapeError for a number below 0, DTypeError for one that is no integer.
    """
    x = as_variable(x)
    given = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    split_sizes(given, "tile")
    counts = (1,) * (x.type.ndim - len(given)) + given
    lead = len(counts) - x.type.ndim
    sizes = (*counts[:lead], *chain.from_iterable(zip(counts[lead:], x.shape, strict=True)))
    wide = broadcast_to(expand_dims(x, [2 * k for k in range(x.type.ndim)]), sizes)
    return reshape(wide, (*counts[:lead], *(r * n for r, n in zip(counts[lead:], x.shape, strict=True))))


@vocabulary(
    case(arr(3), 2),
    case(arr(2, 3), 2, axis=1),
    case(arr(2, 3), 3),
    case(arr(2, 3), [1, 2], axis=0),
    case(arr(), 2),
    case(arr(2, 3), [2, 0, 1], axis=-1),
    case(arr(2, 2), 0, axis=0),
    case(arr(3, 2), arr(values=[2, 0, 1], dtype="int64"), axis=0, order=1),
    case(arr(2), arr(values=2, dtype="int32")),
)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Variable:
    """Each element along an axis several times: (N, C) with 2, axis=0 gives (2 N, C).

    `repeats` is a number or one for each element, known or symbolic; without an axis x is flattened first. How long the
    result is depends on symbolic numbers: they are added up before every call, and a function has a plan for each sum.

    Raises: ShapeError for a number below 0 or another number of them than elements; DTypeError, ArgumentError.
    """
    x = as_variable(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x.type.ndim, "repeat", x)
    counts = repeats if isinstance(repeats, (int, np.integer)) else as_variable(repeats)
    if not isinstance(counts, Variable) or counts.type.ndim == 0:
        split_sizes((counts,), "repeat")
        target = (*x.shape[: axis + 1], counts, *x.shape[axis + 1 :])
        wide = broadcast_to(expand_dims(x, axis + 1), target)
        return reshape(wide, (*x.shape[:axis], x.shape[axis] * counts, *x.shape[axis + 1 :]))
    n = x.type.shape[axis]
    _check_counts(counts, x, n)
    if isinstance(counts, Constant):
        places = np.repeat(np.arange(counts.data.size), counts.data)
        return cut(broadcast_to(x, (*x.shape[:axis], counts.data.size, *x.shape[axis + 1 :])), axis, places)
    ends = CumSum(0)(cast(counts, "int64"))
    return cut(x, axis, searchsorted(ends, arange(counts.sum().astype("int64")), side="right"))


def _check_counts(counts: Variable, x: Variable, n: Any) -> None:
    if counts.type.dtype not in INTEGERS:
        raise DTypeError(
            f"repeat: the numbers are {counts.type.dtype}, not integers.",
            operands={"x": x, "repeats": counts},
            origin=here(),
            fix="cast them: repeats.astype('int64').",
        )
    m = counts.type.shape[0]
    if counts.type.ndim != 1 or (isinstance(m, int) and isinstance(n, int) and m != n):
        raise ShapeError(
            f"repeat: {shape_text(counts.type.shape)} numbers for {n} elements.",
            operands={"x": x, "repeats": counts},
            origin=here(),
            fix="give one number, or a vector with one for each element along the axis.",
        )
    if isinstance(counts, Constant) and counts.data.size and counts.data.min() < 0:
        raise ShapeError(
            f"repeat: a number is {counts.data.min()}.",
            operands={"x": x},
            origin=here(),
            fix="an element can stand 0 times or more.",
        )


@vocabulary(case(arr(3, 1), arr(4)), case(arr(2), arr(), 3.0), case(arr(2, 3)))
def broadcast_arrays(*arrays: Any) -> tuple[Variable, ...]:
    """Arrays repeated to the one shape in which they meet, as NumPy broadcasts: (N, 1) and (C,) both become (N, C).

    Views; dtypes stay as they are.

    Raises: ShapeError where they do not meet.
    """
    xs = as_variables(*arrays)
    if not xs:
        return ()
    # Of the comparison only the shape is asked, and nothing is computed.
    shape = reduce(equal, xs[1:], xs[0]).shape if len(xs) > 1 else xs[0].shape
    return tuple(broadcast_to(x, shape) for x in xs)


