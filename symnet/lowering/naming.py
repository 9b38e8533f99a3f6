"""Names for the values of a program: the user's words where there are any, made safe, each used once."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Sequence

from symnet.lowering.program import Program, Step

# Names the generated module uses itself, and those a reader knows as Python's.
RESERVED = frozenset(
    {"np", "plan", "step", "update", "as_strided", "check_index", "check_labels", "seed_bits", *dir(builtins)}
)


class Names:
    """Gives out identifiers, each once."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

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


def name_values(program: Program, steps: Sequence[Step]) -> Names:
    """Set `name` of every value: what the user named first, so that those names come out unchanged."""
    names = Names()
    leaves = [*program.inputs, *program.shared.values()]
    for value in leaves:
        value.name = names.fresh(value.variable.name or "x")
    for step in steps:
        output = step.output
        wish = output.variable.name
        if wish and not output.name:
            output.name = names.fresh(wish)
            # What was computed in this place before is the same array on its way to this value.
            while output.kind == "alias" and output.base is not None and not output.base.variable.name:
                output = output.base
                output.name = step.output.name
    for step in steps:
        output = step.output
        if not output.name:
            # An unnamed result in place of its operand is that operand's array, and keeps its name.
            base = output.base if output.kind == "alias" else None
            output.name = base.name if base is not None else names.fresh(_wish(step))
        for k, scratch in enumerate(step.scratch):
            scratch.name = names.fresh(f"{step.output.name}_scratch{k if len(step.scratch) > 1 else ''}")
    for value in program.constants:
        value.name = names.fresh(value.variable.name or "k")
    return names


def _wish(step: Step) -> str:
    """A name for an unnamed value: a view is called after what it looks into, anything else after its op."""
    if step.output.kind == "view":
        return re.sub(r"_?\d*$", "", step.inputs[0].name) + "_view"
    return step.node.op.name
