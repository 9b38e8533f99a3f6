"""Normalisation over batches, layers, groups and instances: one formula over different axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable
from symnet.graph.methods import Axis
from symnet.op import Composite, arr, as_variable, case, sum_like, vocabulary
from symnet.ops.arithmetic import maximum
from symnet.ops.axes import axes_of, axis_count
from symnet.ops.conversion import cast
from symnet.ops.create import zeros_like
from symnet.ops.curves import number
from symnet.ops.elementary import sqrt
from symnet.ops.product_sum import ProductSum
from symnet.ops.reduce import Mean, Sum
from symnet.ops.shape import reshape
from symnet.ops.switched import RunningAverage, Switched
from symnet.ops.windows import is_int
from symnet.origin import here
from symnet.types import TensorType, promote, shape_text

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm", "BatchNorm", "Normalise"]


# the formula ----------------------------------------------------------------------------------------------------------


class Normalise(Composite):
    r"""$\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} s + b$ with mean and variance along axes; uncentred, $\mu$ is 0.

    Scale and shift are scalars or have the axes of x.
    """

    axes: tuple[int, ...]
    eps: float
    centred: bool = True

    name = "normalise"
    roles: ClassVar[tuple[str, ...]] = ("x", "scale", "shift")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def _parts(self, x: Variable) -> tuple[Variable, Variable]:
        """The distance from the mean, and one over the standard deviation."""
        d = x - Mean(self.axes, True, x.type.dtype)(x) if self.centred else x
        return d, 1 / sqrt(ProductSum(self.axes)(d, d) / count(x, self.axes) + self.eps)

    def _inner(self, scale: Variable) -> tuple[int, ...]:
        """The axes of the statistics along which the scale is one number."""
        return tuple(k for k in self.axes if not scale.type.ndim or scale.type.shape[k] == 1)

    def expand(self, *inputs: Variable) -> Variable:
        x, scale, shift = inputs
        d, inverse = self._parts(x)
        # A scale of few numbers is one with the deviation.
        return (d * (inverse * scale) if self._inner(scale) else (d * inverse) * scale) + shift

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable]:
        x, scale, shift = inputs
        d, inverse = self._parts(x)
        inner, n = self._inner(scale), count(x, self.axes)
        rest = tuple(k for k in self.axes if k not in inner)
        # Sums of g and g d where the scale is one number; what is left of the axes comes after the scale.
        if inner:
            along = Sum(inner, True)(g), ProductSum(inner)(g, d)
            totals = [Sum(rest, True)(scale * s) if rest else scale * s for s in along]
        else:
            along = g, g * d
            scaled = g * scale
            totals = [Sum(rest, True)(scaled), ProductSum(rest)(scaled, d)]
        level, tilt = (inverse / n) * totals[0], (inverse * inverse) * (inverse / n) * totals[1]
        away = d * tilt + level if self.centred else d * tilt
        dx = (g * (inverse * scale) if inner else (g * scale) * inverse) - away
        same = shift.type.shape == scale.type.shape
        return [dx, sum_like(along[1] * inverse, scale), sum_like(along[0] if same else g, shift)]


def count(x: Variable, axes: Sequence[int]) -> Variable:
    """The number of elements along axes, as a float."""
    n: Any = prod((x.shape[k] for k in axes), start=1)
    return Constant(n, x.type.dtype) if isinstance(n, int) else cast(n, x.type.dtype)


# batches --------------------------------------------------------------------------------------------------------------


class BatchNorm(Switched):
    """Channels normalised by the statistics of the batch while training, by running ones otherwise."""

    momentum: float
    eps: float

    name = "batch_norm"
    roles: ClassVar[tuple[str, ...]] = ("x", "scale", "shift", "running_mean", "running_var")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def _formula(self, x: Variable) -> Normalise:
        return Normalise(_but_channels(x), self.eps)

    def expand(self, *inputs: Variable) -> Variable:
        x, scale, shift, _, _ = inputs
        return self._formula(x)(x, scale, shift)

    def inference(self, *inputs: Variable) -> Variable:
        x, scale, shift, mean, var = inputs
        slope = scale / sqrt(_beside(var, x) + self.eps)
        return x * slope + (shift - _beside(mean, x) * slope)

    def averages(self, *inputs: Variable) -> Sequence[RunningAverage]:
        x, _, _, mean, var = inputs
        axes = _but_channels(x)
        batch_mean = Mean(axes, True, x.type.dtype)(x)
        n, d = count(x, axes), x - batch_mean
        # Without bias, as an estimate for all there is; one element alone has no spread.
        unbiased = ProductSum(axes)(d, d) / maximum(n - 1, 1)
        pairs = ((mean, batch_mean), (var, unbiased))
        return [RunningAverage(s, cast(reshape(v, (-1,)), s.type.dtype), self.momentum, x) for s, v in pairs]

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x, scale, shift, mean, var = inputs
        trained = self._formula(x).vjp(g, y, x, scale, shift)
        inverse = 1 / sqrt(_beside(var, x) + self.eps)
        total = Sum(_but_channels(x), True)(g)
        spread = ProductSum(_but_channels(x))(g, x - _beside(mean, x))
        predicted = g * (inverse * scale), sum_like(spread * inverse, scale), sum_like(total, shift)
        grad = BatchNormGrad(self)
        return [*(grad(a, b, *inputs) for a, b in zip(trained, predicted, strict=True)), None, None]


class BatchNormGrad(Switched):
    """A cotangent of `BatchNorm`: the first input while training, the second otherwise; the rest are its inputs."""

    of: BatchNorm

    name = "batch_norm_grad"
    roles: ClassVar[tuple[str, ...]] = ("trained", "predicted", *BatchNorm.roles)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def expand(self, *inputs: Variable) -> Variable:
        return inputs[0]

    def inference(self, *inputs: Variable) -> Variable:
        return inputs[1]

    def averages(self, *inputs: Variable) -> Sequence[RunningAverage]:
        return self.of.averages(*inputs[2:])

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        trained, predicted, *rest = inputs
        nothing = zeros_like(g)
        return [self(g, nothing, *rest), self(nothing, g, *rest), *[None] * len(rest)]


def _but_channels(x: Variable) -> tuple[int, ...]:
    return (0, *range(2, x.type.ndim))


def _beside(v: Variable, x: Variable) -> Variable:
    """One value for each channel, with the axes of x."""
    return cast(reshape(v, (1, -1, *(1,) * (x.type.ndim - 2))), x.type.dtype)


# the user's functions -------------------------------------------------------------------------------------------------


def _operand(op: str, x: Any, ndim: int, form: str) -> Variable:
    x = as_variable(x)
    if x.type.ndim < ndim:
        raise ShapeError(
            f"{op}: x has {axis_count(x.type.ndim)}, but at least {ndim} are needed: {form}.",
            operands={"x": x},
            origin=here(),
        )
    if not x.type.is_float:
        fix = "use x.astype('float32')."
        raise DTypeError(f"{op}: x is {x.type.dtype}.", operands={"x": x}, origin=here(), fix=fix)
    # Squares of float16 overflow from 256 on.
    return cast(x, promote(x.type.dtype, "float32"))


def _for_axes(op: str, role: str, v: Any, x: Variable, axes: Sequence[int], default: float) -> Variable:
    """A scale or shift for these axes of x, with all its axes; a scalar if there is none."""
    if v is None:
        return as_variable(default, x)
    v = cast(as_variable(v), x.type.dtype)
    wanted = [x.type.shape[k] for k in axes]
    fits = v.type.ndim == len(axes) and all(
        n == m or not isinstance(n, int) or not isinstance(m, int) for n, m in zip(v.type.shape, wanted, strict=True)
    )
    if not fits:
        sizes = ", ".join("?" if n is None else str(n) for n in wanted)
        raise ShapeError(
            f"{op}: {role} has shape {shape_text(v.type.shape)}, but x has {sizes} along what it is for.",
            operands={"x": x, role: v},
            origin=here(),
            fix=f"give {role} the shape {shape_text(wanted)}.",
        )
    sizes = iter(v.shape)
    return reshape(v, tuple(next(sizes) if k in axes else 1 for k in range(x.type.ndim)))


def _eps(op: str, eps: Any) -> float:
    return number(op, "eps", eps, 0.0)


@vocabulary(
    case(arr(5, 3)),
    case(arr(5, 3), None, None, arr(3), arr(3)),
    case(arr(2, 3, 4), weight=arr(3)),
    case(arr(2, 3, 2, 2), weight=arr(3), bias=arr(3), eps=0.1),
    case(arr(2, 2, 1, 3, 2), bias=arr(2)),
    case(arr(4, 1)),
)
def batch_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Variable:
    r"""Batch normalisation of channels, $w_c \frac{x_{nc\cdot} - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + b_c$.

    x (N, C, ...), all else (C,). In a function that trains, $\mu$ and $\sigma^2$ are the batch's own, over all axes but
    the channels, and the running ones, if they are shared variables, follow by a default update:
    $r \leftarrow (1 - m)\,r + m\,\mu$, and likewise for the variance, there without bias (N' / (N' - 1) for N' places).
    In a function that predicts it uses the running ones; `function(..., training=)` decides. Without running
    statistics it uses the batch's own in both.

    Raises: ShapeError, DTypeError, ArgumentError. Source: Ioffe and Szegedy, arXiv:1502.03167.
    """
    dtype = as_variable(x).type.dtype
    x = _operand("batch_norm", x, 2, "(N, C, ...)")
    scale = _for_axes("batch_norm", "weight", weight, x, (1,), 1.0)
    shift = _for_axes("batch_norm", "bias", bias, x, (1,), 0.0)
    if (running_mean is None) != (running_var is None):
        missing = "running_mean" if running_mean is None else "running_var"
        raise ArgumentError(f"batch_norm: {missing} is missing.", origin=here(), fix="give both, or neither.")
    momentum, eps = number("batch_norm", "momentum", momentum, 0.0), _eps("batch_norm", eps)
    if running_mean is None:
        return cast(Normalise(_but_channels(x), eps)(x, scale, shift), dtype)
    running = [as_variable(running_mean), as_variable(running_var)]
    for role, v in zip(("running_mean", "running_var"), running, strict=True):
        _for_axes("batch_norm", role, v, x, (1,), 0.0)
    return cast(BatchNorm(momentum, eps)(x, scale, shift, *running), dtype)


_LAYERS = (
    case(arr(3, 4)),
    case(arr(3, 4), arr(4)),
    case(arr(2, 3, 4), arr(3, 4), axis=(1, 2)),
    case(arr(2, 3, 4), arr(3), axis=-2),
    case(arr(3, 4), eps=0.5),
    case(arr(5), axis=None),
    case(arr(3, 40), arr(40)),
)


@vocabulary(*_LAYERS, case(arr(3, 4), arr(4), arr(4)), case(arr(3, 4), bias=arr(4)), case(arr(0, 4), arr(4)))
def layer_norm(x: Any, weight: Any = None, bias: Any = None, axis: Axis = -1, eps: float = 1e-5) -> Variable:
    r"""Layer normalisation, $w \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b$ with mean and variance along `axis`.

    x (N, ..., D), weight and bias (D,); of several axes they have the sizes of all.

    Raises: ShapeError, DTypeError, ArgumentError. Source: Ba, Kiros and Hinton, arXiv:1607.06450.
    """
    dtype = as_variable(x).type.dtype
    x = _operand("layer_norm", x, 1, "(..., D)")
    axes = axes_of("layer_norm", x, axis)
    scale = _for_axes("layer_norm", "weight", weight, x, axes, 1.0)
    shift = _for_axes("layer_norm", "bias", bias, x, axes, 0.0)
    return cast(Normalise(axes, _eps("layer_norm", eps))(x, scale, shift), dtype)


@vocabulary(*_LAYERS)
def rms_norm(x: Any, weight: Any = None, axis: Axis = -1, eps: float = 1e-6) -> Variable:
    r"""Division by the root mean square, $w\,x / \sqrt{\frac{1}{D} \sum_d x_d^2 + \epsilon}$ along `axis`.

    x (N, ..., D), weight (D,); of several axes it has the sizes of all.

    Raises: ShapeError, DTypeError, ArgumentError. Source: Zhang and Sennrich, arXiv:1910.07467.
    """
    dtype = as_variable(x).type.dtype
    x = _operand("rms_norm", x, 1, "(..., D)")
    axes = axes_of("rms_norm", x, axis)
    scale = _for_axes("rms_norm", "weight", weight, x, axes, 1.0)
    return cast(Normalise(axes, _eps("rms_norm", eps), False)(x, scale, as_variable(0.0, x)), dtype)


@vocabulary(
    case(arr(2, 4), 2),
    case(arr(2, 4, 3), 2, arr(4), arr(4)),
    case(arr(2, 4, 2, 3), 4, arr(4)),
    case(arr(2, 3, 2, 2), 1, bias=arr(3)),
    case(arr(2, 6, 2, 2), 2, arr(6), arr(6), eps=0.1),
)
def group_norm(x: Any, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Variable:
    r"""Normalisation of groups of channels of each example: mean and variance over C / g channels and all places.

    x (N, C, ...), weight and bias (C,). One group is layer normalisation, C groups instance normalisation.

    Raises: ShapeError where the groups do not divide the channels, DTypeError, ArgumentError.
    Source: Wu and He, arXiv:1803.08494.
    """
    dtype = as_variable(x).type.dtype
    x = _operand("group_norm", x, 2, "(N, C, ...)")
    channels = x.type.shape[1]
    if not is_int(groups) or groups < 1 or (isinstance(channels, int) and channels % groups):
        raise ShapeError(
            f"group_norm: {groups!r} groups of {channels} channels.",
            operands={"x": x},
            origin=here(),
            fix="groups is an int of at least 1 that divides the channels.",
        )
    each = channels // groups if isinstance(channels, int) else -1
    places = x.shape[2:]
    scale = _for_axes("group_norm", "weight", weight, x, (1,), 1.0)
    shift = _for_axes("group_norm", "bias", bias, x, (1,), 0.0)
    apart = [reshape(v, (1, groups, each, *(1 for _ in places))) if v.type.ndim else v for v in (scale, shift)]
    grouped = reshape(x, (x.shape[0], groups, each, *places))
    axes = tuple(range(2, grouped.type.ndim))
    return cast(reshape(Normalise(axes, _eps("group_norm", eps))(grouped, *apart), x.shape), dtype)


@vocabulary(
    case(arr(2, 3, 4)),
    case(arr(2, 3, 2, 2), arr(3), arr(3)),
    case(arr(2, 1, 3, 2), arr(1), eps=0.1),
)
def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Variable:
    r"""Normalisation of each channel of each example, with mean and variance over its places.

    x (N, C, L, ...), weight and bias (C,).

    Raises: ShapeError, DTypeError, ArgumentError. Source: Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022.
    """
    dtype = as_variable(x).type.dtype
    x = _operand("instance_norm", x, 3, "(N, C, L, ...)")
    scale = _for_axes("instance_norm", "weight", weight, x, (1,), 1.0)
    shift = _for_axes("instance_norm", "bias", bias, x, (1,), 0.0)
    return cast(Normalise(tuple(range(2, x.type.ndim)), _eps("instance_norm", eps))(x, scale, shift), dtype)
