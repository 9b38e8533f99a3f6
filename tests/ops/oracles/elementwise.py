"""Elementwise words, one number at a time with Python's own arithmetic and `math`."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np


def each(f: Callable[..., Any], dtype: Any = None) -> Callable[..., np.ndarray]:
    """`f` on the Python numbers of broadcast arrays; the dtype is the operands' common one unless given."""

    def oracle(*values: Any) -> np.ndarray:
        arrays = np.broadcast_arrays(*values)
        results = [f(*numbers) for numbers in zip(*(a.ravel().tolist() for a in arrays))]
        return np.array(results, dtype or np.result_type(*values)).reshape(arrays[0].shape)

    return oracle


def exp(x: Any) -> Any:
    if isinstance(x, complex):
        return cmath.exp(x)
    return math.inf if x >= 709 else math.exp(x)


def expm1(x: Any) -> Any:
    if isinstance(x, complex):
        return cmath.exp(x) - 1
    return math.inf if x >= 709 else math.expm1(x)


def power(x: Any, y: Any) -> Any:
    try:
        return 1 if y == 0 else x**y
    except OverflowError:
        return math.inf


def absolute(x: Any) -> Any:
    return math.hypot(x.real, x.imag) if isinstance(x, complex) else x if x > 0 else 0 - x


def or_complex(real: Callable[..., Any], of_complex: Callable[..., Any]) -> Callable[..., Any]:
    """One formula for real numbers, one for complex ones."""
    return lambda x: of_complex(x) if isinstance(x, complex) else real(x)


def sign(x: float) -> float:
    return x if x != x else (x > 0) - (x < 0)


def tanh(x: Any) -> Any:
    """Through expm1 of the double: no difference of equals near 0."""
    if isinstance(x, complex):
        return cmath.tanh(x)
    e = expm1(2 * x)
    return 1.0 if e == math.inf else e / (e + 2)


def relu(x: Any) -> Any:
    return type(x)(0) if x < 0 else x


def sigmoid(x: float) -> float:
    """Through tanh of the half: another formula than the definition."""
    return exp(x) if x <= -30 else 0.5 + 0.5 * math.tanh(x / 2)


def softplus(x: float) -> float:
    """The integral form far from 0, the definition near it."""
    return x if x > 40 else exp(x) if x < -40 else math.log1p(math.exp(x))


def where(condition: Any, x: Any, y: Any) -> np.ndarray:
    return each(lambda c, a, b: a if c else b, np.result_type(x, y))(condition, x, y)


def clip(x: Any, low: Any, high: Any) -> np.ndarray:
    return each(lambda v, a, b: sorted([v, a, b])[1])(x, low, high)


def cast(x: Any, dtype: Any) -> np.ndarray:
    if dtype == "floatX":
        dtype = "float64"
    kind = bool if dtype == "bool" else complex if "complex" in dtype else math.trunc if "int" in dtype else float
    return each(kind, dtype)(x)


def erf(x: float) -> float:
    """The series of positive terms, e^(-x^2) times the sum of 2^n x^(2n + 1) / (2n + 1)!!; 1 where it rounds to 1."""
    if not abs(x) < 6:
        return math.copysign(1.0, x) if x == x else x
    term, terms = x, []
    while abs(term) > 1e-18 * abs(x):
        terms.append(term)
        term *= 2 * x * x / (2 * len(terms) + 1)
    return 2 / math.sqrt(math.pi) * math.exp(-x * x) * math.fsum(terms)


def gelu(x: float, approximate: str | None = None) -> float:
    if approximate is None:
        return x * (1 + erf(x / math.sqrt(2))) / 2
    return x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


ORACLES = {
    "add": each(operator.add),
    "subtract": each(operator.sub),
    "multiply": each(operator.mul),
    "divide": each(operator.truediv),
    "floor_divide": each(operator.floordiv),
    "remainder": each(operator.mod),
    "power": each(power),
    "pow": each(power),
    "negative": each(lambda x: 0 - x),
    "abs": lambda x: each(absolute, np.abs(x).dtype)(x),
    "sign": each(or_complex(sign, lambda x: x / abs(x) if x else x)),
    "square": each(lambda x: x * x),
    "maximum": each(lambda x, y: x if x >= y or x != x else y),
    "minimum": each(lambda x, y: x if x <= y or x != x else y),
    "exp": each(exp),
    "log": each(lambda x: cmath.log(x) if isinstance(x, complex) else math.log(x)),
    "log1p": each(lambda x: cmath.log(1 + x) if isinstance(x, complex) else math.log1p(x)),
    "expm1": each(expm1),
    "sqrt": each(lambda x: cmath.sqrt(x) if isinstance(x, complex) else x**0.5),
    "erf": each(erf),
    "gelu": lambda x, approximate=None: each(lambda v: gelu(v, approximate))(x),
    "sin": each(lambda x: cmath.sin(x) if isinstance(x, complex) else cmath.exp(1j * x).imag),
    "cos": each(lambda x: cmath.cos(x) if isinstance(x, complex) else cmath.exp(1j * x).real),
    "tanh": each(tanh),
    "sigmoid": each(sigmoid),
    "relu": each(relu),
    "softplus": each(softplus),
    "equal": each(operator.eq, bool),
    "not_equal": each(operator.ne, bool),
    "less": each(operator.lt, bool),
    "less_equal": each(operator.le, bool),
    "greater": each(operator.gt, bool),
    "greater_equal": each(operator.ge, bool),
    "logical_and": each(lambda x, y: bool(x) and bool(y), bool),
    "logical_or": each(lambda x, y: bool(x) or bool(y), bool),
    "logical_xor": each(lambda x, y: bool(x) != bool(y), bool),
    "logical_not": each(operator.not_, bool),
    "bitwise_and": each(operator.and_),
    "bitwise_or": each(operator.or_),
    "bitwise_xor": each(operator.xor),
    "invert": each(lambda x: not x if isinstance(x, bool) else -x - 1),
    "bitwise_invert": each(lambda x: not x if isinstance(x, bool) else -x - 1),
    "isnan": each(lambda x: x != x, bool),
    "isinf": each(lambda x: math.inf in (abs(x.real), abs(x.imag)), bool),
    "stop_gradient": each(lambda x: x),
    "where": where,
    "clip": clip,
    "cast": cast,
    "astype": cast,
}
