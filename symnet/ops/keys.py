"""Keys: what may stand in `x[...]`, as a hashable pattern with one entry for each axis it speaks of.

An entry is an int, None (a new axis), a `Span` (a slice), `SCALAR` for an integer scalar that comes as an input,
`ARRAY` for an index array that comes as an input, a `Mask` for one of bools, or `DOTS` for an Ellipsis that stands for
no axis and yet parts index arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError, SymnetError
from symnet.graph import Constant, Variable
from symnet.op import as_variable
from symnet.origin import here
from symnet.types import INTEGERS, Dim, Shape, broadcast

__all__: list[str] = []

SCALAR: Literal["scalar"] = "scalar"
ARRAY: Literal["array"] = "array"
DOTS: Literal["dots"] = "dots"
T = TypeVar("T")


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


class Mask(NamedTuple):
    """A mask over `ndim` axes, which comes as an input; `length`, the number of entries it takes, is set by a plan."""

    ndim: int
    length: int | None = None


Entry = int | str | None | Span | Mask
Key = tuple[Entry, ...]

# from what users write ------------------------------------------------------------------------------------------------


def parse_key(x: Variable, key: Any) -> tuple[Key, list[Variable]]:
    """A user's key as a pattern over all axes of `x`, and its symbolic parts in order.

    Raises: ArgumentError, DTypeError, ShapeError.
    """
    parts = [_read(x, part) for part in (key if isinstance(key, tuple) else (key,))]
    used = sum(_axes_of_part(part) for part in parts)
    if used > x.type.ndim:
        axes = f"{x.type.ndim} {'axis' if x.type.ndim == 1 else 'axes'}"
        raise _refused(
            ArgumentError, f"too many indices: {x.label} has {axes}, the key {used}.", x, "drop some, or add axes."
        )
    dots = [k for k, part in enumerate(parts) if part is Ellipsis]
    if len(dots) > 1:
        raise _refused(ArgumentError, f"the key holds '...' {len(dots)} times.", x, "write it once.")
    at = dots[0] if dots else len(parts)
    whole: list[Any] = [slice(None)] * (x.type.ndim - used)
    parts[at : at + 1] = whole or [Ellipsis]
    pattern: list[Entry] = []
    inputs: list[Variable] = []
    for part in parts:
        pattern.append(None if part is None else DOTS if part is Ellipsis else _entry(x, part, inputs))
    return settled(_without_idle_dots(tuple(pattern)), inputs, x.type.shape)


def _without_idle_dots(key: Key) -> Key:
    short = tuple(entry for entry in key if entry != DOTS)
    return key if has_arrays(key) and place_of_arrays(key) != place_of_arrays(short) else short


def _refused(kind: type[SymnetError], what: str, x: Variable, fix: str) -> SymnetError:
    return kind(what, operands={"x": x}, origin=here(), fix=fix)


def _read(x: Variable, part: Any) -> Any:
    """The part of a key as it is, or as a variable of integers or bools where it is an array."""
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    if isinstance(part, (int, np.integer)) and not isinstance(part, bool):
        return int(part)
    if isinstance(part, (float, np.floating)):
        fix = "divide with // instead of /, or use int(i)."
        raise _refused(DTypeError, f"an index is {part!r}, a float and not an integer.", x, fix)
    if isinstance(part, (list, range)) and not any(isinstance(i, Variable) for i in part):
        # Lists without elements have no dtype of their own.
        part = np.zeros(np.shape(part), np.int64) if 0 in np.shape(part) else np.asarray(part)
    try:
        array = as_variable(part)
    except SymnetError as error:
        raise error.at({"x": x}, here()) from None
    if array.type.dtype not in (*INTEGERS, "bool"):
        raise DTypeError(
            f"an index is {array.type.dtype}, and indices are integers.",
            operands={"x": x, "index": array},
            origin=here(),
            fix="divide with // instead of /, or cast: i.astype('int64').",
        )
    return array


def _axes_of_part(part: Any) -> int:
    if isinstance(part, Variable) and part.type.dtype == "bool":
        return part.type.ndim
    return int(part is not None and part is not Ellipsis)


def _entry(x: Variable, part: Any, inputs: list[Variable]) -> Entry:
    if isinstance(part, int):
        return part
    if isinstance(part, Variable):
        inputs.append(part)
        if part.type.dtype == "bool":
            return Mask(part.type.ndim)
        return ARRAY if part.type.ndim else SCALAR
    step = part.step.data.item() if isinstance(part.step, Constant) else part.step
    if step is not None and (not isinstance(step, (int, np.integer)) or step == 0):
        shown = part.step.label if isinstance(part.step, Variable) else repr(part.step)
        fix = "steps are integers other than 0."
        if isinstance(part.step, Variable):
            fix = f"steps are known; for a symbolic one take places: x[sn.arange(0, x.shape[0], {shown})]."
        raise _refused(ArgumentError, f"a slice has step {shown}.", x, fix)
    bounds = [_bound(x, bound, inputs) for bound in (part.start, part.stop)]
    return Span(bounds[0], bounds[1], 1 if step is None else int(step))


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


def is_array(entry: Entry) -> bool:
    """Whether an index array or a mask stands there."""
    return entry == ARRAY or isinstance(entry, Mask)


def has_arrays(key: Key) -> bool:
    """Whether the key has an index array or a mask, so that NumPy makes a copy."""
    return any(map(is_array, key))


def axes_of_key(key: Key, shape: Sequence[Dim]) -> Iterator[tuple[Entry, int, Dim]]:
    """Each entry with the axis of `x` it speaks of and that axis's size; a new axis has size 1.

    For a mask it is the first of its axes, and no size.
    """
    axis = 0
    for entry in key:
        if isinstance(entry, Mask):
            yield entry, axis, None
            axis += entry.ndim
        else:
            has_axis = entry is not None and entry != DOTS
            yield entry, axis, shape[axis] if has_axis else 1
            axis += has_axis


def inputs_of_key(key: Key, inputs: Sequence[T]) -> Iterator[list[T]]:
    """What each entry has of the inputs, or of something else that there is for each input."""
    rest = iter(inputs)
    for entry in key:
        wanted = (entry.start, entry.stop) if isinstance(entry, Span) else (entry,)
        yield [next(rest) for part in wanted if part in (SCALAR, ARRAY) or isinstance(part, Mask)]


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
        elif isinstance(entry, Mask):
            v = next(rest)
            kept.append(v)
            entries.append(Mask(entry.ndim, int(np.count_nonzero(v.data))) if isinstance(v, Constant) else entry)
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
    """Raise BoundsError where an index is outside its axis; `values` are the inputs' values, None where unknown.

    As in NumPy nothing is outside where another index array or mask leaves nothing to be read.
    """
    places = [*zip(axes_of_key(key, shape), inputs_of_key(key, values), strict=True)]
    arrays = [(entry, given[0]) for (entry, _, _), given in places if entry == ARRAY or isinstance(entry, Mask)]
    if any(v is not None and not (np.any(v) if entry != ARRAY else np.size(v)) for entry, v in arrays):
        return
    for (entry, axis, n), given in places:
        if entry is None or entry == DOTS or isinstance(entry, (Span, Mask)):
            continue
        index: Any = given[0] if given else entry
        if index is None or not isinstance(n, int) or not np.size(index):
            continue
        low, high = int(np.min(index)), int(np.max(index))
        if low < -n or high >= n:
            raise BoundsError(
                f"index {high if high >= n else low} is out of range for axis {axis} with size {n}.",
                note=None if entry != ARRAY else f"the indices are {low} to {high}",
                fix=f"indices run from 0 to {n - 1}, or from -{n} to -1 counting from the end." if n else None,
            )


def check_masks(key: Key, shape: Shape, given: Sequence[Shape]) -> None:
    """Raise ShapeError where a mask has another size than its axis; `given` are the inputs' shapes."""
    for (entry, first, _), shapes in zip(axes_of_key(key, shape), inputs_of_key(key, given), strict=True):
        if not isinstance(entry, Mask):
            continue
        for axis, m in enumerate(shapes[0], first):
            n = shape[axis]
            if isinstance(n, int) and isinstance(m, int) and n != m:
                raise ShapeError(
                    f"the mask has size {m} where axis {axis} of x has {n}.",
                    fix="a mask has the sizes of the axes it stands for.",
                )


def array_shapes(key: Key, given: Sequence[Shape]) -> list[Shape]:
    """The shapes of the index arrays, which meet; a mask is one array of the places where it is true."""
    return [
        (entry.length,) if isinstance(entry, Mask) else shapes[0]
        for entry, shapes in zip(key, inputs_of_key(key, given), strict=True)
        if is_array(entry)
    ]


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
    kinds = [entry is None or entry == DOTS or isinstance(entry, Span) for entry in key]
    first, last = kinds.index(False), len(kinds) - 1 - kinds[::-1].index(False)
    return 0 if any(kinds[first:last]) else first - key[:first].count(DOTS)


# as NumPy writes it ---------------------------------------------------------------------------------------------------


def numpy_key(key: Key, values: Sequence[Any]) -> tuple[Any, ...]:
    """The key with its symbolic parts replaced by `values`."""
    rest = iter(values)

    def one(entry: Entry) -> Any:
        if isinstance(entry, Span):
            start = next(rest) if entry.start == SCALAR else entry.start
            stop = next(rest) if entry.stop == SCALAR else entry.stop
            return slice(start, stop, entry.step)
        if entry == DOTS:
            return Ellipsis
        return next(rest) if entry == SCALAR or is_array(entry) else entry

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
