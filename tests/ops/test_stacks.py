"""Joining and cutting where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import matrix, tensor

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.hstack(X), ArgumentError, "hstack: a Variable instead of a list"),
        (lambda: ops.vstack([]), ArgumentError, "vstack: 0 arrays instead of a list"),
        (lambda: ops.vstack([X, tensor("v", (4,))]), ShapeError, "axis 1 has 10 against 4"),
        (lambda: ops.split(X, 3), ShapeError, "split: axis 0 of x has size 5, no multiple of 3"),
        (lambda: ops.split(X, 0), ArgumentError, "split: 0 sections"),
        (lambda: ops.split(X, 2.5), DTypeError, "split: the sections are 2.5"),
        (lambda: ops.array_split(X, -1), ArgumentError, "array_split: -1 sections"),
        (lambda: ops.array_split(X, 2, 2), ArgumentError, "array_split: axis 2 is out of range"),
        (lambda: ops.hsplit(1.0, 2), ShapeError, "hsplit: x has 0 axes, and 1 are needed"),
        (lambda: ops.vsplit(X[0], 2), ShapeError, r"vsplit: x has 1 axes, and 2 are needed(.|\n)*sn\.split"),
        (lambda: ops.dsplit(X, 2), ShapeError, "dsplit: x has 2 axes, and 3 are needed"),
        (lambda: ops.append(X, X[0], axis=0), ShapeError, "x0 has 2 axes but x1 has 1|axes"),
        (lambda: ops.unstack(matrix("m")), ShapeError, "unstack: the size of axis 0 is open, and so is the number"),
        (lambda: ops.unstack(X, axis=2), ArgumentError, "unstack: axis 2 is out of range"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_parts_of_an_unknown_size():
    x = matrix("x")
    f = function([x], [*ops.split(x, 2, axis=1), *ops.array_split(x, 3, axis=1)])
    for n in (4, 0, 10):
        a = np.arange(2 * n, dtype=np.float32).reshape(2, n)
        for found, expected in zip(f(a), [*np.split(a, 2, 1), *np.array_split(a, 3, 1)], strict=True):
            np.testing.assert_array_equal(found, expected)
    with pytest.raises(ShapeError, match=r"10 elements are no multiple of 4(.|\n)*test_stacks.py"):
        f(np.zeros((2, 5), np.float32))


def test_parts_are_views():
    x = tensor("x", (6, 4))
    f = function([x], sum(part.sum() for part in [*ops.split(x, 3), *ops.array_split(x, 4)]))
    assert "copyto" not in f.source
