"""Where values live: views instead of copies, results in place of operands nobody needs again, blocks used again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from symnet.errors import SymnetError
from symnet.graph import Constant, Node, Shared, Variable
from symnet.lowering.program import Block, Step, Value
from symnet.types import TensorType

_FOREVER = 1 << 60


class Memory:
    """Assigns memory to the nodes of a schedule, in order."""

    def __init__(
        self, order: Sequence[Node], kept: Iterable[Variable], targets: Mapping[Variable, Value] | None = None
    ) -> None:
        self._targets = {} if targets is None else targets
        self.values: dict[Variable, Value] = {}
        self.blocks: list[Block] = []
        self._free: dict[tuple[str, int], list[Block]] = {}
        self._free_sizes: dict[str, list[int]] = {}
        self._reads = _last_reads(order)
        self._dies: dict[Block, int] = {}
        self._ending: dict[int, list[Block]] = {}
        self._kept = set(kept)

    def leaf(self, variable: Variable, array: np.ndarray, mutable: bool = False) -> Value:
        """A value that is there before the first kernel; a `mutable` argument may be computed in."""
        if isinstance(variable, Constant):
            value = Value(variable, "constant", array)
        elif isinstance(variable, Shared):
            value = Value(variable, "shared", array)
        else:
            value = Value(variable, "input", array, fixed=False)
            if mutable:
                value.block = Block(variable.type.dtype, array.size, given=True)
                self._extend(value, variable, -1)
        self.values[variable] = value
        return value

    def arena(self, flat: Variable, members: Sequence[Variable]) -> dict[Variable, Value]:
        """Memory for values side by side, which `flat` is the whole of: where each of them is to stand."""
        array = allocate(flat, tuple(int(n) for n in flat.type.shape if isinstance(n, int)))
        block = Block(flat.type.dtype, array.size)
        self.blocks.append(block)
        block.whole = self.values[flat] = Value(flat, "buffer", array, block=block)
        self._live_until(block, self._reads[flat])
        places, offset = {}, 0
        for x in members:
            part = array[offset : offset + x.type.size].reshape([n for n in x.type.shape if isinstance(n, int)])
            places[x] = Value(x, "buffer", part, block=block, offset=offset)
            block.tenants.append(places[x])
            offset += x.type.size
        return places

    def place(self, node: Node, at: int) -> Step:
        """The step of a node: its operands' values, and memory for its result and scratch."""
        inputs = tuple([self._operand(x) for x in node.inputs])
        outputs = tuple([self._output(node, y, inputs, at) for y in node.outputs])
        self.values.update(zip(node.outputs, outputs, strict=True))
        scratch = []
        if outputs[0].kind != "view":
            types = node.op.scratch(*node.inputs)
            scratch = [self._buffer(Variable(t), _model(inputs, t.shape), at, scratch=True) for t in types]
        self._release(at)
        return Step(node, inputs, outputs, tuple(scratch))

    def _output(self, node: Node, y: Variable, inputs: Sequence[Value], at: int) -> Value:
        if y in self._targets:
            return self._targets[y]
        output = self._view(node, y, inputs, at) or self._in_place(node, y, inputs, at)
        if output is None:
            like = _model(inputs, y.type.shape) if node.op.layout == "like" else None
            output = self._buffer(y, like, at)
        return output

    def _operand(self, x: Variable) -> Value:
        if x not in self.values and isinstance(x, Constant):
            self.leaf(x, x.data)
        return self.values[x]

    # views and in-place -------------------------------------------------------------------------------------------
    def _view(self, node: Node, y: Variable, inputs: Sequence[Value], at: int) -> Value | None:
        if not node.op.is_view or inputs[0].kind == "constant":
            return None
        base = inputs[0]
        result = node.op.stand_in(*(v.array for v in inputs))
        if not np.may_share_memory(result, base.array):
            return None
        fixed = base.fixed and all(v.kind == "constant" for v in inputs[1:])
        value = Value(y, "view", result, base=base, fixed=fixed)
        self._extend(value, y, at)
        return value

    def _in_place(self, node: Node, y: Variable, inputs: Sequence[Value], at: int) -> Value | None:
        for k in node.op.overwrites:
            if k >= len(inputs):
                break
            operand = inputs[k]
            block = operand.root.block
            if (
                block is None
                or self._dies.get(block, at) > at
                or operand.array.shape != y.type.shape
                or operand.variable.type.dtype != y.type.dtype
                or not operand.array.flags.writeable
                or not _covers_itself(operand.array)
                or any(v.root.block is block and v is not operand for v in inputs)
            ):
                continue
            value = Value(y, "alias", operand.array, base=operand, fixed=operand.fixed)
            self._extend(value, y, at)
            return value
        return None

    # blocks ---------------------------------------------------------------------------------------------------------
    def _buffer(self, y: Variable, like: np.ndarray | None, at: int, scratch: bool = False) -> Value:
        shape = tuple(int(n) for n in y.type.shape if isinstance(n, int))
        array = allocate(y, shape) if like is None else np.empty_like(like, dtype=y.type.dtype, shape=shape)
        block = self._block(y.type, array.size)
        value = Value(y, "buffer", array, block=block)
        block.tenants.append(value)
        if scratch:
            self._live_until(block, at)
        else:
            self._extend(value, y, at)
        return value

    def _block(self, type: TensorType, size: int) -> Block:
        sizes = self._free_sizes.setdefault(type.dtype, [])
        if not sizes:
            block = Block(type.dtype, size)
            self.blocks.append(block)
            return block
        # The smallest that is large enough, else the largest, which grows; of several the one last freed, which is
        # the likeliest to be in cache.
        found = sizes[min(bisect_left(sizes, size), len(sizes) - 1)]
        free = self._free[type.dtype, found]
        block = free.pop()
        if not free:
            sizes.remove(found)
        block.size = max(block.size, size)
        return block

    def _extend(self, value: Value, y: Variable, at: int) -> None:
        """The block of a value lives as long as anything reads the value."""
        block = value.root.block
        if block is not None:
            until = _FOREVER if y in self._kept else self._reads.get(y, at)
            self._live_until(block, max(self._dies.get(block, at), until))

    def _live_until(self, block: Block, at: int) -> None:
        if self._dies.get(block) != at:
            self._dies[block] = at
            self._ending.setdefault(at, []).append(block)

    def _release(self, at: int) -> None:
        for block in self._ending.pop(at, ()):
            if self._dies.get(block) == at:  # not prolonged since
                del self._dies[block]
                if block.given:
                    continue
                free = self._free.setdefault((block.dtype, block.size), [])
                if not free:
                    insort(self._free_sizes.setdefault(block.dtype, []), block.size)
                free.append(block)


def _model(inputs: Sequence[Value], shape: Sequence[object]) -> np.ndarray | None:
    """The operand whose order of axes in memory a result should have: one of its shape, else of its rank."""
    same = [v.array for v in inputs if v.array.shape == shape]
    return next(iter(same or [v.array for v in inputs if v.array.ndim == len(shape)]), None)


def _last_reads(order: Sequence[Node]) -> dict[Variable, int]:
    last: dict[Variable, int] = {}
    for k, node in enumerate(order):
        for x in node.inputs:
            last[x] = k
    return last


def allocate(y: Variable, shape: tuple[int, ...]) -> np.ndarray:
    """An array of the dtype of `y`. Raises: SymnetError where memory does not suffice."""
    try:
        return np.empty(shape, y.type.dtype)
    except (MemoryError, ValueError) as error:
        nbytes = int(np.prod([float(n) for n in shape]) * np.dtype(y.type.dtype).itemsize)
        raise SymnetError(
            f"no memory for {y.label}: {y.type} needs {nbytes:,} bytes.",
            operands={"result": y},
            origin=y.origin,
            fix="use smaller batches; nothing was computed or changed.",
        ) from error


def _covers_itself(array: np.ndarray) -> bool:
    """Whether the array is dense: no element twice (broadcast) and no gaps another value might stand in."""
    if array.size and array.flags.c_contiguous:
        return True
    expected = array.itemsize
    for n, stride in sorted(zip(array.shape, array.strides, strict=True), key=lambda pair: pair[1]):
        if n == 1:
            continue
        if stride != expected:
            return False
        expected *= n
    return True
