"""What a picture is of: nodes in order, what each reads, what comes out, in which part each belongs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from symnet.compiled import Function
from symnet.debug import named
from symnet.errors import ArgumentError
from symnet.graph import Constant, Node, Variable, leaves, toposort
from symnet.lowering import Program, Step
from symnet.op import Composite
from symnet.ops import SizeOf
from symnet.ops.switched import Switched
from symnet.options import current
from symnet.origin import Part, made_for
from symnet.rewrites import rewrite
from symnet.viz.parts import parts

When = Literal["before", "after", "compiled"]
Root = tuple[str, Variable, bool]
"""A label, what it labels, and whether that is a new value."""


@dataclass(eq=False)
class Sketch:
    """The nodes to draw, inputs before users; `roots` are the outputs and the new values.

    `sizes` are variables made of nothing but shapes and numbers, with a text for each: they are drawn as numbers are.
    `same` has for what a loop's body reads and writes the variable outside, `times` how often such a node runs.
    """

    roots: Sequence[Root]
    order: Sequence[Node]
    sizes: Mapping[Variable, str] = field(default_factory=dict)
    same: Mapping[Variable, Variable] = field(default_factory=dict)
    times: Mapping[Node, int] = field(default_factory=dict)
    made_of: Mapping[Variable, Sequence[Variable]] = field(default_factory=dict)
    """Long arrays in which values stand side by side."""
    states: Collection[Variable] = ()
    """Those of shared variables."""
    parts: dict[Node, Part] = field(init=False)
    names: dict[Variable, str] = field(init=False)
    """What the user calls values: by name, or by the line that computes one as a whole."""

    def __post_init__(self) -> None:
        whole = named([y for _, y, _ in self.roots])
        self.names = {x: label for x in whole.values() if (label := x.name or x.target)}
        self.names.update((y, y.name) for node in self.order for y in node.outputs if y.name)
        self.parts = parts(self.order, [y for _, y, is_new in self.roots if not is_new])

    def reads(self, node: Node) -> list[Variable]:
        """What the node reads, each once."""
        return list(dict.fromkeys(self.outside(y) for x in node.inputs for y in self.made_of.get(x, (x,))))

    def outside(self, x: Variable) -> Variable:
        """The variable that stands for `x` in the picture."""
        while x in self.same:
            x = self.same[x]
        return x

    def maker(self, x: Variable) -> Node | None:
        """The node that is drawn as making `x`; None for leaves and sizes."""
        return None if x in self.sizes else x.node


def sketch(graph: Variable | Sequence[Variable] | Function, when: When | None) -> Sketch:
    """What `draw` is given: an expression, several, or a function before or after rewriting, or as compiled.

    Raises: ArgumentError.
    """
    if when not in (None, "before", "after", "compiled"):
        raise ArgumentError(f"draw: when is {when!r}.", fix='it is "before", "after" or "compiled".')
    if isinstance(graph, Function):
        if when == "compiled":
            return _of_program(graph, graph.report().program)
        outputs, updates = graph.written if when == "before" else (graph.outputs, graph.updates)
        return _of_graph([*_outputs(outputs), *((f"new {s.label}", y, True) for s, y in updates)])
    given: Sequence[Any] = graph if isinstance(graph, (list, tuple)) else [graph]
    for y in given:
        if not isinstance(y, Variable):
            raise ArgumentError(
                f"draw: a {type(y).__name__} cannot be drawn.", fix="give an expression, a list of them, or a function."
            )
    if when == "compiled":
        raise ArgumentError("draw: an expression is not compiled.", fix="draw a function: sn.function([...], ...).")
    if when == "after":
        labels = [label for label, _, _ in _outputs(given)]
        rewritten, _, _ = rewrite(given, training=False, options=current())
        return _of_graph((label, y, False) for label, y in zip(labels, rewritten, strict=True))
    return _of_graph(_outputs(given))


def opened(given: Sketch, names: Sequence[str] | None) -> Sketch:
    """The same with its composites (those of the names, if any are given) drawn by the parts they expand to."""
    known: dict[Variable, Variable] = {}
    changed = False
    for node in toposort([y for _, y, _ in given.roots]):
        inputs = [known.get(x, x) for x in node.inputs]
        if isinstance(node.op, Composite) and (names is None or node.op.name in names):
            expand = node.op.inference if isinstance(node.op, Switched) and _predicts(given) else node.op.expand
            with made_for(node.origin and node.origin.of_composite(node.op.name)):
                result = expand(*inputs)
            if result.name is None and result.node is not None and result not in inputs:
                result.name = node.outputs[0].name or node.outputs[0].target
            known[node.outputs[0]] = result
            changed = True
        elif inputs != list(node.inputs):
            made = node.op.apply(inputs, node.origin)
            made.inner = node.inner
            for old, new in zip(node.outputs, made.outputs, strict=True):
                new.name = old.name
                known[old] = new
    if not changed:
        return given
    return _of_graph([(label, known.get(y, y), is_new) for label, y, is_new in given.roots])


def _predicts(given: Sketch) -> bool:
    return not any(is_new for _, _, is_new in given.roots)


def _outputs(outputs: Sequence[Variable]) -> Iterator[Root]:
    for k, y in enumerate(outputs):
        yield y.name or y.target or (f"output {k}" if len(outputs) > 1 else "output"), y, False


def _of_graph(found: Iterable[Root]) -> Sketch:
    roots = list(found)
    ends = [y for _, y, _ in roots]
    sizes = _sizes(toposort(ends), set(ends))
    return Sketch(roots, toposort(ends, stop=sizes.__contains__), sizes)


def _sizes(order: Sequence[Node], ends: set[Variable]) -> dict[Variable, str]:
    """What is made of shapes and numbers alone: no mathematics, and a number in every plan."""
    found: dict[Variable, str] = {}
    for node in order:
        if any(y in ends for y in node.outputs) or len(node.outputs) > 1:
            continue
        y = node.outputs[0]
        if isinstance(node.op, SizeOf):
            size = node.inputs[0].type.shape[node.op.axis]
            found[y] = "size" if size is None else str(size)
        elif any(x in found for x in node.inputs) and all(isinstance(x, Constant) or x in found for x in node.inputs):
            found[y] = _arithmetic(node, [found.get(x, x.label) for x in node.inputs])
    return found


def _arithmetic(node: Node, inputs: Sequence[str]) -> str:
    if node.op.symbol and len(inputs) == 2:
        inputs = [x for x in inputs if x != "1" or node.op.symbol != "*"] or ["1"]
        text = f" {node.op.symbol} ".join(inputs)
        return text if len(text) < 20 else "of sizes"
    return inputs[0]


# compiled -----------------------------------------------------------------------------------------------------------


def _of_program(f: Function, program: Program) -> Sketch:
    same: dict[Variable, Variable] = {value.variable: s for s, value in program.shared.items()}
    times: dict[Node, int] = {}
    order = list(_nodes(program, 1, same, times))
    outputs = [value.variable for value in program.outputs[: len(f.outputs)]]
    roots: list[Root] = [(label, y, False) for (label, _, _), y in zip(_outputs(f.outputs), outputs, strict=True)]
    roots += _new_values(program)
    made = {
        block.whole.variable: [value.variable for value in block.tenants]
        for block in program.blocks
        if block.whole is not None
    }
    states = {value.variable for value, _ in program.arenas}
    roots = [(label, _outermost(same, y), is_new) for label, y, is_new in roots]
    return Sketch(roots, order, {}, same, times, made, states)


def _new_values(program: Program) -> Iterator[Root]:
    """What is written into shared variables: by a copy at the end, or in place by the last step that does."""
    wanted = {id(value.root): [s] for s, value in program.shared.items()}
    wanted |= {id(value.root): list(states) for value, states in program.arenas}
    copied = {s for s, _ in program.updates}
    yield from ((f"new {s.label}", value.variable, True) for s, value in program.updates)
    for step in reversed(program.steps):
        for y, value in zip(step.node.outputs, step.outputs, strict=True):
            states = wanted.pop(id(value.root), [])
            yield from ((f"new {s.label}", y, True) for s in states if s not in copied)


def _nodes(program: Program, times: int, same: dict[Variable, Variable], count: dict[Node, int]) -> Iterator[Node]:
    for step in program.steps:
        if step.loop is None:
            count[step.node] = times
            yield step.node
        else:
            yield from _of_loop(step, times, same, count)


def _of_loop(step: Step, times: int, same: dict[Variable, Variable], count: dict[Node, int]) -> Iterator[Node]:
    loop = step.loop
    assert loop is not None
    for part in loop.body.operands:
        same[part.inner.variable] = part.whole.variable
    for part in (*loop.body.totals, *loop.body.results):
        same[part.whole.variable] = part.inner.variable
    yield from _nodes(loop.body.program, times * -(-loop.total // loop.size), same, count)


def _outermost(same: Mapping[Variable, Variable], x: Variable) -> Variable:
    while x in same:
        x = same[x]
    return x


def inputs_of(given: Sketch) -> list[Variable]:
    """The leaves of what is drawn."""
    return leaves([y for _, y, _ in given.roots])
