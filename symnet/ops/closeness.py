"""Whether arrays are equal, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.graph import Constant, Variable
from symnet.op import Op, arr, as_variables, case, vocabulary
from symnet.ops.arithmetic import abs as magnitude
from symnet.ops.compare import equal, isnan, less, less_equal, logical_and, logical_or
from symnet.ops.conversion import cast
from symnet.ops.reduce import all as every
from symnet.types import TensorType, float_of, promote

__all__ = ["isclose", "allclose", "array_equal", "ArrayEqual"]

_NAN, _INF = float("nan"), float("inf")
_PAIR = arr(values=[1.0, 1.0, _NAN, _INF, _INF, 0.0, 1.0]), arr(values=[1.0001, 1.1, _NAN, _INF, -_INF, 1e-9, _INF])


@vocabulary(
    case(*_PAIR, order=0),
    case(*_PAIR, rtol=1e-3, equal_nan=True, order=0),
    case(arr(values=[[0.5], [2.0]]), arr(values=[0.25, 2.0]), atol=0.3, order=0),
    case(arr(values=[100000, 7], dtype="int64"), arr(values=[100001, 8], dtype="int64")),
)
def isclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Variable:
    r"""Whether each x is near y, $|x - y| \le \text{atol} + \text{rtol}\,|y|$; infinities only to their like.

    Shapes broadcast; NaN is near nothing, or to itself with `equal_nan`.
    """
    x, y = as_variables(x, y)
    kind = float_of(promote(x.type.dtype, y.type.dtype))
    x, y = cast(x, kind), cast(y, kind)
    size = magnitude(y)
    near = logical_and(less_equal(magnitude(x - y), atol + rtol * size), less(size, np.inf))
    near = logical_or(near, equal(x, y))
    return logical_or(near, logical_and(isnan(x), isnan(y))) if equal_nan else near


@vocabulary(
    case(*_PAIR, order=0),
    case(arr(values=[1.0, 2.0]), arr(values=[1.0, 2.00001]), order=0),
    case(arr(values=[1.0, _NAN]), arr(values=[1.0, _NAN]), equal_nan=True, order=0),
)
def allclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Variable:
    """Whether all elements are near each other, as `isclose` says: a bool scalar. Shapes broadcast."""
    return every(isclose(x, y, rtol, atol, equal_nan))


class ArrayEqual(Op):
    """Whether two arrays have one shape and equal elements."""

    equal_nan: bool = False

    name, roles = "array_equal", ("x", "y")
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType("bool", ())

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, y = arrays
        nan = self.equal_nan and x.dtype.kind == y.dtype.kind == "f"
        return np.asarray(np.array_equal(x, y, equal_nan=nan))

    def lower(self, *inputs: Variable) -> Variable | None:
        x, y = inputs
        if x.type.shape != y.type.shape:
            return Constant(False, "bool")
        same = equal(x, y)
        return every(logical_or(same, logical_and(isnan(x), isnan(y))) if self.equal_nan else same)


@vocabulary(
    case(arr(values=[1.0, 2.0]), arr(values=[1.0, 2.0]), order=0),
    case(arr(values=[1.0, 2.0]), arr(values=[1.0, 3.0]), order=0),
    case(arr(3), arr(1, 3), order=0),
    case(arr(values=[1.0, _NAN]), arr(values=[1.0, _NAN]), order=0),
    case(arr(values=[1.0, _NAN]), arr(values=[1.0, _NAN]), equal_nan=True, order=0),
    case(arr(values=[1, 2], dtype="int32"), arr(values=[1.0, 2.0]), order=0),
)
def array_equal(x: Any, y: Any, equal_nan: bool = False) -> Variable:
    """Whether two arrays have one shape and equal elements: a bool scalar. NaN equals itself only with `equal_nan`.

    Unlike other words it takes any two shapes, and says no where they differ.
    """
    return ArrayEqual(bool(equal_nan))(*as_variables(x, y))
