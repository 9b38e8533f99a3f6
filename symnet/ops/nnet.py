"""Softmax and cross-entropy: composites, one node each until expanded, with compact gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.graph.operators import Axis
from symnet.graph.rows import with_rows
from symnet.op import Composite, arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of, behind_first, reduced
from symnet.ops.compare import isinf, where
from symnet.ops.elementwise import cast, exp, log, stop_gradient
from symnet.ops.labels import LessAtLabels
from symnet.ops.pick import pick
from symnet.ops.shape import expand_dims
from symnet.ops.vecdot import vecdot
from symnet.types import FLOATS, Dim, TensorType, float_of, shape_text

__all__ = ["softmax", "log_softmax", "logsumexp", "cross_entropy"]

Reduction = Literal["mean", "sum", "none"]


# softmax ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _AlongAxes(Composite):
    axes: tuple[int, ...]

    roles: ClassVar[tuple[str, ...]] = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return behind_first(self)(*with_rows(rows, inputs))


def _shifted(x: Variable, axes: tuple[int, ...]) -> Variable:
    """`x` less its largest element along the axes, so that no exponential exceeds 1."""
    return x - stop_gradient(x.max(axes, keepdims=True))


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
        along_last = self.axes == _last(y)
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


@dataclass(frozen=True)
class LogSumExp(Composite):
    """Logarithm of the sum of exponentials."""

    axes: tuple[int, ...]
    keepdims: bool = False

    name, roles = "logsumexp", ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return x.with_shape(reduced(x.shape, self.axes, self.keepdims))

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        largest = stop_gradient(x.max(self.axes, keepdims=True))
        # inf - inf would be NaN where all elements are -inf or one is inf.
        largest = where(isinf(largest), 0.0, largest)
        y = log(exp(x - largest).sum(self.axes, keepdims=True)) + largest
        return y if self.keepdims else y.squeeze(self.axes)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        wide = g if self.keepdims else expand_dims(g, self.axes)
        return [wide * Softmax(self.axes)(x)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return (Softmax(self.axes)(inputs[0]) * dx[0]).sum(self.axes, self.keepdims)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return behind_first(self)(*inputs)


def _float(x: Any) -> Variable:
    x = as_variable(x)
    return cast(x, float_of(x.type.dtype))


_LARGE = arr(values=[[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -1000.0]])
_SOFTMAX_CASES = (
    case(arr(3, 4)),
    case(arr(2, 3, 4), axis=1),
    case(arr(2, 3, 4), axis=(0, -1)),
    case(arr(4), axis=None),
    case(arr(3, 1)),
    case(arr(0, 3)),
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
    x = _float(x)
    return Softmax(axes_of("softmax", x, axis))(x)


@vocabulary(*_SOFTMAX_CASES)
def log_softmax(x: Any, axis: Axis = -1) -> Variable:
    r"""Logarithm of softmax, $x_i - \ln \sum_j e^{x_j}$, finite wherever `x` is; of the shape of `x`.

    The sum runs along `axis`: an int, a tuple, or None for all axes.

    Raises: ArgumentError for what is no axis of x.
    """
    x = _float(x)
    return LogSoftmax(axes_of("log_softmax", x, axis))(x)


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 4), axis=(0, -1), keepdims=True),
    case(arr(3, 1), axis=-1),
    case(arr(0, 3), axis=1),
    case(_LARGE, axis=1, order=0),
    case(arr(values=[[float("-inf"), float("-inf")], [float("inf"), 1.0]]), axis=1, order=0),
)
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Logarithm of the sum of exponentials along axes, $\ln \sum_i e^{x_i}$, without overflow.

    x (N, C) with axis=1 gives (N,), or (N, 1) with keepdims=True; None sums over all axes.

    Raises: ArgumentError for what is no axis of x.
    """
    x = _float(x)
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
            return -vecdot(target, LogSoftmax(_last(logits))(logits))
        rows, labels = _rows(logits, target)
        d = _shifted(rows, (1,))
        # Of the log-probabilities only the labels' are needed: no subtraction over the whole array.
        losses = log(exp(d).sum(1, keepdims=True)).squeeze(1) - pick(d, labels)
        return losses if rows is logits else losses.reshape(target.shape)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        logits, target = inputs
        if not target.type.is_float:
            return [CrossEntropyGrad()(g, logits, target), None]
        wide = expand_dims(g, -1)
        p = Softmax(_last(logits))(logits)
        return [
            wide * (p * target.sum(-1, keepdims=True) - target),
            -wide * LogSoftmax(_last(logits))(logits),
        ]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        logits, target = inputs
        if target.type.is_float:
            return NotImplemented
        assert dx[0] is not None  # labels have no tangent
        rows, labels = _rows(logits, target)
        t, _ = _rows(dx[0], target)
        rates = LogSumExp((1,)).jvp([t], y, rows) - pick(t, labels)
        return rates if rows is logits else rates.reshape(target.shape)


class CrossEntropyGrad(_ByExample):
    r"""The cotangent of the logits for labels: $g\,(\text{softmax} - \text{one-hot})$."""

    name, roles = "cross_entropy_grad", ("g", "logits", "labels")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type

    def expand(self, *inputs: Variable) -> Variable:
        g, logits, target = inputs
        rows, labels = _rows(logits, target)
        g = g if rows is logits else g.reshape((-1,))
        e = exp(_shifted(rows, (1,)))
        # The sum is at least 1, so that g / sum is safe; (e / sum) * g would be a pass over the array more.
        y = e * (expand_dims(g, 1) / e.sum(1, keepdims=True))
        y = LessAtLabels()(y, g, labels)
        return y if rows is logits else y.reshape(logits.shape)



def _last(x: Variable) -> tuple[int]:
    return (x.type.ndim - 1,)


def _rows(logits: Variable, labels: Variable) -> tuple[Variable, Variable]:
    """Logits (..., C) and labels (...) as (N, C) and (N,)."""
    if logits.type.ndim == 2:
        return logits, labels
    return logits.reshape((-1, logits.shape[-1])), labels.reshape((-1,))


def _labels(*values: int) -> Any:
    return arr(values=list(values), dtype="int64")


@vocabulary(
    case(arr(3, 4), _labels(0, 3, 3)),
    case(arr(3, 4), _labels(0, 3, 3), reduction="none"),
    case(arr(3, 4), arr(3, 4, low=0.0, high=1.0), reduction="sum"),
    case(arr(3, 4, low=0.1, high=1.0), _labels(1, 2, 0), from_logits=False),
    case(arr(3, 4, low=0.1, high=1.0), arr(3, 4, low=0.0, high=1.0), from_logits=False),
    case(arr(2, 3, 4), arr(values=[[0, 1, 2], [3, 3, 3]], dtype="int32")),
    case(arr(4), arr(values=2, dtype="int64")),
    case(arr(3, 1), _labels(0, 0, 0)),
    case(arr(0, 3), arr(0, dtype="int64"), reduction="none"),
    case(arr(2, 3), arr(values=[[0, 1, 0], [1, 0, 0]], dtype="int64")),
    case(_LARGE, _labels(2, 1), order=0),
)
def cross_entropy(
    logits: Any, target: Any, *, from_logits: bool = True, reduction: Reduction = "mean"
) -> Variable:
    r"""Cross-entropy of predicted classes: $-\ln p_t$ for a label t, $-\sum_c t_c \ln p_c$ for probabilities.

    logits (N, C) with integer labels (N,), or with probabilities (N, C) such as one-hot rows; classes stand
    on the last axis, and further axes may stand before it. $p$ is softmax(logits), or the first argument
    itself with `from_logits=False`. `reduction` is 'mean' or 'sum' over all examples, or 'none'.

    Raises: ShapeError, DTypeError, ArgumentError; when it runs BoundsError for a label outside 0 ... C - 1.
    """
    logits, target = _float(logits), as_variable(target)
    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f"cross_entropy: reduction is {reduction!r}.", fix="use 'mean', 'sum' or 'none'.")
    by_label = _check_target(logits, target)
    if not by_label:
        target = cast(target, logits.type.dtype)
    if from_logits:
        losses = CrossEntropy()(logits, target)
    elif by_label:
        rows, labels = _rows(logits, target)
        losses = -log(pick(rows, labels))
        losses = losses if rows is logits else losses.reshape(target.shape)
    else:
        losses = -vecdot(target, log(logits))
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _check_target(logits: Variable, target: Variable) -> bool:
    """Whether the target is labels; raises where it is neither labels nor probabilities for these logits."""
    ours, theirs = logits.type.shape, target.type.shape
    operands = {"logits": logits, "target": target}
    if not ours:
        raise ShapeError("cross_entropy: the logits are a scalar; classes need an axis.", operands=operands)
    if len(theirs) == len(ours):
        _check_sizes(ours, theirs, operands)
        return False
    if len(theirs) != len(ours) - 1:
        raise ShapeError(
            f"cross_entropy: logits {shape_text(ours)} and target {shape_text(theirs)} do not fit.",
            operands=operands,
            fix=f"the target is {len(ours) - 1}-d integer labels, or {len(ours)}-d probabilities.",
        )
    if target.type.dtype in FLOATS or target.type.dtype == "bool":
        raise DTypeError(
            f"cross_entropy: labels are integers, but the target is {target.type.dtype}.",
            operands=operands,
            fix="declare the labels as integers (sn.lvector), or pass one-hot rows.",
        )
    _check_sizes(ours[:-1], theirs, operands)
    return True


def _check_sizes(ours: Sequence[Dim], theirs: Sequence[Dim], operands: dict[str, Variable]) -> None:
    for axis, (n, m) in enumerate(zip(ours, theirs, strict=True)):
        if isinstance(n, int) and isinstance(m, int) and n != m:
            raise ShapeError(
                f"cross_entropy: axis {axis} has {n} in the logits but {m} in the target.", operands=operands
            )
