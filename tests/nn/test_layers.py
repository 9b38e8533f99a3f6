"""Layers: what they compute, how they start, what they refuse."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import ShapeError
from symnet.nn import Conv2d, Dense


def rng(seed=0):
    return np.random.default_rng(seed)


def test_dense_computes_x_w_plus_b():
    fc = Dense(4, 3, rng(), "fc1")
    fc.b.set_value(np.array([1, 2, 3], np.float32))
    x = sn.matrix("x")
    data = rng(1).normal(size=(5, 4)).astype(np.float32)
    y = sn.function([x], fc(x))(data)
    np.testing.assert_allclose(y, data @ fc.w.get_value() + [1, 2, 3], rtol=1e-5)
    assert y.dtype == np.float32


def test_conv2d_slides_every_filter_over_every_channel():
    conv = Conv2d(2, 3, 2, rng(), "conv1")
    conv.b.set_value(np.array([1, 2, 3], np.float32))
    w = conv.w.get_value()
    x = sn.tensor4("x")
    data = rng(1).normal(size=(2, 2, 4, 5)).astype(np.float32)
    expected = np.zeros((2, 3, 3, 4))
    for n, f, i, j in np.ndindex(expected.shape):
        expected[n, f, i, j] = np.sum(data[n, :, i : i + 2, j : j + 2] * w[f]) + f + 1
    np.testing.assert_allclose(sn.function([x], conv(x))(data), expected, rtol=1e-5, atol=1e-6)


def test_conv2d_hands_its_options_on():
    conv = Conv2d(1, 3, 3, rng(), stride=2, padding=1)
    x = sn.tensor("x", shape=("batch", 1, 8, 8))
    assert conv(x).type.shape == ("batch", 3, 4, 4)
    np.testing.assert_allclose(
        conv(x).eval({x: np.ones((2, 1, 8, 8), np.float32)}),
        sn.conv2d(np.ones((2, 1, 8, 8), np.float32), conv.w, stride=2, padding=1).eval(),
    )


def test_names_and_shapes():
    conv, fc = Conv2d(2, 3, 5, rng(), "conv7"), Dense(4, 6, rng(), "fc7")
    assert [(w.label, w.get_value().shape) for w in (*conv.params, *fc.params)] == [
        ("w_conv7", (3, 2, 5, 5)), ("b_conv7", (3,)), ("w_fc7", (4, 6)), ("b_fc7", (6,)),
    ]  # fmt: skip
    assert (conv.params, fc.params) == ([conv.w, conv.b], [fc.w, fc.b])
    assert [w.label for w in (*Dense(1, 1, rng()).params, *Conv2d(1, 1, 1, rng()).params)] == [
        "w_fc", "b_fc", "w_conv", "b_conv",
    ]  # fmt: skip


@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_weights_start_normal_and_biases_at_0(gain):
    fc, conv = Dense(400, 300, rng(), gain=gain), Conv2d(20, 200, 5, rng(), gain=gain)
    for layer, inputs in ((fc, 400), (conv, 20 * 5 * 5)):
        w = layer.w.get_value().astype(np.float64).ravel()
        assert w.mean() == pytest.approx(0, abs=4 * np.sqrt(gain / inputs / w.size))
        assert w.var() == pytest.approx(gain / inputs, rel=0.03)
        assert np.mean(np.abs(w) < w.std()) == pytest.approx(0.6827, abs=0.01)
        assert not layer.b.get_value().any()


def test_relu_weights_are_the_usual_ones():
    assert Dense(400, 300, rng()).w.get_value().var() == pytest.approx(2 / 400, rel=0.03)


def test_the_generator_decides_the_weights():
    a, b, c = (Dense(5, 5, rng(s)).w.get_value() for s in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    one = rng()
    assert not np.array_equal(Dense(5, 5, one).w.get_value(), Dense(5, 5, one).w.get_value())


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_parameters_are_of_the_float_type_in_force(floatX):
    with sn.options(floatX=floatX):
        layers = Dense(3, 2, rng()), Conv2d(1, 2, 3, rng())
    assert {w.get_value().dtype.name for layer in layers for w in layer.params} == {floatX}
    np.testing.assert_allclose(layers[0].w.get_value(), Dense(3, 2, rng()).w.get_value(), rtol=1e-6)


def test_gradients_reach_every_parameter():
    conv, fc = Conv2d(1, 2, 3, rng()), Dense(2 * 4 * 4, 3, rng())
    x = sn.tensor("x", shape=("batch", 1, 6, 6))
    cost = sn.square(fc(sn.relu(conv(x)).flatten(2))).sum()
    grads = sn.function([x], sn.grad(cost, [*conv.params, *fc.params]))(np.ones((2, 1, 6, 6), np.float32))
    assert [g.shape for g in grads] == [w.get_value().shape for w in (*conv.params, *fc.params)]
    assert all(g.any() for g in grads)


def test_a_layer_used_twice_has_one_set_of_parameters():
    fc = Dense(3, 3, rng())
    x = sn.matrix("x")
    g = sn.grad(fc(fc(x)).sum(), fc.b)
    value = sn.function([x], g)(np.zeros((1, 3), np.float32))
    np.testing.assert_allclose(value, 1 + fc.w.get_value().sum(1), rtol=1e-5)


def test_images_with_other_channels():
    with pytest.raises(ShapeError, match="3 channels") as raised:
        Conv2d(1, 4, 5, rng(), "conv1")(sn.tensor("x", shape=("batch", 3, 28, 28)))
    assert "w_conv1" in str(raised.value) and __file__.rpartition("/")[2] in str(raised.value)


def test_rows_of_another_length():
    with pytest.raises(ShapeError, match="5.*4|4.*5") as raised:
        Dense(4, 3, rng(), "fc1")(sn.tensor("x", shape=("batch", 5)))
    assert "w_fc1" in str(raised.value)
