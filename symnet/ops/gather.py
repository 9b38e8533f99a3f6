"""What indexing with arrays compiles to: entries taken from one axis, and rows written at given places."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

import numpy as np

from symnet.errors import BoundsError
from symnet.graph import Variable
from symnet.graph.notation import Call, Part, along
from symnet.op import Emitter, Op
from symnet.types import TensorType, broadcast

__all__ = ["Take", "FlatIndex", "SetRows", "AddRows"]


def check_index(index: np.ndarray, size: int, axis: int | None = None) -> None:
    """Raise BoundsError unless every entry is in [-size, size); `axis` is what the error calls the axis."""
    if not index.size:
        return
    low, high = int(index.min()), int(index.max())
    if low < -size or high >= size:
        where = "an axis of" if axis is None else f"axis {axis} with"
        raise BoundsError(
            f"index {high if high >= size else low} is out of range for {where} size {size}.",
            note=f"the indices are {low} to {high}",
            fix=f"indices run from 0 to {size - 1}, or from -{size} to -1 counting from the end." if size else None,
        )


def index_check(index: str, size: int, axis: int | None) -> str:
    """The call of `check_index` in a step."""
    return f"check_index({index}, {size}{'' if axis is None else f', axis={axis}'})"


def contiguous(e: Emitter, name: str, make: str = "empty") -> str:
    """A name for the same values in row-major memory, copied there at every call if need be."""
    array = e.array(name)
    if array.flags.c_contiguous:
        return name
    e.slow(f"{name} is copied into rows without gaps")
    # Equal expressions are one buffer: operands of one step differ in `make`.
    copy = e.prepared(f"np.{make}({array.shape}, np.{array.dtype})", f"{name}_in_rows")
    e.step(f"np.copyto({copy}, {name})")
    return copy


class Take(Op):
    """The entries of one axis of x that an int64 array lists; the array's axes stand in that axis's place."""

    axis: int = 0
    checked: bool = False
    """Whether the index is in range already."""
    named: int | None = None
    """What the axis is called in errors."""

    name, roles = "take", ("x", "index")
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, inputs, along((self.axis,)))

    def infer(self, *inputs: Variable) -> TensorType:
        x, index = (v.type for v in inputs)
        return x.with_shape(x.shape[: self.axis] + index.shape + x.shape[self.axis + 1 :])

    def traffic(self, *inputs: Variable) -> int:
        return inputs[1].type.nbytes + 2 * self.infer(*inputs).nbytes

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, index = arrays
        if not self.checked:
            check_index(index, x.shape[self.axis], self.named)
        return x[(slice(None),) * self.axis + (index,)]

    def emit(self, e: Emitter, *names: str) -> None:
        x, index = names
        if not self.checked:
            e.step(index_check(index, e.array(x).shape[self.axis], self.named))
        if 0 in e.array(e.out).shape:
            return
        # take converts what is not row-major into new arrays; with 'wrap' it writes into out without a buffer.
        x, index = contiguous(e, x), contiguous(e, index, "zeros")
        e.step(f"np.take({x}, {index}, axis={self.axis}, out={e.out}, mode='wrap')")


class FlatIndex(Op):
    r"""Places in an array of some sizes, counted in row-major order: $(i_1 n_2 + i_2) n_3 + i_3$ and so on."""

    sizes_indexed: tuple[int, ...] = ()
    named: tuple[int | None, ...] = ()
    """What each axis is called in errors; None for one whose index is known to be in range."""

    name, roles = "flat_index", ("index",)

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType("int64", broadcast([v.type.shape for v in inputs]))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        places = np.zeros((), np.int64)
        empty = 0 in np.broadcast_shapes(*(index.shape for index in arrays))
        for index, n, axis in zip(arrays, self.sizes_indexed, self.named, strict=True):
            if axis is not None and not empty:
                check_index(index, n, axis)
            places = places * n + np.where(index < 0, index + n, index)
        return places

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        return [self.infer(*inputs)]

    def emit(self, e: Emitter, *names: str) -> None:
        for k, (index, n, axis) in enumerate(zip(names, self.sizes_indexed, self.named, strict=True)):
            if axis is not None and e.array(e.out).size:
                e.step(index_check(index, n, axis))
            e.step(f"np.remainder({index}, {max(n, 1)}, out={e.scratch[0] if k else e.out})")
            if k:
                e.step(f"np.multiply({e.out}, {n}, out={e.out})")
                e.step(f"np.add({e.out}, {e.scratch[0]}, out={e.out})")


class _Rows(Op):
    """Family of ops that write the rows of a matrix (M, R) at M places of another (N, R)."""

    checked: bool = False
    """Whether the places are in range already."""
    named: int | None = None
    """What the axis is called in errors."""

    roles: ClassVar[tuple[str, ...]] = ("x", "value", "index")
    overwrites: ClassVar[tuple[int, ...]] = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def _begin(self, e: Emitter, names: Sequence[str]) -> tuple[str, str, str]:
        x, value, index = names
        if e.array(x) is not e.array(e.out):
            e.step(f"np.copyto({e.out}, {x})")
        if not self.checked:
            e.step(index_check(index, e.array(e.out).shape[0], self.named))
        return value, index, e.view(e.out, ".reshape(-1)", f"{e.out}_flat") if _is_flat(e) else ""


def _is_flat(e: Emitter) -> bool:
    return bool(e.array(e.out).flags.c_contiguous)


class SetRows(_Rows):
    """x with its rows at some places set to the rows of a value; where places repeat, the last row stands."""

    name = "set_rows"
    on_complex = "own"
    on_float16 = "moved"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, index = arrays
        if not self.checked:
            check_index(index, len(x), self.named)
        result = x.copy()
        for row, i in zip(value, index, strict=True):
            result[i] = row
        return result

    def emit(self, e: Emitter, *names: str) -> None:
        value, index, flat = self._begin(e, names)
        if flat and e.array(e.out).shape[1] == 1:
            e.step(f"{flat}[{index}] = {e.view(value, '[:, 0]', f'{value}_column')}")
        else:
            e.step(f"{e.out}[{index}] = {value}")


class AddRows(_Rows):
    """x with the rows of a value added to its rows at some places; where places repeat, all are added."""

    name = "add_rows"
    on_complex = "own"
    on_float16 = "moved"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, index = arrays
        if not self.checked:
            check_index(index, len(x), self.named)
        result = x.copy()
        for row, i in zip(value, index, strict=True):
            result[i] += row
        return result

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        sizes = [n for n in inputs[1].type.shape if isinstance(n, int)]
        return [TensorType("int64", (prod(sizes),))] if sizes[1] != 1 else []

    def emit(self, e: Emitter, *names: str) -> None:
        given, index, flat = self._begin(e, names)
        if 0 in e.array(given).shape:
            return
        if not flat:
            e.slow(f"np.add.at goes through {e.out} row by row, as it has gaps")
            e.step(f"np.add.at({e.out}, {index}, {given})")
            return
        value = contiguous(e, given)
        if e.array(e.out).shape[1] > 1:
            # add.at is six times as fast, and allocates nothing, where index and value have one axis.
            columns = e.prepared(f"np.arange({e.array(e.out).shape[1]})", "columns")
            rows = e.view(index, "[:, None]", f"{index}_column")
            index, places = e.scratch[0], e.view(e.scratch[0], f".reshape{e.array(given).shape}", "places")
            e.step(f"np.multiply({rows}, {e.array(e.out).shape[1]}, out={places})")
            e.step(f"np.add({places}, {columns}, out={places})")
        e.step(f"np.add.at({flat}, {index}, {e.view(value, '.reshape(-1)', f'{value}_flat')})")
