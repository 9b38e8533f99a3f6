"""Indexing and its adjoints: slices are views, integer arrays gather, `set_subtensor` and `inc_subtensor` write.

A key is kept as a hashable pattern with one entry per axis it speaks of: an int, None (a new axis), `Span` for a
slice, `SYMBOL` for an integer scalar given as an input, `ARRAY` for an index array given as an input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.operators import word
from symnet.op import Emitter, Op, arr, as_variable, case, sum_like, vocabulary
from symnet.ops.create import Arange, counts_from_zero, zeros_like
from symnet.ops.pick import pick
from symnet.ops.sizes import size_of
from symnet.types import INTEGERS, Dim, Shape, TensorType, broadcast, shape_text

__all__ = ["Index", "WriteAt", "inc_subtensor", "index", "set_subtensor"]

SYMBOL: Literal["symbol"] = "symbol"
ARRAY: Literal["array"] = "array"


class Span(NamedTuple):
    """A slice: bounds are ints, None, or SYMBOL for one given as an input; `length` is set once it is known."""

    start: int | str | None = None
    stop: int | str | None = None
    step: int | None = None
    length: int | None = None

    @property
    def is_symbolic(self) -> bool:
        return SYMBOL in (self.start, self.stop)


Entry = int | str | None | Span
Pattern = tuple[Entry, ...]


# keys -----------------------------------------------------------------------------------------------------------------


def parse_key(x: Variable, key: Any) -> tuple[Pattern, list[Variable]]:
    """A user's key as a pattern over all axes of `x`, and its symbolic parts in order.

    Raises: ArgumentError, BoundsError, DTypeError.
    """
    parts = list(key) if isinstance(key, tuple) else [key]
    parts = [q for part in parts for q in _mask_to_indices(part)]
    used = sum(part is not None and part is not Ellipsis for part in parts)
    if used > x.type.ndim:
        raise ArgumentError(
            f"too many indices: {x.label} has {x.type.ndim} axes, the key {used}.", operands={"x": x}
        )
    dots = sum(part is Ellipsis for part in parts)
    if dots > 1:
        raise ArgumentError("an index may hold '...' only once.")
    at = next((k for k, part in enumerate(parts) if part is Ellipsis), len(parts))
    parts[at : at + 1] = [slice(None)] * (x.type.ndim - used)
    pattern: list[Entry] = []
    inputs: list[Variable] = []
    axis = 0
    for part in parts:
        pattern.append(None if part is None else _entry(x, axis, part, inputs))
        axis += part is not None
    return tuple(pattern), inputs


def _mask_to_indices(part: Any) -> Sequence[Any]:
    if isinstance(part, Variable) and part.type.dtype == "bool":
        if not isinstance(part, Constant):
            raise DTypeError(
                f"the index {part.label} is a symbolic mask, whose count is not known.",
                operands={"mask": part},
                fix="choose by value: sn.where(mask, x, 0).",
            )
        part = part.data
    if isinstance(part, list):
        part = np.asarray(part) if part else np.zeros(0, np.int64)
    if isinstance(part, np.ndarray) and part.dtype == bool:
        return list(part.nonzero())
    return [part]


def _entry(x: Variable, axis: int, part: Any, inputs: list[Variable]) -> Entry:
    n = x.type.shape[axis]
    if isinstance(part, slice):
        if part.step is not None and (not isinstance(part.step, (int, np.integer)) or part.step == 0):
            raise ArgumentError(f"a slice has step {part.step!r}.", fix="steps are integers other than 0.")
        bounds = [_bound(bound, inputs) for bound in (part.start, part.stop)]
        return Span(bounds[0], bounds[1], None if part.step is None else int(part.step))
    if isinstance(part, Constant) and part.type.ndim == 0:
        part = part.data.item()
    if isinstance(part, (bool, np.bool_)):
        raise DTypeError("an index is a bool, not an integer.", fix="use sn.where for masks.")
    if isinstance(part, (int, np.integer)):
        if isinstance(n, int) and not -n <= part < n:
            raise BoundsError(
                f"index {int(part)} is out of range for axis {axis} with size {n}.", operands={"x": x}
            )
        return int(part)
    if isinstance(part, (float, np.floating)):
        raise DTypeError(f"an index is the float {part}.", fix="divide with // rather than /, or use int(i).")
    array = as_variable(part)
    if array.type.dtype not in INTEGERS:
        raise DTypeError(
            f"an index is {array.type.dtype}, and indices are integers.",
            operands={"index": array},
            fix="divide with // rather than /, or cast: i.astype('int64').",
        )
    if isinstance(array, Constant) and isinstance(n, int) and array.data.size:
        bad = array.data[(array.data < -n) | (array.data >= n)]
        if bad.size:
            raise BoundsError(f"index {bad[0]} is out of range for axis {axis} with size {n}.", operands={"x": x})
    inputs.append(word("cast")(array, "int64"))
    return ARRAY if array.type.ndim else SYMBOL


def _bound(bound: Any, inputs: list[Variable]) -> int | str | None:
    if isinstance(bound, Constant) and bound.type.ndim == 0:
        bound = bound.data.item()
    if bound is None or (isinstance(bound, (int, np.integer)) and not isinstance(bound, bool)):
        return None if bound is None else int(bound)
    if isinstance(bound, Variable) and bound.type.ndim == 0 and bound.type.dtype in INTEGERS:
        inputs.append(word("cast")(bound, "int64"))
        return SYMBOL
    shown = f"{bound.label} ({bound.type})" if isinstance(bound, Variable) else repr(bound)
    raise DTypeError(
        f"a slice bound is {shown}, not an integer scalar.", fix="divide with // rather than /, or use int(i)."
    )


def filled_key(pattern: Pattern, values: Sequence[Any]) -> tuple[Any, ...]:
    """The NumPy key of a pattern, its symbolic parts replaced by `values`."""
    rest = iter(values)

    def one(entry: Entry) -> Any:
        if isinstance(entry, Span):
            start = next(rest) if entry.start == SYMBOL else entry.start
            stop = next(rest) if entry.stop == SYMBOL else entry.stop
            return slice(start, stop, entry.step)
        return next(rest) if entry in (SYMBOL, ARRAY) else entry

    return tuple(one(entry) for entry in pattern)


def key_text(pattern: Pattern, names: Sequence[str]) -> str:
    """The key as written in Python."""

    def one(part: Any) -> str:
        if isinstance(part, slice):
            shown = ["" if b is None else str(b) for b in (part.start, part.stop)]
            return ":".join(shown) + (f":{part.step}" if part.step not in (None, 1) else "")
        return str(part)

    return ", ".join(one(part) for part in filled_key(pattern, names))


def _axes(pattern: Pattern, shape: Shape) -> Iterator[tuple[Entry, Dim]]:
    """Each entry with the size of the axis it speaks of; None for a new axis."""
    sizes = iter(shape)
    for entry in pattern:
        yield entry, (1 if entry is None else next(sizes))


def _span_size(span: Span, n: Dim) -> Dim:
    if span.length is not None:
        return span.length
    if span.is_symbolic:
        return None
    if (span.start, span.stop, span.step) in ((None, None, None), (None, None, 1), (0, None, None)):
        return n
    bounds = slice(span.start, span.stop, span.step)
    return len(range(*bounds.indices(n))) if isinstance(n, int) else None  # type: ignore[call-overload]


def indexed_shape(pattern: Pattern, shape: Shape, arrays: Sequence[Shape]) -> Shape:
    """The shape of x[key], by NumPy's rules: index arrays broadcast; their axes stand together, or come first."""
    result: list[Dim] = []
    place: int | None = None
    together = True
    previous_was_advanced = False
    for entry, n in _axes(pattern, shape):
        # Beside index arrays an integer is an index array too, and ends a run of slices like one.
        advanced = entry == ARRAY or (bool(arrays) and (entry == SYMBOL or (isinstance(entry, int))))
        if advanced:
            if place is None:
                place = len(result)
            elif not previous_was_advanced:
                together = False
        elif entry is None:
            result.append(1)
        elif isinstance(entry, Span):
            result.append(_span_size(entry, n))
        previous_was_advanced = advanced
    if place is not None and arrays:
        at = place if together else 0
        result[at:at] = list(broadcast(list(arrays)))
    return tuple(result)


# reading --------------------------------------------------------------------------------------------------------------


class _Keyed(Op):
    """Family of ops with a key pattern; the key's symbolic parts are the last inputs."""

    pattern: Pattern
    first: int

    def _arrays(self, inputs: Sequence[Variable]) -> list[Shape]:
        return [v.type.shape for v in inputs[self.first :] if v.type.ndim]

    def _key(self, arrays: Sequence[np.ndarray]) -> tuple[Any, ...]:
        return filled_key(self.pattern, [a.item() if a.ndim == 0 else a for a in arrays[self.first :]])

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        found = []
        rest = iter(inputs[self.first :])
        axis = 0
        for entry in self.pattern:
            if isinstance(entry, Span):
                start: Any = next(rest) if entry.start == SYMBOL else entry.start
                stop: Any = next(rest) if entry.stop == SYMBOL else entry.stop
                if entry.is_symbolic and entry.length is None:
                    found.append(_length(size_of(inputs[0], axis), start, stop, entry.step or 1))
            elif entry in (SYMBOL, ARRAY):
                next(rest)
            axis += entry is not None
        return tuple(found)

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        rest = iter(sizes)
        pattern = tuple(
            entry._replace(length=next(rest))
            if isinstance(entry, Span) and entry.is_symbolic and entry.length is None
            else entry
            for entry in self.pattern
        )
        return replace(self, pattern=pattern)(*inputs)  # type: ignore[type-var]


def _length(n: Variable, start: Any, stop: Any, step: int) -> Variable:
    """How many elements n[start:stop:step] has, as Python counts them."""
    where, maximum, minimum = word("where"), word("maximum"), word("minimum")
    low, high = (0, n) if step > 0 else (-1, n - 1)

    def clipped(bound: Any, default: Any) -> Any:
        if bound is None:
            return default
        bound = as_variable(bound, n)
        return minimum(maximum(where(bound < 0, bound + n, bound), low), high)

    first = clipped(start, low if step > 0 else high)
    last = clipped(stop, high if step > 0 else low)
    return word("cast")(maximum(-((first - last) // step), 0), "int64")


@dataclass(frozen=True)
class Index(_Keyed):
    """Part of an array, chosen by a key of integers, slices, new axes and index arrays."""

    pattern: Pattern = ()

    name = "index"
    roles = ("x", "index")
    first = 1

    @property
    def is_view(self) -> bool:  # type: ignore[override]
        """Without index arrays NumPy makes no copy."""
        return ARRAY not in self.pattern

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return x.with_shape(indexed_shape(self.pattern, x.shape, self._arrays(inputs)))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[0]
        return [WriteAt(self.pattern, add=True)(zeros_like(x), g, *inputs[1:]), *[None] * (len(inputs) - 1)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(arrays[0][self._key(arrays)])

    def stand_in(self, *arrays: np.ndarray) -> np.ndarray:
        def one(entry: Entry) -> Any:
            if entry == SYMBOL:
                return 0
            if isinstance(entry, Span) and entry.is_symbolic:
                step = entry.step or 1
                return slice(0, (entry.length or 0) * step, step) if step > 0 else slice(None, None, step)
            return slice(*entry[:3]) if isinstance(entry, Span) else entry

        return np.asarray(arrays[0][(*(one(entry) for entry in self.pattern), ...)])

    def view(self, *names: str) -> str:
        return f"{names[0]}[{key_text(self.pattern, names[1:])}, ...]"

    def emit(self, e: Emitter, *names: str) -> None:
        if self.is_view:
            e.step(f"np.copyto({e.out}, {self.view(*names)})")
            return
        places = [k for k, entry in enumerate(self.pattern) if entry == ARRAY]
        others = [entry for entry in self.pattern if entry != ARRAY]
        if len(places) == 1 and all(entry == Span() for entry in others) and e.array(e.out).flags.c_contiguous:
            e.step(f"check_index({names[1]}, {e.array(names[0]).shape[places[0]]})")
            # mode='wrap' lets take write straight into out, and counts negative indices from the end.
            e.step(f"np.take({names[0]}, {names[1]}, axis={places[0]}, out={e.out}, mode='wrap')")
            return
        e.step(f"{e.out}[...] = {names[0]}[{key_text(self.pattern, names[1:])}]")



@vocabulary(
    case(arr(4, 3), 1),
    case(arr(4, 3), (slice(1, None), -1)),
    case(arr(4, 3), (Ellipsis, None, slice(None, None, -2))),
    case(arr(4, 3), (slice(5, 1), None)),
    case(arr(4, 3), np.array([3, 0, 3, -1])),
    case(arr(4, 3), (slice(None), np.array([[0, 2], [1, 1]]))),
    case(arr(4, 3, 2), (np.array([0, 1]), slice(None), np.array([1, 0]))),
    case(arr(3, 2), np.array([True, False, True])),
)
def index(x: Any, key: Any) -> Variable:
    """`x[key]` by NumPy's rules: integers, slices (bounds may be symbolic), new axes, integer arrays, constant masks.

    The textbook form `x[arange(n), y]` is `pick(x, y)`: there a negative label is an error.

    Raises: BoundsError, DTypeError, ArgumentError.
    """
    x = as_variable(x)
    if _is_pick(x, key):
        return pick(x, key[1], key[0].shape[0])
    pattern, inputs = parse_key(x, key)
    return x if all(entry == Span() for entry in pattern) else Index(pattern)(x, *inputs)


def _is_pick(x: Variable, key: Any) -> bool:
    if not (isinstance(key, tuple) and len(key) == 2 and x.type.ndim == 2 and isinstance(key[0], Variable)):
        return False
    rows, labels = key
    return (
        rows.node is not None
        and isinstance(rows.node.op, Arange)
        and counts_from_zero(rows.node.inputs[0], rows.node.inputs[2])
        and isinstance(labels, Variable)
        and labels.type.ndim == 1
        and labels.type.dtype in INTEGERS
    )


# writing --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WriteAt(_Keyed):
    """A copy of an array in which the part a key chooses is set, or has something added to it."""

    pattern: Pattern = ()
    add: bool = False

    name = "write_at"
    roles = ("x", "value", "index")
    overwrites = (0,)
    first = 2

    def infer(self, *inputs: Variable) -> TensorType:
        x, value = inputs[0].type, inputs[1].type
        part = indexed_shape(self.pattern, x.shape, self._arrays(inputs))
        meets = value.ndim <= len(part) and all(
            a == 1 or not isinstance(a, int) or not isinstance(b, int) or a == b
            for a, b in zip(value.shape, part[len(part) - value.ndim :], strict=True)
        )
        if not meets:
            raise ShapeError(f"the part has shape {shape_text(part)}, the value {shape_text(value.shape)}.")
        return x

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, value, *key = inputs
        part = Index(self.pattern)(g, *key)
        kept = g if self.add else WriteAt(self.pattern)(g, zeros_like(value), *key)
        if not self.add and ARRAY in self.pattern:
            part = part * _last_writes(self.pattern, x, value, part, key)
        return [kept, sum_like(part, value), *[None] * len(key)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        if self.add:
            np.add.at(result, self._key(arrays), arrays[1])
        else:
            result[self._key(arrays)] = arrays[1]
        return result

    def emit(self, e: Emitter, *names: str) -> None:
        if names[0] != e.out:
            e.step(f"np.copyto({e.out}, {names[0]})")
        text = key_text(self.pattern, names[2:])
        if self.add and ARRAY in self.pattern:
            e.step(f"np.add.at({e.out}, np.s_[{text}], {names[1]})")
            return
        if len(names) > 2:
            e.step(f"{e.out}[{text}] {'+=' if self.add else '='} {names[1]}")
            return
        part = e.view(e.out, f"[{text}, ...]", f"{e.out}_part")
        e.step(f"np.add({part}, {names[1]}, out={part})" if self.add else f"np.copyto({part}, {names[1]})")


def _last_writes(pattern: Pattern, x: Variable, value: Variable, part: Variable, key: Sequence[Variable]) -> Variable:
    """1 for each element of a value that stands in the result, 0 for one that a later element overwrote."""
    order = word("arange")(word("size")(part)).reshape(part.shape)
    numbers = word("full_like")(x, -1, "int64")
    written = WriteAt(pattern)(numbers, order, *key)
    survives = word("equal")(Index(pattern)(written, *key), order)
    return word("cast")(survives, value.type.dtype)


def _target(part: Any, op: str) -> tuple[Variable, Pattern, Sequence[Variable]]:
    node = part.node if isinstance(part, Variable) else None
    if node is not None and isinstance(node.op, Index):
        return node.inputs[0], node.op.pattern, node.inputs[1:]
    if node is not None and node.op.name == "pick":
        x, labels = node.inputs[:2]
        return x, (ARRAY, ARRAY), [word("arange")(labels.shape[0]), labels]
    raise ArgumentError(f"{op}: the first argument is no indexed variable.", fix=f"write {op}(x[i], value).")


def _write(part: Any, value: Any, op: str, add: bool) -> Variable:
    x, pattern, key = _target(part, op)
    value = word("cast")(as_variable(value, x), x.type.dtype)
    return WriteAt(pattern, add)(x, value, *key)


def set_subtensor(part: Any, value: Any) -> Variable:
    """`x` with `x[key]` replaced by a value that broadcasts to it: `set_subtensor(x[key], value)`.

    Where indices repeat, the last value stands.
    """
    return _write(part, value, "set_subtensor", add=False)


def inc_subtensor(part: Any, value: Any) -> Variable:
    """`x` with a value added to `x[key]`: `inc_subtensor(x[key], value)`; where indices repeat, all are added."""
    return _write(part, value, "inc_subtensor", add=True)


_WRITES = (
    case(arr(4, 3), 1, arr(3)),
    case(arr(4, 3), (slice(1, None), -1), arr(3)),
    case(arr(4, 3), np.array([3, 0]), arr(2, 3)),
    case(arr(4, 3), np.array([3, 0, 3]), arr(3, 3)),
    case(arr(4, 3), (slice(0, 0),), 1.0),
)


@vocabulary(*_WRITES, name="set_subtensor")
def _set_at(x: Any, key: Any, value: Any) -> Variable:
    return set_subtensor(as_variable(x)[key], value)


@vocabulary(*_WRITES, name="inc_subtensor")
def _inc_at(x: Any, key: Any, value: Any) -> Variable:
    return inc_subtensor(as_variable(x)[key], value)
