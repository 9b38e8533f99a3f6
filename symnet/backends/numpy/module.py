"""Compiles a module's text, runs it, and translates what goes wrong in it to the user's lines."""

from __future__ import annotations

import linecache
import operator
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, ContextVar, copy_context
from dataclasses import replace
from types import CodeType, TracebackType
from typing import Any, TypeVar

import numpy as np

from symnet.backends.base import SlowPath, Update
from symnet.backends.numpy import runtime
from symnet.backends.numpy.body import given_constants
from symnet.backends.numpy.emit import Module, write_module
from symnet.backends.numpy.threads import apart, with_one_blas_thread
from symnet.backends.numpy.writer import plain_text
from symnet.errors import BoundsError, OutOfMemoryError, SymnetError
from symnet.graph import Node, Shared
from symnet.lowering import Program
from symnet.machine import SHARED
from symnet.options import current
from symnet.passes import Laps

T = TypeVar("T")
_HAS_WIDE_INDICES = np.intp(0).itemsize == 8


class NumpyPlan:
    """A program as a Python module: `source` is the text that runs, and tracebacks and debuggers show it.

    With `anywhere` it also runs where NumPy's own indices have 32 bits.
    """

    def __init__(self, program: Program, name: str, laps: Laps, anywhere: bool = False) -> None:
        self.program = program
        self.module: Module = write_module(program, name, wide_indices=_HAS_WIDE_INDICES and not anywhere)
        self.source = self.module.source
        self.nodes: Mapping[int, Node] = self.module.nodes
        self.slow: Sequence[SlowPath] = self.module.slow
        laps.over("text")
        self.filename = f"<symnet {plain_text(name)} {_digest(self.source)}>"
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.filename] = (len(self.source), None, lines, self.filename)
        self._namespace: dict[str, Any] = dict(runtime.NAMES)
        exec(self._code(), self._namespace)
        self._alone = _alone(program)
        self._has_loops_last = any(step.loop is not None for step in program.last)
        laps.over("python")
        self._constants = [v.array for v in given_constants(program)]

    def _code(self) -> CodeType:
        return compile(self.source, self.filename, "exec")

    def bind(self, shared: Mapping[Shared, np.ndarray], arenas: Sequence[np.ndarray]) -> None:
        arrays = [shared[s] for s in self.program.shared]
        arrays += arenas
        try:
            self.run = self._namespace["plan"](*arrays, *self._constants, *self.module.given.values())
        except MemoryError as error:
            raise self._translated(error) from None

    def under_settings(self, work: Callable[..., T], *arguments: Any) -> T:
        if self._alone:
            return copy_context().run(_with_settings, with_one_blas_thread, work, *arguments)
        return copy_context().run(_with_settings, work, *arguments)

    def step(self, arguments: Sequence[np.ndarray]) -> tuple[Sequence[np.ndarray], Update]:
        try:
            done: tuple[Sequence[np.ndarray], Update] = self.run(*arguments)
            return done
        except (SymnetError, IndexError, ValueError, TypeError, FloatingPointError, MemoryError) as error:
            translated = self._translated(error)
            raise translated from translated.__cause__

    def commit(self, update: Update) -> None:
        # Loops in C: no interrupt falls between two of the calls. A loop over pieces is no such call.
        if self._has_loops_last:
            apart(lambda: deque(map(operator.call, update), maxlen=0))
        else:
            deque(map(operator.call, update), maxlen=0)

    def node_of(self, traceback: TracebackType | None) -> Node | None:
        """The node of the innermost generated line in a traceback."""
        found = None
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.filename:
                found = self.nodes.get(traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    def _shortage(self, error: MemoryError) -> OutOfMemoryError:
        """The buffer that a line asks for, and what it is for, as far out as that is known."""
        from traceback import extract_tb  # which an import of symnet does without

        frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename == self.filename]
        lines = [frame.lineno for frame in frames if frame.lineno]
        node = next((self.nodes[n] for n in reversed(lines) if n in self.nodes), None)
        text = self.source.splitlines()[lines[-1] - 1] if lines else ""
        buffer = text.partition(" = ")[0].strip() if " = " in text else "an array"
        what = f"{node.outputs[0].label} ({buffer})" if node is not None else buffer
        return OutOfMemoryError(
            f"no memory for {what}: {str(error) or 'the system gives none'}.",
            operands={"result": node.outputs[0]} if node is not None else None,
            origin=node.origin if node is not None else None,
            fix="use smaller batches; nothing was computed or changed.",
        )

    def _translated(self, error: Exception) -> Exception:
        if isinstance(error, MemoryError) and not isinstance(error, SymnetError):
            return self._shortage(error)
        node = self.node_of(error.__traceback__)
        if node is None:
            return error
        operands = dict(zip(node.op.labels(len(node.inputs)), node.inputs, strict=True))
        if isinstance(error, SymnetError):
            return error.at(operands, node.origin)
        what = f"{node.op.name}: {str(error).rstrip('.')}."
        if isinstance(error, IndexError):
            return BoundsError(
                what, operands=operands, origin=node.origin,
                fix="an axis of size n has the indices 0 to n - 1, and -n to -1 from its end.",
            )  # fmt: skip
        return SymnetError(what, operands=operands, origin=node.origin)


def _digest(source: str) -> str:
    from hashlib import sha256  # it brings OpenSSL along, which an import of symnet does without

    return sha256(source.encode()).hexdigest()[:12]


def _settings() -> list[tuple[ContextVar[Any], Any]]:
    """The context variables that hold NumPy's settings, with those of a step: errors are looked for in results alone.

    Operands with gaps, and what is broadcast to rows, are copied through a buffer, unless no two rows fit it. One that
    stays in the L1 cache is quicker, and one too short for two rows of 512 spares them the copy (x - column, ns an
    element: 0.33 with 1024, 0.20 with 1008).
    """
    context = Context()
    context.run(np.seterr, all="ignore")
    context.run(np.setbufsize, 1008)
    return list(context.items())


_SETTINGS = _settings()


def _with_settings(work: Callable[..., T], *arguments: Any) -> T:
    # In a copy of the caller's context, whose own settings stay. `np.errstate` takes 3 microseconds.
    for variable, value in _SETTINGS:
        variable.set(value)
    return work(*arguments)


_WORTH = 0.15
"""The part of its products' time that a second thread in BLAS has to save.

It costs more than it does where others use the cores: who waits for two threads waits for those, too. Measured
(float32, two cores; microseconds with one thread and with two), the book's convolutional net predicting 1 image
(3 MFLOP): 109, 137; 4 (13): 239, 266; 10 (33): 511, 495. A step of the 784-100-10 net on 10 images (3): 96, 95; on 32
(10): 192, 173. Beside other work, a step of a net with 78 MFLOP in products of one to three: 4,300, 230,000.
"""


def _alone(program: Program) -> bool:
    """Whether BLAS should have one thread: as threads of our own share pieces, or as another would save too little."""
    steps, loops = program.steps, program.loops
    if any(loop.workers > 1 for loop in loops):
        return True
    machine = current().machine
    steps += [step for loop in loops for step in loop.body.program.steps]
    flops = {step.node: step.node.op.flops(*step.node.inputs) for step in steps}
    products = [node for node, count in flops.items() if count]
    if max(flops.values(), default=0) <= SHARED:  # nothing that a second thread would share
        return bool(products)
    one, all_ = (
        sum(node.op.cost(m, *node.inputs) for node in products) for m in (replace(machine, threads=1), machine)
    )
    return one - all_ < _WORTH * one
