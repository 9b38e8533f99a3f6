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
    place = [(rank(node), k) for k, node in enumerate(nodes)]
    waiting = [len(before[node]) for node in nodes]
    after: list[list[int]] = [[] for _ in nodes]
    for k, node in enumerate(nodes):
        for other in before[node]:
            after[position[other]].append(k)
    ready = [place[k] for k, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, k = heapq.heappop(ready)
        order.append(nodes[k])
        for later in after[k]:
            waiting[later] -= 1
            if not waiting[later]:
                heapq.heappush(ready, place[later])
    return order


def mark_updates(order: Sequence[Node], outputs: Sequence[Variable]) -> None:
    """Of nodes in order mark as `update` what only new values need: no output, and no gradient, depends on it."""
    needed = {y.node for y in outputs}
    for node in reversed(order):
        if node in needed or part(node) == "backward":
            needed.add(node)
            needed.update([x.node for x in node.inputs])
    for node in order:
        if node not in needed and node.origin is not None:
            node.origin = node.origin.as_part("update")


def part(node: Node) -> Part:
    """The part of the program a node belongs to."""
    return node.origin.part if node.origin is not None else "forward"
