"""Optimisers: each returns plain symbolic updates for `function(updates=)`, to be read and drawn like any graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.autodiff import grad
from symnet.graph import Shared, Variable, shared

Updates = list[tuple[Shared, Variable]]


def sgd(cost: Variable, params: Sequence[Shared], learning_rate: Any) -> Updates:
    r"""Gradient descent, $w \leftarrow w - \eta\, \partial C / \partial w$.

    `learning_rate` is a number or a symbolic scalar.
    """
    return [(w, w - learning_rate * g) for w, g in zip(params, grad(cost, list(params)), strict=True)]


def momentum(cost: Variable, params: Sequence[Shared], learning_rate: Any, mu: Any = 0.9) -> Updates:
    r"""Gradient descent with momentum, $v \leftarrow \mu v - \eta\, \partial C / \partial w$, $w \leftarrow w + v$.

    The velocities are new shared variables that start at 0 (Sutskever et al., 2013).
    """
    updates: Updates = []
    for w, g in zip(params, grad(cost, list(params)), strict=True):
        v = shared(np.zeros_like(w.get_value(borrow=True)), name=f"v_{w.label}")
        new_v = mu * v - learning_rate * g
        updates += [(v, new_v), (w, w + new_v)]
    return updates
