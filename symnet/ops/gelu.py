"""The Gaussian error linear unit, exactly or with tanh, and a gradient that shares its parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import Composite, arr, as_variable, case, vocabulary
from symnet.ops.activations import tanh
from symnet.ops.arithmetic import square
from symnet.ops.conversion import cast
from symnet.ops.elementary import exp
from symnet.ops.erf import erf
from symnet.types import TensorType, float_of

__all__ = ["gelu", "Gelu"]

_SLOPE = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


class Gelu(Composite):
    """`x` times a cumulative distribution: the normal one, or its likeness made with tanh."""

    approximate: bool = False

    name, roles = "gelu", ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def _share(self, x: Variable) -> Variable:
        """The part of x that passes."""
        if self.approximate:
            return 0.5 * tanh(x * (_SLOPE + _SLOPE * _CUBIC * square(x))) + 0.5
        return 0.5 * erf(x * math.sqrt(0.5)) + 0.5

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return x * self._share(x)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        share = self._share(x)
        if self.approximate:
            # For s = (1 + tanh u) / 2 the slope of s is 2 s (1 - s) u'.
            slope = share * (1 - share) * (2 * _SLOPE + 6 * _SLOPE * _CUBIC * square(x))
        else:
            slope = exp(-0.5 * square(x)) * (_SLOPE / 2)
        return [g * (share + x * slope)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*inputs)


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), approximate="tanh"),
    case(arr(values=[-7.0, 0.0, 9.0])),
    case(arr(values=[-7.0, 0.0, 9.0]), approximate="tanh"),
)
def gelu(x: Any, approximate: Literal["tanh"] | None = None) -> Variable:
    r"""Gaussian error linear unit, $x\,\Phi(x) = \frac{x}{2} (1 + \operatorname{erf}(x / \sqrt 2))$, shaped as `x`.

    With `approximate="tanh"` it is $\frac{x}{2} (1 + \tanh(\sqrt{2 / \pi}\,(x + 0.044715\,x^3)))$.

    Raises: ArgumentError for another approximation. Source: Hendrycks and Gimpel, arXiv:1606.08415.
    """
    if approximate not in (None, "tanh"):
        raise ArgumentError(f"gelu: approximate is {approximate!r}.", fix="use None for the exact form, or 'tanh'.")
    x = as_variable(x)
    return Gelu(approximate == "tanh")(cast(x, float_of(x.type.dtype)))
