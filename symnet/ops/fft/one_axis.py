"""Discrete Fourier transforms along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np

from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Variable
from symnet.op import Emitter, Op, Split, along_same, arr, as_variable, case, vocabulary
from symnet.ops.along import normal_axis
from symnet.ops.axes import along_rows, cut
from symnet.ops.compare import equal, logical_or, where
from symnet.ops.complex_numbers import conj
from symnet.ops.conversion import cast
from symnet.ops.create import arange
from symnet.ops.padding import pad
from symnet.ops.shape import expand_dims
from symnet.origin import here
from symnet.types import Dim, TensorType, complex_of, real_of

__all__ = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "FFT", "RFFT", "IRFFT"]

Norm = Literal["backward", "ortho", "forward"]
_OPPOSITE: dict[str, Norm] = {"backward": "forward", "ortho": "ortho", "forward": "backward"}

# the ops: an operand of the size that is transformed ------------------------------------------------------------------


class _Transform(Op):
    """Family of transforms of `n` numbers along an axis, which `np.fft` writes into the planned array.

    n is None where the size is not known yet: then it is what the operand says.
    """

    axis: int
    n: int | None
    norm: str = "backward"

    roles: ClassVar[tuple[str, ...]] = ("a",)
    linear_in: ClassVar[tuple[int, ...]] = (0,)
    on_complex = "own"

    @property
    def function(self) -> str:
        """Its name in `np.fft`."""
        return self.name

    def _count(self, size: Dim) -> Dim:
        """How many numbers are transformed, where `size` of them are given."""
        return size if self.n is None else self.n

    def _typed(self, a: TensorType, dtype: str, size: Dim) -> TensorType:
        return TensorType(dtype, (*a.shape[: self.axis], size, *a.shape[self.axis + 1 :]))

    def vmap(self, rows: Sequence[bool], *inputs: Variable) -> Any:
        return along_rows(self, rows, inputs)

    def split(self, axes: Sequence[int | None], *inputs: Variable) -> Split | None:
        return along_same(axes, *inputs, except_for=(self.axis,))

    def run(self, *arrays: np.ndarray) -> np.ndarray:
        (a,) = arrays
        transform = getattr(np.fft, self.function)
        return np.asarray(transform(a, self._count(a.shape[self.axis]), self.axis, self.norm))

    def emit(self, e: Emitter, *names: str) -> None:
        norm = "" if self.norm == "backward" else f", norm={self.norm!r}"
        n = self._count(e.array(names[0]).shape[self.axis])
        # Which lengths do so depends on their factors.
        e.slow("NumPy's transforms take memory of their own", allocates=True)
        e.step(f"np.fft.{self.function}({names[0]}, {n}, axis={self.axis}{norm}, out={e.out})")


class FFT(_Transform):
    r"""The transform and, with `inverse`, its inverse; $\bar a$ is the other one of $\bar y$ with the opposite norm."""

    inverse: bool = False

    name = "fft"

    @property
    def function(self) -> str:
        """Its name in `np.fft`."""
        return "ifft" if self.inverse else "fft"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return self._typed(a, a.dtype, self._count(a.shape[self.axis]))

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        return [replace(self, norm=_OPPOSITE[self.norm], inverse=not self.inverse)(g)]


class RFFT(_Transform):
    r"""The half of the transform of real numbers that is not the other's conjugate.

    Of the real part of a transform, $\bar a_j = \operatorname{Re} \sum_k \bar y_k e^{2 \pi i j k / n}$ over that half:
    an irfft that halves what it would count twice.
    """

    name = "rfft"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        n = self._count(a.shape[self.axis])
        return self._typed(a, complex_of(a.dtype), n // 2 + 1 if isinstance(n, int) else None)

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        # Where n is not known it is even: `rfft` makes no such op, only the gradient of an `irfft` does.
        weights = _shares(self.n, self.axis, y)
        return [IRFFT(self.axis, self.n, _OPPOSITE[self.norm])(g / weights)]


class IRFFT(_Transform):
    """The real numbers whose transform has this half; the imaginary parts of the first and, for an even n, the last
    number are not read.

    Its gradient is an rfft that counts twice what stands for two.
    """

    name = "irfft"

    def infer(self, *inputs: Variable) -> TensorType:
        a = inputs[0].type
        return self._typed(a, real_of(a.dtype), self._count(a.shape[self.axis]))

    def _count(self, size: Dim) -> Dim:
        return self.n if self.n is not None else 2 * (size - 1) if isinstance(size, int) else None

    def vjp(self, g: Any, y: Any, *inputs: Variable) -> Sequence[Variable | None]:
        weights = _shares(self.n, self.axis, inputs[0])
        return [RFFT(self.axis, self.n, _OPPOSITE[self.norm])(g) * weights]


def _shares(n: int | None, axis: int, half: Variable) -> Variable:
    """How many numbers of a whole transform each of the half stands for: 1 for itself, 2 with its conjugate."""
    size = half.shape[axis] if n is None else n // 2 + 1
    k = arange(size)
    alone = equal(k, 0) if n is not None and n % 2 else logical_or(equal(k, 0), equal(k, size - 1))
    shares = cast(where(alone, 1, 2), real_of(half.type.dtype))
    return expand_dims(shares, tuple(range(1, half.type.ndim - axis)))


# what users give ------------------------------------------------------------------------------------------------------


def prepared(name: str, a: Any, is_complex: bool) -> Variable:
    """The operand in a dtype that is transformed: integers become floatX, float16 is refused.

    Raises: ShapeError for a scalar; DTypeError for complex numbers where real ones are transformed, and float16.
    """
    a = as_variable(a)
    if a.type.ndim == 0:
        raise ShapeError(
            f"fft.{name}: a is a scalar and has no axis.", operands={"a": a}, origin=here(), fix="pass a vector."
        )
    if a.type.dtype == "float16" or (a.type.is_complex and not is_complex):
        other = f"sn.fft.{name.removeprefix('r')}" if name.startswith("r") else "sn.fft.ifft"
        raise DTypeError(
            f"fft.{name} is not defined for {a.type.dtype}.",
            operands={"a": a},
            origin=here(),
            fix="cast it to float32." if a.type.is_float else f"use {other}, or take a.real.",
        )
    dtype = complex_of(a.type.dtype)
    return cast(a, dtype if is_complex else real_of(dtype))


def norm_of(name: str, norm: Any) -> Norm:
    """`norm` as NumPy reads it: None is `backward`.

    Raises: ArgumentError.
    """
    if norm is None:
        return "backward"
    if norm not in _OPPOSITE:
        raise ArgumentError(f"fft.{name}: norm is {norm!r}.", fix="use 'backward', 'ortho' or 'forward'.")
    return norm  # type: ignore[no-any-return]


def sized(name: str, a: Variable, n: Any, axis: int, half: bool = False) -> tuple[Variable, int | None]:
    """The operand cut or filled with zeros to what a transform of `n` numbers reads, and n; None if it is not known.

    Raises: ArgumentError for no positive n.
    """
    size = a.type.shape[axis]
    if n is None:
        if not isinstance(size, int):
            return a, None
        n = 2 * (size - 1) if half else size
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ArgumentError(
            f"fft.{name}: n is {n!r}, and a transform has at least 1 number.",
            operands={"a": a},
            origin=here(),
            fix="give a positive int; a is " + str(a.type) + ".",
        )
    read = int(n) // 2 + 1 if half else int(n)
    if not isinstance(size, int):
        a = cut(_filled(a, axis, read), axis, slice(read))
    elif size > read:
        a = cut(a, axis, slice(read))
    elif size < read:
        a = _filled(a, axis, read - size)
    return a, int(n)


def _filled(a: Variable, axis: int, more: int) -> Variable:
    return pad(a, [(0, more if k == axis else 0) for k in range(a.type.ndim)])


# the user's functions -------------------------------------------------------------------------------------------------

_WHOLE = (
    case(arr(4, dtype="complex128")),
    case(arr(2, 5, dtype="complex128"), norm="ortho"),
    case(arr(3, 2, dtype="complex64"), axis=0, norm="forward"),
    case(arr(5)),
    case(arr(1), n=3),
    case(arr(2, 4), n=3, axis=-1),
    case(arr(values=[1, 2, 3], dtype="int32")),
    case(arr(0, 3)),
)


def _complex_transform(name: str, a: Any, n: Any, axis: int, norm: Any, inverse: bool) -> Variable:
    a = prepared(name, a, True)
    axis = normal_axis(axis, a.type.ndim, f"fft.{name}", a)
    a, n = sized(name, a, n, axis)
    return FFT(axis, n, norm_of(name, norm), inverse)(a)


@vocabulary(*_WHOLE, name="fft.fft")
def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Variable:
    r"""Discrete Fourier transform along an axis, $y_k = \sum_j a_j e^{-2 \pi i j k / n}$: a (..., N) gives (..., n).

    a is cut or filled with zeros to `n`. `norm="ortho"` divides by $\sqrt n$, "forward" by n.

    Raises: ShapeError for a scalar; ArgumentError; DTypeError for float16.
    """
    return _complex_transform("fft", a, n, axis, norm, False)


@vocabulary(*_WHOLE, name="fft.ifft")
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Variable:
    r"""Inverse transform, $y_j = \frac{1}{n} \sum_k a_k e^{2 \pi i j k / n}$: a (..., N) gives (..., n).

    `norm="ortho"` divides by $\sqrt n$, "forward" by nothing. See `fft.fft`.

    Raises: ShapeError, ArgumentError, DTypeError.
    """
    return _complex_transform("ifft", a, n, axis, norm, True)


_REALS = (
    case(arr(4)),
    case(arr(2, 5), norm="ortho"),
    case(arr(4, 2), axis=0, norm="forward"),
    case(arr(1)),
    case(arr(3), n=5),
    case(arr(2, 6), n=4),
    case(arr(values=[1, 2, 3], dtype="int32")),
    case(arr(0, 3)),
)


@vocabulary(*_REALS, name="fft.rfft")
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Variable:
    r"""The first half of the transform of real numbers, k up to n // 2: a (..., N) gives (..., n // 2 + 1).

    Where N is not known when the expression is built, the whole transform is computed: declare it, or give n.

    Raises: DTypeError for complex numbers; ShapeError, ArgumentError as `fft.fft`.
    """
    a = prepared("rfft", a, False)
    axis = normal_axis(axis, a.type.ndim, "fft.rfft", a)
    a, n = sized("rfft", a, n, axis)
    norm = norm_of("rfft", norm)
    if n is None:
        # A half does not tell whether the whole was even, which the gradient has to know.
        return cut(FFT(axis, None, norm)(cast(a, complex_of(a.type.dtype))), axis, slice(a.shape[axis] // 2 + 1))
    return RFFT(axis, n, norm)(a)


_HALVES = (
    case(arr(3, dtype="complex128")),
    case(arr(3, dtype="complex128"), n=5),
    case(arr(2, 3, dtype="complex128"), n=4, norm="ortho"),
    case(arr(4, 2, dtype="complex64"), axis=0, norm="forward"),
    case(arr(2, dtype="complex128"), n=6),
    case(arr(1, dtype="complex128"), n=1),
    case(arr(4), n=5),
)


@vocabulary(*_HALVES, name="fft.irfft")
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Variable:
    r"""The real numbers whose transform begins with a: a (..., M) gives (..., n), by default n = 2 (M - 1).

    The imaginary parts of the first number, and of the last for an even n, are not read.

    Raises: ShapeError, ArgumentError, DTypeError as `fft.fft`.
    """
    a = prepared("irfft", a, True)
    axis = normal_axis(axis, a.type.ndim, "fft.irfft", a)
    a, n = sized("irfft", a, n, axis, half=True)
    return IRFFT(axis, n, norm_of("irfft", norm))(a)


@vocabulary(*_HALVES, name="fft.hfft")
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Variable:
    r"""The real transform of numbers that are their own conjugates backwards, given their first half:
    a (..., M) gives (..., n), by default n = 2 (M - 1).

    Raises: ShapeError, ArgumentError, DTypeError as `fft.fft`.
    """
    return irfft(conj(as_variable(a)), n, axis, _OPPOSITE[norm_of("hfft", norm)])


@vocabulary(*_REALS, name="fft.ihfft")
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Variable:
    r"""The inverse of `fft.hfft`: the first half of the inverse transform of real numbers, (..., n // 2 + 1).

    Raises: ShapeError, ArgumentError, DTypeError as `fft.rfft`.
    """
    return conj(rfft(a, n, axis, _OPPOSITE[norm_of("ihfft", norm)]))
