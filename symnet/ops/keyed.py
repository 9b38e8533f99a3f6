"""What ops with a key have in common: its inputs, its bounds, and how index arrays come down to one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

import numpy as np

from symnet.graph import Constant, Variable
from symnet.graph.notation import Part, Slice
from symnet.op import Emitter, Op
from symnet.ops.conversion import cast
from symnet.ops.gather import FlatIndex
from symnet.ops.keys import (
    ARRAY,
    DOTS,
    Entry,
    Key,
    Mask,
    Span,
    array_shapes,
    axes_of_key,
    check_bounds,
    check_masks,
    has_arrays,
    indexed_shape,
    inputs_of_key,
    is_array,
    numpy_key,
    place_of_arrays,
)
from symnet.ops.searching import FlatNonzero, count_nonzero
from symnet.ops.shape import transpose
from symnet.ops.sizes import size_of
from symnet.types import Dim, Shape, TensorType

__all__ = ["SliceLength"]


class SliceLength(Op):
    """How many entries a slice takes from an axis of a given size, as Python counts."""

    span: Span

    name, roles = "slice_length", ("size", "bound")

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType("int64", ())

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        n, *bounds = (int(a) for a in arrays)
        (key,) = numpy_key((self.span,), bounds)
        return np.array(len(range(n)[key]), np.int64)

    def emit(self, e: Emitter, *names: str) -> None:
        (key,) = numpy_key((self.span,), names[1:])
        start, stop = ("" if bound is None else bound for bound in (key.start, key.stop))
        e.step(f"{e.out}[()] = len(range({names[0]})[{start}:{stop}:{key.step}])")


class Keyed(Op):
    """Family of ops with a key; the key's symbolic parts are the inputs from `first` on."""

    key: Key
    first: ClassVar[int] = 1

    def _array_shapes(self, inputs: Sequence[Variable]) -> list[Shape]:
        return array_shapes(self.key, [v.type.shape for v in inputs[self.first :]])

    def _numpy_key(self, arrays: Sequence[np.ndarray]) -> tuple[Any, ...]:
        check_bounds(self.key, arrays[0].shape, arrays[self.first :])
        check_masks(self.key, arrays[0].shape, [a.shape for a in arrays[self.first :]])
        return numpy_key(self.key, [a.item() if a.ndim == 0 else a for a in arrays[self.first :]])

    def _key_written(self, inputs: Sequence[Variable]) -> tuple[Part, ...]:
        """The key as a user writes it, without the whole axes at its end."""
        sizes = [n for _, _, n in axes_of_key(self.key, inputs[0].type.shape)]
        parts = [_written(part, n) for part, n in zip(numpy_key(self.key, inputs[self.first :]), sizes, strict=True)]
        while len(parts) > 1 and parts[-1] == Slice():
            parts.pop()
        return tuple(parts)

    def _part(self, inputs: Sequence[Variable]) -> Shape:
        """The shape of x[key]; raises where an index is known to be outside, or a mask not to fit."""
        shape, rest = inputs[0].type.shape, inputs[self.first :]
        check_masks(self.key, shape, [v.type.shape for v in rest])
        check_bounds(self.key, shape, [v.data if isinstance(v, Constant) else None for v in rest])
        return indexed_shape(self.key, shape, self._array_shapes(inputs))

    def _kept_axis(self, axis: int | None, inputs: Sequence[Variable]) -> int | None:
        """Where an axis of x stands in x[key], if the key takes all of it as it is."""
        entries = list(axes_of_key(self.key, inputs[0].type.shape))
        at = next((k for k, (entry, of, _) in enumerate(entries) if of == axis and entry == Span()), None)
        if at is None:
            return None
        before = sum(entry is None or isinstance(entry, Span) for entry in self.key[:at])
        if not has_arrays(self.key) or before < place_of_arrays(self.key):
            return before
        return before + max(len(shape) for shape in self._array_shapes(inputs))

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        found = []
        entries = axes_of_key(self.key, inputs[0].type.shape)
        for (entry, axis, _), given in zip(entries, inputs_of_key(self.key, inputs[self.first :]), strict=True):
            if isinstance(entry, Span) and entry.is_symbolic and entry.length is None:
                found.append(SliceLength(entry)(size_of(inputs[0], axis), *given))
            elif isinstance(entry, Mask) and entry.length is None:
                found.append(count_nonzero(given[0]))
        return tuple(found)

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        rest = iter(sizes)
        key = tuple(
            entry._replace(length=next(rest))
            if (isinstance(entry, Mask) or (isinstance(entry, Span) and entry.is_symbolic)) and entry.length is None
            else entry
            for entry in self.key
        )
        return replace(self, key=key)(*inputs)  # type: ignore[call-arg]


def _written(part: Any, n: Dim) -> Part:
    """A part of a key without the bounds that go without saying on an axis of size `n`."""
    if isinstance(part, Variable):
        return part
    if not isinstance(part, slice):
        return "..." if part is Ellipsis else str(part)
    forward = part.step > 0
    first, last = (0, n) if forward else (n - 1 if isinstance(n, int) else None, None)
    start, stop = (
        bound if isinstance(bound, Variable) else "" if bound in (None, end) else str(bound)
        for bound, end in ((part.start, first), (part.stop, last))
    )
    return Slice(start, stop, "" if part.step == 1 else str(part.step))


def is_distinct(key: Key, rest: Sequence[Variable], shape: Shape) -> bool:
    """Whether x[key] certainly takes no element twice."""
    arrays = [(entry, n) for entry, _, n in axes_of_key(key, shape) if is_array(entry)]
    if all(isinstance(entry, Mask) for entry, _ in arrays):
        return True
    index = next((v for v in rest if v.type.ndim), None)
    n = arrays[0][1]
    if len(arrays) > 1 or not isinstance(index, Constant) or not isinstance(n, int):
        return False
    places = index.data % max(n, 1)
    return len(np.unique(places)) == places.size


def without_arrays(key: Key) -> tuple[Key, list[tuple[int, ...]]]:
    """The key with whole axes in place of index arrays and masks, and which axes of its part each of those takes.

    In place of a mask of no axes stands a new one, of size 1.
    """
    basic: list[Entry] = []
    groups, at = [], 0
    for entry in key:
        whole: list[Entry] = [] if entry == DOTS else [entry]
        if is_array(entry):
            whole = [Span()] * entry.ndim or [None] if isinstance(entry, Mask) else [Span()]
            groups.append(tuple(range(at, at + len(whole))))
        basic += whole
        at += sum(one is None or isinstance(one, Span) for one in whole)
    return tuple(basic), groups


def split_inputs(key: Key, rest: Sequence[Variable]) -> tuple[list[Variable], list[Variable]]:
    """The scalars of a key, and its index arrays as int64, those of masks counted through all their axes."""
    scalars, arrays = [], []
    for entry, given in zip(key, inputs_of_key(key, rest), strict=True):
        if isinstance(entry, Mask):
            arrays.append(FlatNonzero(entry.length)(given[0]))
        elif entry == ARRAY:
            arrays.append(cast(given[0], "int64"))
        else:
            scalars += given
    return scalars, arrays


def one_index(
    key: Key, shape: Shape, arrays: Sequence[Variable], sizes: Sequence[int]
) -> tuple[Variable, int | None]:
    """The index arrays as one, into the axes of these sizes in one, and the axis of x it is still to be checked for."""
    named = tuple(axis if entry == ARRAY else None for entry, axis, _ in axes_of_key(key, shape) if is_array(entry))
    if len(arrays) == 1:
        return arrays[0], named[0]
    return FlatIndex(tuple(sizes), named)(*arrays), None


def count_of(shape: Sequence[Dim]) -> int:
    """The number of elements of a known shape."""
    return prod(n for n in shape if isinstance(n, int))


def moved(x: Variable, count: int, start: int, to: int) -> Variable:
    """`x` with `count` neighbouring axes moved so that they begin at `to`."""
    block = list(range(start, start + count))
    others = [k for k in range(x.type.ndim) if k not in block]
    return transpose(x, (*others[:to], *block, *others[to:]))
