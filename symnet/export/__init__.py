"""A compiled function as one Python file that needs NumPy alone: `f.export("model.py")`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symnet.arguments import check_shapes
from symnet.backends.numpy import NumpyPlan
from symnet.errors import ArgumentError, DataError, InputError
from symnet.export.module import Exported, File, Planned, is_exported
from symnet.files import npz, reason, write_whole
from symnet.graph import toposort
from symnet.ops.python_function import PythonFunction
from symnet.plans import Sizes

if TYPE_CHECKING:
    from symnet.compiled import Function

_INSIDE = 1000
"""Up to so many numbers stand in the text itself."""


def write(f: Function, path: str | os.PathLike[str], shapes: Any = None) -> list[Path]:
    """Write a function as a file, and beside it an `.npz` where it has many numbers; returns what was written.

    Raises: ArgumentError, InputError, ShapeError; DataError where a file cannot be written, or would replace one that
    no export wrote.
    """
    target = _checked_path(path)
    _refuse_python(f)
    wanted = _shapes(f, shapes)
    # NumPy has no product that adds to what is there; and in a browser its indices have 32 bits.
    (twin,) = f.twins(replace(f.backend, adds_products=False, compile=partial(NumpyPlan, anywhere=True)))
    plans = [Planned(s, p.source, p.program) for s, p in zip(wanted, twin.plans_for(wanted), strict=True)]
    beside = target.with_suffix(".npz") if _numbers(plans) > _INSIDE else None
    _check_target(target, beside)
    file = File(Exported.of(twin, plans), beside.name if beside is not None else None)
    contents = {target: file.text.encode()}
    if beside is not None:
        contents = {beside: npz(file.arrays), **contents}
    write_whole(contents)
    return list(contents)


def _checked_path(path: Any) -> Path:
    if not isinstance(path, (str, os.PathLike)) or not str(os.fspath(path)).endswith(".py"):
        raise ArgumentError(f"export: {path!r} is no Python file.", fix="end the path with .py: f.export('model.py').")
    return Path(path)


def _refuse_python(f: Function) -> None:
    for node in toposort([*f.outputs, *(value for _, value in f.updates)]):
        if isinstance(node.op, PythonFunction):
            raise ArgumentError(
                f"{f.name}.export: {node.op.name} is a Python function of yours, which the file cannot hold.",
                operands=dict(zip(node.op.labels(len(node.inputs)), node.inputs, strict=True)),
                origin=node.origin,
                fix="say it in symnet's words, or export the parts before and after it.",
            )


def _shapes(f: Function, given: Any) -> list[Sizes]:
    what = f"{f.name}.export"
    if given is None:
        found: list[Sizes] = f.planned
    else:
        found = [check_shapes(f.inputs, one, what) for one in ([given] if isinstance(given, Mapping) else given)]
    if not found:
        words = ", ".join(f"{x.label!r}: (...)" for x in f.inputs)
        raise InputError(f"{what}: nothing says for which shapes.", fix=f"call it first, or give shapes=[{{{words}}}].")
    return list(dict.fromkeys(found))


def _numbers(plans: Sequence[Planned]) -> int:
    states = {s: s.array.size for planned in plans for s in planned.program.shared}
    return sum(states.values()) + sum(c.size for planned in plans for c in planned.constants)


def _check_target(target: Path, beside: Path | None) -> None:
    try:
        ours = target.exists() and is_exported(target.read_text("utf-8", "replace"))
        taken = [path for path in (target, beside) if path is not None and path.exists()]
    except (OSError, ValueError) as error:
        raise DataError(f"{target} cannot be written: {reason(error)}.") from None
    if taken and not ours:
        raise DataError(
            f"export: {taken[0]} is there already, and no export wrote it.", fix="choose another path, or move it away."
        )


__all__ = ["write"]
