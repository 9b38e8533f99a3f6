"""Products of two arrays beside the matrix product, and the trace."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod as product
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, as_variables, case, vocabulary
from symnet.ops.arithmetic import multiply
from symnet.ops.axes import axis_count
from symnet.ops.complex_numbers import conj
from symnet.ops.conversion import cast
from symnet.ops.diagonals import Diagonal
from symnet.ops.join import stack
from symnet.ops.matmul import matmul
from symnet.ops.reduce import Sum
from symnet.ops.shape import expand_dims, flatten, reshape, squeeze, transpose
from symnet.ops.sizes import normal_axis
from symnet.ops.vecdot import vecdot
from symnet.origin import here
from symnet.types import canonical_dtype

__all__ = ["tensordot", "batched_dot", "matvec", "vecmat", "inner", "vdot", "kron", "cross", "trace"]


@vocabulary(
    case(arr(2, 3, 4), arr(3, 4, 2)),
    case(arr(2, 3), arr(3, 2), axes=1),
    case(arr(2, 3), arr(4), axes=0),
    case(arr(2, 3, 4), arr(4, 3, 2), axes=((1, -1), (1, 0))),
    case(arr(2, 3), arr(4, 3), axes=(1, 1)),
    case(arr(2, 3), arr(2, 3)),
    case(arr(2, 0), arr(0, 3), axes=1),
    case(arr(0, 2), arr(2, 3), axes=1),
    case(arr(2, 3, dtype="complex128"), arr(4, 3, dtype="complex128"), axes=(1, 1)),
)
def tensordot(x: Any, w: Any, axes: Any = 2) -> Variable:
    r"""Sum of products over pairs of axes, $\sum_k x_{..k..} w_{..k..}$, as one matrix product.

    `axes=n` pairs the last n axes of x with the first n of w; a pair of axes, or of sequences of axes, names
    them. The result has the remaining axes of x, then those of w.

    Raises: ArgumentError for axes that do not exist or do not pair; ShapeError where paired sizes differ.
    """
    a, b = as_variables(x, w)
    try:
        first, second = _paired(a, b, axes)
    except (ArgumentError, ShapeError) as error:
        raise error.at({"x": a, "w": b}, here()) from None
    left = [k for k in range(a.type.ndim) if k not in first]
    right = [k for k in range(b.type.ndim) if k not in second]
    if not first:
        wide = expand_dims(a, tuple(range(len(left), len(left) + len(right)))) if right else a
        return multiply(wide, b)
    y = matmul(_matrix(a, left, first), _matrix(b, second, right))
    if len(left) <= 1 and len(right) <= 1:
        return y
    return reshape(y, tuple(a.shape[k] for k in left) + tuple(b.shape[k] for k in right))


def _paired(x: Variable, w: Variable, axes: Any) -> tuple[list[int], list[int]]:
    if isinstance(axes, (int, np.integer)):
        if not 0 <= axes <= min(x.type.ndim, w.type.ndim):
            raise ArgumentError(
                f"tensordot: axes is {axes}, but x has {x.type.ndim} axes and w has {w.type.ndim}.",
                fix=f"give 0 to {min(x.type.ndim, w.type.ndim)}, or the axes themselves.",
            )
        first, second = list(range(x.type.ndim - int(axes), x.type.ndim)), list(range(int(axes)))
    else:
        if not isinstance(axes, (tuple, list)) or len(axes) != 2:
            raise ArgumentError(f"tensordot: axes is {axes!r}.", fix="give a number, or axes of x and of w.")
        first, second = (_numbered(role, v, given) for role, v, given in zip("xw", (x, w), axes, strict=True))
    if len(first) != len(second):
        raise ArgumentError(f"tensordot: {len(first)} axes of x are paired with {len(second)} axes of w.")
    for k, j in zip(first, second, strict=True):
        m, n = x.type.shape[k], w.type.shape[j]
        if isinstance(m, int) and isinstance(n, int) and m != n:
            raise ShapeError(f"tensordot: axis {k} of x has size {m} but axis {j} of w has size {n}.")
    return first, second


def _numbered(role: str, x: Variable, given: Any) -> list[int]:
    axes = list(given) if isinstance(given, (tuple, list)) else [given]
    for k in axes:
        if not isinstance(k, (int, np.integer)) or not -x.type.ndim <= k < x.type.ndim:
            raise ArgumentError(f"tensordot: {k} is no axis of {role}, which has {x.type.ndim} axes.")
    numbered = [int(k) % x.type.ndim for k in axes]
    if len(set(numbered)) < len(numbered):
        raise ArgumentError(f"tensordot: an axis of {role} is given twice: {tuple(axes)}.")
    return numbered


def _matrix(x: Variable, rows: Sequence[int], columns: Sequence[int]) -> Variable:
    """`x` as a matrix of the row axes by the column axes; without rows or columns a vector."""
    order = (*rows, *columns)
    moved = x if order == tuple(range(x.type.ndim)) else transpose(x, order)
    groups = [group for group in (rows, columns) if group]
    if all(len(group) == 1 for group in groups) and groups:
        return moved
    return reshape(moved, tuple(product((x.shape[k] for k in group), start=1) for group in groups))


_STACKS = ((3, 4), (2, 3, 4), (2, 1, 3, 4)), ((4,), (2, 4), (5, 4))


@vocabulary(
    *(case(arr(*m), arr(*v)) for m, v in zip(*_STACKS, strict=True)),
    case(arr(values=[[1, 2], [3, 4]], dtype="int32"), arr(2)),
    case(arr(2, 3, dtype="complex128"), arr(2, 3, dtype="complex128")),
)
def matvec(x: Any, v: Any) -> Variable:
    r"""Products of matrices and vectors, $y_i = \sum_j x_{ij} v_j$: x (..., N, M) and v (..., M) give (..., N).

    Leading axes broadcast.

    Raises: ShapeError where sizes differ or axes are missing.
    """
    a, b = as_variables(x, v)
    _check_axes("matvec", {"x": (a, 2), "v": (b, 1)})
    return matmul(a, b) if b.type.ndim == 1 else squeeze(matmul(a, expand_dims(b, -1)), -1)


@vocabulary(
    *(case(arr(*v[:-1], m[-2]), arr(*m)) for m, v in zip(*_STACKS, strict=True)),
    case(arr(2), arr(values=[[1, 2], [3, 4]], dtype="int32")),
    case(arr(2, 3, dtype="complex128"), arr(3, 2, dtype="complex128")),
)
def vecmat(v: Any, x: Any) -> Variable:
    r"""Products of vectors and matrices, $y_j = \sum_i \bar v_i x_{ij}$: v (..., N) and x (..., N, M) give (..., M).

    Leading axes broadcast; complex vectors are conjugated, as NumPy's.

    Raises: ShapeError where sizes differ or axes are missing.
    """
    a, b = as_variables(v, x)
    _check_axes("vecmat", {"v": (a, 1), "x": (b, 2)})
    return matmul(conj(a), b) if a.type.ndim == 1 else squeeze(matmul(expand_dims(conj(a), -2), b), -2)


def _check_axes(name: str, needs: dict[str, tuple[Variable, int]]) -> None:
    for role, (x, ndim) in needs.items():
        if x.type.ndim < ndim:
            what = "2 make a matrix" if ndim == 2 else "1 makes a vector"
            raise ShapeError(
                f"{name}: {role} has {axis_count(x.type.ndim)}, and {what}.",
                operands={role: x for role, (x, _) in needs.items()},
                origin=here(),
                fix="add axes: x[None].",
            )


@vocabulary(
    case(arr(4), arr(4)),
    case(arr(2, 3), arr(4, 3)),
    case(arr(2, 3), arr(3)),
    case(arr(2, 1, 3), arr(2, 3)),
    case(arr(2, 3), 2.0),
    case(arr(2, 0), arr(3, 0)),
    case(arr(values=[1, 2], dtype="int32"), arr(2)),
)
def inner(x: Any, y: Any) -> Variable:
    r"""Sums of products over the last axes, $\sum_k x_{..k} y_{..k}$: x (A..., K) and y (B..., K) give (A..., B...).

    Scalars multiply.

    Raises: ShapeError where the last sizes differ.
    """
    a, b = as_variables(x, y)
    if not a.type.ndim or not b.type.ndim:
        return multiply(a, b)
    return matmul(a, b) if a.type.ndim == b.type.ndim == 1 else tensordot(a, b, (-1, -1))


@vocabulary(
    case(arr(2, 3, 4), arr(2, 4, 5)),
    case(arr(2, 3), arr(2, 3)),
    case(arr(2, 3, 4), arr(2, 4)),
    case(arr(2, 4), arr(2, 4, 3)),
    case(arr(0, 3, 2), arr(0, 2, 3)),
)
def batched_dot(x: Any, y: Any) -> Variable:
    r"""One product for each example: x (N, M, K) and y (N, K, L) give (N, M, L); vectors (N, K) on either side lose
    their axis.

    Raises: ArgumentError for other numbers of axes; ShapeError where sizes differ. Theano's word; `matmul` broadcasts.
    """
    a, b = as_variables(x, y)
    if not {a.type.ndim, b.type.ndim} <= {2, 3}:
        raise ArgumentError(
            f"batched_dot: x has {axis_count(a.type.ndim)} and y {axis_count(b.type.ndim)}, not 2 or 3.",
            operands={"x": a, "y": b},
            origin=here(),
            fix="write sn.matmul(x, y), which broadcasts the axes in front of matrices.",
        )
    if a.type.ndim == b.type.ndim == 2:
        return vecdot(a, b)
    if a.type.ndim == 2:
        return matmul(expand_dims(a, 1), b)[:, 0]
    return matmul(a, b) if b.type.ndim == 3 else matmul(a, expand_dims(b, 2))[:, :, 0]


@vocabulary(
    case(arr(4), arr(4)),
    case(arr(2, 3), arr(3, 2)),
    case(arr(), arr(1)),
    case(arr(2, 0), arr(0)),
    case(arr(values=[[1, 2]], dtype="int32"), arr(2)),
)
def vdot(x: Any, y: Any) -> Variable:
    r"""Sum of products of the flattened arrays, $\sum_i x_i y_i$, a scalar.

    Raises: ShapeError where the numbers of elements differ.
    """
    a, b = (v if v.type.ndim == 1 else flatten(v) for v in as_variables(x, y))
    return matmul(a, b)


@vocabulary(
    case(arr(2, 3), arr(3, 2)),
    case(arr(2), arr(3)),
    case(arr(2, 3), arr(2)),
    case(arr(2), arr(3, 1, 2)),
    case(arr(), arr(2, 2)),
    case(arr(0, 2), arr(3, 2)),
    case(arr(values=[[1, -2]], dtype="int32"), arr(values=[[1], [3]], dtype="int8")),
)
def kron(x: Any, y: Any) -> Variable:
    r"""Kronecker product, a block $x_{ij} Y$ in the place of each $x_{ij}$: x (N, M) and y (K, L) give (N K, M L).

    The array with fewer axes gets axes of size 1 in front.
    """
    a, b = as_variables(x, y)
    n = max(a.type.ndim, b.type.ndim)
    a, b = (expand_dims(v, tuple(range(n - v.type.ndim))) for v in (a, b))
    product = multiply(expand_dims(a, tuple(range(1, 2 * n, 2))), expand_dims(b, tuple(range(0, 2 * n, 2))))
    return reshape(product, tuple(p * q for p, q in zip(a.shape, b.shape, strict=True)))


@vocabulary(
    case(arr(3), arr(3)),
    case(arr(2, 3), arr(2, 3)),
    case(arr(2, 1, 3), arr(4, 3)),
    case(arr(3, 2), arr(3, 2), axis=0),
    case(arr(3, 2), arr(2, 3), axisa=0, axisc=0),
    case(arr(0, 3), arr(3)),
    case(arr(values=[1, 2, 3], dtype="int32"), arr(3)),
)
def cross(x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Variable:
    r"""Cross product of vectors in space, $z = (x_1 y_2 - x_2 y_1,\; x_2 y_0 - x_0 y_2,\; x_0 y_1 - x_1 y_0)$.

    x (..., 3) and y (..., 3) give (..., 3), leading axes broadcast; `axis` says where the vectors stand, or `axisa`,
    `axisb` and `axisc` where in x, y and the result.

    Raises: ShapeError for vectors not of size 3; ArgumentError for an axis that is not there.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = as_variables(x, y)
    parts = []
    for role, v, k in (("x", a, axisa), ("y", b, axisb)):
        at = normal_axis(k, v.type.ndim, "cross", v)
        size = v.type.shape[at]
        if isinstance(size, int) and size != 3:
            raise ShapeError(
                f"cross: axis {at} of {role} has size {size}, and a vector in space has 3.",
                operands={"x": a, "y": b},
                origin=here(),
                fix="name the axis of the vectors with axis=; vectors in a plane need a third component, 0.",
            )
        front = transpose(v, (at, *(j for j in range(v.type.ndim) if j != at)))
        parts.append([front[i] for i in range(3)])
    (x0, x1, x2), (y0, y1, y2) = parts
    return stack([x1 * y2 - x2 * y1, x2 * y0 - x0 * y2, x0 * y1 - x1 * y0], axis=axisc)


@vocabulary(
    case(arr(3, 3)),
    case(arr(2, 4)),
    case(arr(2, 4), 1),
    case(arr(3, 2), offset=-1),
    case(arr(2, 3, 3), axis1=1, axis2=2),
    case(arr(2, 3, 4), 1, -1, 0),
    case(arr(2, 3), 7),
    case(arr(0, 3)),
    case(arr(values=[[1, 2], [3, 4]], dtype="int8")),
    case(arr(values=[[1, 2], [3, 4]], dtype="int32"), dtype="float64"),
)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Variable:
    r"""Sum of a diagonal, $\sum_i x_{i, i + k}$: x (N, M) gives a scalar, x of more axes what is left of them.

    Integers and bools are added in 64 bits, or in `dtype`.

    Raises: ArgumentError for axes x does not have, or one given twice.
    """
    x = as_variable(x)
    if x.type.ndim < 2:
        raise ArgumentError(
            f"trace: x has {axis_count(x.type.ndim)}, and a diagonal needs 2.", operands={"x": x}, origin=here()
        )
    first, second = (normal_axis(k, x.type.ndim, "trace", x) for k in (axis1, axis2))
    if first == second:
        raise ArgumentError(
            f"trace: axis1 and axis2 are both {first}.", operands={"x": x}, origin=here(), fix="give two axes."
        )
    along = Diagonal(int(offset), first, second)(x if dtype is None else cast(x, canonical_dtype(dtype)))
    return Sum((along.type.ndim - 1,))(along)
