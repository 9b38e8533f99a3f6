"""How reductions read their `axis`, and the shapes that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.graph.methods import Axis
from symnet.graph.operators import word
from symnet.graph.rows import with_rows
from symnet.origin import here
from symnet.types import Dim, Shape, shape_text

__all__: list[str] = []


def axes_of(name: str, x: Variable, axis: Axis) -> tuple[int, ...]:
    """`axis` as NumPy reads it, as sorted nonnegative numbers; errors begin with `name`.

    Raises: ArgumentError for what is no axis of x, or one given twice.
    """
    ndim = x.type.ndim
    if axis is None:
        return tuple(range(ndim))
    given: tuple[Any, ...] = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    axes = []
    for k in given:
        if not isinstance(k, (int, np.integer)):
            raise _error(x, f"{name}: axis is {k!r}, not an integer.", "use ints, a tuple of them, or None.")
        if not -ndim <= k < ndim:
            fix = f"axes of x go from {-ndim} to {ndim - 1}." if ndim else "leave axis out: x is a scalar."
            raise _error(x, f"{name}: axis is {k}, but x has {axis_count(ndim)}.", fix)
        axes.append(int(k) % ndim)
    for k in axes:
        if axes.count(k) > 1:
            raise _error(x, f"{name}: axis {k} of x is given {axes.count(k)} times.", "give each axis once.")
    return tuple(sorted(axes))


def _error(x: Variable, what: str, fix: str) -> ArgumentError:
    return ArgumentError(what, operands={"x": x}, origin=here(), fix=fix)


def axis_count(ndim: int) -> str:
    """`2 axes`, for errors."""
    return "1 axis" if ndim == 1 else f"{ndim or 'no'} axes"


def cut(x: Variable, axis: int, part: Any) -> Variable:
    """What a slice or an index takes of `x` along one axis."""
    return x[(slice(None),) * axis + (part,)]


def reduced(shape: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """The shape without these axes, or with size 1 there."""
    if keepdims:
        return tuple(1 if k in axes else n for k, n in enumerate(shape))
    return tuple(n for k, n in enumerate(shape) if k not in axes)


def behind_first(op: Any) -> Any:
    """The op with its `axes` counted in an array that has one more axis, in front."""
    return replace(op, axes=tuple(k + 1 for k in op.axes))


def along_rows(op: Any, rows: Sequence[bool], inputs: Sequence[Variable]) -> Variable:
    """An op along one `axis` of all its operands, where those marked in `rows` have one axis more, in front."""
    y: Variable = replace(op, axis=op.axis + (op.axis >= 0))(*with_rows(rows, inputs))
    return y


def refuse_empty(name: str, shape: Sequence[Dim], axes: Sequence[int]) -> None:
    """Raise ShapeError where the result has an element but no element to make it from."""
    if any(n == 0 for k, n in enumerate(shape) if k not in axes):
        return
    for k in axes:
        if shape[k] == 0:
            raise ShapeError(
                f"{name}: axis {k} of x has size 0, but 1 element is needed: x is {shape_text(shape)}.",
                fix="reduce another axis, or keep empty arrays away from here.",
            )


def spread(v: Variable, x: Variable, axes: Sequence[int], keepdims: bool) -> Variable:
    """A reduced value, back over the shape of `x`."""
    if not axes:
        return v
    return word("broadcast_to")(v if keepdims else word("expand_dims")(v, tuple(axes)), x.shape)
