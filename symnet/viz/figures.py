"""What boxes are heated by: bytes written, predicted cost, or measured time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from symnet.compiled import Function
from symnet.errors import ArgumentError, SymnetError
from symnet.graph import Node, Variable
from symnet.lowering.specialise import Specialiser, concrete
from symnet.machine import Machine
from symnet.options import current
from symnet.viz.sketch import Sketch, inputs_of

Figures = Mapping[Node, float]
Measure = Literal["bytes", "cost"] | Figures | None
_UNIT = {
    "bytes": (("B", 1.0), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9)),
    "time": (("\u00b5s", 1e-6), ("ms", 1e-3), ("s", 1.0)),
}


@dataclass
class Heat:
    """A figure for each node; `what` it is stands in the legend."""

    what: str
    of: Figures
    unit: str
    largest: float = field(default=0.0)

    def total(self, nodes: Sequence[Node]) -> float:
        """Of all nodes of a box."""
        return sum(self.of.get(node, 0.0) for node in nodes)

    def share(self, nodes: Sequence[Node]) -> float:
        """The box's figure beside the largest one."""
        return self.total(nodes) / self.largest if self.largest else 0.0

    def text(self, nodes: Sequence[Node]) -> str:
        """The figure in words, such as `12 us`."""
        return self._words(self.total(nodes))

    def tick(self, share: float) -> str:
        """The figure at a place of the scale."""
        return self._words(share * self.largest)

    def _words(self, figure: float) -> str:
        if figure == 0:
            return "0"
        units = _UNIT[self.unit]
        unit, size = next((u for u in reversed(units) if figure >= u[1]), units[0])
        return f"{figure / size:.3g} {unit}" if figure / size < 1000 else f"{figure / size:,.0f} {unit}"


def figures(graph: Any, sketch: Sketch, measure: Measure) -> Heat | None:
    """The figure of each node of the sketch, or None if none is asked for.

    Raises: ArgumentError where sizes are open, or where a mapping knows none of the nodes.
    """
    if measure is None:
        return None
    if isinstance(measure, Mapping):
        if sketch.order and not any(node in measure for node in sketch.order):
            raise ArgumentError(
                "draw: heat has a number for none of the nodes drawn.",
                fix='what was measured is of the compiled program: draw(f, when="compiled", heat=...).',
            )
        return Heat("time", measure, "time")
    if measure not in ("bytes", "cost"):
        raise ArgumentError(
            f"draw: heat is {measure!r}.", fix='it is "bytes", "cost", or a mapping from nodes to seconds.'
        )
    machine = graph.options.machine if isinstance(graph, Function) else current().machine
    sized = {} if sketch.times else _sized(graph, sketch)
    of = {node: _figure(node, sized, measure, machine) * sketch.times.get(node, 1) for node in sketch.order}
    return Heat("bytes written" if measure == "bytes" else "predicted", of, "bytes" if measure == "bytes" else "time")


def _figure(node: Node, sized: Mapping[Variable, Variable], measure: str, machine: Machine) -> float:
    if node.op.is_view:
        return 0.0
    if measure == "bytes":
        return float(sum(sized.get(y, y).type.nbytes for y in node.outputs))
    return node.op.cost(machine, *(sized.get(x, x) for x in node.inputs)) * 1e-6


def _sized(graph: Any, sketch: Sketch) -> Mapping[Variable, Variable]:
    """Each variable with its sizes as numbers: those of the latest call's plan, of a function."""
    if isinstance(graph, Function):
        inputs = graph.report().program.inputs
        shapes = dict(zip(graph.inputs, (value.array.shape for value in inputs), strict=True))
    else:
        shapes = {x: x.type.shape for x in inputs_of(sketch)}
        unknown = [x for x, shape in shapes.items() if not all(isinstance(n, int) for n in shape)]
        if unknown:
            raise ArgumentError(
                f"draw: heat needs sizes, and those of {unknown[0].label} are open.",
                operands={"open": unknown[0]},
                fix="declare its shape, or draw a function that has been called.",
            )
    bound: dict[str, tuple[int, Variable]] = {}
    fixed = {x: Variable(concrete(x, shape, bound), name=x.label, origin=x.origin) for x, shape in shapes.items()
             if x.type.shape != shape}  # fmt: skip
    build = Specialiser(fixed, {}, lowers=False)
    try:
        build([y for _, y, _ in sketch.roots])
    except SymnetError as error:
        raise ArgumentError(
            f"draw: heat needs sizes, and {error.what}",
            operands=error.operands,
            origin=error.origin,
            fix='what runs has all its sizes: draw(f, when="compiled", heat=...).',
        ) from error
    return build.known
