"""What all layers have in common: sizes from the input, names, generators, texts, refusals."""

import copy
import pickle

import numpy as np
import pytest

import symnet as sn
from symnet import nn
from symnet.errors import ArgumentError, ShapeError
from symnet.graph import toposort

X = sn.tensor("x", shape=("batch", 6))


def mlp(rng=0, **names):
    return nn.Sequential(nn.Dense(5), sn.relu, nn.Dense(4), sn.tanh, nn.Dense(3), rng=rng, **names)


def labels(model):
    return [w.label for w in model.params]


def test_the_first_call_tells_the_sizes():
    fc = nn.Dense(3, rng=0, name="fc1")
    y = fc(X)
    assert y.type.shape == ("batch", 3)
    assert [(w.label, w.type.shape) for w in fc.params] == [("w_fc1", (6, 3)), ("b_fc1", (3,))]


def test_build_tells_them_too_and_gives_the_model():
    model = mlp()
    assert model.build(("batch", 6)) is model
    before = [w.get_value() for w in model.params]
    model(X)
    assert [w.shape for w in before] == [(6, 5), (5,), (5, 4), (4,), (4, 3), (3,)]
    assert all(np.array_equal(a, w.get_value()) for a, w in zip(before, model.params))


def test_a_layer_used_twice_has_one_set_of_parameters():
    fc = nn.Dense(3, rng=0)
    x = sn.tensor("x", shape=("batch", 3))
    g = sn.grad(fc(fc(x)).sum(), fc.b)
    np.testing.assert_allclose(sn.function([x], g)(np.zeros((1, 3))), 1 + fc.w.get_value().sum(1), rtol=1e-5)
    assert len(nn.Sequential(fc, sn.relu, fc).params) == 2


def test_one_seed_decides_everything():
    def values(seed):
        return [w.get_value() for w in mlp(seed).build(("batch", 6)).params]

    same, other = zip(values(1), values(1)), zip(values(1), values(2))
    assert all(np.array_equal(a, b) for a, b in same)
    assert not any(np.array_equal(a, b) for a, b in list(other)[::2])
    generator = np.random.default_rng(1)
    assert all(np.array_equal(a, b) for a, b in zip(values(1), values(generator)))
    assert not np.array_equal(values(1)[0], values(generator)[0])  # it has gone on


def test_a_layer_keeps_a_generator_of_its_own():
    model = nn.Sequential(nn.Dense(5, rng=7), nn.Dense(5), rng=0).build(("batch", 6))
    alone = nn.Dense(5, rng=7).build(("batch", 6))
    assert np.array_equal(model.params[0].get_value(), alone.w.get_value())


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_parameters_are_of_the_float_type_in_force(floatX):
    with sn.options(floatX=floatX):
        model = nn.Sequential(nn.Dense(3), nn.BatchNorm(), rng=0).build(("batch", 6))
    assert {w.type.dtype for w in model.params + model.states} == {floatX}


# names ----------------------------------------------------------------------------------------------------------------


def test_layers_of_a_model_are_numbered_by_kind():
    model = nn.Sequential(nn.Conv2d(2, 3), nn.Conv2d(2, 1), nn.Flatten(), nn.Dense(3), nn.Dense(2), rng=0)
    model.build(("batch", 1, 4, 4))
    assert labels(model) == [f"{p}_{name}" for name in ("conv1", "conv2", "fc1", "fc2") for p in "wb"]
    assert [layer.name for layer in model] == ["conv1", "conv2", "flatten1", "fc1", "fc2"]


def test_numbers_pass_by_names_that_are_taken():
    model = nn.Sequential(nn.Dense(2), nn.Dense(2, name="fc1"), nn.Dense(2), nn.Residual(nn.Dense(2)), rng=0)
    assert labels(model.build(("batch", 2)))[::2] == ["w_fc2", "w_fc1", "w_fc3", "w_fc4"]


def test_the_name_of_a_model_stands_before_those_of_its_layers():
    encoder = nn.Sequential(nn.Dense(3), nn.Residual(nn.Dense(3)), name="encoder")
    model = nn.Sequential(encoder, nn.Sequential(nn.Dense(6), name="decoder"), nn.Dense(1), rng=0)
    assert labels(model.build(("batch", 6)))[::2] == ["w_encoder_fc1", "w_encoder_fc2", "w_decoder_fc1", "w_fc1"]


def test_each_layer_is_a_scope():
    model = nn.Sequential(nn.Sequential(nn.Dense(3), name="encoder"), sn.relu, nn.Sequential(nn.Dense(3)), rng=0)
    scopes = [node.origin.scopes for node in toposort([model(X)])]
    assert list(dict.fromkeys(scopes)) == [("encoder", "fc1"), ("relu1",), ("fc1",)]


def test_two_layers_of_one_name():
    with pytest.raises(ArgumentError, match="two layers are named 'fc1'"):
        nn.Sequential(nn.Dense(2, name="fc1"), nn.Residual(nn.Dense(2, name="fc1")), rng=0).build(("batch", 2))


def test_two_layers_that_stood_alone():
    one, other = nn.Dense(2, rng=0).build(("batch", 2)), nn.Dense(2, rng=0).build(("batch", 2))
    assert labels(one) == ["w_fc", "b_fc"]
    with pytest.raises(ArgumentError, match="two layers are named 'fc'"):
        nn.Sequential(one, other).build(("batch", 2))


@pytest.mark.parametrize("name", ["", 3])
def test_a_name_that_is_none(name):
    with pytest.raises(ArgumentError, match="Dense: the name is"):
        nn.Dense(3, name=name)


# a layer of one's own -------------------------------------------------------------------------------------------------


class Gated(nn.Layer):
    """Layers in attributes, in a list and in a dict, and a parameter of its own."""

    kind = "gated"

    def __init__(self, **options):
        super().__init__(**options)
        self.gate = nn.Dense(6)
        self.ways = [nn.Dense(6), nn.Dense(6)]
        self.more = {"last": nn.Dense(6)}

    def make(self, *inputs):
        self.scale = self.parameter("s", (self.known(inputs[0], 1, "inputs"),), 2.0)

    def forward(self, x):
        gate = sn.sigmoid(self.gate(x))
        return self.more["last"](self.scale * (gate * self.ways[0](x) + (1 - gate) * self.ways[1](x)))


def test_a_class_of_ones_own():
    model = Gated(rng=0)
    y = model(X)
    assert labels(model) == ["s_gated", "w_fc1", "b_fc1", "w_fc2", "b_fc2", "w_fc3", "b_fc3", "w_fc4", "b_fc4"]
    s, wg, bg, w0, b0, w1, b1, w2, b2 = (w.get_value() for w in model.params)
    data = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    gate = 1 / (1 + np.exp(-(data @ wg + bg)))
    expected = (s * (gate * (data @ w0 + b0) + (1 - gate) * (data @ w1 + b1))) @ w2 + b2
    np.testing.assert_allclose(sn.function([X], y)(data), expected, rtol=1e-4, atol=1e-5)


def test_without_init_of_the_base():
    class Twice(nn.Layer):
        def __init__(self):
            self.inner = nn.Dense(6, rng=0)

        def forward(self, x):
            return self.inner(self.inner(x))

    model = Twice().build(("batch", 6))
    assert labels(model) == ["w_fc1", "b_fc1"]


def test_a_parameter_of_an_open_size():
    class Open(nn.Layer):
        def forward(self, x):
            return self.parameter("w", x.type.shape, 0.0) + x

    with pytest.raises(ShapeError, match=r"w_\w+ would have the shape \(batch, 3\)(.|\n)*give the input's sizes"):
        Open()(sn.tensor("x", ("batch", 3)))


def test_without_forward():
    with pytest.raises(NotImplementedError, match="Layer has no method forward"):
        nn.Layer()(X)


# values that are given ------------------------------------------------------------------------------------------------


def test_arrays_and_numbers_as_a_start():
    w = np.arange(18.0).reshape(6, 3)
    fc = nn.Dense(3, w=w, b=0.5).build(("batch", 6))
    np.testing.assert_array_equal(fc.w.get_value(), w.astype(np.float32))
    np.testing.assert_array_equal(fc.b.get_value(), np.full(3, 0.5, np.float32))
    assert fc.w.type.dtype == "float32"


def test_one_parameter_of_two_layers():
    first = nn.Dense(6, rng=0, b=None).build(("batch", 6))
    second = nn.Dense(6, w=first.w, name="other").build(("batch", 6))
    assert second.w is first.w
    assert labels(nn.Sequential(first, second)) == ["w_fc", "b_other"]


@pytest.mark.parametrize("w", [np.zeros((3, 6)), sn.shared(np.zeros((3, 6)), "w"), lambda *of: np.zeros(3)])
def test_a_start_of_another_shape(w):
    with pytest.raises(ShapeError, match=r"Dense fc1: w_fc1 needs the shape \(6, 3\), but \(3.*\) was given"):
        nn.Dense(3, w=w, rng=0, name="fc1").build(("batch", 6))


# refusals -------------------------------------------------------------------------------------------------------------


def test_parameters_before_there_are_any():
    model = mlp()
    with pytest.raises(ArgumentError, match="Dense fc has no parameters yet") as raised:
        _ = model.params
    assert "model.build" in str(raised.value)
    with pytest.raises(ArgumentError, match="no parameters yet"):
        _ = nn.Dense(3).states
    assert nn.Flatten().params == [] and nn.Sequential().params == []


def test_no_generator():
    with pytest.raises(ArgumentError, match="Dense fc1: no generator to draw w_fc1 with") as raised:
        mlp(None).build(("batch", 6))
    assert "rng=0" in str(raised.value)


@pytest.mark.parametrize("rng", [-1, 0.5, "0", True])
def test_a_seed_that_is_none(rng):
    with pytest.raises(ArgumentError, match="Dense: rng is"):
        nn.Dense(3, rng=rng)


@pytest.mark.parametrize("shape", [("batch", None), ("batch", "n"), ()])
def test_sizes_that_are_not_known(shape):
    with pytest.raises(ShapeError, match="Dense fc1: x has .*the number of its inputs") as raised:
        nn.Dense(3, rng=0, name="fc1")(sn.tensor("rows", shape))
    assert "rows" in str(raised.value) and "test_layer.py" in str(raised.value)


def test_rows_of_another_length_name_the_layer_and_both_shapes():
    model = mlp().build(("batch", 6))
    with pytest.raises(ShapeError, match="Dense fc1: x has 5 inputs, but w takes 6") as raised:
        model(sn.tensor("rows", shape=("batch", 5)))
    text = str(raised.value)
    assert "(batch, 5)" in text and "(6, 5)" in text and "w_fc1" in text and "test_layer.py" in text


def test_errors_of_words_name_the_layer():
    model = nn.Sequential(nn.Conv2d(4, 5), rng=0).build(("batch", 1, 28, 28))
    with pytest.raises(ShapeError, match="Conv2d conv1: conv2d: x has 3 channels but w expects 1") as raised:
        model(sn.tensor("x", shape=("batch", 3, 28, 28)))
    assert "w_conv1" in str(raised.value) and "(4, 1, 5, 5)" in str(raised.value)


def test_a_first_call_that_raises_has_made_nothing():
    conv = nn.Conv2d(4, 5, rng=0)
    with pytest.raises(ShapeError, match="kernel"):
        conv(sn.tensor("x", shape=("batch", 3, 4, 4)))
    assert conv(sn.tensor("x", shape=("batch", 1, 8, 8))).type.shape == ("batch", 4, 4, 4)
    assert [w.type.shape for w in conv.params] == [(4, 1, 5, 5), (4,)]


# texts and copies -----------------------------------------------------------------------------------------------------


def test_a_model_prints_as_a_table():
    layers = nn.Reshape(1, 8, 8), nn.Conv2d(4, 3), nn.BatchNorm(), nn.MaxPool2d(), nn.Flatten(), nn.Dense(10)
    lines = str(nn.Sequential(nn.Sequential(*layers), rng=0).build(("batch", 64))).splitlines()
    assert lines[0].split() == ["layer", "made", "by", "output", "parameters", "flops"]
    cells = {line.split()[0]: line for line in lines}
    assert "Conv2d(4, 3)" in cells["conv1"] and "(batch, 4, 6, 6)" in cells["conv1"]
    assert cells["conv1"].split()[-2:] == ["40", f"{2 * 9 * 4 * 36 + 4 * 36:,}"]
    assert cells["fc1"].split()[-2:] == ["370", f"{2 * 36 * 10 + 10}"]
    assert cells["norm1"].split()[-2] == "8" and cells["reshape1"].split()[-2:] == ["0", "0"]
    assert cells["all"].split()[1] == str(40 + 8 + 370)


@pytest.mark.parametrize("batch", [1, 32, "batch", None])
def test_operations_are_those_of_one_example(batch):
    model = nn.Sequential(nn.Dense(5), sn.relu, nn.Dense(3), rng=0).build((batch, 7))
    assert str(model).splitlines()[-1].split()[-1] == str(2 * 35 + 5 + 5 + 2 * 15 + 3)


def test_a_layer_of_layers_counts_what_it_does_itself():
    model = Gated(rng=0).build(("batch", 6))
    rows = str(model).splitlines()
    assert int(rows[-1].split()[-1]) > sum(int(row.split()[-1]) for row in rows[2:-2])


def test_before_the_first_call():
    assert "not called yet" in str(mlp()) and "Dense(5)" in repr(mlp())
    assert str(nn.Dense(3, name="fc1")) == "Dense fc1"


@pytest.mark.parametrize(("layer", "text"), [
    (nn.Conv2d(20, 5), "Conv2d(20, 5)"),
    (nn.Conv1d(20, 5, padding="same", w=nn.initialise.glorot_normal), "Conv1d(20, 5, padding='same')"),
    (nn.Reshape(1, 28, 28), "Reshape(1, 28, 28)"), (nn.Dropout(0.2), "Dropout(rate=0.2)"),
    (nn.Activation("relu"), "Activation(relu)"),
    (nn.Sequential(nn.Dense(3), sn.relu), "Sequential(Dense(3), Lambda(relu))"),
    (nn.Residual(nn.Dense(3)), "Residual(Dense(3))"), (nn.GroupNorm(4), "GroupNorm(4)"),
])  # fmt: skip
def test_a_layer_shows_how_it_was_made(layer, text):
    assert repr(layer) == text


def test_printing_changes_nothing():
    x = sn.tensor("x", shape=(50, 6))

    def drawn(look):
        model = nn.Sequential(nn.Dense(5), nn.Dropout(0.5), rng=0)
        y = model(x)
        if look:
            str(model), repr(model)
        return sn.function([x], y, training=True)(np.ones((50, 6)))

    assert np.array_equal(drawn(True), drawn(False))


def test_copies_and_pickles_have_parameters_of_their_own():
    model = nn.Sequential(nn.Dense(3), nn.BatchNorm(), nn.Dropout(0.1), rng=0).build(("batch", 6))
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert labels(twin) == labels(model) and twin.params[0] is not model.params[0]
        assert np.array_equal(twin.params[0].get_value(), model.params[0].get_value())
        assert twin(X).type.shape == ("batch", 3)
    pickle.loads(pickle.dumps(nn.Embedding(3, 2, w=nn.initialise.orthogonal())))
