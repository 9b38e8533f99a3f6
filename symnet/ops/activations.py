"""Activations: hyperbolic tangent, logistic function, rectifier and its smooth form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.op import Elementwise, Emitter, arr, case, word_for
from symnet.ops.elementwise import NUMBERS, cast, exp, in_full, log1p, square
from symnet.ops.elementwise import abs as absolute

__all__ = ["relu", "sigmoid", "softplus", "tanh", "Relu", "Sigmoid", "Softplus", "Tanh"]


class Tanh(Elementwise):
    r"""Hyperbolic tangent, $(e^x - e^{-x}) / (e^x + e^{-x})$; output in [-1, 1]."""

    name, numpy, roles, kind = "tanh", "tanh", ("x",), "float"
    cases = (case(arr(3, 4)), case(arr(values=[-800.0, 0.0, 800.0])))

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 - square(y)]


class Sigmoid(Elementwise):
    r"""Logistic function, $1 / (1 + e^{-x})$; output in [0, 1], accurate in both tails."""

    name, roles, kind = "sigmoid", ("x",), "float"
    emits_calls = True
    cases = (case(arr(3, 4)), case(arr(values=[-800.0, 0.0, 800.0])))

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [y * (1 - y)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.negative({names[0]}, out={e.out})")
        e.step(f"np.exp({e.out}, out={e.out})")
        e.step(f"np.add({e.out}, 1, out={e.out})")
        # Microseconds for float32: 1,000 elements 0.64 against 0.93 for a division, 30,000 6.6 against 3.9.
        inverse = "np.reciprocal(" if e.array(e.out).size <= 2048 else "np.divide(1, "
        e.step(f"{inverse}{e.out}, out={e.out})")


class Relu(Elementwise):
    r"""Rectifier, $\max(x, 0)$; its derivative at 0 is 0."""

    name, roles, dtypes = "relu", ("x",), NUMBERS
    emits_calls = True
    cases = (case(arr(3, 4)), case(arr(values=[0.0, -0.0, 2.0]), order=0))

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [cast(y > 0, y.type.dtype)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.maximum(arrays[0], 0)

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.maximum({names[0]}, {in_full(e, '0')}, out={e.out})")


class Softplus(Elementwise):
    r"""Smooth rectifier, $\ln(1 + e^x)$, without overflow."""

    name, roles, kind = "softplus", ("x",), "float"
    cases = (case(arr(3, 4)), case(arr(values=[-800.0, 0.0, 800.0])))

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [sigmoid(inputs[0])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.logaddexp(arrays[0], np.zeros((), arrays[0].dtype))

    def lower(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        return relu(x) + log1p(exp(-absolute(x)))


tanh = word_for(Tanh())
sigmoid = word_for(Sigmoid())
relu = word_for(Relu())
softplus = word_for(Softplus())
