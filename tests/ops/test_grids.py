"""Grids where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, grad, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import lscalar, matrix, scalar, vector


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.linspace(0, 1, -1), ShapeError, "linspace: a size is -1"),
        (lambda: ops.linspace(0, 1, 2.5), DTypeError, "linspace: a size is 2.5"),
        (lambda: ops.meshgrid(matrix("m")), ShapeError, "meshgrid: points have 2 axes, not 1"),
        (lambda: ops.meshgrid(vector("v"), indexing="yx"), ArgumentError, "meshgrid: indexing is 'yx'"),
        (lambda: ops.indices((2, -1)), ShapeError, "indices: a size is -1"),
        (lambda: ops.vander(matrix("m")), ShapeError, "vander: x has 2 axes, not 1"),
        (lambda: ops.vander(vector("v"), -1), ShapeError, "vander: a size is -1"),
        (lambda: ops.identity(-2), ShapeError, "eye: a size is -2"),
        (lambda: ops.polyval(matrix("p"), 1.0), ShapeError, "polyval: p has 2 axes, not 1"),
        (lambda: ops.geomspace(1, 2, 2, axis=3), ArgumentError, "axis 3 is out of range"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_both_ends_are_met_exactly():
    a, b, n = scalar("a"), scalar("b"), lscalar("n")
    f = function([a, b, n], ops.linspace(a, b, n))
    for low, high, count in ((0.1, 0.7, 7), (-3.3, 1e6, 101), (1.0, 1.0, 1)):
        y = f(low, high, count)
        assert y[0] == np.float32(low) and (count == 1 or y[-1] == np.float32(high))
        np.testing.assert_allclose(y, np.linspace(low, high, count), rtol=1e-6, atol=1e-6)


def test_a_grid_is_not_copied():
    x, y = vector("x"), vector("y")
    f = function([x, y], sum(ops.meshgrid(x, y)))
    np.testing.assert_array_equal(f([1.0, 2.0], [10.0, 20.0, 30.0]), [[11, 12], [21, 22], [31, 32]])
    assert "copyto" not in f.source


def test_a_geometric_row_meets_both_ends_and_crosses_no_overflow():
    a, b = scalar("a"), scalar("b")
    f = function([a, b], [ops.geomspace(a, b, 9), *grad(ops.geomspace(a, b, 9).sum(), [a, b])])
    for low, high in ((1e-37, 1e37), (-2.0, -1e-30), (7.3, 7.3)):
        y, *slopes = f(low, high)
        assert y[0] == np.float32(low) and y[-1] == np.float32(high)
        np.testing.assert_allclose(y, np.geomspace(np.float32(low), np.float32(high), 9), rtol=1e-5)
        assert np.isfinite(slopes).all() == (high < 1e8)  # 1e37 / 1e-37 is no float32
    assert np.isnan(f(-1.0, 1.0)[0]).all()


def test_a_polynomial_of_as_many_coefficients_as_there_are():
    p, x = vector("p"), matrix("x")
    f = function([p, x], ops.polyval(p, x))
    point = np.array([[1.5, -2.0], [0.0, 3.0]], np.float32)
    for coefficients in ([2.0, 0.0, -1.0, 4.0], [3.0], []):
        np.testing.assert_allclose(f(coefficients, point), np.polyval(coefficients, point), rtol=1e-6)
