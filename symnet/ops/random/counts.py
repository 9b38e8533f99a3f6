"""Counts: events in a time, and trials until one succeeds."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import as_variable, vocabulary
from symnet.ops.conversion import cast
from symnet.ops.random.streams import Counts, RandomStream, check_fits, default_stream
from symnet.ops.reduce import sum as total
from symnet.ops.sizes import split_sizes
from symnet.origin import here
from symnet.types import canonical_dtype

__all__ = ["geometric", "multinomial", "poisson"]


class Poisson(Counts):
    """Events in a time in which `lam` are expected."""

    name = "poisson"
    roles: ClassVar[tuple[str, ...]] = ("state", "lam", "size")


class Geometric(Counts):
    """Trials until the first success."""

    name = "geometric"
    roles: ClassVar[tuple[str, ...]] = ("state", "p", "size")


class Multinomial(Counts):
    """How often each of several things happens in `n` trials: along the last axis, whose size is that of `p`."""

    n: int = 1

    name = "multinomial"
    roles: ClassVar[tuple[str, ...]] = ("state", "p", "size")

    def leading(self) -> tuple[int, ...]:
        return (self.n,)

    def asked(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        return shape[:-1]


def _counts(
    kind: type[Counts], size: Any, value: Any, dtype: Any, stream: RandomStream | None, high: float
) -> Variable:
    role = kind.roles[1]
    if not isinstance(value, Variable):
        value = values = np.asarray(value, "float64")
        if not np.all((values >= 0) & (values <= high)) or (kind is Geometric and not np.all(values > 0)):
            raise ArgumentError(
                f"{kind.name}: {role} is {values.tolist()}.", origin=here(),
                fix="p lies above 0, up to 1." if kind is Geometric else "lam is finite and 0 or more.",
            )  # fmt: skip
    shape, sizes = split_sizes(size, kind.name)
    parameter = as_variable(value)
    state = (stream or default_stream()).state()
    y = kind(canonical_dtype(dtype), shape)(state, cast(parameter, "float64"), *sizes)
    check_fits(kind.name, role, parameter, y)
    return y


@vocabulary(name="random.poisson")
def poisson(size: Any, lam: Any = 1.0, dtype: Any = "int64", stream: RandomStream | None = None) -> Variable:
    r"""Events in a time in which `lam` are expected, $P(k) = \lambda^k e^{-\lambda} / k!$.

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    return _counts(Poisson, size, lam, dtype, stream, 9e18)


@vocabulary(name="random.geometric")
def geometric(size: Any, p: Any, dtype: Any = "int64", stream: RandomStream | None = None) -> Variable:
    r"""Trials until the first success, $P(k) = (1 - p)^{k - 1} p$ for k >= 1.

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    return _counts(Geometric, size, p, dtype, stream, 1.0)


@vocabulary(name="random.multinomial")
def multinomial(
    n: int, p: Any, size: Any = (), dtype: Any = "int64", stream: RandomStream | None = None
) -> Variable:
    r"""How often each of K things happens in `n` trials, with probabilities in proportion to `p` (K,): (*size, K).

    Raises: ArgumentError, ShapeError, DTypeError.
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 0:
        raise ArgumentError(f"multinomial: n is {n!r}, not a number of trials.", origin=here(), fix="n is an int >= 0.")
    if not isinstance(p, Variable):
        values = np.asarray(p, "float64")
        if not np.all(values >= 0) or not 0 < values.sum() < np.inf:
            raise ArgumentError(
                f"multinomial: p is {values.tolist()}.", origin=here(),
                fix="give probabilities of 0 or more, one of them above 0.",
            )  # fmt: skip
        p = values
    p = cast(as_variable(p), "float64")
    if p.type.ndim != 1:
        raise ShapeError(
            f"multinomial: p has {p.type.ndim} axes.", operands={"p": p}, origin=here(), fix="give a vector."
        )
    outer = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    shape, sizes = split_sizes((*outer, p.shape[0]), "multinomial")
    state = (stream or default_stream()).state()
    return Multinomial(canonical_dtype(dtype), shape, int(n))(state, p / total(p), *sizes)
