"""The training loop of a classifier: mini-batches, validation, the best parameters kept."""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import dataclass, field

import numpy as np
from tqdm import TqdmWarning

from symnet.errors import ArgumentError, BoundsError, NumericError
from symnet.examples.classifier import Classifier, Network, Split

with warnings.catch_warnings():
    # In a notebook without ipywidgets there is no bar; a line for each epoch is progress enough.
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm


@dataclass
class Epoch:
    """What one pass over the training set gave; times in seconds."""

    number: int
    cost: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float

    def __str__(self) -> str:
        return (
            f"epoch {self.number:>2}: cost {self.cost:.4f}, validation {self.validation_accuracy:.2%}, "
            f"{self.seconds:.1f} s, {self.images_per_second:,.0f} images/s"
        )


_SHOWN = 20
"""Epochs that the text of a history tells of, the last ones."""


@dataclass(repr=False)
class History:
    """The epochs of a run, the best of them, how the run ended, and which parameters the model was left with."""

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    steps: int = 0
    ended: str = "done"
    kept: str = "the initial values"

    @property
    def stopped(self) -> bool:
        """Whether a cost that is no number ended it."""
        return self.ended.startswith("stopped")

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.ended.startswith("interrupted")

    def __repr__(self) -> str:
        best = f", best {self.best.validation_accuracy:.2%} in epoch {self.best.number}" if self.best else ""
        lines = [f"<{len(self.epochs)} epochs, {self.steps:,} steps, {self.ended}{best}, kept {self.kept}>"]
        if len(self.epochs) > _SHOWN:
            lines.append(f"  ... {len(self.epochs) - _SHOWN:,} earlier epochs")
        return "\n".join([*lines, *(f"  {epoch}" for epoch in self.epochs[-_SHOWN:])])

    def _repr_html_(self) -> str:
        from symnet.viz.notebook import html  # Graphviz's package is loaded only where something is shown

        return html(self)


def fit(
    model: Classifier,
    train: Split,
    validation: Split,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
    decay: bool = True,
    progress: bool = True,
) -> History:
    """Train by mini-batches in a new random order each epoch, and leave the model with its best parameters.

    Best is the highest validation accuracy. With `decay` the learning rate falls along half a cosine to nearly 0
    (Loshchilov and Hutter, 2017). Ctrl-C ends the run early, and a cost that is no number stops it; both keep the best
    epoch's parameters, or in the first epoch those of the last step with a finite cost. `history.kept` says which.

    Raises: ArgumentError, BoundsError.
    """
    check(train, validation, model.classes, epochs, batch_size, learning_rate)
    history = History()
    steps = epochs * math.ceil(len(train[0]) / batch_size)
    best = model.values()
    hidden = None if progress else True  # None: only on a terminal

    def rate() -> float:
        return learning_rate * (0.5 + 0.5 * math.cos(math.pi * history.steps / steps)) if decay else learning_rate

    try:
        for number in range(1, epochs + 1):
            title = f"epoch {number}/{epochs}"
            start, last_rate = time.perf_counter(), learning_rate
            order = rng.permutation(len(train[0]))
            total = 0.0
            batches = range(0, len(order), batch_size)
            with tqdm(batches, title, unit="batch", leave=False, disable=hidden) as bar:
                for first in bar:
                    rows, last_rate = order[first : first + batch_size], rate()
                    cost = float(model.step(train[0][rows], train[1][rows], last_rate))
                    history.steps += 1
                    total += cost * len(rows)
                    if progress and history.steps % 50 == 0:
                        bar.set_postfix(cost=f"{cost:.4f}", refresh=False)
            seconds = time.perf_counter() - start
            accuracy = model.accuracy(validation)
            epoch = Epoch(number, total / len(order), accuracy, last_rate, seconds, len(order) / seconds)
            history.epochs.append(epoch)
            if history.best is None or epoch.validation_accuracy > history.best.validation_accuracy:
                best = model.values()
                history.best = epoch
            if progress:
                tqdm.write(str(epoch))
    except KeyboardInterrupt:
        history.ended = f"interrupted in epoch {len(history.epochs) + 1}, after {history.steps} steps"
    except NumericError as error:
        history.ended = f"stopped at step {history.steps + 1}: {error.what}"
    _keep(model, history, best)
    return history


def _keep(model: Classifier, history: History, best: dict[str, np.ndarray]) -> None:
    """Leave the model with the best epoch's values; before there is one, with the latest, if they are all finite."""
    if history.best is not None:
        history.kept = f"epoch {history.best.number}"
    elif history.steps and all(np.isfinite(w).all() for w in model.values().values()):
        history.kept = f"step {history.steps}"
        return
    model.restore(best)


def check(
    train: Split, validation: Split, classes: int | None, epochs: int, batch_size: int, learning_rate: float
) -> None:
    """See that a run can begin.

    Raises: ArgumentError, BoundsError.
    """
    for name, (x, y) in (("training", train), ("validation", validation)):
        if len(x) != len(y):
            raise ArgumentError(f"fit: {len(x)} {name} images but {len(y)} labels.")
        if not len(x):
            raise ArgumentError(f"fit: there are no {name} images.")
        if classes is None:
            continue
        wrong = np.flatnonzero((y < 0) | (y >= classes))
        if len(wrong):
            raise BoundsError(
                f"fit: {name} label {y[wrong[0]]} in row {wrong[0]} is out of range for {classes} classes.",
                note=f"{len(wrong):,} of {len(y):,} labels are",
                fix=f"labels run from 0 to {classes - 1}.",
            )
    if epochs < 1:
        raise ArgumentError(f"fit: epochs is {epochs}.", fix="train for at least 1 epoch.")
    if not 1 <= batch_size <= len(train[0]):
        raise ArgumentError(
            f"fit: batch_size is {batch_size}, but there are {len(train[0])} images.",
            fix=f"choose a batch size from 1 to {len(train[0])}.",
        )
    if not 0 < learning_rate < math.inf:
        raise ArgumentError(f"fit: learning_rate is {learning_rate}.", fix="choose a positive number.")


__all__ = ["Classifier", "Epoch", "History", "Network", "Split", "check", "fit"]
