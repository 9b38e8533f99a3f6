"""Pooling layers: a window's largest value or mean, or a channel's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.nn.layer import Layer
from symnet.ops import max as max_along
from symnet.ops import mean, pool1d, pool2d, pool3d
from symnet.origin import here


class _Pool(Layer):
    """Family of poolings over windows."""

    kind = "pool"
    pool: ClassVar[Callable[..., Variable]]
    mode: ClassVar[str]

    def __init__(
        self, size: Any = 2, stride: Any = None, padding: Any = 0, ceil: bool = False, *, name: str | None = None
    ) -> None:
        super().__init__(name=name)
        self.size, self.stride, self.padding, self.ceil = size, stride, padding, ceil

    def forward(self, *inputs: Variable) -> Variable:
        return type(self).pool(inputs[0], self.size, self.stride, self.padding, self.mode, self.ceil)


class MaxPool1d(_Pool):
    """The largest value of each window: x (N, C, L), y (N, C, L'); arguments as of `symnet.pool1d`."""

    pool, mode = pool1d, "max"


class MaxPool2d(_Pool):
    """The largest value of each window: x (N, C, H, W), y (N, C, H', W'); arguments as of `symnet.pool2d`."""

    pool, mode = pool2d, "max"


class MaxPool3d(_Pool):
    """The largest value of each window: x (N, C, D, H, W), y alike; arguments as of `symnet.pool3d`."""

    pool, mode = pool3d, "max"


class AvgPool1d(_Pool):
    """The mean of each window: x (N, C, L), y (N, C, L'); arguments as of `symnet.pool1d`."""

    pool, mode = pool1d, "average"


class AvgPool2d(_Pool):
    """The mean of each window: x (N, C, H, W), y (N, C, H', W'); arguments as of `symnet.pool2d`."""

    pool, mode = pool2d, "average"


class AvgPool3d(_Pool):
    """The mean of each window: x (N, C, D, H, W), y alike; arguments as of `symnet.pool3d`."""

    pool, mode = pool3d, "average"


class _GlobalPool(Layer):
    kind = "pool"
    reduce: ClassVar[Callable[..., Variable]]

    def forward(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        if x.type.ndim < 3:
            raise ShapeError(
                f"{self.title}: x has {x.type.ndim} axes, but at least 3 are needed: (N, C, L, ...).",
                operands={"x": x},
                origin=here(),
            )
        return type(self).reduce(x, axis=tuple(range(2, x.type.ndim)))


class GlobalMaxPool(_GlobalPool):
    """The largest value of each channel: x (N, C, L, ...), y (N, C)."""

    reduce = max_along


class GlobalAvgPool(_GlobalPool):
    """The mean of each channel: x (N, C, L, ...), y (N, C)."""

    reduce = mean
