"""Sorting along an axis: values, places, and the largest few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, DTypeError
from symnet.graph import Constant, Variable
from symnet.graph.notation import Call, Part, along
from symnet.op import Emitter, Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.along import PutAlong, TakeAlong
from symnet.ops.axes import along_rows, cut
from symnet.ops.create import zeros_like
from symnet.ops.order import moveaxis
from symnet.ops.shape import flatten, reshape
from symnet.ops.sizes import normal_axis
from symnet.ops.sort_keys import emit_keys, key_scratch
from symnet.origin import here
from symnet.types import Dim, TensorType

__all__ = ["sort", "argsort", "topk", "Sort", "ArgSort", "TopPlaces", "TopOfRows"]

_BACKWARDS = slice(None, None, -1)

# the ops --------------------------------------------------------------------------------------------------------------


class _InOrder(Op):
    """Family of ops that bring the elements along an axis into ascending order, NaN last."""

    axis: int = -1

    on_complex = "own"
    roles: ClassVar[tuple[str, ...]] = ("x",)

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, inputs, along((self.axis,)))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))


class Sort(_InOrder):
    """The elements along an axis in ascending order."""

    name = "sort"

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        if not x.type.is_inexact:
            return [None]
        order = ArgSort(self.axis)(x)
        return [PutAlong(self.axis, "known", distinct=True)(zeros_like(x), g, order)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.sort(arrays[0], self.axis)

    def lower(self, *inputs: Variable) -> Variable | None:
        return inputs[0] if inputs[0].type.shape[self.axis] == 1 else None

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {names[0]})")
        e.step(f"{e.out}.sort(axis={self.axis})")


class ArgSort(_InOrder):
    """Where the elements in ascending order come from, equal ones in the order they stand in."""

    name = "argsort"

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_dtype("int64")

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.argsort(arrays[0], self.axis, kind="stable")

    def lower(self, *inputs: Variable) -> Variable | None:
        y = self.infer(*inputs)
        return Constant(np.zeros(y.shape, np.int64)) if y.shape[self.axis] == 1 else None  # type: ignore[arg-type]

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        return key_scratch(inputs[0].type)

    def emit(self, e: Emitter, *names: str) -> None:
        x, out = e.array(names[0]), e.out
        if x.dtype.itemsize > 4:
            e.slow("argsort has no out=", allocates=True)
            e.step(f"np.copyto({out}, {names[0]}.argsort(axis={self.axis}, kind='stable'))")
            return
        # Numbers of 64 bits sort in place: the element in the upper half, and in the lower the place it stands at, so
        # that equal ones keep their order. For 128 rows of 1000 float32 it takes 1.3 ms, a stable argsort 17.
        emit_keys(e, names[0])
        beside = tuple(n if k == self.axis else 1 for k, n in enumerate(x.shape))
        places = e.prepared(f"np.arange({x.shape[self.axis]}).reshape({beside})", "places")
        e.step(f"np.left_shift({out}, 32, out={out})")
        e.step(f"np.bitwise_or({out}, {places}, out={out})")
        e.step(f"{out}.sort(axis={self.axis})")
        e.step(f"np.bitwise_and({out}, 0xFFFFFFFF, out={out})")


class TopPlaces(_InOrder):
    """Where the k largest elements along an axis stand, the largest first and equal ones in their order."""

    k: int = 1

    name = "topk"

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        self._check(x.shape[self.axis])
        return TensorType("int64", tuple(self.k if a == self.axis else n for a, n in enumerate(x.shape)))

    def _check(self, n: Dim) -> None:
        if self.k < 0 or (isinstance(n, int) and self.k > n):
            raise ArgumentError(
                f"topk: k is {self.k}, but axis {self.axis} of x has size {'?' if n is None else n}.",
                fix=f"k goes from 0 to {n}." if isinstance(n, int) else "k is an int from 0 on.",
            )

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        n = x.shape[self.axis]
        self._check(n)
        ascending = np.argsort(np.flip(x, self.axis), self.axis, kind="stable")
        return (n - 1 - np.flip(ascending, self.axis)).take(range(self.k), self.axis)

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        self(x)  # raises where there are not so many
        if not x.type.is_float or not 1 <= self.k <= _FEW or 0 in x.type.shape:
            return cut(argsort(x, self.axis, descending=True), self.axis, slice(0, self.k))
        front = moveaxis(x, self.axis, -1)
        sizes = front.type.shape
        rows = TopOfRows(self.k)(reshape(front, (-1, sizes[-1])))
        return moveaxis(reshape(rows, (*sizes[:-1], self.k)), -1, self.axis)


_FEW = 16
"""Up to so many, one search after another is quicker than sorting: 5 of 1000 float32 in 128 rows take 0.1 ms."""


class TopOfRows(Op):
    """The places of the k largest elements in each row of a matrix of floats."""

    k: int

    name, roles = "topk", ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return TensorType("int64", (inputs[0].type.shape[0], self.k))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return TopPlaces(1, self.k).run(*arrays)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(1,))

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        x = inputs[0].type
        per_row = x.with_shape(x.shape[:1])
        # As vectors: matrices could get the order of axes in memory that x has.
        places = TensorType("int64", ((self.k + 1) * per_row.size,))
        return [x.with_shape((x.size,)), places, per_row, per_row.with_dtype("bool")]

    def emit(self, e: Emitter, *names: str) -> None:
        """Search k times, each time among what was not found yet: the lowest number takes its place."""
        flat, places, values, flags = e.scratch
        x, rows = names[0], e.array(names[0]).shape[0]
        n = e.array(x).shape[1]
        starts = e.prepared(f"np.arange({rows}) * {n}", "row_starts")
        if not e.wide_indices:
            places = e.view(places, ".view(np.intp)", "places")
        left = e.view(flat, f".reshape({rows}, {n})", "left")
        at = e.view(places, f"[{self.k * rows}:{(self.k + 1) * rows}]", "at")
        e.step(f"np.copyto({left}, {x})")
        for k in range(self.k):
            found = e.view(places, f"[{k * rows}:{(k + 1) * rows}]", "found")
            e.step(f"{left}.argmax(axis=1, out={found})")
            e.step(f"np.add({found}, {starts}, out={at})")
            if k < self.k - 1:
                e.step(f"{flat}[{at}] = -np.inf")
        e.step(f"np.copyto({e.out}, {e.view(places, f'[:{self.k * rows}].reshape({self.k}, {rows}).T', 'in_rows')})")
        # Among infinities found and true ones a search cannot tell.
        e.step(f"np.take({flat}, {at}, out={values}, mode='wrap')")
        e.step(f"np.equal({values}, -np.inf, out={flags})")
        last = f"[:, :-{self.k + 1}:-1]"
        e.step(f"if {flags}.any():")
        e.step(f"    np.subtract({n - 1}, {x}[:, ::-1].argsort(axis=1, kind='stable'){last}, out={e.out})")


# the user's functions -------------------------------------------------------------------------------------------------

_TIES = arr(values=[[2.0, 1.0, 2.0, -1.0], [0.0, float("nan"), -0.0, float("-inf")]])
_CASES = (
    case(arr(5)),
    case(arr(3, 4), axis=0),
    case(arr(3, 4), descending=True),
    case(arr(2, 3), axis=None),
    case(arr(0, 3), axis=0),
    case(arr(3, 1)),
    case(_TIES, order=0),
    case(_TIES, descending=True, order=0),
    case(arr(values=[3, 1, 3, 0], dtype="uint8"), descending=True),
    case(arr(values=[True, False, True], dtype="bool")),
)


def _sorted(name: str, x: Any, axis: int | None) -> tuple[Variable, int]:
    x = as_variable(x)
    if axis is None:
        return flatten(x), 0
    return x, normal_axis(axis, x.type.ndim, name, x)


@vocabulary(*_CASES)
def sort(x: Any, axis: int | None = -1, *, descending: bool = False) -> Variable:
    """The elements along an axis in ascending order, or descending.

    x of any shape gives its shape; `axis=None` sorts x flattened. NaN counts as the largest number, so it comes last,
    and first if descending. Complex numbers are compared by their real parts, then by the imaginary ones. An element's
    cotangent goes to where it came from.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _sorted("sort", x, axis)
    y = Sort(axis)(x)
    return cut(y, axis, _BACKWARDS) if descending else y


@vocabulary(*_CASES)
def argsort(x: Any, axis: int | None = -1, *, descending: bool = False) -> Variable:
    """Where the elements along an axis in ascending (or descending) order stand in x: x[argsort(x)] is sorted.

    x of any shape gives int64 of that shape; `axis=None` sorts x flattened. Equal elements keep their order either way
    (the sort is stable); NaN counts as the largest number. Of 64-bit numbers NumPy makes a new array at every call.

    Raises: ArgumentError for an axis x does not have.
    """
    x, axis = _sorted("argsort", x, axis)
    if not descending:
        return ArgSort(axis)(x)
    # Sorted from behind and read backwards, equal elements come in the order they stand in.
    return x.shape[axis] - 1 - cut(ArgSort(axis)(cut(x, axis, _BACKWARDS)), axis, _BACKWARDS)


@vocabulary(
    case(arr(3, 5), 2),
    case(arr(5, 2), 3, axis=0),
    case(arr(4), 4),
    case(arr(2, 4), 0),
    case(_TIES, 3, order=0),
    case(arr(values=[[3, 1, 3, 0]], dtype="int32"), 2, axis=1),
)
def topk(x: Any, k: int, axis: int = -1) -> tuple[Variable, Variable]:
    """The k largest elements along an axis, the largest first, and where they stand: `values, indices = topk(x, k)`.

    x (N, C) gives values (N, k) and int64 indices (N, k). Of equal elements the first comes first; NaN counts as the
    largest number. Values are differentiable, a cotangent goes to where its value came from.

    Raises: ArgumentError for k below 0 or, if need be at the call, above the size of the axis; DTypeError.
    """
    x = as_variable(x)
    axis = normal_axis(axis, x.type.ndim, "topk", x)
    if not isinstance(k, (int, np.integer)) or isinstance(k, bool):
        raise DTypeError(f"topk: k is {k!r}, not an integer.", operands={"x": x}, origin=here(), fix="give an int.")
    places = TopPlaces(axis, int(k))(x)
    return TakeAlong(axis, "known")(x, places), places
