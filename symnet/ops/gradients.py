"""Values as they are, with a gradient of another kind: clipped, scaled, turned around, zero, or of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Variable
from symnet.graph.rows import with_rows
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import clip
from symnet.ops.conversion import stop_gradient
from symnet.ops.create import zeros_like
from symnet.origin import here
from symnet.types import TensorType

__all__ = [
    "disconnected_grad", "grad_clip", "grad_reverse", "grad_scale", "zero_grad",
    "After", "GradClip", "GradScale", "Itself", "OwnGradient", "ZeroGrad",
]  # fmt: skip

# the ops ------------------------------------------------------------------------------------------------------------


class Itself(Op):
    """Family of ops that give their first operand as it is, and matter to derivatives only: compiling drops them."""

    roles: ClassVar[tuple[str, ...]] = ("x",)
    is_view: ClassVar[bool] = True
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0]

    def view(self, *names: str) -> str:
        return names[0]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*inputs)


class GradClip(Itself):
    """The value itself; its cotangent is limited to an interval."""

    low: float
    high: float

    name = "grad_clip"

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [clip(g, self.low, self.high)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return dx[0]  # a tangent is no gradient


class GradScale(Itself):
    """The value itself; its cotangent is multiplied by a factor."""

    factor: float

    name = "grad_scale"

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g * self.factor]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return dx[0] * self.factor if dx[0] is not None else None


class ZeroGrad(Itself):
    """The value itself; its cotangent is zero."""

    name = "zero_grad"

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [zeros_like(inputs[0])]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return zeros_like(y)


class GradientRule(Protocol):
    """Cotangents of inputs for the cotangents `gs` of results `ys`, None where nothing flows; a hashable value."""

    def __call__(
        self, gs: Sequence[Variable | None], ys: Sequence[Variable], inputs: Sequence[Variable]
    ) -> Sequence[Variable | None]: ...

    def of_rows(self, rows: Sequence[bool]) -> GradientRule:
        """The rule where the results and the inputs marked in `rows` have a new first axis."""
        ...


class OwnGradient(Op):
    """The first `count` operands as they are; the cotangents of the others come from a rule, and not from how those
    were computed. Compiling drops it."""

    rule: GradientRule
    count: int = 1

    name, roles = "own_gradient", ("value", "input")

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        return tuple(x.type for x in inputs[: self.count])

    def run(self, *arrays: np.ndarray) -> Any:
        return arrays[0] if self.count == 1 else arrays[: self.count]

    def emit(self, e: Emitter, *names: str) -> None:
        for out, value in zip(e.outs, names, strict=False):
            e.step(f"np.copyto({out}, {value})")

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        values, rest = inputs[: self.count], inputs[self.count :]
        return [*(None for _ in values), *self.rule(g if self.count > 1 else [g], values, rest)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        values, rest = inputs[: self.count], inputs[self.count :]
        if any(rows[: self.count]):
            values = tuple(with_rows(rows[: self.count], values))
            node = OwnGradient(self.rule.of_rows(rows[self.count :]), self.count).apply((*values, *rest), here())
            values = node.outputs
        return values[0] if self.count == 1 else values


class After(Itself):
    """The value itself, read no sooner than another is there: what is computed from it is computed then, once more.

    Equal expressions merge when a graph is compiled. An expression of `After(x, g)` equals none of x.
    """

    name, roles, linear_in = "after", ("x", "awaited"), (0,)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g, None]

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return Split(tuple(axes), axes[0]) if axes[0] is not None else None


# the user's functions -----------------------------------------------------------------------------------------------


def _with_gradient(name: str, x: Any) -> Variable:
    x = as_variable(x)
    if not x.type.is_inexact:
        raise DTypeError(
            f"{name}: x is {x.type.dtype}, and only floats and complex numbers have gradients.",
            operands={"x": x},
            fix="leave it as it is, or cast it to a float type first.",
        )
    return x


def _number(name: str, role: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)) or np.isnan(value):
        shown = value.label if isinstance(value, Variable) else repr(value)
        raise ArgumentError(f"{name}: {role} is {shown}, not a number.", fix=f"{role} is a Python number.")
    return float(value)


@vocabulary(case(arr(3, 4), -0.5, 0.5, order=0))
def grad_clip(x: Any, low: float, high: float) -> Variable:
    r"""`x` itself, whose gradient is limited, $\bar x = \min(\max(\bar y, \text{low}), \text{high})$.

    In the backward pass it keeps one step of a long chain from blowing up what comes before it; shaped as `x`.
    Tangents of forward mode are not limited.

    Raises: ArgumentError, DTypeError. Source: Graves, "Generating Sequences with Recurrent Neural Networks" (2013).
    """
    low, high = _number("grad_clip", "low", low), _number("grad_clip", "high", high)
    if low > high:
        raise ArgumentError(f"grad_clip: low is {low:g}, above high, {high:g}.", fix="grad_clip(x, -1.0, 1.0).")
    x = _with_gradient("grad_clip", x)
    if x.type.is_complex:
        raise DTypeError(
            f"grad_clip: x is {x.type.dtype}, and its gradient has no order that limits keep.",
            operands={"x": x},
            fix="limit the parts: sn.complex(sn.grad_clip(x.real, low, high), sn.grad_clip(x.imag, low, high)).",
        )
    return GradClip(low, high)(x)


@vocabulary(case(arr(3, 4), 0.5, order=0))
def grad_scale(x: Any, factor: float) -> Variable:
    r"""`x` itself, whose gradient is multiplied by a number, $\bar x = c\,\bar y$; shaped as `x`.

    Raises: ArgumentError, DTypeError.
    """
    return GradScale(_number("grad_scale", "factor", factor))(_with_gradient("grad_scale", x))


@vocabulary(case(arr(3, 4), order=0), case(arr(3), 0.1, order=0))
def grad_reverse(x: Any, factor: float = 1.0) -> Variable:
    r"""`x` itself, whose gradient is turned around, $\bar x = -c\,\bar y$; shaped as `x`.

    What comes before it learns to make the cost worse: so features come not to tell two domains apart.

    Raises: ArgumentError, DTypeError. Source: Ganin and Lempitsky, ICML (2015).
    """
    return GradScale(-_number("grad_reverse", "factor", factor))(_with_gradient("grad_reverse", x))


@vocabulary(case(arr(3, 4), order=0))
def zero_grad(x: Any) -> Variable:
    r"""`x` itself, whose gradient is zero, $\bar x = 0$; shaped as `x`.

    `x` still counts as connected: `grad` gives zeros where, behind `stop_gradient`, it reports that there is no path.

    Raises: DTypeError.
    """
    return ZeroGrad()(_with_gradient("zero_grad", x))


def disconnected_grad(x: Any) -> Variable:
    """`x` itself, as if the result did not depend on it: Theano's name of `stop_gradient`."""
    return stop_gradient(x)
