"""Convolutional layers over one, two or three axes, and their transposes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, ClassVar, Literal

from symnet.graph import Variable
from symnet.nn.initialise import Fans, he_normal
from symnet.nn.layer import Layer, Seed
from symnet.ops import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d, dimshuffle
from symnet.ops.windows import one_per_axis


class _Filters(Layer):
    """Family of layers with filters that slide over the last axes."""

    axes: ClassVar[int]
    convolve: ClassVar[Callable[..., Variable]]

    filters: int
    size: Any
    groups: Any
    _starts: tuple[Any, Any]

    def make(self, *inputs: Variable) -> None:
        channels = self.known(inputs[0], 1, "channels")
        window = one_per_axis(self.title, "size", self.size, self.axes)
        groups = channels if self.groups == "depthwise" else self.groups
        w, b = self._starts
        fans = Fans(channels // groups * prod(window), self.filters // groups * prod(window))
        self.w = self.parameter("w", (*self._outer(channels, groups), *window), w, fans)
        self.b = None if b is None else self.parameter("b", (self.filters,), b)

    def _outer(self, channels: int, groups: int) -> tuple[int, int]:
        raise NotImplementedError

    def _options(self) -> dict[str, Any]:
        raise NotImplementedError

    def forward(self, *inputs: Variable) -> Variable:
        y = type(self).convolve(inputs[0], self.w, **self._options())
        return y if self.b is None else y + dimshuffle(self.b, ("x", 0, *"x" * self.axes))


class _Conv(_Filters):
    kind = "conv"

    def __init__(
        self,
        filters: int,
        size: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int | Literal["depthwise"] = 1,
        *,
        w: Any = he_normal,
        b: Any = 0.0,
        name: str | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.filters, self.size, self.stride = filters, size, stride
        self.padding, self.dilation, self.groups = padding, dilation, groups
        self._starts = w, b

    def _outer(self, channels: int, groups: int) -> tuple[int, int]:
        return self.filters, channels // groups

    def _options(self) -> dict[str, Any]:
        return {
            "stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups,
        }  # fmt: skip


class Conv1d(_Conv):
    r"""Convolution along one axis, $y = w \star x + b$.

    x (N, C, L), y (N, filters, L'), w (filters, C / groups, size), b (filters,). The other arguments are those of
    `symnet.conv1d`; weights start by `w`, biases at `b`, and with `b=None` there are none.

    Raises: ShapeError, ArgumentError.
    """

    axes, convolve = 1, conv1d


class Conv2d(_Conv):
    r"""Convolution of pictures, $y = w \star x + b$.

    x (N, C, H, W), y (N, filters, H', W'), w (filters, C / groups, *size), b (filters,); `size` is an int or (rows,
    columns). The other arguments are those of `symnet.conv2d`; weights start by `w`, biases at `b`, and with `b=None`
    there are none.

    Raises: ShapeError, ArgumentError.
    """

    axes, convolve = 2, conv2d


class Conv3d(_Conv):
    r"""Convolution of volumes, $y = w \star x + b$.

    x (N, C, D, H, W), y (N, filters, D', H', W'), w (filters, C / groups, *size), b (filters,). The other arguments are
    those of `symnet.conv3d`; weights start by `w`, biases at `b`, and with `b=None` there are none.

    Raises: ShapeError, ArgumentError.
    """

    axes, convolve = 3, conv3d


class _ConvTranspose(_Filters):
    kind = "conv_transpose"

    def __init__(
        self,
        filters: int,
        size: Any,
        stride: Any = 1,
        padding: Any = "valid",
        output_padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        *,
        w: Any = he_normal,
        b: Any = 0.0,
        name: str | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__(name=name, rng=rng)
        self.filters, self.size, self.stride, self.padding = filters, size, stride, padding
        self.output_padding, self.dilation, self.groups = output_padding, dilation, groups
        self._starts = w, b

    def _outer(self, channels: int, groups: int) -> tuple[int, int]:
        return channels, self.filters // groups

    def _options(self) -> dict[str, Any]:
        return {
            "stride": self.stride, "padding": self.padding, "output_padding": self.output_padding,
            "dilation": self.dilation, "groups": self.groups,
        }  # fmt: skip


class ConvTranspose1d(_ConvTranspose):
    r"""The transpose of a convolution along one axis, which makes sequences longer; biases are added.

    x (N, C, L), y (N, filters, L'), w (C, filters / groups, size), b (filters,). The arguments are those of
    `symnet.conv_transpose1d`.

    Raises: ShapeError, ArgumentError.
    """

    axes, convolve = 1, conv_transpose1d


class ConvTranspose2d(_ConvTranspose):
    r"""The transpose of a convolution of pictures, which makes them larger; biases are added.

    x (N, C, H, W), y (N, filters, H', W'), w (C, filters / groups, *size), b (filters,). The arguments are those of
    `symnet.conv_transpose2d`.

    Raises: ShapeError, ArgumentError.
    """

    axes, convolve = 2, conv_transpose2d


class ConvTranspose3d(_ConvTranspose):
    r"""The transpose of a convolution of volumes, which makes them larger; biases are added.

    x (N, C, D, H, W), y (N, filters, D', H', W'), w (C, filters / groups, *size), b (filters,). The arguments are those
    of `symnet.conv_transpose3d`.

    Raises: ShapeError, ArgumentError.
    """

    axes, convolve = 3, conv_transpose3d
