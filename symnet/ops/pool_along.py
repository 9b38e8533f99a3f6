"""Maximum and sum over windows along one axis, and their gradients: what pooling is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.choices import cheapest
from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.machine import Machine
from symnet.op import Emitter, Layout, Op, Split, along_same
from symnet.ops.axes import along_rows
from symnet.options import current
from symnet.types import Dim, TensorType

__all__ = ["Along", "MaxAlong", "MaxGather", "MaxScatter", "SumAlong", "SumSpread"]


class Along(Op):
    """Family of poolings along one axis; `lo` and `hi` places of padding never win a maximum and add 0 to a sum."""

    axis: int = 0
    window: int = 2
    stride: int = 2
    lo: int = 0
    hi: int = 0
    ceil: bool = False

    layout: ClassVar[Layout] = "like"

    def count(self, n: int) -> int:
        """How many windows there are over n places; with `ceil` a last one may reach past the end, not start there."""
        room = n + self.lo + self.hi - self.window
        if room < 0:
            raise ShapeError(
                f"pooling: the window is {self.window}, but axis {self.axis} has {n} places"
                f"{f' and {self.lo + self.hi} of padding' if self.lo + self.hi else ''}.",
                fix="use a smaller window.",
            )
        windows = room // self.stride + 1
        if self.ceil and room % self.stride and windows * self.stride < n + self.lo:
            windows += 1
        return windows

    def pooled(self, type: TensorType) -> TensorType:
        """The type after pooling."""
        n = type.shape[self.axis]
        size: Dim = self.count(n) if isinstance(n, int) else None
        return type.with_shape((*type.shape[: self.axis], size, *type.shape[self.axis + 1 :]))

    def like(self, kind: type[Along]) -> Any:
        """The op of another kind with the same parameters."""
        return kind(self.axis, self.window, self.stride, self.lo, self.hi, self.ceil)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def operations(self, *inputs: Variable) -> int:
        return self.window * min(type.size for type in (self.infer(*inputs), *(x.type for x in inputs)))

    def key(self, start: int, stop: int, step: int = 1) -> tuple[slice, ...]:
        """The key of places along the axis."""
        return (slice(None),) * self.axis + (slice(start, stop, step),)

    def places(self, n: int) -> list[tuple[int, int, int, int]]:
        """For each place of the window: the first and last windows that see data there, and where they see it."""
        found = []
        for d in range(self.window):
            first = max(0, -((d - self.lo) // self.stride))
            last = min(self.count(n), (n - 1 - d + self.lo) // self.stride + 1)
            start = first * self.stride + d - self.lo
            found.append((first, last, start, start + (last - first - 1) * self.stride + 1))
        return [p for p in found if p[1] > p[0]]

    def parts(self, n: int) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
        """The same as pairs of keys: of the windows, and of the data."""
        return [(self.key(a, b), self.key(start, stop, self.stride)) for a, b, start, stop in self.places(n)]

    def views(self, e: Emitter, pooled: Sequence[str], data: Sequence[str], n: int) -> list[list[str]]:
        """For each place of the window, names of the windows' and the data's parts."""
        whole = self.count(n)
        rows = []
        for d, (first, last, start, stop) in enumerate(self.places(n)):
            dots = ":, " * self.axis
            seen_by_all = (first, last) == (0, whole)
            at = [p if seen_by_all else e.view(p, f"[{dots}{first}:{last}]", f"{p}_in{d}") for p in pooled]
            seen = [e.view(x, f"[{dots}{start}:{stop}:{self.stride}]", f"{x}_{'abcdefghij'[d % 10]}") for x in data]
            rows.append([*at, *seen])
        return rows

    def fits(self, n: int) -> bool:
        """Whether every window sees data at each of its places."""
        whole = self.count(n)
        places = self.places(n)
        return len(places) == self.window and all(p[:2] == (0, whole) for p in places)


class MaxAlong(Along):
    """The maximum of each window along one axis."""

    name = "max_along"
    roles = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        return self.pooled(inputs[0].type)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [self.like(MaxScatter)(inputs[0], y, g)]

    def jvp(self, dx: Sequence[Variable | None], y: Any, *inputs: Variable) -> Any:
        return self.like(MaxGather)(inputs[0], y, dx[0])

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x = arrays[0]
        n = x.shape[self.axis]
        y = np.full((*x.shape[: self.axis], self.count(n), *x.shape[self.axis + 1 :]), -np.inf, x.dtype)
        for at, seen in self.parts(n):
            y[at] = np.maximum(y[at], x[seen])
        return y

    def emit(self, e: Emitter, *names: str) -> None:
        n = e.array(names[0]).shape[self.axis]
        rows = self.views(e, [e.out], names, n)
        if self.fits(n) and len(rows) > 1:
            e.step(f"np.maximum({rows[0][1]}, {rows[1][1]}, out={e.out})")
            rows = rows[2:]
        else:
            e.step(f"{e.out}.fill(-np.inf)")
        for at, seen in rows:
            e.step(f"np.maximum({at}, {seen}, out={at})")


class MaxScatter(Along):
    """The gradient of `MaxAlong`: each window's cotangent goes to the first place that holds its maximum."""

    name = "max_scatter"
    roles = ("x", "y", "g")
    linear_in = (2,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, pooled, _ = inputs
        return [None, None, self.like(MaxGather)(x, pooled, g)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, y, g = arrays
        dx, is_open = np.zeros_like(x), np.ones(y.shape, bool)
        for at, seen in self.parts(x.shape[self.axis]):
            wins = is_open[at] & (x[seen] == y[at])
            is_open[at] &= ~wins
            dx[seen] += np.where(wins, g[at], 0)
        return dx

    def scratch(self, *inputs: Variable) -> list[TensorType]:
        pooled = inputs[1].type
        return [pooled.with_dtype("bool"), pooled, pooled.with_dtype("bool")]

    def emit(self, e: Emitter, *names: str) -> None:
        x, y, g = names
        n = e.array(x).shape[self.axis]
        mask, share, is_open = e.scratch
        if self.window == self.stride == 2 and self.fits(n):
            (_, x0, dx0), (_, x1, dx1) = self.views(e, [y], [x, e.out], n)
            if n % 2:
                e.step(f"{e.out}.fill(0)")
            # The first place takes g where it wins, the second what is left of g.
            e.step(f"np.equal({x0}, {y}, out={mask})")
            e.step(f"np.copyto({share}, {mask})")
            costs = _first_share_costs(current().machine, e.array(dx0))
            if cheapest(f"gradient of max_along {e.array(x).shape}, axis {self.axis}", costs) == "in place":
                e.step(f"np.multiply({g}, {share}, out={dx0})")
                e.step(f"np.subtract({g}, {dx0}, out={dx1})")
            else:
                e.step(f"np.multiply({g}, {share}, out={share})")
                e.step(f"np.copyto({dx0}, {share})")
                e.step(f"np.subtract({g}, {share}, out={dx1})")
            return
        e.step(f"{e.out}.fill(0)")
        e.step(f"{is_open}.fill(True)")
        for m, s, o, top, down, seen, dx in self.views(e, [mask, share, is_open, y, g], [x, e.out], n):
            e.step(f"np.equal({seen}, {top}, out={m})")
            e.step(f"np.logical_and({m}, {o}, out={m})")
            e.step(f"np.logical_xor({o}, {m}, out={o})")
            e.step(f"np.copyto({s}, {m})")
            e.step(f"np.multiply({s}, {down}, out={s})")
            e.step(f"np.add({dx}, {s}, out={dx})")


def _first_share_costs(machine: Machine, dx: np.ndarray) -> dict[str, float]:
    """Predicted microseconds of the ways to write the share of the first of two places and of what is left.

    Where runs are short each operand with gaps counts: at (20, 12, 24, 10), along the axis of 24, microseconds: 68 in
    place, 47 apart; along the axis of 24 of (20, 24, 24, 10): 38, 40.
    """
    runs = dx.size / _run(dx)
    return {
        "in place": 2 * machine.moved(3 * dx.nbytes) + 3 * runs * machine.run / 1e3,
        "apart": 2 * machine.moved(3 * dx.nbytes) + machine.moved(2 * dx.nbytes) + 2 * runs * machine.run / 1e3,
    }


def _run(x: np.ndarray) -> int:
    """How many elements lie in memory one after the other before there is a gap."""
    run = 1
    for n, stride in sorted(zip(x.shape, x.strides, strict=True), key=lambda axis: axis[1]):
        if n > 1 and stride != run * x.itemsize:
            break
        run *= n
    return max(run, 1)


class MaxGather(Along):
    """The adjoint of `MaxScatter`: for each window, the entry of v where x has its first maximum."""

    name = "max_gather"
    roles = ("x", "y", "v")
    linear_in = (2,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, pooled, _ = inputs
        return [None, None, self.like(MaxScatter)(x, pooled, g)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, y, v = arrays
        result, is_open = np.zeros_like(y), np.ones(y.shape, bool)
        for at, seen in self.parts(x.shape[self.axis]):
            wins = is_open[at] & (x[seen] == y[at])
            is_open[at] &= ~wins
            result[at] += np.where(wins, v[seen], 0)
        return result

    def scratch(self, *inputs: Variable) -> list[TensorType]:
        pooled = inputs[1].type
        return [pooled.with_dtype("bool"), pooled, pooled.with_dtype("bool")]

    def emit(self, e: Emitter, *names: str) -> None:
        x, y, v = names
        n = e.array(x).shape[self.axis]
        mask, share, is_open = e.scratch
        e.step(f"{e.out}.fill(0)")
        e.step(f"{is_open}.fill(True)")
        for out, m, s, o, top, seen, value in self.views(e, [e.out, mask, share, is_open, y], [x, v], n):
            e.step(f"np.equal({seen}, {top}, out={m})")
            e.step(f"np.logical_and({m}, {o}, out={m})")
            e.step(f"np.logical_xor({o}, {m}, out={o})")
            e.step(f"np.copyto({s}, {m})")
            e.step(f"np.multiply({s}, {value}, out={s})")
            e.step(f"np.add({out}, {s}, out={out})")


class SumAlong(Along):
    """The sum of each window along one axis."""

    name = "sum_along"
    roles = ("x",)
    linear_in = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return self.pooled(inputs[0].type)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [self.like(SumSpread)(g, inputs[0])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x = arrays[0]
        n = x.shape[self.axis]
        y = np.zeros((*x.shape[: self.axis], self.count(n), *x.shape[self.axis + 1 :]), x.dtype)
        for at, seen in self.parts(n):
            y[at] += x[seen]
        return y

    def emit(self, e: Emitter, *names: str) -> None:
        n = e.array(names[0]).shape[self.axis]
        rows = self.views(e, [e.out], names, n)
        if self.fits(n) and len(rows) > 1:
            e.step(f"np.add({rows[0][1]}, {rows[1][1]}, out={e.out})")
            rows = rows[2:]
        else:
            e.step(f"{e.out}.fill(0)")
        for at, seen in rows:
            e.step(f"np.add({at}, {seen}, out={at})")


class SumSpread(Along):
    """The adjoint of `SumAlong`: each place gets the sum of its windows' cotangents; of `x` only the shape is used."""

    name = "sum_spread"
    roles = ("g", "x")
    linear_in = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(inputs[1].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [self.like(SumAlong)(g), None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, x = arrays
        dx = np.zeros(x.shape, g.dtype)
        for at, seen in self.parts(x.shape[self.axis]):
            dx[seen] += g[at]
        return dx

    def emit(self, e: Emitter, *names: str) -> None:
        n = e.array(e.out).shape[self.axis]
        apart = self.window <= self.stride
        if not apart or sum(last - first for first, last, _, _ in self.places(n)) < n:
            e.step(f"{e.out}.fill(0)")
        for at, seen in self.views(e, [names[0]], [e.out], n):
            e.step(f"np.copyto({seen}, {at})" if apart else f"np.add({seen}, {at}, out={seen})")
