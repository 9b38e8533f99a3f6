"""symnet: the textbook formulas, as its users write them."""

from __future__ import annotations

import math
from itertools import cycle

import numpy as np
from untuned import MOMENTUM, NETWORKS
from workloads import ADAM, EPSILON, LEARNING_RATE, RATE, VOLATILITY, Arrays, Batch

import symnet as sn
from peers import Step
from symnet.examples import chapter6

Params = dict[str, sn.Shared]


class Symnet:
    """symnet's compiled functions; its BLAS takes the number of threads from the environment."""

    def __init__(self, threads: int) -> None:
        self.version = f"symnet {sn.__version__}"

    def train(self, net: str, params: Arrays, batches: list[Batch], rate: float) -> Step:
        """Gradient descent on the mean negative log-likelihood."""
        x = _images(net)
        y = sn.lvector("y", shape=("batch",))
        scores, weights = _scores(net, x, params)
        cost = -sn.mean(sn.log(sn.softmax(scores))[sn.arange(y.shape[0]), y])
        updates = sn.optim.sgd(cost, list(weights.values()), LEARNING_RATE)
        step = sn.function([x, y], cost, updates=updates, name="train_step", training=rate > 0)
        pool = cycle([(_as(x, images), labels) for images, labels in batches])
        return lambda: (step(*next(pool)),)

    def untuned(self, net: str, params: Arrays, batches: list[tuple[np.ndarray, ...]]) -> Step:
        """Gradient descent on the network's own cost."""
        from peers.untuned.symnet import COSTS

        weights = {name: sn.shared(value.copy(), name) for name, value in params.items()}
        inputs = [
            sn.tensor(name, array.shape, array.dtype)
            for name, array in zip(NETWORKS[net].batch, batches[0], strict=True)
        ]
        cost = COSTS[net](weights, *inputs)
        wrt = list(weights.values())
        if net == "autoencoder":
            updates = sn.optim.momentum(cost, wrt, LEARNING_RATE, MOMENTUM)
        else:
            updates = sn.optim.sgd(cost, wrt, LEARNING_RATE)
        step = sn.function(inputs, cost, updates=updates, name="train_step")
        pool = cycle(batches)
        return lambda: (step(*next(pool)),)

    def predict(self, net: str, params: Arrays, images: list[np.ndarray]) -> Step:
        """Probabilities of the classes."""
        x = _images(net)
        scores, _ = _scores(net, x, params)
        predict = sn.function([x], sn.softmax(scores), name="predict")
        pool = cycle([_as(x, batch) for batch in images])
        return lambda: (predict(next(pool)),)

    def cross_entropy(self, x: np.ndarray, y: np.ndarray) -> Step:
        """The mean cross-entropy of softmax(x) and its gradient."""
        scores = sn.matrix("scores")
        labels = sn.lvector("labels")
        cost = sn.cross_entropy(scores, labels)
        f = sn.function([scores, labels], [cost, sn.grad(cost, scores)], name="cross_entropy")
        return lambda: f(x, y)

    def layer_norm(self, x: np.ndarray, gain: np.ndarray, bias: np.ndarray, g: np.ndarray) -> Step:
        """Layer normalisation and its gradients for the cotangent g."""
        inputs = [sn.matrix("x"), sn.vector("gain"), sn.vector("bias"), sn.matrix("g")]
        sx, sgain, sbias, sg = inputs
        centred = sx - sx.mean(1, keepdims=True)
        normal = centred / sn.sqrt(sn.square(centred).mean(1, keepdims=True) + EPSILON)
        y = sgain * normal + sbias
        gradients = sn.grad(None, [sx, sgain, sbias], known_grads={y: sg})
        f = sn.function(inputs, [y, *gradients], name="layer_norm")
        return lambda: f(x, gain, bias, g)

    def black_scholes(self, price: np.ndarray, strike: np.ndarray, years: np.ndarray) -> Step:
        """Prices of European call and put options."""
        inputs = [sn.vector("price"), sn.vector("strike"), sn.vector("years")]
        s, k, t = inputs
        spread = VOLATILITY * sn.sqrt(t)
        d1 = (sn.log(s / k) + (RATE + VOLATILITY**2 / 2) * t) / spread
        d2 = d1 - spread
        later = k * sn.exp(-RATE * t)
        n1, n2 = (0.5 + 0.5 * sn.erf(d / math.sqrt(2)) for d in (d1, d2))
        call = s * n1 - later * n2
        put = later * (1 - n2) - s * (1 - n1)
        f = sn.function(inputs, [call, put], name="black_scholes")
        return lambda: f(price, strike, years)

    def gelu(self, x: np.ndarray, g: np.ndarray) -> Step:
        """GELU in its form with tanh, and its gradient for the cotangent g."""
        sx, sg = sn.vector("x"), sn.vector("g")
        y = 0.5 * sx * (1 + sn.tanh(math.sqrt(2 / math.pi) * (sx + 0.044715 * sx**3)))
        f = sn.function([sx, sg], [y, sn.grad(None, sx, known_grads={y: sg})], name="gelu")
        return lambda: f(x, g)

    def adam(self, w: np.ndarray, g: np.ndarray) -> Step:
        """One update of Adam."""
        sw, sg = sn.shared(w.copy(), "w"), sn.shared(g.copy(), "g")
        m, v = sn.shared(np.zeros_like(w), "m"), sn.shared(np.zeros_like(w), "v")
        t = sn.shared(np.float32(0), "t")
        beta1, beta2 = ADAM["beta1"], ADAM["beta2"]
        new_t = t + 1
        new_m = beta1 * m + (1 - beta1) * sg
        new_v = beta2 * v + (1 - beta2) * sn.square(sg)
        change = (new_m / (1 - beta1**new_t)) / (sn.sqrt(new_v / (1 - beta2**new_t)) + ADAM["epsilon"])
        updates = {sw: sw - ADAM["learning_rate"] * change, m: new_m, v: new_v, t: new_t}
        update = sn.function([], updates=updates, name="adam")

        def step() -> tuple[np.ndarray]:
            update()
            return (sw.get_value(borrow=True),)

        return step


def _images(net: str) -> sn.Variable:
    if net == "batch-norm":
        return sn.tensor("x", shape=("batch", 3, 32, 32))
    return sn.tensor("x", shape=("batch", 784))


def _as(x: sn.Variable, images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) if x.type.ndim == 2 else images


def _scores(net: str, x: sn.Variable, params: Arrays) -> tuple[sn.Variable, Params]:
    """The scores of the network, and its parameters, which start from the given values."""
    if net == "batch-norm":
        weights = {name: sn.shared(value.copy(), name) for name, value in params.items()}
        return batch_norm_net(x, weights), weights
    scores, layers = chapter6.NETWORKS[net](x, np.random.default_rng(0))
    weights = {w.label: w for layer in layers for w in layer.params}
    for name, w in weights.items():
        w.set_value(params[name])
    return scores, weights


def batch_norm_net(x: sn.Variable, w: Params) -> sn.Variable:
    """Two of convolution, batch normalisation, relu; the mean over space; scores."""
    h = sn.relu(batch_norm(sn.conv2d(x, w["w_conv1"], padding="same"), w["gain1"], w["bias1"]))
    h = sn.relu(batch_norm(sn.conv2d(h, w["w_conv2"], padding="same"), w["gain2"], w["bias2"]))
    return sn.dot(h.mean((2, 3)), w["w_fc"]) + w["b_fc"]


def batch_norm(h: sn.Variable, gain: sn.Variable, bias: sn.Variable) -> sn.Variable:
    """Each channel of h (N, C, H, W) less its mean, over its standard deviation."""
    centred = h - h.mean((0, 2, 3), keepdims=True)
    normal = centred / sn.sqrt(sn.square(centred).mean((0, 2, 3), keepdims=True) + EPSILON)
    return sn.dimshuffle(gain, ("x", 0, "x", "x")) * normal + sn.dimshuffle(bias, ("x", 0, "x", "x"))
