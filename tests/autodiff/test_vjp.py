"""Cotangents through a graph, through a part of it, and what `grad` gives where there is no path."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, GradientError, ShapeError
from symnet.graph import free_inputs

X = np.array([0.3, -1.2, 2.0])
G = np.array([1.0, 0.5, -2.0])


def value(expression, /, **given):
    return evaluate([expression], {x: given[x.name] for x in free_inputs([expression])})[0]


# vjp --------------------------------------------------------------------------------------------------------------


def test_a_cotangent_goes_back():
    x, g = sn.dvector("x"), sn.dvector("g")
    found = sn.vjp(sn.sin(x), x, g)
    np.testing.assert_allclose(value(found, x=X, g=G), np.cos(X) * G)
    assert found.type == x.type


def test_outputs_add_up_and_lists_give_lists():
    x, w = sn.dvector("x"), sn.dvector("w")
    found = sn.vjp([x * w, x.sum()], [x, w], [G, 3.0])
    assert isinstance(found, list)
    np.testing.assert_allclose(value(found[0], x=X, w=X), G * X + 3)
    np.testing.assert_allclose(value(found[1], x=X, w=X), G * X)
    y = x * 2.0
    np.testing.assert_allclose(value(sn.vjp([y, y], x, [G, G])), 4 * G)


def test_nothing_flows_through_constants():
    x = sn.dvector("x")
    h = x * x
    np.testing.assert_allclose(value(sn.vjp(h * x, x, G, consider_constant=h), x=X), X * X * G)


def test_it_is_the_jacobian_transposed():
    x = sn.dvector("x")
    y = sn.softmax(x)
    J, found = sn.function([x], [sn.jacobian(y, x), sn.vjp(y, x, G)])(X)
    np.testing.assert_allclose(found, J.T @ G)


def test_wrong_calls_of_vjp():
    x, w, n = sn.dvector("x", shape=(3,)), sn.dvector("w"), sn.lvector("n")
    y = x * 2.0
    with pytest.raises(ShapeError, match=r"vjp: cotangents gives float64 \(2,\) for y, which is float64 \(3,\)"):
        sn.vjp(y, x, np.ones(2))
    with pytest.raises(ArgumentError, match=r"vjp: 2 cotangents for 1 outputs\.(.|\n)*fix: give a list with one"):
        sn.vjp(y, x, [G, G])
    with pytest.raises(GradientError, match=r"vjp: y does not depend on w(.|\n)*disconnected_inputs='ignore'"):
        sn.vjp(y, w, G)
    with pytest.warns(UserWarning, match="does not depend on w"):
        sn.vjp(y, w, G, disconnected_inputs="warn")
    assert value(sn.vjp(y, w, G, disconnected_inputs="ignore"), w=X).tolist() == [0, 0, 0]
    with pytest.raises(ArgumentError, match="vjp: disconnected_inputs is 'no'"):
        sn.vjp(y, x, G, disconnected_inputs="no")
    with pytest.raises(GradientError, match="vjp: n is int64, and only floats(.|\n)*leave it out of inputs"):
        sn.vjp(y, n, G)
    with pytest.raises(GradientError, match="leave it out of outputs"):
        sn.vjp(n, x, G)
    with pytest.raises(ArgumentError, match="vjp: outputs holds a float"):
        sn.vjp(1.0, x, G)


# part by part -----------------------------------------------------------------------------------------------------


def test_layer_by_layer_is_all_at_once():
    x, t = sn.dvector("x"), sn.dvector("t")
    w1, w2 = (sn.shared(np.random.default_rng(k).normal(size=(3, 3)), f"w{k}") for k in (1, 2))
    a1 = sn.tanh(x @ w1)
    a2 = sn.tanh(a1 @ w2)
    top, bottom = ((a2 - t) ** 2).sum() + (w2**2).sum(), (w1**2).sum()
    (g_w2,), ends = sn.subgraph_grad(w2, a1, cost=top)
    (g_w1,), (g_x,) = sn.subgraph_grad([w1], [x], start={a1: ends[0]}, cost=bottom)
    whole = sn.grad(top + bottom, [w1, w2, x])
    f = sn.function([x, t], [g_w1, g_w2, g_x, *whole])
    *parts, by_w1, by_w2, by_x = f(X, G)
    for part, expected in zip(parts, (by_w1, by_w2, by_x), strict=True):
        np.testing.assert_allclose(part, expected)


def test_nothing_is_asked_of_what_lies_behind_the_ends():
    x = sn.dvector("x")
    h = sn.exp(x)
    y = h * h + x
    (by_x,), (by_h,) = sn.subgraph_grad(x, h, cost=y.sum())
    assert value(by_x, x=X).tolist() == [1, 1, 1]  # beside h, not through it
    np.testing.assert_allclose(value(by_h, x=X), 2 * np.exp(X))


def test_wrong_calls_of_subgraph_grad():
    x = sn.dvector("x")
    h = x * x
    with pytest.raises(ArgumentError, match=r"subgraph_grad: cost is None and start is empty\.(.|\n)*fix: give"):
        sn.subgraph_grad(x, h)
    with pytest.raises(GradientError, match="subgraph_grad: no gradient flows from sum.* to x"):
        sn.subgraph_grad(x, h, cost=(h * 2.0).sum())
    with pytest.raises(GradientError, match="subgraph_grad: the cost has 1 axis"):
        sn.subgraph_grad(x, h, cost=h)
    with pytest.raises(ShapeError, match="subgraph_grad: start gives"):
        sn.subgraph_grad(x, x, start={h: 1.0})
    with pytest.raises(ArgumentError, match="subgraph_grad: end holds a int"):
        sn.subgraph_grad(x, 3, cost=h.sum())


# without a path ---------------------------------------------------------------------------------------------------


def test_what_there_is_none_of_can_be_none():
    x, w = sn.dvector("x"), sn.dvector("w")
    found = sn.grad((x * x).sum(), [x, w], disconnected_inputs="ignore", return_disconnected="none")
    assert found[1] is None
    np.testing.assert_allclose(value(found[0], x=X), 2 * X)
    assert sn.grad((x * x).sum(), w, disconnected_inputs="ignore", return_disconnected="none") is None
    with pytest.raises(GradientError, match="does not depend on w"):
        sn.grad((x * x).sum(), [x, w], return_disconnected="none")
    with pytest.raises(ArgumentError, match=r"grad: return_disconnected is 'maybe'\.(.|\n)*fix: use 'zero' or 'none'"):
        sn.grad((x * x).sum(), x, return_disconnected="maybe")
