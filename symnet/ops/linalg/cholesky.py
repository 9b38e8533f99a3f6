"""Cholesky factors of positive definite matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.op import arr, case, vocabulary
from symnet.ops.linalg.solve import solve_triangular
from symnet.ops.linalg.stacks import Lapack, adjoint, by_triangle, half, matrices, some_numbers, square_shape
from symnet.types import TensorType

__all__ = ["cholesky", "Cholesky"]


class Cholesky(Lapack):
    r"""$A = L L^H$ from the lower triangle of A.

    $\bar A = L^{-H} \Phi(L^H \bar L) L^{-1}$, $\Phi$ the lower triangle with half the diagonal (Murray 2016,
    "Differentiation of the Cholesky decomposition"), and both sides of it on the triangle that is read.
    """

    name, work = "cholesky", 1 / 6
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return a.with_shape(square_shape(self.name, a.shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        inner = half(adjoint(y) @ g)
        left = solve_triangular(y, inner, trans="C", lower=True)
        return [by_triangle(adjoint(solve_triangular(y, adjoint(left), trans="C", lower=True)), lower=True)]


def positive(n: int, count: int = 1) -> list[Any]:
    """`count` positive definite matrices, their eigenvalues well apart, for cases."""
    x = some_numbers(count, n, n)
    stack = np.round(x @ x.swapaxes(-1, -2) / 2 + np.diag(1.0 + np.arange(n)), 2)
    return list((stack if count > 1 else stack[0]).tolist())


@vocabulary(
    case(arr(values=positive(3))),
    case(arr(values=positive(2, 3))),
    case(arr(values=positive(3)), upper=True),
    case(arr(values=[[4.0, 99.0], [2.0, 5.0]])),
    case(arr(values=[[9.0]])),
    case(arr(0, 0)),
    case(arr(values=[[4, 2], [2, 5]], dtype="int32")),
    name="linalg.cholesky",
)
def cholesky(a: Any, upper: bool = False) -> Variable:
    r"""Lower triangular factor of each positive definite matrix, $A = L L^H$: a (..., N, N) gives (..., N, N).

    With `upper` the factor U of $A = U^H U$. Only one triangle of a is read, as in NumPy, and the gradient stands on
    it alone: the lower one, or with `upper` the upper one.

    Raises: ShapeError for matrices that are not square; MatrixError, at the call, for one not positive definite.
    """
    a = matrices("cholesky", a)
    return adjoint(Cholesky()(adjoint(a))) if upper else Cholesky()(a)
