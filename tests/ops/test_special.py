"""Special functions as they are compiled: exact to a few last places on a wide grid, and at their limits."""

import math
import tracemalloc

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError

EPS = {"float32": 2.0**-23, "float64": 2.0**-52, "float16": 2.0**-10}
POSITIVE = np.concatenate([np.geomspace(1e-9, 1e9, 2001), np.linspace(0.01, 12, 3001)])
NEGATIVE = -np.linspace(0.013, 29.987, 2000)
BELOW_171 = POSITIVE[POSITIVE < 171]


def compiled(word, dtype):
    x = sn.vector("x", dtype=dtype)
    return sn.function([x], word(x))


def worst(word, exact, points, dtype):
    """The largest error, as a part of the value where that is not near 0."""
    points = points.astype(dtype)
    got = compiled(word, dtype)(points)
    assert got.dtype == dtype
    expected = np.array([exact(x) for x in points.tolist()])
    inside = (np.abs(expected) > 1e-37) & (np.abs(expected) < np.finfo(dtype).max)
    scale = np.maximum(np.abs(expected), 1.0) if word is sn.gammaln else np.abs(expected)
    return float(np.max(np.abs(got[inside].astype("float64") - expected[inside]) / scale[inside]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("word", "exact", "points"), [
    (sn.erfc, math.erfc, np.linspace(-6, 26, 4001)),
    (sn.gamma, math.gamma, BELOW_171),
    (sn.gamma, math.gamma, NEGATIVE),
    (sn.gammaln, math.lgamma, POSITIVE),
], ids=["erfc", "gamma", "gamma of negatives", "gammaln"])  # fmt: skip
def test_against_the_c_library(word, exact, points, dtype):
    # Python's own gamma is wrong by four last places at times.
    assert worst(word, exact, points, dtype) < 8 * EPS[dtype]


def test_gammaln_is_exact_near_its_zeros():
    """By the series about 1, in zeta functions; Python's is wrong by 10,000 last places there."""
    d = np.concatenate([np.geomspace(1e-12, 1e-3, 100), -np.geomspace(1e-12, 1e-3, 100)])
    d = (1 + d) - 1
    zetas = [0.57721566490153286061, math.pi**2 / 6, 1.2020569031595942854, math.pi**4 / 90, 1.0369277551433699263]
    at_1 = [math.fsum((-1) ** k * z * t**k / k for k, z in enumerate(zetas, 1)) for t in d.tolist()]
    f = compiled(sn.gammaln, "float64")
    np.testing.assert_allclose(f(1 + d), at_1, rtol=1e-15)
    d = (2 + d) - 2
    at_2 = [math.fsum([math.log1p(t), *((-1) ** k * z * t**k / k for k, z in enumerate(zetas, 1))]) for t in d.tolist()]
    np.testing.assert_allclose(f(2 + d), at_2, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_inverse_of_erf_brings_back_what_was_given(dtype):
    points = np.concatenate([np.linspace(-0.999, 0.999, 2001), np.geomspace(1e-20, 1e-2, 500)]).astype(dtype)
    y = compiled(sn.erfinv, dtype)(points).astype("float64")
    back = np.array([math.erf(v) for v in y])
    # An error of y counts in x by erf's slope times y / x, which is at most 1.
    np.testing.assert_allclose(back, points.astype("float64"), rtol=4 * EPS[dtype])


def test_digamma_and_trigamma_at_known_points():
    euler, f = 0.57721566490153286061, sn.dvector("x")
    compute = sn.function([f], [sn.digamma(f), sn.polygamma(1, f), sn.polygamma(2, f)])
    first, second, third = compute([1.0, 0.5, 2.0])
    np.testing.assert_allclose(first, [-euler, -euler - 2 * math.log(2), 1 - euler], rtol=3e-15)
    np.testing.assert_allclose(second, [math.pi**2 / 6, math.pi**2 / 2, math.pi**2 / 6 - 1], rtol=3e-15)
    zeta3 = 1.2020569031595942854
    np.testing.assert_allclose(third, [-2 * zeta3, -14 * zeta3, 2 - 2 * zeta3], rtol=3e-15)


def test_gamma_at_whole_numbers():
    factorials = [float(math.factorial(k)) for k in range(30)]
    np.testing.assert_allclose(compiled(sn.gamma, "float64")(np.arange(1.0, 31)), factorials, rtol=1e-15)
    np.testing.assert_array_equal(compiled(sn.gammaln, "float64")(np.array([1.0, 2.0])), [0, 0])


@pytest.mark.parametrize("word", [sn.erfc, sn.ndtr, sn.erfinv, sn.gammaln, sn.gamma, sn.digamma, sn.logit])
def test_half_precision_is_computed_in_single(word):
    points = np.array([0.25, 0.5, 0.875], "float16")
    got = compiled(word, "float16")(points)
    assert got.dtype == np.float16
    np.testing.assert_array_equal(got, compiled(word, "float32")(points.astype("float32")).astype("float16"))


@pytest.mark.parametrize("word", [sn.erfc, sn.erfinv, sn.gammaln, sn.digamma, sn.xlogy, sn.logaddexp, sn.logit])
def test_a_step_allocates_nothing(word):
    x = sn.shared(np.linspace(0.1, 0.9, 40_000).astype("float32"))
    y = word(x, x) if word in (sn.xlogy, sn.logaddexp) else word(x)
    f = sn.function([], y.sum())
    f()
    f()
    tracemalloc.start()
    f()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000


def test_slopes_of_products_with_logarithms_of_zero():
    x, y = sn.dvector("x"), sn.dvector("y")
    f = sn.function([x, y], sn.grad(sn.xlogy(x, y).sum(), [x, y]))
    by_x, by_y = f([0.0, 0.0, 2.0], [0.0, 0.5, 4.0])
    np.testing.assert_allclose(by_x, [0, math.log(0.5), math.log(4)])
    np.testing.assert_allclose(by_y, [0, 0, 0.5])


def test_integers_become_floats():
    assert {w(sn.lvector("n")).type.dtype for w in (sn.erfc, sn.gammaln, sn.digamma, sn.ndtr)} == {"float32"}


@pytest.mark.parametrize("n", [-1, 1.0, True, 21])
def test_the_order_of_polygamma_is_an_int(n):
    with pytest.raises(ArgumentError, match=r"polygamma: n is (.|\n)*n is an int of 0 to 20"):
        sn.polygamma(n, sn.vector("x"))
