"""Writes the module: a `plan` that allocates and makes views once, a `step` that runs at every call, an `update`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from symnet.graph import Node
from symnet.lowering import Block, Program, Step, Value
from symnet.origin import Part
from symnet.types import shape_text

COMMENT_COLUMN = 72


@dataclass
class Line:
    """One generated line, with the node it computes and the remark behind it."""

    text: str
    node: Node | None = None
    remark: str = ""

    def render(self, indent: int) -> str:
        text = " " * indent + self.text
        return f"{text:<{COMMENT_COLUMN}}  # {self.remark}" if self.remark else text


@dataclass
class Module:
    """The text of a module and, for each of its lines, the node it belongs to."""

    source: str
    nodes: dict[int, Node] = field(default_factory=dict)


class Writer:
    """The `Emitter` ops write to: collects the plan's and the step's lines."""

    def __init__(self) -> None:
        self.plan_lines: list[Line] = []
        self.step_lines: list[Line] = []
        self.out = ""
        self.scratch: Sequence[str] = ()
        self._arrays: dict[str, np.ndarray] = {}
        self._fixed: dict[str, bool] = {}
        self._made: dict[tuple[str, str], str] = {}
        self._names: set[str] = set()
        self._node: Node | None = None
        self._remark = ""

    # for the module -------------------------------------------------------------------------------------------------
    def declare(self, value: Value) -> None:
        """Make a value's name known."""
        self._names.add(value.name)
        self._arrays[value.name] = value.array
        self._fixed[value.name] = value.fixed

    def begin(self, step: Step) -> None:
        """The lines that follow belong to `step`."""
        self._node = step.node
        origin = step.node.origin
        where = f"  {plain_text(origin.short.partition(' (')[0])}" if origin is not None else ""
        self._remark = f"{shape_text(step.output.array.shape)}{where}"
        self.out = step.output.name
        self.scratch = [v.name for v in step.scratch]

    # the Emitter protocol ---------------------------------------------------------------------------------------------
    def array(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def step(self, line: str) -> None:
        self.step_lines.append(Line(line, self._node, self._remark))
        self._remark = ""

    def view(self, of: str, suffix: str, hint: str = "view") -> str:
        return self._derived(of, f"{of}{suffix}", hint)

    def window(self, of: str, shape: tuple[int, ...], strides: tuple[int, ...], hint: str = "windows") -> str:
        return self._derived(of, f"as_strided({of}, {shape}, {strides})", hint)

    def prepared(self, expression: str, hint: str) -> str:
        return self._once(expression, hint, self.plan_lines, "plan")

    def local(self, expression: str, hint: str) -> str:
        name = self.fresh(hint)
        self.step(f"{name} = {expression}")
        return name

    # names ------------------------------------------------------------------------------------------------------------
    def _derived(self, of: str, expression: str, hint: str) -> str:
        if not self._fixed.get(of, False):
            name = self._once(expression, hint, self.step_lines, "step")
            self._fixed[name] = False
        else:
            name = self._once(expression, hint, self.plan_lines, "plan")
            self._fixed[name] = True
        if of in self._arrays:
            as_strided = np.lib.stride_tricks.as_strided
            self._arrays[name] = eval(expression, {"as_strided": as_strided, "np": np, of: self._arrays[of]})
        return name

    def _once(self, expression: str, hint: str, lines: list[Line], where: str) -> str:
        key = (where, expression)
        # Two arrays that are written to are two, however alike the lines that make them.
        if key not in self._made or expression.startswith(("np.empty(", "np.zeros(")):
            name = self.fresh(hint)
            self._made[key] = name
            self._fixed[name] = True
            lines.append(Line(f"{name} = {expression}", self._node))
        return self._made[key]

    def fresh(self, hint: str) -> str:
        """`hint` as a name nobody has, with a number behind it where it is taken."""
        name, k = hint, 2
        while name in self._names:
            name, k = f"{hint}{'_' if hint[-1].isdigit() else ''}{k}", k + 1
        self._names.add(name)
        return name


def write_module(program: Program, name: str) -> Module:
    """The module of a program."""
    writer = Writer()
    for value in [*program.inputs, *program.shared.values()]:
        writer.declare(value)
    for value in program.constants:
        writer.declare(value)
    for kernel in program.kernels:
        for step in kernel.steps:
            for value in (step.output, *step.scratch):
                writer.declare(value)
    _write_constants(writer, program)
    allocations = _allocations(program, writer)
    sections: list[tuple[Part, list[Line]]] = []
    for kernel in program.kernels:
        start = len(writer.step_lines)
        for step in kernel.steps:
            _write_step(writer, step)
        lines = writer.step_lines[start:]
        if sections and sections[-1][0] == kernel.part:
            sections[-1][1].extend(lines)
        elif lines:
            sections.append((kernel.part, lines))
    return _assemble(program, name, allocations, writer, sections)


def _write_step(writer: Writer, step: Step) -> None:
    writer.begin(step)
    output = step.output
    names = [operand_text(v) for v in step.inputs]
    if output.kind == "view":
        expression = step.node.op.view(*names)
        lines = writer.plan_lines if output.fixed else writer.step_lines
        if expression != output.name:
            remark = shape_text(output.array.shape) if output.fixed else writer._remark
            lines.append(Line(f"{output.name} = {expression}", step.node, remark))
        return
    if output.kind == "alias" and output.base is not None and output.name != output.base.name:
        writer.plan_lines.append(Line(f"{output.name} = {output.base.name}", step.node, "in its place"))
    step.node.op.emit(writer, *names)


def operand_text(value: Value) -> str:
    """How an operand is written: its name, or the number itself for a scalar constant."""
    if value.kind == "constant" and value.array.ndim == 0:
        return number_text(value.array)
    return value.name


def _result_text(value: Value) -> str:
    text = operand_text(value)
    return f"np.array({text}, np.{_dtype_text(value.array)})" if text != value.name else text


def plain_text(words: str) -> str:
    """A user's words for a comment or a docstring: on one line, without quotes or backslashes."""
    return re.sub(r"[^\w .,:;<>()=+\-]", "_", words)


def number_text(array: np.ndarray) -> str:
    """A scalar as a Python literal that converts back to the same number."""
    item = array.item()
    if isinstance(item, float):
        if not np.isfinite(item):
            return "np.nan" if np.isnan(item) else ("np.inf" if item > 0 else "-np.inf")
        # The shortest decimal that rounds to this float32, not to its double.
        return str(array[()]) if array.dtype != np.float64 else repr(item)
    return repr(item)


def _write_constants(writer: Writer, program: Program) -> None:
    for value in program.constants:
        array = value.array
        if array.ndim and array.size <= 8 and np.all(np.isfinite(array)):
            text = f"np.array({array.tolist()}, np.{_dtype_text(array)})"
            writer.plan_lines.append(Line(f"{value.name} = {text}.reshape({array.shape})"))


def _dtype_text(array: np.ndarray) -> str:
    return "bool_" if array.dtype == np.bool_ else array.dtype.name


def given_constants(program: Program) -> list[Value]:
    """The constants too large to stand in the text; the plan receives them as arguments."""
    return [
        v for v in program.constants if v.array.ndim and not (v.array.size <= 8 and np.all(np.isfinite(v.array)))
    ]


def _allocations(program: Program, writer: Writer) -> list[Line]:
    lines = []
    for block in program.blocks:
        if len(block.tenants) == 1 and block.tenants[0].array.size == block.size:
            lines.append(_allocation(block.tenants[0], None))
        else:
            name = writer.fresh("block")
            text = f"{name} = np.empty({block.size}, np.{_block_dtype(block)})"
            lines.append(Line(text, None, f"{block.nbytes:,} bytes"))
            lines += [_allocation(value, name) for value in block.tenants]
    return lines


def _block_dtype(block: Block) -> str:
    return "bool_" if block.dtype == "bool" else block.dtype


def _allocation(value: Value, block: str | None) -> Line:
    array = value.array
    order = sorted(range(array.ndim), key=lambda k: (-array.strides[k], k))
    memory = tuple(array.shape[k] for k in order)
    if block is None:
        text = f"np.empty({memory}, np.{_dtype_text(array)})"
    else:
        text = f"{block}[:{array.size}].reshape({memory})"
    if order != list(range(array.ndim)) and array.size:
        text += f".transpose({', '.join(str(order.index(k)) for k in range(array.ndim))})"
    return Line(f"{value.name} = {text}", value.variable.node)


def _assemble(
    program: Program, name: str, allocations: list[Line], writer: Writer, sections: list[tuple[Part, list[Line]]]
) -> Module:
    module = Module("")
    out: list[str] = []

    def put(line: Line, indent: int) -> None:
        out.append(line.render(indent))
        if line.node is not None:
            module.nodes[len(out)] = line.node

    signature = ", ".join(v.name for v in [*program.shared.values(), *given_constants(program)])
    inputs = ", ".join(f"{v.name} {v.array.dtype}{shape_text(v.array.shape)}" for v in program.inputs)
    title = f"{plain_text(name)}({inputs})"
    out += [f'"""{title}, as symnet compiled it."""', "", "import numpy as np"]
    used = " ".join(line.text for line in [*writer.plan_lines, *writer.step_lines])
    if "as_strided(" in used:
        out.append("from numpy.lib.stride_tricks import as_strided")
    out += ["", "", f"def plan({signature}):", '    """Allocate every buffer and make every view once."""']
    for line in [*allocations, *writer.plan_lines]:
        put(line, 4)
    out += ["", f"    def step({', '.join(v.name for v in program.inputs)}):"]
    for part, lines in sections:
        if len(sections) > 1:
            out.append(f"        # {part}")
        for line in lines:
            put(line, 8)
    results = [_result_text(v) for v in program.outputs]
    comma = "," if len(results) == 1 else ""
    out.append(f"        return {', '.join(results)}{comma}" if results else "        return ()")
    out += ["", "    def update():"]
    for shared, value in program.updates:
        put(Line(f"np.copyto({program.shared[shared].name}, {operand_text(value)})", value.variable.node), 8)
    if not program.updates:
        out.append("        pass")
    out += ["", "    return step, update", ""]
    module.source = "\n".join(out)
    return module
