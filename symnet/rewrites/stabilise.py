"""Rules that keep textbook formulas finite, in value and in the gradients that `grad` builds from them."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.graph import Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import (
    Sqrt,
    Square,
    Subtract,
    Sum,
    SumTo,
    exp,
    multiply,
    softmax,
    sqrt,
    square,
)
from symnet.ops import abs as absolute
from symnet.ops import max as largest
from symnet.ops import sum as total
from symnet.ops.nnet import Softmax, SoftmaxGrad
from symnet.rewrites import choices, logarithms, matrices, reactions, sums
from symnet.rewrites.exponentials import is_largest, is_op, is_positive, operands
from symnet.rewrites.facts import Facts
from symnet.rewrites.pattern import P
from symnet.rewrites.product import Factor, Product, reacts
from symnet.rewrites.rule import Match, Rule


def _softmax_grad(m: Match) -> Variable | None:
    """With u = g y, free of the division: u - y sum(u)."""
    g, y = m["g"], m["y"]
    if not is_op(y, Softmax) or not m.facts.active(g) or not reacts(g, [Factor(y)], reactions.any_reaction):
        return None
    u = multiply(g, y)
    return u - y * total(u, axis=m.op().axes, keepdims=True)


def _outside_sum(m: Match) -> Variable | None:
    """A divisor that is the same for all terms of a sum divides the sum."""
    op, (x, *rest) = m.op(), operands(m.root)
    if not m.facts.active(x):
        return None
    product = Product.of(x)
    for f in product.factors:
        if f.above or f.core.node is None or not is_positive(f.core):
            continue
        inner = Product(product.sign, [o for o in product.factors if o is not f]).build(x.type.dtype)
        if _is_one_for_all(f.value, m) and m.facts.same_shape(inner, x):
            return op(inner, *rest) / f.value
    return None


def _is_one_for_all(d: Variable, m: Match) -> bool:
    """Whether `d`, which broadcasts to the terms, does not change along the axes summed, nor the shape of the sum."""
    op, x = m.op(), operands(m.root)[0]
    if isinstance(op, Sum) and not (op.keepdims or op.axes == tuple(range(len(op.axes)))):
        return False
    constant = isinstance(op, SumTo) or is_constant_along(d, op.axes, x.type.ndim, m.facts)
    return constant and m.facts.covers(m.root, d)


def is_constant_along(d: Variable, axes: Sequence[int], ndim: int, facts: Facts) -> bool:
    """Whether `d` has size 1 along these axes of the array of `ndim` axes it broadcasts to."""
    sizes = facts.sizes(d)
    lead = ndim - len(sizes)
    return all(k < lead or not sizes[k - lead] for k in axes)


def _without_shift(m: Match) -> Variable | None:
    x, shift, axes = m["x"], m["m"], m.op().axes
    if not is_largest(shift, x) or not is_constant_along(shift, axes, x.type.ndim, m.facts):
        return None
    return Softmax(axes)(x)


def _example_softmax_grad() -> Variable:
    g, p = matrix("g"), softmax(matrix("x"))
    return SoftmaxGrad((1,))(g / p, p)


def _example_outside_sum() -> Variable:
    e = exp(matrix("x"))
    return total(matrix("g") * e / total(e, axis=1, keepdims=True), axis=1, keepdims=True)


RULES = (
    *choices.RULES,
    *logarithms.RULES,
    *matrices.SAFER,
    *reactions.RULES,
    *sums.RULES,
    Rule(
        "softmax_gradient",
        P(SoftmaxGrad, "g", "y"),
        _softmax_grad,
        "y (g/y - sum(y g/y)) is g - y sum(g), without dividing by a y that may be 0",
        _example_softmax_grad,
    ),
    Rule(
        "divide_after_sum",
        (Sum, SumTo),
        _outside_sum,
        "outside the sum it meets the exponential it belongs to",
        _example_outside_sum,
    ),
    Rule(
        "softmax_of_shifted",
        P(Softmax, P(Subtract, "x", "m")),
        _without_shift,
        "softmax subtracts the largest element itself",
        lambda: softmax((x := matrix("x")) - largest(x, axis=1, keepdims=True)),
    ),
    Rule(
        "abs_from_root",
        P(Sqrt, P(Square, "x")),
        lambda m: absolute(m["x"]),
        "a square overflows, and has no slope at 0 that a root could undo",
        lambda: sqrt(square(vector("x"))),
    ),
)
