"""Eigenvalues and eigenvectors of symmetric and Hermitian matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import arr, case, vocabulary
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.compare import less_equal, where
from symnet.ops.linalg.cholesky import positive
from symnet.ops.linalg.stacks import Lapack, adjoint, by_triangle, column_of, matrices, row_of, square_shape, stack_type
from symnet.ops.reduce import sum as total
from symnet.origin import here
from symnet.types import TensorType, real_of

__all__ = ["eigh", "eigvalsh", "Eigh", "EigValsh"]


def reciprocal_or_zero(x: Variable, beside: Variable) -> Variable:
    """1 / x, and 0 for an x that is 0 but for the rounding of the values `beside` it, such as a difference of two."""
    unit = float(np.finfo(beside.type.dtype).eps)
    rounding = total(absolute(beside), axis=-1, keepdims=True) * unit
    is_zero = less_equal(absolute(x), row_of(rounding))
    return where(is_zero, 0.0, 1.0 / where(is_zero, 1.0, x))


class _Symmetric(Lapack):
    """Family of ops on symmetric matrices, of which one triangle is read."""

    UPLO: str = "L"

    @property
    def given(self) -> dict[str, Any]:
        return {"UPLO": self.UPLO}


class Eigh(_Symmetric):
    r"""$A V = V \mathrm{diag}(w)$.

    $\bar A = V (\mathrm{diag}(\bar w) + F \circ V^H \bar V) V^H$ with $F_{ij} = 1 / (w_j - w_i)$ (Giles 2008, 3.1), and
    0 where eigenvalues are equal to rounding: there eigenvectors are no function of A, but the space they span is one,
    and its derivative has no share in those directions.
    """

    name, work = "eigh", 4.5
    on_complex = "own"
    result_names = ("eigenvalues", "eigenvectors")

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        a = inputs[0].type
        n = square_shape(self.name, a.shape)[-1]
        return stack_type(a, n).with_dtype(real_of(a.dtype)), stack_type(a, n, n)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (by_w, by_v), (w, v) = g, y
        s = None if by_w is None else (v * row_of(by_w)) @ adjoint(v)
        if by_v is not None:
            apart = reciprocal_or_zero(row_of(w) - column_of(w), w)
            turned = v @ (apart * (adjoint(v) @ by_v)) @ adjoint(v)
            s = turned if s is None else s + turned
        return [None if s is None else by_triangle(s, self.UPLO == "L")]


class EigValsh(_Symmetric):
    """The eigenvalues of `Eigh` alone."""

    name, work = "eigvalsh", 1.0
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return stack_type(a, square_shape(self.name, a.shape)[-1]).with_dtype(real_of(a.dtype))


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Variable
    eigenvectors: Variable


_CASES = (
    case(arr(values=positive(3))),
    case(arr(values=positive(2, 3))),
    case(arr(values=positive(3)), UPLO="U"),
    case(arr(values=[[1.0, 50.0], [2.0, -3.0]])),
    case(arr(values=[[-2.0]])),
    case(arr(0, 0)),
    case(arr(values=[[4, 2], [2, 5]], dtype="int32")),
)


@vocabulary(*_CASES, name="linalg.eigh")
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    r"""Eigenvalues, ascending, and eigenvectors of each symmetric or Hermitian matrix, $A = V \mathrm{diag}(w) V^H$.

    a (..., N, N) gives w (..., N) and v (..., N, N), an eigenvector in each column. One triangle of a is read, the
    lower unless `UPLO` is "U", and the gradient stands on it alone. Derivatives of eigenvectors exist where eigenvalues
    differ. Between equal ones they are taken as 0: right for a cost that depends on the space these eigenvectors span,
    such as a projection on it, and undefined for any other, such as $V \mathrm{diag}(w^2) V^T$.
    Complex eigenvectors are known up to a phase each: a cost has a gradient if no phase moves it.

    Raises: ShapeError for matrices that are not square; ArgumentError; MatrixError, at the call, for NaN and the like.
    """
    a = matrices("eigh", a)
    if str(UPLO).upper() not in ("L", "U"):
        raise ArgumentError(f"linalg.eigh: UPLO is {UPLO!r}.", operands={"a": a}, origin=here(), fix="use 'L' or 'U'.")
    return EighResult(*Eigh(str(UPLO).upper()).all_of(a))


@vocabulary(*_CASES, case(arr(values=[[2.0, 0.0], [0.0, 2.0]]), order=0), name="linalg.eigvalsh")
def eigvalsh(a: Any, UPLO: str = "L") -> Variable:
    r"""Eigenvalues of each symmetric or Hermitian matrix, ascending: a (..., N, N) gives (..., N).

    One triangle of a is read, the lower unless `UPLO` is "U", and the gradient $V \mathrm{diag}(\bar w) V^H$ stands on
    it alone.

    Raises: as `eigh`.
    """
    return eigh(a, UPLO)[0]
