"""Cross-entropy as users write it: labels or probabilities, class weights, smoothing, labels to ignore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.compare import not_equal, where
from symnet.ops.conversion import cast
from symnet.ops.curves import float_variable, number
from symnet.ops.elementary import log
from symnet.ops.losses import Reduction, check_reduction, reduced_by
from symnet.ops.nnet import CrossEntropy, label_rows, log_softmax, logsumexp
from symnet.ops.pick import pick
from symnet.ops.vecdot import vecdot
from symnet.ops.windows import is_int
from symnet.origin import here
from symnet.types import FLOATS, Dim, shape_text

__all__ = ["cross_entropy", "nll_loss"]


def _labels(*values: int) -> Any:
    return arr(values=list(values), dtype="int64")


_PROBABILITIES = arr(3, 4, low=0.1, high=1.0)
_ROWS = arr(3, 4, low=0.0, high=1.0)
_WEIGHT = arr(4, low=0.5, high=2.0)


@vocabulary(
    case(arr(3, 4), _labels(0, 3, 3)),
    case(arr(3, 4), _labels(0, 3, 3), reduction="none"),
    case(arr(3, 4), _ROWS, reduction="sum"),
    case(_PROBABILITIES, _labels(1, 2, 0), from_logits=False),
    case(_PROBABILITIES, _ROWS, from_logits=False),
    case(arr(2, 3, 4), arr(values=[[0, 1, 2], [3, 3, 3]], dtype="int32")),
    case(arr(4), arr(values=2, dtype="int64")),
    case(arr(3, 1), _labels(0, 0, 0)),
    case(arr(0, 3), arr(0, dtype="int64"), reduction="none"),
    case(arr(2, 3), arr(values=[[0, 1, 0], [1, 0, 0]], dtype="int64")),
    case(arr(values=[[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -1000.0]]), _labels(2, 1), order=0),
    case(arr(3, 4), _labels(0, 3, 3), weight=_WEIGHT),
    case(arr(3, 4), _labels(-100, 3, 1), ignore_index=-100),
    case(arr(3, 4), _labels(0, 3, 0), ignore_index=0, weight=_WEIGHT, reduction="none"),
    case(arr(3, 4), _labels(0, 3, 3), label_smoothing=0.1),
    case(arr(2, 3, 4), arr(values=[[0, 1, 2], [3, -1, 3]], dtype="int64"), label_smoothing=0.2, weight=_WEIGHT,
         ignore_index=-1),
    case(_PROBABILITIES, _labels(1, 2, 0), from_logits=False, label_smoothing=0.5, weight=_WEIGHT),
    case(arr(3, 4), _ROWS, label_smoothing=0.1, weight=_WEIGHT),
)  # fmt: skip
def cross_entropy(
    logits: Any,
    target: Any,
    *,
    from_logits: bool = True,
    reduction: Reduction = "mean",
    weight: Any = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Variable:
    r"""Cross-entropy of predicted classes: $-\ln p_l$ for a label l, $-\sum_c t_c \ln p_c$ for probabilities t.

    logits (N, C) with integer labels (N,), or with probabilities (N, C) such as one-hot rows; classes stand
    on the last axis, and further axes may stand before it. $p$ is softmax(logits), or the first argument
    itself with `from_logits=False`. `reduction` is 'mean' or 'sum' over all examples, or 'none'.

    `weight` (C,) counts each class so many times, and a mean over labels is over what they count. Labels equal to
    `ignore_index` count nothing. `label_smoothing` s replaces targets t by $(1 - s)\,t + s / C$ (Szegedy et al.,
    arXiv:1512.00567).

    Raises: ShapeError, DTypeError, ArgumentError; when it runs BoundsError for a label outside 0 ... C - 1.
    """
    logits, target = float_variable(logits), as_variable(target)
    check_reduction("cross_entropy", reduction)
    smoothing = number("cross_entropy", "label_smoothing", label_smoothing, 0.0)
    if smoothing > 1:
        raise ArgumentError(f"cross_entropy: label_smoothing is {smoothing:g}.", origin=here(), fix="it is 1 at most.")
    by_label = _check_target(logits, target)
    weight = _class_weights("cross_entropy", weight, logits)
    if by_label:
        return _of_labels(logits, target, from_logits, reduction, weight, ignore_index, smoothing)
    if ignore_index is not None:
        fix = "set their rows to 0."
        raise ArgumentError("cross_entropy: ignore_index is for labels.", operands={"target": target}, fix=fix)
    target = cast(target, logits.type.dtype)
    if smoothing:
        target = (1 - smoothing) * target + smoothing / _classes(logits)
    if weight is not None:
        target = target * weight
    losses = CrossEntropy()(logits, target) if from_logits else -vecdot(target, log(logits))
    return reduced_by(losses, reduction)


def _of_labels(
    logits: Variable,
    labels: Variable,
    from_logits: bool,
    reduction: Reduction,
    weight: Variable | None,
    ignore_index: int | None,
    smoothing: float,
) -> Variable:
    kept, counted = _kept("cross_entropy", labels, ignore_index)
    losses = CrossEntropy()(logits, counted) if from_logits else _picked(-log(logits), counted)
    if weight is not None:
        losses = losses * weight[counted]
    if smoothing:
        if weight is None and from_logits:
            even = logsumexp(logits, -1) - logits.mean(-1)
        else:
            logs = log_softmax(logits) if from_logits else log(logits)
            even = -(logs if weight is None else logs * weight).mean(-1)
        losses = (1 - smoothing) * losses + smoothing * even
    return _averaged(losses, counted, kept, weight, reduction)


# from log-probabilities -----------------------------------------------------------------------------------------------


@vocabulary(
    case(arr(3, 4), _labels(0, 3, 3)),
    case(arr(3, 4), _labels(0, 3, 3), _WEIGHT, reduction="sum"),
    case(arr(3, 4), _labels(0, -100, 3), _WEIGHT, -100),
    case(arr(2, 2, 3), arr(values=[[0, 1], [2, 2]], dtype="int64"), reduction="none"),
    case(arr(0, 3), arr(0, dtype="int64"), reduction="sum"),
)
def nll_loss(
    log_probability: Any,
    labels: Any,
    weight: Any = None,
    ignore_index: int | None = None,
    reduction: Reduction = "mean",
) -> Variable:
    r"""Negative log-likelihood of labels, $-w_l\,x_{l}$ for log-probabilities x, such as `log_softmax` gives.

    log_probability (N, C), labels (N,), weight (C,); classes stand on the last axis, and further axes may stand before
    it. A mean is over the weights of the labels. Labels equal to `ignore_index` count nothing. `reduction` is 'mean',
    'sum', or 'none' for the loss of each example.

    Raises: ShapeError, DTypeError, ArgumentError; when it runs BoundsError for a label outside 0 ... C - 1.
    """
    x, labels = float_variable(log_probability), as_variable(labels)
    check_reduction("nll_loss", reduction)
    if not _check_target(x, labels, "nll_loss", "log_probability"):
        raise ShapeError(
            f"nll_loss: the labels have {labels.type.ndim} axes, as many as the log-probabilities.",
            operands={"log_probability": x, "labels": labels},
            origin=here(),
            fix="pass integer labels, one for each row, or use kl_div for distributions.",
        )
    weight = _class_weights("nll_loss", weight, x)
    kept, counted = _kept("nll_loss", labels, ignore_index)
    losses = -_picked(x, counted)
    return _averaged(losses if weight is None else losses * weight[counted], counted, kept, weight, reduction)


# their parts ----------------------------------------------------------------------------------------------------------


def _picked(x: Variable, labels: Variable) -> Variable:
    rows, flat = label_rows(x, labels)
    y = pick(rows, flat)
    return y if rows is x else y.reshape(labels.shape)


def _kept(op: str, labels: Variable, ignore_index: int | None) -> tuple[Variable | None, Variable]:
    """Which labels count, None if all do, and labels that are all in range, given that those are."""
    if ignore_index is None:
        return None, labels
    if not is_int(ignore_index):
        fix = "use an int, or None."
        raise ArgumentError(f"{op}: ignore_index is {ignore_index!r}.", origin=here(), fix=fix)
    wide = cast(labels, "int64")
    kept = not_equal(wide, int(ignore_index))
    return kept, where(kept, wide, 0)


def _averaged(
    losses: Variable, labels: Variable, kept: Variable | None, weight: Variable | None, reduction: Reduction
) -> Variable:
    if kept is not None:
        losses = where(kept, losses, 0.0)
    if reduction != "mean" or (kept is None and weight is None):
        return reduced_by(losses, reduction)
    counts = weight[labels] if weight is not None else cast(kept, losses.type.dtype)
    if weight is not None and kept is not None:
        counts = where(kept, counts, 0.0)
    return losses.sum() / counts.sum()


def _classes(logits: Variable) -> Any:
    n = logits.shape[-1]
    return n if isinstance(n, int) else cast(n, logits.type.dtype)


def _class_weights(op: str, weight: Any, logits: Variable) -> Variable | None:
    if weight is None:
        return None
    w = cast(as_variable(weight, logits), logits.type.dtype)
    classes, given = logits.type.shape[-1], w.type.shape[0] if w.type.ndim == 1 else None
    if w.type.ndim != 1 or (isinstance(given, int) and isinstance(classes, int) and given != classes):
        raise ShapeError(
            f"{op}: weight has shape {shape_text(w.type.shape)}, but there are "
            f"{'?' if classes is None else classes} classes.",
            operands={"weight": w, "logits": logits},
            origin=here(),
            fix="give one weight for each class, (C,).",
        )
    return w


def _check_target(logits: Variable, target: Variable, op: str = "cross_entropy", role: str = "logits") -> bool:
    """Whether the target is labels; raises where it is neither labels nor probabilities for these logits."""
    ours, theirs = logits.type.shape, target.type.shape
    operands = {role: logits, "target": target}
    if not ours:
        raise ShapeError(f"{op}: the {role} are a scalar; classes need an axis.", operands=operands)
    if len(theirs) == len(ours):
        _check_sizes(op, role, ours, theirs, operands)
        return False
    if len(theirs) != len(ours) - 1:
        raise ShapeError(
            f"{op}: {role} {shape_text(ours)} and target {shape_text(theirs)} do not fit.",
            operands=operands,
            fix=f"the target is {len(ours) - 1}-d integer labels, or {len(ours)}-d probabilities.",
        )
    if target.type.dtype in FLOATS or target.type.dtype == "bool":
        raise DTypeError(
            f"{op}: labels are integers, but the target is {target.type.dtype}.",
            operands=operands,
            fix="declare the labels as integers (sn.lvector), or pass one-hot rows.",
        )
    _check_sizes(op, role, ours[:-1], theirs, operands)
    return True


def _check_sizes(
    op: str, role: str, ours: Sequence[Dim], theirs: Sequence[Dim], operands: dict[str, Variable]
) -> None:
    for axis, (n, m) in enumerate(zip(ours, theirs, strict=True)):
        if isinstance(n, int) and isinstance(m, int) and n != m:
            raise ShapeError(f"{op}: axis {axis} has {n} in the {role} but {m} in the target.", operands=operands)
