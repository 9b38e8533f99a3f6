"""Infinities and NaN: what takes their place in each float type, and where gradients flow."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import DTypeError

ODD = np.array([1.0, np.nan, np.inf, -np.inf])


def gradient(word, *points, wrt=0):
    xs = [sn.dvector(f"x{k}") for k in range(len(points))]
    f = sn.function(xs, sn.grad(word(*xs).sum(), xs[wrt]), on_unused_input="ignore")
    return f(*map(np.array, points)).tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_infinities_become_the_largest_of_their_type(dtype):
    x = sn.vector("x", dtype=dtype)
    largest = np.finfo(dtype).max
    got = sn.function([x], np.nan_to_num(x, nan=2.0))(ODD.astype(dtype))
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, [1, 2, largest, -largest])


def test_no_gradient_flows_through_what_is_replaced():
    assert gradient(sn.nan_to_num, ODD) == [1, 0, 0, 0]


def test_of_a_nan_and_a_number_the_number_has_the_gradient():
    x, y = [1.0, np.nan, 3.0, np.nan], [1.0, 2.0, np.nan, np.nan]
    for word in (sn.fmax, sn.fmin):
        assert gradient(word, x, y) == [1, 0, 1, 1]
        assert gradient(word, x, y, wrt=1) == [0, 1, 0, 0]


def test_the_step_functions_value_at_zero_has_a_gradient():
    assert gradient(sn.heaviside, [-1.0, 0.0, 2.0], [5.0, 5.0, 5.0], wrt=1) == [0, 1, 0]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64"])
def test_integers_are_finite(dtype):
    x = sn.tensor("x", (2,), dtype)
    ys = [sn.isfinite(x), sn.isposinf(x), sn.isneginf(x), sn.signbit(x)]
    got = sn.function([x], ys)(np.array([0, 1], dtype))
    assert [r.tolist() for r in got] == [[True, True], [False, False], [False, False], [False, False]]
    assert sn.nan_to_num(x) is x


@pytest.mark.parametrize("word", [sn.isposinf, sn.isneginf])
def test_infinities_of_complex_numbers_have_no_sign(word):
    with pytest.raises(DTypeError, match=r"is(pos|neg)inf is not defined for complex128(.|\n)*x.real"):
        word(sn.vector("z", dtype="complex128"))
