"""Products of two arrays where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, ops
from symnet.errors import ArgumentError, ShapeError
from symnet.graph.inputs import matrix, tensor, vector

V, M = tensor("v", (3,)), tensor("m", (5, 3))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.inner(M, tensor("w", (4,))), ShapeError, "3 against 4|3 .* 4"),
        (lambda: ops.vdot(M, V), ShapeError, "15 .* 3"),
        (lambda: ops.cross(V, tensor("w", (2,))), ShapeError, r"cross: axis 0 of \(2,\) has size 2, not 3"),
        (lambda: ops.cross(M, tensor("t", (2, 3, 3)), 1), ArgumentError, "axis 1 is another one in 2 axes than in 3"),
        (lambda: ops.cross(M, V, axis=1), ArgumentError, "axis 1 is out of range"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_vectors_of_unknown_size():
    x, y = matrix("x"), vector("y")
    f = function([x, y], [ops.cross(x, y), ops.inner(x, y), ops.kron(x, y)])
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1.0, -1.0, 2.0], np.float32)
    for found, expected in zip(f(a, b), [np.cross(a, b), np.inner(a, b), np.kron(a, b)]):
        np.testing.assert_array_equal(found, expected)
