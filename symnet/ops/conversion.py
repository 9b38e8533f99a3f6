"""Values as they are, in another dtype or without a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import DTypeError
from symnet.graph import Variable, operators
from symnet.graph.notation import Converted, Part
from symnet.machine import Machine
from symnet.op import Elementwise, Emitter, arr, as_variable, case, vocabulary, word_for
from symnet.types import COMPLEX, TensorType, canonical_dtype

__all__ = ["cast", "astype", "stop_gradient", "Cast", "StopGradient"]


class Cast(Elementwise):
    """Conversion to another dtype."""

    dtype: str = "float32"

    name = "cast"
    on_complex = "own"
    roles = ("x",)
    overwrites = ()
    linear_in = (0,)
    emits_calls = True

    def notation(self, *inputs: Variable) -> Part:
        return Converted(inputs[0], self.dtype)

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        if x.is_complex and self.dtype not in COMPLEX:
            raise DTypeError(
                f"cast: x is {x.dtype}, and its imaginary part is never dropped silently.",
                fix=f"say which part: x.real.astype({self.dtype!r}), or sn.abs(x); x != 0 as sn.not_equal(x, 0).",
            )
        return x.with_dtype(self.dtype)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[0]
        if not x.type.is_inexact or not y.type.is_inexact:
            return [None]
        return [cast(g if x.type.is_complex else operators.word("real")(g), x.type.dtype)]

    def operations(self, *inputs: Variable) -> int:
        return 0

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].astype(self.dtype)

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        halves = [x.size for x in (inputs[0].type, self.infer(*inputs)) if x.dtype == "float16"]
        return super().cost(machine, *inputs) + sum(halves) * machine.half / 1e3

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {names[0]}, casting='unsafe')")


class StopGradient(Elementwise):
    """The value itself, through which no gradient flows."""

    name, roles = "stop_gradient", ("x",)
    on_complex = "own"
    is_view = emits_calls = True
    cases = (case(arr(3, 4), order=0),)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0]

    def view(self, *names: str) -> str:
        return names[0]

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {names[0]})")


# the user's functions -------------------------------------------------------------------------------------------------

stop_gradient = word_for(StopGradient())


@vocabulary(
    case(arr(3, 4), "float64"),
    case(arr(3, 4, dtype="int64"), "float32"),
    case(arr(values=[0.0, 1.9, -1.9]), "int32"),
    case(arr(values=[True, False], dtype="bool"), "floatX"),
    case(arr(3), "complex64"),
    case(arr(2, dtype="int8"), "complex128"),
    case(arr(2, dtype="complex64"), "complex128"),
)
def cast(x: Any, dtype: Any) -> Variable:
    """`x` converted to a dtype; floats are cut towards 0 on the way to integers, and nonzero is true.

    Raises: DTypeError for complex to real.
    """
    x, dtype = as_variable(x), canonical_dtype(dtype)
    return x if x.type.dtype == dtype else Cast(dtype)(x)


astype = vocabulary(case(arr(3, 4), "float64"), name="astype")(cast)  # the array API's name
