"""Attention, embeddings and metrics where the cases do not reach: what is masked, ids out of range, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError

RNG = np.random.default_rng(0)


def test_what_is_masked_has_no_influence():
    q, k, v = (sn.tensor(name, (None, None, 4)) for name in "qkv")
    mask = sn.tensor("mask", (None, None), dtype="bool")
    y = sn.scaled_dot_product_attention(q, k, v, mask)
    f = sn.function([q, k, v, mask], [y, *sn.grad(sn.square(y).sum(), [k, v])])
    x = RNG.normal(size=(2, 3, 4)).astype("float32")
    other = x.copy()
    other[:, 2] = 1e6
    seen = np.array([[True, True, False]] * 3)
    for first, second in zip(f(x, x, x, seen), f(x, other, other, seen), strict=True):
        np.testing.assert_array_equal(first[:, :2], second[:, :2])
    assert not f(x, x, x, seen)[1][:, 2].any()


def test_the_future_has_no_influence():
    x = sn.tensor("x", (None, None, 4))
    f = sn.function([x], sn.scaled_dot_product_attention(x, x, x, is_causal=True))
    values = RNG.normal(size=(1, 5, 4)).astype("float32")
    np.testing.assert_allclose(f(values)[:, :3], f(values[:, :3]), 1e-6)


@pytest.mark.parametrize("bad", [-1, 4])
def test_an_id_outside_the_table_is_an_error_that_names_it(bad):
    ids, table = sn.lmatrix("ids"), sn.shared(np.zeros((4, 3), "float32"), "table")
    cost = sn.embedding(ids, table).sum()
    f = sn.function([ids], cost, updates=[(table, table - sn.grad(cost, table))])
    with pytest.raises(BoundsError, match=f"id {bad} is out of range for 4 rows of the table.*\n(.*\n)*.*from 0 to 3"):
        f(np.array([[0, bad]]))
    assert not table.get_value().any()
    f(np.array([[0, 3], [3, 3]]))
    np.testing.assert_array_equal(table.get_value()[:, 0], [-1, 0, 0, -3])


def test_constant_ids_are_checked_when_the_expression_is_built():
    with pytest.raises(BoundsError, match="id 7 is out of range for 4 rows"):
        sn.embedding([1, 7], sn.matrix("table", shape=(4, 3)))


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_outside_the_matrix_is_an_error(label):
    p, y = sn.lvector("p"), sn.lvector("y")
    f = sn.function([p, y], sn.confusion_matrix(p, y, 3))
    for args in (([0, label], [0, 1]), ([0, 1], [0, label])):
        with pytest.raises(BoundsError, match=f"label {label} is out of range for 3 classes"):
            f(*map(np.array, args))


def test_counts_that_differ_when_it_runs_are_an_error():
    p, y = sn.lvector("p"), sn.lvector("y")
    f = sn.function([p, y], sn.confusion_matrix(p, y, 3))
    for args in (([0, 1], [0]), ([0], [0, 1])):
        with pytest.raises(ShapeError, match=r"predictions \(\d,\) and labels \(\d,\) do not fit"):
            f(*map(np.array, args))


def test_a_nan_is_no_success():
    x, y = sn.matrix("x"), sn.lvector("y")
    f = sn.function([x, y], sn.top_k_accuracy(x, y, 2))
    assert f(np.full((4, 3), np.nan, "float32"), np.zeros(4, int)) == 0


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda x: sn.embedding(x, x), DTypeError, "embedding: the ids are float32"),
    (lambda x: sn.embedding(sn.lvector("i"), x[0]), ShapeError, "embedding: the table has 1 axes"),
    (lambda x: sn.embedding([0], np.ones((4, 2)), 4), ArgumentError, r"padding_idx is 4, and the table has 4 rows"),
    (lambda x: sn.embedding([0], sn.matrix("t"), "pad"), ArgumentError, r"padding_idx is 'pad'(.|\n)*an int, or None"),
    (lambda x: sn.scaled_dot_product_attention(x[0], x, x), ShapeError, r"query has 1 axes, not \(\.\.\., L, E\)"),
    (lambda x: sn.scaled_dot_product_attention(x, x[:, :2], x), ShapeError, "query has 3 along axis -1, but key has 2"),
    (lambda x: sn.scaled_dot_product_attention(x, x, x[:2]), ShapeError, "key has 4 along axis -2, but value has 2"),
    (lambda x: sn.scaled_dot_product_attention(x, x, x, x), ShapeError, r"mask \(4, 3\) does not broadcast to"),
    (lambda x: sn.scaled_dot_product_attention(x, x, x, sn.lmatrix("m")), DTypeError, "mask is int64"),
    (lambda x: sn.multi_head_attention(x[None], x[None], x[None], 2, x.T @ x, x, x, x), ShapeError, "not fit 2 heads"),
    (lambda x: sn.multi_head_attention(x, x, x, 0, x, x, x, x), ArgumentError, "heads is 0"),
    (lambda x: sn.multi_head_attention(x, x, x, 1, x, x, x, x, [x]), ArgumentError, "1 biases, not 4"),
    (lambda x: sn.accuracy(x, sn.lvector("y", shape=(3,))), ShapeError, r"predictions \(4, 3\) and labels \(3,\)"),
    (lambda x: sn.accuracy(x, sn.vector("y")), DTypeError, "accuracy: labels is float32"),
    (lambda x: sn.accuracy(x, x.astype("int64")), DTypeError, "accuracy: predictions is float32"),
    (lambda x: sn.top_k_accuracy(x, sn.lvector("y"), 0), ArgumentError, "top_k_accuracy: k is 0"),
    (lambda x: sn.top_k_accuracy(x[0], sn.lvector("y")), ShapeError, "top_k_accuracy: x has 1 axes"),
    (lambda x: sn.confusion_matrix(x, sn.lvector("y"), 0), ArgumentError, "classes is 0"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("x", shape=(4, 3)))


@pytest.mark.parametrize(("padding_idx", "shape"), [(1, (3, 2)), (-2, (3, 2)), (-2, (None, None))])
def test_nothing_flows_to_the_row_of_padding(padding_idx, shape):
    ids, table, t = sn.lvector("ids"), sn.matrix("table", shape=shape), sn.matrix("t", shape=shape)
    y = sn.embedding(ids, table, padding_idx)
    f = sn.function([ids, table, t], [y, sn.grad(y.sum(), table), sn.jvp(y, table, t)])
    start = np.arange(6, dtype=np.float32).reshape(3, 2)
    value, slope, tangent = f([0, 1, 1, 2], start, start + 1)
    np.testing.assert_array_equal(value, start[[0, 1, 1, 2]])
    np.testing.assert_array_equal(slope, [[1, 1], [0, 0], [1, 1]])
    np.testing.assert_array_equal(tangent, [[1, 2], [0, 0], [0, 0], [5, 6]])
