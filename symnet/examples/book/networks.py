"""The networks of chapter 6 as the book's program `network3.py` makes and trains them, and one that is newer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import symnet as sn
from symnet.examples.classifier import Optimiser
from symnet.nn import (
    Activation,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2d,
    Reshape,
    Sequential,
    initialise,
)

_SIZE, _POOL = 5, 2


@dataclass(frozen=True)
class Network:
    r"""Layers of 5 x 5 filters with 2 x 2 max-pooling, fully connected layers, and ten scores for softmax.

    `filters` and `hidden` say how many each layer has. Weights start normal with deviation $1 / \sqrt n$ for a layer of
    n outputs, counted after pooling where there are filters: $n = 25 F / 4$. Biases start standard normal, and the last
    layer at 0. `dropout` is the rate of what enters the fully connected layers and the last one.

    Shapes: (N, 784) -> (N, 10).
    Source: Nielsen, Neural Networks and Deep Learning, chapter 6, network3.py.
    """

    filters: tuple[int, ...] = ()
    hidden: tuple[int, ...] = (100,)
    activation: Literal["sigmoid", "relu"] = "sigmoid"
    dropout: float = 0.0

    def __call__(self, x: sn.Variable, rng: np.random.Generator) -> tuple[sn.Variable, list[Layer]]:
        act = {"sigmoid": sn.sigmoid, "relu": sn.relu}[self.activation]
        layers: list[Layer] = []
        h = x.reshape((-1, 1, 28, 28)) if self.filters else x
        for k, n in enumerate(self.filters, 1):
            conv = Conv2d(n, _SIZE, **_starts(n * _SIZE**2 / _POOL**2), rng=rng, name=f"conv{k}")
            h = act(sn.pool2d(conv(h), _POOL))
            layers.append(conv)
        h = h.flatten(2)
        for k, n in enumerate(self.hidden, 1):
            fc = Dense(n, **_starts(n), rng=rng, name=f"fc{k}")
            h = act(fc(self._dropped(h)))
            layers.append(fc)
        last = Dense(10, w=0.0, rng=rng, name="last")
        return last(self._dropped(h)), [*layers, last]

    def _dropped(self, h: sn.Variable) -> sn.Variable:
        """The book's dropout: kept as it is in training, and times 1 - p in inference."""
        # sn.dropout divides by 1 - p in training, which is taken back here: with the book's learning rate and initial
        # weights, twice as large an input would be another experiment.
        return (1 - self.dropout) * sn.dropout(h, self.dropout) if self.dropout else h


def _starts(outputs: float) -> dict[str, Any]:
    return {"w": initialise.normal(1 / math.sqrt(outputs)), "b": initialise.normal(1.0)}


def descent(decay: float) -> Optimiser:
    r"""Gradient descent, with decay of weights alone, $w \leftarrow (1 - \eta d) w - \eta\, \partial C / \partial w$.

    It is the descent of $C + \frac{d}{2} \sum w^2$, with fewer passes over large weights than the penalty in the cost
    takes. In network3.py, $d = \lambda / B$ for B batches in an epoch.
    """

    def updates(
        cost: sn.Variable, params: Sequence[sn.Shared], learning_rate: Any
    ) -> list[tuple[sn.Shared, sn.Variable]]:
        kept = 1 - learning_rate * decay
        return [
            (w, (kept * w if w.type.ndim > 1 else w) - learning_rate * g)
            for w, g in zip(params, sn.grad(cost, params))
        ]

    return updates if decay else sn.optim.sgd


@dataclass(frozen=True)
class DeepNetwork:
    """Blocks of filters with batch normalisation and rectified linear units, each block but the last ending in pooling.

    The first filters are 5 x 5 and the last 3 x 3, both on whole windows; those between are 3 x 3 and keep the size.
    After them one fully connected layer, normalised too, dropout, and ten scores for softmax. This is not the book's:
    it is what came of convolutional networks in the years after it.

    Shapes: (N, 784) -> (N, 10).
    Sources: Simonyan and Zisserman, arXiv:1409.1556; Ioffe and Szegedy, arXiv:1502.03167.
    """

    blocks: tuple[tuple[int, ...], ...] = ((24,), (48, 48), (96, 96))
    hidden: int = 128
    dropout: float = 0.3

    def __call__(self, x: sn.Variable, rng: np.random.Generator) -> tuple[sn.Variable, list[Layer]]:
        model = Sequential(Reshape(1, 28, 28), *self._convolutions(), *self._head(), rng=rng)
        return model(x), [model]

    def _convolutions(self) -> Iterator[Layer]:
        last = len(self.blocks) - 1
        for k, block in enumerate(self.blocks):
            for j, n in enumerate(block):
                first, ends = k == j == 0, k == last and j == len(block) - 1
                # No bias: the normalisation takes the mean off, and has one of its own.
                yield Conv2d(n, 5 if first else 3, padding="valid" if first or ends else "same", b=None)
                yield from (BatchNorm(), Activation("relu"))
            if k < last:
                yield MaxPool2d(2)

    def _head(self) -> Iterator[Layer]:
        yield from (Flatten(), Dense(self.hidden, b=None), BatchNorm(), Activation("relu"))
        yield from (Dropout(self.dropout), Dense(10))


def one_cycle(steps: int) -> Optimiser:
    """Adam, whose learning rate rises to the given one and falls to nearly 0 in so many steps.

    Sources: Kingma and Ba, arXiv:1412.6980; Smith and Topin, arXiv:1708.07120.
    """

    def updates(cost: sn.Variable, params: Sequence[sn.Shared], learning_rate: Any) -> sn.optim.updates.Updates:
        rate = sn.optim.one_cycle(sn.optim.counter(), learning_rate, steps)
        return sn.optim.adam(cost, params, rate)

    return updates
