"""Expressions as a person writes them: infix operators, function calls, names; cut off below a depth."""

from __future__ import annotations

from symnet.graph.variable import Constant, Variable

_UNARY = frozenset({"negative", "invert"})


def pprint(x: Variable, depth: int = 6) -> str:
    """`x` as mathematics in one line; named parts by their names (the outermost excepted), `...` below
    `depth`."""
    return _text(x, depth, True)


def _text(x: Variable, depth: int, outermost: bool) -> str:
    node = x.node
    if node is None or (not outermost and x.name is not None):
        return _leaf(x)
    if depth == 0:
        return "..."
    parts = [_text(v, depth - 1, False) for v in node.inputs]
    symbol = node.op.symbol
    if symbol and node.op.name in _UNARY:
        return f"{symbol}{parts[0]}"
    if symbol and len(parts) == 2:
        text = f"{parts[0]} {symbol} {parts[1]}"
        return text if outermost else f"({text})"
    return f"{node.op.name}({', '.join(parts)})"


def _leaf(x: Variable) -> str:
    if isinstance(x, Constant) and x.name is None and x.data.ndim == 0:
        return f"{x.data.item():g}" if x.type.is_inexact else str(x.data.item())
    return x.label
