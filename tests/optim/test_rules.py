"""Optimisers against their rules written out in NumPy."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet import optim
from symnet.errors import ArgumentError, GradientError
from symnet.graph import toposort

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


# the rules ------------------------------------------------------------------------------------------------------------


def sgd(w, g, t, s, rate=0.1):
    return w - rate * g


def momentum(w, g, t, s, rate=0.1, mu=0.8):
    s["v"] = mu * s.get("v", 0) - rate * g
    return w + s["v"]


def nesterov(w, g, t, s, rate=0.1, mu=0.8):
    # Sutskever's form says where the gradient is taken; w stands for that point ahead: theta + mu v.
    v = s.get("v", 0 * w)
    theta = w - mu * v
    s["v"] = mu * v - rate * g
    return theta + s["v"] + mu * s["v"]


def adagrad(w, g, t, s, rate=0.1, epsilon=1e-3):
    s["h"] = s.get("h", 0) + g**2
    return w - rate / (np.sqrt(s["h"]) + epsilon) * g


def rmsprop(w, g, t, s, rate=0.1, rho=0.9, epsilon=1e-3):
    s["s"] = rho * s.get("s", 0) + (1 - rho) * g**2
    return w - rate * g / (np.sqrt(s["s"]) + epsilon)


def adam(w, g, t, s, rate=0.1, beta1=0.8, beta2=0.95, epsilon=1e-3):
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g**2
    m_hat, v_hat = s["m"] / (1 - beta1**t), s["v"] / (1 - beta2**t)
    return w - rate * m_hat / (np.sqrt(v_hat) + epsilon)


def adamw(w, g, t, s, rate=0.1, beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1):
    return adam(w, g, t, s, rate, beta1, beta2, epsilon) - rate * weight_decay * w


RULES = {
    "sgd": (sgd, ["learning_rate"]),
    "momentum": (momentum, ["learning_rate", "mu"]),
    "nesterov": (nesterov, ["learning_rate", "mu"]),
    "adagrad": (adagrad, ["learning_rate", "epsilon"]),
    "rmsprop": (rmsprop, ["learning_rate", "rho", "epsilon"]),
    "adam": (adam, ["learning_rate", "beta1", "beta2", "epsilon"]),
    "adamw": (adamw, ["learning_rate", "beta1", "beta2", "epsilon", "weight_decay"]),
}
NUMBERS = {
    "learning_rate": 0.1, "mu": 0.8, "epsilon": 1e-3, "rho": 0.9, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.1,
}  # fmt: skip
ALL = [getattr(optim, name) for name in RULES]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("how", ["numbers", "symbols", "doubles", "gradients"])
def test_every_step_is_that_of_the_rule(name, dtype, how):
    rule, roles = RULES[name]
    w, b, cost = regression(dtype)
    symbols = [sn.scalar(role, dtype=dtype) for role in roles] if how == "symbols" else []
    double = np.float64 if how == "doubles" else float
    given = symbols or [double(NUMBERS[role]) for role in roles]
    of = sn.grad(cost, [w, b]) if how == "gradients" else cost
    updates = getattr(optim, name)(of, [w, b], **dict(zip(roles, given)))
    step = sn.function(symbols, cost, updates=updates)
    states = {s.label: s for s, _ in updates}
    v, c = w.get_value().astype("float64"), b.get_value().astype("float64")
    of_v, of_c = {}, {}
    tolerance = {"rtol": 2e-4, "atol": 2e-5} if dtype == "float32" else {"rtol": 1e-10, "atol": 1e-12}
    for t in range(1, 21):
        g_v, g_c = gradients(v, c)
        np.testing.assert_allclose(step(*[NUMBERS[role] for role in roles] * bool(symbols)),
                                   np.mean((X @ v + c - T) ** 2), **tolerance)  # fmt: skip
        v, c = rule(v, g_v, t, of_v), rule(c, g_c, t, of_c)
        np.testing.assert_allclose(w.get_value(), v, **tolerance)
        np.testing.assert_allclose(b.get_value(), c, **tolerance)
    for role in of_v:
        np.testing.assert_allclose(states[f"{role}_w"].get_value(), of_v[role], **tolerance)
        np.testing.assert_allclose(states[f"{role}_b"].get_value(), of_c[role], **tolerance)
    assert {s.type.dtype for s, _ in updates if s.label != "t"} == {dtype}


@pytest.mark.parametrize(("name", "expected"), [
    ("sgd", "w b"), ("momentum", "v_w w v_b b"), ("nesterov", "v_w w v_b b"), ("adagrad", "h_w w h_b b"),
    ("rmsprop", "s_w w s_b b"), ("adam", "t m_w v_w w m_b v_b b"), ("adamw", "t m_w v_w w m_b v_b b"),
])  # fmt: skip
def test_state_is_named_after_its_parameter_and_starts_at_0(name, expected):
    w, b, cost = regression("float32")
    updates = getattr(optim, name)(cost, [w, b], 0.1)
    assert [s.label for s, _ in updates] == expected.split()
    assert not any(s.get_value().any() for s, _ in updates if s not in {w, b})
    assert all(s.get_value().shape == (w if s.label.endswith("w") else b).get_value().shape for s, _ in updates[1:])


@pytest.mark.parametrize(("name", "numbers"), [
    ("momentum", {"mu": 0.9}), ("nesterov", {"mu": 0.9}),
    ("adagrad", {"learning_rate": 0.01, "epsilon": 1e-10}),
    ("rmsprop", {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-8}),
    ("adam", {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    ("adamw", {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01}),
])  # fmt: skip
def test_the_usual_numbers(name, numbers):
    values = []
    for given in ({}, numbers):
        w, b, cost = regression("float64")
        given = given if "learning_rate" in numbers else {"learning_rate": 0.1} | given
        step = sn.function([], updates=getattr(optim, name)(cost, [w, b], **given))
        for _ in range(3):
            step()
        values.append(w.get_value())
    np.testing.assert_array_equal(*values)


def test_the_first_step_of_adam_is_the_rate_whatever_the_gradient():
    w = sn.shared(np.array([1.0, 1.0, 1.0], np.float32), "w")
    sn.function([], updates=optim.adam([sn.constant(np.array([1e-3, 7.0, -2e4], np.float32))], [w], 0.001))()
    np.testing.assert_allclose(w.get_value(), [0.999, 0.999, 1.001], rtol=1e-6)


def test_only_some_decay():
    w, b, cost = regression("float64")
    v, c = w.get_value(), b.get_value() + 1
    b.set_value(c)
    sn.function([], updates=optim.adamw(cost, [w, b], 0.1, weight_decay=0.5, decayed=[w]))()
    plain_w, plain_b, plain = regression("float64")
    plain_b.set_value(c)
    sn.function([], updates=optim.adam(plain, [plain_w, plain_b], 0.1))()
    np.testing.assert_allclose(w.get_value(), plain_w.get_value() - 0.05 * v, rtol=1e-12)
    np.testing.assert_allclose(b.get_value(), plain_b.get_value(), rtol=1e-12)


@pytest.mark.parametrize("rule", ALL)
def test_parameters_of_two_precisions(rule):
    one, other = sn.shared(np.array([1.0, 2.0], np.float32), "one"), sn.shared(np.array([3.0]), "other")
    rate = optim.cosine(optim.counter(), 0.1, 10)
    f = sn.function([], updates=rule(sn.square(one).sum() + sn.square(other).sum(), [one, other], rate))
    f()
    f()
    assert (one.get_value().dtype, other.get_value().dtype) == ("float32", "float64")
    assert np.all(one.get_value() < [1, 2]) and other.get_value() < 3


@pytest.mark.parametrize("rule", ALL)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 3), (2, 1, 3)])
def test_parameters_of_every_shape(rule, shape):
    w = sn.shared(np.ones(shape, np.float32), "w")
    f = sn.function([], updates=rule(sn.square(w).sum(), [w], 0.1))
    f()
    f()
    assert w.get_value().shape == shape and np.all(w.get_value() < 1)


@pytest.mark.parametrize("rule", ALL)
def test_where_there_is_no_slope_nothing_moves(rule):
    w = sn.shared(np.array([0.0, 2.0], np.float32), "w")
    more = {"weight_decay": 0.0} if rule is optim.adamw else {}
    f = sn.function([], updates=rule(sn.square(w)[:1].sum(), [w], 0.1, **more))
    for _ in range(3):
        f()
    np.testing.assert_array_equal(w.get_value(), [0, 2])


@pytest.mark.parametrize("rule", ALL)
def test_a_gradient_that_is_no_number_reaches_its_own_element_alone(rule):
    w = sn.shared(np.array([1.0, 1.0], np.float32), "w")
    sn.function([], updates=rule([sn.constant(np.array([np.nan, 1.0], np.float32))], [w], 0.1))()
    assert np.isnan(w.get_value()).tolist() == [True, False]


@pytest.mark.parametrize("rule", ALL)
def test_an_open_shape(rule):
    w = sn.shared(np.ones((2, 3), np.float32), "w", shape=(None, 3))
    updates = rule(sn.square(w).sum(), [w], 0.1)
    sn.function([], updates=updates)()
    assert all(s.type.shape in ((None, 3), ()) for s, _ in updates)


@pytest.mark.parametrize("rule", [optim.adam, optim.adamw, optim.adagrad, optim.rmsprop])
def test_three_steps_are_those_of_one_function_or_of_two(rule):
    w, b, cost = regression("float64")
    updates = rule(cost, [w, b], 0.1)
    f, g = sn.function([], cost, updates=updates), sn.function([], updates=updates)
    f(), g(), f()
    v, c, one = regression("float64")
    h = sn.function([], one, updates=rule(one, [v, c], 0.1))
    h(), h(), h()
    np.testing.assert_allclose(w.get_value(), v.get_value(), rtol=1e-12)


@pytest.mark.parametrize(("rule", "numbers"), [
    (optim.adam, {"beta1": 1.0}), (optim.adam, {"beta2": -0.1}), (optim.adamw, {"beta2": math.nan}),
    (optim.rmsprop, {"rho": 1}),
])  # fmt: skip
def test_numbers_out_of_range(rule, numbers):
    w, b, cost = regression("float32")
    (role,) = numbers
    with pytest.raises(ArgumentError, match=f"{rule.__name__}: {role} is (.*\n)+.*from 0 up to"):
        rule(cost, [w, b], 0.1, **numbers)


@pytest.mark.parametrize("rule", ALL)
def test_gradients_of_other_parameters(rule):
    w, b, cost = regression("float32")
    with pytest.raises(ArgumentError, match=f"{rule.__name__}: 1 gradients for 2 parameters"):
        rule(sn.grad(cost, [w]), [w, b], 0.1)


def test_decay_of_what_is_no_parameter():
    w, b, cost = regression("float32")
    with pytest.raises(ArgumentError, match="adamw: b is to decay, but it is not among the parameters"):
        optim.adamw(cost, [w], 0.1, decayed=[b])


# what all have in common ----------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("rule", ALL)
def test_all_parameters_step_from_the_same_point(rule):
    w, v = sn.shared(np.float64(2.0), "w"), sn.shared(np.float64(3.0), "v")
    both = rule([sn.constant(np.float64(3.0)), sn.constant(np.float64(2.0))], [w, v], 0.1)
    start = [s.get_value() for s, _ in both]
    sn.function([], updates=both)()
    expected = [s.get_value() for s, _ in both]
    for (s, _), value in zip(both, start):
        s.set_value(value)
    again = rule(w * v, [w, v], 0.1)
    sn.function([], updates=again)()
    np.testing.assert_allclose([s.get_value() for s, _ in again], expected, rtol=1e-12)


@pytest.mark.parametrize("rule", ALL)
def test_nothing_changes_before_the_call(rule):
    w, b, cost = regression("float32")
    before = w.get_value()
    sn.function([], cost, updates=rule(cost, [w, b], 0.1))
    np.testing.assert_array_equal(w.get_value(), before)


@pytest.mark.parametrize("rule", ALL)
def test_a_double_learning_rate_leaves_parameters_as_they_are(rule):
    w, b, cost = regression("float32")
    step = sn.function([], cost, updates=rule(cost, [w, b], np.float64(0.1)))
    step()
    assert w.get_value().dtype == np.float32
    nodes = toposort([new for _, new in step.updates])
    assert {y.type.dtype for node in nodes for y in node.outputs if y.type.ndim} == {"float32"}


@pytest.mark.parametrize("rule", ALL)
def test_a_parameter_the_cost_does_not_need(rule):
    w, b, cost = regression("float32")
    with pytest.raises(GradientError, match="other"):
        rule(cost, [w, sn.shared(np.zeros(3, np.float32), "other")], 0.1)


@pytest.mark.parametrize("rule", ALL)
def test_a_cost_that_is_no_scalar(rule):
    w = sn.shared(np.zeros(3, np.float32), "w")
    with pytest.raises(sn.SymnetError, match=r"scalar|\(3,\)"):
        rule(w * 2, [w], 0.1)


@pytest.mark.parametrize("rule", ALL)
def test_no_parameters_no_updates(rule):
    assert rule(regression("float32")[2], [], 0.1) == []
