"""Complex numbers: their parts, angles and conjugates, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symnet.errors import DTypeError
from symnet.graph import Constant, Variable
from symnet.op import Elementwise, Emitter, OnComplex, arr, as_variable, as_variables, case, sum_like, vocabulary
from symnet.ops.compare import equal, where
from symnet.ops.conversion import cast
from symnet.ops.create import zeros_like
from symnet.types import COMPLEX, FLOATS, TensorType, complex_of, promote, real_of

__all__ = ["real", "imag", "conj", "angle", "complex", "Real", "Imag", "Conj", "Angle", "Complex"]

_POINTS = arr(values=[0j, 1 + 2j, -3.0, -2j, -0.5 + 1e-3j], dtype="complex128")
_SINGLE = arr(2, 3, dtype="complex64")
_DOUBLE = arr(2, 3, dtype="complex128")


class _OfComplex(Elementwise):
    """Family of ops of one complex operand."""

    roles: ClassVar[tuple[str, ...]] = ("x",)
    dtypes: ClassVar[tuple[str, ...]] = COMPLEX
    on_complex: ClassVar[OnComplex] = "own"
    emits_calls = True


class _ToReal(_OfComplex):
    """Family of ops that give a real number for a complex one."""

    def infer(self, *inputs: Variable) -> TensorType:
        kind = super().infer(*inputs)
        return kind.with_dtype(real_of(kind.dtype))


class Real(_ToReal):
    """The real part of a complex number."""

    name, linear_in = "real", (0,)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [cast(g, inputs[0].type.dtype)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].real.copy()

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {e.view(names[0], '.real', 'real')})")


class Imag(_ToReal):
    """The imaginary part of a complex number."""

    name, linear_in = "imag", (0,)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [complex(zeros_like(g), g)]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return arrays[0].imag.copy()

    def emit(self, e: Emitter, *names: str) -> None:
        e.step(f"np.copyto({e.out}, {e.view(names[0], '.imag', 'imag')})")


class Conj(_OfComplex):
    """The conjugate of a complex number."""

    name, numpy, linear_in = "conj", "conjugate", (0,)

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [conj(g)]


class Angle(_ToReal):
    r"""The argument of a complex number; $\bar x = i g\, x / |x|^2$."""

    name = "angle"

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        (x,) = inputs
        squared = real(x) * real(x) + imag(x) * imag(x)
        return [x * complex(zeros_like(g), g / where(equal(squared, 0), 1, squared))]

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        return np.arctan2(arrays[0].imag, arrays[0].real)

    def emit(self, e: Emitter, *names: str) -> None:
        across, up = (e.view(names[0], f".{part}", part) for part in ("real", "imag"))
        e.step(f"np.arctan2({up}, {across}, out={e.out})")


class Complex(Elementwise):
    """The complex number of two parts."""

    name, roles, dtypes, linear_in = "complex", ("real", "imag"), ("float32", "float64"), ()
    emits_calls = True

    def infer(self, *inputs: Variable) -> TensorType:
        kind = super().infer(*inputs)
        return kind.with_dtype(complex_of(kind.dtype))

    def vjp(self, g: Variable, y: Variable, *inputs: Variable) -> Sequence[Variable | None]:
        return [sum_like(part(g), x) for part, x in zip((real, imag), inputs, strict=True)]

    def jvp(self, dx: Sequence[Variable | None], y: Variable, *inputs: Variable) -> Any:
        return complex(*(zeros_like(part(y)) if t is None else t + zeros_like(part(y))
                         for part, t in zip((real, imag), dx, strict=True)))  # fmt: skip

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        first, second = np.broadcast_arrays(*arrays)
        y = np.empty(first.shape, complex_of(arrays[0].dtype.name))
        y.real, y.imag = first, second
        return y

    def emit(self, e: Emitter, *names: str) -> None:
        for part, name in zip(("real", "imag"), names, strict=True):
            e.step(f"np.copyto({e.view(e.out, f'.{part}', part)}, {name})")


# the user's functions -------------------------------------------------------------------------------------------------

_REAL = arr(2, 3)


@vocabulary(case(_POINTS), case(_SINGLE), case(_DOUBLE), case(_REAL), case(arr(0, 2, dtype="complex64")))
def real(x: Any) -> Variable:
    r"""Real part, $\operatorname{Re} x$; real numbers are given back as they are. Also `x.real`."""
    x = as_variable(x)
    return Real()(x) if x.type.is_complex else x


@vocabulary(case(_POINTS), case(_SINGLE), case(_DOUBLE), case(arr(2, 3), order=0))
def imag(x: Any) -> Variable:
    r"""Imaginary part, $\operatorname{Im} x$; of real numbers zeros. Also `x.imag`."""
    x = as_variable(x)
    return Imag()(x) if x.type.is_complex else zeros_like(x)


@vocabulary(case(_POINTS), case(_SINGLE), case(_DOUBLE), case(_REAL), case(arr(2, dtype="int32")))
def conj(x: Any) -> Variable:
    r"""Complex conjugate, $\bar x = \operatorname{Re} x - i \operatorname{Im} x$; of real numbers x itself."""
    x = as_variable(x)
    if not x.type.is_complex:
        return x
    if isinstance(x, Constant):
        return Constant(np.conj(x.data))
    return x.node.inputs[0] if x.node is not None and isinstance(x.node.op, Conj) else Conj()(x)


@vocabulary(case(_DOUBLE), case(_SINGLE), case(_POINTS, order=0), case(arr(values=[1.0, -2.0, 0.0]), order=0))
def angle(x: Any) -> Variable:
    r"""Argument in $[-\pi, \pi]$, $\operatorname{atan2}(\operatorname{Im} x, \operatorname{Re} x)$."""
    x = as_variable(x)
    return Angle()(x if x.type.is_complex else cast(x, complex_of(x.type.dtype)))


@vocabulary(
    case(arr(2, 3), arr(2, 3)),
    case(arr(3, 1), arr(2)),
    case(arr(3), 1.0),
    case(0, arr(values=[0.0, -0.0, float("inf")]), order=0),
    case(arr(2, dtype="int32"), arr(2)),
)
def complex(real: Any, imag: Any) -> Variable:
    """The complex number of two real ones, $a + ib$; shapes broadcast, float32 gives complex64.

    Raises: DTypeError for complex parts.
    """
    parts = as_variables(real, imag)
    if any(x.type.is_complex for x in parts):
        raise DTypeError(
            "complex: a part is complex.", operands={"real": parts[0], "imag": parts[1]}, fix="pass real numbers."
        )
    dtype = promote(*(x.type.dtype for x in parts))
    dtype = real_of(complex_of(dtype if dtype in FLOATS else "floatX"))
    return Complex()(*(cast(x, dtype) for x in parts))
