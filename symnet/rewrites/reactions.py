"""Rules for products in which one factor overflows where another vanishes: together they are harmless.

Gradients are full of them: that of log(p) divides by p what the gradient of p multiplies by it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from symnet.graph import Constant, Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import (
    Abs,
    Divide,
    Exp,
    Multiply,
    Pick,
    Sigmoid,
    Square,
    Subtract,
    Sum,
    exp,
    log,
    pick,
    sigmoid,
    sign,
    softmax,
    square,
    tanh,
    zeros_like,
)
from symnet.ops import abs as absolute
from symnet.ops import sum as total
from symnet.ops.create import Full
from symnet.ops.linalg.det import Cofactors, Det, det
from symnet.ops.linalg.solve import Inv
from symnet.ops.nnet import Softmax
from symnet.ops.pick import SetPicked
from symnet.ops.shape import ExpandDims, expand_dims
from symnet.rewrites.exponentials import (
    complement,
    difference,
    exponent,
    exponents,
    is_op,
    is_positive,
    linear,
    negated,
    number,
    operands,
    opposite,
    same,
    scaled,
)
from symnet.rewrites.product import Factor, Product, Reaction, reacted
from symnet.rewrites.rule import Match, Rule

# what reacts ----------------------------------------------------------------------------------------------------------


def _power(f: Factor) -> Variable | None:
    """a if the factor is e^a."""
    if not is_op(f.core, Exp):
        return None
    a = operands(f.core)[0]
    return a if f.above else negated(a)


def logit(f: Factor) -> Variable | None:
    """a if the factor is sigmoid(a), above or below the line."""
    s = complement(f.core)
    if s is not None:
        return negated(operands(s)[0])
    return operands(f.core)[0] if is_op(f.core, Sigmoid) else None


def _cancelled(a: Factor, b: Factor) -> list[Factor] | None:
    """v / v for a v that only rounding makes 0 or infinite."""
    if not a.above or b.above or a.spreads != b.spreads:
        return None
    if a.core is b.core:
        return [] if is_positive(a.core) else None
    p, q = logit(a), logit(b)
    return [] if p is not None and q is not None and same(p, q) else None


def _opposite_powers(a: Factor, b: Factor) -> list[Factor] | None:
    """e^a e^-a = 1."""
    p, q = _power(a), _power(b)
    return [] if p is not None and q is not None and a.spreads == b.spreads and opposite(p, q) else None


def _tail_of_sigmoid(a: Factor, b: Factor) -> list[Factor] | None:
    """e^a sigmoid(-a) = sigmoid(a)."""
    p, q = _power(a), logit(b)
    if p is None or q is None or not b.above or a.spreads != b.spreads or not opposite(p, q):
        return None
    return [Factor(sigmoid(negated(q)), True, a.spreads)]


def _share_of_sum(a: Factor, b: Factor) -> list[Factor] | None:
    """e^a / (e^a + e^b) = sigmoid(a - b), and e^a over more terms is e^(a - log(...))."""
    p = _power(a)
    terms = exponents(b.core) if p is not None and not b.above and a.spreads == b.spreads else None
    if p is None or terms is None:
        return None
    if len(terms) == 2 and any(same(p, t) for t in terms):
        other = terms[1] if same(p, terms[0]) else terms[0]
        return [Factor(sigmoid(difference(p, other)), True, a.spreads)]
    return [Factor(exp(p - log(b.core)), True, a.spreads)]


def _share_of_total(a: Factor, b: Factor) -> list[Factor] | None:
    r"""e^x / \sum e^x = softmax(x)."""
    if a.spreads or b.above or not is_op(a.core, Exp) or not a.above:
        return None
    if not is_op(b.core, Sum) or not is_op(operands(b.core)[0], Exp):
        return None
    x, y = operands(a.core)[0], operands(operands(b.core)[0])[0]
    axes = _spread_axes(b, x.type.ndim)
    return [Factor(Softmax(axes)(x))] if x is y and axes is not None else None


def _spread_axes(f: Factor, ndim: int) -> tuple[int, ...] | None:
    """The axes a sum was taken over, if it is spread over the same axes again."""
    op = f.core.node.op if f.core.node is not None else None
    assert isinstance(op, Sum)
    opened = [s for s, _ in f.spreads if isinstance(s, ExpandDims)]
    if opened:
        return op.axes if not op.keepdims and opened == [f.spreads[0][0]] == [ExpandDims(op.axes, ndim)] else None
    leading = op.axes == tuple(range(len(op.axes)))
    return op.axes if op.keepdims or leading else None


def _picked_share(a: Factor, b: Factor) -> list[Factor] | None:
    """v times a scatter of w / v[labels] is the scatter of w."""
    if not is_op(b.core, SetPicked) or not a.above or not b.above or a.spreads or b.spreads:
        return None
    zeros, value, *rest = operands(b.core)
    if not is_zero(zeros) or not is_positive(a.core):
        return None
    product = Product.of(value)
    for f in product.factors:
        if not f.above and not f.spreads and is_op(f.core, Pick) and operands(f.core) == (a.core, *rest):
            product.factors.remove(f)
            return [Factor(SetPicked()(zeros, product.build(value.type.dtype), *rest))]
    return None


def is_zero(x: Variable) -> bool:
    """Whether `x` is an array of zeros."""
    return x.node is not None and isinstance(x.node.op, Full) and x.node.op.number == 0


def _hyperbolic(a: Factor, b: Factor) -> list[Factor] | None:
    """(e^a - e^b) / (e^a + e^b) = tanh((a - b) / 2)."""
    if not a.above or b.above or a.spreads != b.spreads or not is_op(a.core, Subtract):
        return None
    p, q = map(exponent, operands(a.core))
    terms = exponents(b.core)
    if p is None or q is None or terms is None or len(terms) != 2:
        return None
    if not any(same(p, u) and same(q, v) for u, v in (terms, terms[::-1])):
        return None
    scale, base = linear(difference(p, q))
    return None if base is None else [Factor(tanh(scaled(base, scale / 2)), True, a.spreads)]


def _direction(a: Factor, b: Factor) -> list[Factor] | None:
    """x / |x| = sign(x)."""
    if a.above and not b.above and a.spreads == b.spreads and is_op(b.core, Abs) and operands(b.core)[0] is a.core:
        return [Factor(sign(a.core), True, a.spreads)]
    return None


def _less_one_power(a: Factor, b: Factor) -> list[Factor] | None:
    """x / x^2 = 1 / x."""
    if a.above and not b.above and a.spreads == b.spreads and is_op(b.core, Square) and operands(b.core)[0] is a.core:
        return [Factor(a.core, False, a.spreads)]
    return None


def _inverse(a: Factor, b: Factor) -> list[Factor] | None:
    """cof(A) / det(A) = A^-T."""
    if not is_op(a.core, Cofactors) or not a.above or a.spreads or b.above or not is_op(b.core, Det):
        return None
    n = a.core.type.ndim
    spreads = ((ExpandDims((n - 2, n - 1), n), ()),) if n > 2 else ()  # of one matrix it is a scalar
    if operands(a.core) != operands(b.core) or b.spreads != spreads:
        return None
    return [Factor(Inv()(*operands(a.core)).mT)]


REACTIONS: dict[str, Reaction] = {
    "cancel_factors": _cancelled,
    "cancel_powers": _opposite_powers,
    "tail_of_sigmoid": _tail_of_sigmoid,
    "tanh_from_exp": _hyperbolic,
    "sigmoid_from_share": _share_of_sum,
    "softmax_from_exp": _share_of_total,
    "cancel_picked": _picked_share,
    "sign_from_abs": _direction,
    "cancel_square": _less_one_power,
    "inverse_from_cofactors": _inverse,
}


def any_reaction(a: Factor, b: Factor) -> list[Factor] | None:
    """What the first reaction that takes place makes of two factors."""
    for reaction in REACTIONS.values():
        made = reaction(a, b)
        if made is not None:
            return made
    return None


# the rules ------------------------------------------------------------------------------------------------------------


def _rule(name: str, reason: str, example: Callable[[], Variable]) -> Rule:
    replacement = partial(reacted, reaction=REACTIONS[name])
    return Rule(name, (Multiply, Divide), replacement, reason, example, given=Match.is_active)


def _bounded(m: Match) -> Variable | None:
    """a / (1 + e^x) as a sigmoid(-x), wherever 1 + e^x stands below the line."""
    product = Product.of(m.root)
    for k, f in enumerate(product.factors):
        terms = None if f.above else exponents(f.core)
        if terms is not None and len(terms) == 2 and (x := _beside_one(f.core)) is not None:
            product.factors[k] = Factor(sigmoid(negated(x)), True, f.spreads)
            return product.build(m.root.type.dtype)
    return None


def _beside_one(x: Variable) -> Variable | None:
    """a in 1 + e^a."""
    p, q = operands(x)
    if number(p) == 1:
        return exponent(q)
    return exponent(p) if number(q) == 1 else None


def _example_cancel() -> Variable:
    s = sigmoid(vector("x"))
    return vector("g") / s * (s * (1 - s))


def _example_tanh() -> Variable:
    x = vector("x")
    return (exp(x) - exp(-x)) / (exp(x) + exp(-x))


def _example_softmax() -> Variable:
    e = exp(matrix("x"))
    return e / total(e, axis=1, keepdims=True)


def _example_picked() -> Variable:
    p, labels = softmax(matrix("x", shape=(3, 4))), Constant([2, 0, 3], "int64")
    return SetPicked()(zeros_like(p), vector("g", shape=(3,)) / pick(p, labels), labels) * p


def _example_inverse() -> Variable:
    a = matrix("a", shape=(3, 3))
    return expand_dims(1 / det(a), (0, 1)) * Cofactors()(a)


RULES = (
    _rule("cancel_factors", "what is 0 or infinite above and below is no number", _example_cancel),
    _rule("cancel_powers", "infinity times 0 is no number", lambda: vector("g") * exp(x := vector("x")) / exp(x)),
    _rule(
        "tail_of_sigmoid",
        "a tail that underflows, times a power that overflows, is no number",
        lambda: vector("g") * sigmoid(x := vector("x")) * exp(-x),
    ),
    _rule("tanh_from_exp", "infinity over infinity is no number", _example_tanh),
    Rule(
        "sigmoid_from_reciprocal",
        Divide,
        _bounded,
        "1 / (1 + exp(-x)) is the sigmoid, which no power of e overflows",
        lambda: 1 / (1 + exp(-vector("x"))),
        given=Match.is_active,
    ),
    _rule("sigmoid_from_share", "infinity over infinity is no number", lambda: exp(x := vector("x")) / (1 + exp(x))),
    _rule("softmax_from_exp", "infinity over infinity is no number", _example_softmax),
    _rule("cancel_picked", "a picked probability that underflows divides what it multiplies", _example_picked),
    _rule("sign_from_abs", "0 / 0 is no number", lambda: vector("g") / absolute(x := vector("x")) * x),
    _rule("inverse_from_cofactors", "a determinant overflows where the inverse does not", _example_inverse),
    _rule("cancel_square", "x * x overflows where 1 / x does not", lambda: vector("g") / square(x := vector("x")) * x),
)
