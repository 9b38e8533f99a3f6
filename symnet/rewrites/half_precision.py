"""Float16 is a type to keep numbers in: what is between them is computed in float32.

NumPy computes float16 one element after the other, by way of float32, and multiplies matrices without BLAS. Measured
(nanoseconds an element): add 13.7 in float16, 0.25 in float32; tanh 23.8, 2.6; the conversions 1.9 and 3.1. A product
(64, 784) @ (784, 100): 22,000 microseconds in float16, 380 in float32 with all three conversions. So a value is
converted where a graph first computes with it, and rounded where it is kept or given back, once, not at every op.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symnet.errors import DTypeError
from symnet.graph import Constant, Graph, Node, Variable
from symnet.op import Op
from symnet.ops import BroadcastTo, Cast, ExpandDims, Reshape, Squeeze, Transpose

__all__ = ["computed_in_single"]

_OF_ALL = (BroadcastTo, ExpandDims, Reshape, Squeeze, Transpose)
"""Moves that drop no element, so that one conversion before them serves all readers."""


def computed_in_single(graph: Graph) -> Graph:
    """The graph, its outputs in their own types, where ops on float16 are replaced by such on float32 and conversions.

    It is the same one where there is no float16.
    """
    if "float16" not in {v.type.dtype for node in graph.order for v in (*node.inputs, *node.outputs)}:
        return graph
    values = _Values()
    for node in graph.order:
        values.add(node)
    return Graph([values.kept(y) for y in graph.outputs])


def _is_half(x: Variable) -> bool:
    return x.type.dtype == "float16"


class _Values:
    """What stands for the variables of a graph: as they are kept, and the float16 ones in float32."""

    def __init__(self) -> None:
        self._kept: dict[Variable, Variable] = {}
        self._wide: dict[Variable, Variable] = {}
        self._computed: set[Variable] = set()

    def kept(self, x: Variable) -> Variable:
        """`x` in its own type; what was computed in float32 is rounded."""
        if x not in self._kept:
            self._kept[x] = _converted(self._wide[x], x) if x in self._computed else x
        return self._kept[x]

    def wide(self, x: Variable) -> Variable:
        """`x`, in float32 if it is float16."""
        if not _is_half(x):
            return self.kept(x)
        if x not in self._wide:
            self._wide[x] = _converted(self.kept(x), x, "float32")
        return self._wide[x]

    def add(self, node: Node) -> None:
        """Find what stands for the node's results."""
        touches = any(map(_is_half, (*node.inputs, *node.outputs)))
        stays = not touches or self._stays(node)
        wide = self._in_single(node) if touches and (not stays or isinstance(node.op, _OF_ALL)) else None
        if stays or wide is None:
            kept = _applied(node, [self.kept(x) for x in node.inputs])
            self._kept.update(zip(node.outputs, kept, strict=True))
        else:
            self._computed.update(filter(_is_half, node.outputs))
        for y, made in zip(node.outputs, wide or (), strict=wide is not None):
            (self._wide if _is_half(y) else self._kept)[y] = made

    def _stays(self, node: Node) -> bool:
        """Whether the op moves elements of what stands in memory as float16."""
        moved = next(filter(_is_half, node.inputs), None)
        return node.op.on_float16 == "moved" and moved is not None and moved not in self._computed

    def _in_single(self, node: Node) -> Sequence[Variable] | None:
        """The node's results in float32; None where the op keeps to float16."""
        op = node.op
        if op.on_float16 == "own":
            return None
        if isinstance(op, Cast):
            return [self.wide(node.inputs[0])] if op.dtype == "float32" else None
        if getattr(op, "dtype", None) == "float16":
            op = replace(op, dtype="float32")  # type: ignore[call-arg, type-var]
        try:
            made = _applied(node, [self.wide(x) for x in node.inputs], op)
        except DTypeError:  # an op that is declared for float16
            return None
        return None if any(map(_is_half, made)) else made


def _applied(node: Node, inputs: Sequence[Variable], op: Op | None = None) -> Sequence[Variable]:
    """The results of the node's op, or of `op` in its place, on other inputs; names and the user's line carry over."""
    if op in (None, node.op) and node.inputs == tuple(inputs):
        return node.outputs
    made = (op or node.op).apply(inputs, node.origin)
    made.inner = node.inner
    for old, new in zip(node.outputs, made.outputs, strict=True):
        new.name = old.name
    return made.outputs


def _converted(x: Variable, user: Variable, dtype: str = "float16") -> Variable:
    """`x` in another float type, by the line of the user's variable it stands for."""
    if isinstance(x, Constant):
        return Constant(x.data.astype(dtype), name=x.name)
    return Cast(dtype).apply([x], user.origin).outputs[0]
