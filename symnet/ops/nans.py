"""Reductions that leave NaN out."""

from __future__ import annotations

from typing import Any

from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of
from symnet.ops.compare import isnan, logical_not, where
from symnet.ops.conversion import cast
from symnet.ops.extremes import NanMax, NanMin
from symnet.ops.reduce import mean
from symnet.ops.reduce import sum as total
from symnet.ops.searching import count_nonzero

__all__ = ["nansum", "nanmean", "nanmax", "nanmin"]

_HOLES = arr(values=[[1.0, float("nan"), 3.0], [-2.0, 5.0, float("nan")]])
_ALL = arr(values=[[1.0, float("nan")], [float("nan"), float("nan")]])
_CASES = (
    case(_HOLES, order=0),
    case(_HOLES, axis=1, order=0),
    case(_HOLES, axis=0, keepdims=True, order=0),
    case(_ALL, axis=1, order=0),
    case(arr(2, 3), axis=0),
    case(arr(values=[[2, 5], [-1, 3]], dtype="int32"), axis=1),
)
_COMPLEX = (
    case(arr(values=[[1 + 2j, complex("nan+1j")], [3j, -1.0]], dtype="complex128"), axis=1, order=0),
    case(arr(2, 3, dtype="complex64"), axis=0),
)


@vocabulary(*_CASES, *_COMPLEX)
def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Sum of the elements along axes that are not NaN; 0 where all are. Shapes and errors are those of `sum`."""
    x = as_variable(x)
    return total(where(isnan(x), 0, x) if x.type.is_inexact else x, axis, keepdims)


@vocabulary(*_CASES, *_COMPLEX)
def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Mean of the elements along axes that are not NaN; NaN where all are. Shapes and errors are those of `mean`."""
    x = as_variable(x)
    if not x.type.is_inexact:
        return mean(x, axis, keepdims)
    count = count_nonzero(logical_not(isnan(x)), axis, keepdims)
    return nansum(x, axis, keepdims) / cast(count, x.type.dtype)


@vocabulary(*_CASES)
def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Largest of the elements along axes that are not NaN; NaN where all are. Shapes and errors are those of `max`."""
    x = as_variable(x)
    return NanMax(axes_of("nanmax", x, axis), bool(keepdims))(x)


@vocabulary(*_CASES)
def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Smallest of the elements along axes that are not NaN; NaN where all are. Shapes and errors are those of `min`."""
    x = as_variable(x)
    return NanMin(axes_of("nanmin", x, axis), bool(keepdims))(x)
