"""Terms of derivatives: products, sums over what was broadcast, the product rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from symnet.graph import Variable
from symnet.graph.operators import word

if TYPE_CHECKING:
    from symnet.op.contract import Op

def scaled(g: Variable, partial: Any) -> Variable:
    """`g * partial`, without the product where `partial` is the number 1 or -1."""
    if isinstance(partial, (int, float)):
        if partial == 1:
            return g
        if partial == -1:
            return -g
    return g * partial


def sum_like(g: Variable, x: Variable) -> Variable:
    """`g` summed over the axes along which `x` was broadcast to it."""
    return g if g.type == x.type and None not in x.type.shape else word("sum_to")(g, x)


def total(terms: Sequence[Variable]) -> Variable | None:
    """The sum of the terms; None for none."""
    return reduce(word("add"), terms) if terms else None


def product_rule(op: Op, dx: Sequence[Variable | None], inputs: Sequence[Variable]) -> Variable | None:
    r"""$\sum_k f(x_1, \dots, \dot x_k, \dots, x_n)$ over the operands in which the op is linear."""
    tangents = [(k, dx[k]) for k in op.linear_in]
    return total([op(*inputs[:k], t, *inputs[k + 1 :]) for k, t in tangents if t is not None])


def all_linear(
    op: Op, dx: Sequence[Variable | None], inputs: Sequence[Variable], places: Collection[int]
) -> Variable:
    """The tangent of an op that is linear in the operands at `places` together: the op on their tangents."""
    tangents = [word("zeros_like")(x) if t is None else t for t, x in zip(dx, inputs, strict=True)]
    return op(*(t if k in places else x for k, (t, x) in enumerate(zip(tangents, inputs, strict=True))))


def like_result(t: Variable | None, y: Variable, inputs: Sequence[Variable]) -> Variable | None:
    """The tangent `t` in the shape of `y`, to which the inputs were broadcast."""
    if t is None or (t.type.shape == y.type.shape and None not in y.type.shape):
        return t
    # Beside scalars one operand alone gives the result its shape: nothing was broadcast to it.
    alone = t.type.ndim == y.type.ndim and sum(x.type.ndim > 0 for x in inputs) == 1
    return t if alone else word("broadcast_to")(t, y.shape)
