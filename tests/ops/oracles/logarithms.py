"""Other bases by Python's own powers and logarithms, sums of logarithms by the definition in exact steps."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable

from ops.oracles.elementwise import each, or_complex


def log(f: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: f(x) if x > 0 else -math.inf if x == 0 else math.nan


def cbrt(x: float) -> float:
    """A power, and one step of Newton's method."""
    if x == 0 or not math.isfinite(x):
        return x
    y = math.copysign(abs(x) ** (1 / 3), x)
    return y - (y - x / (y * y)) / 3


def log_of_sum(base: float) -> Callable[[float, float], float]:
    def f(x: float, y: float) -> float:
        if x != x or y != y:
            return math.nan
        large, small = max(x, y), min(x, y)
        if math.isinf(large) or math.isinf(small):
            return large
        return large + math.log1p(base ** (small - large)) / math.log(base)

    return f


ORACLES = {
    "exp2": each(or_complex(lambda x: math.inf if x >= 1024 else 2.0**x, lambda x: cmath.exp(x * math.log(2)))),
    "log2": each(or_complex(log(math.log2), lambda x: cmath.log(x) / math.log(2))),
    "log10": each(or_complex(log(math.log10), cmath.log10)),
    "cbrt": each(cbrt),
    "logaddexp": each(log_of_sum(math.e)),
    "logaddexp2": each(log_of_sum(2.0)),
    "reciprocal": each(lambda x: x**-1, "float64"),
}
