"""Distinct values and counts where the cases do not reach."""

import numpy as np
import pytest

import symnet as sn
from symnet import function, ops
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph.inputs import lvector, tensor, vector

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.bincount(X), DTypeError, "bincount: x is float32(.|\n)*sn.histogram counts floats"),
        (lambda: ops.bincount(X.astype("int64")), ShapeError, "are no vectors of one size"),
        (lambda: ops.bincount(lvector("i"), minlength=-1), ArgumentError, "minlength is -1"),
        (lambda: ops.bincount([0, 1], [1.0]), ShapeError, r"\(2,\) and \(1,\) are no vectors"),
        (lambda: ops.bincount([0, -1]), BoundsError, "-1 is out of range"),
        (lambda: ops.histogram(X, 0), ArgumentError, "histogram: 0 bins"),
        (lambda: ops.histogram(X, 2, (1.0, 0.0)), ArgumentError, "histogram: the range is 1.0 to 0.0"),
        (lambda: ops.histogram(X, X), ShapeError, "histogram: the edges have 2 axes"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_as_many_values_as_there_are():
    x = vector("x")
    f = function([x], [*ops.unique(x * 2, return_inverse=True, return_counts=True)])
    for a in ([3.0, 1.0, 3.0], [1.0], [], [2.0, np.nan, 2.0, np.nan], [5.0, 4.0, 3.0]):
        a = np.array(a, np.float32)
        for found, expected in zip(f(a), np.unique(a * 2, return_inverse=True, return_counts=True)):
            np.testing.assert_array_equal(found, expected)


def test_counts_have_one_plan_where_no_number_reaches_the_length():
    i, w = lvector("i"), vector("w")
    f = function([i, w], [ops.bincount(i, minlength=10), ops.bincount(i, w, minlength=10)])
    for numbers in ([0, 9, 9], [3, 3, 3]):
        counts, sums = f(numbers, [0.5, 1.0, 2.0])
        np.testing.assert_array_equal(counts, np.bincount(numbers, minlength=10))
        np.testing.assert_array_equal(sums, np.bincount(numbers, [0.5, 1.0, 2.0], 10))
    assert len(f._plans) == 1
    assert f.allocations == 0
    assert len(f([11, 0, 0], [1.0, 1.0, 1.0])[0]) == 12


def test_a_negative_number_at_the_call():
    i = lvector("i")
    f = function([i], ops.bincount(i))
    with pytest.raises(BoundsError, match="-3 is out of range(.|\n)*test_sets.py"):
        f([4, -3])


def test_a_histogram_of_edges_with_no_size_and_of_many_numbers():
    x, e = vector("x"), vector("e")
    f = function([x, e], [ops.histogram(x, e)[0], *ops.histogram(x, 7)])
    a = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    edges = np.array([-1.0, 0.0, 0.25, 3.0], np.float32)
    given, counts, made = f(a, edges)
    np.testing.assert_array_equal(given, np.histogram(a, edges)[0])
    np.testing.assert_array_equal(counts, np.histogram(a, made)[0])
    np.testing.assert_allclose(made, np.histogram(a, 7)[1], rtol=1e-6, atol=1e-6)


def test_the_cotangent_of_a_value_goes_where_it_is_first_in_order():
    x = vector("x")
    g = function([x], sn.grad((ops.unique(x) ** 2).sum(), x))
    np.testing.assert_array_equal(g([3.0, 1.0, 3.0]), [6.0, 2.0, 0.0])
