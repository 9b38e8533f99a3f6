"""Which steps form a kernel: runs of elementwise ops over one shape, any other op, a view, a loop over pieces."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.lowering.pieces import InPieces
from symnet.lowering.program import Kernel, Step
from symnet.op import Elementwise


def group(steps: Sequence[Step]) -> list[Kernel]:
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
            kernels.append(Kernel("loop" if isinstance(step.node.op, InPieces) else "op", [step]))
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
