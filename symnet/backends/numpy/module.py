"""Compiles a module's text, runs it, and translates what goes wrong in it to the user's lines."""

from __future__ import annotations

import hashlib
import linecache
import operator
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

import numpy as np

from symnet.backends.base import SlowPath, Update
from symnet.backends.numpy import runtime
from symnet.backends.numpy.body import given_constants
from symnet.backends.numpy.emit import Module, write_module
from symnet.backends.numpy.threads import apart, one_thread_in_blas
from symnet.backends.numpy.writer import plain_text
from symnet.errors import BoundsError, SymnetError
from symnet.graph import Node, Shared
from symnet.lowering import Program
from symnet.passes import Laps


class NumpyPlan:
    """A program as a Python module: `source` is the text that runs, and tracebacks and debuggers show it."""

    def __init__(self, program: Program, name: str, laps: Laps) -> None:
        self.program = program
        self.module: Module = write_module(program, name)
        self.source = self.module.source
        self.slow: Sequence[SlowPath] = self.module.slow
        laps.over("text")
        digest = hashlib.sha256(self.source.encode()).hexdigest()[:12]
        self.filename = f"<symnet {plain_text(name)} {digest}>"
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.filename] = (len(self.source), None, lines, self.filename)
        self._namespace: dict[str, Any] = dict(runtime.NAMES)
        exec(compile(self.source, self.filename, "exec"), self._namespace)
        self._blas: Callable[[], AbstractContextManager[None]] = one_thread_in_blas if _alone(program) else nullcontext
        laps.over("python")
        self._constants = [v.array for v in given_constants(program)]

    def bind(self, shared: Mapping[Shared, np.ndarray], arenas: Sequence[np.ndarray]) -> None:
        arrays = [shared[s] for s in self.program.shared]
        arrays += arenas
        self.run = self._namespace["plan"](*arrays, *self._constants)

    def step(self, arguments: Sequence[np.ndarray]) -> tuple[Sequence[np.ndarray], Update]:
        try:
            with self._blas():
                done: tuple[Sequence[np.ndarray], Update] = self.run(*arguments)
            return done
        except (SymnetError, IndexError, ValueError, TypeError, FloatingPointError) as error:
            raise self._translated(error) from None

    def commit(self, update: Update) -> None:
        # Loops in C: no interrupt falls between two of the calls. A loop over pieces is no such call.
        if any(step.loop is not None for step in self.program.last):
            apart(lambda: deque(map(operator.call, update), maxlen=0))
        else:
            deque(map(operator.call, update), maxlen=0)

    def node_of(self, traceback: TracebackType | None) -> Node | None:
        """The node of the innermost generated line in a traceback."""
        found = None
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.filename:
                found = self.module.nodes.get(traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    def _translated(self, error: Exception) -> Exception:
        node = self.node_of(error.__traceback__)
        if node is None:
            return error
        operands = dict(zip(node.op.labels(len(node.inputs)), node.inputs, strict=True))
        if isinstance(error, SymnetError):
            return error.at(operands, node.origin)
        kind = BoundsError if isinstance(error, IndexError) else SymnetError
        return kind(f"{node.op.name}: {error}.", operands=operands, origin=node.origin)


_FEW = 8_000_000
"""Floating-point operations of a step's products below which a second thread in BLAS costs more than it does.

Measured (float32, two cores; microseconds with one thread and with two), the book's convolutional net predicting 1
image (3 MFLOP): 109, 137, and with stalls of milliseconds where others use the cores; 4 (13): 239, 266; 10 (33): 511,
495. A step of the 784-100-10 net on 10 images (3): 96, 95; on 32 (10): 192, 173.
"""


def _alone(program: Program) -> bool:
    """Whether BLAS should have one thread: as threads of our own share pieces, or as there is little to do."""
    if program.loops:
        return any(loop.workers > 1 for loop in program.loops)
    return 0 < sum(step.node.op.flops(*step.node.inputs) for step in program.steps) < _FEW
