"""Arrays made from nothing: dtypes, sizes that are known only at the call, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import symnet.ops as ops
from symnet import function
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import Constant, toposort
from symnet.graph.inputs import fscalar, fvector, lscalar, matrix, tensor
from symnet.options import options

NAMED = tensor("x", ("batch", 3))


def test_dtypes():
    assert ops.zeros(3).type.dtype == "float32"
    assert ops.full(3, 2).type.dtype == "int64"
    assert ops.full(3, 2.0).type.dtype == "float32"
    assert ops.full(3, True).type.dtype == "bool"
    assert ops.full(3, np.float64(2)).type.dtype == "float64"
    assert ops.arange(3).type.dtype == "int64"
    assert ops.arange(lscalar("n").astype("int32")).type.dtype == "int64"
    assert ops.arange(3.0).type.dtype == "float32"
    assert ops.arange(3, dtype="float64").type.dtype == "float64"
    with options(floatX="float64"):
        assert ops.zeros(3).type.dtype == "float64"
        assert ops.arange(0.5, 3).type.dtype == "float64"


def test_like_takes_the_type_only():
    assert ops.zeros_like(NAMED).type == NAMED.type
    assert all(node.op.name != "size_of" for node in toposort([ops.ones_like(tensor("x", (2, 3)))]))
    assert isinstance(ops.ones_like(fscalar("cost")), Constant)
    assert ops.full_like(NAMED, 2.5, "int32").type.dtype == "int32"


@pytest.mark.parametrize("value", [0.0, -0.0, 0.1, -1e30, float("inf"), float("-inf"), float("nan"), 7, True])
@pytest.mark.parametrize("compiled", [True, False])
def test_full_holds_its_value_exactly(value, compiled):
    n = lscalar("n")
    y = ops.full((n, 2), value)
    (result,) = function([n], [y])(3) if compiled else evaluate([y], {n: np.array(3)})
    expected = np.full((3, 2), value, y.type.dtype)
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(np.signbit(result), np.signbit(expected)) if y.type.is_float else None


def test_zero_and_minus_zero_are_two_values():
    n = lscalar("n")
    a, b = function([n], [ops.full(n, 0.0), ops.full(n, -0.0)])(1)
    assert not np.signbit(a[0])
    assert np.signbit(b[0])


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda i: ops.arange(i, i + 10), (10,)),
        (lambda i: ops.arange(i, 10 + i), (10,)),
        (lambda i: ops.arange(i, i + (-1)), (0,)),
        (lambda i: ops.arange(i), (None,)),
        (lambda i: ops.arange(i, 2 * i), (None,)),
        (lambda i: ops.arange(NAMED.shape[0]), ("batch",)),
        (lambda i: ops.zeros((NAMED.shape[0], i)), ("batch", None)),
        (lambda i: ops.eye(NAMED.shape[0], 4), ("batch", 4)),
        (lambda i: ops.arange(2, 11, 3), (3,)),
    ],
)
def test_sizes_that_can_be_known(build, shape):
    assert build(lscalar("i")).type.shape == shape


def test_a_start_that_moves_makes_no_new_plan():
    i = lscalar("i")
    f = function([i], ops.arange(i, i + 10) * 2)
    np.testing.assert_array_equal(f(5), 2 * np.arange(5, 15))
    first = f.source
    np.testing.assert_array_equal(f(-3), 2 * np.arange(-3, 7))
    assert f.source == first


def test_arange_of_symbolic_bounds():
    a, b, s = lscalar("a"), lscalar("b"), lscalar("s")
    f = function([a, b, s], ops.arange(a, b, s))
    for bounds in [(0, 5, 1), (2, 11, 3), (11, 2, -3), (5, 0, 1), (0, 0, 2), (-4, 3, 2)]:
        np.testing.assert_array_equal(f(*bounds), np.arange(*bounds))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.arange(0, 5, 0), ArgumentError, "arange: the step is 0"),
        (
            lambda: ops.arange(1.5 * lscalar("i")),
            DTypeError,
            "stop is float32, and symbolic bounds are integers(.|\n)*//",
        ),
        (lambda: ops.arange(fvector("v")), ShapeError, "stop has 1 axes, not 0"),
        (lambda: ops.zeros((2, 3.0)), DTypeError, "zeros: a size is 3.0, not an integer(.|\n)*//"),
        (lambda: ops.ones(-1), ShapeError, "ones: a size is -1"),
        (lambda: ops.full((2, 4), fvector("v", shape=(3,))), ShapeError, "axis 1 has 3 against 4"),
        (lambda: ops.eye(2.0), DTypeError, "eye: a size is 2.0"),
        (lambda: ops.eye(2, k=0.5), DTypeError, "the diagonal k is 0.5"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message) as caught:
        build()
    assert "test_create.py" in str(caught.value)


def test_a_negative_size_at_the_call():
    n = lscalar("n")
    f = function([n], ops.zeros((n, 2)))
    with pytest.raises(ShapeError, match="full: a size is -3(.|\n)*test_create.py"):
        f(-3)
    assert function([n], ops.arange(n))(-3).shape == (0,)


def test_an_array_full_of_a_symbolic_value():
    v, x = fscalar("v"), matrix("x")
    y = ops.full_like(x, v)
    (g,) = function([v], [ops.full((2, 3), v) * 2])(1.5)
    np.testing.assert_array_equal(g, np.full((2, 3), 3.0))
    assert y.type.dtype == "float32"
    assert function([v, x], y)(2, np.zeros((4, 1), np.float32)).shape == (4, 1)


def test_a_step_that_turns_out_to_be_zero_is_refused():
    start, step = lscalar("start"), lscalar("step")
    with pytest.raises(ArgumentError, match="arange: the step is 0(.|\n)*give a step above or below 0"):
        evaluate([ops.arange(start, 5, step)], {start: np.array(0), step: np.array(0)})
