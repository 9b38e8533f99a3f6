"""A network made into a classifier: one function that trains it and one that predicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

import symnet as sn
from symnet.function import Function
from symnet.graph import Shared, Variable
from symnet.nn import Layer

Split = tuple[np.ndarray, np.ndarray]
Network = Callable[[Variable, np.random.Generator], tuple[Variable, Sequence[Layer]]]


class Classifier:
    r"""A network compiled for training and for prediction.

    `step(x, y, learning_rate)` makes one update and returns the cost, the mean negative log-likelihood of the
    labels, $-\frac{1}{N} \sum_i \ln p_{i, y_i}$; `predict(x)` gives the likeliest class of each row. With `mu` the
    updates have momentum.
    """

    def __init__(self, network: Network, rng: np.random.Generator, mu: float = 0.0, inputs: int = 784) -> None:
        x = sn.tensor("x", shape=("batch", inputs))
        y = sn.lvector("y", shape=("batch",))
        learning_rate = sn.scalar("learning_rate")
        scores, layers = network(x, rng)
        p = sn.softmax(scores)
        cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
        self.params: list[Shared] = [w for layer in layers for w in layer.params]
        if mu:
            self.updates = sn.optim.momentum(cost, self.params, learning_rate, mu)
        else:
            self.updates = sn.optim.sgd(cost, self.params, learning_rate)
        self.x, self.y, self.learning_rate, self.p, self.cost = x, y, learning_rate, p, cost
        with sn.options(check_finite=True):
            self.step: Function = sn.function([x, y, learning_rate], cost, updates=self.updates, name="train_step")
        self.predict: Function = sn.function([x], sn.argmax(p, axis=1), name="predict")

    @property
    def classes(self) -> int | None:
        """How many classes it tells apart, where the network says so."""
        n = self.p.type.shape[1]
        return n if isinstance(n, int) else None

    def predictions(self, x: np.ndarray, batch_size: int = 250) -> np.ndarray:
        """The predicted class of each row, computed a batch at a time."""
        parts = [self.predict(x[k : k + batch_size]) for k in range(0, len(x), batch_size)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def accuracy(self, split: Split, batch_size: int = 250) -> float:
        """The share of rows of (x, y) whose label is predicted."""
        return float(np.mean(self.predictions(split[0], batch_size) == split[1]))

    def values(self) -> dict[str, np.ndarray]:
        """Copies of the parameters by name."""
        return {w.label: w.get_value() for w in self.params}

    def restore(self, values: dict[str, np.ndarray]) -> None:
        """Set the parameters to values from `values()`."""
        for w in self.params:
            w.set_value(values[w.label])
