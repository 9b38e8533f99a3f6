"""What is known of keys, writing, labels that are out of range, and steps that allocate nothing."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import symnet.ops as ops
from symnet import function, grad, shared
from symnet.backends.reference import evaluate
from symnet.check import check_grad
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph import Variable, toposort
from symnet.graph.inputs import fvector, lscalar, lvector, matrix, tensor
from symnet.options import options

X = tensor("x", (5, 10))
VALUES = np.arange(50, dtype=np.float32).reshape(5, 10)


def ops_in(*ys: Variable) -> list[str]:
    return [node.op.name for node in toposort(ys)]


# what is known of keys ------------------------------------------------------------------------------------------------


def test_shapes_are_known_where_they_can_be():
    x = tensor("x", ("batch", 10))
    i = lscalar("i")
    assert x[:, 2:5].type.shape == ("batch", 3)
    assert x[::1].type.shape == ("batch", 10)
    assert x[i].type.shape == (10,)
    assert x[:, i].type.shape == ("batch",)
    assert x[i : i + 3].type.shape == (None, 10)
    assert x[1:].type.shape == (None, 10)
    assert x[lvector("j", shape=("n",)), None].type.shape == ("n", 1, 10)
    assert x[:, [0, 2]].type.shape == ("batch", 2)
    assert X[4:1].type.shape == (0, 10)


def test_equal_keys_are_one_op():
    assert X[1:3].node.op == X[-4:3:1].node.op == X[1:-2, :].node.op
    assert X[4].node.op != X[-1].node.op  # on another axis size they would differ


def test_a_mask_that_is_known_is_its_places():
    np.testing.assert_array_equal(X[VALUES > 45].eval({X: VALUES}), VALUES[VALUES > 45])
    mask = [True, False, False, True, True]
    np.testing.assert_array_equal(X[mask, 0].eval({X: VALUES}), VALUES[mask, 0])


# what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (7, BoundsError, r"index 7 is out of range for axis 0 with size 5\."),
        ((0, -11), BoundsError, "index -11 is out of range for axis 1 with size 10"),
        ([0, 9, 3], BoundsError, "index 9 is out of range for axis 0 with size 5(.|\n)*the indices are 0 to 9"),
        (1.5, DTypeError, "an index is 1.5, a float and not an integer(.|\n)*// instead of /"),
        (lscalar("i") / 2, DTypeError, "an index is float32, and indices are integers(.|\n)*//"),
        (slice(0, 2.5), DTypeError, "a slice bound is 2.5, not an integer scalar(.|\n)*//"),
        (slice(lscalar("i") / 2), DTypeError, "a slice bound is divide(.|\n)*//"),
        (slice(None, None, lscalar("i")), ArgumentError, "a slice has step i"),
        (slice(None, None, 0), ArgumentError, "a slice has step 0"),
        ((1, 2, 3), ArgumentError, "too many indices: x has 2 axes, the key 3"),
        ((..., ...), ArgumentError, r"the key holds '\.\.\.' 2 times"),
        ("a", DTypeError, "a str 'a' cannot become"),
        (tensor("m", (4,), "bool"), ShapeError, r"the mask has size 4 where axis 0 of x has 5(.|\n)*bool \(4,\) +m "),
        ((0, tensor("m", (5,), "bool")), ShapeError, "the mask has size 5 where axis 1 of x has 10"),
        (tensor("m", (5, 10, 1), "bool"), ArgumentError, "too many indices: x has 2 axes, the key 3"),
        (np.array([True, False]), ShapeError, "the mask has size 2 where axis 0 of x has 5"),
        (([0, 1], [0, 1, 2]), ShapeError, r"index arrays: shapes \(2,\) and \(3,\) do not broadcast"),
    ],
)
def test_keys_refused(key, error, message):
    with pytest.raises(error, match=message) as caught:
        X[key]
    assert "test_index.py" in str(caught.value)


@pytest.mark.parametrize("key", [lscalar("i"), (slice(None), lscalar("i"))])
def test_a_scalar_out_of_range_at_the_call(key):
    x = matrix("x")
    i = key[1] if isinstance(key, tuple) else key
    y = x[key]
    f = function([x, i], y)
    np.testing.assert_array_equal(f(VALUES, -1), VALUES[:, -1] if isinstance(key, tuple) else VALUES[-1])
    for call in (lambda: f(VALUES, 10), lambda: evaluate([y], {x: VALUES, i: np.array(10)})):
        with pytest.raises(BoundsError, match="index 10 is out of .* for axis . with size (5|10)(.|\n)*test_index.py"):
            call()


@pytest.mark.parametrize("bad", [5, -6])
def test_an_array_out_of_range_at_the_call(bad):
    x, j = matrix("x"), lvector("j")
    for y in (x[j], x[j, j], ops.set_subtensor(x[j], 0.0), ops.inc_subtensor(x[j, j], 1.0)):
        f = function([x, j], y)
        f(VALUES, [4, -5])
        for call in (lambda f=f: f(VALUES, [0, bad]), lambda y=y: evaluate([y], {x: VALUES, j: np.array([0, bad])})):
            with pytest.raises(BoundsError, match=f"index {bad} is out of range for (.|\n)*test_index.py"):
                call()


def test_writing_refuses():
    with pytest.raises(ArgumentError, match=r"the first argument is x, not an indexed variable(.|\n)*x\[i\]"):
        ops.set_subtensor(X, 1.0)
    with pytest.raises(ArgumentError, match="the first argument is a float"):
        ops.inc_subtensor(1.0, 1.0)
    with pytest.raises(ShapeError, match=r"set_subtensor: x\[key\] has shape \(10,\), the value \(9,\)"):
        ops.set_subtensor(X[0], np.zeros(9))
    with pytest.raises(DTypeError, match="inc_subtensor: the value is float32, but x is int64"):
        ops.inc_subtensor(lvector("j")[0], 0.5)


# writing --------------------------------------------------------------------------------------------------------------


def test_the_whole_array_can_be_written():
    f = function([X], [ops.set_subtensor(X[:], 3.0), ops.inc_subtensor(X[...], X)])
    whole, twice = f(VALUES)
    np.testing.assert_array_equal(whole, np.full((5, 10), 3.0))
    np.testing.assert_array_equal(twice, 2 * VALUES)


def test_only_the_last_of_repeated_writes_has_a_gradient():
    x, v, j = tensor("x", (4,)), fvector("v"), lvector("j")
    g = function([x, v, j], grad(ops.set_subtensor(x[j], v).sum(), v), on_unused_input="ignore")
    np.testing.assert_array_equal(g(np.zeros(4), np.ones(4), [1, 2, 1, -3]), [0, 1, 0, 1])


@pytest.mark.parametrize("is_open", [False, True])
def test_gradients_of_writes_to_second_order(is_open):
    places = tensor("places", (None,), "int64") if is_open else np.array([3, 0, 3])
    known = {places: np.array([3, 0, 3])} if is_open else {}

    def reference(outputs, inputs):
        return evaluate(outputs, {**inputs, **known})

    for write in (ops.set_subtensor, ops.inc_subtensor):
        with options(floatX="float64"):
            f = lambda x, v, write=write: ops.sin(write(x[places], v))
            check_grad(f, [np.linspace(-1, 1, 8).reshape(4, 2), np.linspace(0, 2, 6).reshape(3, 2)], order=2,
                       evaluate=reference)  # fmt: skip


# picking --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        lambda y: ops.arange(y.shape[0]),
        lambda y: ops.arange(5),
        lambda y: ops.arange(0, y.shape[0], 1),
        lambda y: np.arange(5),
        lambda y: range(5),
        lambda y: [0, 1, 2, 3, 4],
    ],
)
@pytest.mark.parametrize("x", [X, matrix("x")])
def test_the_textbook_form_is_strict(rows, x):
    y = lvector("y")
    z = x[rows(y), y]
    assert z.node.op.name == "pick"
    f = function([x, y], z)
    np.testing.assert_array_equal(f(VALUES, [0, 9, 2, 3, 1]), VALUES[np.arange(5), [0, 9, 2, 3, 1]])
    for label in (10, -1):
        with pytest.raises(BoundsError, match=f"label {label} is out of range for 10 classes(.|\n)*test_index.py"):
            f(VALUES, [0, 1, 2, 3, label])
        with pytest.raises(BoundsError, match=f"label {label} is out of range for 10 classes(.|\n)*test_index.py"):
            evaluate([z], {x: VALUES, y: np.array([0, 1, 2, 3, label])})


@pytest.mark.parametrize("rows", [lambda y: ops.arange(1, 5), lambda y: [1, 0, 2, 3], lambda y: ops.arange(0, 8, 2)])
def test_other_rows_are_plain_indices(rows):
    y = lvector("y")
    assert X[rows(y), y].node.op.name == "index"


def test_numbers_of_rows_and_labels():
    six, y, x, n = tensor("y", (6,), "int64"), lvector("y"), matrix("x"), lscalar("n")
    with pytest.raises(ShapeError, match="pick: 6 labels for 5 rows"):
        X[ops.arange(5), six]
    with pytest.raises(ShapeError, match="pick: 6 labels for 5 rows"):
        ops.pick(X, six)
    f = function([x, y], x[ops.arange(x.shape[0]), y])
    with pytest.raises(ShapeError, match="pick: 3 labels for 5 rows(.|\n)*test_index.py"):
        f(VALUES, [0, 1, 2])
    f = function([x, y, n], x[ops.arange(n), y])
    np.testing.assert_array_equal(f(VALUES, [4, 5], 2), [4, 15])
    with pytest.raises(ShapeError, match="pick: 2 labels for 3 rows"):
        f(VALUES, [4, 5], 3)
    f = function([x, y], ops.pick(x, y))
    np.testing.assert_array_equal(f(VALUES, [4, 5]), [4, 15])
    with pytest.raises(ShapeError, match="pick: 2 labels for 1 rows(.|\n)*test_index.py"):
        f(VALUES[:1], [4, 5])
    assert f(VALUES[:0], np.zeros(0, np.int64)).shape == (0,)


def test_pick_refuses():
    with pytest.raises(DTypeError, match="the labels are float32, and labels are integers(.|\n)*lvector"):
        ops.pick(X, fvector("y"))
    with pytest.raises(ShapeError, match="x has 1 axes and labels 1, not 2 and 1"):
        ops.pick(fvector("x"), lvector("y"))
    with pytest.raises(BoundsError, match="label 10 is out of range for 10 classes"):
        ops.pick(X, [0, 10])


def test_picked_entries_can_be_written():
    x, y = matrix("x"), lvector("y")
    part = x[ops.arange(y.shape[0]), y]
    f = function([x, y], [ops.inc_subtensor(part, -1.0), ops.set_subtensor(part, 0.5)])
    plus, put = f(VALUES, [1, 2])
    expected = VALUES.copy()
    expected[[0, 1], [1, 2]] -= 1
    np.testing.assert_array_equal(plus, expected)
    expected[[0, 1], [1, 2]] = 0.5
    np.testing.assert_array_equal(put, expected)
    with pytest.raises(BoundsError, match="label -1"):
        f(VALUES, [-1, 0])


@pytest.mark.parametrize("order", ["C", "F"])
def test_gradients_of_pick_to_second_order(order):
    labels = np.array([2, 0, 3])
    x = np.array(np.linspace(-1, 1, 12).reshape(3, 4), order=order)
    with options(floatX="float64"):
        check_grad(lambda x: ops.exp(ops.pick(x, labels)), [x], order=2, evaluate=evaluate)


def test_pick_of_columns_side_by_side():
    x, y = matrix("x"), lvector("y")
    f = function([x, y], [ops.pick(x.T, y), grad(ops.sin(ops.pick(x.T, y)).sum(), x)])
    labels = np.array([4, 0, 0, 1, 2, 2, 3, 4, 4, 0])
    picked, g = f(VALUES, labels)
    np.testing.assert_array_equal(picked, VALUES[labels, np.arange(10)])
    expected = np.zeros_like(VALUES)
    expected[labels, np.arange(10)] = np.cos(picked)
    np.testing.assert_allclose(g, expected, 1e-6)


# the compiled step ----------------------------------------------------------------------------------------------------


def peak_of_a_step(f, *arguments) -> int:
    for _ in range(3):
        f(*arguments)
    tracemalloc.start()
    f(*arguments)
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    f(*arguments)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


def test_steps_allocate_no_arrays():
    """Iterators and Python numbers come to some kilobytes; the arrays here have from 200 of them."""
    rng = np.random.default_rng(0)
    table = shared(rng.normal(size=(3000, 64)).astype("float32"))
    square = shared(rng.normal(size=(300, 300)).astype("float32"))
    j = lvector("j")
    places = rng.integers(0, 300, 900)
    rows = table[j]
    cost = (rows[1:, ::2] * ops.concatenate([rows, rows], 1)[1:, 32:64]).sum()
    written = ops.inc_subtensor(square[:, j[:300]], 1.0) + ops.set_subtensor(square[j, j], 0.0)
    for update in ((table, table - 0.1 * grad(cost, table)), (square, written)):
        f = function([j], [], updates=[update])
        assert peak_of_a_step(f, places) < 20_000, f.source


def test_views_stay_views():
    x, i = matrix("x"), lscalar("i")
    f = function([x, i], x[i * 2 : i * 2 + 2, ::-1].sum())
    assert f(VALUES, 1) == VALUES[2:4].sum()
    assert "copyto" not in f.source


def test_a_bound_that_moves_makes_a_plan_for_each_length_only():
    x, i = matrix("x"), lscalar("i")
    f = function([x, i], x[i * 2 : i * 2 + 2] + 0.0)
    f(VALUES, 0)
    full = f.source
    np.testing.assert_array_equal(f(VALUES, 1), VALUES[2:4])
    assert f.source == full
    np.testing.assert_array_equal(f(VALUES, 2), VALUES[4:6])
    assert f.source != full
