"""The plans of a compiled function: made for shapes, tied to the arrays of shared variables, kept, and told of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.arguments import Form, check_shapes
from symnet.backends.base import Backend, Plan
from symnet.choices import Choice, noted
from symnet.errors import InputError, ShapeError
from symnet.graph import Shared, Variable, side_by_side
from symnet.lowering import SizeKey, lower
from symnet.ops.matmul import reads_as_it_lies
from symnet.options import Options, using
from symnet.passes import Laps, no_collection
from symnet.results import Results

if TYPE_CHECKING:
    from symnet.report import Report

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


class Planning:
    """Of a compiled function, what makes its plans, keeps the latest of them, and tells of the one used last."""

    name: str
    inputs: tuple[Variable, ...]
    updates: tuple[tuple[Shared, Variable], ...]
    passes: Laps
    options: Options
    backend: Backend
    form: Form
    _checked: tuple[Variable, ...]
    _mutable: list[int]
    _sizes: dict[SizeKey, Variable]
    _plans: OrderedDict[Any, Bound]
    _latest: Bound | None
    _arenas: bool
    _lock: RLock
    _locks: list[RLock]

    @contextmanager
    def _state(self) -> Iterator[None]:
        """Hold the locks of a call: a plan may move shared values to where it wants them."""
        with ExitStack() as held:
            for lock in self._locks:
                held.enter_context(lock)
            yield

    def _plan(self, key: Any, shapes: Sequence[tuple[int, ...]], sizes: Mapping[SizeKey, int]) -> Bound:
        with no_collection():
            bound = self._compiled(shapes, sizes)
            if not bound.bind(self.updates):
                self._arenas = False
                bound = self._compiled(shapes, sizes)
                bound.bind(self.updates)
            bound.passes.over("bind")
        self._plans[key] = self._latest = bound
        while len(self._plans) > self.options.plans:
            self._plans.popitem(last=False)
        return bound

    def _compiled(self, shapes: Sequence[tuple[int, ...]], sizes: Mapping[SizeKey, int]) -> Bound:
        laps = Laps()
        machine = self.options.machine
        if machine.threads is None:
            machine = replace(machine, threads=self.backend.threads())
        with noted() as choices, using(replace(self.options, machine=machine)):
            mutable = {self.inputs[k] for k in self._mutable}
            program = lower(
                self.inputs, self._checked, self.updates, shapes, sizes, machine,
                self._arenas, mutable, self.backend.adds_products, laps,
            )  # fmt: skip
            plan = self.backend.compile(program, self.name, laps)
        own = [y.root.block is not None for y in program.outputs]
        results = Results([borrow and mine for borrow, mine in zip(self.form.borrowed, own)])
        return Bound(plan, results, choices, laps)

    def prepare(self, **shapes: tuple[int, ...]) -> None:
        """Make the plan for arguments of these shapes, given by input name, before the first call needs it.

        Raises: InputError, ShapeError.
        """
        self._refuse_sizes("prepare")
        ordered = check_shapes(self.inputs, shapes, f"{self.name}.prepare")
        with self._state():
            self._plan((ordered, ()), ordered, {})

    def _refuse_sizes(self, what: str) -> None:
        if self._sizes:
            raise InputError(
                f"{self.name}.{what}: sizes in it depend on values of arguments, and plans are for shapes.",
                fix="call it: functions whose sizes depend on values plan at their first call."
                if what == "prepare"
                else "give these sizes as numbers when the graph is built.",
            )

    # looking inside -----------------------------------------------------------------------------------------------
    @property
    def planned(self) -> list[Sizes]:
        """For which shapes of the arguments there are plans."""
        with self._lock:
            return list(dict.fromkeys(shapes for shapes, _ in self._plans))

    def plans_for(self, shapes: Sequence[Sizes]) -> list[Plan]:
        """A plan for each set of shapes, all of which want the shared variables in one order; none is bound.

        Raises: ShapeError where shapes do not fit the graph, InputError where sizes in it depend on values.
        """
        self._refuse_sizes("export")
        plans = [self._compiled(one, {}).plan for one in shapes]
        if len({tuple(tuple(states) for _, states in plan.program.arenas) for plan in plans}) > 1:
            self._arenas = False
            plans = [self._compiled(one, {}).plan for one in shapes]
        return plans

    @property
    def source(self) -> str:
        """The generated module of the latest call; before the first one, for unknown sizes taken as 2."""
        with self._lock:
            return self._shown().plan.source

    @property
    def memory(self) -> int:
        """Bytes of the buffers of the plan that `source` shows."""
        with self._lock:
            return self._shown().plan.program.nbytes

    @property
    def allocations(self) -> int:
        """How many arrays a call of the plan that `source` shows makes, beside its results."""
        with self._lock:
            return sum(path.allocates for path in self._shown().plan.slow)

    def report(self) -> Report:
        """What the plan that `source` shows does: its kernels with predicted costs, the ways chosen, its memory."""
        from symnet.report import Report  # which an import of symnet does without

        with self._lock:
            shown = self._shown()
            plan = shown.plan
            passes = {**self.passes, **shown.passes}
            return Report(repr(self), plan.program, self.options.machine, shown.choices, plan.slow, passes)

    @property
    def plan(self) -> Plan:
        """The plan that `source` shows."""
        with self._lock:
            return self._shown().plan

    @property
    def kernels(self) -> int:
        """How many kernels the plan that `source` shows runs."""
        with self._lock:
            return sum(k.kind != "view" for k in self._shown().plan.program.kernels)

    def _shown(self) -> Bound:
        if self._latest is None:
            named: dict[Any, int] = {}
            shapes = [
                tuple(n if isinstance(n, int) else named.setdefault(n, 2) for n in x.type.shape) for x in self.inputs
            ]
            try:
                return self._compiled(shapes, dict.fromkeys(self._sizes, 2))
            except ShapeError as error:
                raise InputError(
                    f"{self.name} has no plan yet: {', '.join(x.label for x in self.inputs)} have unknown sizes, "
                    "and 2 does not fit for all of them.",
                    fix="call the function or its prepare(...) first, or declare the sizes: shape=('batch', 784).",
                ) from error
        return self._latest


def whole(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory."""
    return array if array.base is None else array.base
