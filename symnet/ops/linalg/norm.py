"""Norms of vectors and matrices, and condition numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.machine import BLAS
from symnet.op import Composite, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import sign, square
from symnet.ops.axes import axes_of, axis_count, reduced, spread
from symnet.ops.compare import equal, not_equal, where
from symnet.ops.complex_numbers import imag, real
from symnet.ops.conversion import cast
from symnet.ops.elementary import sqrt
from symnet.ops.extremes import max as largest
from symnet.ops.extremes import min as smallest
from symnet.ops.linalg.solve import inv as inverse
from symnet.ops.linalg.stacks import matrices, some_numbers
from symnet.ops.linalg.svd import svdvals
from symnet.ops.matmul import matmul
from symnet.ops.powers import power
from symnet.ops.reduce import sum as total
from symnet.ops.shape import expand_dims, reshape, transpose
from symnet.ops.sizes import normal_axis
from symnet.ops.vecdot import VecDot
from symnet.origin import here
from symnet.types import TensorType, float_of, real_of

__all__ = ["vector_norm", "matrix_norm", "norm", "cond", "PNorm"]

# vectors --------------------------------------------------------------------------------------------------------------


class PNorm(Composite):
    r"""$(\sum_i |x_i|^p)^{1/p}$ along axes.

    $\bar x_i = \bar y \,\mathrm{sign}(x_i) (|x_i| / y)^{p-1}$, and 0 where y is 0: the subgradient of least norm.
    """

    axes: tuple[int, ...]
    keepdims: bool = False
    order: float = 2.0

    name, roles = "p_norm", ("x",)
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return TensorType(real_of(x.dtype), reduced(x.shape, self.axes, self.keepdims))

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        if self.order == 2:
            return sqrt(self._of_squares(x))
        return power(total(power(absolute(x), self.order), self.axes, self.keepdims), 1 / self.order)

    def _of_squares(self, x: Variable) -> Variable:
        """The sum of squares, by BLAS where it can be."""
        last = x.type.ndim - 1
        if x.type.dtype in BLAS and x.type.ndim and not self.keepdims:
            if self.axes == tuple(range(last + 1)):
                flat = reshape(x, (-1,))
                return matmul(flat, flat)
            if self.axes == (last,):
                return VecDot()(x, x)
        squares = square(real(x)) + square(imag(x)) if x.type.is_complex else square(x)
        return total(squares, self.axes, self.keepdims)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        # Where the norm is 0 so is every x_i, or for p < 0 one of them, and any divisor will do.
        safe = where(equal(y, 0.0), 1.0, y)
        if self.order == 2:
            return [spread(g / safe, x, self.axes, self.keepdims) * x]
        ratio = absolute(x) / spread(safe, x, self.axes, self.keepdims)
        # A power of 0 would be infinite for p < 1, and its derivative for p < 2.
        share = sign(x) * power(where(equal(x, 0.0), 1.0, ratio), self.order - 1)
        return [spread(where(equal(y, 0.0), 0.0, g), x, self.axes, self.keepdims) * share]


def _vector_norm(x: Variable, axes: tuple[int, ...], keepdims: bool, order: float) -> Variable:
    if order == inf:
        return largest(absolute(x), axes, keepdims)
    if order == -inf:
        return smallest(absolute(x), axes, keepdims)
    if order == 0:
        return cast(total(not_equal(x, 0.0), axes, keepdims), real_of(x.type.dtype))
    if order == 1:
        return total(absolute(x), axes, keepdims)
    return PNorm(axes, keepdims, float(order))(x)


def _floats(x: Any) -> Variable:
    x = as_variable(x)
    return cast(x, float_of(x.type.dtype))


def _refused(name: str, order: Any, x: Variable, fix: str) -> ArgumentError:
    return ArgumentError(f"linalg.{name}: ord is {order!r}.", operands={"x": x}, origin=here(), fix=fix)


def _is_order(order: Any) -> bool:
    return isinstance(order, (int, float)) and not isinstance(order, bool) and not isnan(order)


_ZEROS = arr(values=[[0.0, 0.0, 0.0], [3.0, 0.0, -4.0]])


@vocabulary(
    case(arr(3, 4)),
    case(arr(2, 3, 4), axis=(0, -1)),
    case(arr(3, 4), axis=1, keepdims=True),
    case(arr(4), ord=1),
    case(arr(3, 4), axis=0, ord=inf),
    case(arr(3, 4), axis=0, ord=-inf),
    case(_ZEROS, axis=1, ord=0, order=0),
    case(arr(3, 4, low=0.5), axis=1, ord=3),
    case(arr(3, 4, low=0.5), axis=1, ord=2.5, keepdims=True),
    case(arr(3, 4, low=0.5), axis=-1, ord=-1),
    case(arr(4, low=0.5), ord=0.5),
    case(_ZEROS, axis=1, order=0),
    case(_ZEROS, axis=1, ord=3, order=0),
    case(_ZEROS, axis=1, ord=1, order=0),
    case(_ZEROS, axis=1, ord=0.5, order=0),
    case(arr(values=[float("inf"), 1.0]), order=0),
    case(arr(values=[float("nan"), 1.0]), order=0),
    case(arr(2, 0), axis=1, order=1),
    case(arr(values=-2.0)),
    case(arr(values=[3, -4], dtype="int32")),
    name="linalg.vector_norm",
)
def vector_norm(x: Any, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Variable:
    r"""Norm of vectors along axes, $(\sum_i |x_i|^p)^{1/p}$ for `ord` p; all axes by default.

    `ord` inf is the largest $|x_i|$, -inf the smallest, 0 the number of those that are not 0. x of any shape gives x's
    shape without the axes, or with size 1 there if `keepdims`. At a norm of 0 the gradient is 0.

    Raises: ArgumentError for an axis x does not have, or an `ord` that is no number; ShapeError for extremes of
    nothing.
    """
    x = _floats(x)
    axes = axes_of("linalg.vector_norm", x, axis)
    if not _is_order(ord):
        raise _refused("vector_norm", ord, x, "use a number, inf or -inf; matrix_norm has 'fro' and 'nuc'.")
    return _vector_norm(x, axes, bool(keepdims), ord)


# matrices -------------------------------------------------------------------------------------------------------------

_MATRIX_ORDERS = ("fro", "nuc", 1, -1, 2, -2, inf, -inf)


def _matrix_norm(name: str, x: Variable, axes: tuple[int, int], keepdims: bool, order: Any) -> Variable:
    """The norm of the matrices whose rows and columns `axes` count."""
    if not (isinstance(order, str) or _is_order(order)) or order not in _MATRIX_ORDERS:
        raise _refused(name, order, x, "matrices have 'fro', 'nuc', 1, -1, 2, -2, inf and -inf.")
    first, last = sorted(axes)
    if order == "fro":
        return PNorm((first, last), keepdims)(x)
    if order in (1, -1, inf, -inf):
        rows, columns = axes
        summed, kept = (rows, columns) if order in (1, -1) else (columns, rows)
        extreme = largest if order in (1, inf) else smallest
        return extreme(total(absolute(x), summed, keepdims=True), (first, last), keepdims) if keepdims else extreme(
            total(absolute(x), summed), kept - (summed < kept)
        )
    others = [k for k in range(x.type.ndim) if k not in axes]
    s = svdvals(matrices(name, transpose(x, (*others, *axes)), "x"))
    y = total(s, -1) if order == "nuc" else s[..., 0] if order == 2 else s[..., -1]
    return expand_dims(y, (first, last)) if keepdims else y


@vocabulary(
    *(case(arr(values=some_numbers(2, 3, 2)), ord=order) for order in _MATRIX_ORDERS),
    *(case(arr(3, 2), keepdims=True, ord=order) for order in ("fro", "nuc", 1, -2)),
    case(arr(values=[[0.0, 0.0], [0.0, 0.0]]), order=0),
    case(arr(values=[[1, 2], [3, -4]], dtype="int32"), ord=1),
    name="linalg.matrix_norm",
)
def matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Variable:
    r"""Norm of each matrix, by default Frobenius', $(\sum_{ij} |x_{ij}|^2)^{1/2}$.

    `ord` "nuc" is the sum of the singular values, 2 and -2 the largest and the smallest of them, 1 and -1 the largest
    and smallest sum of a column's $|x_{ij}|$, inf and -inf those of a row. x (..., N, M) gives (...), or (..., 1, 1) if
    `keepdims`. At a Frobenius norm of 0 the gradient is 0.

    Raises: ShapeError for fewer than two axes; ArgumentError; MatrixError, at the call, for NaN where singular values
    are needed.
    """
    x = _floats(x)
    n = x.type.ndim
    if n < 2:
        matrices("matrix_norm", x, "x")
    return _matrix_norm("matrix_norm", x, (n - 2, n - 1), bool(keepdims), ord)


# NumPy's norm ---------------------------------------------------------------------------------------------------------


@vocabulary(
    case(arr(2, 3, 4)),
    case(arr(3, 4), keepdims=True),
    case(arr(3), 1),
    case(arr(3, 4), 1),
    case(arr(3, 4), "nuc"),
    case(arr(2, 3, 4), axis=1),
    case(arr(2, 3, 4, low=0.5), 3, -1),
    case(arr(2, 3, 4), inf, (2, 0)),
    case(arr(2, 3, 4), 1, (-1, 0), True),
    case(arr(2, 3, 4), 2, (2, 1), True),
    case(arr(values=[0.0, 0.0]), order=0),
    case(arr(values=[3, 4], dtype="int32")),
    name="linalg.norm",
)
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""NumPy's norm: of vectors along one axis, of matrices along two, by default $\sqrt{\sum |x_i|^2}$ of all.

    With an `ord` and without `axis` x has one axis or two; `ord` is read as by `vector_norm` and `matrix_norm`. x of
    any shape gives x's shape without the axes, or with size 1 there if `keepdims`. At a norm of 0 the gradient is 0.

    Raises: ArgumentError for axes or an `ord` that do not fit.
    """
    x = _floats(x)
    keepdims = bool(keepdims)
    if axis is None and ord is None:
        return PNorm(tuple(range(x.type.ndim)), keepdims)(x)
    if axis is None and x.type.ndim not in (1, 2):
        raise _refused("norm", ord, x, f"x has {axis_count(x.type.ndim)}: say which of them with axis=.")
    given = tuple(range(x.type.ndim)) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = axes_of("linalg.norm", x, given)
    if len(axes) == 1:
        order = 2 if ord is None else ord
        if not _is_order(order):
            raise _refused("norm", ord, x, "vectors have a number, inf or -inf.")
        return _vector_norm(x, axes, keepdims, order)
    if len(axes) != 2:
        raise ArgumentError(
            f"linalg.norm: axis names {axis_count(len(axes))}.",
            operands={"x": x},
            origin=here(),
            fix="one for vectors, two for matrices; sn.linalg.vector_norm takes any number.",
        )
    rows, columns = (normal_axis(k, x.type.ndim, "linalg.norm", x) for k in given)
    return _matrix_norm("norm", x, (rows, columns), keepdims, "fro" if ord is None else ord)


# condition numbers ----------------------------------------------------------------------------------------------------

_SOME = arr(values=[[2.0, 1.0, 0.3], [0.5, -3.0, 1.2], [0.2, 0.7, 1.7]])


@vocabulary(
    case(_SOME),
    *(case(_SOME, p) for p in (2, -2, 1, -1, inf, -inf, "fro", "nuc")),
    case(arr(values=some_numbers(2, 4, 3))),
    case(arr(values=[[1.0, 0.0], [0.0, 0.0]]), order=0),
    case(arr(values=[[4, 0], [0, 1]], dtype="int32")),
    name="linalg.cond",
)
def cond(x: Any, p: Any = None) -> Variable:
    r"""Condition number of each matrix, $\|A\|_p \|A^{-1}\|_p$: x (..., N, M) gives (...).

    By default, and for p = 2, the largest singular value over the smallest, inf where that is 0, also of matrices that
    are not square; p = -2 is its reciprocal. Other p are read as `ord` by `matrix_norm`.

    Raises: ShapeError; ArgumentError; MatrixError, at the call, for a singular matrix with another p.
    """
    x = matrices("cond", x, "x")
    if p is None or p in (2, -2):
        s = svdvals(x)
        high, low = (s[..., -1], s[..., 0]) if p == -2 else (s[..., 0], s[..., -1])
        is_zero = equal(low, 0.0)
        return where(is_zero, inf, high / where(is_zero, 1.0, low))
    axes = x.type.ndim - 2, x.type.ndim - 1
    return _matrix_norm("cond", x, axes, False, p) * _matrix_norm("cond", inverse(x), axes, False, p)
