"""Rules that make graphs smaller without changing a value."""

from __future__ import annotations

import numpy as np

from symnet.graph import Constant, Variable
from symnet.graph.inputs import matrix, tensor, vector
from symnet.op import Composite, Op
from symnet.ops import (
    Add,
    Cast,
    Divide,
    Exp,
    Log,
    Multiply,
    Negative,
    Power,
    Reshape,
    Subtract,
    Transpose,
    cast,
    exp,
    log,
    multiply,
    negative,
    power,
    reshape,
    sqrt,
    square,
    transpose,
)
from symnet.rewrites.pattern import Number, P
from symnet.rewrites.rule import Rule

_Bound = dict[str, Variable]


def _transposed(m: _Bound) -> Variable:
    inner, outer = m["inner"].node, m["root"].node
    assert inner is not None and outer is not None
    return transpose(m["x"], [inner.op.axes[k] for k in outer.op.axes])  # type: ignore[attr-defined]


def _reshaped(m: _Bound) -> Variable | None:
    root = m["root"]
    assert root.node is not None
    return reshape(m["x"], root.type.shape) if root.type.is_static and len(root.node.inputs) == 1 else None


def _same_shape(m: _Bound) -> Variable | None:
    root = m["root"]
    assert root.node is not None
    x = root.node.inputs[0]
    return x if root.type.is_static and root.type == x.type else None


def _cast_again(m: _Bound) -> Variable | None:
    first, last = m["x"].type.dtype, m["root"].type.dtype
    middle = m["inner"].type.dtype
    lossless = np.can_cast(first, middle, "safe") and middle != "bool"
    return cast(m["x"], last) if lossless else None


def _scaled_twice(m: _Bound) -> Variable | None:
    a, b = m["a"], m["b"]
    if not (isinstance(a, Constant) and isinstance(b, Constant)) or a.type.ndim or b.type.ndim:
        return None
    if not m["root"].type.is_float:
        return None
    product = np.float64(a.data) * np.float64(b.data)
    return multiply(m["x"], Constant(product, m["root"].type.dtype)) if np.isfinite(product) else None


def _float(m: _Bound, value: Variable) -> Variable | None:
    return value if value.type.dtype == m["root"].type.dtype else None


RULES = (
    Rule("add_zero", P(Add, "x", Number(0)), lambda m: m["x"], "adding 0 is idle", lambda: vector("x") + 0),
    Rule("subtract_zero", P(Subtract, "x", Number(0)), lambda m: m["x"], "0 is idle", lambda: vector("x") - 0),
    Rule("multiply_by_one", P(Multiply, "x", Number(1)), lambda m: m["x"], "1 is idle", lambda: vector("x") * 1),
    Rule("divide_by_one", P(Divide, "x", Number(1)), lambda m: m["x"], "1 is idle", lambda: vector("x") / 1),
    Rule(
        "negate_twice",
        P(Negative, P(Negative, "x")),
        lambda m: m["x"],
        "two signs cancel",
        lambda: negative(negative(vector("x"))),
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
    Rule("power_one", P(Power, "x", Number(1)), lambda m: m["x"], "the first power is x", lambda: vector("x") ** 1),
    Rule(
        "sqrt_from_power",
        P(Power, "x", Number(0.5)),
        lambda m: _float(m, sqrt(m["x"])),
        "a root is cheaper than a power",
        lambda: vector("x") ** 0.5,
    ),
    Rule("log_of_exp", P(Log, P(Exp, "x")), lambda m: m["x"], "inverse functions", lambda: log(exp(vector("x")))),
    Rule(
        "transpose_once",
        P(Transpose, P(Transpose, "x", bind="inner")),
        _transposed,
        "two orders of axes are one",
        lambda: matrix("x").T.T,
    ),
    Rule(
        "reshape_once",
        P(Reshape, P(Reshape, "x")),
        _reshaped,
        "only the last shape counts",
        lambda: tensor("x", shape=(2, 6)).reshape((3, 4)).reshape((12,)),
    ),
    Rule(
        "reshape_to_same",
        Reshape,
        _same_shape,
        "the shape is that already",
        lambda: Reshape((-1, 3))(tensor("x", shape=(2, 3))),
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


def fold(x: Variable) -> Variable | None:
    """`x` as a constant, if it depends on constants only and is small."""
    node = x.node
    if node is None or not node.inputs or not all(isinstance(v, Constant) for v in node.inputs):
        return None
    if isinstance(node.op, Composite) or not x.type.is_static or len(node.outputs) != 1:
        return None
    if int(np.prod([n for n in x.type.shape if isinstance(n, int)])) > FOLD_LIMIT:
        return None
    with np.errstate(all="ignore"):
        value = node.op.run(*(v.data for v in node.inputs if isinstance(v, Constant)))
    return Constant(value, x.type.dtype)


def _folded(m: _Bound) -> Variable | None:
    return fold(m["root"])


def folding_rules(ops: set[type[Op]]) -> tuple[Rule, ...]:
    """Folding as one rule for each op class of a graph."""
    return tuple(
        Rule("fold_constants", op, _folded, "known when compiled", lambda: exp(Constant(1.0, "float32"))) for op in ops
    )
