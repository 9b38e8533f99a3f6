"""Repetition where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import lvector, matrix, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.tile(X, -1), ShapeError, "tile: a size is -1"),
        (lambda: ops.tile(X, 1.5), DTypeError, "tile: a size is 1.5"),
        (lambda: ops.repeat(X, -2), ShapeError, "repeat: a size is -2"),
        (lambda: ops.repeat(X, [1, 2], 0), ShapeError, r"repeat: \(2,\) numbers for 5 elements"),
        (lambda: ops.repeat(X, [1.0] * 5, 0), DTypeError, "repeat: the numbers are float32"),
        (lambda: ops.repeat(X, [1, 2, -3, 0, 0], 0), ShapeError, "repeat: a number is -3"),
        (lambda: ops.repeat(X, 1, 4), ArgumentError, "repeat: axis 4 is out of range"),
        (lambda: ops.broadcast_arrays(X, tensor("y", (4, 10))), ShapeError, "axis 0 has 5 against 4|5 against 4"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_symbolic_numbers_may_have_any_sum():
    x, n = matrix("x"), lvector("n")
    f = function([x, n], ops.repeat(x, n, axis=0))
    a = np.arange(6, dtype=np.float32).reshape(3, 2)
    for counts in ([1, 0, 2], [0, 0, 0], [5, 1, 1], [2, 0, 1]):
        np.testing.assert_array_equal(f(a, counts), np.repeat(a, counts, axis=0))


def test_as_many_numbers_as_elements_where_sizes_are_unknown():
    x = vector("x")
    f = function([x], ops.repeat(x, [1, 2]))
    np.testing.assert_array_equal(f([3.0, 4.0]), [3.0, 4.0, 4.0])
    with pytest.raises(ShapeError, match=r"\(3,\) cannot become \(2,\)"):
        f([3.0, 4.0, 5.0])
