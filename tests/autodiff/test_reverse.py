"""Reverse mode: what flows, what does not, and what is said about it."""

import time

import numpy as np
import pytest

import symnet.ops as ops
from symnet.autodiff import grad
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import ArgumentError, DTypeError, GradientError, ShapeError
from symnet.graph import Constant, constant, free_inputs, shared, toposort
from symnet.graph.inputs import (
    dmatrix,
    dscalar,
    dvector,
    fscalar,
    fvector,
    iscalar,
    ivector,
    scalar,
    tensor,
    vector,
)

X = np.array([0.3, -1.2, 2.0])


def value(expression, /, **given):
    """The value of an expression, its inputs given by name."""
    return evaluate([expression], {x: given[x.name] for x in free_inputs([expression])})[0]


# what flows -------------------------------------------------------------------------------------------------


def test_one_variable_gives_one_gradient_and_a_list_gives_a_list():
    x, y = dvector("x"), dvector("y")
    cost = (x * y).sum()
    assert value(grad(cost, x), x=X, y=X + 1).tolist() == (X + 1).tolist()
    gradients = grad(cost, [x, y])
    assert isinstance(gradients, list)
    assert value(gradients[1], x=X, y=X + 1).tolist() == X.tolist()
    assert grad(cost, []) == []
    assert isinstance(grad(cost, (x,)), list)


def test_a_variable_used_twice_gathers_both():
    x = dvector("x")
    np.testing.assert_allclose(value(grad((x * x + ops.sin(x)).sum(), x), x=X), 2 * X + np.cos(X))


def test_an_intermediate_variable():
    x = dvector("x")
    h = ops.tanh(x)
    cost = (h * h).sum()
    np.testing.assert_allclose(value(grad(cost, h), x=X), 2 * np.tanh(X))
    g_h, g_x = grad(cost, [h, x])
    np.testing.assert_allclose(value(g_x, x=X), 2 * np.tanh(X) * (1 - np.tanh(X) ** 2))
    np.testing.assert_allclose(value(g_h, x=X), 2 * np.tanh(X))


def test_a_shared_variable():
    x, w = dvector("x"), shared(np.array([1.0, 2.0, 3.0]), "w")
    cost = (x * w).sum()
    assert value(grad(cost, w), x=X).tolist() == X.tolist()
    assert grad(cost, w).type == w.type


def test_a_constant():
    c = constant(X)
    assert evaluate([grad((c * c).sum(), c)], {})[0].tolist() == (2 * X).tolist()


def test_the_cost_itself():
    x = dscalar("x")
    cost = x * x
    assert value(grad(cost, cost), x=np.array(3.0)) == 1
    assert value(grad(x, x), x=np.array(3.0)) == 1
    g_x, g_cost = grad(cost, [x, cost])
    assert (value(g_x, x=np.array(3.0)), value(g_cost, x=np.array(3.0))) == (6, 1)


def test_the_same_variable_twice_in_wrt():
    x = dvector("x")
    first, second = grad((x * x).sum(), [x, x])
    assert first is second


def test_a_gradient_has_the_type_of_its_variable():
    x = tensor("x", ("batch", 3), "float32")
    b = tensor("b", (3,), "float32")
    s = fscalar("s")
    for v, g in zip((x, b, s), grad((x * s + b).sum(), [x, b, s])):
        assert g.type == v.type
    d = fvector("d")
    assert grad((d * dvector("y")).sum(), d).dtype == "float32"
    assert grad((d.astype("float64") * 2).mean(), d).dtype == "float32"


def test_broadcasting_is_summed_also_when_sizes_meet_only_at_run_time():
    x, y = dmatrix("x"), dmatrix("y")
    cost = (x * y).sum()
    g = grad(cost, x)
    wide, column = np.arange(6.0).reshape(2, 3), np.array([[2.0], [3.0]])
    np.testing.assert_array_equal(value(g, x=column, y=wide), wide.sum(1, keepdims=True))
    np.testing.assert_array_equal(value(g, x=wide, y=column), np.broadcast_to(column, (2, 3)))
    np.testing.assert_array_equal(value(g, x=np.array([[1.0]]), y=wide), [[15.0]])


def test_nothing_flows_through_integers():
    x, k = dvector("x"), ivector("k")
    cost = (x * k).sum()
    assert value(grad(cost, x), x=X, k=np.array([1, 2, 3], "int32")).tolist() == [1, 2, 3]
    with pytest.raises(GradientError, match="no gradient flows from sum.* to x"):
        grad((x.astype("int32") * k * 1.0).sum(), x)


def test_stop_gradient():
    x = dvector("x")
    cost = (x * ops.stop_gradient(x * x)).sum()
    np.testing.assert_allclose(value(grad(cost, x), x=X), X * X)


# gradients of gradients -------------------------------------------------------------------------------------


def net(x, w, b, v):
    hidden = ops.tanh(x @ w + b)
    return (hidden * hidden) @ v + ops.sigmoid(hidden).sum(1)


def test_a_network_to_the_third_order():
    rng = np.random.default_rng(0)
    point = [rng.normal(size=s) for s in [(2, 3), (3, 2), (2,), (2,)]]
    assert check_grad(net, point, order=3) < 1e-5


def test_a_gradient_of_a_gradients_norm():
    def penalty(x, w):
        cost = ops.log1p(ops.exp(x * w)).sum()
        g = grad(cost, x)
        return (g * g).sum()

    check_grad(penalty, [X, X[::-1].copy()], order=2)


def test_a_second_derivative_by_hand():
    x = dscalar("x")
    first = grad(x**3, x)
    second = grad(first, x)
    third = grad(second, x)
    at = np.array(2.0)
    assert [float(value(d, x=at)) for d in (first, second, third)] == [12, 12, 6]


# consider_constant ------------------------------------------------------------------------------------------


def test_consider_constant():
    x = dvector("x")
    h = x * x
    cost = (h * x).sum()
    np.testing.assert_allclose(value(grad(cost, x, consider_constant=[h]), x=X), X * X)
    np.testing.assert_allclose(value(grad(cost, x), x=X), 3 * X * X)


def test_a_constant_variable_may_be_asked_for_and_still_stops_what_is_below():
    x = dvector("x")
    h = x * x
    cost = (h * 3).sum() + x.sum()
    np.testing.assert_allclose(value(grad(cost, x, consider_constant=[h]), x=X), np.ones(3))


def test_everything_constant_is_disconnected():
    x = dvector("x")
    h = x * x
    with pytest.raises(GradientError, match="no gradient flows from sum.* to x"):
        grad(h.sum(), x, consider_constant=[h])


# known_grads ------------------------------------------------------------------------------------------------


def test_known_grads_start_in_the_middle():
    x, g = dvector("x"), dvector("g")
    h = ops.tanh(x)
    found = grad(None, x, known_grads={h: g})
    np.testing.assert_allclose(value(found, x=X, g=X + 1), (X + 1) * (1 - np.tanh(X) ** 2))


def test_known_grads_and_a_cost_add_up():
    x = dvector("x")
    h = x * x
    cost = (3 * x).sum()
    found = grad(cost, x, known_grads={h: np.ones(3)})
    np.testing.assert_allclose(value(found, x=X), 3 + 2 * X)


def test_a_known_grad_of_the_cost_is_added_to_one():
    x = dscalar("x")
    cost = x * x
    assert value(grad(cost, x, known_grads={cost: 2.0}), x=np.array(5.0)) == 30


def test_a_known_grad_of_the_variable_itself():
    x = dvector("x")
    assert value(grad(None, x, known_grads={x: X}) * 1, x=X).tolist() == X.tolist()


def test_known_grads_of_another_rank_are_refused():
    x = dvector("x")
    h = ops.tanh(x)
    with pytest.raises(ShapeError, match=r"known_grads gives float64 \(2, 2\) for h, which is float64 \(\?,\)"):
        grad(None, x, known_grads={h: np.ones((2, 2))})


def test_known_grads_of_another_size_are_refused():
    x = dvector("x", shape=(3,))
    h = ops.tanh(x)
    with pytest.raises(ShapeError, match=r"known_grads gives float64 \(4,\) for h, which is float64 \(3,\)"):
        grad(None, x, known_grads={h: np.ones(4)})


def test_known_grads_are_cast_to_the_variables_dtype():
    x = fvector("x")
    h = ops.tanh(x)
    assert grad(None, x, known_grads={h: np.ones(3)}).dtype == "float32"
    with pytest.raises((GradientError, DTypeError), match="k"):
        k = ivector("k")
        grad(None, x, known_grads={k: 1.0})


# disconnected inputs ----------------------------------------------------------------------------------------


def test_a_disconnected_input_is_an_error_that_names_it():
    x, y = dvector("x"), dvector("y")
    loss = (x * x).sum()
    words = r"grad: loss does not depend on y\.(.|\n)*wrt  : float64(.|\n)*y(.|\n)*disconnected_inputs='ignore'"
    with pytest.raises(GradientError, match=words):
        grad(loss, [x, y])


def test_ignore_gives_zeros_of_the_variables_type():
    x, y = dvector("x"), tensor("y", (None, 2), "float32")
    g = grad((x * x).sum(), y, disconnected_inputs="ignore")
    assert g.type == y.type
    zeros = evaluate([g], {y: np.ones((3, 2), "float32")})[0]
    assert zeros.tolist() == np.zeros((3, 2)).tolist()


def test_warn_gives_zeros_and_warns_at_the_users_line():
    x, y = dvector("x"), dvector("y")
    with pytest.warns(UserWarning, match="does not depend on y") as caught:
        g = grad((x * x).sum(), y, disconnected_inputs="warn")
    assert caught[0].filename == __file__
    assert value(g, y=X).tolist() == [0, 0, 0]


def test_dependence_through_integers_alone_is_disconnected():
    x = dvector("x")
    with pytest.raises(GradientError, match="no gradient flows from sum.* to x"):
        grad((x > 0).astype("float64").sum(), x)


# misuse -----------------------------------------------------------------------------------------------------


def test_the_cost_must_be_a_scalar():
    x = dvector("x")
    words = r"the cost has 1 axis, but a gradient is of a scalar(.|\n)*fix: .*mean\(\) or cost\.sum\(\)"
    with pytest.raises(GradientError, match=words):
        grad(x * x, x)


def test_the_cost_must_be_a_float():
    k = iscalar("k")
    with pytest.raises(GradientError, match=r"the cost is int32, and only floats(.|\n)*astype"):
        grad(k * k, scalar("x"))


@pytest.mark.parametrize("cost", [3.0, np.array(3.0), "cost", [scalar("x")]])
def test_the_cost_must_be_a_variable(cost):
    with pytest.raises(ArgumentError, match=f"the cost is a {type(cost).__name__}, not a symbolic variable"):
        grad(cost, scalar("x"))


def test_an_integer_has_no_gradient():
    x, k = dvector("x"), ivector("k")
    with pytest.raises(GradientError, match=r"k is int32, and only floats have gradients(.|\n)*declare it as a float"):
        grad((x * k).sum(), [x, k])


@pytest.mark.parametrize("wrt", [3.0, None, "x", np.ones(3)])
def test_wrt_must_be_variables(wrt):
    x = dvector("x")
    with pytest.raises(ArgumentError, match=r"grad: wrt holds a|grad: wrt is a"):
        grad((x * x).sum(), [wrt])
    with pytest.raises(ArgumentError, match=r"grad: wrt holds a|grad: wrt is a"):
        grad((x * x).sum(), wrt)


def test_other_bad_arguments():
    x = dvector("x")
    with pytest.raises(ArgumentError, match=r"cost is None and known_grads is empty(.|\n)*give one of them"):
        grad(None, x)
    with pytest.raises(ArgumentError, match=r"disconnected_inputs is 'zero'(.|\n)*'raise', 'warn' or 'ignore'"):
        grad((x * x).sum(), x, disconnected_inputs="zero")
    with pytest.raises(TypeError, match="consider_constants"):
        grad((x * x).sum(), x, consider_constants=[])


def test_consider_constant_may_be_one_variable():
    x = dvector("x")
    h = x * x
    np.testing.assert_allclose(value(grad((h * x).sum(), x, consider_constant=h), x=X), X * X)


# origins and length -----------------------------------------------------------------------------------------


def test_gradients_bear_the_line_they_differentiate():
    x = dvector("x")
    hidden = ops.tanh(x)
    cost = (hidden * 3.0).sum()
    g = grad(cost, x)
    forward = set(toposort([cost]))
    backward = [node for node in toposort([g]) if node not in forward]
    assert backward
    assert all(node.origin.part == "backward" for node in backward)
    assert all(node.origin.filename == __file__ for node in backward)
    assert "hidden = ops.tanh(x)" in {node.origin.source for node in backward}
    assert forward.isdisjoint(backward)
    assert all(node.origin.part == "forward" for node in forward)


def test_sums_of_cotangents_and_zeros_bear_a_line_too():
    x, y = dvector("x"), dvector("y")
    a = x * 2
    cost = (a * a + ops.tanh(a)).sum()
    for g in grad(cost, [x, y], disconnected_inputs="ignore"):
        for node in toposort([g]):
            assert node.origin is not None
            assert node.origin.filename == __file__
            assert node in toposort([cost]) or node.origin.part == "backward"


def test_the_forward_graph_is_shared_with_the_gradient_not_copied():
    x = dvector("x")
    h = ops.tanh(x)
    g = grad(h.sum(), x)
    assert h.node in toposort([g])


def test_no_work_is_done_for_what_nobody_asked():
    x, w = dvector("x"), dvector("w")
    cost = (ops.exp(ops.sin(x)) * w).sum()
    g = grad(cost, w)
    assert not any(node.op.name == "cos" for node in toposort([g]))


@pytest.mark.parametrize("step", [lambda y: -y, lambda y: y + y], ids=["one path", "two paths"])
def test_a_chain_of_100_000_nodes(step):
    start = time.perf_counter()
    y = x = dscalar("x")
    for _ in range(100_000):
        y = step(y)
    g = grad(y, x)
    assert len(toposort([g])) >= 1
    assert time.perf_counter() - start < 60  # linear: about 3 s


def test_a_long_chain_is_right():
    y = x = dscalar("x")
    for _ in range(10_001):
        y = -y
    assert value(grad(y, x), x=np.array(2.0)) == -1


def test_a_ladder_takes_linear_time():
    y = x = dscalar("x")
    for _ in range(1000):
        y = 0.5 * (y + ops.sin(y))  # 2 ** 1000 paths
    assert np.isfinite(value(grad(y, x), x=np.array(0.1)))


def test_zero_gradients_of_plain_numbers_are_not_python_numbers():
    x = vector("x")
    g = grad(ops.sum(x), x)
    assert not isinstance(g, Constant) or g.type.shape == x.type.shape
    assert evaluate([g], {x: np.ones(4, "float32")})[0].tolist() == [1, 1, 1, 1]
