"""`print(model)`: a line for each layer, with its output's shape, its parameters and its arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symnet.graph import Constant, Node, Shared, Variable, toposort
from symnet.op import Composite
from symnet.types import TensorType, shape_text


class Seen(NamedTuple):
    """What the latest call of a layer saw and gave; open sizes count as 1 in `operations`."""

    inputs: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    operations: int

    @property
    def examples(self) -> int:
        """The size of the batch, where that is a number."""
        first = self.inputs[0].shape[:1] if self.inputs else ()
        return next((n for n in first if isinstance(n, int) and n), 1)


def arithmetic(outputs: Sequence[Variable], inputs: Sequence[Variable]) -> int:
    """The operations from inputs to outputs: multiplications and additions of products, one for each other element."""
    known = set(inputs)
    return sum(_operations(node) for node in toposort(outputs, known.__contains__))


def _operations(node: Node) -> int:
    if not isinstance(node.op, Composite):
        return node.op.operations(*node.inputs)
    stand_ins = [x if isinstance(x, Constant) else Variable(x.type) for x in node.inputs]
    return arithmetic([node.op.expand(*stand_ins)], stand_ins)


Row = tuple[str, str, Seen | None, Sequence[Shared], Sequence[Shared]]
"""A layer: its name, how it was made, its latest call, its parameters and its states."""


def table(rows: Iterable[Row], whole: Seen | None) -> str:
    """The lines of the layers, and one of the sums."""
    head = ("layer", "made by", "output", "parameters", "flops")
    examples = whole.examples if whole else 1
    cells = []
    for name, made, seen, params, _ in rows:
        shapes = ", ".join(shape_text(y.shape) for y in seen.outputs) if seen else "not called yet"
        flops = f"{seen.operations // examples:,}" if seen else ""
        cells.append((name, made, shapes, f"{_size(params):,}", flops))
    parameters = _size(dict.fromkeys(w for row in rows for w in row[3]))
    total = f"{whole.operations // examples:,}" if whole else ""
    lines = [head, *cells, ("all", "", "", f"{parameters:,}", total)]
    widths = [max(len(line[k]) for line in lines) for k in range(5)]
    texts = [
        "  ".join([*map(str.ljust, line[:3], widths[:3]), *map(str.rjust, line[3:], widths[3:])]) for line in lines
    ]
    rule = "-" * len(texts[0])
    return "\n".join([texts[0], rule, *texts[1:-1], rule, texts[-1]])


def _size(params: Iterable[Shared]) -> int:
    return sum(w.type.size for w in params)
