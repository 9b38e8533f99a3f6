"""Loops over pieces: how large a piece is, and the program that runs on one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symnet.choices import noted
from symnet.graph import Variable
from symnet.lowering.kernels import group
from symnet.lowering.memory import Memory, allocate
from symnet.lowering.pieces import InPieces, into_pieces, piece_size
from symnet.lowering.program import Loop, Operand, Piece, Program, Step, Value
from symnet.machine import Machine
from symnet.options import current, using

_PROBE = 8
"""Examples of the piece whose memory is looked at to choose the size."""


class Loops:
    """The loops over pieces of one plan; what a piece of each weighs is found once."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._weights: dict[InPieces, float] = {}

    def in_pieces(self, roots: Sequence[Variable], arguments: Sequence[Variable]) -> list[Variable] | None:
        """The roots with loops over pieces of the examples, the arguments' common first axis; None if nothing is
        gained."""
        total = _examples(arguments)
        if total < 2 * _PROBE:
            return None
        seeds = {x: 0 for x in arguments if x.type.ndim and x.type.shape[0] == total}
        pieces = into_pieces(roots, seeds, total, lambda op: self._weight(op) * total > self.machine.cache)
        return None if all(a is b for a, b in zip(roots, pieces, strict=True)) else pieces

    def loop_of(self, step: Step) -> Loop:
        """The loop of an `InPieces` step whose operands and results have their places."""
        op = step.node.op
        assert isinstance(op, InPieces)
        threads = self.machine.threads or 1
        size = piece_size(op.total, self._weight(op), self.machine.cache, threads)
        rest = op.total % size
        return Loop(
            op.total, size, min(threads, op.total // size),
            _piece(op, step.inputs, step.outputs, size),
            _piece(op, step.inputs, step.outputs, rest) if rest else None,
        )  # fmt: skip

    def _weight(self, op: InPieces) -> float:
        if op not in self._weights:
            self._weights[op] = _bytes_per_example(op)
        return self._weights[op]


def _examples(arguments: Sequence[Variable]) -> int:
    """The length of the first axis that most bytes of the arguments share; 0 if there is none."""
    nbytes: dict[int, int] = {}
    for x in arguments:
        if x.type.ndim and isinstance(x.type.shape[0], int):
            nbytes[x.type.shape[0]] = nbytes.get(x.type.shape[0], 0) + _stand_in(x).nbytes
    return max(nbytes, key=lambda n: nbytes[n], default=0)


def _bytes_per_example(op: InPieces) -> float:
    """Memory that a piece touches, divided by its number of examples."""
    size = min(op.total, _PROBE)
    wholes = [Value(x, "input", _stand_in(x)) for x, _ in op.operands]
    results = [Value(y, "buffer", _stand_in(y)) for y, _ in op.results]
    with noted():  # the choices for this piece are no part of the plan
        piece = _piece(op, wholes, results, size)
    cut = [p.inner.array.nbytes for p in (*piece.operands, *piece.results) if p.axis is not None]
    return (piece.program.nbytes + sum(cut)) / size


def _piece(op: InPieces, wholes: Sequence[Value], outputs: Sequence[Value], size: int) -> Piece:
    alone = replace(current(), machine=replace(current().machine, threads=1))
    with using(alone):  # beside others each piece has one thread for BLAS
        operands, totals, results, order = op.piece(size)
    read = [_part(x, whole, axis, size) for x, whole, (_, axis) in zip(operands, wholes, op.operands, strict=True)]
    cuts = [axis for _, axis in op.results]
    written = [_part(y, whole, axis, size) for y, whole, axis in zip(results, outputs, cuts, strict=True)]
    whole = {part.inner: part.whole.root for part in (*read, *written)}
    memory = Memory(
        order, results, {y: part.inner for y, part in zip(results, written, strict=True)},
        lambda a, b: whole.get(a.root, a.root) is whole.get(b.root, b.root),
    )  # fmt: skip
    memory.values.update((x, part.inner) for x, part in zip(operands, read, strict=True))
    added = [part for part in written if part.axis is None]
    memory.values.update((x, part.inner) for x, part in zip(totals, added, strict=True))
    steps = [memory.place(node, at) for at, node in enumerate(order)]
    program = Program(
        inputs=[part.inner for part in read],
        shared={},
        constants=[v for v in memory.values.values() if v.kind == "constant"],
        kernels=group(steps),
        blocks=memory.blocks,
        outputs=[part.inner for part in written],
        updates=[],
    )
    return Piece(program, read, added, [part for part in written if part.axis is not None])


def _part(x: Variable, whole: Value, axis: int | None, size: int) -> Operand:
    """What a piece sees of a whole value."""
    if axis is None:
        return Operand(whole, None, Value(x, "input", whole.array, fixed=whole.fixed))
    key = (slice(None),) * axis + (slice(0, size),)
    return Operand(whole, axis, Value(x, "input", whole.array[key], fixed=False))


def _stand_in(x: Variable) -> np.ndarray:
    return allocate(x, tuple(n for n in x.type.shape if isinstance(n, int)))
