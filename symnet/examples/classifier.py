"""A network made into a classifier: one function that trains it and one that predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

import symnet as sn
from symnet import saving
from symnet.compiled import Function
from symnet.graph import Graph, Shared, Variable
from symnet.nn import Layer

Split = tuple[np.ndarray, np.ndarray]
Network = Callable[[Variable, np.random.Generator], tuple[Variable, Sequence[Layer]]]
Optimiser = Callable[[Variable, Sequence[Shared], Any], Sequence[tuple[Shared, Variable]]]


class Evaluation(NamedTuple):
    """How a classifier does: the mean cost of a row, and the share of rows whose label is predicted."""

    cost: float
    accuracy: float


class Predictor:
    r"""What gives each row of x (N, inputs) a probability p (N, C) for each class.

    `x`, `y` and `p` are symbols, and so is `cost`, the mean negative log-likelihood of the labels y (N),
    $-\frac{1}{N} \sum_i \ln p_{i, y_i}$; `predict(x)` is compiled and gives the class of each row. `kept` is by name
    what predictions depend on: parameters and running averages.
    """

    x: Variable
    y: Variable
    p: Variable
    cost: Variable
    predict: Function
    kept: dict[str, Shared]

    @property
    def classes(self) -> int | None:
        """How many classes it tells apart, where the network says so."""
        n = self.p.type.shape[1]
        return n if isinstance(n, int) else None

    def predictions(self, x: np.ndarray, batch_size: int = 250) -> np.ndarray:
        """The predicted class of each row, computed a batch at a time."""
        parts = [self.predict(x[k : k + batch_size]) for k in range(0, len(x), batch_size)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def predicted_probabilities(self, x: np.ndarray, batch_size: int = 250) -> np.ndarray:
        """The probability of each class for each row, (N, classes), computed a batch at a time."""
        parts = [self._probabilities(x[k : k + batch_size]) for k in range(0, len(x), batch_size)]
        return np.concatenate(parts) if parts else np.zeros((0, self.classes or 0), self.p.type.dtype)

    def accuracy(self, split: Split, batch_size: int = 250) -> float:
        """The share of rows of (x, y) whose label is predicted."""
        return float(np.mean(self.predictions(split[0], batch_size) == split[1]))

    def evaluate(self, split: Split, batch_size: int = 250) -> Evaluation:
        """The mean cost and the accuracy over the rows of (x, y), without dropout."""
        x, y = split
        slices = [slice(k, k + batch_size) for k in range(0, len(x), batch_size)]
        total = sum(float(self._measure(x[rows], y[rows])) * len(y[rows]) for rows in slices)
        return Evaluation(total / len(x) if len(x) else float("nan"), self.accuracy(split, batch_size))

    def values(self) -> dict[str, np.ndarray]:
        """Copies by name of what is kept."""
        return saving.values(self.kept)

    def restore(self, values: Mapping[str, np.ndarray]) -> None:
        """Set them to values from `values()`."""
        for name, s in self.kept.items():
            s.set_value(values[name])

    @cached_property
    def _measure(self) -> Function:
        return sn.function([self.x, self.y], self.cost, name="evaluate")

    @cached_property
    def _probabilities(self) -> Function:
        return sn.function([self.x], self.p, name="probabilities")


class Classifier(Predictor):
    r"""A network compiled for training and for prediction.

    `step(x, y, learning_rate)` makes one update and returns the cost, the mean negative log-likelihood of the
    labels, $-\frac{1}{N} \sum_i \ln p_{i, y_i}$; `predict(x)` gives the likeliest class of each row. With `mu` the
    updates have momentum; with `optimiser`, a function such as `sn.optim.sgd`, they are what it makes of cost,
    parameters and learning rate. `rng` draws the initial weights, by default `sn.default_generator()`. `states` is by
    name what training changes: parameters, optimiser state, running averages, random streams.
    """

    def __init__(
        self,
        network: Network,
        rng: np.random.Generator | None = None,
        mu: float = 0.0,
        inputs: int = 784,
        optimiser: Optimiser | None = None,
    ) -> None:
        x = sn.tensor("x", shape=("batch", inputs))
        y = sn.lvector("y", shape=("batch",))
        learning_rate = sn.scalar("learning_rate")
        scores, layers = network(x, sn.random.default_generator() if rng is None else rng)
        p = sn.softmax(scores)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
        self.params: list[Shared] = [w for layer in layers for w in layer.params]
        if optimiser is not None:
            self.updates = list(optimiser(cost, self.params, learning_rate))
        elif mu:
            self.updates = sn.optim.momentum(cost, self.params, learning_rate, mu)
        else:
            self.updates = sn.optim.sgd(cost, self.params, learning_rate)
        self.x, self.y, self.learning_rate, self.p, self.cost = x, y, learning_rate, p, cost
        with sn.options(check_finite=True):
            self.step: Function = sn.function([x, y, learning_rate], cost, updates=self.updates, name="train_step")
        self.predict: Function = sn.function([x], sn.argmax(p, axis=1), name="predict")
        changed = dict.fromkeys([*self.params, *(s for s, _ in self.step.updates)])
        self.states: dict[str, Shared] = saving.named(changed)
        read = dict.fromkeys([*self.params, *(s for s in Graph(self.predict.outputs).shared if s in changed)])
        self.kept = {name: s for name, s in self.states.items() if s in read}
