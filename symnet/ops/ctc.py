"""Connectionist temporal classification: the likelihood of labels without knowing when each was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, BoundsError, DTypeError, GradientError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import maximum
from symnet.ops.compare import isinf, where
from symnet.ops.conversion import cast
from symnet.ops.curves import float_variable
from symnet.ops.losses import Reduction, check_reduction, reduced_by
from symnet.ops.shape import expand_dims
from symnet.origin import here
from symnet.types import INTEGERS, TensorType, broadcast

__all__ = ["ctc_loss"]

_NONE = -np.inf
"""The logarithm of a probability of 0."""


def ctc(
    logs: np.ndarray, targets: np.ndarray, times: np.ndarray, counts: np.ndarray, blank: int,
    losses: np.ndarray, slopes: np.ndarray,
) -> None:  # fmt: skip
    """The losses (N,) of log-probabilities (T, N, C), and their derivatives by these (T, N, C); of sequences that have
    no probability infinity and 0.

    Forward and backward over the labels with blanks around each, all sequences at once (Graves et al. 2006, 4.1).
    """
    _check(logs.shape, targets, times, counts, blank)
    steps, n, _ = logs.shape
    labels = np.full((n, 2 * targets.shape[1] + 1), blank)
    # What stands behind the end of a target is never reached from, but has to be a class.
    labels[:, 1::2] = np.where(np.arange(targets.shape[1]) < counts[:, None], targets, blank)
    said = np.take_along_axis(logs, labels[None], 2).astype(np.float64)
    # A blank between two labels may be left out, unless they are equal.
    skips = np.full(labels.shape, _NONE)
    skips[:, 2:][(labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])] = 0.0
    rows, ends = np.arange(n), 2 * counts
    forward = np.full(said.shape, _NONE)
    backward = np.full(said.shape, _NONE)
    with np.errstate(invalid="ignore"):
        for t in range(steps):
            if t:
                forward[t] = _moved(forward[t - 1], skips, 1)
            else:
                forward[t, :, :2] = 0.0
            forward[t] += said[t]
        for t in range(steps)[::-1]:
            if t + 1 < steps:
                backward[t] = _moved(backward[t + 1] + said[t + 1], skips, -1)
            last = times == t + 1
            backward[t, last] = _NONE
            backward[t, rows[last], ends[last]] = 0.0
            backward[t, rows[last], np.maximum(ends[last] - 1, 0)] = 0.0
        finals = forward[times - 1, rows]
        total = np.logaddexp(finals[rows, ends], np.where(ends > 0, finals[rows, ends - 1], _NONE))
        posterior = np.exp(forward + backward - np.where(np.isinf(total), 0.0, total)[:, None])
    np.negative(total, out=losses, casting="same_kind")
    slopes.fill(0)
    np.subtract.at(slopes, (np.arange(steps)[:, None, None], rows[:, None], labels), posterior)


def _moved(before: np.ndarray, skips: np.ndarray, step: int) -> np.ndarray:
    """The logarithm of what comes to each place from itself and from one or, where that may be, two places before, or
    for a step of -1 behind it."""
    after = before.copy()
    if step > 0:
        after[:, 1:] = np.logaddexp(after[:, 1:], before[:, :-1])
        after[:, 2:] = np.logaddexp(after[:, 2:], before[:, :-2] + skips[:, 2:])
    else:
        after[:, :-1] = np.logaddexp(after[:, :-1], before[:, 1:])
        after[:, :-2] = np.logaddexp(after[:, :-2], before[:, 2:] + skips[:, 2:])
    return after


def _check(
    shape: tuple[int, ...], targets: np.ndarray, times: np.ndarray, counts: np.ndarray, blank: int
) -> None:  # fmt: skip
    steps, n, classes = shape
    for what, of, low, high in (
        ("input length", times, 1, steps), ("target length", counts, 0, targets.shape[1])
    ):  # fmt: skip
        wrong = (of < low) | (of > high)
        if wrong.any():
            row = int(wrong.argmax())
            raise BoundsError(
                f"ctc_loss: {what} {of[row]} of sequence {row} is not in {low} to {high}.",
                note="nothing was updated",
                fix="lengths count time steps of the log-probabilities, and labels of the targets.",
            )
    used = np.arange(targets.shape[1]) < counts[:, None]
    wrong = used & ((targets < 0) | (targets >= classes) | (targets == blank))
    if wrong.any():
        row, column = (int(k[0]) for k in np.nonzero(wrong))
        label = int(targets[row, column])
        what = "the blank" if label == blank else f"out of range for {classes} classes"
        raise BoundsError(
            f"ctc_loss: label {label} of sequence {row} is {what}.",
            note="nothing was updated",
            fix=f"labels run from 0 to {classes - 1}, without the blank, {blank}.",
        )


class Ctc(Op):
    """Losses of sequences, and their derivatives by the log-probabilities."""

    blank: int

    name = "ctc"
    roles = ("log_probs", "targets", "input_lengths", "target_lengths")
    result_names = ("losses", "slopes")

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        logs, targets, times, counts = (x.type for x in inputs)
        steps, _, classes = logs.shape
        try:
            (n,) = broadcast([logs.shape[1:2], targets.shape[:1], times.shape, counts.shape])
        except ShapeError:
            raise ShapeError(
                f"ctc_loss: {logs.shape[1]}, {targets.shape[0]}, {times.shape[0]} and {counts.shape[0]} sequences.",
                fix="log-probabilities are (T, N, C), targets (N, S), and both lengths (N,).",
            ) from None
        return logs.with_shape((n,)), logs.with_shape((steps, n, classes))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        if g[1] is not None:
            raise GradientError("ctc_loss has no second derivative.", fix="cut it off with sn.stop_gradient(...).")
        return [expand_dims(g[0], (0, 2)) * y[1], None, None, None]

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        t = dx[0]
        return (None if t is None else (t * y[1]).sum((0, 2))), None

    def run(self, *arrays: np.ndarray) -> Any:
        logs, targets, times, counts = arrays
        losses, slopes = np.empty(logs.shape[1], logs.dtype), np.empty_like(logs)
        ctc(logs, targets, times, counts, self.blank, losses, slopes)
        return losses, slopes

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("the passes of ctc_loss make arrays of the time steps", allocates=True)
        e.step(f"ctc({', '.join(names)}, {self.blank}, {', '.join(e.outs)})")


_LENGTHS = arr(values=[4, 3], dtype="int64"), arr(values=[2, 1], dtype="int64")
_LABELS = arr(values=[[1, 2], [2, 9]], dtype="int64")


@vocabulary(
    case(arr(4, 2, 3), _LABELS, *_LENGTHS, order=1),
    case(arr(4, 2, 3), _LABELS, *_LENGTHS, reduction="sum", order=1),
    case(arr(4, 2, 3), arr(values=[[1, 1], [0, 9]], dtype="int32"), *_LENGTHS, blank=2, reduction="none", order=1),
    case(arr(3, 1, 2), [[1, 1]], [3], [2], reduction="none", order=1),
    case(arr(3, 2, 2), arr(2, 0, dtype="int64"), [3, 1], [0, 0], reduction="none", order=1),
    case(arr(2, 2, 2), [[1, 1], [1, 0]], [2, 2], [2, 1], reduction="none", order=0),
    case(arr(2, 2, 2), [[1, 1], [1, 0]], [2, 2], [2, 1], zero_infinity=True, order=1),
)
def ctc_loss(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: Reduction = "mean", zero_infinity: bool = False,
) -> Variable:  # fmt: skip
    r"""Minus the logarithm of the probability of all ways to say the target, $-\ln \sum_\pi \prod_t p_{t \pi_t}$.

    A way names a class or the blank at each time step; with repetitions merged and then blanks left out it is the
    target. Log-probabilities (T, N, C) (from `log_softmax`), targets (N, S), of which each row's first `target_lengths`
    are read, and the time steps `input_lengths` (N,) of each. Where a target is too long for its time the loss is
    infinite, or 0 with `zero_infinity`, and no gradient flows. `reduction` is 'none' for (N,), 'sum', or 'mean' for the
    mean of each loss divided by its target's length (at least 1).

    Raises: BoundsError for labels and lengths out of range, if need be at the call; ShapeError, DTypeError,
    ArgumentError; GradientError for a second derivative. Source: Graves et al., ICML 2006.
    """
    check_reduction("ctc_loss", reduction)
    logs = float_variable(log_probs)
    rest = {"targets": targets, "input_lengths": input_lengths, "target_lengths": target_lengths}
    given = {role: as_variable(value) for role, value in rest.items()}
    for (role, x), ndim in zip({"log_probs": logs, **given}.items(), (3, 2, 1, 1), strict=True):
        if x.type.ndim != ndim:
            raise ShapeError(
                f"ctc_loss: {role} has {x.type.ndim} {'axis' if x.type.ndim == 1 else 'axes'}, not {ndim}.",
                operands={role: x}, origin=here(),
                fix="log-probabilities are (T, N, C), targets (N, S), and both lengths (N,).",
            )  # fmt: skip
        if role != "log_probs" and x.type.dtype not in INTEGERS:
            raise DTypeError(
                f"ctc_loss: {role} is {x.type.dtype}.", operands={role: x}, origin=here(),
                fix=f"cast it: {x.label}.astype('int64').",
            )  # fmt: skip
    if not isinstance(blank, (int, np.integer)) or blank < 0:
        raise ArgumentError(f"ctc_loss: blank is {blank!r}.", origin=here(), fix="give the number of a class.")
    labels, times, counts = (cast(x, "int64") for x in given.values())
    losses = Ctc(int(blank)).apply((logs, labels, times, counts), here()).outputs[0]
    if zero_infinity:
        losses = where(isinf(losses), 0.0, losses)
    return reduced_by(losses / cast(maximum(counts, 1), logs.type.dtype) if reduction == "mean" else losses, reduction)
