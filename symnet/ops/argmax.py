"""Where the extremes are: argmax and argmin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Constant, Variable
from symnet.graph.notation import Part, Total
from symnet.graph.operators import word
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of, reduced, refuse_empty
from symnet.origin import here
from symnet.types import TensorType

__all__ = ["argmax", "argmin", "max_and_argmax", "ArgMax", "ArgMin"]


class _Place(Op):
    """Family of ArgMax and ArgMin: `axis` None searches the flattened array."""

    axis: int | None = None
    keepdims: bool = False

    roles = ("x",)

    def notation(self, *inputs: Variable) -> Part:
        return Total(self.name, inputs[0], None if self.axis is None else (self.axis,), self.keepdims)

    def _searched(self, ndim: int) -> tuple[int, ...]:
        return tuple(range(ndim)) if self.axis is None else (self.axis,)

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        axes = self._searched(x.ndim)
        refuse_empty(self.name, x.shape, axes)
        return TensorType("int64", reduced(x.shape, axes, self.keepdims))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        (x,) = inputs
        if self.axis is not None:
            return replace(self, axis=self.axis + 1)(x)
        row = word("flatten")(x, 2) if x.type.ndim > 1 else word("expand_dims")(x, 1)
        y = replace(self, axis=1)(row)
        return y.reshape((x.shape[0], *(1,) * (x.type.ndim - 1))) if self.keepdims else y

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        axes = self._searched(x.ndim)
        refuse_empty(self.name, x.shape, axes)
        if x.size == 0:
            shape = [1 if k in axes else n for k, n in enumerate(x.shape) if self.keepdims or k not in axes]
            return np.zeros(shape, np.int64)
        return np.asarray(getattr(np, self.name)(x, axis=self.axis, keepdims=self.keepdims), np.int64)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        searched, axis = self._searched(inputs[0].type.ndim), axes[0]
        if axis is None or axis in searched:
            return None
        return Split((axis,), axis if self.keepdims else axis - sum(k < axis for k in searched))

    def lower(self, *inputs: Variable) -> Variable | None:
        x = inputs[0].type
        if any(x.shape[k] != 1 for k in self._searched(x.ndim)) and 0 not in x.shape:
            return None
        return Constant(np.zeros(self.infer(*inputs).shape, np.int64))  # type: ignore[arg-type]

    def emit(self, e: Emitter, *names: str) -> None:
        (name,) = names
        x = e.array(name)
        axis = x.ndim - 1 if self.axis is None else self.axis
        kept = [k for k in range(x.ndim) if k != axis]
        order = x if self.axis is None else x.transpose(*kept, axis)
        if not order.flags.c_contiguous:
            # NumPy searches runs without gaps, and would copy anything else to memory of its own.
            moved = name if order is x or axis == x.ndim - 1 else e.view(name, f".transpose{(*kept, axis)}", "moved")
            dtype = "bool_" if x.dtype == bool else x.dtype
            e.slow(f"{name} is copied into runs without gaps")
            name = e.prepared(f"np.empty({order.shape}, np.{dtype})", "runs")
            e.step(f"np.copyto({name}, {moved})")
            axis = x.ndim - 1
        out, shape = e.out, () if self.axis is None else tuple(x.shape[k] for k in kept)
        if self.keepdims:
            out = e.view(e.out, f".reshape({shape})", "flat")
        found = out if e.wide_indices else e.prepared(f"np.empty({shape}, np.intp)", "found")
        e.step(f"{name}.{self.name}({'' if self.axis is None else f'axis={axis}, '}out={found})")
        if found != out:
            e.step(f"np.copyto({out}, {found})")


class ArgMax(_Place):
    """Index of the largest element."""

    name = "argmax"


class ArgMin(_Place):
    """Index of the smallest element."""

    name = "argmin"


def _place(op: type[_Place], x: Any, axis: int | None, keepdims: bool) -> Variable:
    x = as_variable(x)
    if isinstance(axis, (tuple, list)):
        raise ArgumentError(
            f"{op.name}: axis is {axis}, but it takes one axis or None.",
            operands={"x": x},
            origin=here(),
            fix="bring the axes together first: x.reshape(...).",
        )
    return op(None if axis is None else axes_of(op.name, x, axis)[0], bool(keepdims))(x)


_CASES = (
    case(arr(3, 4)),
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 4), axis=-2, keepdims=True),
    case(arr(3, 4), keepdims=True),
    case(arr()),
    case(arr(3, 1), axis=1),
    case(arr(0, 3), axis=1),
    case(arr(values=[[1.0, 2.0, 2.0], [3.0, float("nan"), float("nan")]]), axis=1),
    case(arr(values=[[3, 1], [3, 5]], dtype="uint8"), axis=0),
    case(arr(values=[[False, True], [True, False]], dtype="bool"), axis=0),
)


@vocabulary(*_CASES)
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Variable:
    r"""Index of the largest element along an axis, $\arg\max_i x_i$; the first of equal ones or of NaNs.

    x of any shape gives int64 of that shape without the axis; `axis=None` searches x flattened in C order.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    return _place(ArgMax, x, axis, keepdims)


@vocabulary(*_CASES)
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Variable:
    r"""Index of the smallest element along an axis, $\arg\min_i x_i$; the first of equal ones or of NaNs.

    x of any shape gives int64 of that shape without the axis; `axis=None` searches x flattened in C order.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    return _place(ArgMin, x, axis, keepdims)


@vocabulary(
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 4), axis=-2, keepdims=True),
    case(arr(3, 4)),
    case(arr(values=[[1.0, 2.0, 2.0], [3.0, float("nan"), float("nan")]]), axis=1, order=0),
)
def max_and_argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> tuple[Variable, Variable]:
    r"""The largest element along an axis, and its index: $\max_i x_i$ and $\arg\max_i x_i$. Theano's word.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    x = as_variable(x)
    place = argmax(x, axis, keepdims)
    return word("max")(x, axis, keepdims=keepdims), place
