"""The stages of a compilation as plain records: the graph as written, after each rewrite, lowered, as kernels.

A record is what a page shows of a node: its op, name, type, part and the user's line, and the ids of what it reads. A
node keeps its id from stage to stage for as long as it does the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symnet.compiled import Function
from symnet.graph import Constant, Node, Shared, Variable
from symnet.graph.text import pprint
from symnet.op import Composite, Op
from symnet.origin import Origin, Part
from symnet.rewrites import History, Moment, rewrite
from symnet.viz.excerpts import Excerpts
from symnet.viz.parts import parts
from symnet.viz.plain import plain

Record = dict[str, Any]

@dataclass
class Stage:
    """One stop of the page's slider: the nodes by id, and what led to them."""

    step: str
    title: str
    nodes: dict[str, Record]
    reason: str = ""
    before: str = ""
    after: str = ""
    at: int | None = None
    lit: Sequence[str] = ()
    """What a rule has put here; what it took away is missing, and was in the stage before."""


@dataclass
class Naming:
    """Ids of leaves and what ops do, shared by all stages."""

    excerpts: Excerpts = field(default_factory=Excerpts)
    ops: dict[str, str] = field(default_factory=dict)
    _origins: dict[int, tuple[int, Origin]] = field(default_factory=dict)
    _leaves: dict[Any, str] = field(default_factory=dict)

    def leaf(self, x: Variable, nodes: dict[str, Record]) -> str:
        """The id of a leaf, whose record is added to the nodes."""
        key: Any = (x.type, x.data.tobytes(), x.name) if isinstance(x, Constant) else x
        name = self._leaves.setdefault(key, f"x{len(self._leaves)}")
        if name not in nodes:
            nodes[name] = {"kind": _kind(x), "name": x.label, "type": str(x.type), "at": self.excerpts.of(x.origin)}
            if nodes[name]["kind"] == "number":
                nodes[name]["name"] = pprint(x)
            elif isinstance(x, Constant) and x.name is None and x.data.size and (x.data == x.data.flat[0]).all():
                nodes[name]["name"] = f"all {x.data.flat[0]:g}"
        return name

    def comes_from(self, node: Node) -> int | None:
        """A number for the node that the user's code made and this one comes from: its gradient, or what it became."""
        if node.origin is None:
            return None
        first = node.origin.first
        return self._origins.setdefault(id(first), (len(self._origins), first))[0]

    def op(self, op: Op) -> str:
        """The name of an op; its docstring's first line goes into the table."""
        if op.name not in self.ops:
            self.ops[op.name] = plain((type(op).__doc__ or "").strip().partition("\n")[0])
        return op.name


def _kind(x: Variable) -> str:
    if isinstance(x, Constant):
        return "number" if x.type.ndim == 0 and x.name is None else "constant"
    return "shared" if isinstance(x, Shared) else "input"


def op_record(naming: Naming, node: Node, reads: Sequence[str], part: Part) -> Record:
    """What a page shows of a node of a graph."""
    y = node.outputs[0]
    record: Record = {
        "op": naming.op(node.op),
        "ins": list(reads),
        "type": ", ".join(str(v.type) for v in node.outputs),
        "part": part,
        "at": naming.excerpts.of(node.origin),
        "from": naming.comes_from(node),
    }
    if node.origin is not None and node.origin.scopes:
        record["scope"] = list(node.origin.scopes)
    name = y.name or y.target
    parameters = repr(node.op).partition("(")[2].rpartition(")")[0]
    if name:
        record["name"] = name
    if parameters:
        record["with"] = parameters
    if node.op.symbol and len(node.inputs) <= 2:
        record["symbol"] = node.op.symbol
    if isinstance(node.op, Composite):
        record["composite"] = 1
    return record


def rewriting(f: Function, naming: Naming) -> list[Stage]:
    """The graph as the user wrote it and after each rewrite; the rewriting is done once more, and watched."""
    outputs, updates = f.written
    roots = [*outputs, *(value for _, value in updates)]
    history = History()
    history.take("", roots)
    rewrite(roots, training=f.training, options=f.options, history=history)
    ends = {**output_ends(outputs), **{update_end(naming, s): f"new {s.label}" for s, _ in updates}}
    stages: list[Stage] = []
    for moment in history.moments:
        stage = _stage(moment, naming, ends, len(outputs))
        if not stages or moment.fired is not None or stage.nodes != stages[-1].nodes:
            if stages and moment.fired is not None:
                stage.lit = [name for name in stage.nodes if name not in stages[-1].nodes]
            stages.append(stage)
    missing = history.count - sum(moment.fired is not None for moment in history.moments)
    if missing:
        stages[-1].reason = f"{missing:,} rewrites of this large graph are not shown one by one"
    return stages


def output_ends(outputs: Sequence[Variable]) -> dict[str, str]:
    """The ids of the ends of the graph that are outputs, and what they are called."""
    names = [y.name or y.target for y in outputs]
    return {f"o{k}": name or ("output" if len(names) == 1 else f"output {k}") for k, name in enumerate(names)}


def update_end(naming: Naming, s: Shared) -> str:
    """The id of the end of the graph that is the new value of a shared variable."""
    return f"u{naming.leaf(s, {})}"


def end_record(name: str, type: str, reads: Sequence[str], end: str) -> Record:
    """What a page shows of an output or of a new value."""
    return {"kind": "output" if end.startswith("o") else "new", "name": name, "type": type, "ins": list(reads)}


def _stage(moment: Moment, naming: Naming, ends: Mapping[str, str], outputs: int) -> Stage:
    fired = moment.fired
    ids = {node: f"n{key}" for node, key in moment.keys.items()}
    inputs_of = {node: inputs for _, node, inputs in moment.nodes}
    of_parts = parts(list(inputs_of), moment.outputs[:outputs], inputs_of.__getitem__)
    nodes: dict[str, Record] = {}
    for _, node, inputs in moment.nodes:
        reads = [ids[x.node] if x.node is not None else naming.leaf(x, nodes) for x in inputs]
        nodes[ids[node]] = op_record(naming, node, reads, of_parts[node])
    for (end, name), y in zip(ends.items(), moment.outputs, strict=True):
        read = ids[y.node] if y.node is not None else naming.leaf(y, nodes)
        nodes[end] = end_record(name, str(y.type), [read], end)
    if fired is None:
        count = len(moment.nodes)
        as_written = f"{count:,} op{'s' if count != 1 else ''}"
        title = "the whole graph changed" if moment.reason else "equal expressions merged"
        return Stage(moment.step or "as written", title if moment.step else as_written, nodes, moment.reason)
    at = naming.excerpts.of(fired.origin)
    return Stage(moment.step, fired.rule, nodes, moment.reason, fired.before, fired.after, at)
