"""Keys for many arrays at once: what `x[key]` is when x, or the indices in the key, have a new first axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symnet.graph import Variable
from symnet.graph.rows import behind_rows, row_count, with_rows
from symnet.ops.create import arange
from symnet.ops.keyed import Keyed, moved
from symnet.ops.keys import (
    ARRAY,
    SCALAR,
    Entry,
    Key,
    Mask,
    Span,
    array_shapes,
    has_arrays,
    indexed_shape,
    place_of_arrays,
)
from symnet.ops.shape import expand_dims

__all__: list[str] = []

Move = tuple[int, int, int]
"""So many axes, from where, to where."""


def read_rows(op: Keyed, rows: Sequence[bool], inputs: Sequence[Variable]) -> Any:
    """x[key] for every row; NotImplemented where slices of rows would have different lengths."""
    x, *rest = inputs
    found = _of_rows(op.key, rows[0], rest, rows[1:], x.shape[0])
    if found is None:
        return NotImplemented
    key, rest, moves = found
    y = replace(op, key=key)(x, *rest)  # type: ignore[call-arg]
    for move in moves:
        y = moved(y, *move)
    return y


def write_rows(op: Keyed, rows: Sequence[bool], inputs: Sequence[Variable]) -> Any:
    """x with x[key] changed, for every row; NotImplemented where slices of rows would have different lengths."""
    x, value, *rest = inputs
    n = row_count(rows, inputs)
    found = _of_rows(op.key, True, rest, rows[2:], n)
    if found is None:
        return NotImplemented
    key, keyed, moves = found
    shapes = [v.type.shape[has:] for v, has in zip(rest, rows[2:], strict=True)]
    part = indexed_shape(op.key, x.type.shape[rows[0] :], array_shapes(op.key, shapes))
    value = behind_rows(value if rows[1] else expand_dims(value, 0), len(part))
    for count, start, to in reversed(moves):
        value = moved(value, count, to, start)
    return replace(op, key=key)(*with_rows(rows[:1], (x,), n), value, *keyed)  # type: ignore[call-arg]


def _of_rows(
    key: Key, many: bool, rest: Sequence[Variable], rows: Sequence[bool], n: Any
) -> tuple[Key, list[Variable], list[Move]] | None:
    """The key, its inputs, and how the axes of its part move until the rows are in front.

    `many` says whether the indexed array has rows, `rows` which inputs of the key have, `n` how many there are. None
    where slices of rows, or what masks take of them, would have different lengths.
    """
    place = place_of_arrays(key) if has_arrays(key) else 0
    shapes = array_shapes(key, [v.type.shape[has:] for v, has in zip(rest, rows, strict=True)])
    count = max(map(len, shapes), default=0)
    if not any(rows):
        wide: Key = (Span(), *key)
        front = has_arrays(key) and place_of_arrays(wide) == 0
        return wide, list(rest), [(1, count, 0)] if front else []
    entries: list[Entry] = []
    inputs: list[Variable] = []
    given = iter(zip(rest, rows, strict=True))
    if many:
        entries.append(ARRAY)
        numbers = arange(n)
        inputs.append(expand_dims(numbers, tuple(range(1, 1 + count))) if count else numbers)
    for entry in key:
        if isinstance(entry, Span):
            bounds = [next(given) for part in (entry.start, entry.stop) if part == SCALAR]
            if any(has for _, has in bounds):
                return None
            inputs += [v for v, _ in bounds]
            entries.append(entry)
        elif isinstance(entry, Mask):
            v, has = next(given)
            if has:
                return None
            inputs.append(v)
            entries.append(entry)
        elif entry in (SCALAR, ARRAY):
            v, has = next(given)
            inputs.append(behind_rows(v, count) if has else v)
            entries.append(ARRAY if has else entry)
        else:
            entries.append(entry)
    wide = tuple(entries)
    at = place_of_arrays(wide)
    # Rows and index axes stand together there: the rows go in front, the index axes to where they are in one row.
    return wide, inputs, [(1, at, 0), (count, at + 1, place + 1)]
