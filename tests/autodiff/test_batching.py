"""Batching by hand-made graphs; `tests/ops/test_cases.py` goes through every word."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, ShapeError
from symnet.graph import toposort
from symnet.op import Op

RNG = np.random.default_rng(0)


def test_a_function_of_one_example_takes_many():
    x, w = sn.dvector("x"), sn.dmatrix("w")
    y = sn.softmax(sn.tanh(x) @ w)
    X = sn.dmatrix("X")
    f = sn.function([X, w], sn.vectorize(y, {x: X}))
    examples, weights = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 2))
    one = sn.function([x, w], y)
    np.testing.assert_allclose(f(examples, weights), np.stack([one(e, weights) for e in examples]))


def test_what_does_not_depend_on_rows_is_computed_once():
    x, w = sn.dvector("x"), sn.dvector("w")
    y, X = x * sn.exp(w), sn.dmatrix("X")
    many, alone = sn.vectorize([y, sn.exp(w)], {x: X})
    (exp,) = [node for node in toposort([many]) if node.op.name == "exp"]
    assert exp.outputs[0].type.ndim == 1
    found = evaluate([many, alone], {X: np.ones((2, 3)), w: np.zeros(3)})
    assert [v.shape for v in found] == [(2, 3), (2, 3)]


def test_an_intermediate_variable_can_have_rows():
    x = sn.dvector("x")
    h = sn.tanh(x)
    H = sn.dmatrix("H")
    y = sn.vectorize((h * h).sum(), {h: H})
    assert evaluate([y], {H: np.array([[1.0, 2.0], [3.0, 4.0]])})[0].tolist() == [5, 25]


def test_products_of_many_are_one_product():
    x, w, X = sn.dvector("x"), sn.dmatrix("w"), sn.dmatrix("X")
    assert sn.pprint(sn.vectorize(x @ w, {x: X})) == "X @ w"
    batch, B = sn.dmatrix("batch"), sn.dtensor3("B")
    assert sn.pprint(sn.vectorize(batch @ w, {batch: B})) == "B @ w"


def test_convolutions_of_many_pictures_are_one():
    x, X, w = sn.dtensor4("x"), sn.tensor("X", (None,) * 5, "float64"), sn.dtensor4("w")
    y = sn.vectorize(sn.conv2d(x, w), {x: X})
    assert [node.op.name for node in toposort([y])].count("conv") == 1


def test_map_goes_through_the_rows():
    X, w = sn.dmatrix("X"), sn.dvector("w")
    y = sn.map(lambda x: (x * w).sum(), X)
    assert evaluate([y], {X: np.arange(6.0).reshape(2, 3), w: np.ones(3)})[0].tolist() == [3, 12]


def test_map_takes_and_gives_several():
    X, labels = sn.dmatrix("X"), sn.lvector("labels")
    a, b = sn.map(lambda x, y: (x[y], x.max()), [X, labels])
    f = sn.function([X, labels], [a, b])
    found = f(np.array([[1.0, 2.0, 3.0], [6.0, 5.0, 4.0]]), np.array([0, 2]))
    assert [v.tolist() for v in found] == [[1, 4], [3, 6]]
    assert isinstance(sn.map(lambda x: (x, x), X), tuple)
    assert isinstance(sn.map(lambda x: [x], X), list)


def test_map_of_a_constant_function_repeats():
    X = sn.dmatrix("X")
    assert evaluate([sn.map(lambda x: 2.0, X)], {X: np.ones((3, 2))})[0].tolist() == [2, 2, 2]


def test_gradients_go_through_a_map():
    X, w = sn.dmatrix("X"), sn.dvector("w")
    cost = sn.map(lambda x: sn.tanh((x * w).sum()), X).sum()
    at = [RNG.normal(size=(3, 2)), RNG.normal(size=2)]
    sn.check_grad(lambda X, w: sn.map(lambda x: sn.tanh((x * w).sum()), X), at)
    per_example = sn.map(lambda x: sn.grad(sn.tanh((x * w).sum()), w), X)
    f = sn.function([X, w], [sn.grad(cost, w), per_example])
    total, each = f(*at)
    assert each.shape == (3, 2)
    np.testing.assert_allclose(each.sum(0), total)


def test_rows_of_rows():
    X, Y = sn.dmatrix("X"), sn.dmatrix("Y")
    distances = sn.map(lambda x: sn.map(lambda y: ((x - y) ** 2).sum(), Y), X)
    a, b = RNG.normal(size=(2, 3)), RNG.normal(size=(4, 3))
    expected = ((a[:, None] - b[None]) ** 2).sum(-1)
    np.testing.assert_allclose(sn.function([X, Y], distances)(a, b), expected)


def test_nothing_at_all_is_a_number_of_rows_too():
    X = sn.dmatrix("X")
    assert sn.function([X], sn.map(lambda x: sn.exp(x).sum(), X))(np.zeros((0, 3))).shape == (0,)


class Turned(Op):
    """A user's op without a rule for rows."""

    name, roles = "turned", ("x",)

    def infer(self, *inputs):
        return inputs[0].type

    def run(self, *arrays):
        return arrays[0][::-1].copy()


def test_an_op_without_a_rule_is_applied_row_by_row():
    x, X = sn.dvector("x"), sn.dmatrix("X", shape=(2, 3))
    y = sn.vectorize(Turned()(x), {x: X})
    assert evaluate([y], {X: np.arange(6.0).reshape(2, 3)})[0].tolist() == [[2, 1, 0], [5, 4, 3]]


def test_without_a_number_of_rows_it_is_named():
    x, X = sn.dvector("x"), sn.dmatrix("X")
    y = Turned()(x)
    words = r"turned has no rule for rows, and their number is open\.(.|\n)*at test_bat(.|\n)*fix: give the"
    with pytest.raises(ArgumentError, match=words):
        sn.vectorize(y, {x: X})
    with pytest.raises(ArgumentError, match="their number is 0"):
        sn.vectorize(y, {x: sn.dmatrix("X", shape=(0, 3))})


def test_errors():
    x, X = sn.dvector("x", shape=(3,)), sn.dmatrix("X", shape=(2, 4))
    words = r"vectorize: rows of float64 \(3,\) are needed for x, but X is float64 \(2, 4\)(.|\n)*fix: give"
    with pytest.raises(ShapeError, match=words):
        sn.vectorize(x, {x: X})
    with pytest.raises(ShapeError, match="are needed for x, but x is"):
        sn.vectorize(x, {x: x})
    with pytest.raises(ShapeError, match=r"fix: cast it: X.astype\('float64'\)"):
        sn.vectorize(x, {x: sn.fmatrix("X", shape=(2, 3))})
    with pytest.raises(ArgumentError, match=r"vectorize: no variable gets rows\.(.|\n)*fix"):
        sn.vectorize(x, {})
    with pytest.raises(ArgumentError, match="a str is to get rows"):
        sn.vectorize(x, {"x": X})
    with pytest.raises(ArgumentError, match="vectorize: outputs holds a float"):
        sn.vectorize(2.0, {x: X})
    y = sn.dvector("y", shape=(3,))
    with pytest.raises(ShapeError, match=r"vectorize: 2 rows against 5\.(.|\n)*fix: all arrays need as many rows"):
        sn.vectorize(x + y, {x: sn.dmatrix(shape=(2, 3)), y: sn.dmatrix(shape=(5, 3))})
    with pytest.raises(ShapeError, match=r"map: .* is a scalar and has no rows\.(.|\n)*fix: call f\(x\)"):
        sn.map(sn.exp, sn.dscalar("s"))
    with pytest.raises(ArgumentError, match=r"map: there is no array"):
        sn.map(sn.exp, [])
