"""Graphs as indented text: each node once, with its op, name, type and the user's line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import Field, fields, is_dataclass
from typing import Any

from symnet.compiled import Function
from symnet.errors import ArgumentError
from symnet.graph import Constant, Node, Shared, Variable, toposort
from symnet.graph.text import Text, in_short, printable

_KINDS: dict[type[Variable], str] = {Constant: "constant", Shared: "shared"}


def dprint(graph: Variable | Sequence[Variable] | Function, depth: int | None = None, *, lines: int = 1000) -> Text:
    """The graph below an expression, several, or a function's outputs and updates, as an indented tree.

    Each line is an op with its parameters, the name of its result, dtype and shape, and the user's line. A node that
    several read is marked `#1` where it stands first, and written once; elsewhere the mark stands for it. What is more
    than `depth` operations away is left out, and so is what comes after so many `lines`. Of a function, it is the graph
    after the rewrites.

    Raises: ArgumentError.
    """
    roots = _roots(graph)
    tree = _Tree([x for _, x in roots], depth)
    rows: list[str] = []
    total = 0
    for title, x in roots:
        for row in ([title] if title else []) + list(tree.rows(x, 1 if title else 0)):
            total += 1
            if total <= lines:
                rows.append(row)
    if total > lines:
        rows.append(f"... and {total - lines:,} more lines")
    return Text("\n".join(rows))


def _roots(graph: Variable | Sequence[Variable] | Function) -> list[tuple[str, Variable]]:
    if isinstance(graph, Variable):
        return [("", graph)]
    if isinstance(graph, Function):
        outputs = [(f"output {k}:", y) for k, y in enumerate(graph.outputs)]
        return outputs + [(f"new {printable(s.label)}:", y) for s, y in graph.updates]
    roots = list(graph) if isinstance(graph, (list, tuple)) else []
    if not roots or not all(isinstance(x, Variable) for x in roots):
        raise ArgumentError("dprint: this is no expression.", fix="give a variable, several, or a function.")
    return [(f"{k}:", x) for k, x in enumerate(roots)]


class _Tree:
    """What has been written, and which marks stand for it."""

    def __init__(self, roots: Sequence[Variable], depth: int | None) -> None:
        self._depth = depth
        readers: dict[Node, int] = {}
        for x in [*roots, *(x for node in toposort(roots) for x in node.inputs)]:
            if x.node is not None:
                readers[x.node] = readers.get(x.node, 0) + 1
        self._shared = {node for node, count in readers.items() if count > 1}
        self._marks: dict[Node, int] = {}

    def rows(self, root: Variable, indent: int) -> Iterator[str]:
        """The lines below a root; iterative, for a chain of 100,000 nodes is a tree as deep."""
        stack = [(root, 0)]
        while stack:
            x, level = stack.pop()
            lead = "  " * min(indent + level, _DEEPEST) + (f"({level}) " if indent + level > _DEEPEST else "")
            node = x.node
            if node is None:
                yield lead + _leaf_row(x)
                continue
            if node in self._marks:
                yield f"{lead}#{self._marks[node]}{_which(x)}"
                continue
            mark = ""
            if node in self._shared:
                self._marks[node] = len(self._marks) + 1
                mark = f"#{self._marks[node]} "
            yield lead + mark + _node_row(x, node)
            if level == self._depth:
                if node.inputs:
                    yield lead + "  ..."
                continue
            stack += [(v, level + 1) for v in reversed(node.inputs)]


_DEEPEST = 40
"""Levels that are indented; below them the number of the level is written."""


def _which(x: Variable) -> str:
    assert x.node is not None
    return f"[{x.index}]" if len(x.node.outputs) > 1 else ""


def _node_row(x: Variable, node: Node) -> str:
    op = node.op
    known: tuple[Field[Any], ...] = fields(op) if is_dataclass(op) else ()
    words = printable(", ".join(f"{f.name}={getattr(op, f.name)!r}" for f in known), 60)
    name = x.name or x.target
    called = f" '{printable(name)}'" if name else ""
    where = f"  {node.origin.short}" if node.origin is not None else ""
    return f"{printable(op.name)}{f'({words})' if words else ''}{_which(x)}{called}  {x.type}{where}"


def _leaf_row(x: Variable) -> str:
    kind = _KINDS.get(type(x), "input")
    shown = f"'{printable(x.name or x.target or '')}'" if x.name or x.target else ""
    value = f" {in_short(x)}" if isinstance(x, Constant) and x.name is None and not x.type.ndim else ""
    return f"{kind}{value or (f' {shown}' if shown else '')}  {x.type}"
