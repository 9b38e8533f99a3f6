"""Searching: where a value belongs among sorted ones, where an array is not zero, and lines between given points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.methods import Axis
from symnet.op import Emitter, Op, Split, arr, as_variable, as_variables, case, vocabulary
from symnet.ops.arithmetic import clip, minimum
from symnet.ops.axes import axes_of
from symnet.ops.compare import equal, not_equal, where
from symnet.ops.conversion import cast
from symnet.ops.join import concatenate, stack
from symnet.ops.reduce import Sum
from symnet.ops.sorting import argsort
from symnet.origin import here
from symnet.types import TensorType, complex_of, float_of, promote, real_of

__all__ = [
    "searchsorted", "digitize", "interp", "nonzero", "flatnonzero", "argwhere", "count_nonzero",
    "SearchSorted", "FlatNonzero",
]  # fmt: skip

Side = Literal["left", "right"]

# among sorted values --------------------------------------------------------------------------------------------------


class SearchSorted(Op):
    """How many of the sorted elements of a stand before each v; of those that equal v none by `left`, else all."""

    side: Side = "left"

    name = "searchsorted"
    roles: ClassVar[tuple[str, ...]] = ("a", "v")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type.with_dtype("int64")

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(np.searchsorted(arrays[0], arrays[1], side=self.side), np.int64)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return Split((None, axes[1]), axes[1]) if axes[0] is None else None

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("searchsorted has no out=", allocates=True)
        e.step(f"np.copyto({e.out}, np.searchsorted({', '.join(names)}, side='{self.side}'))")


_STEPS = arr(values=[-1.0, 0.0, 0.0, 2.0])


@vocabulary(
    case(_STEPS, arr(2, 3)),
    case(_STEPS, arr(values=[0.0, -5.0, 5.0, float("nan")])),
    case(_STEPS, arr(values=[0.0, -1.0, 2.0]), side="right"),
    case(_STEPS, 0),
    case(arr(0), arr(2)),
    case(arr(values=[3, 1, 2], dtype="int32"), arr(values=[2.5, 1.0]), sorter=[1, 2, 0]),
)
def searchsorted(a: Any, v: Any, side: Side = "left", sorter: Any = None) -> Variable:
    r"""Where each v belongs among the sorted values a, $\#\{j : a_j < v\}$, by `side='right'` $\#\{j : a_j \le v\}$.

    a (N,) ascending and v of any shape give int64 of v's shape, from 0 to N; with `sorter` a[sorter] is ascending. NaN
    belongs at the end. NumPy makes a new array at every call.

    Raises: ShapeError unless a has one axis; ArgumentError for another side.
    """
    if side not in ("left", "right"):
        raise ArgumentError(f"searchsorted: side is {side!r}.", origin=here(), fix="use 'left' or 'right'.")
    a, v = as_variables(a, v)
    if a.type.ndim != 1:
        raise ShapeError(
            f"searchsorted: a has {a.type.ndim} axes, not 1.",
            operands={"a": a, "v": v},
            origin=here(),
            fix="a is a vector in ascending order.",
        )
    if sorter is not None:
        a = a[as_variable(sorter)]
    dtype = promote(a.type.dtype, v.type.dtype)
    return SearchSorted(side)(cast(a, dtype), cast(v, dtype))


@vocabulary(
    case(arr(2, 3), [-1.0, 0.0, 1.0]),
    case(arr(values=[0.0, 1.0, -1.0]), [1.0, 0.0, -1.0], right=True),
    case(arr(values=[0.0, 1.0, -3.0]), [1.0, 0.0, -1.0]),
    case(arr(values=[0.0, 1.0, 2.0]), arr(values=[0.0, 1.0]), right=True),
)
def digitize(x: Any, bins: Any, right: bool = False) -> Variable:
    r"""The number of the bin of each x: k where $b_{k-1} \le x < b_k$, by `right` where $b_{k-1} < x \le b_k$.

    x of any shape and bins (N,) give int64 of x's shape, from 0 (below all bins) to N. Known bins may descend; then the
    signs turn around. Symbolic ones have to ascend.

    Raises: ArgumentError where known bins neither ascend nor descend; ShapeError unless they have one axis.
    """
    bins = as_variable(bins)
    if not isinstance(bins, Constant) or bins.type.ndim != 1:
        return searchsorted(bins, x, "left" if right else "right")
    steps = np.diff(bins.data)
    if (steps >= 0).all():
        return searchsorted(bins, x, "left" if right else "right")
    if not (steps <= 0).all():
        raise ArgumentError(
            "digitize: the bins neither ascend nor descend.", operands={"bins": bins}, origin=here(), fix="sort them."
        )
    return len(bins.data) - searchsorted(Constant(bins.data[::-1].copy()), x, "left" if right else "right")


@vocabulary(
    case(arr(2, 3), [-1.5, 0.0, 1.0], arr(3)),
    case(arr(values=[-1.0, 0.3, 2.0, 5.0]), arr(values=[0.0, 1.0, 4.0]), arr(3)),
    case(arr(values=[-1.0, 0.0, 1.0, 4.0]), [0.0, 1.0], arr(2), left=-9.0, right=arr(), order=0),
    case(arr(values=[0.5, 1.5, -1.25]), [2.5, 0.25, 1.0], arr(3), period=3.0),
    case(arr(values=[0.5, 1.0, 2.0]), [1.0], arr(1), order=0),
    case(arr(values=[float("nan"), 1.0]), [0.0, 1.0], [2.0, 3.0], order=0),
    case(arr(2, 3), [-1.5, 0.0, 1.0], arr(3, dtype="complex128")),
)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Variable:
    r"""The line through given points at x: $f_j + (x - x_j) \frac{f_{j+1} - f_j}{x_{j+1} - x_j}$ for
    $x_j \le x < x_{j+1}$.

    x of any shape, points xp (N,) ascending and values fp (N,) give x's shape. Before the first point it is `left`, by
    default the first value, behind the last one `right`; with a `period` points repeat, in any order, without ends. It
    is differentiable in x, points and values; at a point the slope is that to its right.

    Raises: ShapeError unless xp and fp have one axis and one size; DTypeError for complex x or xp.
    """
    x, xp, fp = as_variables(x, xp, fp)
    for role, v in (("x", x), ("xp", xp)):
        if v.type.is_complex:
            raise DTypeError(
                f"interp: {role} is {v.type.dtype}, and complex numbers have no order on a line.",
                operands={"x": x, "xp": xp, "fp": fp},
                origin=here(),
                fix=f"take {role}.real; the values fp may be complex.",
            )
    dtype = promote(*(real_of(float_of(v.type.dtype)) for v in (x, xp, fp)))
    x, xp, fp = cast(x, dtype), cast(xp, dtype), cast(fp, complex_of(dtype) if fp.type.is_complex else dtype)
    _check_points(xp, fp)
    if period is not None:
        period = as_variable(period, x)
        x, xp = x % period, xp % period
        order = argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = concatenate([fp[-1:], fp, fp[:1]])
    last = xp.shape[0] - 1
    j = clip(SearchSorted("right")(xp, x) - 1, 0, last)
    after = minimum(j + 1, last)
    step = xp[after] - xp[j]
    slope = (fp[after] - fp[j]) / where(equal(step, 0), 1.0, step)
    y = where(x >= xp[-1], fp[-1], fp[j] + (x - xp[j]) * slope)
    if period is None:
        y = where(x < xp[0], fp[0] if left is None else left, y)
        y = y if right is None else where(x > xp[-1], right, y)
    return y


def _check_points(xp: Variable, fp: Variable) -> None:
    sizes = [v.type.shape[0] if v.type.ndim == 1 else None for v in (xp, fp)]
    known = [n for n in sizes if isinstance(n, int)]
    if xp.type.ndim != 1 or fp.type.ndim != 1 or len(set(known)) > 1 or 0 in known:
        raise ShapeError(
            "interp: the points are no two vectors of one size, with 1 element or more.",
            operands={"xp": xp, "fp": fp},
            origin=here(),
            fix="give a value for each point.",
        )


# where it is not zero -------------------------------------------------------------------------------------------------


class FlatNonzero(Op):
    """Where the elements that are not zero stand in row-major order; `count` of them is set once it is known."""

    count: int | None = None

    name, roles = "flatnonzero", ("x",)
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        (x,) = inputs
        count = int(np.count_nonzero(x.data)) if isinstance(x, Constant) else self.count
        return TensorType("int64", (count,))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.asarray(np.flatnonzero(arrays[0]), np.int64)

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        return () if self.infer(*inputs).is_static else (count_nonzero(inputs[0]),)

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return replace(self, count=sizes[0])(*inputs)

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("nonzero has no out=", allocates=True)
        e.step(f"np.copyto({e.out}, np.flatnonzero({names[0]}))")


_SPARSE = arr(values=[[0.0, 2.0, float("nan")], [-1.0, -0.0, 0.0]])
_MASK = arr(values=[[True, False], [False, False], [True, True]], dtype="bool")


@vocabulary(case(_SPARSE), case(_MASK), case(arr(0)), case(arr(values=[0, 0], dtype="int32")))
def flatnonzero(x: Any) -> Variable:
    """Where the elements that are not zero stand in `x` flattened: int64 (K,), in ascending order.

    How long it is depends on values: they are counted before every call, by NumPy on all that x is computed from, and a
    function has a plan for each count. Where shapes can stay as they are, `where(mask, x, 0.0)` is much quicker.
    """
    return FlatNonzero()(as_variable(x))


@vocabulary(case(_SPARSE), case(_MASK), case(arr(values=[[[0, 3]]], dtype="int64")))
def nonzero(x: Any) -> tuple[Variable, ...]:
    """Where the elements that are not zero stand: a vector of indices for each axis, so that x[nonzero(x)] are those.

    x with D axes gives D int64 vectors (K,), in row-major order. The cost is that of `flatnonzero`.

    Raises: ShapeError for a scalar.
    """
    x = as_variable(x)
    if x.type.ndim == 0:
        raise ShapeError("nonzero: x has 0 axes.", operands={"x": x}, origin=here(), fix="use sn.not_equal(x, 0).")
    places, indices = flatnonzero(x), []
    for n in reversed(x.shape[1:]):
        indices.append(places % n)
        places = places // n
    return (places, *reversed(indices))


@vocabulary(case(_SPARSE), case(arr(values=[0.0, 3.0])))
def argwhere(x: Any) -> Variable:
    """Where the elements that are not zero stand: x with D axes gives int64 (K, D), an element's indices in each row.

    The cost is that of `flatnonzero`.

    Raises: ShapeError for a scalar.
    """
    return stack(nonzero(x), 1)


@vocabulary(case(_SPARSE), case(_MASK, axis=0), case(_SPARSE, axis=1, keepdims=True), case(arr(0, 2), axis=0))
def count_nonzero(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """How many elements along axes are not zero (NaN is not), in int64.

    x of any shape gives x's shape without the axes (by default all), or with size 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    chosen = x if x.type.dtype == "bool" else not_equal(x, 0)
    return Sum(axes_of("count_nonzero", x, axis), bool(keepdims))(chosen)
