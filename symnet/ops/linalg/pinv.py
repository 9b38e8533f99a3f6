"""Pseudo-inverses and least squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import square
from symnet.ops.compare import greater
from symnet.ops.conversion import cast
from symnet.ops.linalg.stacks import Lapack, adjoint, column_of, lapack_floats, matrices, some_numbers, stack_type
from symnet.ops.linalg.svd import svdvals, tolerance
from symnet.ops.reduce import sum as total
from symnet.ops.shape import squeeze
from symnet.origin import here
from symnet.types import TensorType, promote

__all__ = ["pinv", "lstsq", "Pinv"]


class Pinv(Lapack):
    r"""$P = A^+$, singular values up to `rcond` times the largest taken as 0; None: max(N, M) eps.

    $\bar A = -P^H \bar P P^H + (I - A P) \bar P^H P P^H + P^H P \bar P^H (I - P A)$, right where the rank does not
    change (Golub and Pereyra 1973, "The differentiation of pseudo-inverses").
    """

    rcond: float | None = None

    name, work = "pinv", 12.0
    on_complex = "own"

    @property
    def given(self) -> dict[str, Any]:
        return {"rtol": self.rcond}

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return stack_type(a, *a.shape[:-3:-1])

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        a = inputs[0]
        gh, yh = adjoint(g), adjoint(y)
        left, right = gh @ (y @ yh), (yh @ y) @ gh
        return [-(yh @ g @ yh) + (left - a @ (y @ left)) + (right - (right @ y) @ a)]


@vocabulary(
    case(arr(values=some_numbers(3, 3))),
    case(arr(values=some_numbers(4, 2))),
    case(arr(values=some_numbers(2, 2, 3))),
    case(arr(values=[[1.0, 2.0], [2.0, 4.0], [0.0, 0.0]]), order=0),
    case(arr(values=[[1.0, 0.0], [0.0, 1e-3]]), 1e-2, order=0),
    case(arr(values=[[0.0, 0.0]]), order=0),
    case(arr(0, 3)),
    case(arr(values=[[4, 2], [2, 5]], dtype="int32")),
    name="linalg.pinv",
)
def pinv(a: Any, rcond: float | None = None) -> Variable:
    r"""Moore-Penrose inverse of each matrix, $A^+ = V S^+ U^H$: a (..., N, M) gives (..., M, N).

    Singular values up to `rcond` times the largest count as 0; by default `rcond` is max(N, M) times the dtype's eps,
    as in the array API. The gradient is right where the rank does not change.

    Raises: ShapeError for fewer than two axes; ArgumentError; MatrixError, at the call, for NaN and the like.
    """
    a = matrices("pinv", a)
    return Pinv(_number("pinv", rcond, a))(a)


def _number(name: str, rcond: Any, a: Variable) -> float | None:
    if rcond is None or (isinstance(rcond, (int, float, np.number)) and rcond >= 0):
        return None if rcond is None else float(rcond)
    raise ArgumentError(
        f"linalg.{name}: rcond is {rcond!r}.", operands={"a": a}, origin=here(), fix="give a number from 0 on, or None."
    )


class LstsqResult(NamedTuple):
    """What `lstsq` gives."""

    x: Variable
    residuals: Variable
    rank: Variable
    s: Variable


@vocabulary(
    case(arr(values=some_numbers(4, 2)), arr(4)),
    case(arr(values=some_numbers(4, 2)), arr(4, 3)),
    case(arr(values=some_numbers(2, 3)), arr(2, 1)),
    case(arr(values=some_numbers(2, 3, 2)), arr(2, 3, 1)),
    case(arr(values=[[1.0, 2.0], [2.0, 4.0], [0.0, 0.0]]), arr(3), order=0),
    case(arr(values=[[1, 2], [0, 4], [1, 1]], dtype="int32"), arr(3)),
    name="linalg.lstsq",
)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> LstsqResult:
    r"""Shortest x of least $\|A x - b\|_2$, with the squared residuals, the rank and the singular values of A.

    a (..., N, M) with b (N,) gives x (..., M) and residuals (...); with b (..., N, K) x (..., M, K) and residuals
    (..., K); rank (...) and s (..., min(N, M)). Unlike NumPy's the residuals are never left out. Singular values up to
    `rcond` times the largest count as 0; by default `rcond` is max(N, M) times the dtype's eps.

    Raises: ShapeError where sizes do not meet; ArgumentError; MatrixError, at the call, for NaN and the like.
    """
    a, b = matrices("lstsq", a), as_variable(b)
    if not b.type.ndim:
        raise ShapeError(
            "linalg.lstsq: b is a scalar.", operands={"a": a, "b": b}, origin=here(), fix="b needs shape (N,)."
        )
    b = lapack_floats("lstsq", b, "b")
    dtype = promote(a.type.dtype, b.type.dtype)
    a, b = cast(a, dtype), cast(b, dtype)
    limit = _number("lstsq", rcond, a)
    s = svdvals(a)
    rank = total(greater(s, tolerance(a, s, limit)), axis=-1)
    columns = b if b.type.ndim > 1 else column_of(b)
    x = Pinv(limit)(a) @ columns
    rest = a @ x - columns
    residuals = total(square(absolute(rest) if rest.type.is_complex else rest), axis=-2)
    if b.type.ndim == 1:
        x, residuals = squeeze(x, -1), squeeze(residuals, -1)
    return LstsqResult(x, residuals, rank, s)
