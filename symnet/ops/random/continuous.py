"""Continuous distributions: standard draws, moved and scaled, so that gradients flow to place and scale.

None flows to what shapes a gamma number (`shape`, `df`, `a`, `b`, `alpha`): the draw is no function of it that could be
differentiated. What is computed from one has no gradient by it at all, sooner than a part of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, as_variable, vocabulary
from symnet.ops.arithmetic import clip, maximum
from symnet.ops.compare import less, where
from symnet.ops.conversion import cast, stop_gradient
from symnet.ops.elementary import exp, log, sqrt
from symnet.ops.gaussian import erfinv
from symnet.ops.linalg.cholesky import cholesky
from symnet.ops.matmul import matmul
from symnet.ops.random.streams import (
    Draw,
    Parametric,
    RandomStream,
    StandardNormal,
    StandardUniform,
    check_fits,
    default_stream,
    drawn_dtype,
    generator_at,
    parameter_of,
)
from symnet.ops.reduce import sum as total
from symnet.ops.trigonometry import tan
from symnet.origin import here
from symnet.types import canonical_dtype

__all__ = [
    "beta", "cauchy", "chisquare", "dirichlet", "exponential", "gamma", "gumbel", "laplace", "logistic", "lognormal",
    "multivariate_normal", "standard_t", "truncated_normal",
]  # fmt: skip

Stream = RandomStream | None


class StandardExponential(Draw):
    """Numbers of density $e^{-x}$, by the ziggurat method."""

    name = "standard_exponential"

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, *sizes = arrays
        draws = generator_at(state).standard_exponential(self._filled(sizes), np.dtype(self.dtype))  # type: ignore
        return np.asarray(draws)

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"{self._emit_seed(e, names[0])}.standard_exponential(out={e.out}, dtype=np.{self.dtype})")


class StandardGamma(Parametric):
    r"""Numbers of density $x^{a - 1} e^{-x} / \Gamma(a)$, by the method of Marsaglia and Tsang."""

    name = "standard_gamma"
    roles: ClassVar[tuple[str, ...]] = ("state", "shape", "size")

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        state, a, *sizes = arrays
        out = np.empty(self._filled(sizes), self.dtype)
        return np.asarray(generator_at(state).standard_gamma(a, out.shape, out.dtype, out))  # type: ignore

    def emit(self, e: Emitter, *names: str) -> None:
        state, a = names
        draw = self._emit_seed(e, state)
        e.step(f"{draw}.standard_gamma({a}, {self.shape}, np.{self.dtype}, {e.out})")


def _standard(
    kind: type[Draw], name: str, size: Any, dtype: Any, stream: Stream, before: Sequence[Variable] = ()
) -> Variable:
    return (stream or default_stream()).drawn(kind, name, size, dtype, before)


def _moved(name: str, z: Variable, loc: Any, scale: Any) -> Variable:
    r"""$\text{loc} + \text{scale} \cdot z$."""
    scale, loc = (parameter_of(name, k, v, z, z.type.dtype) for k, v in (("scale", scale), ("loc", loc)))
    y = z if isinstance(scale, float) and scale == 1 else scale * z
    return y if isinstance(loc, float) and loc == 0 else loc + y


def _gamma(name: str, role: str, size: Any, a: Any, dtype: Any, stream: Stream) -> Variable:
    if not isinstance(a, Variable) and not np.all(np.asarray(a) > 0):
        raise ArgumentError(f"{name}: {role} is {a!r}.", origin=here(), fix=f"{role} is above 0.")
    value = as_variable(a)
    z = _standard(StandardGamma, name, size, dtype, stream, [cast(value, "float64")])
    check_fits(name, role, value, z)
    return z


# of exponential numbers -----------------------------------------------------------------------------------------------


@vocabulary(name="random.exponential")
def exponential(size: Any, scale: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers of density $e^{-x/s} / s$ for x >= 0, of mean s; gradients flow to the scale s.

    Raises: ArgumentError, ShapeError, DTypeError, as `RandomStream.normal` does; so do all words of this file.
    """
    return _moved("exponential", _standard(StandardExponential, "exponential", size, dtype, stream), 0.0, scale)


@vocabulary(name="random.laplace")
def laplace(size: Any, loc: Any = 0.0, scale: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers of density $e^{-|x - m| / s} / 2s$, an exponential number to either side of m."""
    z = _standard(StandardExponential, "laplace", size, dtype, stream)
    u = _standard(StandardUniform, "laplace", size, dtype, stream)
    return _moved("laplace", where(less(u, 0.5), z, -z), loc, scale)


def _gumbel(name: str, size: Any, dtype: Any, stream: Stream) -> Variable:
    dtype = canonical_dtype(dtype)
    drawn = drawn_dtype(dtype) if dtype == "float16" else dtype
    z = _standard(StandardExponential, name, size, drawn, stream)
    # A draw of 0 stands for all numbers below the spacing of the draws: its logarithm shall not be infinite.
    return cast(-log(maximum(z, float(np.finfo(z.type.dtype).eps) / 4)), dtype)


@vocabulary(name="random.gumbel")
def gumbel(size: Any, loc: Any = 0.0, scale: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers with distribution function $\exp(-e^{-(x - m) / s})$, of the largest of many."""
    return _moved("gumbel", _gumbel("gumbel", size, dtype, stream), loc, scale)


@vocabulary(name="random.logistic")
def logistic(size: Any, loc: Any = 0.0, scale: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers with distribution function $1 / (1 + e^{-(x - m) / s})$: the difference of two Gumbel numbers."""
    z = _gumbel("logistic", size, dtype, stream) - _gumbel("logistic", size, dtype, stream)
    return _moved("logistic", z, loc, scale)


# of uniform and normal numbers ----------------------------------------------------------------------------------------


@vocabulary(name="random.cauchy")
def cauchy(size: Any, loc: Any = 0.0, scale: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers of density $1 / (\pi s (1 + ((x - m) / s)^2))$, which have no mean."""
    u = _standard(StandardUniform, "cauchy", size, dtype, stream)
    return _moved("cauchy", tan(math.pi * (u - 0.5)), loc, scale)


@vocabulary(name="random.lognormal")
def lognormal(size: Any, mean: Any = 0.0, std: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers whose logarithm is normal: $e^{\mu + \sigma z}$."""
    return exp((stream or default_stream()).normal(size, mean, std, dtype))


@vocabulary(name="random.truncated_normal")
def truncated_normal(
    size: Any, low: float = -2.0, high: float = 2.0, mean: Any = 0.0, std: Any = 1.0, dtype: Any = "floatX",
    stream: Stream = None,
) -> Variable:  # fmt: skip
    r"""Normal numbers that lie within $[\mu + a \sigma, \mu + b \sigma]$, for numbers a = low and b = high.

    By inversion, $\mu + \sigma \sqrt 2 \operatorname{erf}^{-1} u$: meant for intervals that reach within 4 of 0.
    """
    if not -8 <= low < high <= 8 or low > 4 or high < -4:
        raise ArgumentError(
            f"truncated_normal: the interval is [{low}, {high}].", origin=here(),
            fix="it lies within [-8, 8], in standard deviations, and reaches within 4 of 0.",
        )  # fmt: skip
    ends = [math.erf(v / math.sqrt(2)) for v in (low, high)]
    u = _standard(StandardUniform, "truncated_normal", size, dtype, stream)
    z = clip(math.sqrt(2) * erfinv(ends[0] + (ends[1] - ends[0]) * u), low, high)
    return _moved("truncated_normal", z, mean, std)


@vocabulary(name="random.multivariate_normal")
def multivariate_normal(mean: Any, cov: Any, size: Any = (), dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Normal vectors of a mean (N,) and a covariance (N, N), $\mu + L z$ with $L L^T = C$: (*size, N).

    Raises: ShapeError; MatrixError, at the call, for a covariance that is not positive definite.
    """
    dtype = canonical_dtype(dtype)
    mean, cov = cast(as_variable(mean), dtype), cast(as_variable(cov), dtype)
    if mean.type.ndim != 1 or cov.type.ndim != 2:
        raise ShapeError(
            f"multivariate_normal: the mean has {mean.type.ndim} axes and the covariance {cov.type.ndim}.",
            operands={"mean": mean, "cov": cov}, origin=here(), fix="give a vector and a matrix.",
        )  # fmt: skip
    outer = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    z = _standard(StandardNormal, "multivariate_normal", (*outer, mean.shape[0]), dtype, stream)
    return mean + matmul(z, cholesky(cov).mT)


# of gamma numbers -----------------------------------------------------------------------------------------------------


@vocabulary(name="random.gamma")
def gamma(size: Any, shape: Any, scale: Any = 1.0, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers of density $x^{a-1} e^{-x/s} / (s^a \Gamma(a))$, a = `shape`; gradients flow to the scale s alone."""
    return _moved("gamma", _gamma("gamma", "shape", size, shape, dtype, stream), 0.0, scale)


@vocabulary(name="random.chisquare")
def chisquare(size: Any, df: Any, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Sums of the squares of `df` normal numbers, twice a gamma number of shape df / 2; none flows to df."""
    half = 0.5 * df if isinstance(df, Variable) else np.asarray(df) / 2
    return 2 * _gamma("chisquare", "df", size, half, dtype, stream)


@vocabulary(name="random.standard_t")
def standard_t(size: Any, df: Any, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Student's t, $z / \sqrt{\chi^2_n / n}$ for n = `df` degrees of freedom, to which no gradient flows."""
    z = _standard(StandardNormal, "standard_t", size, dtype, stream)
    n = parameter_of("standard_t", "df", df, z, z.type.dtype)
    mean_square = chisquare(size, df, dtype, stream) / (stop_gradient(n) if isinstance(n, Variable) else n)
    return z / sqrt(mean_square)


@vocabulary(name="random.beta")
def beta(size: Any, a: Any, b: Any, dtype: Any = "floatX", stream: Stream = None) -> Variable:
    r"""Numbers of density proportional to $x^{a-1} (1 - x)^{b-1}$, $g_a / (g_a + g_b)$ of two gamma numbers.

    Where a and b are both far below 0.01 two gamma numbers may be 0, and their quotient NaN.
    """
    first = _gamma("beta", "a", size, a, dtype, stream)
    return first / (first + _gamma("beta", "b", size, b, dtype, stream))


@vocabulary(name="random.dirichlet")
def dirichlet(alpha: Any, size: Any = (), dtype: Any = "floatX", stream: Stream = None) -> Variable:
    """Vectors of probabilities, gamma numbers of shapes `alpha` (N,) divided by their sum: (*size, N)."""
    alpha = alpha if isinstance(alpha, Variable) else np.asarray(alpha)
    outer = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    z = _gamma("dirichlet", "alpha", (*outer, alpha.shape[-1]), alpha, dtype, stream)
    return z / total(z, axis=-1, keepdims=True)
