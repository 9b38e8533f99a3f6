"""The compiled `Function`: its plans, its calls, what it shows of itself, its copies."""

from __future__ import annotations

import copy
import operator
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.arguments import Binder, Form, In, SizeValues, check_swap
from symnet.backends.base import Backend
from symnet.backends.numpy import backend as numpy_backend
from symnet.debug import Inspection, inspected, named, replayed
from symnet.errors import ArgumentError
from symnet.graph import Graph, Shared, Variable, substitute
from symnet.graph.operators import word
from symnet.graph.pickling import flatten, restore
from symnet.lowering import SizeKey, value_sizes
from symnet.options import Options
from symnet.passes import Laps
from symnet.plans import Bound, Planning, whole
from symnet.rewrites import Fired, rewrite
from symnet.types import shape_text

if TYPE_CHECKING:
    from pathlib import Path

    from symnet.profile import Profile

_acquire, _release = operator.methodcaller("acquire"), operator.methodcaller("release")


Updates = Sequence[tuple[Shared, Variable]]
Written = tuple[Sequence[Variable], Updates]
"""Outputs and updates as the user wrote them."""


class Function(Planning):
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
        updates: Updates,
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
        self.passed = tuple(inputs)
        self._written = written
        self._named: dict[str, Variable] | None = None
        self._downcast = downcast
        self._mutable = [k for k, one in enumerate(inputs) if one.mutable]
        self.form = form
        # What a call computes before anything is updated: new values too, where these are to be finite.
        guards = options.check_finite == "updates"
        self._checked = self.outputs + (tuple(value for _, value in self.updates) if guards else ())
        graph = Graph([*outputs, *(v for _, v in updates)])
        self._states = dict.fromkeys([*graph.shared, *(s for s, _ in updates)])
        self._sizes: dict[SizeKey, Variable] = value_sizes(graph.order)
        self._plans: OrderedDict[Any, Bound] = OrderedDict()
        self._latest: Bound | None = None
        self._arenas = True  # until another function wants the shared values in another order
        self._binder = Binder(inputs, name, downcast)
        self.defaults = self._binder.defaults
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
        self._locks = [self._lock, *(s.lock for s in sorted(self._states, key=id))]

    # calling ------------------------------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arrays = self._binder(args, kwargs)
        # Taken and released by loops that run in C: no interrupt falls between a lock and the note that it is taken.
        taken: list[Any] = []
        releases = map(_release, taken)
        try:
            taken.extend(filter(_acquire, self._locks))
            return self.form.pack(self._call(arrays))
        finally:
            deque(releases, maxlen=0)

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
                if not bound.bind(self.updates):
                    self._plans.clear()
                    return self._call(arrays)
                break
        if bound.owners:
            # An argument that looks into an updated variable would change while others still read it.
            arrays = [a.copy() if id(whole(a)) in bound.owners else a for a in arrays]
        if self._mutable:
            arrays = self._to_overwrite(arrays, bound)
        return bound.plan.under_settings(self._computed, bound, arrays)

    def _computed(self, bound: Bound, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        own, update = bound.plan.step(arrays)
        if self.options.check_finite:
            self._check_finite(own, arrays)
        results = bound.results(own[: len(self.outputs)])
        if update:
            bound.plan.commit(update)
        return results

    def _to_overwrite(self, arrays: Sequence[np.ndarray], bound: Bound) -> list[np.ndarray]:
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

    # looking inside -----------------------------------------------------------------------------------------------
    @property
    def written(self) -> Written:
        """Outputs and updates as the user wrote them: `outputs` and `updates` are what rewriting made of these."""
        return self._written

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.label}: {x.type.dtype}{shape_text(x.type.shape)}" for x in self.inputs)
        with self._lock:
            plan = f"{self.kernels} kernels, {self.memory:,} bytes of buffers" if self._latest else "no plan yet"
        lines = [
            f"<symnet function {self.name}({inputs}) -> {self.form.describe(self.outputs)}",
            f"   updates: {', '.join(s.label for s, _ in self.updates) or 'none'}",
            f"   training: {self.training}, {plan}, compiled in {self.compile_time * 1000:.1f} ms>",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """What a notebook shows: costs, source and picture."""
        return str(word("_repr_html_")(self))

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
        return self.form.pack([by_root[y].copy() for y in self.outputs])

    def profile(self, *args: Any, runs: int | None = None, **kwargs: Any) -> Profile:
        """What each line takes of a call with these arguments, and how near it is to what the machine can do.

        Copies of the function run on copies of the shared variables, so often as `runs` says, or for a second; nothing
        is updated. What a call prints, and Python functions in it, come again in each run. An input called `runs` is
        given by position.

        Raises: ArgumentError, and what the call raises.
        """
        from symnet.backends.numpy.timed import TimedPlan  # an import of symnet does without these
        from symnet.measure import measure
        from symnet.profile import profile_of

        arrays = self._binder(args, kwargs)
        plain, timed = self.twins(self.backend, replace(self.backend, compile=TimedPlan))

        def given() -> list[np.ndarray]:
            return [a.copy() if k in self._mutable else a for k, a in enumerate(arrays)]

        measured = measure(plain, timed, given, runs)
        new = {value.node: f"new {s.label}" for s, value in self.updates if value.node is not None}
        return profile_of(repr(self), measured, self.options.machine, new)

    @property
    def finite(self) -> list[str]:
        """What each value is called that has to be finite, in the order in which a plan computes them."""
        labels = self._labels()
        return [labels[y] for y in self._checked] if self.options.check_finite else []

    def _labels(self) -> dict[Variable, str]:
        """Outputs and new values, with what each is called in errors."""
        return {value: f"the new value of {s.label}" for s, value in self.updates} | {y: y.label for y in self.outputs}

    def export(
        self, path: str | os.PathLike[str], shapes: Sequence[Mapping[str, tuple[int, ...]]] | None = None
    ) -> list[Path]:
        """Write it as one Python file that needs NumPy alone, with the state as it is now; returns what was written.

        The file takes arguments of the given `shapes`, each by input name: by default of those it has plans for, that
        is of the latest calls. Up to 1000 numbers stand in the text, more in an `.npz` beside it. What the file
        computes is bit for bit what the function does when it is compiled without `gemm`.

        Raises: ArgumentError where a Python function of the user's is part of it; InputError, ShapeError for shapes
        that do not fit, or none; DataError where the file cannot be written or another one is there.
        """
        from symnet.export import write  # which an import of symnet does without

        return write(self, path, shapes)

    # copies ---------------------------------------------------------------------------------------------------------
    def copy(
        self, *, swap: Mapping[Shared, Shared] | None = None, delete_updates: bool = False, name: str | None = None
    ) -> Function:
        """The same function with buffers of its own: on other shared variables (`swap`), or without updates.

        `training` stays as it was compiled. Without updates random streams stand still, too.

        Raises: ArgumentError where `swap` replaces what the function does not use, or by another type.
        """
        laps = Laps()
        swapped = check_swap(swap or {}, self._states, f"{self.name}.copy")
        kept = () if delete_updates else self.updates
        roots = substitute([*self.outputs, *(value for _, value in kept)], dict(swapped.items()))
        outputs = roots[: len(self.outputs)]
        targets = [swapped.get(s, s) for s, _ in kept]
        if len(set(targets)) < len(targets):
            raise ArgumentError(f"{self.name}.copy: swap puts one shared variable in place of two that are updated.")
        updates = list(zip(targets, roots[len(outputs) :], strict=True))
        return self._remade(outputs, updates, self.backend, name or self.name, laps)

    def twins(self, *backends: Backend) -> list[Function]:
        """The same function on copies of its shared variables, by each backend; they have these copies in common.

        Each node has the line of the one that it is a copy of, as a `Source` that tells which one it is.
        """
        from symnet.measure import marked_copy  # which an import of symnet does without

        with self._state():
            states = {s: copy.deepcopy(s) for s in self._states}
        roots = marked_copy([*self.outputs, *(value for _, value in self.updates)], states)
        count = len(self.outputs)
        updates = list(zip((states[s] for s, _ in self.updates), roots[count:], strict=True))
        made = [self._remade(roots[:count], updates, backend, self.name, Laps()) for backend in backends]
        for twin in made:
            twin._arenas = self._arenas
        return made

    def _remade(
        self, outputs: Sequence[Variable], updates: Updates, backend: Backend, name: str, laps: Laps
    ) -> Function:
        """A function of the same form with these outputs and updates."""
        return Function(
            name=name,
            inputs=self.passed,
            outputs=outputs,
            updates=updates,
            form=self.form,
            downcast=self._downcast,
            training=self.training,
            backend=backend,
            options=self.options,
            rewrites=self.rewrites,
            written=(outputs, updates),
            laps=laps,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Function:
        """A copy on copies of the shared variables, the same ones wherever else `deepcopy` meets them."""
        return self.copy(swap={s: copy.deepcopy(s, memo) for s in self._states})

    def __getstate__(self) -> dict[str, Any]:
        state = {"name": self.name, "training": self.training}
        # Rules of the user's are functions, which need not pickle; they have done their work.
        state |= {"options": replace(self.options, rules=()), "inputs": self.passed, "downcast": self._downcast}
        graph = flatten([*self.outputs, *(value for _, value in self.updates)])
        return {**state, "form": self.form, "graph": graph, "updated": [s for s, _ in self.updates]}

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

