"""im2col and its adjoint in batch-innermost order: every row of patches is one long run in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from symnet.graph import Variable
from symnet.op import Emitter, Op
from symnet.types import TensorType

__all__ = ["Patches", "Unpatches"]

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Windows(Op):
    """Family over the windows a convolution looks through; all sizes are spatial, one per axis."""

    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    pads: Pads = ()

    def counts(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """How many windows there are along each axis."""
        return tuple(
            (n + lo + hi - d * (k - 1) - 1) // s + 1
            for n, k, s, d, (lo, hi) in zip(spatial, self.kernel, self.stride, self.dilation, self.pads, strict=True)
        )

    def padded(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """The spatial sizes with padding."""
        return tuple(n + lo + hi for n, (lo, hi) in zip(spatial, self.pads, strict=True))

    def inner(self, spatial: Sequence[int]) -> tuple[slice, ...]:
        """The key of the unpadded part of a (C, *padded, N) array."""
        return (slice(None), *(slice(lo, lo + n) for n, (lo, _) in zip(spatial, self.pads, strict=True)))

    def at(self, offset: Sequence[int], counts: Sequence[int]) -> tuple[slice, ...]:
        """The key, in a (C, *padded, N) array, of what all windows see at one place of the kernel."""
        places = zip(offset, self.stride, self.dilation, counts, strict=True)
        return (slice(None), *(slice(k * d, k * d + s * (n - 1) + 1, s) for k, s, d, n in places))

    def offsets(self) -> list[tuple[int, ...]]:
        """All places of the kernel."""
        return list(product(*(range(k) for k in self.kernel)))

    @property
    def is_padded(self) -> bool:
        """Whether any side has padding."""
        return any(lo or hi for lo, hi in self.pads)


def slices_text(key: Sequence[slice]) -> str:
    """A key of slices as written in Python."""
    shown = []
    for part in key:
        bounds = f"{'' if part.start is None else part.start}:{'' if part.stop is None else part.stop}"
        shown.append(bounds if part.step in (None, 1) else f"{bounds}:{part.step}")
    return ", ".join(shown)


@dataclass(frozen=True)
class Patches(_Windows):
    """im2col: x (N, C, *spatial) to (C, *kernel, *windows, N), what each window sees at each place of the kernel."""

    name = "patches"
    roles = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        n, c, *spatial = inputs[0].type.shape
        counts = self.counts([s for s in spatial if isinstance(s, int)])
        return inputs[0].type.with_shape((c, *self.kernel, *counts, n))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x = inputs[0]
        spatial = tuple(n for n in x.type.shape[2:] if isinstance(n, int))
        back = Unpatches(self.kernel, self.stride, self.dilation, self.pads, spatial)(g)
        return [back.transpose(back.type.ndim - 1, *range(back.type.ndim - 1))]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x = np.moveaxis(arrays[0], 0, -1)
        spatial = x.shape[1:-1]
        padded = np.zeros((x.shape[0], *self.padded(spatial), x.shape[-1]), x.dtype)
        padded[self.inner(spatial)] = x
        counts = self.counts(spatial)
        result = np.empty((x.shape[0], *self.kernel, *counts, x.shape[-1]), x.dtype)
        for offset in self.offsets():
            result[(slice(None), *offset)] = padded[self.at(offset, counts)]
        return result

    def emit(self, e: Emitter, *names: str) -> None:
        x = e.array(names[0])
        n, c, *spatial = x.shape
        counts = self.counts(spatial)
        if self.is_padded:
            shape = (c, *self.padded(spatial), n)
            padded = e.prepared(f"np.zeros({shape}, np.{x.dtype})  # borders stay 0: {e.out}", f"{e.out}_padded")
            inner = e.prepared(f"{padded}[{slices_text(self.inner(spatial))}]", f"{e.out}_inner")
            order = ", ".join(map(str, (*range(1, x.ndim), 0)))
            e.step(f"np.copyto({inner}, {e.view(names[0], f'.transpose({order})', f'{names[0]}_batch_last')})")
            strides = _contiguous_strides(shape, x.itemsize)
            windows = e.prepared(
                f"as_strided({padded}, {e.array(e.out).shape}, {self._strides(strides)})", f"{e.out}_windows"
            )
        else:
            strides = (*x.strides[1:], x.strides[0])
            shape = (c, *self.kernel, *counts, n)
            windows = e.window(names[0], shape, self._strides(strides), f"{e.out}_windows")
        e.step(f"np.copyto({e.out}, {windows})")

    def _strides(self, of: Sequence[int]) -> tuple[int, ...]:
        channel, *spatial, batch = of
        kernel = (s * d for s, d in zip(spatial, self.dilation, strict=True))
        moves = (s * m for s, m in zip(spatial, self.stride, strict=True))
        return (channel, *kernel, *moves, batch)


def _contiguous_strides(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    strides = []
    for n in reversed(shape):
        strides.append(itemsize)
        itemsize *= n
    return tuple(reversed(strides))


@dataclass(frozen=True)
class Unpatches(_Windows):
    """col2im, the adjoint of `Patches`: (C, *kernel, *windows, N) added up into (C, *spatial, N)."""

    spatial: tuple[int, ...] = ()

    name = "unpatches"
    roles = ("patches",)

    def infer(self, *inputs: Variable) -> TensorType:
        shape = inputs[0].type.shape
        return inputs[0].type.with_shape((shape[0], *self.spatial, shape[-1]))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        ndim = g.type.ndim
        there = Patches(self.kernel, self.stride, self.dilation, self.pads)
        return [there(g.transpose(ndim - 1, *range(ndim - 1)))]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        patches = arrays[0]
        padded = np.zeros((patches.shape[0], *self.padded(self.spatial), patches.shape[-1]), patches.dtype)
        counts = self.counts(self.spatial)
        for offset in self.offsets():
            padded[self.at(offset, counts)] += patches[(slice(None), *offset)]
        return padded[self.inner(self.spatial)].copy()

    def emit(self, e: Emitter, *names: str) -> None:
        patches = e.array(names[0])
        counts = self.counts(self.spatial)
        total = e.out
        if self.is_padded:
            shape = (patches.shape[0], *self.padded(self.spatial), patches.shape[-1])
            total = e.prepared(f"np.empty({shape}, np.{patches.dtype})  # for {e.out}", f"{e.out}_padded")
        e.step(f"{total}.fill(0)")
        for offset in self.offsets():
            key = slices_text(self.at(offset, counts))
            hint = f"{e.out}_at_{'_'.join(map(str, offset))}"
            place = e.prepared(f"{total}[{key}]", hint)
            part = e.view(names[0], f"[:, {', '.join(map(str, offset))}]", f"{names[0]}_{'_'.join(map(str, offset))}")
            e.step(f"np.add({place}, {part}, out={place})")
        if self.is_padded:
            inner = e.prepared(f"{total}[{slices_text(self.inner(self.spatial))}]", f"{e.out}_inner")
            e.step(f"np.copyto({e.out}, {inner})")
