"""Rules that compute the same in fewer passes over memory, or with fewer multiplications."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, prod

from symnet.graph import Graph, Variable
from symnet.graph.inputs import matrix, vector
from symnet.op import Op
from symnet.ops import (
    Add,
    MatMul,
    Mean,
    Multiply,
    Negative,
    Pick,
    Square,
    Subtract,
    Sum,
    log_softmax,
    matmul,
    mean,
    multiply,
    negative,
    pick,
    reshape,
    softmax,
    zeros_like,
)
from symnet.ops import sum as total
from symnet.ops.broadcast import BroadcastTo
from symnet.ops.labels import PadRows
from symnet.ops.matmul import BLAS
from symnet.ops.nnet import CrossEntropy, CrossEntropyGrad, LogSoftmax, Softmax
from symnet.ops.pick import SetPicked
from symnet.ops.shape import ExpandDims
from symnet.rewrites.exponentials import is_op, linear, negated, number, operands, scaled
from symnet.rewrites.pattern import P
from symnet.rewrites.product import Factor
from symnet.rewrites.reactions import is_zero
from symnet.rewrites.rule import Match, Rule

# likelihoods ----------------------------------------------------------------------------------------------------------


def _picked_log_softmax(m: Match) -> Variable | None:
    x, labels = m["x"], m["labels"]
    if len(operands(m.root)) > 2 or not _are_rows(m.op("p").axes, x):
        return None
    if m.facts.sizes(labels)[0] != m.facts.sizes(x)[0]:
        return None
    return negative(CrossEntropy()(x, labels))


def _are_rows(axes: Sequence[int], x: Variable) -> bool:
    return x.type.ndim == 2 and axes == (1,)


def _cross_entropy_grad(m: Match) -> Variable | None:
    """u - p sum(u) for a scatter u of -w, one for each row, is w (p - 1) at the labels and w p elsewhere."""
    u, x = m["u"], m["x"]
    zeros, value, *rest = operands(u)
    rows = m.op("p").axes
    if len(rest) != 1 or not is_zero(zeros) or not _are_rows(rows, x) or m.op("s") != Sum(rows, True):
        return None
    if not m.facts.same_shape(u, x):
        return None
    w = _opposite(value)
    one_each = m.facts.sizes(w)[0] == m.facts.sizes(x)[0]
    return CrossEntropyGrad()(w if one_each else PadRows()(w, x), x, rest[0])


def _opposite(value: Variable) -> Variable:
    """-value; the sign goes where a number is repeated, before it is."""
    spreads: list[tuple[Op, tuple[Variable, ...]]] = []
    while is_op(value, BroadcastTo, ExpandDims) and value.node is not None:
        spreads.insert(0, (value.node.op, value.node.inputs[1:]))
        value = value.node.inputs[0]
    return Factor(negated(value), True, tuple(spreads)).value


# sums -----------------------------------------------------------------------------------------------------------------


def _sum_as_dot(m: Match) -> Variable | None:
    (x,) = operands(m.root)
    if m.root.type.ndim or m.root.type.dtype not in BLAS or not x.type.ndim:
        return None
    a, b = operands(x) * 2 if is_op(x, Square) else operands(x) if is_op(x, Multiply) else (None, None)
    if a is None or b is None or a.type.ndim != x.type.ndim or not m.facts.same_shape(a, b):
        return None
    return matmul(_flat(a), _flat(b))


def _flat(x: Variable) -> Variable:
    return x if x.type.ndim == 1 else reshape(x, (-1,))


def _scale_after_sum(m: Match) -> Variable | None:
    x, c = m["x"], m["c"]
    if number(c) is None:
        x, c = c, x
    scale = number(c)
    if not scale or not isfinite(scale) or not m.root.type.is_float or not x.type.ndim:
        return None
    return multiply(m.op()(x), c)


def _multiples(m: Match) -> Variable | None:
    (p, u), (q, v) = (linear(x) for x in operands(m.root))
    if is_op(m.root, Subtract):
        q = -q
    # Of opposite signs an infinity would cancel to what is no number.
    if u is None or u is not v or not m.root.type.is_float or not 0 < p * q < inf or not m.facts.same_shape(u, m.root):
        return None
    return scaled(u, p + q)


# products of matrices -------------------------------------------------------------------------------------------------


def chain_rule(graph: Graph) -> Rule:
    """Products of three matrices in the cheaper order."""
    return Rule(
        "matmul_order",
        MatMul,
        lambda m: _reordered(m, graph),
        "(A B) v and A (B v) are equal, and one of them is cheaper",
        lambda: (matrix("a", shape=(30, 5)) @ matrix("b", shape=(5, 40))) @ vector("v", shape=(40,)),
        reads=(MatMul,),
    )


def _reordered(m: Match, graph: Graph) -> Variable | None:
    x, w = operands(m.root)
    inner = x if is_op(x, MatMul) else w
    if not is_op(inner, MatMul):
        return None
    a, b = operands(inner)
    if not all(v.type.is_static and 1 <= v.type.ndim <= 2 for v in (x, w, a, b)):
        return None
    if (b if inner is x else a).type.ndim == 1:  # (A b) w is A b times w, and b w may be nothing at all
        return None
    # What others read as well is computed in any case.
    now = _cost(x, w) + (_cost(a, b) if graph.readers[inner] == 1 else 0)
    first, rest = ((b, w), (a, None)) if inner is x else ((x, a), (None, b))
    y = matmul(*first)
    left, right = (y if v is None else v for v in rest)
    return matmul(left, right) if _cost(*first) + _cost(left, right) < now else None


def _cost(a: Variable, b: Variable) -> int:
    """The multiplications in a product."""
    columns = b.type.shape[1:]
    return prod(n for n in (*a.type.shape, *columns) if isinstance(n, int))


# the rules ------------------------------------------------------------------------------------------------------------


def _example_grad() -> Variable:
    x, labels = matrix("x", shape=("n", 4)), vector("y", dtype="int64", shape=("n",))
    u = SetPicked()(zeros_like(x), vector("v", shape=("n",)), labels)
    return u - softmax(x) * total(u, axis=1, keepdims=True)


def _example_pick() -> Variable:
    return pick(log_softmax(matrix("x", shape=("n", 4))), vector("y", dtype="int64", shape=("n",)))


RULES = (
    Rule(
        "cross_entropy_from_pick",
        P(Pick, P(LogSoftmax, "x", bind="p"), "labels"),
        _picked_log_softmax,
        "of all log-probabilities only the labels' are needed",
        _example_pick,
    ),
    Rule(
        "cross_entropy_gradient",
        P(Subtract, P(SetPicked, bind="u"), P(Multiply, P(Softmax, "x", bind="p"), P(Sum, "u", bind="s"))),
        _cross_entropy_grad,
        "a subtraction at the labels in place of a matrix of zeros and its sum",
        _example_grad,
    ),
    Rule(
        "sum_as_dot",
        Sum,
        _sum_as_dot,
        "BLAS multiplies and adds in one pass, and the products need no memory",
        lambda: total(matrix("a", shape=(3, 4)) * matrix("b", shape=(3, 4))),
        reads=(Multiply, Square),
    ),
    Rule(
        "scale_after_sum",
        P(Sum, P(Multiply, "x", "c")),
        _scale_after_sum,
        "one product for each sum in place of one for each element",
        lambda: total(vector("x") * 3.0),
    ),
    Rule(
        "sign_after_sum",
        P(Sum, P(Negative, "x")),
        lambda m: negative(m.op()(m["x"])),
        "one sign for each sum in place of one for each element",
        lambda: total(-vector("x")),
    ),
    Rule(
        "sign_after_mean",
        P(Mean, P(Negative, "x")),
        lambda m: negative(m.op()(m["x"])),
        "likewise for means",
        lambda: mean(-vector("x")),
    ),
    Rule(
        "collect_multiples",
        (Add, Subtract),
        _multiples,
        "two multiples of one array are one",
        lambda: 2.0 * (x := vector("x")) + 3.0 * x,
    ),
)
