"""The compiler's graph: hash-consed, so that equal expressions are one object and equality is `is`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symnet.graph import Constant, Node, Variable


class Interner:
    """Rebuilds nodes so that equal ones are one. The user's own variables are never changed.

    Names come along: a variable's own, or the Python name of the line it is the value of; the first one wins.
    """

    def __init__(self) -> None:
        self._whole_lines: set[Node] = set()
        self._nodes: dict[tuple[Any, ...], Node] = {}
        self.made: set[Node] = set()
        """The nodes of the compiler's graph."""
        self._constants: dict[tuple[Any, ...], Constant] = {}

    def read_lines(self, nodes: Iterable[Node]) -> None:
        """Find the lines that compute one value as a whole; only there is the line's name the value's name.

        A line that gives the results of one op several times stands in a loop.
        """
        lines: dict[tuple[object, ...], list[Node]] = {}
        for node in nodes:
            if node.origin is not None and not node.inner:
                lines.setdefault(node.origin.line, []).append(node)
        self._whole_lines.update(
            node for alike in lines.values() if len({type(n.op) for n in alike}) == 1 for node in alike
        )

    def leaf(self, x: Variable) -> Variable:
        """An input, constant or shared variable; constants of one value are one."""
        if isinstance(x, Constant):
            return self._constants.setdefault((x.type, x.data.tobytes(), x.name), x)
        return x

    def node(self, node: Node, inputs: tuple[Variable, ...]) -> Node:
        """The node of the same op on interned inputs."""
        key = (node.op, *inputs)
        made = self._nodes.get(key)
        if made is None:
            if all(map(_has_type_of, inputs, node.inputs)):
                made = Node(node.op, inputs, [y.type for y in node.outputs], node.origin)
            else:
                made = node.op.apply(inputs, node.origin)
            made.inner = node.inner
            self._nodes[key] = made
            self.made.add(made)
        for old, new in zip(node.outputs, made.outputs, strict=True):
            if new.name is None:
                new.name = old.name or (old.target if node in self._whole_lines else None)
        return made


def _has_type_of(x: Variable, y: Variable) -> bool:
    """Whether a result has the same type with `x` in place of `y`; integers and constants may be sizes in that type."""
    if x is y:
        return True
    return x.node is not None and y.node is not None and x.type.is_float and (x.type is y.type or x.type == y.type)
