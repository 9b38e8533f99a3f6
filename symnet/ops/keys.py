"""Keys: what may stand in `x[...]`, as a hashable pattern with one entry for each axis it speaks of.

An entry is an int, None (a new axis), a `Span` (a slice), `SCALAR` for an integer scalar that comes as an input, or
`ARRAY` for an index array that comes as an input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError, SymnetError
from symnet.graph import Constant, Variable
from symnet.op import as_variable
from symnet.origin import here
from symnet.types import INTEGERS, Dim, Shape, broadcast

__all__: list[str] = []

SCALAR: Literal["scalar"] = "scalar"
ARRAY: Literal["array"] = "array"


class Span(NamedTuple):
    """A slice: bounds are ints, None, or SCALAR for one that comes as an input; `length` is set by a plan."""

    start: int | str | None = None
    stop: int | str | None = None
    step: int = 1
    length: int | None = None

    @property
    def is_symbolic(self) -> bool:
        """Whether a bound comes as an input."""
        return SCALAR in (self.start, self.stop)


Entry = int | str | None | Span
Key = tuple[Entry, ...]

# from what users write ------------------------------------------------------------------------------------------------


def parse_key(x: Variable, key: Any) -> tuple[Key, list[Variable]]:
    """A user's key as a pattern over all axes of `x`, and its symbolic parts in order.

    Raises: ArgumentError, DTypeError, ShapeError.
    """
    parts = [part for given in (key if isinstance(key, tuple) else (key,)) for part in _without_masks(x, given)]
    used = sum(part is not None and part is not Ellipsis for part in parts)
    if used > x.type.ndim:
        axes = f"{x.type.ndim} {'axis' if x.type.ndim == 1 else 'axes'}"
        raise _refused(
            ArgumentError, f"too many indices: {x.label} has {axes}, the key {used}.", x, "drop some, or add axes."
        )
    dots = [k for k, part in enumerate(parts) if part is Ellipsis]
    if len(dots) > 1:
        raise _refused(ArgumentError, f"the key holds '...' {len(dots)} times.", x, "write it once.")
    at = dots[0] if dots else len(parts)
    parts[at : at + 1] = [slice(None)] * (x.type.ndim - used)
    pattern: list[Entry] = []
    inputs: list[Variable] = []
    axis = 0
    for part in parts:
        pattern.append(None if part is None else _entry(x, axis, part, inputs))
        axis += part is not None
    return settled(tuple(pattern), inputs, x.type.shape)


def _refused(kind: type[SymnetError], what: str, x: Variable, fix: str) -> SymnetError:
    return kind(what, operands={"x": x}, origin=here(), fix=fix)


def _without_masks(x: Variable, part: Any) -> Sequence[Any]:
    """The part, or for a constant mask the index arrays of its true entries."""
    if isinstance(part, Variable) and part.type.dtype == "bool":
        if not isinstance(part, Constant):
            raise DTypeError(
                f"the index {part.label} is a symbolic mask, and how many entries it takes is not known.",
                operands={"x": x, "mask": part},
                origin=here(),
                fix="keep the shape: sn.where(mask, x, 0.0), and sum or count that.",
            )
        part = part.data
    if isinstance(part, (list, range)) and not any(isinstance(i, Variable) for i in part):
        part = np.asarray(part) if len(part) else np.zeros(0, np.int64)
    if isinstance(part, np.ndarray) and part.dtype == bool and part.ndim:
        return [_Chosen(index, n) for index, n in zip(part.nonzero(), part.shape, strict=True)]
    return [part]


class _Chosen(NamedTuple):
    """Where a mask is true along one of its axes, and the size of that axis."""

    places: np.ndarray
    size: int


def _entry(x: Variable, axis: int, part: Any, inputs: list[Variable]) -> Entry:
    if isinstance(part, _Chosen):
        n = x.type.shape[axis]
        if isinstance(n, int) and n != part.size:
            what = f"the mask has size {part.size} where axis {axis} of x has {n}."
            raise _refused(ShapeError, what, x, "a mask has the sizes of the axes it stands for.")
        part = part.places
    if isinstance(part, slice):
        step = part.step.data.item() if isinstance(part.step, Constant) else part.step
        if step is not None and (not isinstance(step, (int, np.integer)) or step == 0):
            shown = part.step.label if isinstance(part.step, Variable) else repr(part.step)
            raise _refused(ArgumentError, f"a slice has step {shown}.", x, "steps are integers other than 0.")
        bounds = [_bound(x, bound, inputs) for bound in (part.start, part.stop)]
        return Span(bounds[0], bounds[1], 1 if step is None else int(step))
    if isinstance(part, (bool, np.bool_)):
        raise _refused(DTypeError, "an index is a bool, not an integer.", x, "choose values with sn.where.")
    if isinstance(part, (int, np.integer)):
        return int(part)
    if isinstance(part, (float, np.floating)):
        fix = "divide with // instead of /, or use int(i)."
        raise _refused(DTypeError, f"an index is {part!r}, a float and not an integer.", x, fix)
    try:
        array = as_variable(part)
    except SymnetError as error:
        raise error.at({"x": x}, here()) from None
    if array.type.dtype not in INTEGERS:
        raise DTypeError(
            f"an index is {array.type.dtype}, and indices are integers.",
            operands={"x": x, "index": array},
            origin=here(),
            fix="divide with // instead of /, or cast: i.astype('int64').",
        )
    inputs.append(array)
    return ARRAY if array.type.ndim else SCALAR


def _bound(x: Variable, bound: Any, inputs: list[Variable]) -> int | str | None:
    if bound is None or (isinstance(bound, (int, np.integer)) and not isinstance(bound, bool)):
        return None if bound is None else int(bound)
    if isinstance(bound, Variable) and bound.type.ndim == 0 and bound.type.dtype in INTEGERS:
        inputs.append(bound)
        return SCALAR
    shown = f"{bound.label}, {bound.type}" if isinstance(bound, Variable) else repr(bound)
    raise _refused(
        DTypeError,
        f"a slice bound is {shown}, not an integer scalar.",
        x,
        "divide with // instead of /, or use int(i).",
    )


# what is known of a key -----------------------------------------------------------------------------------------------


def axes_of_key(key: Key, shape: Sequence[Dim]) -> Iterator[tuple[Entry, int, Dim]]:
    """Each entry with the axis of `x` it speaks of and that axis's size; a new axis has size 1."""
    axis = 0
    for entry in key:
        yield entry, axis, 1 if entry is None else shape[axis]
        axis += entry is not None


def settled(key: Key, inputs: Sequence[Variable], shape: Sequence[Dim]) -> tuple[Key, list[Variable]]:
    """The key with its constant scalars written into it and its slices in one form for each meaning."""
    rest = iter(inputs)
    kept: list[Variable] = []

    def value(part: int | str | None) -> int | str | None:
        if part != SCALAR:
            return part
        v = next(rest)
        if isinstance(v, Constant):
            return int(v.data)
        kept.append(v)
        return SCALAR

    entries: list[Entry] = []
    for entry, _, n in axes_of_key(key, shape):
        if isinstance(entry, Span):
            entries.append(_canonical(entry._replace(start=value(entry.start), stop=value(entry.stop)), n))
        elif entry == ARRAY:
            entries.append(ARRAY)
            kept.append(next(rest))
        else:
            entries.append(value(entry))
    return tuple(entries), kept


def _canonical(span: Span, n: Dim) -> Span:
    if span.is_symbolic:
        return span
    if span.step == 1 and span.start in (None, 0) and span.stop is None:
        return Span()
    if not isinstance(n, int):
        return span
    counted = _counted(span, n)
    if counted == range(n):
        return Span()
    if not counted:
        return Span(0, 0)
    if len(counted) == 1:
        return Span(counted[0], counted[0] + 1)
    return Span(counted.start, counted.stop if counted.stop >= 0 else None, counted.step)


def span_size(span: Span, n: Dim) -> Dim:
    """How many entries a slice takes from an axis."""
    if span.length is not None:
        return span.length
    if span.is_symbolic:
        return None
    if span == Span():
        return n
    return len(_counted(span, n)) if isinstance(n, int) else None


def _counted(span: Span, n: int) -> range:
    """The places a slice with known bounds takes."""
    assert not isinstance(span.start, str) and not isinstance(span.stop, str)
    return range(n)[slice(span.start, span.stop, span.step)]


def check_bounds(key: Key, shape: Sequence[Dim], values: Sequence[Any]) -> None:
    """Raise BoundsError where an index is outside its axis; `values` are the inputs' values, None where unknown."""
    rest = iter(values)
    for entry, axis, n in axes_of_key(key, shape):
        if isinstance(entry, Span):
            for part in (entry.start, entry.stop):
                if part == SCALAR:
                    next(rest)
            continue
        index: Any = next(rest) if entry in (SCALAR, ARRAY) else entry
        if index is None or not isinstance(n, int) or not np.size(index):
            continue
        low, high = int(np.min(index)), int(np.max(index))
        if low < -n or high >= n:
            raise BoundsError(
                f"index {high if high >= n else low} is out of range for axis {axis} with size {n}.",
                note=None if entry != ARRAY else f"the indices are {low} to {high}",
                fix=f"indices run from 0 to {n - 1}, or from -{n} to -1 counting from the end." if n else None,
            )


def indexed_shape(key: Key, shape: Shape, arrays: Sequence[Shape]) -> Shape:
    """The shape of x[key] by NumPy's rules."""
    result = [
        1 if entry is None else span_size(entry, n)
        for entry, _, n in axes_of_key(key, shape)
        if entry is None or isinstance(entry, Span)
    ]
    if arrays:
        try:
            together = broadcast(list(arrays))
        except ShapeError as error:
            raise ShapeError(f"index arrays: {error.what}", fix="give all index arrays one shape.") from None
        place = place_of_arrays(key)
        result[place:place] = together
    return tuple(result)


def place_of_arrays(key: Key) -> int:
    """Where the axes of the index arrays stand in x[key]: at the first one, or in front if slices part them.

    Beside index arrays an integer counts as one.
    """
    kinds = [entry is None or isinstance(entry, Span) for entry in key]
    first, last = kinds.index(False), len(kinds) - 1 - kinds[::-1].index(False)
    return 0 if any(kinds[first:last]) else first


# as NumPy writes it ---------------------------------------------------------------------------------------------------


def numpy_key(key: Key, values: Sequence[Any]) -> tuple[Any, ...]:
    """The key with its symbolic parts replaced by `values`."""
    rest = iter(values)

    def one(entry: Entry) -> Any:
        if isinstance(entry, Span):
            start = next(rest) if entry.start == SCALAR else entry.start
            stop = next(rest) if entry.stop == SCALAR else entry.stop
            return slice(start, stop, entry.step)
        return next(rest) if entry in (SCALAR, ARRAY) else entry

    return tuple([one(entry) for entry in key])


def key_text(key: Key, names: Sequence[str]) -> str:
    """The key as Python writes it; with dots where NumPy would otherwise make a number of a view."""
    parts = [_part_text(entry, part) for entry, part in zip(key, numpy_key(key, names), strict=True)]
    if all(entry is not None and not isinstance(entry, Span) for entry in key):
        return ", ".join([*parts, "..."])
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)


def _part_text(entry: Entry, part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if b is None else str(b) for b in (part.start, part.stop)]
        if part.start == 0 and part.step > 0:
            ends[0] = ""
        return ":".join(ends) + (f":{part.step}" if part.step != 1 else "")
    # An array of no axes would make NumPy copy what its number shows.
    return f"int({part})" if entry == SCALAR else str(part)
