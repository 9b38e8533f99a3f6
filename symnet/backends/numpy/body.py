"""Writes the two parts of a program: what is done once (memory, views, loops), and what at every call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symnet.backends.base import SlowPath
from symnet.backends.numpy.writer import Line, Writer, dtype_text, filled, operand_text
from symnet.graph import Node
from symnet.lowering import Block, Kernel, Loop, Operand, Piece, Program, Step, Value
from symnet.ops import Cast
from symnet.types import shape_text

CALL_COLUMNS = 104
"""Longer calls are broken over lines, which stay within 120 columns where they stand."""


@dataclass
class Body:
    """The lines of a program: `plan` once, `step` at every call; `update` are calls that write new values."""

    plan: list[Line] = field(default_factory=list)
    step: list[Line] = field(default_factory=list)
    update: list[Line] = field(default_factory=list)
    slow: list[SlowPath] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)


def write_body(program: Program, wide_indices: bool = True) -> Body:
    """The lines of a program whose values have their names."""
    writer = Writer(wide_indices)
    for value in _values(program):
        writer.declare(value)
    _write_constants(writer, program)
    body = Body(_allocations(program, writer))
    parts = {kernel.part for kernel in program.kernels if kernel.kind not in ("view", "loop")}
    part = None
    for kernel in program.kernels:
        start = len(writer.step_lines)
        for step in kernel.steps:
            _write_step(writer, step)
        lines = writer.step_lines[start:]
        heading = _heading(kernel) if kernel.kind == "loop" else kernel.part if len(parts) > 1 else None
        if lines and heading and heading != part:
            part = heading
            body.step.append(Line(f"# {heading}"))
        body.step += lines
    start = len(writer.step_lines)
    for step in program.last:
        _write_step(writer, step, late=True)
    for s, value in program.updates:
        copy = f"np.copyto({program.shared[s].name}, {operand_text(value)})"
        writer.step_lines.append(Line(copy, value.variable.node))
    for line in writer.step_lines[start:]:
        if _NAMES_A_VIEW.match(line.text):  # of an argument
            body.step.append(line)
        else:
            body.update.append(replace(line, text=_put_off(line.text)))
    body.plan += writer.plan_lines
    if len(body.plan) > _MANY:
        body.plan[:0] = [Line("for _ in ():", None, "a jump: see symnet/backends/numpy/body.py"), Line("    pass")]
    body.slow = writer.slow_paths
    body.given = writer.given_things
    return body


_MANY = 1000
"""From so many lines on a plan begins with a loop over nothing.

Python's compiler puts one instruction for each name that an inner function reads before all others of the first block
of code, and moves that whole block each time. Where a jump ends the block at once, there is little to move. Measured
(seconds to compile a plan and a step of 500, 1,000 and 2,000 layers): 0.11, 0.22, 0.49 for 0.25, 0.73, 2.5.
"""

_NAMES_A_VIEW = re.compile(r"\w+ = ")


def _put_off(line: str) -> str:
    """`np.add(a, b, out=c)` as `partial(np.add, a, b, out=c),`; of a call over several lines, one of them.

    What is called without arguments, `f()`, is `f,`.
    """
    if line.startswith(" "):
        return line
    if line.endswith("()"):
        return f"{line[:-2]},"
    if not line.startswith("]"):
        function, _, arguments = line.partition("(")
        line = f"partial({function}, {arguments}"
    return f"{line}," if line.endswith(")") else line


def _heading(kernel: Kernel) -> str:
    loop = kernel.steps[0].loop
    assert loop is not None
    inside = [k.part for k in loop.body.program.kernels if k.kind != "view"]
    threads = f", on {loop.workers} threads" if loop.workers > 1 else ""
    return f"{' and '.join(dict.fromkeys(inside))}, {loop.size} of {loop.total} at a time{threads}"


def _values(program: Program) -> list[Value]:
    made = [value for step in program.steps for value in (*step.outputs, *step.scratch) if not value.passing]
    arenas = [value for value, _ in program.arenas]
    arenas += [block.whole for block in program.blocks if block.whole is not None]
    return [*program.inputs, *program.shared.values(), *arenas, *program.outputs, *program.constants, *made]


def _write_step(writer: Writer, step: Step, late: bool = False) -> None:
    writer.begin(step)
    output = step.output
    names = [writer.operand(v) for v in step.inputs]
    if step.loop is not None:
        _write_loop(writer, step.loop, late)
        return
    if output.kind == "view":
        expression = step.node.op.view(*names)
        if output.passing:
            writer.pass_on(output, expression)
            return
        lines = writer.plan_lines if output.fixed else writer.step_lines
        if expression != output.name:
            remark = shape_text(output.array.shape) if output.fixed else writer.remark
            lines.append(Line(f"{output.name} = {expression}", step.node, remark))
        return
    if output.kind == "alias" and output.base is not None and output.name != output.base.name:
        lines = writer.plan_lines if output.fixed else writer.step_lines
        lines.append(Line(f"{output.name} = {output.base.name}", step.node, "in its place"))
    _note_float16(writer, step.node)
    step.node.op.emit(writer, *names)


def _note_float16(writer: Writer, node: Node) -> None:
    dtypes = [x.type.dtype for x in (*node.inputs, *node.outputs)]
    if "float16" in dtypes and node.op.on_float16 != "moved":
        does = "converts" if isinstance(node.op, Cast) else "computes"
        writer.slow(f"NumPy {does} float16 one element after the other")


# constants and memory -------------------------------------------------------------------------------------------------


def given_constants(program: Program) -> list[Value]:
    """The constants too large to stand in the text; the plan receives them as arguments."""
    programs = [program, *(piece.program for loop in program.loops for piece in loop.pieces)]
    return [v for p in programs for v in p.constants if v.array.ndim and not _is_short(v.array)]


def _is_short(array: np.ndarray) -> bool:
    return array.size <= 8 and bool(np.all(np.isfinite(array)))


def _write_constants(writer: Writer, program: Program) -> None:
    for value in program.constants:
        array = value.array
        if array.ndim and _is_short(array):
            text = f"np.array({array.tolist()}, np.{dtype_text(array)})"
            writer.plan_lines.append(Line(f"{value.name} = {text}.reshape({array.shape})"))


def _allocations(program: Program, writer: Writer) -> list[Line]:
    lines = []
    for block in program.blocks:
        if block.whole is not None:
            lines.append(_allocation(block.whole, None))
            lines += [_allocation(value, block.whole.name) for value in block.tenants]
        elif len(block.tenants) == 1 and block.tenants[0].array.size == block.size:
            lines.append(_allocation(block.tenants[0], None))
        else:
            name = writer.fresh("block")
            text = f"{name} = np.empty({block.size}, np.{_block_dtype(block)})"
            largest = max(block.tenants, key=lambda value: value.array.size)
            lines.append(Line(text, largest.variable.node, f"{block.nbytes:,} bytes"))
            lines += [_allocation(value, name) for value in block.tenants]
    return lines


def _block_dtype(block: Block) -> str:
    return "bool_" if block.dtype == "bool" else block.dtype


def _allocation(value: Value, block: str | None) -> Line:
    array = value.array
    order = sorted(range(array.ndim), key=lambda k: (-array.strides[k], k))
    memory = tuple(array.shape[k] for k in order)
    if block is None:
        text = f"np.empty({memory}, np.{dtype_text(array)})"
    else:
        text = f"{block}[{value.offset or ''}:{value.offset + array.size}].reshape({memory})"
    if order != list(range(array.ndim)) and array.size:
        text += f".transpose({', '.join(str(order.index(k)) for k in range(array.ndim))})"
    return Line(f"{value.name} = {text}", value.variable.node)


# loops ----------------------------------------------------------------------------------------------------------------


def _write_loop(writer: Writer, loop: Loop, late: bool) -> None:
    """A worker, which has memory of its own and works on one piece after the other, and the lines that start it.

    What runs `late` has to be one call.
    """
    body, passed = loop.body, _passed(loop.body)
    worker = _define(writer, body, passed)
    totals = [[t.whole.name for t in body.totals]]
    for number in range(2, loop.workers + 1):
        totals.append([writer.new(f"np.empty_like({name})", f"{name}_{number}") for name in totals[0]])
    pieces = [_start(writer, worker, own) for own in totals]
    last = loop.total - loop.total % loop.size
    for own in totals:
        for name in own:
            writer.step(f"{name}.fill(0)")
    i = writer.fresh("i")
    span, arguments = f"range(0, {last}, {loop.size})", _arguments(passed, f"{i}:{i} + {loop.size}")
    if loop.workers == 1 and not late:
        writer.step(f"for {i} in {span}:")
        writer.step(f"    {pieces[0]}({arguments})")
    elif len(call := f"share([({arguments},) for {i} in {span}], {', '.join(pieces)})") <= CALL_COLUMNS:
        writer.step(call)
    else:
        _write_shared(writer, passed, f"{i}:{i} + {loop.size}", f"for {i} in {span}", pieces)
    if loop.rest is not None:
        made = writer.new(f"{_define(writer, loop.rest, _passed(loop.rest))}({', '.join(totals[0])})", "last_piece")
        writer.step(f"{made}({_arguments(passed, f'{last}:')})")
    for own in totals[1:]:
        for name, other in zip(totals[0], own, strict=True):
            writer.step(f"np.add({name}, {other}, out={name})")


def _start(writer: Writer, worker: str, totals: Sequence[str]) -> str:
    """Name what a worker makes, over several lines where there are many totals."""
    if len(call := f"{worker}({', '.join(totals)})") <= CALL_COLUMNS:
        return writer.new(call, "piece")
    name = writer.new(f"{worker}(", "piece")
    writer.plan_lines += [Line(f"    {line}") for line in filled(totals, CALL_COLUMNS)]
    writer.plan_lines.append(Line(")"))
    return name


def _write_shared(
    writer: Writer, passed: Sequence[Operand], each: str, loop: str, pieces: Sequence[str]
) -> None:
    """A call of `share` over several lines: what each piece is passed, the loop, and the workers."""
    writer.step("share([")
    words = [_argument(p, each) for p in passed]
    words[0] = f"({words[0]}"
    words[-1] = f"{words[-1]},)"
    for line in filled(words, CALL_COLUMNS):
        writer.step(f"    {line}")
    writer.step(f"    {loop}")
    writer.step(f"], {', '.join(pieces)})")


def _define(writer: Writer, piece: Piece, passed: Sequence[Operand]) -> str:
    """Write the function that makes a worker, and return its name."""
    body = write_body(piece.program, writer.wide_indices)
    writer.slow_paths += body.slow
    name = writer.fresh("worker")
    lines = writer.plan_lines
    lines.append(Line(""))
    lines.append(Line(f"def {name}({', '.join(t.inner.name for t in piece.totals)}):"))
    lines += [line.indented(4) for line in body.plan]
    lines.append(Line(""))
    lines.append(Line(f"    def piece({', '.join(p.inner.name for p in passed)}):"))
    lines += [line.indented(8) for line in body.step]
    lines.append(Line(""))
    lines.append(Line("    return piece"))
    lines.append(Line(""))
    return name


def _passed(piece: Piece) -> list[Operand]:
    """What a piece is given: parts, and what is another array at every call. The rest it sees around it."""
    return [p for p in (*piece.operands, *piece.results) if p.axis is not None or not p.whole.fixed]


def _arguments(passed: Sequence[Operand], span: str) -> str:
    return ", ".join(_argument(p, span) for p in passed)


def _argument(p: Operand, span: str) -> str:
    return p.whole.name if p.axis is None else f"{p.whole.name}[{':, ' * p.axis}{span}]"
