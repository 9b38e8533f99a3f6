"""Batches of rows in a new random order each epoch, whose place can be saved and found again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np

from symnet.errors import ArgumentError

Batch = tuple[np.ndarray, np.ndarray]


@runtime_checkable
class Batches(Protocol):
    """What `fit` trains on: each `iter` gives an epoch, or the rest of the one that `from_state` is in."""

    def __iter__(self) -> Iterator[Batch]: ...

    def __len__(self) -> int:
        """How many batches an epoch has."""

    def state(self) -> dict[str, Any]:
        """The place after the batches given so far, order included, as JSON says it."""

    def from_state(self, state: dict[str, Any]) -> Any:
        """Go on from a `state()`; ArgumentError, and nothing changed, where it is of other data."""


class Shuffled:
    """The rows of (x, y) by `batch_size`, the last batch of an epoch with what is left."""

    def __init__(self, split: Batch, batch_size: int, rng: np.random.Generator) -> None:
        self.split = split
        self.batch_size = batch_size
        self._rng = rng
        self._start = _state(rng)  # before the order of this epoch was drawn
        self._given = 0

    def __len__(self) -> int:
        return -(-len(self.split[0]) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        x, y = self.split
        self._start = _state(self._rng) if not self._given else self._start
        self._rng.bit_generator.state = self._start
        order, size = self._rng.permutation(len(x)), self.batch_size
        while self._given < len(self):
            rows = order[self._given * size : (self._given + 1) * size]
            self._given += 1
            yield x[rows], y[rows]
        self._given = 0

    def state(self) -> dict[str, Any]:
        """The generator as the epoch found it, and how many of its batches were given."""
        start = self._start if self._given else _state(self._rng)
        return {**self._data(), "start": start, "given": self._given}

    def from_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state()`.

        Raises: ArgumentError where it is of another number of rows, batch size or kind of generator.
        """
        for name, value in self._data().items():
            if state.get(name) != value:
                raise ArgumentError(
                    f"the checkpoint is of {name} {state.get(name)}, but here {name} is {value}.",
                    fix="resume with the data, the batch size and the kind of generator that the run had.",
                )
        start, given = state["start"], int(state["given"])
        self._rng.bit_generator.state = start
        self._start, self._given = start, given

    def _data(self) -> dict[str, Any]:
        """What a run and its checkpoint have to have in common."""
        kind = type(self._rng.bit_generator).__name__
        return {"rows": len(self.split[0]), "batch_size": self.batch_size, "generator": kind}


def _state(rng: np.random.Generator) -> dict[str, Any]:
    return _plain(rng.bit_generator.state)


def _plain(value: Any) -> Any:
    """Arrays as lists, in dicts too."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
