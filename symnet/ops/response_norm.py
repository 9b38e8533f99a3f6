"""Local response normalisation: each channel damped by its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import Composite, arr, case, vocabulary
from symnet.ops.arithmetic import square
from symnet.ops.curves import float_variable, number
from symnet.ops.elementary import exp, log, sqrt
from symnet.ops.pool_along import SumAlong, SumSpread
from symnet.ops.windows import is_int
from symnet.origin import here
from symnet.types import TensorType

__all__ = ["local_response_norm", "LocalResponseNorm"]


class LocalResponseNorm(Composite):
    r"""$x_c\,d_c^{-\beta}$ with $d_c = k + \frac{\alpha}{n} \sum x^2$ over the n channels around c."""

    size: int
    alpha: float
    beta: float
    k: float

    name, roles = "local_response_norm", ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    @property
    def _around(self) -> SumAlong:
        return SumAlong(1, self.size, 1, self.size // 2, (self.size - 1) // 2)

    def _parts(self, x: Variable) -> tuple[Variable, Variable]:
        """d, and its power -beta."""
        d = self.k + (self.alpha / self.size) * self._around(square(x))
        if self.beta == 0.75:
            root = sqrt(d)
            return d, 1 / (root * sqrt(root))
        # A general power takes ten times as long as these two (float32 without vectors for it).
        return d, exp(-self.beta * log(d))

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return x * self._parts(x)[1]

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        d, share = self._parts(x)
        around = self._around.like(SumSpread)(g * y / d, x)
        return [g * share - (2 * self.alpha * self.beta / self.size) * (x * around)]


@vocabulary(
    case(arr(2, 4, 3), 3, alpha=0.5),
    case(arr(1, 5, 2, 2), 5, alpha=0.1, beta=0.5, k=2.0),
    case(arr(2, 3), 2, alpha=1.0),
    case(arr(1, 2, 2, 2), 5),
    case(arr(values=[[1000.0, 0.0, -1000.0]]), 3, alpha=1.0, order=0),
)
def local_response_norm(x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Variable:
    r"""Local response normalisation across channels, $x_c \,/\, (k + \frac{\alpha}{n} \sum_{c'} x_{c'}^2)^\beta$.

    x (N, C, ...); the sum runs over the n channels from c - n // 2 to c + (n - 1) // 2 that exist. The paper's alpha is
    alpha / n here, as it is in other libraries.

    Raises: ShapeError, ArgumentError. Source: Krizhevsky, Sutskever and Hinton, NeurIPS 2012, section 3.3.
    """
    op = "local_response_norm"
    x = float_variable(x)
    if x.type.ndim < 2:
        fix = "the channels are the second axis: (N, C, ...)."
        raise ShapeError(f"{op}: x has {x.type.ndim} axes.", operands={"x": x}, origin=here(), fix=fix)
    if not is_int(size) or size < 1:
        fix = "give the number of channels in a sum, at least 1."
        raise ArgumentError(f"{op}: size is {size!r}.", origin=here(), fix=fix)
    alpha, beta, k = number(op, "alpha", alpha, 0.0), number(op, "beta", beta), number(op, "k", k, 0.0)
    return LocalResponseNorm(int(size), alpha, beta, k)(x)
