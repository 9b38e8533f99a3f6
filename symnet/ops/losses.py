"""The family of losses that compare two arrays element by element, and those of them for regression."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import Composite, arr, as_variable, case, sum_like, vocabulary
from symnet.ops.activations import tanh
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import clip, sign, square
from symnet.ops.conversion import cast
from symnet.ops.curves import float_variable, number
from symnet.ops.elementary import log1p
from symnet.ops.product_sum import ProductSum
from symnet.ops.shape import reshape
from symnet.origin import here
from symnet.types import TensorType, broadcast, promote, shape_text

__all__ = ["huber_loss", "l1_loss", "log_cosh_loss", "mse_loss", "smooth_l1_loss", "Loss"]

Reduction = Literal["mean", "sum", "none"]

# the family -----------------------------------------------------------------------------------------------------------


class Loss(Composite):
    """A loss of each element and its reduction, one node, so that numbers meet numbers before they meet arrays."""

    reduction: Reduction = "mean"

    roles: ClassVar[tuple[str, ...]] = ("prediction", "target")

    def losses(self, *inputs: Variable) -> Variable:
        """The loss of each element."""
        raise NotImplementedError

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        """The derivative of each element's loss by each input, as a number times an expression."""
        raise NotImplementedError

    def total(self, *inputs: Variable) -> Variable:
        """The sum of all losses."""
        return self.losses(*inputs).sum()

    def infer(self, *inputs: Variable) -> TensorType:
        shape = broadcast([x.type.shape for x in inputs])
        return inputs[0].type.with_shape(shape if self.reduction == "none" else ())

    def expand(self, *inputs: Variable) -> Variable:
        if self.reduction == "none":
            return self.losses(*inputs)
        total = self.total(*inputs)
        return total / _elements(inputs[0]) if self.reduction == "mean" else total

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        each = g / _elements(inputs[0]) if self.reduction == "mean" else g
        return [
            sum_like((each if factor == 1 else each * factor) * slope, x)
            for x, (factor, slope) in zip(inputs, self.slopes(*inputs), strict=True)
        ]


def _elements(x: Variable) -> Variable:
    n: Any = math.prod(x.shape, start=1)
    return Constant(n, x.type.dtype) if isinstance(n, int) else cast(n, x.type.dtype)


def _inner(x: Variable, y: Variable) -> Variable:
    """The sum of all products."""
    return reshape(ProductSum(tuple(range(x.type.ndim)))(x, y), ())


def check_reduction(op: str, reduction: Any) -> None:
    """Raise ArgumentError unless it is one."""
    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(
            f"{op}: reduction is {reduction!r}.", origin=here(), fix="use 'mean', 'sum' or 'none'."
        )


def reduced_by(losses: Variable, reduction: Reduction) -> Variable:
    """The losses, their mean or their sum."""
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def pair(op: str, prediction: Any, target: Any, roles: Sequence[str] = Loss.roles) -> tuple[Variable, Variable]:
    """Two arrays of one float type and one shape, as far as it is known; the target may be a scalar.

    Raises: ShapeError: (N, 1) against (N,) would broadcast to N times N losses.
    """
    p = float_variable(prediction)
    t = as_variable(target, p)
    if t.type.dtype == "bool" or not t.type.is_float:
        t = cast(t, p.type.dtype)
    ours, theirs = p.type.shape, t.type.shape
    known = zip(ours, theirs) if len(ours) == len(theirs) else ()
    differ = len(ours) != len(theirs) or any(isinstance(n, int) and isinstance(m, int) and n != m for n, m in known)
    if theirs and differ:
        raise ShapeError(
            f"{op}: {roles[0]} {shape_text(ours)} and {roles[1]} {shape_text(theirs)} have different shapes.",
            operands={roles[0]: p, roles[1]: t},
            origin=here(),
            fix="give both one shape: x[:, None] adds an axis, x.squeeze(1) drops one.",
        )
    dtype = promote(p.type.dtype, t.type.dtype)
    return cast(p, dtype), cast(t, dtype)


# regression -----------------------------------------------------------------------------------------------------------


class SquaredError(Loss):
    """Squares of the differences."""

    name = "mse_loss"

    def losses(self, *inputs: Variable) -> Variable:
        return square(inputs[0] - inputs[1])

    def total(self, *inputs: Variable) -> Variable:
        d = inputs[0] - inputs[1]
        return _inner(d, d)

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        d = inputs[0] - inputs[1]
        return [(2, d), (-2, d)]


REGRESSION = (
    case(arr(3, 4), arr(3, 4)),
    case(arr(3, 4), arr(3, 4), reduction="sum"),
    case(arr(2, 3), arr(2, 3), reduction="none"),
    case(arr(), arr()),
    case(arr(0, 3), arr(0, 3), reduction="sum"),
    case(arr(3), arr(values=[1, 0, -2], dtype="int64")),
    case(arr(values=[1000.0, -1000.0, 0.0, 1.0]), arr(4), reduction="none", order=0),
)


@vocabulary(*REGRESSION)
def mse_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Variable:
    r"""Mean squared error, $\frac{1}{n} \sum_i (y_i - t_i)^2$ over all elements; prediction and target of one shape.

    `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    check_reduction("mse_loss", reduction)
    return SquaredError(reduction)(*pair("mse_loss", prediction, target))


class AbsoluteError(Loss):
    """Absolute values of the differences."""

    name = "l1_loss"

    def losses(self, *inputs: Variable) -> Variable:
        return absolute(inputs[0] - inputs[1])

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        s = sign(inputs[0] - inputs[1])
        return [(1, s), (-1, s)]


@vocabulary(*REGRESSION)
def l1_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Variable:
    r"""Mean absolute error, $\frac{1}{n} \sum_i |y_i - t_i|$ over all elements; its derivative where they agree is 0.

    Prediction and target have one shape. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    check_reduction("l1_loss", reduction)
    return AbsoluteError(reduction)(*pair("l1_loss", prediction, target))


class Huber(Loss):
    """Half the square of a difference up to delta, from there on straight; all times a scale."""

    delta: float = 1.0
    scale: float = 1.0

    name = "huber_loss"

    def _parts(self, y: Variable, t: Variable) -> tuple[Variable, Variable]:
        """Two factors of the loss; the first is also its slope."""
        d = y - t
        c = clip(d, -self.delta, self.delta)
        return c, d - 0.5 * c

    def losses(self, *inputs: Variable) -> Variable:
        slope, rest = self._parts(*inputs)
        return slope * rest if self.scale == 1 else self.scale * (slope * rest)

    def total(self, *inputs: Variable) -> Variable:
        return self.scale * _inner(*self._parts(*inputs))

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        slope, _ = self._parts(*inputs)
        return [(self.scale, slope), (-self.scale, slope)]


@vocabulary(*REGRESSION, case(arr(3, 4), arr(3, 4), delta=0.5))
def huber_loss(prediction: Any, target: Any, delta: float = 1.0, reduction: Reduction = "mean") -> Variable:
    r"""Huber's loss of differences d: $d^2 / 2$ where $|d| \le \delta$, else $\delta (|d| - \delta / 2)$.

    Prediction and target have one shape. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError. Source: Huber, Ann. Math. Statist. 35 (1964).
    """
    check_reduction("huber_loss", reduction)
    delta = number("huber_loss", "delta", delta, 0.0)
    return Huber(reduction, delta)(*pair("huber_loss", prediction, target))


@vocabulary(*REGRESSION, case(arr(3, 4), arr(3, 4), beta=0.5), case(arr(3, 4), arr(3, 4), beta=0))
def smooth_l1_loss(prediction: Any, target: Any, beta: float = 1.0, reduction: Reduction = "mean") -> Variable:
    r"""Absolute error with a round bottom: $d^2 / (2 \beta)$ where $|d| \le \beta$, else $|d| - \beta / 2$.

    It is `huber_loss` over beta, and `l1_loss` for a beta of 0. Prediction and target have one shape. `reduction` is
    'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError. Source: Girshick, arXiv:1504.08083.
    """
    check_reduction("smooth_l1_loss", reduction)
    beta = number("smooth_l1_loss", "beta", beta, 0.0)
    loss = Huber(reduction, beta, 1 / beta) if beta else AbsoluteError(reduction)
    return loss(*pair("smooth_l1_loss", prediction, target))


class LogCosh(Loss):
    """Logarithms of the hyperbolic cosine of the differences."""

    name = "log_cosh_loss"

    def losses(self, *inputs: Variable) -> Variable:
        # cosh a = e^a / (1 + tanh a): no overflow, and a small a keeps its digits.
        a = absolute(inputs[0] - inputs[1])
        return a - log1p(tanh(a))

    def slopes(self, *inputs: Variable) -> Sequence[tuple[float, Variable]]:
        t = tanh(inputs[0] - inputs[1])
        return [(1, t), (-1, t)]


@vocabulary(*REGRESSION)
def log_cosh_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Variable:
    r"""Mean of $\ln \cosh(y - t)$, about $d^2 / 2$ for a small difference d and $|d| - \ln 2$ for a large one.

    Prediction and target have one shape. `reduction` is 'mean', 'sum', or 'none' for the loss of each element.

    Raises: ShapeError where the shapes differ, ArgumentError.
    """
    check_reduction("log_cosh_loss", reduction)
    return LogCosh(reduction)(*pair("log_cosh_loss", prediction, target))
