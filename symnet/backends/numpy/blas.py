"""The BLAS that NumPy uses, where that is OpenBLAS: its threads, and products that it adds to what is there."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

_SPELLINGS = [(prefix, suffix) for suffix in ("64_", "") for prefix in ("scipy_", "")]
_FLOATS = {"float32": ("s", ctypes.c_float), "float64": ("d", ctypes.c_double)}
_ROW_MAJOR, _AS_IT_IS, _TRANSPOSED = ctypes.c_int(101), 111, 112


class OpenBlas:
    """The functions of the library that are used here; another BLAS has none of them."""

    def __init__(self) -> None:
        # The symbols of a library are found through any library that was linked against it.
        library = ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
        spelling = next((s for s in _SPELLINGS if hasattr(library, f"{s[0]}openblas_get_num_threads{s[1]}")), None)

        def function(name: str) -> Any:
            return getattr(library, f"{spelling[0]}{name}{spelling[1]}", None) if spelling is not None else None

        self.get_threads: Callable[[], int] | None = function("openblas_get_num_threads")
        self.set_threads: Callable[[int], object] | None = function("openblas_set_num_threads")
        self.gemms = {dtype: function(f"cblas_{letter}gemm") for dtype, (letter, _) in _FLOATS.items()}
        config = function("openblas_get_config")
        if config is not None:
            config.restype = ctypes.c_char_p
        self._int = ctypes.c_int64 if config is not None and b"USE64BITINT" in config() else ctypes.c_int

    @property
    def adds_products(self) -> bool:
        """Whether `gemm` can be used."""
        return all(self.gemms.values())

    def gemm(self, alpha: Any, x: Any, w: Any, beta: Any, y: np.ndarray) -> Callable[..., Any]:
        r"""The call that makes `y` into $\alpha\, x w + \beta y$, for C to make: it cannot fail.

        x (N, K), w (K, M) and y (N, M) have no gaps in one of their axes; alpha and beta are numbers, or arrays of no
        axes whose value counts when the call is made. Where operands are given as shapes, the result is a function from
        these operands, dense ones, to the call.
        """
        _, real = _FLOATS[y.dtype.name]
        by_row = y.strides[1] == y.itemsize or y.shape[1] == 1
        factors = [_Matrix(v, self._int, by_row) for v in (x, w)]
        target = _Matrix(y, self._int, by_row)
        n, m = (target.shape[0], target.shape[1]) if by_row else target.shape[::-1]
        first, second = factors if by_row else factors[::-1]
        scalars = [_Scalar(v, real) for v in (alpha, beta)]
        call = partial(
            self.gemms[y.dtype.name], _ROW_MAJOR, first.order, second.order,
            *map(self._int, (n, m, factors[0].shape[1])),
            scalars[0].value, first.place, first.apart, second.place, second.apart,
            scalars[1].value, target.place, target.apart,
        )  # fmt: skip
        given: list[_Matrix | _Scalar] = [scalars[0], *factors, scalars[1]]
        call.keeps = [target, *given]  # type: ignore[attr-defined]
        later = [operand for operand in given if isinstance(operand.array, tuple)]
        return _Later(call, later) if later else call


class _Later:
    """A call some of whose operands are still to be told."""

    def __init__(self, call: Callable[[], object], operands: Sequence[_Matrix | _Scalar]) -> None:
        self._call = call
        self._operands = operands

    def __call__(self, *arrays: np.ndarray) -> Callable[[], object]:
        for operand, array in zip(self._operands, arrays):
            operand.set(array)
        return self._call


class _Matrix:
    """A matrix as BLAS is told of it: whether it is stored by rows, where it begins, how far apart its rows are."""

    __slots__ = ("_by_row", "_is_known", "apart", "array", "order", "place", "shape")

    def __init__(self, x: Any, integer: Any, by_row: bool) -> None:
        self.array = x
        self.shape: tuple[int, int] = x if isinstance(x, tuple) else x.shape
        self.order, self.place, self.apart = ctypes.c_int(), ctypes.c_void_p(), integer()
        self._by_row = by_row
        self._is_known = False
        if not isinstance(x, tuple):
            self.set(x)

    def set(self, x: np.ndarray) -> None:
        """Have it be this one, which lies as the one before it."""
        if not x.flags.aligned:
            x = x.copy()
        if not self._is_known:
            by_row = x.strides[1] == x.itemsize or x.shape[1] == 1
            self.order.value = _AS_IT_IS if by_row is self._by_row else _TRANSPOSED
            self.apart.value = max(x.strides[0 if by_row else 1] // x.itemsize, x.shape[1 if by_row else 0])
            self._is_known = True
        self.array = x
        self.place.value = _address(x)


class _ArrayStruct(ctypes.Structure):
    """NumPy's array interface for C; `x.__array_interface__`, which says the same, takes twice as long."""

    _fields_ = [
        ("two", ctypes.c_int), ("nd", ctypes.c_int), ("typekind", ctypes.c_char), ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_int), ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p), ("data", ctypes.c_void_p),
    ]  # fmt: skip


_struct_in = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_DATA = _ArrayStruct.data.offset


def _address(x: np.ndarray) -> int | None:
    capsule = x.__array_struct__
    return ctypes.c_void_p.from_address(_struct_in(capsule, None) + _DATA).value


class _Scalar:
    """A scalar as BLAS is told of it; an array's own memory, where C can have that."""

    def __init__(self, value: Any, real: Any) -> None:
        self.array = value
        if isinstance(value, np.ndarray) and value.flags.writeable:
            self.value = real.from_buffer(value)
        else:
            self.value = real() if isinstance(value, tuple) else real(float(value))

    def set(self, x: np.ndarray) -> None:
        """Have it be this one."""
        self.value.value = x.item()


openblas = OpenBlas()
gemm = openblas.gemm
