"""Rules for the order of products: what is small beside the other factors is multiplied while it is small.

A factor is small beside an array that has more elements along some axis. Small factors leave sums, and meet each other
before they meet the array, so that a mean, a deviation or a learning rate costs no pass over memory of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symnet.graph import Graph, Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import Divide, Multiply, Negative, Sum, divide, exp, multiply, negative, squeeze
from symnet.ops import sum as total
from symnet.rewrites.exponentials import is_op, number, operands
from symnet.rewrites.facts import Facts, Sizes
from symnet.rewrites.product import Factor, Product, is_moderate
from symnet.rewrites.rule import Match, Rule

_DEPTH = 6
"""How many levels of a product are looked at: what makes a pass linear in the graph."""

Readers = Mapping[Variable, int]


def rules(graph: Graph) -> tuple[Rule, ...]:
    """The rules for a graph."""
    readers = graph.readers
    return (
        Rule(
            "factor_after_sum",
            Sum,
            lambda m: _factored(m, readers),
            "one product for each sum in place of one for each element",
            lambda: total(exp(matrix("x", shape=("n", 3))) * vector("c", shape=(3,)), axis=0),
            reads=(Multiply, Divide, Negative),
        ),
        Rule(
            "small_factors_first",
            (Multiply, Divide, Negative),
            lambda m: _regrouped(m, readers),
            "small factors are multiplied before they are spread over a large array",
            lambda: exp(matrix("x", shape=("n", 3))) * vector("c", shape=(3,)) * vector("d", shape=(3,)),
            reads=(Multiply, Divide),
        ),
    )


# sums -----------------------------------------------------------------------------------------------------------------


def _factored(m: Match, readers: Readers) -> Variable | None:
    """The sum of the factors that change along its axes, times the others."""
    (x,), op = operands(m.root), m.op()
    if not is_op(x, Multiply, Divide, Negative) or readers.get(x, 1) > 1 or not m.root.type.is_float:
        return None
    sizes = m.facts.sizes(x)
    constant, changing, sign = _split(Factor(x), op.axes, x.type.ndim, m.facts, readers, _DEPTH)
    constant = [f for f in constant if number(f.core) != 1]  # 1 / x has to keep it
    if not changing or not (constant or sign < 0):
        return None
    inner = Product(1, changing).build(x.type.dtype)
    if inner.type.ndim != x.type.ndim or any(m.facts.sizes(inner)[k] != sizes[k] for k in op.axes):
        return None
    y = Sum(op.axes, keepdims=True)(inner)
    for f in sorted(constant, key=lambda f: not f.above):
        y = multiply(y, f.value) if f.above else divide(y, f.value)
    y = negative(y) if sign < 0 else y
    y = y if op.keepdims else squeeze(y, op.axes)
    return y if m.facts.same_shape(y, m.root) else None


def _split(
    f: Factor, axes: Sequence[int], ndim: int, facts: Facts, readers: Readers, depth: int
) -> tuple[list[Factor], list[Factor], int]:
    """The factors of `f` that are constant along the axes, the others, and the sign.

    What others read as well is computed in any case: it is taken apart only if one changing factor is left of it.
    """
    if _is_constant(facts.sizes(f.value), axes, ndim):
        return [f], [], 1
    constant: list[Factor] = []
    changing: list[Factor] = []
    sign = -1 if is_op(f.core, Negative) else 1
    for part in f.parts() if depth else ():
        own = _split(part, axes, ndim, facts, readers, depth - 1)
        constant, changing, sign = constant + own[0], changing + own[1], sign * own[2]
    if (not constant and sign > 0) or (len(changing) > 1 and readers.get(f.core, 1) > 1):
        return [], [f], 1
    return constant, changing, sign


def _is_constant(sizes: Sizes, axes: Sequence[int], ndim: int) -> bool:
    """Whether something of these sizes is the same along the axes of an array with `ndim`."""
    lead = ndim - len(sizes)
    return all(k < lead or not sizes[k - lead] for k in axes)


# products -------------------------------------------------------------------------------------------------------------


def _regrouped(m: Match, readers: Readers) -> Variable | None:
    """(x k) c as x (k c), and the like with quotients and signs, for k and c that are small beside x."""
    root, facts = m.root, m.facts
    if not root.type.is_float or not root.type.ndim:
        return None
    if is_op(root, Negative):
        return _sign_to_small(operands(root)[0], facts, readers)
    a, b = operands(root)
    for product, c in ((a, b), (b, a)) if is_op(root, Multiply) else ((a, b),):
        if not _is_open(product, facts, readers) or not _is_small(c, product, facts):
            continue
        above = is_op(root, Multiply)
        for x, k in _large_and_small(product, facts):
            # A quotient of quotients stays: the product of two small numbers may be none any more.
            if (x.above or k.above) and (k.above or above) and _one_covers(k.core, c, facts):
                return _applied(x, _fraction_of(k, c, above))
    return None


def _sign_to_small(product: Variable, facts: Facts, readers: Readers) -> Variable | None:
    if not _is_open(product, facts, readers):
        return None
    for x, k in _large_and_small(product, facts):
        return _applied(x, replace(k, core=negative(k.core)))
    return None


def _is_open(product: Variable, facts: Facts, readers: Readers) -> bool:
    return is_op(product, Multiply, Divide) and readers.get(product, 1) == 1


def _large_and_small(product: Variable, facts: Facts) -> list[tuple[Factor, Factor]]:
    """The operand as large as the product with the one that is small, where there are such."""
    u, v = operands(product)
    factors = Factor(u), Factor(v, is_op(product, Multiply))
    return [
        (x, k) for x, k in (factors, factors[::-1])
        if _is_small(k.core, product, facts) and facts.same_shape(x.core, product)
    ]  # fmt: skip


def _is_small(x: Variable, beside: Variable, facts: Facts) -> bool:
    """Whether `x` is spread along an axis of the other, and spreads it along none.

    A number that might overflow in the order it would get does not count.
    """
    value = number(x)
    if (value is not None and not is_moderate(value)) or not facts.covers(beside, x):
        return False
    sizes, others = facts.sizes(x), facts.sizes(beside)
    lead = len(others) - len(sizes)
    return any(n and (k < lead or not sizes[k - lead]) for k, n in enumerate(others))


def _one_covers(k: Variable, c: Variable, facts: Facts) -> bool:
    """Whether their product is no larger than the larger of them."""
    pair = (k, c) if k.type.ndim >= c.type.ndim else (c, k)
    return facts.covers(*pair) or (k.type.ndim == c.type.ndim and facts.covers(c, k))


def _fraction_of(k: Factor, c: Variable, above: bool) -> Factor:
    """k times c or by c."""
    if not k.above:
        return Factor(divide(c, k.core))
    return Factor(multiply(k.core, c) if above else divide(k.core, c))


def _applied(x: Factor, k: Factor) -> Variable:
    if not x.above:
        return divide(k.core, x.core)
    return multiply(x.core, k.core) if k.above else divide(x.core, k.core)
