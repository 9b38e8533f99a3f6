"""The order in which nodes run: forward, backward, update; within a part as the graph was written."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence

from symnet.graph import Node, Variable, toposort
from symnet.origin import Part

# A tangent is computed beside its value: then neither waits for the other in memory.
_PARTS = {"forward": 0, "tangent": 0, "backward": 1, "update": 2}


def schedule(outputs: Sequence[Variable], updates: Sequence[Variable]) -> list[Node]:
    """The nodes below the outputs and updates, inputs before users.

    Updates are visited last to first: the gradients of the last layer come first and free what they held.
    """
    order = toposort([*outputs, *reversed(updates)])
    before = {node: {x.node for x in node.inputs if x.node is not None} for node in order}
    return in_order(before, lambda node: _PARTS[part(node)])


def in_order(before: Mapping[Node, Collection[Node]], rank: Callable[[Node], int]) -> list[Node]:
    """The nodes, each after those that are `before` it; of the ready ones that of the lowest rank, then as given.

    Nodes that wait for each other are left out.
    """
    nodes = list(before)
    position = {node: k for k, node in enumerate(nodes)}
    waiting = {node: len(earlier) for node, earlier in before.items()}
    after: dict[Node, list[Node]] = {}
    for node, earlier in before.items():
        for other in earlier:
            after.setdefault(other, []).append(node)
    ready = [(rank(node), position[node]) for node in nodes if not waiting[node]]
    heapq.heapify(ready)
    order = []
    while ready:
        node = nodes[heapq.heappop(ready)[1]]
        order.append(node)
        for later in after.get(node, ()):
            waiting[later] -= 1
            if not waiting[later]:
                heapq.heappush(ready, (rank(later), position[later]))
    return order


def mark_updates(outputs: Sequence[Variable], updates: Sequence[Variable]) -> None:
    """Mark as `update` what only new values need: no output, and no gradient, depends on it."""
    order = toposort([*outputs, *updates])
    gradients = [y for node in order if part(node) == "backward" for y in node.outputs]
    needed = set(toposort([*outputs, *gradients]))
    for node in order:
        if node not in needed and node.origin is not None:
            node.origin = node.origin.as_part("update")


def part(node: Node) -> Part:
    """The part of the program a node belongs to."""
    return node.origin.part if node.origin is not None else "forward"
