"""What convolutions are lowered to: windows of an array copied side by side for one matrix product.

Everything here has the batch as its innermost axis: each copied run is then a whole row of a window for all
examples, and the product's result is already laid out as the next convolution wants to read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np

from symnet.graph import Variable
from symnet.machine import Machine
from symnet.op import Emitter, Op
from symnet.ops.windows import Pads, key_text
from symnet.types import TensorType

__all__ = ["Patches", "RowProduct", "RowWeightGrad"]


def static(x: Variable) -> tuple[int, ...]:
    """The shape of a variable in a plan."""
    return tuple(int(n) for n in x.type.shape)  # type: ignore[arg-type]


class Patches(Op):
    """Every window of x (N, C, *size), as (C, *kernel, *out, N).

    With `rows` the first of the axes slid over stays whole and comes first in each of so many groups of channels,
    (groups, H, C / groups, *kernel[1:], *out[1:], N): the windows over a row of results then lie in memory one after
    the other, so they are no longer copied, and the rest is smaller by the height of the kernel.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Pads
    out: tuple[int, ...]
    rows: int = 0

    name = "patches"
    roles = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        shape, _ = self._windows(static(inputs[0]), (0,) * inputs[0].type.ndim)
        return inputs[0].type.with_shape(shape)

    def _windows(self, x: Sequence[int], strides: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shape and strides of the windows into the padded array, whose strides are given in the order of x."""
        n, c, *size = x
        step_n, step_c, *steps = strides
        whole = 1 if self.rows else 0
        lead = [self.rows, size[0] + sum(self.pads[0])] if self.rows else []
        apart = [c // self.rows * step_c, steps[0]] if self.rows else []
        down = [d * s for d, s in zip(self.dilation, steps, strict=True)]
        across = [k * s for k, s in zip(self.stride, steps, strict=True)]
        shape = (*lead, c // (self.rows or 1), *self.kernel[whole:], *self.out[whole:], n)
        return shape, (*apart, step_c, *down[whole:], *across[whole:], step_n)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        padded = np.pad(arrays[0], ((0, 0), (0, 0), *self.pads))
        moved = np.moveaxis(padded, 0, -1)
        whole = 1 if self.rows else 0
        shape, _ = self._windows(arrays[0].shape, padded.strides)
        result = np.empty(shape, padded.dtype)
        for offset in product(*map(range, self.kernel[whole:])):
            at = tuple(
                slice(k * d, k * d + (m - 1) * s + 1, s)
                for k, d, s, m in zip(
                    offset, self.dilation[whole:], self.stride[whole:], self.out[whole:], strict=True
                )
            )
            window = moved[(slice(None),) * (1 + whole) + at]
            if self.rows:
                window = np.swapaxes(window.reshape(self.rows, len(window) // self.rows, *window.shape[1:]), 1, 2)
            result[(slice(None),) * (1 + 2 * whole) + offset] = window
        return result

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        x, itemsize = inputs[0].type, np.dtype(inputs[0].type.dtype).itemsize
        n, across = static(inputs[0])[0], self.out[1:] if self.rows else self.out
        run = n * (across[-1] if across and 1 in (n, self.stride[-1]) else 1)
        copied = prod(self.infer(*inputs).shape)  # type: ignore[arg-type]
        windows = machine.moved(2 * copied * itemsize, copied / max(run, 1))
        if not any(map(any, self.pads)):
            return windows
        return windows + machine.moved(2 * x.nbytes, prod(static(inputs[0])[1:-1]))

    def emit(self, e: Emitter, *names: str) -> None:
        x = e.array(names[0])
        n, c, *size = x.shape
        order = (*range(1, x.ndim), 0)
        strides = x.strides
        source = names[0]
        if any(low or high for low, high in self.pads) or (n > 1 and strides[0] != x.itemsize):
            # Copying a picture once is cheaper than reading it with gaps for each position of the kernel.
            source, target = self._batch_last(e, (c, *size, n), x.dtype)
            e.step(f"np.copyto({target}, {e.view(names[0], f'.transpose{order}', 'batch_last')})")
            padded = (c, *(m + sum(p) for m, p in zip(size, self.pads, strict=True)), n)
            steps = [x.itemsize * prod(padded[k + 1 :]) for k in range(x.ndim)]
            strides = (steps[-1], *steps[:-1])
        shape, strides = self._windows(x.shape, strides)
        e.step(f"np.copyto({e.out}, {e.window(source, shape, strides)})")

    def _batch_last(self, e: Emitter, shape: tuple[int, ...], dtype: np.dtype) -> tuple[str, str]:
        """A buffer for the padded pictures whose borders stay zero, and the part of it that changes."""
        if not any(low or high for low, high in self.pads):
            buffer = e.prepared(f"np.empty({shape}, np.{dtype})", "pictures")
            return buffer, buffer
        # np.pad says where the borders are: buffers of one shape with other borders are other buffers.
        borders = ((0, 0), *self.pads, (0, 0))
        buffer = e.prepared(f"np.pad(np.zeros({shape}, np.{dtype}), {borders})", "padded")
        inner = key_text([
            f"{low or ''}:{low + m if high else ''}" for m, (low, high) in zip(shape, borders, strict=True)
        ])  # fmt: skip
        return buffer, e.view(buffer, inner, "inside")


class _ByRows(Op):
    """Family of products with the patches of rows (H, R, n), read as overlapping matrices (kernel * R, n)."""

    kernel: int
    stride: int

    def _matrices(self, p: Sequence[int]) -> tuple[int, int, int]:
        height, r, n = p
        return (height - self.kernel) // self.stride + 1, self.kernel * r, n

    def _stacked(self, p: np.ndarray) -> np.ndarray:
        count, k, n = self._matrices(p.shape)
        starts = [i * self.stride for i in range(count)]
        return np.array([p[i : i + self.kernel].reshape(k, n) for i in starts])

    def _window(self, e: Emitter, name: str, turned: bool) -> str:
        p = e.array(name)
        count, k, n = self._matrices(p.shape)
        step, down, across = self.stride * p.shape[1] * n * p.itemsize, n * p.itemsize, p.itemsize
        if turned:
            return e.window(name, (count, n, k), (step, across, down))
        return e.window(name, (count, k, n), (step, down, across))


class RowProduct(_ByRows):
    """w (F, kernel * R) times the windows over each row of results: (F, rows, n)."""

    name = "conv"
    roles = ("w", "patches")

    def infer(self, *inputs: Variable) -> TensorType:
        w, p = inputs
        count, _, n = self._matrices(static(p))
        return p.type.with_shape((w.type.shape[0], count, n))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        w, p = arrays
        return np.ascontiguousarray(np.matmul(w, self._stacked(p)).swapaxes(0, 1))

    def flops(self, *inputs: Variable) -> int:
        w, p = map(static, inputs)
        return 2 * w[0] * prod(self._matrices(p))

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        w, p = map(static, inputs)
        count, k, n = self._matrices(p)
        return machine.product(w[0], k, n, count, inputs[1].type.dtype)

    def emit(self, e: Emitter, *names: str) -> None:
        w, p = names
        by_row = e.view(e.out, ".transpose(1, 0, 2)", "by_row")
        e.step(f"np.matmul({w}, {self._window(e, p, turned=False)}, out={by_row})")


class RowWeightGrad(_ByRows):
    """The adjoint of `RowProduct` in w: g (F, rows, n) gives (F, kernel * R)."""

    name = "conv_weight_grad"
    roles = ("g", "patches")

    def infer(self, *inputs: Variable) -> TensorType:
        g, p = inputs
        return g.type.with_shape((g.type.shape[0], self._matrices(static(p))[1]))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, p = arrays
        return np.einsum("fin,ikn->fk", g, self._stacked(p))

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        # Flat, for scratch of an operand's rank would be laid out as that operand is.
        g, p = map(static, inputs)
        count, k, _ = self._matrices(p)
        sizes = [count * g[0] * k, g[0] * k] if g[0] < k else [count * g[0] * k]
        return [inputs[0].type.with_shape((size,)) for size in sizes]

    def flops(self, *inputs: Variable) -> int:
        g, p = map(static, inputs)
        return 2 * g[0] * prod(self._matrices(p))

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        g, p = inputs[0].type, static(inputs[1])
        count, k, n = self._matrices(p)
        f, dtype = int(g.shape[0]), g.dtype  # type: ignore[arg-type]
        products = machine.product(k, n, f, count, dtype) if f < k else machine.product(f, n, k, count, dtype)
        added = machine.moved(3 * count * f * k * np.dtype(dtype).itemsize)
        turned = machine.call + f * k * machine.turn / 1e3
        return products + added + (turned if f < k else 0.0)

    def emit(self, e: Emitter, *names: str) -> None:
        g, p = names
        count, k, _ = self._matrices(e.array(p).shape)
        f = e.array(g).shape[0]
        by_row = e.view(g, f".transpose{(1, 2, 0) if f < k else (1, 0, 2)}", "by_row")
        products = e.view(e.scratch[0], f".reshape{(count, k, f) if f < k else (count, f, k)}", "products")
        if f >= k:
            e.step(f"np.matmul({by_row}, {self._window(e, p, turned=True)}, out={products})")
            e.step(f"np.add.reduce({products}, axis=0, out={e.out})")
            return
        # Turned, as in `TurnedProduct`. Measured (float32, one BLAS thread; microseconds turned and not): 64 filters of
        # 576, rows of 256: 8217, 10400; 32 of 27: 181, 200; 20 of 25: 75, 75.
        total = e.view(e.scratch[1], f".reshape{(k, f)}", "total")
        e.step(f"np.matmul({self._window(e, p, turned=False)}, {by_row}, out={products})")
        e.step(f"np.add.reduce({products}, axis=0, out={total})")
        e.step(f"np.copyto({e.out}, {e.view(total, '.T', 'turned')})")
