"""Indices of several axes where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, ops
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph.inputs import lvector, matrix, tensor

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.ix_(X), ShapeError, "ix_: an index has 2 axes, not 1"),
        (lambda: ops.ix_(X[0]), DTypeError, "ix_: an index is float32"),
        (lambda: ops.unravel_index(X, (2, 3)), DTypeError, "unravel_index: the indices are float32"),
        (lambda: ops.unravel_index(lvector("i"), (2, 3), "K"), ArgumentError, "unravel_index: order is 'K'"),
        (lambda: ops.unravel_index([6], (2, 3)), BoundsError, "place 6 is out of range for 6 elements"),
        (lambda: ops.ravel_multi_index(([2], [0]), (2, 3)), BoundsError, "place 2 is out of range for 2 elements"),
        (lambda: ops.ravel_multi_index(([0],), (2, 3)), ArgumentError, "1 indices for 2 sizes"),
        (lambda: ops.ravel_multi_index(([0], [0]), (2, 3), "round"), ArgumentError, "mode is 'round'"),
        (lambda: ops.compress(X, X), ShapeError, "compress: the condition has 2 axes, not 1"),
        (lambda: ops.compress([0] * 5 + [1], X, 0), BoundsError, "index 5 is out of range for axis 0 with size 5"),
        (lambda: ops.extract([0, 1], X[0, 0]), BoundsError, "index 1 is out of range for axis 0 with size 1"),
        (lambda: ops.fill_diagonal(X[0], 1.0), ShapeError, "fill_diagonal: x is float32"),
        (lambda: ops.fill_diagonal(X[None], 1.0), ShapeError, "fill_diagonal: x is float32"),
        (lambda: ops.fill_diagonal(lvector("i")[:, None], 0.5), DTypeError, "fill_diagonal: the value is float32"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize("bad", [6, -1])
def test_a_place_out_of_range_at_the_call(bad):
    x, i = matrix("x"), lvector("i")
    f = function([x, i], ops.unravel_index(i, x.shape))
    a = np.zeros((2, 3), np.float32)
    np.testing.assert_array_equal(f(a, [4, 5]), np.unravel_index([4, 5], (2, 3)))
    with pytest.raises(BoundsError, match=f"place {bad} is out of range for 6 elements(.|\n)*test_coordinates.py"):
        f(a, [0, bad])


def test_where_the_largest_stands():
    x = matrix("x")
    f = function([x], ops.unravel_index(ops.argmax(x), x.shape))
    a = np.array([[0.0, 5.0, 1.0], [2.0, 3.0, 4.0]], np.float32)
    assert [int(i) for i in f(a)] == [0, 1]


def test_a_grid_of_rows_and_columns_is_read_and_written():
    x, rows, columns = matrix("x"), lvector("rows"), tensor("columns", (None,), "bool")
    part = x[ops.ix_(rows, columns)]
    f = function([x, rows, columns], [part, ops.set_subtensor(part, 0.0)])
    a, keep = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([True, False, True])
    read, put = f(a, [1, 0], keep)
    np.testing.assert_array_equal(read, a[np.ix_([1, 0], keep)])
    np.testing.assert_array_equal(put, [[0.0, 1.0, 0.0], [0.0, 4.0, 0.0]])
