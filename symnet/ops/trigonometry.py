"""Angles and hyperbolas: tangents, the inverse functions, the hyperbolic ones, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import Elementwise, arr, case, vocabulary, word_for
from symnet.ops.arithmetic import COMPLEX_POINTS, square
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.compare import equal, less, where
from symnet.ops.curves import Curve, float_variable, real_variable
from symnet.ops.elementary import cos, sin, sqrt
from symnet.ops.special import horner

__all__ = [
    "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan",
    "atan2", "atanh", "cosh", "deg2rad", "hypot", "rad2deg", "sinc", "sinh", "tan",
]  # fmt: skip

_INF, _NAN = float("inf"), float("nan")

# angles ---------------------------------------------------------------------------------------------------------------


class Tan(Elementwise):
    r"""Tangent, $\sin x / \cos x$, x in radians."""

    name, numpy, roles, kind = "tan", "tan", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4, low=-1.2, high=1.2)),
        case(arr(values=[0.0, 3.0, 100.0, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 + square(y)]


class Arcsin(Elementwise):
    """Inverse sine, an angle in $[-π/2, π/2]$; NaN outside [-1, 1], and its derivative at -1 and 1 is infinite."""

    name, numpy, roles, kind = "arcsin", "arcsin", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4, low=-0.9, high=0.9)),
        case(arr(values=[-1.0, 0.0, 1.0, 1.5, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / sqrt((1 - inputs[0]) * (1 + inputs[0]))]


class Arccos(Elementwise):
    """Inverse cosine, an angle in $[0, π]$; NaN outside [-1, 1], and its derivative at -1 and 1 is infinite."""

    name, numpy, roles, kind = "arccos", "arccos", ("x",), "float"
    on_complex = "holomorphic"
    cases = Arcsin.cases

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [-1 / sqrt((1 - inputs[0]) * (1 + inputs[0]))]


class Arctan(Elementwise):
    """Inverse tangent, an angle in $[-π/2, π/2]$."""

    name, numpy, roles, kind = "arctan", "arctan", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[-_INF, -1e30, 0.0, 1e30, _INF, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / (1 + square(inputs[0]))]


class Arctan2(Elementwise):
    r"""The angle of the point $(x, y)$ in $[-π, π]$, y first; its derivative at the origin is taken as 0."""

    name, numpy, roles, kind = "arctan2", "arctan2", ("y", "x"), "float"
    cases = (
        case(arr(3, 4, low=0.5), arr(3, 4)),
        case(arr(3, 1, low=-2.0, high=-0.5), arr(4)),
        case(arr(values=[0.0, -0.0, 0.0, 1.0, _INF, _NAN]), arr(values=[-1.0, -1.0, 0.0, 0.0, -_INF, 1.0]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        # Not over the square of the radius, which overflows.
        radius = hypot(*inputs)
        r = where(equal(radius, 0), 1.0, radius)
        return [(inputs[1] / r) / r, -(inputs[0] / r) / r]


class Hypot(Elementwise):
    r"""Length of the hypotenuse, $\sqrt{x^2 + y^2}$, without overflow; its derivative at the origin is taken as 0."""

    name, numpy, roles, kind = "hypot", "hypot", ("x", "y"), "float"
    cases = (
        case(arr(3, 4, low=0.5), arr(4)),
        case(arr(values=[0.0, 3e30, 1e-30, _INF]), arr(values=[0.0, 4e30, 0.0, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        radius = where(equal(y, 0), 1.0, y)
        return [inputs[0] / radius, inputs[1] / radius]


# hyperbolic functions -------------------------------------------------------------------------------------------------


class Sinh(Elementwise):
    """Hyperbolic sine, $(e^x - e^{-x}) / 2$."""

    name, numpy, roles, kind = "sinh", "sinh", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[-_INF, -1e-10, 0.0, 80.0, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [cosh(inputs[0])]


class Cosh(Elementwise):
    """Hyperbolic cosine, $(e^x + e^{-x}) / 2$."""

    name, numpy, roles, kind = "cosh", "cosh", ("x",), "float"
    on_complex = "holomorphic"
    cases = Sinh.cases

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [sinh(inputs[0])]


class Arcsinh(Elementwise):
    r"""Inverse hyperbolic sine, $\ln(x + \sqrt{x^2 + 1})$."""

    name, numpy, roles, kind = "arcsinh", "arcsinh", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4)),
        case(arr(values=[-_INF, -1e30, -1e-10, 0.0, 1e30, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        (x,) = inputs
        return [1 / (sqrt(1 + square(x)) if x.type.is_complex else hypot(x, 1))]


class Arccosh(Elementwise):
    r"""Inverse hyperbolic cosine, $\ln(x + \sqrt{x^2 - 1})$; NaN below 1, and its derivative at 1 is infinite."""

    name, numpy, roles, kind = "arccosh", "arccosh", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4, low=1.2, high=4.0)),
        case(arr(values=[1.0, 1e30, _INF, 0.5, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / (sqrt(inputs[0] - 1) * sqrt(inputs[0] + 1))]


class Arctanh(Elementwise):
    r"""Inverse hyperbolic tangent, $\ln((1 + x) / (1 - x)) / 2$; infinite at -1 and 1, NaN beyond."""

    name, numpy, roles, kind = "arctanh", "arctanh", ("x",), "float"
    on_complex = "holomorphic"
    cases = (
        case(arr(3, 4, low=-0.9, high=0.9)),
        case(arr(values=[-1.0, 1e-10, 1.0, 2.0, _NAN]), order=0),
        *COMPLEX_POINTS,
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / ((1 - inputs[0]) * (1 + inputs[0]))]


# a sine and its argument ----------------------------------------------------------------------------------------------

_NEAR = 0.25
"""Below this the difference in the slope of `sinc` has lost digits, and so few terms of its series are exact."""
_TERMS = [(-1) ** n * 2 * n * math.pi ** (2 * n) / math.factorial(2 * n + 1) for n in range(1, 9)]


class Sinc(Curve):
    """The sine of πx over πx."""

    name = "sinc"
    on_complex = "holomorphic"

    def expand(self, *inputs: Variable) -> Variable:
        (x,) = inputs
        angle = math.pi * where(equal(x, 0), 1e-7, x)
        return sin(angle) / angle

    def slope(self, y: Variable, x: Variable) -> Variable:
        near = less(absolute(x), _NEAR)
        small, large = where(near, x, 0.0), where(near, 1.0, x)
        t = square(small)
        return where(near, horner(t, _TERMS) * small, (cos(math.pi * large) - sinc(large)) / large)


@vocabulary(
    case(arr(3, 4)),
    case(arr(values=[0.0, 1e-3, -0.01, 0.2, 0.3])),
    case(arr(values=[1e-30, -0.0, 20.5, _NAN]), order=0),
    case(arr(values=[0.1 - 0.05j, 0.5 + 1j, -2.0 - 0.25j, 0.0], dtype="complex128")),
)
def sinc(x: Any) -> Variable:
    r"""Normalised sine over its argument, $\sin(\pi x) / (\pi x)$, and 1 at 0; shaped as `x`."""
    return Sinc()(float_variable(x))


# degrees --------------------------------------------------------------------------------------------------------------


_REAL = "an angle is real: take z.real, or sn.angle(z) for the angle of z."


@vocabulary(case(arr(3, 4)), case(arr(values=[0, 90, -180], dtype="int32")))
def deg2rad(x: Any) -> Variable:
    r"""Degrees as radians, $\pi x / 180$, shaped as `x`. Raises: DTypeError for complex numbers."""
    return real_variable("deg2rad", x, _REAL) * (math.pi / 180)


@vocabulary(case(arr(3, 4)), case(arr(values=[0, 3, -2], dtype="int32")))
def rad2deg(x: Any) -> Variable:
    r"""Radians as degrees, $180 x / \pi$, shaped as `x`. Raises: DTypeError for complex numbers."""
    return real_variable("rad2deg", x, _REAL) * (180 / math.pi)


# the user's functions -------------------------------------------------------------------------------------------------

tan = word_for(Tan())
arcsin = word_for(Arcsin())
arccos = word_for(Arccos())
arctan = word_for(Arctan())
arctan2 = word_for(Arctan2())
hypot = word_for(Hypot())
sinh = word_for(Sinh())
cosh = word_for(Cosh())
arcsinh = word_for(Arcsinh())
arccosh = word_for(Arccosh())
arctanh = word_for(Arctanh())

# The array API's names of the inverse functions.
asin = vocabulary(Arcsin.cases[0], name="asin")(arcsin)
acos = vocabulary(Arccos.cases[0], name="acos")(arccos)
atan = vocabulary(Arctan.cases[0], name="atan")(arctan)
atan2 = vocabulary(Arctan2.cases[0], name="atan2")(arctan2)
asinh = vocabulary(Arcsinh.cases[0], name="asinh")(arcsinh)
acosh = vocabulary(Arccosh.cases[0], name="acosh")(arccosh)
atanh = vocabulary(Arctanh.cases[0], name="atanh")(arctanh)
