"""Twenty steps of training equal, number for number, the same network written out in NumPy."""

import numpy as np
import pytest

import symnet as sn
from made_digits import digits
from symnet.examples.chapter6 import NETWORKS
from symnet.train import Classifier

STEPS, BATCH = 20, 10


# the layers, forward and back -----------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(scores):
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def cost_and_back(scores, y):
    """The mean negative log-likelihood and its gradient by the scores."""
    p, rows = softmax(scores), np.arange(len(y))
    g = p.copy()
    g[rows, y] -= 1
    return -np.mean(np.log(p[rows, y])), g / len(y)


def correlate(x, w, b):
    """Slide the 5 by 5 windows of w over x, one offset at a time."""
    size = w.shape[2]
    h, v = x.shape[2] - size + 1, x.shape[3] - size + 1
    y = np.zeros((len(x), len(w), h, v), x.dtype)
    for i in range(size):
        for j in range(size):
            y += np.einsum("nchw,fc->nfhw", x[:, :, i : i + h, j : j + v], w[:, :, i, j])
    return y + b[None, :, None, None]


def correlate_back(x, w, g):
    """The gradients of x, w and b."""
    h, v = g.shape[2:]
    g_x, g_w = np.zeros_like(x), np.zeros_like(w)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            g_w[:, :, i, j] = np.einsum("nchw,nfhw->fc", x[:, :, i : i + h, j : j + v], g)
            g_x[:, :, i : i + h, j : j + v] += np.einsum("nfhw,fc->nchw", g, w[:, :, i, j])
    return g_x, g_w, g.sum((0, 2, 3))


def quarters(x):
    """The four corners of each 2 by 2 window, (4, N, C, H / 2, W / 2)."""
    return np.stack([x[:, :, 0::2, 0::2], x[:, :, 0::2, 1::2], x[:, :, 1::2, 0::2], x[:, :, 1::2, 1::2]])


def pool_back(x, g):
    """The gradient goes to the largest of the four."""
    largest = quarters(x).argmax(0)
    g_x = np.zeros_like(x)
    for k, (i, j) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        g_x[:, :, i::2, j::2] = g * (largest == k)
    return g_x


# the networks: cost and gradients --------------------------------------------------------------------------------


def shallow(w, x, y):
    h = sigmoid(x @ w["w_fc1"] + w["b_fc1"])
    cost, g = cost_and_back(h @ w["w_fc2"] + w["b_fc2"], y)
    g_z = (g @ w["w_fc2"].T) * h * (1 - h)
    return cost, {"w_fc1": x.T @ g_z, "b_fc1": g_z.sum(0), "w_fc2": h.T @ g, "b_fc2": g.sum(0)}


def double_conv(w, x, y):
    images = x.reshape(-1, 1, 28, 28)
    c1 = correlate(images, w["w_conv1"], w["b_conv1"])
    h1 = np.maximum(quarters(c1).max(0), 0)
    c2 = correlate(h1, w["w_conv2"], w["b_conv2"])
    h2 = np.maximum(quarters(c2).max(0), 0)
    flat = h2.reshape(len(x), -1)
    h3 = np.maximum(flat @ w["w_fc1"] + w["b_fc1"], 0)
    cost, g = cost_and_back(h3 @ w["w_fc2"] + w["b_fc2"], y)
    grads = {"w_fc2": h3.T @ g, "b_fc2": g.sum(0)}
    g3 = (g @ w["w_fc2"].T) * (h3 > 0)
    grads |= {"w_fc1": flat.T @ g3, "b_fc1": g3.sum(0)}
    g2 = (g3 @ w["w_fc1"].T).reshape(h2.shape) * (h2 > 0)
    g1, grads["w_conv2"], grads["b_conv2"] = correlate_back(h1, w["w_conv2"], pool_back(c2, g2))
    _, grads["w_conv1"], grads["b_conv1"] = correlate_back(images, w["w_conv1"], pool_back(c1, g1 * (h1 > 0)))
    return cost, grads


BY_HAND = {"shallow": (shallow, 0.5), "double-conv": (double_conv, 0.03)}


def train_by_hand(net, w, x, y, mu):
    """The costs of the steps; `w` is changed in place."""
    gradients, rate = BY_HAND[net]
    costs, velocity = [], {name: np.zeros_like(value) for name, value in w.items()}
    for k in range(0, STEPS * BATCH, BATCH):
        cost, grads = gradients(w, x[k : k + BATCH], y[k : k + BATCH])
        costs.append(cost)
        for name, g in grads.items():
            velocity[name] = mu * velocity[name] - rate * g
            w[name] += velocity[name]
    return costs


# the comparison -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("net", "floatX", "mu"), [
    ("shallow", "float32", 0.0), ("shallow", "float64", 0.0), ("shallow", "float32", 0.9), ("shallow", "float64", 0.9),
    ("double-conv", "float32", 0.0), ("double-conv", "float64", 0.9),
])  # fmt: skip
def test_training_is_the_training_written_by_hand(net, floatX, mu):
    rtol = 1e-4 if floatX == "float32" else 1e-9
    x, y = digits(STEPS * BATCH)
    with sn.options(floatX=floatX):
        model = Classifier(NETWORKS[net], np.random.default_rng(0), mu=mu)
    w = {name: value.astype(np.float64) for name, value in model.values().items()}
    expected = train_by_hand(net, w, x.astype(np.float64), y, mu)
    rate = BY_HAND[net][1]
    costs = [model.step(x[k : k + BATCH], y[k : k + BATCH], rate) for k in range(0, len(x), BATCH)]
    np.testing.assert_allclose(costs, expected, rtol=rtol)
    for name, value in model.values().items():
        assert value.dtype == floatX
        np.testing.assert_allclose(value, w[name], rtol=rtol, atol=rtol * np.abs(w[name]).max(), err_msg=name)
    assert costs[-1] < costs[0]


def test_a_short_last_batch_is_the_same_mathematics():
    x, y = digits(7)
    with sn.options(floatX="float64"):
        model = Classifier(NETWORKS["double-conv"], np.random.default_rng(0))
    w = model.values()
    for rows in (slice(0, 5), slice(5, 7)):
        cost, grads = double_conv(w, x[rows].astype(np.float64), y[rows])
        w = {name: value - 0.1 * grads[name] for name, value in w.items()}
        np.testing.assert_allclose(model.step(x[rows], y[rows], 0.1), cost, rtol=1e-10)
    for name, value in model.values().items():
        np.testing.assert_allclose(value, w[name], rtol=1e-8, atol=1e-12, err_msg=name)
