"""Which axes are proved to be equally long, and which are not."""

import numpy as np

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.ops import sum_to
from symnet.rewrites.facts import Facts


def proved(x, y):
    return Facts().same_shape(x, y)


def test_what_is_computed_element_by_element_has_the_shape():
    x, row = sn.matrix("x"), sn.sum(sn.matrix("r"), axis=0, keepdims=True)
    assert proved(x, sn.tanh(x) * 2 - 1)
    assert proved(x + row, row + sn.exp(x))
    assert proved(x, sn.softmax(x)) and proved(x, sn.zeros_like(x)) and proved(x, sn.broadcast_to(1.0, x.shape))
    assert proved(x, x * sn.sum(x, axis=1, keepdims=True))
    assert proved(x, sn.sum(x, axis=1)[:, None] + sn.zeros_like(x))


def test_what_may_stretch_is_not_proved():
    x, y = sn.matrix("x"), sn.matrix("y")
    assert not proved(x, y)
    assert not proved(x, x + y)  # x may have one row, y several
    assert proved(x + y, y + x) and proved(x + y, (y + x) + y)
    assert not proved(sn.vector("v"), sn.vector("v") + 1)
    assert not proved(sn.sum(x, axis=1), sn.sum(x, axis=0))


def test_names_and_numbers_decide():
    a, b = sn.matrix("a", shape=("batch", 3)), sn.matrix("b", shape=("batch", 3))
    assert proved(a, b)
    assert proved(a + sn.matrix("c", shape=("batch", 1)), b)
    assert not proved(a, sn.matrix("d", shape=("other", 3)))
    assert proved(sn.matrix("e", shape=(2, 3)) + sn.matrix("f"), sn.matrix("g", shape=(2, 3)))


def test_products_sums_and_orders_of_axes():
    x, w = sn.matrix("x"), sn.matrix("w")
    assert proved(sn.dot(x, w), sn.tanh(sn.dot(x, sn.exp(w))))
    assert proved(sn.dot(x, w).T, sn.dot(w.T, x.T))
    assert proved(sn.sum(x, axis=0), sn.max(sn.exp(x), axis=0))
    assert proved(sum_to(x + w, x), x)
    assert not proved(x.T, x)


def test_no_depth_is_too_deep():
    y = x = sn.vector("x")
    for _ in range(20_000):
        y = y + 1
    assert proved(x, y)


def test_sums_that_cannot_be_decided_stay():
    """Gradients through a broadcast that only the call decides: both outcomes are right."""
    x, y = sn.dmatrix("x"), sn.dmatrix("y")
    g = sn.function([x, y], sn.grad(sn.sum(sn.exp(x) / sn.exp(x) * y), y))
    for rows in (1, 3):
        np.testing.assert_array_equal(g(np.zeros((3, 2)), np.ones((rows, 2))), np.full((rows, 2), 3 / rows))
    cost = sn.sum(sn.sigmoid(x) / sn.sigmoid(x) + y)
    assert sn.function([x, y], cost)(np.zeros((3, 2)), np.ones((1, 2))) == evaluate(
        [cost], {x: np.zeros((3, 2)), y: np.ones((1, 2))}
    )
