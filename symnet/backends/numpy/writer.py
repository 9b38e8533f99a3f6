"""What ops write to: the lines of a plan and of a step, and the names in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from symnet.backends.base import SlowPath
from symnet.graph import Node
from symnet.lowering import Step, Value
from symnet.origin import Origin
from symnet.types import dtype_name, shape_text

COMMENT_COLUMN = 72


@dataclass(slots=True)
class Line:
    """One generated line, with the node it computes and the remark behind it."""

    text: str
    node: Node | None = None
    remark: str = ""

    def indented(self, by: int) -> Line:
        """The same line, further in."""
        return Line(" " * by + self.text, self.node, self.remark) if self.text else self

    def render(self, indent: int) -> str:
        text = (" " * indent + self.text).rstrip()
        return f"{text:<{COMMENT_COLUMN}}  # {self.remark}" if self.remark else text


class Writer:
    """The `Emitter` ops write to: collects the plan's and the step's lines."""

    def __init__(self, wide_indices: bool = True) -> None:
        self.wide_indices = wide_indices
        self.plan_lines: list[Line] = []
        self.step_lines: list[Line] = []
        self.slow_paths: list[SlowPath] = []
        self.given_things: dict[str, Any] = {}
        self.out = ""
        self.outs: Sequence[str] = ()
        self.scratch: Sequence[str] = ()
        self._passed: dict[Value, str] = {}
        self._arrays: dict[str, np.ndarray] = {}
        self._fixed: dict[str, bool] = {}
        self._made: dict[tuple[str, str], str] = {}
        self._names: set[str] = set()
        self._next: dict[str, int] = {}
        self._node: Node | None = None
        self._places: dict[Origin, str] = {}
        self.remark = ""

    # for the module -------------------------------------------------------------------------------------------------
    def declare(self, value: Value) -> None:
        """Make a value's name known."""
        self._names.add(value.name)
        self._arrays[value.name] = value.array
        self._fixed[value.name] = value.fixed

    def pass_on(self, value: Value, expression: str) -> None:
        """Let an expression stand where the value is read."""
        self._passed[value] = expression

    def operand(self, value: Value) -> str:
        """How the value is written where it is read."""
        return self._passed.get(value) or operand_text(value)

    def begin(self, step: Step) -> None:
        """The lines that follow belong to `step`."""
        self._node = step.node
        where = self._place(step.node.origin) if step.node.origin is not None else ""
        self.remark = f"{shape_text(step.output.array.shape)}{where}" if step.loop is None else ""
        self.out = step.output.name
        self.outs = [v.name for v in step.outputs]
        self.scratch = [v.name for v in step.scratch]

    def _place(self, origin: Origin) -> str:
        """The user's line behind the shape; many steps have one."""
        found = self._places.get(origin)
        if found is None:
            found = self._places[origin] = f"  {plain_text(origin.short.partition(' (')[0])}"
        return found

    def new(self, expression: str, hint: str) -> str:
        """Name what an expression makes once, and no other one like it."""
        name = self.fresh(hint)
        self.plan_lines.append(Line(f"{name} = {expression}", self._node))
        return name

    # the Emitter protocol ---------------------------------------------------------------------------------------------
    def array(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def step(self, line: str) -> None:
        self.step_lines.append(Line(line, self._node, self.remark))
        self.remark = ""

    def view(self, of: str, suffix: str, hint: str = "view") -> str:
        name = self._derived(of, f"{of}{suffix}", hint)
        if of in self._arrays:
            self._arrays[name] = _view(suffix)(self._arrays[of])
        return name

    def window(self, of: str, shape: tuple[int, ...], strides: tuple[int, ...], hint: str = "windows") -> str:
        name = self._derived(of, f"as_strided({of}, {shape}, {strides})", hint)
        if of in self._arrays:
            self._arrays[name] = np.lib.stride_tricks.as_strided(self._arrays[of], shape, strides)
        return name

    def slow(self, reason: str, allocates: bool = False) -> None:
        assert self._node is not None
        self.slow_paths.append(SlowPath(self._node, reason, allocates))

    def prepared(self, expression: str, hint: str) -> str:
        return self._once(expression, hint, self.plan_lines, "plan")

    def is_fixed(self, name: str) -> bool:
        return self._fixed.get(name, not name.isidentifier())

    def given(self, thing: Any, hint: str) -> str:
        name = self.fresh(hint)
        self.given_things[name] = thing
        return name

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
        name, k = hint, self._next.get(hint, 2)
        while name in self._names:
            name, k = f"{hint}{'_' if hint[-1].isdigit() else ''}{k}", k + 1
        self._next[hint] = k
        self._names.add(name)
        return name


@lru_cache(maxsize=256)
def _view(suffix: str) -> Callable[[np.ndarray], np.ndarray]:
    """What a suffix makes of an array, for stand-ins: a network has many layers of one shape."""
    view: Callable[[np.ndarray], np.ndarray] = eval(f"lambda x: x{suffix}", {"np": np})
    return view


def filled(words: Sequence[str], columns: int) -> list[str]:
    """Words with commas between them, on as few lines of at most `columns` as hold them."""
    lines = [""]
    for word in [*(f"{word}," for word in words[:-1]), *words[-1:]]:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def operand_text(value: Value) -> str:
    """How an operand is written: its name, or the number itself for a scalar constant."""
    if value.kind == "constant" and value.array.ndim == 0:
        return number_text(value.array)
    return value.name


def plain_text(words: str) -> str:
    """A user's words for a comment or a docstring: on one line, without quotes or backslashes."""
    return re.sub(r"[^\w .,:;<>()\[\]=+\-]", "_", words)


def number_text(array: np.ndarray) -> str:
    """A scalar as a Python literal that converts back to the same number."""
    item = array.item()
    if isinstance(item, complex):
        # `(-0+1j)` and `(nan+0j)` are no literals of these numbers.
        return f"complex({str(item)!r})"
    if isinstance(item, float):
        if not np.isfinite(item):
            return "np.nan" if np.isnan(item) else ("np.inf" if item > 0 else "-np.inf")
        # The shortest decimal that rounds to this float32, not to its double.
        return str(array[()]) if array.dtype != np.float64 else repr(item)
    return repr(item)


def dtype_text(array: np.ndarray) -> str:
    """The dtype as `np.` names it."""
    name = dtype_name(array)
    return "bool_" if name == "bool" else name
