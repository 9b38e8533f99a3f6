"""Transposed convolution, the gradient of a convolution as a layer of its own; depthwise and separable convolution."""

from __future__ import annotations

from typing import Any, Literal

from symnet.errors import ArgumentError, DTypeError, ShapeError, SymnetError
from symnet.graph import Variable
from symnet.op import Composite, arr, as_variables, case, vocabulary
from symnet.ops.conv import ConvInputGrad, conv2d
from symnet.ops.conversion import cast
from symnet.ops.create import zeros
from symnet.ops.windows import Pads, is_int, one_per_axis, padding_pairs
from symnet.origin import here
from symnet.types import Dim, TensorType, promote, shape_text

__all__ = [
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "depthwise_conv2d", "separable_conv2d",
    "ConvTranspose",
]  # fmt: skip

# the op ---------------------------------------------------------------------------------------------------------------


class ConvTranspose(Composite):
    """What the convolution from `filters` back to `channels` makes of a cotangent x (N, filters, *size)."""

    stride: tuple[int, ...]
    padding: Pads | Literal["same"]
    dilation: tuple[int, ...]
    groups: int
    output_padding: tuple[int, ...]

    name, roles, linear_in = "conv_transpose", ("x", "w"), (0, 1)

    def _size(self, n: Any, k: Any, axis: int) -> Any:
        if self.padding == "same":
            return n * self.stride[axis]
        low, high = self.padding[axis]
        more = self.output_padding[axis] + 1 - self.stride[axis] - low - high
        return n * self.stride[axis] + (k - 1) * self.dilation[axis] + more

    def infer(self, *inputs: Variable) -> TensorType:
        x, w = (v.type for v in inputs)
        self._check(x, w)
        channels = w.shape[1] * self.groups if isinstance(w.shape[1], int) else w.shape[1] if self.groups == 1 else None
        sizes: list[Dim] = []
        for axis, (n, k) in enumerate(zip(x.shape[2:], w.shape[2:], strict=True)):
            known = isinstance(n, int) and (isinstance(k, int) or self.padding == "same")
            size = self._size(n, k, axis) if known else None
            if size is not None and size < 1:
                raise ShapeError(
                    f"{self.word}: axis {axis + 2} has {n} elements, and {size} are left after padding.",
                    fix="use less padding.",
                )
            sizes.append(size)
        return x.with_shape((x.shape[0], channels, *sizes))

    @property
    def word(self) -> str:
        """What users call it."""
        return f"conv_transpose{len(self.stride)}d"

    def _check(self, x: TensorType, w: TensorType) -> None:
        ndim = len(self.stride) + 2
        for role, v, form in (("x", x, "(N, F, {})"), ("w", w, "(F, C/groups, {})")):
            if v.ndim != ndim:
                axes = {1: "L", 2: "H, W", 3: "D, H, W"}[ndim - 2]
                raise ShapeError(
                    f"{self.word}: {role} has {v.ndim} axes, but {ndim} are needed: {form.format(axes)}.",
                )
        given, wanted = x.shape[1], w.shape[0]
        if isinstance(given, int) and isinstance(wanted, int) and given != wanted:
            raise ShapeError(
                f"{self.word}: x has {given} channels but w expects {wanted}.",
                fix=f"w needs shape {shape_text((given, *w.shape[1:]))}: the channels that go in come first.",
            )
        if isinstance(wanted, int) and wanted % self.groups:
            raise ShapeError(f"{self.word}: the {wanted} channels of x do not divide into {self.groups} groups.")

    def expand(self, *inputs: Variable) -> Variable:
        x, w = inputs
        sizes = [self._size(n, k, axis) for axis, (n, k) in enumerate(zip(x.shape[2:], w.shape[2:], strict=True))]
        # Of what stands for the convolution's operand only the shape is used.
        like = zeros((x.shape[0], w.shape[1] * self.groups, *sizes), x.type.dtype)
        return ConvInputGrad(self.stride, self.padding, self.dilation, self.groups)(w, x, like)


# the user's functions -------------------------------------------------------------------------------------------------


def _transposed(
    ndim: int, x: Any, w: Any, stride: Any, padding: Any, output_padding: Any, dilation: Any, groups: Any, flip: bool
) -> Variable:
    op = f"conv_transpose{ndim}d"
    a, b = as_variables(x, w)
    try:
        if not is_int(groups) or groups < 1:
            raise ArgumentError(f"{op}: groups is {groups!r}.", fix="give the number of groups, at least 1.")
        if "bool" in (a.type.dtype, b.type.dtype):
            raise DTypeError(f"{op} is not defined for bool.", fix="cast to a number type first.")
        steps, dilations = one_per_axis(op, "stride", stride, ndim), one_per_axis(op, "dilation", dilation, ndim)
        extra = _extra(op, output_padding, steps)
        pads: Pads | Literal["same"] = "same"
        if not isinstance(padding, str) or padding != "same":
            pads = padding_pairs(op, 0 if padding == "valid" else padding, ndim)
    except SymnetError as error:
        raise error.at({"x": a, "w": b}, here()) from None
    dtype = promote(a.type.dtype, b.type.dtype)
    if flip and b.type.ndim == ndim + 2:
        b = b[(slice(None), slice(None), *(slice(None, None, -1),) * ndim)]
    return ConvTranspose(steps, pads, dilations, int(groups), extra)(cast(a, dtype), cast(b, dtype))


def _extra(op: str, value: Any, stride: tuple[int, ...]) -> tuple[int, ...]:
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(stride)
    if len(given) != len(stride) or not all(is_int(n) and 0 <= n < s for n, s in zip(given, stride, strict=True)):
        raise ArgumentError(
            f"{op}: output_padding is {value!r} for a stride of {stride}.",
            fix="it is the number of last elements that no window reached: an int from 0 to below the stride.",
        )
    return tuple(int(n) for n in given)


@vocabulary(
    case(arr(2, 3, 2, 3), arr(3, 2, 2, 2)),
    case(arr(1, 2, 2, 3), arr(2, 1, 3, 2), stride=2, padding=1, output_padding=1),
    case(arr(1, 1, 2, 2), arr(1, 2, 3, 3), stride=(2, 3), padding=(0, 1), output_padding=(1, 2), dilation=(1, 2)),
    case(arr(1, 4, 2, 2), arr(4, 1, 2, 2), stride=2, groups=2),
    case(arr(1, 2, 3, 2), arr(2, 1, 3, 3), stride=2, padding="same"),
    case(arr(1, 1, 2, 2), arr(1, 1, 1, 2), stride=3, padding="same"),
    case(arr(1, 1, 3, 3), arr(1, 1, 2, 2), padding=((1, 0), (0, 1)), flip=True),
    case(arr(0, 1, 2, 2), arr(1, 1, 2, 2)),
)
def conv_transpose2d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", output_padding: Any = 0, dilation: Any = 1,
    groups: int = 1, flip: bool = False,
) -> Variable:
    r"""Transposed convolution of pictures: $y_{nc,\,si+da,\,sj+db} \mathrel{+}= x_{nfij} w_{fcab}$.

    x (N, F, H, W) and w (F, C/groups, kh, kw) give (N, C, oh, ow) with oh = s (H - 1) + d (kh - 1) + 1 - pads +
    output_padding: the gradient of the `conv2d` with these parameters by its pictures, with which it shares the forms
    of `stride`, `padding`, `dilation` and `groups`. Padding is cut off the result; "same" gives s H elements.
    `output_padding` counts last elements that no window reached. `flip=True` turns the filters over first.

    Raises: ShapeError where channels, groups or padding do not fit; ArgumentError for parameters out of range.
    Source: Zeiler et al., CVPR 2010; Dumoulin and Visin, arXiv:1603.07285.
    """
    return _transposed(2, x, w, stride, padding, output_padding, dilation, groups, flip)


@vocabulary(
    case(arr(2, 2, 3), arr(2, 3, 2)),
    case(arr(1, 2, 3), arr(2, 1, 3), stride=2, padding=1, output_padding=1, groups=2),
    case(arr(1, 1, 3), arr(1, 1, 2), padding=((1, 0),), dilation=2),
)
def conv_transpose1d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", output_padding: Any = 0, dilation: Any = 1,
    groups: int = 1, flip: bool = False,
) -> Variable:
    r"""Transposed convolution along one axis: $y_{nc,\,si+da} \mathrel{+}= x_{nfi} w_{fca}$.

    x (N, F, L) and w (F, C/groups, k) give (N, C, out); the parameters are those of `conv_transpose2d`.

    Raises: ShapeError where channels, groups or padding do not fit; ArgumentError for parameters out of range.
    """
    return _transposed(1, x, w, stride, padding, output_padding, dilation, groups, flip)


@vocabulary(
    case(arr(1, 2, 2, 2, 1), arr(2, 1, 2, 2, 2)),
    case(arr(1, 1, 2, 1, 2), arr(1, 1, 2, 1, 2), stride=(2, 1, 2), padding=(1, 0, 0), output_padding=(1, 0, 1)),
)
def conv_transpose3d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", output_padding: Any = 0, dilation: Any = 1,
    groups: int = 1, flip: bool = False,
) -> Variable:
    r"""Transposed convolution over three axes: $y_{nc,\,si+da,\,sj+db,\,sk+de} \mathrel{+}= x_{nfijk} w_{fcabe}$.

    x (N, F, D, H, W) and w (F, C/groups, kd, kh, kw) give (N, C, *out); the parameters are those of
    `conv_transpose2d`.

    Raises: ShapeError where channels, groups or padding do not fit; ArgumentError for parameters out of range.
    """
    return _transposed(3, x, w, stride, padding, output_padding, dilation, groups, flip)


@vocabulary(
    case(arr(2, 3, 4, 3), arr(3, 1, 2, 2)),
    case(arr(1, 2, 4, 4), arr(4, 1, 3, 3), stride=2, padding="same"),
)
def depthwise_conv2d(
    x: Any, w: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1, flip: bool = False
) -> Variable:
    r"""Convolution of each channel by itself, $y_{n,\,cm+f,\,ij} = \sum_{ab} x_{nc,\,si+da,\,sj+db}\; w_{cm+f,\,0ab}$.

    x (N, C, H, W) and w (C m, 1, kh, kw), m filters for each channel, give (N, C m, oh, ow): `conv2d` with as many
    groups as channels, whose parameters it shares.

    Raises: ShapeError where channels or kernel do not fit x, ArgumentError.
    """
    return conv2d(x, w, stride, padding, dilation, "depthwise", flip)


@vocabulary(
    case(arr(2, 3, 4, 3), arr(3, 1, 2, 2), arr(2, 3, 1, 1)),
    case(arr(1, 2, 4, 4), arr(4, 1, 3, 3), arr(3, 4, 1, 1), stride=2, padding="same"),
)
def separable_conv2d(
    x: Any, depthwise: Any, pointwise: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1,
    flip: bool = False,
) -> Variable:
    r"""Depthwise convolution, then one across channels: `conv2d(depthwise_conv2d(x, u), v)` for filters u and v.

    x (N, C, H, W), u (C m, 1, kh, kw) and v (F, C m, 1, 1) give (N, F, oh, ow); the parameters are those of `conv2d`,
    and speak of the first of the two.

    Raises: ShapeError where channels or kernels do not fit, ArgumentError. Source: Chollet, arXiv:1610.02357.
    """
    return conv2d(depthwise_conv2d(x, depthwise, stride, padding, dilation, flip), pointwise)
