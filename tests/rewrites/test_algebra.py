"""Algebra that pays: the graph it leaves, and the same numbers."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import BoundsError
from symnet.graph import toposort
from symnet.options import Options
from symnet.rewrites import rewrite


def ops(*outputs, exclude=()):
    results, _, _ = rewrite(outputs, training=True, options=Options(exclude=exclude))
    return [node.op.name for node in toposort(results)]


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@pytest.mark.parametrize("shape", [("batch", 5), (4, 5)])
def test_the_gradient_of_a_likelihood_is_that_of_cross_entropy(shape):
    x, y = sn.dmatrix("x", shape=shape), sn.lvector("y", shape=shape[:1])
    p = sn.softmax(x)
    cost = -sn.mean(sn.log(p)[sn.arange(y.shape[0]), y])
    word = sn.cross_entropy(x, y)
    found = ops(cost, sn.grad(cost, x))
    assert "less_at_labels" in found and not {"set_picked", "full"} & set(found)
    if isinstance(shape[0], int):
        assert sorted(found) == sorted(ops(word, sn.grad(word, x)))
    z, labels = numbers(4, 5), np.array([0, 4, 2, 2])
    value, slope = sn.function([x, y], [cost, sn.grad(cost, x)])(z, labels)
    np.testing.assert_allclose(value, -np.log(softmax(z)[np.arange(4), labels]).mean(), rtol=1e-12)
    np.testing.assert_allclose(slope, (softmax(z) - np.eye(5)[labels]) / 4, rtol=1e-12, atol=1e-15)
    same_value, same_slope = sn.function([x, y], [word, sn.grad(word, x)])(z, labels)
    assert same_value == value and np.array_equal(same_slope, slope)


def test_weights_of_examples_and_fewer_labels_than_rows():
    x, y, w = sn.dmatrix("x"), sn.lvector("y"), sn.dvector("w")
    gradient = sn.grad(-sn.sum(w * sn.log(sn.softmax(x))[sn.arange(y.shape[0]), y]), x)
    z, weights = numbers(4, 3), np.array([1.0, -2.0, 0.5])
    expected = np.zeros((4, 3))
    expected[:3] = weights[:, None] * (softmax(z[:3]) - np.eye(3)[[2, 0, 1]])
    found = sn.function([x, y, w], gradient)(z, np.array([2, 0, 1]), weights)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_labels_out_of_range_are_still_refused():
    x, y = sn.dmatrix("x", shape=("n", 3)), sn.lvector("y", shape=("n",))
    g = sn.function([x, y], sn.grad(-sn.mean(sn.log(sn.softmax(x))[sn.arange(y.shape[0]), y]), x))
    with pytest.raises(BoundsError, match="label 3 is out of range for 3 classes"):
        g(numbers(2, 3), np.array([0, 3]))


def test_a_chain_of_products_takes_the_cheaper_order():
    a, b, v = sn.dmatrix("a", shape=(6, 5)), sn.dmatrix("b", shape=(5, 7)), sn.dvector("v", shape=(7,))
    y = sn.dot(sn.dot(a, b), v)
    (result,), fired, _ = rewrite([y], training=True, options=Options())
    assert [record.rule for record in fired] == ["matmul_order"]
    assert result.node.inputs[0] is a
    arrays = numbers(6, 5), numbers(5, 7, seed=1), numbers(7, seed=2)
    np.testing.assert_allclose(sn.function([a, b, v], y)(*arrays), arrays[0] @ (arrays[1] @ arrays[2]), rtol=1e-12)


@pytest.mark.parametrize("shape", [(4, 3), (5, 5)])
def test_a_vector_between_two_operands_stays_with_its_matrix(shape):
    a, b, c = sn.dmatrix("a", shape=shape), sn.dvector("b", shape=shape[1:]), sn.dvector("c", shape=shape[:1])
    arrays = numbers(*shape), numbers(shape[1], seed=1), numbers(shape[0], seed=2)
    for y in (sn.dot(sn.dot(a, b), c), sn.dot(c, sn.dot(a, b)), sn.sum(sn.dot(a, b) * c)):
        f = sn.function([a, b, c], [y, sn.grad(y, a)])
        value, slope = f(*arrays)
        np.testing.assert_allclose(value, arrays[2] @ arrays[0] @ arrays[1], rtol=1e-12)
        np.testing.assert_allclose(slope, np.outer(arrays[2], arrays[1]), rtol=1e-12)


def test_a_product_that_others_read_stays():
    a, b, v = sn.dmatrix("a", shape=(6, 5)), sn.dmatrix("b", shape=(5, 7)), sn.dvector("v", shape=(7,))
    inner = sn.dot(a, b)
    assert ops(inner, sn.dot(inner, v)) == ["matmul", "matmul"]
    assert ops(sn.dot(v, sn.dot(b.T, a.T))).count("matmul") == 2
    assert ops(sn.dot(sn.dot(sn.dmatrix("c"), b), v)) == ["matmul", "matmul"]  # open sizes: as written


@pytest.mark.parametrize("shape", [(None, None), ("n", 4), (3, 4)])
def test_a_full_sum_of_products_is_a_dot(shape):
    x, y = sn.dmatrix("x", shape=shape), sn.dmatrix("y", shape=shape)
    a, b = numbers(3, 4), numbers(3, 4, seed=1)
    assert "matmul" in ops(sn.sum(sn.square(x))) and "square" not in ops(sn.sum(x * x))
    np.testing.assert_allclose(sn.function([x], sn.sum(x * x))(a), (a * a).sum(), rtol=1e-12)
    np.testing.assert_allclose(sn.function([x], sn.sum(x.T * sn.tanh(x.T)))(a), (a * np.tanh(a)).sum(), rtol=1e-12)
    # Two open shapes may differ, and broadcast.
    assert ("matmul" in ops(sn.sum(x * y))) == (None not in shape)
    np.testing.assert_allclose(sn.function([x, y], sn.sum(x * y))(a, b), (a * b).sum(), rtol=1e-12)
    assert "matmul" not in ops(sn.sum(x * x, axis=1))


def test_integers_are_summed_as_they_were():
    k = sn.lvector("k")
    assert "matmul" not in ops(sn.sum(k * k))


def test_numbers_and_signs_leave_sums():
    x = sn.dvector("x")
    assert ops(sn.sum(3.0 * x)) == ["sum", "multiply"] == ops(sn.sum(x * 3.0))
    assert "negative" not in ops(-sn.mean(-x))
    a = numbers(5)
    np.testing.assert_allclose(sn.function([x], sn.sum(3.0 * x))(a), 3 * a.sum(), rtol=1e-12)


def test_multiples_are_collected_unless_infinities_could_cancel():
    x = sn.dvector("x")
    assert ops(2.0 * x + 3.0 * x) == ["multiply"] == ops(x + x)
    assert ops(3.0 * x - 2.0 * x) == ["multiply", "multiply", "subtract"]
    f = sn.function([x], [2.0 * x + 3.0 * x, 3.0 * x - 2.0 * x])
    first, second = f(np.array([1.5, np.inf, np.nan]))
    np.testing.assert_array_equal(first, [7.5, np.inf, np.nan])
    np.testing.assert_array_equal(second, [1.5, np.nan, np.nan])


def test_a_truth_value_times_itself_is_no_square():
    b = sn.tensor("b", (3,), "bool")
    assert sn.function([b], b * b)([True, False, True]).tolist() == [True, False, True]
