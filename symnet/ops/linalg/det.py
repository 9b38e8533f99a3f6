"""Determinants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symnet.graph import Variable
from symnet.op import arr, case, vocabulary
from symnet.ops.complex_numbers import complex as complex_number
from symnet.ops.complex_numbers import conj, imag
from symnet.ops.create import zeros_like
from symnet.ops.linalg.solve import Inv
from symnet.ops.linalg.stacks import Lapack, adjoint, matrices, row_of, some_numbers, square_shape, stack_type
from symnet.ops.linalg.svd import SVD
from symnet.ops.products import ExclusiveProducts
from symnet.ops.reduce import Sum
from symnet.ops.shape import expand_dims
from symnet.types import TensorType, real_of

__all__ = ["det", "slogdet", "Det", "SlogDet", "Cofactors"]


class Det(Lapack):
    r"""$\det A$; $\bar A = \bar y \,\mathrm{cof}(A)$, which is $\bar y \det(A) A^{-T}$ (Giles 2008, 2.2.4)."""

    name, work = "det", 1 / 3
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        square_shape(self.name, a.shape)
        return stack_type(a)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [expand_dims(g, (-2, -1)) * Cofactors()(inputs[0])]


class Cofactors(Lapack):
    r"""$\mathrm{cof}(A)_{ij} = (-1)^{i+j} \det A_{\setminus i \setminus j}$, the derivative of $\det A$.

    Of $A = U S V^H$ it is $\det(U V^H)\, \bar U \,\mathrm{diag}(\prod_{j \ne i} s_j)\, \bar V^H$, exact for singular A,
    too.
    Its own derivative, $(\langle G, C \rangle C - C G^T C) / \det A$, needs an A that is not.
    """

    name, work = "cofactors", 10.0
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return a.with_shape(square_shape("det", a.shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        axes = (g.type.ndim - 2, g.type.ndim - 1)
        share = Sum(axes, keepdims=True)(g * y)
        return [(share * y - y @ g.mT @ y) / expand_dims(Det()(inputs[0]), (-2, -1))]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (a,) = arrays
        y = np.empty_like(a)
        for i, j in np.ndindex(*a.shape[-2:]):
            y[..., i, j] = (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, -2), j, -1))
        return y

    def lower(self, *inputs: Variable) -> Variable | None:
        u, s, vh = SVD(full_matrices=False).all_of(*inputs)
        last = s.type.ndim - 1
        others = ExclusiveProducts(last)(s) * ExclusiveProducts(last, reverse=True)(s)
        orientation = expand_dims(Det()(u @ vh), (-2, -1))
        return (conj(u) * (row_of(others) * orientation)) @ conj(vh)


_SQUARES = (
    case(arr(values=some_numbers(3, 3))),
    case(arr(values=some_numbers(2, 3, 2, 2))),
    case(arr(values=[[-3.0]])),
    case(arr(0, 0)),
    case(arr(values=[[2, 1], [6, 4]], dtype="int32")),
)


@vocabulary(
    *_SQUARES,
    case(arr(values=[[1.0, 2.0], [2.0, 4.0]]), order=1),
    case(arr(values=[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [2.0, 4.0, 1.0]]), order=1),
    name="linalg.det",
)
def det(a: Any) -> Variable:
    r"""Determinant of each matrix, $\det A$: a (..., N, N) gives (...).

    The gradient is right for singular matrices, too; the second derivative is NaN there. It over- and underflows soon:
    `log(det(a))` is compiled as `slogdet`.

    Raises: ShapeError for matrices that are not square.
    """
    return Det()(matrices("det", a))


class SlogDetResult(NamedTuple):
    """What `slogdet` gives."""

    sign: Variable
    logabsdet: Variable


class SlogDet(Lapack):
    r"""The sign of $\det A$ and $\ln |\det A|$, whose gradient is $A^{-H}$ (Giles 2008, 2.2.4).

    A complex sign $e^{i \varphi}$ has $d \varphi = \operatorname{Im} \operatorname{tr}(A^{-1} dA)$.
    """

    name, work = "slogdet", 1 / 3
    on_complex = "own"
    result_names = ("sign", "logabsdet")

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        a = inputs[0].type
        square_shape(self.name, a.shape)
        return stack_type(a), stack_type(a).with_dtype(real_of(a.dtype))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (by_sign, by_log), sign = g, y[0]
        share = by_log
        if sign.type.is_complex and by_sign is not None:
            turned = imag(by_sign * conj(sign))
            share = complex_number(zeros_like(turned) if by_log is None else by_log, turned)
        return [None if share is None else expand_dims(share, (-2, -1)) * adjoint(Inv()(inputs[0]))]


@vocabulary(*_SQUARES, name="linalg.slogdet")
def slogdet(a: Any) -> SlogDetResult:
    r"""The sign of the determinant and the logarithm of its size, $\det A = s\, e^l$: a (..., N, N) gives two of (...).

    The sign of a complex determinant is $\det A / |\det A|$. A singular matrix has sign 0 and logarithm -inf, and no
    gradient.

    Raises: ShapeError for matrices that are not square; MatrixError, at the call, where a gradient needs an inverse.
    """
    return SlogDetResult(*SlogDet().all_of(matrices("slogdet", a)))
