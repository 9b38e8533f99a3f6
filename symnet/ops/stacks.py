"""NumPy's ways to join arrays side by side, to cut one into parts, and to give one more axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, as_variables, case, vocabulary
from symnet.ops.arithmetic import minimum
from symnet.ops.axes import cut
from symnet.ops.join import concatenate
from symnet.ops.shape import expand_dims, flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.origin import here

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "hstack", "vstack", "dstack", "column_stack", "append", "split",
    "array_split", "hsplit", "vsplit", "dsplit", "unstack",
]  # fmt: skip

# more axes ------------------------------------------------------------------------------------------------------------


def _each(arrays: Sequence[Any], new_axes: Sequence[Sequence[int]]) -> Any:
    """Each array with the new axes listed for its number of axes; one array alone as it is, several as a tuple."""
    results = []
    for x in map(as_variable, arrays):
        axes = new_axes[x.type.ndim] if x.type.ndim < len(new_axes) else ()
        results.append(expand_dims(x, axes))
    return results[0] if len(results) == 1 else tuple(results)


@vocabulary(case(arr()), case(arr(3)), case(arr(), arr(2, 2)))
def atleast_1d(*arrays: Any) -> Any:
    """Arrays with 1 axis or more: a scalar becomes (1,). A tuple where there are several. Views."""
    return _each(arrays, [(0,)])


@vocabulary(case(arr()), case(arr(3)), case(arr(2, 3, 1)))
def atleast_2d(*arrays: Any) -> Any:
    """Arrays with 2 axes or more: (N,) becomes (1, N). A tuple where there are several. Views."""
    return _each(arrays, [(0, 1), (0,)])


@vocabulary(case(arr()), case(arr(3)), case(arr(2, 3)))
def atleast_3d(*arrays: Any) -> Any:
    """Arrays with 3 axes or more: (N,) becomes (1, N, 1), (M, N) (M, N, 1). A tuple where there are several. Views."""
    return _each(arrays, [(0, 1, 2), (0, 2), (2,)])


# side by side ---------------------------------------------------------------------------------------------------------


def _listed(arrays: Any, name: str) -> list[Variable]:
    if not isinstance(arrays, (list, tuple)) or not arrays:
        kind = "0 arrays" if isinstance(arrays, (list, tuple)) else f"a {type(arrays).__name__}"
        raise ArgumentError(f"{name}: {kind} instead of a list.", origin=here(), fix=f"{name}([x, y]).")
    return as_variables(*arrays)


@vocabulary(case([arr(2), arr(3)]), case([arr(2, 1), arr(2, 2)]), case([arr(), 2.0]))
def hstack(arrays: Sequence[Any]) -> Variable:
    """Arrays side by side: joined along axis 1, vectors and numbers along their one axis.

    (N, A) and (N, B) give (N, A + B), (A,) and (B,) give (A + B,).

    Raises: ShapeError, ArgumentError.
    """
    xs = [atleast_1d(x) for x in _listed(arrays, "hstack")]
    return concatenate(xs, 0 if xs[0].type.ndim == 1 else 1)


@vocabulary(case([arr(3), arr(3)]), case([arr(1, 3), arr(2, 3)]))
def vstack(arrays: Sequence[Any]) -> Variable:
    """Arrays one below the other: joined along axis 0, vectors as rows: (A, N) and (N,) give (A + 1, N).

    Raises: ShapeError, ArgumentError.
    """
    return concatenate([atleast_2d(x) for x in _listed(arrays, "vstack")], 0)


@vocabulary(case([arr(3), arr(3)]), case([arr(2, 3), arr(2, 3, 2)]))
def dstack(arrays: Sequence[Any]) -> Variable:
    """Arrays one behind the other: joined along axis 2, which matrices get: two (N, M) give (N, M, 2).

    Raises: ShapeError, ArgumentError.
    """
    return concatenate([atleast_3d(x) for x in _listed(arrays, "dstack")], 2)


@vocabulary(case([arr(3), arr(3)]), case([arr(3), arr(3, 2)]))
def column_stack(arrays: Sequence[Any]) -> Variable:
    """Arrays as columns: joined along axis 1, vectors as columns: (N,) and (N, A) give (N, 1 + A).

    Raises: ShapeError, ArgumentError.
    """
    xs = _listed(arrays, "column_stack")
    return concatenate([x if x.type.ndim > 1 else expand_dims(atleast_1d(x), 1) for x in xs], 1)


@vocabulary(
    case(arr(2, 3), arr(2)),
    case(arr(2, 3), 7.0),
    case(arr(2, 3), arr(1, 3), axis=0),
    case(arr(2, 3), arr(2, 1), axis=-1),
    case(arr(0), arr(2)),
)
def append(x: Any, values: Any, axis: int | None = None) -> Variable:
    """Values behind an array along an axis, `concatenate([x, values], axis)`; without `axis` both are flattened first.

    Raises: ShapeError, ArgumentError.
    """
    xs = as_variables(x, values)
    return concatenate([flatten(v) for v in xs] if axis is None else xs, axis or 0)


# apart ----------------------------------------------------------------------------------------------------------------


def _cut_at(x: Variable, places: Sequence[Any], axis: int) -> tuple[Variable, ...]:
    bounds = [None, *places, None]
    return tuple(cut(x, axis, slice(a, b)) for a, b in pairwise(bounds))


def _count(name: str, x: Variable, sections: Any) -> int:
    if isinstance(sections, bool) or not isinstance(sections, (int, np.integer)):
        raise DTypeError(
            f"{name}: the sections are {sections!r}.",
            operands={"x": x},
            origin=here(),
            fix="give their number, or a list of the places to cut at.",
        )
    if sections < 1:
        raise ArgumentError(f"{name}: {sections} sections.", operands={"x": x}, origin=here(), fix="ask for 1 or more.")
    return int(sections)


def _places(sections: Any) -> Sequence[Any] | None:
    """The places to cut at, if they are given and not a number of sections."""
    if isinstance(sections, (list, tuple)):
        return sections
    return sections.tolist() if isinstance(sections, np.ndarray) and sections.ndim == 1 else None


@vocabulary(
    case(arr(6, 2), 3),
    case(arr(2, 4), 2, axis=1),
    case(arr(5), [1, 3]),
    case(arr(3), [1, 5]),
    case(arr(4), [arr(values=1, dtype="int64")]),
)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> tuple[Variable, ...]:
    """Equal parts of an array along an axis, or the parts between given places: (6, N) in 3 gives three of (2, N).

    With places [a, b] the parts are x[:a], x[a:b] and x[b:]. Views.

    Raises: ShapeError where the parts are not equal, if need be at the call; ArgumentError, DTypeError.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "split", x)
    places = _places(indices_or_sections)
    if places is not None:
        return _cut_at(x, places, axis)
    sections = _count("split", x, indices_or_sections)
    n = x.type.shape[axis]
    if isinstance(n, int) and n % sections:
        raise ShapeError(
            f"split: axis {axis} has size {n}, which is no multiple of {sections}.",
            operands={"x": x},
            origin=here(),
            fix="use sn.array_split for parts of unequal sizes, or give the places to cut at: [3, 7].",
        )
    # As rows of a reshaped array the parts are equal, or an error says at the call that the size is no multiple.
    parts = reshape(x, (*x.shape[:axis], sections, -1, *x.shape[axis + 1 :])) if sections > 1 else expand_dims(x, axis)
    return tuple(cut(parts, axis, k) for k in range(sections))


@vocabulary(case(arr(7, 2), 3), case(arr(2, 3), 5, axis=1), case(arr(5), [2]))
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> tuple[Variable, ...]:
    """Parts of an array along an axis, as equal as they can be: of N elements the first N mod S parts have one more.

    With places [a, b] the parts are x[:a], x[a:b] and x[b:]. Views.

    Raises: ArgumentError, DTypeError.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "array_split", x)
    places = _places(indices_or_sections)
    if places is not None:
        return _cut_at(x, places, axis)
    sections, n = _count("array_split", x, indices_or_sections), x.shape[axis]
    if isinstance(n, int):
        each, more = divmod(n, sections)
        return _cut_at(x, [k * each + min(k, more) for k in range(1, sections)], axis)
    each, more = n // sections, n % sections
    return _cut_at(x, [k * each + minimum(k, more) for k in range(1, sections)], axis)


def _split_along(name: str, x: Any, sections: Any, axis: int, ndim: int) -> tuple[Variable, ...]:
    x = as_variable(x)
    if x.type.ndim < ndim:
        raise ShapeError(
            f"{name}: x has {x.type.ndim} axes, and {ndim} are needed.",
            operands={"x": x},
            origin=here(),
            fix="use sn.split(x, sections, axis).",
        )
    return split(x, sections, axis)


@vocabulary(case(arr(2, 4), 2), case(arr(4), [1, 3]))
def hsplit(x: Any, indices_or_sections: Any) -> tuple[Variable, ...]:
    """Parts side by side: `split` along axis 1, of a vector along its one axis. Raises: ShapeError for a scalar."""
    x = as_variable(x)
    return _split_along("hsplit", x, indices_or_sections, 1 if x.type.ndim > 1 else 0, 1)


@vocabulary(case(arr(4, 2), 2), case(arr(4, 1), [1]))
def vsplit(x: Any, indices_or_sections: Any) -> tuple[Variable, ...]:
    """Parts one below the other: `split` along axis 0. Raises: ShapeError for less than 2 axes."""
    return _split_along("vsplit", x, indices_or_sections, 0, 2)


@vocabulary(case(arr(1, 2, 4), 2), case(arr(2, 1, 3), [2]))
def dsplit(x: Any, indices_or_sections: Any) -> tuple[Variable, ...]:
    """Parts one behind the other: `split` along axis 2. Raises: ShapeError for less than 3 axes."""
    return _split_along("dsplit", x, indices_or_sections, 2, 3)


@vocabulary(case(arr(3)), case(arr(2, 3), axis=-1), case(arr(3, 1, 2)), case(arr(0, 2), axis=1))
def unstack(x: Any, axis: int = 0) -> tuple[Variable, ...]:
    """The entries along an axis, a tuple of as many arrays: (K, N) gives K of (N,), and `stack` puts them together.

    Views.

    Raises: ShapeError where the size of the axis is open; ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "unstack", x)
    n = x.type.shape[axis]
    if not isinstance(n, int):
        raise ShapeError(
            f"unstack: the size of axis {axis} is open, and so is the number of parts.",
            operands={"x": x},
            origin=here(),
            fix="declare the size, or take the entries you need: x[0], x[1].",
        )
    return tuple(cut(x, axis, k) for k in range(n))
