"""Sorting where the cases do not reach: every dtype, strange floats, sizes known at the call, and what is allocated."""

import numpy as np
import pytest

import symnet as sn
from symnet import function, grad, ops
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph.inputs import matrix, tensor

X = tensor("x", (5, 10))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: ops.sort(X, 2), ArgumentError, "sort: axis 2 is out of range"),
        (lambda: ops.argsort(X, -3), ArgumentError, "argsort: axis -3 is out of range"),
        (lambda: ops.topk(X, 11), ArgumentError, r"topk: k is 11, but axis 1 of x has size 10(.|\n)*0 to 10"),
        (lambda: ops.topk(X, -1, axis=0), ArgumentError, "topk: k is -1"),
        (lambda: ops.topk(X, 2.0), DTypeError, "topk: k is 2.0, not an integer"),
    ],
)
def test_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_more_than_there_are_at_the_call():
    x = matrix("x")
    f = function([x], ops.topk(x, 3)[1])
    assert f([[1.0, 2.0, 0.0]]).tolist() == [[1, 0, 2]]
    with pytest.raises(ArgumentError, match="k is 3, but axis 1 of x has size 2(.|\n)*test_sorting.py"):
        f([[1.0, 2.0]])


def strange(dtype, shape):
    rng = np.random.default_rng(0)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    a = rng.integers(0 if dtype.startswith("u") else -4, 5, shape).astype(dtype)
    flat = a.reshape(-1)
    if a.dtype.kind == "f":
        for k, v in enumerate([np.nan, -np.nan, -0.0, np.inf, -np.inf]):
            flat[k :: 7 + k] = v
    else:
        flat[::7], flat[3::5] = np.iinfo(dtype).min, np.iinfo(dtype).max
    return a


DTYPES = ["float16", "float32", "float64", "int8", "int32", "int64", "uint32", "uint64", "bool"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "axis"), [((6, 40), 1), ((40, 6), 0), ((3, 9, 4), 1)])
def test_places_in_order(dtype, shape, axis):
    a = strange(dtype, shape)
    x = tensor("x", shape, dtype)
    up, down, top, most = function([x], [
        ops.argsort(x, axis), ops.argsort(x, axis, descending=True), ops.topk(x, 5, axis)[1], ops.topk(x, 8, axis)[1]
    ])(a)  # fmt: skip
    np.testing.assert_array_equal(up, np.argsort(a, axis, kind="stable"))
    backwards = a.shape[axis] - 1 - np.flip(np.argsort(np.flip(a, axis), axis, kind="stable"), axis)
    np.testing.assert_array_equal(down, backwards)
    np.testing.assert_array_equal(top, backwards.take(range(5), axis))
    np.testing.assert_array_equal(most, backwards.take(range(8), axis))


def test_the_largest_few_of_columns_in_the_middle_of_a_step():
    x = tensor("x", (300, 40))
    f = function([x], ops.topk((x * 2).T, 5)[1])
    a = np.random.default_rng(0).standard_normal((300, 40)).astype(np.float32)
    np.testing.assert_array_equal(f(a), np.argsort(-a.T, 1)[:, :5])
    assert f.allocations == 0


@pytest.mark.parametrize("k", [1, 5, 16, 17, 40])
def test_the_largest_few_of_many_equal_ones(k):
    a = np.full((3, 40), -np.inf, np.float32)
    a[0, 7:9], a[1, 3] = 1.0, np.nan
    x = tensor("x", (3, 40))
    expected = 39 - np.argsort(a[:, ::-1], 1, kind="stable")[:, ::-1]
    np.testing.assert_array_equal(function([x], ops.topk(x, k)[1])(a), expected[:, :k])


@pytest.mark.parametrize(("dtype", "allocations"), [("float32", 0), ("int16", 0), ("float64", 1)])
def test_only_places_of_wide_numbers_are_sorted_into_a_new_array(dtype, allocations):
    x = tensor("x", (300, 400), dtype)
    assert function([x], [ops.sort(x), ops.argsort(x)]).allocations == allocations
    if x.type.is_float:
        assert function([x], list(ops.topk(x, 5))).allocations == 0


def test_the_cotangent_of_equal_elements_goes_to_each_once():
    x = tensor("x", (4,))
    weights = np.array([1.0, 2.0, 4.0, 8.0], np.float32)
    g = function([x], grad((ops.sort(x) * weights).sum(), x))
    np.testing.assert_array_equal(g([3.0, 1.0, 3.0, 1.0]), [4.0, 1.0, 8.0, 2.0])


def test_what_lexsort_refuses():
    x = sn.dvector("x")
    with pytest.raises(ArgumentError, match=r"lexsort: there are no keys\.(.|\n)*fix"):
        sn.lexsort([])
    with pytest.raises(ShapeError, match=r"lexsort: the keys have 0 axes, not 1 or more\.(.|\n)*fix: give keys"):
        sn.lexsort(x)
    with pytest.raises(ArgumentError, match=r"lexsort: axis 1 is out of range for 1 axis"):
        sn.lexsort([x, x], axis=1)


def test_without_keys_all_are_equal():
    x = sn.dmatrix("x")
    assert sn.function([x], sn.lexsort(x))(np.zeros((0, 3))).tolist() == [0, 1, 2]
