"""Products of matrices: `matmul` and what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod as product
from typing import Any

import numpy as np

from symnet.errors import DTypeError, ShapeError
from symnet.graph import Variable
from symnet.graph.operators import word
from symnet.graph.rows import leveled
from symnet.machine import BLAS, Machine
from symnet.op import Emitter, Op, Split, aligned, arr, as_variable, as_variables, case, sum_like, vocabulary
from symnet.ops.arithmetic import multiply
from symnet.ops.conversion import cast
from symnet.ops.turned import TurnedProduct
from symnet.origin import here
from symnet.types import Dim, TensorType, broadcast, dtype_name, promote, shape_text

__all__ = ["dot", "matmul", "outer", "matrix_transpose", "MatMul"]


class MatMul(Op):
    """NumPy's matrix product: the last axis of x against the last but one of w, earlier axes broadcast."""

    name, roles, symbol, linear_in = "matmul", ("x", "w"), "@", (0, 1)
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        x, w = (v.type for v in inputs)
        if x.dtype == "bool":
            raise DTypeError("matmul is not defined for bool.", fix="cast to a number type first.")
        if x.dtype != w.dtype:
            raise DTypeError(f"matmul: x is {x.dtype} but w is {w.dtype}.", fix="cast one of them.")
        for role, t in (("x", x), ("w", w)):
            if t.ndim == 0:
                raise ShapeError(f"matmul: {role} is a scalar and has no axis to sum over.", fix="use x * w.")
        _check_inner(x.shape, w.shape)
        try:
            batch = broadcast([x.shape[:-2], w.shape[:-2]])
        except ShapeError as error:
            raise ShapeError(
                f"matmul: all axes but the last two must broadcast, but {error.what}",
                fix="make these sizes equal, or 1.",
            ) from None
        rows = x.shape[-2:-1]
        columns = w.shape[-1:] if w.ndim > 1 else ()
        return TensorType(x.dtype, batch + rows + columns)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        x, w = inputs
        if not x.type.is_inexact:
            return [None, None]
        ndims = x.type.ndim, w.type.ndim
        if ndims == (1, 1):
            return [g * w, g * x]
        if ndims[1] == 1:
            lead = tuple(range(ndims[0] - 1))
            return [_column(g) * w, sum_like(word("tensordot")(x, g, (lead, lead)), w)]
        if ndims[0] == 1:
            lead = tuple(range(ndims[1] - 2))
            return [
                sum_like(word("tensordot")(w, g, ((*lead, ndims[1] - 1), (*lead, ndims[1] - 2))), x),
                sum_like(_column(x) * word("expand_dims")(g, -2), w),
            ]
        if ndims[1] == 2 and ndims[0] > 2:
            # One product over all rows, not a batch of small ones and their sum.
            lead = tuple(range(ndims[0] - 1))
            return [matmul(g, w.T), sum_like(word("tensordot")(x, g, (lead, lead)), w)]
        return [sum_like(matmul(g, matrix_transpose(w)), x), sum_like(matmul(matrix_transpose(x), g), w)]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        x, w = inputs
        (many_x, many_w), ndims = rows, (x.type.ndim - rows[0], w.type.ndim - rows[1])
        if ndims == (1, 1) and not many_x:
            return self(w, x)
        if ndims == (2, 1) and not many_x:
            return self(w, x.T)
        if ndims == (1, 1) and many_w and x.type.is_float:
            return word("vecdot")(x, w)
        if (not many_w and ndims[1] <= 2) or (not many_x and ndims[0] == 1):
            return self(x, w)
        # As matrices, so that the leading axes are all there is to broadcast.
        x = word("expand_dims")(x, -2) if ndims[0] == 1 else x
        w = _column(w) if ndims[1] == 1 else w
        y = self(*leveled(rows, (x, w)))
        return word("squeeze")(y, tuple(k - 2 for k in (0, 1) if ndims[k] == 1))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, w = arrays
        _check_inner(x.shape, w.shape)
        return np.asarray(np.matmul(x, w))

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        (m, n), (a, b) = (x.type.ndim for x in inputs), axes
        if (m, n) == (2, 2) and (a, b) in ((1, None), (None, 0), (1, 0)):
            return Split((1, 0), None)
        if m >= 2 and n <= 2 and a is not None and a < m - 1:
            return Split((a, None), a)
        if m <= 2 and n >= 2 and b is not None and b != n - 2:
            return Split((None, b), b if m == 2 else b - (b > n - 2))
        if m == n > 2 and m - 2 > (a if a is not None else b if b is not None else m):
            return aligned(axes, *inputs)
        return None

    def flops(self, *inputs: Variable) -> int:
        x = inputs[0].type
        return 2 * product(n for n in (*self.infer(*inputs).shape, x.shape[-1]) if isinstance(n, int))

    def cost(self, machine: Machine, *inputs: Variable) -> float:
        x, w = (v.type for v in inputs)
        *lead, m, k = (n if isinstance(n, int) else 1 for n in (1, *x.shape))
        n = w.shape[-1] if w.ndim > 1 and isinstance(w.shape[-1], int) else 1
        flops = self.flops(*inputs)
        return machine.product(m, k, n, flops // max(2 * m * k * n, 1), x.dtype)

    def lower(self, *inputs: Variable) -> Variable | None:
        x, w = inputs
        if x.type.ndim == w.type.ndim == 2 and x.type.dtype == "float32" and _is_turned(w) and _is_flat(x, w):
            return TurnedProduct()(x, w.T)
        if x.type.ndim <= 2 or w.type.ndim > 2:
            return None
        rows = product(n for n in x.type.shape[:-1] if isinstance(n, int))
        flat = self(word("reshape")(x, (rows, x.type.shape[-1])), w)
        return word("reshape")(flat, self.infer(x, w).shape)

    def emit(self, e: Emitter, *names: str) -> None:
        if dtype_name(e.array(names[0])) not in BLAS:
            # np.dot would allocate iterators here, and there is no BLAS to gain.
            e.step(f"np.matmul({', '.join(names)}, out={e.out})")
            return
        x, w = (e.array(name) for name in names)
        if is_outer(x.shape, w.shape):
            e.step(f"np.multiply({', '.join(names)}, out={e.out})")
            return
        ready = [name if reads_as_it_lies(e.array(name)) else dense_copy(e, name, k) for k, name in enumerate(names)]
        # np.dot starts 0.35 microseconds sooner than np.matmul ((10, 100) @ (100, 10): 1.0 against 1.3), but
        # copies what has gaps between its rows; np.matmul hands that to BLAS as it is.
        plain = e.array(e.out).ndim <= 2 and e.array(e.out).flags.c_contiguous
        dense = all(_dense(v) or not reads_as_it_lies(v) for v in (x, w))
        e.step(f"np.{'dot' if plain and dense else 'matmul'}({', '.join(ready)}, out={e.out})")


def _is_turned(w: Variable) -> bool:
    return w.node is not None and w.node.op.name == "transpose"


def _is_flat(x: Variable, w: Variable) -> bool:
    """Whether x has few rows for a large w, so that a product turned costs less than reading w across its order.

    Measured (float32, one BLAS thread; microseconds as it is and turned, with the copy): 10 rows by 1000 x 1000: 528,
    396; by 100 x 784: 43, 34; 2 rows by 1000 x 1000: 352, 227; 16: 591, 474; 20: 648, 646; 10 by 10 x 1000: 8, 12.
    """
    rows, k, columns = (n if isinstance(n, int) else 0 for n in (*x.type.shape, w.type.shape[1]))
    return rows <= 16 and k >= 100 and columns >= 100


def is_outer(x: Sequence[int], w: Sequence[int]) -> bool:
    """Whether these are stacks of outer products, which NumPy's matmul computes without BLAS and slowly.

    Measured (float32), (23, 9, 1) @ (23, 1, 12121): np.matmul 3571 microseconds, np.multiply 281.
    """
    return len(x) > 2 and len(w) > 2 and x[-1] == 1


def dense_copy(e: Emitter, name: str, k: int) -> str:
    """A name for the k-th operand in row-major memory, copied there at every call."""
    # BLAS cannot read such strides: NumPy would copy to memory of its own, or loop without BLAS. Equal
    # expressions are prepared once, so the second operand's buffer needs another one.
    array = e.array(name)
    e.slow(f"{name} is copied, as BLAS cannot read its strides")
    copy = e.prepared(f"np.{('empty', 'zeros')[k]}({array.shape}, np.{array.dtype})", "dense")
    e.step(f"np.copyto({copy}, {name})")
    return copy


def _check_inner(x: Sequence[Dim], w: Sequence[Dim]) -> None:
    m, n = x[-1], w[-2] if len(w) > 1 else w[-1]
    if not isinstance(m, int) or not isinstance(n, int) or m == n:
        return
    columns, rows = ("columns" if len(x) > 1 else "elements"), ("rows" if len(w) > 1 else "elements")
    if len(w) == 2 and w[-1] == m:
        fix = f"transpose w: w.T has {m} rows."
    elif len(x) == 2 and x[-2] == n:
        fix = f"transpose x: x.T has {n} columns."
    elif len(x) > 2 and product(k for k in x[1:] if isinstance(k, int)) == n:
        fix = f"give each example one axis: x.flatten(2) has {n} columns."
    else:
        fix = f"w needs {m} {rows}, or x {n} {columns}: x is {shape_text(x)}, w is {shape_text(w)}."
    raise ShapeError(f"matmul: x has {m} {columns} but w has {n} {rows}.", fix=fix)


def _column(v: Variable) -> Variable:
    return word("expand_dims")(v, -1)


def _dense(x: np.ndarray) -> bool:
    """Whether np.dot reads `x` as it lies."""
    if x.ndim == 1:
        return x.strides[0] > 0 and x.strides[0] % x.itemsize == 0
    return x.flags.c_contiguous or x.flags.f_contiguous


def reads_as_it_lies(x: np.ndarray) -> bool:
    """Whether BLAS reads `x` as it lies: one matrix axis without gaps, the other forward."""
    if not x.flags.aligned:
        return False
    if x.ndim == 1:
        return _dense(x)
    if x.size == 0:
        return True
    (m, n), (row, column), item = x.shape[-2:], x.strides[-2:], x.itemsize
    by_row = (column == item or n == 1) and (m == 1 or (row % item == 0 and row >= n * item))
    by_column = (row == item or m == 1) and (n == 1 or (column % item == 0 and column >= m * item))
    return by_row or by_column


# the user's functions ---------------------------------------------------------------------------------------


@vocabulary(
    case(arr(3, 4), arr(4, 2)),
    case(arr(4), arr(4)),
    case(arr(3, 4), arr(4)),
    case(arr(4), arr(4, 2)),
    case(arr(2, 3, 4), arr(4)),
    case(arr(2, 3, 4), arr(4, 2)),
    case(arr(4), arr(2, 4, 3)),
    case(arr(3, 4), arr(2, 4, 2)),
    case(arr(2, 3, 4), arr(2, 4, 2)),
    case(arr(5, 1, 3, 4), arr(2, 4, 2), order=1),
    case(arr(2, 1, 2, 3), arr(1, 3, 3, 2), order=1),
    case(arr(1, 3), arr(3, 1)),
    case(arr(3, 0), arr(0, 2)),
    case(arr(0, 3), arr(3, 2)),
    case(arr(0), arr(0)),
    case(arr(2, 0, 3), arr(3, 2)),
    case(arr(0, 2, 3), arr(3)),
    case(arr(values=[[1, 2], [3, 4]], dtype="int32"), arr(values=[[1, -1], [0, 1]], dtype="int64")),
    case(arr(values=[[1, 2], [3, 4]], dtype="uint8"), arr(2, 3)),
    case(arr(3, 4, dtype="complex128"), arr(4, 2, dtype="complex128")),
    case(arr(4, dtype="complex128"), arr(4)),
    case(arr(2, 3, 4, dtype="complex64"), arr(4, 2, dtype="complex64")),
    case(arr(2, 3, 4, dtype="complex128"), arr(2, 4, 2, dtype="complex128"), order=1),
)
def matmul(x: Any, w: Any) -> Variable:
    r"""Matrix product, $y_{ij} = \sum_k x_{ik} w_{kj}$; also Python's `@`.

    x (..., N, K) and w (..., K, M) give (..., N, M), leading axes broadcast; an x (K,) is one row, a w (K,)
    one column, and that axis is missing in the result.

    Raises: ShapeError where the inner sizes differ or an operand is a scalar; DTypeError for bools.
    """
    a, b = as_variables(x, w)
    dtype = promote(a.type.dtype, b.type.dtype)
    return MatMul()(cast(a, dtype), cast(b, dtype))


@vocabulary(
    case(arr(3, 4), arr(4, 2)),
    case(arr(4), arr(4)),
    case(arr(3, 4), arr(4)),
    case(arr(4), arr(2, 4, 3)),
    case(arr(2, 3, 4), arr(4, 2)),
    case(arr(2, 3), arr(2, 3, 2)),
    case(arr(2, 2, 3), arr(2, 3, 2)),
    case(arr(3, 4), 2.0),
    case(arr(), arr(3)),
)
def dot(x: Any, w: Any) -> Variable:
    r"""Dot product as NumPy's: the last axis of x against the last but one of w, $\sum_k x_{..k} w_{..km}$.

    x (A..., K) and w (B..., K, M) give (A..., B..., M); x (A..., K) and w (K,) give (A...); scalars multiply.

    Raises: ShapeError where the inner sizes differ; DTypeError for bools.
    """
    a, b = as_variables(x, w)
    if a.type.ndim == 0 or b.type.ndim == 0:
        return multiply(a, b)
    if a.type.ndim == 1 or b.type.ndim <= 2:
        return matmul(a, b)
    _check_inner_of(a, b)
    return word("tensordot")(a, b, ((-1,), (-2,)))


def _check_inner_of(x: Variable, w: Variable) -> None:
    try:
        _check_inner(x.type.shape, w.type.shape)
    except ShapeError as error:
        raise error.at({"x": x, "w": w}, here()) from None


@vocabulary(
    case(arr(3), arr(4)),
    case(arr(2, 2), arr(3)),
    case(arr(0), arr(4)),
    case(arr(), arr(2)),
    case(arr(values=[1, 2], dtype="int32"), arr(2)),
)
def outer(x: Any, y: Any) -> Variable:
    r"""Outer product, $z_{ij} = x_i y_j$, of the flattened operands.

    x (N,) and y (M,) give (N, M).
    """
    a, b = (v if v.type.ndim == 1 else word("flatten")(v) for v in as_variables(x, y))
    return multiply(_column(a), b)


@vocabulary(case(arr(3, 4)), case(arr(2, 3, 4)), case(arr(2, 0, 3)), case(arr(values=[[1, 2]], dtype="int8")))
def matrix_transpose(x: Any) -> Variable:
    r"""Each matrix turned, $y_{ij} = x_{ji}$: x (..., N, M) gives (..., M, N); also `x.mT`.

    Raises: ShapeError for fewer than two axes.
    """
    x = as_variable(x)
    n = x.type.ndim
    if n < 2:
        raise ShapeError(
            f"matrix_transpose: x has {n} {'axis' if n == 1 else 'axes'}, and a matrix has 2.",
            operands={"x": x},
            origin=here(),
            fix="a vector has no transpose; sn.expand_dims(x, 0) is a row.",
        )
    return word("transpose")(x, (*range(n - 2), n - 1, n - 2))
