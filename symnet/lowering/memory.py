"""Where values live: views instead of copies, results in place of operands nobody needs again, blocks used again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from symnet.errors import OutOfMemoryError
from symnet.graph import Constant, Node, Shared, Variable
from symnet.lowering.program import Block, Step, Value
from symnet.op import Elementwise
from symnet.types import TensorType

_FOREVER = 1 << 60


class Memory:
    """Assigns memory to the nodes of a schedule, in order.

    `targets` are values that have their places already, and what leads up to one is computed there if it can be: in
    `same_memory`, which tells of two values whether they stand in one place, only by nodes from number `late` on where
    that is a shared variable's.
    """

    def __init__(
        self,
        order: Sequence[Node],
        kept: Iterable[Variable],
        targets: Mapping[Variable, Value] | None = None,
        same_memory: Callable[[Value, Value], bool] = lambda a, b: a.root is b.root,
        late: int = 0,
    ) -> None:
        self._targets = {} if targets is None else targets
        self._ahead: dict[Variable, Value] | None = None
        self._order = order
        self._same_memory = same_memory
        self._late = late
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
            wanted = [Variable(t, name=f"scratch of {node.outputs[0].label}", origin=node.origin) for t in types]
            scratch = [self._buffer(v, _model(inputs, v.type.shape), at, scratch=True) for v in wanted]
        self._release(at)
        return Step(node, inputs, outputs, tuple(scratch))

    def _output(self, node: Node, y: Variable, inputs: Sequence[Value], at: int) -> Value:
        if y in self._targets:
            return self._targets[y]
        if self._ahead is None:
            self._ahead = self._found_ahead()
        if y in self._ahead:
            return self._ahead[y]
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

    # targets ------------------------------------------------------------------------------------------------------
    def _found_ahead(self) -> dict[Variable, Value]:
        """What can be computed in the place of a target that will be computed from it, and written over it."""
        ahead: dict[Variable, Value] = {}
        made = {y: at for at, node in enumerate(self._order) for y in node.outputs}
        for at in reversed(range(len(self._order))):
            node = self._order[at]
            y = node.outputs[0]
            target = self._targets.get(y) or ahead.get(y)
            if target is None:
                continue
            for k in node.op.overwrites:
                x = node.inputs[k] if k < len(node.inputs) else None
                if x in made and x not in self._targets and self._fits_ahead(x, y, made[x], at, target):
                    ahead[x] = target
                    break
        return ahead

    def _fits_ahead(self, x: Variable, y: Variable, made: int, read: int, target: Value) -> bool:
        """Whether `x` can stand in the place of `y` from when it is made, without harm to what stands there."""
        node = self._order[made]
        if x.type != y.type or not isinstance(node.op, Elementwise) or x in self._kept or self._reads.get(x) != read:
            return False
        if self._order[read].inputs.count(x) > 1 or (target.kind == "shared" and made < self._late):
            return False
        for other in self._order[made : read + 1]:
            for k, v in enumerate(other.inputs):
                if v is not x and self._stands_in(v, target):
                    overwritten = other is node and k in node.op.overwrites and v.type == x.type and v in self.values
                    if not overwritten:
                        return False
        return True

    def _stands_in(self, v: Variable, target: Value) -> bool:
        """Whether `v`, a leaf or a view of one, is in the memory of the target."""
        while v not in self.values and v.node is not None and v.node.op.is_view:
            v = v.node.inputs[0]
        return v in self.values and self._same_memory(self.values[v], target)

    # blocks ---------------------------------------------------------------------------------------------------------
    def _buffer(self, y: Variable, like: np.ndarray | None, at: int, scratch: bool = False) -> Value:
        shape = tuple(int(n) for n in y.type.shape if isinstance(n, int))
        array = allocate(y, shape, like)
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
    """The operand whose order of axes in memory a result should have: one of its shape, else of its rank.

    What stands in a block was laid out for what computed it, and its neighbours are too: it goes before what is given.
    """
    alike = [v for v in inputs if v.array.shape == shape] or [v for v in inputs if v.array.ndim == len(shape)]
    own = [v for v in alike if v.root.block is not None]
    return next((v.array for v in (*own, *alike)), None)


def _last_reads(order: Sequence[Node]) -> dict[Variable, int]:
    last: dict[Variable, int] = {}
    for k, node in enumerate(order):
        for x in node.inputs:
            last[x] = k
    return last


def allocate(y: Variable, shape: tuple[int, ...], like: np.ndarray | None = None) -> np.ndarray:
    """An array of the dtype of `y`, with its axes in memory in the order of those of `like`.

    Raises: OutOfMemoryError.
    """
    try:
        return np.empty(shape, y.type.dtype) if like is None else np.empty_like(like, y.type.dtype, shape=shape)
    except (MemoryError, ValueError) as error:
        nbytes = int(np.prod([float(n) for n in shape]) * np.dtype(y.type.dtype).itemsize)
        raise OutOfMemoryError(
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
