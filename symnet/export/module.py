"""The text of an exported file, section by section."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnet.arguments import Form
from symnet.backends.numpy import runtime
from symnet.backends.numpy.body import given_constants
from symnet.backends.numpy.writer import dtype_text, filled, number_text, plain_text
from symnet.export import alone
from symnet.export.support import Support
from symnet.graph import Shared
from symnet.lowering import Program
from symnet.lowering.naming import Names
from symnet.types import shape_text

if TYPE_CHECKING:
    from symnet.compiled import Function

_FIRST = "in NumPy alone, exported by symnet"
"""What the first line of every exported file says."""
_TAKEN = ("state", "load", "save", "file", "allow_pickle", "sys", "os", "deque", "methodcaller")
_COLUMNS = 100


@dataclass(frozen=True)
class Planned:
    """A plan for one set of shapes: the text of its function, and the program it is for."""

    shapes: tuple[tuple[int, ...], ...]
    source: str
    program: Program

    @property
    def constants(self) -> list[np.ndarray]:
        """Those that do not stand in the text of the plan, which is given them."""
        return [value.array for value in given_constants(self.program)]


@dataclass(frozen=True)
class Exported:
    """What is written of a function: how it is called, what it gives, and its plans.

    `arguments` are keywords, dtypes, whether a call computes in them, and defaults. `checked` says what each result is
    called that has to be finite.
    """

    name: str
    arguments: Sequence[tuple[str, str, bool, np.ndarray | None]]
    form: Form
    outputs: int
    checked: Sequence[str]
    plans: Sequence[Planned]

    @classmethod
    def of(cls, f: Function, plans: Sequence[Planned]) -> Exported:
        """What is written of a function with these plans."""
        arguments = [
            (one.keyword, one.variable.type.dtype, one.mutable, default)
            for one, default in zip(f.passed, f.defaults, strict=True)
        ]
        return cls(f.name, arguments, f.form, len(f.outputs), f.finite, plans)


def is_exported(text: str) -> bool:
    """Whether a file's text is one that was written here."""
    return _FIRST in text.partition("\n")[0]


class File:
    """The text of a file, and the arrays that are to stand beside it, where they are too large for it."""

    def __init__(self, exported: Exported, beside: str | None) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._exported = exported
        self._beside = beside
        self._arenas: dict[tuple[Shared, ...], str] = {}
        self._constants: list[np.ndarray] = []
        self._names = Names()
        for name in (*_TAKEN, *self._support().texts, *(f"plan{k}" for k in range(2, len(exported.plans) + 1))):
            self._names.take(name)
        self.name = self._names.fresh(exported.name)
        self._state = {s: self._names.fresh(s.name or v.name) for s, v in exported.plans[0].program.shared.items()}
        for planned in exported.plans[1:]:
            for s, v in planned.program.shared.items():
                self._state.setdefault(s, self._names.fresh(s.name or v.name))

    @property
    def text(self) -> str:
        """The whole text; `arrays` are known then."""
        self.arrays.clear()
        self._constants.clear()
        self._arenas.clear()
        plans = self._plans()  # first: they tell the constants and the arenas
        values = self._values()
        support = self._support()
        sections = [
            "\n".join([*self._title(), "", *self._imports(support)]),
            _section("state: what the function reads, and what its updates change", values),
            _section("what plans call", "\n\n".join(f"{text.rstrip()}\n" for text in support.texts.values())),
            _section("plans: one for each set of shapes", plans),
            _section("the function", self._function()),
        ]
        return "\n\n".join(part.rstrip() + "\n" for part in sections if part)

    # sections ---------------------------------------------------------------------------------------------------------
    def _title(self) -> list[str]:
        e = self._exported
        shapes = [
            ", ".join(f"{plain_text(a[0])} {a[1]}{shape_text(s)}" for a, s in zip(e.arguments, p.shapes, strict=True))
            for p in e.plans
        ]
        lines = [f'"""{plain_text(e.name)} {_FIRST}.', ""]
        lines += [f"    {self._signature()}", "", "It takes arguments of these shapes:", ""]
        lines += [f"    {line or 'none'}" for line in shapes]
        given = zip(e.arguments, e.plans[0].shapes, strict=True)
        script = "".join(f" {plain_text(a[0])}{'.npy' if shape else ''}" for a, shape in given)
        lines += ["", f"As a script: python FILE{script} [--out FILE] [--state FILE.npz]", ""]
        if self._state:
            lines += [
                "`state` has the arrays it reads and updates: write into them, state[name][...] = value.",
                "load(path) and save(path) read and write them as .npz.", "",
            ]  # fmt: skip
        lines += [
            "Other than in symnet, products are made by NumPy alone and pieces of a batch in one thread, calls must",
            'not overlap, and errors do not name your line; comments do."""',
        ]
        return lines

    def _imports(self, support: Support) -> list[str]:
        used = self._called()
        own = {"import os", "import sys", "from collections import deque", "from operator import methodcaller"}
        own |= {line for line in support.imports if "numpy" not in line}
        own |= {"from functools import partial"} if "partial" in used else set()
        strided = ["from numpy.lib.stride_tricks import as_strided"] if "as_strided" in used else []
        return [*sorted(own, key=lambda line: (line.startswith("from"), line)), "", "import numpy as np", *strided]

    def _values(self) -> str:
        named = {name: s.get_value(borrow=True) for s, name in self._state.items()}
        all_ = {**named, **{f"constant {k}": c for k, c in enumerate(self._constants)}}
        lines = []
        if self._beside is not None and all_:
            self.arrays = all_
            lines += [
                f"_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), {self._beside!r})",
                "with np.load(_FILE, allow_pickle=False) as _values:",
                "    state = {",
                *(f"        {name!r}: _values[{name!r}]," for name in named),
                "    }",
                f"    _CONSTANTS = [{', '.join(f'_values[{key!r}]' for key in all_ if key not in named)}]",
            ]
        else:
            lines += ["state = {"]
            for name, value in named.items():
                lines += _literal(f"    {name!r}: ", value, ",")
            lines += ["}", "_CONSTANTS = ["]
            for value in self._constants:
                lines += _literal("    ", value, ",")
            lines += ["]"]
        return "\n".join(lines)

    def _called(self) -> set[str]:
        trees = [ast.parse(p.source) for p in self._exported.plans]
        return {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)} & set(runtime.NAMES)

    def _support(self) -> Support:
        support = Support()
        support.add_called(self._called())
        if self._arenas:
            support.add(alone._side_by_side)
        support.add(alone._Function)
        for function in (alone._load, alone._value, alone._main):
            support.add(function)
        return support

    def _plans(self) -> str:
        parts = []
        self._calls: list[str] = []
        for k, planned in enumerate(self._exported.plans, 1):
            name = "plan" if k == 1 else f"plan{k}"
            text = planned.source[planned.source.index("\ndef plan(") + 1 :].rstrip()
            parts.append(text.replace("def plan(", f"def {name}(", 1))
            given = [f"state[{self._state[s]!r}]" for s in planned.program.shared]
            given += [self._arena(tuple(members)) for _, members in planned.program.arenas]
            for array in planned.constants:
                given.append(f"_CONSTANTS[{len(self._constants)}]")
                self._constants.append(array)
            words = filled(given, _COLUMNS)
            call = [f"{name}({words[0]})"] if len(words) == 1 else [f"{name}(", *(f"    {w}" for w in words), ")"]
            self._calls.append(f"    {planned.shapes!r}: lambda: " + "\n    ".join(call) + ",")
        return "\n\n\n".join(parts)

    def _arena(self, members: tuple[Shared, ...]) -> str:
        if members not in self._arenas:
            self._arenas[members] = f"_together{len(self._arenas) + 1}"
        return self._arenas[members]

    def _function(self) -> str:
        e = self._exported
        lines = []
        for members, name in self._arenas.items():
            words = filled(["state", *(repr(self._state[s]) for s in members)], _COLUMNS)
            if len(words) == 1:
                lines.append(f"{name} = _side_by_side({words[0]})")
            else:
                lines += [f"{name} = _side_by_side(", *(f"    {line}" for line in words), ")"]
        lines += ["_PLANS = {", *self._calls, "}", "_INPUTS = ["]
        for keyword, dtype, overwritten, default in e.arguments:
            start = f"    ({keyword!r}, np.dtype({dtype!r}), {overwritten}, "
            lines += [f"{start}None),"] if default is None else _literal(start, default, "),")
        checked = list(e.checked)
        lines += ["]", f"_call = _Function({e.name!r}, _INPUTS, _PLANS, state, {e.outputs}, {checked!r})", "", ""]
        lines += [f"def {self._signature()}:", f'    """{self._gives()}"""']
        lines += [f"    {self._result()}", "", "", "def load(path):"]
        lines += ['    """Give the state the values in an .npz: all of them, or none if one does not fit."""']
        lines += ["    _load(state, path)", "", "", "def save(path):", '    """Write the state as .npz."""']
        lines += ["    np.savez(path, **state)", "", "", 'if __name__ == "__main__":']
        keywords = [keyword for keyword, *_ in e.arguments]
        return "\n".join([*lines, f"    _main({self.name}, {keywords!r}, load, save, sys.argv[1:], __file__)"])

    def _parameters(self) -> list[tuple[str, bool]]:
        names, found, optional = Names(), [], False
        for keyword, _, _, default in self._exported.arguments:
            optional = optional or default is not None
            found.append((names.fresh(keyword), optional))
        return found

    def _signature(self) -> str:
        given = ", ".join(f"{name}=None" if optional else name for name, optional in self._parameters())
        return f"{self.name}({given})"

    def _gives(self) -> str:
        e = self._exported
        if e.form.kind == "none":
            return "Make the updates."
        updates = " and make the updates" if any(p.program.updates or p.program.last for p in e.plans) else ""
        return f"Compute the result{'s' if e.outputs > 1 else ''}{updates}."

    def _result(self) -> str:
        form, call = self._exported.form, f"_call({', '.join(name for name, _ in self._parameters())})"
        if form.kind == "one":
            return f"return {call}[0]"
        if form.kind == "dict":
            return f"return dict(zip({list(form.keys)!r}, {call}))"
        return {"list": f"return {call}", "tuple": f"return tuple({call})", "none": call}[form.kind]


def _section(title: str, text: str) -> str:
    return f"# {title} {'-' * (99 - len(title))}\n\n{text}" if text.strip() else ""


def _literal(start: str, value: np.ndarray, end: str) -> list[str]:
    """Lines of an array as its numbers, each written so that it comes back the same."""
    numbers = [number_text(x) for x in value.reshape(-1)]
    words = filled(numbers, _COLUMNS) if numbers else [""]
    close = f"], np.{dtype_text(value)}).reshape({value.shape}){end}"
    if len(words) == 1 and len(start) + len(words[0]) + len(close) < _COLUMNS:
        return [f"{start}np.array([{words[0]}{close}"]
    return [f"{start}np.array([", *(f"        {line}" for line in words), f"    {close}"]
