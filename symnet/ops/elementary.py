"""Exponentials, logarithms, the square root, sine and cosine; what is made of them has files of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import Elementwise, arr, case, word_for
from symnet.ops.arithmetic import COMPLEX_POINTS

__all__ = [
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos",
    "Exp", "Log", "Log1p", "Expm1", "Sqrt", "Sin", "Cos",
]  # fmt: skip


class Exp(Elementwise):
    """Exponential, $e^x$."""

    name, numpy, roles, kind = "exp", "exp", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4)), case(arr(values=[-800.0, 0.0, 1.0]), order=0), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [y]


class Log(Elementwise):
    r"""Natural logarithm, $\ln x$; of complex numbers the principal value."""

    name, numpy, roles, kind = "log", "log", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4, low=0.5)), case(arr(values=[1e-30, 1.0, 1e30]), order=0), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / inputs[0]]


class Log1p(Elementwise):
    r"""$\ln(1 + x)$, accurate near 0."""

    name, numpy, roles, kind = "log1p", "log1p", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4, low=-0.5)), case(arr(values=[1e-10, 0.0]), order=1), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / (1 + inputs[0])]


class Expm1(Elementwise):
    """$e^x - 1$, accurate near 0."""

    name, numpy, roles, kind = "expm1", "expm1", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4)), case(arr(values=[1e-10, 0.0, -800.0]), order=0), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [y + 1]


class Sqrt(Elementwise):
    r"""Square root, $\sqrt{x}$; its derivative at 0 is infinite.

    So that of `sqrt(sum(x**2))` is NaN where x is 0; that of `linalg.norm(x)`, which is the same value, is 0 there.
    """

    name, numpy, roles, kind = "sqrt", "sqrt", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4, low=0.5)), case(arr(values=[0.0, 4.0]), order=0), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [0.5 / y]


class Sin(Elementwise):
    r"""Sine, $\sin x$, x in radians."""

    name, numpy, roles, kind = "sin", "sin", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4)), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [cos(inputs[0])]


class Cos(Elementwise):
    r"""Cosine, $\cos x$, x in radians."""

    name, numpy, roles, kind = "cos", "cos", ("x",), "float"
    on_complex = "holomorphic"
    cases = (case(arr(3, 4)), *COMPLEX_POINTS)

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [-sin(inputs[0])]


# the user's functions -------------------------------------------------------------------------------------------------

exp = word_for(Exp())
log = word_for(Log())
log1p = word_for(Log1p())
expm1 = word_for(Expm1())
sqrt = word_for(Sqrt())
sin = word_for(Sin())
cos = word_for(Cos())
