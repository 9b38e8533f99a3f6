"""Diagonals of the matrices in two axes of an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.op import Emitter, Op, Split
from symnet.types import Dim, TensorType

__all__ = ["Diagonal", "OnDiagonal"]


@dataclass(frozen=True)
class Diagonal(Op):
    """NumPy's diagonal, a view: elements $x_{i, i + k}$ of two axes, which one axis in the end replaces."""

    offset: int = 0
    axis1: int = 0
    axis2: int = 1

    name, roles, is_view = "diagonal", ("x",), True

    def infer(self, *inputs: Variable) -> TensorType:
        shape = inputs[0].type.shape
        length = _length(shape[self.axis1], shape[self.axis2], self.offset)
        return inputs[0].type.with_shape((*_others(shape, self.axis1, self.axis2), length))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [OnDiagonal(self.offset, self.axis1, self.axis2)(g, inputs[0])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].diagonal(self.offset, self.axis1, self.axis2)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        axis = axes[0]
        if axis is None or axis in (self.axis1, self.axis2):
            return None
        return Split((axis,), axis - (self.axis1 < axis) - (self.axis2 < axis))

    def view(self, *names: str) -> str:
        return f"{names[0]}.diagonal({self.offset}, {self.axis1}, {self.axis2})"


@dataclass(frozen=True)
class OnDiagonal(Op):
    """The adjoint of `Diagonal`: zeros like x, of which only the shape is used, with g on a diagonal."""

    offset: int = 0
    axis1: int = 0
    axis2: int = 1
    sizes_of_two: tuple[int, int] | None = None
    """The sizes of the two axes, once they are known; x is then needed no more."""

    name, roles = "on_diagonal", ("g", "x")

    def infer(self, *inputs: Variable) -> TensorType:
        g = inputs[0].type
        if self.sizes_of_two is None:
            return g.with_shape(inputs[1].type.shape)
        return g.with_shape(self._placed(g.shape[:-1], self.sizes_of_two))

    def _placed(self, others: Sequence[Any], two: Sequence[int]) -> tuple[Any, ...]:
        """The shape whose other sizes and sizes of two axes these are."""
        at = dict(zip((self.axis1, self.axis2), two, strict=True))
        rest = iter(others)
        return tuple(at[k] if k in at else next(rest) for k in range(len(others) + 2))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [Diagonal(self.offset, self.axis1, self.axis2)(g), *[None] * (len(inputs) - 1)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g = arrays[0]
        two = self.sizes_of_two or (arrays[1].shape[self.axis1], arrays[1].shape[self.axis2])
        y = np.zeros(self._placed(g.shape[:-1], two), g.dtype)
        i = np.arange(g.shape[-1])
        np.moveaxis(y, (self.axis1, self.axis2), (-2, -1))[..., i + self._rows, i + self._columns] = g
        return y

    @property
    def _rows(self) -> int:
        """The row in which the diagonal begins."""
        return max(-self.offset, 0)

    @property
    def _columns(self) -> int:
        """The column in which the diagonal begins."""
        return max(self.offset, 0)

    def lower(self, *inputs: Variable) -> Variable | None:
        if self.sizes_of_two is not None:
            return None
        shape = inputs[1].type.shape
        return replace(self, sizes_of_two=(shape[self.axis1], shape[self.axis2]))(inputs[0])  # type: ignore[arg-type]

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{e.out}.fill(0)")
        shape = e.array(names[0]).shape
        if 0 in shape:
            return
        y, begin = e.array(e.out), {self.axis1: self._rows, self.axis2: self._columns}
        corner = e.out
        if self.offset:
            key = ", ".join(f"{begin.get(k) or ''}:" for k in range(y.ndim))
            corner = e.view(e.out, f"[{key}]", "corner")
        strides = (*_others(y.strides, self.axis1, self.axis2), y.strides[self.axis1] + y.strides[self.axis2])
        e.step(f"np.copyto({e.window(corner, shape, strides, 'diagonal')}, {names[0]})")


def _others(sizes: Sequence[Any], axis1: int, axis2: int) -> tuple[Any, ...]:
    return tuple(n for k, n in enumerate(sizes) if k not in (axis1, axis2))


def _length(rows: Dim, columns: Dim, offset: int) -> Dim:
    if isinstance(rows, int) and isinstance(columns, int):
        return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    return rows if rows == columns and not offset else None
