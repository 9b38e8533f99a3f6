"""A plan of a compiled function, tied to the arrays that its shared variables have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from symnet.backends.base import Plan
from symnet.choices import Choice
from symnet.graph import Shared, Variable, side_by_side
from symnet.ops.matmul import reads_as_it_lies
from symnet.passes import Laps
from symnet.results import Results

Sizes = tuple[tuple[int, ...], ...]
"""The shapes of the arguments of a call."""


@dataclass
class Bound:
    """A plan with the shared arrays it is bound to."""

    plan: Plan
    results: Results
    choices: Sequence[Choice]
    passes: Laps
    """How long each pass of making the plan took."""
    arrays: list[tuple[Shared, np.ndarray]] = field(default_factory=list)
    arenas: Sequence[np.ndarray] = ()
    owners: frozenset[int] = frozenset()
    """Which arrays own the memory that updates write into."""

    def bind(self, updates: Sequence[tuple[Shared, Variable]]) -> bool:
        """Tie it to the arrays the shared variables have now; False if they cannot stand as it wants them."""
        if not all(reads_as_it_lies(s.array) for s in self.plan.program.dense):
            return False
        arenas = []
        for _, states in self.plan.program.arenas:
            arena = side_by_side(states, {id(whole(a)) for a in self.arenas})
            if arena is None:
                return False
            arenas.append(arena)
        arrays = [(s, s.array) for s in self.plan.program.shared]
        self.plan.bind(dict(arrays), arenas)
        self.arenas, self.arrays = arenas, arrays
        self.owners = frozenset(id(whole(s.array)) for s, _ in updates)
        return True


def whole(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory."""
    return array if array.base is None else array.base
