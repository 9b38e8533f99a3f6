"""Gradient descent, and with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph import Shared
from symnet.optim.updates import Cost, Updates, gradients, scalar, state


def sgd(cost: Cost, params: Sequence[Shared], learning_rate: Any) -> Updates:
    r"""Gradient descent, $w \leftarrow w - \eta\, \partial C / \partial w$.

    `learning_rate` is a number or a symbolic scalar; `cost` may be the gradients instead, one for each parameter.

    Raises: ArgumentError, GradientError.
    """
    rate = scalar(learning_rate)
    return [(w, w - rate(w) * g) for w, g in gradients("sgd", cost, params)]


def momentum(cost: Cost, params: Sequence[Shared], learning_rate: Any, mu: Any = 0.9) -> Updates:
    r"""Gradient descent with momentum, $v \leftarrow \mu v - \eta\, \partial C / \partial w$, $w \leftarrow w + v$.

    The velocities `v_w` start at 0. The other arguments are those of `sgd`.

    Raises: ArgumentError, GradientError. Source: Sutskever et al., ICML 2013.
    """
    return _with_velocity("momentum", cost, params, learning_rate, mu, False)


def nesterov(cost: Cost, params: Sequence[Shared], learning_rate: Any, mu: Any = 0.9) -> Updates:
    r"""Gradient descent with Nesterov's momentum, $v \leftarrow \mu v - \eta g$, $w \leftarrow w + \mu v - \eta g$.

    g is the gradient at w, which stands for the point that momentum alone would reach. The velocities `v_w` start at 0.

    Raises: ArgumentError, GradientError. Source: Sutskever et al., ICML 2013; Bengio et al., arXiv:1212.0901.
    """
    return _with_velocity("nesterov", cost, params, learning_rate, mu, True)


def _with_velocity(
    word: str, cost: Cost, params: Sequence[Shared], learning_rate: Any, mu: Any, ahead: bool
) -> Updates:
    rate, m = scalar(learning_rate), scalar(mu)
    updates: Updates = []
    for w, g in gradients(word, cost, params):
        v = state("v", w)
        step = rate(w) * g
        new_v = m(w) * v - step
        updates += [(v, new_v), (w, w + m(w) * new_v - step if ahead else w + new_v)]
    return updates
