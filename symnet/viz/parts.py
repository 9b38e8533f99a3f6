"""Which part of a program each node belongs to: forward, tangent, gradient or update."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from symnet.graph import Node, Variable
from symnet.origin import Part


def parts(
    order: Sequence[Node],
    outputs: Iterable[Variable],
    reads: Callable[[Node], Iterable[Variable]] = lambda node: node.inputs,
) -> dict[Node, Part]:
    """The part of each node, given inputs before users; `reads` tells the inputs of a graph that is being rewritten.

    What neither an output nor a gradient needs is there for the updates.
    """
    found: dict[Node, Part] = {node: node.origin.part if node.origin else "forward" for node in order}
    needed = {y.node for y in outputs if y.node is not None}
    for node in reversed(order):
        if node in needed or found[node] == "backward":
            needed.update(x.node for x in reads(node) if x.node is not None)
        elif found[node] == "forward":
            found[node] = "update"
    return found
