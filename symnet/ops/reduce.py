"""Reductions: sums, means, products and truth along axes."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from math import prod as product
from typing import Any, ClassVar, NamedTuple

import numpy as np

from symnet.choices import cheapest
from symnet.graph import Constant, Variable
from symnet.graph.methods import Axis
from symnet.graph.notation import Part, Total, axes_written
from symnet.graph.operators import word
from symnet.machine import BLAS, Machine
from symnet.op import Composite, Emitter, Layout, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of, behind_first, reduced, spread
from symnet.ops.compare import not_equal
from symnet.ops.conversion import cast
from symnet.ops.products import ExclusiveProducts
from symnet.options import current
from symnet.types import TensorType, dtype_name, float_of

__all__ = [
    "sum", "mean", "prod", "any", "all",
    "Reduction", "Sum", "Prod", "AnyTrue", "AllTrue", "Mean",
]  # fmt: skip

LONG = 2**18
"""From so many elements a sum on nothing is gained by BLAS."""

# the family -------------------------------------------------------------------------------------------------


class Reduction(Op):
    """An op that combines the elements along some axes into one, by a ufunc's `reduce`."""

    axes: tuple[int, ...]
    keepdims: bool = False

    roles = ("x",)
    layout: ClassVar[Layout] = "like"
    ufunc: ClassVar[str] = ""

    def dtype_of(self, x: str) -> str:
        """The dtype of the result for elements of dtype `x`."""
        return x

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return TensorType(self.dtype_of(x.dtype), reduced(x.shape, self.axes, self.keepdims))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def notation(self, *inputs: Variable) -> Part:
        return Total(self.name, inputs[0], axes_written(self.axes, inputs[0]), self.keepdims)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return behind_first(self)(*inputs)

    def operations(self, *inputs: Variable) -> int:
        return inputs[0].type.size

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        ufunc, dtype = getattr(np, self.ufunc), self.dtype_of(dtype_name(x))
        return np.asarray(ufunc.reduce(x, axis=self.axes, keepdims=self.keepdims, dtype=dtype))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        axis = axes[0]
        if axis is None or axis in self.axes:
            return None
        return Split((axis,), axis if self.keepdims else axis - builtins.sum(k < axis for k in self.axes))

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        y = self.infer(x)
        if builtins.any(x.type.shape[k] != 1 for k in self.axes):
            return None
        if x.type.dtype != y.dtype:
            x = not_equal(x, 0) if y.dtype == "bool" else cast(x, y.dtype)
        return x if y.shape == x.type.shape else word("reshape")(x, y.shape)

    def emit(self, e: Emitter, *names: str) -> None:
        (x,) = names
        everything = len(self.axes) == e.array(x).ndim
        axis = None if everything else self.axes[0] if len(self.axes) == 1 else self.axes
        keepdims = ", keepdims=True" if self.keepdims else ""
        e.step(f"np.{self.ufunc}.reduce({x}, axis={axis}{keepdims}, out={e.out})")


def total_dtype(x: str) -> str:
    """As NumPy adds: bool and signed integers in int64, unsigned ones in uint64, floats as they are."""
    return "int64" if x == "bool" or x.startswith("int") else "uint64" if x.startswith("uint") else x


class Sum(Reduction):
    """Sum along axes."""

    name, ufunc, linear_in = "sum", "add", (0,)
    on_complex = "own"

    def dtype_of(self, x: str) -> str:
        return total_dtype(x)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        return [spread(g, x, self.axes, self.keepdims) if x.type.is_inexact else None]

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return Split(tuple(axes), None) if axes[0] in self.axes else super().split(axes, *inputs)

    def emit(self, e: Emitter, *names: str) -> None:
        (name,) = names
        x = e.array(name)
        if x.dtype == bool and len(self.axes) == x.ndim:
            # Three times as fast as adding bools as integers ((128, 100): 1.7 against 5.7 microseconds).
            e.step(f"np.copyto({e.out}, np.count_nonzero({name}))")
            return
        # A product with ones takes half to a fifth of the time of np.add.reduce wherever BLAS can read x as
        # it lies (float32, microseconds: (10, 10) 0.5 against 1.0; (128, 100) 1.2 against 5.5; (20, 5760) 6
        # against 14 to 27), and its rounding errors are no larger.
        fold = foldable(x, self.axes)
        kept = fold.kept if fold is not None else []
        places = [k if self.keepdims else k - builtins.sum(j < k for j in self.axes) for k in kept]
        if fold is None or not _is_chain(e.array(e.out), places):
            if dtype_name(x) in BLAS and 0 < x.size <= LONG * e.array(e.out).size:
                e.slow(f"np.add.reduce, for {name} is no matrix that BLAS could multiply with ones")
            super().emit(e, name)
            return
        rows = product(x.shape[k] for k in kept)
        costs = _sum_costs(current().machine, x, rows, fold.terms)
        if cheapest(f"sum of {x.shape} along {self.axes}", costs) != "a product with ones":
            super().emit(e, name)
            return
        matrix = e.view(name, fold.suffix, "matrix") if fold.suffix else name
        ones = e.prepared(f"np.ones({fold.terms}, np.{dtype_name(x)})", "ones")
        flat = _as_chain(e.array(e.out), places, (rows,) if kept else ())
        total = e.view(e.out, flat, "flat") if flat else e.out
        e.step(f"np.dot({f'{ones}, {matrix}' if fold.reduced_first else f'{matrix}, {ones}'}, out={total})")


def _sum_costs(machine: Machine, x: np.ndarray, kept: int, count: int) -> dict[str, float]:
    """Predicted microseconds of the ways to sum `count` elements each; a reduction starts as slowly as two calls."""
    return {
        "a product with ones": machine.product(kept, count, 1, dtype=dtype_name(x)),
        "np.add.reduce": 2 * machine.call + x.nbytes / 4 * machine.reduce / 1e3,
    }


class Fold(NamedTuple):
    """How to see an array as a matrix of kept by reduced elements, or as a vector if nothing is kept."""

    suffix: str
    """What makes the view, behind the array's name; empty where it is one."""
    kept: list[int]
    """The axes of the array that are kept, in the order of memory."""
    terms: int
    """How many elements each sum has."""
    reduced_first: bool


def foldable(x: np.ndarray, axes: Sequence[int]) -> Fold | None:
    """How to see `x` as a matrix for sums along `axes`; None where there is no such view or no gain."""
    if dtype_name(x) not in BLAS or x.size == 0:
        return None
    kept = _down_memory(x, [k for k in range(x.ndim) if k not in axes])
    down = _down_memory(x, axes)
    rows, columns = product(x.shape[k] for k in kept), product(x.shape[k] for k in down)
    kept_first = _is_chain(x, [*kept, *down])
    if columns > LONG or not (kept_first or _is_chain(x, [*down, *kept])):
        return None
    shape = (columns,) if not kept else (rows, columns) if kept_first else (columns, rows)
    suffix = _as_chain(x, [*kept, *down] if kept_first else [*down, *kept], shape)
    return Fold(suffix, kept, columns, not kept_first)


def _as_chain(x: np.ndarray, order: Sequence[int], shape: Sequence[int]) -> str:
    """The suffix that makes a view of this shape of `x`, whose axes longer than 1 run through memory in `order`."""
    moved = ""
    if list(order) != sorted(order):
        moved = f".transpose{(*order, *(k for k in range(x.ndim) if k not in order))}"
    if x.ndim == len(shape) == len(order):
        return moved
    return f"{moved}.reshape({', '.join(map(str, shape)) or '()'})"


def _down_memory(x: np.ndarray, axes: Sequence[int]) -> list[int]:
    """The axes longer than 1, in the order in which they stand in memory, the outermost first."""
    return sorted((k for k in axes if x.shape[k] > 1), key=lambda k: -x.strides[k])


def _is_chain(x: np.ndarray, axes: Sequence[int]) -> bool:
    """Whether these axes, in this order, run through memory without a gap."""
    step = x.itemsize
    for k in reversed(axes):
        if x.strides[k] != step:
            return False
        step *= x.shape[k]
    return True


class Prod(Reduction):
    """Product along axes."""

    name, ufunc = "prod", "multiply"
    on_complex = "holomorphic"

    def dtype_of(self, x: str) -> str:
        return total_dtype(x)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        if not x.type.is_inexact:
            return [None]
        # Each element's partial is the product of the others, without dividing: right beside zeros, and again
        # differentiable. Along one axis after the other, so that sizes may be unknown.
        v, partial = spread(g, x, self.axes, self.keepdims), x
        for axis in self.axes:
            v = v * (ExclusiveProducts(axis)(partial) * ExclusiveProducts(axis, reverse=True)(partial))
            partial = Prod((axis,), keepdims=True)(partial)
        return [v]


class AnyTrue(Reduction):
    """Whether an element along axes is nonzero."""

    name, ufunc = "any", "logical_or"
    on_complex = "own"

    def dtype_of(self, x: str) -> str:
        return "bool"


class AllTrue(Reduction):
    """Whether every element along axes is nonzero."""

    name, ufunc = "all", "logical_and"
    on_complex = "own"

    def dtype_of(self, x: str) -> str:
        return "bool"


class Mean(Composite):
    """Arithmetic mean along axes; `dtype` is that of the result."""

    axes: tuple[int, ...]
    keepdims: bool = False
    dtype: str = "float32"

    name = "mean"
    on_complex = "own"
    roles = ("x",)
    linear_in = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType(self.dtype, reduced(inputs[0].type.shape, self.axes, self.keepdims))

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        # A float16 total overflows at 65504; NumPy's mean adds in float32, too.
        dtype = "float32" if self.dtype == "float16" else self.dtype
        count: Any = product((x.shape[k] for k in self.axes), start=1)
        count = Constant(count, dtype) if isinstance(count, int) else cast(count, dtype)
        return cast(Sum(self.axes, self.keepdims)(cast(x, dtype)) / count, self.dtype)

    def notation(self, *inputs: Variable) -> Part:
        return Total(self.name, inputs[0], axes_written(self.axes, inputs[0]), self.keepdims)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return behind_first(self)(*inputs)


# the user's functions ---------------------------------------------------------------------------------------

AXES = (
    case(arr(3, 4)),
    case(arr(3, 4), axis=0),
    case(arr(2, 3, 4), axis=(0, -1)),
    case(arr(3, 4), axis=1, keepdims=True),
    case(arr(2, 3), axis=()),
    case(arr()),
    case(arr(1, 5), axis=0),
    case(arr(2, 3, 4), axis=(2, 1), keepdims=True),
)
_EMPTY = (
    case(arr(0, 3)),
    case(arr(0, 3), axis=0),
    case(arr(0, 3), axis=1),
    case(arr(2, 0, 3), axis=-2, keepdims=True),
)
INTS = (
    case(arr(values=[[1, 2], [3, -4]], dtype="int32"), axis=0),
    case(arr(values=[200, 100], dtype="uint8")),
    case(arr(values=[[True, False], [True, True]], dtype="bool"), axis=1),
)


@vocabulary(
    *AXES,
    *_EMPTY,
    *INTS,
    case(arr(values=[1.0, float("inf")]), order=0),
    case(arr(values=[[1e30, 1.0], [float("nan"), 1.0]]), axis=1, order=0),
    case(arr(2, 3, dtype="complex128"), axis=0),
    case(arr(2, 3, dtype="complex64")),
)
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Sum of the elements along axes, $\sum_i x_i$; integers and bools are added in 64 bits.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    return Sum(axes_of("sum", x, axis), bool(keepdims))(x)


@vocabulary(
    *AXES, *INTS, case(arr(0, 3), axis=1),
    case(arr(2, 3, dtype="complex128"), axis=0),
)
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Arithmetic mean along axes, $\frac{1}{n} \sum_i x_i$; integers give floatX, no elements NaN.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    return Mean(axes_of("mean", x, axis), bool(keepdims), float_of(x.type.dtype))(x)


@vocabulary(
    *AXES,
    *_EMPTY,
    *INTS,
    case(arr(values=[[0.0, 2.0, 3.0], [0.0, 4.0, 0.0]]), axis=1),
    case(arr(values=[[0.0, 2.0, 3.0], [0.5, 4.0, 0.0]])),
    case(arr(values=[[0.0, 2.0], [0.0, 4.0]]), axis=0, keepdims=True),
    case(arr(2, 3, dtype="complex128"), axis=1),
)
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Product of the elements along axes, $\prod_i x_i$, with exact derivatives beside zeros.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`;
    integers and bools are multiplied in 64 bits.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    return Prod(axes_of("prod", x, axis), bool(keepdims))(x)


_TRUTH = (
    case(arr(values=[[True, False], [False, False]], dtype="bool")),
    case(arr(values=[[True, True], [False, False]], dtype="bool"), axis=1),
    case(arr(values=[[0.0, 2.0], [0.0, -0.0]]), axis=0, keepdims=True),
    case(arr(values=[[0, 1, 2]], dtype="int32"), axis=-1),
    case(arr(values=[float("nan"), 0.0])),
    case(arr(3, 0), axis=1),
    case(arr(3, 4), axis=()),
)


@vocabulary(*_TRUTH)
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Whether at least one element along axes is nonzero (NaN is); false for no elements.

    x of any shape gives bools of x's shape without the axes (by default all), or of 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    return AnyTrue(axes_of("any", x, axis), bool(keepdims))(x)


@vocabulary(*_TRUTH)
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Whether all elements along axes are nonzero (NaN is); true for no elements.

    x of any shape gives bools of x's shape without the axes (by default all), or of 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    return AllTrue(axes_of("all", x, axis), bool(keepdims))(x)
