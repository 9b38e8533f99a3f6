"""Arrays out of pickles, and nothing else out of any bytes."""

import contextlib
import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnet.data.restricted_pickle import load_arrays
from symnet.errors import DataError

RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
PAIR = (np.arange(6, dtype="f4").reshape(2, 3), np.arange(2))


def as_python_2_wrote(raw, shape=b"K\x03\x85", code=b"f4"):
    """The opcodes of the book's file: one array of little-endian numbers."""
    dtype = (
        b"cnumpy\ndtype\nU\x02"
        + code
        + b"K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    raw = b"T" + struct.pack("<i", len(raw)) + raw
    return b"\x80\x02" + RECONSTRUCT + b"(K\x01" + shape + dtype + b"\x89" + raw + b"tb."


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize("array", [
    np.arange(6, dtype="f4").reshape(2, 3),
    np.asfortranarray(np.arange(6).reshape(2, 3)),
    np.arange(3, dtype=">i2"),
    np.array([True, False]),
    np.zeros((0, 4), "u1"),
    np.array(1.5),
], ids=lambda array: f"{array.dtype.str}{array.shape}")  # fmt: skip
def test_arrays_come_back(array, protocol):
    found = load_arrays(pickle.dumps(array, protocol))
    assert type(found) is np.ndarray and found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_the_pickles_of_python_2_come_back():
    found = load_arrays(as_python_2_wrote(np.array([1, 2, 250], "<f4").tobytes()))
    assert found.dtype == np.float32 and found.tolist() == [1, 2, 250]


def test_nested_pairs_come_back_as_tuples():
    found = load_arrays(pickle.dumps([PAIR, PAIR], 4))
    assert isinstance(found, tuple) and len(found) == 2
    np.testing.assert_array_equal(found[1][0], PAIR[0])


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("function", [os.system, eval, getattr, np.load, pickle.loads])
def test_no_function_is_called(function, protocol, tmp_path):
    witness = tmp_path / "witness"
    call = Call(function, f"touch {witness}" if function is os.system else f"open({str(witness)!r}, 'w')")
    with pytest.raises(DataError, match=r"shown was refused: it asks for '.*expected NumPy arrays only"):
        load_arrays(pickle.dumps((PAIR, call), protocol), "shown")
    assert not witness.exists()


class Cabinet(np.ndarray):
    """A subclass of ndarray."""


@pytest.mark.parametrize(("data", "message"), [
    (pickle.dumps(np.array([{}], object), 3), "no plain number"),
    (pickle.dumps(np.zeros(2, "U4"), 3), "no plain number"),
    (pickle.dumps(np.zeros(2, "M8[s]"), 3), "no plain number"),
    (pickle.dumps(np.zeros(2, [("a", "f4")]), 3), "no plain number"),
    (pickle.dumps(np.zeros(2).view(Cabinet), 3), "Cabinet"),
    (pickle.dumps({"a": 1}), "type dict"),
    (pickle.dumps((PAIR, "text"), 3), "type str"),
    (pickle.dumps(np.float32(1), 3), "numpy.*scalar"),
    (b"\x80\x02cnumpy\nndarray\n.", "type str"),
    (b"\x80\x02cnumpy\ndtype\n.", "type type"),
    (b"\x80\x02\x82\x01.", "registered extension 1"),
    (b"\x80\x02" + RECONSTRUCT + b".", "type _Array"),
    (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n}U\x01aK\x01sb.", "not a readable pickle"),
    (as_python_2_wrote(b"1234567"), r"shape \(3,\) brings 7 bytes, expected 12"),
    (as_python_2_wrote(b"", b"(K\x00" + b"J\xff\xff\xff\x7f" * 3 + b"t"), "not a readable pickle"),
    (as_python_2_wrote(b"", b"(" + b"K\x00" * 40 + b"t"), "impossible shape of 40 dimensions"),
    (as_python_2_wrote(b"", b"K\x00\x85\x85"), "impossible shape"),
    (as_python_2_wrote(b"1234", b"J\xff\xff\xff\xff\x85"), "impossible shape"),
    (as_python_2_wrote(b"1234", b"J\xff\xff\xff\x7f\x85"), "brings 4 bytes, expected 8,589,934,588"),
    (as_python_2_wrote(b"1" * 24, code=b"O8"), "no plain number"),
    (b"\x80\x02]q\x00h\x00a.", "more than 16 deep"),
    (b"\x80\x02" + b"]" * 20 + b"a" * 19 + b".", "more than 16 deep"),
    (b"", "not a readable pickle"),
    (b"\x80\x02T\xff\xff\xff\x7fabc.", "not a readable pickle"),
    (b"\x80\x02Nr\xff\xff\xff\xff.", "type NoneType"),
    (b"\x80\x02X\x02\x00\x00\x00hiQ.", "not a readable pickle"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_all_else_is_refused(data, message):
    with pytest.raises(DataError, match=message):
        load_arrays(data)


def test_a_repeated_object_is_visited_once():
    # Twelve lists, each a thousand times the one before it: 10**36 visits in 25 kB of pickle.
    nest = PAIR[0]
    for _ in range(12):
        nest = [nest] * 1000
    found = load_arrays(pickle.dumps(nest, 4))
    assert len(found) == 1000 and found[0] is found[999]


BOOK = pickle.dumps((PAIR, PAIR), 3), as_python_2_wrote(bytes(12))


@given(st.sampled_from(BOOK), st.data())
def test_corruption_raises_nothing_but_dataerror(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        damaged[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(DataError):
        load_arrays(bytes(damaged[: draw.draw(st.integers(0, len(data)))]))


@given(st.binary(max_size=60))
def test_noise_raises_nothing_but_dataerror(data):
    with contextlib.suppress(DataError):
        load_arrays(b"\x80\x02" + data + b".")


@pytest.mark.parametrize(("data", "message"), [
    (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\nK\x00\x85U\x01btR.", "subclass of numpy.ndarray"),
    (RECONSTRUCT + b"(K\x01K\x03\x85U\x02f4I00\nU\x00tb.", "an array of objects, expected arrays of numbers"),
    (b"cnumpy\ndtype\n(U\x02f4K\x00K\x01tR(K\x03U\x01?NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.", "no plain"),
])  # fmt: skip
def test_what_stands_in_for_an_array_must_be_one(data, message):
    with pytest.raises(DataError, match=message):
        load_arrays(data, "data")
