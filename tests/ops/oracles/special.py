"""Special functions by `math`, by plain series and continued fractions, and by bisection: no coefficients of fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ops.oracles.elementwise import ORACLES as ELEMENTWISE
from ops.oracles.elementwise import each

NODES, WEIGHTS = np.polynomial.legendre.leggauss(100)


def erfcx(x: float) -> float:
    r"""For x above 3 Gauss's rule on $2/\sqrt\pi \int_0^\infty e^{-t^2 - 2 x t} dt$."""
    if x < 3:
        return math.exp(x * x) * math.erfc(x) if x > -26 else math.inf
    if x == math.inf or x != x:
        return 1 / x
    half = 10 / x
    t = half * (NODES + 1)
    return 2 / math.sqrt(math.pi) * half * float(WEIGHTS @ np.exp(-t * (t + 2 * x)))


def ndtr(x: float) -> float:
    u = -x / math.sqrt(2)
    return erfcx(u) * math.exp(-x * x / 2) / 2 if 3 < u < 50 else math.erfc(u) / 2


def log_ndtr(x: float) -> float:
    if x < -4:
        return -math.inf if x == -math.inf else math.log(erfcx(-x / math.sqrt(2)) / 2) - x * x / 2
    return math.log1p(-ndtr(-x)) if x > 0 else math.log(ndtr(x)) if x == x else x


def erfinv(x: float) -> float:
    """Bisection, on erf where that is small, and on what it leaves to 1 where that is."""
    if not abs(x) < 1:
        return x * math.inf if abs(x) == 1 else math.nan
    low, high = 0.0, 6.0 if abs(x) > 1e-3 else 2 * abs(x)
    for _ in range(200):
        y = (low + high) / 2
        below = math.erf(y) < abs(x) if abs(x) < 0.5 else math.erfc(y) > 1 - abs(x)
        low, high = (y, high) if below else (low, y)
    return math.copysign(low, x)


def gammaln(x: float) -> float:
    try:
        return math.lgamma(x)
    except ValueError:
        return math.inf


def gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if x == 0 else math.nan


def polygamma(n: int, x: float) -> float:
    """Summed over 300 terms, from the negative ones on; the integral of the rest and its first corrections."""
    if x != x or x == -math.inf:
        return math.nan
    if x <= 0 and x == math.floor(x):
        return math.inf if n % 2 else math.copysign(math.inf, -x) if x == 0 else math.nan
    if x == math.inf:
        return math.inf if n == 0 else 0.0
    factor = (-1) ** (n + 1) * math.factorial(n)
    count = 300 if x < 1e6 else 0
    z = x + count
    power, slope = z ** -(n + 1), (n + 1) * z ** -(n + 2)
    third = (n + 1) * (n + 2) * (n + 3) * z ** -(n + 4)
    integral = -math.log(z) if n == 0 else z**-n / n
    terms = [float(x + k) ** -(n + 1) for k in range(count)]
    return factor * math.fsum([*terms, integral, power / 2, slope / 12, -third / 720])


def times_log(log: Callable[[float], float], offset: int) -> Callable[[float, float], float]:
    def f(x: float, y: float) -> float:
        if x != x or y != y:
            return math.nan
        if x == 0:
            return 0.0
        return x * log(y) if y + offset > 0 else -x * math.inf if y + offset == 0 else math.nan

    return f


def logit(x: float) -> float:
    if not 0 < x < 1:
        return -math.inf if x == 0 else math.inf if x == 1 else math.nan
    return math.log(x) - math.log1p(-x) if abs(x - 0.5) > 0.1 else math.log1p(2 * x - 1) - math.log1p(1 - 2 * x)


def bessel(n: int, x: float) -> float:
    """The mean of cosh(x cos t), or of cos t sinh(x cos t), over a turn: sums of many terms give it to all digits."""
    if x != x or abs(x) == math.inf:
        return x if n or x != x else math.inf
    c = np.abs(np.cos(np.arange(400) * (2 * math.pi / 400)))
    other = np.exp(-2 * abs(x) * c) + 1 if n == 0 else -np.expm1(-2 * abs(x) * c) * c
    scaled = math.fsum(np.exp(abs(x) * (c - 1)) * other / 2) / 400
    try:
        return math.copysign(1.0, x) ** n * (math.exp(abs(x) / 2) * scaled * math.exp(abs(x) / 2))
    except OverflowError:
        return math.inf


ORACLES: dict[str, Callable[..., Any]] = {
    "erfc": each(math.erfc),
    "erfcx": each(erfcx),
    "ndtr": each(ndtr),
    "log_ndtr": each(log_ndtr),
    "erfinv": each(erfinv),
    "gammaln": each(gammaln),
    "i0": lambda x: each(lambda v: bessel(0, v), x.dtype if x.dtype.kind == "f" else np.float64)(x),
    "i1": lambda x: each(lambda v: bessel(1, v), x.dtype if x.dtype.kind == "f" else np.float64)(x),
    "gamma": each(gamma),
    "digamma": each(lambda x: polygamma(0, x)),
    "polygamma": lambda n, x: each(lambda v: polygamma(n, v), np.asarray(x).dtype)(x),
    "betaln": each(lambda a, b: gammaln(a) + gammaln(b) - gammaln(a + b)),
    "xlogy": each(times_log(math.log, 0)),
    "xlog1py": each(times_log(math.log1p, 1)),
    "logit": each(logit),
    "expit": ELEMENTWISE["sigmoid"],
}
