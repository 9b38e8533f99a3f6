"""Which steps form a kernel: runs of elementwise ops over one shape, any other op, a view, a loop over pieces."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symnet.lowering.pieces import InPieces
from symnet.lowering.program import Kernel, KernelKind, Step, Value
from symnet.op import Elementwise


def group(steps: Sequence[Step]) -> list[Kernel]:
    """Views, single ops, and runs of elementwise steps over one shape that feed each other."""
    kernels: list[Kernel] = []
    last: Kernel | None = None  # the latest that is no view
    renewed: set[Value] = set()  # views since then that are made at every call
    for step in steps:
        if step.output.kind == "view":
            kernels.append(Kernel("view", [step]))
            if not step.output.fixed:
                renewed.add(step.output)
            continue
        if isinstance(step.node.op, Elementwise):
            if last is not None and _continues(last, step, renewed):
                last.steps.append(step)
                continue
            kind: KernelKind = "elementwise"
        else:
            kind = "loop" if isinstance(step.node.op, InPieces) else "op"
        last = Kernel(kind, [step])
        kernels.append(last)
        renewed.clear()
    return kernels


def _continues(kernel: Kernel, step: Step, renewed: Collection[Value]) -> bool:
    before = kernel.steps[-1].output
    return (
        kernel.kind == "elementwise"
        and kernel.part == step.part
        and before.array.shape == step.output.array.shape
        and any(v is before for v in step.inputs)
        # A view made at every call must be made before the step that reads it.
        and not any(v in renewed for v in step.inputs)
    )
