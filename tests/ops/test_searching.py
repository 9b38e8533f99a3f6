"""Searching where the cases do not reach: sizes that depend on values, and errors."""

import numpy as np
import pytest

import symnet as sn
from symnet import function, ops
from symnet.errors import ArgumentError, ShapeError
from symnet.graph.inputs import matrix, scalar, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.searchsorted(X, 1.0), ShapeError, "searchsorted: a has 2 axes, not 1"),
        (lambda: ops.searchsorted(X[0], 1.0, "middle"), ArgumentError, "side is 'middle'"),
        (lambda: ops.digitize(X, [1, 3, 2]), ArgumentError, "neither ascend nor descend"),
        (lambda: ops.digitize(X, X), ShapeError, "a has 2 axes, not 1"),
        (lambda: ops.interp(X, [1.0, 2.0], [1.0]), ShapeError, "interp: the points are no two vectors of one size"),
        (lambda: ops.interp(X, [], []), ShapeError, "with 1 element or more"),
        (lambda: ops.nonzero(scalar("s")), ShapeError, "nonzero: x has 0 axes"),
        (lambda: ops.argwhere(scalar("s")), ShapeError, "nonzero: x has 0 axes"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_as_many_places_as_there_are():
    """One function, counts of every kind; a result that is computed with further."""
    x = matrix("x")
    y = x * 2 - 1
    rows, columns = ops.nonzero(y > 0)
    f = function([x], [rows, columns, y[rows, columns].sum(), ops.flatnonzero(y).shape[0] * 10])
    for a in ([[1.0, 0.0], [0.0, 3.0]], [[0.0, 0.0]], [[0.5, 0.5], [1.0, 1.0]], np.zeros((0, 2))):
        a = np.asarray(a, np.float32)
        expected = np.nonzero(2 * a - 1 > 0)
        *places, total, count = f(a)
        np.testing.assert_array_equal(places, expected)
        assert total == (2 * a - 1)[expected].sum()
        assert count == 10 * np.count_nonzero(2 * a - 1)


def test_the_count_follows_shared_values_and_random_draws():
    s = sn.shared(np.array([1.0, 0.0, 2.0], np.float32))
    f = function([], ops.flatnonzero(s), updates={s: s - 1})
    assert [f().tolist() for _ in range(3)] == [[0, 2], [1, 2], [0, 1]]
    draws = sn.bernoulli((50,), 0.5)
    g = function([], [draws, ops.flatnonzero(draws)])
    for _ in range(3):
        values, places = g()
        np.testing.assert_array_equal(places, np.flatnonzero(values))


def test_the_report_says_that_numpy_makes_arrays_here():
    x = vector("x")
    f = function([x], [ops.flatnonzero(x), ops.searchsorted(x, x)])
    f(np.arange(4, dtype=np.float32))
    assert f.allocations == 2
    assert "nonzero has no out=" in str(f.report()) and "searchsorted has no out=" in str(f.report())


def test_one_point_is_a_level_line():
    x, xp, fp = vector("x"), vector("xp"), vector("fp")
    f = function([x, xp, fp], sn.grad(ops.interp(x, xp, fp).sum(), [x, fp]))
    g, h = f([0.0, 1.0, 2.0], [1.0], [5.0])
    np.testing.assert_array_equal(g, [0.0, 0.0, 0.0])
    np.testing.assert_array_equal(h, [3.0])
