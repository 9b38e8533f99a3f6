"""NumPy's convolution and correlation of two vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from symnet.errors import ArgumentError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, arr, as_variables, case, vocabulary
from symnet.ops.arithmetic import maximum, minimum
from symnet.ops.complex_numbers import conj
from symnet.ops.conversion import cast
from symnet.origin import here
from symnet.types import Dim, TensorType, promote

__all__ = ["convolve", "correlate", "Convolve"]

Mode = Literal["full", "same", "valid"]

# the op ---------------------------------------------------------------------------------------------------------------


class Convolve(Op):
    r"""$y_n = \sum_k a_{n-k} v_k$ at every overlap, or with `valid` where all of v overlaps a, which is no shorter."""

    valid: bool = False

    name, roles, linear_in = "convolve", ("a", "v"), (0, 1)
    on_complex = "holomorphic"

    def infer(self, *inputs: Variable) -> TensorType:
        (m,), (n,) = (x.type.shape for x in inputs)
        return inputs[0].type.with_shape((self._length(m, n),))

    def _length(self, m: Dim, n: Dim) -> Dim:
        if 0 in (m, n):
            raise ShapeError(f"convolve: {'a' if m == 0 else 'v'} has no elements.", fix="give 1 element or more.")
        if not isinstance(m, int) or not isinstance(n, int):
            return None
        return m - n + 1 if self.valid else m + n - 1

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        a, v = inputs
        if not y.type.is_inexact:
            return [None, None]
        if self.valid:
            return [Convolve()(g, v[::-1]), Convolve(valid=True)(a[::-1], g)]
        return [Convolve(valid=True)(g, v[::-1]), Convolve(valid=True)(g, a[::-1])]

    def operations(self, *inputs: Variable) -> int:
        return 2 * inputs[1].type.size * self.infer(*inputs).size

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        a, v = arrays
        self._length(len(a), len(v))
        return np.convolve(a, v, "valid" if self.valid else "full")

    def emit(self, e: Emitter, *names: str) -> None:
        e.slow("np.convolve has no out=", allocates=True)
        e.step(f"np.copyto({e.out}, np.convolve({', '.join(names)}, {'valid' if self.valid else 'full'!r}))")


# the user's functions -------------------------------------------------------------------------------------------------


def _vectors(name: str, a: Any, v: Any, mode: str) -> tuple[Variable, Variable]:
    """The operands in one dtype. Raises: ShapeError, ArgumentError."""
    if mode not in ("full", "same", "valid"):
        raise ArgumentError(f"{name}: mode is {mode!r}.", origin=here(), fix="use 'full', 'same' or 'valid'.")
    xs = dict(zip(("a", "v"), as_variables(a, v), strict=True))
    for role, x in xs.items():
        if x.type.ndim != 1 or x.type.shape == (0,):
            raise ShapeError(
                f"{name}: {role} has {'no elements' if x.type.ndim == 1 else f'{x.type.ndim} axes, not 1'}.",
                operands=xs,
                origin=here(),
                fix="give two vectors with 1 element or more; sn.conv1d and sn.conv2d take batches with channels.",
            )
    dtype = promote(*(x.type.dtype for x in xs.values()))
    return cast(xs["a"], dtype), cast(xs["v"], dtype)


def _shorter(a: Variable, v: Variable) -> tuple[Any, Any]:
    """The lengths of the shorter and of the longer vector."""
    m, n = a.shape[0], v.shape[0]
    known = isinstance(m, int) and isinstance(n, int)
    return (min(m, n), max(m, n)) if known else (minimum(m, n), maximum(m, n))


def _inner(a: Variable, v: Variable) -> Variable:
    """The overlaps of all of the shorter vector."""
    m, n = a.type.shape[0], v.type.shape[0]
    if isinstance(m, int) and isinstance(n, int):
        return Convolve(valid=True)(a, v) if m >= n else Convolve(valid=True)(v, a)
    small, large = _shorter(a, v)
    return Convolve()(a, v)[small - 1 : large]


_LENGTHS = ((5, 3), (2, 5), (4, 4), (1, 3), (4, 2))
_MODES = tuple(case(arr(m), arr(n), mode) for m, n in _LENGTHS for mode in ("full", "same", "valid"))
_DTYPES = (
    case(arr(values=[1, 2, 3], dtype="int32"), arr(2)),
    case(arr(values=[1, 2, 3], dtype="uint8"), [0, 1]),
    case(arr(4, dtype="complex128"), arr(2, dtype="complex128"), "same"),
    case(arr(3, dtype="complex64"), arr(4), "full"),
)


@vocabulary(*_MODES, *_DTYPES)
def convolve(a: Any, v: Any, mode: Mode = "full") -> Variable:
    r"""Convolution of two vectors, $y_n = \sum_k a_{n-k} v_k$, as NumPy's.

    a (M,) and v (N,) give every overlap, (M + N - 1,), by 'same' the middle ones, (max(M, N),), by 'valid' those of all
    of the shorter vector, (max(M, N) - min(M, N) + 1,). NumPy makes a new array at every call.

    Raises: ShapeError unless both have one axis with 1 element or more; ArgumentError for another mode.
    """
    a, v = _vectors("convolve", a, v, mode)
    if mode == "valid":
        return _inner(a, v)
    y = Convolve()(a, v)
    small, large = _shorter(a, v)
    first = (small - 1) // 2
    return y if mode == "full" else y[first : first + large]


@vocabulary(*_MODES, *_DTYPES)
def correlate(a: Any, v: Any, mode: Mode = "valid") -> Variable:
    r"""Correlation of two vectors, $c_k = \sum_n a_{n+k} \bar v_n$, as NumPy's: the sums with v moved along a.

    a (M,) and v (N,) give a result as `convolve` does, k from -(N - 1) to M - 1 by 'full'. NumPy makes a new array at
    every call.

    Raises: ShapeError unless both have one axis with 1 element or more; ArgumentError for another mode.
    """
    a, v = _vectors("correlate", a, v, mode)
    v = conj(v)[::-1]
    if mode == "valid":
        return _inner(a, v)
    y = Convolve()(a, v)
    small, large = _shorter(a, v)
    m, n = a.shape[0], v.shape[0]
    # Of a vector of even length NumPy keeps one more on the side of the longer one's beginning.
    longer_first = cast(m >= n, "int64") if isinstance(small, Variable) else int(m >= n)
    first = (small - longer_first) // 2
    return y if mode == "full" else y[first : first + large]
