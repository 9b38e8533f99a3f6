"""Sorting by several keys, of which later ones come first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, arr, as_variable, as_variables, case, vocabulary
from symnet.ops.conversion import cast
from symnet.ops.join import stack
from symnet.ops.order import moveaxis
from symnet.ops.sizes import normal_axis
from symnet.origin import here
from symnet.types import TensorType, promote

__all__ = ["lexsort"]


class LexSort(Op):
    """Where the entries along the last axis come from, sorted by keys that stand along the first."""

    name, roles = "lexsort", ("keys",)
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return TensorType("int64", x.shape[1:])

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(moveaxis(inputs[0], 0, 1))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        if not x.shape[0]:  # which np.lexsort refuses: no key tells any two apart
            return np.broadcast_to(np.arange(x.shape[-1]), x.shape[1:]).copy()
        return np.asarray(np.lexsort(x, axis=-1), np.int64)

    def emit(self, e: Emitter, *names: str) -> None:
        if not e.array(names[0]).shape[0]:
            e.step(f"np.copyto({e.out}, np.arange({e.array(e.out).shape[-1]}))")
            return
        e.slow("lexsort has no out=", allocates=True)
        e.step(f"np.copyto({e.out}, np.lexsort({names[0]}, axis=-1))")


@vocabulary(
    case([arr(values=[1.0, 1.0, 0.0, 1.0]), arr(values=[2.0, 1.0, 2.0, 1.0])]),
    case(arr(values=[[2, 0, 2, 1], [1, 1, 0, 1]], dtype="int32")),
    case(arr(2, 3, 2), axis=0),
    case(arr(1, 4)),
    case([arr(3), arr(values=[True, False, True], dtype="bool")]),
    case(arr(values=[[0.0, -0.0, float("nan"), 1.0], [1.0, 1.0, 1.0, float("inf")]]), order=0),
    case(arr(2, 0)),
)
def lexsort(keys: Any, axis: int = -1) -> Variable:
    """Where the entries along an axis come from, sorted by the last key, where that is equal by the one before, ...

    Keys are a list of K arrays of one shape, or an array (K, ..., N) of them; the places are int64 (..., N). Equal
    entries stay in their order, NaN comes last. It has no gradient.

    Raises: ArgumentError for no keys, or an axis they do not have; ShapeError for scalars.
    """
    if isinstance(keys, (list, tuple)):
        if not keys:
            raise ArgumentError("lexsort: there are no keys.", origin=here(), fix="give one at least.")
        xs = as_variables(*keys)
        dtype = promote(*(x.type.dtype for x in xs))
        keys = stack([cast(x, dtype) for x in xs])
    x = as_variable(keys)
    if x.type.ndim < 2:
        raise ShapeError(
            f"lexsort: the keys have {max(x.type.ndim - 1, 0)} axes, not 1 or more.",
            operands={"keys": x},
            origin=here(),
            fix="give keys (K, N), or a list of vectors.",
        )
    axis = normal_axis(axis, x.type.ndim - 1, "lexsort", x)
    return moveaxis(LexSort()(moveaxis(x, axis + 1, -1)), -1, axis)
