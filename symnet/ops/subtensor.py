"""Arrays with a part replaced or added to: what `x[key] = value` and `x[key] += value` are for symbolic variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Variable
from symnet.op import Op, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import divide, maximum, minimum, multiply
from symnet.ops.broadcast import broadcast_to
from symnet.ops.conversion import cast
from symnet.ops.index import AddAt, Index, SetAt, indexed
from symnet.ops.keys import ARRAY
from symnet.ops.pick import AddPicked, Pick, SetPicked
from symnet.ops.powers import power
from symnet.origin import here

__all__ = ["set_subtensor", "inc_subtensor", "At"]


def _written(part: Any, value: Any, name: str, slices: type[SetAt] | type[AddAt], picked: type[Op]) -> Variable:
    node = part.node if isinstance(part, Variable) else None
    if node is None or not isinstance(node.op, (Index, Pick)):
        shown = part.label if isinstance(part, Variable) else f"a {type(part).__name__}"
        raise ArgumentError(
            f"{name}: the first argument is {shown}, not an indexed variable.",
            origin=here(),
            fix=f"index it there: y = sn.{name}(x[i], value).",
        )
    x = node.inputs[0]
    value = cast_to(x, value, name)
    if isinstance(node.op, Index):
        return slices(node.op.key)(x, value, *node.inputs[1:])
    return picked()(x, broadcast_to(value, part.shape), *node.inputs[1:])


def cast_to(x: Variable, value: Any, name: str) -> Variable:
    """A value in the dtype of `x`, into which it is to be written; errors begin with `name`.

    Raises: DTypeError where it is a float and x is not.
    """
    value = as_variable(value, x)
    if value.type.is_inexact and not x.type.is_inexact:
        raise DTypeError(
            f"{name}: the value is {value.type.dtype}, but x is {x.type.dtype}.",
            operands={"x": x, "value": value},
            origin=here(),
            fix=f"cast the value, or make x a float: {x.label}.astype('float32').",
        )
    return cast(value, x.type.dtype)


def set_subtensor(part: Any, value: Any) -> Variable:
    """`x` with `x[key]` replaced: `y = set_subtensor(x[key], value)`, for NumPy's `x[key] = value`.

    The value broadcasts to the part: x (N, C) and x[2:5] take a value (3, C), (C,) or a number. Where indices
    repeat, the last value stands. `x` itself stays as it is. Where a mask alone chooses, and its entries all take the
    same values, it is `where(mask, value, x)` and costs no more.

    Raises: ArgumentError unless the first argument is an indexed variable; ShapeError, DTypeError.
    """
    return _written(part, value, "set_subtensor", SetAt, SetPicked)


def inc_subtensor(part: Any, value: Any) -> Variable:
    """`x` with a value added to `x[key]`: `y = inc_subtensor(x[key], value)`, for NumPy's `np.add.at(x, key, value)`.

    The value broadcasts to the part: x (N, C) and x[2:5] take a value (3, C), (C,) or a number. Where indices
    repeat, all their values are added. `x` itself stays as it is.

    Raises: ArgumentError unless the first argument is an indexed variable; ShapeError, DTypeError.
    """
    return _written(part, value, "inc_subtensor", AddAt, AddPicked)


class At:
    """`x.at[key]`: copies of x with a part changed, by JAX's names, `y = x.at[2:5].add(value)`; x stays as it is."""

    def __init__(self, x: Variable, key: Any = None) -> None:
        self._x = x
        self._key = key

    def __getitem__(self, key: Any) -> At:
        return At(self._x, key)

    def get(self) -> Variable:
        """`x[key]`."""
        return self._x[self._key]

    def set(self, value: Any) -> Variable:
        """x with `x[key]` replaced, as by `set_subtensor`: where indices repeat, the last value stands."""
        return set_subtensor(indexed(self._x, self._key), value)

    def add(self, value: Any) -> Variable:
        """x with a value added to `x[key]`, as by `inc_subtensor`: where indices repeat, all their values are."""
        return inc_subtensor(indexed(self._x, self._key), value)

    def subtract(self, value: Any) -> Variable:
        """x with a value subtracted from `x[key]`; where indices repeat, all their values are."""
        return self.add(-cast_to(self._x, value, "x.at[key].subtract"))

    def multiply(self, value: Any) -> Variable:
        """x with `x[key]` multiplied by a value. Raises: ArgumentError for index arrays, which may repeat."""
        return self._changed("multiply", multiply, value)

    def divide(self, value: Any) -> Variable:
        """x with `x[key]` divided by a value. Raises: ArgumentError for index arrays; DTypeError for integers."""
        return self._changed("divide", divide, value)

    def power(self, value: Any) -> Variable:
        """x with `x[key]` to the power of a value. Raises: ArgumentError for index arrays, which may repeat."""
        return self._changed("power", power, value)

    def min(self, value: Any) -> Variable:
        """x with the smaller of `x[key]` and a value. Raises: ArgumentError for index arrays, which may repeat."""
        return self._changed("min", minimum, value)

    def max(self, value: Any) -> Variable:
        """x with the larger of `x[key]` and a value. Raises: ArgumentError for index arrays, which may repeat."""
        return self._changed("max", maximum, value)

    def _changed(self, name: str, change: Callable[..., Variable], value: Any) -> Variable:
        part = indexed(self._x, self._key)
        assert part.node is not None and isinstance(part.node.op, Index)
        if ARRAY in part.node.op.key:
            raise ArgumentError(
                f"x.at[key].{name}: the key holds an index array, whose entries may repeat.",
                operands={"x": self._x},
                origin=here(),
                fix=f"where they are distinct: x.at[key].set({change.__name__}(x[key], value)).",
            )
        return set_subtensor(part, change(part, cast_to(self._x, value, f"x.at[key].{name}")))


_WRITES = (
    case(arr(4, 3), 1, arr(3)),
    case(arr(4, 3), (2, 1), arr()),
    case(arr(4, 3), (slice(1, None), -1), arr(3)),
    case(arr(4, 3), slice(None, None, -2), arr(2, 1)),
    case(arr(4, 3), slice(None), arr(4, 3)),
    case(arr(4, 3), (slice(arr(values=1, dtype="int64"), None), arr(values=0, dtype="int64")), arr(3)),
    case(arr(4, 3), np.array([3, 0]), arr(2, 3)),
    case(arr(4, 3), np.array([3, 0, 3, -1]), arr(4, 3)),
    case(arr(5), arr(values=[3, 0, -2, 3], dtype="int64"), arr(4)),
    case(arr(4, 3), (slice(None), arr(values=[0, 2, 0], dtype="int32")), arr(4, 3)),
    case(arr(4, 3), (slice(1, 3), arr(values=[[0, 2], [1, -3]], dtype="int64")), arr(2, 1)),
    case(arr(4, 3, 2), (np.array([0, 1, 0]), slice(None), np.array([1, 0, 1])), arr(3, 3)),
    case(arr(4, 3), np.array([True, False, True, False]), arr(3)),
    case(arr(4, 3), arr(values=[], dtype="int64"), arr(3)),
    case(arr(4, 3), slice(0, 0), 1.0),
    case(arr(4, 3), arr(values=[True, False, True, False], dtype="bool"), arr(2, 3)),
    case(arr(4, 3), arr(values=[True, False, True, False], dtype="bool"), arr(3)),
    case(arr(2, 3), arr(values=[[True, False, True], [False, False, True]], dtype="bool"), arr()),
    case(arr(2, 3), arr(values=[[True, False, True], [False, False, True]], dtype="bool"), arr(3)),
    case(arr(4, 3, 2), (slice(None), arr(values=[True, False, True], dtype="bool"), slice(None)), arr(2)),
    case(arr(4, 3), (slice(1, 3), arr(values=[True, False, True], dtype="bool")), arr(2, 1)),
    case(arr(3, 3), (arr(values=[True, False, True], dtype="bool"), arr(values=[1, 1], dtype="int64")), arr(2)),
    case(arr(2, 3), arr(values=False, dtype="bool"), arr(3)),
    case(arr(4, dtype="int32"), arr(values=[1, 1], dtype="int64"), 2),
)


@vocabulary(*_WRITES, name="set_subtensor")
def _set_at(x: Any, key: Any, value: Any) -> Variable:
    return set_subtensor(indexed(as_variable(x), key), value)


@vocabulary(*_WRITES, name="inc_subtensor")
def _add_at(x: Any, key: Any, value: Any) -> Variable:
    return inc_subtensor(indexed(as_variable(x), key), value)
