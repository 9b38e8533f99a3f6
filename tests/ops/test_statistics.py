"""Statistics where the cases do not reach."""

import numpy as np
import pytest

import symnet as sn
from symnet import function, ops
from symnet.errors import ArgumentError, ShapeError
from symnet.graph.inputs import matrix, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.quantile(X, 1.5), ArgumentError, r"quantile: q is 1.5 to 1.5(.|\n)*0 to 1"),
        (lambda: ops.percentile(X, [50, -1]), ArgumentError, "percentile: q is -0.01 to 0.5"),
        (lambda: ops.median(X, 2), ArgumentError, "median: axis is 2, but x has 2 axes"),
        (lambda: ops.median(tensor("e", (0, 3)), 0), ShapeError, "median: axis 0 of x has size 0"),
        (lambda: ops.quantile(tensor("e", (0, 3)), 0.5), ShapeError, "quantile: axis 0 of x has size 0"),
        (lambda: ops.ptp(tensor("e", (0, 3))), ShapeError, "axis 0 of x has size 0"),
        (lambda: ops.average(X, weights=vector("w")), ShapeError, "average: the weights are"),
        (lambda: ops.average(X, 0, tensor("w", (4,))), ShapeError, "axis 0 has 4 against 5"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_no_element_at_the_call():
    x = matrix("x")
    for y in (ops.median(x, 0), ops.quantile(x, 0.3, 0)):
        with pytest.raises((ShapeError, IndexError), match="out of range|size 0"):
            function([x], y)(np.zeros((0, 3), np.float32))


def test_quantiles_of_many_numbers_and_fractions():
    x, q = matrix("x"), vector("q")
    f = function([x, q], [ops.quantile(x, q, axis=0), ops.median(x), ops.percentile(x, 12.5, axis=1)])
    a = np.random.default_rng(0).standard_normal((1001, 40)).astype(np.float32)
    fractions = np.linspace(0, 1, 33, dtype=np.float32)
    many, middle, percent = f(a, fractions)
    np.testing.assert_allclose(many, np.quantile(a, fractions, axis=0), rtol=2e-6, atol=1e-6)
    assert middle == np.median(a)
    np.testing.assert_allclose(percent, np.percentile(a, 12.5, axis=1), rtol=2e-6)


def test_a_median_and_its_gradient_make_no_array():
    x = tensor("x", (300, 400))
    y = ops.median(x, 1)
    assert function([x], [y, sn.grad(y.sum(), x)]).allocations == 0


def test_halves_of_large_numbers_do_not_overflow():
    x = vector("x")
    assert function([x], ops.median(x))([3e38, 3.2e38]) == np.float32(3.1e38)


def test_the_spread_of_equal_elements_has_the_slope_0():
    x = sn.dmatrix("x")
    g = sn.function([x], sn.grad(sn.std(x, axis=1).sum(), x))(np.array([[3.0, 3.0], [1.0, 3.0]]))
    np.testing.assert_allclose(g, [[0, 0], [-0.5, 0.5]])


def test_a_method_that_is_none_of_numpys():
    x = sn.dvector("x")
    with pytest.raises(ArgumentError, match=r"percentile: method is 'lineer'\.(.|\n)*fix: use 'inverted_cdf', .* or"):
        sn.percentile(x, 50, method="lineer")
    with pytest.raises(ArgumentError, match="quantile: method is 'mean'"):
        sn.quantile(x, 0.5, method="mean")


def test_quantiles_of_every_method_at_open_sizes():
    x, q = sn.dvector("x"), sn.dvector("q")
    methods = ["inverted_cdf", "averaged_inverted_cdf", "hazen", "weibull", "lower", "midpoint", "nearest"]
    f = sn.function([x, q], [sn.quantile(x, q, method=method) for method in methods])
    for n in (1, 2, 7):
        at, points = np.random.default_rng(n).normal(size=n), np.linspace(0, 1, 15)
        for method, found in zip(methods, f(at, points)):
            np.testing.assert_allclose(found, np.quantile(at, points, method=method), err_msg=method)


def test_covariances_of_one_variable_and_of_too_many_axes():
    x, row = sn.dvector("x"), sn.dmatrix("row")
    f = sn.function([x, row], [sn.corrcoef(x), sn.cov(row)])
    one, matrix_of_one = f(np.array([1.0, 2.0, 4.0]), np.array([[1.0, 3.0]]))
    assert one.shape == () and one == pytest.approx(1) and matrix_of_one.tolist() == [[2.0]]
    with pytest.raises(ShapeError, match=r"cov: x has 3 axes, not 1 or 2\.(.|\n)*fix: give a matrix"):
        sn.cov(sn.tensor3("x"))
