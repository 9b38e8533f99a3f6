"""Gradients given by the user."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, GradientError, ShapeError
from symnet.graph import toposort
from symnet.options import Options
from symnet.rewrites import rewrite

X = np.array([3.0, 0.0, 4.0])


def norm(x):
    return sn.sqrt((x * x).sum())


def safe(g, y, x):
    return sn.where(y > 0, g * x / y, 0.0)


def test_a_function_with_a_gradient_of_its_own():
    x = sn.dvector("x")
    y = sn.custom_gradient(norm, vjp=safe)(x)
    f = sn.function([x], [y, sn.grad(y, x)])
    assert [v.tolist() for v in f(X)] == [5.0, (X / 5).tolist()]
    assert [v.tolist() for v in f(np.zeros(3))] == [0.0, [0, 0, 0]]
    sn.check_grad(lambda x: sn.custom_gradient(norm, vjp=safe)(x) * 2.0, [X])


def test_an_expression_with_a_gradient_of_its_own():
    x, w = sn.dvector("x"), sn.dvector("w")
    y = sn.custom_gradient(x * w, [x, w], vjp=lambda g, y, x, w: (g * 7.0, None))
    found = sn.grad(y.sum(), [x, w], disconnected_inputs="ignore")
    assert [v.tolist() for v in evaluate(found, {x: X, w: X})] == [[7, 7, 7], [0, 0, 0]]
    with pytest.raises(GradientError, match="no gradient flows from sum.* to w"):
        sn.grad(y.sum(), w)


def test_the_rule_sees_the_result_and_the_inputs():
    x = sn.dvector("x")
    y = sn.custom_gradient(sn.exp, vjp=lambda g, y, x: g * (y + x))(x * 2.0)
    found = evaluate([sn.grad(y.sum(), x)], {x: X})[0]
    np.testing.assert_allclose(found, 2 * (np.exp(2 * X) + 2 * X))


def test_forward_mode_transposes_the_rule():
    x = sn.dvector("x")
    y = sn.custom_gradient(norm, vjp=safe)(x)
    np.testing.assert_allclose(evaluate([sn.jvp(y, x, np.ones(3))], {x: X})[0], X.sum() / 5)


def test_straight_through_a_step():
    x = sn.dvector("x")
    binary = sn.custom_gradient(lambda x: sn.cast(x > 0, "float64"), vjp=lambda g, y, x: g)(x)
    f = sn.function([x], [binary, sn.grad((binary * x).sum(), x)])
    assert [v.tolist() for v in f(X)] == [[1, 0, 1], (X + [1, 0, 1]).tolist()]


def test_a_rule_in_a_map_sees_one_row():
    X, w = sn.dmatrix("X"), sn.dvector("w")
    seen = []

    def rule(g, y, x, w):
        seen.append((g.type.ndim, y.type.ndim, x.type.ndim, w.type.ndim))
        return g * w, g * x

    dot = sn.custom_gradient(lambda x, w: (x * w).sum(), vjp=rule)
    y = sn.map(lambda x: dot(x, w), X)
    at = np.arange(6.0).reshape(2, 3)
    found = sn.function([X, w], sn.grad((y * y).sum(), [X, w]))(at, np.ones(3))
    expected = 2 * at.sum(1, keepdims=True)
    np.testing.assert_allclose(found[0], expected * np.ones(3))
    np.testing.assert_allclose(found[1], (expected * at).sum(0))
    assert seen == [(0, 0, 1, 1)]
    nested = sn.map(lambda A: sn.map(lambda x: dot(x, w), A), sn.dtensor3("T"))
    sn.grad(nested.sum(), w)
    assert seen[-1] == (0, 0, 1, 1)


def test_nothing_of_it_is_left_when_compiled():
    x = sn.dvector("x")
    (y,), _, _ = rewrite([sn.custom_gradient(sn.exp, vjp=lambda g, y, x: g)(x)], training=False, options=Options())
    assert [node.op.name for node in toposort([y])] == ["exp"]


def test_errors():
    x, n = sn.dvector("x", shape=(3,)), sn.lvector("n")
    with pytest.raises(ArgumentError, match=r"custom_gradient: vjp is a int, not a function\.(.|\n)*fix: vjp=lambda"):
        sn.custom_gradient(norm, vjp=3)
    with pytest.raises(ArgumentError, match=r"custom_gradient: an expression without its inputs(.|\n)*fix"):
        sn.custom_gradient(x * x, vjp=safe)
    with pytest.raises(ArgumentError, match=r"custom_gradient: got a function with inputs\.(.|\n)*fix"):
        sn.custom_gradient(norm, [x], vjp=safe)
    with pytest.raises(ArgumentError, match="custom_gradient: got a float"):
        sn.custom_gradient(2.0, vjp=safe)
    with pytest.raises(ArgumentError, match="custom_gradient: inputs holds a int"):
        sn.custom_gradient(x * x, [3], vjp=safe)
    with pytest.raises(ArgumentError, match=r"the function gives a tuple, not one variable\.(.|\n)*sn.stack"):
        sn.custom_gradient(lambda x: (x, x), vjp=safe)(x)
    with pytest.raises(ArgumentError, match=r"custom_gradient: the result is int64(.|\n)*fix: cast it"):
        sn.custom_gradient(lambda n: n + 1, vjp=safe)(n)
    two = sn.custom_gradient(norm, vjp=lambda g, y, x: (g, g))
    with pytest.raises(GradientError, match=r"vjp gives 2 cotangents for 1 inputs\.(.|\n)*fix: give one for each"):
        sn.grad(two(x), x)
    scalar = sn.custom_gradient(norm, vjp=lambda g, y, x: g)
    with pytest.raises(
        GradientError, match=r"vjp gives float64 \(\) for input 0, which is float64 \(3,\)\.(.|\n)*fix: a cotangent has"
    ):
        sn.grad(scalar(x), x)
    assert issubclass(ShapeError, ValueError)
