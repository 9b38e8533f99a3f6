"""Dropout and its kin: what training drops, what gradients see, errors."""

import numpy as np
import pytest

import symnet as sn
from symnet.backends.reference import evaluate
from symnet.errors import ArgumentError, DTypeError, ShapeError
from symnet.graph import toposort
from symnet.ops.dropout import Dropout
from symnet.ops.masks import DropoutMask
from symnet.ops.random import RandomStream


def ops_of(*outputs):
    return [type(node.op) for node in toposort(outputs)]


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


# its kin ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("open_sizes", [False, True])
def test_channels_are_dropped_whole(open_sizes):
    x = sn.tensor("x", (None,) * 4 if open_sizes else (20, 30, 3, 2))
    y = sn.dropout(x, 0.5, RandomStream(0), noise_shape=(None, None, 1, 1))
    value, slope = sn.function([x], [y, sn.grad(y.sum(), x)], training=True)(np.ones((20, 30, 3, 2), "float32"))
    assert set(np.unique(value)) == {0, 2}
    np.testing.assert_array_equal(value, np.broadcast_to(value[:, :, :1, :1], value.shape))
    np.testing.assert_array_equal(slope, value)
    assert 0.4 < (value[:, :, 0, 0] == 0).mean() < 0.6


@pytest.mark.parametrize("make", [sn.gaussian_dropout, sn.alpha_dropout])
def test_noise_is_off_where_nothing_trains(make):
    x = sn.vector("x")
    f = sn.function([x], make(x, 0.3))
    np.testing.assert_array_equal(f([1.0, 2.0]), np.array([1, 2], "float32"))
    assert "bits" not in f.source


def test_gaussian_dropout_has_the_moments_of_dropout():
    x = sn.vector("x")
    y = sn.gaussian_dropout(x, 0.2, RandomStream(0))
    value, slope = sn.function([x], [y, sn.grad(y.sum(), x)], training=True)(np.ones(100_000, "float32"))
    assert abs(value.mean() - 1) < 0.01 and abs(value.std() - 0.5) < 0.01
    np.testing.assert_array_equal(slope, value)


def test_alpha_dropout_keeps_mean_and_variance_and_drops_to_where_selu_ends():
    values = np.random.default_rng(0).normal(size=100_000).astype("float32")
    x = sn.vector("x")
    y = sn.alpha_dropout(x, 0.25, RandomStream(0))
    value, slope = sn.function([x], [y, sn.grad(y.sum(), x)], training=True)(values)
    assert abs(value.mean()) < 0.02 and abs(value.std() - 1) < 0.02
    kept = slope != 0
    assert abs(kept.mean() - 0.75) < 0.01
    scale, end = slope[kept][0], -1.0507009873554805 * 1.6732632423543772
    offset = -scale * end * 0.25
    np.testing.assert_allclose(value[kept], scale * values[kept] + offset, 1e-4, 1e-4)
    np.testing.assert_allclose(value[~kept], scale * end + offset, 1e-5)


@pytest.mark.parametrize(("make", "error", "match"), [
    (lambda z: sn.dropout(z, 1.0), ArgumentError, r"dropout: rate is 1\.0"),
    (lambda z: sn.dropout(z, sn.scalar("rate")), ArgumentError, "dropout: rate is rate"),
    (lambda z: sn.dropout(z, True), ArgumentError, "dropout: rate is True"),
    (lambda z: sn.dropout(sn.lvector("v"), 0.5), DTypeError, "dropout: x is int64"),
    (lambda z: sn.dropout(z, noise_shape=(4, 2)), ShapeError, r"noise_shape \(4, 2\) does not broadcast to x \(4, 3\)"),
    (lambda z: sn.dropout(z, noise_shape=(1,)), ShapeError, r"noise_shape \(1,\) does not broadcast"),
    (lambda z: sn.gaussian_dropout(z, -0.5), ArgumentError, "gaussian_dropout: rate is -0.5"),
    (lambda z: sn.alpha_dropout(z.astype("int64")), DTypeError, "alpha_dropout: x is int64"),
])  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make(sn.matrix("z", shape=(4, 3)))
