"""Convolution over any number of spatial axes: one op and its two gradients, each linear in both operands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Op, arr, as_variables, case, vocabulary
from symnet.ops.elementwise import cast
from symnet.ops.matmul import matmul
from symnet.ops.patches import Pads, Patches, Unpatches, _Windows
from symnet.ops.shape import reshape, transpose
from symnet.types import Dim, TensorType, promote, shape_text

__all__ = ["Conv", "ConvInputGrad", "ConvWeightGrad", "conv2d"]


@dataclass(frozen=True)
class _Conv(Op):
    """Family of the convolution and its gradients; x (N, C, *S), w (F, C / groups, *K), y (N, F, *S')."""

    stride: tuple[int, ...] = ()
    pads: Pads = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1

    def windows(self, kernel: Sequence[int]) -> _Windows:
        """The windows of a kernel."""
        return _Windows(tuple(kernel), self.stride, self.dilation, self.pads)

    def like(self, kind: type[_Conv]) -> _Conv:
        """The op of another kind with the same parameters."""
        return kind(self.stride, self.pads, self.dilation, self.groups)

    def patches(self, x: Variable, w: Variable) -> Variable:
        """x as a (groups, C / groups * kernel, windows * N) array."""
        kernel = _sizes(w)[2:]
        columns = Patches(kernel, self.stride, self.dilation, self.pads)(x)
        rows = _sizes(x)[1] // self.groups * int(np.prod(kernel))
        return reshape(columns, (self.groups, rows, -1) if self.groups > 1 else (rows, -1))

    def flat_output(self, y: Variable) -> Variable:
        """y (N, F, *S') as a (groups, F / groups, S' * N) array; a view where the batch is innermost in memory."""
        filters = _sizes(y)[1]
        inner = transpose(y, (*range(1, y.type.ndim), 0))
        return reshape(inner, (self.groups, filters // self.groups, -1) if self.groups > 1 else (filters, -1))

    def flat_weights(self, w: Variable) -> Variable:
        """w as a (groups, F / groups, C / groups * kernel) array."""
        filters = _sizes(w)[0]
        return reshape(w, (self.groups, filters // self.groups, -1) if self.groups > 1 else (filters, -1))


def _sizes(x: Variable) -> tuple[int, ...]:
    return tuple(n for n in x.type.shape if isinstance(n, int))


def _swap(x: Variable) -> Variable:
    return transpose(x, (*range(x.type.ndim - 2), x.type.ndim - 1, x.type.ndim - 2))


def _batch_first(x: Variable) -> Variable:
    return transpose(x, (x.type.ndim - 1, *range(x.type.ndim - 1)))


@dataclass(frozen=True)
class Conv(_Conv):
    """Cross-correlation of images with filters."""

    name = "conv"
    roles = ("x", "w")

    def infer(self, *inputs: Variable) -> TensorType:
        x, w = (v.type for v in inputs)
        channels, wanted, filters = x.shape[1], w.shape[1], w.shape[0]
        if isinstance(channels, int) and isinstance(wanted, int) and channels != wanted * self.groups:
            expected = str(wanted) if self.groups == 1 else f"{wanted} in each of {self.groups} groups"
            example = shape_text((filters, channels // self.groups, *w.shape[2:]))
            raise ShapeError(
                f"conv2d: x has {channels} channels but w expects {expected}.",
                fix=f"w needs shape {example}"
                + (f", or take {wanted} of x's channels: x[:, :{wanted}]." if self.groups == 1 else "."),
            )
        if isinstance(filters, int) and filters % self.groups:
            raise ShapeError(f"conv2d: {filters} filters do not divide into {self.groups} groups.")
        spatial = []
        for k, (n, size) in enumerate(zip(x.shape[2:], w.shape[2:], strict=True)):
            spatial.append(self._count(k, n, size))
        return TensorType(x.dtype, (x.shape[0], filters, *spatial))

    def _count(self, k: int, n: Dim, size: Dim) -> Dim:
        if not isinstance(n, int) or not isinstance(size, int):
            return None
        lo, hi = self.pads[k]
        reach = self.dilation[k] * (size - 1) + 1
        if reach > n + lo + hi:
            raise ShapeError(
                f"conv2d: the filter reaches over {reach} places of axis {k + 2}, but x has {n + lo + hi} there"
                f"{' with padding' if lo or hi else ''}.",
                fix="use a smaller filter, or padding='same'.",
            )
        return (n + lo + hi - reach) // self.stride[k] + 1

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, w = inputs
        return [self.like(ConvInputGrad)(w, g, x), self.like(ConvWeightGrad)(x, g, w)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, w = arrays
        counts = self.windows(w.shape[2:]).counts(x.shape[2:])
        y = np.zeros((x.shape[0], w.shape[0], *counts), x.dtype)
        for seen, weights, place in _terms(self, x, w):
            y[:, place] += np.einsum("nc...,fc->nf...", seen, weights)
        return y

    def lower(self, *inputs: Variable) -> Variable:
        x, w = inputs
        counts = self.windows(_sizes(w)[2:]).counts(_sizes(x)[2:])
        y = matmul(self.flat_weights(w), self.patches(x, w))
        return _batch_first(reshape(y, (_sizes(w)[0], *counts, _sizes(x)[0])))


def _terms(op: _Conv, x: np.ndarray, w: np.ndarray) -> Any:
    """For each group and place of the kernel: what the windows see there, the weights, and the filters' slice."""
    windows = op.windows(w.shape[2:])
    padded = np.pad(x, ((0, 0), (0, 0), *op.pads))
    counts = windows.counts(x.shape[2:])
    c, f = w.shape[1], w.shape[0] // op.groups
    for group, offset in product(range(op.groups), windows.offsets()):
        seen = padded[:, group * c : (group + 1) * c][(slice(None), *windows.at(offset, counts))]
        place = slice(group * f, (group + 1) * f)
        yield seen, w[(place, slice(None), *offset)], place


@dataclass(frozen=True)
class ConvInputGrad(_Conv):
    """The gradient of a convolution by x, from w and the result's cotangent g; of `x` only the shape is used."""

    name = "conv_input_grad"
    roles = ("w", "g", "x")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type.with_shape(inputs[2].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        w, inner, _ = inputs
        return [self.like(ConvWeightGrad)(g, inner, w), self.like(Conv)(g, w), None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        w, g, x = arrays
        padded = np.zeros((*x.shape[:2], *self.windows(w.shape[2:]).padded(x.shape[2:])), g.dtype)
        windows = self.windows(w.shape[2:])
        counts, c, f = windows.counts(x.shape[2:]), w.shape[1], w.shape[0] // self.groups
        for group, offset in product(range(self.groups), windows.offsets()):
            place = slice(group * f, (group + 1) * f)
            term = np.einsum("nf...,fc->nc...", g[:, place], w[(place, slice(None), *offset)])
            padded[:, group * c : (group + 1) * c][(slice(None), *windows.at(offset, counts))] += term
        return padded[(slice(None), *windows.inner(x.shape[2:]))].copy()

    def lower(self, *inputs: Variable) -> Variable:
        w, g, x = inputs
        kernel, spatial = _sizes(w)[2:], _sizes(x)[2:]
        counts = self.windows(kernel).counts(spatial)
        columns = matmul(_swap(self.flat_weights(w)), self.flat_output(g))
        columns = reshape(columns, (_sizes(x)[1], *kernel, *counts, _sizes(x)[0]))
        return _batch_first(Unpatches(kernel, self.stride, self.dilation, self.pads, spatial)(columns))


@dataclass(frozen=True)
class ConvWeightGrad(_Conv):
    """The gradient of a convolution by w, from x and the result's cotangent g; of `w` only the shape is used."""

    name = "conv_weight_grad"
    roles = ("x", "g", "w")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[1].type.with_shape(inputs[2].type.shape)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        x, inner, _ = inputs
        return [self.like(ConvInputGrad)(g, inner, x), self.like(Conv)(x, g), None]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, g, w = arrays
        result = np.zeros(w.shape, g.dtype)
        windows = self.windows(w.shape[2:])
        offsets = windows.offsets() * self.groups
        for (seen, _, place), offset in zip(_terms(self, x, w), offsets, strict=True):
            result[(place, slice(None), *offset)] = np.einsum("nc...,nf...->fc", seen, g[:, place])
        return result

    def lower(self, *inputs: Variable) -> Variable:
        x, g, w = inputs
        return reshape(matmul(self.flat_output(g), _swap(self.patches(x, w))), _sizes(w))


# the user's function ----------------------------------------------------------------------------------------------------


def per_axis(value: Any, axes: int, op: str, what: str) -> tuple[int, ...]:
    """An int for all axes, or one for each; at least 1.

    Raises: ArgumentError.
    """
    values = (value,) * axes if isinstance(value, (int, np.integer)) else tuple(value)
    if len(values) != axes or any(not isinstance(v, (int, np.integer)) or v < 1 for v in values):
        raise ArgumentError(f"{op}: {what} is {value!r}.", fix=f"give an int of at least 1, or {axes} of them.")
    return tuple(int(v) for v in values)


def _pads(padding: Any, x: Variable, w: Variable, stride: Sequence[int], dilation: Sequence[int]) -> Pads:
    axes = x.type.ndim - 2
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * axes
        if padding not in ("same", "full"):
            raise ArgumentError(
                f"conv2d: padding is {padding!r}.", fix="use 'valid', 'same', 'full', an int or one per axis."
            )
        return tuple(
            _named_pads(padding, n, k, s, d)
            for n, k, s, d in zip(x.type.shape[2:], w.type.shape[2:], stride, dilation, strict=True)
        )
    entries = (padding,) * axes if isinstance(padding, (int, np.integer)) else tuple(padding)
    pairs = tuple((p, p) if isinstance(p, (int, np.integer)) else tuple(p) for p in entries)
    if len(pairs) != axes or any(len(p) != 2 or min(p) < 0 for p in pairs):
        raise ArgumentError(f"conv2d: padding is {padding!r}.", fix=f"give an int, {axes} ints, or {axes} pairs.")
    return tuple((int(lo), int(hi)) for lo, hi in pairs)


def _named_pads(padding: str, n: Dim, k: Dim, stride: int, dilation: int) -> tuple[int, int]:
    if not isinstance(k, int) or (padding == "same" and stride > 1 and not isinstance(n, int)):
        raise ShapeError(f"conv2d: padding={padding!r} needs known sizes.", fix="declare them with shape=.")
    reach = dilation * (k - 1)
    if padding == "full":
        return reach, reach
    total = reach if not isinstance(n, int) else max((-(-n // stride) - 1) * stride + reach + 1 - n, 0)
    return total // 2, total - total // 2


@vocabulary(
    case(arr(2, 1, 4, 4), arr(2, 1, 3, 3)),
    case(arr(1, 2, 5, 4), arr(2, 2, 2, 3), stride=2),
    case(arr(2, 2, 3, 3), arr(2, 2, 2, 2), padding="same"),
    case(arr(1, 1, 5, 5), arr(1, 1, 3, 3), padding="same", stride=2),
    case(arr(1, 1, 3, 2), arr(1, 1, 2, 2), padding="full", flip=True),
    case(arr(1, 1, 5, 4), arr(1, 1, 2, 2), dilation=2, padding=(1, 0)),
    case(arr(1, 4, 3, 3), arr(4, 2, 2, 2), groups=2),
    case(arr(1, 2, 3, 3), arr(4, 1, 2, 2), groups=2, padding=((1, 0), (0, 1))),
    case(arr(2, 3, 2, 2), arr(2, 3, 1, 1)),
    case(arr(0, 1, 3, 3), arr(2, 1, 2, 2)),
)
def conv2d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1, groups: int = 1, flip: bool = False
) -> Variable:
    r"""Convolution of images with filters, $y_{nfij} = \sum_{cab} x_{n, c, si + da, sj + db}\, w_{fcab}$.

    x (N, C, H, W), w (F, C / groups, h, w), y (N, F, H', W'). This is cross-correlation, as in every deep-learning
    library; `flip=True` reverses the filters, which is convolution in the strict sense and Theano's default.
    `padding` is 'valid' (none), 'same' (H' is H / stride rounded up), 'full', an int, one per axis, or (before, after)
    pairs. `dilation` spreads the filter; `groups` splits channels and filters into that many separate convolutions.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    x, w = as_variables(x, w)
    if x.type.ndim != 4 or w.type.ndim != 4:
        raise ShapeError(
            f"conv2d: x has {x.type.ndim} axes and w {w.type.ndim}, but both need 4.",
            operands={"x": x, "w": w},
            fix="images are (N, C, H, W): x.reshape((-1, 1, 28, 28)); filters (F, C, h, w).",
        )
    dtype = promote(x.type.dtype, w.type.dtype)
    if not dtype.startswith("float"):
        raise DTypeError(f"conv2d: x is {x.type.dtype} and w {w.type.dtype}.", fix="use floats: x.astype('float32').")
    x, w = cast(x, dtype), cast(w, dtype)
    steps, spread = per_axis(stride, 2, "conv2d", "stride"), per_axis(dilation, 2, "conv2d", "dilation")
    if not isinstance(groups, int) or groups < 1:
        raise ArgumentError(f"conv2d: groups is {groups!r}.", fix="give an int of at least 1.")
    pads = _pads(padding, x, w, steps, spread)
    filters = w[:, :, ::-1, ::-1] if flip else w
    return Conv(steps, pads, spread, groups)(x, filters)
