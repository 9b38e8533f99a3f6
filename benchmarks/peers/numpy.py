"""Plain NumPy: the formulas and their gradients by hand, as one writes them without thinking of speed first."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import cycle

import numpy as np
from untuned import MOMENTUM
from workloads import ADAM, EPSILON, LEARNING_RATE, RATE, VOLATILITY, Arrays, Batch

from peers import Step

Pull = Callable[[np.ndarray], np.ndarray]  # from the cotangent of a layer's result to that of its argument
Layer = tuple[np.ndarray, Pull]


class PlainNumPy:
    """NumPy; its BLAS takes the number of threads from the environment."""

    def __init__(self, threads: int) -> None:
        self.version = f"NumPy {np.__version__}"

    def train(self, net: str, params: Arrays, batches: list[Batch], rate: float) -> Step:
        """Gradient descent on the cross-entropy."""
        network = Network({name: value.copy() for name, value in params.items()}, rate)
        pool = cycle(batches)

        def step() -> tuple[float]:
            x, y = next(pool)
            scores, pulls = network.scores(net, x)
            cost, g = cross_entropy(scores, y)
            for pull in reversed(pulls):
                g = pull(g)
            for name, w in network.params.items():
                w -= LEARNING_RATE * network.gradients[name]
            return (cost,)

        return step

    def untuned(self, net: str, params: Arrays, batches: list[tuple[np.ndarray, ...]]) -> Step:
        """Gradient descent on the network's own cost."""
        from peers.untuned.numpy import COSTS

        cost_of = COSTS[net]
        weights = {name: value.copy() for name, value in params.items()}
        changes = {name: np.zeros_like(value) for name, value in params.items()}
        mu = MOMENTUM if net == "autoencoder" else 0.0
        pool = cycle(batches)

        def step() -> tuple[float]:
            cost, gradients = cost_of(weights, *next(pool))
            for name, w in weights.items():
                changes[name] = mu * changes[name] - LEARNING_RATE * gradients[name]
                w += changes[name]
            return (cost,)

        return step

    def predict(self, net: str, params: Arrays, images: list[np.ndarray]) -> Step:
        """Probabilities of the classes."""
        network = Network(params, 0.0)
        pool = cycle(images)
        return lambda: (softmax(network.scores(net, next(pool))[0]),)

    def cross_entropy(self, x: np.ndarray, y: np.ndarray) -> Step:
        """The mean cross-entropy of softmax(x) and its gradient."""
        return lambda: cross_entropy(x, y)

    def layer_norm(self, x: np.ndarray, gain: np.ndarray, bias: np.ndarray, g: np.ndarray) -> Step:
        """Layer normalisation and its gradients for the cotangent g."""

        def step() -> tuple[np.ndarray, ...]:
            normal, pull = normalised(x, 1)
            return gain * normal + bias, pull(g * gain), (g * normal).sum(0), g.sum(0)

        return step

    def black_scholes(self, price: np.ndarray, strike: np.ndarray, years: np.ndarray) -> Step:
        """Prices of European call and put options, with SciPy's normal distribution."""
        from scipy.special import ndtr

        def step() -> tuple[np.ndarray, ...]:
            spread = VOLATILITY * np.sqrt(years)
            d1 = (np.log(price / strike) + (RATE + VOLATILITY**2 / 2) * years) / spread
            later = strike * np.exp(-RATE * years)
            n1, n2 = ndtr(d1), ndtr(d1 - spread)
            return price * n1 - later * n2, later * (1 - n2) - price * (1 - n1)

        return step

    def gelu(self, x: np.ndarray, g: np.ndarray) -> Step:
        """GELU in its form with tanh, and its gradient for the cotangent g."""
        c = math.sqrt(2 / math.pi)

        def step() -> tuple[np.ndarray, ...]:
            square = x * x
            h = np.tanh(c * x * (1 + 0.044715 * square))
            slope = c * (1 + 3 * 0.044715 * square)
            return 0.5 * x * (1 + h), g * 0.5 * (1 + h + x * (1 - h * h) * slope)

        return step

    def adam(self, w: np.ndarray, g: np.ndarray) -> Step:
        """One update of Adam."""
        w, m, v, t = w.copy(), np.zeros_like(w), np.zeros_like(w), 0
        rate, beta1, beta2, epsilon = ADAM.values()

        def step() -> tuple[np.ndarray]:
            nonlocal w, m, v, t
            t += 1
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            w = w - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
            return (w,)

        return step


class Network:
    """Layers forward, each with the function that pulls a cotangent back through it and notes its gradients."""

    def __init__(self, params: Arrays, rate: float) -> None:
        self.params = params
        self.gradients: Arrays = {}
        self._rate = rate
        self._rng = np.random.default_rng(0)

    def scores(self, net: str, x: np.ndarray) -> tuple[np.ndarray, list[Pull]]:
        """The scores of the named network, and the pulls of its layers in the order forward."""
        pulls = []
        for name, *arguments in LAYERS[net]:
            x, pull = getattr(self, name)(x, *arguments)
            pulls.append(pull)
        return x, pulls

    def dense(self, x: np.ndarray, name: str) -> Layer:
        w, b = self.params[f"w_{name}"], self.params[f"b_{name}"]

        def pull(g: np.ndarray) -> np.ndarray:
            self.gradients[f"w_{name}"], self.gradients[f"b_{name}"] = x.T @ g, g.sum(0)
            return g @ w.T

        return x @ w + b, pull

    def conv(self, x: np.ndarray, name: str, pad: int = 0, bias: bool = True) -> Layer:
        w = self.params[f"w_{name}"]
        f, c, kh, kw = w.shape
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) if pad else x
        windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))
        n, _, oh, ow, _, _ = windows.shape
        patches = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * oh * ow, -1)
        y = patches @ w.reshape(f, -1).T
        y = y + self.params[f"b_{name}"] if bias else y

        def pull(g: np.ndarray) -> np.ndarray:
            rows = g.transpose(0, 2, 3, 1).reshape(-1, f)
            self.gradients[f"w_{name}"] = (rows.T @ patches).reshape(w.shape)
            if bias:
                self.gradients[f"b_{name}"] = rows.sum(0)
            if name == "conv1":
                return g  # nobody asks for the gradient of the images
            back = (rows @ w.reshape(f, -1)).reshape(n, oh, ow, c, kh, kw)
            result = np.zeros_like(padded)
            for i in range(kh):
                for j in range(kw):
                    result[:, :, i : i + oh, j : j + ow] += back[..., i, j].transpose(0, 3, 1, 2)
            return result[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]

        return y.reshape(n, oh, ow, f).transpose(0, 3, 1, 2), pull

    def pool(self, x: np.ndarray) -> Layer:
        n, c, h, w = x.shape
        blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
        y = blocks.max((3, 5), keepdims=True)
        return y[:, :, :, 0, :, 0], lambda g: ((blocks == y) * g[:, :, :, None, :, None]).reshape(x.shape)

    def batch_norm(self, x: np.ndarray, layer: str) -> Layer:
        gain, bias = (self.params[f"{name}{layer}"][:, None, None] for name in ("gain", "bias"))
        normal, pull_normal = normalised(x, (0, 2, 3))

        def pull(g: np.ndarray) -> np.ndarray:
            self.gradients[f"gain{layer}"] = (g * normal).sum((0, 2, 3))
            self.gradients[f"bias{layer}"] = g.sum((0, 2, 3))
            return pull_normal(g * gain)

        return gain * normal + bias, pull

    def relu(self, x: np.ndarray) -> Layer:
        return np.maximum(x, 0), lambda g: g * (x > 0)

    def sigmoid(self, x: np.ndarray) -> Layer:
        y = 1 / (1 + np.exp(-x))
        return y, lambda g: g * y * (1 - y)

    def flatten(self, x: np.ndarray) -> Layer:
        return x.reshape(len(x), -1), lambda g: g.reshape(x.shape)

    def mean_over_space(self, x: np.ndarray) -> Layer:
        places = x.shape[2] * x.shape[3]
        return x.mean((2, 3)), lambda g: np.broadcast_to(g[:, :, None, None] / np.float32(places), x.shape)

    def dropout(self, x: np.ndarray) -> Layer:
        keep = (self._rng.random(x.shape, np.float32) >= self._rate) * np.float32(1 / (1 - self._rate))
        return x * keep, lambda g: g * keep


_FEATURES = [("conv", "conv1"), ("pool",), ("relu",), ("conv", "conv2"), ("pool",), ("relu",), ("flatten",)]
LAYERS = {
    "shallow": [("dense", "fc1"), ("sigmoid",), ("dense", "fc2")],
    "double-conv": [*_FEATURES, ("dense", "fc1"), ("relu",), ("dense", "fc2")],
    "dropout": [
        *_FEATURES, ("dropout",), ("dense", "fc1"), ("relu",), ("dropout",), ("dense", "fc2"), ("relu",),
        ("dropout",), ("dense", "fc3"),
    ],
    "batch-norm": [
        ("conv", "conv1", 1, False), ("batch_norm", "1"), ("relu",),
        ("conv", "conv2", 1, False), ("batch_norm", "2"), ("relu",), ("mean_over_space",), ("dense", "fc"),
    ],
}  # fmt: skip


def normalised(x: np.ndarray, axes: int | tuple[int, ...]) -> Layer:
    """x less its mean over the axes, over its standard deviation."""
    centred = x - x.mean(axes, keepdims=True)
    deviation = np.sqrt((centred * centred).mean(axes, keepdims=True) + np.float32(EPSILON))
    normal = centred / deviation

    def pull(g: np.ndarray) -> np.ndarray:
        across = normal * (g * normal).mean(axes, keepdims=True)
        return (g - g.mean(axes, keepdims=True) - across) / deviation

    return normal, pull


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def cross_entropy(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean cross-entropy of softmax(x) and its gradient."""
    shifted = x - x.max(1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(1, keepdims=True)
    rows = np.arange(len(y))
    cost = float((np.log(total[:, 0]) - shifted[rows, y]).mean())
    g = e / total
    g[rows, y] -= 1
    return cost, g / len(y)
