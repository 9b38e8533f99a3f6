"""Names for the values of a program: the user's words where there are any, made safe, each used once."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Sequence

from symnet.lowering.pieces import InPieces
from symnet.lowering.program import Piece, Program, Step, Value

# Names the generated module uses itself, and those a reader knows as Python's.
RESERVED = frozenset(
    {
        "np", "plan", "step", "update", "partial", "as_strided", "check_index", "check_labels", "expm", "gemm",
        "lapack", "refuse", "run_python", "seed_bits", "share", "show", *dir(builtins),
    }
)


class Names:
    """Gives out identifiers, each once."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, name: str) -> str:
        """The name as it is, which nobody is given from now on; with a number behind it if somebody was."""
        if name in self._taken:
            return self.fresh(name)
        self._taken[name] = 1
        return name

    def fresh(self, wish: str) -> str:
        """`wish` as a safe identifier, with a number behind it where it is taken."""
        name = re.sub(r"\W+", "_", wish, flags=re.ASCII).strip("_") or "x"
        if name[0].isdigit():
            name = f"x{name}"
        if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in RESERVED:
            name += "_"
        name = name[:40]
        count = self._taken.get(name)
        if count is None:
            self._taken[name] = 1
            return name
        while True:
            count += 1
            numbered = f"{name}_{count}" if name[-1].isdigit() else f"{name}{count}"
            if numbered not in self._taken:
                self._taken[name] = count
                self._taken[numbered] = 1
                return numbered


def name_values(program: Program, steps: Sequence[Step]) -> None:
    """Set `name` of every value: what the user named first, so that those names come out unchanged."""
    names = Names()
    arenas = [value for value, _ in program.arenas]
    arenas += [block.whole for block in program.blocks if block.whole is not None]
    for value in [*program.inputs, *program.shared.values(), *arenas]:
        value.name = names.fresh(value.variable.name or "x")
    _name_steps(program, steps, names)
    for step in steps:
        if step.loop is not None:
            for piece in step.loop.pieces:
                _name_piece(piece, names)


def _name_piece(piece: Piece, outside: Names) -> None:
    """Names inside a loop: what is seen of a value outside is called as it is there."""
    names = Names()
    for value in piece.program.constants:
        value.name = names.take(outside.fresh(value.variable.name or "k"))
    parts = (*piece.operands, *piece.totals, *piece.results)
    for part in parts:
        if part.axis is None:
            part.inner.name = names.take(part.whole.name)
    for part in parts:
        part.inner.name = part.inner.name or names.fresh(part.whole.name)
    _name_steps(piece.program, piece.program.steps, names)


def _name_steps(program: Program, steps: Sequence[Step], names: Names) -> None:
    _mark_passing(program, steps)
    results = [(step, value) for step in steps for value in step.outputs if not value.passing]
    for _, output in results:
        wish = output.variable.name
        if wish and not output.name:
            output.name = name = names.fresh(wish)
            # What was computed in this place before is the same array on its way to this value.
            while output.kind == "alias" and output.base is not None and not output.base.variable.name:
                output = output.base
                output.name = name
    seen_as: dict[Value, str] = {}
    for _, output in results:
        if output.kind == "view" and output.name and not output.root.name:
            seen_as.setdefault(output.root, f"{output.name}_{_order(output)}")
    for step, output in results:
        if output in seen_as and not output.name:
            output.name = names.fresh(seen_as[output])
        if not output.name:
            # An unnamed result in place of its operand is that operand's array, and keeps its name.
            base = output.base if output.kind == "alias" else None
            output.name = base.name if base is not None else names.fresh(_wish(step, output))
    for step in steps:
        for k, scratch in enumerate(step.scratch):
            scratch.name = names.fresh(f"{step.output.name}_scratch{k if len(step.scratch) > 1 else ''}")
    for value in program.constants:
        value.name = value.name or names.fresh(value.variable.name or "k")


def _mark_passing(program: Program, steps: Sequence[Step]) -> None:
    """Mark the views that are but a step on the way to another view."""
    readers: dict[Value, list[Step]] = {}
    for step in steps:
        for value in step.inputs:
            readers.setdefault(value, []).append(step)
    kept = {*program.outputs, *(value for _, value in program.updates)}
    for step in steps:
        view, (reader, *others) = step.output, readers.get(step.output) or [step]
        if view.kind == "view" and not view.variable.name and view not in kept and not others and reader is not step:
            view.passing = reader.output.kind == "view" and reader.output.fixed == view.fixed


def _order(view: Value) -> str:
    """What memory is like that a view shows as the user sees it."""
    x = view.array
    if view.root.array.ndim > x.ndim:
        return "kept"  # axes of size 1
    if x.flags.c_contiguous:
        return "flat"
    return "batch_last" if x.ndim > 2 and x.strides[0] == x.itemsize else "turned"


def _wish(step: Step, output: Value) -> str:
    """A name for an unnamed value: a view is called after what it looks into, however many views lie between,
    anything else after its op."""
    if output.kind == "view":
        seen = step.inputs[0]
        while seen.passing and seen.base is not None:
            seen = seen.base
        return re.sub(r"(_view)?_?\d*$", "", seen.name) + "_view"
    op = step.node.op
    made = op.results[output.variable.index][0] if isinstance(op, InPieces) else output.variable
    if made.node is None:
        return op.name
    of_several = made.node.op.result_names
    return of_several[made.index] if of_several else made.node.op.name
