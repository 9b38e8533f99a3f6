"""Distinct values and how often they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any, ClassVar, NamedTuple

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.op import Emitter, Op, arr, as_variable, case, vocabulary
from symnet.ops.along import PutAlong
from symnet.ops.compare import equal, isnan, less_equal, logical_and, logical_not, not_equal, where
from symnet.ops.conversion import cast
from symnet.ops.create import ones, zeros
from symnet.ops.differences import diff
from symnet.ops.grids import linspace
from symnet.ops.join import concatenate
from symnet.ops.lexsort import LexSort
from symnet.ops.order import moveaxis
from symnet.ops.places import check_labels
from symnet.ops.scans import CumSum
from symnet.ops.searching import SearchSorted, flatnonzero
from symnet.ops.shape import flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.ops.sorting import ArgSort, Sort
from symnet.ops.subtensor import inc_subtensor
from symnet.origin import here
from symnet.types import INTEGERS, TensorType, float_of, promote

__all__ = [
    "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "bincount", "histogram", "BinCount",
]  # fmt: skip

# distinct values ------------------------------------------------------------------------------------------------------

_TWICE = arr(values=[[3.0, 1.0, 3.0], [float("nan"), 1.0, float("nan")]])
_NAN = float("nan")
_ROWS = arr(values=[[1.0, 2.0], [0.0, 9.0], [1.0, 2.0], [_NAN, 1.0], [1.0, -0.0], [_NAN, 1.0], [1.0, 0.0]])


@vocabulary(
    case(arr(values=[2.0, 0.5, 2.0, 1.0]), order=0),
    case(arr(2, 2)),
    case(_TWICE, order=0),
    case(_TWICE, equal_nan=False, order=0),
    case(_TWICE, return_index=True, return_inverse=True, return_counts=True, order=0),
    case(arr(values=[[4, 1, 4]], dtype="int32"), return_inverse=True),
    case(arr(0), return_counts=True),
    case(arr(values=[True, False, True], dtype="bool"), return_counts=True),
    case(_ROWS, return_index=True, return_inverse=True, return_counts=True, axis=0, order=0),
    case(_ROWS, axis=1, order=0),
    case(_ROWS, axis=0, equal_nan=False, order=0),
    case(arr(3, 2), axis=0, return_counts=True),
    case(arr(values=[[[1, 0], [1, 0]], [[0, 1], [0, 1]]], dtype="int64"), return_inverse=True, axis=-2),
    case(arr(3, 0), return_counts=True, axis=0),
    case(arr(0, 2), axis=0),
    case(arr(values=[1j, 2.0, 1j, 2 - 1j], dtype="complex128"), return_counts=True, order=0),
    case(arr(values=[[1j, 2.0], [0j, 5.0], [1j, 2.0]], dtype="complex128"), return_inverse=True, axis=0, order=0),
)
def unique(
    x: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """The distinct elements of `x` in ascending order; asked for, also where each stands first in x flattened, which of
    them stands at each place of x, and how often each comes: int64, in this order in a tuple with them.

    x of any shape gives (K,), the places and numbers (K,), the inverse x's shape. Along an axis it is the distinct
    entries, compared by their elements from the first on: x (N, D) with axis=0 gives K rows (K, D) and an inverse (N,).
    NaNs count as one value unless `equal_nan` is false. How many there are depends on values: they are sorted and
    counted before every call, by NumPy on all that x is computed from, and a function has a plan for each count.

    Raises: ArgumentError for an axis x does not have.
    """
    x = as_variable(x)
    if axis is None:
        entries, order = flatten(x), None
        if return_index or return_inverse:
            order = ArgSort(0)(entries)
        ordered = Sort(0)(entries)
    else:
        axis = normal_axis(axis, x.type.ndim, "unique", x)
        entries = moveaxis(x, axis, 0)
        n, *sizes = entries.shape
        # The first element of each entry is the last key.
        order = LexSort()(reshape(entries, (n, prod(sizes, start=1))).T[::-1])
        ordered = entries[order]
    is_first = _differs_from_the_one_before(ordered, equal_nan)
    places = flatnonzero(is_first)
    distinct = ordered[places]
    results = [distinct if axis is None else moveaxis(distinct, 0, axis)]
    if return_index and order is not None:
        results.append(order[places])
    if return_inverse and order is not None:
        ranks = CumSum(0)(cast(is_first, "int64")) - 1
        inverse = PutAlong(0, "known", distinct=True)(zeros(ranks.shape, "int64"), ranks, order)
        results.append(reshape(inverse, x.shape) if axis is None else inverse)
    if return_counts:
        count = reshape(cast(as_variable(entries.shape[0]), "int64"), (1,))
        results.append(diff(places, append=count))
    return results[0] if len(results) == 1 else tuple(results)


def _differs_from_the_one_before(ordered: Variable, equal_nan: bool) -> Variable:
    """Of each entry along the first axis, whether it is none or another that stands before it."""
    later, earlier = ordered[1:], ordered[:-1]
    differs = not_equal(later, earlier)
    if equal_nan and ordered.type.is_inexact:
        differs = logical_and(differs, logical_not(logical_and(isnan(later), isnan(earlier))))
    if ordered.type.ndim > 1:
        differs = differs.any(tuple(range(1, ordered.type.ndim)))
    return concatenate([ones(ordered[:1].shape[:1], "bool"), differs])


class UniqueAll(NamedTuple):
    """What `unique_all` gives."""

    values: Variable
    indices: Variable
    inverse_indices: Variable
    counts: Variable


class UniqueCounts(NamedTuple):
    """What `unique_counts` gives."""

    values: Variable
    counts: Variable


class UniqueInverse(NamedTuple):
    """What `unique_inverse` gives."""

    values: Variable
    inverse_indices: Variable


_PLAIN = (case(_TWICE, order=0), case(arr(2, 2)), case(arr(values=[[4, 1, 4]], dtype="int32")))


@vocabulary(*_PLAIN)
def unique_all(x: Any) -> UniqueAll:
    """`unique` with all it can give, as the array API has it: values, indices, inverse_indices and counts; each NaN is
    a value of its own.
    """
    return UniqueAll(*unique(x, True, True, True, equal_nan=False))


@vocabulary(*_PLAIN)
def unique_counts(x: Any) -> UniqueCounts:
    """`unique` with counts, as the array API has it: values and counts; each NaN is a value of its own."""
    return UniqueCounts(*unique(x, return_counts=True, equal_nan=False))


@vocabulary(*_PLAIN)
def unique_inverse(x: Any) -> UniqueInverse:
    """`unique` with the inverse, as the array API has it: values, inverse_indices; each NaN is a value of its own."""
    return UniqueInverse(*unique(x, return_inverse=True, equal_nan=False))


@vocabulary(*_PLAIN)
def unique_values(x: Any) -> Variable:
    """`unique` alone, as the array API has it: each NaN is a value of its own."""
    values: Variable = unique(x, equal_nan=False)
    return values


# counting -------------------------------------------------------------------------------------------------------------


class BinCount(Op):
    """How often each number from 0 on comes in x, or the sum of its weights; `length` is set once it is known."""

    minlength: int = 0
    length: int | None = None

    name = "bincount"
    roles: ClassVar[tuple[str, ...]] = ("x", "weights")

    def infer(self, *inputs: Variable) -> TensorType:
        x, length = inputs[0], self.length
        if isinstance(x, Constant):
            length = self._counted(x.data)
            check_labels(x.data, length)
        return TensorType(inputs[1].type.dtype if len(inputs) > 1 else "int64", (length,))

    def _counted(self, x: np.ndarray) -> int:
        return max(self.minlength, int(x.max(initial=-1)) + 1) if self.length is None else self.length

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None, *(g[inputs[0]] for _ in inputs[1:])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, *weights = arrays
        length = self._counted(x)
        check_labels(x, length)
        result = np.zeros(length, weights[0].dtype if weights else np.int64)
        np.add.at(result, x, weights[0] if weights else 1)
        return result

    def sizes(self, *inputs: Variable) -> tuple[Variable, ...]:
        if self.infer(*inputs).is_static:
            return ()
        return (concatenate([inputs[0], Constant([self.minlength - 1], "int64")]).max() + 1,)

    def with_sizes(self, sizes: Sequence[int], *inputs: Variable) -> Variable:
        return replace(self, length=sizes[0])(*inputs)

    def emit(self, e: Emitter, *names: str) -> None:
        # As quick as np.bincount, which has no out= and adds in double precision (10,000 numbers: 15 and 12
        # microseconds, with weights 13 and 16).
        x, *weights = names
        e.step(f"check_labels({x}, {e.array(e.out).size})")
        e.step(f"{e.out}.fill(0)")
        e.step(f"np.add.at({e.out}, {x}, {weights[0] if weights else 1})")


@vocabulary(
    case(arr(values=[1, 3, 1, 0], dtype="int64")),
    case(arr(values=[1, 3, 1], dtype="uint8"), minlength=6),
    case(arr(values=[1, 3, 1], dtype="int32"), arr(3), minlength=4),
    case(arr(0, dtype="int64")),
    case([2, 2], weights=arr(2)),
    case(arr(values=[0, 1], dtype="int64"), weights=arr(values=[2, 3], dtype="int32")),
)
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Variable:
    r"""How often each number comes, $y_k = \sum_i [x_i = k]$, or the sum of its weights, $y_k = \sum_i w_i [x_i = k]$.

    Integers x (N,) from 0 on, and weights (N,), give (max x + 1,), or (minlength,) where that is more: int64, or the
    weights' dtype. The largest number is found before every call, by NumPy on all that x is computed from, and a
    function has a plan for each length: with a `minlength` that no number reaches there is one.

    Raises: BoundsError at the call for a number below 0; ShapeError, DTypeError, ArgumentError.
    """
    x = as_variable(x)
    if x.type.dtype not in INTEGERS:
        raise DTypeError(
            f"bincount: x is {x.type.dtype}, and integers are counted.",
            operands={"x": x},
            origin=here(),
            fix="cast it: x.astype('int64'); sn.histogram counts floats.",
        )
    if not isinstance(minlength, (int, np.integer)) or minlength < 0:
        raise ArgumentError(f"bincount: minlength is {minlength!r}.", origin=here(), fix="give an int from 0 on.")
    inputs = [cast(x, "int64")] + ([] if weights is None else [as_variable(weights)])
    if any(v.type.ndim != 1 for v in inputs) or (len(inputs) > 1 and _clash(inputs[0], inputs[1])):
        raise ShapeError(
            f"bincount: {' and '.join(str(v.type.shape) for v in inputs)} are no vectors of one size.",
            operands=dict(zip(("x", "weights"), inputs, strict=False)),
            origin=here(),
            fix="flatten them: x.flatten().",
        )
    if len(inputs) > 1:
        inputs[1] = cast(inputs[1], float_of(inputs[1].type.dtype))
    return BinCount(int(minlength))(*inputs)


def _clash(x: Variable, w: Variable) -> bool:
    n, m = x.type.shape[0], w.type.shape[0]
    return isinstance(n, int) and isinstance(m, int) and n != m


@vocabulary(
    case(arr(2, 5), 4, order=0),
    case(arr(values=[0.0, 1.0, 2.0, 5.0, -1.0]), [0.0, 1.0, 2.0], order=0),
    case(arr(6), 3, range=(-1.0, 1.0), weights=arr(6), order=0),
    case(arr(values=[0.1, 0.2, 0.7]), [0.0, 0.5, 2.0], density=True, order=0),
    case(arr(values=[1.0, 1.0]), 2, order=0),
    case(arr(values=[float("nan"), 0.5]), 2, range=(0.0, 1.0), order=0),
    case(arr(values=[1, 2, 2, 5], dtype="int32"), 4),
)
def histogram(
    x: Any, bins: Any = 10, range: Any = None, density: bool = False, weights: Any = None
) -> tuple[Variable, Variable]:
    r"""How many elements each bin holds, and the edges of the bins: $y_k = \sum_i [e_k \le x_i < e_{k+1}]$, the last
    bin with its upper edge.

    x of any shape gives (B,) and (B + 1,). `bins` is a number, of bins of one width over `range` or from the smallest
    to the largest element, or a vector of edges in ascending order. Elements outside count nowhere. With `weights` of
    x's shape their sums; with `density` the sums are divided by the total and by each bin's width.

    Raises: ArgumentError for less than 1 bin or a range that descends; ShapeError for edges that are no vector.
    """
    x = as_variable(x)
    kind = float_of(x.type.dtype)
    x = flatten(cast(x, kind))
    edges = _edges(x, bins, range)
    count = edges.shape[0] - 1
    inside = logical_and(less_equal(edges[0], x), less_equal(x, edges[-1]))
    place = SearchSorted("right")(edges, x) - 1
    place = where(inside, where(equal(x, edges[-1]), count - 1, place), count)
    amounts = as_variable(1) if weights is None else flatten(cast(as_variable(weights), kind))
    totals = inc_subtensor(zeros(edges.shape, amounts.type.dtype)[place], amounts)[:-1]
    if density:
        totals = cast(totals, kind)
        totals = totals / (diff(edges) * totals.sum())
    return totals, edges


def _edges(x: Variable, bins: Any, limits: Any) -> Variable:
    """The edges that a user's `bins` and `range` stand for."""
    if not isinstance(bins, (int, np.integer)):
        edges = as_variable(bins, x)
        if edges.type.ndim != 1:
            raise ShapeError(
                f"histogram: the edges have {edges.type.ndim} axes, not 1.",
                operands={"bins": edges},
                origin=here(),
                fix="give the number of bins as an int, or a vector of edges.",
            )
        return cast(edges, promote(x.type.dtype, float_of(edges.type.dtype)))
    if bins < 1:
        raise ArgumentError(f"histogram: {bins} bins.", operands={"x": x}, origin=here(), fix="ask for 1 or more.")
    low, high = (as_variable(v, x) for v in ((x.min(), x.max()) if limits is None else limits))
    if isinstance(low, Constant) and isinstance(high, Constant) and low.data > high.data:
        raise ArgumentError(
            f"histogram: the range is {low.data} to {high.data}.", origin=here(), fix="give the lower end first."
        )
    # One value alone gets bins around it.
    alone = cast(equal(low, high), x.type.dtype) * 0.5
    return linspace(low - alone, high + alone, int(bins) + 1)
