"""An array's attributes and methods on symbolic variables: each is a word, bound as the operators are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.graph.operators import word

if TYPE_CHECKING:
    from symnet.graph.variable import Variable

Axis = int | Sequence[int] | None


class Methods:
    """Mixin of `Variable`: indexing, and the attributes and methods of an array."""

    __slots__ = ()
    type: Any

    # shape and indexing -------------------------------------------------------------------------------------
    def __getitem__(self, key: Any) -> Variable:
        return word("index")(self, key)

    @property
    def at(self) -> Any:
        """`x.at[key]`, with `set`, `add` and the like: `x.at[2:5].add(value)` is a copy of x with a part changed."""
        return word("at")(self)

    @property
    def dtype(self) -> str:
        """NumPy's name of the element type."""
        return str(self.type.dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return int(self.type.ndim)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The sizes: a Python int where the size is known, a symbolic int64 scalar where it is not."""
        return tuple(
            n if isinstance(n, int) else word("size_of")(self, axis) for axis, n in enumerate(self.type.shape)
        )

    @property
    def size(self) -> Any:
        """The number of elements: an int where it is known, else symbolic."""
        return word("size")(self)

    @property
    def T(self) -> Variable:
        """The transpose: all axes in reverse order."""
        return word("transpose")(self)

    @property
    def mT(self) -> Variable:
        """The matrix transpose: the last two axes exchanged."""
        return word("matrix_transpose")(self)

    @property
    def real(self) -> Variable:
        """See `symnet.real`."""
        return word("real")(self)

    @property
    def imag(self) -> Variable:
        """See `symnet.imag`."""
        return word("imag")(self)

    def conj(self) -> Variable:
        """See `symnet.conj`."""
        return word("conj")(self)

    def reshape(self, *shape: Any) -> Variable:
        """See `symnet.reshape`; sizes as one tuple or as arguments."""
        return word("reshape")(self, shape[0] if len(shape) == 1 else shape)

    def flatten(self, ndim: int = 1) -> Variable:
        """See `symnet.flatten`."""
        return word("flatten")(self, ndim)

    def transpose(self, *axes: Any) -> Variable:
        """See `symnet.transpose`; axes as one tuple or as arguments."""
        return word("transpose")(self, axes[0] if len(axes) == 1 else (axes or None))

    def dimshuffle(self, *order: Any) -> Variable:
        """See `symnet.dimshuffle`; the order as one tuple or as arguments."""
        pattern = order[0] if len(order) == 1 and isinstance(order[0], (tuple, list)) else order
        return word("dimshuffle")(self, pattern)

    def squeeze(self, axis: Axis = None) -> Variable:
        """See `symnet.squeeze`."""
        return word("squeeze")(self, axis)

    def astype(self, dtype: Any) -> Variable:
        """See `symnet.cast`."""
        return word("cast")(self, dtype)

    def ravel(self) -> Variable:
        """See `symnet.ravel`."""
        return word("ravel")(self)

    def swapaxes(self, axis1: int, axis2: int) -> Variable:
        """See `symnet.swapaxes`."""
        return word("swapaxes")(self, axis1, axis2)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
        """See `symnet.diagonal`."""
        return word("diagonal")(self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Variable:
        """See `symnet.repeat`."""
        return word("repeat")(self, repeats, axis)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Variable:
        """See `symnet.take`."""
        return word("take")(self, indices, axis, mode)

    def choose(self, choices: Sequence[Any], mode: str = "raise") -> Variable:
        """See `symnet.choose`."""
        return word("choose")(self, choices, mode)

    def nonzero(self) -> tuple[Variable, ...]:
        """See `symnet.nonzero`."""
        found: tuple[Variable, ...] = word("nonzero")(self)
        return found

    # order and running totals -------------------------------------------------------------------------------
    def sort(self, axis: int | None = -1, *, descending: bool = False) -> Variable:
        """See `symnet.sort`; unlike NumPy's method it leaves x as it is and gives a new variable."""
        return word("sort")(self, axis, descending=descending)

    def argsort(self, axis: int | None = -1, *, descending: bool = False) -> Variable:
        """See `symnet.argsort`."""
        return word("argsort")(self, axis, descending=descending)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Variable:
        """See `symnet.searchsorted`."""
        return word("searchsorted")(self, v, side, sorter)

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Variable:
        """See `symnet.cumsum`."""
        return word("cumsum")(self, axis, dtype)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Variable:
        """See `symnet.cumprod`."""
        return word("cumprod")(self, axis, dtype)

    # reductions ---------------------------------------------------------------------------------------------
    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
        """See `symnet.trace`."""
        return word("trace")(self, offset, axis1, axis2)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.sum`."""
        return word("sum")(self, axis, keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.mean`."""
        return word("mean")(self, axis, keepdims)

    def var(self, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Variable:
        """See `symnet.var`."""
        return word("var")(self, axis, keepdims, ddof)

    def std(self, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Variable:
        """See `symnet.std`."""
        return word("std")(self, axis, keepdims, ddof)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.prod`."""
        return word("prod")(self, axis, keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.max`."""
        return word("max")(self, axis, keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.min`."""
        return word("min")(self, axis, keepdims)

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Variable:
        """See `symnet.argmax`."""
        return word("argmax")(self, axis, keepdims)

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Variable:
        """See `symnet.argmin`."""
        return word("argmin")(self, axis, keepdims)

    def any(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.any`."""
        return word("any")(self, axis, keepdims)

    def all(self, axis: Axis = None, keepdims: bool = False) -> Variable:
        """See `symnet.all`."""
        return word("all")(self, axis, keepdims)

    def dot(self, other: Any) -> Variable:
        """See `symnet.dot`."""
        return word("dot")(self, other)

    def clip(self, low: Any, high: Any) -> Variable:
        """See `symnet.clip`."""
        return word("clip")(self, low, high)

    def round(self, decimals: int = 0) -> Variable:
        """See `symnet.round`."""
        return word("round")(self, decimals)

    def eval(self, inputs: Mapping[Variable, Any] | None = None) -> np.ndarray:
        """The value for the given inputs: compiles, computes, and returns an array."""
        return word("eval")(self, inputs or {})
