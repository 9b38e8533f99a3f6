"""Entries along an axis, each row with indices of its own: read, replaced, added to."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import clip
from symnet.ops.axes import along_rows, cut
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import equal, where
from symnet.ops.conversion import cast
from symnet.ops.create import arange, full_like, zeros_like
from symnet.ops.gather import AddRows, SetRows, Take, check_index
from symnet.ops.places import check_labels
from symnet.ops.shape import flatten, reshape, transpose
from symnet.ops.sizes import normal_axis, size
from symnet.origin import here
from symnet.types import INTEGERS, TensorType, shape_text

__all__ = ["take", "take_along_axis", "put_along_axis", "TakeAlong", "PutAlong", "AddAlong", "RowPlaces"]

Trust = Literal["checked", "strict", "known"]
"""Whether indices may count from the end, must count from 0, or are known to be right."""

# the ops --------------------------------------------------------------------------------------------------------------


class RowPlaces(Op):
    r"""Where the entries that a matrix of indices lists for each row of N stand in row-major order: $i N + j_{ik}$."""

    n: int
    trust: Trust = "checked"

    name, roles = "row_places", ("index",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (index,) = arrays
        _check(index, self.n, self.trust)
        return np.where(index < 0, index + self.n, index) + np.arange(len(index))[:, None] * self.n

    def emit(self, e: Emitter, *names: str) -> None:
        (index,) = names
        rows = e.array(index).shape[0]
        if self.trust == "checked":
            e.step(f"check_index({index}, {self.n})")
            e.step(f"np.remainder({index}, {max(self.n, 1)}, out={e.out})")
            index = e.out
        elif self.trust == "strict":
            e.step(f"check_labels({index}, {self.n})")
        starts = e.prepared(f"np.arange({rows})[:, None] * {self.n}", "row_starts")
        e.step(f"np.add({index}, {starts}, out={e.out})")


def _check(index: np.ndarray, n: int, trust: Trust) -> None:
    if trust == "strict":
        check_labels(index.astype(np.int64), n)
    elif trust == "checked":
        check_index(index, n)


class _Along(Op):
    """Family of ops with an int64 index for each of some entries along an axis of x, as the last input."""

    axis: int = 0
    trust: Trust = "checked"

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def _meet(self, *inputs: Variable) -> None:
        x, index = inputs[0].type, inputs[-1].type
        for k, (n, m) in enumerate(zip(x.shape, index.shape, strict=True)):
            if k != self.axis and isinstance(n, int) and isinstance(m, int) and n != m:
                raise ShapeError(
                    f"{self.name}: x is {shape_text(x.shape)} and the indices {shape_text(index.shape)}: "
                    f"axis {k} has {n} against {m}.",
                    fix=f"all axes but axis {self.axis} must agree, or be 1.",
                )

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def _in_rows(self, x: Variable) -> Variable:
        """The axis last."""
        return transpose(x, (*(k for k in range(x.type.ndim) if k != self.axis), self.axis))

    def _back(self, y: Variable, like: Variable) -> Variable:
        """The rows of a vector as an array whose axes are where they were."""
        order = [*(k for k in range(like.type.ndim) if k != self.axis), self.axis]
        wide = reshape(y, [like.type.shape[k] for k in order])
        return transpose(wide, [order.index(k) for k in range(len(order))])

    def _places(self, x: Variable, index: Variable) -> Variable:
        """The places in the rows of x, one after the other; the shapes are known."""
        n, m = x.type.shape[self.axis], index.type.shape[self.axis]
        assert isinstance(n, int)
        rows = prod(size for k, size in enumerate(x.type.shape) if k != self.axis and isinstance(size, int))
        places = RowPlaces(n, self.trust)(reshape(self._in_rows(index), (rows, m)))
        return flatten(places)


class TakeAlong(_Along):
    r"""$y_{ik} = x_{i, j_{ik}}$ for indices $j$."""

    name = "take_along_axis"
    on_complex = "own"
    on_float16 = "moved"
    roles: ClassVar[tuple[str, ...]] = ("x", "indices")

    def infer(self, *inputs: Variable) -> TensorType:
        self._meet(*inputs)
        x, index = inputs[0].type, inputs[1].type
        return x.with_shape(
            n if isinstance(n, int) and k != self.axis else m
            for k, (n, m) in enumerate(zip(x.shape, index.shape, strict=True))
        )

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, index = inputs
        return [AddAlong(self.axis, self.trust)(zeros_like(x), g, index) if x.type.is_inexact else None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, index = arrays
        _check_shapes(self, arrays)
        _check(index, x.shape[self.axis], self.trust)
        return np.take_along_axis(x, index, self.axis)

    def lower(self, *inputs: Variable) -> Variable | None:
        x, index = inputs
        if x.type.ndim == 1 and self.trust != "strict":
            return Take(0, checked=self.trust == "known")(x, index)
        y = Take(0, checked=True)(flatten(self._in_rows(x)), self._places(x, index))
        return self._back(y, index)


class _WriteAlong(_Along):
    """Family of ops that give a copy of x with some entries of each row changed; the value has the indices' shape."""

    roles: ClassVar[tuple[str, ...]] = ("x", "value", "indices")
    rows: ClassVar[type[SetRows] | type[AddRows]]

    def infer(self, *inputs: Variable) -> TensorType:
        self._meet(*inputs)
        return inputs[0].type

    def lower(self, *inputs: Variable) -> Variable | None:
        x, value, index = inputs
        flat, new = flatten(self._in_rows(x)), flatten(self._in_rows(value))
        written = self.rows(checked=True)(flat[:, None], new[:, None], self._places(x, index))
        return self._back(written, x)


class PutAlong(_WriteAlong):
    """A copy of x with the entries that indices list set to a value; `distinct` where none comes twice."""

    distinct: bool = False

    name, rows = "put_along_axis", SetRows
    on_complex = "own"
    on_float16 = "moved"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, value, index = inputs
        part = TakeAlong(self.axis, self.trust)(g, index)
        if not self.distinct:
            part = where(self._stays(x, part, index), part, zeros_like(part))
        return [self(g, zeros_like(value), index), part, None]

    def _stays(self, x: Variable, part: Variable, index: Variable) -> Variable:
        """Which elements of the value stand in the result; the others were overwritten by later ones."""
        numbers = reshape(arange(size(part)), part.shape)
        written = self(full_like(x, -1, "int64"), numbers, index)
        return equal(TakeAlong(self.axis, self.trust)(written, index), numbers)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return _written(self, arrays, np.copyto)


class AddAlong(_WriteAlong):
    """A copy of x with a value added to the entries that indices list; where they repeat, all are added."""

    name, rows = "add_along_axis", AddRows
    on_complex = "own"
    on_float16 = "moved"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [g, TakeAlong(self.axis, self.trust)(g, inputs[2]), None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return _written(self, arrays, lambda entry, value: np.add(entry, value, out=entry))


def _check_shapes(op: _Along, arrays: Sequence[np.ndarray]) -> None:
    x, index = arrays[0].shape, arrays[-1].shape
    if any(k != op.axis and n != m for k, (n, m) in enumerate(zip(x, index, strict=True))):
        raise ShapeError(
            f"{op.name}: x is {x} and the indices {index}.", fix=f"all axes but axis {op.axis} must agree."
        )


def _written(op: _Along, arrays: Sequence[np.ndarray], write: Any) -> np.ndarray:
    x, value, index = arrays
    _check_shapes(op, arrays)
    _check(index, x.shape[op.axis], op.trust)
    result = x.copy()
    for place in np.ndindex(index.shape):
        target = (*place[: op.axis], int(index[place]), *place[op.axis + 1 :])
        write(result[(*target, ...)], value[place])
    return result


# the user's functions -------------------------------------------------------------------------------------------------


def index_array(name: str, x: Variable, indices: Any) -> Variable:
    """Indices as a variable of int64. Raises: DTypeError."""
    index = as_variable(indices)
    if index.type.dtype not in INTEGERS:
        raise DTypeError(
            f"{name}: the indices are {index.type.dtype}, and indices are integers.",
            operands={"x": x, "indices": index},
            origin=here(),
            fix="cast them: i.astype('int64').",
        )
    return cast(index, "int64")


Mode = Literal["raise", "wrap", "clip"]


def within(name: str, index: Variable, n: Any, mode: Mode) -> Variable:
    """Indices brought into an axis of `n` entries: modulo n by `wrap`, to the nearest end by `clip`.

    Raises: ArgumentError for another mode.
    """
    if mode not in ("raise", "wrap", "clip"):
        raise ArgumentError(f"{name}: mode is {mode!r}.", origin=here(), fix="use 'raise', 'wrap' or 'clip'.")
    return index if mode == "raise" else index % n if mode == "wrap" else clip(index, 0, n - 1)


@vocabulary(
    case(arr(4, 3), arr(values=[[0, 3], [-1, 0]], dtype="int64"), axis=0),
    case(arr(4, 3), arr(values=[2, 2], dtype="uint8"), axis=-1),
    case(arr(2, 3), arr(values=[5, 0], dtype="int32")),
    case(arr(2, 3), 1, axis=1),
    case(arr(2, 3), arr(values=[-4, 7], dtype="int64"), axis=1, mode="wrap"),
    case(arr(2, 3), arr(values=[-4, 7], dtype="int64"), axis=1, mode="clip"),
)
def take(x: Any, indices: Any, axis: int | None = None, mode: Mode = "raise") -> Variable:
    r"""The entries of one axis that indices list, $y_{ik} = x_{i, j_k}$: how an embedding looks up its rows.

    x (N, C) and indices (B, T) with axis=0 give (B, T, C); without `axis` x is flattened first. Indices from -N to
    N - 1 are taken, others are an error, or with `mode` 'wrap' counted modulo N, with 'clip' cut to 0 ... N - 1.

    Raises: BoundsError, if need be at the call; DTypeError, ArgumentError.
    """
    x = as_variable(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x.type.ndim, "take", x)
    index = index_array("take", x, indices)
    return x[(slice(None),) * axis + (within("take", index, x.shape[axis], mode),)]


def _paired(name: str, x: Variable, indices: Any, axis: int) -> tuple[Variable, Variable]:
    """x and int64 indices, broadcast to each other beside the axis."""
    index = index_array(name, x, indices)
    if index.type.ndim != x.type.ndim:
        raise ShapeError(
            f"{name}: x has {x.type.ndim} axes and the indices {index.type.ndim}.",
            operands={"x": x, "indices": index},
            origin=here(),
            fix="the indices stand for entries of x one by one; sn.take(x, i, axis) takes whole slices.",
        )
    beside = [p for k, p in enumerate(zip(x.type.shape, index.type.shape, strict=True)) if k != axis]
    if any(n is None or n != m for n, m in beside):
        # Of a comparison only the shape is asked, and nothing is computed.
        together = equal(cut(x, axis, slice(1)), cut(index, axis, slice(1))).shape
        x, index = (broadcast_to(v, (*together[:axis], v.shape[axis], *together[axis + 1 :])) for v in (x, index))
    return x, index


_ROWS = arr(values=[[3, 0, 3], [-1, 1, 1]], dtype="int64")


@vocabulary(
    case(arr(2, 4), _ROWS),
    case(arr(4, 2, 3), arr(values=[[[3, 0, -4], [1, 1, 1]]], dtype="int32"), axis=0),
    case(arr(4), arr(values=[3, 3, -4], dtype="int64"), axis=0),
    case(arr(2, 4), arr(values=[7, 0], dtype="int64"), axis=None),
    case(arr(1, 4), _ROWS, axis=1),
    case(arr(3, 4), arr(values=[[2, 0]], dtype="int64"), axis=1),
    case(arr(0, 4), arr(0, 2, dtype="int64"), axis=1),
)
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Variable:
    r"""Entries along an axis, each row with indices of its own, $y_{ik} = x_{i, j_{ik}}$.

    x (N, C) and indices (N, K) give (N, K); beside the axis sizes agree or are 1. Indices below 0 count from the end;
    without an axis x is flattened first.

    Raises: BoundsError, if need be at the call; ShapeError, DTypeError, ArgumentError.
    """
    x = as_variable(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x.type.ndim, "take_along_axis", x)
    return TakeAlong(axis)(*_paired("take_along_axis", x, indices, axis))


@vocabulary(
    case(arr(2, 4), _ROWS, arr(2, 3)),
    case(arr(4, 2), arr(values=[[3, 0]], dtype="int32"), 5.0, axis=0),
    case(arr(4), arr(values=[3, 3, -4], dtype="int64"), arr(3), axis=0),
    case(arr(2, 3, dtype="int64"), arr(values=[[1], [0]], dtype="int64"), 7, axis=1),
)
def put_along_axis(x: Any, indices: Any, values: Any, axis: int = -1) -> Variable:
    """A copy of `x` with the entries set that `take_along_axis(x, indices, axis)` reads; where indices repeat, the last
    value stands.

    x (N, C), indices (N, K) and values that broadcast to (N, K) give (N, C). x itself stays as it is.

    Raises: BoundsError, if need be at the call; ShapeError, DTypeError, ArgumentError.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "put_along_axis", x)
    value = as_variable(values, x)
    if value.type.is_inexact and not x.type.is_inexact:
        raise DTypeError(
            f"put_along_axis: the values are {value.type.dtype}, but x is {x.type.dtype}.",
            operands={"x": x, "values": value},
            origin=here(),
            fix=f"cast the values, or make x a float: {x.label}.astype('float32').",
        )
    x, index = _paired("put_along_axis", x, indices, axis)
    return PutAlong(axis)(x, broadcast_to(cast(value, x.type.dtype), index.shape), index)
