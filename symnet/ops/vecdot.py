"""Sums of products along the last axis, without the products in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.graph.rows import leveled
from symnet.op import Emitter, Op, Split, aligned, arr, as_variables, case, sum_like, vocabulary
from symnet.ops.broadcast import broadcast_to
from symnet.ops.complex_numbers import conj
from symnet.ops.conversion import cast
from symnet.ops.matmul import MatMul
from symnet.ops.reduce import Sum
from symnet.ops.shape import expand_dims, transpose
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import TensorType, broadcast, promote

__all__ = ["vecdot", "VecDot"]

_SHORT = 32
"""Below so many products a sum, NumPy's start of each sum costs more than what is saved."""


class VecDot(Op):
    r"""$\sum_k x_{\dots k} y_{\dots k}$ of floats that broadcast."""

    name, roles, linear_in = "vecdot", ("x", "y"), (0, 1)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(broadcast([v.type.shape for v in inputs])[:-1])

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        a, b = inputs
        wide = expand_dims(g, -1)
        if a.type != b.type or None in a.type.shape:
            wide = broadcast_to(wide, (a * b).shape)
        return [sum_like(wide * b, a), sum_like(wide * a, b)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*leveled(rows, inputs))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, y = arrays
        return np.asarray(np.sum(x * y, axis=-1))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        cut = aligned(axes, *inputs)
        last = max(x.type.ndim for x in inputs) - 1
        return Split(cut.operands, None if cut.result == last else cut.result)

    def lower(self, *inputs: Variable) -> Variable | None:
        x, y = inputs
        n = x.type.shape[-1] if x.type.ndim else 1
        if 1 in (x.type.ndim, y.type.ndim) and x.type.ndim != y.type.ndim and x.type.shape[-1:] == y.type.shape[-1:]:
            return MatMul()(x, y) if y.type.ndim == 1 else MatMul()(y, x)
        # Microseconds for float32: (128, 1000) 14 against 23 for a product and its sum, (128, 10) 1.9 against 1.4.
        if not isinstance(n, int) or n < _SHORT or y.type.shape[-1:] != (n,):
            product = x * y
            return Sum((product.type.ndim - 1,))(product)
        return None

    def emit(self, e: Emitter, *names: str) -> None:
        x, y = names
        if all(e.array(v).strides[-1] == e.array(v).itemsize for v in names):
            e.step(f"np.vecdot({x}, {y}, out={e.out})")
        else:
            e.step(f"np.einsum('...k,...k', {x}, {y}, out={e.out})")


@vocabulary(
    case(arr(3, 4), arr(3, 4)),
    case(arr(3, 40), arr(3, 40)),
    case(arr(2, 3, 40), arr(3, 40)),
    case(arr(3, 40), arr(40)),
    case(arr(40), arr(2, 40)),
    case(arr(40), arr(40)),
    case(arr(3, 40), arr(3, 1)),
    case(arr(2, 1, 40), arr(3, 40)),
    case(arr(0, 40), arr(0, 40)),
    case(arr(3, 0), arr(3, 0)),
    case(arr(3, 2), arr(3, 2), axis=-2),
    case(arr(40, 3), arr(2, 40, 1), axis=-2),
    case(arr(values=[[1, 2], [3, -4]], dtype="int32"), arr(values=[5, 6], dtype="int32")),
    case(arr(3, 4, dtype="complex128"), arr(4, dtype="complex128")),
)
def vecdot(x: Any, y: Any, axis: int = -1) -> Variable:
    r"""Sums of products along an axis, $\sum_k \bar x_{\dots k} y_{\dots k}$: x (N, K) and y (N, K) give (N,).

    All axes broadcast; a complex x is conjugated, as the array API says; integers are added in 64 bits.

    Raises: ShapeError where shapes do not broadcast, and for two scalars; ArgumentError for an axis that is not there.
    """
    a, b = as_variables(x, y)
    if not a.type.ndim and not b.type.ndim:
        raise ShapeError("vecdot: x and y have no axis to sum over.", origin=here(), fix="use x * y.")
    dtype = promote(a.type.dtype, b.type.dtype)
    a, b = (_with_last(cast(v, dtype), axis) for v in (a, b))
    return VecDot()(a, b) if a.type.is_float else (conj(a) * b).sum(-1)


def _with_last(x: Variable, axis: int) -> Variable:
    """`x` with an axis moved to the end."""
    if axis == -1:
        return x
    k = normal_axis(axis, x.type.ndim, "vecdot", x)
    return transpose(x, (*(j for j in range(x.type.ndim) if j != k), k))
