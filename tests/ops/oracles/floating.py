"""Signs, neighbours, infinities and NaN by comparisons and by the bits of a double, one number at a time."""

from __future__ import annotations

import cmath
import math
import struct
from typing import Any

import numpy as np

from ops.oracles.elementwise import each, or_complex


def is_negative(x: float) -> bool:
    return struct.pack(">d", x)[0] >= 128


def copysign(x: float, y: float) -> float:
    return -abs(x) if is_negative(y) else abs(x)


def heaviside(x: float, y: float) -> float:
    return x if x != x else y if x == 0 else float(x > 0)


def fmax(x: Any, y: Any) -> Any:
    return y if x != x else x if y != y or x >= y else y


def fmin(x: Any, y: Any) -> Any:
    return y if x != x else x if y != y or x <= y else y


def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> np.ndarray:
    largest = float(np.finfo("float64").max)

    def f(v: Any) -> Any:
        if isinstance(v, complex):
            return complex(f(v.real), f(v.imag))
        if v != v:
            return nan
        if v == math.inf:
            return largest if posinf is None else posinf
        if v == -math.inf:
            return -largest if neginf is None else float(neginf)
        return v

    return each(f)(x)


ORACLES = {
    "copysign": each(copysign, "float64"),
    "signbit": each(is_negative, bool),
    "nextafter": each(math.nextafter),
    "heaviside": each(heaviside, "float64"),
    "fmax": each(fmax),
    "fmin": each(fmin),
    "isfinite": each(or_complex(math.isfinite, cmath.isfinite), bool),
    "isposinf": each(lambda x: x == math.inf, bool),
    "isneginf": each(lambda x: x == -math.inf, bool),
    "nan_to_num": nan_to_num,
    "positive": each(lambda x: x),
    "fabs": each(lambda x: float(x if x > 0 else 0 - x), "float64"),
}
