"""What is added to a cost to keep weights small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symnet.graph import Variable
from symnet.op import as_variable
from symnet.ops import abs as absolute
from symnet.ops import square
from symnet.ops import sum as total


def l2_penalty(weights: Iterable[Variable], strength: Any) -> Variable:
    r"""$\frac{\lambda}{2} \sum_w w^2$ over all elements of `weights`, a scalar; its gradient is $\lambda w$.

    `model.weights` are a model's weights without biases. `strength` is a number or a symbolic scalar. In Nielsen's book
    it is $\lambda / n$ for n examples.
    """
    return _sum([total(square(w)) for w in weights], strength, 0.5)


def l1_penalty(weights: Iterable[Variable], strength: Any) -> Variable:
    r"""$\lambda \sum_w |w|$ over all elements of `weights`, a scalar; its gradient is $\lambda\,\text{sign}(w)$.

    `model.weights` are a model's weights without biases. `strength` is a number or a symbolic scalar.
    """
    return _sum([total(absolute(w)) for w in weights], strength, 1.0)


def _sum(terms: list[Variable], strength: Any, factor: float) -> Variable:
    if not terms:
        return as_variable(0.0)
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return (factor * strength) * whole
