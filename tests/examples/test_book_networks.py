"""The rows' networks are those of the book's network3.py: initial values, what they compute, how they are trained."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet.examples.book.networks import DeepNetwork, Network, descent, one_cycle
from symnet.examples.book.rows import ROWS
from symnet.train import Classifier

# How many weights each layer has, and n of the standard deviation 1 / sqrt(n), as network3.py counts them.
LAYERS = {
    "conv1": ((20, 1, 5, 5), 20 * 25 / 4), "conv2": ((40, 20, 5, 5), 40 * 25 / 4), "fc1": ((640, 1000), 1000),
    "fc2": ((1000, 1000), 1000),
}  # fmt: skip


def classifier(network, decay=0.0):
    sn.seed(0)
    return Classifier(network, np.random.default_rng(0), optimiser=descent(decay))


def batch(n=10):
    rng = np.random.default_rng(1)
    return rng.random((n, 784), dtype=np.float32), rng.integers(0, 10, n)


def test_initial_values_of_the_last_network():
    values = classifier(ROWS["dropout"].network).values()
    assert list(values) == [f"{letter}_{layer}" for layer in (*LAYERS, "last") for letter in "wb"]
    for layer, (shape, n) in LAYERS.items():
        w, b = values[f"w_{layer}"], values[f"b_{layer}"]
        assert w.shape == shape and b.std() == pytest.approx(1.0, rel=4 / math.sqrt(b.size))
        assert w.std() == pytest.approx(1 / math.sqrt(n), rel=4 / math.sqrt(w.size))
    assert not values["w_last"].any() and not values["b_last"].any()


@pytest.mark.parametrize(("row", "weights"), [
    ("shallow", ["fc1"]), ("conv", ["conv1", "fc1"]), ("double-conv", ["conv1", "conv2", "fc1"]),
    ("fc-300-300", ["conv1", "conv2", "fc1", "fc2"]),
])  # fmt: skip
def test_layers_of_a_row(row, weights):
    names = [name for name in classifier(ROWS[row].network).values() if name.startswith("w_")]
    assert names == [f"w_{layer}" for layer in (*weights, "last")]


def convolved(x, w, b):
    """A layer before its activation, as network3.py has it: the largest of 2 x 2, plus the bias."""
    size = x.shape[-1] - 4
    y = np.zeros((len(x), len(w), size, size))
    for r in range(5):
        for c in range(5):
            y += np.einsum("nchw,fc->nfhw", x[:, :, r : r + size, c : c + size], w[:, :, r, c])
    half = size // 2
    return y.reshape(len(x), len(w), half, 2, half, 2).max((3, 5)) + b[:, None, None]


@pytest.mark.parametrize(("row", "act"), [
    ("double-conv", lambda z: 1 / (1 + np.exp(-z))), ("relu", lambda z: np.maximum(z, 0)),
])  # fmt: skip
def test_what_a_network_computes(row, act):
    model = classifier(ROWS[row].network)
    w = model.values()
    w["w_last"] = np.random.default_rng(2).normal(size=(100, 10)).astype(np.float32)
    model.restore(w)
    x, _ = batch()
    h = x.reshape(-1, 1, 28, 28)
    for layer in ("conv1", "conv2"):
        h = act(convolved(h, w[f"w_{layer}"], w[f"b_{layer}"]))
    z = act(h.reshape(len(x), -1) @ w["w_fc1"] + w["b_fc1"]) @ w["w_last"]
    p = np.exp(z - z.max(1, keepdims=True))
    np.testing.assert_allclose(model.predicted_probabilities(x), p / p.sum(1, keepdims=True), rtol=1e-3, atol=1e-6)


def test_dropout_is_the_book_s():
    """What is not dropped enters as it is, where sn.dropout alone would double it; inference halves all."""
    x, rate = sn.matrix("x"), 0.5
    h = Network(dropout=rate)._dropped(x)
    ones = np.ones((40, 50), np.float32)
    sn.seed(3)
    trained = sn.function([x], h, training=True)(ones)
    assert set(np.unique(trained)) == {0.0, 1.0} and trained.mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(sn.function([x], h, training=False)(ones), ones / 2)


def test_dropout_is_where_the_book_has_it():
    """Of what enters the two hidden layers and the last, and of nothing else."""
    assert len([name for name in classifier(ROWS["dropout"].network).states if "random" in name]) == 3
    assert not [name for name in classifier(ROWS["fc-1000-1000"].network).states if "random" in name]


def test_a_step_descends_the_cost_with_the_book_s_penalty():
    penalty, batches, rate = 40.0, 5000, 0.1
    model = classifier(Network(hidden=(20,)), penalty / batches)
    before, (x, y) = model.values(), batch()
    model.step(x, y, rate)

    w = {name: sn.shared(value, name) for name, value in before.items()}
    p = sn.softmax(sn.sigmoid(x @ w["w_fc1"] + w["b_fc1"]) @ w["w_last"] + w["b_last"])
    weights = [w["w_fc1"], w["w_last"]]
    cost = -sn.mean(sn.log(p)[np.arange(10), y]) + 0.5 * penalty * sum(sn.sum(s**2) for s in weights) / batches
    slopes = sn.function([], sn.grad(cost, list(w.values())))()
    for (name, value), slope in zip(before.items(), slopes):
        np.testing.assert_allclose(model.values()[name], value - rate * slope, rtol=1e-5, atol=1e-6)


def test_the_penalty_is_that_of_a_minibatch_not_of_an_image(monkeypatch):
    import symnet.examples.book.run as book

    seen = []
    monkeypatch.setattr(book, "descent", lambda decay: seen.append(decay) or descent(decay))
    book.classifier(ROWS["relu"], np.random.default_rng(0), 5000)
    book.classifier(ROWS["fc-1000"], np.random.default_rng(0), 25_000)
    assert seen == [0.1 / 5000, 0.1 / 25_000]


@pytest.mark.parametrize(("row", "book", "epochs", "rate", "penalty", "expanded"), [
    ("shallow", 97.80, 60, 0.1, 0.0, False),
    ("conv", 98.78, 60, 0.1, 0.0, False),
    ("double-conv", 99.06, 60, 0.1, 0.0, False),
    ("relu", 99.23, 60, 0.03, 0.1, False),
    ("expanded", 99.37, 60, 0.03, 0.1, True),
    ("fc-300", 99.46, 60, 0.03, 0.1, True),
    ("fc-1000", 99.43, 60, 0.03, 0.1, True),
    ("fc-100-100", 99.43, 60, 0.03, 0.1, True),
    ("fc-300-300", 99.48, 60, 0.03, 0.1, True),
    ("fc-1000-1000", 99.47, 60, 0.03, 0.1, True),
    ("dropout", 99.60, 40, 0.03, 0.0, True),
    ("ensemble", 99.67, 40, 0.03, 0.0, True),
])  # fmt: skip
def test_settings(row, book, epochs, rate, penalty, expanded):
    found = ROWS[row]
    assert (found.book, found.epochs, found.learning_rate, found.penalty, found.expanded) == (
        book, epochs, rate, penalty, expanded,
    )  # fmt: skip
    assert found.batch_size == 10


def test_the_vote_is_of_five_nets_each_seed_with_its_own():
    row = ROWS["ensemble"]
    assert row.voter == "dropout" and row.settings() == ROWS["dropout"].settings()
    assert [row.seeds(seed) for seed in (0, 1)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


# beyond the book ------------------------------------------------------------------------------------------------------


def test_the_deep_network_is_five_convolutions_and_two_dense_layers():
    rng = np.random.default_rng(0)
    scores, (model,) = DeepNetwork()(sn.tensor("x", shape=("batch", 784)), rng)
    shapes = {w.label: w.get_value().shape for w in model.weights}
    assert list(shapes.values()) == [
        (24, 1, 5, 5), (48, 24, 3, 3), (48, 48, 3, 3), (96, 48, 3, 3), (96, 96, 3, 3), (1536, 128), (128, 10),
    ]  # fmt: skip
    assert scores.type.shape == ("batch", 10)
    # Each normalisation has two parameters for each of its channels, and takes the place of a bias.
    biases = 10 + 2 * (24 + 48 + 48 + 96 + 96 + 128)
    assert sum(w.get_value().size for w in model.params) == sum(map(math.prod, shapes.values())) + biases


def test_one_cycle_is_adam_with_the_rate_of_the_schedule():
    x, y = batch(8)
    sn.seed(0)
    model = Classifier(Network(), np.random.default_rng(0), optimiser=one_cycle(10))
    w = model.params[2]  # of the last layer, which starts at 0 and lets nothing through to the others at first
    moves = []
    for _ in range(10):
        before = w.get_value()
        model.step(x, y, 0.01)
        moves.append(np.abs(w.get_value() - before).max())
    # Adam's first step is as long as the rate; the cycle starts at a 25th of the peak and ends near 0.
    assert moves[0] == pytest.approx(0.01 / 25, rel=1e-3)
    assert max(moves) > 0.005 and moves[-1] < 1e-5
