"""The family of activations that are curves, and those of them made of straight pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Variable
from symnet.op import Composite, arr, as_variable, case, vocabulary
from symnet.ops.activations import relu
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import clip, minimum
from symnet.ops.compare import greater, less, logical_and, where
from symnet.ops.conversion import cast
from symnet.origin import here
from symnet.types import TensorType, float_of

__all__ = [
    "hard_shrink", "hard_sigmoid", "hard_swish", "hard_tanh", "leaky_relu", "relu6", "soft_shrink", "threshold",
    "Curve",
]  # fmt: skip

# the family -----------------------------------------------------------------------------------------------------------


class Curve(Composite):
    """A function of each element, one named node until it is expanded, with its slope as compact as itself."""

    roles: ClassVar[tuple[str, ...]] = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def slope(self, y: Variable, x: Variable) -> Variable:
        """The derivative of `y` by `x`."""
        raise NotImplementedError

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g * self.slope(y, inputs[0])]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        (t,) = dx
        return None if t is None else t * self.slope(y, inputs[0])

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*inputs)


def float_variable(x: Any) -> Variable:
    """An operand of a curve: integers become floatX."""
    x = as_variable(x)
    return cast(x, float_of(x.type.dtype))


def real_variable(name: str, x: Any, fix: str) -> Variable:
    """An operand that is real: integers become floatX. Raises: DTypeError for complex numbers."""
    x = float_variable(x)
    if x.type.is_complex:
        raise DTypeError(f"{name} is not defined for {x.type.dtype}.", operands={"x": x}, origin=here(), fix=fix)
    return x


def number(op: str, role: str, value: Any, low: float = -np.inf) -> float:
    """A parameter that is a number, of at least `low`.

    Raises: ArgumentError.
    """
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not is_number or not low <= value < np.inf:
        shown = value.label if isinstance(value, Variable) else repr(value)
        least = "" if low == -np.inf else f" of at least {low:g}"
        raise ArgumentError(f"{op}: {role} is {shown}.", origin=here(), fix=f"{role} is a number{least}.")
    return float(value)


def within(x: Variable, low: float, high: float) -> Variable:
    """1 where x lies between two numbers, else 0."""
    return cast(logical_and(greater(x, low), less(x, high)), x.type.dtype)


# straight pieces ------------------------------------------------------------------------------------------------------


class LeakyRelu(Curve):
    """The identity above 0, a multiple of it below."""

    negative_slope: float = 0.01

    name = "leaky_relu"

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        # No product with 0: it would make a NaN of an infinity.
        return relu(x) if self.negative_slope == 0 else relu(x) + self.negative_slope * minimum(x, 0)

    def slope(self, y: Variable, x: Variable) -> Variable:
        above = cast(greater(x, 0), x.type.dtype)
        return (1 - self.negative_slope) * above + self.negative_slope


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), 0.2),
    case(arr(4), negative_slope=0),
    case(arr(values=[-1000.0, 0.0, float("-inf"), float("inf"), float("nan")]), order=0),
    case(arr(values=[float("-inf"), -1.0]), negative_slope=0, order=0),
    case(arr(values=[-2, 3], dtype="int64")),
)
def leaky_relu(x: Any, negative_slope: float = 0.01) -> Variable:
    r"""Leaky rectifier, $\max(x, 0) + a \min(x, 0)$, shaped as `x`; its derivative at 0 is the slope a.

    Raises: ArgumentError. Source: Maas, Hannun and Ng, ICML 2013.
    """
    return LeakyRelu(number("leaky_relu", "negative_slope", negative_slope))(float_variable(x))


class Clip(Curve):
    """Values limited to an interval: flat outside of it and at its ends."""

    low: float = -1.0
    high: float = 1.0

    name = "hard_tanh"

    def expand(self, *inputs: Variable) -> Variable:
        return clip(inputs[0], self.low, self.high)

    def slope(self, y: Variable, x: Variable) -> Variable:
        return within(x, self.low, self.high)


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), -0.5, 1.5),
    case(arr(values=[-1000.0, -1.0, 0.0, 1.0, float("inf"), float("nan")]), order=0),
)
def hard_tanh(x: Any, low: float = -1.0, high: float = 1.0) -> Variable:
    r"""Piecewise linear tanh, $\min(\max(x, \text{low}), \text{high})$, shaped as `x`; its slope at the ends is 0.

    Raises: ArgumentError where low is not below high. Source: Collobert, thesis, Paris 2004.
    """
    low, high = number("hard_tanh", "low", low), number("hard_tanh", "high", high)
    if low >= high:
        raise ArgumentError(f"hard_tanh: low is {low:g} and high {high:g}.", origin=here(), fix="low is below high.")
    return Clip(low, high)(float_variable(x))


@vocabulary(case(arr(3, 4, high=9.0)), case(arr(values=[-1000.0, 0.0, 6.0, 7.0, float("inf")]), order=0))
def relu6(x: Any) -> Variable:
    r"""Rectifier with a ceiling, $\min(\max(x, 0), 6)$, shaped as `x`; its derivative at 0 and 6 is 0.

    Source: Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010.
    """
    return Clip(0.0, 6.0)(float_variable(x))


class HardSigmoid(Curve):
    """A ramp from 0 at -3 to 1 at 3."""

    name = "hard_sigmoid"

    def expand(self, *inputs: Variable) -> Variable:
        return clip(inputs[0] * (1 / 6) + 0.5, 0.0, 1.0)

    def slope(self, y: Variable, x: Variable) -> Variable:
        return within(x, -3.0, 3.0) * (1 / 6)


_RAMP = (
    case(arr(3, 4, low=-4.0, high=4.0)),
    case(arr(values=[-1000.0, -3.5, 0.0, 3.5, 1000.0, float("nan")]), order=0),
)


@vocabulary(*_RAMP)
def hard_sigmoid(x: Any) -> Variable:
    r"""Piecewise linear sigmoid, $\min(\max(x / 6 + 1/2, 0), 1)$, shaped as `x`; its slope at -3 and 3 is 0.

    Source: Courbariaux et al., arXiv:1511.00363; with the slope 1/6 of Howard et al., arXiv:1905.02244.
    """
    return HardSigmoid()(float_variable(x))


class HardSwish(Curve):
    """`x` times a ramp."""

    name = "hard_swish"

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return x * clip(x * (1 / 6) + 0.5, 0.0, 1.0)

    def slope(self, y: Variable, x: Variable) -> Variable:
        # x / 3 + 1/2 on the ramp, 0 and 1 beside it; there the ramp itself is all that is left.
        return clip(x * (1 / 6) + 0.5, 0.0, 1.0) + within(x, -3.0, 3.0) * clip(x, -3.0, 3.0) * (1 / 6)


@vocabulary(*_RAMP)
def hard_swish(x: Any) -> Variable:
    r"""Piecewise swish, $x \min(\max(x / 6 + 1/2, 0), 1)$, shaped as `x`; its slope is 0 at -3, and 1 at 3.

    Source: Howard et al., arXiv:1905.02244.
    """
    return HardSwish()(float_variable(x))


# shrinkage ------------------------------------------------------------------------------------------------------------


class SoftShrink(Curve):
    """Values pulled towards 0 by a number, those within it set to 0."""

    size: float = 0.5

    name = "soft_shrink"

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return x - clip(x, -self.size, self.size)

    def slope(self, y: Variable, x: Variable) -> Variable:
        return cast(greater(absolute(x), self.size), x.type.dtype)


_SHRUNK = (
    case(arr(3, 4)),
    case(arr(3, 4), 1.0),
    case(arr(values=[-1000.0, -0.5, 0.0, 0.5, float("inf"), float("nan")]), order=0),
)


@vocabulary(*_SHRUNK)
def soft_shrink(x: Any, size: float = 0.5) -> Variable:
    r"""Soft thresholding, $\operatorname{sign}(x) \max(|x| - s, 0)$ for a size s, shaped as `x`.

    Raises: ArgumentError for a size below 0. Source: Donoho, IEEE Trans. Inf. Theory 41 (1995).
    """
    return SoftShrink(number("soft_shrink", "size", size, 0.0))(float_variable(x))


class HardShrink(Curve):
    """Values no larger than a number set to 0."""

    size: float = 0.5

    name = "hard_shrink"

    def expand(self, *inputs: Variable) -> Variable:
        return inputs[0] * self.slope(inputs[0], inputs[0])

    def slope(self, y: Variable, x: Variable) -> Variable:
        return cast(greater(absolute(x), self.size), x.type.dtype)


@vocabulary(*_SHRUNK)
def hard_shrink(x: Any, size: float = 0.5) -> Variable:
    r"""Hard thresholding, $x$ where $|x| > s$ for a size s, else 0, shaped as `x`.

    Raises: ArgumentError for a size below 0. Source: Donoho and Johnstone, Biometrika 81 (1994).
    """
    return HardShrink(number("hard_shrink", "size", size, 0.0))(float_variable(x))


class Threshold(Curve):
    """Values above a limit, and another value instead of the others."""

    limit: float
    value: float

    name = "threshold"

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return where(greater(x, self.limit), x, as_variable(self.value, x))

    def slope(self, y: Variable, x: Variable) -> Variable:
        return cast(greater(x, self.limit), x.type.dtype)


@vocabulary(
    case(arr(3, 4), 0.1, 20.0),
    case(arr(values=[-1.0, 0.5, 2.0, float("inf")]), 0.5, -3.0, order=0),
)
def threshold(x: Any, limit: float, value: float = 0.0) -> Variable:
    r"""$x$ where $x > t$ for a limit t, else a value, shaped as `x`.

    Raises: ArgumentError.
    """
    limit, value = number("threshold", "limit", limit), number("threshold", "value", value)
    return Threshold(limit, value)(float_variable(x))
