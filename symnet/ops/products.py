"""Products of the elements before and after each one: what the derivative of `prod` is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.graph.operators import word
from symnet.op import Emitter, Op, Split, along_same
from symnet.ops.axes import along_rows
from symnet.types import TensorType

__all__ = ["ExclusiveProducts", "ExclusiveRecurrence"]


class ExclusiveProducts(Op):
    r"""Products of all earlier elements, $y_k = \prod_{j<k} x_j$; of all later ones with `reverse`."""

    axis: int
    reverse: bool = False

    name = "exclusive_products"
    on_complex = "holomorphic"
    roles = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        return [y * ExclusiveRecurrence(self.axis, not self.reverse)(g, x)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        y = np.ones_like(x)
        before, after = _runs(x, self.axis, self.reverse), _runs(y, self.axis, self.reverse)
        for k in range(1, len(before)):
            after[k] = after[k - 1] * before[k - 1]
        return y

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def emit(self, e: Emitter, *names: str) -> None:
        n, at = e.array(e.out).shape[self.axis], ":, " * self.axis
        first, rest, source = ("-1:", "-2::-1", ":0:-1") if self.reverse else (":1", "1:", ":-1")
        if n:
            e.step(f"np.copyto({e.view(e.out, f'[{at}{first}]', 'edge')}, 1)")
        if n > 1:
            factors = e.view(names[0], f"[{at}{source}]", "factors")
            products = e.view(e.out, f"[{at}{rest}]", "products")
            e.step(f"np.multiply.accumulate({factors}, axis={self.axis}, out={products})")


class ExclusiveRecurrence(Op):
    r"""The linear recurrence $h_0 = 0,\; h_k = g_{k-1} + x_{k-1} h_{k-1}$; from the end with `reverse`.

    Its gradient is the same recurrence run the other way, so it can be differentiated without end.
    """

    axis: int
    reverse: bool = False

    name = "exclusive_recurrence"
    on_complex = "holomorphic"
    roles = ("g", "x")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[1]
        back = ExclusiveRecurrence(self.axis, not self.reverse)(g, x)
        return [back, back * y]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        h = np.zeros_like(arrays[1])
        g, x, after = (_runs(v, self.axis, self.reverse) for v in (*arrays, h))
        for k in range(1, len(after)):
            after[k] = g[k - 1] + x[k - 1] * after[k - 1]
        return h

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def lower(self, *inputs: Variable) -> Variable | None:
        if self.axis == 0:
            return None
        # Along another axis the rows of h interleave, and NumPy would copy one before it writes the next.
        order = (self.axis, *(k for k in range(inputs[1].type.ndim) if k != self.axis))
        h = ExclusiveRecurrence(0, self.reverse)(*(word("transpose")(v, order) for v in inputs))
        return word("transpose")(h, tuple(order.index(k) for k in range(len(order))))

    def emit(self, e: Emitter, *names: str) -> None:
        n = e.array(e.out).shape[0]
        g, x, h = (e.view(v, "[::-1]", "backwards") if self.reverse else v for v in (*names, e.out))
        e.step(f"np.copyto({e.out}, 0)")
        if n > 1:
            k = e.fresh("k")
            now, then = f"[{k}:{k} + 1]", f"[{k} + 1:{k} + 2]"
            e.step(
                f"for {k} in range({n - 1}): np.multiply({h}{now}, {x}{now}, out={h}{then}); "
                f"np.add({h}{then}, {g}{now}, out={h}{then})"
            )


def _runs(x: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
    """A view with `axis` in front, turned around if `reverse`."""
    front = np.moveaxis(x, axis, 0)
    return front[::-1] if reverse else front
