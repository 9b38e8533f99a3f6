"""How variables vary together: covariances and correlations."""

from __future__ import annotations

from typing import Any

from symnet.errors import ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import maximum
from symnet.ops.conversion import cast
from symnet.ops.diagonals import diagonal
from symnet.ops.elementary import sqrt
from symnet.ops.matmul import matmul
from symnet.ops.reduce import mean
from symnet.ops.shape import expand_dims
from symnet.origin import here
from symnet.types import float_of

__all__ = ["cov", "corrcoef"]


def _rows(name: str, x: Any, rowvar: bool) -> Variable:
    """The variables as rows of a float matrix."""
    x = as_variable(x)
    if x.type.ndim not in (1, 2):
        raise ShapeError(
            f"{name}: x has {x.type.ndim} axes, not 1 or 2.",
            operands={"x": x},
            origin=here(),
            fix="give a matrix with a variable in each row, or in each column with rowvar=False.",
        )
    x = cast(x, float_of(x.type.dtype))
    return expand_dims(x, 0) if x.type.ndim == 1 else x if rowvar else x.T


@vocabulary(
    case(arr(3, 5)),
    case(arr(5, 3), rowvar=False),
    case(arr(3, 5), bias=True),
    case(arr(2, 4), ddof=2),
    case(arr(4)),
    case(arr(values=[[1, 2, 4], [3, 3, 0]], dtype="int32")),
    case(arr(2, 1), order=0),
)
def cov(x: Any, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Variable:
    r"""Covariances of variables, $c_{ij} = \frac{1}{n - d} \sum_k (x_{ik} - \bar x_i)(x_{jk} - \bar x_j)$.

    x (N, n), a variable in each row and an observation in each column, gives (N, N); with `rowvar=False` it is (n, N).
    A vector is one variable, and gives a scalar. d is `ddof`, by default 1, or 0 with `bias`. Integers give floatX.

    Raises: ShapeError unless x has one or two axes.
    """
    rows = _rows("cov", x, rowvar)
    centred = rows - mean(rows, axis=1, keepdims=True)
    free = (0 if bias else 1) if ddof is None else ddof
    c = matmul(centred, centred.T) / maximum(cast(as_variable(rows.shape[1]), rows.type.dtype) - free, 0)
    return c[0, 0] if as_variable(x).type.ndim == 1 else c


@vocabulary(case(arr(3, 5)), case(arr(5, 3), rowvar=False), case(arr(values=[[1.0, 2.0], [2.0, 1.0]]), order=0))
def corrcoef(x: Any, rowvar: bool = True) -> Variable:
    r"""Correlations of variables, $r_{ij} = c_{ij} / \sqrt{c_{ii} c_{jj}}$ of the covariances `cov(x)`.

    x (N, n) gives (N, N), with `rowvar=False` x (n, N); a vector is one variable. NaN where a variable does not vary.

    Raises: ShapeError unless x has one or two axes.
    """
    c = cov(_rows("corrcoef", x, rowvar))
    spread = sqrt(diagonal(c))
    # One after the other: the product of both may overflow.
    r = c / spread[:, None] / spread[None, :]
    return r[0, 0] if as_variable(x).type.ndim == 1 else r
