"""Rounding by Python's integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ops.oracles.elementwise import ORACLES as ELEMENTWISE
from ops.oracles.elementwise import each


def finite(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: f(x) if not isinstance(x, float) or math.isfinite(x) else x


def of_parts(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Of a complex number the function of each part."""
    return lambda x: complex(f(x.real), f(x.imag)) if isinstance(x, complex) else f(x)


def fmod(x: Any, y: Any) -> Any:
    """Exact remainders of fractions."""
    if y == 0:
        return math.nan if isinstance(x, float) else 0
    if not math.isfinite(x) or y != y:
        return math.nan
    if not math.isfinite(y):
        return x
    rest = abs(Fraction(x)) % abs(Fraction(y))
    return type(x)(rest if x > 0 else -rest)


def to_decimals(x: Any, decimals: int = 0) -> np.ndarray:
    """The nearest multiple of a power of ten in Python's own `round`: exact halves go to the even digit in both."""
    return each(of_parts(finite(lambda v: round(v, decimals))), np.asarray(x).dtype)(x)


def _float(x):
    return x.dtype if x.dtype.kind == "f" else np.dtype("float64")


ORACLES = {
    "floor": each(finite(math.floor)),
    "ceil": each(finite(math.ceil)),
    "trunc": each(finite(math.trunc)),
    "fix": each(finite(math.trunc)),
    "rint": each(of_parts(finite(round))),
    "round": to_decimals,
    "fmod": each(fmod),
    "modf": lambda x: [each(lambda v, k=k: math.modf(v)[k], _float(x))(x) for k in (0, 1)],
    "divmod": lambda x, y: [ELEMENTWISE["floor_divide"](x, y), ELEMENTWISE["remainder"](x, y)],
}
