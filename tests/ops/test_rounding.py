"""Rounding, quotients and remainders where the cases do not reach: integers, zero divisors, Python's functions."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, DTypeError

SIGNED = np.array([7, -7, 7, -7, 0])
BY = np.array([2, 2, -2, -2, 3])
FLOAT_PAIRS = np.array([7.5, -7.5, 1.0, -1.0, 0.0, np.inf, 3.0]), np.array([2.0, -2.0, 0.0, 0.0, 0.0, 2.0, np.inf])


@pytest.mark.parametrize("dtype", sn.types.INTEGERS)
@pytest.mark.parametrize("word", ["floor_divide", "remainder", "fmod"])
def test_a_zero_divisor_of_integers_gives_zero(word, dtype):
    """As NumPy's, without its warning."""
    x = sn.tensor("x", (None,), dtype)
    f = sn.function([x], getattr(sn, word)(x, 0))
    np.testing.assert_array_equal(f(np.array([5, 0, 7], dtype)), [0, 0, 0])


@pytest.mark.parametrize("dtype", ["int8", "int64", "float32"])
def test_quotients_round_down_and_remainders_take_the_divisors_sign(dtype):
    x, y = sn.tensor("x", (None,), dtype), sn.tensor("y", (None,), dtype)
    f = sn.function([x, y], [*divmod(x, y), sn.fmod(x, y)])
    quotient, rest, truncated = f(SIGNED.astype(dtype), BY.astype(dtype))
    assert quotient.tolist() == [a // b for a, b in zip(SIGNED.tolist(), BY.tolist())]
    assert rest.tolist() == [a % b for a, b in zip(SIGNED.tolist(), BY.tolist())]
    assert truncated.tolist() == [1, -1, 1, -1, 0]


def test_float_quotients_by_zero_and_infinity_are_numpys():
    x, y = sn.dvector("x"), sn.dvector("y")
    f = sn.function([x, y], [*sn.divmod(x, y), sn.fmod(x, y)])
    with np.errstate(all="ignore"):
        expected = [*np.divmod(*FLOAT_PAIRS), np.fmod(*FLOAT_PAIRS)]
    for actual, value in zip(f(*FLOAT_PAIRS), expected):
        np.testing.assert_array_equal(actual, value)


def test_divmod_of_a_number_by_a_variable():
    n = sn.lscalar("n")
    assert [int(v) for v in sn.function([n], list(divmod(7, n)))(-2)] == [-4, -1]


@pytest.mark.parametrize("word", ["floor", "ceil", "trunc", "rint", "round", "fix"])
def test_integers_are_round_already(word):
    for dtype in ("bool", "uint8", "int64"):
        x = sn.tensor("x", (2,), dtype)
        y = getattr(sn, word)(x)
        assert y.type == x.type
        assert sn.function([x], y)(np.array([0, 1], dtype)).tolist() == [0, 1]


def test_numpys_functions_and_the_method():
    x = sn.dvector("x")
    values = np.array([-1.55, 0.5, 2.5, 1234.5])
    for y, expected in [(np.round(x, 1), np.round(values, 1)), (x.round(), np.round(values)),
                        (np.floor(x), np.floor(values)), (np.fix(x), np.fix(values)),
                        (x.round(-2), np.round(values, -2)), (np.rint(x), np.rint(values))]:  # fmt: skip
        np.testing.assert_array_equal(sn.function([x], y)(values), expected)


def test_rounding_keeps_the_sign_of_zero():
    x = sn.dvector("x")
    assert np.signbit(sn.function([x], sn.rint(x))(np.array([-0.2])))[0]


@pytest.mark.parametrize("decimals", [1.0, True, "2"])
def test_decimals_are_an_int(decimals):
    with pytest.raises(ArgumentError, match=r"round: decimals is .*, not an int"):
        sn.round(sn.vector("x"), decimals)


def test_fmod_of_bool_is_refused():
    b = sn.tensor("b", (2,), "bool")
    with pytest.raises(DTypeError, match="fmod is not defined for bool"):
        sn.fmod(b, b)
