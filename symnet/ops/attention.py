"""Attention: values averaged by how well their keys fit the queries, in one head or several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError, SymnetError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.compare import greater_equal, logical_and, where
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.curves import float_variable, number
from symnet.ops.elementary import sqrt
from symnet.ops.matmul import matmul
from symnet.ops.nnet import softmax
from symnet.ops.shape import expand_dims, reshape, transpose
from symnet.ops.windows import is_int
from symnet.origin import here
from symnet.types import broadcast, promote, shape_text

__all__ = ["multi_head_attention", "scaled_dot_product_attention"]

_MASK = arr(values=[[True, False, True], [False, True, True]], dtype="bool")


@vocabulary(
    case(arr(2, 3), arr(4, 3), arr(4, 5)),
    case(arr(2, 2, 3), arr(2, 4, 3), arr(2, 4, 2), scale=0.3),
    case(arr(2, 4), arr(3, 4), arr(3, 2), _MASK),
    case(arr(2, 4), arr(3, 4), arr(3, 2), arr(2, 3)),
    case(arr(2, 1, 3, 4), arr(2, 1, 3, 4), arr(2, 1, 3, 2), is_causal=True),
    case(arr(2, 4), arr(3, 4), arr(3, 2), _MASK, is_causal=True),
    case(arr(2, 2), arr(3, 2), arr(3, 2), arr(values=[[False] * 3, [True] * 3], dtype="bool")),
    case(arr(values=[[1000.0, 0.0]]), arr(values=[[1000.0, 0.0], [-1000.0, 0.0]]), arr(2, 2), order=0),
)
def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, mask: Any = None, is_causal: bool = False, scale: float | None = None
) -> Variable:
    r"""Values averaged by how well their keys fit each query, $\text{softmax}(s\,Q K^\top)\,V$ with $s = 1 / \sqrt E$.

    query (..., L, E), key (..., S, E) and value (..., S, D) give (..., L, D); earlier axes broadcast. A bool `mask`
    (..., L, S) is true where a query may see a key, a float one is added to the fits; `is_causal` lets query i see the
    keys up to i. A query that may see none averages all.

    Raises: ShapeError, DTypeError, ArgumentError. Source: Vaswani et al., arXiv:1706.03762.
    """
    op = "scaled_dot_product_attention"
    q, k, v = (float_variable(x) for x in (query, key, value))
    operands = {"query": q, "key": k, "value": v}
    for role, x in operands.items():
        if x.type.ndim < 2:
            raise ShapeError(f"{op}: {role} has {x.type.ndim} axes, not (..., L, E).", operands=operands, origin=here())
    for role, axis, other, x, y in (("query", -1, "key", q, k), ("key", -2, "value", k, v)):
        n, m = x.type.shape[axis], y.type.shape[axis]
        if isinstance(n, int) and isinstance(m, int) and n != m:
            raise ShapeError(
                f"{op}: {role} has {n} along axis {axis}, but {other} has {m}.",
                operands=operands,
                origin=here(),
                fix="query (..., L, E), key (..., S, E), value (..., S, D).",
            )
    dtype = promote(q.type.dtype, k.type.dtype, v.type.dtype)
    q, k, v = (cast(x, dtype) for x in (q, k, v))
    # The scale on the side of the query meets L E elements, and not L S.
    if scale is None:
        width = q.shape[-1]
        q = q * (1 / math.sqrt(width)) if isinstance(width, int) and width else q / sqrt(cast(width, dtype))
    else:
        q = q * number(op, "scale", scale)
    fits = matmul(q, transpose(k, (*range(k.type.ndim - 2), k.type.ndim - 1, k.type.ndim - 2)))
    return matmul(softmax(_masked(op, fits, mask, is_causal)), v)


def _masked(op: str, fits: Variable, mask: Any, is_causal: bool) -> Variable:
    """The fits with those that do not count far below all others."""
    seen = None
    if mask is not None:
        m = as_variable(mask)
        if not (m.type.is_float or m.type.dtype == "bool"):
            raise DTypeError(
                f"{op}: mask is {m.type.dtype}.",
                operands={"mask": m},
                origin=here(),
                fix="use bools, true where a query may see a key, or floats that are added.",
            )
        try:
            wide = broadcast([m.type.shape, fits.type.shape])
        except SymnetError:
            wide = ()
        if len(wide) != fits.type.ndim:
            raise ShapeError(
                f"{op}: mask {shape_text(m.type.shape)} does not broadcast to {shape_text(fits.type.shape)}.",
                operands={"mask": m},
                origin=here(),
                fix="a mask is (L, S), or has the axes of the heads before.",
            )
        if m.type.is_float:
            fits = fits + cast(m, fits.type.dtype)
        else:
            seen = m
    if is_causal:
        rows, columns = fits.shape[-2:]
        before = greater_equal(expand_dims(arange(rows), 1), arange(columns))
        seen = before if seen is None else logical_and(seen, before)
    # Not -inf: of a query that sees nothing the softmax would be NaN.
    return fits if seen is None else where(seen, fits, float(0.7 * np.finfo(fits.type.dtype).min))


@vocabulary(
    case(arr(2, 3, 4), arr(2, 3, 4), arr(2, 3, 4), 2, arr(4, 4), arr(4, 4), arr(4, 4), arr(4, 4)),
    case(arr(1, 2, 3), arr(1, 3, 2), arr(1, 3, 2), 1, arr(3, 2), arr(2, 2), arr(2, 4), arr(4, 3),
         biases=(arr(2), arr(2), arr(4), arr(3))),
    case(arr(1, 3, 2), arr(1, 3, 2), arr(1, 3, 2), 2, arr(2, 4), arr(2, 4), arr(2, 4), arr(4, 2), is_causal=True),
    case(arr(1, 2, 2), arr(1, 3, 2), arr(1, 3, 2), 2, arr(2, 2), arr(2, 2), arr(2, 2), arr(2, 2), mask=_MASK),
)  # fmt: skip
def multi_head_attention(
    query: Any,
    key: Any,
    value: Any,
    heads: int,
    w_query: Any,
    w_key: Any,
    w_value: Any,
    w_out: Any,
    biases: Sequence[Any] | None = None,
    mask: Any = None,
    is_causal: bool = False,
) -> Variable:
    r"""Attention in several heads at once, $[\,\text{head}_1 \dots \text{head}_h\,]\,W_o$.

    Head i is `scaled_dot_product_attention` of $X_q W_q$, $X_k W_k$ and $X_v W_v$ with the i-th share of their columns.
    query (N, L, Q), key (N, S, K), value (N, S, V), w_query (Q, h E), w_key (K, h E), w_value (V, h D) and w_out
    (h D, O) give (N, L, O). `biases` are four vectors, added after each product; `mask` and `is_causal` are
    those of one head.

    Raises: ShapeError, DTypeError, ArgumentError. Source: Vaswani et al., arXiv:1706.03762.
    """
    op = "multi_head_attention"
    if not is_int(heads) or heads < 1:
        fix = "give the number of heads, at least 1."
        raise ArgumentError(f"{op}: heads is {heads!r}.", origin=here(), fix=fix)
    if biases is not None and len(biases) != 4:
        fix = "give those of query, key, value and result, or None."
        raise ArgumentError(f"{op}: {len(biases)} biases, not 4.", origin=here(), fix=fix)
    b_query, b_key, b_value, b_out = (None,) * 4 if biases is None else biases
    q, k, v = (
        _heads(op, role, float_variable(x), float_variable(w), b, int(heads))
        for role, x, w, b in (
            ("query", query, w_query, b_query), ("key", key, w_key, b_key), ("value", value, w_value, b_value)
        )
    )  # fmt: skip
    y = transpose(scaled_dot_product_attention(q, k, v, mask, is_causal), (0, 2, 1, 3))
    joined = matmul(reshape(y, (*y.shape[:2], y.shape[2] * y.shape[3])), w_out)
    return joined if b_out is None else joined + b_out


def _heads(op: str, role: str, x: Variable, w: Variable, b: Any, heads: int) -> Variable:
    """x w + b as (N, heads, L, E)."""
    columns = w.type.shape[-1] if w.type.ndim else None
    if x.type.ndim != 3 or w.type.ndim != 2 or (isinstance(columns, int) and columns % heads):
        raise ShapeError(
            f"{op}: {role} {shape_text(x.type.shape)} and its weights {shape_text(w.type.shape)} do not fit "
            f"{heads} heads.",
            operands={role: x, f"w_{role}": w},
            origin=here(),
            fix="inputs are (N, L, E), weights (E, heads * width).",
        )
    y = matmul(x, w)
    y = y if b is None else y + b
    width = columns // heads if isinstance(columns, int) else y.shape[2] // heads
    return transpose(reshape(y, (y.shape[0], y.shape[1], heads, width)), (0, 2, 1, 3))
