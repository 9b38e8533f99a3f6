"""Running totals along an axis: sums, products, extremes, and logarithms of sums of exponentials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.graph.notation import Call, Part, along
from symnet.op import Emitter, Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.along import AddAlong, TakeAlong
from symnet.ops.axes import along_rows, cut
from symnet.ops.compare import equal, greater_equal, isnan, less_equal, logical_or, where
from symnet.ops.conversion import cast
from symnet.ops.create import arange, ones, zeros, zeros_like
from symnet.ops.elementary import exp
from symnet.ops.join import concatenate
from symnet.ops.products import ExclusiveProducts, ExclusiveRecurrence
from symnet.ops.reduce import total_dtype
from symnet.ops.shape import flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import TensorType, float_of

__all__ = [
    "cumsum", "cumprod", "cumulative_sum", "cumulative_prod", "cummax", "cummin", "logcumsumexp",
    "CumSum", "CumProd", "CumMax", "CumMin", "LogCumSumExp",
]  # fmt: skip

# the ops --------------------------------------------------------------------------------------------------------------


class _Scan(Op):
    """Family of ops that combine each element with all earlier ones along an axis."""

    axis: int

    roles = ("x",)
    ufunc: ClassVar[str] = ""

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, inputs, along((self.axis,)))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def operations(self, *inputs: Variable) -> int:
        return inputs[0].type.size

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(getattr(np, self.ufunc).accumulate(arrays[0], self.axis))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def lower(self, *inputs: Variable) -> Variable | None:
        return inputs[0] if inputs[0].type.shape[self.axis] == 1 else None

    def emit(self, e: Emitter, *names: str) -> None:
        self._accumulate(e, names[0], e.out)

    def _accumulate(self, e: Emitter, x: str, out: str) -> None:
        e.step(f"np.{self.ufunc}.accumulate({x}, axis={self.axis}, out={out})")


class _EitherWay(_Scan):
    """Family of scans that may also combine each element with all later ones, if `reverse`: their gradients do."""

    reverse: bool = False

    def notation(self, *inputs: Variable) -> Part:
        backwards = (("reverse", "True"),) if self.reverse else ()
        return Call(self.name, inputs, (*along((self.axis,)), *backwards))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        return np.flip(super().run(np.flip(x, self.axis)), self.axis) if self.reverse else super().run(x)

    def emit(self, e: Emitter, *names: str) -> None:
        x, out = names[0], e.out
        if self.reverse:
            backwards = f"[{':, ' * self.axis}::-1]"
            x, out = e.view(x, backwards, "backwards"), e.view(out, backwards, "backwards")
        self._accumulate(e, x, out)


class CumSum(_EitherWay):
    r"""Sums of all elements up to each, $y_k = \sum_{j \le k} x_j$."""

    name, ufunc, linear_in = "cumsum", "add", (0,)
    on_complex = "own"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [CumSum(self.axis, not self.reverse)(g) if y.type.is_inexact else None]


class CumProd(_EitherWay):
    r"""Products of all elements up to each, $y_k = \prod_{j \le k} x_j$."""

    name, ufunc = "cumprod", "multiply"
    on_complex = "holomorphic"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        if not y.type.is_inexact:
            return [None]
        # What stands before x_i times r_i = g_i + x_{i+1} r_{i+1}: nothing is divided by x, which may be 0.
        behind = ExclusiveRecurrence(self.axis, not self.reverse)(g * x, x)
        return [ExclusiveProducts(self.axis, self.reverse)(x) * (g + behind)]


class _Record(_Scan):
    """Family of running extremes; the derivative goes to the element that set the record, of equal ones the first."""

    keeps: ClassVar[Callable[[Any, Any], Variable]]
    """Whether an element, first, leaves the record before it, second, standing."""

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        return [AddAlong(self.axis, "known")(zeros_like(x), g, self._setters(y)) if y.type.is_inexact else None]

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        t = dx[0]
        return None if t is None or not y.type.is_inexact else TakeAlong(self.axis, "known")(t, self._setters(y))

    def _setters(self, y: Variable) -> Variable:
        """Which element set each record."""
        later, earlier = cut(y, self.axis, slice(1, None)), cut(y, self.axis, slice(None, -1))
        stands = logical_or(type(self).keeps(later, earlier), isnan(earlier))
        numbers = reshape(arange(1, y.shape[self.axis]), [-1 if k == self.axis else 1 for k in range(y.type.ndim)])
        first = zeros_like(cut(y, self.axis, slice(1)), "int64")
        return CumMax(self.axis)(concatenate([first, where(stands, 0, numbers)], self.axis))


class CumMax(_Record):
    r"""The largest of all elements up to each, $y_k = \max_{j \le k} x_j$."""

    name, ufunc, keeps = "cummax", "maximum", less_equal


class CumMin(_Record):
    r"""The smallest of all elements up to each, $y_k = \min_{j \le k} x_j$."""

    name, ufunc, keeps = "cummin", "minimum", greater_equal


class LogCumSumExp(_Scan):
    r"""Logarithms of sums of all exponentials up to each, $y_k = \ln \sum_{j \le k} e^{x_j}$."""

    name, ufunc = "logcumsumexp", "logaddexp"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        # The sum of g_j e^(x_k - y_j) over all j from k on, as e^(x_k - y_k) r_k with r_k = g_k + e^(y_k - y_{k+1})
        # r_{k+1}: no exponent is above 0. Nothing flows where all is -inf.
        after = concatenate([cut(y, self.axis, slice(1, None)), cut(y, self.axis, slice(-1, None))], self.axis)
        ratio = _share(y, after)
        behind = ExclusiveRecurrence(self.axis, reverse=True)(g, ratio)
        return [_share(x, y) * (g + ratio * behind)]


def _share(part: Variable, whole: Variable) -> Variable:
    """`exp(part - whole)` of logarithms; infinities that are equal make 1, but nothing of nothing is 0."""
    apart = where(equal(part, whole), 0, part - whole)
    return where(equal(part, -np.inf), 0, exp(apart))


# the user's functions -------------------------------------------------------------------------------------------------


def _scanned(name: str, x: Any, axis: int | None, dtype: Any) -> tuple[Variable, int]:
    """The operand in the dtype of the result, flattened where no axis is given, and the axis."""
    x = as_variable(x)
    x = cast(x, total_dtype(x.type.dtype) if dtype is None else dtype)
    return (flatten(x), 0) if axis is None else (x, normal_axis(axis, x.type.ndim, name, x))


_CASES = (
    case(arr(3, 4)),
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 2), axis=-2),
    case(arr(0, 3), axis=0),
    case(arr()),
    case(arr(values=[[True, False], [True, True]], dtype="bool"), axis=1),
    case(arr(values=[200, 100, 3], dtype="uint8")),
    case(arr(values=[1, 2, -3], dtype="int32"), dtype="floatX"),
)


@vocabulary(
    *_CASES, case(arr(values=[1.0, float("inf"), 2.0, float("nan"), 1.0]), order=0),
    case(arr(2, 3, dtype="complex128"), axis=1),
)
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Variable:
    r"""Running sum along an axis, $y_k = \sum_{j \le k} x_j$; integers and bools are added in 64 bits.

    x of any shape gives its shape; without `axis` x is flattened first.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _scanned("cumsum", x, axis, dtype)
    return CumSum(axis)(x)


@vocabulary(
    *_CASES, case(arr(values=[[2.0, 0.0, 3.0, 4.0], [0.0, 5.0, 0.0, 1.5], [1.0, 2.0, 3.0, 0.0]]), axis=1),
    case(arr(2, 3, dtype="complex128"), axis=1),
)
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Variable:
    r"""Running product along an axis, $y_k = \prod_{j \le k} x_j$, with exact derivatives beside zeros.

    x of any shape gives its shape; without `axis` x is flattened first. Integers and bools are multiplied in 64 bits.
    The gradient is a recurrence along the axis: a loop of two calls of NumPy for each element of it.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _scanned("cumprod", x, axis, dtype)
    return CumProd(axis)(x)


def _cumulative(name: str, x: Any, axis: int | None, dtype: Any) -> tuple[Variable, int]:
    x = as_variable(x)
    if axis is None and x.type.ndim != 1:
        raise ArgumentError(
            f"{name}: x has {x.type.ndim} axes, and no axis is given.",
            operands={"x": x},
            origin=here(),
            fix=f"give axis=0 to {x.type.ndim - 1}." if x.type.ndim else "add an axis first: x[None].",
        )
    return _scanned(name, x, 0 if axis is None else axis, dtype)


def _with_initial(y: Variable, axis: int, initial: Any) -> Variable:
    shape = (*y.shape[:axis], 1, *y.shape[axis + 1 :])
    return concatenate([initial(shape, y.type.dtype), y], axis)


@vocabulary(
    case(arr(4)),
    case(arr(2, 3), axis=1, include_initial=True),
    case(arr(0), include_initial=True),
    case(arr(values=[True, True], dtype="bool"), include_initial=True),
)
def cumulative_sum(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Variable:
    r"""`cumsum` as the array API standard has it: `axis` may be left out for one axis only, and with
    `include_initial` a 0 stands in front, $y_k = \sum_{j < k} x_j$ for k = 0 ... N.

    Raises: ArgumentError for an axis x does not have, or none where x has several.
    """
    x, axis = _cumulative("cumulative_sum", x, axis, dtype)
    y = CumSum(axis)(x)
    return _with_initial(y, axis, zeros) if include_initial else y


@vocabulary(case(arr(4)), case(arr(2, 3), axis=1, include_initial=True))
def cumulative_prod(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Variable:
    r"""`cumprod` as the array API standard has it: `axis` may be left out for one axis only, and with
    `include_initial` a 1 stands in front, $y_k = \prod_{j < k} x_j$ for k = 0 ... N.

    Raises: ArgumentError for an axis x does not have, or none where x has several.
    """
    x, axis = _cumulative("cumulative_prod", x, axis, dtype)
    y = CumProd(axis)(x)
    return _with_initial(y, axis, ones) if include_initial else y


# extremes and exponentials --------------------------------------------------------------------------------------------

_RECORDS = (
    case(arr(3, 4)),
    case(arr(2, 3, 2), axis=-2),
    case(arr(3, 4), axis=0),
    case(arr(0, 3), axis=0),
    case(arr(2, 0), axis=1),
    case(arr()),
    case(arr(values=[1.0, 1.0, 0.0, 2.0, 2.0, -3.0]), order=0),
    case(arr(values=[[0.0, float("inf"), 2.0], [float("nan"), 5.0, -5.0], [1.0, float("nan"), 3.0]]), axis=1, order=0),
    case(arr(values=[3, 1, 4, 1, 5], dtype="int32")),
    case(arr(values=[[False, True, False]], dtype="bool"), axis=1),
)


def _records(name: str, x: Any, axis: int | None) -> tuple[Variable, int]:
    x = as_variable(x)
    return (flatten(x), 0) if axis is None else (x, normal_axis(axis, x.type.ndim, name, x))


@vocabulary(*_RECORDS)
def cummax(x: Any, axis: int | None = None) -> Variable:
    r"""Largest element so far along an axis, $y_k = \max_{j \le k} x_j$; NaN from the first NaN on.

    x of any shape gives its shape; without `axis` x is flattened first. Of equal elements the first gets the gradient.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _records("cummax", x, axis)
    return CumMax(axis)(x)


@vocabulary(*_RECORDS)
def cummin(x: Any, axis: int | None = None) -> Variable:
    r"""Smallest element so far along an axis, $y_k = \min_{j \le k} x_j$; NaN from the first NaN on.

    x of any shape gives its shape; without `axis` x is flattened first. Of equal elements the first gets the gradient.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _records("cummin", x, axis)
    return CumMin(axis)(x)


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 2), axis=-2),
    case(arr(0, 3), axis=0),
    case(arr()),
    case(arr(values=[800.0, 801.0, -800.0, 802.5])),
    case(arr(values=[float("-inf"), 1.0, float("-inf"), 2.0]), order=0),
    case(arr(values=[[1.0, float("inf"), 2.0], [1.0, float("nan"), 2.0]]), axis=1, order=0),
    case(arr(values=[1, 2, -3], dtype="int32")),
)
def logcumsumexp(x: Any, axis: int | None = None) -> Variable:
    r"""Running logarithm of a sum of exponentials along an axis, $y_k = \ln \sum_{j \le k} e^{x_j}$, without overflow.

    x of any shape gives its shape; without `axis` x is flattened first. Where all elements so far are -inf so is the
    value, and nothing flows. The gradient is a recurrence, as that of `cumprod`.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _records("logcumsumexp", x, axis)
    return LogCumSumExp(axis)(cast(x, float_of(x.type.dtype)))
