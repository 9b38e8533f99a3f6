"""Singular values and vectors, and the rank they tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import maximum
from symnet.ops.compare import equal, greater, where
from symnet.ops.conversion import cast
from symnet.ops.create import zeros_like
from symnet.ops.diagonals import Diagonal
from symnet.ops.linalg.eigh import reciprocal_or_zero
from symnet.ops.linalg.stacks import (
    Determined,
    Lapack,
    adjoint,
    column_of,
    matrices,
    row_of,
    smaller,
    some_numbers,
    stack_type,
)
from symnet.ops.reduce import sum as total
from symnet.origin import here
from symnet.types import TensorType, real_of

__all__ = ["svd", "svdvals", "matrix_rank", "SVD", "SVDVals"]


class SVD(Lapack):
    r"""$A = U \mathrm{diag}(s) V^H$.

    With $F_{ij} = 1 / (s_j^2 - s_i^2)$, 0 for equal singular values, and $S^{-1}$ 0 for those that are 0,
    $\bar A = U (\mathrm{diag}(\bar s) + (F \circ (U^T \bar U - \bar U^T U)) S
    + S (F \circ (V^T \bar V - \bar V^T V))) V^T + (I - U U^T) \bar U S^{-1} V^T + U S^{-1} \bar V^T (I - V V^T)$
    (Giles 2008, 3.2; Townsend 2016, "Differentiating the singular value decomposition").
    """

    full_matrices: bool = True

    name, work = "svd", 10.0
    on_complex = "own"
    result_names = ("u", "s", "vh")

    @property
    def given(self) -> dict[str, Any]:
        return {} if self.full_matrices else {"full_matrices": False}

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        a = inputs[0].type
        m, n = a.shape[-2:]
        k = smaller(m, n)
        inner = (m, n) if self.full_matrices else (k, k)
        return stack_type(a, m, inner[0]), stack_type(a, k).with_dtype(real_of(a.dtype)), stack_type(a, inner[1], n)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (by_u, by_s, by_vh), (u, s, vh) = g, y
        if by_u is None and by_vh is None:
            return [None if by_s is None else _singular_part(inputs[0], by_s)]
        if self.full_matrices:
            u, vh = Determined("svd", wide=False).of((u, vh), inputs[0])
        by_s = zeros_like(s) if by_s is None else by_s
        apart, inverse = _reciprocals(s)
        back = (u * row_of(by_s)) @ vh
        if by_u is not None:
            turned = adjoint(u) @ by_u
            skew = turned - adjoint(turned)
            back = back + u @ ((apart * skew) * row_of(s)) @ vh
            back = back + ((by_u - u @ turned) * inverse) @ vh
            if skew.type.is_complex:  # of u and vh together a phase is free, and left to vh
                n = s.type.ndim
                back = back + (u * (row_of(Diagonal(0, n - 1, n)(skew)) * inverse * 0.5)) @ vh
        if by_vh is not None:
            turned = vh @ adjoint(by_vh)
            back = back + u @ (column_of(s) * (apart * (turned - adjoint(turned)))) @ vh
            back = back + (u * inverse) @ (by_vh - adjoint(turned) @ vh)
        return [back]

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        (da,), (u, s, vh) = dx, y
        if u.type.is_complex:
            return NotImplemented
        assert da is not None
        if self.full_matrices:
            u, s, vh = SVD(full_matrices=False).all_of(*inputs)
        inner = u.mT @ da @ vh.mT
        apart, inverse = _reciprocals(s)
        du = u @ (apart * (inner * row_of(s) + column_of(s) * inner.mT))
        du = du + (da @ vh.mT - u @ inner) * inverse
        dv = vh.mT @ (apart * (column_of(s) * inner + inner.mT * row_of(s)))
        dv = dv + (da.mT @ u - vh.mT @ inner.mT) * inverse
        n = s.type.ndim
        ds, dvh = Diagonal(0, n - 1, n)(inner), dv.mT
        if self.full_matrices:
            determined = Determined("svd", wide=False)
            du, dvh = determined(du, inputs[0]), determined(dvh, inputs[0])
        return du, ds, dvh


def _reciprocals(s: Variable) -> tuple[Variable, Variable]:
    """F of the docstring above, and the inverse singular values as what multiplies columns."""
    both = row_of(s) + column_of(s)
    apart = reciprocal_or_zero(row_of(s) - column_of(s), s) / where(equal(both, 0.0), 1.0, both)
    return apart, reciprocal_or_zero(row_of(s), s)


def _singular_part(a: Variable, by_s: Variable) -> Variable:
    u, _, vh = SVD(full_matrices=False).all_of(a)
    return (u * row_of(by_s)) @ vh


class SVDVals(Lapack):
    """The singular values of `SVD` alone."""

    name, work = "svdvals", 3.0
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return stack_type(a, smaller(*a.shape[-2:])).with_dtype(real_of(a.dtype))


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Variable
    S: Variable
    Vh: Variable


_CASES = (
    case(arr(values=some_numbers(3, 3))),
    case(arr(values=some_numbers(4, 2))),
    case(arr(values=some_numbers(2, 2, 3))),
    case(arr(values=some_numbers(1, 3))),
    case(arr(values=[[-2.0]])),
    case(arr(0, 3), order=0),
    case(arr(values=[[4, 2], [2, 5]], dtype="int32")),
)


@vocabulary(
    *(case(*c.args, order=c.order, full_matrices=False) for c in _CASES),
    case(arr(values=some_numbers(3, 3))),
    case(arr(values=[[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), compute_uv=False),
    name="linalg.svd",
)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> SVDResult | Variable:
    r"""Singular value decomposition of each matrix, $A = U \mathrm{diag}(s) V^H$, singular values descending.

    a (..., N, M) with K = min(N, M) gives u (..., N, N), s (..., K) and vh (..., M, M); with `full_matrices=False`
    u (..., N, K), s (..., K) and vh (..., K, M); with `compute_uv=False` s alone.
    Derivatives of vectors exist where singular values differ from each other and from 0. Between equal ones they are
    taken as 0: right for a cost that depends on the spaces these vectors span, and undefined for any other. Vectors of
    full matrices have derivatives only where N = M. Complex vectors are known up to a phase for each pair: a cost has a
    gradient if no phase moves it.

    Raises: ShapeError for fewer than two axes; GradientError; MatrixError, at the call, for NaN and the like.
    """
    found = SVDResult(*SVD(bool(full_matrices)).all_of(matrices("svd", a)))
    return found if compute_uv else found.S


@vocabulary(*_CASES, case(arr(values=[[1.0, 0.0], [0.0, 1.0]]), order=0), name="linalg.svdvals")
def svdvals(x: Any) -> Variable:
    r"""Singular values of each matrix, descending: x (..., N, M) gives (..., min(N, M)).

    The gradient is $U \mathrm{diag}(\bar s) V^T$.

    Raises: as `svd`.
    """
    return SVD(full_matrices=False).all_of(matrices("svdvals", x, "x"))[1]


def tolerance(a: Variable, s: Variable, relative: Any) -> Variable:
    """Below what a singular value counts as 0: `relative` times the largest; by default max(N, M) eps times it."""
    if relative is None:
        unit = float(np.finfo(a.type.dtype).eps)
        rows, columns = a.shape[-2:]
        relative = cast(maximum(rows, columns), s.type.dtype) * unit
    relative = cast(as_variable(relative, s), s.type.dtype)
    if relative.type.ndim:
        relative = column_of(relative)
    return s[..., :1] * relative


@vocabulary(
    case(arr(3, 3)),
    case(arr(values=[[1.0, 2.0], [2.0, 4.0], [0.0, 0.0]])),
    case(arr(values=[[[1.0, 0.0], [0.0, 1e-9]], [[0.0, 0.0], [0.0, 0.0]]]), rtol=1e-6),
    case(arr(values=[[4.0, 0.0], [0.0, 0.5]]), 1.0),
    case(arr(values=[[4, 2], [2, 1]], dtype="int32")),
    case(arr(values=[0.0, 2.0])),
    name="linalg.matrix_rank",
)
def matrix_rank(A: Any, tol: Any = None, *, rtol: Any = None) -> Variable:
    r"""How many singular values exceed `tol`, or `rtol` times the largest: A (..., N, M) gives (...), int64.

    By default `rtol` is max(N, M) times the dtype's eps. A vector has rank 1 unless it is zero. `tol` and `rtol` are
    numbers, or one for each matrix.

    Raises: ArgumentError where both are given; ShapeError for a scalar; MatrixError, at the call, for NaN and the like.
    """
    a = as_variable(A)
    if tol is not None and rtol is not None:
        raise ArgumentError(
            "linalg.matrix_rank: tol and rtol are both given.",
            operands={"A": a},
            origin=here(),
            fix="give one of them.",
        )
    a = matrices("matrix_rank", row_of(a) if a.type.ndim == 1 else a, "A")
    s = svdvals(a)
    if tol is None:
        limit = tolerance(a, s, rtol)
    else:
        limit = cast(as_variable(tol, s), s.type.dtype)
        limit = column_of(limit) if limit.type.ndim else limit
    return total(greater(s, limit), axis=-1)
