"""Activations that work on several elements or with parameters of their own: prelu, glu, maxout, softmin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.op import Composite, arr, case, sum_like, vocabulary
from symnet.ops.activations import relu, sigmoid
from symnet.ops.arithmetic import minimum
from symnet.ops.compare import greater, where
from symnet.ops.conversion import cast
from symnet.ops.curves import float_variable
from symnet.ops.extremes import max as largest
from symnet.ops.join import stack
from symnet.ops.nnet import softmax
from symnet.ops.shape import reshape
from symnet.ops.sizes import normal_axis
from symnet.ops.windows import is_int
from symnet.origin import here
from symnet.types import TensorType, broadcast

__all__ = ["glu", "maxout", "prelu", "softmin", "Glu", "Prelu"]


class Prelu(Composite):
    """The identity above 0, a learned multiple of it below."""

    name, roles = "prelu", ("x", "slope")

    def infer(self, *inputs: Variable) -> TensorType:
        x, slope = (v.type for v in inputs)
        return x.with_shape(broadcast([x.shape, slope.shape]))

    def expand(self, *inputs: Variable) -> Variable:
        x, slope = inputs
        return relu(x) + slope * minimum(x, 0)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x, slope = inputs
        dx = where(greater(x, 0), g, g * slope)
        return [sum_like(dx, x), sum_like(g * minimum(x, 0), slope)]


@vocabulary(
    case(arr(3, 4), arr(4)),
    case(arr(3, 4), arr(1)),
    case(arr(3, 4), arr()),
    case(arr(2, 3, 4, 2), arr(3)),
    case(arr(3, 4), 0.25),
    case(arr(values=[[-1000.0, 0.0, 1000.0]]), arr(values=[0.5, 0.25, 2.0]), order=0),
)
def prelu(x: Any, slope: Any) -> Variable:
    r"""Rectifier with a learned slope, $\max(x, 0) + a \min(x, 0)$, shaped as `x`; its derivative at 0 is a.

    x (N, C, ...) takes one slope for each channel, (C,), or one for all, a number or (1,).

    Raises: ShapeError for a slope that is neither. Source: He et al., arXiv:1502.01852.
    """
    x = float_variable(x)
    a = cast(float_variable(slope), x.type.dtype)
    per_channel = a.type.ndim == 1 and x.type.ndim >= 2
    channels, given = (x.type.shape[1], a.type.shape[0]) if per_channel else (None, None)
    wrong = isinstance(channels, int) and isinstance(given, int) and given not in (1, channels)
    if a.type.ndim > 1 or wrong:
        raise ShapeError(
            f"prelu: {given if wrong else a.type.ndim} {'slopes' if wrong else 'axes of slopes'} for x with "
            f"{x.type.ndim} axes{f' and {channels} channels' if wrong else ''}.",
            operands={"x": x, "slope": a},
            origin=here(),
            fix="give a slope for each channel, (C,), or one for all.",
        )
    if per_channel and x.type.ndim > 2:
        a = reshape(a, (a.shape[0], *(1,) * (x.type.ndim - 2)))
    return Prelu()(x, a)


class Glu(Composite):
    """The first half of an axis times the sigmoid of the second."""

    axis: int

    name, roles = "glu", ("x",)

    def _halves(self, x: Variable) -> tuple[Variable, Variable]:
        # A reshape, and not two slices: where the size is not known yet, it refuses an odd one.
        before, after = x.shape[: self.axis], x.shape[self.axis + 1 :]
        n = x.type.shape[self.axis]
        apart = reshape(x, (*before, 2, n // 2 if isinstance(n, int) else -1, *after))
        where_halved = (slice(None),) * self.axis
        return apart[(*where_halved, 0)], apart[(*where_halved, 1)]

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        n = x.shape[self.axis]
        half = n // 2 if isinstance(n, int) else None
        return x.with_shape((*x.shape[: self.axis], half, *x.shape[self.axis + 1 :]))

    def expand(self, *inputs: Variable) -> Variable:
        value, gate = self._halves(inputs[0])
        return value * sigmoid(gate)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        value, gate = self._halves(x)
        share = sigmoid(gate)
        passed = g * share
        return [reshape(stack([passed, passed * value * (1 - share)], self.axis), x.shape)]


@vocabulary(
    case(arr(3, 4)),
    case(arr(2, 4, 3), axis=1),
    case(arr(6), axis=0),
    case(arr(values=[[1000.0, -2.0, 1000.0, -1000.0]]), order=0),
)
def glu(x: Any, axis: int = -1) -> Variable:
    r"""Gated linear unit, $a \cdot \sigma(b)$ for the halves a and b of an axis: x (..., 2 D) gives (..., D).

    Raises: ShapeError for an axis of odd size, ArgumentError for one x does not have.
    Source: Dauphin et al., arXiv:1612.08083.
    """
    x = float_variable(x)
    axis = normal_axis(axis, x.type.ndim, "glu", x)
    n = x.type.shape[axis]
    if isinstance(n, int) and n % 2:
        raise ShapeError(
            f"glu: axis {axis} has {n} elements, and two halves are needed.",
            operands={"x": x},
            origin=here(),
            fix="give twice as many features as come out.",
        )
    return Glu(axis)(x)


@vocabulary(
    case(arr(3, 4), 2),
    case(arr(2, 6, 3), 3),
    case(arr(2, 3, 4), 4, axis=-1),
    case(arr(values=[[1.0, 1.0, -1000.0, 1000.0]]), 2, order=0),
)
def maxout(x: Any, pieces: int, axis: int = 1) -> Variable:
    r"""The largest of each run of channels, $y_c = \max_{j < k} x_{ck + j}$: x (N, C k, ...) gives (N, C, ...).

    Runs of `pieces` k stand side by side along `axis`; equal largest ones share the gradient.

    Raises: ShapeError where k does not divide the axis, ArgumentError. Source: Goodfellow et al., ICML 2013.
    """
    x = float_variable(x)
    axis = normal_axis(axis, x.type.ndim, "maxout", x)
    n = x.type.shape[axis]
    if not is_int(pieces) or pieces < 1 or (isinstance(n, int) and n % pieces):
        raise ShapeError(
            f"maxout: axis {axis} has {'?' if n is None else n} elements, which is no multiple of {pieces!r} pieces.",
            operands={"x": x},
            origin=here(),
            fix="pieces is an int of at least 1 that divides the channels.",
        )
    count = n // pieces if isinstance(n, int) else -1
    return largest(reshape(x, (*x.shape[:axis], count, int(pieces), *x.shape[axis + 1 :])), axis + 1)


@vocabulary(
    case(arr(3, 4)),
    case(arr(2, 3, 4), axis=1),
    case(arr(4), axis=None),
    case(arr(values=[[1000.0, 0.0, -1000.0]]), order=0),
)
def softmin(x: Any, axis: Any = -1) -> Variable:
    r"""Softmax of the opposite, $e^{-x_i} / \sum_j e^{-x_j}$, shaped as `x`, along an axis, several, or all (None).

    Raises: ArgumentError for what is no axis of x.
    """
    return softmax(-float_variable(x), axis)
