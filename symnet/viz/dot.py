"""DOT text of boxes, their clusters and edges; no word of the user's can become DOT, HTML or an escape."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

import graphviz

from symnet.graph import Constant, Shared, Variable
from symnet.origin import Part
from symnet.viz.figures import Heat
from symnet.viz.grouping import Box, Grouped, kinds
from symnet.viz.palette import FILL, INK, LEGEND, heat
from symnet.viz.sketch import Sketch

_FONT = "Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"
_LETTER = 0.6
"""The width of a letter beside its height in the widest font that stands in for Helvetica: boxes hold it too."""
_GRAPH = {
    "fontname": _FONT, "fontsize": "11", "ranksep": "0.32", "nodesep": "0.22", "margin": "0.1", "labelloc": "b",
    "tooltip": " ", "bgcolor": "white",
}  # fmt: skip
_NODE = {
    "fontname": _FONT, "fontsize": "11", "shape": "box", "style": "rounded,filled", "fillcolor": "white",
    "color": "#666666", "height": "0.28", "margin": "0.09,0.04",
}  # fmt: skip
_EDGE = {"color": "#888888", "arrowsize": "0.6", "tooltip": " "}
_LOOK: Mapping[str, dict[str, str]] = {
    "input": {"shape": "oval", "style": "filled"},
    "parameter": {"shape": "box", "style": "filled", "peripheries": "2"},
    "constant": {"shape": "plaintext", "style": "", "height": "0.2", "width": "0"},
    "output": {"shape": "oval", "style": "filled", "fillcolor": "#eeeeee"},
    "new": {"shape": "box", "style": "filled", "peripheries": "2", "fillcolor": "#eeeeee"},
}
_STRAIGHT = "8"
"""How much straighter the way from one operation to the next is drawn than that from a parameter."""
Kind = Literal["input", "parameter", "constant"]
Place = tuple[tuple[str, Any], ...]
"""The clusters that something stands in, the outermost first."""
_TOGETHER = 4
"""So many parameters, inputs or results of one box have shapes of their own; more share one."""


def dot_text(sketch: Sketch, grouped: Grouped, measured: Heat | None) -> str:
    """The picture as DOT text."""
    return _Drawing(sketch, grouped, measured).dot.source


class _Drawing:
    """What is drawn, collected in a tree of clusters, and written once all of it is known."""

    def __init__(self, sketch: Sketch, grouped: Grouped, measured: Heat | None) -> None:
        self.sketch, self.grouped, self.measured = sketch, grouped, measured
        attributes = dict(_GRAPH)
        if grouped.note:
            attributes["label"] = text(grouped.note)
        self.dot = graphviz.Digraph(graph_attr=attributes, node_attr=_NODE, edge_attr=_EDGE)
        self._ids = {box: f"n{k}" for k, box in enumerate(grouped.boxes)}
        self._together = _composites(grouped.boxes)
        self._given = _given(sketch, grouped)
        self._new = {y.node for _, y, is_new in sketch.roots if is_new}
        self._tree: dict[Any, Any] = {}
        self._leaves: dict[Hashable, _Leaf] = {}
        self._edges: list[_Edge] = []
        self._clusters = 0
        for box in grouped.boxes:
            self._at(self._place(box)).append((self._ids[box], *self._box(box)))
            self._edges_into(box)
        for k, leaf in enumerate(self._leaves.values()):
            leaf.id = f"v{k}"
            self._at(_common(leaf.places)).append((leaf.id, leaf.lines, leaf.look))
        self._roots()
        self._legend()
        self._write()

    def _place(self, box: Box) -> Place:
        scopes = tuple(("scope", name) for name in box.scopes)
        frame = (("composite", box.composite),) if box.composite in self._together else ()
        return (("part", box.part), *scopes, *frame)

    def _at(self, place: Place) -> list[Any]:
        inside = self._tree
        for key in place:
            inside = inside.setdefault(key, {})
        found: list[Any] = inside.setdefault("nodes", [])
        return found

    # boxes ----------------------------------------------------------------------------------------------------------
    def _box(self, box: Box) -> tuple[list[str], dict[str, str]]:
        lines, fill = [*self._lines(box), *self._types(self._given[box])], FILL[box.part]
        if self.measured is not None:
            fill = heat(self.measured.share(box.nodes))
            lines.append(self.measured.text(box.nodes))
        look = {"fillcolor": fill, "color": INK[box.part], "tooltip": text(_tooltip(box)), **_wide(lines)}
        return lines, look | ({"penwidth": "2"} if len(box.nodes) > 1 else {})

    def _lines(self, box: Box) -> list[str]:
        node = box.nodes[0]
        if box.title is not None:
            what = kinds(box.nodes)
            return [what] if what == box.title else [box.title, f"{len(box.nodes):,} operations"]
        # A new value's line names the list of updates; its own name stands in the box below it.
        name = None if node in self._new else self.sketch.names.get(node.outputs[0])
        return [node.op.name] if name is None or name == node.op.name else [name, node.op.name]

    def _types(self, xs: Iterable[Variable]) -> list[str]:
        """The types of values, each once; of sizes and numbers the value says enough."""
        told = [x for x in xs if x not in self.sketch.sizes and not (isinstance(x, Constant) and x.type.ndim == 0)]
        types = list(dict.fromkeys(str(x.type) for x in told))
        return types if len(types) < 3 else [*types[:2], f"and {len(types) - 2} more types"]

    # edges ----------------------------------------------------------------------------------------------------------
    def _edges_into(self, box: Box) -> None:
        """An edge from each box it reads, and from its leaves."""
        of, sketch = self.grouped.of, self.sketch
        from_box: dict[Box, list[Variable]] = {}
        from_leaf: dict[Kind, list[Variable]] = {}
        for x in dict.fromkeys(x for node in box.nodes for x in sketch.reads(node)):
            maker = sketch.maker(x)
            if maker is None:
                from_leaf.setdefault(self._kind(x), []).append(x)
            elif maker in of and of[maker] is not box:
                from_box.setdefault(of[maker], []).append(x)
        for other, xs in from_box.items():
            self._edges.append(_Edge(self._ids[other], self._ids[box], xs, other.part, box.part))
        for kind, xs in from_leaf.items():
            if len(xs) <= _TOGETHER:
                for x in xs:
                    alone = x.type.ndim == 0 or x in sketch.sizes
                    leaf = self._leaf([x], kind, self._ids[box] if alone else box.part, self._place(box))
                    self._edges.append(_Edge(leaf, self._ids[box], [x], box.part, box.part))
            elif kind != "constant":
                leaf = self._leaf(xs, kind, self._ids[box], self._place(box))
                self._edges.append(_Edge(leaf, self._ids[box], xs, box.part, box.part))

    def _kind(self, x: Variable) -> Kind:
        if x in self.sketch.sizes or isinstance(x, Constant):
            return "constant"
        return "parameter" if isinstance(x, Shared) or x in self.sketch.states else "input"

    def _leaf(self, xs: Sequence[Variable], kind: Kind, for_: Hashable, place: Place) -> _Leaf:
        key = (tuple(xs), for_)
        if key not in self._leaves:
            lines = _several([self._leaf_text(x) for x in xs], f"{kind}s") + self._types(xs)
            origin = xs[0].origin if xs[0] not in self.sketch.sizes else None
            look = {**(_wide(lines) if kind != "constant" else {}), **_LOOK[kind]}
            self._leaves[key] = _Leaf(kind, lines, {**look, "tooltip": text(origin.short if origin else " ")})
        self._leaves[key].places.append(place)
        return self._leaves[key]

    def _leaf_text(self, x: Variable) -> str:
        if x in self.sketch.sizes:
            return self.sketch.sizes[x]
        if isinstance(x, Constant) and x.type.ndim == 0:
            value = f"{x.data.item():.6g}" if x.type.is_float else str(x.data.item())
            return value if x.name is None else f"{x.name} = {value}"
        return x.label

    def _roots(self) -> None:
        """Outputs and new values, each at the end of an edge."""
        ends: dict[tuple[Box | None, bool], list[tuple[str, Variable]]] = {}
        for label, y, is_new in self.sketch.roots:
            maker = self.sketch.maker(y)
            ends.setdefault((self.grouped.of.get(maker) if maker else None, is_new), []).append((label, y))
        count = 0
        for (box, is_new), several in ends.items():
            together = box is not None and len(several) > _TOGETHER
            for group in [several] if together else [[one] for one in several]:
                lines = _several([label for label, _ in group], "new values" if is_new else "outputs")
                place: Place = self._place(box)[:1] if box is not None else ()
                part: Part = box.part if box is not None else "forward"
                self._at(place).append((f"r{count}", lines, {**_LOOK["new" if is_new else "output"], **_wide(lines)}))
                ys = [y for _, y in group]
                start = self._ids[box] if box is not None else self._loose(ys[0], place)
                self._edges.append(_Edge(start, f"r{count}", ys, part, part))
                count += 1

    def _loose(self, y: Variable, place: Place) -> str:
        """A leaf that is an output as it is."""
        leaf = self._leaf([y], self._kind(y), "", place)
        if not leaf.id:
            leaf.id = f"w{len(self._leaves)}"
            self._at(place).append((leaf.id, leaf.lines, leaf.look))
        return leaf.id

    # writing --------------------------------------------------------------------------------------------------------
    def _write(self) -> None:
        parts = [key for key in self._tree if key != "nodes"]
        if len(parts) == 1:
            self._fill(self.dot, self._tree[parts[0]], parts[0][1])
        else:
            for part in sorted(parts, key=lambda key: list(FILL).index(key[1])):
                look = {"penwidth": "1.5", "style": "rounded", "fontsize": "13"}
                apart = {"peripheries": "0", "label": "", "margin": "7"}  # frames that would touch
                with self.dot.subgraph(name=f"cluster_apart_{part[1]}", graph_attr=apart) as around:
                    self._cluster(around, self._tree[part], part[1], LEGEND[part[1]], look)
        self._nodes(self.dot, self._tree.get("nodes", ()))
        for edge in self._edges:
            self._edge(edge)

    def _fill(self, dot: Any, inside: dict[Any, Any], part: Part) -> None:
        for key, below in inside.items():
            if key == "nodes":
                self._nodes(dot, below)
            elif key[0] == "scope":
                self._cluster(dot, below, part, key[1], {"style": "rounded", "penwidth": "0.8"})
            else:
                self._cluster(dot, below, part, key[1][-1], {"style": "rounded,dashed", "penwidth": "0.6"})

    def _cluster(self, dot: Any, inside: dict[Any, Any], part: Part, label: str, look: Mapping[str, str]) -> None:
        self._clusters += 1
        attributes = {
            "label": text(label), "color": INK[part], "fontcolor": INK[part], "labelloc": "t", "labeljust": "l",
            "margin": "9", "peripheries": "1", **look,
        }  # fmt: skip
        with dot.subgraph(name=f"cluster_{self._clusters}", graph_attr=attributes) as cluster:
            self._fill(cluster, inside, part)

    def _nodes(self, dot: Any, nodes: Iterable[tuple[str, list[str], dict[str, str]]]) -> None:
        for identifier, lines, look in nodes:
            dot.node(identifier, _label(lines), **look)

    def _edge(self, edge: _Edge) -> None:
        """Its tooltip tells the types; a label would stand across frames, which Graphviz keeps only boxes away from."""
        start = edge.start if isinstance(edge.start, str) else edge.start.id
        look = {} if edge.part == edge.of else {"color": f"{INK[edge.of]}99", "style": "dashed"}
        if types := self._types(edge.values):
            look["tooltip"] = look["edgetooltip"] = text(", ".join(types))
        if start.startswith("n") and edge.end.startswith("n") and edge.part == edge.of:
            look["weight"] = _STRAIGHT
            if edge.part == "backward" and self.grouped.note:
                # Upwards beside the forward part, so that what a gradient reads of it is near.
                self.dot.edge(edge.end, start, dir="back", **look)
                return
        self.dot.edge(start, edge.end, **look)

    def _legend(self) -> None:
        """What colours and outlines mean, a row each."""
        used = [part for part in FILL if ("part", part) in self._tree]
        kinds_used = {leaf.kind for leaf in self._leaves.values()}
        if len(used) + len(kinds_used) < 3 and self.measured is None:
            return
        attributes = {"label": "", "color": "#dddddd", "margin": "6", "style": "rounded"}
        rows: list[list[tuple[str, dict[str, str]]]] = [[], [], []]
        for part in used if len(used) > 1 else ():
            fill = FILL[part] if self.measured is None else "white"
            rows[0].append((LEGEND[part], {"fillcolor": fill, "color": INK[part]}))
        rows[1] = [(kind, _LOOK[kind]) for kind in ("input", "parameter", "constant") if kind in kinds_used]
        if self.measured is not None:
            ticks = [f"{self.measured.what}: 0", *(self.measured.tick(k / 4) for k in range(1, 5))]
            looks = [{"fillcolor": heat(k / 4), "style": "filled", "color": "#bbbbbb"} for k in range(5)]
            rows[2] = list(zip(ticks, looks, strict=True))
        with self.dot.subgraph(name="cluster_legend", graph_attr=attributes, node_attr={"fontsize": "9"}) as legend:
            above: list[str] = []
            for r, row in enumerate(filter(None, rows)):
                names = [f"legend_{r}_{k}" for k in range(len(row))]
                for name, (label, look) in zip(names, row, strict=True):
                    legend.node(name, label, **look)
                for k, name in enumerate(names if above else ()):
                    legend.edge(above[min(k, len(above) - 1)], name, style="invis")
                above = names


@dataclass
class _Leaf:
    """An input, a parameter, a number, or several of them, and the places of the boxes that read it."""

    kind: Kind
    lines: list[str]
    look: dict[str, str]
    places: list[Place] = field(default_factory=list)
    id: str = ""


@dataclass
class _Edge:
    """From a box of the part `of`, or a leaf, to a box of `part`: these values."""

    start: str | _Leaf
    end: str
    values: Sequence[Variable]
    of: Part
    part: Part


def _common(places: Sequence[Place]) -> Place:
    """The innermost cluster around all of the places."""
    return tuple(keys[0] for keys in takewhile(lambda keys: len(set(keys)) == 1, zip(*places)))


def _composites(boxes: Iterable[Box]) -> set[Hashable]:
    """Those of which several boxes are drawn: they are worth a frame."""
    seen: set[Hashable] = set()
    return {b.composite for b in boxes if b.composite is not None and (b.composite in seen or seen.add(b.composite))}  # type: ignore[func-returns-value]


def _given(sketch: Sketch, grouped: Grouped) -> dict[Box, dict[Variable, None]]:
    """What each box gives: to another one, or as a result."""
    found: dict[Box, dict[Variable, None]] = {box: {} for box in grouped.boxes}
    read = [(x, box) for box in grouped.boxes for node in box.nodes for x in sketch.reads(node)]
    for x, reader in [*read, *((y, None) for _, y, _ in sketch.roots)]:
        maker = sketch.maker(x)
        box = grouped.of.get(maker) if maker is not None else None
        if box is not None and (box is not reader or len(box.nodes) == 1):
            found[box][x] = None
    return found


def _tooltip(box: Box) -> str:
    origin = box.nodes[0].origin
    what = repr(box.nodes[0].op) if len(box.nodes) == 1 else kinds(box.nodes)
    words = f"{what}  {origin.short}  {origin.source}" if origin is not None else what
    return words.replace("\\", "\u2216")  # Graphviz looks for escapes in tooltips once more, after they are undone


def _several(labels: Sequence[str], what: str) -> list[str]:
    if len(labels) <= _TOGETHER:
        return list(labels)
    return [*labels[: _TOGETHER - 1], f"\u2026 {len(labels):,} {what}"]


def _wide(lines: Sequence[str]) -> dict[str, str]:
    return {"width": f"{max(map(len, lines), default=0) * _LETTER * 11 / 72 + 0.1:.2f}"}


def _label(lines: Sequence[str]) -> str:
    nohtml: Callable[[str], str] = graphviz.nohtml  # or `<b>` would be taken for markup
    return nohtml("\\n".join(text(line) for line in lines))


def text(words: str) -> str:
    """Words as a DOT string shows them: no escape, entity or HTML label, nothing that cannot be printed."""
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)
    escaped: str = graphviz.escape(printable.replace("&", "&amp;"))
    return escaped
