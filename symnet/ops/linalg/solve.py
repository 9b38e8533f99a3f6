"""Linear systems: inverses and solutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, sum_like, vocabulary
from symnet.ops.compare import where
from symnet.ops.conversion import cast
from symnet.ops.create import eye
from symnet.ops.linalg.stacks import (
    Lapack,
    adjoint,
    column_of,
    lapack_floats,
    lower_part,
    matrices,
    some_numbers,
    square_shape,
    upper_part,
)
from symnet.ops.shape import squeeze
from symnet.origin import here
from symnet.types import TensorType, broadcast, promote

__all__ = ["inv", "solve", "solve_triangular", "cho_solve", "Inv", "Solve"]

# inverses -------------------------------------------------------------------------------------------------------------


class Inv(Lapack):
    r"""$A^{-1}$; $\bar A = -A^{-T} \bar Y A^{-T}$ (Giles 2008, 2.2.3)."""

    name, work = "inv", 1.0
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return a.with_shape(square_shape(self.name, a.shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [-(y.mT @ g @ y.mT)]


def _diagonal_heavy(n: int, count: int = 1) -> list[Any]:
    """`count` matrices that are far from singular, for cases."""
    stack = np.round(some_numbers(count, n, n) + 2 * np.eye(n), 2)
    return list((stack if count > 1 else stack[0]).tolist())


@vocabulary(
    case(arr(values=_diagonal_heavy(3))),
    case(arr(values=_diagonal_heavy(2, 3))),
    case(arr(values=[[4.0]])),
    case(arr(0, 0)),
    case(arr(0, 2, 2)),
    case(arr(values=[[2, 1], [0, 4]], dtype="int32")),
    case(arr(values=[[0.0, 1.0], [2.0, 0.0]])),
    name="linalg.inv",
)
def inv(a: Any) -> Variable:
    r"""Inverse of each matrix, $A^{-1}$: a (..., N, N) gives (..., N, N).

    `inv(a) @ b` is compiled as `solve(a, b)`. Integers are computed in floatX.

    Raises: ShapeError for matrices that are not square; MatrixError, at the call, for a singular one.
    """
    return Inv()(matrices("inv", a))


# solutions ------------------------------------------------------------------------------------------------------------


class Solve(Lapack):
    r"""$X = A^{-1} B$; $\bar B = A^{-T} \bar X$, $\bar A = -\bar B X^T$ (Giles 2008, 2.3.1)."""

    name, roles, work = "solve", ("a", "b"), 1 / 3
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        a, b = (v.type for v in inputs)
        n, rows = square_shape(self.name, a.shape)[-1], b.shape[-2]
        if isinstance(n, int) and isinstance(rows, int) and n != rows:
            raise ShapeError(
                f"linalg.solve: a has {n} rows but b has {rows}.",
                fix=f"b holds one right-hand side (N,), or several in its columns (..., N, K): N is {n}.",
            )
        try:
            batch = broadcast([a.shape[:-2], b.shape[:-2]])
        except ShapeError as error:
            raise ShapeError(f"linalg.solve: leading axes must broadcast, but {error.what}") from None
        return b.with_shape((*batch, n if isinstance(n, int) else rows, b.shape[-1]))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        a, b = inputs
        by_b = Solve()(a.mT, g)
        return [sum_like(-(by_b @ y.mT), a), sum_like(by_b, b)]


@vocabulary(
    case(arr(values=_diagonal_heavy(3)), arr(3)),
    case(arr(values=_diagonal_heavy(3)), arr(3, 2)),
    case(arr(values=_diagonal_heavy(2, 3)), arr(2)),
    case(arr(values=_diagonal_heavy(2, 3)), arr(3, 2, 1)),
    case(arr(values=_diagonal_heavy(2)), arr(3, 2, 2)),
    case(arr(values=[[4.0]]), arr(1)),
    case(arr(0, 0), arr(0, 2)),
    case(arr(values=_diagonal_heavy(2)), arr(2, 0)),
    case(arr(values=[[2, 1], [0, 4]], dtype="int64"), arr(2)),
    name="linalg.solve",
)
def solve(a: Any, b: Any) -> Variable:
    r"""Solution of $A X = B$: a (..., N, N) with b (N,) gives (..., N), with b (..., N, K) gives (..., N, K).

    Leading axes broadcast. As in NumPy, b is a vector only if it has one axis.

    Raises: ShapeError where sizes do not meet; MatrixError, at the call, for a singular matrix.
    """
    a, b = matrices("solve", a), as_variable(b)
    if not b.type.ndim:
        raise ShapeError(
            "linalg.solve: b is a scalar.", operands={"a": a, "b": b}, origin=here(), fix="b needs shape (N,)."
        )
    b = lapack_floats("solve", b, "b")
    dtype = promote(a.type.dtype, b.type.dtype)
    a, b = cast(a, dtype), cast(b, dtype)
    return Solve()(a, b) if b.type.ndim > 1 else squeeze(Solve()(a, column_of(b)), -1)


_FORMS: dict[Any, Callable[[Variable], Variable]] = {
    0: lambda a: a, "N": lambda a: a, 1: lambda a: a.mT, "T": lambda a: a.mT, 2: adjoint, "C": adjoint,
}  # fmt: skip


@vocabulary(
    case(arr(values=_diagonal_heavy(3)), arr(3)),
    case(arr(values=_diagonal_heavy(3)), arr(3, 2), lower=True),
    case(arr(values=_diagonal_heavy(2, 3)), arr(3, 2, 2), trans=1),
    case(arr(values=_diagonal_heavy(3)), arr(3), lower=True, unit_diagonal=True),
    case(arr(values=[[0.0, float("nan")], [3.0, 0.0]]), arr(2, 1), "T", True, True, order=0),
    case(arr(0, 0), arr(0)),
    name="linalg.solve_triangular",
)
def solve_triangular(
    a: Any, b: Any, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Variable:
    r"""Solution of $A X = B$ for triangular A, whose other triangle is not read; SciPy's signature.

    a (..., N, N) with b (N,) gives (..., N), with b (..., N, K) gives (..., N, K). `trans=1` or "T" solves
    $A^T X = B$, 2 or "C" $A^H X = B$; with `unit_diagonal` the diagonal is not read and counts as ones. NumPy has no
    substitution, so the triangle is solved as any matrix is, at the cost of an elimination that finds nothing to do.

    Raises: ShapeError, ArgumentError; MatrixError, at the call, for a zero on the diagonal.
    """
    a = matrices("solve_triangular", a)
    if trans not in _FORMS:
        raise ArgumentError(
            f"linalg.solve_triangular: trans is {trans!r}.", operands={"a": a}, origin=here(), fix="use 0, 1 or 2."
        )
    if unit_diagonal:
        a = lower_part(a, -1) if lower else upper_part(a, 1)
        a = where(cast(eye(a.shape[-1]), "bool"), 1.0, a)
    else:
        a = lower_part(a) if lower else upper_part(a)
    return solve(_FORMS[trans](a), b)


@vocabulary(
    case((arr(values=_diagonal_heavy(3)), True), arr(3)),
    case((arr(values=_diagonal_heavy(2, 3)), False), arr(3, 2, 1)),
    name="linalg.cho_solve",
)
def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Variable:
    r"""Solution of $A X = B$ from the Cholesky factor of A: $L^{-H} L^{-1} B$ for `(L, True)`; SciPy's signature.

    A factor (..., N, N) with b (N,) gives (..., N), with b (..., N, K) gives (..., N, K); `(U, False)` is an
    upper factor, $A = U^H U$.

    Raises: ShapeError; MatrixError, at the call, for a zero on the diagonal.
    """
    c, lower = c_and_lower
    halfway = solve_triangular(c, b, trans="N" if lower else "C", lower=lower)
    return solve_triangular(c, halfway, trans="C" if lower else "N", lower=lower)
