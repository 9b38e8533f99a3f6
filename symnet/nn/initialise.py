"""How parameters start: functions of a generator, a shape, and how many inputs and outputs each weight connects."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from symnet.errors import ArgumentError

__all__ = [
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "normal",
    "orthogonal", "uniform", "Fans", "Initialiser",
]  # fmt: skip


class Fans(NamedTuple):
    """How many `inputs` a unit sums up, and how many `outputs` a unit goes into."""

    inputs: int
    outputs: int


Initialiser = Callable[["np.random.Generator", tuple[int, ...], Fans], np.ndarray]


def he_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    r"""Normal with variance 2 / inputs, which suits relu. Source: He et al., arXiv:1502.01852."""
    return rng.normal(0.0, math.sqrt(2 / max(fans.inputs, 1)), shape)


def he_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    r"""Uniform with variance 2 / inputs, which suits relu. Source: He et al., arXiv:1502.01852."""
    return _uniform(rng, shape, 2 / max(fans.inputs, 1))


def lecun_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    r"""Normal with variance 1 / inputs, which suits sigmoid, tanh, selu and outputs.

    It is the deviation of $1 / \sqrt n$ in Nielsen's book. Source: LeCun et al., Efficient BackProp (1998).
    """
    return rng.normal(0.0, math.sqrt(1 / max(fans.inputs, 1)), shape)


def lecun_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    r"""Uniform with variance 1 / inputs. Source: LeCun et al., Efficient BackProp (1998)."""
    return _uniform(rng, shape, 1 / max(fans.inputs, 1))


def glorot_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    r"""Normal with variance 2 / (inputs + outputs), which suits tanh. Source: Glorot and Bengio, AISTATS 2010."""
    return rng.normal(0.0, math.sqrt(2 / max(sum(fans), 1)), shape)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    r"""Uniform with variance 2 / (inputs + outputs), which suits tanh. Source: Glorot and Bengio, AISTATS 2010."""
    return _uniform(rng, shape, 2 / max(sum(fans), 1))


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], variance: float) -> np.ndarray:
    limit = math.sqrt(3 * variance)
    return rng.uniform(-limit, limit, shape)


def orthogonal(gain: float = 1.0) -> Initialiser:
    r"""A random orthogonal matrix times `gain`: $W W^\top = g^2 I$, or $W^\top W$ where rows are more than columns.

    Filters (F, C, ...) are F rows. Source: Saxe et al., arXiv:1312.6120.

    Raises: ArgumentError for parameters of fewer than two axes.
    """
    return partial(_orthogonal, gain)


def _orthogonal(gain: float, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans) -> np.ndarray:
    if len(shape) < 2:
        raise ArgumentError(f"orthogonal: the shape {shape} is that of no matrix.", fix="use it for weights.")
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)  # else the factorisation's choice of signs would show
    return gain * (q if rows >= columns else q.T).reshape(shape)


def normal(std: float = 0.01, mean: float = 0.0) -> Initialiser:
    """Normal numbers of a given deviation."""
    return partial(_drawn, "normal", mean, std)


def uniform(low: float = -0.05, high: float = 0.05) -> Initialiser:
    """Uniform numbers of [low, high)."""
    return partial(_drawn, "uniform", low, high)


def _drawn(
    draw: str, a: float, b: float, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
) -> np.ndarray:
    return np.asarray(getattr(rng, draw)(a, b, shape))
