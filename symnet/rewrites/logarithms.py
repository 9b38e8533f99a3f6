"""Rules for logarithms: they move inwards until they meet the exponential they undo, before it under- or overflows."""

from __future__ import annotations

from collections.abc import Callable

from symnet.graph import Constant, Variable
from symnet.graph.inputs import matrix, vector
from symnet.ops import (
    Add,
    Divide,
    Exp,
    Log,
    Log1p,
    Multiply,
    Negative,
    Pick,
    Power,
    Reshape,
    Sigmoid,
    Sqrt,
    Square,
    Squeeze,
    Subtract,
    Sum,
    Transpose,
    equal,
    exp,
    log,
    log1p,
    log_softmax,
    logsumexp,
    maximum,
    multiply,
    negative,
    pick,
    sigmoid,
    softmax,
    softplus,
    sqrt,
    square,
    where,
)
from symnet.ops import abs as absolute
from symnet.ops import sum as total
from symnet.ops.broadcast import BroadcastTo
from symnet.ops.index import Index
from symnet.ops.nnet import Softmax
from symnet.ops.shape import ExpandDims
from symnet.rewrites.exponentials import difference, exponents, is_exponential, is_largest, is_op, linear, operands
from symnet.rewrites.pattern import Number, P
from symnet.rewrites.product import Factor, Product
from symnet.rewrites.rule import Match, Rule


def _log_softmax(m: Match) -> Variable:
    return log_softmax(m["x"], axis=m.op("p").axes)


def _logsumexp(m: Match) -> Variable | None:
    if _is_shifted(m["x"]):
        return None
    s = m.op("s")
    return logsumexp(m["x"], axis=s.axes, keepdims=s.keepdims)


def _of_sum(m: Match) -> Variable | None:
    r"""$\ln(e^a + e^b) = \max(a, b) + \ln(1 + e^{-|a - b|})$, term by term."""
    terms = exponents(m["x"])
    if terms is None:
        return None
    y = terms[0]
    for a in terms[1:]:
        if linear(y) == (0, None):
            y = softplus(a)
        elif linear(a) == (0, None):
            y = softplus(y)
        else:
            # The difference of equal infinities would be NaN.
            apart = where(equal(y, a), _number(0, y), absolute(difference(y, a)))
            y = maximum(y, a) + softplus(-apart)
    return y


def _of_product(m: Match) -> Variable | None:
    """The logarithm of each exponential among the factors, and that of the rest."""
    x = m["x"]
    if not is_op(x, Multiply, Divide, Negative):
        return None
    product = Product.of(x)
    apart = [f for f in product.factors if is_exponential(f.core)]
    rest = [f for f in product.factors if not is_exponential(f.core)]
    if not apart:
        return None
    y = log(Product(product.sign, rest).build(x.type.dtype)) if rest or product.sign < 0 else None
    for f in apart:
        part = Factor(log(f.core), True, f.spreads).value
        if y is None:
            y = part if f.above else negative(part)
        else:
            y = y + part if f.above else y - part
    return y


_MOVES = (Pick, Index, Reshape, Transpose, ExpandDims, Squeeze, BroadcastTo)


def _of_moved(m: Match) -> Variable | None:
    node = m["x"].node
    if node is None or not isinstance(node.op, _MOVES) or not is_exponential(node.inputs[0]):
        return None
    return node.op(log(node.inputs[0]), *node.inputs[1:])


def _of_power(m: Match) -> Variable | None:
    x = m["x"]
    if is_op(x, Square):
        base = operands(x)[0]
        return multiply(log(base if is_exponential(base) else absolute(base)), _number(2, x))
    if not is_op(x, Sqrt, Power) or not is_exponential(operands(x)[0]):
        return None
    exponent = operands(x)[1] if is_op(x, Power) else _number(0.5, x)
    return multiply(log(operands(x)[0]), exponent)


def _number(value: float, like: Variable) -> Constant:
    return Constant(value, like.type.dtype)


def _is_shifted(x: Variable) -> bool:
    """Whether a largest element has been subtracted already, so that no exponential exceeds 1."""
    return is_op(x, Subtract) and is_largest(operands(x)[1], operands(x)[0])


def _of(name: str, make: Callable[[Match], Variable | None], reason: str, example: Callable[[], Variable]) -> Rule:
    return Rule(name, P(Log, "x"), make, reason, example)


RULES = (
    Rule("log_of_exp", P(Log, P(Exp, "x")), lambda m: m["x"], "inverse functions", lambda: log(exp(vector("x")))),
    Rule(
        "log_of_softmax",
        P(Log, P(Softmax, "x", bind="p")),
        _log_softmax,
        "a probability that underflows to 0 has a finite logarithm",
        lambda: log(softmax(matrix("x"))),
    ),
    Rule(
        "log_of_sigmoid",
        P(Log, P(Sigmoid, "x")),
        lambda m: -softplus(-m["x"]),
        "likewise for one probability",
        lambda: log(sigmoid(vector("x"))),
    ),
    Rule(
        "log_of_one_minus_sigmoid",
        P(Log, P(Subtract, Number(1), P(Sigmoid, "x"))),
        lambda m: -softplus(m["x"]),
        "likewise for its complement",
        lambda: log(1 - sigmoid(vector("x"))),
    ),
    Rule(
        "log1p_of_minus_sigmoid",
        P(Log1p, P(Negative, P(Sigmoid, "x"))),
        lambda m: -softplus(m["x"]),
        "likewise, written with log1p",
        lambda: log1p(-sigmoid(vector("x"))),
    ),
    Rule(
        "softplus_from_log",
        P(Log, P(Add, Number(1), P(Exp, "x"))),
        lambda m: softplus(m["x"]),
        "exp overflows where softplus is x",
        lambda: log(1 + exp(vector("x"))),
    ),
    Rule(
        "softplus_from_log1p",
        P(Log1p, P(Exp, "x")),
        lambda m: softplus(m["x"]),
        "exp overflows where softplus is x",
        lambda: log1p(exp(vector("x"))),
    ),
    Rule(
        "logsumexp_from_log",
        P(Log, P(Sum, P(Exp, "x"), bind="s")),
        _logsumexp,
        "exp overflows where the result is near the largest x",
        lambda: log(total(exp(matrix("x")), axis=1)),
    ),
    _of(
        "log_of_sum",
        _of_sum,
        "exp overflows where the result is near the larger exponent",
        lambda: log(exp(x := vector("x")) + exp(-x)),
    ),
    _of(
        "log_of_product",
        _of_product,
        "a product underflows where the sum of the logarithms is finite",
        lambda: log(vector("w") * sigmoid(vector("x"))),
    ),
    _of(
        "log_of_picked",
        _of_moved,
        "the logarithm meets its exponential before part of it is taken",
        lambda: log(pick(softmax(matrix("x", shape=(3, 4))), Constant([2, 0, 3], "int64"))),
    ),
    _of(
        "log_of_power",
        _of_power,
        "a square overflows where twice the logarithm does not",
        lambda: log(square(vector("x"))) + log(sqrt(sigmoid(vector("y")))),
    ),
)
