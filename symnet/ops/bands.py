"""Convolution with few channels in a group: each filter as a banded matrix that gives several rows of results at once.

A product with one filter has one row, and BLAS idles. With h rows of results it reads h + kh - 1 rows of patches, where
h products read h * kh.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from symnet.graph import Variable
from symnet.machine import Machine
from symnet.op import Emitter, Op
from symnet.ops.patches import static
from symnet.types import TensorType

__all__ = ["BandedProduct", "BandedWeightGrad"]


def rows_together(n: int) -> int:
    """How many rows of n results one banded matrix gives: a divisor of n, 8 at most if that leaves 3 or more.

    Measured (float32, one BLAS thread; microseconds with 4, 8 and 16 rows), 3x3 depthwise: 32 channels on 32x32, batch
    8: 428, 309, 374; 64 on 16x16, batch 8: 115, 131, 190; 32 on 32x32, batch 32: 2056, 1615, 1822.
    """
    divisors = [h for h in range(1, n + 1) if n % h == 0]
    small = [h for h in divisors if 3 <= h <= 8]
    return small[-1] if small else next((h for h in divisors if h > 2), n)


class _Banded(Op):
    """Family of products with bands: filters (F, kh, R), patches of rows (groups, H, R, n), results (F, rows, n).

    Result i has the rows i * stride + a * dilation, for each row a of the kernel.
    """

    kernel: int
    stride: int
    dilation: int

    def _count(self, patches: Sequence[int]) -> int:
        return (patches[1] - (self.kernel - 1) * self.dilation - 1) // self.stride + 1

    def _band(self, patches: Sequence[int]) -> tuple[int, int]:
        """Rows of results that a band gives, and the rows of patches it reads."""
        h = rows_together(self._count(patches))
        return h, (h - 1) * self.stride + (self.kernel - 1) * self.dilation + 1

    def _windows(self, e: Emitter, name: str, turned: bool) -> str:
        """The rows of patches each band reads: overlapping matrices (groups, 1, bands, rows * R, n)."""
        p = e.array(name)
        groups, height, r, n = p.shape
        h, rows = self._band(p.shape)
        item = p.itemsize
        lead = (groups, 1, self._count(p.shape) // h)
        steps = (height * r * n * item, 0, h * self.stride * r * n * item)
        if turned:
            return e.window(name, (*lead, n, rows * r), (*steps, item, n * item))
        return e.window(name, (*lead, rows * r, n), (*steps, n * item, item))

    def _diagonal(self, e: Emitter, bands: str, lead: tuple[int, ...], patches: np.ndarray) -> str:
        """Where the filters stand in bands (*lead, h, rows * R): (*lead, h, kernel, R)."""
        h, rows = self._band(patches.shape)
        r, item = patches.shape[2], patches.itemsize
        outer = tuple(item * h * rows * r * prod(lead[k + 1 :]) for k in range(len(lead)))
        steps = ((rows + self.stride) * r * item, self.dilation * r * item, item)
        return e.window(bands, (*lead, h, self.kernel, r), (*outer, *steps), "diagonal")


class BandedProduct(_Banded):
    """Filters (F, kh, R) times patches of rows (groups, H, R, n): (F, rows, n)."""

    name = "conv"
    roles = ("w", "patches")

    def infer(self, *inputs: Variable) -> TensorType:
        w, p = map(static, inputs)
        return inputs[1].type.with_shape((w[0], self._count(p), p[3]))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        w, p = arrays
        count, groups = self._count(p.shape), p.shape[0]
        y = np.zeros((groups, w.shape[0] // groups, count, p.shape[3]), p.dtype)
        for a in range(self.kernel):
            rows = p[:, a * self.dilation :: self.stride][:, :count]
            y += np.einsum("gfr,girn->gfin", w[:, a].reshape(groups, -1, w.shape[2]), rows)
        return y.reshape(w.shape[0], count, p.shape[3])

    def flops(self, *inputs: Variable) -> int:
        w, p = map(static, inputs)
        return 2 * w[0] * self._count(p) * self._band(p)[1] * p[2] * p[3]

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        w, p = map(static, inputs)
        h, rows = self._band(p)
        diagonal = w[0] * h * self.kernel
        filled = machine.moved(2 * diagonal * p[2] * np.dtype(inputs[0].type.dtype).itemsize, diagonal)
        return filled + machine.product(h, rows * p[2], p[3], w[0] * self._count(p) // h, inputs[0].type.dtype)

    def emit(self, e: Emitter, *names: str) -> None:
        w, p = names
        patches, filters = e.array(p).shape, e.array(w).shape[0]
        groups, _, r, n = patches
        h, rows = self._band(patches)
        # Zero beside the diagonals, and only these are written.
        bands = e.prepared(f"np.zeros({(groups, filters // groups, 1, h, rows * r)}, np.{e.array(p).dtype})", "bands")
        e.step(f"np.copyto({self._diagonal(e, bands, (filters,), e.array(p))}, {e.view(w, '[:, None]', 'filters')})")
        count = self._count(patches)
        result = e.view(e.out, f".reshape{(groups, filters // groups, count // h, h, n)}", "by_band")
        e.step(f"np.matmul({bands}, {self._windows(e, p, turned=False)}, out={result})")


class BandedWeightGrad(_Banded):
    """The adjoint of `BandedProduct` in w: g (F, rows, n) gives (F, kh, R)."""

    name = "conv_weight_grad"
    roles = ("g", "patches")

    def infer(self, *inputs: Variable) -> TensorType:
        g, p = map(static, inputs)
        return inputs[0].type.with_shape((g[0], self.kernel, p[2]))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, p = arrays
        by_group = g.reshape(p.shape[0], -1, *g.shape[1:])
        dw = np.zeros((g.shape[0], self.kernel, p.shape[2]), g.dtype)
        for a in range(self.kernel):
            rows = p[:, a * self.dilation :: self.stride][:, : g.shape[1]]
            dw[:, a] = np.einsum("gfin,girn->gfr", by_group, rows).reshape(g.shape[0], -1)
        return dw

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        # Flat, for scratch of an operand's rank would be laid out as that operand is.
        g, p = map(static, inputs)
        return [inputs[0].type.with_shape((g[0] * g[1] * self._band(p)[1] * p[2],))]

    def flops(self, *inputs: Variable) -> int:
        g, p = map(static, inputs)
        return 2 * prod(g) * self._band(p)[1] * p[2]

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        g, p = map(static, inputs)
        h, rows = self._band(p)
        diagonal = g[0] * g[1] * self.kernel
        added = machine.moved(2 * diagonal * p[2] * np.dtype(inputs[0].type.dtype).itemsize, diagonal)
        return machine.product(h, p[3], rows * p[2], g[0] * g[1] // h, inputs[0].type.dtype) + added

    def emit(self, e: Emitter, *names: str) -> None:
        g, p = names
        (filters, count, n), patches = e.array(g).shape, e.array(p).shape
        groups, r = patches[0], patches[2]
        h, rows = self._band(patches)
        lead = (groups, filters // groups, count // h)
        bands = e.view(e.scratch[0], f".reshape{(*lead, h, rows * r)}", "bands")
        by_band = e.view(g, f".reshape{(*lead, h, n)}", "by_band")
        e.step(f"np.matmul({by_band}, {self._windows(e, p, turned=True)}, out={bands})")
        diagonal = self._diagonal(e, bands, (filters, count // h), e.array(p))
        e.step(f"np.add.reduce({diagonal}, axis=(1, 2), out={e.out})")
