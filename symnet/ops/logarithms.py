"""Powers and logarithms to other bases, sums of logarithms, the cube root and the reciprocal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from symnet.graph import Variable
from symnet.op import Case, Elementwise, arr, case, vocabulary, word_for
from symnet.ops.activations import Log1pOfFraction, sigmoid
from symnet.ops.arithmetic import COMPLEX_POINTS, divide, maximum, square
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.compare import equal, isinf, logical_and, where
from symnet.ops.elementary import exp

__all__ = ["cbrt", "exp2", "log10", "log2", "logaddexp", "logaddexp2", "reciprocal"]

_INF, _NAN, _LN2 = float("inf"), float("nan"), math.log(2)


class Exp2(Elementwise):
    """Power of two, $2^x$."""

    name, numpy, roles, kind = "exp2", "exp2", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4)), case(arr(values=[-_INF, -80.0, 0.0, 10.0, _INF, _NAN]), order=0), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [_LN2 * y]


class Log2(Elementwise):
    r"""Logarithm to base two, $\log_2 x$."""

    name, numpy, roles, kind = "log2", "log2", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4, low=0.5)), case(arr(values=[0.0, 8.0, 1e30, -1.0, _INF, _NAN]), order=0), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / _LN2 / inputs[0]]


class Log10(Elementwise):
    r"""Decimal logarithm, $\log_{10} x$."""

    name, numpy, roles, kind = "log10", "log10", ("x",), "float"
    on_complex = "holomorphic"
    cases = Log2.cases

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / math.log(10) / inputs[0]]


class Cbrt(Elementwise):
    r"""Cube root, $\sqrt[3]{x}$, negative for negative x; its derivative at 0 is infinite."""

    name, numpy, roles, kind = "cbrt", "cbrt", ("x",), "float"
    cases = (case(arr(3, 4, low=0.5)), case(arr(values=[-8.0, -1.0])), case(arr(values=[0.0, -_INF, _NAN]), order=0))

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / 3 / square(y)]


# sums of logarithms ---------------------------------------------------------------------------------------------------


class _SumOfPowers(Elementwise):
    """Family of logaddexp and logaddexp2; where both are infinite and equal each has half of the gradient."""

    roles, kind = ("x", "y"), "float"
    cases: ClassVar[tuple[Case, ...]] = (
        case(arr(3, 4), arr(4)),
        case(arr(values=[1.0, -800.0, 0.0]), arr(values=[1.0, 0.0, 800.0])),
        case(arr(values=[-_INF, -_INF, _INF, _INF, _NAN]), arr(values=[-_INF, 2.0, _INF, -_INF, 1.0]), order=0),
    )
    unit: ClassVar[float] = 1.0
    """The logarithm of the base."""

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        first, second = inputs
        same = logical_and(equal(first, second), isinf(first))
        share = sigmoid(self.unit * where(same, 0.0, first - second))
        return [share, sigmoid(self.unit * where(same, 0.0, second - first))]


class LogAddExp(_SumOfPowers):
    r"""Logarithm of a sum of exponentials, $\ln(e^x + e^y)$, without overflow."""

    name = numpy = "logaddexp"

    def lower(self, *inputs: Variable) -> Variable:
        # np.logaddexp goes element by element, at some 20 nanoseconds each.
        first, second = inputs
        apart = where(equal(first, second), 0.0, first - second)
        return maximum(first, second) + Log1pOfFraction()(exp(-absolute(apart)))


class LogAddExp2(_SumOfPowers):
    r"""Binary logarithm of a sum of powers of two, $\log_2(2^x + 2^y)$, without overflow."""

    name = numpy = "logaddexp2"
    unit = _LN2


# the user's functions -------------------------------------------------------------------------------------------------

exp2 = word_for(Exp2())
log2 = word_for(Log2())
log10 = word_for(Log10())
cbrt = word_for(Cbrt())
logaddexp = word_for(LogAddExp())
logaddexp2 = word_for(LogAddExp2())


@vocabulary(
    case(arr(3, 4, low=0.5)), case(arr(values=[2, -4], dtype="int32")), case(arr(values=[-4.0, _INF, _NAN]), order=0)
)
def reciprocal(x: Any) -> Variable:
    """$1 / x$, shaped as `x`; integers become floatX first, as in a quotient."""
    return divide(1, x)
