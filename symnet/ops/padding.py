"""Padding: values beyond the edges of an array, constant or made from what lies within."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.axes import along_rows, cut
from symnet.ops.broadcast import broadcast_to
from symnet.ops.create import cast_constant, full
from symnet.ops.join import concatenate
from symnet.ops.subtensor import inc_subtensor, set_subtensor
from symnet.origin import here
from symnet.types import Dim, TensorType, shape_text

__all__ = ["pad", "PadAlong", "FoldAlong"]

Mode = Literal["constant", "edge", "reflect", "symmetric", "wrap"]

# beyond one axis ------------------------------------------------------------------------------------------------------


class _Along(Op):
    """Family of PadAlong and FoldAlong, each the other's gradient: `before` and `after` elements beyond an axis."""

    axis: int
    before: int
    after: int
    mode: str

    roles: ClassVar[tuple[str, ...]] = ("x",)

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def _sources(self, n: int) -> np.ndarray:
        """Which of n elements stands at each place of the padded axis."""
        if n == 0:
            raise ShapeError(
                f"pad: axis {self.axis} of x has size 0, and mode {self.mode!r} takes its values from there.",
                fix="pad it with a constant, or keep empty arrays away from here.",
            )
        return np.pad(np.arange(n), (self.before, self.after), mode=self.mode)  # type: ignore[call-overload,no-any-return]

    def _runs(self, n: int) -> list[tuple[int, range]]:
        """The padded axis as stretches of neighbouring elements: where each begins, and the elements in it."""
        sources = self._sources(n).tolist()
        runs: list[tuple[int, range]] = []
        start = 0
        while start < len(sources):
            first, stop = sources[start], start + 1
            step = sources[stop] - first if stop < len(sources) else 1
            if step not in (1, -1):
                step = 1
            while stop < len(sources) and sources[stop] - sources[stop - 1] == step:
                stop += 1
            runs.append((start, range(first, first + step * (stop - start), step)))
            start = stop
        return runs


def _slice(run: range) -> slice:
    stop = run.stop if run.stop >= 0 else None
    return slice(run.start, stop, run.step)


class PadAlong(_Along):
    """x with elements of its own repeated beyond both ends of an axis."""

    name = "pad"
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        n = x.shape[self.axis]
        if n == 0:
            self._sources(0)
        longer: Dim = n + self.before + self.after if isinstance(n, int) else None
        return x.with_shape(longer if k == self.axis else m for k, m in enumerate(x.shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [FoldAlong(self.axis, self.before, self.after, self.mode)(g) if y.type.is_inexact else None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        return x.take(self._sources(x.shape[self.axis]), self.axis)

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        n = self(x).type.shape[self.axis]  # raises where there is nothing to repeat
        assert isinstance(n, int)
        n -= self.before + self.after
        if self.mode == "edge":
            ends = (x, self.before, slice(0, 1)), (x, self.after, slice(n - 1, n))
            first, last = (_repeated(cut(v, self.axis, part), self.axis, count) for v, count, part in ends)
            return concatenate([first, x, last], self.axis)
        return concatenate([cut(x, self.axis, _slice(run)) for _, run in self._runs(n)], self.axis)


def _repeated(x: Variable, axis: int, count: int) -> Variable:
    return broadcast_to(x, (*x.shape[:axis], count, *x.shape[axis + 1 :]))


class FoldAlong(_Along):
    """What lies beyond both ends of an axis, added to the elements that padding repeats there."""

    name = "fold_pad"
    on_complex = "own"

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        n = x.shape[self.axis]
        shorter: Dim = n - self.before - self.after if isinstance(n, int) else None
        return x.with_shape(shorter if k == self.axis else m for k, m in enumerate(x.shape))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [PadAlong(self.axis, self.before, self.after, self.mode)(g)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        wide = np.moveaxis(arrays[0], self.axis, 0)
        n = len(wide) - self.before - self.after
        result = np.zeros((n, *wide.shape[1:]), wide.dtype)
        for row, source in zip(wide, self._sources(n), strict=True):
            result[source] += row
        return np.moveaxis(result, 0, self.axis)

    def lower(self, *inputs: Variable) -> Variable | None:
        (x,) = inputs
        total = x.type.shape[self.axis]
        assert isinstance(total, int)
        n, axis = total - self.before - self.after, self.axis
        y = cut(x, axis, slice(self.before, self.before + n))
        if self.mode == "edge":
            outside = [(slice(0, 1), slice(0, self.before)), (slice(n - 1, n), slice(self.before + n, total))]
            for end, beyond in outside:
                y = inc_subtensor(cut(y, axis, end), cut(x, axis, beyond).sum(axis, keepdims=True))
            return y
        for start, run in self._runs(n):
            # The stretch that holds x itself may begin before it, where modes continue its order.
            for first, part in _beyond(start, run, self.before, n):
                y = inc_subtensor(cut(y, axis, _slice(part)), cut(x, axis, slice(first, first + len(part))))
        return y


def _beyond(start: int, run: range, before: int, n: int) -> list[tuple[int, range]]:
    """A stretch without the places `before` ... `before + n`, where x itself stands."""
    left = run[: max(0, before - start)]
    skipped = max(0, before + n - start)
    return [(first, part) for first, part in ((start, left), (start + skipped, run[skipped:])) if len(part)]


# the user's function --------------------------------------------------------------------------------------------------


def _pairs(given: Any, x: Variable) -> list[tuple[int, int]]:
    """One pair of widths for each axis, as NumPy broadcasts them."""
    widths = np.asarray(given)
    if widths.dtype.kind not in "iu" and widths.size:
        raise DTypeError(
            f"pad: pad_width is {given!r}, not integers.", operands={"x": x}, origin=here(), fix="give ints."
        )
    try:
        pairs = np.broadcast_to(widths, (x.type.ndim, 2)).tolist()
    except ValueError:
        raise ShapeError(
            f"pad: pad_width has shape {shape_text(widths.shape)}, x {x.type.ndim} axes.",
            operands={"x": x},
            origin=here(),
            fix="give a number, a pair (before, after), or one pair for each axis.",
        ) from None
    if widths.size and widths.min() < 0:
        raise ArgumentError(
            f"pad: a width is {widths.min()}.", operands={"x": x}, origin=here(), fix="widths are 0 or more."
        )
    return [(before, after) for before, after in pairs]


@vocabulary(
    case(arr(2, 3), 1),
    case(arr(3), (2, 1), constant_values=5.0),
    case(arr(2, 3), ((0, 1), (2, 0)), constant_values=((1.0, 2.0), (3.0, 4.0))),
    case(arr(2, 3), ((1, 2), (0, 3)), mode="edge"),
    case(arr(3, 2), ((2, 1), (0, 1)), mode="reflect"),
    case(arr(3), (7, 6), mode="reflect"),
    case(arr(1), 2, mode="reflect"),
    case(arr(3, 2), ((2, 3), (1, 0)), mode="symmetric"),
    case(arr(2), (5, 4), mode="symmetric"),
    case(arr(3, 2), ((2, 1), (3, 5)), mode="wrap"),
    case(arr(0, 2), ((1, 1), (0, 0))),
    case(arr(2, dtype="int32"), 1, mode="edge"),
    case(arr(values=[True, False], dtype="bool"), (1, 0)),
)
def pad(x: Any, pad_width: Any, mode: Mode = "constant", constant_values: Any = 0) -> Variable:
    """`x` with values beyond its edges; (N,) with widths (a, b) gives (a + N + b,).

    `pad_width` is a number, a pair (before, after), or one pair for each axis. By `mode` what lies beyond is
    'constant' (of `constant_values`, given as widths are), the 'edge', x mirrored without its edge ('reflect') or with
    it ('symmetric'), or x again ('wrap'): of 1 2 3 they make 0 0 | 1 2 3, 1 1 | 1 2 3, 3 2 | 1 2 3, 2 1 | 1 2 3 and
    2 3 | 1 2 3.

    Raises: ShapeError for other numbers of widths than axes or where an empty axis has no values to repeat;
    ArgumentError for a width below 0 or another mode; DTypeError.
    """
    x = as_variable(x)
    pairs = _pairs(pad_width, x)
    if mode == "constant":
        return _framed(x, pairs, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ArgumentError(
            f"pad: mode is {mode!r}.",
            operands={"x": x},
            origin=here(),
            fix="use 'constant', 'edge', 'reflect', 'symmetric' or 'wrap'.",
        )
    for axis, (before, after) in enumerate(pairs):
        if before or after:
            x = PadAlong(axis, before, after, mode)(x)
    return x


def _framed(x: Variable, pairs: Sequence[tuple[int, int]], values: Any) -> Variable:
    """`x` within constants: one for all sides, or one for each, of which later axes take the corners."""
    if isinstance(values, (list, tuple, np.ndarray)):
        sides = np.broadcast_to(np.asarray(values), (x.type.ndim, 2)).tolist()
        for axis, (widths, constants) in enumerate(zip(pairs, sides, strict=True)):
            ends = []
            for width, value in zip(widths, constants, strict=True):
                shape = (*x.shape[:axis], width, *x.shape[axis + 1 :])
                ends.append(full(shape, value, x.type.dtype))
            x = concatenate([ends[0], x, ends[1]], axis)
        return x
    if not any(before or after for before, after in pairs):
        return x
    wider = [before + n + after for n, (before, after) in zip(x.shape, pairs, strict=True)]
    frame = full(wider, cast_constant(as_variable(values, x), x.type.dtype))
    inner = tuple(slice(before, before + n) for n, (before, _) in zip(x.shape, pairs, strict=True))
    return set_subtensor(frame[inner], x)
