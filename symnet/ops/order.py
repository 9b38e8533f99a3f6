"""Elements and axes in another order: flipped, rolled, turned, moved, shuffled. All but `roll` are views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of, cut
from symnet.ops.create import arange
from symnet.ops.join import concatenate
from symnet.ops.shape import expand_dims, flatten, reshape, squeeze, transpose
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import INTEGERS

__all__ = ["flip", "fliplr", "flipud", "roll", "rot90", "moveaxis", "swapaxes", "ravel", "dimshuffle"]

# elements -------------------------------------------------------------------------------------------------------------


@vocabulary(case(arr(2, 3)), case(arr(2, 3), axis=-1), case(arr(2, 3, 2), axis=(0, 2)), case(arr()), case(arr(0, 2), 0))
def flip(x: Any, axis: Axis = None) -> Variable:
    r"""The elements in reverse order along axes, all by default: $y_k = x_{N-1-k}$. A view.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    axes = axes_of("flip", x, axis)
    return x[tuple(slice(None, None, -1 if k in axes else 1) for k in range(x.type.ndim))] if axes else x


@vocabulary(case(arr(2, 3)))
def fliplr(x: Any) -> Variable:
    """The columns in reverse order, `flip(x, 1)`. Raises: ArgumentError for less than 2 axes."""
    return flip(x, 1)


@vocabulary(case(arr(2, 3)))
def flipud(x: Any) -> Variable:
    """The rows in reverse order, `flip(x, 0)`. Raises: ArgumentError for a scalar."""
    return flip(x, 0)


@vocabulary(
    case(arr(5), 2),
    case(arr(2, 3), 1),
    case(arr(3, 4), -5, axis=1),
    case(arr(3, 4), (1, 2), axis=(0, 1)),
    case(arr(3, 4), 1, axis=(0, 1)),
    case(arr(0, 3), 1, axis=0),
    case(arr(5), arr(values=-7, dtype="int64")),
)
def roll(x: Any, shift: Any, axis: Axis = None) -> Variable:
    r"""The elements moved along axes, those that leave at one end back at the other: $y_{(k + s) \bmod N} = x_k$.

    x of any shape gives its shape; without axes x is rolled flattened. Several axes take one shift or one each. A shift
    is an int, or a symbolic integer scalar, which may change at every call.

    Raises: ArgumentError for axes x does not have, or another number of shifts; DTypeError.
    """
    x = as_variable(x)
    if axis is None:
        return reshape(roll(flatten(x), shift, 0), x.shape)
    axes = [normal_axis(k, x.type.ndim, "roll", x) for k in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    shifts = list(shift) if isinstance(shift, (tuple, list)) else [shift] * len(axes)
    if len(shifts) != len(axes):
        raise ArgumentError(
            f"roll: {len(shifts)} shifts for {len(axes)} axes.",
            operands={"x": x},
            origin=here(),
            fix="give one shift, or one for each axis.",
        )
    for s, k in zip(shifts, axes, strict=True):
        x = _rolled(x, s, k)
    return x


def _rolled(x: Variable, shift: Any, axis: int) -> Variable:
    n = x.shape[axis]
    if isinstance(shift, Variable) and shift.type.ndim == 0 and shift.type.dtype in INTEGERS:
        # Slices would have other lengths for every shift, and each a plan of its own.
        return cut(x, axis, (arange(n) - shift) % n)
    if not isinstance(shift, (int, np.integer)) or isinstance(shift, bool):
        raise DTypeError(
            f"roll: a shift is {shift!r}, not an integer.", operands={"x": x}, origin=here(), fix="give an int."
        )
    if shift == 0 or (isinstance(n, int) and (n == 0 or shift % n == 0)):
        return x
    at = n - shift % n if isinstance(n, int) else n - as_variable(int(shift)) % n
    return concatenate([cut(x, axis, slice(at, None)), cut(x, axis, slice(None, at))], axis)


@vocabulary(
    case(arr(2, 3)), case(arr(2, 3), 2), case(arr(2, 3), -1), case(arr(2, 3, 2), 1, axes=(-1, 0)), case(arr(2, 3), 4)
)
def rot90(x: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Variable:
    """An array turned by 90 degrees k times, in the plane of two axes, from the first towards the second. A view.

    x (N, M) gives (M, N) for odd k.

    Raises: ArgumentError unless two different axes of x are given; DTypeError.
    """
    x = as_variable(x)
    plane = [normal_axis(a, x.type.ndim, "rot90", x) for a in axes]
    if len(plane) != 2 or plane[0] == plane[1]:
        raise ArgumentError(
            f"rot90: axes are {tuple(axes)}.", operands={"x": x}, origin=here(), fix="give two different axes."
        )
    turns = k % 4
    if turns % 2:
        x = swapaxes(x, *plane)
    flipped = [[], [plane[0]], plane, [plane[1]]][turns]
    return flip(x, flipped)


# axes -----------------------------------------------------------------------------------------------------------------


@vocabulary(
    case(arr(2, 3, 4), 0, -1),
    case(arr(2, 3, 4), (0, 1), (-1, 0)),
    case(arr(2, 3, 4), [2, 0], [0, 1]),
    case(arr(2), 0, 0),
)
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Variable:
    """`x` with some axes at other places and the rest in their order: (N, C, H, W) with 1, -1 is (N, H, W, C). A view.

    Raises: ArgumentError for an axis x does not have or one given twice, or other numbers of places than axes.
    """
    x = as_variable(x)
    given = [list(v) if isinstance(v, (tuple, list)) else [v] for v in (source, destination)]
    sources, places = ([normal_axis(k, x.type.ndim, "moveaxis", x) for k in axes] for axes in given)
    if len(sources) != len(places) or len(set(sources)) < len(sources) or len(set(places)) < len(places):
        raise ArgumentError(
            f"moveaxis: axes {tuple(given[0])} cannot go to {tuple(given[1])}.",
            operands={"x": x},
            origin=here(),
            fix="give each axis once, and a place of its own for each.",
        )
    rest = iter(k for k in range(x.type.ndim) if k not in sources)
    taken = dict(zip(places, sources, strict=True))
    return transpose(x, [taken[k] if k in taken else next(rest) for k in range(x.type.ndim)])


@vocabulary(case(arr(2, 3, 4), 0, -1), case(arr(2, 3), 1, 1))
def swapaxes(x: Any, axis1: int, axis2: int) -> Variable:
    """`x` with two axes in each other's place: (N, C, H) with 0, 2 is (H, C, N). A view.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    order = list(range(x.type.ndim))
    a, b = (normal_axis(k, x.type.ndim, "swapaxes", x) for k in (axis1, axis2))
    order[a], order[b] = order[b], order[a]
    return transpose(x, order)


@vocabulary(case(arr(2, 3)), case(arr()))
def ravel(x: Any) -> Variable:
    """All elements in one axis, in row-major order: (N, C) gives (N C,). A view where memory allows it."""
    return flatten(x)


@vocabulary(
    case(arr(3, 4), (1, 0)),
    case(arr(4), ("x", 0, "x")),
    case(arr(3, 1, 4), (2, "x", 0)),
    case(arr(), ("x", "x")),
    case(arr(2, 3), (-1, 0)),
)
def dimshuffle(x: Any, pattern: Sequence[int | str]) -> Variable:
    """`x` with its axes in the order of `pattern`, where 'x' is a new axis of size 1; axes left out must have size 1.

    (C,) with ("x", 0, "x", "x") is (1, C, 1, 1).

    Raises: ArgumentError; ShapeError where an axis left out has another size.
    """
    x = as_variable(x)
    entries = tuple(pattern)
    for entry in entries:
        if isinstance(entry, str) and entry != "x":
            raise ArgumentError(
                f"dimshuffle: the pattern holds {entry!r}.", origin=here(), fix="use axis numbers and 'x'."
            )
    order = [normal_axis(k, x.type.ndim, "dimshuffle", x) for k in entries if k != "x"]
    if len(set(order)) != len(order):
        raise ArgumentError(
            f"dimshuffle: an axis is given twice in {entries}.", origin=here(), fix="give each axis once."
        )
    kept = [k for k in range(x.type.ndim) if k in order]
    y = squeeze(x, tuple(k for k in range(x.type.ndim) if k not in order))
    y = transpose(y, tuple(kept.index(k) for k in order))
    return expand_dims(y, tuple(k for k, entry in enumerate(entries) if entry == "x"))
