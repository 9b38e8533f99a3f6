"""Products of two arrays: inner, of vectors in space, and of all elements with all."""

from __future__ import annotations

from typing import Any

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variables, case, vocabulary
from symnet.ops.axes import cut
from symnet.ops.elementwise import multiply
from symnet.ops.join import stack
from symnet.ops.matmul import dot, tensordot
from symnet.ops.shape import expand_dims, flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import shape_text

__all__ = ["inner", "vdot", "cross", "kron"]


@vocabulary(case(arr(3), arr(3)), case(arr(2, 3), arr(4, 3)), case(arr(), arr(2)), case(arr(2, 2, 3), arr(3)))
def inner(x: Any, y: Any) -> Variable:
    r"""Sums of products along the last axes, $z_{ij} = \sum_k x_{ik} y_{jk}$: (..., N) and (M, N) give (..., M).

    A scalar multiplies.

    Raises: ShapeError where the last sizes differ.
    """
    x, y = as_variables(x, y)
    return multiply(x, y) if 0 in (x.type.ndim, y.type.ndim) else tensordot(x, y, (-1, -1))


@vocabulary(case(arr(3), arr(3)), case(arr(2, 3), arr(3, 2)), case(arr(), 2.0))
def vdot(x: Any, y: Any) -> Variable:
    r"""Sum of the products of all elements, in row-major order, $\sum_k x_k y_k$: a scalar.

    Raises: ShapeError where the numbers of elements differ.
    """
    x, y = as_variables(x, y)
    return dot(flatten(x), flatten(y))


@vocabulary(
    case(arr(3), arr(3)),
    case(arr(2, 3), arr(3)),
    case(arr(3, 2), arr(3, 2), axis=0),
    case(arr(values=[1, 2, 3], dtype="int32"), arr(values=[3, 1, 2], dtype="int64")),
)
def cross(x: Any, y: Any, axis: int = -1) -> Variable:
    r"""Cross product of vectors in space, $(x_2 y_3 - x_3 y_2,\; x_3 y_1 - x_1 y_3,\; x_1 y_2 - x_2 y_1)$.

    Both have size 3 along `axis`; all else broadcasts: (N, 3) and (3,) give (N, 3).

    Raises: ShapeError for another size; ArgumentError for an axis that is not there.
    """
    pair = as_variables(x, y)
    axes = [normal_axis(axis, v.type.ndim, "cross", v) for v in pair]
    for v, k in zip(pair, axes, strict=True):
        n = v.type.shape[k]
        if isinstance(n, int) and n != 3:
            raise ShapeError(
                f"cross: axis {k} of {shape_text(v.type.shape)} has size {n}, not 3.",
                operands=dict(zip("xy", pair, strict=True)),
                origin=here(),
                fix="give vectors with three coordinates; those of a plane get a third one of 0.",
            )
    if axis >= 0 and pair[0].type.ndim != pair[1].type.ndim:
        raise ArgumentError(
            f"cross: axis {axis} is another one in {pair[0].type.ndim} axes than in {pair[1].type.ndim}.",
            operands=dict(zip("xy", pair, strict=True)),
            origin=here(),
            fix="count the axis from the end: axis=-1.",
        )
    (x1, x2, x3), (y1, y2, y3) = ([cut(v, k, i) for i in range(3)] for v, k in zip(pair, axes, strict=True))
    parts = [x2 * y3 - x3 * y2, x3 * y1 - x1 * y3, x1 * y2 - x2 * y1]
    return stack(parts, axis if axis >= 0 else max(v.type.ndim for v in pair) + axis)


@vocabulary(case(arr(2, 2), arr(2, 3)), case(arr(2), arr(3)), case(arr(2), arr(1, 2)), case(arr(), arr(2)))
def kron(x: Any, y: Any) -> Variable:
    r"""Kronecker product, blocks of y times each element of x: $z_{i M + k,\, j N + l} = x_{ij} y_{kl}$.

    (A, B) and (M, N) give (A M, B N); an operand with fewer axes gets axes of size 1 in front.
    """
    x, y = as_variables(x, y)
    ndim = max(x.type.ndim, y.type.ndim)
    x, y = (expand_dims(v, list(range(ndim - v.type.ndim))) for v in (x, y))
    blocks = expand_dims(x, [2 * k + 1 for k in range(ndim)]) * expand_dims(y, [2 * k for k in range(ndim)])
    return reshape(blocks, [n * m for n, m in zip(x.shape, y.shape, strict=True)])
