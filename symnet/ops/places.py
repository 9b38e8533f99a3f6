"""What ops at labels compile to: the place of each row's label, found and checked once, and entries at places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from symnet.errors import BoundsError
from symnet.graph import Constant, Variable
from symnet.op import Emitter, Op
from symnet.types import TensorType

__all__ = ["LabelPlaces", "TakePlaces", "SetPlaces", "AddPlaces"]


def check_labels(labels: np.ndarray, classes: int, what: str = "label", of: str = "classes") -> None:
    """Raise BoundsError unless every int64 label is in [0, classes)."""
    # Read as unsigned, a negative label is a huge one: a single pass finds both kinds. The place of the largest is
    # found in a fifth of the time of its value.
    unsigned = labels.view(np.uint64)
    if labels.size and unsigned.item(unsigned.argmax()) >= classes:
        low, high = int(labels.min()), int(labels.max())
        bad = high if high >= classes else low
        where = f"row {int((labels == bad).argmax())} has {bad}; " if labels.size > 1 else ""
        raise BoundsError(
            f"{what} {bad} is out of range for {classes} {of}.",
            note=f"{where}the {what}s are {low} to {high}; nothing was updated",
            fix=f"{what}s run from 0 to {classes - 1}.",
        )


class LabelPlaces(Op):
    r"""Where the entries $(i, l_i)$ of a matrix of so many classes stand in row-major order: $i\,C + l_i$."""

    classes: int

    name, roles = "places", ("labels",)

    def infer(self, *inputs: Variable) -> TensorType:
        (labels,) = inputs
        if isinstance(labels, Constant):
            check_labels(labels.data, self.classes)
        return labels.type

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (labels,) = arrays
        check_labels(labels, self.classes)
        return np.asarray(np.arange(len(labels)) * self.classes + labels)

    def emit(self, e: Emitter, *names: str) -> None:
        (labels,) = names
        e.step(f"check_labels({labels}, {self.classes})")
        e.step(f"np.add({labels}, {_starts(e, e.out, self.classes)}, out={e.out})")


def _starts(e: Emitter, places: str, classes: int) -> str:
    return e.prepared(f"np.arange({e.array(places).size}) * {classes}", "row_starts")


class _AtPlaces(Op):
    """Family of ops at places, one in each of the first rows of a matrix, which come as the last input."""

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        return [inputs[-1].type]


def _entries(e: Emitter, x: str, places: str) -> tuple[str, str]:
    """Emit what it takes to find the places in the memory of `x`: the name of a view of it, and a key for that."""
    array, scratch = e.array(x), e.scratch[0]
    if array.flags.c_contiguous:
        return e.view(x, ".reshape(-1)", f"{x}_flat"), places
    rows, classes = array.shape
    if array.flags.f_contiguous:
        # Place i C + l is l N + i here, N times as much less i (N C - 1).
        e.step(f"np.multiply({places}, {rows}, out={scratch})")
        e.step(f"np.subtract({scratch}, {_starts(e, places, rows * classes - 1)}, out={scratch})")
        return e.view(x, ".T.reshape(-1)", f"{x}_flat"), scratch
    e.step(f"np.subtract({places}, {_starts(e, places, classes)}, out={scratch})")
    return x, f"{e.prepared(f'np.arange({e.array(places).size})', 'rows')}, {scratch}"


class TakePlaces(_AtPlaces):
    """The entries of x at places."""

    name, roles = "picked", ("x", "places")
    on_complex = "own"
    on_float16 = "moved"

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType(inputs[0].type.dtype, inputs[1].type.shape)

    def traffic(self, *inputs: Variable) -> int:
        return inputs[1].type.nbytes + 2 * self.infer(*inputs).nbytes

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, places = arrays
        return x.reshape(-1)[places]

    def emit(self, e: Emitter, *names: str) -> None:
        x, places = names
        if not e.array(places).size:
            return
        entries, key = _entries(e, x, places)
        if entries == x:
            e.slow(f"the entries are picked into a new array, as {x} has gaps", allocates=True)
            e.step(f"np.copyto({e.out}, {x}[{key}])")
        else:
            e.step(f"{entries}.take({key}, out={e.out}, mode='clip')")


class _WritePlaces(_AtPlaces):
    """Family of ops that give a copy of x with its entries at places changed."""

    roles: ClassVar[tuple[str, ...]] = ("x", "value", "places")
    overwrites: ClassVar[tuple[int, ...]] = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def _begin(self, e: Emitter, names: Sequence[str]) -> tuple[str, str]:
        x, _, places = names
        if x != e.out and not (x.isidentifier() and e.array(x) is e.array(e.out)):
            e.step(f"np.copyto({e.out}, {x})")
        return _entries(e, e.out, places)


class SetPlaces(_WritePlaces):
    """x with its entries at places set to a value."""

    name = "set_places"
    on_complex = "own"
    on_float16 = "moved"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, places = arrays
        result = x.copy()
        result.reshape(-1)[places] = value
        return result

    def emit(self, e: Emitter, *names: str) -> None:
        entries, key = self._begin(e, names)
        e.step(f"{entries}[{key}] = {names[1]}")


class AddPlaces(_WritePlaces):
    """x with a value added to its entries at places, or subtracted from them; no place comes twice."""

    ufunc: Literal["add", "subtract"] = "add"

    name = "add_places"
    on_complex = "own"
    on_float16 = "moved"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, places = arrays
        result = x.copy()
        flat = result.reshape(-1)
        flat[places] = getattr(np, self.ufunc)(flat[places], value)
        return result

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        x, _, places = inputs
        return [places.type, places.type.with_dtype(x.type.dtype)]

    def emit(self, e: Emitter, *names: str) -> None:
        if not e.array(names[2]).size:
            return
        entries, key = self._begin(e, names)
        part = e.scratch[1]
        if entries == e.out:
            e.slow(f"the entries are picked into a new array, as {entries} has gaps", allocates=True)
            e.step(f"np.copyto({part}, {entries}[{key}])")
        else:
            e.step(f"{entries}.take({key}, out={part}, mode='clip')")
        e.step(f"np.{self.ufunc}({part}, {names[1]}, out={part})")
        e.step(f"{entries}[{key}] = {part}")
