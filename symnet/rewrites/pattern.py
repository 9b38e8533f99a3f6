"""Patterns as data: an op class over patterns; a word stands for any variable, the same one wherever it recurs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symnet.graph import Constant, Variable
from symnet.op import Op
from symnet.ops import Add, Multiply

_COMMUTES = (Add, Multiply)


@dataclass(frozen=True)
class Number:
    """Matches a scalar constant of this value."""

    value: float


@dataclass(frozen=True, init=False)
class P:
    """Matches a node of an op class; `bind` also names the matched variable."""

    op: type[Op]
    inputs: tuple[Any, ...]
    bind: str | None
    order: tuple[int, ...]
    """In which order the inputs are looked at: words last, for they match anything."""
    needs: frozenset[type]
    """Ops, and `Constant` for a number, without which among the inputs nothing matches."""

    def __init__(self, op: type[Op], *inputs: Any, bind: str | None = None) -> None:
        object.__setattr__(self, "op", op)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "bind", bind)
        order = sorted(range(len(inputs)), key=lambda k: isinstance(inputs[k], str))
        object.__setattr__(self, "order", tuple(order))
        needs = [part.op if isinstance(part, P) else Constant for part in inputs if not isinstance(part, str)]
        object.__setattr__(self, "needs", frozenset(needs))


def match(pattern: Any, x: Variable, bound: Mapping[str, Variable] | None = None) -> dict[str, Variable] | None:
    """What the pattern's words stand for if it matches `x`, else None."""
    bound = bound or {}
    if isinstance(pattern, str):
        known = bound.get(pattern, x)
        return {**bound, pattern: x} if known is x else None
    if isinstance(pattern, Number):
        is_it = isinstance(x, Constant) and x.type.ndim == 0 and x.data == pattern.value
        return dict(bound) if is_it else None
    if x.node is None or type(x.node.op) is not pattern.op:
        return None
    start = dict(bound) if pattern.bind is None else {**bound, pattern.bind: x}
    found = _match_inputs(pattern, x.node.inputs, start)
    if found is None and pattern.op in _COMMUTES:
        found = _match_inputs(pattern, x.node.inputs[::-1], start)
    return found


def _match_inputs(
    pattern: P, inputs: Sequence[Variable], bound: dict[str, Variable]
) -> dict[str, Variable] | None:
    found: dict[str, Variable] | None = bound
    for k in pattern.order:
        found = match(pattern.inputs[k], inputs[k], found)
        if found is None:
            return None
    return found
