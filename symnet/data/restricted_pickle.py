"""A reader of pickles that knows NumPy arrays and tuples of them, and nothing else.

The names a pickle may call are mapped to stand-ins written here. Neither a function of the pickle's choice
nor NumPy's own `__setstate__`, which trusts what it is given, ever runs.
"""

import io
import math
import pickle
import re
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from symnet.errors import DataError

# Python 2 wrote `str`, which is read as bytes; Python 3 writes `str`.
_Text = str | bytes
_TYPE_CODE = re.compile(r"b1|[iu][1248]|f[248]")
_MAX_DIMENSIONS = 32
_MAX_DEPTH = 16


def load_arrays(data: bytes, name: str = "data") -> Any:
    """Return the array, or the nested tuples of arrays, that the pickle `data` holds.

    Lists come back as tuples. Numbers, text and every other kind of object are refused, and so is whatever
    the pickle would call or import. `name` is what errors call the data. Raises `DataError`, and no other
    exception, whatever the bytes.
    """
    try:
        loaded = _ArrayUnpickler(io.BytesIO(data), encoding="bytes").load()
        return _resolve(loaded, {}, _MAX_DEPTH)
    except DataError as error:
        raise DataError(f"{name} was refused: {error}") from None
    except Exception as error:
        # Corrupt bytes drive the pickle machine into errors of almost any type.
        raise DataError(f"{name} is not a readable pickle ({type(error).__name__}).") from error


class _DType:
    """Stands in for `numpy.dtype`: a number type and its byte order."""

    def __init__(self, code: _Text, align: object = False, copy: object = True) -> None:
        self.code = _text(code)
        if not _TYPE_CODE.fullmatch(self.code):
            raise DataError(f"the element type {self.code[:20]!r} is no plain number.")
        self.order = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = _text(state[1])
        if order not in ("<", ">", "=", "|") or any(part is not None for part in state[2:5]):
            raise DataError(f"the element type {self.code!r} is no plain number.")
        self.order = "=" if order == "|" else order

    def build(self) -> np.dtype[Any]:
        return np.dtype(self.order + self.code)


class _Array:
    """Stands in for `numpy.core.multiarray._reconstruct`, and then for the array under construction."""

    def __init__(self, kind: object, shape: object, code: object) -> None:
        if kind != _NDARRAY:
            raise DataError("it holds a subclass of numpy.ndarray, expected plain arrays.")
        self.array: NDArray[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, fortran, raw = state
        if not isinstance(dtype, _DType) or not isinstance(raw, bytes):
            raise DataError("it holds an array of objects, expected arrays of numbers.")
        if len(shape) > _MAX_DIMENSIONS or not all(type(size) is int and size >= 0 for size in shape):
            raise DataError(f"it holds an array with an impossible shape of {len(shape)} dimensions.")
        built = dtype.build()
        expected = math.prod(shape) * built.itemsize
        if len(raw) != expected:
            raise DataError(f"an array of shape {shape} brings {len(raw):,} bytes, expected {expected:,}.")
        self.array = np.frombuffer(raw, built).reshape(shape, order="F" if fortran else "C")


# Text, because an unpickler calls and changes whatever callable or mutable object it can get hold of.
_NDARRAY = "numpy.ndarray"
_STAND_INS: dict[tuple[str, str], object] = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _DType,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
}


# The Python implementation, not `pickle.Unpickler`: in C, five bytes of pickle can ask for a memo of 64 GB
# (the LONG_BINPUT opcode). An array is one opcode, so nothing is lost.
class _ArrayUnpickler(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _STAND_INS[module, name]
        except KeyError:
            raise DataError(f"it asks for {f'{module}.{name}'[:80]!r}, expected NumPy arrays only.") from None

    def get_extension(self, code: int) -> NoReturn:
        # The registry of `copyreg` keeps a cache that goes past `find_class`.
        raise DataError(f"it asks for the registered extension {code}, expected NumPy arrays only.")


def _text(value: _Text) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else value


def _resolve(value: object, seen: dict[int, Any], depth: int) -> Any:
    """Replace the stand-ins in `value` by their arrays, each once: a pickle can repeat one at no cost."""
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, _Array) and value.array is not None:
        seen[id(value)] = value.array
    elif isinstance(value, (tuple, list)) and depth > 0:
        seen[id(value)] = tuple(_resolve(item, seen, depth - 1) for item in value)
    elif isinstance(value, (tuple, list)):
        raise DataError(f"it is nested more than {_MAX_DEPTH} deep.")
    else:
        raise DataError(f"it holds an object of type {type(value).__name__}, expected NumPy arrays only.")
    return seen[id(value)]
