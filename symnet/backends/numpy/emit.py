"""Writes the module: a `plan` that allocates and makes views once, a `step` that runs at every call, an `update`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symnet.backends.base import SlowPath
from symnet.backends.numpy.body import given_constants, write_body
from symnet.backends.numpy.writer import Line, dtype_text, filled, operand_text, plain_text
from symnet.graph import Node
from symnet.lowering import Program, Value
from symnet.types import shape_text


@dataclass
class Module:
    """The text of a module and, for each of its lines, the node it belongs to."""

    source: str
    nodes: dict[int, Node] = field(default_factory=dict)
    slow: list[SlowPath] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    """What no text can make, by the names of the plan's last arguments."""


def write_module(program: Program, name: str, wide_indices: bool = True) -> Module:
    """The module of a program; `wide_indices` if NumPy's own have 64 bits wherever it is to run."""
    body = write_body(program, wide_indices)
    module = Module("", slow=body.slow, given=body.given)
    out: list[str] = []

    def put(line: Line, indent: int) -> None:
        out.append(line.render(indent))
        if line.node is not None:
            module.nodes[len(out)] = line.node

    given = [*program.shared.values(), *(value for value, _ in program.arenas), *given_constants(program)]
    signature = filled([*(v.name for v in given), *body.given], 108)
    inputs = ", ".join(f"{v.name} {v.array.dtype}{shape_text(v.array.shape)}" for v in program.inputs)
    title = f"{plain_text(name)}({inputs})"
    out += [f'"""{title}, as symnet compiled it."""', "", "import numpy as np"]
    if body.update:
        out[-1:-1] = ["from functools import partial", ""]  # an entry a line: errors find their nodes by number
    if any("as_strided(" in line.text for line in (*body.plan, *body.step)):
        out.append("from numpy.lib.stride_tricks import as_strided")
    if any(" = gemm(" in line.text for line in body.plan):
        out += ["", "from symnet.backends.numpy.blas import gemm"]
    if len(signature) == 1:
        out += ["", "", f"def plan({signature[0]}):"]
    else:
        out += ["", "", "def plan(", *(f"    {line}" for line in signature), "):"]
    out.append('    """Allocate every buffer and make every view once."""')
    for line in body.plan:
        put(line, 4)
    out += ["", f"    def step({', '.join(v.name for v in program.inputs)}):"]
    for line in body.step:
        put(line, 8)
    update = "()"
    if body.update:
        update = "update"
        out += ["        # update: run as one, so that nothing can come between", "        update = ["]
        for line in body.update:
            put(line, 12)
        out.append("        ]")
    results = [_result_text(v) for v in program.outputs]
    comma = "," if len(results) == 1 else ""
    out += [f"        return ({', '.join(results)}{comma}), {update}", "", "    return step", ""]
    module.source = "\n".join(out)
    return module


def _result_text(value: Value) -> str:
    text = operand_text(value)
    return f"np.array({text}, np.{dtype_text(value.array)})" if text != value.name else text
