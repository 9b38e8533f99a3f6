"""New values in place: what only they need is computed last, into the shared variables' own memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from symnet.graph import Node, Variable, rebuild, toposort
from symnet.lowering.pieces import gathered, readers_of
from symnet.lowering.schedule import in_order, part
from symnet.op import Elementwise, Split


@dataclass(frozen=True)
class Updating:
    """The nodes that run last, in order, and which of their results are written over which old value."""

    order: tuple[Node, ...]
    targets: Mapping[Variable, Variable]


def updating(outputs: Sequence[Variable], values: Mapping[Variable, Variable]) -> Updating:
    """What can be put off until everything else is computed; `values` has the new value of each shared variable.

    These are ops on which no output and no gradient depends, and which cannot fail (`Op.can_wait`), so that a call may
    begin to overwrite old values once it has come to them. A new value is written in place of the old one if everyone
    else has read that by then; where two wait for each other, one of them is written elsewhere and copied.
    """
    late = _late(outputs, values.values())
    if not late:
        return Updating((), {})
    targets: dict[Variable, Variable] = {}
    uses = Counter(values.values())
    for old, new in values.items():
        if new.node in late and uses[new] == 1 and _reads_only_itself(new.node, old):
            targets[new] = old
    order = _in_order(late, targets)
    if len(order) < len(late):
        targets = _without_circles(late, targets)
        order = _in_order(late, targets)
    return Updating(tuple(order), targets)


def _late(outputs: Sequence[Variable], values: Collection[Variable]) -> dict[Node, None]:
    order = toposort([*outputs, *values])
    early = {y.node for y in outputs}
    late = []
    for node in reversed(order):
        if node in early or part(node) != "update" or not node.op.can_wait:
            early.update([x.node for x in node.inputs])
        else:
            late.append(node)
    return dict.fromkeys(reversed(late))


def _reads_only_itself(node: Node, old: Variable) -> bool:
    """Whether the op may write where it reads the old value: not through a view, and not where it needs it again."""
    for k, x in enumerate(node.inputs):
        if root(x) is old and (x is not old or k not in node.op.overwrites):
            return False
    return True


def root(x: Variable) -> Variable:
    """The variable whose memory `x` looks into."""
    while x.node is not None and x.node.op.is_view:
        x = x.node.inputs[0]
    return x


def _in_order(late: Collection[Node], targets: Mapping[Variable, Variable]) -> list[Node]:
    """The nodes in an order in which each old value is read before it is overwritten, as far as there is one."""
    # Scalars first: then what is done to arrays stands together.
    return in_order(_before(late, targets), lambda node: int(node.outputs[0].type.ndim > 0))


def _before(late: Collection[Node], targets: Mapping[Variable, Variable]) -> dict[Node, set[Node]]:
    """What each node waits for: its inputs, and if it overwrites an old value, those that read that."""
    writer = {old: new.node for new, old in targets.items()}
    before = {node: {x.node for x in node.inputs if x.node is not None and x.node in late} for node in late}
    for node in late:
        for x in node.inputs:
            last = writer.get(root(x))
            if last is not None and last is not node:
                before[last].add(node)
    return before


def _without_circles(late: Collection[Node], targets: Mapping[Variable, Variable]) -> dict[Variable, Variable]:
    """The targets without those, the last ones first, for which nodes would wait for each other."""
    kept = dict(targets)
    waiting = _before(late, targets)
    for_inputs = _before(late, {})
    after: dict[Node, list[Node]] = {}
    for node, earlier in waiting.items():
        for other in earlier:
            after.setdefault(other, []).append(node)
    done: set[Node] = set()
    ready = [node for node, earlier in waiting.items() if not earlier]
    last = list(targets)
    while len(done) < len(waiting):
        while ready:
            node = ready.pop()
            done.add(node)
            for later in after.get(node, ()):
                if node in waiting[later]:
                    waiting[later].discard(node)
                    ready += [] if waiting[later] else [later]
        if len(done) < len(waiting):
            stuck = last.pop()
            if stuck.node is not None and stuck.node not in done:
                del kept[stuck]
                waiting[stuck.node] = for_inputs[stuck.node] - done
                ready += [] if waiting[stuck.node] else [stuck.node]
    return kept


def in_pieces(
    last: Updating, kept: Collection[Variable], cache: int
) -> tuple[Updating, dict[Variable, Variable]]:
    """The same updates, those of arrays that outgrow the cache piece by piece, and what stands for variables now.

    Values that are `kept` have memory of their own.
    """
    readers = readers_of(last.order)
    known: dict[Variable, Variable] = {}
    targets = dict(last.targets)
    order: list[Node] = []
    overwritten = set(last.targets.values())
    for shape, run in groupby(last.order, lambda node: _common_shape(node, overwritten, kept)):
        nodes: list[Any] = []
        before = list(run)
        for node in before:
            (y,) = rebuild(node, [known.get(x, x) for x in node.inputs])
            _moved(node.outputs[0], y, known, targets)
            nodes.append(y.node)
        own = [y for node in nodes for y in node.outputs]
        if not shape or sum(y.type.nbytes for y in own) <= cache:
            order += nodes
            continue
        cut = [(node, Split(tuple(0 if x.type.ndim else None for x in node.inputs), 0)) for node in nodes]
        read_after = {known.get(y, y) for node in before for y in node.outputs if readers[y] - set(before)}
        op = gathered(cut, {}, {*targets, *read_after}, shape[0], in_order=True)
        made = op.apply([x for x, _ in op.operands], None)
        order.append(made)
        for (old, _), new in zip(op.results, made.outputs, strict=True):
            new.name = old.name
            _moved(old, new, known, targets)
    return Updating(tuple(order), targets), known


def _moved(
    old: Variable, new: Variable, known: dict[Variable, Variable], targets: dict[Variable, Variable]
) -> None:
    """Have `new` stand for `old` from now on."""
    if new is not old:
        known[old] = new
        if old in targets:
            targets[new] = targets.pop(old)


def _common_shape(node: Node, overwritten: Collection[Variable], kept: Collection[Variable]) -> tuple[int, ...]:
    """The shape of all arrays an elementwise node reads and writes; () where they differ, where it reads through a
    view, and where its result is to stand elsewhere."""
    if not isinstance(node.op, Elementwise) or any(y in kept for y in node.outputs):
        return ()
    arrays = [x for x in (*node.inputs, *node.outputs) if x.type.ndim]
    turned = any(root(x) in overwritten and root(x) is not x for x in node.inputs)
    shapes = {x.type.shape for x in arrays}
    return next(iter(shapes)) if len(shapes) == 1 and not turned else ()  # type: ignore[return-value]
