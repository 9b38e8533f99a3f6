"""Repeating an array along new axes and axes of size 1, without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.graph.notation import Part
from symnet.graph.operators import word
from symnet.graph.rows import behind_rows
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.sizes import Pattern, Sized, axis_tokens, factors, filled, inferred_shape, split_sizes
from symnet.types import Dim, TensorType, shape_text

__all__ = ["broadcast_to", "BroadcastTo"]


class BroadcastTo(Sized):
    """The array repeated, without copying, along new axes and axes of size 1."""

    shape: Pattern = ()

    name, roles, is_view, linear_in = "broadcast_to", ("x", "size"), True, (0,)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        return inputs[0]

    def infer(self, *inputs: Variable) -> TensorType:
        x, target = inputs[0].type, list(inferred_shape(self.shape, inputs[1:]))
        _check_broadcast(x.shape, target)
        lead = len(target) - x.ndim
        for k, n in enumerate(x.shape):
            if isinstance(n, int) and n != 1:
                target[lead + k] = n
        return x.with_shape(target)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[0]
        return [word("sum_to")(g, x) if x.type.is_inexact else None, *[None] * (len(inputs) - 1)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, *sizes = inputs
        if any(rows[1:]):
            return NotImplemented
        return broadcast_to(behind_rows(x, len(self.shape)), (x.shape[0], *filled(self.shape, sizes)))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        if axes[0] is None or inputs[0].type.shape[axes[0]] == 1:
            return None
        return Split(tuple(axes), axes[0] + len(self.shape) - inputs[0].type.ndim)

    def for_piece(self, axis: int | None, n: int) -> Op:
        return replace(self, shape=tuple(n if k == axis else m for k, m in enumerate(self.shape)))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        shape = self._shape(arrays[1:])
        _check_broadcast(arrays[0].shape, shape)
        return np.broadcast_to(arrays[0], shape)

    def lower(self, *inputs: Variable) -> Variable | None:
        return inputs[0] if inputs[0].type.shape == self.shape else None

    def view(self, *names: str) -> str:
        return f"np.broadcast_to({names[0]}, {self.shape})"

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {names[0]})")


def _check_broadcast(shape: Sequence[Dim], target: Sequence[Dim]) -> None:
    lead = len(target) - len(shape)
    if lead < 0:
        raise ShapeError(
            f"broadcast_to: {shape_text(shape)} has {len(shape)} axes, the target {shape_text(target)} only "
            f"{len(target)}.",
            fix="sum the axes that are too many, or give a longer shape.",
        )
    for k, n in enumerate(shape):
        m = target[lead + k]
        if isinstance(n, int) and isinstance(m, int) and n not in (1, m):
            raise ShapeError(
                f"broadcast_to: {shape_text(shape)} cannot become {shape_text(target)}: "
                f"axis {lead + k} has {n} against {m}.",
                fix="sizes must agree from the right, or be 1.",
            )


@vocabulary(
    case(arr(3, 1), (2, 3, 4)),
    case(arr(), (2,)),
    case(arr(4), (0, 4)),
    case(arr(3), (3,)),
    case(arr(1, 3), (arr(values=2, dtype="int64"), 3)),
)
def broadcast_to(x: Any, shape: Any) -> Variable:
    """`x` repeated to a shape, as NumPy broadcasts: (C,) to (N, C); sizes are ints or symbolic integer scalars.

    Raises: ShapeError, DTypeError.
    """
    x = as_variable(x)
    pattern, symbolic = split_sizes(shape, "broadcast_to")
    sizes = [factors([n]) for n in filled(pattern, symbolic)]
    same = sizes == [factors([n]) for n in axis_tokens(x)]
    return x if same else BroadcastTo(pattern)(x, *symbolic)
