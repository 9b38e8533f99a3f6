"""Optimisers with a step size for each element, from the squares of its gradients."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Shared, Variable, shared
from symnet.ops import expm1, log, sqrt, square
from symnet.optim.updates import Cost, Updates, double, fraction, gradients, scalar, state
from symnet.origin import here


def adagrad(cost: Cost, params: Sequence[Shared], learning_rate: Any = 0.01, epsilon: float = 1e-10) -> Updates:
    r"""AdaGrad, $h \leftarrow h + g^2$, $w \leftarrow w - \eta\, g / (\sqrt h + \epsilon)$ for the gradient g.

    The sums of squares `h_w` start at 0. `learning_rate` is a number or a symbolic scalar; `cost` may be the gradients
    instead, one for each parameter.

    Raises: ArgumentError, GradientError. Source: Duchi, Hazan and Singer, JMLR 12 (2011).
    """
    rate = scalar(learning_rate)
    updates: Updates = []
    for w, g in gradients("adagrad", cost, params):
        h = state("h", w)
        new_h = h + square(g)
        updates += [(h, new_h), (w, w - rate(w) * g / (sqrt(new_h) + epsilon))]
    return updates


def rmsprop(
    cost: Cost, params: Sequence[Shared], learning_rate: Any = 0.01, rho: Any = 0.99, epsilon: float = 1e-8
) -> Updates:
    r"""RMSProp, $s \leftarrow \rho s + (1 - \rho) g^2$, $w \leftarrow w - \eta\, g / (\sqrt s + \epsilon)$.

    The mean squares `s_w` start at 0. The other arguments are those of `adagrad`.

    Raises: ArgumentError, GradientError. Source: Tieleman and Hinton, Coursera lecture 6.5 (2012).
    """
    rate, r = scalar(learning_rate), scalar(fraction("rmsprop", "rho", rho))
    updates: Updates = []
    for w, g in gradients("rmsprop", cost, params):
        s = state("s", w)
        new_s = r(w) * s + (1 - r(w)) * square(g)
        updates += [(s, new_s), (w, w - rate(w) * g / (sqrt(new_s) + epsilon))]
    return updates


def adam(
    cost: Cost,
    params: Sequence[Shared],
    learning_rate: Any = 0.001,
    beta1: Any = 0.9,
    beta2: Any = 0.999,
    epsilon: float = 1e-8,
) -> Updates:
    r"""Adam, $m \leftarrow \beta_1 m + (1 - \beta_1) g$, $v \leftarrow \beta_2 v + (1 - \beta_2) g^2$,
    $w \leftarrow w - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)$.

    $\hat m = m / (1 - \beta_1^t)$ and $\hat v = v / (1 - \beta_2^t)$ at step t, which the update `t` counts; `m_w` and
    `v_w` start at 0. The other arguments are those of `adagrad`.

    Raises: ArgumentError, GradientError. Source: Kingma and Ba, arXiv:1412.6980.
    """
    return _adam("adam", cost, params, learning_rate, beta1, beta2, epsilon)


def adamw(
    cost: Cost,
    params: Sequence[Shared],
    learning_rate: Any = 0.001,
    beta1: Any = 0.9,
    beta2: Any = 0.999,
    epsilon: float = 1e-8,
    weight_decay: Any = 0.01,
    decayed: Sequence[Shared] | None = None,
) -> Updates:
    r"""Adam with weight decay, $w \leftarrow (1 - \eta \lambda) w - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)$.

    The decay $\lambda$ does not pass through the moments. It is for `decayed`, such as a model's `weights`; without
    that for all parameters. All else is as in `adam`.

    Raises: ArgumentError where one that is decayed is no parameter, GradientError. Source: Loshchilov and Hutter,
    arXiv:1711.05101.
    """
    decays = set(params if decayed is None else decayed)
    for w in decays:
        if w not in set(params):
            raise ArgumentError(
                f"adamw: {w.label} is to decay, but it is not among the parameters.",
                origin=here(),
                fix="decayed holds some of params.",
            )
    return _adam("adamw", cost, params, learning_rate, beta1, beta2, epsilon, weight_decay, decays)


def _adam(
    word: str,
    cost: Cost,
    params: Sequence[Shared],
    learning_rate: Any,
    beta1: Any,
    beta2: Any,
    epsilon: float,
    weight_decay: Any = 0.0,
    decayed: Collection[Shared] = (),
) -> Updates:
    pairs = list(gradients(word, cost, params))
    if not pairs:
        return []
    b1, b2 = scalar(fraction(word, "beta1", beta1)), scalar(fraction(word, "beta2", beta2))
    t = shared(0, "t")
    now = t + 1
    # With both corrections in scalars: that of v, as a factor of sqrt(v), would be a pass over all weights.
    root = sqrt(_corrected(beta2, now))
    step, least = scalar(double(learning_rate) * root / _corrected(beta1, now)), scalar(epsilon * root)
    kept = scalar(1 - double(learning_rate) * weight_decay)
    updates: Updates = [(t, now)]
    for w, g in pairs:
        m, v = state("m", w), state("v", w)
        new_m = b1(w) * m + (1 - b1(w)) * g
        new_v = b2(w) * v + (1 - b2(w)) * square(g)
        start = w * kept(w) if w in decayed else w
        updates += [(m, new_m), (v, new_v), (w, start - step(w) * new_m / (sqrt(new_v) + least(w)))]
    return updates


def _corrected(beta: Any, t: Variable) -> Variable:
    r"""$1 - \beta^t$ in double precision: in single, 1 - 0.999 has five digits."""
    symbolic = isinstance(beta, Variable)
    exponent = log(double(beta)) if symbolic else double(math.log(beta) if beta else -math.inf)
    return -expm1(double(t) * exponent)
