"""The source of the functions that plans call, and of all that these call in turn, for a file that stands alone."""

from __future__ import annotations

import ast
import dis
import inspect
import types
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

import numpy as np

from symnet.backends.numpy import runtime
from symnet.errors import SymnetError
from symnet.export import alone

_FROM_NUMPY = {"np", "as_strided", "partial"}
"""Names of plans that the file imports."""


class Support:
    """What a file defines besides its plans: `imports` of Python's own library, and `texts` in order."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.texts: dict[str, str] = {}

    def add_called(self, names: set[str]) -> None:
        """What a plan calls by these names."""
        for name in sorted(names & set(runtime.NAMES) - _FROM_NUMPY):
            found = getattr(alone, name, runtime.NAMES[name])
            self.add(found)
            if found.__name__ != name:
                self.texts[name] = f"{name} = {found.__name__}"

    def add(self, thing: Any) -> None:
        """A function or a class, after all that it needs."""
        name = thing.__name__
        if name in self.texts:
            return
        self.texts[name] = ""  # its place, should it call itself
        text = self._error(thing) if _is_error(thing) else _without_annotations(inspect.getsource(thing))
        if not _is_error(thing):
            for code in _codes(thing):
                # Not `co_names`, which has attributes too: the `maximum` of np.maximum.
                for used in [i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"]:
                    self._add_global(used, vars(inspect.getmodule(thing)))
        del self.texts[name]
        self.texts[name] = text

    def _add_global(self, name: str, known: dict[str, Any]) -> None:
        if name not in known or known[name] is np or name.startswith("__"):
            return
        value = known[name]
        module = getattr(value, "__module__", "") or ""
        if isinstance(value, types.ModuleType):
            self.imports[f"import {value.__name__}"] = None
        elif callable(value) and module.partition(".")[0] == "symnet":
            self.add(value)
        elif callable(value):
            self.imports[f"from {module} import {value.__name__}"] = None
        else:
            text = f"float({str(value)!r})" if isinstance(value, float) and not isfinite(value) else repr(value)
            self.texts.setdefault(name, f"{name} = {text}")

    def _error(self, kind: type[SymnetError]) -> str:
        self.add(alone._Explained)
        bases = [b for b in kind.__bases__ if not issubclass(b, SymnetError)]
        names = [f"np.linalg.{b.__name__}" if b.__module__.startswith("numpy") else b.__name__ for b in bases]
        return f'class {kind.__name__}({", ".join(["_Explained", *names])}):\n    """{kind.__doc__}"""\n'


def _is_error(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, SymnetError)


def _codes(thing: Callable[..., Any] | type) -> Iterator[types.CodeType]:
    functions = [f for f in vars(thing).values() if inspect.isfunction(f)] if isinstance(thing, type) else [thing]
    todo = [f.__code__ for f in functions if inspect.isfunction(f)]
    while todo:
        code = todo.pop()
        yield code
        todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]


def _without_annotations(source: str) -> str:
    """The text without types, whose names the file does not have, and without words for type checkers."""
    lines = [line.partition("  # type: ")[0].rstrip() for line in source.splitlines()]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = "\n".join(lines) + "\n"
    spans: list[tuple[int, int, str]] = []
    for f in ast.walk(ast.parse(text)):
        if isinstance(f, ast.arg) and f.annotation is not None:
            end = _end(f.annotation, starts)
            default = text[end:].startswith(" = ")
            spans.append((starts[f.lineno - 1] + f.col_offset + len(f.arg), end + 3 * default, "=" * default))
        elif isinstance(f, ast.FunctionDef) and f.returns is not None:
            end = _end(f.returns, starts)
            spans.append((text.rindex(" ->", 0, end), end, ""))
        elif isinstance(f, ast.AnnAssign) and f.value is not None:
            spans.append((_end(f.target, starts), _end(f.annotation, starts), ""))
    for start, end, instead in sorted(spans, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


def _end(node: ast.expr, starts: list[int]) -> int:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return starts[node.end_lineno - 1] + node.end_col_offset
