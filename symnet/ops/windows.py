"""Windows that slide along axes: how many there are and what they cover. Convolution and pooling share them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.types import Dim

__all__: list[str] = []

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Tap:
    """One position of a window, and the run of windows in which it lies on an element and not on padding.

    Windows `first` to `last` (exclusive) have it, at the elements `start`, `start + stride`, ...
    """

    position: int
    first: int
    last: int
    start: int
    stride: int

    @property
    def windows(self) -> slice:
        """Those windows."""
        return slice(self.first, self.last)

    @property
    def elements(self) -> slice:
        """The elements they have there."""
        return slice(self.start, self.start + (self.last - self.first - 1) * self.stride + 1, self.stride)


def taps(n: int, window: int, stride: int, dilation: int, low: int, count: int) -> list[Tap]:
    """The positions of windows over `n` elements behind `low` of padding that meet an element at all."""
    found = []
    for k in range(window):
        shift = k * dilation - low
        first = max(0, -(shift // stride))
        last = min(count, (n - 1 - shift) // stride + 1)
        if first < last:
            found.append(Tap(k, first, last, first * stride + shift, stride))
    return found


def slice_text(at: slice, n: int) -> str:
    """A slice of an axis of size `n` as Python writes it: `1:9`, `::2`, `:`."""
    step = at.step or 1
    stop = "" if at.stop + step > n else str(at.stop)
    return f"{at.start or ''}:{stop}" + (f":{step}" if step != 1 else "")


def key_text(parts: Sequence[str]) -> str:
    """An index from the texts of its parts; trailing `:` are left out, and no index is empty."""
    kept = list(parts)
    while kept and kept[-1] == ":":
        kept.pop()
    return f"[{', '.join(kept)}]" if kept else ""


def window_count(n: Dim, span: Dim, stride: int, low: int, high: int) -> Dim:
    """How many windows of a span fit into `n` elements and their padding, as far as it is known."""
    if isinstance(n, int) and isinstance(span, int):
        return (n + low + high - span) // stride + 1
    return n if stride == 1 and isinstance(span, int) and low + high == span - 1 else None


@dataclass(frozen=True)
class Geometry:
    """All sizes of one convolution: x (batch, channels, *size), w (filters, channels/groups, *kernel)."""

    batch: int
    channels: int
    filters: int
    groups: int
    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Pads
    out: tuple[int, ...]

    @property
    def depth(self) -> int:
        """Elements of one filter: the length of the sums."""
        return self.channels // self.groups * prod(self.kernel)

    @property
    def is_pointwise(self) -> bool:
        """Whether each result depends on one place of x alone, so that x is its own patches."""
        return self.out == self.size and prod(self.kernel) == 1 and not any(map(any, self.pads))

    @property
    def taps(self) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
        """Each place in the kernel, and where in the padded x it meets the windows."""
        for offset in product(*map(range, self.kernel)):
            yield offset, tuple(
                slice(k * d, k * d + (m - 1) * s + 1, s) if m else slice(0, 0)
                for k, d, s, m in zip(offset, self.dilation, self.stride, self.out, strict=True)
            )


# what users write -----------------------------------------------------------------------------------------


def one_per_axis(op: str, what: str, value: Any, ndim: int) -> tuple[int, ...]:
    """A positive int for each axis, from one int or one an axis.

    Raises: ArgumentError.
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * ndim
    if len(given) != ndim:
        raise ArgumentError(
            f"{op}: {what} has {len(given)} numbers, but {ndim} axes are slid over.",
            fix=f"give one int, or {ndim}.",
        )
    for n in given:
        if not is_int(n) or n < 1:
            raise ArgumentError(f"{op}: {what} is {value!r}.", fix=f"give {what} as ints of at least 1.")
    return tuple(int(n) for n in given)


def padding_pairs(op: str, value: Any, ndim: int) -> Pads:
    """How much padding stands before and after each axis: from an int, an int an axis, or a pair an axis.

    Raises: ArgumentError.
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * ndim
    pairs = [tuple(p) if isinstance(p, (tuple, list)) else (p, p) for p in given]
    fits = len(pairs) == ndim and all(len(p) == 2 and all(is_int(n) and n >= 0 for n in p) for p in pairs)
    if not fits:
        example = ", ".join("(before, after)" for _ in range(ndim))
        raise ArgumentError(
            f"{op}: padding is {value!r}.",
            fix=f"give an int of at least 0, {ndim} of them, or ({example}{',' if ndim == 1 else ''}).",
        )
    return tuple((int(low), int(high)) for low, high in pairs)


def is_int(value: Any) -> bool:
    """Whether it is an integer number, which bools are not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
