"""Lowering: from a rewritten graph and known shapes to a `Program` of kernels with its memory planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from symnet.errors import ShapeError
from symnet.graph import Constant, Shared, Variable, leaves
from symnet.lowering.memory import Memory
from symnet.lowering.naming import name_values
from symnet.lowering.program import Block, Kernel, Program, Step, Value
from symnet.lowering.schedule import mark_updates, schedule
from symnet.lowering.specialise import SizeKey, Specialiser, concrete, value_sizes
from symnet.op import Elementwise, Emitter
from symnet.origin import made_for
from symnet.types import shape_text

__all__ = ["Block", "Kernel", "Program", "SizeKey", "Step", "Value", "lower", "value_sizes"]


class Snapshot(Elementwise):
    """A copy of a value that would change before it is used, such as a shared value as the new value of another."""

    name, roles = "copy", ("x",)
    overwrites = ()

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].copy()

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {names[0]})")


def lower(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    updates: Sequence[tuple[Shared, Variable]],
    shapes: Sequence[tuple[int, ...]],
    sizes: Mapping[SizeKey, int],
) -> Program:
    """The program of a rewritten graph for arguments of the given shapes.

    `sizes` holds the values of the size expressions that `value_sizes` found.

    Raises: ShapeError where shapes meet only now and do not agree; SymnetError where memory does not suffice.
    """
    roots = [*outputs, *(value for _, value in updates)]
    bound: dict[str, tuple[int, str]] = {}
    fixed: dict[Variable, Variable] = {}
    for x, shape in zip(inputs, shapes, strict=True):
        fixed[x] = Variable(concrete(x, shape, bound), name=x.label, origin=x.origin)
    states = [x for x in leaves(roots) if isinstance(x, Shared)]
    states += [s for s, _ in updates if s not in states]
    arrays = {s: s.get_value(borrow=True) for s in states}
    for s, array in arrays.items():
        fixed[s] = _shared_stand_in(s, array, bound)
    specialised = Specialiser(fixed, sizes)(roots)
    final = specialised[: len(outputs)] + [_own(v, i) for i, v in enumerate(specialised[len(outputs) :])]

    for (s, _), new in zip(updates, final[len(outputs) :], strict=True):
        if new.type.shape != arrays[s].shape:
            raise ShapeError(
                f"{s.label} has shape {shape_text(arrays[s].shape)}, its new value {shape_text(new.type.shape)}.",
                operands={"updated": s, "value": new},
                origin=new.origin,
                fix="an update keeps the shape; set_value gives a shared variable of open sizes another one.",
            )
        if new.name is None:
            new.name = f"new_{s.label}"
    mark_updates(final[: len(outputs)], final[len(outputs) :])
    order = schedule(final[: len(outputs)], final[len(outputs) :])
    memory = Memory(order, final)
    arguments = [memory.leaf(fixed[x], _empty(fixed[x])) for x in inputs]
    shared_values = {s: memory.leaf(fixed[s], arrays[s]) for s in states}
    for value in shared_values.values():
        value.kind, value.fixed = "shared", True
    steps = [memory.place(node, at) for at, node in enumerate(order)]
    for y in final:
        if y not in memory.values:
            memory.leaf(y, y.data if isinstance(y, Constant) else _empty(y))
    program = Program(
        inputs=arguments,
        shared=shared_values,
        constants=[v for v in memory.values.values() if v.kind == "constant"],
        kernels=_group(steps),
        blocks=memory.blocks,
        outputs=[memory.values[y] for y in final[: len(outputs)]],
        updates=[(s, memory.values[y]) for (s, _), y in zip(updates, final[len(outputs) :], strict=True)],
    )
    name_values(program, steps)
    return program


def _shared_stand_in(s: Shared, array: np.ndarray, bound: dict[str, tuple[int, str]]) -> Variable:
    return Variable(concrete(s, array.shape, bound), name=s.label, origin=s.origin)


def _empty(x: Variable) -> np.ndarray:
    return np.empty([n for n in x.type.shape if isinstance(n, int)], x.type.dtype)


def _own(value: Variable, index: int) -> Variable:
    """The new value of a shared variable, in memory that no update overwrites."""
    if value.node is not None and not value.node.op.is_view:
        return value
    with made_for(value.origin):
        return Snapshot()(value)


def _group(steps: Sequence[Step]) -> list[Kernel]:
    """Views, single ops, and runs of elementwise steps over one shape that feed each other."""
    kernels: list[Kernel] = []
    for step in steps:
        if step.output.kind == "view":
            kernels.append(Kernel("view", [step]))
        elif isinstance(step.node.op, Elementwise):
            at = next((k for k in reversed(range(len(kernels))) if kernels[k].kind != "view"), None)
            between = kernels[at + 1 :] if at is not None else []
            last = kernels[at] if at is not None else None
            if last is not None and last.kind == "elementwise" and last.part == step.part and _continues(
                last, step, between
            ):
                last.steps.append(step)
            else:
                kernels.append(Kernel("elementwise", [step]))
        else:
            kernels.append(Kernel("op", [step]))
    return kernels


def _continues(kernel: Kernel, step: Step, between: Sequence[Kernel]) -> bool:
    before = kernel.steps[-1].output
    views = [k.steps[0].output for k in between]
    return (
        before.array.shape == step.output.array.shape
        and any(v is before for v in step.inputs)
        # A view made at every call must be made before the step that reads it.
        and not any(v is view and not view.fixed for v in step.inputs for view in views)
    )
