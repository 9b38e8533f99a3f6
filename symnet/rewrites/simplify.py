"""Arithmetic that changes no value, and constants computed once."""

from __future__ import annotations

import numpy as np

from symnet.graph import Constant, Node, Variable
from symnet.graph.inputs import vector
from symnet.op import Composite, Op
from symnet.ops import (
    Add,
    Cast,
    Divide,
    GradClip,
    GradScale,
    Multiply,
    Negative,
    OwnGradient,
    Power,
    StopGradient,
    Subtract,
    ZeroGrad,
    cast,
    exp,
    multiply,
    negative,
    power,
    sqrt,
    square,
    stop_gradient,
)
from symnet.rewrites.exponentials import operands
from symnet.rewrites.pattern import Number, P
from symnet.rewrites.rule import Match, Rule


def _cast_again(m: Match) -> Variable | None:
    first, last = m["x"].type.dtype, m.root.type.dtype
    middle = m["inner"].type.dtype
    lossless = np.can_cast(first, middle, "safe") and middle != "bool"
    return cast(m["x"], last) if lossless else None


def _scaled_twice(m: Match) -> Variable | None:
    a, b = m["a"], m["b"]
    if not (isinstance(a, Constant) and isinstance(b, Constant)) or a.type.ndim or b.type.ndim:
        return None
    if not m.root.type.is_float:
        return None
    dtype = m.root.type.dtype
    product = np.float64(a.data) * np.float64(b.data)
    fits = abs(product) <= np.finfo(dtype).max  # NaN does not
    return multiply(m["x"], Constant(product, dtype)) if fits else None


def _float(m: Match, value: Variable) -> Variable | None:
    return value if value.type.dtype == m.root.type.dtype else None


RULES = (
    Rule(
        "add_zero",
        P(Add, "x", Number(0)),
        lambda m: m["x"],
        "adding 0 is idle",
        lambda: vector("x") + 0,
        on_complex=True,
    ),
    Rule(
        "subtract_zero",
        P(Subtract, "x", Number(0)),
        lambda m: m["x"],
        "0 is idle",
        lambda: vector("x") - 0,
        on_complex=True,
    ),
    Rule(
        "multiply_by_one",
        P(Multiply, "x", Number(1)),
        lambda m: m["x"],
        "1 is idle",
        lambda: vector("x") * 1,
        on_complex=True,
    ),
    Rule(
        "divide_by_one",
        P(Divide, "x", Number(1)),
        lambda m: m["x"],
        "1 is idle",
        lambda: vector("x") / 1,
        on_complex=True,
    ),
    Rule(
        "subtract_from_sign",
        P(Add, "x", P(Negative, "y")),
        lambda m: m["x"] - m["y"],
        "a sum with an opposite is a difference",
        lambda: vector("x") + -vector("y"),
        on_complex=True,
    ),
    Rule(
        "add_from_sign",
        P(Subtract, "x", P(Negative, "y")),
        lambda m: m["x"] + m["y"],
        "two signs cancel",
        lambda: vector("x") - -vector("y"),
        on_complex=True,
    ),
    Rule(
        "negate_twice",
        P(Negative, P(Negative, "x")),
        lambda m: m["x"],
        "two signs cancel",
        lambda: negative(negative(vector("x"))),
        on_complex=True,
    ),
    Rule(
        "scale_once",
        P(Multiply, P(Multiply, "x", "a"), "b"),
        _scaled_twice,
        "two scalar factors are one",
        lambda: vector("x") * 2.0 * 3.0,
    ),
    Rule(
        "square_from_power",
        P(Power, "x", Number(2)),
        lambda m: square(m["x"]),
        "a product is cheaper than a power",
        lambda: power(vector("x"), 2),
    ),
    Rule(
        "power_one",
        P(Power, "x", Number(1)),
        lambda m: m["x"],
        "the first power is x",
        lambda: vector("x") ** 1,
        on_complex=True,
    ),
    Rule(
        "sqrt_from_power",
        P(Power, "x", Number(0.5)),
        lambda m: _float(m, sqrt(m["x"])),
        "a root is cheaper than a power",
        lambda: vector("x") ** 0.5,
    ),
    Rule(
        "square_from_product",
        P(Multiply, "x", "x"),
        lambda m: square(m["x"]) if m.root.type.dtype != "bool" else None,
        "one form for both, and one operand to read",
        lambda: (x := vector("x")) * x,
        on_complex=True,
    ),
    Rule(
        "gradients_taken",
        (StopGradient, GradClip, GradScale, ZeroGrad, OwnGradient),
        lambda m: operands(m.root)[m.root.index],
        "what speaks of gradients only has done so",
        lambda: stop_gradient(vector("x")),
    ),
    Rule(
        "cast_once",
        P(Cast, P(Cast, "x", bind="inner")),
        _cast_again,
        "nothing is lost in between",
        lambda: cast(cast(vector("x", dtype="float32"), "float64"), "int32"),
    ),
)


FOLD_LIMIT = 4096
"""The largest constant, in elements, that folding makes."""


def _is_of_constants(node: Node) -> bool:
    """Whether a node has inputs, and they are constants."""
    return bool(node.inputs) and all([isinstance(v, Constant) for v in node.inputs])


def fold(x: Variable) -> Variable | None:
    """`x` as a constant, if it depends on constants only and is small."""
    node = x.node
    if node is None or not _is_of_constants(node):
        return None
    if isinstance(node.op, Composite) or not x.type.is_static or len(node.outputs) != 1:
        return None
    if int(np.prod([n for n in x.type.shape if isinstance(n, int)])) > FOLD_LIMIT:
        return None
    with np.errstate(all="ignore"):
        value = node.op.run(*(v.data for v in node.inputs if isinstance(v, Constant)))
    return Constant(value, x.type.dtype)


def _folded(m: Match) -> Variable | None:
    return fold(m.root)


def folding_rules(ops: set[type[Op]]) -> tuple[Rule, ...]:
    """Folding as one rule for each op class of a graph."""
    return tuple(
        Rule("fold_constants", op, _folded, "known when compiled", lambda: exp(Constant(1.0, "float32")), True)
        for op in ops
    )
