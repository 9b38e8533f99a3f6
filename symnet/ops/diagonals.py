"""Diagonals and triangles of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, Split, arr, as_variable, case, vocabulary
from symnet.ops.arithmetic import minimum
from symnet.ops.broadcast import broadcast_to
from symnet.ops.compare import logical_not, where
from symnet.ops.conversion import cast
from symnet.ops.create import arange, zeros, zeros_like
from symnet.ops.searching import nonzero
from symnet.ops.shape import expand_dims, flatten, reshape
from symnet.ops.sizes import normal_axis, size, split_sizes
from symnet.ops.subtensor import cast_to, set_subtensor
from symnet.origin import here
from symnet.types import Dim, TensorType, shape_text

__all__ = [
    "diag", "diagonal", "diagflat", "fill_diagonal", "tri", "tril", "triu", "tril_indices", "tril_indices_from",
    "triu_indices", "triu_indices_from", "diag_indices", "diag_indices_from", "Diagonal", "SetDiagonal",
]  # fmt: skip

# the ops --------------------------------------------------------------------------------------------------------------


class _OnDiagonal(Op):
    """Family of ops on the elements $x_{i, i + k}$ of the matrices in two axes of x, `offset` being k."""

    offset: int = 0
    axis1: int = 0
    axis2: int = 1

    def _length(self, shape: Sequence[Dim]) -> Dim:
        n, m = shape[self.axis1], shape[self.axis2]
        if not isinstance(n, int) or not isinstance(m, int):
            return n if n == m and self.offset == 0 else None
        return max(0, min(n + min(self.offset, 0), m - max(self.offset, 0)))

    def _rest(self, shape: Sequence[Dim]) -> tuple[Dim, ...]:
        return tuple(n for k, n in enumerate(shape) if k not in (self.axis1, self.axis2))


class Diagonal(_OnDiagonal):
    """A diagonal of the matrices in two axes, as the last axis."""

    name, is_view = "diagonal", True
    on_complex = "own"
    on_float16 = "moved"
    roles: ClassVar[tuple[str, ...]] = ("x",)

    def infer(self, *inputs: Variable) -> TensorType:
        x = inputs[0].type
        return x.with_shape((*self._rest(x.shape), self._length(x.shape)))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [SetDiagonal(self.offset, self.axis1, self.axis2)(zeros_like(inputs[0]), g)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.diagonal(arrays[0], self.offset, self.axis1, self.axis2)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        axis = axes[0]
        if axis is None or axis in (self.axis1, self.axis2):
            return None
        return Split((axis,), axis - (self.axis1 < axis) - (self.axis2 < axis))

    def view(self, *names: str) -> str:
        return f"{names[0]}.diagonal({self.offset}, {self.axis1}, {self.axis2})"


class SetDiagonal(_OnDiagonal):
    """A copy of x with a diagonal of the matrices in two axes set to a value."""

    name = "set_diagonal"
    on_complex = "own"
    on_float16 = "moved"
    roles: ClassVar[tuple[str, ...]] = ("x", "value")
    overwrites: ClassVar[tuple[int, ...]] = (0,)

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        value = inputs[1]
        return [self(g, zeros_like(value)), Diagonal(self.offset, self.axis1, self.axis2)(g)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        x, value = arrays
        result = x.copy()
        matrices = np.moveaxis(result, (self.axis1, self.axis2), (-2, -1))
        for i in range(value.shape[-1]):
            matrices[..., i - min(self.offset, 0), i + max(self.offset, 0)] = value[..., i]
        return result

    def emit(self, e: Emitter, *names: str) -> None:
        x, value = names
        if x != e.out and not (x.isidentifier() and e.array(x) is e.array(e.out)):
            e.step(f"np.copyto({e.out}, {x})")
        out = e.array(e.out)
        length = self._length(out.shape)
        if not length:
            return
        # NumPy's own view of a diagonal cannot be written to.
        first = {self.axis1: -min(self.offset, 0), self.axis2: max(self.offset, 0)}
        key = ", ".join(f"{first[k]}:" if first.get(k) else ":" for k in range(out.ndim))
        corner = e.view(e.out, f"[{key}]", "corner") if self.offset else e.out
        strides = (*self._rest(out.strides), out.strides[self.axis1] + out.strides[self.axis2])
        diagonal = e.window(corner, (*self._rest(out.shape), length), strides, "diagonal")  # type: ignore[arg-type]
        e.step(f"np.copyto({diagonal}, {value})")


# the user's functions: diagonals --------------------------------------------------------------------------------------


def _offset(name: str, k: Any) -> int:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise DTypeError(f"{name}: the diagonal is {k!r}, not an integer.", origin=here(), fix="give an int.")
    return int(k)


@vocabulary(
    case(arr(3, 4)),
    case(arr(3, 4), 2),
    case(arr(3, 4), -1),
    case(arr(2, 3, 2), 1, axis1=1, axis2=2),
    case(arr(2, 3, 2), axis1=2, axis2=0),
    case(arr(2, 3), 5),
    case(arr(0, 3)),
)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    r"""A diagonal of the matrices in two axes, $y_i = x_{i, i + k}$ with k the `offset`, as the last axis. A view.

    x (N, N) gives (N,), x (B, N, M) with axes 1 and 2 gives (B, min(N, M)).

    Raises: ArgumentError unless x has the two axes and they differ; DTypeError.
    """
    x = as_variable(x)
    axes = [normal_axis(k, x.type.ndim, "diagonal", x) for k in (axis1, axis2)]
    if axes[0] == axes[1]:
        raise ArgumentError(
            f"diagonal: both axes are {axes[0]}.", operands={"x": x}, origin=here(), fix="give two different axes."
        )
    return Diagonal(_offset("diagonal", offset), *axes)(x)


@vocabulary(case(arr(3)), case(arr(2), 1), case(arr(2), -2), case(arr(3, 2)), case(arr(3, 2), -1), case(arr(0)))
def diag(x: Any, k: int = 0) -> Variable:
    r"""A vector as the diagonal of a matrix of zeros, $y_{i, i+k} = x_i$; of a matrix its diagonal, $y_i = x_{i, i+k}$.

    (N,) gives (N + |k|, N + |k|), and (N, N) gives (N,), a view.

    Raises: ShapeError unless x has 1 or 2 axes; DTypeError.
    """
    x = as_variable(x)
    k = _offset("diag", k)
    if x.type.ndim == 2:
        return Diagonal(k)(x)
    if x.type.ndim != 1:
        raise ShapeError(
            f"diag: x has {x.type.ndim} axes, not 1 or 2.",
            operands={"x": x},
            origin=here(),
            fix="sn.diagonal(x, axis1=1, axis2=2) reads those of a batch of matrices.",
        )
    n = x.shape[0] + abs(k)
    return SetDiagonal(k)(zeros((n, n), x.type.dtype), x)


@vocabulary(case(arr(2, 2)), case(arr(), -1))
def diagflat(x: Any, k: int = 0) -> Variable:
    """A matrix of zeros with all elements of `x`, in row-major order, on its k-th diagonal: `diag(flatten(x), k)`.

    Raises: DTypeError.
    """
    return diag(flatten(as_variable(x)), k)


@vocabulary(
    case(arr(3, 3), arr()),
    case(arr(2, 4), 0.0),
    case(arr(5, 2), arr(2)),
    case(arr(7, 2), 1.5, wrap=True),
    case(arr(4, 4), arr(3)),
    case(arr(2, 2, 2), arr(2)),
    case(arr(2, 2, dtype="int32"), 7),
    case(arr(0, 3), 1.0),
)
def fill_diagonal(x: Any, value: Any, wrap: bool = False) -> Variable:
    r"""A copy of `x` with its diagonal set, $y_{i \dots i} = v_i$: x (N, M) and a value (min(N, M),) or a number.

    A value with fewer elements is repeated. More than two axes have one size. With `wrap` the diagonal of a matrix with
    more rows than columns begins again, one row further.

    Raises: ShapeError for less than two axes, or more of several sizes; DTypeError.
    """
    x = as_variable(x)
    known = {n for n in x.type.shape if isinstance(n, int)}
    if x.type.ndim < 2 or (x.type.ndim > 2 and len(known) > 1):
        raise ShapeError(
            f"fill_diagonal: x is {x.type}, which has no diagonal.",
            operands={"x": x},
            origin=here(),
            fix="x needs two axes, or more of one size.",
        )
    value = flatten(as_variable(value, x))
    if wrap and x.type.ndim == 2:
        step = x.shape[1] + 1
        part = flatten(x)[::step] if isinstance(step, int) else flatten(x)[arange(0, size(x), step)]
        return reshape(set_subtensor(part, _repeated(value, part.shape[0])), x.shape)
    if x.type.ndim > 2:
        places = arange(x.shape[0])
        return set_subtensor(x[(places,) * x.type.ndim], _repeated(value, x.shape[0]))
    n, m = x.shape
    length = min(n, m) if isinstance(n, int) and isinstance(m, int) else minimum(n, m)
    return SetDiagonal()(x, cast_to(x, _repeated(value, length), "fill_diagonal"))


def _repeated(value: Variable, n: Any) -> Variable:
    """`n` elements of a vector, from its first on again and again."""
    if value.type.shape[0] == 1:
        return broadcast_to(value, (n,))
    return value if value.type.shape[0] == n else value[arange(n) % size(value)]


# triangles ------------------------------------------------------------------------------------------------------------


def _lower(n: Any, m: Any, k: int) -> Variable:
    """Where an (n, m) matrix has its lower triangle."""
    return expand_dims(arange(n), 1) + k >= arange(m)


@vocabulary(case(3), case(2, 4, 1), case(3, 2, k=-1, dtype="int32"), case(arr(values=2, dtype="int64"), 3))
def tri(n: Any, m: Any = None, k: int = 0, dtype: Any = "floatX") -> Variable:
    r"""Ones on and below the k-th diagonal of an (n, m) array of zeros, $y_{ij} = [j \le i + k]$; m is n by default.

    Sizes are ints or symbolic integer scalars.

    Raises: ShapeError, DTypeError.
    """
    m = n if m is None else m
    split_sizes((n, m), "tri")
    return cast(_lower(n, m, _offset("tri", k)), dtype)


def _triangular(name: str, x: Any, k: Any) -> tuple[Variable, int]:
    x = as_variable(x)
    if x.type.ndim < 2:
        raise ShapeError(
            f"{name}: x has {x.type.ndim} axes, and 2 make a matrix.", operands={"x": x}, origin=here(), fix="add axes."
        )
    return x, _offset(name, k)


_TRIANGLES = (
    case(arr(3, 4)),
    case(arr(3, 2), 1),
    case(arr(2, 3, 3), -1),
    case(arr(values=[[1.0, float("nan")], [float("inf"), 2.0]]), order=0),
    case(arr(2, 2, dtype="int32")),
)


@vocabulary(*_TRIANGLES)
def tril(x: Any, k: int = 0) -> Variable:
    r"""The lower triangle of the matrices in the last two axes, $x_{ij} [j \le i + k]$; zeros above.

    x (..., N, M) gives its shape.

    Raises: ShapeError for less than 2 axes; DTypeError.
    """
    x, k = _triangular("tril", x, k)
    return where(_lower(x.shape[-2], x.shape[-1], k), x, zeros_like(x))


@vocabulary(*_TRIANGLES)
def triu(x: Any, k: int = 0) -> Variable:
    r"""The upper triangle of the matrices in the last two axes, $x_{ij} [j \ge i + k]$; zeros below.

    x (..., N, M) gives its shape.

    Raises: ShapeError for less than 2 axes; DTypeError.
    """
    x, k = _triangular("triu", x, k)
    return where(_lower(x.shape[-2], x.shape[-1], k - 1), zeros_like(x), x)


# where they stand -----------------------------------------------------------------------------------------------------

_NUMBERS = (case(3), case(2, 1), case(3, -1, 4), case(arr(values=2, dtype="int64"), 0, 3))


@vocabulary(*_NUMBERS)
def tril_indices(n: Any, k: int = 0, m: Any = None) -> tuple[Variable, Variable]:
    """Where an (n, m) matrix has its lower triangle, as `tril` says: vectors of rows and of columns, int64.

    Sizes are ints or symbolic integer scalars; m is n by default.

    Raises: ShapeError, DTypeError.
    """
    m = n if m is None else m
    split_sizes((n, m), "tril_indices")
    return _places(n, m, _lower(n, m, k := _offset("tril_indices", k)), lambda a, b: np.tril_indices(a, k, b))


@vocabulary(*_NUMBERS)
def triu_indices(n: Any, k: int = 0, m: Any = None) -> tuple[Variable, Variable]:
    """Where an (n, m) matrix has its upper triangle, as `triu` says: vectors of rows and of columns, int64.

    Sizes are ints or symbolic integer scalars; m is n by default.

    Raises: ShapeError, DTypeError.
    """
    m = n if m is None else m
    split_sizes((n, m), "triu_indices")
    above = logical_not(_lower(n, m, (k := _offset("triu_indices", k)) - 1))
    return _places(n, m, above, lambda a, b: np.triu_indices(a, k, b))


def _places(n: Any, m: Any, mask: Variable, known: Callable[[int, int], Any]) -> tuple[Variable, Variable]:
    """Where the mask holds; constants where the sizes are known."""
    if isinstance(n, (int, np.integer)) and isinstance(m, (int, np.integer)):
        rows, columns = (as_variable(np.asarray(v, np.int64)) for v in known(int(n), int(m)))
    else:
        rows, columns = nonzero(mask)
    return rows, columns


def _matrix(name: str, x: Any) -> Variable:
    x = as_variable(x)
    if x.type.ndim != 2:
        raise ShapeError(
            f"{name}: x has {x.type.ndim} axes, not 2.", operands={"x": x}, origin=here(), fix="give a matrix."
        )
    return x


@vocabulary(case(arr(3, 2)), case(arr(2, 3), 1))
def tril_indices_from(x: Any, k: int = 0) -> tuple[Variable, Variable]:
    """Where a matrix has its lower triangle: `tril_indices` of its sizes. Raises: ShapeError unless it has 2 axes."""
    x = _matrix("tril_indices_from", x)
    return tril_indices(x.shape[0], k, x.shape[1])


@vocabulary(case(arr(3, 2)), case(arr(2, 3), 1))
def triu_indices_from(x: Any, k: int = 0) -> tuple[Variable, Variable]:
    """Where a matrix has its upper triangle: `triu_indices` of its sizes. Raises: ShapeError unless it has 2 axes."""
    x = _matrix("triu_indices_from", x)
    return triu_indices(x.shape[0], k, x.shape[1])


@vocabulary(case(3), case(2, 3), case(arr(values=2, dtype="int64")))
def diag_indices(n: Any, ndim: int = 2) -> tuple[Variable, ...]:
    """Where an array with `ndim` axes of size n has its diagonal: `ndim` times 0 ... n - 1, int64.

    Raises: ShapeError, DTypeError.
    """
    split_sizes((n,), "diag_indices")
    return (arange(n),) * ndim


@vocabulary(case(arr(2, 2)), case(arr(3, 3, 3)))
def diag_indices_from(x: Any) -> tuple[Variable, ...]:
    """Where an array with axes of one size has its diagonal. Raises: ShapeError where sizes differ, or for one axis."""
    x = as_variable(x)
    known = {n for n in x.type.shape if isinstance(n, int)}
    if x.type.ndim < 2 or len(known) > 1:
        raise ShapeError(
            f"diag_indices_from: x is {shape_text(x.type.shape)}, and 2 or more axes of one size are needed.",
            operands={"x": x},
            origin=here(),
            fix="give a square array; sn.diagonal takes any.",
        )
    return diag_indices(known.pop() if known else x.shape[0], x.type.ndim)
