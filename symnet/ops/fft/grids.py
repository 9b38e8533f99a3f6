"""The frequencies of a transform, and shifts that put frequency 0 in the middle."""

from __future__ import annotations

from typing import Any

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Constant, Variable
from symnet.graph.methods import Axis
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.axes import axes_of, cut
from symnet.ops.join import concatenate

__all__ = ["fftfreq", "rfftfreq", "fftshift", "ifftshift"]


def _frequencies(name: str, n: int, d: float, half: bool) -> Variable:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ArgumentError(f"fft.{name}: n is {n!r}.", fix="give the number of samples, a positive int.")
    return Constant((np.fft.rfftfreq if half else np.fft.fftfreq)(int(n), d), "floatX")


@vocabulary(case(4), case(5, 0.5), case(1), name="fft.fftfreq")
def fftfreq(n: int, d: float = 1.0) -> Variable:
    """The frequencies of the numbers `fft.fft` gives, k / (n d) with k from 0 up, then from -n // 2 up: (n,).

    Raises: ArgumentError.
    """
    return _frequencies("fftfreq", n, d, False)


@vocabulary(case(4), case(5, 0.5), case(1), name="fft.rfftfreq")
def rfftfreq(n: int, d: float = 1.0) -> Variable:
    """The frequencies of the numbers `fft.rfft` gives, k / (n d) with k from 0 to n // 2.

    Raises: ArgumentError.
    """
    return _frequencies("rfftfreq", n, d, True)


def _shifted(name: str, x: Any, axes: Axis, back: bool) -> Variable:
    x = as_variable(x)
    for axis in axes_of(f"fft.{name}", x, axes):
        size: Any = x.shape[axis]
        first = size // 2 if back else (size + 1) // 2
        x = concatenate([cut(x, axis, slice(first, None)), cut(x, axis, slice(None, first))], axis)
    return x


_CASES = (
    case(arr(4)),
    case(arr(5)),
    case(arr(2, 3), axes=-1),
    case(arr(3, 4, 2), axes=(0, 1)),
    case(arr(0, 3)),
    case(arr(1, dtype="int32")),
)


@vocabulary(*_CASES, name="fft.fftshift")
def fftshift(x: Any, axes: Axis = None) -> Variable:
    """The halves of axes exchanged, all axes by default, so that frequency 0 comes to place n // 2.

    Raises: ArgumentError for an axis x does not have.
    """
    return _shifted("fftshift", x, axes, False)


@vocabulary(*_CASES, name="fft.ifftshift")
def ifftshift(x: Any, axes: Axis = None) -> Variable:
    """What undoes `fft.fftshift`, also for odd sizes.

    Raises: ArgumentError for an axis x does not have.
    """
    return _shifted("ifftshift", x, axes, True)
