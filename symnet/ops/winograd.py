"""Winograd's convolution with 3x3 filters: F(2x2, 3x3), 16 multiplications where the definition has 36."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from symnet.graph import Variable
from symnet.machine import Machine
from symnet.op import Emitter, Op
from symnet.ops.patches import static
from symnet.ops.windows import Pads, key_text
from symnet.types import TensorType

__all__ = ["Winograd"]

FILTERS = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
TILES = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
RESULTS = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])


class Winograd(Op):
    r"""The convolution of x (N, C, H, W) with filters u (16, F, C), as (F, oh, ow, N): for each 4x4 tile d of the
    padded x, at every other place, $A^T [\sum_c u_c \odot (B^T d_c B)] A$, where u is $G w G^T$.

    oh and ow are even, the stride 1. A, B and G hold 0, 1 and 1/2 only, and errors stay within a few roundings of those
    of the sums as they are defined.
    """

    pads: Pads

    name = "conv"
    roles = ("u", "x")

    def _out(self, x: Sequence[int]) -> tuple[int, ...]:
        return tuple(n + sum(pad) - 2 for n, pad in zip(x[2:], self.pads, strict=True))

    def infer(self, *inputs: Variable) -> TensorType:
        u, x = map(static, inputs)
        return inputs[1].type.with_shape((u[1], *self._out(x), x[0]))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        u, x = arrays
        padded = np.pad(x, ((0, 0), (0, 0), *self.pads))
        oh, ow = self._out(x.shape)
        tiles = np.array([[padded[:, :, i : i + oh : 2, j : j + ow : 2] for j in range(4)] for i in range(4)])
        d = np.einsum("ai,bj,ijnchw->abnchw", TILES, TILES, tiles)
        m = np.einsum("abfc,abnchw->abfhwn", u.reshape(4, 4, *u.shape[1:]), d)
        y = np.einsum("ia,jb,abfhwn->fhiwjn", RESULTS, RESULTS, m)
        return y.reshape(u.shape[1], oh, ow, x.shape[0]).astype(x.dtype)

    def _sizes(self, u: Sequence[int], x: Sequence[int]) -> tuple[int, int, int, int, int]:
        """Filters, channels, rows of tiles that run together, tiles in a row, batch."""
        oh, ow = self._out(x)
        across = ow // 2 * x[0]
        # As few rows as fill 128 columns of the products, so that all that belongs to them stays in the cache.
        # Measured (float32, one BLAS thread), (8, 64, 32, 32) with 64 filters: 1 row 5.6, 2 rows 6.2, 4 rows 6.6 ms.
        together = next((k for k in range(1, oh // 2) if oh // 2 % k == 0 and k * across >= 128), oh // 2)
        return u[1], u[2], together, ow // 2, x[0]

    def _parts(self, u: Sequence[int], x: Sequence[int]) -> list[tuple[int, ...]]:
        """The shapes of a strip: tiles after B^T on their rows (even and odd columns apart), after B, and products."""
        f, c, down, across, n = self._sizes(u, x)
        return [(4, c, down, 2, across + 1, n), (4, 4, c, down, across, n), (4, 4, f, down, across, n)]

    def scratch(self, *inputs: Variable) -> Sequence[TensorType]:
        # Flat, for scratch of an operand's rank would be laid out as that operand is.
        return [inputs[1].type.with_shape((prod(part),)) for part in self._parts(*map(static, inputs))]

    def flops(self, *inputs: Variable) -> int:
        u, x = map(static, inputs)
        return 2 * prod(u) * prod(self._out(x)) // 4 * x[0]

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        u, x = map(static, inputs)
        itemsize = np.dtype(inputs[1].type.dtype).itemsize
        f, c, down, across, n = self._sizes(u, x)
        half, tiles, products = (prod(part) * itemsize for part in self._parts(u, x))
        strip = 4 * machine.moved(3 * half / 4, c * down)
        strip += 4 * machine.moved(3 * tiles / 4, 4 * c * down)
        strip += machine.product(f, c, down * across * n, 16, inputs[1].type.dtype)
        strip += 4 * machine.moved(3 * products / 4, 4)
        places = 2 * f * down * (across if n > 1 else 1)
        strip += 2 * machine.moved(3 * products / 8, 2) + 2 * machine.moved(3 * products / 8, places)
        split = machine.moved(2 * prod(x) * itemsize, c * x[2] * x[3])
        return split + self._out(x)[0] // 2 // down * strip

    def emit(self, e: Emitter, *names: str) -> None:
        u, x = names
        shapes = [e.array(name).shape for name in names]
        f, c, down, across, n = self._sizes(*shapes)
        padded = self._split(e, x)
        half, tiles, products = (
            e.view(flat, f".reshape{shape}", hint)
            for flat, shape, hint in zip(e.scratch, self._parts(*shapes), ("half", "tiles", "products"), strict=True)
        )
        matrices = e.view(tiles, f".reshape(16, {c}, {down * across * n})", "matrices")
        result = e.view(products, f".reshape(16, {f}, {down * across * n})", "result")
        strips = self._strips(e, padded, down)
        h = [e.view(half, f"[{k}]", "h") for k in range(4)]
        v = [e.view(tiles, f"[:, {k}]", "v") for k in range(4)]
        m = [e.view(products, f"[{k}]", "m") for k in range(4)]
        t = [e.view(products, f"[:2, {k}]", "t") for k in range(4)]
        e0, e1 = (e.view(half, f"[:, :, :, 0, {at}]", "even") for at in (f":{across}", "1:"))
        o0, o1 = (e.view(half, f"[:, :, :, 1, {at}]", "odd") for at in (f":{across}", "1:"))
        e.step(f"for _d0, _d1, _d2, _d3, _left, _right in {strips}:  # Winograd's F(2x2, 3x3), row by row of tiles")
        for line in [
            f"np.subtract(_d0, _d2, out={h[0]}); np.add(_d1, _d2, out={h[1]})",
            f"np.subtract(_d2, _d1, out={h[2]}); np.subtract(_d1, _d3, out={h[3]})",
            f"np.subtract({e0}, {e1}, out={v[0]}); np.add({o0}, {e1}, out={v[1]})",
            f"np.subtract({e1}, {o0}, out={v[2]}); np.subtract({o0}, {o1}, out={v[3]})",
            f"np.matmul({u}, {matrices}, out={result})",
            f"np.add({m[0]}, {m[1]}, out={m[0]}); np.add({m[0]}, {m[2]}, out={m[0]})",
            f"np.subtract({m[1]}, {m[2]}, out={m[1]}); np.subtract({m[1]}, {m[3]}, out={m[1]})",
            f"np.add({t[0]}, {t[1]}, out={t[0]}); np.add({t[0]}, {t[2]}, out=_left)",
            f"np.subtract({t[1]}, {t[2]}, out={t[1]}); np.subtract({t[1]}, {t[3]}, out=_right)",
        ]:
            e.step(f"    {line}")

    def _strips(self, e: Emitter, padded: str, down: int) -> str:
        """For each strip, views of the four rows of its tiles and of the left and right columns of its results."""
        f, oh, ow, n = e.array(e.out).shape
        split = f".reshape({f}, {oh // 2}, 2, {ow // 2}, 2, {n}).transpose(2, 4, 0, 1, 3, 5)"
        places = e.view(e.out, split, "places")
        # No name that users choose begins with an underscore.
        rows = [f"{padded}[:, _k + {i}:_k + {i + 2 * down}:2]" for i in range(4)]
        columns = [f"{places}[:, {b}, :, _k // 2:_k // 2 + {down}]" for b in range(2)]
        return e.prepared(f"[({', '.join(rows + columns)}) for _k in range(0, {oh}, {2 * down})]", "strips")

    def _split(self, e: Emitter, x: str) -> str:
        """Pad x as (C, rows, 2, columns / 2, N): even columns, then odd ones, so that tiles are read in long runs."""
        n, c, height, width = e.array(x).shape
        (top, _), (before, _) = self.pads
        oh, ow = self._out(e.array(x).shape)
        padded = e.prepared(f"np.zeros({(c, oh + 2, 2, ow // 2 + 1, n)}, np.{e.array(x).dtype})", "padded")
        for first in range(min(2, width)):
            parity, slot = (before + first) % 2, (before + first) // 2
            count = len(range(first, width, 2))
            inside = key_text([":", f"{top}:{top + height}", str(parity), f"{slot}:{slot + count}"])
            columns = e.view(x, f".transpose(1, 2, 3, 0)[:, :, {first}::2]", "columns")
            e.step(f"np.copyto({e.view(padded, inside, 'inside')}, {columns})")
        return padded

