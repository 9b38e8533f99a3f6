"""The gamma function, its logarithm, and the derivatives of that: digamma and polygamma."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import arr, case, elementwise, vocabulary, word_for
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import maximum, minimum, square
from symnet.ops.compare import equal, greater, less, logical_and, where
from symnet.ops.elementary import cos, exp, log, sin
from symnet.ops.powers import power
from symnet.ops.rounding import floor, rint
from symnet.ops.special import Special, horner
from symnet.origin import here

__all__ = ["betaln", "digamma", "gamma", "gammaln", "polygamma"]

_INF, _NAN = float("inf"), float("nan")

# ln gamma(y) / ((y - 1) (y - 2)) on [1, 2] by v = y - 1.5, interpolated at Chebyshev's points: relative errors of 3e-8
# and below 1e-16.
_SINGLE = (
    0.4831289505409809, -0.14595969659446814, 0.06291127891463096, -0.0313190425020628, 0.016803567030855483,
    -0.009276536437704205, 0.005355116558082131, -0.003972133760269669, 0.0023883113357152258,
)  # fmt: skip
_DOUBLE = (
    0.4831289505409809, -0.14595989591430608, 0.06291140107456439, -0.031308487501010646, 0.01679709863127416,
    -0.009425622448525798, 0.005446457839126065, -0.0032120740737152814, 0.0019229163127905161,
    -0.0011644145847310124, 0.000711519067515296, -0.00043799307479613914, 0.00027131373861446925,
    -0.0001689178215524898, 0.00010535512483785591, -6.614136022346414e-05, 4.30276814976503e-05,
    -2.7201673025504752e-05, 1.3186019073996835e-05, -8.355075869795273e-06, 1.2140008083973407e-05,
    -7.760660152513446e-06,
)  # fmt: skip
# x times what Stirling's formula leaves of ln gamma(x), by 1 / x^2 for x >= 3, likewise: 8e-9 and 5e-17.
_BINET_SINGLE = (
    0.08333333267263356, -0.002777586224764793, 0.0007847184126524286, -0.0004544283179766486,
)  # fmt: skip
_BINET_DOUBLE = (
    0.08333333333333333, -0.002777777777767353, 0.0007936507891020488, -0.0005952373063227016, 0.000841678862598761,
    -0.0019135564194573535, 0.006266355072207451, -0.02591763548428459, 0.11229667461420963, -0.41302940091672014,
    1.0364376287210755, -1.2591741378706647,
)  # fmt: skip


def _logarithm_up_to_3(x: Variable) -> tuple[Variable, Variable, Variable]:
    r"""For x of [0, 3]: $\ln\Gamma$ of the number of [1, 2] beside it, what to multiply by, what to divide by."""
    low, high = less(x, 1), greater(x, 2)
    v = where(low, x - 0.5, where(high, x - 2.5, x - 1.5))
    table = _DOUBLE if x.type.dtype == "float64" else _SINGLE
    return (v + 0.5) * (v - 0.5) * horner(v, table), where(high, x - 1, 1.0), where(low, x, 1.0)


def _binet(x: Variable) -> Variable:
    r"""$\ln\Gamma(x)$ less Stirling's $(x - 1/2) \ln x - x + \ln\sqrt{2\pi}$, for x >= 3."""
    inverse = 1 / x
    return inverse * horner(square(inverse), _BINET_DOUBLE if x.type.dtype == "float64" else _BINET_SINGLE)


class GammaLn(Special):
    r"""Logarithm of the size of the gamma function, $\ln |\Gamma(x)|$; infinite at 0, -1, -2, ..."""

    name = "gammaln"
    cases = (
        case(arr(3, 4, low=0.2, high=6.0)),
        case(arr(values=[0.5, 1.25, 2.5, 30.0, -0.5, -3.25])),
        case(arr(values=[1.0, 2.0, 3.0, 1e-30, 1e30, 0.0, -1.0, _INF, -_INF, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [digamma(inputs[0])]

    def exact(self, x: float) -> float:
        try:
            return math.lgamma(x)
        except (ValueError, OverflowError):
            return math.inf

    def formula(self, x: Variable) -> Variable:
        size = absolute(x)
        least, times, over = _logarithm_up_to_3(minimum(size, 3.0))
        large = maximum(size, 3.0)
        # Grouped so that nothing large is subtracted.
        stirling = (large - 0.5) * (log(large) - 1) + (math.log(2 * math.pi) / 2 - 0.5) + _binet(large)
        right = where(less(size, 3), least + log(times) - log(over), stirling)
        wave = absolute(sin(math.pi * (size - rint(size))))
        left = math.log(math.pi) - log(size) - log(wave) - right
        pole = where(equal(wave, 0), True, equal(size, _INF))
        return where(less(x, 0), where(pole, _INF, left), right)


class Gamma(Special):
    r"""Gamma function, $\int_0^\infty t^{x-1} e^{-t} dt$, continued to negative x; NaN at -1, -2, ..."""

    name = "gamma"
    cases = (
        case(arr(3, 4, low=0.2, high=6.0)),
        case(arr(values=[0.5, 1.25, 2.5, 9.0, -0.5, -3.25])),
        case(arr(values=[1.0, 2.0, 5.0, 1e-30, 30.0, 0.0, -1.0, _INF, -_INF, 200.0, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [y * digamma(inputs[0])]

    def exact(self, x: float) -> float:
        try:
            return math.gamma(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.inf if x == 0 else math.nan

    def formula(self, x: Variable) -> Variable:
        size = absolute(x)
        least, times, over = _logarithm_up_to_3(minimum(size, 3.0))
        # Up to where it is infinite. The power in two halves does not overflow before it has met the exponential.
        large = minimum(maximum(size, 3.0), 180.0 if x.type.dtype == "float64" else 40.0)
        half = power(large, 0.5 * large - 0.25)
        stirling = half * exp(-large) * half * (math.sqrt(2 * math.pi) * exp(_binet(large)))
        right = where(less(size, 3), exp(least) * times / over, stirling)
        turns = rint(size)
        wave = sin(math.pi * (size - turns)) * (1 - 2 * (turns - 2 * floor(0.5 * turns)))
        left = where(equal(wave, 0), _NAN, -math.pi / (size * right * wave))
        return where(less(x, 0), left, right)


# derivatives of the logarithm -----------------------------------------------------------------------------------------

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


def _cotangent_polynomial(n: int) -> tuple[int, ...]:
    r"""The polynomial in $\cot z$ that is its n-th derivative by z: each step is $P' \cdot (-1 - c^2)$."""
    p = [0, 1]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(p)][1:]
        p = [-(a + b) for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    return tuple(p)


class Polygamma(Special):
    r"""The n-th derivative of digamma.

    For positive x by the series $(-1)^{n+1} n! \sum_k (x + k)^{-n-1}$: its first terms, and Euler's and Maclaurin's
    formula for the rest. Abramowitz and Stegun, 6.3.18, 6.4.7 and 6.4.11.
    """

    n: int = 0

    name = "polygamma"

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [Polygamma(self.n + 1)(inputs[0])]

    @property
    def _first(self) -> int:
        """So many terms one by one."""
        return 10 + self.n

    def _rest(self, z: Any, log_z: Any) -> Any:
        """What the terms from z on sum up to, times the sign."""
        n, inverse = self.n, 1 / z
        scale = [b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) for k, b in enumerate(_BERNOULLI, 1)]
        t = inverse * inverse
        tail = t * horner(t, scale)
        if n == 0:
            return -log_z + 0.5 * inverse + tail
        return inverse**n * (math.factorial(n - 1) + 0.5 * math.factorial(n) * inverse + tail)

    def _right(self, x: Any, logarithm: Any) -> Any:
        """The value for positive x."""
        total = sum(((1 / (x + k)) ** (self.n + 1) for k in range(1, self._first)), (1 / x) ** (self.n + 1))
        z = x + self._first
        y = math.factorial(self.n) * total + self._rest(z, logarithm(z) if self.n == 0 else 0)
        return y if self.n % 2 else -y

    def exact(self, x: float) -> float:
        if x > 0:
            return 0.0 if x == math.inf and self.n else float(self._right(x, math.log))
        if not math.isfinite(x):
            return math.nan
        if x == math.floor(x):
            return math.inf if self.n % 2 else math.copysign(math.inf, -x) if x == 0 else math.nan
        wave = math.pi * math.remainder(x, 1)
        turned = horner(math.cos(wave) / math.sin(wave), _cotangent_polynomial(self.n))  # type: ignore[arg-type]
        right = float(self._right(1 - x, math.log))
        return float((-1) ** self.n * right - math.pi ** (self.n + 1) * turned)

    def formula(self, x: Variable) -> Variable:
        positive = greater(x, 0)
        right = self._right(where(positive, x, 1 - x), log)
        angle = math.pi * where(equal(x, 0), x, x - rint(x))  # the difference of -0 and -0 would be 0
        turned = math.pi ** (self.n + 1) * horner(cos(angle) / sin(angle), _cotangent_polynomial(self.n))
        left = (-right if self.n % 2 else right) - turned
        if self.n % 2 == 0:  # its sign at a pole would be that of a zero
            left = where(logical_and(equal(angle, 0), less(x, 0)), _NAN, left)
        return where(positive, right, left)


# the user's functions -------------------------------------------------------------------------------------------------

gammaln = word_for(GammaLn())
gamma = word_for(Gamma())

_SMOOTH = (case(arr(3, 4, low=0.3, high=6.0)), case(arr(values=[0.5, 1.0, 2.5, 30.0, -0.5, -3.25])))


@vocabulary(*_SMOOTH, case(arr(values=[1e-20, 1e30, -1e-10, 0.0, -0.0, -1.0, _INF, -_INF, _NAN]), order=0))
def digamma(x: Any) -> Variable:
    r"""Derivative of the logarithm of the gamma function, $\psi(x) = \Gamma'(x) / \Gamma(x)$, shaped as `x`.

    Near its zeros the absolute error is a few roundings. At 0 it is -inf, at -0 inf, and at -1, -2, ... NaN.
    """
    return elementwise(Polygamma(0), x)


@vocabulary(
    *(case(n, arr(3, 4, low=0.5, high=6.0)) for n in (0, 1, 2, 5)),
    case(1, arr(values=[0.5, 30.0, -0.5, -3.25])),
    case(2, arr(values=[0.5, 30.0, -0.5, -3.25])),
    case(1, arr(values=[1e-10, 1e15, 0.0, -1.0, _INF, _NAN]), order=0),
)
def polygamma(n: int, x: Any) -> Variable:
    r"""The n-th derivative of digamma, $\psi^{(n)}(x)$, shaped as `x`; n is an int, and 1 gives trigamma.

    Raises: ArgumentError for another n. Source: Abramowitz and Stegun, section 6.4.
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 0 <= n <= _MOST:
        raise ArgumentError(
            f"polygamma: n is {getattr(n, 'label', repr(n))}.", origin=here(), fix=f"n is an int of 0 to {_MOST}."
        )
    return elementwise(Polygamma(int(n)), x)


_MOST = 20
"""The largest order: beyond, the result overflows float32 almost everywhere."""


@vocabulary(
    case(arr(3, 4, low=0.3, high=6.0), arr(4, low=0.3, high=6.0)),
    case(arr(values=[1.0, 0.5, _NAN]), arr(values=[1.0, 1e-10, 1.0]), order=0),
)
def betaln(a: Any, b: Any) -> Variable:
    r"""Logarithm of the beta function, $\ln\Gamma(a) + \ln\Gamma(b) - \ln\Gamma(a + b)$; shapes broadcast.

    The error is some roundings of the largest term.
    """
    return gammaln(a) + gammaln(b) - gammaln(a + b)
