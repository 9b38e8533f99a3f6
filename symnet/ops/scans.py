"""Running totals along an axis, and differences, which undo them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.graph.notation import Call, Part, along
from symnet.op import Emitter, Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.axes import along_rows, cut
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import not_equal
from symnet.ops.conversion import cast
from symnet.ops.create import ones, zeros
from symnet.ops.join import concatenate
from symnet.ops.products import ExclusiveProducts, ExclusiveRecurrence
from symnet.ops.reduce import total_dtype
from symnet.ops.shape import flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import TensorType, float_of

__all__ = [
    "cumsum", "cumprod", "cumulative_sum", "cumulative_prod", "diff", "trapezoid", "CumSum", "CumProd",
]  # fmt: skip

# the ops --------------------------------------------------------------------------------------------------------------


class _Scan(Op):
    """Family of ops that combine each element with all earlier ones along an axis; with all later ones if `reverse`."""

    axis: int
    reverse: bool = False

    roles = ("x",)
    ufunc: ClassVar[str] = ""

    def notation(self, *inputs: Variable) -> Part:
        backwards = (("reverse", "True"),) if self.reverse else ()
        return Call(self.name, inputs, (*along((self.axis,)), *backwards))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def operations(self, *inputs: Variable) -> int:
        return inputs[0].type.size

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        scan = getattr(np, self.ufunc).accumulate
        return np.flip(scan(np.flip(x, self.axis), self.axis), self.axis) if self.reverse else scan(x, self.axis)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def lower(self, *inputs: Variable) -> Variable | None:
        return inputs[0] if inputs[0].type.shape[self.axis] == 1 else None

    def emit(self, e: Emitter, *names: str) -> None:
        x, out = names[0], e.out
        if self.reverse:
            backwards = f"[{':, ' * self.axis}::-1]"
            x, out = e.view(x, backwards, "backwards"), e.view(out, backwards, "backwards")
        e.step(f"np.{self.ufunc}.accumulate({x}, axis={self.axis}, out={out})")


class CumSum(_Scan):
    r"""Sums of all elements up to each, $y_k = \sum_{j \le k} x_j$."""

    name, ufunc, linear_in = "cumsum", "add", (0,)
    on_complex = "own"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [CumSum(self.axis, not self.reverse)(g) if y.type.is_inexact else None]


class CumProd(_Scan):
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


# differences ----------------------------------------------------------------------------------------------------------


@vocabulary(
    case(arr(5)),
    case(arr(2, 5), n=2),
    case(arr(3, 2), axis=0, prepend=1.0, append=arr(2, 2)),
    case(arr(1)),
    case(arr(2), n=3),
    case(arr(3), n=0),
    case(arr(values=[True, True, False], dtype="bool")),
    case(arr(values=[1, 5, 3], dtype="uint8")),
)
def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Variable:
    r"""Differences of neighbours along an axis, $y_k = x_{k+1} - x_k$, taken `n` times over.

    x (..., N) gives (..., N - n), or 0 entries where there are fewer. `prepend` and `append` are joined to x first:
    numbers, or arrays of x's shape but for the axis. Bools give where neighbours differ.

    Raises: ArgumentError for n below 0, or for an axis x does not have.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "diff", x)
    if not isinstance(n, (int, np.integer)) or n < 0:
        raise ArgumentError(
            f"diff: n is {n!r}.", operands={"x": x}, origin=here(), fix="n is how often differences are taken, from 0."
        )
    ends = [None if v is None else _as_edge(v, x, axis) for v in (prepend, append)]
    if ends != [None, None]:
        x = concatenate([v for v in (ends[0], x, ends[1]) if v is not None], axis)
    for _ in range(n):
        later, earlier = cut(x, axis, slice(1, None)), cut(x, axis, slice(None, -1))
        x = not_equal(later, earlier) if x.type.dtype == "bool" else later - earlier
    return x


def _as_edge(v: Any, x: Variable, axis: int) -> Variable:
    v = as_variable(v, x)
    return v if v.type.ndim else broadcast_to(v, (*x.shape[:axis], 1, *x.shape[axis + 1 :]))


@vocabulary(
    case(arr(5)),
    case(arr(2, 4), dx=0.5, axis=0),
    case(arr(2, 4), arr(4)),
    case(arr(3, 2), arr(3), axis=0),
    case(arr(2, 4), arr(2, 4)),
    case(arr(1)),
    case(arr(values=[1, 2, 5], dtype="int32")),
)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Variable:
    r"""Integral along an axis by the trapezoidal rule, $\sum_k \frac{1}{2} (y_k + y_{k+1}) (x_{k+1} - x_k)$.

    y (..., N) gives (...). The points x are (N,) or of y's shape; without them they are `dx` apart.

    Raises: ArgumentError for an axis y does not have; ShapeError where y and x do not meet.
    """
    y = as_variable(y)
    y = cast(y, float_of(y.type.dtype))
    axis = normal_axis(axis, y.type.ndim, "trapezoid", y)
    if x is not None:
        x = as_variable(x, y)
        dx = diff(x, axis=axis if x.type.ndim > 1 else -1)
        if x.type.ndim == 1:
            dx = reshape(dx, [-1 if k == axis else 1 for k in range(y.type.ndim)])
    middle = (cut(y, axis, slice(1, None)) + cut(y, axis, slice(None, -1))) * 0.5
    return (middle * dx).sum(axis)
