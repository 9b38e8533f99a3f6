"""The exponential of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.op import Emitter, arr, case, vocabulary
from symnet.ops.create import zeros_like
from symnet.ops.join import concatenate
from symnet.ops.linalg.stacks import Lapack, matrices, square_shape
from symnet.types import TensorType, real_of

__all__ = ["expm", "Expm"]

_PADE = {"float32": (7, 3.925724783138660), "float64": (13, 5.371920351148152)}
"""The degree of the approximant, and up to which 1-norm it is exact to rounding (Higham 2005, table 2.3)."""


def exponentials(a: np.ndarray) -> np.ndarray:
    r"""$e^A$ of each matrix, as $r(A / 2^s)^{2^s}$ with a diagonal Padé approximant r.

    Higham 2005, "The scaling and squaring method for the matrix exponential revisited", of one degree for each dtype.
    """
    degree, most = _PADE[real_of(a.dtype.name)]
    norms = np.abs(a).sum(axis=-2).max(axis=-1, initial=0.0)
    ratios = np.where(np.isfinite(norms), norms / most, 1.0)
    squarings = np.ceil(np.log2(np.maximum(ratios, 1.0))).astype(int)[..., None, None]
    x = a * np.ldexp(np.ones((), norms.dtype), -squarings)
    even, odd = _approximant(x, degree)
    y = np.linalg.solve(even - odd, even + odd)
    for k in range(int(squarings.max(initial=0))):
        y = np.where(squarings > k, y @ y, y)
    return y


def _approximant(x: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """The even and the odd part of the numerator, by powers of x^2 up to its third."""
    m, fac = degree, factorial
    c = [fac(2 * m - k) * fac(m) / (fac(2 * m) * fac(m - k) * fac(k)) for k in range(m + 1)]
    x2 = x @ x
    x4 = x2 @ x2
    powers = [np.eye(x.shape[-1], dtype=x.dtype), x2, x4, x4 @ x2]
    return _polynomial(c[::2], powers), x @ _polynomial(c[1::2], powers)


def _polynomial(c: Sequence[float], powers: Sequence[np.ndarray]) -> np.ndarray:
    low = sum(a * p for a, p in zip(c, powers, strict=False))
    high = sum(a * p for a, p in zip(c[4:], powers[1:], strict=False))
    return np.asarray(low if len(c) <= 4 else low + powers[3] @ high)


class Expm(Lapack):
    r"""$e^A$; $\bar A = L(A^T, \bar Y)$, the derivative L being a block of an exponential twice as large:
    $\exp [[X, E], [0, X]] = [[e^X, L(X, E)], [0, e^X]]$ (Najfeld and Havel 1995; Higham 2008, theorem 3.6).
    """

    name, work = "expm", 10.0
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return a.with_shape(square_shape(self.name, a.shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[0].mT
        n = x.shape[-1]
        upper, lower = concatenate([x, g], axis=-1), concatenate([zeros_like(x), x], axis=-1)
        return [Expm()(concatenate([upper, lower], axis=-2))[..., :n, n:]]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        square_shape(self.name, arrays[0].shape)
        return exponentials(arrays[0])

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("its powers are arrays of their own", allocates=True)
        e.step(f"np.copyto({e.out}, expm({names[0]}))")


@vocabulary(
    case(arr(3, 3)),
    case(arr(2, 2, 2)),
    case(arr(values=[[[0.0, 1.0], [-1.0, 0.0]], [[-30.0, 9.0], [2.0, -15.0]]])),
    case(arr(values=[[0.0, 0.0], [0.0, 0.0]])),
    case(arr(values=[[-2.0]])),
    case(arr(0, 0)),
    case(arr(values=[[0, 1], [0, 0]], dtype="int32")),
    name="linalg.expm",
)
def expm(a: Any) -> Variable:
    r"""Exponential of each matrix, $e^A = \sum_k A^k / k!$: a (..., N, N) gives (..., N, N).

    By scaling and squaring of a Padé approximant, each matrix by its own norm (Higham 2005).

    Raises: ShapeError for matrices that are not square.
    """
    return Expm()(matrices("expm", a))
