"""How well classes are predicted: accuracy, top-k accuracy, the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.ops.argmax import argmax
from symnet.ops.compare import equal, greater_equal, less, logical_and, logical_not, logical_or
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.pick import pick
from symnet.ops.places import check_labels
from symnet.ops.shape import expand_dims
from symnet.ops.windows import is_int
from symnet.origin import here
from symnet.types import INTEGERS, TensorType, shape_text

__all__ = ["accuracy", "confusion_matrix", "top_k_accuracy", "ConfusionMatrix"]


_NAN = float("nan")


def _labels(op: str, role: str, v: Any) -> Variable:
    v = as_variable(v)
    if v.type.dtype not in INTEGERS:
        raise DTypeError(
            f"{op}: {role} is {v.type.dtype}, and labels are integers.",
            operands={role: v},
            origin=here(),
            fix="declare the labels as integers: sn.lvector('y').",
        )
    return v


def _check_counts(op: str, ours: Variable, labels: Variable, axes: int) -> None:
    """Raise ShapeError unless the first `axes` sizes may be those of the labels."""
    sizes = zip(ours.type.shape[:axes], labels.type.shape, strict=False)
    if labels.type.ndim != axes or any(isinstance(n, int) and isinstance(m, int) and n != m for n, m in sizes):
        raise ShapeError(
            f"{op}: predictions {shape_text(ours.type.shape)} and labels {shape_text(labels.type.shape)} do not fit.",
            operands={"predictions": ours, "labels": labels},
            origin=here(),
            fix="pass a label for each prediction, or for each row of scores.",
        )


@vocabulary(
    case(arr(5, 3), arr(values=[0, 1, 2, 0, 1], dtype="int64")),
    case(arr(values=[0, 1, 1], dtype="int64"), arr(values=[0, 1, 2], dtype="int32")),
    case(arr(values=[[1.0, 1.0], [0.0, 1.0]]), arr(values=[1, 1], dtype="int64"), order=0),
    case(arr(2, 2, 3), arr(values=[[0, 1], [2, 0]], dtype="int64")),
)
def accuracy(predictions: Any, labels: Any) -> Variable:
    r"""The share of right predictions, $\frac{1}{N} \sum_i [\hat l_i = l_i]$, as floatX.

    predictions (N, C) are scores, the largest of which (of equal ones the first) is the prediction, or (N,) the
    predicted labels themselves; labels (N,).

    Raises: ShapeError, DTypeError.
    """
    p, labels = as_variable(predictions), _labels("accuracy", "labels", labels)
    scores = p.type.ndim == labels.type.ndim + 1
    _check_counts("accuracy", p, labels, p.type.ndim - 1 if scores else p.type.ndim)
    return equal(argmax(p, -1) if scores else _labels("accuracy", "predictions", p), labels).mean()


@vocabulary(
    case(arr(6, 4), arr(values=[0, 1, 2, 3, 0, 1], dtype="int64"), 2),
    case(arr(3, 4), arr(values=[0, 1, 2], dtype="int64"), 4),
    case(arr(values=[[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]), arr(values=[2, 2], dtype="int64"), 2, order=0),
    case(arr(values=[[1.0, _NAN, 0.0], [_NAN, 1.0, 0.0]]), arr(values=[1, 1], dtype="int64"), 1, order=0),
)
def top_k_accuracy(scores: Any, labels: Any, k: int = 5) -> Variable:
    r"""The share of examples whose label is among the k best scores, as floatX: scores (N, C), labels (N,).

    Of equal scores the first is the better one, as for `argmax`, so that constant scores are no success; nor is NaN,
    which comes before all others and never is the label's.

    Raises: ShapeError, DTypeError, ArgumentError; when it runs BoundsError for a label outside 0 ... C - 1.
    """
    x, labels = as_variable(scores), _labels("top_k_accuracy", "labels", labels)
    if not is_int(k) or k < 1:
        raise ArgumentError(f"top_k_accuracy: k is {k!r}.", origin=here(), fix="k is an int of at least 1.")
    if x.type.ndim != 2:
        fix = "scores are (N, C)."
        raise ShapeError(f"top_k_accuracy: x has {x.type.ndim} axes.", operands={"x": x}, origin=here(), fix=fix)
    _check_counts("top_k_accuracy", x, labels, 1)
    own = expand_dims(pick(x, labels), 1)
    later = greater_equal(arange(x.shape[1]), expand_dims(cast(labels, "int64"), 1))
    # Neither lower nor an equal one further on; a comparison with NaN is false.
    ahead = logical_not(logical_or(less(x, own), logical_and(equal(x, own), later)))
    return less(ahead.sum(1), int(k)).mean()


class ConfusionMatrix(Op):
    """How often each label was predicted as each class."""

    classes: int

    name, roles = "confusion_matrix", ("predictions", "labels")

    def infer(self, *inputs: Variable) -> TensorType:
        _check_counts(self.name, inputs[0], inputs[1], 1)
        return TensorType("int64", (self.classes, self.classes))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        counts = np.zeros((self.classes, self.classes), np.int64)
        for v in arrays:
            check_labels(v, self.classes)
        for predicted, label in zip(*arrays, strict=True):
            counts[label, predicted] += 1
        return counts

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        return [inputs[1].type]

    def emit(self, e: Emitter, *names: str) -> None:
        predictions, labels = names
        places = e.scratch[0]
        for name in names:
            e.step(f"check_labels({name}, {self.classes})")
        e.step(f"np.multiply({labels}, {self.classes}, out={places})")
        e.step(f"np.add({places}, {predictions}, out={places})")
        flat = e.view(e.out, ".reshape(-1)", f"{e.out}_flat")
        e.step(f"{flat}.fill(0)")
        e.step(f"np.add.at({flat}, {places}, 1)")


@vocabulary(
    case(arr(values=[0, 1, 1, 2], dtype="int64"), arr(values=[0, 1, 2, 2], dtype="int32"), 3),
    case(arr(5, 3), arr(values=[0, 1, 2, 0, 0], dtype="int64"), 4),
    case(arr(values=[], dtype="int64"), arr(values=[], dtype="int64"), 2),
)
def confusion_matrix(predictions: Any, labels: Any, classes: int) -> Variable:
    r"""How often each label was predicted as each class, $M_{ab} = \#\{i : l_i = a, \hat l_i = b\}$, int64 (C, C).

    predictions (N, C) are scores, the largest of which is the prediction, or (N,) the predicted labels; labels (N,).

    Raises: ShapeError, DTypeError, ArgumentError; when it runs BoundsError for a label outside 0 ... C - 1.
    """
    op = "confusion_matrix"
    p, labels = as_variable(predictions), _labels(op, "labels", labels)
    if not is_int(classes) or classes < 1:
        fix = "give the number of classes."
        raise ArgumentError(f"{op}: classes is {classes!r}.", origin=here(), fix=fix)
    scores = p.type.ndim == 2
    _check_counts(op, p, labels, 1)
    predicted = argmax(p, -1) if scores else _labels(op, "predictions", p)
    return ConfusionMatrix(int(classes))(cast(predicted, "int64"), cast(labels, "int64"))
