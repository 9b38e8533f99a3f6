"""The training loop of a classifier: mini-batches, validation, the best parameters kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm.auto import tqdm

import symnet as sn
from symnet.errors import ArgumentError, NumericError
from symnet.function import Function
from symnet.graph import Shared, Variable

Split = tuple[np.ndarray, np.ndarray]
Network = Callable[[Variable, np.random.Generator], "tuple[Variable, Sequence[sn.nn.Layer]]"]


class Classifier:
    """A network compiled for training and for prediction.

    `step(x, y, learning_rate)` makes one update and returns the cost: the mean negative log-likelihood of the
    labels, $-\\frac{1}{N} \\sum_i \\ln p_{i, y_i}$. `predict(x)` gives the likeliest class of each row.
    """

    def __init__(self, network: Network, rng: np.random.Generator, mu: float = 0.0, inputs: int = 784) -> None:
        x = sn.tensor("x", shape=("batch", inputs), dtype="float32")
        y = sn.tensor("y", shape=("batch",), dtype="int64")
        learning_rate = sn.fscalar("learning_rate")
        scores, layers = network(x, rng)
        p = sn.softmax(scores)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
        self.params: list[Shared] = [w for layer in layers for w in layer.params]
        rule = sn.optim.momentum(cost, self.params, learning_rate, mu) if mu else sn.optim.sgd(
            cost, self.params, learning_rate
        )
        self.x, self.y, self.learning_rate, self.cost, self.p, self.updates = x, y, learning_rate, cost, p, rule
        with sn.options(check_finite=True):
            self.step: Function = sn.function([x, y, learning_rate], cost, updates=rule, name="train_step")
        self.predict: Function = sn.function([x], sn.argmax(p, axis=1), name="predict")

    def accuracy(self, split: Split, batch_size: int = 250) -> float:
        """The share of rows of (x, y) whose label is predicted."""
        return float(np.mean(self.predictions(split[0], batch_size) == split[1]))

    def predictions(self, x: np.ndarray, batch_size: int = 250) -> np.ndarray:
        """The predicted class of each row, computed a batch at a time."""
        return np.concatenate([self.predict(x[k : k + batch_size]) for k in range(0, len(x), batch_size)])

    def values(self) -> dict[str, np.ndarray]:
        """Copies of the parameters by name."""
        return {w.label: w.get_value() for w in self.params}

    def restore(self, values: dict[str, np.ndarray]) -> None:
        """Set the parameters to values from `values()`."""
        for w in self.params:
            w.set_value(values[w.label])


@dataclass
class Epoch:
    """What one pass over the training set gave; times in seconds."""

    number: int
    cost: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass
class History:
    """The epochs of a run, the best of them, and how it ended."""

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    ended: str = "done"


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
    (Loshchilov and Hutter, 2017). Ctrl-C ends the run early, and a cost that is no number stops it; both keep the best.

    Raises: ArgumentError.
    """
    x, y = train
    if len(x) != len(y):
        raise ArgumentError(f"fit: {len(x)} images but {len(y)} labels.")
    if not 1 <= batch_size <= len(x):
        raise ArgumentError(f"fit: batch_size is {batch_size}, but there are {len(x)} images.")
    history = History()
    steps = math.ceil(len(x) / batch_size)
    best = model.values()
    last_good = 0
    try:
        for number in range(1, epochs + 1):
            start = time.perf_counter()
            order = rng.permutation(len(x))
            total = 0.0
            bar = tqdm(range(steps), desc=f"epoch {number}/{epochs}", unit="batch", leave=False, disable=None if progress else True)
            for k in bar:
                done = ((number - 1) * steps + k) / (epochs * steps)
                rate = learning_rate * (0.5 + 0.5 * math.cos(math.pi * done)) if decay else learning_rate
                rows = order[k * batch_size : (k + 1) * batch_size]
                cost = float(model.step(x[rows], y[rows], rate))
                total += cost * len(rows)
                last_good += 1
                if progress and k % 50 == 0:
                    bar.set_postfix(cost=f"{cost:.4f}", refresh=False)
            seconds = time.perf_counter() - start
            epoch = Epoch(number, total / len(x), model.accuracy(validation), rate, seconds, len(x) / seconds)
            history.epochs.append(epoch)
            if history.best is None or epoch.validation_accuracy > history.best.validation_accuracy:
                history.best, best = epoch, model.values()
            if progress:
                tqdm.write(
                    f"epoch {number:>2}: cost {epoch.cost:.4f}, validation {epoch.validation_accuracy:.2%}, "
                    f"{seconds:.1f} s, {epoch.images_per_second:,.0f} images/s"
                )
    except KeyboardInterrupt:
        history.ended = f"interrupted in epoch {len(history.epochs) + 1}, after {last_good} steps"
    except NumericError as error:
        history.ended = f"stopped at step {last_good + 1}: {error.what}"
    if history.best is not None:
        model.restore(best)
    return history
