"""Rounding, and quotients and remainders that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import Case, Elementwise, arr, as_variable, case, vocabulary, word_for
from symnet.ops.arithmetic import NUMBERS, floor_divide, remainder
from symnet.ops.compare import isinf, where
from symnet.ops.conversion import cast
from symnet.origin import here
from symnet.types import float_of

__all__ = ["ceil", "divmod", "fix", "floor", "fmod", "modf", "rint", "round", "trunc"]

_INF, _NAN = float("inf"), float("nan")


class _Rounding(Elementwise):
    """Family of roundings: integers and bool stay as they are, and the derivative is 0."""

    roles: ClassVar[tuple[str, ...]] = ("x",)
    cases: ClassVar[tuple[Case, ...]] = (
        case(arr(3, 4)),
        case(arr(values=[-2.5, -1.5, -0.5, -0.0, 0.5, 1.5, 2.5, 1e20, -_INF, _NAN]), order=0),
        case(arr(values=[3, -7], dtype="int8")),
        case(arr(values=[True, False], dtype="bool")),
    )

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        # Older NumPy makes floats of integers here.
        return super().run(*arrays) if arrays[0].dtype.kind in "fc" else arrays[0]

    def lower(self, *inputs: Variable) -> Variable | None:
        return None if inputs[0].type.is_inexact else inputs[0]


class Floor(_Rounding):
    r"""Rounded down, $\lfloor x \rfloor$; integers stay as they are, and the derivative is 0."""

    name = numpy = "floor"


class Ceil(_Rounding):
    r"""Rounded up, $\lceil x \rceil$; integers stay as they are, and the derivative is 0."""

    name = numpy = "ceil"


class Trunc(_Rounding):
    """Rounded towards 0; integers stay as they are, and the derivative is 0."""

    name = numpy = "trunc"


class Rint(_Rounding):
    """Rounded to the nearest integer, from the middle to the even one, each part of a complex number; the derivative
    is 0.
    """

    name = numpy = "rint"
    on_complex = "own"
    cases = (
        *_Rounding.cases,
        case(arr(values=[0.5 - 1.5j, 2.4 + 0.6j, complex(_INF, _NAN)], dtype="complex128"), order=0),
    )


class Fmod(Elementwise):
    r"""Remainder with the sign of the dividend, $x - y\,\text{trunc}(x / y)$, as C's `fmod`.

    Of a divisor 0 it is NaN for floats, and 0 for integers, as NumPy has it.
    """

    name, numpy, roles, dtypes = "fmod", "fmod", ("x", "y"), NUMBERS
    cases = (
        case(arr(values=[7.25, -7.25, 3.75]), arr(values=[2.0, 2.0, -1.0])),
        case(arr(values=[7, -7, 8], dtype="int32"), arr(values=[2, 2, -3], dtype="int32")),
        case(arr(values=[1.0, _INF, 2.0, _NAN]), arr(values=[0.0, 2.0, _INF, 1.0]), order=0),
        case(arr(values=[5, -5], dtype="int64"), 0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1, -trunc(inputs[0] / inputs[1])]


# the user's functions -------------------------------------------------------------------------------------------------

floor = word_for(Floor())
ceil = word_for(Ceil())
trunc = word_for(Trunc())
rint = word_for(Rint())
fmod = word_for(Fmod())
fix = vocabulary(*Trunc.cases[:2], name="fix")(trunc)


@vocabulary(
    case(arr(3, 4)),
    case(arr(values=[0.125, -2.67, 1e20, 0.5]), 2, order=0),
    case(arr(values=[151.0, -250.0, 350.0, _INF, _NAN]), -2, order=0),
    case(arr(values=[15, 25, -38], dtype="int32"), decimals=-1),
    case(arr(values=[15, 25], dtype="int32"), 3),
    case(arr(values=[0.125 - 2.67j, 15j], dtype="complex128"), 2, order=0),
    case(arr(values=[151.0 - 250j], dtype="complex128"), -2, order=0),
)
def round(x: Any, decimals: int = 0) -> Variable:
    r"""Rounded to decimals, $\text{rint}(10^d x) / 10^d$, from the middle to the even digit; shaped as `x`.

    With d below 0 to tens, hundreds, ...; then integers are rounded in float64. The derivative is 0.

    Raises: ArgumentError.
    """
    x = as_variable(x)
    if isinstance(decimals, bool) or not isinstance(decimals, (int, np.integer)):
        raise ArgumentError(
            f"round: decimals is {getattr(decimals, 'label', repr(decimals))}, not an int.",
            operands={"x": x},
            origin=here(),
            fix="give the number of digits, below 0 for tens and hundreds.",
        )
    unit = 10.0 ** int(abs(decimals))
    if decimals >= 0:
        return rint(x * unit) / unit if decimals and x.type.is_inexact else rint(x)
    exact = x if x.type.is_inexact else cast(x, "float64")
    return cast(rint(exact / unit) * unit, x.type.dtype)


@vocabulary(
    case(arr(3, 4)),
    case(arr(values=[2.0, -0.5, _INF, -_INF, _NAN]), order=0),
    case(arr(values=[3, -2], dtype="int32")),
)
def modf(x: Any) -> tuple[Variable, Variable]:
    r"""What stands behind the point and before it, $x - \text{trunc}\,x$ and $\text{trunc}\,x$, each shaped as `x`.

    Of an infinity 0 and itself; the derivatives are 1 and 0. Integers give floatX.
    """
    x = as_variable(x)
    x = cast(x, float_of(x.type.dtype))
    whole = trunc(x)
    return where(isinf(x), 0, x - whole), whole


@vocabulary(
    case(arr(values=[7.25, -7.25, 3.75]), arr(values=[2.0, 2.0, -1.0])),
    case(arr(values=[7, -7, 8], dtype="int64"), arr(values=[2, 2, -3], dtype="int64")),
)
def divmod(x: Any, y: Any) -> tuple[Variable, Variable]:
    r"""Quotient rounded down and remainder, $\lfloor x / y \rfloor$ and $x - y \lfloor x / y \rfloor$, as Python's."""
    return floor_divide(x, y), remainder(x, y)
