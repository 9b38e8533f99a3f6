"""Shapes: what is known of them when the expression is built, and what is said when they cannot meet."""

from __future__ import annotations

import numpy as np
import pytest

import symnet.ops as ops
from symnet import function, grad
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, Variable, toposort
from symnet.graph.inputs import lscalar, matrix, tensor

X = tensor("x", (5, 10))
OPEN = tensor("images", (None, 28, 28))
NAMED = tensor("images", ("batch", 28, 28))


def ops_in(y: Variable) -> list[str]:
    return [node.op.name for node in toposort([y])]


# sizes ----------------------------------------------------------------------------------------------------------------


def test_known_sizes_are_python_numbers():
    assert X.shape == (5, 10)
    assert X.size == 50
    assert isinstance(ops.size_of(X, 1), Constant)
    assert isinstance(OPEN.shape[0], Variable)
    assert OPEN.shape[1:] == (28, 28)


def test_a_size_asked_of_an_axis_that_is_not_there():
    with pytest.raises(ArgumentError, match=r"size_of: axis 2 is out of range for 2 axes\.\n(.*\n)+.*-2 to 1"):
        ops.size_of(X, 2)


# reshape --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "shape", "expected"),
    [
        (NAMED, (-1, 784), ("batch", 784)),
        (NAMED, (NAMED.shape[0], -1), ("batch", 784)),
        (NAMED, (NAMED.shape[0], 4, -1), ("batch", 4, 196)),
        (NAMED, (1, -1, 28, 28), (1, "batch", 28, 28)),
        (NAMED, (NAMED.shape[0] * 28, -1), (None, 28)),
        (OPEN, (-1, 784), (None, 784)),
        (OPEN, (OPEN.shape[0], -1), (None, 784)),
        (X, (X.shape[0], -1), (5, 10)),
        (tensor("x", ("batch", "time", 8)), (-1, 8), (None, 8)),
        (tensor("x", ("batch", 0)), (0, 7), (0, 7)),
    ],
)
def test_reshape_knows_what_can_be_known(x, shape, expected):
    assert x.reshape(shape).type.shape == expected


def test_reshape_cancels_open_sizes_that_stand_on_both_sides():
    x = tensor("x", ("batch", "time", 8))
    n, t, _ = x.shape
    assert x.reshape((n * t, 8)).reshape((n, t, 8)).type.shape == ("batch", "time", 8)
    assert x.reshape((n, t, 2, -1)).type.shape == ("batch", "time", 2, 4)
    with pytest.raises(ShapeError, match="8 elements against 9 for each open size"):
        x.reshape((n * t, 9))


@pytest.mark.parametrize("x", [NAMED, OPEN])
def test_flatten_needs_no_size_of_the_array(x):
    assert ops_in(x.flatten(2)) == ["reshape"]
    assert ops_in(x.flatten()) == ["reshape"]
    assert x.flatten(2).type.shape == (x.type.shape[0], 784)


def test_flatten_of_an_empty_array():
    x = tensor("x", (None, 0, 3))
    (y,) = evaluate([x.flatten(2)], {x: np.zeros((4, 0, 3), np.float32)})
    assert y.shape == (4, 0)
    (y,) = evaluate([OPEN.flatten(2)], {OPEN: np.zeros((0, 28, 28), np.float32)})
    assert y.shape == (0, 784)


def test_reshape_to_the_same_shape_is_nothing():
    assert X.reshape((5, 10)) is X
    assert X.flatten(2) is X
    assert tensor("v", (None,)).flatten().node is None


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((7, 8), ShapeError, r"reshape: \(5, 10\) cannot become \(7, 8\): 50 elements against 56\."),
        ((-1, 7), ShapeError, r"\(5, 10\) cannot become \(-1, 7\): 50 elements are no multiple of 7\."),
        ((-1, -1), ShapeError, "-1 stands 2 times"),
        ((0, -1), ShapeError, "any size would do for -1 beside a size of 0"),
        ((-2, 5), ShapeError, "a size is -2"),
        ((2.5, 20), DTypeError, "a size is 2.5, not an integer(.|\n)*// instead of /"),
        ((5, matrix("m").shape[0] / 2), DTypeError, "a size is float32 .*(.|\n)*// instead of /"),
        (("batch", -1), DTypeError, "a size is 'batch', not an integer(.|\n)*x.shape"),
        ((True, 50), DTypeError, "a size is True"),
        ((matrix("m"), 50), DTypeError, r"a size is float32 \(\?, \?\), not an integer scalar"),
    ],
)
def test_reshape_refuses(shape, error, message):
    with pytest.raises(error, match=message) as caught:
        X.reshape(shape)
    assert "test_shape.py" in str(caught.value)


def test_sizes_that_meet_only_at_the_call():
    x, n = matrix("x"), lscalar("n")
    f = function([x, n], x.reshape((n, -1)))
    assert f(np.zeros((4, 6), np.float32), 3).shape == (3, 8)
    with pytest.raises(ShapeError, match=r"\(4, 6\) cannot become \(5, -1\): 24 elements are no multiple of 5"):
        f(np.zeros((4, 6), np.float32), 5)
    with pytest.raises(ShapeError, match="a size is -1(.|\n)*test_shape.py"):
        f(np.zeros((4, 6), np.float32), -1)


def test_reshape_of_what_is_no_view():
    x = matrix("x")
    f = function([x], x.T.reshape((-1, 2)))
    a = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(f(a), a.T.reshape(-1, 2))
    np.testing.assert_array_equal(f(a[:2]), a[:2].T.reshape(-1, 2))


# axes -----------------------------------------------------------------------------------------------------------------


def test_axes_that_change_nothing_make_no_node():
    v = tensor("v", (3,))
    assert v.T is v
    assert ops.expand_dims(v, ()) is v
    assert ops.squeeze(v) is v
    assert v.dimshuffle(0) is v


def test_names_follow_their_axes():
    assert NAMED.transpose(2, 0, 1).type.shape == (28, "batch", 28)
    assert NAMED.dimshuffle(1, "x", 0, 2).type.shape == (28, 1, "batch", 28)
    assert ops.expand_dims(NAMED, -1).type.shape == ("batch", 28, 28, 1)
    assert tensor("x", ("batch", 1)).squeeze().type.shape == ("batch",)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.squeeze(X, 0), ShapeError, "axis 0 has size 5, not 1"),
        (lambda: X.dimshuffle(0), ShapeError, "axis 1 has size 10, not 1"),
        (lambda: X.dimshuffle(0, 0), ArgumentError, "an axis is given twice"),
        (lambda: X.dimshuffle(0, "y"), ArgumentError, "the pattern holds 'y'"),
        (lambda: X.transpose(0, 0), ArgumentError, r"\(0, 0\) is no order of the 2 axes"),
        (lambda: X.transpose(0, 2), ArgumentError, "axis 2 is out of range for 2 axes"),
        (lambda: ops.expand_dims(X, (0, 0)), ArgumentError, "an axis is given twice"),
        (lambda: ops.expand_dims(X, 0.0), DTypeError, "an axis is 0.0, not an integer"),
        (lambda: X.flatten(3), ArgumentError, "ndim is 3, but x has 2 axes"),
    ],
)
def test_axes_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_squeeze_finds_a_wrong_size_at_the_call():
    x = matrix("x")
    y = ops.squeeze(x, 1)
    with pytest.raises(ShapeError, match="axis 1 has size 2, not 1"):
        evaluate([y], {x: np.zeros((3, 2), np.float32)})
    f = function([x], y)
    assert f(np.zeros((3, 1), np.float32)).shape == (3,)
    with pytest.raises(ShapeError, match="axis 1 has size 2, not 1(.|\n)*test_shape.py"):
        f(np.zeros((3, 2), np.float32))


def test_a_squeezed_scalar_follows_its_array():
    x = tensor("x", (1, 1))
    f = function([x], ops.squeeze(x * 2).reshape(()) + 1)
    assert f([[1.0]]) == 3
    assert f([[5.0]]) == 11


# broadcasting ---------------------------------------------------------------------------------------------------------


def test_broadcast_to_is_as_precise_as_it_can_be():
    v = tensor("v", (3,))
    assert ops.broadcast_to(v, (NAMED.shape[0], 3)).type.shape == ("batch", 3)
    assert ops.broadcast_to(v, (2, lscalar("n"))).type.shape == (2, 3)
    assert ops.broadcast_to(NAMED, NAMED.shape) is NAMED
    assert ops.broadcast_to(OPEN, OPEN.shape) is OPEN
    assert ops.broadcast_to(OPEN, tensor("y", (None, 28, 28)).shape) is not OPEN


def test_broadcast_to_refuses():
    with pytest.raises(ShapeError, match=r"\(5, 10\) cannot become \(5, 9\): axis 1 has 10 against 9"):
        ops.broadcast_to(X, (5, 9))
    with pytest.raises(ShapeError, match=r"\(5, 10\) has 2 axes, the target \(10,\) only 1"):
        ops.broadcast_to(X, (10,))
    with pytest.raises(ShapeError, match="a size is -1"):
        ops.broadcast_to(X, (-1, 5, 10))


# joining --------------------------------------------------------------------------------------------------------------


def test_joined_sizes():
    a, b = tensor("a", ("batch", 3)), tensor("b", (None, 4))
    assert ops.concatenate([a, b], 1).type.shape == ("batch", 7)
    assert ops.concatenate([a, tensor("c", (0, 3))]).type.shape == ("batch", 3)
    assert ops.concatenate([a, a]).type.shape == (None, 3)
    assert ops.stack([a, a], -1).type.shape == ("batch", 3, 2)
    assert ops.concatenate([a, tensor("c", (7, 2), "float64")], 1).type.dtype == "float64"


def test_joining_refuses():
    with pytest.raises(ShapeError, match=r"\(5, 10\) and \(4, 3\) do not join along axis 0: axis 1 has 10 against 3"):
        ops.concatenate([X, matrix("m"), tensor("q", (4, 3))])
    with pytest.raises(ShapeError, match="have 2 and 1 axes"):
        ops.concatenate([X, tensor("v", (10,))])
    with pytest.raises(ShapeError, match="scalars have 0 axes"):
        ops.concatenate([lscalar("n"), 2])
    with pytest.raises(ArgumentError, match="the arrays come as one list, not as a symbolic variable"):
        ops.concatenate(X)
    with pytest.raises(ArgumentError, match="the list holds 0 arrays"):
        ops.stack([])
    with pytest.raises(ShapeError, match=r"\(5, 10\) and \(10,\) differ"):
        ops.stack([X, tensor("v", (10,))])
    m, n = matrix("m"), matrix("n")
    f = function([m, n], ops.concatenate([m, n]))
    with pytest.raises(ShapeError, match="axis 1 has 2 against 3(.|\n)*test_shape.py"):
        f(np.zeros((2, 2), np.float32), np.zeros((2, 3), np.float32))


def test_the_gradient_of_joined_arrays_of_unknown_sizes():
    a, b = matrix("a"), matrix("b")
    weights = np.arange(10, dtype=np.float32).reshape(2, 5)
    f = function([a, b], grad((ops.concatenate([a, b], 1) * weights).sum(), [a, b]))
    ga, gb = f(np.zeros((2, 2), np.float32), np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(ga, weights[:, :2])
    np.testing.assert_array_equal(gb, weights[:, 2:])
    ga, gb = f(np.zeros((2, 5), np.float32), np.zeros((2, 0), np.float32))
    np.testing.assert_array_equal(ga, weights)
    assert gb.shape == (2, 0)
