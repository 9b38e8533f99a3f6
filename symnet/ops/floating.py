"""What floats are made of: their signs, their neighbours, infinities and NaN, and how to do without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import DTypeError
from symnet.graph import Variable
from symnet.op import Case, Elementwise, arr, as_variable, case, vocabulary, word_for
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.arithmetic import sign
from symnet.ops.compare import equal, greater_equal, isnan, logical_not, logical_or, where
from symnet.ops.complex_numbers import complex as complex_number
from symnet.ops.complex_numbers import imag, real
from symnet.ops.conversion import cast
from symnet.ops.curves import real_variable
from symnet.origin import here
from symnet.types import float_of, promote

__all__ = [
    "copysign", "fabs", "fmax", "fmin", "heaviside", "isfinite", "isneginf", "isposinf", "nan_to_num", "nextafter",
    "positive", "signbit",
]  # fmt: skip

_INF, _NAN = float("inf"), float("nan")

# signs and steps ------------------------------------------------------------------------------------------------------


class Copysign(Elementwise):
    """The size of x with the sign of y, that of a zero included; its derivative where x is 0 is taken as 0."""

    name, numpy, roles, kind = "copysign", "copysign", ("x", "y"), "float"
    cases = (
        case(arr(3, 4, low=0.5), arr(3, 4, low=0.5)),
        case(arr(values=[2.0, -3.0]), arr(values=[-1.0, -5.0])),
        case(arr(values=[0.0, 2.0, -3.0, _INF, _NAN]), arr(values=[-1.0, -0.0, 0.0, -_INF, 1.0]), order=0),
        case(arr(values=[2, -3], dtype="int32"), -1),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        x, of = inputs
        return [sign(x) * copysign(1, of), None]


class Signbit(Elementwise):
    """True where the sign is set: of negative numbers, of -0.0, and of some NaN."""

    name, numpy, roles, kind = "signbit", "signbit", ("x",), "bool"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[0.0, -0.0, -_INF, 5.0]), order=0),
        case(arr(values=[3, 0, -2], dtype="int16")),
    )

    def operand_dtype(self, dtypes: Sequence[str]) -> str:
        return float_of(promote(*dtypes))


class Nextafter(Elementwise):
    """The float that follows x on the way to y."""

    name, numpy, roles, kind = "nextafter", "nextafter", ("x", "y"), "float"
    on_float16 = "own"
    cases = (
        case(
            arr(values=[0.0, 1.0, 1.0, -2.0, _INF, _NAN], dtype="float64"),
            arr(values=[1.0, 2.0, 0.0, -2.0, 0.0, 1.0], dtype="float64"),
            order=0,
        ),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1, None]


class Heaviside(Elementwise):
    """Step function: 0 below 0, 1 above, and y at 0; its derivative by x is 0."""

    name, numpy, roles, kind = "heaviside", "heaviside", ("x", "y"), "float"
    cases = (
        case(arr(3, 4), arr(4)),
        case(arr(values=[-1.0, 0.0, -0.0, 2.0, _NAN]), 0.5, order=0),
        case(arr(values=[-1, 0, 2], dtype="int32"), arr(values=[1.0, 7.0, 2.0])),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [None, cast(equal(inputs[0], 0), y.type.dtype)]


# the larger and the smaller without NaN -------------------------------------------------------------------------------


class _Fits(Elementwise):
    """Family of Fmax and Fmin: of a NaN and a number the number; where they are equal the derivative is the first's."""

    roles: ClassVar[tuple[str, ...]] = ("x", "y")
    cases: ClassVar[tuple[Case, ...]] = (
        case(arr(3, 4), arr(4)),
        case(arr(values=[1.0, 2.0]), arr(values=[1.0, 3.0]), order=0),
        case(arr(values=[0.0, _NAN, _NAN, -_INF]), arr(values=[_NAN, 1.0, _NAN, _INF]), order=0),
        case(-1, arr(5, dtype="int32")),
    )

    def taken(self, first: Variable, second: Variable) -> Variable:
        """Where the first is the result."""
        raise NotImplementedError

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        first = logical_or(self.taken(*inputs), isnan(inputs[1]))
        return [cast(first, y.type.dtype), cast(logical_not(first), y.type.dtype)]


class Fmax(_Fits):
    """The larger of two, of a NaN and a number the number; where they are equal the derivative goes to the first."""

    name = numpy = "fmax"

    def taken(self, first: Variable, second: Variable) -> Variable:
        return greater_equal(first, second)


class Fmin(_Fits):
    """The smaller of two, of a NaN and a number the number; where they are equal the derivative goes to the first."""

    name = numpy = "fmin"

    def taken(self, first: Variable, second: Variable) -> Variable:
        return greater_equal(second, first)


# infinities and NaN ---------------------------------------------------------------------------------------------------


_SIGNED = (
    case(arr(values=[0.0, _NAN, _INF, -_INF, -3.0]), order=0),
    case(arr(values=[3, -2], dtype="int32")),
)


class IsFinite(Elementwise):
    """True where x is neither infinite nor NaN."""

    name, numpy, roles, kind = "isfinite", "isfinite", ("x",), "bool"
    on_complex = "own"
    on_float16 = "own"
    cases = (
        *_SIGNED,
        case(arr(values=[0j, complex("nan+1j"), complex("1-infj")], dtype="complex64"), order=0),
    )


# the user's functions -------------------------------------------------------------------------------------------------

copysign = word_for(Copysign())
signbit = word_for(Signbit())
nextafter = word_for(Nextafter())
heaviside = word_for(Heaviside())
fmax = word_for(Fmax())
fmin = word_for(Fmin())
isfinite = word_for(IsFinite())


@vocabulary(*_SIGNED)
def isposinf(x: Any) -> Variable:
    """True where x is positive infinity, shaped as `x`.

    Raises: DTypeError for complex numbers, whose infinities have no sign.
    """
    return equal(_ordered("isposinf", x), _INF)


@vocabulary(*_SIGNED)
def isneginf(x: Any) -> Variable:
    """True where x is negative infinity, shaped as `x`.

    Raises: DTypeError for complex numbers, whose infinities have no sign.
    """
    return equal(_ordered("isneginf", x), -_INF)


def _ordered(name: str, x: Any) -> Variable:
    """`x` of a type whose infinities have a sign."""
    x = as_variable(x)
    if x.type.is_complex:
        raise DTypeError(
            f"{name} is not defined for {x.type.dtype}.",
            operands={"x": x},
            origin=here(),
            fix="ask one part, x.real or x.imag, or sn.isinf(x).",
        )
    return x


_COMPLEX = arr(values=[1 - 2j, complex("nan+1j"), complex("inf-infj")], dtype="complex128")


@vocabulary(
    case(arr(3, 4)),
    case(arr(values=[1.0, _NAN, _INF, -_INF, -2.0], dtype="float64"), order=0),
    case(arr(values=[1.0, _NAN, _INF, -_INF]), nan=-1.0, posinf=5.0, neginf=arr(values=-7.0), order=0),
    case(arr(values=[3, -2], dtype="int32")),
    case(_COMPLEX, posinf=5.0, neginf=-7.0, order=0),
    case(arr(2, dtype="complex64")),
)
def nan_to_num(x: Any, *, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Variable:
    """`x` with numbers for NaN and the infinities, by default 0 and the largest and smallest finite ones.

    Integers stay as they are, and of complex numbers each part is replaced; the gradient by x is 0 where it is. Shaped
    as `x` and the numbers broadcast.
    """
    x = as_variable(x)
    if x.type.is_complex:
        parts = [nan_to_num(part, nan=nan, posinf=posinf, neginf=neginf) for part in (real(x), imag(x))]
        return complex_number(*parts)
    if not x.type.is_float:
        return x
    largest = float(np.finfo(x.type.dtype).max)
    y = where(isnan(x), nan, x)
    y = where(isposinf(x), largest if posinf is None else posinf, y)
    return where(isneginf(x), -largest if neginf is None else neginf, y)


@vocabulary(case(arr(3, 4)), case(arr(values=[3, -2], dtype="int32")))
def positive(x: Any) -> Variable:
    """$+x$: the variable as it is."""
    return as_variable(x)


@vocabulary(case(arr(3, 4)), case(arr(values=[3, -2], dtype="int32")), case(arr(values=[-0.0, -_INF, _NAN]), order=0))
def fabs(x: Any) -> Variable:
    """Absolute value as a float, $|x|$, shaped as `x`; integers become floatX first.

    Raises: DTypeError for complex numbers, as NumPy's.
    """
    return absolute(real_variable("fabs", x, "use sn.abs(x), which takes complex numbers."))
