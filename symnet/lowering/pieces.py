"""Work on large arrays in pieces that fit the cache: what can run piece by piece, and where pieces must wait.

The arguments share a first axis, the examples. A value that is computed example by example can be computed for a few
examples at a time, together with everything else of its kind: its neighbours are then read while they are in the
cache, and threads can share the pieces. Where something needs all examples at once (a batch's mean, say), one loop over
the pieces ends and what depends on it starts another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symnet.graph import Constant, Node, Variable, toposort
from symnet.graph.walk import rebuild
from symnet.lowering.schedule import schedule
from symnet.lowering.specialise import Specialiser
from symnet.op import Elementwise, Emitter, Op, Split
from symnet.ops import add
from symnet.origin import made_for
from symnet.types import TensorType

Cut = tuple[Variable, int | None]
"""A variable, and the axis along which it is cut; None: it is whole."""


class Snapshot(Elementwise):
    """A copy of a value that stands elsewhere, or would change before it is used."""

    name, roles = "copy", ("x",)
    on_complex = "own"
    emits_calls = True
    overwrites = ()

    def operations(self, *inputs: Variable) -> int:
        return 0

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].copy()

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {names[0]})")


@dataclass(frozen=True, eq=False)
class InPieces(Op):
    """A part of a graph that runs piece by piece along one axis of its operands.

    `total` is the length of that axis. A result that is not cut is the sum over the pieces. With `in_order` the nodes
    are lowered already and run in the order given.
    """

    nodes: tuple[tuple[Node, Split], ...]
    operands: tuple[Cut, ...]
    results: tuple[Cut, ...]
    total: int
    in_order: bool = False

    name = "in_pieces"

    def infer(self, *inputs: Variable) -> tuple[TensorType, ...]:
        return tuple(y.type for y, _ in self.results)

    def piece(self, size: int) -> tuple[list[Variable], list[Variable], list[Variable], list[Node]]:
        """The graph for one piece: its operands, the totals it adds to, its results, and its nodes in order."""
        made: dict[Cut, Variable] = {}
        nodes: list[Node] = []
        for x, axis in self.operands:
            shape = [size if k == axis else n for k, n in enumerate(x.type.shape)]
            made[x, axis] = Variable(x.type.with_shape(shape), name=x.name or x.target, origin=x.origin)
        for node, split in self.nodes:
            op = node.op.for_piece(split.result, size)
            cuts = zip(node.inputs, split.operands, strict=True)
            inputs = [made.get((x, axis), x) for x, axis in cuts]
            with made_for(node.origin):
                new = op.apply(inputs, node.origin)
            new.inner = node.inner
            nodes.append(new)
            for old, y in zip(node.outputs, new.outputs, strict=True):
                y.name = old.name
                made[old, split.result] = y
        operands = [made[cut] for cut in self.operands]
        totals, results = [], []
        for y, axis in self.results:
            part = made[y, axis]
            if axis is None:
                total = Variable(y.type, name=y.name)
                with made_for(y.origin):
                    part = add(total, part)
                totals.append(total)
            results.append(part)
        if self.in_order:
            return operands, totals, results, nodes
        final = Specialiser({x: x for x in (*operands, *totals)}, {})(results)
        first = {y: k for k, y in reversed([*enumerate(final)])}
        final = [_written(y, first[y] < k) for k, y in enumerate(final)]
        return operands, totals, final, schedule(final, [])


def _written(y: Variable, again: bool) -> Variable:
    """The result in memory of its own, which a view or another result is not."""
    if y.node is not None and not y.node.op.is_view and not again:
        return y
    with made_for(y.origin):
        return Snapshot()(y)


class Levels:
    """Which loop over the pieces computes what: a value belongs to the first loop that has all it needs."""

    def __init__(self, seeds: Mapping[Variable, int], is_whole: Callable[[Node, Split], bool]) -> None:
        self.loops: dict[int, list[tuple[Node, Split]]] = {}
        self.between: dict[int, list[Node]] = {}
        self._seeds = seeds
        self._is_whole = is_whole
        self._cut: dict[Variable, tuple[int, int]] = {}
        self._whole: dict[Variable, int] = {}

    def add(self, node: Node) -> None:
        """Settle a node whose inputs are settled."""
        axes = [self._axis(x) for x in node.inputs]
        split = node.op.split(axes, *node.inputs) if any(k is not None for k in axes) else None
        if split is None or self._is_whole(node, split):
            level = max((self._ready(x) for x in node.inputs), default=0)
            self.between.setdefault(level, []).append(node)
            self._whole.update((y, level) for y in node.outputs)
            return
        level = max(self._needs(x, axis) for x, axis in zip(node.inputs, split.operands, strict=True))
        self.loops.setdefault(level, []).append((node, split))
        for y in node.outputs:
            if split.result is None:
                self._whole[y] = level + 1
            else:
                self._cut[y] = level, split.result

    def _axis(self, x: Variable) -> int | None:
        return self._cut[x][1] if x in self._cut else self._seeds.get(x)

    def _ready(self, x: Variable) -> int:
        """The first level before whose loop all of `x` is there."""
        return self._cut[x][0] + 1 if x in self._cut else self._whole.get(x, 0)

    def _needs(self, x: Variable, axis: int | None) -> int:
        level, made = self._cut.get(x, (0, None))
        return level if axis is not None and axis == made else self._ready(x)


def into_pieces(
    roots: Sequence[Variable], seeds: Mapping[Variable, int], total: int, pays: Callable[[InPieces], bool]
) -> list[Variable]:
    """The roots, with what can run piece by piece gathered into `InPieces` wherever that `pays`.

    `seeds` are the arguments and the axis along which they are cut, `total` its length.
    """
    order = toposort(roots)
    levels = Levels(seeds, _sums_too_much)
    for node in order:
        levels.add(node)
    readers = readers_of(order)
    kept = set(roots)
    known: dict[Variable, Variable] = {}
    for level in range(max([*levels.loops, *levels.between], default=-1) + 1):
        for node in levels.between.get(level, ()):
            known.update(zip(node.outputs, rebuild(node, [known.get(x, x) for x in node.inputs]), strict=True))
        nodes = levels.loops.get(level, [])
        if not nodes:
            continue
        op = gathered(nodes, readers, kept, total)
        if not pays(op):
            for node, _ in nodes:
                known.update(zip(node.outputs, rebuild(node, [known.get(x, x) for x in node.inputs]), strict=True))
            continue
        made = op.apply([known.get(x, x) for x, _ in op.operands], None)
        for (old, _), new in zip(op.results, made.outputs, strict=True):
            new.name = old.name or old.target
            known[old] = new
    return [known.get(y, y) for y in roots]


_COUNT = 8
"""How many pieces there will be, roughly, where it has to be known before."""


def _sums_too_much(node: Node, split: Split) -> bool:
    """Whether adding up a large result in every piece costs more than reading the operands once more."""
    return split.result is None and _COUNT * _nbytes(node.outputs) > 2 * _nbytes(node.inputs)


def gathered(
    nodes: Sequence[tuple[Node, Split]],
    readers: Mapping[Variable, set[Node]],
    kept: Collection[Variable],
    total: int,
    in_order: bool = False,
) -> InPieces:
    """Nodes that run together, with what they read from outside and what is read of them or `kept`."""
    mine = {node for node, _ in nodes}
    made = {y: split.result for node, split in nodes for y in node.outputs}
    operands: dict[Cut, None] = {}
    for node, split in nodes:
        for x, axis in zip(node.inputs, split.operands, strict=True):
            if made.get(x, -1) != axis and not (isinstance(x, Constant) and axis is None and x.data.size <= 8):
                operands[x, axis] = None
    results = [(y, axis) for y, axis in made.items() if axis is None or y in kept or readers.get(y, set()) - mine]
    return InPieces(tuple(nodes), tuple(operands), tuple(results), total, in_order)


def readers_of(order: Sequence[Node]) -> dict[Variable, set[Node]]:
    """For each variable the nodes that read it."""
    readers: dict[Variable, set[Node]] = {y: set() for node in order for y in node.outputs}
    for node in order:
        for x in node.inputs:
            readers.setdefault(x, set()).add(node)
    return readers


def _nbytes(variables: Sequence[Variable]) -> int:
    return sum(x.type.nbytes for x in variables)


def piece_size(total: int, per_example: float, budget: int, workers: int) -> int:
    """How many of `total` examples a piece takes: as many as fit the budget, in pieces as equal as may be."""
    least = max(workers, -(-int(total * per_example) // budget))
    for count in range(least, 2 * least + 1):
        if total % count == 0 and count % workers == 0:
            return total // count
    return -(-total // least)
