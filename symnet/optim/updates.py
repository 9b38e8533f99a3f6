"""What every optimiser does: gradients of a cost, numbers in a parameter's precision, state named after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from symnet.autodiff import grad
from symnet.errors import ArgumentError
from symnet.graph import Shared, Variable, shared
from symnet.op import as_variable
from symnet.ops import cast
from symnet.origin import here

Updates = list[tuple[Shared, Variable]]
Cost = Variable | Sequence[Variable]
"""A scalar cost, or its gradients, one for each parameter."""


def gradients(word: str, cost: Cost, params: Sequence[Shared]) -> Iterator[tuple[Shared, Variable]]:
    """Each parameter and its gradient.

    Raises: ArgumentError, GradientError.
    """
    ws = list(params)
    if isinstance(cost, Variable):
        return zip(ws, grad(cost, ws), strict=True)
    found = list(cost)
    if len(found) != len(ws):
        raise ArgumentError(
            f"{word}: {len(found)} gradients for {len(ws)} parameters.",
            origin=here(),
            fix="give a scalar cost, or the gradients of these parameters: sn.grad(cost, params).",
        )
    return zip(ws, found, strict=True)


def scalar(value: Any) -> Callable[[Shared], Any]:
    """A number or a symbolic scalar as a factor for a parameter, in its precision.

    A symbolic scalar is cast once for all parameters of a dtype, so that their updates stay alike.
    """
    if isinstance(value, (int, float)) and not isinstance(value, (bool, np.generic)):
        return lambda w: value
    v = as_variable(value)
    known: dict[str, Variable] = {}

    def in_precision_of(w: Shared) -> Variable:
        if w.type.dtype not in known:
            known[w.type.dtype] = cast(v, w.type.dtype)
        return known[w.type.dtype]

    return in_precision_of


def double(value: Any) -> Variable:
    """A number or a symbolic scalar in double precision."""
    return cast(value, "float64") if isinstance(value, Variable) else as_variable(np.asarray(value, "float64"))


def fraction(word: str, role: str, value: Any) -> Any:
    """A parameter that is a number from 0 up to, but not, 1, or symbolic.

    Raises: ArgumentError.
    """
    if not isinstance(value, Variable) and not 0 <= value < 1:
        raise ArgumentError(f"{word}: {role} is {value!r}.", origin=here(), fix=f"{role} is from 0 up to, but not, 1.")
    return value


def state(role: str, w: Shared) -> Shared:
    """A new shared variable of zeros like a parameter, named after it: `m_w_fc`."""
    zeros = np.zeros_like(w.get_value(borrow=True))
    return shared(zeros, f"{role}_{w.label}", shape=w.type.shape)
