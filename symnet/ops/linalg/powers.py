"""Powers of a matrix, and products of many matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.broadcast import broadcast_to
from symnet.ops.create import eye
from symnet.ops.linalg.solve import inv
from symnet.ops.linalg.stacks import square_shape
from symnet.ops.matmul import matmul
from symnet.origin import here

__all__ = ["matrix_power", "multi_dot"]


@vocabulary(
    case(arr(3, 3), 5),
    case(arr(2, 2, 2), 2),
    case(arr(2, 2), 0),
    case(arr(2, 2), 1),
    case(arr(values=[[2.0, 1.0], [0.0, -4.0]]), -3),
    case(arr(0, 0), 3),
    case(arr(values=[[2, 1], [0, 4]], dtype="int32"), 3),
    name="linalg.matrix_power",
)
def matrix_power(a: Any, n: int) -> Variable:
    r"""$A^n$ of each matrix for an integer n, by squaring: a (..., N, N) gives (..., N, N).

    n = 0 gives the identity, n < 0 a power of the inverse.

    Raises: ShapeError for matrices that are not square; ArgumentError; MatrixError, at the call, for a singular matrix
    with n < 0.
    """
    a = as_variable(a)
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool):
        raise ArgumentError(
            f"linalg.matrix_power: n is {n!r}, not an integer.",
            operands={"a": a},
            origin=here(),
            fix="use an int; a fractional power is v * w**p @ v.T of sn.linalg.eigh.",
        )
    try:
        if a.type.ndim < 2:
            raise ShapeError("linalg.matrix_power: a is no matrix.", fix="a needs shape (..., N, N).")
        square_shape("matrix_power", a.type.shape)
    except ShapeError as error:
        raise error.at({"a": a}, here()) from None
    if n == 0:
        return broadcast_to(eye(a.shape[-1], dtype=a.type.dtype), a.shape)
    base, left = (inv(a), -int(n)) if n < 0 else (a, int(n))
    found: Variable | None = None
    while True:
        if left % 2:
            found = base if found is None else found @ base
        left //= 2
        if not left:
            assert found is not None
            return found
        base = base @ base


@vocabulary(
    case([arr(2, 3), arr(3, 4), arr(4, 1)]),
    case([arr(4), arr(4, 3), arr(3, 2), arr(2)]),
    case([arr(5, 2), arr(2, 4), arr(4, 3), arr(3)]),
    case([arr(2, 3), arr(3, 2)]),
    case([arr(2, 3), arr(3, 0), arr(0, 2)]),
    name="linalg.multi_dot",
)
def multi_dot(arrays: Sequence[Any]) -> Variable:
    r"""Product of matrices, $A_1 \cdots A_n$, in the order of fewest multiplications: (N, K), ..., (L, M) give (N, M).

    The first may be a row (K,), the last a column (L,); that axis is missing in the result. The order is found by
    dynamic programming where all sizes are known (Cormen et al., "Introduction to Algorithms", 14.2); else it is from
    left to right.

    Raises: ArgumentError for fewer than two; ShapeError where sizes do not meet.
    """
    factors = [as_variable(a) for a in arrays] if isinstance(arrays, (list, tuple)) else []
    if len(factors) < 2:
        raise ArgumentError(
            "linalg.multi_dot: at least two matrices are needed.", origin=here(), fix="pass a list: [a, b, c]."
        )
    for k, a in enumerate(factors):
        if a.type.ndim != 2 and not (a.type.ndim == 1 and k in (0, len(factors) - 1)):
            raise ShapeError(
                f"linalg.multi_dot: factor {k} has {a.type.ndim} axes, not 2.",
                operands={f"arrays[{k}]": a},
                origin=here(),
                fix="only the first and the last may be vectors; for stacks use sn.matmul.",
            )
    if not all(a.type.is_static for a in factors):
        return reduce(matmul, factors)
    return _product(factors, _cheapest(factors), 0, len(factors) - 1)


Splits = dict[tuple[int, int], int]


def _cheapest(factors: Sequence[Variable]) -> Splits:
    """Behind which factor each run of factors, given by its first and last, is split best."""
    first, last = factors[0].type, factors[-1].type
    sizes = [first.shape[0] if first.ndim == 2 else 1, *(a.type.shape[0] for a in factors[1:])]
    sizes = [*sizes, last.shape[1] if last.ndim == 2 else 1]
    n = [int(size) for size in sizes if isinstance(size, int)]
    costs = {(i, i): 0 for i in range(len(factors))}
    splits: Splits = {}
    for length in range(1, len(factors)):
        for i in range(len(factors) - length):
            j = i + length
            by_split = {k: costs[i, k] + costs[k + 1, j] + n[i] * n[k + 1] * n[j + 1] for k in range(i, j)}
            splits[i, j] = min(by_split, key=by_split.__getitem__)
            costs[i, j] = by_split[splits[i, j]]
    return splits


def _product(factors: Sequence[Variable], splits: Splits, i: int, j: int) -> Variable:
    if i == j:
        return factors[i]
    k = splits[i, j]
    return matmul(_product(factors, splits, i, k), _product(factors, splits, k + 1, j))
