"""Softmax, cross-entropy and dropout where the cases do not reach: large logits, training, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, BoundsError, DTypeError, ShapeError
from symnet.graph import toposort
from symnet.ops.masks import DropoutMask
from symnet.ops.nnet import CrossEntropy, Dropout
from symnet.ops.random import RandomStream

LOGITS = np.array([[1000.0, 0.0, -1000.0], [-5.0, 0.0, 5.0], [-1000.0, -1000.0, -1000.0]])


def ops_of(*outputs):
    return [type(node.op) for node in toposort(outputs)]


# cross-entropy ----------------------------------------------------------------------------------------------


def stable(z, labels):
    z = z.astype("float64")
    d = z - z.max(1, keepdims=True)
    p = np.exp(d) / np.exp(d).sum(1, keepdims=True)
    losses = np.log(np.exp(d).sum(1)) - d[np.arange(len(z)), labels]
    return losses, p - np.eye(z.shape[1])[labels]


@pytest.mark.parametrize("labels", [[0, 1, 2], [2, 2, 2]])
def test_cross_entropy_of_large_logits_and_its_gradient(labels):
    z, y = sn.matrix("z", dtype="float32"), sn.lvector("y")
    losses = sn.cross_entropy(z, y, reduction="none")
    g = sn.grad(losses.sum(), z)
    expected = stable(LOGITS, np.array(labels))
    for results in (
        evaluate([losses, g], {z: LOGITS.astype("float32"), y: np.array(labels)}),
        sn.function([z, y], [losses, g])(LOGITS.astype("float32"), np.array(labels)),
    ):
        for actual, value in zip(results, expected, strict=True):
            np.testing.assert_allclose(actual, value, rtol=1e-5, atol=1e-6)


def test_one_hot_targets_give_what_labels_give():
    z, y, t = sn.dmatrix("z"), sn.lvector("y"), sn.dmatrix("t")
    by_label, by_row = sn.cross_entropy(z, y), sn.cross_entropy(z, t)
    labels = np.array([0, 1, 2])
    values = {z: LOGITS, y: labels, t: np.eye(3)[labels]}
    a, b, c, d = evaluate([by_label, by_row, sn.grad(by_label, z), sn.grad(by_row, z)], values)
    np.testing.assert_allclose(a, b)
    np.testing.assert_allclose(c, d, atol=1e-12)


def test_cross_entropy_is_one_node_until_it_is_expanded():
    z, y = sn.matrix("z"), sn.lvector("y")
    assert CrossEntropy in ops_of(sn.cross_entropy(z, y))


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_a_label_outside_the_classes_is_an_error_in_value_and_gradient(labels):
    z, y = sn.dmatrix("z"), sn.lvector("y")
    cost = sn.cross_entropy(z, y)
    for output in (cost, sn.grad(cost, z)):
        with pytest.raises(BoundsError, match=f"label {sum(labels)} is out of range for 3 classes"):
            evaluate([output], {z: LOGITS[:2], y: np.array(labels)})
        with pytest.raises(BoundsError, match="out of range for 3 classes"):
            sn.function([z, y], output)(LOGITS[:2], np.array(labels))


def test_the_gradient_of_the_gradient_by_labels():
    z, y = sn.dmatrix("z"), sn.lvector("y")
    g = sn.grad(sn.cross_entropy(z, y, reduction="sum"), z)
    second = sn.grad(g[:, 0].sum(), z)
    p = np.exp([0.0, 0.5, 1.0]) / np.exp([0.0, 0.5, 1.0]).sum()
    (value,) = evaluate([second], {z: np.array([[0.0, 0.5, 1.0]]), y: np.array([1])})
    np.testing.assert_allclose(value, [p[0] * (np.eye(3)[0] - p)], atol=1e-12)


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda z: sn.cross_entropy(z, sn.lmatrix("t", shape=(4, 3)).T), ShapeError, "axis 0 has 4 in .* but 3"),
    (lambda z: sn.cross_entropy(z, sn.lvector("y", shape=(5,))), ShapeError, "axis 0 has 4 in .* but 5"),
    (lambda z: sn.cross_entropy(z, sn.vector("y")), DTypeError, "the target is float32"),
    (lambda z: sn.cross_entropy(z, sn.lscalar("y")), ShapeError, r"\(4, 3\) and target \(\) do not fit"),
    (lambda z: sn.cross_entropy(sn.scalar("s"), 0), ShapeError, "the logits are a scalar"),
    (lambda z: sn.cross_entropy(z, sn.lvector("y"), reduction="max"), ArgumentError, "reduction is 'max'"),
    (lambda z: sn.softmax(z, axis=2), ArgumentError, "softmax: axis is 2, but x has 2 axes"),
    (lambda z: sn.logsumexp(z, axis=(0, 0)), ArgumentError, "logsumexp: axis 0 of x is given 2 times"),
    (lambda z: sn.dropout(z, 1.0), ArgumentError, r"dropout: rate is 1\.0"),
    (lambda z: sn.dropout(z, sn.scalar("rate")), ArgumentError, "dropout: rate is rate"),
    (lambda z: sn.dropout(z, True), ArgumentError, "dropout: rate is True"),
    (lambda z: sn.dropout(sn.lvector("v"), 0.5), DTypeError, "dropout: x is int64"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("z", shape=(4, 3)))


# dropout ----------------------------------------------------------------------------------------------------


def test_dropout_drops_its_rate_and_keeps_the_mean():
    x = sn.vector("x")
    f = sn.function([x], sn.dropout(x, 0.25, RandomStream(0)), training=True)
    y = f(np.ones(40_000, "float32"))
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.01
    assert not np.array_equal(f(np.ones(40_000, "float32")), y)


def test_dropout_is_the_input_where_nothing_trains():
    x = sn.vector("x")
    f = sn.function([x], sn.dropout(x, 0.5))
    assert f.training is False
    np.testing.assert_array_equal(f([1.0, 2.0]), np.array([1, 2], "float32"))
    assert "bits" not in f.source


def test_updates_switch_dropout_on():
    x, total = sn.vector("x"), sn.shared(np.float32(0), "total")
    f = sn.function([x], sn.dropout(x, 0.5, RandomStream(0)), updates={total: total + 1})
    assert f.training is True
    assert 0 in f(np.ones(100, "float32"))


def test_the_gradient_of_dropout_has_the_mask_of_its_value():
    x = sn.matrix("x")
    y = sn.dropout(x, 0.5, RandomStream(0))
    g = sn.grad(y.sum(), x)
    for f in (sn.function([x], [y, g], training=True), lambda v: evaluate([y, g], {x: v})):
        value, slope = f(np.ones((20, 30), "float32"))
        np.testing.assert_array_equal(value, slope)
        assert 0 < (value == 0).mean() < 1
    f = sn.function([x], [y, g], training=False)
    value, slope = f(np.full((2, 3), 2, "float32"))
    np.testing.assert_array_equal(value, np.full((2, 3), 2))
    np.testing.assert_array_equal(slope, np.ones((2, 3)))


def test_the_mask_is_drawn_once_for_value_and_gradient():
    x = sn.matrix("x")
    y = sn.dropout(x, 0.5, RandomStream(0))
    f = sn.function([x], [y, sn.grad((y * y).sum(), x)], training=True)
    f(np.ones((20, 30), "float32"))
    assert f.source.count(".random(out=") == 1


def test_two_dropouts_have_two_masks_and_one_dropout_has_one():
    x, stream = sn.vector("x"), RandomStream(0)
    a, b = sn.dropout(x, 0.5, stream), sn.dropout(x, 0.5, stream)
    f = sn.function([x], [a, b, a + 0], training=True)
    first, second, again = f(np.ones(200, "float32"))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, again)


def test_dropout_follows_its_streams_seed():
    x = sn.vector("x")
    values = [
        sn.function([x], sn.dropout(x, 0.5, RandomStream(seed)), training=True)(np.ones(100, "float32"))
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_dropout_of_rate_0_is_the_variable_itself():
    x = sn.vector("x")
    assert sn.dropout(x, 0) is x
    assert Dropout in ops_of(sn.dropout(x, 0.1)) and DropoutMask not in ops_of(sn.dropout(x, 0.1))
