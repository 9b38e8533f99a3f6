"""The registry of words, and the cases they are tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np


@dataclass(frozen=True)
class Arr:
    """An argument of a case: random values of a shape, or given ones; `dtype` 'floatX' runs in both floats."""

    shape: tuple[int, ...]
    values: Any = None
    dtype: str = "floatX"
    low: float = -2.0
    high: float = 2.0


def arr(*shape: int, values: Any = None, dtype: str = "floatX", low: float = -2.0, high: float = 2.0) -> Arr:
    """Random values in [low, high) of a shape, e.g. `arr(3, 4)`; or `arr(values=[...])`."""
    return Arr(shape if values is None else _shape(values), values, dtype, low, high)


def _shape(values: Any) -> tuple[int, ...]:
    """NumPy's shape of nested lists, without an array of them: an import comes by hundreds."""
    if isinstance(values, list):
        return (len(values), *(_shape(values[0]) if values else ()))
    return np.shape(values)


@dataclass(frozen=True)
class Case:
    """One call of a user's function on which it is tested: value, shape, gradients, dtypes, backends."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    order: int = 2
    """To which order derivatives are compared with numeric ones; 0 at points where there are none."""


def case(*args: Any, order: int = 2, **kwargs: Any) -> Case:
    """A case: the arguments of the user's function, `arr(...)` for symbolic ones."""
    return Case(args, kwargs, order)


@dataclass(frozen=True)
class Entry:
    """A word of the vocabulary: the user's function and its cases."""

    name: str
    function: Callable[..., Any]
    cases: tuple[Case, ...]


registry: dict[str, Entry] = {}


F = TypeVar("F", bound=Callable[..., Any])


def vocabulary(*cases: Case, name: str | None = None) -> Callable[[F], F]:
    """Register a user's function under its name, with the cases it is tested on."""

    def register(function: F) -> F:
        registry[name or function.__name__] = Entry(name or function.__name__, function, cases)
        return function

    return register
