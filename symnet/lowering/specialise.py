"""From a rewritten graph to one for known shapes: every size becomes a number, shape arithmetic folds away, and
ops that have simpler forms for these shapes are lowered to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from symnet.errors import ShapeError, SymnetError
from symnet.graph import Constant, Node, Variable, toposort
from symnet.op import Op
from symnet.ops import SizeOf
from symnet.origin import made_for
from symnet.types import TensorType, shape_text

SizeKey = tuple[Node, int]
"""The k-th size expression of a node."""


def concrete(x: Variable, shape: Sequence[int], bound: dict[str, tuple[int, Variable]]) -> TensorType:
    """The type of `x` with its sizes fixed; `bound` collects the named sizes, which must agree.

    Raises: ShapeError.
    """
    for axis, (declared, n) in enumerate(zip(x.type.shape, shape, strict=True)):
        if isinstance(declared, str):
            known, where = bound.setdefault(declared, (n, x))
            if known != n:
                raise ShapeError(
                    f"size {declared!r} is {known} in {where.label} but {n} in {x.label} (axis {axis}).",
                    operands={where.label: where, x.label: x},
                    fix=f"pass arrays whose {declared!r} axes have one length.",
                )
        elif isinstance(declared, int) and declared != n:
            raise ShapeError(f"{x.label} has shape {shape_text(tuple(shape))}, but its type is {x.type}.")
    return x.type.with_shape(shape)


class Specialiser:
    """Rebuilds a graph bottom-up on inputs of known shapes; equal expressions become one node.

    `sizes` gives the values of size expressions that depend on the arguments (slice bounds, `arange(n)`). Without
    `lowers` ops keep their form.
    """

    def __init__(
        self, leaves: Mapping[Variable, Variable], sizes: Mapping[SizeKey, int], lowers: bool = True
    ) -> None:
        self.lowers = lowers
        self.known: dict[Variable, Variable] = dict(leaves)
        self.sizes = sizes
        self._nodes: dict[tuple[object, ...], tuple[Variable, ...]] = {}
        self._constants: dict[tuple[object, ...], Constant] = {}

    def __call__(self, outputs: Sequence[Variable], order: Iterable[Node] | None = None) -> list[Variable]:
        """The specialised outputs; `order` is every node they depend on, where none of these is known yet."""
        known = self.known
        for node in toposort(outputs, stop=known.__contains__) if order is None else order:
            inputs = [known[x] if x in known else self._leaf(x) for x in node.inputs]
            try:
                with made_for(node.origin):
                    results = self._build(node, inputs)
            except SymnetError as error:
                raise error.at(dict(zip(node.op.labels(len(inputs)), inputs, strict=True)), node.origin) from None
            for old, new in zip(node.outputs, results, strict=True):
                known[old] = new
                if new.name is None and new.node is not None:
                    new.name = old.name
        return [self._leaf(y) for y in outputs]

    def _leaf(self, x: Variable) -> Variable:
        if x in self.known:
            return self.known[x]
        if isinstance(x, Constant):
            key = (x.type, x.data.tobytes())
            self.known[x] = self._constants.setdefault(key, x)
            return self.known[x]
        self.known[x] = x  # a leaf made while specialising, already of known shape
        return x

    def _build(self, node: Node, inputs: list[Variable]) -> tuple[Variable, ...]:
        op = node.op
        if isinstance(op, SizeOf):
            return (self._leaf(Constant(inputs[0].type.shape[op.axis], "int64")),)
        wanted = op.sizes(*node.inputs)
        if wanted:
            sizes = [self._size((node, k), size) for k, size in enumerate(wanted)]
            return (self._settled(op.with_sizes(sizes, *inputs), op),)
        return self._finished(op, inputs, node)

    def _size(self, key: SizeKey, expression: Variable) -> int:
        if key in self.sizes:
            return self.sizes[key]
        return int(_computed(*self([expression])))

    def _settled(self, made: Variable, by: Op) -> Variable:
        """A variable an op just made on specialised inputs, specialised itself."""
        if made in self.known:
            return self.known[made]
        if made.node is not None and made.node.op == by:
            return self._finished(made.node.op, [self._leaf(x) for x in made.node.inputs], made.node)[made.index]
        return self([made])[0]

    def _finished(self, op: Op, inputs: list[Variable], node: Node) -> tuple[Variable, ...]:
        key = (op, *inputs)
        if key in self._nodes:
            return self._nodes[key]
        results: tuple[Variable, ...]
        lowered = op.lower(*inputs) if self.lowers else None
        if lowered is not None:
            results = (self._settled(lowered, op),)
        elif inputs and all([isinstance(x, Constant) for x in inputs]):
            results = self._fold(op, inputs, node)
        else:
            made = op.apply(inputs, node.origin)
            made.inner = node.inner
            results = made.outputs
            self.known.update(zip(results, results, strict=True))
        self._nodes[key] = results
        return results

    def _fold(self, op: Op, inputs: Sequence[Variable], node: Node) -> tuple[Variable, ...]:
        made = op.apply(inputs, node.origin)
        if sum(int(np.prod(y.type.shape)) for y in made.outputs) > 1 << 16:
            self.known.update((y, y) for y in made.outputs)
            return made.outputs
        with np.errstate(all="ignore"):
            values = op.run(*(x.data for x in inputs if isinstance(x, Constant)))
        values = values if isinstance(values, tuple) else (values,)
        return tuple(self._leaf(Constant(v, y.type.dtype)) for v, y in zip(values, made.outputs, strict=True))


def _computed(size: Variable) -> np.ndarray:
    """The value of a size that no argument's value decides: not everything such is folded into a constant."""
    values: dict[Variable, np.ndarray] = {}

    def value(x: Variable) -> np.ndarray:
        if isinstance(x, Constant):
            return x.data
        if x not in values:
            raise SymnetError(f"the size {size.label} cannot be known before the call.", origin=size.origin)
        return values[x]

    with np.errstate(all="ignore"):
        for node in toposort([size]):
            results = node.op.run(*(value(x) for x in node.inputs))
            values.update(zip(node.outputs, results if isinstance(results, tuple) else (results,), strict=True))
    return value(size)


def value_sizes(nodes: Iterable[Node]) -> dict[SizeKey, Variable]:
    """The size expressions of nodes that depend on values of arguments, not on their shapes alone."""
    return {
        (node, k): size
        for node in nodes
        for k, size in enumerate(node.op.sizes(*node.inputs))
        if _depends_on_values(size)
    }


def _depends_on_values(size: Variable) -> bool:
    def shape_only(x: Variable) -> bool:
        return isinstance(x, Constant) or (x.node is not None and isinstance(x.node.op, SizeOf))

    if shape_only(size):
        return False
    below = toposort([size], stop=shape_only)
    return not below or any(x.node is None and not isinstance(x, Constant) for node in below for x in node.inputs)
