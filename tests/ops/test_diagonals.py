"""Diagonals and triangles where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, grad, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import matrix, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.diagonal(vector("v")), ArgumentError, "diagonal: axis 1 is out of range for 1 axis"),
        (lambda: ops.diagonal(X, axis1=1), ArgumentError, "diagonal: both axes are 1"),
        (lambda: ops.diagonal(X, 0.5), DTypeError, "diagonal: the diagonal is 0.5, not an integer"),
        (lambda: ops.diag(tensor("t", (2, 2, 2))), ShapeError, r"diag: x has 3 axes, not 1 or 2(.|\n)*sn.diagonal"),
        (lambda: ops.tri(3, k=1.0), DTypeError, "tri: the diagonal is 1.0"),
        (lambda: ops.tri(-1), ShapeError, "tri: a size is -1"),
        (lambda: ops.tril(vector("v")), ShapeError, "tril: x has 1 axes, and 2 make a matrix"),
        (lambda: ops.triu(vector("v")), ShapeError, "triu: x has 1 axes"),
        (lambda: ops.tril_indices(-1), ShapeError, "tril_indices: a size is -1"),
        (lambda: ops.triu_indices(3, 0.5), DTypeError, "triu_indices: the diagonal is 0.5"),
        (lambda: ops.tril_indices_from(vector("v")), ShapeError, "tril_indices_from: x has 1 axes, not 2"),
        (lambda: ops.diag_indices(2.5), DTypeError, "diag_indices: a size is 2.5"),
        (lambda: ops.diag_indices_from(X), ShapeError, r"diag_indices_from: x is \(5, 10\), and 2 or more axes of one"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_a_diagonal_is_a_view_and_its_gradient_writes_in_place():
    x = tensor("x", (300, 300))
    assert "copyto" not in function([x], ops.trace(x)).source
    f = function([x], [ops.diag(ops.diag(x) * 2), grad((ops.diagonal(x, -3) ** 2).sum(), x)])
    assert f.allocations == 0
    a = np.random.default_rng(0).standard_normal((300, 300)).astype(np.float32)
    made, g = f(a)
    np.testing.assert_array_equal(made, np.diag(2 * np.diag(a)))
    np.testing.assert_allclose(g, np.diag(2 * np.diag(a, -3), -3), rtol=1e-6)


def test_a_diagonal_of_transposed_and_cut_matrices():
    x = matrix("x")
    y = grad((ops.diagonal(x.T[1:, ::2], 1) * [1.0, 2.0]).sum(), x)
    f = function([x], [y, ops.diagonal(x.T[1:, ::2], 1)])
    a = np.arange(35, dtype=np.float32).reshape(7, 5)
    g, d = f(a[:5])
    expected = np.zeros((5, 5))
    expected.T[1:, ::2][[0, 1], [1, 2]] = [1.0, 2.0]
    np.testing.assert_array_equal(g, expected)
    np.testing.assert_array_equal(d, np.diagonal(a[:5].T[1:, ::2], 1))
