"""What a backend is: it turns a `Program` into something that runs, and says loudly what it cannot do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from symnet.graph import Node, Shared
from symnet.lowering import Program
from symnet.passes import Laps

T = TypeVar("T")
Update = Sequence[Callable[[], object]]
"""Calls that write new values into shared arrays. They cannot fail, and must all be made, once, in order."""


@dataclass(frozen=True)
class SlowPath:
    """An op that is slower than its kind need be, and why; `allocates` if it makes an array at every call."""

    node: Node
    reason: str
    allocates: bool


class Plan(Protocol):
    """A program made ready for one set of shapes and one set of shared arrays."""

    source: str
    nodes: Mapping[int, Node]
    """The node that each line of the source belongs to; the first line is 1."""
    program: Program
    slow: Sequence[SlowPath]

    def bind(self, shared: Mapping[Shared, np.ndarray], arenas: Sequence[np.ndarray]) -> None:
        """Take these arrays as the shared variables' values from now on, and those as the program's arenas."""

    def under_settings(self, work: Callable[..., T], *arguments: Any) -> T:
        """What `work` returns, under the settings that `step` and `commit` are to be called under."""

    def step(self, arguments: Sequence[np.ndarray]) -> tuple[Sequence[np.ndarray], Update]:
        """Compute outputs (in the plan's own memory), and what writes the new values; nothing outside the plan changes.

        Raises: what went wrong, with the user's line.
        """

    def commit(self, update: Update) -> None:
        """Make these calls: all of them, or none if an interrupt comes first."""


@dataclass(frozen=True)
class Backend:
    """A named way to compile a program."""

    name: str
    compile: CompilePlan
    threads: Callable[[], int]
    """How many threads a plan may use, as the user's settings stand."""
    adds_products: bool = False
    """Whether it can add a product of matrices to what is there (`Gemm`)."""


class CompilePlan(Protocol):
    """Turns a program into a plan; `name` is the function's, `laps` take the seconds of its passes."""

    def __call__(self, program: Program, name: str, laps: Laps) -> Plan: ...
