"""Measures what each line of a compiled function takes: copies of it run, one of them with a clock between its lines.

The copies work on copies of the shared variables, which have their values again before each run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter, perf_counter_ns
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from symnet.backends.numpy.timed import Spent, Statement, TimedPlan
from symnet.errors import ArgumentError
from symnet.graph import Node, Shared, Variable, toposort
from symnet.origin import Origin

if TYPE_CHECKING:
    from symnet.compiled import Function

_SECONDS, _FEWEST, _MOST = 1.0, 5, 1000
"""Runs are repeated for so long, and so often at least and at most."""


class Source(Origin):
    """The user's line of a node, by which the node is found again that a compiled line comes from."""

    of: Node

    @classmethod
    def mark(cls, node: Node) -> Origin | None:
        """The line of a node, marked with the node."""
        if node.origin is None:
            return None
        marked = cls(*node.origin)
        marked.of = node
        return marked

    def _replace(self, **changes: Any) -> Self:
        marked = super()._replace(**changes)
        marked.of = self.of
        return marked


def marked_copy(roots: Sequence[Variable], replaced: Mapping[Shared, Shared]) -> list[Variable]:
    """The same graph on other shared variables, each node marked with the one it is a copy of."""
    known: dict[Variable, Variable] = dict(replaced.items())
    made: dict[Node, Node] = {}
    for node in toposort(roots):
        types = [y.type for y in node.outputs]
        made[node] = Node(node.op, [known.get(x, x) for x in node.inputs], types, Source.mark(node))
        for old, new in zip(node.outputs, made[node].outputs, strict=True):
            new.name = old.name
            known[old] = new
    for node, copy in made.items():
        copy.inner = node.inner
    return [known.get(y, y) for y in roots]


@dataclass(frozen=True)
class Measured:
    """What runs took, in seconds of each run: `calls` as the function is, `timed_calls` with clocks.

    `statements` has what each took in each run, `plan` the text they stand in. A clock takes `per_clock` seconds.
    """

    plan: TimedPlan
    calls: Sequence[float]
    timed_calls: Sequence[float]
    statements: Sequence[Mapping[Statement, Spent]]
    per_clock: float


def measure(
    plain: Function, timed: Function, arguments: Callable[[], Sequence[Any]], runs: int | None
) -> Measured:
    """Run a function and one with clocks in turns, so often or for a second, from the same state each time.

    Raises: ArgumentError, and what a call raises.
    """
    if runs is not None and (isinstance(runs, bool) or not isinstance(runs, int) or runs < 1):
        raise ArgumentError(f"{plain.name}.profile: runs is {runs!r}.", fix="run it at least once: runs=10.")
    before = {s: s.get_value() for s in dict(plain.updates)}

    def seconds(f: Function) -> float:
        given = arguments()
        for s, value in before.items():
            np.copyto(s.array, value)
        start = perf_counter()
        f(*given)
        return perf_counter() - start

    for f in (plain, timed, plain, timed):  # plans are made, and pages of memory are there
        seconds(f)
    plan = timed.plan
    assert isinstance(plan, TimedPlan)
    plan.spent()
    calls: list[float] = []
    timed_calls: list[float] = []
    statements: list[Mapping[Statement, Spent]] = []
    end = perf_counter() + _SECONDS
    while len(calls) < (runs or _FEWEST) or (runs is None and perf_counter() < end and len(calls) < _MOST):
        calls.append(seconds(plain))
        timed_calls.append(seconds(timed))
        statements.append(plan.spent())
    return Measured(plan, calls, timed_calls, statements, _per_clock())


def _per_clock() -> float:
    """Seconds of one reading of the clock that is noted."""
    noted: list[int] = []
    note, times = noted.append, 1000
    start = perf_counter()
    for _ in range(times):
        note(perf_counter_ns())
    return (perf_counter() - start) / times
