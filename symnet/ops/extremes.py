"""Reductions to the largest and the smallest element along axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.graph import Constant, Variable
from symnet.graph.methods import Axis
from symnet.op import Emitter, arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of, reduced, refuse_empty, spread
from symnet.ops.compare import equal
from symnet.ops.conversion import cast
from symnet.ops.reduce import AXES, INTS, Reduction, Sum
from symnet.types import TensorType

__all__ = ["max", "min", "Max", "Min", "NanMax", "NanMin"]

_SHORT = 32
"""The length of rows up to which reading across them is worth a copy."""


class _Extreme(Reduction):
    """Family of reductions to one of the elements; equal extremes share the gradient equally.

    Of no elements it is the number `of_none`, or an error where that is None.
    """

    of_none: float | None = None

    def infer(self, *inputs: Variable) -> TensorType:
        if self.of_none is None:
            refuse_empty(self.name, inputs[0].type.shape, self.axes)
        return super().infer(*inputs)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        if not x.type.is_float:
            return [None]
        winners = self._winners(y, x)
        share = g / Sum(self.axes, self.keepdims)(winners)
        return [spread(share, x, self.axes, self.keepdims) * winners]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        winners, total = self._winners(y, inputs[0]), Sum(self.axes, self.keepdims)
        return total(winners * dx[0]) / total(winners)

    def _winners(self, y: Variable, x: Variable) -> Variable:
        """1 where an element is the extreme, else 0."""
        return cast(equal(x, spread(y, x, self.axes, self.keepdims)), x.type.dtype)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        if self.of_none is None:
            refuse_empty(self.name, x.shape, self.axes)
        elif x.size == 0:
            shape: Any = reduced(x.shape, self.axes, self.keepdims)
            return np.full(shape, self.of_none, x.dtype)
        # Without elements the result has none either; NumPy's maximum refuses even then.
        keepdims: Any = self.keepdims  # the stubs of some NumPys want a literal
        return super().run(x) if x.size else np.sum(x, axis=self.axes, keepdims=keepdims, dtype=x.dtype)

    def lower(self, *inputs: Variable) -> Variable | None:
        y = self.infer(*inputs)
        if 0 in inputs[0].type.shape:
            return Constant(np.full(y.shape, self.of_none or 0, y.dtype))  # type: ignore[arg-type]
        return super().lower(*inputs)

    def _reads_across(self, shape: Sequence[Any]) -> bool:
        """Whether rows are so short and so many that the elements of all rows are compared at once.

        Microseconds for float32: (128, 10) 2.1 against 6.3 row by row, (1000, 10) 6 against 43, (128, 32) 3.8 against
        7.6, (10, 10) 1.6 against 1.3.
        """
        return self.axes == (1,) and len(shape) == 2 and shape[1] <= _SHORT and shape[0] > 2 * shape[1]

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        x = inputs[0].type
        return [x.with_shape(x.shape[::-1])] if self._reads_across(x.shape) else []

    def emit(self, e: Emitter, *names: str) -> None:
        (x,) = names
        if not e.scratch or not e.array(x).flags.c_contiguous:
            super().emit(e, x)
            return
        (columns,) = e.scratch
        extremes = e.view(e.out, "[:, 0]", f"{e.out}_column") if self.keepdims else e.out
        e.step(f"np.copyto({columns}, {e.view(x, '.T', 'transposed')})")
        e.step(f"np.{self.ufunc}.reduce({columns}, axis=0, out={extremes})")


class Max(_Extreme):
    """Largest element along axes."""

    name, ufunc = "max", "maximum"


class Min(_Extreme):
    """Smallest element along axes."""

    name, ufunc = "min", "minimum"


class NanMax(_Extreme):
    """Largest element along axes that is not NaN."""

    name, ufunc = "nanmax", "fmax"


class NanMin(_Extreme):
    """Smallest element along axes that is not NaN."""

    name, ufunc = "nanmin", "fmin"


_TIES = (
    case(arr(values=[[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]]), axis=1, order=0),
    case(arr(values=[0.0, -0.0]), order=0),
)
_NAN = (case(arr(values=[[1.0, float("nan")], [float("inf"), 2.0]]), axis=1, order=0),)

_ACROSS = (
    case(arr(12, 5), axis=1),
    case(arr(12, 5), axis=-1, keepdims=True),
    case(arr(values=np.eye(9, 3) * float("nan")), axis=1, order=0),
)


@vocabulary(*AXES, *INTS, *_TIES, *_NAN, case(arr(0, 3), axis=1), *_ACROSS)
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Largest element along axes, $\max_i x_i$, NaN where there is one; equal maxima share the gradient.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    x = as_variable(x)
    return Max(axes_of("max", x, axis), bool(keepdims))(x)


@vocabulary(*AXES, *INTS, *_TIES, *_NAN, case(arr(0, 3), axis=1), *_ACROSS)
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    r"""Smallest element along axes, $\min_i x_i$, NaN where there is one; equal minima share the gradient.

    x of any shape gives x's shape without the axes (all by default), or with size 1 there if `keepdims`.

    Raises: ArgumentError for an axis x does not have; ShapeError along an axis of size 0.
    """
    x = as_variable(x)
    return Min(axes_of("min", x, axis), bool(keepdims))(x)
