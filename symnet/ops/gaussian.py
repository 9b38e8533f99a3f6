r"""The integral of the normal distribution: its tails to full precision, its logarithm, and its inverse.

$e^{x^2}\operatorname{erfc} x$ falls slowly and without a bend from 1 to 0. Times 1 + 2x it is a smooth function of
$t = (x - 4) / (x + 4)$, and so one polynomial serves all x >= 0; the coefficients are those of its interpolation at
Chebyshev's points. The form is that of Shepherd and Laframboise, Chebyshev approximation of $(1 + 2x) e^{x^2}
\operatorname{erfc} x$, Mathematics of Computation 36, 1981.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import arr, case, word_for
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import maximum, minimum, sign, square
from symnet.ops.compare import equal, less, where
from symnet.ops.elementary import exp, log, log1p, sqrt
from symnet.ops.rounding import rint
from symnet.ops.special import Special, horner

__all__ = ["erfc", "erfcx", "erfinv", "log_ndtr", "ndtr"]

_INF, _NAN = float("inf"), float("nan")

# Relative errors of 6e-8 and 5e-17.
_SINGLE = (
    1.2329950604883022, -0.13962111141094743, 0.015383842892897707, 0.06809666149276009, -0.101088254932082,
    0.09373752788484618, -0.06611786377912013, 0.03714649903841068, -0.016617346259919948, 0.005076290790132089,
    -0.00036590831278584125, -0.0002462804044524691,
)  # fmt: skip
_DOUBLE = (
    1.2329951186255526, -0.1396211168405625, 0.015379652102610162, 0.0680970542546862, -0.10103906603585294,
    0.09373283499865172, -0.06633036582050367, 0.0371675155318432, -0.01619773397992426, 0.005031970032548695,
    -0.0007577737141838885, -0.00019925700412184815, 0.0001506231178516207, -2.439811794207995e-05,
    -1.1225140354449658e-05, 5.707239573693257e-06, 2.980596055322769e-07, -8.218020654813044e-07,
    7.111912428010423e-08, 1.0683442926744586e-07, -1.6357383982124768e-08, -1.2544825403855518e-08,
    1.5712153638319064e-09, 9.655408225482863e-10,
)  # fmt: skip


def _scaled(size: Variable) -> Variable:
    r"""$e^{x^2} \operatorname{erfc} x$ for x >= 0 below infinity."""
    t = (size - 4) / (size + 4)
    return horner(t, _DOUBLE if size.type.dtype == "float64" else _SINGLE) / (1 + 2 * size)


def _bell(x: Variable, rate: float = 1.0) -> Variable:
    r"""$e^{-r x^2}$ without the rounding of the square: x is a multiple of 1/16, whose square is exact, and a rest."""
    grid = rint(16 * x) * (1 / 16)
    return exp(-rate * square(grid)) * exp(-rate * (x - grid) * (x + grid))


def _exact_scaled(x: float) -> float:
    """By erfc, and where that vanishes by its continued fraction."""
    if x < 5:
        return math.inf if x < -27 else math.exp(x * x) * math.erfc(x)
    rest = 0.0
    for k in range(80, 0, -1):
        rest = k / 2 / (x + rest)
    return 1 / (x + rest) / math.sqrt(math.pi)


class Erfc(Special):
    r"""What erf leaves to 1, $\frac{2}{\sqrt\pi} \int_x^\infty e^{-t^2} dt$, exact where that is tiny."""

    name = "erfc"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[-6.5, -0.5, 0.0, 1.0, 2.5, 6.1])),
        case(arr(values=[8.5, -30.0, _INF, -_INF, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [-2 / math.sqrt(math.pi) * exp(-square(inputs[0]))]

    def exact(self, x: float) -> float:
        return math.erfc(x)

    def formula(self, x: Variable) -> Variable:
        size = minimum(absolute(x), 30.0)  # from where on it is 0 in every float type
        tail = _bell(size) * _scaled(size)
        return where(less(x, 0), 2 - tail, tail)


class Erfcx(Special):
    r"""Scaled complementary error function, $e^{x^2} \operatorname{erfc} x$, about $1 / (x \sqrt\pi)$ for large x."""

    name = "erfcx"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[-1.0, 0.0, 6.0, 40.0])),
        case(arr(values=[1e30, -50.0, _INF, -_INF, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [2 * inputs[0] * y - 2 / math.sqrt(math.pi)]

    def exact(self, x: float) -> float:
        return _exact_scaled(x)

    def formula(self, x: Variable) -> Variable:
        below = less(x, 0)
        size = absolute(x)
        largest = 1e300 if x.type.dtype == "float64" else 1e37
        tail = _scaled(minimum(size, largest))
        near = minimum(where(below, size, 0.0), 30.0)
        grown = 2 / _bell(near) - tail
        return where(below, grown, where(equal(x, _INF), 0.0, tail))


class Ndtr(Special):
    r"""Normal distribution function, $\int_{-\infty}^x e^{-t^2/2} dt / \sqrt{2\pi}$, exact where that is tiny."""

    name = "ndtr"
    cases = (case(arr(3, 4)), case(arr(values=[-9.0, -_INF, 0.0, 40.0, _NAN]), order=0))

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / math.sqrt(2 * math.pi) * exp(-0.5 * square(inputs[0]))]

    def exact(self, x: float) -> float:
        # For erfc alone the rounding of its argument would count, where it is tiny.
        u = -x * math.sqrt(0.5)
        return 0.5 * math.erfc(u) if not 1 < u < 30 else 0.5 * math.exp(-x * x / 2) * _exact_scaled(u)

    def formula(self, x: Variable) -> Variable:
        size = minimum(absolute(x), 40.0)  # from where on it is 0 or 1 in every float type
        tail = 0.5 * _bell(size, 0.5) * _scaled(math.sqrt(0.5) * size)
        return where(less(x, 0), tail, 1 - tail)


class LogNdtr(Special):
    r"""Logarithm of the normal distribution function, $\ln \int_{-\infty}^x e^{-t^2/2} dt / \sqrt{2\pi}$."""

    name = "log_ndtr"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[-40.0, -6.0, 0.0, 5.0])),
        case(arr(values=[-1e10, 30.0, _INF, -_INF, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        # The bell over the integral, both without e^(-x^2/2) where that vanishes.
        return [math.sqrt(2 / math.pi) / erfcx(-math.sqrt(0.5) * inputs[0])]

    def exact(self, x: float) -> float:
        if x < 0:
            return -math.inf if x == -math.inf else math.log(_exact_scaled(-x * math.sqrt(0.5)) / 2) - x * x / 2
        return math.log1p(-math.erfc(x * math.sqrt(0.5)) / 2)

    def formula(self, x: Variable) -> Variable:
        size = math.sqrt(0.5) * minimum(absolute(x), 1e300 if x.type.dtype == "float64" else 1e37)
        scaled = _scaled(size)
        low = minimum(x, 0)
        below = log(scaled / 2) - square(low) / 2
        return where(less(x, 0), below, log1p(-0.5 * _bell(minimum(absolute(x), 40.0), 0.5) * scaled))


# the inverse ----------------------------------------------------------------------------------------------------------

# Quotients by Wichura, Algorithm AS 241, Applied Statistics 37, 1988: of the normal quantile, with a relative error
# below 1e-16 around the median, in the tails, and far out.
_MIDDLE_ABOVE = (
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
)  # fmt: skip
_MIDDLE_BELOW = (
    1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
)  # fmt: skip
_TAIL_ABOVE = (
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
)  # fmt: skip
_TAIL_BELOW = (
    1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-09,
)  # fmt: skip
_FAR_ABOVE = (
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-05, 2.0103343992922881e-07,
)  # fmt: skip
_FAR_BELOW = (
    1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-05,
    1.421511758316446e-07, 2.0442631033899397e-15,
)  # fmt: skip


class Erfinv(Special):
    r"""Inverse of the error function, the y with $\operatorname{erf} y = x$; infinite at -1 and 1, NaN beyond.

    Source: Wichura, Algorithm AS 241, Applied Statistics 37, 1988.
    """

    name = "erfinv"
    cases = (
        case(arr(3, 4, low=-0.9, high=0.9)),
        case(arr(values=[-0.99, 0.0, 0.84, 0.86])),
        case(arr(values=[1e-30, -0.9999, 1.0, -1.0, 1.5, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [math.sqrt(math.pi) / 2 * exp(square(y))]

    def exact(self, x: float) -> float:
        """Newton's method from the guess of Winitzki."""
        if not abs(x) < 1:
            return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
        half = 2 / (math.pi * 0.147) + math.log1p(-x * x) / 2
        y = math.sqrt(max(0.0, math.sqrt(half * half - math.log1p(-x * x) / 0.147) - half))
        y = y if abs(x) > 1e-3 else abs(x) * math.sqrt(math.pi) / 2
        for _ in range(4):
            beyond = math.erf(y) - abs(x) if abs(x) < 0.5 else 1 - abs(x) - math.erfc(y)
            y -= beyond * math.sqrt(math.pi) / 2 * math.exp(y * y)
        return math.copysign(y, x)

    def formula(self, x: Variable) -> Variable:
        size = absolute(x)
        middle = 0.180625 - square(minimum(size, 0.85)) * 0.25
        near = 0.5 * x * horner(middle, _MIDDLE_ABOVE) / horner(middle, _MIDDLE_BELOW)
        depth = sqrt(-log((1 - maximum(size, 0.85)) * 0.5))
        tail = minimum(depth, 5.0) - 1.6
        far = maximum(depth, 5.0) - 5
        beyond = where(
            less(depth, 5),
            horner(tail, _TAIL_ABOVE) / horner(tail, _TAIL_BELOW),
            horner(far, _FAR_ABOVE) / horner(far, _FAR_BELOW),
        )
        beyond = sign(x) * where(equal(size, 1), _INF, beyond)
        return math.sqrt(0.5) * where(less(size, 0.85), near, beyond)


# the user's functions -------------------------------------------------------------------------------------------------

erfc = word_for(Erfc())
erfcx = word_for(Erfcx())
erfinv = word_for(Erfinv())
log_ndtr = word_for(LogNdtr())
ndtr = word_for(Ndtr())

