"""Indices of several axes: open grids of them, and places in row-major order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.ops.along import Mode, index_array, within
from symnet.ops.conversion import cast
from symnet.ops.places import check_labels
from symnet.ops.searching import flatnonzero
from symnet.ops.shape import expand_dims
from symnet.ops.sizes import split_sizes
from symnet.origin import here
from symnet.types import INTEGERS, TensorType

__all__ = ["ix_", "unravel_index", "ravel_multi_index", "CheckedIndex"]

Order = Literal["C", "F"]


class CheckedIndex(Op):
    """An int64 index as it is, if all of it counts from 0 to below a size."""

    name, roles = "checked_index", ("index", "size")

    def infer(self, *inputs: Variable) -> TensorType:
        index, n = inputs
        if isinstance(index, Constant) and isinstance(n, Constant):
            _check(index.data, n.data)
        return index.type

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return NotImplemented if rows[1] else self(*inputs)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        _check(*arrays)
        return arrays[0]

    def emit(self, e: Emitter, *names: str) -> None:
        index, n = names
        e.step(f"np.copyto({e.out}, {index})")
        e.step(f"check_labels({e.out}, int({n}), 'place', 'elements')")


def _check(index: np.ndarray, n: np.ndarray) -> None:
    check_labels(index, int(n), "place", "elements")


@vocabulary(
    case(arr(values=[2, 0], dtype="int64"), arr(values=[1, 1, 0], dtype="int32")),
    case(arr(values=[True, False, True], dtype="bool"), [0, 2]),
    case([True, False], arr(0, dtype="int64"), [3]),
    case(arr(values=[-1], dtype="int64")),
)
def ix_(*indices: Any) -> tuple[Variable, ...]:
    """Index arrays that meet as a grid, so that x[ix_(rows, columns)] has every row beside every column.

    D vectors of integers, (N,) and (M,), give D arrays (N, 1) and (1, M). A mask counts as the places where it is true,
    at the cost of `flatnonzero`.

    Raises: ShapeError unless each has one axis; DTypeError for floats.
    """
    given = [as_variable(np.zeros(0, np.int64) if isinstance(i, list) and not i else i) for i in indices]
    for index in given:
        if index.type.ndim != 1:
            raise ShapeError(
                f"ix_: an index has {index.type.ndim} axes, not 1.",
                operands={"index": index},
                origin=here(),
                fix="give a vector of integers for each axis.",
            )
        if index.type.dtype not in (*INTEGERS, "bool"):
            raise DTypeError(
                f"ix_: an index is {index.type.dtype}, and indices are integers.",
                operands={"index": index},
                origin=here(),
                fix="cast it: i.astype('int64').",
            )
    places = [flatnonzero(index) if index.type.dtype == "bool" else index for index in given]
    return tuple(
        expand_dims(index, [a for a in range(len(places)) if a != k]) if len(places) > 1 else index
        for k, index in enumerate(places)
    )


def _sizes(name: str, shape: Any, order: str) -> list[Any]:
    """The sizes, the one whose index changes slowest first."""
    if order not in ("C", "F"):
        raise ArgumentError(f"{name}: order is {order!r}.", origin=here(), fix="use 'C' or 'F'.")
    sizes = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    split_sizes(tuple(sizes), name)
    return sizes if order == "C" else sizes[::-1]


@vocabulary(
    case(arr(values=[0, 5, 4], dtype="int64"), (2, 3)),
    case(arr(values=[[0], [5]], dtype="uint8"), (3, 2), "F"),
    case(arr(values=23, dtype="int64"), (2, 3, 4)),
    case(arr(values=[1, 3], dtype="int32"), (arr(values=2, dtype="int64"), arr(values=2, dtype="int32"))),
    case(arr(0, dtype="int64"), 7),
)
def unravel_index(indices: Any, shape: Any, order: Order = "C") -> tuple[Variable, ...]:
    r"""Places in a flattened array as an index for each axis, $(\lfloor p / n_2 \rfloor, p \bmod n_2)$ for (n_1, n_2).

    Integers of any shape and D sizes give D int64 arrays of that shape; with order 'F' the first axis changes fastest.
    Sizes are ints or symbolic integer scalars: unravel_index(argmax(x), x.shape).

    Raises: BoundsError for a place that is not in 0 ... N - 1, if need be at the call; DTypeError, ArgumentError.
    """
    sizes = _sizes("unravel_index", shape, order)
    places = index_array("unravel_index", as_variable(indices), indices)
    total: Any = 1
    for n in sizes:
        total = total * n
    places = CheckedIndex()(places, cast(as_variable(total), "int64"))
    found: list[Variable] = []
    for n in reversed(sizes[1:]):
        found.append(places % n)
        places = places // n
    found.append(places)
    return tuple(cast(i, "int64") for i in (found if order == "F" else found[::-1]))


@vocabulary(
    case((arr(values=[0, 1], dtype="int64"), arr(values=[2, 0], dtype="int32")), (2, 3)),
    case((arr(values=[0, 1], dtype="int64"), arr(values=[[2], [0]], dtype="int64")), (2, 3), "raise", "F"),
    case((arr(values=[-1, 4], dtype="int64"), arr(values=[7, -9], dtype="int64")), (2, 3), mode="wrap"),
    case((arr(values=[-1, 4], dtype="int64"), arr(values=[7, -9], dtype="int64")), (2, 3), mode=("clip", "wrap")),
    case((arr(values=1, dtype="int64"), 1), (2, arr(values=3, dtype="int64"))),
)
def ravel_multi_index(
    multi_index: Sequence[Any], dims: Any, mode: Mode | Sequence[Mode] = "raise", order: Order = "C"
) -> Variable:
    r"""Indices of several axes as places in row-major order, $i_1 n_2 + i_2$ for sizes (n_1, n_2).

    D arrays of integers that broadcast and D sizes, ints or symbolic integer scalars, give int64 of the shape in which
    they meet; with order 'F' the first axis changes fastest. An index outside 0 ... n - 1 is an error, or with `mode`
    'wrap' counted modulo n, with 'clip' cut to it; a mode for each axis may be given.

    Raises: BoundsError, if need be at the call; ArgumentError unless there is an index for each size; DTypeError.
    """
    sizes = _sizes("ravel_multi_index", dims, order)
    modes: list[Any] = list(mode) if isinstance(mode, (tuple, list)) else [mode] * len(sizes)
    if not len(multi_index) == len(sizes) == len(modes):
        raise ArgumentError(
            f"ravel_multi_index: {len(multi_index)} indices for {len(sizes)} sizes and {len(modes)} modes.",
            origin=here(),
            fix="give an index for each axis.",
        )
    given, places = list(zip(multi_index, modes, strict=True)), cast(as_variable(0), "int64")
    for (i, how), n in zip(given if order == "C" else given[::-1], sizes, strict=True):
        index = within("ravel_multi_index", index_array("ravel_multi_index", as_variable(i), i), n, how)
        if how == "raise":
            index = CheckedIndex()(index, cast(as_variable(n), "int64"))
        places = places * n + index
    return cast(places, "int64")
