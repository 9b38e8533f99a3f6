"""The IDX format of the MNIST files: a magic number, the dimensions, and the elements, all big-endian."""

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnet.errors import DataError

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(dtype): code for code, dtype in _DTYPES.items()}
_MAX_DIMENSIONS = 32


def decode_idx(data: bytes, name: str = "data") -> NDArray[Any]:
    """Return the array that the IDX bytes `data` hold, in native byte order.

    `name` is what errors call the data. The array is read-only where it is a view of `data`.
    Raises `DataError` unless magic number, element type, dimensions and byte count all agree.
    """
    if len(data) < 4 or data[0] or data[1]:
        start = data[:4].hex() or "nothing"
        raise DataError(f"{name} is not IDX: it starts with {start}, expected 0000, a type and a rank.")
    code, ndim = data[2], data[3]
    if code not in _DTYPES:
        known = ", ".join(f"{known:#04x}" for known in _DTYPES)
        raise DataError(f"{name} has the IDX element type {code:#04x}, expected one of {known}.")
    if ndim > _MAX_DIMENSIONS:
        raise DataError(f"{name} claims {ndim} IDX dimensions, expected at most {_MAX_DIMENSIONS}.")
    header = 4 + 4 * ndim
    if len(data) < header:
        raise DataError(f"{name} ends inside its IDX header: {len(data)} bytes, expected at least {header}.")
    shape = struct.unpack(f">{ndim}I", data[4:header])
    dtype = np.dtype(_DTYPES[code])
    # Python integers: four claimed dimensions of 2**32 - 1 must not wrap around to a small product.
    expected = header + math.prod(shape) * dtype.itemsize
    if len(data) != expected:
        raise DataError(f"{name} has {len(data):,} bytes, but its IDX shape {shape} asks for {expected:,}.")
    try:
        array = np.frombuffer(data, dtype, offset=header).reshape(shape)
    except ValueError as error:
        # An empty array whose other dimensions are beyond NumPy's range.
        raise DataError(f"{name} has an IDX shape that no array can have: {shape}.") from error
    return array.astype(dtype.newbyteorder("="), copy=False)


def encode_idx(array: NDArray[Any]) -> bytes:
    """Return `array` as IDX bytes, the inverse of `decode_idx`.

    Raises `DataError` for an element type or a shape that IDX cannot hold.
    """
    dtype = array.dtype.newbyteorder(">")
    if dtype not in _CODES:
        known = ", ".join(known.newbyteorder("=").name for known in _CODES)
        raise DataError(f"IDX cannot hold {array.dtype}: expected one of {known}.")
    if array.ndim > _MAX_DIMENSIONS or max(array.shape, default=0) >= 2**32:
        raise DataError(f"IDX cannot hold the shape {array.shape}: each size must be below 2**32.")
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, _CODES[dtype], array.ndim, *array.shape)
    return header + array.astype(dtype, copy=False).tobytes()
