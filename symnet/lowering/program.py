"""The compiler's last form before text: kernels in order, over values whose memory is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from symnet.graph import Node, Shared, Variable
from symnet.origin import Part

ValueKind = Literal["input", "shared", "constant", "buffer", "view", "alias"]
KernelKind = Literal["elementwise", "op", "view", "loop"]


@dataclass(eq=False, slots=True)
class Block:
    """A stretch of memory of one dtype; values whose lives do not overlap stand in it one after the other.

    In a `whole` one, an arena, values stand side by side, and it is a value itself. A `given` one is an argument's,
    another at every call.
    """

    dtype: str
    size: int
    tenants: list[Value] = field(default_factory=list)
    whole: Value | None = None
    given: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes it takes."""
        return self.size * np.dtype(self.dtype).itemsize


@dataclass(eq=False, slots=True)
class Value:
    """A variable of the program with its place in memory.

    `array` is a stand-in with the true shape, dtype and strides. A view has the value it looks into as `base`, an
    alias the operand in whose place it was computed; a buffer has its `block`, in which it begins at `offset`. `fixed`
    tells whether the memory is the same at every call. A view that is `passing` is read by one other view alone, and
    needs no name.
    """

    variable: Variable
    kind: ValueKind
    array: np.ndarray
    base: Value | None = None
    block: Block | None = None
    offset: int = 0
    fixed: bool = True
    name: str = ""
    passing: bool = False
    root: Value = field(init=False)
    """The value whose memory this one stands in."""

    def __post_init__(self) -> None:
        self.root = self if self.base is None else self.base.root


@dataclass(eq=False, slots=True)
class Step:
    """One op of a kernel: what it reads, what it writes, and the temporary buffers it needs."""

    node: Node
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    scratch: tuple[Value, ...] = ()
    loop: Loop | None = None
    output: Value = field(init=False)
    """The result; the first one, of a loop over pieces."""

    def __post_init__(self) -> None:
        self.output = self.outputs[0]

    @property
    def part(self) -> Part:
        """Forward, backward or update."""
        return self.node.origin.part if self.node.origin is not None else "forward"


@dataclass(eq=False, slots=True)
class Operand:
    """What a piece of a loop reads or writes: part of `whole` along `axis` (None: all of it), inside as `inner`."""

    whole: Value
    axis: int | None
    inner: Value


@dataclass(eq=False, slots=True)
class Loop:
    """A program that runs on one piece after the other; `workers` threads share them, each with its own memory.

    `rest` is the same for the last piece, where that is shorter.
    """

    total: int
    size: int
    workers: int
    body: Piece
    rest: Piece | None

    @property
    def pieces(self) -> list[Piece]:
        """The program for a piece, and that for the last one if it is shorter."""
        return [self.body, self.rest] if self.rest is not None else [self.body]

    @property
    def nbytes(self) -> int:
        """Bytes of the buffers of all workers; the first of them adds to the results themselves."""
        totals = sum(t.whole.array.nbytes for t in self.body.totals)
        rest = self.rest.program.nbytes if self.rest is not None else 0
        return self.workers * self.body.program.nbytes + (self.workers - 1) * totals + rest


@dataclass(eq=False, slots=True)
class Piece:
    """The program for one piece: what it reads, the totals it adds to, and the parts of results it writes."""

    program: Program
    operands: Sequence[Operand]
    totals: Sequence[Operand]
    results: Sequence[Operand]


@dataclass(eq=False, slots=True)
class Kernel:
    """Steps that run together: a group of elementwise ops over one shape, any other single op, a view, or a loop."""

    kind: KernelKind
    steps: list[Step]

    @property
    def part(self) -> Part:
        """The part of its last step."""
        return self.steps[-1].part


@dataclass(eq=False, slots=True)
class Program:
    """Everything a backend needs for one set of shapes."""

    inputs: Sequence[Value]
    shared: Mapping[Shared, Value]
    constants: Sequence[Value]
    kernels: Sequence[Kernel]
    blocks: Sequence[Block]
    outputs: Sequence[Value]
    updates: Sequence[tuple[Shared, Value]]
    arenas: Sequence[tuple[Value, Sequence[Shared]]] = ()
    """Long arrays in which shared variables stand side by side."""
    last: Sequence[Step] = ()
    """What runs once nothing can fail any more, and may write into shared variables."""
    dense: Collection[Shared] = ()
    """Shared variables whose values have to lie as BLAS reads a matrix, for it writes into them."""

    @property
    def steps(self) -> list[Step]:
        """Every step, in the order they run."""
        return [step for kernel in self.kernels for step in kernel.steps] + list(self.last)

    @property
    def loops(self) -> list[Loop]:
        """The loops over pieces."""
        return [step.loop for step in self.steps if step.loop is not None]

    @property
    def nbytes(self) -> int:
        """Bytes of all planned buffers."""
        return sum(block.nbytes for block in self.blocks) + sum(loop.nbytes for loop in self.loops)
