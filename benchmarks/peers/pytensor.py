"""PyTensor in its default mode for the CPU. It has no convolution of images, so one is written as a product.

Images are (C, H, W, N): patches are then copies of long runs, and the product gives the next layer's layout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.random.utils import RandomStream
from pytensor.tensor.variable import TensorVariable
from workloads import ADAM, EPSILON, LEARNING_RATE, RATE, VOLATILITY, Arrays, Batch

from peers import Step

Params = dict[str, Any]


class PyTensor:
    """PyTensor; its BLAS takes the number of threads from the environment."""

    def __init__(self, threads: int) -> None:
        self.version = f"PyTensor {pytensor.__version__}"
        pytensor.config.floatX = "float32"

    def train(self, net: str, params: Arrays, batches: list[Batch], rate: float) -> Step:
        """Gradient descent on the cross-entropy."""
        pool = cycle([(_images(x), y) for x, y in batches])
        x = pt.tensor("x", dtype="float32", shape=_images(batches[0][0]).shape)
        y = pt.tensor("y", dtype="int64", shape=batches[0][1].shape)
        weights = _shared(params)
        p = pt.special.log_softmax(NETWORKS[net](x, weights, rate), axis=1)
        cost = -p[pt.arange(y.shape[0]), y].mean()
        gradients = pt.grad(cost, list(weights.values()))
        updates = [(w, w - np.float32(LEARNING_RATE) * g) for w, g in zip(weights.values(), gradients)]
        step = _function([x, y], cost, updates)
        return lambda: (step(*next(pool)),)

    def predict(self, net: str, params: Arrays, images: list[np.ndarray]) -> Step:
        """Probabilities of the classes."""
        pool = cycle([_images(batch) for batch in images])
        x = pt.tensor("x", dtype="float32", shape=_images(images[0]).shape)
        predict = _function([x], pt.special.softmax(NETWORKS[net](x, _shared(params), 0.0), axis=1))
        return lambda: (predict(next(pool)),)

    def cross_entropy(self, x: np.ndarray, y: np.ndarray) -> Step:
        """The mean cross-entropy of softmax(x) and its gradient."""
        scores, labels = pt.fmatrix("scores"), pt.lvector("labels")
        cost = -pt.special.log_softmax(scores, axis=1)[pt.arange(labels.shape[0]), labels].mean()
        f = _function([scores, labels], [cost, pt.grad(cost, scores)])
        return lambda: f(x, y)

    def layer_norm(self, x: np.ndarray, gain: np.ndarray, bias: np.ndarray, g: np.ndarray) -> Step:
        """Layer normalisation and its gradients for the cotangent g."""
        inputs = [pt.fmatrix("x"), pt.fvector("gain"), pt.fvector("bias"), pt.fmatrix("g")]
        wrt, cotangent = inputs[:3], inputs[3]
        y = wrt[1] * _normal(wrt[0], 1) + wrt[2]
        f = _function(inputs, [y, *pt.grad(None, wrt, known_grads={y: cotangent})])
        return lambda: f(x, gain, bias, g)

    def black_scholes(self, price: np.ndarray, strike: np.ndarray, years: np.ndarray) -> Step:
        """Prices of European call and put options."""
        inputs = [pt.fvector("price"), pt.fvector("strike"), pt.fvector("years")]
        f = _function(inputs, _prices(*inputs))
        return lambda: f(price, strike, years)

    def gelu(self, x: np.ndarray, g: np.ndarray) -> Step:
        """GELU in its form with tanh, and its gradient for the cotangent g."""
        own, cotangent = pt.fvector("x"), pt.fvector("g")
        inner = np.float32(math.sqrt(2 / math.pi)) * (own + np.float32(0.044715) * own**3)
        y = np.float32(0.5) * own * (1 + pt.tanh(inner))
        f = _function([own, cotangent], [y, pt.grad(None, own, known_grads={y: cotangent})])
        return lambda: f(x, g)

    def adam(self, w: np.ndarray, g: np.ndarray) -> Step:
        """One update of Adam."""
        own, gradient, t = pytensor.shared(w.copy()), pytensor.shared(g.copy()), pytensor.shared(np.float32(0))
        m, v = pytensor.shared(np.zeros_like(w)), pytensor.shared(np.zeros_like(w))
        rate, beta1, beta2, epsilon = (np.float32(value) for value in ADAM.values())
        new_t = t + np.float32(1)
        new_m = beta1 * m + (1 - beta1) * gradient
        new_v = beta2 * v + (1 - beta2) * gradient**2
        change = (new_m / (1 - beta1**new_t)) / (pt.sqrt(new_v / (1 - beta2**new_t)) + epsilon)
        update = _function([], [], [(own, own - rate * change), (m, new_m), (v, new_v), (t, new_t)])

        def step() -> tuple[np.ndarray]:
            update()
            return (own.get_value(borrow=True),)

        return step


def _function(inputs: Sequence[Any], outputs: Any, updates: Sequence[tuple[Any, Any]] = ()) -> Any:
    """A compiled function that takes its arguments as they are and gives its results without a copy."""
    outputs = [pytensor.Out(y, borrow=True) for y in outputs] if isinstance(outputs, list) else outputs
    return pytensor.function(inputs, outputs, updates=list(updates), trust_input=True)


def _images(x: np.ndarray) -> np.ndarray:
    return x.transpose(1, 2, 3, 0).copy() if x.ndim == 4 else x


def _shared(params: Arrays) -> Params:
    """Variables of these values; filters (F, C, kh, kw) become matrices (F, kh * kw * C)."""
    own = {
        name: value.transpose(0, 2, 3, 1).reshape(len(value), -1) if value.ndim == 4 else value
        for name, value in params.items()
    }
    return {name: pytensor.shared(value.copy(), name, shape=value.shape) for name, value in own.items()}


def _column(b: Any) -> TensorVariable:
    return b[:, None, None, None]


def _conv(x: TensorVariable, w: Any, size: int) -> TensorVariable:
    """Valid convolution of x (C, H, W, N) with w (F, size * size * C).

    Patches are stacked along one axis and then along the other: compiling takes minutes even so, and with one slice for
    each of the 25 places of a window it takes longer still.
    """
    c, rows, columns, n = x.type.shape
    oh, ow = rows - size + 1, columns - size + 1
    across = pt.stack([x[:, :, j : j + ow] for j in range(size)])
    patches = pt.stack([across[:, :, i : i + oh] for i in range(size)])
    return pt.dot(w, patches.reshape((size * size * c, oh * ow * n))).reshape((w.type.shape[0], oh, ow, n))


def _padded(x: TensorVariable) -> TensorVariable:
    c, rows, columns, n = x.type.shape
    return pt.set_subtensor(pt.zeros((c, rows + 2, columns + 2, n), "float32")[:, 1:-1, 1:-1], x)


def _pool(x: TensorVariable) -> TensorVariable:
    corners = [x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return pt.maximum(pt.maximum(corners[0], corners[1]), pt.maximum(corners[2], corners[3]))


def _relu(x: TensorVariable) -> TensorVariable:
    return pt.maximum(x, np.float32(0))


def _features(x: TensorVariable, w: Params) -> TensorVariable:
    h = _relu(_pool(_conv(x, w["w_conv1"], 5) + _column(w["b_conv1"])))
    h = _relu(_pool(_conv(h, w["w_conv2"], 5) + _column(w["b_conv2"])))
    return h.reshape((640, x.type.shape[3])).T


def _dense(h: TensorVariable, w: Params, name: str) -> TensorVariable:
    return pt.dot(h, w[f"w_{name}"]) + w[f"b_{name}"]


def _shallow(x: TensorVariable, w: Params, rate: float) -> TensorVariable:
    return _dense(pt.sigmoid(_dense(x, w, "fc1")), w, "fc2")


def _double_conv(x: TensorVariable, w: Params, rate: float) -> TensorVariable:
    return _dense(_relu(_dense(_features(x, w), w, "fc1")), w, "fc2")


def _dropout(x: TensorVariable, w: Params, rate: float) -> TensorVariable:
    stream = RandomStream(0)

    def drop(h: TensorVariable) -> TensorVariable:
        if not rate:
            return h
        return pt.switch(stream.bernoulli(1 - rate, size=h.shape), h * np.float32(1 / (1 - rate)), np.float32(0))

    h = _relu(_dense(drop(_features(x, w)), w, "fc1"))
    h = _relu(_dense(drop(h), w, "fc2"))
    return _dense(drop(h), w, "fc3")


def _normal(h: TensorVariable, axes: Any) -> TensorVariable:
    centred = h - h.mean(axes, keepdims=True)
    return centred / pt.sqrt(pt.square(centred).mean(axes, keepdims=True) + np.float32(EPSILON))


def _batch_norm_net(x: TensorVariable, w: Params, rate: float) -> TensorVariable:
    for layer in ("1", "2"):
        h = _normal(_conv(_padded(x), w[f"w_conv{layer}"], 3), (1, 2, 3))
        x = _relu(_column(w[f"gain{layer}"]) * h + _column(w[f"bias{layer}"]))
    return pt.dot(x.mean((1, 2)).T, w["w_fc"]) + w["b_fc"]


NETWORKS = {
    "shallow": _shallow, "double-conv": _double_conv, "dropout": _dropout, "batch-norm": _batch_norm_net
}  # fmt: skip


def _prices(s: TensorVariable, k: TensorVariable, t: TensorVariable) -> list[TensorVariable]:
    spread = np.float32(VOLATILITY) * pt.sqrt(t)
    d1 = (pt.log(s / k) + np.float32(RATE + VOLATILITY**2 / 2) * t) / spread
    d2 = d1 - spread
    later = k * pt.exp(-np.float32(RATE) * t)
    half = np.float32(0.5)
    n1, n2 = (half + half * pt.erf(d * np.float32(math.sqrt(0.5))) for d in (d1, d2))
    return [s * n1 - later * n2, later * (1 - n2) - s * (1 - n1)]
