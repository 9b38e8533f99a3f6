"""Angles by complex logarithms and by `math`, one number at a time."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

from ops.oracles.elementwise import each, or_complex


def within(f: Callable[[float], float], low: float, high: float) -> Callable[[float], float]:
    """`f` on an interval, NaN beyond, where `math` raises."""
    return lambda x: f(x) if low <= x <= high else math.nan


def tan(x: float) -> float:
    z = cmath.exp(1j * x)
    return z.imag / z.real


def sinh(x: float) -> float:
    """Through expm1: no difference of equals near 0."""
    if abs(x) > 700:
        return math.copysign(math.inf, x)
    e = math.expm1(x)
    return (e + e / (e + 1)) / 2


def cosh(x: float) -> float:
    e = math.inf if abs(x) > 700 else math.exp(abs(x))
    return (e + 1 / e) / 2


def arcsinh(x: float) -> float:
    if not abs(x) < 1e15:
        return math.copysign(math.log(abs(x)) + math.log(2), x)
    size = abs(x)
    return math.copysign(math.log1p(size + size * size / (1 + math.sqrt(1 + size * size))), x)


def arccosh(x: float) -> float:
    if x != x or x < 1:
        return math.nan
    return math.log(x) + math.log(2) if x > 1e15 else math.log1p(x - 1 + math.sqrt((x - 1) * (x + 1)))


def arctanh(x: float) -> float:
    if not abs(x) < 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    return (math.log1p(x) - math.log1p(-x)) / 2


def hypot(x: float, y: float) -> float:
    scale = max(abs(x), abs(y))
    if math.isinf(x) or math.isinf(y):
        return math.inf
    return scale * math.sqrt((x / scale) ** 2 + (y / scale) ** 2) if scale else 0.0


def sinc(x: Any) -> Any:
    """The product of cos(πx / 2^k)."""
    if x == 0 or x != x:
        return x if x else 1.0
    cos = cmath.cos if isinstance(x, complex) else math.cos
    return math.prod(cos(math.pi * x / 2**k) for k in range(1, 40))


ORACLES = {
    "tan": each(or_complex(tan, cmath.tan)),
    "arcsin": each(or_complex(within(math.asin, -1, 1), cmath.asin)),
    "arccos": each(or_complex(within(math.acos, -1, 1), cmath.acos)),
    "arctan": each(or_complex(math.atan, cmath.atan)),
    "arctan2": each(math.atan2),
    "hypot": each(hypot),
    "sinh": each(or_complex(sinh, cmath.sinh)),
    "cosh": each(or_complex(cosh, cmath.cosh)),
    "arcsinh": each(or_complex(arcsinh, cmath.asinh)),
    "arccosh": each(or_complex(arccosh, cmath.acosh)),
    "arctanh": each(or_complex(arctanh, cmath.atanh)),
    "sinc": each(sinc),
    "deg2rad": each(lambda x: x / 180 * math.pi, "float64"),
    "rad2deg": each(lambda x: x * (180 / math.pi), "float64"),
}
LONGER = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}
LONGER |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}
ORACLES |= {name: ORACLES[longer] for name, longer in LONGER.items()}
