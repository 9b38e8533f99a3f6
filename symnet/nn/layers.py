"""Layers with parameters. A layer is made with its sizes and a generator, and called on a symbolic variable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symnet.graph import Shared, Variable, shared
from symnet.ops import conv2d, dimshuffle, dot
from symnet.options import current
from symnet.scope import scope


class Layer:
    """A function from symbol to symbol with the shared parameters it reads: `params`, weights before biases.

    What it computes is the scope `name`, one box in pictures.
    """

    name: str
    params: list[Shared]


class Dense(Layer):
    """Fully connected layer, $y = x w + b$; x (N, inputs), y (N, outputs).

    Weights start normal with variance `gain` / inputs (gain 2 suits relu: He et al., 2015; 1 suits sigmoid and
    tanh: LeCun et al., 1998), biases at 0.
    """

    def __init__(
        self, inputs: int, outputs: int, rng: np.random.Generator, name: str = "fc", gain: float = 2.0
    ) -> None:
        self.name = name
        self.w = _weights(rng, (inputs, outputs), gain / inputs, f"w_{name}")
        self.b = shared(np.zeros(outputs, current().floatX), f"b_{name}")
        self.params = [self.w, self.b]

    def __call__(self, x: Variable) -> Variable:
        with scope(self.name):
            return dot(x, self.w) + self.b


class Conv2d(Layer):
    """Convolutional layer, $y = w \\star x + b$; x (N, C, H, W), y (N, filters, H', W').

    The window is `size` by `size`; further arguments are those of `symnet.conv2d`. Weights start as in `Dense`,
    with C * size * size inputs to each output.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        size: int,
        rng: np.random.Generator,
        name: str = "conv",
        gain: float = 2.0,
        **options: Any,
    ) -> None:
        self.name = name
        self.w = _weights(rng, (filters, channels, size, size), gain / (channels * size * size), f"w_{name}")
        self.b = shared(np.zeros(filters, current().floatX), f"b_{name}")
        self.params = [self.w, self.b]
        self._options = options

    def __call__(self, x: Variable) -> Variable:
        with scope(self.name):
            return conv2d(x, self.w, **self._options) + dimshuffle(self.b, ("x", 0, "x", "x"))


def _weights(rng: np.random.Generator, shape: tuple[int, ...], variance: float, name: str) -> Shared:
    return shared(rng.normal(0.0, math.sqrt(variance), shape).astype(current().floatX), name)
