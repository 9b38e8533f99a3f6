"""Products with logarithms as they stand in likelihoods, and logits of probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.graph import Variable
from symnet.op import Case, Elementwise, arr, case, vocabulary, word_for
from symnet.ops.activations import Sigmoid, sigmoid
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.compare import equal, isnan, less, less_equal, logical_and, logical_not, where
from symnet.ops.elementary import log, log1p
from symnet.ops.special import Special

__all__ = ["expit", "logit", "xlog1py", "xlogy"]

_INF, _NAN = float("inf"), float("nan")


class _TimesLog(Elementwise):
    """Family of x ln(y + offset), 0 where x is 0, whatever y but NaN; so is the derivative by y."""

    roles, kind = ("x", "y"), "float"
    offset: ClassVar[int] = 0
    cases: ClassVar[tuple[Case, ...]] = (
        case(arr(3, 4), arr(4, low=0.5)),
        case(arr(values=[0.0, 0.0]), arr(values=[0.5, 2.0])),
        case(arr(values=[0.0, 0.0, 2.0, 0.0, _NAN]), arr(values=[-1.0, _INF, 0.0, _NAN, 1.0]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        x, of = inputs
        nothing = logical_and(equal(x, 0), less_equal(of, -self.offset))
        safe = where(nothing, 1.0 - self.offset, of)
        return [log1p(safe) if self.offset else log(safe), x / (safe + self.offset if self.offset else safe)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, of = arrays
        return np.asarray(np.where((x == 0) & ~np.isnan(of), 0, x * (np.log1p if self.offset else np.log)(of)))

    def lower(self, *inputs: Variable) -> Variable:
        x, of = inputs
        product = x * (log1p(of) if self.offset else log(of))
        return where(logical_and(equal(x, 0), logical_not(isnan(of))), 0.0, product)


class XLogY(_TimesLog):
    r"""$x \ln y$, and 0 where x is 0: a term of an entropy or a likelihood."""

    name = "xlogy"


class XLog1pY(_TimesLog):
    r"""$x \ln(1 + y)$, and 0 where x is 0; exact for small y."""

    name = "xlog1py"
    offset = 1


class Logit(Special):
    r"""Logarithm of the odds, $\ln(x / (1 - x))$, the inverse of sigmoid; exact near 1/2 too, NaN outside [0, 1]."""

    name = "logit"
    cases = (
        case(arr(3, 4, low=0.05, high=0.95)),
        case(arr(values=[0.5, 0.5 + 1e-7, 0.0, 1.0, 1e-30, -0.5, 1.5, _NAN]), order=0),
    )

    def partials(self, y: Variable, *inputs: Variable) -> Sequence[Any]:
        return [1 / (inputs[0] * (1 - inputs[0]))]

    def exact(self, x: float) -> float:
        if not 0 < x < 1:
            return -np.inf if x == 0 else np.inf if x == 1 else np.nan
        return float(2 * np.arctanh(2 * x - 1) if 0.25 < x < 0.75 else np.log(x / (1 - x)))

    def formula(self, x: Variable) -> Variable:
        rest = 1 - x
        middle = less(absolute(x - 0.5), 0.25)
        return where(middle, log1p((2 * x - 1) / rest), log(where(middle, 0.25, x) / rest))


xlogy = word_for(XLogY())
xlog1py = word_for(XLog1pY())
logit = word_for(Logit())
expit = vocabulary(*Sigmoid.cases, name="expit")(sigmoid)
