"""Gradients behind relu, maximum, clip and abs: nothing flows to what was not taken, and 0 is 0 beside infinity."""

import numpy as np
import pytest

import symnet as sn
from symnet.options import Options

INF = float("inf")


def slopes(formula, at):
    x = sn.dvector("x")
    y = formula(x).sum()
    f = sn.function([x], [sn.grad(y, x), sn.jvp(y, x, sn.ones_like(x))])
    g, t = f(np.array(at, "float64"))
    np.testing.assert_allclose(t, np.sum(g))  # forward mode agrees
    return g


@pytest.mark.parametrize(
    "formula, at, expected",
    [
        (lambda x: sn.sqrt(sn.relu(x)), [-1, 0, 4], [0, 0, 0.25]),
        (lambda x: sn.sqrt(sn.maximum(x, 0)), [-1, 4], [0, 0.25]),
        (lambda x: sn.sqrt(sn.maximum(0, 1 - x)), [0, 1, 4], [-0.5, 0, 0]),
        (lambda x: sn.sqrt(-sn.minimum(x, 0)), [1, -4], [0, -0.25]),
        (lambda x: sn.log(sn.clip(x, 0, 9)), [-1, 4, 10], [0, 0.25, 0]),
        (lambda x: 1 / sn.relu(x), [-1, 0, 2], [0, 0, -0.25]),
        (lambda x: sn.relu(x) ** 0.3, [-1, 1], [0, 0.3]),
        (lambda x: sn.gammaln(sn.relu(x)), [-1, 2], [0, 1 - 0.5772156649015329]),
        (lambda x: sn.sqrt(sn.abs(x)), [0, -4, 4], [0, -0.25, 0.25]),
        (lambda x: sn.relu(sn.log(x)), [0, 2], [0, 0.5]),
        (lambda x: sn.clip(sn.exp(x), 0, 1), [0, 1000], [1, 0]),
        (lambda x: sn.abs(sn.sqrt(x)), [0, 4], [0, 0.25]),
        (lambda x: 3 * sn.sqrt(sn.relu(x)) / (1 + x), [-3, 3], [0, 3 / (8 * 3**0.5) - 3 * 3**0.5 / 16]),
    ],
)
def test_a_factor_that_is_0_by_a_choice_stays_0_beside_infinity(formula, at, expected):
    np.testing.assert_allclose(slopes(formula, at), expected, rtol=1e-12)


def test_the_largest_element_alone_gets_an_infinite_slope():
    x = sn.dvector("x")
    f = sn.function([x], sn.grad(sn.sqrt(sn.max(x)), x))
    assert f(np.array([0.0, -1.0, -2.0])).tolist() == [INF, 0, 0]


def test_derivatives_of_second_order():
    x = sn.dvector("x")
    g = sn.grad(sn.sqrt(sn.relu(x)).sum(), x)
    found = sn.function([x], sn.grad(g.sum(), x))(np.array([-1.0, 0.0, 4.0]))
    np.testing.assert_allclose(found, [0, 0, -1 / 32])


def test_float32_of_open_and_of_broadcast_sizes():
    x, b = sn.matrix("x"), sn.vector("b")
    g = sn.function([x, b], sn.grad(sn.sqrt(sn.maximum(x, b)).sum(), [x, b]))
    by_x, by_b = g(np.array([[-1, 4], [-2, 0]], "float32"), np.array([0, 1], "float32"))
    assert by_x.tolist() == [[0, 0.25], [0, 0]] and by_b.tolist() == [INF, 0.5]
    assert by_x.dtype == by_b.dtype == np.float32


def test_a_mask_of_the_users_in_a_value_stays_a_product():
    x = sn.dvector("x")
    f = sn.function([x], sn.cast(x > 0, "float64") * (1 / x))
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(f(np.array([0.0]))[0])


def test_beside_finite_factors_masks_stay_products():
    x, w = sn.matrix("x", shape=(8, 4)), sn.shared(np.ones((4, 3), "float32"), "w")
    y = sn.lvector("y")
    cost = -sn.log_softmax(sn.relu(x @ w) * 2.0)[sn.arange(8), y].mean()
    f = sn.function([x, y], cost, updates=[(w, w - 0.1 * sn.grad(cost, w))])
    assert "choice_from_mask" not in [record.rule for record in f.rewrites]


def test_without_the_rule_it_is_nan():
    x = sn.dvector("x")
    g = sn.grad(sn.sqrt(sn.relu(x)).sum(), x)
    f = sn.function([x], g, options=Options(exclude=("choice_from_mask",)))
    with np.errstate(all="ignore"):
        assert np.isnan(f(np.array([-1.0]))[0])
