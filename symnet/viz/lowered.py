"""The last stages of a compilation as records: the ops of the lowered program, and its kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from symnet.backends.base import Plan
from symnet.compiled import Function
from symnet.graph import Constant, Node, Shared, Variable
from symnet.lowering import Loop, Program, Step, Value
from symnet.lowering.program import Kernel
from symnet.machine import Machine
from symnet.types import shape_text
from symnet.viz.stages import Naming, Record, Stage, end_record, output_ends, update_end


class LineSeconds(Protocol):
    """What a line of generated code took within one call."""

    @property
    def number(self) -> int: ...
    @property
    def seconds(self) -> float: ...


class Profiled(Protocol):
    """What is shown of a profile: its source and the seconds of each line."""

    @property
    def source(self) -> str: ...
    @property
    def lines(self) -> Sequence[LineSeconds]: ...


def lowered(f: Function, plan: Plan, naming: Naming, before: Stage, profile: Profiled | None = None) -> list[Stage]:
    """The ops of a plan in the order they run, and its kernels; ops that are known from `before` keep their ids."""
    seconds = {line.number: line.seconds for line in profile.lines} if profile is not None else {}
    ops = _Ops(f.options.machine, naming, _lines_of(plan), before.nodes, seconds)
    ops.read(f, plan.program)
    ops.keep_known_ids()
    shapes = ", ".join(f"{v.name} {shape_text(v.array.shape)}" for v in plan.program.inputs)
    count = sum(not record.get("view") for record in ops.nodes.values() if "op" in record)
    of_shapes = f"for {shapes}" if shapes else ""
    return [
        Stage("lowered", f"{count} op{'s' if count != 1 else ''} in planned memory", ops.nodes, of_shapes),
        Stage("kernels", _counted(len(ops.kernels) - ops.late, ops.late), _kernels(ops), of_shapes),
    ]


def _counted(kernels: int, late: int) -> str:
    words = [f"{kernels} kernel{'s' if kernels != 1 else ''}"] if kernels or not late else []
    words += [f"{late} call{'s that write new values' if late != 1 else ' that writes a new value'}"] if late else []
    return ", then ".join(words)


def _lines_of(plan: Plan) -> dict[Node, list[int]]:
    found: dict[Node, list[int]] = {}
    for line, node in plan.nodes.items():
        found.setdefault(node, []).append(line)
    return found


def _face(record: Record) -> tuple[object, ...]:
    return record["op"], record["part"], record["from"]


def _lonely(nodes: Mapping[str, Record]) -> dict[tuple[object, ...], str]:
    """The ids of the nodes that no other one looks like, by what they look like."""
    found: dict[tuple[object, ...], list[str]] = {}
    for name, record in nodes.items():
        if "op" in record:
            found.setdefault(_face(record), []).append(name)
    return {face: names[0] for face, names in found.items() if len(names) == 1}


@dataclass
class _Ops:
    """The records of a program's steps, and which step made each value."""

    machine: Machine
    naming: Naming
    lines: Mapping[Node, Sequence[int]]
    before: Mapping[str, Record]
    seconds: Mapping[int, float]
    nodes: dict[str, Record] = field(default_factory=dict)
    kernels: list[list[str]] = field(default_factory=list)
    late: int = 0
    """How many of the kernels run last, when nothing can fail any more."""
    _made: dict[Value, list[str]] = field(default_factory=dict)
    """The ids that stand for each value: a node's, or of several that lie side by side."""
    _leaves: dict[Value, Variable] = field(default_factory=dict)

    def read(self, f: Function, program: Program) -> None:
        """All steps of a program, and its ends."""
        self._leaves.update(zip(program.inputs, f.inputs, strict=True))
        self._leaves.update((value, s) for s, value in program.shared.items())
        self._steps(program, 1, ())
        self.late = len(program.last)
        members: dict[Shared, Value] = {s: value for value, states in program.arenas for s in states}
        ends = output_ends(f.outputs)
        for (end, name), value in zip(ends.items(), program.outputs, strict=False):
            self._end(end, name, _type(value), value)
        written = dict(program.updates)
        for s, _ in f.updates:
            own = program.shared[s]
            value = written.get(s, own if own in self._made else members.get(s, own))
            self._end(update_end(self.naming, s), f"new {s.label}", _type(own), value)

    def keep_known_ids(self) -> None:
        """Give those that alone look as they do the ids of those that alone looked so before."""
        known = _lonely(self.before)
        ids = {name: known[face] for face, name in _lonely(self.nodes).items() if face in known}
        self.nodes = {ids.get(name, name): record for name, record in self.nodes.items()}
        for record in self.nodes.values():
            if "ins" in record:
                record["ins"] = [ids.get(name, name) for name in record["ins"]]
        self.kernels = [[ids.get(name, name) for name in names] for names in self.kernels]

    def _end(self, end: str, name: str, type: str, value: Value) -> None:
        self.nodes[end] = end_record(name, type, self._standing_for(value), end)

    def _steps(self, program: Program, times: int, frames: Sequence[str]) -> None:
        whole = {block.whole: block.tenants for block in program.blocks if block.whole is not None}
        for kernel in [*program.kernels, *(Kernel("op", [step]) for step in program.last)]:
            names = []
            for step in kernel.steps:
                for value in step.inputs:
                    if value in whole and value not in self._made:
                        tenants = [name for v in whole[value] for name in self._standing_for(v)]
                        self._made[value] = list(dict.fromkeys(tenants))
                if step.loop is not None:
                    self._loop(step.loop, times, frames)
                else:
                    names.append(self._step(step, times, frames))
            if names and kernel.kind not in ("view", "loop"):
                self.kernels.append(names)

    def _loop(self, loop: Loop, times: int, frames: Sequence[str]) -> None:
        threads = f", on {loop.workers} threads" if loop.workers > 1 else ""
        frame = f"{loop.size} of {loop.total} at a time{threads}"
        body = loop.body
        for part in body.operands:
            self._made[part.inner] = self._standing_for(part.whole)
        for part in body.totals:
            self._made[part.inner] = []  # it begins at zero
        self._steps(body.program, times * (loop.total // loop.size), (*frames, frame))
        for part in (*body.totals, *body.results):
            self._made[part.whole] = self._made.get(part.inner, [])

    def _step(self, step: Step, times: int, frames: Sequence[str]) -> str:
        node, output = step.node, step.output
        reads = [name for value in step.inputs for name in self._standing_for(value)]
        record: Record = {
            "op": self.naming.op(node.op),
            "ins": list(dict.fromkeys(reads)),
            "type": ", ".join(_type(v) for v in step.outputs),
            "part": step.part,
            "at": self.naming.excerpts.of(node.origin),
            "from": self.naming.comes_from(node),
            "memory": _memory(output),
            "lines": list(self.lines.get(node, ())),
        }
        if node.origin is not None and node.origin.scopes:
            record["scope"] = list(node.origin.scopes)
        name = output.variable.name or output.variable.target
        if name:
            record["name"] = name
        if node.op.symbol and len(node.inputs) == len(record["ins"]) <= 2:
            record["symbol"] = node.op.symbol
        if output.kind == "view":
            record["view"] = 1
        else:
            record["us"] = times * node.op.cost(self.machine, *node.inputs)
            record["times"] = times
            if self.seconds:
                record["measured"] = 1e6 * sum(self.seconds.get(line, 0.0) for line in record["lines"])
        if frames:
            record["frames"] = list(frames)
        key = f"p{len(self.nodes)}"
        self.nodes[key] = record
        self._made.update((value, [key]) for value in step.outputs)
        return key

    def _standing_for(self, value: Value) -> list[str]:
        if value in self._made:
            return self._made[value]
        leaf = self._leaves.get(value, value.variable)
        if leaf not in self._leaves.values() and not isinstance(leaf, Constant):
            key = f"x_{value.name}"
            self.nodes.setdefault(key, {"kind": "shared", "name": value.name, "type": _type(value), "at": None})
            return [key]
        return [self.naming.leaf(leaf, self.nodes)]


def _kernels(ops: _Ops) -> dict[str, Record]:
    """One record a kernel, under the id of its last op; what it reads through views it reads."""
    kernel_of = {name: names[-1] for names in ops.kernels for name in names}

    def reads(names: Sequence[str]) -> list[str]:
        found: dict[str, None] = {}
        stack = list(reversed(names))
        while stack:
            name = stack.pop()
            record = ops.nodes[name]
            if record.get("view"):
                stack += reversed(record["ins"])
            else:
                found[kernel_of.get(name, name)] = None
        return list(found)

    nodes: dict[str, Record] = {}
    for names in ops.kernels:
        steps = [ops.nodes[name] for name in names]
        last = steps[-1]
        nodes[names[-1]] = {
            **last,
            "ins": [name for name in reads([x for step in steps for x in step["ins"]]) if name != names[-1]],
            "lines": sorted({line for step in steps for line in step["lines"]}),
            "us": sum(step["us"] for step in steps),
        }
        if "measured" in last:
            nodes[names[-1]]["measured"] = sum(step["measured"] for step in steps)
        if len(steps) > 1:
            nodes[names[-1]]["fused"] = [step["op"] for step in steps]
    for name, record in ops.nodes.items():
        if "kind" in record:
            nodes[name] = {**record, "ins": reads(record["ins"])} if "ins" in record else record
    return nodes


def _type(value: Value) -> str:
    return f"{value.array.dtype} {shape_text(value.array.shape)}"


def _memory(value: Value) -> str:
    if value.kind == "view":
        return f"a view of {value.root.name}: nothing is copied"
    if value.kind == "alias" and value.base is not None:
        return f"in place of {value.base.name}"
    if value.kind == "shared":
        return f"in {value.name} itself"
    shared = value.block is not None and len(value.block.tenants) > 1
    return f"a buffer of {value.array.nbytes:,} bytes" + (", used by others before and after" if shared else "")
