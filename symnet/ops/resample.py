"""Pictures in other sizes: `resize`, `upsample`, adaptive and global pooling, channels turned into places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable, constant
from symnet.op import Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.broadcast import broadcast_to
from symnet.ops.join import concatenate
from symnet.ops.matmul import matmul
from symnet.ops.shape import expand_dims, reshape, transpose
from symnet.ops.windows import is_int, one_per_axis
from symnet.origin import here
from symnet.types import Dim, TensorType

__all__ = [
    "adaptive_average_pool", "adaptive_max_pool", "global_average_pool", "global_max_pool", "pixel_shuffle",
    "resize", "upsample", "Resample", "ResampleGrad",
]  # fmt: skip

Mode = Literal["nearest", "linear"]

# along one axis -------------------------------------------------------------------------------------------------------


class _Along(Op):
    """Family of linear maps along one axis, which becomes `size` long, or `factor` times as long if that is 0.

    Each element of the result is a weighted mean: of the nearest one, of two neighbours, or of all in its share.
    """

    axis: int
    kind: Literal["nearest", "linear", "average"]
    size: int = 0
    factor: int = 1
    align_corners: bool = False

    def count(self, n: int) -> int:
        """How many elements n become."""
        return self.size or n * self.factor

    def weights(self, n: int) -> np.ndarray:
        """What each of n elements counts in each of the result's: (m, n)."""
        m = self.count(n)
        weights = np.zeros((m, n))
        for i in range(m if n else 0):
            if self.kind == "average":
                low, high = i * n // m, -(-(i + 1) * n // m)
                weights[i, low:high] = 1 / (high - low)
                continue
            if self.kind == "nearest":
                weights[i, i * n // m] = 1
                continue
            if self.align_corners:
                place = i * (n - 1) / (m - 1) if m > 1 else 0.0
            else:
                place = max((i + 0.5) * n / m - 0.5, 0.0)
            low = min(int(place), n - 1)
            weights[i, low] += 1 - (place - low)
            weights[i, min(low + 1, n - 1)] += place - low
        return weights

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def _mapped(self, x: Variable, weights: np.ndarray) -> Variable:
        """The sum of x along the axis with the rows of the weights."""
        others = [k for k in range(x.type.ndim) if k != self.axis]
        last = transpose(x, (*others, self.axis))
        y = matmul(last, constant(np.ascontiguousarray(weights.T), x.type.dtype))
        return transpose(y, tuple(np.argsort([*others, self.axis]).tolist()))


class Resample(_Along):
    """The weighted means."""

    name, roles, linear_in = "resample", ("x",), (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        n = x.shape[self.axis]
        m: Dim = self.count(n) if isinstance(n, int) else self.size or (n if self.factor == 1 else None)
        return x.with_shape((*x.shape[: self.axis], m, *x.shape[self.axis + 1 :]))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [_of(ResampleGrad, self)(g, inputs[0])]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        weights = self.weights(x.shape[self.axis]).astype(x.dtype)
        return np.ascontiguousarray(np.moveaxis(np.moveaxis(x, self.axis, -1) @ weights.T, -1, self.axis))

    def lower(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        n = int(x.type.shape[self.axis])  # type: ignore[arg-type]
        m = self.count(n)
        if self.kind == "nearest" and n and m % n == 0:
            apart = expand_dims(x, self.axis + 1)
            wide = (*x.type.shape[: self.axis + 1], m // n, *x.type.shape[self.axis + 1 :])
            return reshape(broadcast_to(apart, wide), (*x.type.shape[: self.axis], m, *x.type.shape[self.axis + 1 :]))
        if self.kind == "nearest" and m and n % m == 0:
            return x[(slice(None),) * self.axis + (slice(None, None, n // m),)]
        return self._mapped(x, self.weights(n))


class ResampleGrad(_Along):
    """The adjoint: each element gets what it counted of the cotangents; of x only the shape is used."""

    name, roles, linear_in = "resample_grad", ("g", "x"), (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type.with_shape(inputs[1].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [_of(Resample, self)(g), None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        g, x = arrays
        weights = self.weights(x.shape[self.axis]).astype(g.dtype)
        return np.ascontiguousarray(np.moveaxis(np.moveaxis(g, self.axis, -1) @ weights, -1, self.axis))

    def lower(self, *inputs: Variable) -> Variable:
        g, x = inputs
        n = int(x.type.shape[self.axis])  # type: ignore[arg-type]
        m = self.count(n)
        if self.kind == "nearest" and n and m % n == 0:
            apart = (*g.type.shape[: self.axis], n, m // n, *g.type.shape[self.axis + 1 :])
            return reshape(g, apart).sum(self.axis + 1)
        return self._mapped(g, self.weights(n).T)


def _of(kind: type[_Along], op: _Along) -> _Along:
    return kind(op.axis, op.kind, op.size, op.factor, op.align_corners)


# the user's functions -------------------------------------------------------------------------------------------------


def _pictures(op: str, x: Any) -> Variable:
    x = as_variable(x)
    if not 3 <= x.type.ndim <= 5:
        raise ShapeError(
            f"{op}: x has {x.type.ndim} axes.", operands={"x": x}, origin=here(), fix="pictures are (N, C, H, W)."
        )
    if not x.type.is_float:
        fix = "use x.astype('float32')."
        raise DTypeError(f"{op}: x is {x.type.dtype}.", operands={"x": x}, origin=here(), fix=fix)
    return x


def _resampled(op: str, x: Variable, mode: Any, sizes: Sequence[int], factors: Sequence[int], align: bool) -> Variable:
    if mode not in ("nearest", "linear"):
        raise ArgumentError(f"{op}: mode is {mode!r}.", origin=here(), fix="use 'nearest' or 'linear'.")
    for axis, (size, factor) in enumerate(zip(sizes, factors, strict=True), 2):
        x = Resample(axis, mode, size, factor, bool(align) and mode == "linear")(x)
    return x


@vocabulary(
    case(arr(1, 2, 2, 3), (4, 6)),
    case(arr(1, 1, 4, 4), 2),
    case(arr(1, 1, 3, 5), (5, 3)),
    case(arr(1, 1, 3, 5), (5, 3), "linear"),
    case(arr(1, 2, 2, 3), (4, 5), "linear", align_corners=True),
    case(arr(1, 1, 3, 2), (1, 1), "linear", align_corners=True),
    case(arr(2, 1, 3), 5, "linear"),
    case(arr(1, 1, 2, 1, 2), (3, 2, 1), "linear"),
    case(arr(0, 1, 2, 2), 3, "linear"),
)
def resize(x: Any, size: Any, mode: Mode = "nearest", align_corners: bool = False) -> Variable:
    r"""Pictures in another size: x (N, C, H, W) gives (N, C, *size), and signals or volumes likewise.

    `size` is one int, or one an axis. 'nearest' repeats or leaves out, $y_i = x_{\lfloor i n / m \rfloor}$ where n
    elements become m; 'linear' (bilinear for pictures) weighs the two neighbours of place $(i + 1/2)\,n / m - 1/2$, or
    of $i (n - 1) / (m - 1)$ with `align_corners`. 'linear' is a matrix product along each axis, so that a NaN or an
    infinite element reaches all of its row and column.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    x = _pictures("resize", x)
    sizes = one_per_axis("resize", "size", size, x.type.ndim - 2)
    return _resampled("resize", x, mode, sizes, [1] * len(sizes), align_corners)


@vocabulary(
    case(arr(2, 1, 2, 3), 2),
    case(arr(1, 2, 3, 2), (3, 1)),
    case(arr(1, 1, 2, 3), 2, "linear"),
    case(arr(1, 1, 3, 2), (1, 2), "linear", align_corners=True),
    case(arr(1, 2, 3), 2),
)
def upsample(x: Any, factor: Any = 2, mode: Mode = "nearest", align_corners: bool = False) -> Variable:
    r"""Pictures several times as large: x (N, C, H, W) gives (N, C, f H, f W), and signals or volumes likewise.

    `factor` f is one int, or one an axis; `mode` and `align_corners` are those of `resize`.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    x = _pictures("upsample", x)
    factors = one_per_axis("upsample", "factor", factor, x.type.ndim - 2)
    return _resampled("upsample", x, mode, [0] * len(factors), factors, align_corners)


@vocabulary(
    case(arr(1, 2, 4, 6), 2),
    case(arr(2, 1, 5, 3), (3, 2)),
    case(arr(1, 1, 2, 3), (4, None)),
    case(arr(1, 2, 5), 3),
)
def adaptive_average_pool(x: Any, size: Any) -> Variable:
    r"""Averages over so many shares of each axis: x (N, C, H, W) gives (N, C, *size).

    Share i of m covers the elements from $\lfloor i n / m \rfloor$ to below $\lceil (i + 1) n / m \rceil$ of n. `size`
    is one int, or one an axis; None leaves an axis as it is.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    x = _pictures("adaptive_average_pool", x)
    for axis, m in _shares("adaptive_average_pool", x, size):
        x = x.mean(axis, keepdims=True) if m == 1 else Resample(axis, "average", m)(x)
    return x


@vocabulary(
    case(arr(1, 2, 4, 6), 2),
    case(arr(2, 1, 5, 3), (3, 2)),
    case(arr(1, 1, 2, 3), (4, None)),
    case(arr(1, 2, 5), 3),
    case(arr(1, 1, 4, values=[[[1.0, 3.0, 3.0, float("nan")]]]), 3, order=0),
)
def adaptive_max_pool(x: Any, size: Any) -> Variable:
    r"""The largest elements of so many shares of each axis: x (N, C, H, W) gives (N, C, *size).

    Share i of m covers the elements from $\lfloor i n / m \rfloor$ to below $\lceil (i + 1) n / m \rceil$ of n. `size`
    is one int, or one an axis; None leaves an axis as it is. Equal elements share the gradient as those of `max` do.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    x = _pictures("adaptive_max_pool", x)
    for axis, m in _shares("adaptive_max_pool", x, size):
        known = x.type.shape[axis]
        n: Any = known if isinstance(known, int) else x.shape[axis]
        ends = [(k * n // m, -(-(k + 1) * n // m)) for k in range(m)]
        before = (slice(None),) * axis
        shares = [x[(*before, slice(a, b))].max(axis, keepdims=True) for a, b in ends]
        x = shares[0] if m == 1 else concatenate(shares, axis)
    return x


def _shares(word: str, x: Variable, size: Any) -> list[tuple[int, int]]:
    """The axes to be divided, and into how many shares each."""
    given = tuple(size) if isinstance(size, (tuple, list)) else (size,) * (x.type.ndim - 2)
    counts = one_per_axis(word, "size", tuple(m or 1 for m in given), x.type.ndim - 2)
    return [(axis, m) for axis, (wanted, m) in enumerate(zip(given, counts, strict=True), 2) if wanted is not None]


_WHOLE = (case(arr(2, 3, 2, 4)), case(arr(2, 1, 3)), case(arr(1, 2, 2, 1, 2)))


@vocabulary(*_WHOLE)
def global_average_pool(x: Any) -> Variable:
    r"""The mean of each channel over all its places: x (N, C, H, W) gives (N, C), and signals or volumes likewise.

    Raises: ShapeError, DTypeError. Source: Lin, Chen and Yan, arXiv:1312.4400.
    """
    x = _pictures("global_average_pool", x)
    return x.mean(tuple(range(2, x.type.ndim)))


@vocabulary(*_WHOLE)
def global_max_pool(x: Any) -> Variable:
    r"""The largest element of each channel: x (N, C, H, W) gives (N, C), and signals or volumes likewise.

    Raises: ShapeError, DTypeError.
    """
    x = _pictures("global_max_pool", x)
    return x.max(tuple(range(2, x.type.ndim)))


@vocabulary(
    case(arr(1, 4, 2, 3), 2),
    case(arr(2, 9, 1, 2), 3),
    case(arr(1, 2, 2, 2), 1),
)
def pixel_shuffle(x: Any, factor: int) -> Variable:
    r"""Channels turned into places, $y_{n,\,c,\,fi+a,\,fj+b} = x_{n,\,c f^2 + a f + b,\,i,\,j}$.

    x (N, C f f, H, W) gives (N, C, f H, f W).

    Raises: ShapeError where the channels are no multiple of f f, ArgumentError. Source: Shi et al., arXiv:1609.05158.
    """
    x = as_variable(x)
    if x.type.ndim != 4:
        raise ShapeError(f"pixel_shuffle: x has {x.type.ndim} axes, not 4.", operands={"x": x}, origin=here())
    if not is_int(factor) or factor < 1:
        fix = "give an int of at least 1."
        raise ArgumentError(f"pixel_shuffle: factor is {factor!r}.", origin=here(), fix=fix)
    n, c, h, w = x.shape
    if isinstance(c, int) and c % factor**2:
        raise ShapeError(
            f"pixel_shuffle: {c} channels are no multiple of {factor} x {factor}.", operands={"x": x}, origin=here()
        )
    kept = c // factor**2 if isinstance(c, int) else -1
    apart = reshape(x, (n, kept, factor, factor, h, w))
    moved = transpose(apart, (0, 1, 4, 2, 5, 3))
    return reshape(moved, (n, kept, h * factor, w * factor))
