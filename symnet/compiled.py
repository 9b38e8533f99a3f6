"""The compiled `Function`: its plans, its calls, what it shows of itself, its copies."""

from __future__ import annotations

import copy
import operator
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symnet.arguments import Binder, Form, In, SizeValues, shared_below
from symnet.backends.base import Backend, Plan
from symnet.backends.numpy import backend as numpy_backend
from symnet.choices import Choice, noted
from symnet.debug import Inspection, inspected, named, replayed
from symnet.errors import ArgumentError, InputError, ShapeError
from symnet.graph import Shared, Variable, side_by_side, substitute
from symnet.graph.pickling import flatten, restore
from symnet.lowering import SizeKey, lower, value_sizes
from symnet.ops.matmul import reads_as_it_lies
from symnet.options import Options, using
from symnet.passes import Laps, no_collection
from symnet.report import Report
from symnet.results import Results
from symnet.rewrites import Fired, rewrite
from symnet.types import shape_text

_acquire, _release = operator.methodcaller("acquire"), operator.methodcaller("release")


Written = tuple[Sequence[Variable], Sequence[tuple[Shared, Variable]]]
"""Outputs and updates as the user wrote them."""


@dataclass
class _Bound:
    """A plan with the shared arrays it is bound to."""

    plan: Plan
    arrays: list[tuple[Shared, np.ndarray]]
    results: Results
    choices: Sequence[Choice] = ()
    passes: Laps = field(default_factory=Laps)
    """How long each pass of making the plan took."""
    arenas: Sequence[np.ndarray] = ()
    owners: frozenset[int] = frozenset()
    """Which arrays own the memory that updates write into."""


class Function:
    """A compiled function: call it with the inputs' values, by position or by name.

    A call either returns and has made all its updates, or raises and has changed nothing. Calls are safe from
    several threads. `source` is the NumPy that runs, `rewrites` what the compiler changed, `training` whether dropout
    is on, `compile_time` the seconds spent before the first call.
    """

    def __init__(
        self,
        *,
        name: str,
        inputs: Sequence[In],
        outputs: Sequence[Variable],
        updates: Sequence[tuple[Shared, Variable]],
        form: Form,
        downcast: bool | None,
        training: bool,
        backend: Backend,
        options: Options,
        rewrites: Sequence[Fired],
        written: Written,
        laps: Laps,
    ) -> None:
        self.name = name
        self.inputs = tuple(one.variable for one in inputs)
        self.outputs = tuple(outputs)
        self.updates = tuple(updates)
        self.training = training
        self.rewrites = tuple(rewrites)
        self.passes = laps
        self.options = options
        self.backend = backend
        self._passed = tuple(inputs)
        self._written = written
        self._named: dict[str, Variable] | None = None
        self._downcast = downcast
        self._mutable = [k for k, one in enumerate(inputs) if one.mutable]
        self._form = form
        # What a call computes before anything is updated: new values too, where these are to be finite.
        guards = options.check_finite == "updates"
        self._checked = self.outputs + (tuple(value for _, value in self.updates) if guards else ())
        self._sizes: dict[SizeKey, Variable] = value_sizes([*outputs, *(v for _, v in updates)])
        self._plans: OrderedDict[Any, _Bound] = OrderedDict()
        self._latest: _Bound | None = None
        self._arenas = True  # until another function wants the shared values in another order
        self._binder = Binder(inputs, name, downcast)
        self._size_values = SizeValues(list(self._sizes.values()), self.inputs)
        self._make_locks()
        laps.over("arguments")
        static = all(x.type.is_static for x in self.inputs) and not self._sizes
        if static:
            shapes = tuple(tuple(n for n in x.type.shape if isinstance(n, int)) for x in self.inputs)
            with self._state():
                self._plan((shapes, ()), shapes, {})
        planned = self._latest.passes.total if self._latest is not None else 0.0
        self.compile_time = laps.total + planned

    def _make_locks(self) -> None:
        self._lock = threading.RLock()
        # One order for all functions, so that two that share state cannot wait for each other.
        self._locks = [self._lock, *(s.lock for s in sorted(self._states(), key=id))]

    # calling ------------------------------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arrays = self._binder(args, kwargs)
        # Taken and released by loops that run in C: no interrupt falls between a lock and the note that it is taken.
        taken: list[Any] = []
        releases = map(_release, taken)
        try:
            taken.extend(filter(_acquire, self._locks))
            return self._form.pack(self._call(arrays))
        finally:
            deque(releases, maxlen=0)

    @contextmanager
    def _state(self) -> Iterator[None]:
        """Hold the locks of a call: a plan may move shared values to where it wants them."""
        with ExitStack() as held:
            for lock in self._locks:
                held.enter_context(lock)
            yield

    def _call(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        shapes = tuple([a.shape for a in arrays])
        sizes = self._size_values(arrays) if self._sizes else ()
        key = (shapes, sizes)
        bound = self._plans.get(key)
        if bound is None:
            bound = self._plan(key, shapes, dict(zip(self._sizes, sizes, strict=True)))
        elif bound is not self._latest:
            self._plans.move_to_end(key)
            self._latest = bound
        for s, array in bound.arrays:
            if s.array is not array:
                if s.array.shape != array.shape:
                    self._plans.clear()
                    return self._call(arrays)
                if not self._bind(bound):
                    self._plans.clear()
                    return self._call(arrays)
                break
        if bound.owners:
            # An argument that looks into an updated variable would change while others still read it.
            arrays = [a.copy() if id(_whole(a)) in bound.owners else a for a in arrays]
        if self._mutable:
            arrays = self._to_overwrite(arrays, bound)
        return bound.plan.under_settings(self._computed, bound, arrays)

    def _computed(self, bound: _Bound, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        own, update = bound.plan.step(arrays)
        if self.options.check_finite:
            self._check_finite(own, arrays)
        results = bound.results(own[: len(self.outputs)])
        if update:
            bound.plan.commit(update)
        return results

    def _to_overwrite(self, arrays: Sequence[np.ndarray], bound: _Bound) -> list[np.ndarray]:
        """The arguments, mutable ones copied where somebody else would see them change."""
        found = list(arrays)
        for k in self._mutable:
            others = [*found[:k], *found[k + 1 :], *(array for _, array in bound.arrays)]
            if not found[k].flags.writeable or any(np.may_share_memory(found[k], other) for other in others):
                found[k] = found[k].copy()
        return found

    def _check_finite(self, results: Sequence[np.ndarray], arrays: Sequence[np.ndarray]) -> None:
        for y, result in zip(self._checked, results, strict=True):
            if y.type.is_inexact and not np.isfinite(result).all():
                replayed(self._labels(), dict(zip(self.inputs, arrays, strict=True)), self.name, y)

    def _plan(self, key: Any, shapes: Sequence[tuple[int, ...]], sizes: Mapping[SizeKey, int]) -> _Bound:
        with no_collection():
            bound = self._compiled(shapes, sizes)
            if not self._bind(bound):
                self._arenas = False
                bound = self._compiled(shapes, sizes)
                self._bind(bound)
            bound.passes.over("bind")
        self._plans[key] = self._latest = bound
        while len(self._plans) > self.options.plans:
            self._plans.popitem(last=False)
        return bound

    def _compiled(self, shapes: Sequence[tuple[int, ...]], sizes: Mapping[SizeKey, int]) -> _Bound:
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
        results = Results([borrow and mine for borrow, mine in zip(self._form.borrowed, own)])
        return _Bound(plan, [], results, choices=choices, passes=laps)

    def _bind(self, bound: _Bound) -> bool:
        """Tie a plan to the arrays the shared variables have now; False if they cannot stand as it wants them."""
        if not all(reads_as_it_lies(s.array) for s in bound.plan.program.dense):
            return False
        arenas = []
        for _, states in bound.plan.program.arenas:
            arena = side_by_side(states, {id(_whole(a)) for a in bound.arenas})
            if arena is None:
                return False
            arenas.append(arena)
        arrays = [(s, s.array) for s in bound.plan.program.shared]
        bound.plan.bind(dict(arrays), arenas)
        bound.arenas, bound.arrays = arenas, arrays
        bound.owners = frozenset(id(_whole(s.array)) for s, _ in self.updates)
        return True

    def prepare(self, **shapes: tuple[int, ...]) -> None:
        """Make the plan for arguments of these shapes, given by input name, before the first call needs it.

        Raises: InputError, ShapeError.
        """
        labels = [x.label for x in self.inputs]
        if set(shapes) != set(labels) or self._sizes:
            raise InputError(
                f"{self.name}.prepare: shapes of {', '.join(shapes)} are given; the inputs are {', '.join(labels)}.",
                fix="give one shape for each input; functions whose sizes depend on values plan at their first call.",
            )
        ordered = tuple(tuple(shapes[label]) for label in labels)
        for x, shape in zip(self.inputs, ordered, strict=True):
            if len(shape) != x.type.ndim or any(n < 0 for n in shape):
                raise ShapeError(
                    f"{self.name}.prepare: {x.label} cannot have shape {shape_text(shape)}; its type is {x.type}.",
                    fix=f"give {x.type.ndim} sizes, each 0 or more.",
                )
        with self._state():
            self._plan((ordered, ()), ordered, {})

    # looking inside -----------------------------------------------------------------------------------------------
    @property
    def written(self) -> Written:
        """Outputs and updates as the user wrote them: `outputs` and `updates` are what rewriting made of these."""
        return self._written

    @property
    def source(self) -> str:
        """The generated module of the latest call; before the first one, for unknown sizes taken as 2."""
        with self._lock:
            return self._shown().plan.source

    @property
    def plan(self) -> Plan:
        """The plan that `source` shows."""
        with self._lock:
            return self._shown().plan

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
        with self._lock:
            shown = self._shown()
            plan = shown.plan
            passes = {**self.passes, **shown.passes}
            return Report(repr(self), plan.program, self.options.machine, shown.choices, plan.slow, passes)

    @property
    def kernels(self) -> int:
        """How many kernels the plan that `source` shows runs."""
        with self._lock:
            return sum(k.kind != "view" for k in self._shown().plan.program.kernels)

    def _shown(self) -> _Bound:
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

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.label}: {x.type.dtype}{shape_text(x.type.shape)}" for x in self.inputs)
        with self._lock:
            plan = f"{self.kernels} kernels, {self.memory:,} bytes of buffers" if self._latest else "no plan yet"
        lines = [
            f"<symnet function {self.name}({inputs}) -> {self._form.describe(self.outputs)}",
            f"   updates: {', '.join(s.label for s, _ in self.updates) or 'none'}",
            f"   training: {self.training}, {plan}, compiled in {self.compile_time * 1000:.1f} ms>",
        ]
        return "\n".join(lines)

    def inspect(self, *args: Any, **kwargs: Any) -> Inspection:
        """Every named value of a call with these arguments, new values of shared variables included; none is updated.

        Names are the user's, of variables or of the lines that compute them; gradients are called `g_w`. The values are
        computed op by op.
        """
        arrays = self._binder(args, kwargs)
        if self._named is None:
            outputs, updates = self._written
            new = {f"new {s.label}": value for s, value in updates}
            values = set(new.values())
            found = {name: x for name, x in named([*outputs, *values]).items() if x not in values} | new
            stable, _, _ = rewrite(list(found.values()), training=self.training, options=self.options)
            self._named = dict(zip(found, stable, strict=True))
        with self._state():
            return inspected(self._named, dict(zip(self.inputs, arrays, strict=True)))

    def replay(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs of a call with these arguments, computed op by op, each value looked at; nothing is updated.

        Raises: NumericError where an output or a new value is not finite: it names the first expression that is not
        though its operands are. And what the call raises.
        """
        arrays = self._binder(args, kwargs)
        with self._state():
            values = replayed(self._labels(), dict(zip(self.inputs, arrays, strict=True)), self.name)
        by_root = dict(zip(self._labels(), values, strict=True))
        return self._form.pack([by_root[y].copy() for y in self.outputs])

    def _labels(self) -> dict[Variable, str]:
        """Outputs and new values, with what each is called in errors."""
        return {value: f"the new value of {s.label}" for s, value in self.updates} | {y: y.label for y in self.outputs}

    # copies ---------------------------------------------------------------------------------------------------------
    def copy(
        self, *, swap: Mapping[Shared, Shared] | None = None, delete_updates: bool = False, name: str | None = None
    ) -> Function:
        """The same function with buffers of its own: on other shared variables (`swap`), or without updates.

        `training` stays as it was compiled. Without updates random streams stand still, too.

        Raises: ArgumentError where `swap` replaces what the function does not use, or by another type.
        """
        laps = Laps()
        swapped = self._checked_swap(swap or {})
        kept = () if delete_updates else self.updates
        roots = substitute([*self.outputs, *(value for _, value in kept)], dict(swapped.items()))
        outputs = roots[: len(self.outputs)]
        targets = [swapped.get(s, s) for s, _ in kept]
        if len(set(targets)) < len(targets):
            raise ArgumentError(f"{self.name}.copy: swap puts one shared variable in place of two that are updated.")
        updates = list(zip(targets, roots[len(outputs) :], strict=True))
        return Function(
            name=name or self.name,
            inputs=self._passed,
            outputs=outputs,
            updates=updates,
            form=self._form,
            downcast=self._downcast,
            training=self.training,
            backend=self.backend,
            options=self.options,
            rewrites=self.rewrites,
            written=(outputs, updates),
            laps=laps,
        )

    def _checked_swap(self, swap: Mapping[Shared, Shared]) -> Mapping[Shared, Shared]:
        states = self._states()
        for old, new in swap.items():
            if old not in states or not isinstance(new, Shared):
                before, after = (x.label if isinstance(x, Variable) else repr(x) for x in (old, new))
                known = ", ".join(s.label for s in states) or "none"
                raise ArgumentError(
                    f"{self.name}.copy: swap replaces {before} by {after}.",
                    fix=f"replace a shared variable the function uses ({known}) by another shared variable.",
                )
            if new.type != old.type:
                raise ArgumentError(
                    f"{self.name}.copy: swap replaces {old.label}, which is {old.type}, by one of {new.type}.",
                    operands={"replaced": old, "by": new},
                )
        return swap

    def __deepcopy__(self, memo: dict[int, Any]) -> Function:
        """A copy on copies of the shared variables, the same ones wherever else `deepcopy` meets them."""
        return self.copy(swap={s: copy.deepcopy(s, memo) for s in self._states()})

    def _states(self) -> dict[Shared, None]:
        """The shared variables it reads or updates."""
        states = shared_below([*self.outputs, *(v for _, v in self.updates)])
        return {**states, **dict.fromkeys(s for s, _ in self.updates)}

    def __getstate__(self) -> dict[str, Any]:
        keep = ("name", "training", "options")
        state = {k: getattr(self, k) for k in keep}
        state |= {"inputs": self._passed, "downcast": self._downcast}
        graph = flatten([*self.outputs, *(value for _, value in self.updates)])
        return {**state, "form": self._form, "graph": graph, "updated": [s for s, _ in self.updates]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        laps = Laps()
        roots, updated = restore(state.pop("graph")), state.pop("updated")
        outputs = roots[: len(roots) - len(updated)]
        updates = list(zip(updated, roots[len(outputs) :], strict=True))
        self.__init__(  # type: ignore[misc]
            **state,
            outputs=outputs,
            updates=updates,
            written=(outputs, updates),
            backend=numpy_backend,
            rewrites=(),
            laps=laps,
        )


def _whole(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory."""
    return array if array.base is None else array.base
