"""Pooling by p-norms: `lp_pool2d` and its kin."""

from __future__ import annotations

from typing import Any

from symnet.errors import ArgumentError
from symnet.graph import Variable
from symnet.op import arr, case, vocabulary
from symnet.ops.arithmetic import abs as absolute
from symnet.ops.compare import equal, where
from symnet.ops.curves import number
from symnet.ops.pool import pool1d, pool2d, pool3d
from symnet.ops.powers import power
from symnet.origin import here

__all__ = ["lp_pool1d", "lp_pool2d", "lp_pool3d"]


def _lp_pool(ndim: int, x: Any, norm_type: float, window: Any, stride: Any, ceil: bool) -> Variable:
    p = number(f"lp_pool{ndim}d", "norm_type", norm_type, 0.0)
    if not p:
        raise ArgumentError(
            f"lp_pool{ndim}d: norm_type is 0.", origin=here(), fix="give a number above 0: 1 adds, 2 is Euclid's norm."
        )
    pool = {1: pool1d, 2: pool2d, 3: pool3d}[ndim]
    sums = pool(power(absolute(x), p), window, stride, mode="sum", ceil=ceil)
    if p == 1:
        return sums
    # A root has no slope at 0; taken as 0 there, as that of a norm.
    is_zero = equal(sums, 0.0)
    return where(is_zero, 0.0, power(where(is_zero, 1.0, sums), 1 / p))


@vocabulary(
    case(arr(2, 2, 7, low=0.25), 2, 2),
    case(arr(1, 1, 6), 3, 3, stride=2, ceil=True),
    case(arr(1, 1, 5), 1, 2),
    case(arr(values=[[[0.0, 0.0, 3.0, -4.0]]]), 2, 2, order=0),
)
def lp_pool1d(x: Any, norm_type: float, window: Any = 2, stride: Any = None, ceil: bool = False) -> Variable:
    r"""Norms of signals over windows, $y_{nci} = (\sum_a |x_{n, c, si + a}|^p)^{1/p}$ with p = `norm_type`.

    x (N, C, L), y (N, C, L'); window, stride and ceil are those of `pool1d`. The derivative of a norm that is 0 is 0.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _lp_pool(1, x, norm_type, window, stride, ceil)


@vocabulary(case(arr(2, 1, 5, 4), 2), case(arr(1, 2, 4, 5, low=0.25), 1.5, (3, 2), stride=1), case(arr(1, 1, 4, 4), 4))
def lp_pool2d(x: Any, norm_type: float, window: Any = 2, stride: Any = None, ceil: bool = False) -> Variable:
    r"""Norms of images over windows, $y_{ncij} = (\sum_{ab} |x_{n, c, si + a, sj + b}|^p)^{1/p}$ with p = `norm_type`.

    x (N, C, H, W), y (N, C, H', W'); window, stride and ceil are those of `pool2d`. The derivative of a norm that is 0
    is 0.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _lp_pool(2, x, norm_type, window, stride, ceil)


@vocabulary(case(arr(1, 2, 2, 4, 2), 2), case(arr(1, 1, 3, 3, 2, low=0.25), 3, (2, 3, 1), stride=1))
def lp_pool3d(x: Any, norm_type: float, window: Any = 2, stride: Any = None, ceil: bool = False) -> Variable:
    r"""Norms of volumes over windows, $(\sum |x|^p)^{1/p}$ with p = `norm_type`.

    x (N, C, D, H, W), y (N, C, D', H', W'); window, stride and ceil are those of `pool3d`. The derivative of a norm
    that is 0 is 0.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _lp_pool(3, x, norm_type, window, stride, ceil)
