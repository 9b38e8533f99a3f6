"""What the gradients of convolutions are lowered to beside products: windows added up, and turned products."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np

from symnet.graph import Variable
from symnet.machine import Machine
from symnet.op import Emitter, Op
from symnet.ops.matmul import is_outer
from symnet.ops.patches import static
from symnet.ops.windows import Pads, Tap, key_text, slice_text, taps
from symnet.types import TensorType

__all__ = ["UnpatchedProduct"]


class UnpatchedProduct(Op):
    """The adjoint of a product with `Patches`: windows w (groups, R, F) times g (groups, F, places), added up where
    the windows lay, as (groups * C, *size, N); R is C * prod(kernel), and places prod(out) * N.

    By axis the sums go along one axis after the other, as sums of sums; else all at once.
    """

    kernel: tuple[int, ...]
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Pads
    out: tuple[int, ...]
    by_axis: bool = False

    name = "conv_input_grad"
    roles = ("w", "g")

    def _windows(self, w: Sequence[int], g: Sequence[int]) -> tuple[int, ...]:
        """The shape of the product with all axes apart."""
        channels = w[0] * w[1] // prod(self.kernel)
        return (channels, *self.kernel, *self.out, g[2] // prod(self.out) if prod(self.out) else 0)

    def infer(self, *inputs: Variable) -> TensorType:
        channels, *_, batch = self._windows(static(inputs[0]), static(inputs[1]))
        return inputs[1].type.with_shape((channels, *self.size, batch))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        w, g = arrays
        p = np.matmul(w, g).reshape(self._windows(w.shape, g.shape))
        padded = [n + sum(pad) for n, pad in zip(self.size, self.pads, strict=True)]
        total = np.zeros((p.shape[0], *padded, p.shape[-1]), p.dtype)
        for offset in product(*map(range, self.kernel)):
            at = tuple(
                slice(k * d, k * d + (m - 1) * s + 1, s)
                for k, d, s, m in zip(offset, self.dilation, self.stride, self.out, strict=True)
            )
            total[(slice(None), *at)] += p[(slice(None), *offset)]
        inner = tuple(slice(low, low + n) for n, (low, _) in zip(self.size, self.pads, strict=True))
        return np.ascontiguousarray(total[(slice(None), *inner)])

    def _wide(self, g: Sequence[int], itemsize: int) -> int:
        """How far apart the rows of the product stand.

        Where that is a multiple of 2 KiB they meet in few sets of the cache; one line of it more, and they do not.
        Measured (float32, one BLAS thread): (500, 40) @ (40, 1024): 467 for 634 microseconds.
        """
        line = 64 // itemsize
        return g[2] + line if g[2] and g[2] % (32 * line) == 0 else g[2]

    def _stages(self, w: Sequence[int], g: Sequence[int]) -> list[tuple[int, ...]]:
        """The shapes of the sums between the product and the result."""
        channels, *_, batch = self._windows(w, g)
        axes = range(1, len(self.size)) if self.by_axis else ()
        return [(channels, *self.kernel[k:], *self.size[:k], *self.out[k:], batch) for k in axes]

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        # Flat, for scratch of an operand's rank would be laid out as that operand is.
        w, g = map(static, inputs)
        wide = self._wide(g, np.dtype(inputs[1].type.dtype).itemsize)
        sizes = [w[0] * w[1] * wide, *map(prod, self._stages(w, g))]
        return [inputs[1].type.with_shape((size,)) for size in sizes]

    def flops(self, *inputs: Variable) -> int:
        w, g = map(static, inputs)
        return 2 * prod(w) * g[2]

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        w, g = map(static, inputs)
        dtype = inputs[1].type.dtype
        itemsize = np.dtype(dtype).itemsize
        channels, *_, batch = self._windows(w, g)
        total = machine.product(w[1], w[2], self._wide(g, itemsize), w[0], dtype)
        for axes in [range(k, k + 1) for k in range(len(self.size))] if self.by_axis else [range(len(self.size))]:
            inner = batch * prod(self.out[axes.stop :])
            others = channels * inner * prod(self.kernel[axes.stop :]) * prod(self.size[: axes.start])
            cleared = channels * inner * prod(self.kernel[axes.stop :]) * prod(self.size[: axes.stop])
            total += machine.moved(cleared * itemsize)
            for offset in product(*map(self._taps, axes)):
                counts = [tap.last - tap.first for tap in offset]
                run = inner * counts[-1] if 1 in (inner, self.stride[axes.stop - 1]) else inner
                added = others * prod(counts)
                # The order breaks off in what is read and in what it is added to.
                total += machine.moved(3 * added * itemsize, 2 * added / max(run, 1))
        return total

    def emit(self, e: Emitter, *names: str) -> None:
        w, g = (e.array(name).shape for name in names)
        flat, *between = e.scratch
        wide = self._wide(g, e.array(flat).itemsize)
        rows = e.view(flat, f".reshape{(w[0], w[1], wide)}" + (f"[:, :, :{g[2]}]" if wide > g[2] else ""), "windows")
        e.step(f"np.{'multiply' if is_outer(w, g) else 'matmul'}({', '.join(names)}, out={rows})")
        parts = e.view(rows, f".reshape{self._windows(w, g)}", "parts")
        if not self.by_axis:
            self._add(e, e.out, parts, range(len(self.size)))
            return
        stages = zip(between, self._stages(w, g), strict=True)
        stage_names = [e.view(name, f".reshape{shape}", "sums") for name, shape in stages]
        for axis, sums in enumerate([*stage_names, e.out]):
            self._add(e, sums, parts, range(axis, axis + 1))
            parts = sums

    def _taps(self, axis: int) -> list[Tap]:
        (low, _), n, m = self.pads[axis], self.size[axis], self.out[axis]
        return taps(n, self.kernel[axis], self.stride[axis], self.dilation[axis], low, m)

    def _add(self, e: Emitter, sums: str, parts: str, axes: range) -> None:
        """Add the parts up along some axes: parts (C, *kernel, *done, *out, N), sums (C, *kernel left, *done, ...)."""
        apart = all((self.kernel[k] - 1) * self.dilation[k] < self.stride[k] for k in axes)
        covered = all(sum(tap.last - tap.first for tap in self._taps(k)) == self.size[k] for k in axes)
        if not (apart and covered):
            e.step(f"{sums}.fill(0)")
        left = len(self.kernel) - axes.stop
        for offset in product(*map(self._taps, axes)):
            target = e.view(sums, key_text([":"] * (1 + left + axes.start) + self._elements(offset, axes)), "place")
            positions = [str(tap.position) for tap in offset]
            runs = [slice_text(tap.windows, self.out[k]) for tap, k in zip(offset, axes, strict=True)]
            part = e.view(parts, key_text([":", *positions, *[":"] * (left + axes.start), *runs]), "part")
            e.step(f"np.copyto({target}, {part})" if apart else f"np.add({target}, {part}, out={target})")

    def _elements(self, offset: Sequence[Tap], axes: range) -> list[str]:
        return [slice_text(tap.elements, self.size[k]) for tap, k in zip(offset, axes, strict=True)]
