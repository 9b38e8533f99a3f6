"""The order in which nodes run: forward, backward, update; within a part as the graph was written."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from symnet.graph import Node, Variable, toposort
from symnet.origin import Part

_PARTS = {"forward": 0, "backward": 1, "update": 2}


def schedule(outputs: Sequence[Variable], updates: Sequence[Variable]) -> list[Node]:
    """The nodes below the outputs and updates, inputs before users.

    Updates are visited last to first: the gradients of the last layer come first and free what they held.
    """
    order = toposort([*outputs, *reversed(updates)])
    position = {node: k for k, node in enumerate(order)}
    waiting = {node: len({x.node for x in node.inputs if x.node is not None}) for node in order}
    readers: dict[Node, list[Node]] = {}
    for node in order:
        for before in {x.node for x in node.inputs if x.node is not None}:
            readers.setdefault(before, []).append(node)

    def priority(node: Node) -> tuple[int, int]:
        return _PARTS[part(node)], position[node]

    ready = [priority(node) for node in order if not waiting[node]]
    heapq.heapify(ready)
    result = []
    while ready:
        node = order[heapq.heappop(ready)[1]]
        result.append(node)
        for reader in readers.get(node, ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, priority(reader))
    return result


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
