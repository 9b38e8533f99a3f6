"""What is done to new weights beside an optimiser's step: averages of them, limits on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Shared, shared
from symnet.ops import maximum, sqrt, square
from symnet.ops import sum as total
from symnet.optim.updates import Updates, fraction, scalar
from symnet.origin import here


def average(updates: Updates, params: Sequence[Shared], decay: Any = 0.999) -> Updates:
    r"""The updates, and with them an average of each parameter, $a \leftarrow \delta a + (1 - \delta) w$ of the new w.

    The averages `average_w` start at the parameters' values. A function that predicts with them is
    `f.copy(swap={w: a})`.

    Raises: ArgumentError where a parameter has no update. Source: Polyak and Juditsky (1992).
    """
    news, d = dict(updates), scalar(fraction("average", "decay", decay))
    found: Updates = []
    for w in params:
        _check("average", w, news)
        a = shared(w.get_value(), f"average_{w.label}", shape=w.type.shape)
        found.append((a, d(w) * a + (1 - d(w)) * news[w]))
    return [*updates, *found]


def max_norm(updates: Updates, weights: Sequence[Shared], limit: Any) -> Updates:
    r"""The updates, with the weights into each unit scaled so that their norm is at most l: $w \min(1, l / \|w\|)$.

    The weights into a unit are a column of a matrix (inputs, outputs), and a filter of (filters, channels, ...).

    Raises: ArgumentError where one of the weights has fewer than two axes or no update. Source: Srivastava et al.,
    JMLR 15 (2014), section 5.1.
    """
    news, most = dict(updates), scalar(limit)
    for w in weights:
        _check("max_norm", w, news)
        if w.type.ndim < 2:
            raise ArgumentError(
                f"max_norm: {w.label} has {w.type.ndim} axes.", origin=here(), fix="give weights: model.weights."
            )
        new = news[w]
        norm = sqrt(total(square(new), axis=0 if w.type.ndim == 2 else tuple(range(1, w.type.ndim)), keepdims=True))
        news[w] = new * (most(w) / maximum(norm, most(w)))
    return list(news.items())


def _check(word: str, w: Shared, news: dict[Shared, Any]) -> None:
    if w not in news:
        raise ArgumentError(
            f"{word}: no update of {w.label} is among those given.",
            origin=here(),
            fix="give the updates of an optimiser of these parameters.",
        )
