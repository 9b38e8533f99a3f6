"""Which nodes share a box: each its own where that stays legible, else composites, scopes, lines and stretches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile

from symnet.graph import Node
from symnet.origin import Origin, Part
from symnet.viz.sketch import Sketch

Key = Hashable | None
Keys = Callable[[Node], Key]
"""What nodes of one box have in common; None for a node that has a box of its own."""
_STRETCH = "one for each stretch"
Opened = bool | Collection[str] | None


@dataclass(eq=False)
class Box:
    """Nodes drawn as one, in one part and inside these scopes; `title` says what they are if they are several."""

    nodes: list[Node]
    part: Part
    scopes: tuple[str, ...]
    title: str | None = None
    composite: Hashable | None = None
    """Boxes of one opened composite have this in common."""


@dataclass
class Grouped:
    """The boxes of a picture, and what it says about those that hold several operations."""

    boxes: list[Box]
    note: str | None = None
    of: dict[Node, Box] = field(init=False)

    def __post_init__(self) -> None:
        self.of = {node: box for box in self.boxes for node in box.nodes}


def grouped(sketch: Sketch, depth: int | None, opened: Opened, limit: int) -> Grouped:
    """The boxes: as many as fit the limit, or as `depth` and `opened` say and still fit."""
    groups: list[list[Node]] = []
    name = ""  # of the finest way
    for way, keys in _ways(sketch, depth, opened, limit):
        name = way
        key = {node: keys(node) for node in sketch.order}
        if _at_least(key.values()) <= limit:
            groups = list(_connected(sketch, key))
            if len(groups) <= (limit // 3 if way == _STRETCH else limit):  # a stretch has parameters and results
                break
    boxes = [_box(sketch, nodes, name) for nodes in groups]
    note = None
    if name and len(sketch.order) > limit:
        note = (
            f"{len(sketch.order):,} operations in {len(boxes)} boxes, {name}; "
            f"open more with limit= (now {limit}) or depth=, or draw a part"
        )
    return Grouped(boxes, note)


def _ways(sketch: Sketch, depth: int | None, opened: Opened, limit: int) -> Iterator[tuple[str, Keys]]:
    """Ways to group, from the finest to the coarsest; the last one fits any limit of a dozen."""
    deepest = max((len(_origin(node).scopes) for node in sketch.order), default=0)
    keep = opened if isinstance(opened, Collection) else ()

    def by_composite(node: Node) -> Key:
        origin = _origin(node)
        if origin.composite is None or origin.composite in keep:
            return None
        return sketch.parts[node], origin.line, origin.scopes, origin.composite

    def by_scope(levels: int) -> Keys:
        def key(node: Node) -> Key:
            scopes = _origin(node).scopes
            closed = len(scopes) > levels and scopes[levels] not in keep
            return (sketch.parts[node], scopes[: levels + 1]) if closed else by_composite(node)

        return key

    if depth is None and opened in (None, True):
        yield "", _apart
    if depth is None:
        yield "composites whole", by_composite
    for levels in range(deepest - 1 if depth is None else min(depth, deepest), -1, -1):
        yield "one for each scope", by_scope(levels)
    turns = _turns(sketch)
    closed = by_scope(0)
    yield (
        "one for each scope and line",
        lambda node: closed(node) if _origin(node).scopes else (sketch.parts[node], _origin(node).line, turns[node]),
    )
    level = _levels(sketch)
    outer = {node: _origin(node).scopes[:1] for node in sketch.order}
    if len(set(outer.values())) > limit // 8:
        outer = dict.fromkeys(sketch.order, ())
    width = max(2, max(level.values(), default=0) // limit)
    while width < 2 * max(level.values(), default=0) + 4:
        yield _STRETCH, partial(_stretch, sketch.parts, outer, level, width)
        width *= 2


def _apart(node: Node) -> Key:
    return None


def _stretch(
    parts: Mapping[Node, Part],
    scopes: Mapping[Node, tuple[str, ...]],
    level: Mapping[Node, int],
    width: int,
    node: Node,
) -> Key:
    return parts[node], scopes[node], level[node] // width


def _turns(sketch: Sketch) -> dict[Node, int]:
    """The turn of a loop each node is of: a new one begins where a line has an op a second time on the way to it."""
    found: dict[Node, int] = {}
    met: dict[Node, frozenset[type]] = {}
    for node in sketch.order:
        line, kind = _origin(node).line, type(node.op)
        before = [x.node for x in sketch.reads(node) if x.node in found]
        same = [b for b in before if b is not None and _origin(b).line == line]
        last = max(same, key=found.__getitem__, default=None)
        seen = met[last] if last is not None else frozenset()
        found[node] = (found[last] if last is not None else 0) + (kind in seen)
        met[node] = frozenset((kind,)) if kind in seen else seen | {kind}
    return found


def _levels(sketch: Sketch) -> dict[Node, int]:
    """How many steps each node is from the start: as late as its readers let it be, so that `w.T` is with its product.

    Where nothing reads a node, it is the length of the longest way to it.
    """
    found: dict[Node, int] = {}
    for node in sketch.order:
        found[node] = 1 + max((found[x.node] for x in sketch.reads(node) if x.node in found), default=0)
    latest: dict[Node, int] = {}
    for node in reversed(sketch.order):
        found[node] = level = latest.get(node, found[node] + 1) - 1
        for x in sketch.reads(node):
            if x.node in found:
                latest[x.node] = min(level, latest.get(x.node, level))
    return found


def _at_least(keys: Collection[Key]) -> int:
    """How many groups there are, if nodes of one key hang together."""
    return len(set(keys) - {None}) + sum(key is None for key in keys)


def _connected(sketch: Sketch, key: Mapping[Node, Key]) -> Iterator[list[Node]]:
    """Nodes of one key that hang together; scopes and stretches are one wherever their nodes are."""
    parent: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        while parent[node] is not node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    whole: dict[Key, Node] = {}
    for node in sketch.order:
        parent[node] = node
        mine = key[node]
        if mine is None:
            continue
        if not _is_by_line(mine):
            parent[node] = root(whole.setdefault(mine, node))
            continue
        for x in sketch.reads(node):
            if x.node in parent and key[x.node] == mine:
                parent[root(x.node)] = node
    found: dict[Node, list[Node]] = {}
    for node in sketch.order:
        found.setdefault(root(node), []).append(node)
    yield from found.values()


def _is_by_line(key: Key) -> bool:
    return isinstance(key, tuple) and len(key) > 2 and isinstance(key[1], tuple) and len(key[1]) == 3 and bool(key[1])


def _box(sketch: Sketch, nodes: list[Node], way: str) -> Box:
    origins = [_origin(node) for node in nodes]
    common = tuple(
        names[0] for names in takewhile(lambda names: len(set(names)) == 1, zip(*(o.scopes for o in origins)))
    )
    box = Box(nodes, sketch.parts[nodes[0]], common)
    first = origins[0]
    if len(nodes) == 1:
        if first.composite:
            box.composite = (box.part, first.line, first.scopes, first.composite)
        return box
    if way == _STRETCH:
        box.title, box.scopes = _stretch_of(origins) or kinds(nodes), ()
    elif all(o.composite == first.composite and o.line == first.line for o in origins) and first.composite:
        box.title = first.composite
    elif common:
        box.title, box.scopes = common[-1], common[:-1]
    elif all(o.line == first.line for o in origins):
        box.title = first.target or _short(first.source) or first.short
    else:
        box.title = kinds(nodes)
    return box


def _stretch_of(origins: Sequence[Origin]) -> str | None:
    """The scopes that a stretch begins and ends in, or the line that all of it is."""
    outer = list(dict.fromkeys(o.scopes[0] for o in origins if o.scopes))
    if outer:
        return outer[0] if len(outer) == 1 else f"{outer[0]} \u2026 {outer[-1]}"
    return origins[0].target if all(o.line == origins[0].line for o in origins) else None


def kinds(nodes: Sequence[Node]) -> str:
    """`tanh x 1,024, add x 512 and 3 other kinds`."""
    counts = Counter(node.op.name for node in nodes).most_common()
    shown = ", ".join(f"{name} \u00d7 {n:,}" if n > 1 else name for name, n in counts[:2])
    return shown + (f" and {len(counts) - 2} more kinds" if len(counts) > 2 else "")


def _short(text: str) -> str:
    return text if len(text) <= 36 else f"{text[:35]}\u2026"


_NOWHERE = Origin("", 0)


def _origin(node: Node) -> Origin:
    return node.origin or _NOWHERE
