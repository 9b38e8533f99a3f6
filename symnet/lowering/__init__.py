"""Lowering: from a rewritten graph and known shapes to a `Program` of kernels with its memory planned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symnet.choices import note, noted
from symnet.errors import OutOfMemoryError, ShapeError
from symnet.graph import Constant, Graph, Node, Shared, Variable, leaves, toposort
from symnet.lowering.arena import into_arenas, sources
from symnet.lowering.kernels import group
from symnet.lowering.loops import Loops
from symnet.lowering.memory import Memory, allocate
from symnet.lowering.naming import name_values
from symnet.lowering.pieces import InPieces, Snapshot
from symnet.lowering.products import adding_products
from symnet.lowering.program import Block, Kernel, Loop, Operand, Piece, Program, Step, Value
from symnet.lowering.schedule import mark_updates, schedule
from symnet.lowering.specialise import SizeKey, Specialiser, concrete, value_sizes
from symnet.lowering.updates import in_pieces as updates_in_pieces
from symnet.lowering.updates import updating
from symnet.machine import ONE_THREAD, Machine
from symnet.ops.gemm import Gemm
from symnet.ops.matmul import reads_as_it_lies
from symnet.options import current
from symnet.origin import made_for
from symnet.passes import Laps
from symnet.rewrites import rewrite_for_sizes, waits_for_sizes
from symnet.types import shape_text

__all__ = [
    "Block", "Kernel", "Loop", "Operand", "Piece", "Program", "SizeKey", "Step", "Value", "lower", "value_sizes",
]  # fmt: skip


def lower(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    updates: Sequence[tuple[Shared, Variable]],
    shapes: Sequence[tuple[int, ...]],
    sizes: Mapping[SizeKey, int],
    machine: Machine = ONE_THREAD,
    arenas: bool = True,
    mutable: Collection[Variable] = (),
    adds_products: bool = False,
    laps: Laps | None = None,
) -> Program:
    """The program of a rewritten graph for arguments of the given shapes; `mutable` ones may be computed in.

    `sizes` holds the values of the size expressions that `value_sizes` found. What outgrows the cache of the
    `machine` runs in pieces, which its threads share. With `arenas` updates of one form are made all at once; a
    backend that `adds_products` makes a `Gemm` of the update of a matrix by a product.

    Raises: ShapeError where shapes meet only now and do not agree; SymnetError where memory does not suffice.
    """
    laps = Laps() if laps is None else laps
    graph = Graph([*outputs, *(value for _, value in updates)])
    bound: dict[str, tuple[int, Variable]] = {}
    fixed: dict[Variable, Variable] = {}
    for x, shape in zip(inputs, shapes, strict=True):
        fixed[x] = Variable(concrete(x, shape, bound), name=x.label, origin=x.origin)
    states = dict.fromkeys([*graph.shared, *(s for s, _ in updates)])
    arrays = {s: s.get_value(borrow=True) for s in states}
    for s, array in arrays.items():
        fixed[s] = _shared_stand_in(s, array, bound)
    loops = Loops(machine)
    plan = _Plan(inputs, outputs, updates, fixed, arrays, arenas, mutable, adds_products, loops, laps)
    known = fixed
    if waits_for_sizes(graph):
        sized = Specialiser(fixed, sizes, lowers=False)(graph.outputs, graph.order)
        graph = rewrite_for_sizes(Graph(sized), current())
        known, sizes = {x: x for x in graph.leaves}, {}
    whole, shortage = None, None
    with noted() as of_whole:
        specialised = Specialiser(known, sizes)(graph.outputs, graph.order)
        laps.over("shapes")
        try:
            whole = plan.program(specialised)
        except OutOfMemoryError as error:  # what does not fit as a whole may fit in pieces
            shortage = error
    pieces = None
    if whole is None or whole.nbytes > machine.cache:
        unlowered = Specialiser(known, sizes, lowers=False)(graph.outputs, graph.order)
        laps.over("shapes")
        pieces = loops.in_pieces(unlowered, [fixed[x] for x in inputs])
        laps.over("pieces")
    if pieces is None:
        if whole is None:
            assert shortage is not None
            raise shortage
        note(of_whole)
        return whole
    lowered = Specialiser({x: x for x in leaves(pieces)}, {})(pieces)
    laps.over("shapes")
    return plan.program(lowered)


@dataclass
class _Plan:
    """What stays the same however the values of a plan are computed: its leaves, its outputs, its updates."""

    inputs: Sequence[Variable]
    outputs: Sequence[Variable]
    updates: Sequence[tuple[Shared, Variable]]
    fixed: Mapping[Variable, Variable]
    arrays: Mapping[Shared, np.ndarray]
    gathers: bool
    mutable: Collection[Variable]
    adds_products: bool
    loops: Loops
    laps: Laps

    def program(self, specialised: Sequence[Variable]) -> Program:
        """The program that computes outputs and new values from expressions of known shapes."""
        count = len(self.outputs)
        final = [*specialised[:count], *(_own(v) for v in specialised[count:])]
        self._check_updates(final[count:])
        order = toposort(final)
        mark_updates(order, final[:count])
        shared_of = {self.fixed[s]: s for s, _ in self.updates}
        if self.adds_products:
            final = self._adding_products(order, final, shared_of)
        in_place = updating(final[:count], dict(zip(shared_of, final[count:], strict=True)))
        kept = {y for y in final if y not in in_place.targets}
        last, arenas = into_arenas(in_place, shared_of, kept) if self.gathers else (in_place, [])
        late = set(in_place.order)
        self.laps.over("updates")
        main = [node for node in schedule(final[:count], final[count:]) if node not in late]
        self.laps.over("order")
        last, moved = updates_in_pieces(last, kept, self.loops.machine.cache)
        final = [moved.get(y, y) for y in final]
        kept = {moved.get(y, y) for y in kept}
        gathered, copies = sources([a for a in arenas if a.members[0] not in shared_of])
        run = [*main, *copies, *last.order]
        self.laps.over("updates")
        places: dict[Variable, Value] = {}
        memory = Memory(run, kept, places, late=len(main) + len(copies))
        arguments = [memory.leaf(self.fixed[x], _empty(self.fixed[x]), x in self.mutable) for x in self.inputs]
        shared = {s: memory.leaf(self.fixed[s], array) for s, array in self.arrays.items()}
        long = [(memory.leaf(a.flat, _empty(a.flat)), a) for a in arenas if a.members[0] in shared_of]
        for value in (*shared.values(), *(value for value, _ in long)):
            value.kind, value.fixed = "shared", True
        for arena in gathered:
            places.update(memory.arena(arena.flat, arena.members))
        places.update((new, memory.values[old]) for new, old in last.targets.items())
        steps = [memory.place(node, at) for at, node in enumerate(run)]
        _place_leaves(memory, [y for y in final if y in kept])
        written = {step.output for step in steps if isinstance(step.node.op, Gemm)}
        self.laps.over("memory")
        program = Program(
            inputs=arguments,
            shared=shared,
            constants=[v for v in memory.values.values() if v.kind == "constant"],
            kernels=group(steps[: len(main) + len(copies)]),
            blocks=memory.blocks,
            outputs=[memory.values[y] for y in final[:count]],
            updates=[
                (s, memory.values[y]) for (s, _), y in zip(self.updates, final[count:], strict=True) if y in kept
            ],
            arenas=[(value, [shared_of[x] for x in arena.members]) for value, arena in long],
            last=steps[len(main) + len(copies) :],
            dense=[s for s, value in shared.items() if value in written],
        )
        self.laps.over("kernels")
        for step in steps:
            if isinstance(step.node.op, InPieces):
                step.loop = self.loops.loop_of(step)
        self.laps.over("pieces")
        name_values(program, steps)
        self.laps.over("names")
        return program

    def _adding_products(
        self, order: Sequence[Node], final: Sequence[Variable], shared_of: Mapping[Variable, Shared]
    ) -> list[Variable]:
        """The results, where BLAS adds products to weights."""
        count = len(self.outputs)
        dense = {x for x, s in shared_of.items() if x.type.ndim == 2 and reads_as_it_lies(self.arrays[s])}
        return adding_products(order, final[:count], dict(zip(shared_of, final[count:], strict=True)), dense)

    def _check_updates(self, values: Sequence[Variable]) -> None:
        for (s, _), new in zip(self.updates, values, strict=True):
            if new.type.shape != self.arrays[s].shape:
                raise ShapeError(
                    f"{s.label} has shape {shape_text(self.arrays[s].shape)}, "
                    f"its new value {shape_text(new.type.shape)}.",
                    operands={"updated": s, "value": new},
                    origin=new.origin,
                    fix="an update keeps the shape; set_value gives a shared variable of open sizes another one.",
                )
            if new.name is None:
                new.name = f"new_{s.label}"


def _shared_stand_in(s: Shared, array: np.ndarray, bound: dict[str, tuple[int, Variable]]) -> Variable:
    return Variable(concrete(s, array.shape, bound), name=s.label, origin=s.origin)


def _place_leaves(memory: Memory, results: Iterable[Variable]) -> None:
    """Give those results a place that no step computes."""
    for y in results:
        if y not in memory.values:
            memory.leaf(y, y.data if isinstance(y, Constant) else _empty(y))


def _empty(x: Variable) -> np.ndarray:
    return allocate(x, tuple(n for n in x.type.shape if isinstance(n, int)))


def _own(value: Variable) -> Variable:
    """The new value of a shared variable, in memory that no update overwrites."""
    if value.node is not None and not value.node.op.is_view:
        return value
    with made_for(value.origin):
        return Snapshot()(value)
