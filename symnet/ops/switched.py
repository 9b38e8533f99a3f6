"""Ops with two lives: one expression while a function trains, another one when it predicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from symnet.graph import Graph, Shared, Variable
from symnet.op import Composite

__all__ = ["RunningAverage", "Switched"]


@dataclass(frozen=True)
class RunningAverage:
    r"""What training does to a state $s$ beside the result: $s \leftarrow s + m (v - s)$ for a value v of `source`."""

    state: Variable
    value: Variable
    momentum: float
    source: Variable
    """What the value was taken of: several nodes may speak of one average of one source."""


class Switched(Composite):
    """A composite that `expand`s in a function that trains, and is `inference` in one that predicts.

    `function(..., training=)` decides for all of a graph's nodes.
    """

    def inference(self, *inputs: Variable) -> Variable:
        """What it is in a function that does not train."""
        raise NotImplementedError

    def averages(self, *inputs: Variable) -> Sequence[RunningAverage]:
        """The states that follow its inputs while training; those that are shared variables are updated."""
        return ()


def training_updates(graph: Graph, updated: Collection[Shared]) -> list[tuple[Shared, Variable]]:
    """The new values of the states that a graph's nodes average in, but those that are updated otherwise.

    A state averaged over several sources takes one after the other.
    """
    news: dict[Shared, Variable] = {}
    seen: set[tuple[Variable, Variable]] = set()
    for node in graph.order:
        for average in node.op.averages(*node.inputs) if isinstance(node.op, Switched) else ():
            s = average.state
            if not isinstance(s, Shared) or s in updated or (s, average.source) in seen:
                continue
            seen.add((s, average.source))
            now = news.get(s, s)
            news[s] = now + average.momentum * (average.value - now)
    return list(news.items())
