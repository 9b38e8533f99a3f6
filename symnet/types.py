"""Tensor types: a dtype and a partly known shape, and the rules by which they combine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, NoReturn

import numpy as np

from symnet.errors import DTypeError, OutOfMemoryError, ShapeError, SymnetError
from symnet.options import current

Dim = int | str | None
Shape = tuple[Dim, ...]

FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES = ("bool", *INTEGERS, *FLOATS, *COMPLEX)
_NATIVE = {name: np.dtype(name) for name in DTYPES}  # another byte order is another dtype of the same name
_NAMES = {dtype: name for name, dtype in _NATIVE.items()}


@dataclass(frozen=True, slots=True)
class TensorType:
    """`dtype` and `shape`: an int is a known size, a str a named one, None an unknown one.

    Equal names must have equal sizes in one call.
    """

    dtype: str
    shape: Shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether its values are real floats."""
        return self.dtype in FLOATS

    @property
    def is_complex(self) -> bool:
        """Whether its values are complex."""
        return self.dtype in COMPLEX

    @property
    def is_inexact(self) -> bool:
        """Whether its values are floats or complex: gradients flow through these."""
        return self.dtype in FLOATS or self.dtype in COMPLEX

    @property
    def is_static(self) -> bool:
        """Whether every size is a known number."""
        return all(isinstance(n, int) for n in self.shape)

    @property
    def size(self) -> int:
        """Elements of an array of it, open sizes taken as 1."""
        return prod(n for n in self.shape if isinstance(n, int))

    @property
    def nbytes(self) -> int:
        """Bytes of an array of it, open sizes taken as 1."""
        return self.size * _NATIVE[self.dtype].itemsize

    def with_shape(self, shape: Iterable[Dim]) -> TensorType:
        """The same dtype with another shape."""
        return TensorType(self.dtype, tuple(shape))

    def with_dtype(self, dtype: str) -> TensorType:
        """The same shape with another dtype."""
        return TensorType(dtype, self.shape)

    def __str__(self) -> str:
        return f"{self.dtype} {shape_text(self.shape)}"


def shape_text(shape: Sequence[Dim]) -> str:
    """`(batch, 784)`; an unknown size is `?`."""
    sizes = ["?" if n is None else str(n) for n in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def canonical_dtype(dtype: Any) -> str:
    """The NumPy name of a dtype; `floatX` is the float type of the options in force."""
    if isinstance(dtype, str):
        if dtype in _NATIVE:
            return dtype
        if dtype == "floatX":
            return current().floatX
    try:
        name = np.dtype(dtype).name
    except (TypeError, ValueError):
        name = str(dtype)
    if name not in DTYPES:
        raise DTypeError(
            f"dtype {name!r} is not one symnet computes with.",
            fix="give the sizes as one tuple, as in zeros((3, 4))."
            if isinstance(dtype, int)
            else f"use one of {', '.join(DTYPES)}.",
        )
    return name


def dtype_name(array: np.ndarray) -> str:
    """The name of an array's dtype, sooner than NumPy puts it together."""
    return _NAMES.get(array.dtype) or array.dtype.name


@lru_cache(maxsize=1024)
def _promote(dtypes: tuple[str, ...], floatX: str) -> str:
    result = np.result_type(*dtypes).name
    if result == "float64" and "float64" not in dtypes:
        # int32 * float32 is float64 to NumPy; nobody asked for double precision here.
        widest = max((d for d in dtypes if d in FLOATS), key=lambda d: np.dtype(d).itemsize, default=floatX)
        return widest if np.dtype(widest).itemsize >= np.dtype(floatX).itemsize else floatX
    if result == "complex128" and floatX != "float64" and not {"float64", "complex128"}.intersection(dtypes):
        return "complex64"
    return result


def promote(*dtypes: str) -> str:
    """The dtype in which operands meet: NumPy 2's, but double precision only where an operand or floatX has it."""
    if dtypes.count(dtypes[0]) == len(dtypes):
        return dtypes[0]
    return _promote(dtypes, current().floatX)


def float_of(dtype: str) -> str:
    """`dtype` if it is a float or complex type, else the options' floatX."""
    return dtype if dtype in FLOATS or dtype in COMPLEX else current().floatX


def real_of(dtype: str) -> str:
    """The dtype of the real part of values of `dtype`."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def complex_of(dtype: str) -> str:
    """The complex type that holds `dtype`: complex128 for double precision, complex64 for less; else floatX's."""
    return "complex128" if float_of(dtype) in ("float64", "complex128") else "complex64"


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape of an elementwise result; unknown sizes stay open, known ones must agree or be 1."""
    arrays = [s for s in shapes if s]
    if not arrays or arrays.count(arrays[0]) == len(arrays):
        return arrays[0] if arrays else ()
    ndim = max(map(len, arrays))
    return tuple([_meet([s[k - ndim] for s in arrays if len(s) >= ndim - k], k, shapes) for k in range(ndim)])


def clashes(a: Shape, b: Shape) -> bool:
    """Whether two shapes of one length have different numbers somewhere."""
    pairs = zip(a, b, strict=True)
    return any(isinstance(n, int) and isinstance(m, int) and n != m for n, m in pairs)


def _advice_to_meet(shapes: Sequence[Shape]) -> str:
    if len(shapes) == 2 and all(len(s) == 2 for s in shapes) and shapes[0][1] == shapes[1][0]:
        return "sizes must be equal or 1; the product of matrices is x @ y."
    return "sizes must be equal or 1: pass arrays that fit, or turn one by x.T, or give it an axis of 1 by x[:, None]."


def _meet(sizes: list[Dim], axis: int, shapes: Sequence[Shape]) -> Dim:
    if sizes.count(sizes[0]) == len(sizes):
        return sizes[0]
    known = {n for n in sizes if isinstance(n, int) and n != 1}
    if len(known) > 1:
        a, b = [n for n in dict.fromkeys(sizes) if n in known][:2]
        raise ShapeError(
            f"shapes {' and '.join(shape_text(s) for s in shapes)} do not broadcast: "
            f"axis {axis} has {a} against {b}.",
            fix=_advice_to_meet(shapes),
        )
    if known:
        return known.pop()
    open_sizes = {n for n in sizes if n != 1}
    if not open_sizes:
        return 1
    # One name (or one name beside 1s) stays that name; a name beside an unknown size may be stretched by it.
    return open_sizes.pop() if len(open_sizes) == 1 else None


def convert(value: Any, type: TensorType, what: str, downcast: bool | None = None) -> np.ndarray:
    """`value` as a C-contiguous array of `type`; the same object where it already is one.

    Floats are cast to the declared float type, integers to floats, and both to complex; a float is never cut to an
    integer, a complex number never to a real one, and an integer must fit its dtype. With `downcast=True` floats are
    cut to integers, and integers to the bits their dtype has; with False arrays are cast only where no value could
    change. `what` names the value in errors.

    Raises: DTypeError, ShapeError.
    """
    if value.__class__ is float and type.shape == () and type.is_float:
        return np.array(value, type.dtype)
    array = value if value.__class__ is np.ndarray else _plain_array(value, what)
    if len(array.shape) != len(type.shape) and array.dtype in _NAMES:
        _refuse_rank(array.shape, type, what)
    if array.dtype != _NATIVE[type.dtype]:
        if downcast is False and isinstance(value, (np.ndarray, np.generic)):
            _refuse_loss(array, type.dtype, what)
        array = _cut(array, type.dtype, what) if downcast else _cast(array, type.dtype, what)
    shape = array.shape
    if shape != type.shape:
        for axis, (n, declared) in enumerate(zip(shape, type.shape, strict=True)):
            if isinstance(declared, int) and n != declared:
                raise ShapeError(
                    f"{what} has size {n} on axis {axis}, but {declared} is declared: "
                    f"it is {shape}, the type is {type}.",
                    fix="pass an array of the declared shape"
                    + (": value.T has it." if shape[::-1] == type.shape else "."),
                )
    try:
        return array if array.flags.c_contiguous else np.ascontiguousarray(array)
    except MemoryError as error:
        raise OutOfMemoryError(
            f"no memory for {what}: a copy in row order needs {array.nbytes:,} bytes.",
            fix="use smaller batches; nothing was computed or changed.",
        ) from error


def _plain_array(value: Any, what: str) -> np.ndarray:
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DTypeError(
            f"{what} is a masked array, and masks are not computed with.",
            fix="fill it first: value.filled(0.0).",
        )
    try:
        array = np.asarray(value)
        # A list without elements says nothing of a dtype.
        return array if array.size or hasattr(value, "dtype") else array.astype("bool")
    except SymnetError:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        reason = "its rows have unequal lengths" if "inhomogeneous" in str(error) else str(error).rstrip(".")
        raise ShapeError(f"{what} is no array: {reason}.", fix="pass nested lists of equal lengths.") from None


def _refuse_rank(shape: tuple[int, ...], type: TensorType, what: str) -> NoReturn:
    raise ShapeError(
        f"{what} has {len(shape)} {'axis' if len(shape) == 1 else 'axes'}, shape {shape}, "
        f"but {len(type.shape)} are declared: {type}.",
        fix=_rank_advice(len(shape), len(type.shape)),
    )


def _rank_advice(got: int, declared: int) -> str:
    if got == 2 and declared == 1:
        return "pass one axis: value.argmax(axis=1) makes labels of one-hot rows, value.ravel() takes all in a row."
    if got == declared - 1:
        return "add an axis: value[None] for one example, value[:, None] for a column."
    return f"reshape the value to {declared} axes, or declare the variable with {got}."


def _refuse_loss(array: np.ndarray, dtype: str, what: str) -> None:
    if not np.can_cast(array.dtype, dtype):
        raise DTypeError(
            f"{what} has dtype {array.dtype}, but {dtype} is declared, which cannot hold all its values.",
            fix=f"cast it yourself: value.astype({dtype!r}), or pass allow_input_downcast=None or True.",
        )


def _cut(array: np.ndarray, dtype: str, what: str) -> np.ndarray:
    if array.dtype.kind == "c":
        return _cast(array, dtype, what)
    if array.dtype.name not in DTYPES or float_of(dtype) == dtype or array.dtype.kind != "f":
        return array.astype(dtype) if array.dtype.name in DTYPES else _cast(array, dtype, what)
    if dtype != "bool" and array.size:
        limits, whole = np.iinfo(dtype), np.trunc(array)
        inside = (whole >= limits.min) & (whole <= limits.max)
        if not inside.all():  # a NaN is nowhere
            raise DTypeError(
                f"{what} holds {array[~inside].flat[0]}, outside {dtype} ({limits.min} to {limits.max}).",
                fix="look where it comes from, or declare a wider dtype.",
            )
    return array.astype(dtype)


def _content(array: np.ndarray) -> str:
    if array.dtype.kind in "US":
        return f"holds text ({str(array.flat[0])!r})" if array.size else "holds text"
    if array.dtype == object and array.ndim == 0:
        return "is None" if array.item() is None else f"is a {type(array.item()).__name__}"
    return f"has dtype {array.dtype.name}"


def _cast(array: np.ndarray, dtype: str, what: str) -> np.ndarray:
    source = array.dtype.name
    if source not in DTYPES:
        raise DTypeError(
            f"{what} {_content(array)}, which cannot become {dtype}.", fix="pass an array of numbers."
        )
    if source in COMPLEX and dtype not in COMPLEX:
        raise DTypeError(
            f"{what} has dtype {source}, but {dtype} is declared; the imaginary part is never dropped silently.",
            fix=f"take value.real, or declare a {source} variable.",
        )
    if dtype in FLOATS or dtype in COMPLEX:
        return array.astype(dtype)
    if source in FLOATS or (dtype == "bool" and source != "bool"):
        advice = "label = label.astype('int64')" if dtype != "bool" else "value != 0"
        raise DTypeError(
            f"{what} has dtype {source}, but {dtype} is declared; {source} is never cut to {dtype} silently.",
            fix=f"convert it yourself, e.g. {advice}, or declare a {source} variable.",
        )
    limits = np.iinfo(dtype)
    if array.size and source != "bool":
        low, high = array.min(), array.max()
        if low < limits.min or high > limits.max:
            raise DTypeError(
                f"{what} holds {int(low if low < limits.min else high)}, outside {dtype} "
                f"({limits.min} to {limits.max}).",
                fix="declare a wider dtype.",
            )
    return array.astype(dtype)
