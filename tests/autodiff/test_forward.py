"""Forward mode: tangents, what they look like, and what is said where there are none."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, GradientError, ShapeError
from symnet.graph import Variable, free_inputs, toposort
from symnet.op import Composite, Op
from symnet.options import Options
from symnet.rewrites import rewrite

X = np.array([0.3, -1.2, 2.0])
D = np.array([1.0, 0.5, -2.0])


def value(expression, /, **given):
    return evaluate([expression], {x: given[x.name] for x in free_inputs([expression])})[0]


def rewritten(y):
    (result,), _, _ = rewrite([y], training=False, options=Options())
    return sn.pprint(result)


# values -----------------------------------------------------------------------------------------------------------


def test_a_tangent_is_the_derivative_along_it():
    x, d = sn.dvector("x"), sn.dvector("d")
    t = sn.jvp(sn.sin(x) * x, x, d)
    np.testing.assert_allclose(value(t, x=X, d=D), (np.cos(X) * X + np.sin(X)) * D)
    assert t.type == x.type


def test_lists_give_lists_and_inputs_add_up():
    x, w = sn.dvector("x"), sn.dvector("w")
    found = sn.jvp([x * w, x.sum()], [x, w], [D, np.ones(3)])
    assert isinstance(found, list)
    np.testing.assert_allclose(value(found[0], x=X, w=X + 1), D * (X + 1) + X)
    np.testing.assert_allclose(value(found[1]), D.sum())
    assert isinstance(sn.jvp((x,), x, D), list)


def test_a_variable_given_twice_moves_by_the_sum():
    x = sn.dvector("x")
    np.testing.assert_allclose(value(sn.jvp(x * x, [x, x], [D, D]), x=X), 4 * X * D)


def test_an_intermediate_variable_moves_by_itself_and_with_what_it_is_made_of():
    x = sn.dvector("x")
    h = x * x
    y = sn.sin(h)
    np.testing.assert_allclose(value(sn.jvp(y, h, D), x=X), np.cos(X * X) * D)
    np.testing.assert_allclose(value(sn.jvp(y, [h, x], [D, D]), x=X), np.cos(X * X) * (D + 2 * X * D))


def test_a_chain_may_be_as_long_as_it_likes():
    x = y = sn.dscalar("x")
    for _ in range(20_000):
        y = y + x
    assert value(sn.jvp(y, x, 1.0)) == 20_001


def test_integers_have_no_tangents():
    x, n = sn.dvector("x"), sn.lscalar("n")
    y = x * n + sn.cast(x, "int64")
    np.testing.assert_allclose(value(sn.jvp(y, x, D), n=np.array(3), x=X), 3 * D)


def test_broadcast_operands_give_tangents_of_the_whole_shape():
    x, b, d = sn.dmatrix("x"), sn.dvector("b"), sn.dvector("d")
    t = sn.jvp(x + sn.sin(b), b, d)
    found = value(t, x=np.ones((2, 3)), b=X, d=D)
    np.testing.assert_allclose(found, np.broadcast_to(np.cos(X) * D, (2, 3)))


def test_forward_over_reverse_and_reverse_over_forward_agree():
    x, d = sn.dvector("x"), sn.dvector("d")
    cost = (sn.softmax(x) * sn.sin(x)).sum()
    over = value(sn.jvp(sn.grad(cost, x), x, d), x=X, d=D)
    under = value(sn.grad(sn.jvp(cost, x, d), x), x=X, d=D)
    np.testing.assert_allclose(over, under)


# ops --------------------------------------------------------------------------------------------------------------


class Halves(Op):
    """A user's op of two results, with a vjp and nothing else; the second is of integers."""

    name, roles = "halves", ("x", "w", "n")

    def infer(self, *inputs):
        x, w, n = inputs
        return (x.type, w.type, n.type)

    def vjp(self, g, y, *inputs):
        x, w, _ = inputs
        assert g[2] is None
        first = None if g[0] is None else g[0] * w
        second = None if g[0] is None else g[0] * x
        if g[1] is not None:
            second = g[1] * 2.0 if second is None else second + g[1] * 2.0
        return [first, second, None]

    def run(self, *arrays):
        x, w, n = arrays
        return x * w, 2 * w, n


def test_an_op_of_several_results_is_transposed():
    x, w, n = sn.dvector("x"), sn.dvector("w"), sn.lvector("n")
    product, double, _ = Halves().apply([x, w, n], None).outputs
    a, b = sn.jvp([product, double], [x, w], [D, np.ones(3)])
    given = {"x": X, "w": X + 1, "n": np.arange(3)}
    np.testing.assert_allclose(value(a, **given), D * (X + 1) + X)
    np.testing.assert_allclose(value(b, **given), [2, 2, 2])
    with pytest.raises(GradientError, match="does not depend on x"):
        sn.jvp(double, x, D)


def test_of_several_results_those_that_are_read_need_a_derivative():
    class Half(Halves):
        def vjp(self, g, y, *inputs):
            assert g[0] is None, "the first has no derivative"
            return [None, g[1] * 2.0, None]

    x, w, n = sn.dvector("x"), sn.dvector("w"), sn.lvector("n")
    _, double, _ = Half().apply([x, w, n], None).outputs
    t = sn.jvp(sn.sin(double), w, D)
    np.testing.assert_allclose(value(t, x=X, w=X, n=np.arange(3)), np.cos(2 * X) * 2 * D)


class Both(Op):
    """A user's op that gives both inputs one cotangent."""

    name, roles = "both", ("x", "w")

    def infer(self, *inputs):
        return inputs[0].type

    def vjp(self, g, y, *inputs):
        return [g, g]


def test_inputs_that_share_a_cotangent_both_move():
    x, w = sn.dvector("x"), sn.dvector("w")
    t = sn.jvp(Both()(x, w), [x, w], [D, X])
    np.testing.assert_allclose(value(t), D + X)


class Swapped(Composite):
    """A composite whose own gradient is another than its expansion's."""

    name, roles = "swapped", ("x",)

    def expand(self, *inputs):
        return sn.sin(inputs[0])

    def vjp(self, g, y, *inputs):
        return [g * 7.0]


class Opened(Composite):
    """A composite without a gradient of its own."""

    name, roles = "opened", ("x", "w")

    def expand(self, *inputs):
        return sn.sin(inputs[0]) * inputs[1]


def test_composites_go_by_what_they_say_of_themselves():
    x = sn.dvector("x")
    assert value(sn.jvp(Swapped()(x), x, D)).tolist() == (7 * D).tolist()
    h = sn.exp(x)
    np.testing.assert_allclose(
        value(sn.jvp(Opened()(x, h), x, D), x=X), (np.cos(X) * np.exp(X) + np.sin(X) * np.exp(X)) * D
    )


def test_an_op_without_a_derivative_says_so():
    x = sn.dvector("x")

    class Blunt(Op):
        name, roles = "blunt", ("x",)

        def infer(self, *inputs):
            return inputs[0].type

    with pytest.raises(GradientError, match=r"blunt has no derivative\.(.|\n)*fix: cut it off with sn.stop_gradient"):
        sn.jvp(Blunt()(x), x, D)


# what they look like ----------------------------------------------------------------------------------------------

LINEAR = {
    "sum": (lambda x: x.sum(0), "sum(d, axis=0)"),
    "reshape": (lambda x: x.reshape((-1,)), "reshape(d, (-1,))"),
    "transpose": (lambda x: x.T, "d.T"),
    "left": (lambda x: x @ sn.dmatrix("w"), "d @ w"),
    "right": (lambda x: sn.dmatrix("w") @ x, "w @ d"),
    "slice": (lambda x: x[1:], "d[1:]"),
    "take": (lambda x: x[[0, 0]], "d[[0, 0]]"),
    "write": (lambda x: sn.set_subtensor(x[0], 1.0), "set_subtensor(d[0], 0)"),
    "join": (lambda x: sn.concatenate([x, x]), "concatenate((d, d), axis=0)"),
    "squeeze": (lambda x: sn.expand_dims(x, 0), "d[None]"),
    "pick": (lambda x: sn.pick(x, sn.lvector("y")), "d[arange(y.shape[0]), y]"),
}


@pytest.mark.parametrize("name", LINEAR)
def test_the_tangent_of_a_linear_op_is_the_op_on_the_tangent(name):
    x, d = sn.dmatrix("x"), sn.dmatrix("d")
    f, text = LINEAR[name]
    assert rewritten(sn.jvp(f(x), x, d)).replace(", axis=0", "") == text.replace(", axis=0", "")


def test_nonlinear_ones_are_as_a_person_would_write_them():
    x, d, w = sn.dmatrix("x"), sn.dmatrix("d"), sn.dmatrix("w")
    assert rewritten(sn.jvp(sn.tanh(x @ w), x, d)) == "(d @ w) * (1 - tanh(x @ w)**2)"
    assert sn.pprint(sn.jvp(sn.softmax(x), x, d)) == "softmax_grad(d, softmax(x))"
    one = sn.dmatrix("x", shape=(3, 4))
    node = sn.jvp(one.max(1), one, sn.dmatrix("d", shape=(3, 4))).node
    assert node is not None and node.op.name == "divide"


def test_tangents_have_the_users_line_a_part_and_a_name():
    x, d = sn.dvector("x"), sn.dvector("d")
    hidden = sn.tanh(x)
    y = hidden * hidden
    t = sn.jvp(y, x, d)
    parts = {node.origin.part for node in toposort([t])}
    assert parts == {"forward", "tangent"}
    assert t.name == "d_y"
    f = sn.function([x, d], [y, t])
    assert "d_hidden" in f.source or "d_y" in f.source
    assert "test_forward.py" in f.source and "# tangent" in f.source
    np.testing.assert_allclose(f(X, D)[1], 2 * np.tanh(X) * (1 - np.tanh(X) ** 2) * D)


# errors -----------------------------------------------------------------------------------------------------------


def test_an_output_that_does_not_depend_on_the_inputs():
    x, w = sn.dvector("x"), sn.dvector("w")
    y = w * 2.0
    with pytest.raises(GradientError, match=r"jvp: y does not depend on x\.\n(.|\n)*disconnected_outputs='ignore'"):
        sn.jvp(y, x, D)
    with pytest.warns(UserWarning, match="does not depend on x"):
        sn.jvp(y, x, D, disconnected_outputs="warn")
    assert value(sn.jvp(y, x, D, disconnected_outputs="ignore"), w=X).tolist() == [0, 0, 0]
    with pytest.raises(ArgumentError, match="disconnected_outputs is 'no'"):
        sn.jvp(y, x, D, disconnected_outputs="no")


def test_wrong_calls():
    x, n = sn.dvector("x", shape=(3,)), sn.lvector("n")
    with pytest.raises(ShapeError, match=r"jvp: tangents gives float64 \(2,\) for x, which is float64 \(3,\)"):
        sn.jvp(x * x, x, np.ones(2))
    with pytest.raises(ShapeError, match=r"jvp: tangents gives .* for x"):
        sn.jvp(x * x, x, 1.0)
    with pytest.raises(ArgumentError, match=r"jvp: 1 tangents for 2 inputs\.(.|\n)*fix: give a list"):
        sn.jvp(x * x, [x, x], D)
    with pytest.raises(GradientError, match=r"jvp: n is int64, and only floats have (.|\n)*leave it out of inputs"):
        sn.jvp(x * n, n, np.ones(3))
    with pytest.raises(GradientError, match="leave it out of outputs"):
        sn.jvp(n, x, D)
    with pytest.raises(ArgumentError, match="jvp: inputs holds a str"):
        sn.jvp(x, "x", D)
    assert isinstance(x, Variable)
