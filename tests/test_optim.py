"""Optimisers against their rules written out in NumPy."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import GradientError

RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))


def gradients(w, b):
    """Those of mean((x w + b - t)^2)."""
    r = 2 * (X @ w + b - T) / T.size
    return X.T @ r, r.sum(0)


def regression(dtype):
    w = sn.shared(np.linspace(-1, 1, 6).reshape(3, 2).astype(dtype), "w")
    b = sn.shared(np.zeros(2, dtype), "b")
    return w, b, sn.mean(sn.square(sn.dot(X.astype(dtype), w) + b - T.astype(dtype)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("symbolic", [False, True])
def test_sgd(dtype, symbolic):
    w, b, cost = regression(dtype)
    rate = sn.scalar("learning_rate", dtype=dtype) if symbolic else 0.1
    step = sn.function([rate] if symbolic else [], cost, updates=sn.optim.sgd(cost, [w, b], rate))
    v, c = w.get_value().astype("float64"), b.get_value().astype("float64")
    for k in range(10):
        now = 0.1 / (k + 1) if symbolic else 0.1
        g_v, g_c = gradients(v, c)
        np.testing.assert_allclose(step(*[now] * symbolic), np.mean((X @ v + c - T) ** 2), rtol=1e-5)
        v, c = v - now * g_v, c - now * g_c
    tolerance = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-12}
    np.testing.assert_allclose(w.get_value(), v, **tolerance)
    np.testing.assert_allclose(b.get_value(), c, **tolerance)
    assert w.get_value().dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("symbolic", [False, True])
def test_momentum(dtype, symbolic):
    w, b, cost = regression(dtype)
    mu = sn.scalar("mu", dtype=dtype) if symbolic else 0.8
    updates = sn.optim.momentum(cost, [w, b], 0.1, mu)
    step = sn.function([mu] if symbolic else [], cost, updates=updates)
    v, c = w.get_value().astype("float64"), b.get_value().astype("float64")
    m_v, m_c = 0 * v, 0 * c
    for _ in range(10):
        g_v, g_c = gradients(v, c)
        m_v, m_c = 0.8 * m_v - 0.1 * g_v, 0.8 * m_c - 0.1 * g_c
        v, c = v + m_v, c + m_c
        step(*[0.8] * symbolic)
    tolerance = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-12}
    np.testing.assert_allclose(w.get_value(), v, **tolerance)
    np.testing.assert_allclose(b.get_value(), c, **tolerance)
    velocity = {s.label: s for s, _ in updates}
    assert list(velocity) == ["v_w", "w", "v_b", "b"]
    np.testing.assert_allclose(velocity["v_w"].get_value(), m_v, **tolerance)
    assert velocity["v_w"].type.dtype == dtype


def test_momentum_is_09_unless_told():
    w, b, cost = regression("float64")
    step = sn.function([], cost, updates=sn.optim.momentum(cost, [w], 0.1))
    start, (g, _) = w.get_value(), gradients(w.get_value(), 0)
    step()
    second, (g2, _) = w.get_value(), gradients(w.get_value(), 0)
    step()
    np.testing.assert_allclose(second, start - 0.1 * g)
    np.testing.assert_allclose(w.get_value(), second - 0.09 * g - 0.1 * g2)


def test_momentum_of_0_is_gradient_descent():
    steps = []
    for rule in (lambda c, p: sn.optim.sgd(c, p, 0.1), lambda c, p: sn.optim.momentum(c, p, 0.1, 0.0)):
        w, b, cost = regression("float64")
        step = sn.function([], cost, updates=rule(cost, [w, b]))
        for _ in range(5):
            step()
        steps.append(w.get_value())
    np.testing.assert_allclose(*steps)


@pytest.mark.parametrize("rule", [sn.optim.sgd, sn.optim.momentum])
def test_all_parameters_step_from_the_same_point(rule):
    w, v = sn.shared(np.float64(2.0), "w"), sn.shared(np.float64(3.0), "v")
    sn.function([], updates=rule(w * v, [w, v], 0.1))()
    assert (float(w.get_value()), float(v.get_value())) == (pytest.approx(1.7), pytest.approx(2.8))


@pytest.mark.parametrize("rule", [sn.optim.sgd, sn.optim.momentum])
def test_nothing_changes_before_the_call(rule):
    w, b, cost = regression("float32")
    before = w.get_value()
    sn.function([], cost, updates=rule(cost, [w, b], 0.1))
    np.testing.assert_array_equal(w.get_value(), before)


@pytest.mark.parametrize("rule", [sn.optim.sgd, sn.optim.momentum])
def test_a_double_learning_rate_leaves_parameters_as_they_are(rule):
    w, b, cost = regression("float32")
    sn.function([], cost, updates=rule(cost, [w, b], np.float64(0.1)))()
    assert w.get_value().dtype == np.float32


@pytest.mark.parametrize("rule", [sn.optim.sgd, sn.optim.momentum])
def test_a_parameter_the_cost_does_not_need(rule):
    w, b, cost = regression("float32")
    with pytest.raises(GradientError, match="other"):
        rule(cost, [w, sn.shared(np.zeros(3, np.float32), "other")], 0.1)


@pytest.mark.parametrize("rule", [sn.optim.sgd, sn.optim.momentum])
def test_a_cost_that_is_no_scalar(rule):
    w = sn.shared(np.zeros(3, np.float32), "w")
    with pytest.raises(sn.SymnetError, match=r"scalar|\(3,\)"):
        rule(w * 2, [w], 0.1)


@pytest.mark.parametrize("rule", [sn.optim.sgd, sn.optim.momentum])
def test_no_parameters_no_updates(rule):
    assert rule(regression("float32")[2], [], 0.1) == []
