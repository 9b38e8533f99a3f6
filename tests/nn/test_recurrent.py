"""Recurrent cells and layers against their equations, one example and one step after another."""

import numpy as np
import pytest

import symnet as sn
from symnet import nn
from symnet.errors import ShapeError

N, T, D, H = 3, 4, 5, 2
RNG = np.random.default_rng(0)
SEQUENCES, STATES = RNG.normal(size=(N, T, D)), RNG.normal(size=(2, N, H))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn(w, x, states):
    return [np.tanh(x @ w["w"] + states[0] @ w["u"] + w["b"])]


def lstm(w, x, states):
    h, c = states
    column = {gate: slice(k * H, (k + 1) * H) for k, gate in enumerate("ifgo")}
    z = {gate: x @ w["w"][:, at] + h @ w["u"][:, at] + w["b"][at] for gate, at in column.items()}
    c = sigmoid(z["f"]) * c + sigmoid(z["i"]) * np.tanh(z["g"])
    return [sigmoid(z["o"]) * np.tanh(c), c]


def gru(w, x, states):
    (h,) = states
    column = {gate: slice(k * H, (k + 1) * H) for k, gate in enumerate("rzn")}
    xs = {gate: x @ w["w"][:, at] + w["b"][at] for gate, at in column.items()}
    hs = {gate: h @ w["u"][:, at] for gate, at in column.items()}
    r, z = sigmoid(xs["r"] + hs["r"]), sigmoid(xs["z"] + hs["z"])
    return [(1 - z) * np.tanh(xs["n"] + r * (hs["n"] + w["c"])) + z * h]


CELLS = {
    "rnn": (nn.RNN, nn.RNNCell, rnn, 1), "lstm": (nn.LSTM, nn.LSTMCell, lstm, 2), "gru": (nn.GRU, nn.GRUCell, gru, 1),
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_double_precision():
    with sn.options(floatX="float64"):
        yield


def made(kind, shape, **options):
    layer = kind(H, rng=0, **options).build(shape)
    for k, w in enumerate(layer.params):
        w.set_value(np.random.default_rng(k).normal(size=w.get_value().shape))
    return layer, {w.label[0]: w.get_value() for w in layer.params}


def run(rule, w, count, states=None):
    states = list(np.zeros((count, N, H)) if states is None else states[:count])
    steps = []
    for t in range(T):
        states = rule(w, SEQUENCES[:, t], states)
        steps.append(states[0])
    return np.stack(steps, 1)


@pytest.mark.parametrize("name", CELLS)
def test_sequences(name):
    kind, _, rule, count = CELLS[name]
    layer, w = made(kind, ("batch", T, D), name="a")
    x, states = sn.tensor("x", ("batch", T, D)), [sn.matrix(f"h{k}") for k in range(count)]
    expected = run(rule, w, count)
    assert layer(x).type.shape == ("batch", T, H)
    np.testing.assert_allclose(sn.function([x], layer(x))(SEQUENCES), expected, rtol=1e-10)
    started = sn.function([x, *states], layer(x, *states))
    np.testing.assert_allclose(started(SEQUENCES, *STATES[:count]), run(rule, w, count, STATES), rtol=1e-10)
    last, _ = made(kind, ("batch", T, D), last=True)
    assert last(x).type.shape == ("batch", H)
    np.testing.assert_allclose(sn.function([x], last(x))(SEQUENCES), expected[:, -1], rtol=1e-10)


@pytest.mark.parametrize("name", CELLS)
def test_a_step(name):
    _, kind, rule, count = CELLS[name]
    cell, w = made(kind, ("batch", D))
    x, states = sn.tensor("x", ("batch", D)), [sn.matrix(f"h{k}") for k in range(count)]
    found = sn.function([x, *states], list(cell(x, *states)))(SEQUENCES[:, 0], *STATES[:count])
    for a, b in zip(found, rule(w, SEQUENCES[:, 0], list(STATES[:count])), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)
    first = sn.function([x], cell(x)[0])(SEQUENCES[:, 0])
    np.testing.assert_allclose(first, run(rule, w, count)[:, 0], rtol=1e-10)


@pytest.mark.parametrize("name", CELLS)
def test_gradients_flow_through_all_steps(name):
    layer, _ = made(CELLS[name][0], ("batch", T, D), last=True)
    x = sn.tensor("x", ("batch", T, D))
    cost = sn.square(layer(x)).sum()
    f, g = sn.function([x], cost), sn.function([x], [sn.grad(cost, x), *sn.grad(cost, layer.params)])
    slopes, tiny = g(SEQUENCES), 1e-6
    for w, slope in zip(layer.params, slopes[1:], strict=True):
        value, direction = w.get_value(), np.random.default_rng(9).normal(size=slope.shape)
        costs = []
        for sign in (1, -1):
            w.set_value(value + sign * tiny * direction)
            costs.append(f(SEQUENCES))
        w.set_value(value)
        np.testing.assert_allclose((costs[0] - costs[1]) / (2 * tiny), (slope * direction).sum(), rtol=1e-5, atol=1e-8)
    assert np.abs(slopes[0][:, 0]).min() > 0  # the first step counts


@pytest.mark.parametrize("name", CELLS)
def test_names_shapes_and_starts(name):
    kind, _, _, _ = CELLS[name]
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[name]
    model = nn.Sequential(kind(H), kind(H, last=True), nn.Dense(1), rng=0).build(("batch", T, D))
    own = ["w", "u", "b"] + ["c"] * (name == "gru")
    assert [w.label for w in model.params] == [f"{p}_{name}{k}" for k in (1, 2) for p in own] + ["w_fc1", "b_fc1"]
    w, u, b = (v.get_value() for v in model.params[:3])
    assert (w.shape, u.shape, b.shape) == ((D, gates * H), (H, gates * H), (gates * H,))
    np.testing.assert_allclose(u @ u.T, np.eye(H), atol=1e-12)
    assert b.tolist() == {"lstm": [0, 0, 1, 1, 0, 0, 0, 0]}.get(name, [0] * gates * H)
    assert kind(3, b=0.5, rng=0).build(("batch", T, D)).b.get_value().tolist() == [0.5] * 3 * gates


def test_a_step_of_training_makes_no_array():
    layer = nn.LSTM(H, rng=0)
    x = sn.tensor("x", ("batch", T, D))
    cost = sn.square(layer(x) - 1).mean()
    step = sn.function([x], cost, updates=sn.optim.adam(cost, layer.params, 0.05))
    costs = [float(step(SEQUENCES)) for _ in range(40)]
    assert costs[-1] < 0.5 * costs[0] and step.allocations == 0


def test_a_picture_has_a_box_for_each_step():
    y = nn.GRU(H, last=True, rng=0, name="gru")(sn.tensor("x", shape=("n", T, D)))
    closed = sn.draw(y, depth=1).source
    assert [k for k in range(T + 1) if f'"t{k}\\n' in closed] == list(range(T))


@pytest.mark.parametrize("shape", [("batch", "time", D), ("batch", None, D), ("batch", D), ("batch", 0, D)])
def test_sequences_of_no_known_length(shape):
    with pytest.raises(ShapeError, match="LSTM a: x is .* of a known length T") as raised:
        nn.LSTM(H, rng=0, name="a")(sn.tensor("x", shape))
    assert "pad" in str(raised.value)
