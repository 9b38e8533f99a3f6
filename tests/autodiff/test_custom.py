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


def test_several_results_have_one_rule():
    seen = []

    def polar(x, y):
        return sn.sqrt(x * x + y * y), sn.arctan2(y, x), sn.argmax(x)

    def rule(g, results, x, y):
        seen.append(g)
        r, angle, _ = results
        return g[0] * sn.cos(angle) - g[1] * sn.sin(angle) / r, g[0] * sn.sin(angle) + g[1] * sn.cos(angle) / r

    at = [np.array([3.0, -1.0]), np.array([4.0, 2.0])]
    sn.check_grad(lambda x, y: sum(sn.custom_gradient(polar, vjp=rule)(x, y)[:2]), at)
    x, y = sn.dvector("x"), sn.dvector("y")
    mine, plain = sn.custom_gradient(polar, vjp=rule)(x, y), polar(x, y)
    found = [sn.grad(sn.exp(p[1]).sum(), [x, y]) for p in (mine, plain)]
    values = evaluate([*found[0], *found[1]], dict(zip((x, y), at)))
    np.testing.assert_allclose(values[:2], values[2:])
    assert seen[-1][2] is None and evaluate([seen[-1][0]], dict(zip((x, y), at)))[0].tolist() == [0, 0]
    np.testing.assert_allclose(
        *(evaluate([sn.jvp(p[1], x, np.ones(2))], dict(zip((x, y), at)))[0] for p in (mine, plain))
    )


def test_several_results_of_rows():
    w = sn.dvector("w")
    pair = sn.custom_gradient(lambda x, w: [x * w, w * 2], vjp=lambda g, y, x, w: (g[0] * w, g[0] * x + g[1] * 2))
    X = sn.dmatrix("X")
    first, second = sn.map(lambda x: pair(x, w), X)
    f = sn.function([X, w], sn.grad((first * first).sum() + second.sum(), [X, w]))
    at = np.arange(6.0).reshape(2, 3)
    by_x, by_w = f(at, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(by_x, 2 * at * np.array([1.0, 4.0, 9.0]))
    np.testing.assert_allclose(by_w, (2 * at**2).sum(0) * [1.0, 2.0, 3.0] + 4)


def test_it_runs_where_nothing_is_rewritten():
    x = sn.dvector("x")
    ys = sn.custom_gradient(lambda x: (sn.exp(x), -x), vjp=lambda g, y, x: g[0] - g[1])(x)
    f = sn.function([x], list(ys), options=Options(exclude=("gradients_taken",)))
    assert [y.tolist() for y in f(np.zeros(2))] == [[1, 1], [0, 0]]


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
    with pytest.raises(ArgumentError, match=r"custom_gradient: the function gives nothing\.(.|\n)*fix: give one"):
        sn.custom_gradient(lambda x: (), vjp=safe)(x)
    with pytest.raises(ArgumentError, match=r"custom_gradient: an expression without its inputs"):
        sn.custom_gradient([x, x], vjp=safe)
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
