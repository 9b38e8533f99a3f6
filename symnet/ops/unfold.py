"""Windows of pictures as the columns of a matrix, and columns added up where their windows lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import numpy as np

from symnet.errors import DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.patches import static
from symnet.ops.shape import reshape, transpose
from symnet.ops.windows import Pads, Tap, key_text, one_per_axis, padding_pairs, slice_text, taps, window_count
from symnet.origin import here
from symnet.types import Dim, TensorType

__all__ = ["fold", "images2neibs", "unfold", "Fold", "Unfold"]


class _Windows(Op):
    """Family of the two: pictures (N, C, *size), columns (N, C * prod(kernel), prod(out))."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Pads

    on_complex = "own"

    def out(self, size: Sequence[Dim]) -> tuple[Dim, ...]:
        """How many windows there are along each axis, as far as it is known."""
        counts = []
        for n, k, s, d, (low, high) in zip(size, self.kernel, self.stride, self.dilation, self.pads, strict=True):
            span = (k - 1) * d + 1
            if isinstance(n, int) and n + low + high < span:
                raise ShapeError(
                    f"{self.name}: a window covers {span} elements, but there are {n}"
                    f"{f', {n + low + high} with padding' if low or high else ''}.",
                    fix="use smaller windows, or padding.",
                )
            counts.append(window_count(n, span, s, low, high))
        return tuple(counts)

    def columns(self, x: TensorType) -> TensorType:
        """The type of the columns of pictures."""
        n, c, *size = x.shape
        out = self.out(size)
        places = prod(m for m in out if isinstance(m, int)) if all(isinstance(m, int) for m in out) else None
        return x.with_shape((n, c * prod(self.kernel) if isinstance(c, int) else None, places))

    def apart(self, n: int, c: int, size: Sequence[int]) -> tuple[int, ...]:
        """The shape of the columns with all axes apart."""
        return (n, c, *self.kernel, *(int(m) for m in self.out(size)))  # type: ignore[arg-type]

    def places(self, size: Sequence[int]) -> list[tuple[Tap, ...]]:
        """For each place in the window that meets an element, where."""
        axes = zip(size, self.kernel, self.stride, self.dilation, self.pads, self.out(size), strict=True)
        return list(product(*(taps(n, k, s, d, low, int(m)) for n, k, s, d, (low, _), m in axes)))  # type: ignore[arg-type]

    def keys(self, size: Sequence[int]) -> Iterator[tuple[Any, Any]]:
        """For each place in the window the keys of the columns and of the pictures that meet there."""
        both = (slice(None), slice(None))
        for at in self.places(size):
            place = [tap.position for tap in at]
            yield (*both, *place, *(tap.windows for tap in at)), (*both, *(tap.elements for tap in at))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return Split((0,) * len(inputs), 0) if axes[0] == 0 else None

    def _views(self, e: Emitter, pictures: str, columns: str) -> list[tuple[str, str]]:
        """For each place in the window the parts of pictures and columns that meet there."""
        n, c, *size = e.array(pictures).shape
        if not n * c:
            return []
        shape = self.apart(n, c, size)
        wide, out = e.view(columns, f".reshape{shape}", "by_place"), shape[2 + len(size) :]
        found = []
        for at in self.places(size):
            elements = [slice_text(tap.elements, m) for tap, m in zip(at, size, strict=True)]
            windows = [slice_text(tap.windows, m) for tap, m in zip(at, out, strict=True)]
            positions = [str(tap.position) for tap in at]
            seen = e.view(pictures, key_text([":", ":", *elements]), "seen")
            found.append((seen, e.view(wide, key_text([":", ":", *positions, *windows]), "column")))
        return found

    def _is_whole(self, size: Sequence[int]) -> bool:
        """Whether every place of every window lies on an element."""
        seen = sum(prod(tap.last - tap.first for tap in at) for at in self.places(size))
        return seen == prod(self.apart(1, 1, size))


class Unfold(_Windows):
    """The windows of pictures, side by side; padding is 0."""

    name, roles, linear_in = "unfold", ("x",), (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return self.columns(inputs[0].type)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [Fold(self.kernel, self.stride, self.dilation, self.pads)(g, inputs[0])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        n, c, *size = x.shape
        columns = np.zeros(self.apart(n, c, size), x.dtype)
        for column, seen in self.keys(size):
            columns[column] = x[seen]
        return columns.reshape(n, c * prod(self.kernel), prod(columns.shape[2 + len(size) :]))

    def emit(self, e: Emitter, *names: str) -> None:
        if not self._is_whole(e.array(names[0]).shape[2:]):
            e.step(f"{e.out}.fill(0)")
        for seen, column in self._views(e, names[0], e.out):
            e.step(f"np.copyto({column}, {seen})")


class Fold(_Windows):
    """Columns added up where their windows lie, in pictures of a size, or of the second input's."""

    size: tuple[int, ...] | None = None

    name, roles, linear_in = "fold", ("columns", "x"), (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        columns = inputs[0].type
        if self.size is None:
            return columns.with_shape(inputs[1].type.shape)
        rows = columns.shape[1]
        channels = rows // prod(self.kernel) if isinstance(rows, int) else None
        return columns.with_shape((columns.shape[0], channels, *self.size))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [Unfold(self.kernel, self.stride, self.dilation, self.pads)(g), *[None] * (len(inputs) - 1)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        columns = arrays[0]
        size = arrays[1].shape[2:] if self.size is None else self.size
        n, c = columns.shape[0], columns.shape[1] // prod(self.kernel)
        wide = columns.reshape(self.apart(n, c, size))
        total = np.zeros((n, c, *size), columns.dtype)
        for column, seen in self.keys(size):
            total[seen] += wide[column]
        return total

    def lower(self, *inputs: Variable) -> Variable | None:
        return replace(self, size=static(inputs[1])[2:])(inputs[0]) if self.size is None else None

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{e.out}.fill(0)")
        for seen, column in self._views(e, e.out, names[0]):
            e.step(f"np.add({seen}, {column}, out={seen})")


# the user's functions -------------------------------------------------------------------------------------------------


def _parameters(
    op: str, ndim: int, window: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], Pads]:
    return (
        one_per_axis(op, "window", window, ndim),
        one_per_axis(op, "stride", stride, ndim),
        one_per_axis(op, "dilation", dilation, ndim),
        padding_pairs(op, padding, ndim),
    )


def _pictures(op: str, x: Any) -> Variable:
    x = as_variable(x)
    if not 3 <= x.type.ndim <= 5:
        raise ShapeError(
            f"{op}: x has {x.type.ndim} axes.", operands={"x": x}, origin=here(), fix="pictures are (N, C, H, W)."
        )
    if x.type.dtype == "bool":
        raise DTypeError(f"{op} is not defined for bool.", operands={"x": x}, origin=here(), fix="cast it to numbers.")
    return x


@vocabulary(
    case(arr(2, 2, 3, 4), 2),
    case(arr(1, 2, 4, 5), (3, 2), stride=(1, 2), padding=1),
    case(arr(1, 1, 5, 4), 2, stride=3, padding=((1, 0), (0, 2)), dilation=2),
    case(arr(2, 3, 5), 3, padding=1),
    case(arr(1, 1, 2, 3, 2), (1, 2, 2)),
    case(arr(1, 1, 2, 2), 1, padding=2),
    case(arr(0, 2, 3, 3), 2),
    case(arr(1, 1, 2, 3, dtype="int32"), 2),
)
def unfold(x: Any, window: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> Variable:
    r"""The windows of pictures as columns, $y_{n,\,(cab),\,(ij)} = x_{n,\,c,\,si+da,\,sj+db}$; also called im2col.

    x (N, C, H, W) gives (N, C kh kw, oh ow), and signals (N, C, L) or volumes (N, C, D, H, W) likewise. `window`,
    `stride` and `dilation` are one int, or one an axis; `padding`, with 0, also a pair (before, after) an axis.

    Raises: ShapeError where a window does not fit, ArgumentError, DTypeError.
    """
    x = _pictures("unfold", x)
    return Unfold(*_parameters("unfold", x.type.ndim - 2, window, stride, padding, dilation))(x)


@vocabulary(
    case(arr(2, 8, 6), (3, 4), 2),
    case(arr(1, 6, 6), (3, 4), (3, 2), stride=(2, 2), padding=1),
    case(arr(1, 4, 4), (5, 4), 2, stride=3, padding=((1, 0), (0, 2)), dilation=2),
    case(arr(2, 6, 3), 3, 3, padding=1),
    case(arr(0, 4, 4), (3, 3), 2),
)
def fold(
    columns: Any, size: Any, window: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Variable:
    r"""Columns added up where their windows lie, $y_{n,\,c,\,si+da,\,sj+db} \mathrel{+}= x_{n,\,(cab),\,(ij)}$.

    columns (N, C kh kw, oh ow) give pictures (N, C, *size); the other parameters are those of `unfold`, of which it is
    the adjoint. Where windows do not overlap, it undoes `unfold`.

    Raises: ShapeError where columns and windows do not fit, ArgumentError, DTypeError.
    """
    x = as_variable(columns)
    sizes = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if x.type.ndim != 3 or not 1 <= len(sizes) <= 3:
        raise ShapeError(
            f"fold: columns have {x.type.ndim} axes and size is {size!r}.",
            operands={"columns": x},
            origin=here(),
            fix="columns are (N, C kh kw, oh ow), and size is (H, W).",
        )
    if x.type.dtype == "bool":
        raise DTypeError("fold is not defined for bool.", operands={"columns": x}, origin=here(), fix="cast it.")
    parameters = _parameters("fold", len(sizes), window, stride, padding, dilation)
    made = Fold(*parameters, one_per_axis("fold", "size", sizes, len(sizes)))
    rows, places = x.type.shape[1:]
    wanted = prod(made.apart(1, 1, sizes)[2 + len(sizes) :])
    if (isinstance(rows, int) and rows % prod(made.kernel)) or (isinstance(places, int) and places != wanted):
        raise ShapeError(
            f"fold: columns have {rows} rows for windows of {prod(made.kernel)} and {places} places for {wanted}.",
            operands={"columns": x},
            origin=here(),
            fix="the rows are a multiple of the window's elements, and there is a place for each window.",
        )
    return made(x)


@vocabulary(
    case(arr(1, 2, 4, 4), 2),
    case(arr(2, 1, 3, 4), (2, 2), stride=1),
)
def images2neibs(x: Any, window: Any, stride: Any = None) -> Variable:
    r"""The windows of pictures as rows: x (N, C, H, W) gives (N C oh ow, kh kw), channel by channel.

    `stride` is the window's size by default. It is Theano's word; `unfold` keeps examples and channels together.

    Raises: ShapeError where a window does not fit, ArgumentError, DTypeError.
    """
    x = _pictures("images2neibs", x)
    size = one_per_axis("images2neibs", "window", window, x.type.ndim - 2)
    columns = unfold(x, size, size if stride is None else stride)
    elements = prod(size)
    by_channel = reshape(columns, (x.shape[0] * x.shape[1], elements, columns.shape[2]))
    return reshape(transpose(by_channel, (0, 2, 1)), (-1, elements))
