"""IDX bytes: a round trip for every type, and a `DataError` for everything that is not IDX."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from symnet.data.idx import decode_idx, encode_idx
from symnet.errors import DataError

ARRAYS = hnp.arrays(
    st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8", ">i4", ">f8"]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)


def header(code, *shape):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def test_the_bytes_are_those_of_the_format():
    assert encode_idx(np.array([[1, 2], [3, -1]], "i2")) == bytes.fromhex(
        "00000b02 00000002 00000002 0001 0002 0003 ffff"
    )


@given(ARRAYS)
def test_round_trip(array):
    back = decode_idx(encode_idx(array))
    assert back.dtype == array.dtype.newbyteorder("=") and back.dtype.isnative
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(("data", "message"), [
    (b"", "starts with nothing"),
    (b"\x00\x00\x08", "starts with 000008"),
    (b"\x1f\x8b\x08\x01" + b"\0" * 20, "starts with 1f8b0801"),
    (header(0x0A, 1) + b"x", "element type 0x0a, expected one of 0x08"),
    (b"\x00\x00\x08\x21" + b"\0" * 200, "33 IDX dimensions, expected at most 32"),
    (b"\x00\x00\x08\x03" + b"\0" * 11, "15 bytes, expected at least 16"),
    (header(0x08, 3) + b"ab", "shown has 10 bytes.*asks for 11"),
    (header(0x08, 3) + b"abcd", "shown has 12 bytes.*asks for 11"),
    (header(0x0D, 3) + b"abcd", "asks for 20"),
    (header(0x08, 2**32 - 1, 28, 28) + b"ab", "asks for 3,367,254,359,296"),
    (header(0x08, *[2**16] * 4) + b"", "asks for 18,446,744,073,709,551,636"),
    (header(0x0E, 0, *[2**32 - 1] * 3), "IDX shape that no array can have"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_damage_is_named(data, message):
    with pytest.raises(DataError, match=message):
        decode_idx(data, "shown")


@given(ARRAYS, st.data())
def test_corruption_raises_nothing_but_dataerror(array, draw):
    data = bytearray(encode_idx(array))
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(0, min(len(data) - 1, 24)))] = draw.draw(st.integers(0, 255))
    data = bytes(data[: draw.draw(st.integers(0, len(data)))])
    try:
        found = decode_idx(data)
    except DataError:
        return
    assert found.nbytes + 4 + 4 * found.ndim == len(data)


@pytest.mark.parametrize("array", [np.zeros(2, "f2"), np.zeros(2, "u4"), np.zeros(2, "c8"), np.array(["a"])])
def test_types_outside_the_format_are_refused(array):
    with pytest.raises(DataError, match="IDX cannot hold .*uint8, int8, int16"):
        encode_idx(array)


def test_shapes_outside_the_format_are_refused():
    with pytest.raises(DataError, match=r"below 2\*\*32"):
        encode_idx(np.zeros((0, 2**32), "u1"))
