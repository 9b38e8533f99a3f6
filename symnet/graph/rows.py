"""Operands of which some have a new first axis: rows, of which an op is to be applied to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph.operators import word
from symnet.graph.variable import Variable


def leveled(rows: Sequence[bool], inputs: Sequence[Variable]) -> list[Variable]:
    """Operands that broadcast, with the new first axis of those that have it in front of all others."""
    ndim = max(x.type.ndim - has for x, has in zip(inputs, rows, strict=True))
    return [behind_rows(x, ndim) if has else x for x, has in zip(inputs, rows, strict=True)]


def behind_rows(x: Variable, ndim: int) -> Variable:
    """`x` with new axes of size 1 behind its first, so that there are `ndim` behind that."""
    missing = ndim - (x.type.ndim - 1)
    return word("expand_dims")(x, tuple(range(1, 1 + missing))) if missing else x


def with_rows(rows: Sequence[bool], inputs: Sequence[Variable], n: Any = None) -> list[Variable]:
    """All operands with the new first axis, of `n` entries; those without it are repeated along it."""
    n = row_count(rows, inputs) if n is None else n
    return [x if has else word("broadcast_to")(x, (n, *x.shape)) for x, has in zip(inputs, rows, strict=True)]


def row_count(rows: Sequence[bool], inputs: Sequence[Variable]) -> Any:
    """How long the new first axis is: a number, or a symbolic one."""
    return next(x.shape[0] for x, has in zip(inputs, rows, strict=True) if has)
