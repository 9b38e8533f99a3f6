"""Softmax and cross-entropy: composites, one node each until expanded, with compact gradients."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, ClassVar

from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.graph.notation import Call, Part, Total, along, axes_written
from symnet.graph.rows import with_rows
from symnet.op import Composite, arr, case, vocabulary
from symnet.ops.axes import axes_of, behind_first, reduced
from symnet.ops.compare import equal, isinf, where
from symnet.ops.conversion import stop_gradient
from symnet.ops.curves import float_variable
from symnet.ops.elementary import exp, log
from symnet.ops.extremes import Max
from symnet.ops.labels import LessAtLabels
from symnet.ops.pick import pick
from symnet.ops.shape import expand_dims
from symnet.ops.vecdot import vecdot
from symnet.types import TensorType

__all__ = ["softmax", "log_softmax", "logsumexp"]

# softmax ----------------------------------------------------------------------------------------------------


class _AlongAxes(Composite):
    axes: tuple[int, ...]

    roles: ClassVar[tuple[str, ...]] = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, inputs, () if self.axes == last_axis(inputs[0]) else along(self.axes))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return behind_first(self)(*with_rows(rows, inputs))


def _shifted(x: Variable, axes: tuple[int, ...]) -> Variable:
    """`x` less its largest element along the axes, so that no exponential exceeds 1."""
    return x - stop_gradient(_largest(x, axes))


def _largest(x: Variable, axes: tuple[int, ...]) -> Variable:
    """The largest element along the axes; of none, whose exponentials sum to 0, the logarithm of that."""
    return Max(axes, True, -inf)(x)


class Softmax(_AlongAxes):
    """Exponentials divided by their sum."""

    name = "softmax"

    def expand(self, *inputs: Variable) -> Variable:
        e = exp(_shifted(inputs[0], self.axes))
        return e / e.sum(self.axes, keepdims=True)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [SoftmaxGrad(self.axes)(g, y)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        (t,) = dx
        return SoftmaxGrad(self.axes)(t, y) if t is not None else None  # the Jacobian is symmetric


class SoftmaxGrad(_AlongAxes):
    r"""The cotangent of softmax's argument: $y (g - \sum g y)$."""

    name, roles = "softmax_grad", ("g", "y")

    def expand(self, *inputs: Variable) -> Variable:
        g, y = inputs
        along_last = self.axes == last_axis(y)
        total = expand_dims(vecdot(g, y), -1) if along_last else (g * y).sum(self.axes, keepdims=True)
        return y * (g - total)


class LogSoftmax(_AlongAxes):
    """Logarithm of softmax."""

    name = "log_softmax"

    def expand(self, *inputs: Variable) -> Variable:
        d = _shifted(inputs[0], self.axes)
        return d - log(exp(d).sum(self.axes, keepdims=True))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [g - Softmax(self.axes)(inputs[0]) * g.sum(self.axes, keepdims=True)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return dx[0] - LogSumExp(self.axes, keepdims=True).jvp(dx, y, *inputs)


def _exponentials(x: Variable, axes: tuple[int, ...]) -> tuple[Variable, Variable]:
    """Exponentials of `x` less its largest element along the axes, and that; less 0 where it is infinite."""
    largest = stop_gradient(_largest(x, axes))
    # inf - inf would be NaN where all elements are -inf or one is inf.
    largest = where(isinf(largest), 0.0, largest)
    return exp(x - largest), largest


class Shares(_AlongAxes):
    """The derivative of `LogSumExp`: softmax from the same exponentials, and 0 where all elements are -inf."""

    name = "shares"

    def expand(self, *inputs: Variable) -> Variable:
        e, _ = _exponentials(inputs[0], self.axes)
        total = e.sum(self.axes, keepdims=True)
        return e / where(equal(total, 0), 1.0, total)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [SoftmaxGrad(self.axes)(g, y)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        (t,) = dx
        return SoftmaxGrad(self.axes)(t, y) if t is not None else None  # the Jacobian is symmetric


class LogSumExp(Composite):
    """Logarithm of the sum of exponentials."""

    axes: tuple[int, ...]
    keepdims: bool = False

    name, roles = "logsumexp", ("x",)

    def notation(self, *inputs: Variable) -> Part:
        return Total(self.name, inputs[0], axes_written(self.axes, inputs[0]), self.keepdims)

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return x.with_shape(reduced(x.shape, self.axes, self.keepdims))

    def expand(self, *inputs: Variable) -> Variable:
        e, largest = _exponentials(inputs[0], self.axes)
        y = log(e.sum(self.axes, keepdims=True)) + largest
        return y if self.keepdims else y.squeeze(self.axes)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        wide = g if self.keepdims else expand_dims(g, self.axes)
        return [wide * Shares(self.axes)(x)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return (Shares(self.axes)(inputs[0]) * dx[0]).sum(self.axes, self.keepdims)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return behind_first(self)(*inputs)


_LARGE = arr(values=[[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -1000.0]])
_SOFTMAX_CASES = (
    case(arr(3, 4)),
    case(arr(2, 3, 4), axis=1),
    case(arr(2, 3, 4), axis=(0, -1)),
    case(arr(4), axis=None),
    case(arr(3, 1)),
    case(arr(0, 3)),
    case(arr(3, 0)),
    case(_LARGE, order=0),
    case(arr(values=[[0.0, float("-inf"), 1.0]]), order=0),
    case(arr(values=[[1, 2, 3]], dtype="int64")),
)


@vocabulary(*_SOFTMAX_CASES)
def softmax(x: Any, axis: Axis = -1) -> Variable:
    r"""Exponentials divided by their sum, $e^{x_i} / \sum_j e^{x_j}$; positive, summing to 1, shaped as `x`.

    The sum runs along `axis`: an int, a tuple, or None for all axes. Nothing overflows, since the largest
    element is subtracted first.

    Raises: ArgumentError for what is no axis of x.
    """
    x = float_variable(x)
    return Softmax(axes_of("softmax", x, axis))(x)


@vocabulary(*_SOFTMAX_CASES)
def log_softmax(x: Any, axis: Axis = -1) -> Variable:
    r"""Logarithm of softmax, $x_i - \ln \sum_j e^{x_j}$, finite wherever `x` is; of the shape of `x`.

    The sum runs along `axis`: an int, a tuple, or None for all axes.

    Raises: ArgumentError for what is no axis of x.
    """
    x = float_variable(x)
    return LogSoftmax(axes_of("log_softmax", x, axis))(x)


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 4), axis=(0, -1), keepdims=True),
    case(arr(3, 1), axis=-1),
    case(arr(0, 3), axis=1),
    case(arr(2, 0), axis=1, order=0),
    case(_LARGE, axis=1, order=0),
    case(arr(values=[[float("-inf"), float("-inf")], [float("inf"), 1.0]]), axis=1, order=0),
)
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Logarithm of the sum of exponentials along axes, $\ln \sum_i e^{x_i}$, without overflow.

    x (N, C) with axis=1 gives (N,), or (N, 1) with keepdims=True; None sums over all axes. Where all elements are -inf
    so is the value, and nothing flows.

    Raises: ArgumentError for what is no axis of x.
    """
    x = float_variable(x)
    return LogSumExp(axes_of("logsumexp", x, axis), bool(keepdims))(x)


# cross-entropy ----------------------------------------------------------------------------------------------


class _ByExample(Composite):
    """Family of ops whose classes are the last axis, whatever stands before."""

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*with_rows(rows, inputs))


class CrossEntropy(_ByExample):
    """Cross-entropy of softmax(logits) for each example; the target is labels, or probabilities."""

    name, roles = "cross_entropy", ("logits", "target")

    def infer(self, *inputs: Variable) -> TensorType:
        logits = inputs[0].type
        return logits.with_shape(logits.shape[:-1])

    def expand(self, *inputs: Variable) -> Variable:
        logits, target = inputs
        if target.type.is_float:
            return -vecdot(target, LogSoftmax(last_axis(logits))(logits))
        rows, labels = label_rows(logits, target)
        d = _shifted(rows, (1,))
        # Of the log-probabilities only the labels' are needed: no subtraction over the whole array.
        losses = log(exp(d).sum(1, keepdims=True)).squeeze(1) - pick(d, labels)
        return losses if rows is logits else losses.reshape(target.shape)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        logits, target = inputs
        if not target.type.is_float:
            return [CrossEntropyGrad()(g, logits, target), None]
        wide = expand_dims(g, -1)
        p = Softmax(last_axis(logits))(logits)
        return [
            wide * (p * target.sum(-1, keepdims=True) - target),
            -wide * LogSoftmax(last_axis(logits))(logits),
        ]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        logits, target = inputs
        if target.type.is_float:
            return NotImplemented
        assert dx[0] is not None  # labels have no tangent
        rows, labels = label_rows(logits, target)
        t, _ = label_rows(dx[0], target)
        rates = LogSumExp((1,)).jvp([t], y, rows) - pick(t, labels)
        return rates if rows is logits else rates.reshape(target.shape)


class CrossEntropyGrad(_ByExample):
    r"""The cotangent of the logits for labels: $g\,(\text{softmax} - \text{one-hot})$."""

    name, roles = "cross_entropy_grad", ("g", "logits", "labels")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type

    def expand(self, *inputs: Variable) -> Variable:
        g, logits, target = inputs
        rows, labels = label_rows(logits, target)
        g = g if rows is logits else g.reshape((-1,))
        e = exp(_shifted(rows, (1,)))
        # The sum is at least 1, so that g / sum is safe; (e / sum) * g would be a pass over the array more.
        y = e * (expand_dims(g, 1) / e.sum(1, keepdims=True))
        y = LessAtLabels()(y, g, labels)
        return y if rows is logits else y.reshape(logits.shape)


def last_axis(x: Variable) -> tuple[int]:
    """The last axis alone, as reductions take it."""
    return (x.type.ndim - 1,)


def label_rows(logits: Variable, labels: Variable) -> tuple[Variable, Variable]:
    """Logits (..., C) and labels (...) as (N, C) and (N,)."""
    if logits.type.ndim == 2:
        return logits, labels
    return logits.reshape((-1, logits.shape[-1])), labels.reshape((-1,))
