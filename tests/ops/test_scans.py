"""Running totals and differences where the cases do not reach."""

import numpy as np
import pytest

from symnet import function, grad, ops
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
