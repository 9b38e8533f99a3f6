"""The sum that undoes a broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import DTypeError, ShapeError
from symnet.graph import Variable
from symnet.graph.operators import word
from symnet.op import Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.axes import axis_count
from symnet.ops.conversion import cast
from symnet.ops.reduce import Sum, total_dtype
from symnet.origin import here
from symnet.types import Dim, TensorType, shape_text

__all__ = ["sum_to", "SumTo"]


class SumTo(Op):
    """`g` summed over the axes along which an array like `x` was broadcast; only `x`'s shape is used."""

    name = "sum_to"
    on_complex = "own"
    roles = ("g", "x")
    linear_in = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        g, x = (v.type for v in inputs)
        _check_broadcast(g.shape, x.shape)
        lead = g.ndim - x.ndim
        shape = tuple(1 if n is None and g.shape[lead + k] == 1 else n for k, n in enumerate(x.shape))
        return TensorType(g.dtype, shape)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        wide = inputs[0]
        return [word("broadcast_to")(g, wide.shape) if wide.type.is_inexact else None, None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        g, x = inputs
        shape = x.shape[1:] if rows[1] else x.shape
        if not rows[0]:
            return sum_to(g, word("zeros")(shape, x.type.dtype))
        lead = g.type.ndim - 1 - len(shape)
        y = sum_to(g, word("zeros")((g.shape[0], *(1,) * lead, *shape), x.type.dtype))
        return word("squeeze")(y, tuple(range(1, 1 + lead)))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, x = arrays
        _check_broadcast(g.shape, x.shape)
        lead = g.ndim - x.ndim
        stretched = tuple(lead + k for k, n in enumerate(x.shape) if n == 1)
        return g.sum(axis=(*range(lead), *stretched), dtype=g.dtype).reshape(x.shape)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        g, x = inputs
        if axes[0] is None:
            return None
        axis = axes[0] - (g.type.ndim - x.type.ndim)
        summed = axis < 0 or x.type.shape[axis] == 1
        return Split((axes[0], None if summed else axis), None if summed else axis)

    def lower(self, *inputs: Variable) -> Variable:
        g, x = inputs
        lead = g.type.ndim - x.type.ndim
        stretched = tuple(lead + k for k, n in enumerate(x.type.shape) if n == 1 != g.type.shape[lead + k])
        axes = (*range(lead), *stretched)
        if not axes:
            return g
        total = Sum(axes, keepdims=not lead)(g)
        total = total if total.type.shape == x.type.shape else word("reshape")(total, x.type.shape)
        return cast(total, g.type.dtype)


def _check_broadcast(g: Sequence[Dim], x: Sequence[Dim]) -> None:
    lead = len(g) - len(x)
    if lead < 0:
        raise ShapeError(f"sum_to: g has {axis_count(len(g))}, fewer than the {axis_count(len(x))} of x.")
    for k, n in enumerate(x):
        m = g[lead + k]
        if isinstance(n, int) and isinstance(m, int) and n not in (1, m):
            raise ShapeError(
                f"sum_to: {shape_text(x)} is not broadcast to {shape_text(g)}: axis {k} has {n} against {m}.",
                fix="x must be an array that was broadcast to the shape of g.",
            )


@vocabulary(
    case(arr(2, 3, 4), arr(3, 1)),
    case(arr(3, 4), arr(3, 4)),
    case(arr(3, 4), arr()),
    case(arr(3, 4), arr(1, 4)),
    case(arr(3, 4), arr(4)),
    case(arr(0, 3), arr(1, 3)),
    case(arr(3, 0), arr(0)),
    case(arr(1, 3), arr(1, 1)),
    case(arr(3, 4, dtype="complex128"), arr(1, 4, dtype="complex128")),
)
def sum_to(g: Any, x: Any) -> Variable:
    """`g` summed over the axes along which an array of the shape of `x` was broadcast to the shape of `g`.

    g (..., N, C) and x (1, C) give (1, C); sizes may be unknown until the function runs. Of x only the shape
    matters.

    Raises: ShapeError where x cannot have been broadcast to g.
    """
    g, x = as_variable(g), as_variable(x)
    if g.type.dtype == "bool":
        raise DTypeError(
            "sum_to: g is bool.", operands={"g": g, "x": x}, origin=here(), fix="cast it to numbers first."
        )
    lead = g.type.ndim - x.type.ndim
    pairs = list(zip(g.type.shape[lead:], x.type.shape, strict=True)) if lead >= 0 else []
    stretched = tuple(lead + k for k, (m, n) in enumerate(pairs) if n == 1 != m)
    decided = lead >= 0 and all(n == 1 or m == n is not None for m, n in pairs)
    if not decided or (lead and stretched) or g.type.dtype != total_dtype(g.type.dtype):
        return SumTo()(g, x)
    # Known now: then the expression need not mention x.
    axes = (*range(lead), *stretched)
    return Sum(axes, keepdims=not lead)(g) if axes else g
