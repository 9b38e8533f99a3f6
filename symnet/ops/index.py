"""Indexing: `x[key]`, and the ops that give an array in which `x[key]` is replaced or added to.

Slices are views. With index arrays a key is lowered to one gather or one write along one axis, and a mask is the index
array of the places where it is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.notation import Call, Item, Part
from symnet.op import Emitter, Split, all_linear, arr, as_variable, case, sum_like, vocabulary
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import equal, where
from symnet.ops.create import arange, full_like, zeros_like
from symnet.ops.gather import AddRows, SetRows, Take
from symnet.ops.keyed import Keyed, count_of, is_distinct, moved, one_index, split_inputs, without_arrays
from symnet.ops.keyed_rows import read_rows, write_rows
from symnet.ops.keys import (
    ARRAY,
    SCALAR,
    Key,
    Mask,
    Span,
    axes_of_key,
    has_arrays,
    indexed_shape,
    key_text,
    parse_key,
    place_of_arrays,
    settled,
)
from symnet.ops.pick import pick_key
from symnet.ops.shape import expand_dims, reshape, transpose
from symnet.ops.sizes import size
from symnet.types import TensorType, shape_text

__all__ = ["index", "Index", "SetAt", "AddAt"]

# reading --------------------------------------------------------------------------------------------------------------


class Index(Keyed):
    """Part of an array, chosen by a key of integers, slices, new axes and index arrays."""

    key: Key = ()

    name, roles, linear_in = "index", ("x", "index"), (0,)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        return Item(inputs[0], self._key_written(inputs))

    @property
    def is_view(self) -> bool:  # type: ignore[override]
        """Without index arrays NumPy makes no copy."""
        return not has_arrays(self.key)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(self._part(inputs))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, *rest = inputs
        zeros = zeros_like(x)
        write = SetAt if is_distinct(self.key, rest, x.type.shape) else AddAt
        return [write(self.key)(zeros, g, *rest), *[None] * len(rest)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return read_rows(self, rows, inputs)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(arrays[0][self._numpy_key(arrays)])

    def lower(self, *inputs: Variable) -> Variable | None:
        x, *rest = inputs
        key, kept = settled(self.key, rest, x.type.shape)
        if key != self.key:
            return read(x, key, kept)
        if not has_arrays(key):
            return None
        self(*inputs)  # raises where masks do not fit the sizes, known by now
        return _gathered(x, key, kept)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        if any(isinstance(entry, Mask) for entry in self.key):
            return None
        axis, *others = axes
        if axis is not None:
            kept = self._kept_axis(axis, inputs)
            return None if kept is None else Split((axis, *[None] * len(others)), kept)
        if self.key.count(ARRAY) > 1:
            return None
        (cut,) = (k for k in others if k is not None)
        return Split(tuple(axes), place_of_arrays(self.key) + cut)

    def stand_in(self, *arrays: np.ndarray) -> np.ndarray:
        def one(entry: Any, n: Any) -> Any:
            if entry == SCALAR:
                return 0
            if not isinstance(entry, Span):
                return entry
            if entry.length is None:
                return slice(entry.start, entry.stop, entry.step)
            start = 0 if entry.step > 0 else n - 1
            stop = start + entry.length * entry.step
            return slice(start, stop if stop >= 0 else None, entry.step) if entry.length else slice(0, 0)

        x = arrays[0]
        return x[(*(one(entry, n) for entry, _, n in axes_of_key(self.key, x.shape)), ...)]

    def view(self, *names: str) -> str:
        return f"{names[0]}[{key_text(self.key, names[1:])}]"


def read(x: Variable, key: Key, rest: Sequence[Variable]) -> Variable:
    """x[key], which is x itself where the key takes everything."""
    return x if all(entry == Span() for entry in key) else Index(key)(x, *rest)


def _gathered(x: Variable, key: Key, rest: Sequence[Variable]) -> Variable:
    """x[key] as slices, one gather along one axis, and an order of axes."""
    basic, groups = without_arrays(key)
    scalars, arrays = split_inputs(key, rest)
    part = read(x, basic, scalars)
    sizes = [count_of([part.type.shape[k] for k in group]) for group in groups]
    axes = tuple(chain.from_iterable(groups))
    if axes == tuple(range(axes[0], axes[-1] + 1)):
        at = axes[0]
    else:
        at = 0
        part = transpose(part, (*axes, *(k for k in range(part.type.ndim) if k not in axes)))
    if len(axes) > 1:
        part = reshape(part, (*part.type.shape[:at], prod(sizes), *part.type.shape[at + len(axes) :]))
    places, named = one_index(key, x.type.shape, arrays, sizes)
    taken = Take(at, checked=named is None, named=named)(part, places)
    return moved(taken, places.type.ndim, at, place_of_arrays(key))


@vocabulary(
    case(arr(4, 3), 1),
    case(arr(4, 3), (2, -1)),
    case(arr(4, 3), (slice(1, None), -1)),
    case(arr(4, 3), (Ellipsis, None, slice(None, None, -2))),
    case(arr(4, 3), (slice(5, 1), None)),
    case(arr(4, 3), (slice(-3, 100, 2),)),
    case(arr(0, 3), slice(None, None, -1)),
    case(arr(4, 3), arr(values=-2, dtype="int64")),
    case(arr(5, 3), (slice(arr(values=1, dtype="int64"), arr(values=-1, dtype="int32")), slice(2))),
    case(arr(5), slice(arr(values=9, dtype="int64"), None, -2)),
    case(arr(4, 3), np.array([3, 0, 3, -1])),
    case(arr(4, 3), [1, 0]),
    case(arr(4, 3), arr(values=[3, 0, -1, 3], dtype="int32")),
    case(arr(4, 3), (slice(None), np.array([[0, 2], [1, 1]]))),
    case(arr(4, 3), (slice(1, 3), arr(values=[2, 2], dtype="int64"))),
    case(arr(4, 3, 2), (np.array([0, 1]), slice(None), np.array([1, 0]))),
    case(arr(4, 3, 2), (0, slice(None), np.array([1, 0, 1]))),
    case(arr(2, 4, 3), (slice(None), arr(values=[[3], [-4]], dtype="int64"), arr(values=[0, 2], dtype="int64"))),
    case(arr(3, 2), np.array([True, False, True])),
    case(arr(2, 3), (arr(values=[], dtype="int64"),)),
    case(arr(2, 3), np.array([[True, False, True], [False, False, True]])),
    case(arr(3, 2), arr(values=[True, False, True], dtype="bool")),
    case(arr(2, 3), arr(values=[[True, False, True], [False, False, True]], dtype="bool")),
    case(arr(4, 3), (slice(None, None, -1), arr(values=[False, False, False], dtype="bool"))),
    case(arr(2, 3, 4), (arr(values=[True, True], dtype="bool"), None, 1, slice(1, 3))),
    case(arr(2, 2, 3), (arr(values=[[True, False], [True, True]], dtype="bool"), arr(values=[2, 0, 2], dtype="uint8"))),
    case(arr(2, 3), (0, slice(None), arr(values=True, dtype="bool"))),
    case(arr(2, 3), False),
)
def index(x: Any, key: Any) -> Variable:
    """`x[key]` by NumPy's rules: integers, slices, new axes, `...`, arrays of integers, masks.

    Integers and bounds of slices may be symbolic scalars, index arrays and masks symbolic too: x (N, C) gives x[i]
    (C,), x[a:b] (b - a, C), x[[2, 0]] (2, C), and x[mask] (K, C) for a mask (N,), (K,) for one (N, C). Negative indices
    count from the end. The textbook form `x[arange(n), y]` is `pick(x, y)`, where a negative label is an error.

    How many entries a symbolic mask takes depends on values: they are counted before every call, by NumPy on all that
    the mask is computed from, and a function has a plan for each count. Where shapes can stay as they are,
    `where(mask, x, 0.0)` is much quicker.

    Raises: BoundsError, if need be at the call; DTypeError, ArgumentError, ShapeError.
    """
    x = as_variable(x)
    picked = pick_key(x, key)
    return picked if picked is not None else indexed(x, key)


def indexed(x: Variable, key: Any) -> Variable:
    """`x[key]` as an Index, whatever the key."""
    pattern, rest = parse_key(x, key)
    return Index(pattern)(x, *rest)


# writing --------------------------------------------------------------------------------------------------------------


class _WriteAt(Keyed):
    """Family of ops that give a copy of an array with the part changed that a key chooses."""

    key: Key = ()

    roles = ("x", "value", "index")
    overwrites = (0,)
    first: ClassVar[int] = 2

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, (Item(inputs[0], self._key_written(inputs)), inputs[1]))

    def infer(self, *inputs: Variable) -> TensorType:
        x, value = inputs[0].type, inputs[1].type
        part = self._part(inputs)
        lead = len(part) - value.ndim
        clash = any(
            isinstance(a, int) and isinstance(b, int) and a not in (1, b)
            for a, b in zip(value.shape, part[max(lead, 0) :], strict=False)
        )
        if clash or lead < 0:
            raise ShapeError(
                f"{self.name}: x[key] has shape {shape_text(part)}, the value {shape_text(value.shape)}.",
                fix="give a value of that shape, or one that broadcasts to it.",
            )
        return x

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        return all_linear(self, dx, inputs, (0, 1))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return write_rows(self, rows, inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        x, value = inputs[0].type, inputs[1].type
        part = len(self._part(inputs))
        places = {k: self._kept_axis(k, inputs) for k in range(x.ndim)}
        axis = axes[0]
        if axis is None and axes[1] is not None:
            axis = next((k for k, place in places.items() if place == axes[1] + part - value.ndim), None)
        kept = None if axis is None else places[axis]
        if kept is None:
            return None
        of_value = kept - (part - value.ndim)
        cut = of_value if of_value >= 0 and value.shape[of_value] != 1 else None
        return Split((axis, cut, *[None] * len(inputs[2:])), axis)

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return super().sizes(*inputs) if has_arrays(self.key) and self._chosen(inputs) is None else ()

    def _chosen(self, inputs: Sequence[Variable]) -> Variable | None:
        """A mask to broadcast over x, where that alone says what changes and every entry takes the same values."""
        at = next((k for k, entry in enumerate(self.key) if isinstance(entry, Mask)), None)
        if at is None or any(entry != Span() for k, entry in enumerate(self.key) if k != at):
            return None
        value, mask = inputs[1:]
        behind = len(self.key) - at - 1
        return expand_dims(mask, tuple(range(-behind, 0))) if value.type.ndim <= behind else None

    def lower(self, *inputs: Variable) -> Variable | None:
        x, value, *rest = inputs
        key, kept = settled(self.key, rest, x.type.shape)
        if key != self.key:
            return type(self)(key)(x, value, *kept)
        if not has_arrays(key):
            return None
        self(*inputs)  # raises where masks do not fit the sizes, known by now
        chosen = self._chosen(inputs)
        return self._scattered(x, value, kept) if chosen is None else where(chosen, self.at_once(x, value), x)

    def at_once(self, x: Variable, value: Variable) -> Variable:
        """What stands in the result where a mask is true."""
        raise NotImplementedError

    def _read(self, g: Variable, inputs: Sequence[Variable]) -> Variable:
        """What `g` has where the value went, in a shape to which that broadcasts."""
        chosen = self._chosen(inputs)
        return Index(self.key)(g, *inputs[2:]) if chosen is None else where(chosen, g, zeros_like(g))

    def _scattered(self, x: Variable, value: Variable, rest: Sequence[Variable]) -> Variable:
        """The write as slices around one write of rows."""
        basic, groups = without_arrays(self.key)
        scalars, arrays = split_inputs(self.key, rest)
        part = read(x, basic, scalars)
        sizes = [count_of([part.type.shape[k] for k in group]) for group in groups]
        axes = tuple(chain.from_iterable(groups))
        order = (*axes, *(k for k in range(part.type.ndim) if k not in axes))
        front = transpose(part, order)
        places, named = one_index(self.key, x.type.shape, arrays, sizes)
        wide = broadcast_to(value, indexed_shape(self.key, x.type.shape, [v.type.shape for v in arrays]))
        wide = moved(wide, places.type.ndim, place_of_arrays(self.key), 0)
        row = count_of(front.type.shape[len(axes) :])
        written = self.rows(checked=named is None, named=named)(
            reshape(front, (prod(sizes), row)),
            reshape(wide, (count_of(places.type.shape), row)),
            reshape(places, (count_of(places.type.shape),)),
        )
        back = transpose(reshape(written, front.type.shape), tuple(order.index(k) for k in range(len(order))))
        return back if part is x else SetAt(basic)(x, back, *scalars)

    rows: ClassVar[type[SetRows] | type[AddRows]]

    def emit(self, e: Emitter, *names: str) -> None:
        x, value, *rest = names
        if not _same_memory(e, x):
            e.step(f"np.copyto({e.out}, {x})")
        suffix = f"[{key_text(self.key, rest)}]"
        if rest:
            part = e.local(e.out + suffix, f"{e.out}_part")
        else:
            part = e.view(e.out, suffix, f"{e.out}_part")
        self.emit_part(e, part, value)

    def emit_part(self, e: Emitter, part: str, value: str) -> None:
        """Write the line that changes the part."""
        raise NotImplementedError


def _same_memory(e: Emitter, x: str) -> bool:
    return x == e.out or (x.isidentifier() and e.array(x) is e.array(e.out))


class SetAt(_WriteAt):
    """A copy of x in which x[key] is a given value."""

    name, rows = "set_subtensor", SetRows
    on_complex = "own"
    on_float16 = "moved"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, value, *rest = inputs
        part = self._read(g, inputs)
        if not is_distinct(self.key, rest, x.type.shape):
            part = where(_stays(self.key, x, part, rest), part, zeros_like(part))
        kept = SetAt(self.key)(g, Constant(0, g.type.dtype), *rest)
        return [kept, sum_like(part, value), *[None] * len(rest)]

    def at_once(self, x: Variable, value: Variable) -> Variable:
        return value

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        result[self._numpy_key(arrays)] = arrays[1]
        return result

    def emit_part(self, e: Emitter, part: str, value: str) -> None:
        e.step(f"np.copyto({part}, {value})")


class AddAt(_WriteAt):
    """A copy of x in which a value is added to x[key]; where indices repeat, all are added."""

    name, rows = "inc_subtensor", AddRows
    on_complex = "own"
    on_float16 = "moved"

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        value, rest = inputs[1], inputs[2:]
        return [g, sum_like(self._read(g, inputs), value), *[None] * len(rest)]

    def at_once(self, x: Variable, value: Variable) -> Variable:
        return x + value

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        result = arrays[0].copy()
        key = self._numpy_key(arrays)
        # NumPy 2.4 reads behind a value with fewer axes than the index.
        np.add.at(result, key, np.broadcast_to(arrays[1], result[key].shape))
        return result

    def emit_part(self, e: Emitter, part: str, value: str) -> None:
        e.step(f"np.add({part}, {value}, out={part})")


def _stays(key: Key, x: Variable, part: Variable, rest: Sequence[Variable]) -> Variable:
    """Which elements of a value stand in the result; the others were overwritten by later ones."""
    numbers = reshape(arange(size(part)), part.shape)
    written = SetAt(key)(full_like(x, -1, "int64"), numbers, *rest)
    return equal(Index(key)(written, *rest), numbers)
