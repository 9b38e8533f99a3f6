"""The error function as it is compiled: its accuracy everywhere, its limits, and GELU made with it."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError

GRID = np.concatenate([np.linspace(-7, 7, 20001), np.geomspace(1e-30, 7, 5001)])
ERRORS = {"float16": 2.0**-11, "float32": 2.7e-7, "float64": 7e-16}


def compiled(word, dtype="float32", **options):
    x = sn.vector("x", dtype=dtype)
    return sn.function([x], word(x, **options))


@pytest.mark.parametrize("dtype", ERRORS)
def test_erf_is_exact_to_a_few_units_in_the_last_place(dtype):
    points = GRID.astype(dtype)
    got = compiled(sn.erf, dtype)(points)
    expected = np.array([math.erf(x) for x in points.tolist()])
    assert got.dtype == dtype
    np.testing.assert_allclose(got.astype("float64"), expected, ERRORS[dtype], float(np.finfo(dtype).tiny))


@pytest.mark.parametrize("dtype", ERRORS)
def test_erf_reaches_its_limits_and_no_more(dtype):
    f = compiled(sn.erf, dtype)
    largest = np.finfo(dtype).max
    points = np.array([-np.inf, -largest, -6.5, -0.0, 0.0, 6.5, largest, np.inf, np.nan], dtype)
    got = f(points)
    np.testing.assert_array_equal(got, [-1, -1, -1, 0, 0, 1, 1, 1, np.nan])
    assert np.signbit(got[3]) and not np.signbit(got[4])
    near = np.linspace(2, 7, 10001).astype(dtype)
    assert np.all(f(near) <= 1)


def test_erf_of_integers_is_a_float():
    assert sn.erf(sn.lvector("n")).type.dtype == "float32"


@pytest.mark.parametrize("approximate", [None, "tanh"])
def test_gelu_lets_large_numbers_pass_and_stops_small_ones(approximate):
    f = compiled(sn.gelu, approximate=approximate)
    np.testing.assert_array_equal(f(np.array([-100, 0, 100], "float32")), [0, 0, 100])


def test_gelu_shares_its_parts_with_its_gradient():
    x = sn.vector("x")
    y = sn.gelu(x)
    f = sn.function([x], [y, sn.grad(y.sum(), x)])
    f(np.ones(3, "float32"))
    assert f.source.count("np.tanh") == 1


def test_an_unknown_approximation_is_refused():
    with pytest.raises(ArgumentError, match=r"approximate is 'sigmoid'"):
        sn.gelu(sn.vector("x"), approximate="sigmoid")
