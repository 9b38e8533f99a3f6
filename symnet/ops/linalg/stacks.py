"""Stacks of matrices: what is asked of them, the parts they have, and how NumPy's LAPACK is called on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from symnet.errors import DTypeError, GradientError, MatrixError, ShapeError
from symnet.graph import Variable
from symnet.graph.rows import leveled
from symnet.op import Emitter, Op, Split, aligned, as_variable
from symnet.ops.compare import greater_equal, where
from symnet.ops.complex_numbers import conj
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.shape import expand_dims
from symnet.origin import here
from symnet.types import Dim, Shape, TensorType, float_of, shape_text

__all__: list[str] = []

# what users give ------------------------------------------------------------------------------------------------------


def matrices(name: str, a: Any, role: str = "a") -> Variable:
    """A user's argument as a stack of matrices in a dtype LAPACK has; integers and bools become floatX.

    Raises: ShapeError for fewer than two axes; DTypeError for float16. Both begin with `linalg.` and the name.
    """
    a = as_variable(a)
    if a.type.ndim < 2:
        raise ShapeError(
            f"linalg.{name}: {role} has {a.type.ndim} {'axis' if a.type.ndim == 1 else 'axes'}, and a matrix has 2.",
            operands={role: a},
            origin=here(),
            fix=f"{role} holds matrices in its last two axes: (..., N, M).",
        )
    return lapack_floats(name, a, role)


def lapack_floats(name: str, a: Variable, role: str = "a") -> Variable:
    """An operand in a dtype LAPACK has: float32 or float64; integers and bools become floatX.

    Raises: DTypeError for float16.
    """
    dtype = float_of(a.type.dtype)
    if dtype == "float16":
        raise DTypeError(
            f"linalg.{name} is not defined for float16.",
            operands={role: a},
            origin=here(),
            fix=f"compute in single precision: {a.label}.astype('float32').",
        )
    return cast(a, dtype)


def square_shape(name: str, shape: Shape) -> Shape:
    """The shape of a stack of square matrices, each size as far as one of the two axes tells it.

    Raises: ShapeError where rows and columns are known to differ in number.
    """
    rows, columns = shape[-2:]
    if isinstance(rows, int) and isinstance(columns, int) and rows != columns:
        raise ShapeError(
            f"linalg.{name}: the matrix has {rows} {'row' if rows == 1 else 'rows'} "
            f"but {columns} {'column' if columns == 1 else 'columns'}, and is to be square.",
            fix="for other matrices there are sn.linalg.pinv, lstsq, svd and qr.",
        )
    n = rows if isinstance(rows, int) or columns is None else columns
    return (*shape[:-2], n, n)


def smaller(m: Dim, n: Dim) -> Dim:
    """The smaller of two sizes, where it is known."""
    return m if m == n else min(m, n) if isinstance(m, int) and isinstance(n, int) else None


# parts of matrices ----------------------------------------------------------------------------------------------------


def lower_part(a: Variable, k: int = 0) -> Variable:
    """The matrices with zeros above the k-th diagonal, whatever stands there."""
    rows, columns = _numbers(a)
    return where(greater_equal(rows + k, columns), a, 0.0)


def upper_part(a: Variable, k: int = 0) -> Variable:
    """The matrices with zeros below the k-th diagonal, whatever stands there."""
    rows, columns = _numbers(a)
    return where(greater_equal(columns, rows + k), a, 0.0)


def _numbers(a: Variable) -> tuple[Variable, Variable]:
    """Those of the rows as a column, and those of the columns."""
    return expand_dims(arange(a.shape[-2]), -1), arange(a.shape[-1])


def adjoint(a: Variable) -> Variable:
    r"""$A^H$, the matrices transposed and conjugated: of real ones $A^T$."""
    return conj(a.mT)


def half(a: Variable) -> Variable:
    r"""$\Phi(A)$: the lower triangle with half the diagonal, which makes a Hermitian A with its adjoint."""
    return (lower_part(a) + lower_part(a, -1)) * 0.5


def by_triangle(s: Variable, lower: bool) -> Variable:
    """The derivative by the one triangle that is read, from that by a Hermitian matrix: both sides on one.

    Of the diagonal only the real part is read.
    """
    if s.type.is_complex:
        both = (s + adjoint(s)) * 0.5  # whose diagonal is real
        return half(both) * 2.0 if lower else adjoint(half(both)) * 2.0
    return lower_part(s) + lower_part(s.mT, -1) if lower else upper_part(s) + upper_part(s.mT, 1)


def row_of(v: Variable) -> Variable:
    """Vectors as what multiplies the columns of matrices."""
    return expand_dims(v, -2)


def column_of(v: Variable) -> Variable:
    """Vectors as what multiplies the rows of matrices."""
    return expand_dims(v, -1)


# LAPACK ---------------------------------------------------------------------------------------------------------------

_SINGULAR = "is singular", "add to its diagonal, a + 1e-6 * sn.eye(n), or use sn.linalg.pinv."
_STUCK = "is one the algorithm does not converge for", "scale it, or compute in float64."
_COMPLAINTS = {
    "inv": _SINGULAR,
    "solve": _SINGULAR,
    "cholesky": ("is not positive definite", "add to its diagonal: a + 1e-6 * sn.eye(n)."),
}


def lapack(function: Callable[..., Any], *stacks: np.ndarray, **options: Any) -> Any:
    """Call a function of `np.linalg` on stacks of matrices.

    Raises: MatrixError that says which matrix of the first stack is at fault; ShapeError where it is not square.
    """
    try:
        return function(*stacks, **options)
    except np.linalg.LinAlgError:
        raise _explained(function, stacks[0], options) from None


def _explained(function: Callable[..., Any], a: np.ndarray, options: dict[str, Any]) -> Exception:
    name = function.__name__
    if name not in ("svd", "qr", "pinv"):
        square_shape(name, a.shape)
    alone = np.linalg.inv if function is np.linalg.solve else function
    place = next((k for k in np.ndindex(a.shape[:-2]) if _fails(alone, a[k], options)), ())
    complaint, fix = _COMPLAINTS.get(name, _STUCK)
    if not np.isfinite(a[place]).all():
        complaint = "holds NaN or infinity"
        fix = "look where they come from: sn.function(..., options=sn.options(check_finite=True))."
    which = f"a[{', '.join(map(str, place))}]" if place else "a"
    return MatrixError(f"linalg.{name}: {which} {complaint}.", note=f"a has shape {shape_text(a.shape)}", fix=fix)


def _fails(function: Callable[..., Any], matrix: np.ndarray, options: dict[str, Any]) -> bool:
    try:
        function(matrix, **options)
    except np.linalg.LinAlgError:
        return True
    return False


class Lapack(Op):
    """Family of ops that one function of `np.linalg` computes for each matrix of a stack.

    NumPy gives those no `out=`: the result is an array of theirs, copied into the planned one.
    """

    roles: ClassVar[tuple[str, ...]] = ("a",)
    work: ClassVar[float] = 1.0
    """Floating-point operations, in units of those of a product of two such matrices."""

    @property
    def given(self) -> dict[str, Any]:
        """The keyword arguments NumPy's function is given."""
        return {}

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        results = self.all_of(*leveled(rows, inputs))
        return results if len(results) > 1 else results[0]

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        behind = next(x.type.ndim - k for x, k in zip(inputs, axes, strict=True) if k is not None)
        return aligned(axes, *inputs) if behind > 2 else None

    def flops(self, *inputs: Variable) -> int:
        shape = [n for n in inputs[0].type.shape if isinstance(n, int)]
        return int(2 * self.work * prod(shape) * min(shape[-2:], default=1))

    def run(self, *arrays: np.ndarray) -> Any:
        made = lapack(getattr(np.linalg, self.name), *arrays, **self.given)
        return made if isinstance(made, tuple) else np.asarray(made)

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow(f"np.linalg.{self.name} has no out=", allocates=True)
        given = [f"{key}={value!r}" for key, value in self.given.items()]
        call = f"lapack({', '.join([f'np.linalg.{self.name}', *names, *given])})"
        if len(e.outs) == 1:
            e.step(f"np.copyto({e.out}, {call})")
            return
        made = e.local(call, f"{self.name}_made")
        for k, out in enumerate(e.outs):
            e.step(f"np.copyto({out}, {made}[{k}])")

    def all_of(self, *inputs: Variable) -> tuple[Variable, ...]:
        """All results, where there are several."""
        return tuple(self.apply(inputs, here()).outputs)


class Determined(Op):
    """A factor of `a` itself, where `a` leaves no choice of it: the full basis of an `a` that is square, or `wide`.

    It refuses other sizes when it is computed, so that a derivative nobody asks for may hold it.
    """

    function: str
    wide: bool

    name, roles = "determined", ("factor", "a")

    def infer(self, *inputs: Variable) -> TensorType:
        return inputs[0].type

    def check(self, shape: Sequence[Dim]) -> None:
        """Raise GradientError where the sizes are known to leave a choice."""
        m, n = shape[-2:]
        if isinstance(m, int) and isinstance(n, int) and (m > n if self.wide else m != n):
            raise GradientError(
                f"linalg.{self.function}: of a {m} x {n} matrix part of the full basis is any, and has no derivative.",
                fix="use mode='reduced'." if self.wide else "use full_matrices=False.",
            )

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [g, None]

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return self(*inputs)

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        self.check(arrays[1].shape)
        return arrays[0]

    def lower(self, *inputs: Variable) -> Variable | None:
        try:
            self.check(inputs[1].type.shape)
        except GradientError as error:
            raise error.at(dict(zip(self.labels(2), inputs, strict=True)), here()) from None
        return inputs[0]

    def of(self, factors: Sequence[Variable], a: Variable) -> list[Variable]:
        """Those of the factors, for a derivative by `a` that somebody asks for: known sizes are checked at once."""
        try:
            self.check(a.type.shape)
        except GradientError as error:
            raise error.at({"a": a}, here()) from None
        return [self(v, a) for v in factors]


def stack_type(a: TensorType, *sizes: Dim) -> TensorType:
    """The type of one array of these sizes for each matrix of a stack."""
    return a.with_shape((*a.shape[:-2], *sizes))


def some_numbers(*shape: int) -> np.ndarray:
    """Numbers between -1 and 1 without a pattern, always the same, for cases whose values matter."""
    return np.sin(np.arange(1, prod(shape) + 1) ** 2).reshape(shape)
