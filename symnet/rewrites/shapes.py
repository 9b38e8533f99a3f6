"""Rules for shapes: views of views, and broadcasts and sums over nothing."""

from __future__ import annotations

from symnet.graph import Variable, constant
from symnet.graph.inputs import matrix, tensor, vector
from symnet.ops import (
    Index,
    Multiply,
    Reshape,
    Squeeze,
    Sum,
    SumTo,
    Transpose,
    broadcast_to,
    exp,
    expand_dims,
    multiply,
    reshape,
    set_subtensor,
    squeeze,
    sum_to,
    transpose,
)
from symnet.ops.broadcast import BroadcastTo
from symnet.ops.index import SetAt
from symnet.ops.reduce import total_dtype
from symnet.ops.shape import ExpandDims
from symnet.rewrites.exponentials import operands
from symnet.rewrites.facts import takes_everything
from symnet.rewrites.pattern import P
from symnet.rewrites.rule import Match, Rule


def _transposed(m: Match) -> Variable:
    inner, outer = m["inner"].node, m["root"].node
    assert inner is not None and outer is not None
    return transpose(m["x"], [inner.op.axes[k] for k in outer.op.axes])  # type: ignore[attr-defined]


def _reshaped(m: Match) -> Variable | None:
    root = m["root"]
    assert root.node is not None
    return reshape(m["x"], root.type.shape) if root.type.is_static and len(root.node.inputs) == 1 else None


def _same_shape(m: Match) -> Variable | None:
    root = m["root"]
    assert root.node is not None
    x = root.node.inputs[0]
    return x if root.type.is_static and root.type == x.type else None


def _summed_to(m: Match) -> Variable | None:
    """The sum over the axes that are known to have been stretched, if nothing is left to be found out."""
    (g, x), sizes = operands(m.root), m.facts.sizes
    lead = g.type.ndim - x.type.ndim
    pairs = list(zip(sizes(g)[lead:], sizes(x), strict=True))
    if any(n and m != n for m, n in pairs) or g.type.dtype != total_dtype(g.type.dtype):
        return None
    stretched = tuple(lead + k for k, (m, n) in enumerate(pairs) if m != n)
    axes = (*range(lead), *stretched)
    if not axes:
        return g
    y = Sum(axes, keepdims=bool(stretched))(g)
    return squeeze(y, tuple(range(lead))) if lead and stretched else y


def _broadcast_by_itself(m: Match) -> Variable | None:
    return multiply(m["x"], m["c"]) if m.facts.same_shape(m["x"], m.root) else None


def _broadcast_to_same(m: Match) -> Variable | None:
    x = operands(m.root)[0]
    return x if m.facts.same_shape(x, m.root) else None


def _opened(m: Match) -> Variable | None:
    new = [k for k, entry in enumerate(m.op().key) if entry is None]
    return expand_dims(operands(m.root)[0], new) if takes_everything(m.op().key) else None


def _written_whole(m: Match) -> Variable | None:
    if not takes_everything(m.op().key):
        return None
    value, new = operands(m.root)[1], tuple(k for k, entry in enumerate(m.op().key) if entry is None)
    y = squeeze(value, new) if value.type.ndim == len(m.op().key) else value
    return y if m.facts.same_shape(y, m.root) else None


RULES = (
    Rule(
        "transpose_once",
        P(Transpose, P(Transpose, "x", bind="inner")),
        _transposed,
        "two orders of axes are one",
        lambda: matrix("x").T.T,
        on_complex=True,
    ),
    Rule(
        "reshape_once",
        P(Reshape, P(Reshape, "x")),
        _reshaped,
        "only the last shape counts",
        lambda: tensor("x", shape=(2, 6)).reshape((3, 4)).reshape((12,)),
        on_complex=True,
    ),
    Rule(
        "reshape_to_same",
        Reshape,
        _same_shape,
        "the shape is that already",
        lambda: Reshape((-1, 3))(tensor("x", shape=(2, 3))),
        on_complex=True,
    ),
    Rule(
        "expand_dims_from_index",
        Index,
        _opened,
        "x[:, None] has new axes and all of x",
        lambda: vector("x")[:, None],
        on_complex=True,
    ),
    Rule(
        "squeeze_and_expand",
        P(ExpandDims, P(Squeeze, "x", bind="inner")),
        lambda m: m["x"] if m.op().axes == m.op("inner").axes else None,
        "axes dropped and put back",
        lambda: expand_dims(squeeze(tensor("x", shape=(3, 1)), 1), 1),
        on_complex=True,
    ),
    Rule(
        "expand_and_squeeze",
        P(Squeeze, P(ExpandDims, "x", bind="inner")),
        lambda m: m["x"] if m.op().axes == m.op("inner").axes else None,
        "axes added and dropped",
        lambda: squeeze(expand_dims(vector("x"), 1), 1),
        on_complex=True,
    ),
    Rule(
        "written_whole",
        SetAt,
        _written_whole,
        "nothing is left of what was there before",
        lambda: set_subtensor(exp(x := matrix("x"))[:, :], x),
        on_complex=True,
    ),
    Rule(
        "sum_to_known",
        SumTo,
        _summed_to,
        "it is known which axes were stretched, or that none was",
        lambda: sum_to(exp(x := matrix("x")), x),
        on_complex=True,
    ),
    Rule(
        "broadcast_by_product",
        P(Multiply, "x", P(BroadcastTo, "c")),
        _broadcast_by_itself,
        "the product broadcasts by itself, and the factor may be a number",
        lambda: multiply(exp(x := matrix("x")), broadcast_to(constant(2.0, "float32"), x.shape)),
    ),
    Rule(
        "broadcast_to_same",
        BroadcastTo,
        _broadcast_to_same,
        "the shape is that already",
        lambda: broadcast_to(exp(x := matrix("x")), x.shape),
        on_complex=True,
    ),
)
