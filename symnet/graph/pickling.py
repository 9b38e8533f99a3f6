"""Graphs as plain lists, so that pickling one needs no recursion however long its chains are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symnet.graph.variable import Constant, Node, Shared, Variable
from symnet.graph.walk import toposort
from symnet.types import TensorType

if TYPE_CHECKING:
    import numpy as np

    from symnet.origin import Origin

Flat = dict[str, list[Any]]
"""`leaves`: the variables no node made. `values`: ops, types and origins, each once. `nodes`: numbers of op,
inputs, types and origin, and names. `outputs`: numbers of variables; the leaves come first, then each node's
results."""


class _Numbering:
    """Numbers values in the order in which they are first seen."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def of(self, value: Any) -> int:
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


def flatten(outputs: Sequence[Variable]) -> Flat:
    """The graph of the outputs as plain nested lists, to be pickled.

    Everything shared between the outputs is written once, and `restore` gives it back shared. The leaves
    (inputs, constants, shared variables) stand there as themselves, so a pickle of several graphs keeps those
    in common.
    """
    table = _Numbering()
    leaves: list[Variable] = []
    numbers: dict[Variable, int] = {}
    order = toposort(outputs)
    for x in (x for xs in (*(node.inputs for node in order), outputs) for x in xs):
        if x.node is None and x not in numbers:
            numbers[x] = len(leaves)
            leaves.append(x)
    nodes: list[Any] = []
    for node in order:
        for y in node.outputs:
            numbers[y] = len(numbers)
        nodes.append([
            table.of(node.op),
            [numbers[x] for x in node.inputs],
            [table.of(y.type) for y in node.outputs],
            [y.name for y in node.outputs],
            table.of(node.origin),
            node.inner,
        ])  # fmt: skip
    return {
        "leaves": leaves,
        "values": table.values,
        "nodes": nodes,
        "outputs": [numbers[y] for y in outputs],
    }


def restore(flat: Flat) -> list[Variable]:
    """The outputs of a graph from what `flatten` made of it: new nodes of equal ops, in the same order."""
    known, values = list(flat["leaves"]), flat["values"]
    for op, inputs, types, names, origin, inner in flat["nodes"]:
        node = Node(values[op], [known[k] for k in inputs], [values[k] for k in types], values[origin])
        node.inner = inner
        for y, name in zip(node.outputs, names, strict=True):
            y.name = name
        known += node.outputs
    return [known[k] for k in flat["outputs"]]


def reduce(x: Variable) -> tuple[Any, ...]:
    """What `Variable.__reduce__` returns: for a leaf how to make it, for a result its flattened graph."""
    if x.node is not None:
        return restore_result, (flatten([x]),)
    if isinstance(x, Constant):
        return restore_constant, (type(x), x.data, x.name, x.origin)
    if isinstance(x, Shared):
        # The update travels as state, after the variable itself is known: it usually depends on that
        # variable.
        return restore_shared, (type(x), x.get_value(), x.type, x.name, x.origin), x.default_update
    return restore_input, (type(x), x.type, x.name, x.origin)


def restore_result(flat: Flat) -> Variable:
    """One result of a node, from its flattened graph."""
    return restore(flat)[0]


def restore_constant(kind: type[Constant], data: np.ndarray, name: str | None, origin: Origin | None) -> Constant:
    """A constant, its data read-only again."""
    x = kind(data, name=name)
    x._origin = origin
    return x


def restore_shared(
    kind: type[Shared], value: np.ndarray, type: TensorType, name: str | None, origin: Origin | None
) -> Shared:
    """A shared variable with its value, still without its default update."""
    x = kind(value, type, name)
    x._origin = origin
    return x


def restore_input(kind: type[Variable], type: TensorType, name: str | None, origin: Origin | None) -> Variable:
    """An input variable."""
    return kind(type, name=name, origin=origin)
