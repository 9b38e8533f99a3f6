"""Reductions that leave NaN out, where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, grad, ops
from symnet.errors import ArgumentError, ShapeError, WatchError
from symnet.graph.inputs import tensor, vector


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.nanmax(tensor("e", (0, 3)), 0), ShapeError, "nanmax: axis 0 of x has size 0"),
        (lambda: ops.nanmin(vector("v"), 1), ArgumentError, "nanmin: axis is 1, but x has 1 axis"),
        (lambda: ops.nansum(vector("v"), 1), ArgumentError, "axis is 1, but x has 1 axis"),
        (lambda: ops.nanstd(vector("v"), 1), ArgumentError, "nanstd: axis is 1, but x has 1 axis"),
        (lambda: ops.nanmedian(tensor("e", (0, 3)), 0), ShapeError, "nanmedian: axis 0 of x has size 0"),
        (lambda: ops.nanquantile(vector("v"), 0.5, method="cubic"), ArgumentError, "nanquantile: method is 'cubic'"),
        (lambda: ops.nanpercentile(vector("v"), 101), ArgumentError, "nanpercentile: q is 1.01 to 1.01"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_no_cotangent_reaches_a_nan():
    x = vector("x")
    f = function([x], [grad(word(x), x) for word in (ops.nansum, ops.nanmean, ops.nanmax, ops.nanmin)])
    total, mean, high, low = f([1.0, np.nan, 3.0, 3.0])
    np.testing.assert_array_equal(total, [1.0, 0.0, 1.0, 1.0])
    np.testing.assert_allclose(mean, [1 / 3, 0.0, 1 / 3, 1 / 3], rtol=1e-6)
    np.testing.assert_array_equal(high, [0.0, 0.0, 0.5, 0.5])
    np.testing.assert_array_equal(low, [1.0, 0.0, 0.0, 0.0])


def test_no_cotangent_of_a_spread_or_a_middle_reaches_a_nan():
    x = vector("x")
    f = function([x], [grad(word(x), x) for word in (ops.nanvar, ops.nanstd, ops.nanmedian, ops.nanprod)])
    spread, root, middle, product = f([1.0, np.nan, 3.0, 5.0])
    np.testing.assert_allclose(spread, [-4 / 3, 0.0, 0.0, 4 / 3], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(root, np.array([-2.0, 0.0, 0.0, 2.0]) / 3 / np.sqrt(8 / 3), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(middle, [0.0, 0.0, 1.0, 0.0])
    np.testing.assert_array_equal(product, [15.0, 0.0, 5.0, 3.0])


def test_of_nothing_but_nan_there_is_no_place():
    x = tensor("x", (2, 3))
    f = function([x], [ops.nanargmax(x, 1), ops.nanargmin(x, 1)])
    high, low = f([[np.nan, -np.inf, -np.inf], [1.0, np.nan, 2.0]])
    np.testing.assert_array_equal([high, low], [[1, 2], [1, 0]])
    with pytest.raises(WatchError, match="nanargmax: there is nothing but NaN"):
        f([[np.nan] * 3, [1.0, 2.0, 3.0]])
