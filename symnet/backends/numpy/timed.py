"""The same module with a clock between its statements: what each line takes as it stands, in loops and threads too."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from types import CodeType

import numpy as np

from symnet.backends.base import Update
from symnet.backends.numpy.module import NumpyPlan
from symnet.backends.numpy.threads import thread_count
from symnet.graph import Node, Shared

_MARK, _CLOCK, _STAMPS = "__mark", "__clock", "__stamps"
"""Names that no generated line has: those begin with a letter."""


@dataclass(frozen=True)
class Statement:
    """A statement of a step, of a piece or of the update; `first` and `last` are its lines.

    One that starts loops over pieces has the function that makes its `worker`, and how many `workers` share them.
    One of a piece stands in the function `inside`.
    """

    first: int
    last: int
    node: Node | None
    inside: str | None = None
    worker: str | None = None
    workers: int = 1


@dataclass(frozen=True)
class Spent:
    """How often a statement ran within one call, and the nanoseconds it took in all threads together."""

    calls: int
    nanoseconds: int


class TimedPlan(NumpyPlan):
    """A plan that notes the time between all its statements; `spent()` tells and forgets it."""

    statements: Sequence[Statement]

    def _code(self) -> CodeType:
        tree = ast.parse(self.source)
        plan = next(f for f in tree.body if isinstance(f, ast.FunctionDef))
        self._stamps: dict[str, list[list[int]]] = {}
        self._timed: dict[str, list[Statement]] = {}
        self._workers = {
            made.targets[0].id: made.value.func.id
            for made in ast.walk(plan)
            if isinstance(made, ast.Assign) and isinstance(made.targets[0], ast.Name)
            and isinstance(made.value, ast.Call) and isinstance(made.value.func, ast.Name)
        }  # fmt: skip
        functions = [f for f in plan.body if isinstance(f, ast.FunctionDef)]
        makers = {f.name for f in functions if f.name != "step"}
        self._workers = {piece: maker for piece, maker in self._workers.items() if maker in makers}
        self._update = self._statements_of_update(functions[-1])
        for function in functions:
            if function.name == "step":
                self._put_clocks(plan, function, None)
            else:
                inner = next(f for f in function.body if isinstance(f, ast.FunctionDef))
                self._put_clocks(function, inner, function.name)
        self.statements = [*(s for timed in self._timed.values() for s in timed), *self._update]
        self._namespace |= {_CLOCK: perf_counter_ns, _STAMPS: self._new_stamps}
        return compile(tree, self.filename, "exec")

    @property
    def blas_threads(self) -> int:
        """How many threads a product has that runs alone."""
        return 1 if self._alone else thread_count()

    def bind(self, shared: Mapping[Shared, np.ndarray], arenas: Sequence[np.ndarray]) -> None:
        self._stamps.clear()
        self._took = [0] * len(self._update)
        super().bind(shared, arenas)

    def commit(self, update: Update) -> None:
        # Not in a loop in C, as a step's own are: what is updated here is a copy.
        before = perf_counter_ns()
        for k, call in enumerate(update):
            operator.call(call)
            after = perf_counter_ns()
            self._took[k] += after - before
            before = after

    def spent(self) -> dict[Statement, Spent]:
        """What each statement took since this was last asked, or since the plan was bound."""
        found: dict[Statement, Spent] = {}
        for name, timed in self._timed.items():
            each = np.array([t for stamps in self._stamps.get(name, []) for t in stamps], np.int64)
            took = np.diff(each.reshape(-1, len(timed) + 1), axis=1)
            for statement, column in zip(timed, took.T, strict=True):
                found[statement] = Spent(len(column), int(column.sum()))
        for statement, nanoseconds in zip(self._update, self._took, strict=True):
            found[statement] = Spent(1, nanoseconds)
        for lists in self._stamps.values():
            for stamps in lists:
                stamps.clear()
        self._took = [0] * len(self._update)
        return found

    # clocks in the text -----------------------------------------------------------------------------------------------
    def _new_stamps(self, name: str) -> Callable[[int], None]:
        stamps: list[int] = []
        self._stamps.setdefault(name, []).append(stamps)
        return stamps.append

    def _put_clocks(self, outer: ast.FunctionDef, inner: ast.FunctionDef, inside: str | None) -> None:
        """Have `inner`, which stands in `outer`, note the time before its first statement and after each."""
        name = inside or "step"
        timed = [s for s in inner.body if not isinstance(s, ast.Return)]
        self._timed[name] = [self._statement(s, inside) for s in timed]
        marked = [_line(f"{_MARK}({_CLOCK}())", inner)]
        for statement in timed:
            marked += [statement, _line(f"{_MARK}({_CLOCK}())", statement)]
        inner.body[:] = [*marked, *(s for s in inner.body if isinstance(s, ast.Return))]
        outer.body.insert(0, _line(f"{_MARK} = {_STAMPS}({name!r})", outer))

    def _statement(self, s: ast.stmt | ast.expr, inside: str | None) -> Statement:
        pieces = list(dict.fromkeys(n.id for n in ast.walk(s) if isinstance(n, ast.Name) and n.id in self._workers))
        worker = self._workers[pieces[0]] if pieces else None
        return Statement(
            s.lineno, s.end_lineno or s.lineno, self.module.nodes.get(s.lineno), inside, worker, max(len(pieces), 1)
        )

    def _statements_of_update(self, step: ast.FunctionDef) -> list[Statement]:
        return [self._statement(call, None) for call in _update_calls(step)]


def _update_calls(step: ast.FunctionDef) -> Iterator[ast.expr]:
    """The calls that write new values, which the step lists and does not make."""
    for s in step.body:
        if isinstance(s, ast.Assign) and isinstance(s.value, ast.List) and ast.unparse(s.targets[0]) == "update":
            yield from s.value.elts


def _line(text: str, where: ast.stmt) -> ast.stmt:
    made = ast.parse(text).body[0]
    return ast.increment_lineno(made, where.lineno - 1)
