"""Shapes: reshaping, the order and the number of axes. All of them are views where strides allow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.graph.notation import Attribute, Call, Item, Part, Row, along
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.axes import behind_first
from symnet.ops.sizes import (
    Pattern,
    Sized,
    axis_tokens,
    factors,
    filled,
    inferred_shape,
    normal_axis,
    split_sizes,
)
from symnet.origin import here
from symnet.types import Dim, Shape, TensorType, shape_text

__all__ = [
    "reshape", "flatten", "transpose", "permute_dims", "expand_dims", "squeeze",
    "Reshape", "Transpose", "ExpandDims", "Squeeze",
]  # fmt: skip

# reshape ------------------------------------------------------------------------------------------------------------


class Reshape(Sized):
    """The same elements, in row-major order, in another shape; one size may be -1, the rest."""

    shape: Pattern = ()

    name, roles, is_view, linear_in = "reshape", ("x", "size"), True, (0,)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, (inputs[0], self._shape_written(inputs)))

    def infer(self, *inputs: Variable) -> TensorType:
        x, *sizes = inputs
        shape, _ = _matched(self.shape, x, sizes)
        return x.type.with_shape(shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[0]
        known = [n for n in x.type.shape if isinstance(n, int)]
        if len(known) == x.type.ndim - 1 and prod(known):
            # The count is that of x, so the one open size needs no look at x.
            back = Reshape(tuple(n if isinstance(n, int) else -1 for n in x.type.shape))(g)
        else:
            back = reshape(g, x.shape)
        return [back, *[None] * (len(inputs) - 1)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, *sizes = inputs
        return NotImplemented if any(rows[1:]) else reshape(x, (x.shape[0], *filled(self.shape, sizes)))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        old, new, axis = inputs[0].type.shape, self.infer(*inputs).shape, axes[0]
        if axis is None or 0 in old:
            return None
        before, n = prod(old[:axis]), old[axis]  # type: ignore[arg-type]
        kept = [k for k in range(len(new)) if new[k] == n and prod(new[:k]) == before]  # type: ignore[arg-type]
        return Split((axis, *axes[1:]), kept[0]) if kept else None

    def for_piece(self, axis: int | None, n: int) -> Op:
        return replace(self, shape=tuple(n if k == axis else m for k, m in enumerate(self.shape)))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, *sizes = arrays
        shape = self._shape(sizes)
        known = prod(n for n in shape if n != -1)
        if (x.size != known) if -1 not in shape else (not known or x.size % known):
            raise _mismatch(x.shape, shape, x.size, known)
        return x.reshape(shape)

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        shape = self.infer(x).shape
        if shape == x.type.shape:
            return x
        if x.node is not None and isinstance(x.node.op, Reshape) and x.node.inputs[0].type.shape == shape:
            return x.node.inputs[0]
        return None if shape == self.shape else reshape(x, shape)

    def view(self, *names: str) -> str:
        return f"{names[0]}.reshape({', '.join(map(str, self.shape)) or '()'})"

    def emit(self, e: Emitter, *names: str) -> None:
        # The copy is made by the result, whose memory is in order: its view in the shape of x takes x as it is.
        shape = ", ".join(map(str, e.array(names[0]).shape)) or "()"
        e.step(f"np.copyto({e.view(e.out, f'.reshape({shape})', f'{e.out}_as_read')}, {names[0]})")


def _matched(pattern: Pattern, x: Variable, sizes: Sequence[Variable]) -> tuple[Shape, bool]:
    """The shape that `x` takes, and whether the numbers of elements certainly agree.

    Open sizes that stand on both sides cancel; what is left decides.
    Raises: ShapeError where the counts cannot agree.
    """
    shape: list[Dim] = list(inferred_shape(pattern, sizes))
    have, open_have = factors(axis_tokens(x))
    want, open_want = factors([n for n in filled(pattern, sizes) if not isinstance(n, int) or n != -1])
    for token in list(open_want):
        if token in open_have:
            open_have.remove(token)
            open_want.remove(token)
    if -1 not in pattern:
        never = not open_want and (have != want if not open_have else bool(have) and want % have != 0)
        if never:
            raise _mismatch(x.type.shape, shape, have, want)
        return tuple(shape), not open_have and not open_want and have == want
    if want == 0 or (not open_have and not open_want and have % want):
        raise _mismatch(x.type.shape, shape, have, want)
    left: Dim = None
    if not open_want and not open_have:
        left = have // want
    elif not open_want and len(open_have) == 1 and have == want and isinstance(open_have[0], str):
        left = open_have[0]
    shape[pattern.index(-1)] = left
    return tuple(shape), not open_want


def _mismatch(shape: Sequence[Dim], target: Sequence[Dim], have: int, want: int) -> ShapeError:
    each = "" if all(isinstance(n, int) for n in (*shape, *target)) else " for each open size"
    if -1 not in target:
        clash, fix = f"{have} elements against {want}{each}", "the products of the sizes must be equal."
    elif want:
        clash, fix = f"{have} elements are no multiple of {want}{each}", "change a size; -1 stands for what is left."
    else:
        clash, fix = "any size would do for -1 beside a size of 0", "write the size instead of -1."
    return ShapeError(f"reshape: {shape_text(shape)} cannot become {shape_text(target)}: {clash}.", fix=fix)


@vocabulary(
    case(arr(3, 4), (2, 6)),
    case(arr(3, 4), (-1, 2, 2)),
    case(arr(2, 0), (0, 5)),
    case(arr(2, 0), (2, -1)),
    case(arr(), (1, 1)),
    case(arr(1), ()),
    case(arr(2, 6), (arr(values=4, dtype="int64"), -1)),
)
def reshape(x: Any, shape: Any) -> Variable:
    r"""The elements of `x`, in row-major order, in another shape with as many elements, $\prod_k n_k$.

    Sizes are ints or symbolic integer scalars; one may be -1, for what is left: (N, C, H, W) reshaped to
    (N, -1) is (N, C H W).

    Raises: ShapeError where the numbers of elements cannot agree, DTypeError for a size that is no integer.
    """
    x = as_variable(x)
    pattern, symbolic = split_sizes(shape, "reshape", rest=True)
    try:
        known, certain = _matched(pattern, x, symbolic)
    except ShapeError as error:
        raise error.at({"x": x}, here()) from None
    if -1 in pattern and isinstance(known[pattern.index(-1)], int):
        pattern = tuple(known[k] if n == -1 else n for k, n in enumerate(pattern))  # type: ignore[misc]
    if certain and pattern.count(None) == 1 and -1 not in pattern and 0 not in pattern:
        # The one symbolic size follows from the others: then the expression need not ask for it.
        pattern, symbolic = tuple(-1 if n is None else n for n in pattern), []
    same = not symbolic and pattern == x.type.shape
    return x if same or (certain and len(pattern) == 1 == x.type.ndim) else Reshape(pattern)(x, *symbolic)


@vocabulary(case(arr(2, 3, 4)), case(arr(2, 3, 4), 2), case(arr(3), 1), case(arr()), case(arr(0, 3, 2), 2))
def flatten(x: Any, ndim: int = 1) -> Variable:
    r"""`x` with its last axes merged so that `ndim` are left: (N, C, H, W) with ndim=2 becomes (N, C H W).

    Raises: ArgumentError.
    """
    x = as_variable(x)
    if not 1 <= ndim <= max(1, x.type.ndim):
        raise ArgumentError(
            f"flatten: ndim is {ndim}, but x has {x.type.ndim} axes.",
            operands={"x": x},
            origin=here(),
            fix=f"keep 1 to {max(1, x.type.ndim)} axes.",
        )
    merged: Any = 1
    for n in x.shape[ndim - 1 :]:
        merged = n if isinstance(merged, int) and merged == 1 else merged * n
    return reshape(x, (*x.shape[: ndim - 1], merged))


# order and number of axes -------------------------------------------------------------------------------------------


class Transpose(Op):
    """The same array with its axes in another order."""

    axes: tuple[int, ...] = ()

    name, roles, is_view, linear_in = "transpose", ("x",), True, (0,)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        count = len(self.axes)
        if self.axes == tuple(reversed(range(count))):
            return Attribute(inputs[0], "T")
        if self.axes == (*range(count - 2), count - 1, count - 2):
            return Attribute(inputs[0], "mT")
        return Call(self.name, (inputs[0], Row(tuple(map(str, self.axes)))))

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(inputs[0].type.shape[k] for k in self.axes)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [transpose(g, tuple(self.axes.index(k) for k in range(len(self.axes))))]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return transpose(inputs[0], (0, *(k + 1 for k in self.axes)))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return Split(tuple(axes), self.axes.index(axes[0])) if axes[0] is not None else None

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].transpose(self.axes)

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        if x.node is not None and isinstance(x.node.op, Transpose):
            inner = x.node.op.axes
            return transpose(x.node.inputs[0], tuple(inner[k] for k in self.axes))
        return None

    def view(self, *names: str) -> str:
        if self.axes == tuple(reversed(range(len(self.axes)))):
            return f"{names[0]}.T"
        return f"{names[0]}.transpose({', '.join(map(str, self.axes))})"


@vocabulary(case(arr(3, 4)), case(arr(2, 3, 4), (1, 2, 0)), case(arr(2, 3, 4), (-1, 0, 1)), case(arr()))
def transpose(x: Any, axes: Sequence[int] | None = None) -> Variable:
    """`x` with its axes in the given order, reversed by default: (N, C, H, W) with (0, 2, 3, 1) is (N, H, W, C).

    Raises: ArgumentError unless every axis is given once.
    """
    x = as_variable(x)
    ndim = x.type.ndim
    given = tuple(reversed(range(ndim))) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
    order = tuple(normal_axis(k, ndim, "transpose", x) for k in given)
    if sorted(order) != list(range(ndim)):
        raise ArgumentError(
            f"transpose: {given} is no order of the {ndim} axes of x.",
            operands={"x": x},
            origin=here(),
            fix=f"give each of 0 to {ndim - 1} once; dimshuffle can drop axes." if ndim else "give no axes.",
        )
    return x if order == tuple(range(ndim)) else Transpose(order)(x)


permute_dims = vocabulary(case(arr(2, 3, 4), (1, 2, 0)), name="permute_dims")(transpose)  # the array API's name


class ExpandDims(Op):
    """New axes of size 1 at the places `axes` of a result with `ndim` axes."""

    axes: tuple[int, ...] = ()
    ndim: int = 1

    name, roles, is_view, linear_in = "expand_dims", ("x",), True, (0,)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        last = max(self.axes, default=-1)
        return Item(inputs[0], tuple("None" if k in self.axes else ":" for k in range(last + 1)))

    def infer(self, *inputs: Variable) -> TensorType:
        sizes = iter(inputs[0].type.shape)
        return inputs[0].type.with_shape(1 if k in self.axes else next(sizes) for k in range(self.ndim))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [squeeze(g, self.axes)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return replace(behind_first(self), ndim=self.ndim + 1)(*inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        kept = [k for k in range(self.ndim) if k not in self.axes]
        return Split(tuple(axes), kept[axes[0]]) if axes[0] is not None else None

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.expand_dims(arrays[0], self.axes)

    def view(self, *names: str) -> str:
        return f"{names[0]}[{', '.join('None' if k in self.axes else ':' for k in range(self.ndim))}]"

    def emit(self, e: Emitter, *names: str) -> None:
        # Only for a constant, which may stand there as a plain number: NumPy broadcasts it.
        if self.axes == tuple(range(len(self.axes))):
            e.step(f"np.copyto({e.out}, {names[0]})")
        else:
            super().emit(e, *names)


@vocabulary(case(arr(3, 4), 0), case(arr(3, 4), (0, -1)), case(arr(), 0), case(arr(0), -1), case(arr(2), ()))
def expand_dims(x: Any, axis: int | Sequence[int]) -> Variable:
    """`x` with new axes of size 1 where `axis` counts them in the result: (N,) with axis=1 is (N, 1).

    Raises: ArgumentError.
    """
    x = as_variable(x)
    axes = list(axis) if isinstance(axis, (tuple, list)) else [axis]
    ndim = x.type.ndim + len(axes)
    places = tuple(sorted(normal_axis(k, ndim, "expand_dims", x) for k in axes))
    if len(set(places)) != len(places):
        raise ArgumentError(
            f"expand_dims: an axis is given twice in {tuple(axes)}.", origin=here(), fix="give each axis once."
        )
    return ExpandDims(places, ndim)(x) if places else x


class Squeeze(Op):
    """Axes of size 1 dropped from an array of `ndim` axes."""

    axes: tuple[int, ...] = ()
    ndim: int = 1

    name, roles, is_view, linear_in = "squeeze", ("x",), True, (0,)
    on_complex = "own"
    on_float16 = "moved"

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, inputs, along(self.axes))

    def infer(self, *inputs: Variable) -> TensorType:
        shape = inputs[0].type.shape
        self._check(shape)
        return inputs[0].type.with_shape(n for k, n in enumerate(shape) if k not in self.axes)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [expand_dims(g, self.axes)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return replace(behind_first(self), ndim=self.ndim + 1)(*inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        kept = [k for k in range(self.ndim) if k not in self.axes]
        return Split(tuple(axes), kept.index(axes[0])) if axes[0] in kept else None

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        self._check(arrays[0].shape)
        return arrays[0].squeeze(self.axes)

    def _check(self, shape: Sequence[Dim]) -> None:
        for k in self.axes:
            if isinstance(shape[k], int) and shape[k] != 1:
                raise ShapeError(
                    f"squeeze: axis {k} has size {shape[k]}, not 1.",
                    fix="take one entry of the axis (x[:, 0]) or reduce it (x.sum(1)).",
                )

    def view(self, *names: str) -> str:
        key = ["0" if k in self.axes else ":" for k in range(self.ndim)]
        # With the dots NumPy gives a view even where no axis is left.
        return f"{names[0]}[{', '.join(key if ':' in key else [*key, '...'])}]"


@vocabulary(
    case(arr(1, 3, 1), (0, 2)), case(arr(1, 3, 1), -1), case(arr(3, 1), (1,)), case(arr(1, 1), (0, 1)), case(arr(2), ())
)
def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Variable:
    """`x` without axes of size 1: those given, or all that are known to have it: (N, 1) with axis=1 is (N,).

    Raises: ShapeError where a given axis has another size, if need be at the call; ArgumentError.
    """
    x = as_variable(x)
    axes: Sequence[Any]
    if axis is None:
        axes = [k for k, n in enumerate(x.type.shape) if n == 1]
    else:
        axes = list(axis) if isinstance(axis, (tuple, list)) else [axis]
    places = tuple(sorted({normal_axis(k, x.type.ndim, "squeeze", x) for k in axes}))
    return Squeeze(places, x.type.ndim)(x) if places else x
