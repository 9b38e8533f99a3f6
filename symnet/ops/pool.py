"""Pooling over one, two or three axes: `pool2d` and its kin give a window's maximum, sum or average."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Composite, arr, as_variable, case, vocabulary
from symnet.ops.create import ones
from symnet.ops.pool_along import Along, MaxAlong, SumAlong
from symnet.ops.shape import reshape
from symnet.ops.windows import is_int, one_per_axis
from symnet.types import TensorType

__all__ = ["Pool", "pool1d", "pool2d", "pool3d"]

Mode = Literal["max", "sum", "average", "average_padded"]


class Pool(Composite):
    """Pooling over the last axes, one named node until it is expanded into poolings along each, first to last."""

    mode: Mode
    window: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    ceil: bool = False

    name = "pool"
    roles = ("x",)

    def _along(self, kind: type[Along], axis: int, ndim: int) -> Along:
        k = axis - ndim
        return kind(axis, self.window[k], self.stride[k], self.padding[k], self.padding[k], self.ceil)

    def _axes(self, x: Variable) -> range:
        return range(x.type.ndim - len(self.window), x.type.ndim)

    def infer(self, *inputs: Variable) -> TensorType:
        type = inputs[0].type
        for axis in self._axes(inputs[0]):
            type = self._along(Along, axis, type.ndim).pooled(type)
        return type

    def expand(self, *inputs: Variable) -> Variable:
        x = y = inputs[0]
        kind = MaxAlong if self.mode == "max" else SumAlong
        for axis in self._axes(x):
            y = self._along(kind, axis, x.type.ndim)(y)
        if self.mode.startswith("average") and not any(self.padding) and not self.ceil:
            return y / prod(self.window)
        if self.mode.startswith("average"):
            for axis in self._axes(x):
                y = y / self._counted(x, axis)
        return y

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*inputs)  # the axes it pools over are the last

    def _counted(self, x: Variable, axis: int) -> Variable:
        """How many places each window counts along an axis, shaped to divide the sums."""
        k = axis - x.type.ndim
        places, pad = x.shape[axis], self.padding[k]
        if self.mode == "average_padded":
            places, pad = places + 2 * pad, 0
        counts = SumAlong(0, self.window[k], self.stride[k], pad, pad, self.ceil)(ones(places, x.type.dtype))
        return reshape(counts, (-1,) + (1,) * (-k - 1))


# the user's functions -----------------------------------------------------------------------------------------------

_FORMS = {1: "signals are (N, C, L)", 2: "images are (N, C, H, W)", 3: "volumes are (N, C, D, H, W)"}


def _pool(
    op: str, ndim: int, x: Any, window: Any, stride: Any, padding: Any, mode: Any, ceil: bool
) -> Variable:
    x = as_variable(x)
    if x.type.ndim != ndim + 2:
        sizes = ", ".join(["-1", "1", *["28"] * ndim])
        raise ShapeError(
            f"{op}: x has {x.type.ndim} axes, not {ndim + 2}.",
            operands={"x": x},
            fix=f"{_FORMS[ndim]}: x.reshape(({sizes})).",
        )
    if not x.type.is_float:
        raise DTypeError(f"{op}: x is {x.type.dtype}.", operands={"x": x}, fix="use x.astype('float32').")
    if mode not in ("max", "sum", "average", "average_padded"):
        raise ArgumentError(f"{op}: mode is {mode!r}.", fix="use 'max', 'sum', 'average' or 'average_padded'.")
    size = one_per_axis(op, "window", window, ndim)
    steps = size if stride is None else one_per_axis(op, "stride", stride, ndim)
    pads = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * ndim
    if len(pads) != ndim or not all(is_int(p) and p >= 0 for p in pads):
        raise ArgumentError(f"{op}: padding is {padding!r}.", fix=f"give an int of at least 0, or {ndim} of them.")
    if any(2 * p > k for p, k in zip(pads, size, strict=True)):
        raise ArgumentError(
            f"{op}: padding {pads} is more than half the window {size}.", fix="a window must see some of x."
        )
    return Pool(mode, size, steps, tuple(int(p) for p in pads), ceil)(x)


@vocabulary(
    case(arr(1, 1, 4, 4), 2),
    case(arr(2, 1, 5, 4), 2),
    case(arr(1, 2, 4, 5), (3, 2), stride=1),
    case(arr(1, 1, 5, 5), 3, stride=2, padding=1),
    case(arr(1, 1, 5, 5), 2, ceil=True),
    case(arr(1, 1, 5, 4), 2, mode="sum"),
    case(arr(1, 1, 5, 5), 3, stride=2, padding=1, mode="average"),
    case(arr(1, 1, 5, 5), 3, stride=2, padding=1, mode="average_padded"),
    case(arr(1, 1, 5, 5), 2, mode="average", ceil=True),
    case(arr(values=[[[[1.0, 1.0, 2.0, 0.0], [1.0, 1.0, 0.0, 2.0]]]]), 2, order=0),
    case(arr(0, 1, 4, 4), 2),
)
def pool2d(
    x: Any, window: Any = 2, stride: Any = None, padding: Any = 0, mode: Mode = "max", ceil: bool = False
) -> Variable:
    r"""Pooling of images over windows, $y_{ncij} = \max_{ab} x_{n, c, si + a, sj + b}$ or the sum or average.

    x (N, C, H, W), y (N, C, H', W'). `stride` is the window's size by default; a size is an int or (rows, columns).
    `mode` is 'max', 'sum', 'average' (over the places inside the image) or 'average_padded' (padding counts as 0).
    With `ceil` a last window may reach past the edge.

    The gradient of a maximum goes to one place even where several hold it: to the leftmost column that does, and
    in it to the topmost row.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _pool("pool2d", 2, x, window, stride, padding, mode, ceil)


@vocabulary(
    case(arr(2, 2, 7), 2),
    case(arr(1, 2, 6), 3, stride=1, padding=(1,)),
    case(arr(1, 1, 6), 4, stride=3, padding=1, ceil=True),
    case(arr(2, 1, 5), 3, stride=2, mode="sum"),
    case(arr(1, 1, 5), 3, stride=2, padding=1, mode="average"),
    case(arr(1, 1, 5), 3, stride=2, padding=1, mode="average_padded"),
    case(arr(values=[[[1.0, 1.0, 2.0, 2.0, 2.0]]]), 3, stride=1, order=0),
    case(arr(1, 1, 1), 1),
)
def pool1d(
    x: Any, window: Any = 2, stride: Any = None, padding: Any = 0, mode: Mode = "max", ceil: bool = False
) -> Variable:
    r"""Pooling of signals over windows, $y_{nci} = \max_a x_{n, c, si + a}$ or the sum or average.

    x (N, C, L), y (N, C, L'); the parameters are those of `pool2d`. The gradient of a maximum goes to the first
    place that holds it.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _pool("pool1d", 1, x, window, stride, padding, mode, ceil)


@vocabulary(
    case(arr(1, 2, 4, 2, 4), 2),
    case(arr(1, 1, 3, 4, 3), (2, 3, 1), stride=(1, 2, 2)),
    case(arr(2, 1, 3, 3, 2), (3, 2, 2), stride=2, padding=(1, 1, 0)),
    case(arr(1, 1, 3, 2, 3), 2, mode="average", ceil=True),
    case(arr(1, 1, 3, 3, 2), 2, stride=2, padding=1, mode="average_padded"),
    case(arr(1, 1, 2, 3, 3), (1, 2, 3), stride=1, mode="sum"),
    case(arr(values=[[[[[1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]]]]), 2, order=0),
)
def pool3d(
    x: Any, window: Any = 2, stride: Any = None, padding: Any = 0, mode: Mode = "max", ceil: bool = False
) -> Variable:
    r"""Pooling of volumes over windows, $y_{ncijk} = \max_{abe} x_{n, c, si+a, sj+b, sk+e}$ or the sum or average.

    x (N, C, D, H, W), y (N, C, D', H', W'); the parameters are those of `pool2d`. The gradient of a maximum goes to
    one place: the lowest W that holds it, at it the lowest H, at both the lowest D.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _pool("pool3d", 3, x, window, stride, padding, mode, ceil)
