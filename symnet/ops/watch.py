"""Values watched while a compiled function runs: printed, and held against conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import DTypeError, WatchError
from symnet.graph import Variable
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.types import TensorType, shape_text

__all__ = ["Assert", "Print", "assert_value", "print_value"]


class Watch(Op):
    """Family of ops that give their first operand as it is, once they have looked at it."""

    message: str = ""

    layout = "like"
    on_complex = "own"
    on_float16 = "own"
    overwrites = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g, *[None] * (len(inputs) - 1)]

    def look(self, e: Emitter, *names: str) -> None:
        """Write the line that looks."""
        raise NotImplementedError

    def emit(self, e: Emitter, *names: str) -> None:
        self.look(e, *names)
        if e.out != names[0]:
            e.step(f"np.copyto({e.out}, {names[0]})")


# printed ------------------------------------------------------------------------------------------------------


def show(message: str, x: Any) -> None:
    """Print a value with what it is called, its dtype and its shape."""
    x = np.asarray(x)
    print(f"{message}: {x.dtype} {shape_text(x.shape)}\n{x}" if x.ndim else f"{message}: {x}")


class Print(Watch):
    """Print a value at every call."""

    name, roles = "print_value", ("x",)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        show(self.message, arrays[0])
        return arrays[0]

    def look(self, e: Emitter, *names: str) -> None:
        e.slow("prints")
        e.step(f"show({self.message!r}, {names[0]})")


@vocabulary(case(arr(2, 3)), case(arr(2, 3), "h"), case(arr(2, dtype="int64")))
def print_value(x: Any, message: str | None = None) -> Variable:
    """`x` as it is, printed at every call of a function that needs the result, with `message` before it.

    Use what it returns: `h = sn.print_value(h, "h")`; what nobody reads is not computed and not printed. The message is
    the variable's name by default. Gradients flow through.
    """
    x = as_variable(x)
    return Print(x.label if message is None else str(message))(x)


# held against conditions --------------------------------------------------------------------------------------


def refuse(condition: Any, message: str) -> None:
    """Raise WatchError unless the condition holds everywhere."""
    condition = np.asarray(condition)
    if not condition.all():
        bad = np.argwhere(~condition.astype(bool))
        place = tuple(int(k) for k in bad[0])
        where = f"first at {place}, {len(bad)} of {condition.size} in all" if place else None
        raise WatchError(
            f"{message or 'a condition does not hold'}.",
            note=where,
            fix="nothing was updated; f.inspect(...) of the same arguments shows all named values.",
        )


class Assert(Watch):
    """Refuse a call in which a condition does not hold."""

    name, roles = "assert_value", ("x", "condition")

    def infer(self, *inputs: Variable) -> TensorType:
        if inputs[1].type.dtype != "bool":
            raise DTypeError(
                f"assert_value: the condition is {inputs[1].type.dtype}, not bool.",
                fix="compare something: sn.all(x > 0).",
            )
        return inputs[0].type

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        refuse(arrays[1], self.message)
        return arrays[0]

    def look(self, e: Emitter, *names: str) -> None:
        e.step(f"refuse({names[1]}, {self.message!r})")


_HOLDS = np.array([[True], [True]])


@vocabulary(
    case(arr(2, 3), _HOLDS),
    case(arr(2, 3), True, "fine"),
    case(arr(2, dtype="int64"), arr(values=True, dtype="bool")),
)
def assert_value(x: Any, condition: Any, message: str = "") -> Variable:
    """`x` as it is, if the condition holds everywhere when a function runs; else the call raises and updates nothing.

    Use what it returns: `p = sn.assert_value(p, p > 0, "a probability is 0")`. Gradients flow through.

    Raises: DTypeError unless the condition is bool; when the function runs, WatchError, an AssertionError.
    """
    return Assert(message)(as_variable(x), as_variable(condition))
