"""Walks over graphs, all iterative: a chain of 100,000 nodes is no deeper than one of ten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from symnet.graph.variable import Constant, Node, Shared, Variable

if TYPE_CHECKING:
    from symnet.op import Op


def toposort(outputs: Iterable[Variable], stop: Callable[[Variable], bool] | None = None) -> list[Node]:
    """Every node the outputs depend on, inputs before users; the walk stops at variables where `stop` holds."""
    order: list[Node] = []
    done: set[Node] = set()
    for output in outputs:
        if output.node is None or output.node in done or (stop and stop(output)):
            continue
        stack = [output.node]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            ready = True
            for x in reversed(node.inputs):
                before = x.node
                if before is not None and before not in done and not (stop and stop(x)):
                    stack.append(before)
                    ready = False
            if ready:
                stack.pop()
                done.add(node)
                order.append(node)
    return order


def leaves(outputs: Iterable[Variable]) -> list[Variable]:
    """Inputs, constants and shared variables the outputs depend on, in the order of first use."""
    return Graph(outputs).leaves


def free_inputs(outputs: Iterable[Variable]) -> list[Variable]:
    """The leaves that need a value from outside: neither constant nor shared."""
    return Graph(outputs).free_inputs


Kinds = tuple[type, ...]


def kinds_at(node: Node) -> Kinds:
    """The class of a node's op, then those of the ops that made its inputs; of leaves their own."""
    return (type(node.op), *[type(x) if x.node is None else type(x.node.op) for x in node.inputs])


class Graph:
    """Outputs with every node they depend on, inputs before users; what it knows of them is found once."""

    def __init__(self, outputs: Iterable[Variable]) -> None:
        self.outputs = list(outputs)
        self.order = toposort(self.outputs)

    @cached_property
    def leaves(self) -> list[Variable]:
        """Inputs, constants and shared variables, in the order of first use."""
        found = dict.fromkeys([x for node in self.order for x in node.inputs if x.node is None])
        found.update(dict.fromkeys([y for y in self.outputs if y.node is None]))
        return list(found)

    @property
    def free_inputs(self) -> list[Variable]:
        """The leaves that need a value from outside: neither constant nor shared."""
        return [x for x in self.leaves if not isinstance(x, (Constant, Shared))]

    @property
    def shared(self) -> list[Shared]:
        """The shared variables among the leaves."""
        return [x for x in self.leaves if isinstance(x, Shared)]

    @cached_property
    def places(self) -> dict[Kinds, list[int]]:
        """The numbers of the nodes of one kind."""
        found: dict[Kinds, list[int]] = {}
        for k, node in enumerate(self.order):
            found.setdefault(kinds_at(node), []).append(k)
        return found

    @property
    def ops(self) -> set[type[Op]]:
        """The classes of the ops."""
        return {op for op, *_ in self.places}

    @cached_property
    def users(self) -> dict[Variable, list[Node]]:
        """For each variable the nodes that read it, in order."""
        found: dict[Variable, list[Node]] = {}
        for node in self.order:
            for x in dict.fromkeys(node.inputs):
                found.setdefault(x, []).append(node)
        return found

    @cached_property
    def readers(self) -> Counter[Variable]:
        """How many nodes read each variable; that it is an output counts as one more."""
        return Counter([*self.outputs, *(x for node in self.order for x in dict.fromkeys(node.inputs))])


def rebuild(node: Node, inputs: Sequence[Variable]) -> tuple[Variable, ...]:
    """The node's op on other inputs; names and the user's line carry over."""
    if node.inputs == tuple(inputs):  # variables are equal only to themselves
        return node.outputs
    outputs = node.op.apply(inputs, node.origin).outputs
    for old, new in zip(node.outputs, outputs, strict=True):
        new.name = old.name
        if new.node is not None:
            new.node.inner = node.inner
    return outputs


def substitute(outputs: Sequence[Variable], replacements: Mapping[Variable, Variable]) -> list[Variable]:
    """The outputs with variables replaced by others; what depends on no replaced one is shared, not copied."""
    if not replacements:
        return list(outputs)
    known: dict[Variable, Variable] = dict(replacements)
    for node in toposort(outputs, stop=known.__contains__):
        if all(y in known for y in node.outputs):
            continue
        for old, new in zip(node.outputs, rebuild(node, [known.get(x, x) for x in node.inputs]), strict=True):
            known.setdefault(old, new)
    return [known.get(y, y) for y in outputs]
