"""Choices between several ways to compute one thing, by predicted cost, and the note of what was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """What was chosen for `what`, among ways with their predicted microseconds."""

    what: str
    chosen: str
    costs: Mapping[str, float]

    def __str__(self) -> str:
        others = ", ".join(f"{way} {_text(cost)}" for way, cost in self.costs.items() if way != self.chosen)
        beside = f" (other ways: {others})" if others else ""
        return f"{self.what}: {self.chosen}, {_text(self.costs[self.chosen])}{beside}"


def _text(microseconds: float) -> str:
    return f"{microseconds:,.1f} us" if microseconds < 10 else f"{microseconds:,.0f} us"


_notes: ContextVar[list[Choice] | None] = ContextVar("symnet_choices", default=None)


@contextmanager
def noted() -> Iterator[list[Choice]]:
    """Collect the choices made inside the block."""
    found: list[Choice] = []
    token = _notes.set(found)
    try:
        yield found
    finally:
        _notes.reset(token)


def cheapest(what: str, costs: Mapping[str, float]) -> str:
    """The way of least predicted cost (microseconds); of equals the first."""
    chosen = min(costs, key=lambda way: costs[way])
    note([Choice(what, chosen, dict(costs))])
    return chosen


def note(choices: Iterable[Choice]) -> None:
    """Add choices to those that the block around collects, such as those of an attempt that was taken up."""
    notes = _notes.get()
    if notes is not None:
        notes.extend(choices)
