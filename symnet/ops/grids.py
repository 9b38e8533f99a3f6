"""Numbers at even distances, grids, and powers of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import arr, as_variable, as_variables, case, vocabulary
from symnet.ops.arithmetic import maximum, sign
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import where
from symnet.ops.conversion import cast
from symnet.ops.create import arange, eye, ones, zeros
from symnet.ops.elementary import exp, log
from symnet.ops.join import concatenate, stack
from symnet.ops.matmul import matmul
from symnet.ops.order import moveaxis
from symnet.ops.powers import power
from symnet.ops.repeats import broadcast_arrays
from symnet.ops.scans import CumProd
from symnet.ops.shape import expand_dims, flatten, reshape
from symnet.ops.sizes import normal_axis, split_sizes
from symnet.origin import here
from symnet.types import float_of, promote, real_of

__all__ = ["identity", "linspace", "logspace", "geomspace", "meshgrid", "indices", "vander", "polyval"]


@vocabulary(case(3), case(2, dtype="int32"), case(arr(values=2, dtype="int64")))
def identity(n: Any, dtype: Any = "floatX") -> Variable:
    r"""The identity matrix (n, n), $y_{ij} = [i = j]$; n is an int or a symbolic integer scalar.

    Raises: ShapeError, DTypeError.
    """
    return eye(n, dtype=dtype)


# even distances -------------------------------------------------------------------------------------------------------


@vocabulary(
    case(0.0, 1.0, 5),
    case(arr(), arr(), 4),
    case(2, 3, 4, endpoint=False),
    case(arr(2), arr(2, 1), 3),
    case(arr(), 1.0, 1),
    case(arr(), 1.0, 0),
    case(0, 10, 4, dtype="int64"),
    case(arr(), 2.0, arr(values=3, dtype="int64")),
    case(arr(2, 3), arr(3), 4, axis=1),
    case(arr(2), 1.0, 3, axis=-1),
    case(arr(2), arr(2), 3, retstep=True),
    case(0.0, arr(), 4, endpoint=False, retstep=True),
    case(0.0, 1.0, 1, retstep=True),
)
def linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    r"""Numbers at even distances from start to stop, $y_k = (1 - t_k)\,\text{start} + t_k\,\text{stop}$ with
    $t_k = k / (n - 1)$, or without the end $t_k = k / n$.

    Scalars give (num,), arrays (num, ...) with the shape in which they meet, or num as the `axis` of the result.
    `num` is an int or a symbolic integer scalar. Integers give floatX; `dtype` converts the result, to integers by
    rounding down. With `retstep` it gives a tuple of them and the distance, NaN where there is none.

    Raises: ShapeError for num below 0 or ends that do not meet; DTypeError; ArgumentError for an axis of none.
    """
    split_sizes((num,), "linspace")
    ends = as_variables(start, stop)
    kind = promote(*(float_of(v.type.dtype) for v in ends))
    start, stop = broadcast_arrays(*(cast(v, kind) for v in ends))
    spans = num - 1 if endpoint else num
    parts = maximum(spans, 1) if isinstance(spans, Variable) else max(spans, 1)
    # In double precision: float32 holds no quotient of integers exactly, and the rounding would come twice.
    t = cast(arange(num), "float64") / cast(as_variable(parts), "float64")
    t = reshape(cast(t, kind), (num, *(1 for _ in range(start.type.ndim))))
    y = moveaxis(start * (1 - t) + stop * t, 0, normal_axis(axis, start.type.ndim + 1, "linspace", start))
    if dtype is not None:
        dtype = np.dtype(dtype).name if dtype != "floatX" else dtype
        y = cast(y // 1 if "int" in dtype else y, dtype)
    if not retstep:
        return y
    return y, (stop - start) / cast(where(as_variable(spans) > 0, cast(as_variable(spans), "float64"), np.nan), kind)


@vocabulary(
    case(0.0, 2.0, 3),
    case(arr(), arr(), 3, base=2.0),
    case(arr(), 1.0, 4, endpoint=False),
    case(arr(2), 1.0, 3, axis=-1),
)
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Variable:
    r"""Numbers whose logarithms have even distances, $y_k = b^{e_k}$ for the e of `linspace(start, stop, num)`.

    Shapes and errors are those of `linspace`.
    """
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    y = power(as_variable(base, exponents), exponents)
    return y if dtype is None else cast(y, dtype)


@vocabulary(
    case(1.0, 1000.0, 4),
    case(arr(low=0.5), arr(low=0.5), 5),
    case(arr(2, low=-3.0, high=-0.5), -2.0, 3, axis=-1),
    case(arr(low=0.5), 8.0, 3, endpoint=False),
    case(1e-30, 1e30, 7),
    case(2, 8, 3, dtype="float64"),
    case(arr(low=0.5), 2.0, 1),
    case(arr(low=0.5), 2.0, arr(values=4, dtype="int64")),
    case(arr(values=1 + 1j, dtype="complex128"), 4.0, 3),
)
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Variable:
    r"""Numbers of one ratio from start to stop, $y_k = \text{start}^{1 - t_k}\, \text{stop}^{t_k}$, the ends exact.

    Shapes and errors are those of `linspace`. Both ends are positive or both negative, else all is NaN; complex ones
    are joined by a spiral.
    """
    ends = as_variables(start, stop)
    kind = promote(*(float_of(v.type.dtype) for v in ends))
    start, stop = broadcast_arrays(*(cast(v, kind) for v in ends))
    side = sign(start)
    span = log(stop / side) - log(start / side)
    t = linspace(0.0, 1.0, num, endpoint, dtype=real_of(kind))
    t = reshape(t, (num, *(1 for _ in range(start.type.ndim))))
    # From the nearer end, so that no power overflows and both ends are exact.
    near = t <= 0.5
    y = where(near, start, stop) * exp(where(near, t, t - 1) * span)
    y = moveaxis(y, 0, normal_axis(axis, start.type.ndim + 1, "geomspace", start))
    return y if dtype is None else cast(y, dtype)


# grids ----------------------------------------------------------------------------------------------------------------


@vocabulary(
    case(arr(2), arr(3)),
    case(arr(2), arr(3), indexing="ij"),
    case(arr(2), arr(3), arr(1), sparse=True),
    case(arr(2)),
    case(arr(), arr(2)),
)
def meshgrid(*points: Any, sparse: bool = False, indexing: str = "xy") -> tuple[Variable, ...]:
    """The coordinates of the points of a grid, an array for each axis: x (M,) and y (N,) give two of (N, M). Views.

    With `indexing='ij'` they are (M, N). With `sparse` they keep size 1 along the other axes, and broadcast.

    Raises: ShapeError for points with more than one axis; ArgumentError for another indexing.
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing is {indexing!r}.", origin=here(), fix="use 'xy' or 'ij'.")
    xs = [as_variable(p) for p in points]
    for x in xs:
        if x.type.ndim > 1:
            raise ShapeError(
                f"meshgrid: points have {x.type.ndim} axes, not 1.",
                operands={"points": x},
                origin=here(),
                fix="give a vector for each axis.",
            )
    order = list(range(len(xs)))
    if indexing == "xy":
        order[:2] = reversed(order[:2])
    sides = [
        expand_dims(flatten(x), [a for a in range(len(xs)) if a != order[k]]) for k, x in enumerate(xs)
    ]
    return tuple(sides) if sparse else broadcast_arrays(*sides)


@vocabulary(case((2, 3)), case((2,), dtype="int32"), case((2, 3), sparse=True), case((arr(values=2, dtype="int64"), 1)))
def indices(dimensions: Sequence[Any], dtype: Any = "int64", sparse: bool = False) -> Any:
    """The indices of the elements of an array: sizes (N, M) give (2, N, M), the row of each and its column.

    Sizes are ints or symbolic integer scalars. With `sparse` a tuple, (N, 1) and (1, M).

    Raises: ShapeError, DTypeError.
    """
    split_sizes(tuple(dimensions), "indices")
    along = [cast(arange(n), dtype) for n in dimensions]
    grids = meshgrid(*along, sparse=sparse, indexing="ij")
    return grids if sparse else stack(list(grids))


@vocabulary(
    case(arr(3)),
    case(arr(3), 2, increasing=True),
    case(arr(values=[0.0, 2.0, -1.0]), 4),
    case(arr(2), 0),
    case(arr(values=[2, 3], dtype="int32"), 3),
    case(arr(3, dtype="complex128"), increasing=True),
)
def vander(x: Any, n: int | None = None, increasing: bool = False) -> Variable:
    r"""Powers of points in rows, a Vandermonde matrix: $y_{ij} = x_i^{n-1-j}$, or increasing $y_{ij} = x_i^j$.

    x (N,) gives (N, n); n is an int, by default N. Each power is the one before times x. Integers give int64.

    Raises: ShapeError unless x has one axis, or for n below 0; DTypeError.
    """
    x = as_variable(x)
    if x.type.ndim != 1:
        raise ShapeError(
            f"vander: x has {x.type.ndim} axes, not 1.", operands={"x": x}, origin=here(), fix="give a vector."
        )
    if n is not None:
        split_sizes((n,), "vander")
    columns = x.shape[0] if n is None else n
    dtype = x.type.dtype if x.type.is_inexact else "int64"
    rows = x.shape[0]
    more = maximum(columns - 1, 0) if isinstance(columns, Variable) else max(columns - 1, 0)
    factors = concatenate([ones((rows, 1), dtype), broadcast_to(cast(x, dtype)[:, None], (rows, more))], 1)
    powers = CumProd(1)(factors)[:, :columns]
    return powers if increasing else powers[:, ::-1]


@vocabulary(
    case(arr(4), arr(2, 3)),
    case([1.0, 0.0, -2.0], arr(3)),
    case(arr(1), arr(2)),
    case(arr(0), arr(2)),
    case(arr(3), 2.0),
    case(arr(values=[1, 2, 3], dtype="int32"), arr(values=[2, -1], dtype="int64")),
    case(arr(3), arr(2, dtype="complex128")),
)
def polyval(p: Any, x: Any) -> Variable:
    r"""A polynomial at x by Horner's rule, $\sum_k p_k x^{N-1-k}$: the coefficient of the highest power comes first.

    p (N,) and x of any shape give x's shape.

    Raises: ShapeError unless p has one axis.
    """
    p, x = as_variables(p, x)
    if p.type.ndim != 1:
        raise ShapeError(
            f"polyval: p has {p.type.ndim} axes, not 1.", operands={"p": p}, origin=here(), fix="give a vector."
        )
    dtype = promote(p.type.dtype, x.type.dtype)
    p, x = cast(p, dtype), cast(x, dtype)
    n = p.type.shape[0]
    if not isinstance(n, int):
        return reshape(matmul(cast(vander(flatten(x), p.shape[0]), dtype), p), x.shape)
    y: Variable = broadcast_to(p[0], x.shape) if n else zeros(x.shape, dtype)
    for k in range(1, n):
        y = y * x + p[k]
    return y
