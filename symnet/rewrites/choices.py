"""Rules for gradients behind a choice: nothing flows to the branch not taken, not even 0 times infinity.

The gradient of `where(x > 0, log(x), 0)` is where(x > 0, g, 0) / x as the chain rule gives it, and NaN at 0. With the
choice last it is 0 there. So a choice between something and 0 moves out of the products, sums and broadcasts it meets
on its way back. That is done in derivatives only, where a chosen 0 means that nothing flows: in a forward
pass 0 times NaN stays NaN.

The derivatives of relu, maximum, clip and abs are factors of 0 and 1, or of -1, 0 and 1: a product is quicker than a
choice. Beside a factor that may be infinite, as in the gradient of `sqrt(relu(x))`, they become choices.
"""

from __future__ import annotations

from collections.abc import Callable

from symnet.graph import Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import (
    Add,
    Cast,
    Divide,
    Multiply,
    Negative,
    Sign,
    Subtract,
    Sum,
    Where,
    broadcast_to,
    cast,
    copysign,
    expand_dims,
    negative,
    not_equal,
    where,
)
from symnet.ops import sum as total
from symnet.ops.broadcast import BroadcastTo
from symnet.ops.shape import ExpandDims, Squeeze
from symnet.origin import Origin, made_for
from symnet.rewrites.exponentials import is_op, number, operands
from symnet.rewrites.facts import Facts
from symnet.rewrites.product import Factor, Product
from symnet.rewrites.rule import Match, Rule


def _is_derivative(x: Variable) -> bool:
    return x.origin is not None and x.origin.part in ("backward", "tangent")


def _in_derivative(m: Match) -> bool:
    return _is_derivative(m.root)


def _chosen(x: Variable) -> tuple[Variable, Variable, bool] | None:
    """The condition, what is chosen beside 0, and whether it is chosen where the condition holds."""
    if not is_op(x, Where) or not _is_derivative(x):
        return None
    condition, a, b = operands(x)
    if number(b) == 0:
        return condition, a, True
    return (condition, b, False) if number(a) == 0 else None


def _from_mask(m: Match) -> Variable | None:
    """A product of masks or signs with what may be infinite, as a choice."""
    if not m.facts.unbounded(m.root):
        return None
    product = Product.of(m.root)
    for k, f in enumerate(product.factors):
        mask = f.core
        if not f.above or f.spreads or not is_op(mask, Cast, Sign):
            continue
        (x,) = operands(mask)
        rest = product.factors[:k] + product.factors[k + 1 :]
        if is_op(mask, Cast) and x.type.dtype == "bool":
            return where(x, Product(product.sign, rest).build(m.root.type.dtype), 0.0)
        if is_op(mask, Sign):
            rest.insert(k, Factor(copysign(1.0, x)))
            return where(not_equal(x, 0), Product(product.sign, rest).build(m.root.type.dtype), 0.0)
    return None


def _behind(condition: Variable, value: Variable, holds: bool) -> Variable:
    return where(condition, value, 0.0) if holds else where(condition, 0.0, value)


def _after_product(m: Match) -> Variable | None:
    """where(c, a, 0) b as where(c, a b, 0), and quotients likewise."""
    a, b = operands(m.root)
    for x, other, first in ((a, b, True), (b, a, False)):
        found = _chosen(x)
        if found is None or (is_op(m.root, Divide) and not first):
            continue
        condition, value, holds = found
        return _behind(condition, m.op()(value, other) if first else m.op()(other, value), holds)
    return None


def _after_addition(m: Match) -> Variable | None:
    """Terms with one condition, where both have the shape of the result."""
    a, b = map(_chosen, operands(m.root))
    if a is None or b is None or a[0] is not b[0] or a[2] != b[2] or not m.facts.same_shape(*operands(m.root)):
        return None
    value = m.op()(a[1], b[1])
    return _behind(a[0], value, a[2]) if m.facts.covers(m.root, value) else None


def _after_sum(m: Match) -> Variable | None:
    """A sum over axes along which the condition is the same."""
    (x,) = operands(m.root)
    found = _chosen(x)
    if found is None:
        return None
    condition, value, holds = found
    axes, lead = m.op().axes, x.type.ndim - condition.type.ndim
    along = [k - lead for k in axes if k >= lead]
    if not m.facts.same_shape(value, x) or any(m.facts.sizes(condition)[k] for k in along):
        return None
    kept = condition if m.op().keepdims or not along else condition.squeeze(tuple(along))
    return _behind(kept, m.op()(value), holds)


def _after_view(m: Match) -> Variable | None:
    """Axes added, dropped or repeated."""
    x, *rest = operands(m.root)
    found = _chosen(x)
    if found is None or not _aligned(x, found, m.facts):
        return None
    condition, value, holds = found
    if not is_op(m.root, BroadcastTo) and condition.type.ndim:
        condition = m.op()(condition)
    return _behind(condition, m.op()(value, *rest), holds)


def _after_sign(m: Match) -> Variable | None:
    found = _chosen(operands(m.root)[0])
    return _behind(found[0], negative(found[1]), found[2]) if found is not None else None


def _aligned(x: Variable, found: tuple[Variable, Variable, bool], facts: Facts) -> bool:
    """Whether condition and value have the axes of the choice."""
    condition, value, _ = found
    return condition.type.ndim in (0, x.type.ndim) and facts.same_shape(value, x)


def _named(name: str) -> Variable:
    return vector(name, shape=("n",))


def _derivative(example: Callable[[], Variable]) -> Callable[[], Variable]:
    def made() -> Variable:
        with made_for(Origin("example.py", 1, "backward")):
            return example()

    return made


RULES = (
    Rule(
        "choice_from_mask",
        (Multiply, Divide),
        _from_mask,
        "0 times infinity is NaN, and a choice makes 0 of it",
        _derivative(lambda: cast((x := vector("x")) > 0, "float32") * (1 / x)),
        given=_in_derivative,
    ),
    Rule(
        "choice_after_product",
        (Multiply, Divide),
        _after_product,
        "0 times infinity is NaN, and nothing flows to a branch that was not taken",
        _derivative(lambda: where((x := vector("x")) > 0, vector("g"), 0.0) * (1 / x)),
        reads=(Where,),
        given=_in_derivative,
    ),
    Rule(
        "choice_after_addition",
        (Add, Subtract),
        _after_addition,
        "then it meets the factors behind the sum",
        _derivative(lambda: where((c := (x := _named("x")) > 0), _named("g"), 0.0) + where(c, x, 0.0)),
        reads=(Where,),
        given=_in_derivative,
    ),
    Rule(
        "choice_after_sign",
        Negative,
        _after_sign,
        "then it meets the factors behind the sign",
        _derivative(lambda: -where((x := matrix("x")) > 0, x, 0.0)),
        reads=(Where,),
        given=_in_derivative,
    ),
    Rule(
        "choice_after_sum",
        Sum,
        _after_sum,
        "where the condition is the same for all terms, so is the choice",
        _derivative(
            lambda: total(where(matrix("c", shape=("n", 1)) > 0, matrix("g", shape=("n", 4)), 0.0), axis=1)
        ),
        reads=(Where,),
        given=_in_derivative,
    ),
    Rule(
        "choice_after_view",
        (ExpandDims, Squeeze, BroadcastTo),
        _after_view,
        "then it meets the factors behind the broadcast",
        _derivative(lambda: broadcast_to(expand_dims(where((x := vector("x")) > 0, x, 0.0), 1), (3, 4))),
        reads=(Where,),
        given=_in_derivative,
    ),
)
