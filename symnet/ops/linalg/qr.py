"""Orthogonal and triangular factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import arr, case, vocabulary
from symnet.ops.create import zeros_like
from symnet.ops.join import concatenate
from symnet.ops.linalg.solve import solve_triangular
from symnet.ops.linalg.stacks import Determined, Lapack, adjoint, half, matrices, smaller, some_numbers, stack_type
from symnet.origin import here
from symnet.types import TensorType

__all__ = ["qr", "QR"]


class QR(Lapack):
    r"""$A = Q R$.

    For N >= M, $\bar A = (\bar Q + Q\, \mathrm{copyltu}(R \bar R^H - \bar Q^H Q)) R^{-H}$, where copyltu mirrors the
    lower triangle, conjugated (Walter and Lehmann 2010, "Algorithmic differentiation of linear algebra functions"). A
    wide A is $[X\; Y]$ with $R = [U\; V]$: then X, Q and U are such a case, and $V = Q^H Y$ (Liao et al. 2019,
    "Differentiable programming tensor networks").
    """

    mode: str = "reduced"

    name, work = "qr", 2.0
    on_complex = "own"
    result_names = ("q", "r")

    @property
    def given(self) -> dict[str, Any]:
        return {} if self.mode == "reduced" else {"mode": self.mode}

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        a = inputs[0].type
        m, n = a.shape[-2:]
        k = m if self.mode == "complete" else smaller(m, n)
        return stack_type(a, m, k), stack_type(a, k, n)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (by_q, by_r), (q, r) = g, y
        if self.mode == "complete":
            q, r = Determined("qr", wide=True).of((q, r), inputs[0])
        by_q = zeros_like(q) if by_q is None else by_q
        by_r = zeros_like(r) if by_r is None else by_r
        m, n = inputs[0].type.shape[-2:]
        if (m == n and m is not None) or (isinstance(m, int) and isinstance(n, int) and m > n):
            return [_tall(by_q, by_r, q, r)]
        k = q.shape[-1]
        rest, by_rest = inputs[0][..., k:], by_r[..., k:]
        first = _tall(by_q + rest @ adjoint(by_rest), by_r[..., :k], q, r[..., :k])
        return [concatenate([first, q @ by_rest], axis=-1)]


def _tall(by_q: Variable, by_r: Variable, q: Variable, r: Variable) -> Variable:
    lower = half(r @ adjoint(by_r) - adjoint(by_q) @ q)
    mirrored = lower + adjoint(lower)
    return adjoint(solve_triangular(r, adjoint(by_q + q @ mirrored)))


class QRResult(NamedTuple):
    """What `qr` gives."""

    Q: Variable
    R: Variable


@vocabulary(
    case(arr(values=some_numbers(3, 3))),
    case(arr(values=some_numbers(4, 2))),
    case(arr(values=some_numbers(2, 2, 4))),
    case(arr(values=some_numbers(1, 3))),
    case(arr(values=[[-2.0]])),
    case(arr(3, 0), order=0),
    case(arr(values=some_numbers(3, 3)), mode="complete"),
    case(arr(values=some_numbers(3, 2)), mode="r"),
    case(arr(values=[[4, 2], [2, 5]], dtype="int32")),
    name="linalg.qr",
)
def qr(a: Any, mode: str = "reduced") -> QRResult | Variable:
    r"""Orthonormal columns Q and an upper triangle R of each matrix, $A = Q R$.

    a (..., N, M) with K = min(N, M) gives q (..., N, K) and r (..., K, M); with `mode="complete"` q (..., N, N) and
    r (..., N, M); with `mode="r"` r alone. Derivatives exist where the first K columns are independent; of complete
    factors only where N <= M.

    Raises: ShapeError for fewer than two axes; ArgumentError; GradientError; MatrixError, at the call of a gradient,
    for dependent columns.
    """
    a = matrices("qr", a)
    if mode not in ("reduced", "complete", "r"):
        raise ArgumentError(
            f"linalg.qr: mode is {mode!r}.", operands={"a": a}, origin=here(), fix="use 'reduced', 'complete' or 'r'."
        )
    found = QRResult(*QR("reduced" if mode == "r" else mode).all_of(a))
    return found.R if mode == "r" else found
