"""A rule for sums of products that nearly cancel: what is left of them is a product without the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symnet.graph import Variable
from symnet.graph.inputs import vector
from symnet.ops import Add, Negative, Subtract, sigmoid
from symnet.rewrites.exponentials import is_op, negated, operands
from symnet.rewrites.product import Factor, Product, shaped
from symnet.rewrites.reactions import logit
from symnet.rewrites.rule import Match, Rule

_ROOM = 8
"""How many terms of a sum are looked at: what makes a pass linear in the graph."""


def _terms(x: Variable, sign: int, nested: bool) -> list[Product]:
    """The terms of `x`, or `x` as one."""
    found: list[Product] = []
    stack = [(x, sign)]
    while stack:
        v, s = stack.pop()
        if nested and len(found) + len(stack) < _ROOM and is_op(v, Add, Subtract, Negative):
            last = s if is_op(v, Add) else -s
            stack += [(u, last if k or is_op(v, Negative) else s) for k, u in reversed([*enumerate(operands(v))])]
            continue
        product = Product.of(v)
        found.append(Product(product.sign * s, product.factors))
    return found


def _has_sigmoid(m: Match) -> bool:
    return m.facts.has_sigmoid(m.root)


def _complemented(m: Match) -> Variable | None:
    """a - a sigmoid(x) as a sigmoid(-x)."""
    nested = m.is_active()
    a, b = operands(m.root)
    left, right = _terms(a, 1, nested), _terms(b, 1 if is_op(m.root, Add) else -1, nested)
    for i, p in enumerate(left):
        for j, q in enumerate(right):
            merged = _merged(p, q) or _merged(q, p)
            if merged is not None:
                terms = [*left[:i], merged, *left[i + 1 :], *right[:j], *right[j + 1 :]]
                return shaped(_sum(terms, m.root.type.dtype), [a, b], m.root, m.facts)
    return None


def _merged(whole: Product, part: Product) -> Product | None:
    if whole.sign == part.sign or len(part.factors) != len(whole.factors) + 1:
        return None
    for k, f in enumerate(part.factors):
        z = logit(f) if f.above and not f.spreads else None
        rest = [*part.factors[:k], *part.factors[k + 1 :]]
        if z is not None and rest and _same_factors(rest, whole.factors):
            return Product(whole.sign, [*rest, Factor(sigmoid(negated(z)))])
    return None


def _same_factors(some: Sequence[Factor], others: Sequence[Factor]) -> bool:
    left = list(others)
    for f in some:
        if f not in left:
            return False
        left.remove(f)
    return not left


def _sum(terms: Sequence[Product], dtype: str) -> Variable:
    y = terms[0].build(dtype)
    for t in terms[1:]:
        part = replace(t, sign=1).build(dtype)
        y = y + part if t.sign > 0 else y - part
    return y


RULES = (
    Rule(
        "complement_of_sigmoid",
        (Add, Subtract),
        _complemented,
        "the difference of nearly equal numbers has lost its digits",
        lambda: (a := vector("a")) - a * sigmoid(vector("x")),
        given=_has_sigmoid,
    ),
)
