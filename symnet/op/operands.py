"""What a user passes, as variables: constants, and Python numbers that are weak beside what is typed."""

from __future__ import annotations

from typing import Any

import numpy as np

from symnet.errors import DTypeError, SymbolicError
from symnet.graph import Constant, Variable
from symnet.types import COMPLEX, DTYPES, FLOATS, complex_of, promote


def as_variable(value: Any, like: Variable | None = None) -> Variable:
    """A variable as it is, all else as a constant; a Python number takes the dtype of `like` where it fits."""
    if isinstance(value, Variable):
        return value
    if isinstance(value, (bool, np.bool_)):
        return Constant(value, "bool")
    if isinstance(value, int):
        return Constant(value, _weak_int(value, like))
    if isinstance(value, float) and not isinstance(value, np.generic):
        return Constant(value, like.type.dtype if like is not None and like.type.is_inexact else "floatX")
    if isinstance(value, complex) and not isinstance(value, np.generic):
        return Constant(value, complex_of("bool" if like is None else like.type.dtype))
    try:
        array = np.asarray(value)
    except SymbolicError:
        if not isinstance(value, (list, tuple)):
            raise
        raise DTypeError(
            f"a {type(value).__name__} with symbolic variables in it is no array.", fix="use sn.stack([...])."
        ) from None
    except ValueError:  # lists of unequal lengths
        array = np.asarray(None)
    if array.dtype.name not in DTYPES:
        raise DTypeError(
            f"{_shown(value)} cannot become a symbolic constant.",
            fix=f"write the number {value.strip()} without quotes."
            if isinstance(value, str) and _is_number(value)
            else "pass a number, an array of numbers or a symbolic variable.",
        )
    if not isinstance(value, (np.ndarray, np.generic)) and array.dtype == np.float64:
        return Constant(array, "floatX")
    if not isinstance(value, (np.ndarray, np.generic)) and array.dtype == np.complex128:
        return Constant(array, complex_of("floatX"))
    return Constant(array)


def as_variables(*values: Any) -> list[Variable]:
    """Operands of one elementwise expression: Python numbers are weak beside a variable or an array."""
    if all(isinstance(v, Variable) for v in values):
        return list(values)
    strong = [
        as_variable(v) for v in values if not isinstance(v, (bool, int, float, complex)) or isinstance(v, np.generic)
    ]
    like = None
    if strong:
        dtype = promote(*(v.type.dtype for v in strong))
        like = next((v for v in strong if v.type.dtype == dtype), strong[0])
    return [as_variable(v, like) for v in values]


def _weak_int(value: int, like: Variable | None) -> str:
    dtype = "int64" if like is None or like.type.dtype == "bool" else like.type.dtype
    if dtype in FLOATS or dtype in COMPLEX:
        return dtype
    limits = np.iinfo(dtype)
    if not limits.min <= value <= limits.max:
        beside = f"{like.label}, which is " if like is not None and like.type.dtype == dtype else ""
        raise DTypeError(
            f"{value} does not fit {beside}{dtype} ({limits.min} to {limits.max}).",
            fix=f"cast it first: {like.label}.astype('int64')."
            if like is not None and beside
            else "use a float.",
        )
    return dtype


def _shown(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}{f' {value!r}' * isinstance(value, str)}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
