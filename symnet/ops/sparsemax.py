"""Sparsemax: probabilities of which most may be exactly 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.activations import relu
from symnet.ops.axes import refuse_empty
from symnet.ops.compare import where
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.curves import float_variable
from symnet.ops.nnet import _AlongAxes
from symnet.ops.order import flip
from symnet.ops.scans import CumSum
from symnet.ops.shape import expand_dims
from symnet.ops.sizes import normal_axis
from symnet.ops.sorting import Sort
from symnet.types import TensorType

__all__ = ["sparsemax"]


class Sparsemax(_AlongAxes):
    r"""The probabilities nearest to x, $\max(x - \tau, 0)$ with the $\tau$ for which they sum to 1."""

    name = "sparsemax"

    def infer(self, *inputs: Variable) -> TensorType:
        refuse_empty(self.name, inputs[0].type.shape, self.axes)
        return inputs[0].type

    def expand(self, *inputs: Variable) -> Variable:
        (x,), (axis,) = inputs, self.axes
        x = x - x.max(axis, keepdims=True)
        ordered = flip(Sort(axis)(x), axis)
        behind = [k for k in range(1, x.type.ndim - axis)]
        ranks = expand_dims(cast(1 + arange(x.shape[axis]), x.type.dtype), behind)
        sums = CumSum(axis)(ordered)
        # Those that stay above 0 come first.
        stays = ranks * ordered + 1 > sums
        count = cast(stays, x.type.dtype).sum(axis, keepdims=True)
        return relu(x - (where(stays, ordered, 0.0).sum(axis, keepdims=True) - 1) / count)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        """Of what is above 0 the differences from the mean; the Jacobian is symmetric."""
        stays = cast(y > 0, y.type.dtype)
        mean = (g * stays).sum(self.axes, keepdims=True) / stays.sum(self.axes, keepdims=True)
        return [(g - mean) * stays]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        (t,) = dx
        return None if t is None else self.vjp(t, y, *inputs)[0]


@vocabulary(
    case(arr(3, 4)),
    case(arr(2, 3, 4, low=-0.3, high=0.3), axis=1),
    case(arr(5, low=-0.2, high=0.2), axis=0),
    case(arr(3, 1)),
    case(arr(0, 3)),
    case(arr(values=[[1000.0, 1000.0, -1000.0], [0.5, 0.5, 0.5], [0.0, 1.0, -float("inf")]]), order=0),
    case(arr(values=[[2, 1, 1]], dtype="int32")),
)
def sparsemax(x: Any, axis: int = -1) -> Variable:
    r"""Probabilities along an axis, the nearest to x by Euclid's distance: $y_i = \max(x_i - \tau, 0)$, where
    $\sum_i y_i = 1$.

    x of any shape with an axis gives x's shape. Unlike those of `softmax` many are exactly 0, where no gradient flows.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0. Source: Martins and
    Astudillo, From Softmax to Sparsemax, ICML 2016.
    """
    x = float_variable(as_variable(x))
    return Sparsemax((normal_axis(axis, x.type.ndim, "sparsemax", x),))(x)
