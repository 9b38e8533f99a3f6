"""Running totals and differences where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, grad, jvp, ops
from symnet.errors import ArgumentError, ShapeError
from symnet.graph.inputs import lscalar, matrix, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.cumsum(X, 2), ArgumentError, "cumsum: axis 2 is out of range for 2 axes"),
        (lambda: ops.cumprod(X, -3), ArgumentError, "cumprod: axis -3 is out of range"),
        (lambda: ops.cumulative_sum(X), ArgumentError, r"x has 2 axes, and no axis is given\.(.|\n)*give axis=0 to 1"),
        (lambda: ops.cumulative_prod(lscalar("n")), ArgumentError, r"x has 0 axes(.|\n)*x\[None\]"),
        (lambda: ops.diff(X, n=-1), ArgumentError, "diff: n is -1"),
        (lambda: ops.diff(X, n=1.5), ArgumentError, "diff: n is 1.5"),
        (lambda: ops.diff(X, prepend=tensor("p", (4, 1))), ShapeError, "axis 0 has 4 against 5"),
        (lambda: ops.trapezoid(X, axis=5), ArgumentError, "trapezoid: axis 5 is out of range"),
        (lambda: ops.cummax(X, 2), ArgumentError, "cummax: axis 2 is out of range"),
        (lambda: ops.logcumsumexp(X, -3), ArgumentError, "logcumsumexp: axis -3 is out of range"),
        (lambda: ops.gradient(X, edge_order=3), ArgumentError, "gradient: edge_order is 3"),
        (lambda: ops.gradient(X, 1.0, 2.0, axis=0), ArgumentError, "gradient: 2 spacings for 1 axes"),
        (lambda: ops.gradient(X[:1]), ShapeError, r"axis 0 of f has size 1, and 2 are needed"),
        (lambda: ops.gradient(X[:2], edge_order=2), ShapeError, r"size 2, and 3 are needed(.|\n)*edge_order=1"),
        (lambda: ops.gradient(X, [1.0, 2.0], axis=0), ShapeError, r"spacing along axis 0 is \(2,\) for 5 elements"),
        (lambda: ops.unwrap(X, axis=2), ArgumentError, "unwrap: axis 2 is out of range"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_a_total_of_bools_counts_in_64_bits():
    assert ops.cumsum(tensor("b", (3,), "bool")).type.dtype == "int64"
    assert ops.cumsum(tensor("b", (3,), "uint8")).type.dtype == "uint64"
    assert ops.cumsum(tensor("b", (3,), "float16")).type.dtype == "float16"
    assert ops.cumsum(tensor("b", (3,), "int32"), dtype="int32").type.dtype == "int32"


def test_names_of_sizes_stay():
    assert matrix("x").cumsum(0).type.shape == (None, None)
    assert tensor("x", ("batch", 3)).cumprod(1).type.shape == ("batch", 3)


def test_a_total_and_its_gradient_make_no_array():
    x = tensor("x", (300, 400))
    f = function([x], [ops.cumsum(x, 1), grad((ops.cumsum(x, 1) * x).sum(), x)])
    assert f.allocations == 0
    assert "np.add.accumulate" in f.source


def test_the_gradient_of_a_product_past_a_zero_that_divides_nothing():
    """By definition: the sum of the products that hold an element, each without it."""
    x = vector("x")
    point = np.array([2.0, 0.0, 3.0, 0.0, 5.0], np.float32)
    f = function([x], grad(ops.cumprod(x).sum(), x))
    expected = [sum(np.prod(np.delete(point[: k + 1], i)) for k in range(i, 5)) for i in range(5)]
    np.testing.assert_array_equal(f(point), expected)


@pytest.mark.parametrize("word", [ops.cummax, ops.cummin])
def test_the_first_of_equal_records_gets_the_gradient(word):
    sign = 1 if word is ops.cummax else -1
    x = vector("x")
    f = function([x], grad((word(x) * np.arange(1, 8, dtype=np.float32)).sum(), x))
    point = sign * np.array([1.0, 1.0, 0.0, 2.0, 2.0, np.nan, 9.0], np.float32)
    np.testing.assert_array_equal(f(point), [6, 0, 0, 9, 0, 13, 0])


def test_a_running_maximum_takes_the_tangent_of_the_element_that_set_it():
    x, t = vector("x"), vector("t")
    f = function([x, t], jvp(ops.cummax(x), x, t))
    np.testing.assert_array_equal(f([1, 0, 3, 2], [10, 20, 30, 40]), [10, 10, 30, 30])


def test_nothing_flows_where_a_running_sum_of_exponentials_has_no_term():
    x = vector("x")
    f = function([x], [ops.logcumsumexp(x), grad(ops.logcumsumexp(x)[1] + ops.logcumsumexp(x)[3], x)])
    value, slope = f([-np.inf, -np.inf, 5.0, 5.0])
    np.testing.assert_allclose(value, [-np.inf, -np.inf, 5.0, 5.0 + np.log(2)], 1e-6)
    np.testing.assert_allclose(slope, [0, 0, 0.5, 0.5], 1e-6)


def test_running_extremes_make_no_array():
    x = tensor("x", (30, 40))
    f = function([x], [ops.cummax(x, 1), ops.cummin(x, 0), ops.logcumsumexp(x, 1)])
    assert f.allocations == 0
    assert "np.logaddexp.accumulate" in f.source
