"""New values in place: what only they need is computed last, into the shared variables' own memory."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from symnet.graph import Node, Variable, toposort
from symnet.lowering.schedule import part
from symnet.op import Elementwise


@dataclass(frozen=True)
class Updating:
    """The nodes that run last, in order, and which of their results are written over which old value."""

    order: tuple[Node, ...]
    targets: Mapping[Variable, Variable]


def updating(outputs: Sequence[Variable], values: Mapping[Variable, Variable]) -> Updating:
    """What can be put off until everything else is computed; `values` has the new value of each shared variable.

    These are elementwise ops on which no output and no gradient depends: they cannot fail, so that a call may begin to
    overwrite old values once it has come to them. A new value is written in place of the old one if everyone
    else has read that by then; where two wait for each other, one of them is written elsewhere and copied.
    """
    late = _late(outputs, values.values())
    if not late:
        return Updating((), {})
    targets: dict[Variable, Variable] = {}
    for old, new in values.items():
        if new.node in late and new not in targets and _reads_only_itself(new.node, old):
            targets[new] = old
    order = _in_order(late, targets)
    while order is None:
        targets.popitem()
        order = _in_order(late, targets)
    return Updating(tuple(order), targets)


def _late(outputs: Sequence[Variable], values: Collection[Variable]) -> dict[Node, None]:
    order = toposort([*outputs, *values])
    early = {y.node for y in outputs}
    late = []
    for node in reversed(order):
        if node in early or part(node) != "update" or not isinstance(node.op, Elementwise):
            early.update(x.node for x in node.inputs)
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


def _in_order(late: Collection[Node], targets: Mapping[Variable, Variable]) -> list[Node] | None:
    """The nodes in an order in which each old value is read before it is overwritten; None if there is none."""
    position = {node: k for k, node in enumerate(late)}
    writer = {old: new.node for new, old in targets.items()}
    before: dict[Node, set[Node]] = {node: {x.node for x in node.inputs if x.node in position} for node in late}
    for node in late:
        for x in node.inputs:
            last = writer.get(root(x))
            if last is not None and last is not node:
                before[last].add(node)
    after: dict[Node, list[Node]] = {}
    for node, earlier in before.items():
        for other in earlier:
            after.setdefault(other, []).append(node)
    waiting = {node: len(earlier) for node, earlier in before.items()}
    ready = [position[node] for node in late if not waiting[node]]
    nodes, order = list(late), []
    heapq.heapify(ready)
    while ready:
        node = nodes[heapq.heappop(ready)]
        order.append(node)
        for later in after.get(node, ()):
            waiting[later] -= 1
            if not waiting[later]:
                heapq.heappush(ready, position[later])
    return order if len(order) == len(nodes) else None
