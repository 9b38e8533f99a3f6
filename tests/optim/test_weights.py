"""Averages of new weights, and limits on them."""

import numpy as np
import pytest

import symnet as sn
from symnet import nn, optim
from symnet.errors import ArgumentError


def regression():
    """Weights, biases, and a cost of both."""
    rng = np.random.default_rng(0)
    w, b = sn.shared(rng.normal(size=(3, 2)), "w"), sn.shared(rng.normal(size=2), "b")
    return w, b, sn.mean(sn.square(sn.dot(rng.normal(size=(12, 3)), w) + b - 1))


def test_averages_follow_the_new_weights():
    w, b, cost = regression()
    updates = optim.average(optim.sgd(cost, [w, b], 0.1), [w, b], 0.75)
    a = {s.label: s for s, _ in updates}["average_w"]
    np.testing.assert_array_equal(a.get_value(), w.get_value())
    step, expected = sn.function([], cost, updates=updates), w.get_value()
    for _ in range(5):
        step()
        expected = 0.75 * expected + 0.25 * w.get_value()
    np.testing.assert_allclose(a.get_value(), expected, rtol=1e-12)


def test_predicting_with_averages():
    model, x = nn.Dense(2, rng=0), sn.tensor("x", ("batch", 3))
    y = model(x)
    cost = sn.square(y).sum()
    updates = optim.average(optim.sgd(cost, model.params, 0.1), model.params)
    states = {s.label: s for s, _ in updates}
    predict = sn.function([x], y)
    averaged = predict.copy(swap={w: states[f"average_{w.label}"] for w in model.params})
    before = predict(np.eye(3))
    sn.function([x], updates=updates)(np.eye(3))
    assert not np.allclose(predict(np.eye(3)), before)
    np.testing.assert_allclose(averaged(np.eye(3)), 0.999 * before + 0.001 * predict(np.eye(3)), rtol=1e-5)


def test_max_norm():
    w = sn.shared(np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]]), "w")
    k = sn.shared(np.array([[[3.0, 4.0]], [[0.3, 0.4]]]), "k")
    nothing = sn.square(w).sum() * 0 + sn.square(k).sum() * 0
    updates = optim.max_norm(optim.sgd(nothing, [w, k], 0.1), [w, k], 2.0)
    assert [s for s, _ in updates] == [w, k]
    sn.function([], updates=updates)()
    np.testing.assert_allclose(w.get_value(), [[1.2, 0.3, 0], [1.6, 0.4, 0]], rtol=1e-12)
    np.testing.assert_allclose(k.get_value(), [[[1.2, 1.6]], [[0.3, 0.4]]], rtol=1e-12)


@pytest.mark.parametrize("word", [optim.average, optim.max_norm])
def test_weights_without_an_update(word):
    w, b, cost = regression()
    with pytest.raises(ArgumentError, match=f"{word.__name__}: no update of w"):
        word(optim.sgd(cost, [b], 0.1), [w], 0.5)


def test_max_norm_of_biases_and_averages_out_of_range():
    w, b, cost = regression()
    with pytest.raises(ArgumentError, match="max_norm: b has 1 axes"):
        optim.max_norm(optim.sgd(cost, [w, b], 0.1), [b], 1.0)
    with pytest.raises(ArgumentError, match="average: decay is 1.5"):
        optim.average(optim.sgd(cost, [w, b], 0.1), [w], 1.5)
