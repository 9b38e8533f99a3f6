"""Dropout and its kin: noise while training, nothing of it while predicting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.graph.notation import Call, Part
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.conversion import cast
from symnet.ops.create import ones
from symnet.ops.masks import dropout_mask
from symnet.ops.random.streams import RandomStream, StandardNormal, default_stream, drawn_dtype
from symnet.ops.sizes import split_sizes
from symnet.ops.switched import Switched
from symnet.origin import here
from symnet.types import TensorType, shape_text

__all__ = ["alpha_dropout", "dropout", "gaussian_dropout", "AlphaDropout", "Dropout", "GaussianDropout"]


class _Noise(Switched):
    """Family of noises that leave `x` as it is where nothing trains; inputs are x and the state of a draw."""

    rate: float

    roles: ClassVar[tuple[str, ...]] = ("x", "state")

    def notation(self, *inputs: Variable) -> Part:
        return Call(self.name, (inputs[0], f"{self.rate:g}"))

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def inference(self, *inputs: Variable) -> Variable:
        return inputs[0]


class _Factors(_Noise):
    """Family of noises that multiply x."""

    linear_in = (0,)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        # The same factors meet the cotangent, and none where nothing trains.
        return [self(g, inputs[1]), None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, state = inputs
        if rows[1]:
            return NotImplemented
        # All rows see the noise that one row would.
        return x * self(ones(x.shape[1:], x.type.dtype), state)


class Dropout(_Factors):
    """Elements set to 0 with probability `rate`, those along shared axes together."""

    shared: tuple[int, ...] = ()

    name = "dropout"

    def expand(self, *inputs: Variable) -> Variable:
        x, state = inputs
        return x * dropout_mask(state, x, self.rate, self.shared)


class GaussianDropout(_Factors):
    """Elements times normal numbers of mean 1."""

    name = "gaussian_dropout"

    def expand(self, *inputs: Variable) -> Variable:
        x, state = inputs
        shape, sizes = split_sizes(x.shape, "gaussian_dropout")
        z = cast(StandardNormal(drawn_dtype(x.type.dtype).name, shape)(state, *sizes), x.type.dtype)
        return x * (1 + math.sqrt(self.rate / (1 - self.rate)) * z)


_FLOOR = -1.7580993408473766
"""Where selu ends below 0: minus lambda alpha."""


class AlphaDropout(_Noise):
    """Elements set to where selu ends, and all moved and scaled so that mean and variance stay; or its slope alone."""

    floor: float = _FLOOR

    name = "alpha_dropout"

    def expand(self, *inputs: Variable) -> Variable:
        x, state = inputs
        keep = 1 - self.rate
        scale = keep / math.sqrt(keep * (1 + self.rate * _FLOOR**2))
        # With m / (1 - r) for the mask this is a (x m + floor (1 - m)) + b.
        mask = dropout_mask(state, x, self.rate)
        return scale * (mask * (x - self.floor) + self.floor) if self.floor else scale * (mask * x)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [AlphaDropout(self.rate, 0.0)(g, inputs[1]), None]


def _rate_advice(rate: float) -> str:
    percent = f": {rate} per cent is {rate / 100:g}" if 5 <= rate < 100 else ""
    return f"rate is the part that is dropped, a number from 0 up to, but not, 1{percent}."


# the user's functions -------------------------------------------------------------------------------------------------


def _checked(op: str, x: Any, rate: Any) -> tuple[Variable, float]:
    x = as_variable(x)
    is_number = isinstance(rate, (int, float, np.integer, np.floating)) and not isinstance(rate, bool)
    if not is_number or not 0 <= rate < 1:
        shown = rate.label if isinstance(rate, Variable) else repr(rate)
        raise ArgumentError(f"{op}: rate is {shown}.", fix=_rate_advice(rate if is_number else 0))
    if not x.type.is_float:
        raise DTypeError(f"{op}: x is {x.type.dtype}.", operands={"x": x}, fix="cast it to a float type.")
    return x, float(rate)


def _shared_axes(x: Variable, noise_shape: Sequence[int | None] | None) -> tuple[int, ...]:
    """The axes along which one draw stands for all."""
    if noise_shape is None:
        return ()
    given, ours = tuple(noise_shape), x.type.shape
    fits = len(given) == len(ours) and all(
        m in (None, 1) or m == n or not isinstance(n, int) for m, n in zip(given, ours, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"dropout: noise_shape {given} does not broadcast to x {shape_text(ours)}.",
            operands={"x": x},
            origin=here(),
            fix="give 1 for an axis that is dropped as one, and None for every other axis.",
        )
    return tuple(k for k, m in enumerate(given) if m == 1 != ours[k])


@vocabulary(case(arr(3, 4), 0.0))
def dropout(
    x: Any,
    rate: Any = 0.5,
    stream: RandomStream | None = None,
    noise_shape: Sequence[int | None] | None = None,
) -> Variable:
    r"""`x` with elements set to 0 at random while training: $x m / (1 - r)$, $m = 0$ with probability $r$.

    The rate r keeps the mean as it is, so that a function that does not train uses `x` itself;
    `function(..., training=)` decides. The result has the shape of `x`; each call draws a new mask, and two
    dropouts never share one. `noise_shape` has 1 for axes that are dropped as one and None for the others:
    `(None, None, 1, 1)` drops whole channels of pictures (N, C, H, W), which is known as spatial dropout.

    Raises: ArgumentError, DTypeError, ShapeError. Source: Srivastava et al., JMLR 15 (2014); for channels Tompson et
    al., arXiv:1411.4280.
    """
    x, rate = _checked("dropout", x, rate)
    shared = _shared_axes(x, noise_shape)
    return x if rate == 0 else Dropout(rate, shared)(x, (stream or default_stream()).state())


@vocabulary(case(arr(3, 4), 0.0))
def gaussian_dropout(x: Any, rate: Any = 0.5, stream: RandomStream | None = None) -> Variable:
    r"""`x` times normal noise while training, $x (1 + \sqrt{r / (1 - r)}\,z)$ with $z \sim N(0, 1)$, shaped as `x`.

    Mean and variance are those of `dropout` with the rate r; a function that does not train uses `x` itself.

    Raises: ArgumentError, DTypeError. Source: Srivastava et al., JMLR 15 (2014), section 10.
    """
    x, rate = _checked("gaussian_dropout", x, rate)
    return x if rate == 0 else GaussianDropout(rate)(x, (stream or default_stream()).state())


@vocabulary(case(arr(3, 4), 0.0))
def alpha_dropout(x: Any, rate: Any = 0.5, stream: RandomStream | None = None) -> Variable:
    r"""Dropout for selu while training: $a (x m + \alpha' (1 - m)) + b$, $m = 0$ with probability r, shaped as `x`.

    Dropped elements become $\alpha' = -\lambda \alpha$, where selu ends; a and b keep a mean of 0 and a variance of 1.
    A function that does not train uses `x` itself.

    Raises: ArgumentError, DTypeError. Source: Klambauer et al., arXiv:1706.02515.
    """
    x, rate = _checked("alpha_dropout", x, rate)
    return x if rate == 0 else AlphaDropout(rate)(x, (stream or default_stream()).state())
