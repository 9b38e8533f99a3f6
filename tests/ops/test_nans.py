"""Reductions that leave NaN out, where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, grad, ops
from symnet.errors import ArgumentError, ShapeError
from symnet.graph.inputs import tensor, vector


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.nanmax(tensor("e", (0, 3)), 0), ShapeError, "nanmax: axis 0 of x has size 0"),
        (lambda: ops.nanmin(vector("v"), 1), ArgumentError, "nanmin: axis is 1, but x has 1 axis"),
        (lambda: ops.nansum(vector("v"), 1), ArgumentError, "axis is 1, but x has 1 axis"),
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
