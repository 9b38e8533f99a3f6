"""Arrays made from nothing: one value everywhere, counting, the identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.notation import Call, Part
from symnet.op import Emitter, Op, arr, as_variable, as_variables, case, vocabulary
from symnet.ops.arithmetic import Add, maximum
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import equal
from symnet.ops.conversion import cast
from symnet.ops.shape import expand_dims
from symnet.ops.sizes import Pattern, Sized, inferred_shape, known_size, split_sizes
from symnet.origin import here
from symnet.types import COMPLEX, Dim, TensorType, canonical_dtype, promote

__all__ = [
    "full", "zeros", "ones", "full_like", "zeros_like", "ones_like", "arange", "eye", "Full", "Arange",
]  # fmt: skip

# one value ------------------------------------------------------------------------------------------------------------


_KNOWN: dict[bool | int | float | complex, str] = {0: "zeros", 1: "ones"}


class Full(Sized):
    """An array of one known value, written as it stands in Python."""

    shape: Pattern = ()
    value: str = "0.0"
    dtype: str = "float32"

    name, roles, first = "full", ("size",), 0

    def notation(self, *inputs: Variable) -> Part:
        shape, known = self._shape_written(inputs), _KNOWN.get(self.number)
        return Call(known, (shape,)) if known else Call(self.name, (shape, self.value))

    @property
    def number(self) -> bool | int | float | complex:
        """The value."""
        if self.dtype in COMPLEX:
            return complex(self.value)
        if self.dtype == "bool":
            return self.value == "True"
        return int(self.value) if "int" in self.dtype else float(self.value)

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType(self.dtype, inferred_shape(self.shape, inputs))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None] * len(inputs)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.full(self._shape(arrays), self.number, self.dtype)

    def emit(self, e: Emitter, *names: str) -> None:
        if self.dtype in COMPLEX:
            e.step(f"{e.out}.fill(complex({self.value!r}))")
            return
        text = self.value if self.value[-1] not in "nf" else f"np.{self.value}".replace("np.-", "-np.")
        e.step(f"{e.out}.fill({text})")


@vocabulary(
    case((2, 3), arr()),
    case((0,), 2.0),
    case(2, 3, dtype="int32"),
    case((2, 2), -0.0),
    case((2, 2), float("-inf")),
    case((2, arr(values=3, dtype="int64")), 1.5),
    case((2, 3), arr(3)),
)
def full(shape: Any, value: Any, dtype: Any = None) -> Variable:
    """An array of a shape, filled with a value that broadcasts to it; sizes are ints or symbolic integer scalars.

    The dtype is the value's unless given: float becomes floatX, int becomes int64.

    Raises: ShapeError, DTypeError.
    """
    v = as_variable(value)
    return _filled(shape, v if dtype is None else cast_constant(v, canonical_dtype(dtype)), "full")


def _filled(shape: Any, v: Variable, name: str) -> Variable:
    pattern, symbolic = split_sizes(shape, name)
    if not isinstance(v, Constant) or v.type.ndim or not pattern:
        return broadcast_to(v, shape)
    # A float is written as short as its own dtype allows: 0.1, not the double next to the float32.
    return Full(pattern, str(v.data[()] if v.type.is_float else v.data.item()), v.type.dtype)(*symbolic)


@vocabulary(case((2, 3)), case(4, dtype="int64"), case((0, 2)))
def zeros(shape: Any, dtype: Any = "floatX") -> Variable:
    """Zeros in an array of a shape, floatX by default; sizes are ints or symbolic integer scalars.

    Raises: ShapeError, DTypeError.
    """
    return _filled(shape, Constant(0, dtype), "zeros")


@vocabulary(case((2, 3)), case(4, dtype="bool"), case(()))
def ones(shape: Any, dtype: Any = "floatX") -> Variable:
    """Ones in an array of a shape, floatX by default; sizes are ints or symbolic integer scalars.

    Raises: ShapeError, DTypeError.
    """
    return _filled(shape, Constant(1, dtype), "ones")


@vocabulary(
    case(arr(2, 3), 7.0), case(arr(0, dtype="int32"), 2), case(arr(3), 2.5, dtype="float64"), case(arr(2), arr())
)
def full_like(x: Any, value: Any, dtype: Any = None) -> Variable:
    """An array of one value in the shape of `x`, and in its dtype by default; of `x` only the type matters.

    Raises: ShapeError, DTypeError.
    """
    x = as_variable(x)
    v, kind = as_variable(value), x.type.dtype if dtype is None else canonical_dtype(dtype)
    return _filled(x.shape, cast_constant(v, kind), "full_like")


@vocabulary(case(arr(2, 3)), case(arr(3, dtype="int64")), case(arr()), case(arr(0, 2), dtype="bool"))
def zeros_like(x: Any, dtype: Any = None) -> Variable:
    """Zeros in the shape of `x`, and in its dtype by default; of `x` only the type matters."""
    return full_like(x, 0, dtype)


@vocabulary(case(arr(2, 3)), case(arr()), case(arr(2, dtype="bool")))
def ones_like(x: Any, dtype: Any = None) -> Variable:
    """Ones in the shape of `x`, and in its dtype by default; of `x` only the type matters."""
    return full_like(x, 1, dtype)


# counting -------------------------------------------------------------------------------------------------------------


class Arange(Op):
    """Numbers from start towards stop; `length` is set once it is known. Start may then still change at every call."""

    length: int | None = None

    name, roles = "arange", ("start", "stop", "step")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape((self._size(*inputs),))

    def _size(self, start: Variable, stop: Variable, step: Variable) -> Dim:
        if self.length is not None:
            return self.length
        if isinstance(start, Constant) and isinstance(stop, Constant) and isinstance(step, Constant):
            return len(np.arange(start.data.item(), stop.data.item(), step.data.item()))
        if not isinstance(step, Constant) or step.data != 1:
            return None
        if isinstance(start, Constant) and start.data == 0:
            return known_size(stop)
        # arange(i, i + 10) has ten numbers whatever i is.
        if stop.node is not None and isinstance(stop.node.op, Add) and start in stop.node.inputs:
            other = stop.node.inputs[1 - stop.node.inputs.index(start)]
            return max(int(other.data), 0) if isinstance(other, Constant) else None
        return None

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        start, stop, step = (a.item() for a in arrays)
        if step == 0:
            raise ArgumentError("arange: the step is 0.", fix="give a step above or below 0.")
        if self.length is not None:
            return (start + step * np.arange(self.length)).astype(arrays[0].dtype)
        return np.arange(start, stop, step, dtype=arrays[0].dtype)

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        if isinstance(self._size(*inputs), int):
            return ()
        start, stop, step = inputs
        if counts_from_zero(start, step):
            return (stop if isinstance(known_size(stop), str) else maximum(stop, 0),)
        return (maximum(-((start - stop) // step), 0),)

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return replace(self, length=sizes[0])(*inputs)

    def lower(self, *inputs: Variable) -> Variable | None:
        start, _, step = inputs
        length = self._size(*inputs)
        if isinstance(start, Constant) and isinstance(step, Constant) and isinstance(length, int):
            return Constant((start.data + step.data * np.arange(length)).astype(start.type.dtype))
        # The last number is decided by the length: without stop nothing is computed for it.
        return None if inputs[1] is start else Arange(length)(start, start, step)  # type: ignore[arg-type]

    def emit(self, e: Emitter, *names: str) -> None:
        start, _, step = names
        count = e.prepared(f"np.arange({self.length})", "count")
        if step != "1":
            e.step(f"np.multiply({count}, {step}, out={e.out})")
        e.step(f"np.add({count if step == '1' else e.out}, {start}, out={e.out})")


def counts_from_zero(start: Variable, step: Variable) -> bool:
    """Whether these are the constants 0 and 1."""
    return isinstance(start, Constant) and isinstance(step, Constant) and start.data == 0 and step.data == 1


@vocabulary(
    case(5),
    case(2, 11, 3),
    case(5, 0, -2),
    case(3, 3),
    case(0.0, 1.0, 0.25),
    case(4, dtype="float32"),
    case(arr(values=4, dtype="int64")),
    case(arr(values=-4, dtype="int32")),
    case(arr(values=2, dtype="int64"), arr(values=9, dtype="int64"), 3),
    case(9, arr(values=2, dtype="int64"), arr(values=-2, dtype="int64")),
)
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Variable:
    r"""Numbers from `start` (0 if only one is given) up to but not including `stop`.

    $y_k = \text{start} + k\,\text{step}$ for each k from 0 on that does not reach stop.
    Integers give int64 and floats floatX unless `dtype` says otherwise; integer bounds may be symbolic scalars.

    Raises: ArgumentError where the step is 0, DTypeError for symbolic bounds that are no integers.
    """
    if stop is None:
        start, stop = 0, start
    bounds = as_variables(start, stop, step)
    for role, b in zip(("start", "stop", "step"), bounds, strict=True):
        _check_bound(role, b)
    if isinstance(bounds[2], Constant) and bounds[2].data == 0:
        raise ArgumentError("arange: the step is 0.", origin=here(), fix="give a step above or below 0.")
    common = promote(*(b.type.dtype for b in bounds))
    common = common if bounds[0].type.is_float or "float" in common else "int64"
    y = Arange()(*(cast_constant(b, common) for b in bounds))
    return y if dtype is None else cast(y, dtype)


def _check_bound(role: str, b: Variable) -> None:
    if b.type.ndim:
        raise ShapeError(
            f"arange: {role} has {b.type.ndim} axes, not 0.", operands={role: b}, origin=here(), fix="give a number."
        )
    if b.type.dtype == "bool" or (b.type.is_float and not isinstance(b, Constant)):
        raise DTypeError(
            f"arange: {role} is {b.type.dtype}, and symbolic bounds are integers.",
            operands={role: b},
            origin=here(),
            fix="divide sizes with // instead of /; scale the numbers afterwards: sn.arange(n) * step.",
        )


def cast_constant(v: Variable, dtype: str) -> Variable:
    """`v` in a dtype; a constant stays one."""
    return Constant(v.data, dtype) if isinstance(v, Constant) else cast(v, dtype)


@vocabulary(
    case(3),
    case(2, 4, 1),
    case(3, k=-1, dtype="int32"),
    case(2, 0),
    case(3, k=7),
    case(arr(values=3, dtype="int64"), 2),
)
def eye(n: Any, m: Any = None, k: int = 0, dtype: Any = "floatX") -> Variable:
    r"""Ones on the k-th diagonal of an (n, m) array of zeros, $y_{ij} = [j = i + k]$; m is n by default.

    Sizes are ints or symbolic integer scalars.

    Raises: ShapeError, DTypeError.
    """
    split_sizes((n, n if m is None else m), "eye")
    if not isinstance(k, (int, np.integer)):
        raise DTypeError(f"eye: the diagonal k is {k!r}, not an integer.", origin=here(), fix="give an int.")
    rows, columns = expand_dims(arange(n), 1), arange(n if m is None else m)
    return cast(equal(rows + k if k else rows, columns), dtype)
