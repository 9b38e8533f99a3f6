"""Shapes: sizes as symbols, reshaping, transposing, broadcasting, joining. All but joining are views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.operators import word
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.types import Dim, Shape, TensorType, promote, shape_text

__all__ = [
    "BroadcastTo",
    "Concatenate",
    "ExpandDims",
    "Reshape",
    "SizeOf",
    "Squeeze",
    "Transpose",
    "broadcast_to",
    "concatenate",
    "dimshuffle",
    "expand_dims",
    "flatten",
    "reshape",
    "size",
    "size_of",
    "squeeze",
    "stack",
    "transpose",
]

# sizes --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SizeOf(Op):
    """The size of one axis as an int64 scalar."""

    axis: int = 0

    name = "size_of"
    roles = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType("int64", ())

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.array(arrays[0].shape[self.axis], np.int64)


def normal_axis(axis: int, ndim: int, op: str) -> int:
    """`axis` counted from the front."""
    if not isinstance(axis, (int, np.integer)):
        raise DTypeError(f"{op}: an axis is {axis!r}, not an integer.")
    if not -ndim <= axis < ndim:
        raise ArgumentError(f"{op}: axis {axis} is out of range for {ndim} {'axis' if ndim == 1 else 'axes'}.")
    return int(axis) % ndim


@vocabulary(case(arr(3, 4), 1), case(arr(0, 2), -2))
def size_of(x: Any, axis: int) -> Variable:
    """The size of `x` along `axis`, an int64 scalar; a constant where it is known."""
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "size_of")
    known = x.type.shape[axis]
    return Constant(known, "int64") if isinstance(known, int) else SizeOf(axis)(x)


def size(x: Any) -> Any:
    """The number of elements: an int where every size is known, else a symbolic int64 scalar."""
    total: Any = 1
    for n in as_variable(x).shape:
        total = total * n
    return total


def split_sizes(shape: Any, op: str) -> tuple[tuple[int | None, ...], list[Variable]]:
    """A shape as written by a user: ints, with None for each symbolic size, and those symbolic sizes.

    Raises: DTypeError for a size that is no integer.
    """
    entries = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    static: list[int | None] = []
    symbolic: list[Variable] = []
    for n in entries:
        if isinstance(n, Constant) and n.type.ndim == 0:
            n = n.data.item()
        if isinstance(n, Variable):
            if n.type.ndim or n.type.is_float or n.type.dtype == "bool":
                raise DTypeError(
                    f"{op}: a size is {n.type}, and sizes are integer scalars.",
                    operands={"size": n},
                    fix="divide sizes with // rather than /, or cast: n.astype('int64').",
                )
            static.append(None)
            symbolic.append(word("cast")(n, "int64"))
        elif isinstance(n, (int, np.integer)) and not isinstance(n, bool):
            if n < -1:
                raise ShapeError(f"{op}: a size is {n}.", fix="sizes are 0 or more; -1 once, for the rest.")
            static.append(int(n))
        else:
            raise DTypeError(
                f"{op}: a size is {n!r}, not an integer.", fix="divide sizes with // rather than /, or use int(n)."
            )
    return tuple(static), symbolic


def filled(pattern: Sequence[int | None], sizes: Sequence[Any]) -> tuple[Any, ...]:
    """The pattern with each None replaced by the next size."""
    rest = iter(sizes)
    return tuple(next(rest) if n is None else n for n in pattern)


def _known_sizes(sizes: Sequence[Variable]) -> list[Dim]:
    """What is known of size inputs: their value, or the name of the axis they measure."""
    known: list[Dim] = []
    for n in sizes:
        if isinstance(n, Constant):
            known.append(int(n.data))
        elif n.node is not None and isinstance(n.node.op, SizeOf):
            known.append(n.node.inputs[0].type.shape[n.node.op.axis])
        else:
            known.append(None)
    return known


def inferred_shape(pattern: Sequence[int | None], sizes: Sequence[Variable]) -> Shape:
    """The pattern with its symbolic sizes as far as they are known."""
    return filled(pattern, _known_sizes(sizes))


class _Sized(Op):
    """Family of ops whose result's shape is a field `shape`, with None for each size given as a further input."""

    shape: tuple[int | None, ...]

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return inputs[1:]

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return type(self)(filled(self.shape, sizes))(inputs[0])  # type: ignore[call-arg]

    def stand_in(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(self.run(arrays[0]))


# reshape ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reshape(_Sized):
    """The same elements, in row-major order, in another shape; one size may be -1, the rest."""

    shape: tuple[int | None, ...] = ()

    name = "reshape"
    roles = ("x", "size")
    is_view = True

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0]
        target: list[Dim] = list(inferred_shape(self.shape, inputs[1:]))
        tokens = [n if isinstance(n, int) else (n or ("axis", k)) for k, n in enumerate(x.type.shape)]
        wanted = [
            n if isinstance(n, int) else (n or _token(v, x, k))
            for k, (n, v) in enumerate(zip(target, filled(self.shape, inputs[1:]), strict=True))
        ]
        have, open_have = _count(tokens)
        want, open_want = _count([n for n in wanted if n != -1])
        for token in list(open_want):
            if token in open_have:
                open_have.remove(token)
                open_want.remove(token)
        rest = -1 in target
        if not open_have and not open_want:
            possible = (want != 0 and have % want == 0) if rest else have == want
            if not possible:
                raise ShapeError(
                    f"reshape: {shape_text(x.type.shape)} cannot become {shape_text(target)}: "
                    f"{have} elements{' for each of the open sizes' if len(open_have) else ''} against {want}.",
                    fix="the products of the sizes must agree; -1 stands for the size that is left.",
                )
            if rest:
                target[target.index(-1)] = have // want
        elif rest:
            k = target.index(-1)
            target[k] = None
            if not open_want and len(open_have) == 1 and have == want and isinstance(open_have[0], str):
                target[k] = open_have[0]
        return TensorType(x.type.dtype, tuple(target))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [reshape(g, inputs[0].shape), *[None] * (len(inputs) - 1)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        shape = filled(self.shape, [int(n) for n in arrays[1:]])
        try:
            return arrays[0].reshape(shape)
        except ValueError:
            raise ShapeError(
                f"reshape: {arrays[0].shape} with {arrays[0].size} elements cannot become {shape}."
            ) from None

    def view(self, *names: str) -> str:
        return f"{names[0]}.reshape({', '.join(map(str, self.shape)) or '()'})"

    def emit(self, e: Emitter, *names: str) -> None:
        shape = e.array(names[0]).shape
        e.step(f"np.copyto({e.view(e.out, f'.reshape({shape})', f'{e.out}_as_read')}, {names[0]})")


def _token(size: Any, x: Variable, position: int) -> Any:
    """What an open size of the result is, if it measures an axis of `x` itself."""
    if isinstance(size, Variable) and size.node is not None and isinstance(size.node.op, SizeOf):
        if size.node.inputs[0] is x:
            return ("axis", size.node.op.axis)
    return ("new", position)


def _count(tokens: Sequence[Any]) -> tuple[int, list[Any]]:
    known = 1
    for n in tokens:
        known *= n if isinstance(n, int) else 1
    return known, [n for n in tokens if not isinstance(n, int)]


@vocabulary(
    case(arr(3, 4), (2, 6)),
    case(arr(3, 4), (-1, 2, 2)),
    case(arr(2, 0), (0, 5)),
    case(arr(), (1, 1)),
    case(arr(1), ()),
)
def reshape(x: Any, shape: Any) -> Variable:
    """The elements of `x`, in row-major order, as another shape; sizes are ints or symbolic, one may be -1.

    Raises: ShapeError where the numbers of elements cannot agree.
    """
    x = as_variable(x)
    static, symbolic = split_sizes(shape, "reshape")
    if static.count(-1) > 1:
        raise ShapeError(f"reshape: -1 stands {static.count(-1)} times in {static}.", fix="leave one size open.")
    return x if None not in static and static == x.type.shape else Reshape(static)(x, *symbolic)


@vocabulary(case(arr(2, 3, 4)), case(arr(2, 3, 4), 2), case(arr(3), 1))
def flatten(x: Any, ndim: int = 1) -> Variable:
    """`x` with its last axes merged so that `ndim` are left: (N, C, H, W) with ndim=2 becomes (N, C H W)."""
    x = as_variable(x)
    if not 1 <= ndim <= max(1, x.type.ndim):
        raise ArgumentError(f"flatten: ndim is {ndim}, but x has {x.type.ndim} axes.", operands={"x": x})
    return reshape(x, (*x.shape[: ndim - 1], -1))


# order and number of axes -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Transpose(Op):
    """The same array with its axes in another order."""

    axes: tuple[int, ...] = ()

    name = "transpose"
    roles = ("x",)
    is_view = True

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(inputs[0].type.shape[k] for k in self.axes)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [transpose(g, [self.axes.index(k) for k in range(len(self.axes))])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].transpose(self.axes)

    def view(self, *names: str) -> str:
        if self.axes == tuple(reversed(range(len(self.axes)))):
            return f"{names[0]}.T"
        return f"{names[0]}.transpose({', '.join(map(str, self.axes))})"


@vocabulary(case(arr(3, 4)), case(arr(2, 3, 4), (1, 2, 0)), case(arr(2, 3, 4), (-1, 0, 1)), case(arr()))
def transpose(x: Any, axes: Sequence[int] | None = None) -> Variable:
    """`x` with its axes in the given order; reversed by default.

    Raises: ArgumentError unless every axis stands there once.
    """
    x = as_variable(x)
    order = tuple(reversed(range(x.type.ndim))) if axes is None else tuple(
        normal_axis(k, x.type.ndim, "transpose") for k in axes
    )
    if sorted(order) != list(range(x.type.ndim)):
        raise ArgumentError(
            f"transpose: the axes {tuple(axes or ())} are no order of x's {x.type.ndim} axes.",
            operands={"x": x},
            fix=f"give each of 0 to {x.type.ndim - 1} once.",
        )
    return x if order == tuple(range(x.type.ndim)) else Transpose(order)(x)


@dataclass(frozen=True)
class ExpandDims(Op):
    """New axes of size 1 at the places `axes` of a result with `ndim` axes."""

    axes: tuple[int, ...] = ()
    ndim: int = 1

    name = "expand_dims"
    roles = ("x",)
    is_view = True

    def infer(self, *inputs: Variable) -> TensorType:
        sizes = iter(inputs[0].type.shape)
        return inputs[0].type.with_shape(1 if k in self.axes else next(sizes) for k in range(self.ndim))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [squeeze(g, self.axes)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.expand_dims(arrays[0], self.axes)

    def view(self, *names: str) -> str:
        return f"{names[0]}[{', '.join('None' if k in self.axes else ':' for k in range(self.ndim))}]"


@vocabulary(case(arr(3, 4), 0), case(arr(3, 4), (0, -1)), case(arr(), 0))
def expand_dims(x: Any, axis: int | Sequence[int]) -> Variable:
    """`x` with new axes of size 1 where `axis` counts them in the result."""
    x = as_variable(x)
    axes = [axis] if isinstance(axis, (int, np.integer)) else list(axis)
    ndim = x.type.ndim + len(axes)
    places = tuple(sorted(normal_axis(k, ndim, "expand_dims") for k in axes))
    if len(set(places)) != len(places):
        raise ArgumentError(f"expand_dims: an axis stands twice in {tuple(axes)}.")
    return ExpandDims(places, ndim)(x) if places else x


@dataclass(frozen=True)
class Squeeze(Op):
    """Axes of size 1 dropped from an array of `ndim` axes."""

    axes: tuple[int, ...] = ()
    ndim: int = 1

    name = "squeeze"
    roles = ("x",)
    is_view = True

    def infer(self, *inputs: Variable) -> TensorType:
        for k in self.axes:
            n = inputs[0].type.shape[k]
            if isinstance(n, int) and n != 1:
                raise ShapeError(f"squeeze: axis {k} has size {n}, not 1.", fix="index it: x[:, 0], or reduce it.")
        return inputs[0].type.with_shape(n for k, n in enumerate(inputs[0].type.shape) if k not in self.axes)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [expand_dims(g, self.axes)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        sizes = [arrays[0].shape[k] for k in self.axes]
        if any(n != 1 for n in sizes):
            raise ShapeError(f"squeeze: axes {self.axes} have sizes {tuple(sizes)}, not 1.")
        return arrays[0].squeeze(self.axes)

    def view(self, *names: str) -> str:
        return f"{names[0]}[{', '.join('0' if k in self.axes else ':' for k in range(self.ndim))}]"


@vocabulary(case(arr(1, 3, 1)), case(arr(1, 3, 1), -1), case(arr(3, 1), (1,)))
def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Variable:
    """`x` without axes of size 1: those given, or all that are known to have it.

    Raises: ShapeError where a given axis has another size.
    """
    x = as_variable(x)
    if axis is None:
        axes = [k for k, n in enumerate(x.type.shape) if n == 1]
    else:
        axes = [axis] if isinstance(axis, (int, np.integer)) else list(axis)
    places = tuple(sorted({normal_axis(k, x.type.ndim, "squeeze") for k in axes}))
    return Squeeze(places, x.type.ndim)(x) if places else x


@vocabulary(
    case(arr(3, 4), (1, 0)), case(arr(4), ("x", 0, "x")), case(arr(3, 1, 4), (2, "x", 0)), case(arr(), ("x", "x"))
)
def dimshuffle(x: Any, pattern: Sequence[int | str]) -> Variable:
    """`x` with its axes in the order of `pattern`, where 'x' is a new axis of size 1; axes left out must have size 1."""
    x = as_variable(x)
    for entry in pattern:
        if entry != "x" and not isinstance(entry, (int, np.integer)):
            raise ArgumentError(f"dimshuffle: the pattern holds {entry!r}.", fix="use axis numbers and 'x'.")
    order = [normal_axis(int(k), x.type.ndim, "dimshuffle") for k in pattern if k != "x"]
    if len(set(order)) != len(order):
        raise ArgumentError(f"dimshuffle: an axis stands twice in {tuple(pattern)}.")
    dropped = [k for k in range(x.type.ndim) if k not in order]
    kept = [k for k in range(x.type.ndim) if k in order]
    y = transpose(squeeze(x, dropped) if dropped else x, [kept.index(k) for k in order])
    return expand_dims(y, [k for k, entry in enumerate(pattern) if entry == "x"])


# broadcasting and joining -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BroadcastTo(_Sized):
    """The array repeated, without copying, along new axes and axes of size 1."""

    shape: tuple[int | None, ...] = ()

    name = "broadcast_to"
    roles = ("x", "size")
    is_view = True

    def infer(self, *inputs: Variable) -> TensorType:
        x, target = inputs[0], inferred_shape(self.shape, inputs[1:])
        padded = (1,) * (len(target) - x.type.ndim) + x.type.shape
        clash = [(a, b) for a, b in zip(padded, target, strict=False) if isinstance(a, int) and isinstance(b, int)]
        if x.type.ndim > len(target) or any(a not in (1, b) for a, b in clash):
            raise ShapeError(
                f"broadcast_to: {shape_text(x.type.shape)} cannot become {shape_text(target)}.",
                fix="sizes must agree from the right, or be 1.",
            )
        return TensorType(x.type.dtype, target)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [word("sum_to")(g, inputs[0]), *[None] * (len(inputs) - 1)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        shape = filled(self.shape, [int(n) for n in arrays[1:]])
        try:
            return np.broadcast_to(arrays[0], shape)
        except ValueError:
            raise ShapeError(f"broadcast_to: {arrays[0].shape} cannot become {shape}.") from None

    def view(self, *names: str) -> str:
        return f"np.broadcast_to({names[0]}, {self.shape})"


@vocabulary(case(arr(3, 1), (2, 3, 4)), case(arr(), (2,)), case(arr(4), (0, 4)))
def broadcast_to(x: Any, shape: Any) -> Variable:
    """`x` repeated to a shape, as NumPy broadcasts; sizes are ints or symbolic.

    Raises: ShapeError.
    """
    x = as_variable(x)
    static, symbolic = split_sizes(shape, "broadcast_to")
    if -1 in static:
        raise ShapeError(f"broadcast_to: a size is -1 in {static}.", fix="write the size, x.shape[k] say.")
    return x if None not in static and static == x.type.shape else BroadcastTo(static)(x, *symbolic)


@dataclass(frozen=True)
class Concatenate(Op):
    """Arrays joined along one axis."""

    axis: int = 0

    name = "concatenate"
    roles = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        first = inputs[0].type
        shape = list(first.shape)
        for x in inputs[1:]:
            if x.type.ndim != first.ndim:
                raise ShapeError(f"concatenate: arrays of {first.ndim} and {x.type.ndim} axes do not join.")
            for k, (a, b) in enumerate(zip(shape, x.type.shape, strict=True)):
                if k == self.axis:
                    continue
                if isinstance(a, int) and isinstance(b, int) and a != b:
                    raise ShapeError(f"concatenate: axis {k} has size {a} in one array and {b} in another.")
                shape[k] = a if isinstance(a, int) or not isinstance(b, int) else b
        sizes = [x.type.shape[self.axis] for x in inputs]
        known = [n for n in sizes if isinstance(n, int)]
        shape[self.axis] = sum(known) if len(known) == len(sizes) else (sizes[0] if len(sizes) == 1 else None)
        return TensorType(first.dtype, tuple(shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        parts: list[Variable | None] = []
        start: Any = 0
        for x in inputs:
            stop = start + x.shape[self.axis]
            parts.append(g[(slice(None),) * self.axis + (slice(start, stop),)] if x.type.is_float else None)
            start = stop
        return parts

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        try:
            return np.concatenate(arrays, axis=self.axis)
        except ValueError:
            raise ShapeError(f"concatenate: {' and '.join(str(a.shape) for a in arrays)} do not join.") from None

    def emit(self, e: Emitter, *names: str) -> None:
        start = 0
        for k, name in enumerate(names):
            stop = start + e.array(name).shape[self.axis]
            part = e.view(e.out, f"[{':, ' * self.axis}{start}:{stop}]", f"{e.out}_part{k}")
            e.step(f"np.copyto({part}, {name})")
            start = stop


def _joined(arrays: Any, op: str) -> list[Variable]:
    if isinstance(arrays, Variable):
        raise ArgumentError(f"{op}: the argument is one variable.", fix=f"pass a list: {op}([x, y]).")
    xs = [as_variable(x) for x in arrays]
    if not xs:
        raise ArgumentError(f"{op}: the list is empty.")
    dtype = promote(*(x.type.dtype for x in xs))
    return [word("cast")(x, dtype) for x in xs]


def concatenate(arrays: Sequence[Any], axis: int = 0) -> Variable:
    """Arrays joined along an axis they have; all other sizes agree.

    Raises: ShapeError.
    """
    xs = _joined(arrays, "concatenate")
    if xs[0].type.ndim == 0:
        raise ShapeError("concatenate: scalars have no axis to join along.", fix="use stack.")
    return Concatenate(normal_axis(axis, xs[0].type.ndim, "concatenate"))(*xs)


def stack(arrays: Sequence[Any], axis: int = 0) -> Variable:
    """Arrays of one shape joined along a new axis.

    Raises: ShapeError.
    """
    xs = _joined(arrays, "stack")
    return concatenate([expand_dims(x, axis) for x in xs], axis)


@vocabulary(case(arr(2, 3), arr(1, 3)), case(arr(2, 3), arr(2, 0), axis=-1), name="concatenate")
def _concatenate_pair(x: Any, y: Any, axis: int = 0) -> Variable:
    return concatenate([x, y], axis)


@vocabulary(case(arr(2, 3), arr(2, 3)), case(arr(), arr()), case(arr(2), arr(2), axis=-1), name="stack")
def _stack_pair(x: Any, y: Any, axis: int = 0) -> Variable:
    return stack([x, y], axis)
