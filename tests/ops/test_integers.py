"""Shifts, bits and divisors on every integer dtype, as operators and by NumPy's functions."""

import operator

import numpy as np
import pytest

import symnet as sn
from symnet.errors import DTypeError
from symnet.types import INTEGERS

PAIRS = {">>": operator.rshift, "<<": operator.lshift}


@pytest.mark.parametrize("dtype", INTEGERS)
def test_bits_of_every_integer(dtype):
    limits = np.iinfo(dtype)
    values = np.array([limits.min, limits.max, 0, 5, 100], dtype)
    others = np.array([3, 1, 7, 2, 0], dtype)
    x, y = sn.tensor("x", (5,), dtype), sn.tensor("y", (5,), dtype)
    make = lambda x, y: [x << y, x >> y, x & y, x | y, x ^ y, ~x]
    for actual, expected in zip(sn.function([x, y], make(x, y))(values, others), make(values, others)):
        assert actual.dtype == dtype
        np.testing.assert_array_equal(actual, expected)
    counts = sn.function([x], sn.bitwise_count(x))(values)
    assert counts.dtype == np.uint8
    assert counts.tolist() == [bin(abs(int(v))).count("1") for v in values]


@pytest.mark.parametrize("op", PAIRS.values(), ids=PAIRS)
def test_shifts_by_and_of_numbers(op):
    x = sn.ivector("x")
    by, of = sn.function([x], [op(x, 2), op(100, x)])([1, 3])
    assert by.tolist() == [op(1, 2), op(3, 2)]
    assert of.tolist() == [op(100, 1), op(100, 3)]


def test_numpys_functions():
    x = sn.lvector("x")
    ys = [np.left_shift(x, 1), np.bitwise_right_shift(x, 1), np.gcd(x, 12), np.lcm(x, 4), np.bitwise_count(x)]
    results = sn.function([x], ys)([6, 9])
    assert [r.tolist() for r in results] == [[12, 18], [3, 4], [6, 3], [12, 36], [2, 2]]


@pytest.mark.parametrize("word", ["gcd", "lcm", "left_shift", "right_shift"])
@pytest.mark.parametrize("dtype", ["bool", "float32"])
def test_what_is_no_integer_is_refused(word, dtype):
    x = sn.tensor("x", (2,), dtype)
    with pytest.raises(DTypeError, match=f"{word} is not defined for {dtype}"):
        getattr(sn, word)(x, x)
