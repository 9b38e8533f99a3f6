"""Each layer gives what its word gives with its parameters, and trains."""

import numpy as np
import pytest

import symnet as sn
from symnet import nn
from symnet.errors import ArgumentError, BoundsError, ShapeError

RNG = np.random.default_rng(0)


def data(*shape):
    return RNG.normal(size=shape).astype(np.float32)


SIGNALS, PICTURES, VOLUMES, ROWS = data(2, 4, 9), data(2, 4, 7, 8), data(2, 4, 5, 4, 6), data(3, 5)


def column(b, axes):
    return b.get_value().reshape(-1, *(1,) * axes)


# the layer, what it is called with, and the same by words and its parameters
LAYERS = {
    "dense": (nn.Dense(3), ROWS, lambda n, x: x @ n.w.get_value() + n.b.get_value()),
    "dense of sequences": (nn.Dense(3), SIGNALS, lambda n, x: x @ n.w.get_value() + n.b.get_value()),
    "dense without biases": (nn.Dense(3, b=None), ROWS, lambda n, x: x @ n.w.get_value()),
    "conv1d": (nn.Conv1d(6, 3, 2), SIGNALS, lambda n, x: sn.conv1d(x, n.w, 2).eval() + column(n.b, 1)),
    "conv2d": (nn.Conv2d(6, 3), PICTURES, lambda n, x: sn.conv2d(x, n.w).eval() + column(n.b, 2)),
    "conv2d, all options": (
        nn.Conv2d(6, (3, 2), (2, 1), "same", 1, 2, b=None), PICTURES,
        lambda n, x: sn.conv2d(x, n.w, (2, 1), "same", groups=2).eval(),
    ),
    "conv2d, dilated": (nn.Conv2d(2, 2, dilation=2), PICTURES,
                        lambda n, x: sn.conv2d(x, n.w, dilation=2).eval() + column(n.b, 2)),
    "depthwise": (nn.Conv2d(8, 3, groups="depthwise"), PICTURES,
                  lambda n, x: sn.depthwise_conv2d(x, n.w).eval() + column(n.b, 2)),
    "conv3d": (nn.Conv3d(3, (2, 1, 2)), VOLUMES, lambda n, x: sn.conv3d(x, n.w).eval() + column(n.b, 3)),
    "conv_transpose1d": (nn.ConvTranspose1d(6, 3, 2), SIGNALS,
                         lambda n, x: sn.conv_transpose1d(x, n.w, 2).eval() + column(n.b, 1)),
    "conv_transpose2d": (
        nn.ConvTranspose2d(6, 3, 2, 1, 1, groups=2), PICTURES,
        lambda n, x: sn.conv_transpose2d(x, n.w, 2, 1, 1, groups=2).eval() + column(n.b, 2),
    ),
    "conv_transpose3d": (nn.ConvTranspose3d(2, 2, b=None), VOLUMES, lambda n, x: sn.conv_transpose3d(x, n.w).eval()),
    "max_pool1d": (nn.MaxPool1d(3, 2), SIGNALS, lambda n, x: sn.pool1d(x, 3, 2).eval()),
    "max_pool2d": (nn.MaxPool2d(), PICTURES, lambda n, x: x[:, :, :6].reshape(2, 4, 3, 2, 4, 2).max((3, 5))),
    "max_pool3d": (nn.MaxPool3d((2, 1, 2), ceil=True), VOLUMES, lambda n, x: sn.pool3d(x, (2, 1, 2), ceil=True).eval()),
    "avg_pool1d": (nn.AvgPool1d(3), SIGNALS, lambda n, x: x.reshape(2, 4, 3, 3).mean(3)),
    "avg_pool2d": (nn.AvgPool2d(3, 2, 1), PICTURES, lambda n, x: sn.pool2d(x, 3, 2, 1, "average").eval()),
    "avg_pool3d": (nn.AvgPool3d(2, 1), VOLUMES, lambda n, x: sn.pool3d(x, 2, 1, 0, "average").eval()),
    "global_max": (nn.GlobalMaxPool(), PICTURES, lambda n, x: x.max((2, 3))),
    "global_avg": (nn.GlobalAvgPool(), VOLUMES, lambda n, x: x.mean((2, 3, 4))),
    "layer_norm": (nn.LayerNorm(), ROWS, lambda n, x: ((x.T - x.mean(1)) / np.sqrt(x.var(1) + 1e-5)).T),
    "rms_norm": (nn.RMSNorm(), ROWS, lambda n, x: x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-6)),
    "group_norm": (nn.GroupNorm(2, 0.1), PICTURES, lambda n, x: sn.group_norm(x, 2, eps=0.1).eval()),
    "batch_norm": (nn.BatchNorm(), PICTURES, lambda n, x: x / np.sqrt(np.float32(1 + 1e-5))),
    "embedding": (nn.Embedding(5, 3), np.array([[4, 0], [1, 1]]), lambda n, x: n.w.get_value()[x]),
    "flatten": (nn.Flatten(), PICTURES, lambda n, x: x.reshape(2, -1)),
    "reshape": (nn.Reshape(2, -1, 4), PICTURES, lambda n, x: x.reshape(2, 2, -1, 4)),
    "reshape to a tuple": (nn.Reshape((2, -1, 4)), PICTURES, lambda n, x: x.reshape(2, 2, -1, 4)),
    "softmax": (nn.Softmax(), ROWS, lambda n, x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    "softmax along channels": (nn.Softmax(1), PICTURES, lambda n, x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    "activation": (nn.Activation("relu"), ROWS, lambda n, x: np.maximum(x, 0)),
    "activation of one's own": (nn.Activation(lambda x: x * sn.tanh(x)), ROWS, lambda n, x: x * np.tanh(x)),
    "lambda": (nn.Lambda(lambda x: x[:, ::2], name="every_second"), ROWS, lambda n, x: x[:, ::2]),
    "dropout": (nn.Dropout(0.5), ROWS, lambda n, x: x),
    "residual": (nn.Residual(sn.relu, nn.Softmax()), ROWS,
                 lambda n, x: x + sn.softmax(np.maximum(x, 0)).eval()),
    "residual with a shortcut": (nn.Residual(nn.Dense(2), shortcut=nn.Lambda(lambda x: x[:, :2])), ROWS,
                                 lambda n, x: x[:, :2] + x @ n.weights[0].get_value()),
    "concat": (nn.Concat(sn.relu, sn.tanh), ROWS, lambda n, x: np.concatenate([np.maximum(x, 0), np.tanh(x)], 1)),
    "concat along another axis": (nn.Concat(sn.relu, sn.tanh, axis=0), ROWS,
                                  lambda n, x: np.concatenate([np.maximum(x, 0), np.tanh(x)], 0)),
    "a list into a sum": (nn.Sequential(lambda x: [x, sn.tanh(x)], sn.add), ROWS, lambda n, x: x + np.tanh(x)),
    "parallel into a sum": (nn.Sequential(nn.Parallel(sn.relu, sn.tanh), sn.add), ROWS,
                            lambda n, x: np.maximum(x, 0) + np.tanh(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_what_its_words_give(name):
    layer, value, expected = LAYERS[name]
    x = sn.tensor("x", ("batch", *value.shape[1:]), value.dtype)
    y = nn.Sequential(layer, rng=0)(x)
    got = sn.function([x], y)(value)
    np.testing.assert_allclose(got, expected(layer, value), rtol=1e-4, atol=1e-5)
    assert y.type.ndim == got.ndim and all(n in (m, None, "batch") for n, m in zip(y.type.shape, got.shape))
    if layer.params:
        grads = sn.function([x], sn.grad(sn.square(y - 1).sum(), layer.params))(value)
        assert all(g.shape == w.get_value().shape and g.any() for g, w in zip(grads, layer.params))


@pytest.mark.parametrize("name", [name for name in LAYERS if "conv" in name or "dense" in name or "depth" in name])
def test_weights_come_before_biases(name):
    layer, value, _ = LAYERS[name]
    nn.Sequential(layer, rng=0)(sn.tensor("x", value.shape, value.dtype))
    assert layer.params == ([layer.w] if layer.b is None else [layer.w, layer.b])
    assert layer.weights == [layer.w]


def test_conv2d_slides_every_filter_over_every_channel():
    conv = nn.Conv2d(3, 2, rng=0, b=np.array([1, 2, 3]))
    x = sn.tensor("x", shape=("batch", 2, 4, 5))
    y, image, w = conv(x), data(2, 2, 4, 5), conv.w.get_value()
    expected = np.zeros((2, 3, 3, 4))
    for n, f, i, j in np.ndindex(expected.shape):
        expected[n, f, i, j] = np.sum(image[n, :, i : i + 2, j : j + 2] * w[f]) + f + 1
    np.testing.assert_allclose(sn.function([x], y)(image), expected, rtol=1e-5, atol=1e-6)


# the switch -----------------------------------------------------------------------------------------------------------


def test_batch_norm_follows_while_training():
    norm = nn.BatchNorm(momentum=0.5)
    x = sn.tensor("x", shape=("batch", 4, 7, 8))
    y = norm(x)
    train, predict = sn.function([x], y, training=True), sn.function([x], y)
    mean, var = PICTURES.mean((0, 2, 3)), PICTURES.var((0, 2, 3), ddof=1)
    np.testing.assert_allclose(train(PICTURES).mean((0, 2, 3)), 0, atol=1e-5)
    assert norm.states == [norm.mean, norm.var] and norm.params == [norm.w, norm.b]
    np.testing.assert_allclose(norm.mean.get_value(), 0.5 * mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(norm.var.get_value(), 0.5 + 0.5 * var, rtol=1e-4)
    expected = (PICTURES - 0.5 * mean[:, None, None]) / np.sqrt(0.5 + 0.5 * var[:, None, None] + 1e-5)
    np.testing.assert_allclose(predict(PICTURES), expected, rtol=1e-3, atol=1e-4)
    assert [w.label for w in norm.states] == ["mean_norm", "var_norm"]


def dropped(seed, shape=(100, 50)):
    x = sn.tensor("x", shape=shape)
    y = nn.Sequential(nn.Dropout(0.25), nn.Dropout(0.25), rng=seed)(x)
    return sn.function([x], y, training=True)


def test_dropout_draws_from_the_seed_of_its_model():
    ones = np.ones((100, 50), np.float32)
    one, same, other = dropped(1), dropped(1), dropped(2)
    first = one(ones)
    assert np.array_equal(first, same(ones)) and not np.array_equal(first, other(ones))
    assert not np.array_equal(first, one(ones))
    assert np.mean(first != 0) == pytest.approx(0.75**2, abs=0.03)  # two masks, not one
    np.testing.assert_allclose(first[first != 0], 1 / 0.75**2, rtol=1e-6)


def test_dropout_without_a_generator_draws_from_the_default_stream():
    def draw():
        sn.seed(3)
        return dropped(None)(np.ones((100, 50), np.float32))

    assert np.array_equal(draw(), draw())


# refusals -------------------------------------------------------------------------------------------------------------


def test_a_shortcut_that_does_not_fit():
    block = nn.Residual(nn.Conv2d(8, 3, padding="same", name="a"), name="block", rng=0)
    text = r"Residual block: x has the shape \(batch, 4, 7, 8\), but Conv2d block_a gives \(batch, 8, 7, 8\)"
    with pytest.raises(ShapeError, match=text) as raised:
        block(sn.tensor("x", ("batch", 4, 7, 8)))
    assert "shortcut=nn.Conv2d" in str(raised.value)
    with pytest.raises(ShapeError, match="Residual residual: Lambda .* has the shape"):
        nn.Residual(nn.Dense(3), shortcut=lambda x: x, rng=0)(sn.tensor("x", ("batch", 4)))
    with pytest.raises(ShapeError, match="Residual"):
        nn.Residual(nn.Flatten())(sn.tensor("x", ("batch", 4, 1)))


def test_what_is_no_layer():
    with pytest.raises(ArgumentError, match="Sequential: 3 is neither a layer nor a function"):
        nn.Sequential(3)
    with pytest.raises(ArgumentError, match="Concat: the class Flatten is neither") as raised:
        nn.Concat(nn.Flatten)
    assert "Flatten(...)" in str(raised.value)
    with pytest.raises(ArgumentError, match=r"Sequential: \[.*\] is neither.*\n.*\n.*one by one"):
        nn.Sequential([nn.Dense(3)])
    with pytest.raises(ArgumentError, match="Lambda: 3 is no function"):
        nn.Lambda(3)
    with pytest.raises(ArgumentError, match="symnet has no word 'reluu'"):
        nn.Activation("reluu")


def test_global_pools_of_rows():
    with pytest.raises(ShapeError, match="GlobalAvgPool pool: x has 2 axes"):
        nn.GlobalAvgPool()(sn.matrix("x"))


def test_ids_outside_the_table():
    ids = sn.lvector("ids", shape=("batch",))
    f = sn.function([ids], nn.Embedding(4, 2, rng=0)(ids))
    with pytest.raises(BoundsError, match="4"):
        f([1, 4])


OUT_OF_RANGE = [nn.Conv2d(3, 0), nn.Conv2d(3, (2, 2, 2)), nn.Conv2d(3, 2, groups=3), nn.MaxPool2d(0)]


@pytest.mark.parametrize("layer", OUT_OF_RANGE, ids=repr)
def test_parameters_out_of_range_name_the_layer(layer):
    with pytest.raises(sn.SymnetError, match=f"^{type(layer).__name__} (conv|pool)1: "):
        nn.Sequential(layer, rng=0)(sn.tensor("x", ("batch", 4, 7, 8)))


# containers -----------------------------------------------------------------------------------------------------------


def test_a_model_is_a_sequence():
    model = nn.Sequential(nn.Dense(5), sn.relu, nn.Dense(2), rng=0)
    x = sn.tensor("x", shape=("batch", 4))
    model(x)
    assert len(model) == 3 and [type(layer).__name__ for layer in model] == ["Dense", "Lambda", "Dense"]
    assert model[0] is next(iter(model)) and model[-1].params == model.params[2:]
    rows = data(3, 4)
    hidden = sn.function([x], model[:-1](x))(rows)
    np.testing.assert_allclose(hidden, np.maximum(rows @ model[0].w.get_value(), 0), rtol=1e-4, atol=1e-6)


def test_empty_models_are_the_identity():
    x = sn.matrix("x")
    assert nn.Sequential()(x) is x


def test_several_inputs():
    model = nn.Sequential(nn.Lambda(lambda a, b: a + 2 * b, name="mix"), sn.square, rng=0)
    a, b = sn.vectors("a b")
    np.testing.assert_allclose(sn.function([a, b], model(a, b))([1, 2], [3, 4]), [49, 100])


# penalties ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.1, 0, sn.constant(0.1)])
def test_penalties(strength):
    w, v = sn.shared(np.array([[1.0, -2.0]]), "w"), sn.shared(np.array([0.0, 3.0, -1.0]), "v")
    lam = 0.1 if isinstance(strength, sn.Variable) else strength
    l2, l1 = nn.l2_penalty([w, v], strength), nn.l1_penalty([w, v], strength)
    np.testing.assert_allclose(l2.eval(), lam / 2 * 15, rtol=1e-6)
    np.testing.assert_allclose(l1.eval(), lam * 7, rtol=1e-6)
    np.testing.assert_allclose(sn.grad(l2, v).eval(), lam * v.get_value(), rtol=1e-6)
    np.testing.assert_allclose(sn.grad(l1, v).eval(), lam * np.sign(v.get_value()), rtol=1e-6)
    assert nn.l2_penalty([], strength).eval() == 0 == nn.l1_penalty(iter([]), strength).eval()


def test_penalties_leave_biases_and_norms_alone():
    model = nn.Sequential(nn.Conv2d(4, 3), nn.BatchNorm(), nn.Flatten(), nn.Dense(2), rng=0)
    model.build(("batch", 1, 5, 5))
    assert [w.label for w in model.weights] == ["w_conv1", "w_fc1"]
