"""Arrays made from nothing: constants of a shape, counting, the identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.operators import word
from symnet.op import Emitter, Op, arr, as_variable, as_variables, case, vocabulary
from symnet.ops.shape import SizeOf, _Sized, expand_dims, filled, inferred_shape, split_sizes
from symnet.types import Dim, TensorType, canonical_dtype, promote

__all__ = ["Arange", "Full", "arange", "eye", "full", "full_like", "ones", "ones_like", "zeros", "zeros_like"]


@dataclass(frozen=True)
class Full(_Sized):
    """An array of one value."""

    shape: tuple[int | None, ...] = ()

    name = "full"
    roles = ("value", "size")

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType(inputs[0].type.dtype, inferred_shape(self.shape, inputs[1:]))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [g.sum() if inputs[0].type.is_float else None, *[None] * (len(inputs) - 1)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.full(filled(self.shape, [int(n) for n in arrays[1:]]), arrays[0])

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{e.out}.fill({names[0]})")


@vocabulary(case((2, 3), arr()), case((0,), 2.0), case((2,), 3, dtype="int32"))
def full(shape: Any, value: Any, dtype: Any = None) -> Variable:
    """An array of `shape` filled with a scalar; sizes are ints or symbolic, the dtype is the value's.

    Raises: ShapeError, DTypeError.
    """
    value = as_variable(value)
    if value.type.ndim:
        raise ShapeError(f"full: the value has {value.type.ndim} axes, not 0.", fix="use broadcast_to.")
    if dtype is not None:
        value = word("cast")(value, dtype)
    static, symbolic = split_sizes(shape, "full")
    if -1 in static:
        raise ShapeError(f"full: a size is -1 in {static}.")
    return Full(static)(value, *symbolic)


@vocabulary(case((2, 3)), case(4, dtype="int64"))
def zeros(shape: Any, dtype: Any = "floatX") -> Variable:
    """An array of zeros; sizes are ints or symbolic."""
    return full(shape, Constant(0, dtype))


@vocabulary(case((2, 3)), case(4, dtype="bool"))
def ones(shape: Any, dtype: Any = "floatX") -> Variable:
    """An array of ones; sizes are ints or symbolic."""
    return full(shape, Constant(1, dtype))


@vocabulary(case(arr(2, 3), 7.0), case(arr(0, dtype="int32"), 2))
def full_like(x: Any, value: Any, dtype: Any = None) -> Variable:
    """An array of one value with the shape and (by default) the dtype of `x`."""
    x = as_variable(x)
    return full(x.shape, value, x.type.dtype if dtype is None else dtype)


@vocabulary(case(arr(2, 3)), case(arr(3, dtype="int64")))
def zeros_like(x: Any, dtype: Any = None) -> Variable:
    """Zeros with the shape and (by default) the dtype of `x`."""
    return full_like(x, 0, dtype)


@vocabulary(case(arr(2, 3)), case(arr()))
def ones_like(x: Any, dtype: Any = None) -> Variable:
    """Ones with the shape and (by default) the dtype of `x`."""
    return full_like(x, 1, dtype)


@dataclass(frozen=True)
class Arange(Op):
    """Numbers from start towards stop; `length` is set once it is known."""

    dtype: str = "int64"
    length: int | None = None

    name = "arange"
    roles = ("start", "stop", "step")

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType(self.dtype, (self._size(*inputs),))

    def _size(self, start: Variable, stop: Variable, step: Variable) -> Dim:
        if self.length is not None:
            return self.length
        if isinstance(start, Constant) and isinstance(stop, Constant) and isinstance(step, Constant):
            return len(np.arange(start.data, stop.data, step.data))
        if counts_from_zero(start, step) and stop.node is not None and isinstance(stop.node.op, SizeOf):
            return stop.node.inputs[0].type.shape[stop.node.op.axis]
        return None

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        if not arrays[2]:
            raise ArgumentError("arange: the step is 0.")
        return np.arange(*(a.item() for a in arrays), dtype=self.dtype)

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        if self.length is not None:
            return ()
        start, stop, step = inputs
        return (word("maximum")(-((start - stop) // step), 0).astype("int64"),)

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return replace(self, length=sizes[0])(*inputs)

    def lower(self, *inputs: Variable) -> Variable | None:
        start, _, step = inputs
        if self.length is not None and isinstance(start, Constant) and isinstance(step, Constant):
            return Constant((start.data + step.data * np.arange(self.length)).astype(self.dtype), self.dtype)
        return None

    def emit(self, e: Emitter, *names: str) -> None:
        count = e.prepared(f"np.arange({self.length}, dtype=np.{self.dtype})", "count")
        e.step(f"np.multiply({count}, {names[2]}, out={e.out})")
        e.step(f"np.add({e.out}, {names[0]}, out={e.out})")


def counts_from_zero(start: Variable, step: Variable) -> bool:
    """Whether these are the constants 0 and 1."""
    return isinstance(start, Constant) and isinstance(step, Constant) and start.data == 0 and step.data == 1


@vocabulary(case(5), case(2, 11, 3), case(5, 0, -2), case(0.0, 1.0, 0.25), case(arr(values=4, dtype="int64"), order=0))
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Variable:
    """Numbers from `start` (0 if only one is given) up to but not including `stop`; bounds may be symbolic.

    Raises: ArgumentError where the step is 0.
    """
    if stop is None:
        start, stop = 0, start
    bounds = as_variables(start, stop, step)
    common = promote(*(b.type.dtype for b in bounds))
    if isinstance(bounds[2], Constant) and bounds[2].data == 0:
        raise ArgumentError("arange: the step is 0.", fix="give a step above or below 0.")
    dtype = common if dtype is None else canonical_dtype(dtype)
    return Arange(dtype)(*(word("cast")(b, common) for b in bounds))


@vocabulary(case(3), case(2, 4, 1), case(3, k=-1, dtype="int32"))
def eye(n: Any, m: Any = None, k: int = 0, dtype: Any = "floatX") -> Variable:
    """Ones on the k-th diagonal of an (n, m) array of zeros; sizes are ints or symbolic."""
    rows, columns = arange(n), arange(n if m is None else m)
    return word("cast")(word("equal")(expand_dims(rows, 1) + k, columns), dtype)
