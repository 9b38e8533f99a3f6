"""Products and parts of matrices under the names and with the axes they have in the array API's `linalg`."""

from __future__ import annotations

from typing import Any

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, as_variables, case, vocabulary
from symnet.ops import contractions
from symnet.ops.arithmetic import multiply
from symnet.ops.contractions import tensordot
from symnet.ops.diagonals import Diagonal
from symnet.ops.linalg.stacks import column_of
from symnet.ops.matmul import matmul, matrix_transpose
from symnet.ops.vecdot import vecdot
from symnet.origin import here

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot", "outer", "cross", "diagonal", "trace"]


@vocabulary(case(arr(3), arr(4)), case(arr(0), arr(2)), name="linalg.outer")
def outer(x1: Any, x2: Any) -> Variable:
    r"""Outer product of two vectors, $z_{ij} = x_i y_j$: x1 (N,) and x2 (M,) give (N, M).

    Raises: ShapeError for anything but vectors; `sn.outer` flattens.
    """
    a, b = as_variables(x1, x2)
    if a.type.ndim != 1 or b.type.ndim != 1:
        raise ShapeError(
            f"linalg.outer: x1 has {a.type.ndim} axes and x2 {b.type.ndim}, not 1 and 1.",
            operands={"x1": a, "x2": b},
            origin=here(),
            fix="sn.outer flattens its arguments; for stacks use sn.einsum('...i,...j->...ij', x1, x2).",
        )
    return multiply(column_of(a), b)


@vocabulary(case(arr(2, 3), arr(2, 3)), case(arr(3, 2), arr(3, 2), axis=0), name="linalg.cross")
def cross(x1: Any, x2: Any, axis: int = -1) -> Variable:
    """Cross product of vectors in space, which stand along `axis`; see `sn.cross`.

    Raises: ShapeError for vectors not of size 3; ArgumentError for an axis that is not there.
    """
    return contractions.cross(x1, x2, axis=axis)


def _matrix(name: str, x: Any) -> Variable:
    x = as_variable(x)
    if x.type.ndim < 2:
        raise ShapeError(
            f"linalg.{name}: x has {x.type.ndim} axes, and a matrix has 2.",
            operands={"x": x},
            origin=here(),
            fix="x holds matrices in its last two axes: (..., N, M).",
        )
    return x


@vocabulary(
    case(arr(3, 3)),
    case(arr(2, 3, 4)),
    case(arr(2, 3, 4), offset=2),
    case(arr(2, 3, 4), offset=-1),
    case(arr(2, 3), offset=5),
    case(arr(values=[[1, 2], [3, 4]], dtype="int8")),
    name="linalg.diagonal",
)
def diagonal(x: Any, offset: int = 0) -> Variable:
    r"""A diagonal of each matrix, $y_i = x_{i, i + k}$: x (..., N, M) gives (..., K).

    Raises: ShapeError for fewer than two axes.
    """
    x = _matrix("diagonal", x)
    return Diagonal(int(offset), x.type.ndim - 2, x.type.ndim - 1)(x)


@vocabulary(case(arr(3, 3)), case(arr(2, 3, 4), offset=-1), name="linalg.trace")
def trace(x: Any, offset: int = 0, dtype: Any = None) -> Variable:
    r"""Sum of a diagonal of each matrix, $\sum_i x_{i, i + k}$: x (..., N, M) gives (...).

    `trace(a @ b)` is compiled as the sum of products it is.

    Raises: ShapeError for fewer than two axes.
    """
    return contractions.trace(_matrix("trace", x), offset, -2, -1, dtype)
