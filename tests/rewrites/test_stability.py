"""Textbook formulas and their gradients, as written, at logits where the plain computation overflows."""

import numpy as np
import pytest

import symnet as sn

EXTREMES = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 3.0], [0.5, -0.25, 2.0]], np.float32)


def compiled(formula, z, *rest):
    x = sn.fmatrix("x")
    cost = formula(x, *rest)
    return sn.function([x], [cost, sn.grad(cost, x)])(z)


def log_softmax(z):
    z = z.astype(np.float64)
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z.astype(np.float64)))


def check(found, cost, gradient):
    assert np.isfinite(found[0]).all() and np.isfinite(found[1]).all()
    np.testing.assert_allclose(found[0], cost, rtol=1e-5)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-4, atol=1e-6)


LABELS = np.array([1, 0, 2])
ONE_HOT = np.eye(3, dtype=np.float32)[LABELS]


def test_log_likelihood_by_label():
    found = compiled(lambda x: -sn.mean(sn.log(sn.softmax(x))[sn.arange(x.shape[0]), sn.constant(LABELS)]), EXTREMES)
    expected = log_softmax(EXTREMES)
    check(found, -expected[np.arange(3), LABELS].mean(), (np.exp(expected) - ONE_HOT) / 3)


def test_log_likelihood_by_one_hot_rows():
    found = compiled(lambda x: -sn.sum(sn.constant(ONE_HOT) * sn.log(sn.softmax(x))), EXTREMES)
    expected = log_softmax(EXTREMES)
    check(found, -(ONE_HOT * expected).sum(), np.exp(expected) - ONE_HOT)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy(reduction):
    found = compiled(lambda x: sn.cross_entropy(x, sn.constant(LABELS), reduction=reduction), EXTREMES)
    expected = log_softmax(EXTREMES)
    scale = 3 if reduction == "mean" else 1
    check(found, -expected[np.arange(3), LABELS].sum() / scale, (np.exp(expected) - ONE_HOT) / scale)


def test_log_of_sigmoid():
    check(
        compiled(lambda x: sn.sum(sn.log(sn.sigmoid(x))), EXTREMES),
        -np.logaddexp(0, -EXTREMES.astype(np.float64)).sum(),
        1 - sigmoid(EXTREMES),
    )


def test_log_of_one_minus_sigmoid():
    check(
        compiled(lambda x: sn.sum(sn.log(1 - sn.sigmoid(x))), EXTREMES),
        -np.logaddexp(0, EXTREMES.astype(np.float64)).sum(),
        -sigmoid(EXTREMES),
    )


@pytest.mark.parametrize("formula", [lambda x: sn.log(1 + sn.exp(x)), lambda x: sn.log1p(sn.exp(x))])
def test_log_of_one_plus_exp(formula):
    check(
        compiled(lambda x: sn.sum(formula(x)), EXTREMES),
        np.logaddexp(0, EXTREMES.astype(np.float64)).sum(),
        sigmoid(EXTREMES),
    )


def test_binary_cross_entropy_as_the_textbook_writes_it():
    def cost(x):
        s, y = sn.sigmoid(x), sn.constant(ONE_HOT)
        return -sn.sum(y * sn.log(s) + (1 - y) * sn.log(1 - s))

    z = EXTREMES.astype(np.float64)
    expected = (ONE_HOT * np.logaddexp(0, -z) + (1 - ONE_HOT) * np.logaddexp(0, z)).sum()
    check(compiled(cost, EXTREMES), expected, sigmoid(EXTREMES) - ONE_HOT)


def test_log_of_sum_of_exp():
    z = EXTREMES.astype(np.float64)
    expected = np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1)
    f = sn.function([x := sn.fmatrix("x")], sn.log(sn.sum(sn.exp(x), axis=1)))
    np.testing.assert_allclose(f(EXTREMES), expected, rtol=1e-6)


def test_log_of_a_sum_of_two_at_infinities():
    a, b = sn.dvector("a"), sn.dvector("b")
    f = sn.function([a, b], sn.log(sn.exp(a) + sn.exp(b)))
    inf = np.inf
    found = f([-inf, inf, -inf, inf, 800.0, 1.0], [-inf, inf, inf, 3.0, 800.0, -inf])
    np.testing.assert_allclose(found, [-inf, inf, inf, inf, 800 + np.log(2), 1.0], rtol=1e-15)


def test_the_logistic_function_written_out():
    f = sn.function([x := sn.fmatrix("x")], 1 / (1 + sn.exp(-x)))
    np.testing.assert_allclose(f(EXTREMES), sigmoid(EXTREMES), rtol=1e-5)
    g = sn.function([x], sn.exp(x) / (1 + sn.exp(x)))
    np.testing.assert_allclose(g(EXTREMES), sigmoid(EXTREMES), rtol=1e-5)


def test_softmax_written_out():
    f = sn.function([x := sn.fmatrix("x")], sn.exp(x) / sn.sum(sn.exp(x), axis=1, keepdims=True))
    np.testing.assert_allclose(f(EXTREMES), np.exp(log_softmax(EXTREMES)), rtol=1e-5)
