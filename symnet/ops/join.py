"""Joining arrays along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.graph.notation import Call, Part, Row, along
from symnet.graph.rows import with_rows
from symnet.op import Emitter, Op, Split, all_linear, along_same, arr, as_variables, case, vocabulary
from symnet.ops.conversion import cast
from symnet.ops.shape import expand_dims
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import Dim, TensorType, clashes, promote, shape_text

__all__ = ["concatenate", "concat", "stack", "Concatenate"]


class Concatenate(Op):
    """Arrays joined along one axis."""

    axis: int = 0

    name, roles = "concatenate", ("x",)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, (Row(inputs),), along((self.axis,)))

    def infer(self, *inputs: Variable) -> TensorType:
        first = inputs[0].type
        shape = list(first.shape)
        for x in inputs[1:]:
            if x.type.ndim != first.ndim:
                raise ShapeError(
                    f"concatenate: shapes {shape_text(first.shape)} and {shape_text(x.type.shape)} have "
                    f"{first.ndim} and {x.type.ndim} axes.",
                    fix="give all arrays the same axes: x[:, None] adds one.",
                )
            for k, n in enumerate(x.type.shape):
                if k != self.axis:
                    shape[k] = self._agreed(k, shape[k], n, first, x.type)
        shape[self.axis] = _total([x.type.shape[self.axis] for x in inputs])
        return TensorType(first.dtype, tuple(shape))

    def _agreed(self, axis: int, a: Dim, b: Dim, first: TensorType, other: TensorType) -> Dim:
        if isinstance(a, int) and isinstance(b, int) and a != b:
            raise ShapeError(
                f"concatenate: shapes {shape_text(first.shape)} and {shape_text(other.shape)} do not join along "
                f"axis {self.axis}: axis {axis} has {a} against {b}.",
                fix=f"all axes but axis {self.axis} must agree.",
            )
        numbers = [n for n in (a, b) if isinstance(n, int)]
        return numbers[0] if numbers else (b if a is None else a)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        parts: list[Variable | None] = []
        start: Any = 0
        for x in inputs:
            stop = start + x.shape[self.axis]
            parts.append(g[(slice(None),) * self.axis + (slice(start, stop),)] if x.type.is_inexact else None)
            start = stop
        return parts

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        return all_linear(self, dx, inputs, range(len(inputs)))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return Concatenate(self.axis + 1)(*with_rows(rows, inputs))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        first = arrays[0].shape
        for a in arrays[1:]:
            for k, (m, n) in enumerate(zip(first, a.shape, strict=True)):
                if k != self.axis and m != n:
                    raise ShapeError(
                        f"concatenate: shapes {first} and {a.shape} do not join along axis {self.axis}: "
                        f"axis {k} has {m} against {n}."
                    )
        return np.concatenate(arrays, axis=self.axis)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def lower(self, *inputs: Variable) -> Variable | None:
        filled = [x for x in inputs if x.type.shape[self.axis] != 0] or list(inputs[:1])
        if len(filled) == len(inputs) > 1:
            return None
        return self(*filled) if len(filled) > 1 else filled[0]

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.concatenate(({', '.join(names)}), axis={self.axis}, out={e.out})")


def _total(sizes: Sequence[Dim]) -> Dim:
    known = [n for n in sizes if isinstance(n, int)]
    if len(known) == len(sizes):
        return sum(known)
    only = [n for n in sizes if n != 0]
    return only[0] if len(only) == 1 else None


def _operands(arrays: Any, op: str) -> list[Variable]:
    if not isinstance(arrays, (list, tuple)):
        kind = "symbolic variable" if isinstance(arrays, Variable) else type(arrays).__name__
        raise ArgumentError(
            f"{op}: the arrays come as one list, not as a {kind}.", origin=here(), fix=f"{op}([x, y], axis=0)."
        )
    if not arrays:
        raise ArgumentError(f"{op}: the list holds 0 arrays.", origin=here(), fix="give at least one.")
    xs = as_variables(*arrays)
    dtype = promote(*(x.type.dtype for x in xs))
    return [cast(x, dtype) for x in xs]


@vocabulary(
    case([arr(2, 3), arr(1, 3)]),
    case([arr(2, 3), arr(2, 0), arr(2, 1)], axis=-1),
    case([arr(4), arr(values=[1, 2], dtype="int32")]),
    case([arr(2, 3, 2)], axis=1),
    case([arr(0), arr(0)]),
)
def concatenate(arrays: Sequence[Any], axis: int = 0) -> Variable:
    r"""Arrays joined along an axis they have, one behind the other; all other sizes agree.

    (N, A) and (N, B) along axis 1 give (N, A + B); dtypes promote.

    Raises: ShapeError, ArgumentError.
    """
    xs = _operands(arrays, "concatenate")
    if xs[0].type.ndim == 0:
        raise ShapeError(
            "concatenate: scalars have 0 axes, and 1 is needed to join along.",
            operands={"x": xs[0]},
            origin=here(),
            fix="use sn.stack([...]), which makes the axis.",
        )
    return Concatenate(normal_axis(axis, xs[0].type.ndim, "concatenate", xs[0]))(*xs)


concat = vocabulary(case([arr(2, 3), arr(1, 3)]), name="concat")(concatenate)  # the array API's name


@vocabulary(
    case([arr(2, 3), arr(2, 3)]),
    case([arr(), arr(), 2.0]),
    case([arr(2), arr(2)], axis=-1),
    case([arr(3, 2), arr(3, 2)], axis=1),
)
def stack(arrays: Sequence[Any], axis: int = 0) -> Variable:
    """Arrays of one shape joined along a new axis: K arrays (N, C) give (K, N, C), or (N, C, K) with axis=-1.

    Raises: ShapeError, ArgumentError.
    """
    xs = _operands(arrays, "stack")
    for x in xs[1:]:
        if x.type.ndim != xs[0].type.ndim or clashes(x.type.shape, xs[0].type.shape):
            raise ShapeError(
                f"stack: shapes {shape_text(xs[0].type.shape)} and {shape_text(x.type.shape)} differ.",
                operands={"x": xs[0], "y": x},
                origin=here(),
                fix="bring them to one shape first: sn.broadcast_to(x, shape).",
            )
    place = normal_axis(axis, xs[0].type.ndim + 1, "stack", xs[0])
    return Concatenate(place)(*(expand_dims(x, place) for x in xs))
