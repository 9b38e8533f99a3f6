"""Convolution over one, two or three axes: `conv2d` and its kin, and their gradients, ops of their own."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, SymnetError
from symnet.graph import Variable
from symnet.graph.rows import row_count, with_rows
from symnet.op import arr, as_variables, case, vocabulary
from symnet.ops.conv_family import Convolution
from symnet.ops.conv_lowering import forward, input_grad, weight_grad
from symnet.ops.conv_rows import as_channels, as_examples, as_filters, of_channels, of_examples, of_filters, of_shape
from symnet.ops.conversion import cast
from symnet.ops.patches import static
from symnet.ops.windows import Geometry, is_int, one_per_axis, padding_pairs
from symnet.origin import here
from symnet.types import TensorType, promote

__all__ = ["conv1d", "conv2d", "conv3d", "Conv", "ConvInputGrad", "ConvWeightGrad"]

# the ops --------------------------------------------------------------------------------------------------


class Conv(Convolution):
    """The cross-correlation of x (N, C, *size) with the filters w (F, C/groups, *kernel)."""

    name, roles, batched, linear_in = "conv", ("x", "w"), (0,), (0, 1)

    def infer(self, *inputs: Variable) -> TensorType:
        x, w = (v.type for v in inputs)
        return x.with_shape(self.out_shape(x.shape, w.shape))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x, w = inputs
        if not x.type.is_float:
            return [None, None]
        return [_of(ConvInputGrad, self)(w, g, x), _of(ConvWeightGrad, self)(x, g, w)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, w = inputs
        if not self.groups:
            return NotImplemented
        if not rows[1]:
            return of_examples(self(as_examples(x), w), *x.shape[:2])
        n, filters = w.shape[:2]
        if not rows[0]:
            return of_channels(self(x, as_filters(w, self.groups)), n, filters, self.groups)
        many = self._of_rows(n)
        if many is None:
            return NotImplemented
        return of_channels(many(as_channels(x), as_filters(w)), n, filters)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, w = arrays
        a = self.geometry(x.shape, w.shape)
        padded = _grouped(np.pad(x, ((0, 0), (0, 0), *a.pads)), a, 1)
        filters = _grouped(w, a, 0)
        y = np.zeros((a.batch, a.groups, a.filters // a.groups, *a.out), x.dtype)
        for offset, at in a.taps:
            y += np.einsum("ngc...,gfc->ngf...", padded[_BEHIND + at], filters[_BEHIND + offset])
        return y.reshape(a.batch, a.filters, *a.out)

    def lower(self, *inputs: Variable) -> Variable:
        x, w = inputs
        return forward(x, w, self.geometry(static(x), static(w)))


class ConvInputGrad(Convolution):
    """The adjoint of `Conv` in x: what filters w and cotangent g make of it; of x only the shape is used."""

    name, roles, batched, linear_in = "conv_input_grad", ("w", "g", "x"), (1, 2), (0, 1)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[2].type

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        w, cotangent, _ = inputs
        return [_of(ConvWeightGrad, self)(g, cotangent, w), _of(Conv, self)(g, w), None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        w, g, x = inputs
        if not self.groups:
            return NotImplemented
        examples, channels, *size = x.shape[1:] if rows[2] else x.shape
        if not any(rows[:2]):
            return self(w, g, of_shape((examples, channels, *size), x))
        n = row_count(rows, inputs)
        if not rows[0]:
            y = self(w, as_examples(g), of_shape((n * examples, channels, *size), x))
            return of_examples(y, n, examples)
        many, (g,) = self._of_rows(n), with_rows(rows[1:2], (g,), n)
        if many is None:
            return NotImplemented
        like = of_shape((examples, n * channels, *size), x)
        return of_channels(many(as_filters(w), as_channels(g), like), n, channels)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        w, g, x = arrays
        a = self.geometry(x.shape, w.shape)
        filters, g = _grouped(w, a, 0), _grouped(g, a, 1)
        padded = np.pad(np.zeros_like(x), ((0, 0), (0, 0), *a.pads))
        total = _grouped(padded, a, 1)
        for offset, at in a.taps:
            total[_BEHIND + at] += np.einsum("ngf...,gfc->ngc...", g, filters[_BEHIND + offset])
        inner = tuple(slice(low, low + n) for n, (low, _) in zip(a.size, a.pads, strict=True))
        return np.ascontiguousarray(total.reshape(padded.shape)[(slice(None), slice(None), *inner)])

    def lower(self, *inputs: Variable) -> Variable:
        w, g, x = inputs
        return input_grad(w, g, self.geometry(static(x), static(w)))


class ConvWeightGrad(Convolution):
    """The adjoint of `Conv` in w: what x and cotangent g make of it; of w only the shape is used."""

    name, roles, linear_in = "conv_weight_grad", ("x", "g", "w"), (0, 1)
    batched, adds_up = (0, 1), True

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[2].type

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x, cotangent, _ = inputs
        return [_of(ConvInputGrad, self)(g, cotangent, x), _of(Conv, self)(x, g), None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, g, w = inputs
        if not self.groups:
            return NotImplemented
        filters, *rest = w.shape[1:] if rows[2] else w.shape
        if not any(rows[:2]):
            return self(x, g, of_shape((filters, *rest), w))
        n = row_count(rows, inputs)
        like = of_shape((n * filters, *rest), w)
        if not rows[0]:
            return of_filters(self(x, as_channels(g, self.groups), like), n, filters, self.groups)
        many, (g,) = self._of_rows(n), with_rows(rows[1:2], (g,), n)
        if many is None:
            return NotImplemented
        return of_filters(many(as_channels(x), as_channels(g), like), n, filters)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, g, w = arrays
        a = self.geometry(x.shape, w.shape)
        padded, g = _grouped(np.pad(x, ((0, 0), (0, 0), *a.pads)), a, 1), _grouped(g, a, 1)
        filters = _grouped(np.zeros_like(w), a, 0)
        flat = g.reshape(*g.shape[:3], prod(a.out))
        for offset, at in a.taps:
            seen = padded[_BEHIND + at].reshape(*padded.shape[:3], prod(a.out))
            filters[_BEHIND + offset] = np.einsum("ngfp,ngcp->gfc", flat, seen)
        return filters.reshape(w.shape)

    def lower(self, *inputs: Variable) -> Variable:
        x, g, w = inputs
        return weight_grad(x, g, self.geometry(static(x), static(w)))


_BEHIND = (slice(None),) * 3  # batch, group and channel; or group, filter and channel


def _of(kind: type[Convolution], op: Convolution) -> Convolution:
    """Another op of the family, with the same parameters."""
    return kind(op.stride, op.padding, op.dilation, op.groups)


def _grouped(array: np.ndarray, a: Geometry, axis: int) -> np.ndarray:
    """The array with the groups along `axis` as an axis of their own."""
    shape = array.shape
    return array.reshape(*shape[:axis], a.groups, shape[axis] // a.groups, *shape[axis + 1 :])


# the user's functions -------------------------------------------------------------------------------------


def _convolve(
    op: str, ndim: int, x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: Any, flip: bool
) -> Variable:
    a, b = as_variables(x, w)
    try:
        if padding not in ("same", "full") or not isinstance(padding, str):
            padding = padding_pairs(op, 0 if padding == "valid" else padding, ndim)
        if groups != "depthwise" and (not is_int(groups) or groups < 1):
            fix = "give the number of groups, at least 1, or 'depthwise'."
            raise ArgumentError(f"{op}: groups is {groups!r}.", fix=fix)
        made = Conv(
            one_per_axis(op, "stride", stride, ndim), padding,
            one_per_axis(op, "dilation", dilation, ndim), 0 if groups == "depthwise" else int(groups),
        )
        if "bool" in (a.type.dtype, b.type.dtype):
            raise DTypeError(f"{op} is not defined for bool.", fix="cast to a number type first.")
    except SymnetError as error:
        raise error.at({"x": a, "w": b}, here()) from None
    dtype = promote(a.type.dtype, b.type.dtype)
    if flip and b.type.ndim == ndim + 2:
        b = b[(slice(None), slice(None), *(slice(None, None, -1),) * ndim)]
    return made(cast(a, dtype), cast(b, dtype))


@vocabulary(
    case(arr(2, 2, 4, 5), arr(3, 2, 2, 3)),
    case(arr(1, 1, 4, 4), arr(1, 1, 3, 3), padding="same"),
    case(arr(2, 1, 4, 3), arr(2, 1, 2, 2), padding="same"),
    case(arr(1, 2, 5, 4), arr(1, 2, 3, 2), stride=2, padding="same"),
    case(arr(1, 1, 3, 2), arr(2, 1, 2, 3), padding="full"),
    case(arr(1, 1, 3, 3), arr(1, 1, 2, 2), padding="full", stride=(2, 1), dilation=(1, 2)),
    case(arr(1, 2, 4, 5), arr(2, 2, 3, 3), padding=1, stride=2),
    case(arr(1, 1, 3, 4), arr(1, 1, 2, 2), padding=(0, 1), stride=(1, 3)),
    case(arr(1, 1, 4, 4), arr(1, 1, 2, 2), padding=1, stride=3),
    case(arr(1, 1, 3, 4), arr(1, 1, 3, 2), padding=((2, 0), (0, 1))),
    case(arr(1, 1, 6, 5), arr(2, 1, 2, 2), dilation=(3, 2), stride=(2, 1)),
    case(arr(2, 4, 3, 3), arr(2, 2, 2, 2), groups=2),
    case(arr(1, 3, 4, 3), arr(6, 1, 2, 2), groups=3, padding="same", stride=2),
    case(arr(1, 2, 3, 3), arr(1, 2, 2, 2), flip=True),
    case(arr(2, 3, 2, 2), arr(2, 3, 1, 1)),
    case(arr(1, 4, 2, 2), arr(2, 2, 1, 1), groups=2),
    case(arr(1, 2, 4, 4), arr(2, 2, 1, 1), stride=2),
    case(arr(1, 1, 4, 4), arr(1, 1, 2, 2), stride=2),
    case(arr(1, 1, 5, 4), arr(1, 1, 2, 1), stride=3),
    case(arr(8, 1, 5, 3), arr(2, 1, 3, 2)),
    case(arr(12, 1, 5, 2), arr(1, 1, 2, 2), stride=(2, 1), padding=((1, 0), (1, 1))),
    case(arr(0, 2, 3, 3), arr(2, 2, 2, 2)),
    case(arr(1, 1, 3, 3), arr(1, 1, 3, 3)),
    case(arr(1, 1, 2, 3, dtype="int32"), arr(1, 1, 2, 2, dtype="int64")),
    case(arr(1, 1, 2, 3, dtype="int32"), arr(1, 1, 2, 2)),
)
def conv2d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1,
    groups: int | Literal["depthwise"] = 1, flip: bool = False,
) -> Variable:
    r"""Convolution of pictures with filters, $y_{nfij} = \sum_{cab} x_{n,\,c,\,si+da,\,sj+db}\; w_{fcab}$.

    x (N, C, H, W) and w (F, C/groups, kh, kw) give (N, F, oh, ow) with oh = floor((H + pads - d (kh - 1) - 1) / s) + 1.
    This is the cross-correlation, as most networks compute it; `flip=True` turns the filters over first, the true
    convolution, as Theano does. `stride` and `dilation` are one int, or one an axis. `padding` with zeros is "valid"
    (none), "full" (every overlap), "same" (ceil(H / s) results; an odd zero goes to the bottom and right), an int, a
    pair (rows, columns), or ((top, bottom), (left, right)). With `groups` g, filter block k of F/g sees only the k-th
    C/g channels: g = C, or "depthwise" where C is not known yet, is the depthwise convolution.

    Raises: ShapeError where channels, groups or kernel do not fit x; ArgumentError for parameters out of range.
    """
    return _convolve("conv2d", 2, x, w, stride, padding, dilation, groups, flip)


@vocabulary(
    case(arr(2, 2, 6), arr(3, 2, 3)),
    case(arr(2, 2, 6), arr(2, 1, 2), stride=2, padding="same", groups=2),
    case(arr(1, 1, 6), arr(1, 1, 3), padding=((2, 0),), dilation=2, flip=True),
    case(arr(20, 1, 4), arr(1, 1, 2), padding="full"),
)
def conv1d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1,
    groups: int | Literal["depthwise"] = 1, flip: bool = False,
) -> Variable:
    r"""Convolution along one axis, $y_{nfi} = \sum_{ca} x_{n,\,c,\,si+da}\; w_{fca}$.

    x (N, C, L) and w (F, C/groups, k) give (N, F, out); the parameters are those of `conv2d`.

    Raises: ShapeError where channels, groups or kernel do not fit x; ArgumentError for parameters out of range.
    """
    return _convolve("conv1d", 1, x, w, stride, padding, dilation, groups, flip)


@vocabulary(
    case(arr(2, 1, 3, 2, 3), arr(1, 1, 2, 2, 2)),
    case(arr(1, 2, 2, 2, 3), arr(2, 1, 1, 2, 2), stride=(1, 1, 2), padding="same", groups=2),
    case(arr(7, 1, 3, 2, 2), arr(1, 1, 2, 1, 2), padding=(0, 0, 1)),
)
def conv3d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1,
    groups: int | Literal["depthwise"] = 1, flip: bool = False,
) -> Variable:
    r"""Convolution over three axes, $y_{nfijk} = \sum_{cabe} x_{n,\,c,\,si+da,\,sj+db,\,sk+de}\; w_{fcabe}$.

    x (N, C, D, H, W) and w (F, C/groups, kd, kh, kw) give (N, F, *out); the parameters are those of `conv2d`.

    Raises: ShapeError where channels, groups or kernel do not fit x; ArgumentError for parameters out of range.
    """
    return _convolve("conv3d", 3, x, w, stride, padding, dilation, groups, flip)
