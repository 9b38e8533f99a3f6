"""Rows of a table by their numbers, and the gradient that adds up what each row was used for."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.conversion import cast
from symnet.ops.create import zeros
from symnet.ops.gather import AddRows, Take
from symnet.ops.patches import static
from symnet.ops.places import check_labels
from symnet.ops.shape import reshape
from symnet.ops.subtensor import set_subtensor
from symnet.origin import here
from symnet.types import INTEGERS, TensorType

__all__ = ["embedding", "CheckedIds", "Embedding", "EmbeddingGrad"]

_WORDS = ("id", "rows of the table")


class CheckedIds(Op):
    """Ids as they are, if all of them are rows of a table."""

    rows: int

    name, roles = "checked_ids", ("ids",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        check_labels(arrays[0], self.rows, *_WORDS)
        return arrays[0]

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"check_labels({names[0]}, {self.rows}, {_WORDS[0]!r}, {_WORDS[1]!r})")
        e.step(f"np.copyto({e.out}, {names[0]})")


def _checked(ids: Variable, rows: int) -> Variable:
    """The ids in one row."""
    return CheckedIds(rows)(reshape(cast(ids, "int64"), (prod(static(ids)),)))


class Embedding(Op):
    """The rows that ids (...) name in a table (V, D): (..., D); nothing flows to the row `padding`."""

    padding: int | None = None

    name, roles, linear_in = "embedding", ("ids", "table"), (1,)
    on_complex = "own"
    on_float16 = "moved"

    def infer(self, *inputs: Variable) -> TensorType:
        ids, table = inputs
        rows = table.type.shape[0]
        if isinstance(ids, Constant) and isinstance(rows, int):
            check_labels(ids.data.astype(np.int64), rows, *_WORDS)
        return table.type.with_shape((*ids.type.shape, table.type.shape[1]))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        ids, table = inputs
        return [None, self._without_padding(EmbeddingGrad()(g, ids, table))]

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        t = dx[1]
        return None if t is None else Embedding()(inputs[0], self._without_padding(t))

    def _without_padding(self, t: Variable) -> Variable:
        """The cotangent or tangent of a table, 0 in the row that stays."""
        return t if self.padding is None else set_subtensor(t[self.padding], 0)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        ids, table = arrays
        check_labels(ids.astype(np.int64), len(table), *_WORDS)
        return table[ids]

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return Split((axes[0], None), axes[0]) if axes[0] is not None and axes[1] is None else None

    def lower(self, *inputs: Variable) -> Variable:
        ids, table = inputs
        rows, columns = static(table)
        taken = Take(0, checked=True)(table, _checked(ids, rows))
        return reshape(taken, (*static(ids), columns))


class EmbeddingGrad(Op):
    """The adjoint of `Embedding` in the table: cotangents (..., D) added up row by row; of the table only the shape."""

    name, roles, linear_in = "embedding_grad", ("g", "ids", "table"), (0,)
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(inputs[2].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [Embedding()(inputs[1], g), None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, ids, table = arrays
        check_labels(ids.astype(np.int64), len(table), *_WORDS)
        total = np.zeros(table.shape, g.dtype)
        for place in np.ndindex(ids.shape):
            total[ids[place]] += g[place]
        return total

    def lower(self, *inputs: Variable) -> Variable:
        g, ids, table = inputs
        rows, columns = static(table)
        flat = reshape(g, (prod(static(ids)), columns))
        return AddRows(checked=True)(zeros((rows, columns), g.type.dtype), flat, _checked(ids, rows))


@vocabulary(
    case(arr(values=[2, 0, 2], dtype="int64"), arr(4, 3)),
    case(arr(values=[[1, 1], [0, 3]], dtype="int32"), arr(4, 2)),
    case(arr(values=1, dtype="uint8"), arr(2, 3)),
    case(arr(values=[], dtype="int64"), arr(2, 3)),
    case([1, 0], arr(2, 1)),
    case(arr(values=[1, 0], dtype="int64"), arr(values=[[1, 2], [3, 4]], dtype="int32")),
    case(arr(values=[2, 0, 2], dtype="int64"), arr(4, 3), padding_idx=1),
)
def embedding(ids: Any, table: Any, padding_idx: int | None = None) -> Variable:
    r"""Rows of a table by their numbers, $y_{\dots d} = E_{i_{\dots} d}$: ids (...) and table (V, D) give (..., D).

    The gradient of a row is the sum over all places that named it; that of the row `padding_idx`, which may count from
    the end, is 0: it stays what it is, whatever is learnt.

    Raises: ShapeError, DTypeError; BoundsError for an id outside 0 ... V - 1, if need be at the call; ArgumentError for
    a padding_idx that is no row of the table.
    """
    i, e = as_variable(ids), as_variable(table)
    operands = {"ids": i, "table": e}
    if i.type.dtype not in INTEGERS:
        raise DTypeError(
            f"embedding: the ids are {i.type.dtype}, and ids are integers.",
            operands=operands,
            origin=here(),
            fix="declare them as integers: sn.lmatrix('ids').",
        )
    if e.type.ndim != 2:
        raise ShapeError(
            f"embedding: the table has {e.type.ndim} axes, not 2.",
            operands=operands,
            origin=here(),
            fix="a table is (V, D): a row for each id. The ids come first.",
        )
    return Embedding(_padding(padding_idx, e))(i, e)


def _padding(row: Any, table: Variable) -> int | None:
    """The row that stays, counted from 0 where that is known. Raises: ArgumentError."""
    n = table.type.shape[0]
    is_row = isinstance(row, (int, np.integer)) and not isinstance(row, bool)
    if row is None or (is_row and not isinstance(n, int)):
        return None if row is None else int(row)
    if not is_row or not isinstance(n, int) or not -n <= row < n:
        raise ArgumentError(
            f"embedding: padding_idx is {row!r}, and the table has {n} rows.",
            operands={"table": table},
            origin=here(),
            fix=f"give an int from 0 to {n - 1}, or None." if isinstance(n, int) else "give an int, or None.",
        )
    return int(row) % n
