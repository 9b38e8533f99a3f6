"""Words of one's own: parts of graphs under a name, Python functions, ops in a few lines, and how they are checked."""

import pickle

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, GradientError, OpError, ShapeError, SymnetError

F32 = np.float32


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape)


# define ---------------------------------------------------------------------------------------------------------------


def test_a_defined_part_is_one_node_and_compiles_to_the_same_text():
    @sn.define
    def layer(x, w):
        return sn.tanh(sn.dot(x, w))

    x, w = sn.dmatrix("x", shape=(3, 4)), sn.shared(numbers(4, 4), "w")
    y = layer(layer(x, w), w)
    assert sn.pprint(y) == "layer(layer(x, w), w)"
    plain = sn.tanh(sn.dot(sn.tanh(sn.dot(x, w)), w))
    f, g = (sn.function([x], [v, sn.grad(v.sum(), w)], name="f") for v in (y, plain))
    for mine, theirs in zip(f(numbers(3, 4)), g(numbers(3, 4))):
        np.testing.assert_array_equal(mine, theirs)
    assert f.source.count("np.tanh(") == 2


def test_a_graph_may_be_used_again_and_again():
    a, b = sn.dvector("a", shape=("n",)), sn.dvector("b", shape=("n",))
    both = sn.define([a, b], (a + b, a * b), name="both")
    x = sn.dvector("x")
    total, product = both(x, 2 * x)
    np.testing.assert_array_equal(sn.function([x], total - product)([1, 2]), [1, -2])
    assert isinstance(both(x, x), tuple)
    with pytest.raises(ShapeError, match=r"the definition expects float64 \(n,\) for a, got float64 \(2, 2\)"):
        both(sn.dmatrix("m", shape=(2, 2)), x)
    with pytest.raises(ArgumentError, match="the definition takes 2 inputs, got 1"):
        both(x)


def test_what_is_defined_obeys_the_training_switch():
    @sn.define
    def block(x):
        return sn.dropout(x, 0.5)

    x = sn.dvector("x")
    y, ones = block(x), np.ones(64)
    assert (sn.function([x], y)(ones) == 1).all()
    assert set(sn.function([x], y, training=True)(ones)) == {0.0, 2.0}


def test_definitions_within_definitions_are_opened():
    inner = sn.define(lambda x: x * 2, name="inner")
    outer = sn.define(lambda x: inner(x) + inner(x + 1), name="outer")
    x = y = sn.dscalar("x")
    for _ in range(50):
        y = outer(y) / 4
    assert sn.function([x], y)(0.0) == pytest.approx(sum(0.5 for _ in range(50)), rel=1e-12)
    assert y.eval({x: 1.0}) == pytest.approx(26.0)


def test_what_is_no_definition_is_refused():
    x = sn.dvector("x")
    with pytest.raises(ArgumentError, match="the outputs need y, which is not among the inputs"):
        sn.define([x], x + sn.dvector("y"))
    with pytest.raises(ArgumentError, match="a graph is given by its inputs and outputs"):
        sn.define([1], x)
    with pytest.raises(ArgumentError, match="half: the definition gives float"):
        sn.define(lambda x: 0.5, name="half")(x)
    with pytest.raises(ArgumentError, match="f is a function, and outputs are given too"):
        sn.define(lambda x: x, x, name="f")


# as_op ----------------------------------------------------------------------------------------------------------------


@sn.as_op(
    itypes=[sn.dmatrix(shape=("n", "d")), sn.dvector(shape=("d",))],
    otypes=[sn.dvector(shape=("n",)), sn.dscalar],
    vjp=lambda g, y, x, w: [sn.outer(g[0], w), sn.dot(g[0], x)],
)
def projected(x, w):
    return np.array([row @ w for row in x]), np.float64(len(x))


def test_a_python_function_is_a_word():
    x, w = sn.dmatrix("x"), sn.dvector("w")
    y, n = projected(x, w)
    f = sn.function([x, w], [y, n, *sn.grad(sn.square(y).sum(), [x, w])])
    a, b = numbers(3, 2), numbers(2, seed=1)
    for found, expected in zip(f(a, b), [a @ b, 3.0, 2 * np.outer(a @ b, b), 2 * (a @ b) @ a]):
        np.testing.assert_allclose(found, expected, 1e-12)
    assert "run_python(call_projected, (x, w), (" in f.source
    assert f.allocations == 1
    np.testing.assert_allclose(y.eval({x: numbers(5, 2), w: b}), numbers(5, 2) @ b)


def test_a_word_made_of_a_python_function_pickles_and_is_checked():
    x, w = sn.dmatrix("x"), sn.dvector("w")
    y, n = projected(x, w)
    f = pickle.loads(pickle.dumps(sn.function([x, w], [y, n, sn.grad(sn.square(y).sum(), w)])))
    a, b = numbers(3, 2), numbers(2, seed=1)
    for found, expected in zip(f(a, b), [a @ b, 3.0, 2 * (a @ b) @ a]):
        np.testing.assert_allclose(found, expected, 1e-12)
    sn.check_op(lambda x, w: projected(x, w)[0], [a, b])


def test_a_python_function_within_another_has_no_name_to_be_found_by():
    @sn.as_op(sn.dscalar, sn.dscalar)
    def local(x):
        return x

    x = sn.dscalar("x")
    with pytest.raises((pickle.PicklingError, AttributeError), match="local"):
        pickle.dumps(sn.function([x], local(x)))


def test_a_python_function_cannot_change_what_it_is_given():
    @sn.as_op(sn.dvector(shape=("n",)), sn.dvector(shape=("n",)))
    def spoil(x):
        x += 1
        return x

    x, s = sn.dvector("x"), sn.shared(0.0, "s")
    f = sn.function([x], spoil(x), {s: s + 1})
    array = np.ones(3)
    with pytest.raises(SymnetError, match=r"spoil raised ValueError: .*read-only[\s\S]*test_own_words"):
        f(array)
    assert (array == 1).all() and s.get_value() == 0


def test_what_a_python_function_raises_is_the_cause():
    @sn.as_op(sn.dscalar, sn.dscalar)
    def picky(x):
        raise KeyError("no such thing")

    x = sn.dscalar("x")
    with pytest.raises(SymnetError, match="picky raised KeyError: 'no such thing'") as caught:
        sn.function([x], picky(x))(1.0)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.zeros(4), r"wrong: result 0 is float64 \(4,\), but float64 \(3,\) is declared"),
        (np.zeros(3, F32), r"wrong: result 0 is float32 \(3,\), but float64 \(3,\) is declared"),
        ((np.zeros(3), 1), "wrong gave 2 results, but 1 are declared"),
    ],
)
def test_a_python_function_must_give_what_it_declares(result, message):
    @sn.as_op(sn.dvector(shape=("n",)), sn.dvector(shape=("n",)))
    def wrong(x):
        return result

    x = sn.dvector("x")
    with pytest.raises(SymnetError, match=message):
        sn.function([x], wrong(x))(np.ones(3))


def test_types_that_say_too_little_are_refused():
    with pytest.raises(ArgumentError, match=r"a result is float64 \(\?,\), and nothing says how large \? is"):
        sn.as_op(sn.dvector, sn.dvector)
    with pytest.raises(ArgumentError, match="otypes holds 'float64', which is no type"):
        sn.as_op(sn.dvector, "float64")
    with pytest.raises(ShapeError, match=r"projected: input 1 is float64 \(3,\), but float64 \(d,\) is declared"):
        projected(sn.dmatrix("x", shape=(5, 2)), sn.dvector("w", shape=(3,)))
    with pytest.raises(ArgumentError, match="projected takes 2 inputs, got 1"):
        projected(sn.dmatrix("x"))


def test_without_a_vjp_there_is_no_gradient():
    twice = sn.as_op(sn.dscalar, sn.dscalar)(lambda x: 2 * x)
    x = sn.dscalar("x")
    with pytest.raises(GradientError, match="has no derivative"):
        sn.grad(twice(x), x)


# an op in a few lines -------------------------------------------------------------------------------------------------


class Cube(sn.Elementwise):
    """The cube, $x^3$."""

    name, roles, kind = "cube", ("x",), "float"

    def partials(self, y, x):
        return [3 * x * x]

    def run(self, x):
        return x**3

    def emit(self, e, x):
        e.step(f"np.power({x}, 3, out={e.out})")


def test_an_op_in_a_few_lines_is_a_word():
    cube = sn.word_for(Cube())
    sn.check_op(cube, [numbers(3, 4)])
    x = sn.dvector("x")
    f = sn.function([x], [cube(x), sn.grad(cube(x).sum(), x)])
    np.testing.assert_allclose(f([1, 2])[0], [1, 8])
    np.testing.assert_allclose(f([1, 2])[1], [3, 12])
    assert "np.power(x, 3, out=" in f.source


class Wrong(Cube):
    name = "wrong"

    def partials(self, y, x):
        return [2 * x * x]


class Other(Cube):
    name = "other"

    def emit(self, e, x):
        e.step(f"np.power({x}, 2, out={e.out})")


class Unlike(Cube):
    name = "unlike"

    def __eq__(self, other):
        return self is other

    __hash__ = object.__hash__


def test_check_op_finds_what_is_wrong():
    point = [numbers(3)]
    with pytest.raises(GradientError, match="the gradient by input 0"):
        sn.check_op(sn.word_for(Wrong()), point)
    with pytest.raises(OpError, match="check_op: compiled, .* but run gives"):
        sn.check_op(sn.word_for(Other()), point)
    with pytest.raises(OpError, match="unlike is not equal to its own copy"):
        sn.check_op(sn.word_for(Unlike()), point)
    sn.check_op(lambda x, w: [sn.dot(x, w), sn.softmax(x)], [numbers(2, 3), numbers(3)])
    sn.check_op(sn.argmax, [numbers(4)], order=0)
    assert pickle.loads(pickle.dumps(Cube())) == Cube()
