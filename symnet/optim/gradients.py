"""What is done to gradients before an optimiser sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symnet.graph import Variable
from symnet.op import as_variable
from symnet.ops import cast, clip, maximum, sqrt, square
from symnet.ops import sum as total


def clip_by_value(grads: Sequence[Variable], limit: Any) -> list[Variable]:
    r"""Each element of the gradients moved into $[-l, l]$: `adam(clip_by_value(grads, 1.0), params)`.

    `limit` is a positive number or a symbolic scalar. Source: Mikolov, thesis (2012).
    """
    return [clip(g, -limit, limit) for g in grads]


def global_norm(grads: Sequence[Variable]) -> Variable:
    r"""$\|g\| = \sqrt{\sum_w \sum_i g_{w, i}^2}$ over all elements of all gradients, a scalar."""
    squares = [total(square(g)) for g in grads]
    whole = squares[0] if squares else as_variable(0.0)
    for one in squares[1:]:
        whole = whole + one
    return sqrt(whole)


def clip_by_norm(grads: Sequence[Variable], limit: Any) -> list[Variable]:
    r"""The gradients, scaled together so that their norm is at most l: $g \min(1, l / \|g\|)$.

    `limit` is a positive number or a symbolic scalar. Gradients whose norm overflows become 0, and where one is NaN all
    are. Source: Pascanu, Mikolov and Bengio, arXiv:1211.5063.
    """
    grads = list(grads)
    norm = global_norm(grads)
    factor = limit / maximum(norm, limit)
    return [g * cast(factor, g.type.dtype) for g in grads]
