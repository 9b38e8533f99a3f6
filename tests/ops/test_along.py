"""Entries along an axis where the cases do not reach."""

import numpy as np
import pytest

import symnet as sn
from symnet import function, ops
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph.inputs import lmatrix, matrix, tensor

X = tensor("x", (5, 10))
I = tensor("i", (5, 2), "int64")


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.take(X, X, 0), DTypeError, r"take: the indices are float32(.|\n)*astype\('int64'\)"),
        (lambda: ops.take(X, I, 2), ArgumentError, "take: axis 2 is out of range"),
        (lambda: ops.take(X, [5], 0), BoundsError, "index 5 is out of range for axis 0 with size 5"),
        (lambda: ops.take(X, [0], 0, "round"), ArgumentError, "take: mode is 'round'"),
        (lambda: ops.take_along_axis(X, [0, 1], 1), ShapeError, "x has 2 axes and the indices 1"),
        (lambda: ops.take_along_axis(X, I, 0), ShapeError, "do not broadcast: axis 1 has 10 against 2"),
        (lambda: ops.take_along_axis(X, X > 0, 0), DTypeError, "the indices are bool"),
        (lambda: ops.put_along_axis(I, I, 1.5, 1), DTypeError, "the values are float32, but x is int64"),
        (lambda: ops.put_along_axis(X, I, tensor("v", (5, 3)), 1), ShapeError, "axis 1 has 3 against 2"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(("index", "bad"), [([[0, 4]], 4), ([[-5, 1]], -5)])
def test_an_index_out_of_range_at_the_call(index, bad):
    x, i = matrix("x"), lmatrix("i")
    for y in (ops.take_along_axis(x, i, 1), ops.put_along_axis(x, i, 0.0, 1)):
        with pytest.raises(BoundsError, match=f"index {bad} is out of range for an axis of size 4(.|\n)*test_along.py"):
            function([x, i], y)(np.zeros((1, 4), np.float32), index)


def test_sizes_that_do_not_meet_at_the_call():
    x, i = matrix("x"), lmatrix("i")
    with pytest.raises(ShapeError, match="2 against 3"):
        function([x, i], ops.take_along_axis(x, i, 1))(np.zeros((2, 4), np.float32), np.zeros((3, 1), np.int64))


def test_no_array_is_made():
    x, i, v = tensor("x", (300, 400)), tensor("i", (300, 200), "int64"), tensor("v", (300, 200))
    y = ops.put_along_axis(x, i, v, 1) + ops.take_along_axis(x, ops.argsort(x, 1), 1)
    assert function([x, i, v], sn.grad(ops.take_along_axis(x, i, 1).sum() + (y * y).sum(), [x, v])).allocations == 0


def test_shapes_that_meet_only_at_the_call():
    x, index = matrix("x"), lmatrix("index")
    with pytest.raises(ShapeError, match="axis 0 has 2 against 3(.|\\n)*sizes must be equal or 1"):
        function([x, index], ops.take_along_axis(x, index, 1))(np.ones((2, 4)), np.zeros((3, 1), int))


def test_shapes_known_to_differ_are_refused_when_built():
    x, index = matrix("x", shape=(2, 4)), lmatrix("index", shape=(3, 1))
    with pytest.raises(ShapeError, match="axis 0 has 2 against 3(.|\\n)*sizes must be equal or 1"):
        ops.take_along_axis(x, index, 1)
