"""TensorFlow: `tf.function` over variables updated in place, with and without XLA; images (N, H, W, C)."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
import tensorflow as tf
from workloads import ADAM, EPSILON, LEARNING_RATE, RATE, VOLATILITY, Arrays, Batch, channels_last

from peers import Step

Params = dict[str, tf.Variable]


class TensorFlow:
    """TensorFlow on the CPU, its functions compiled by XLA or not."""

    def __init__(self, threads: int, xla: bool = False) -> None:
        self.version = f"TensorFlow {tf.__version__}"
        self._xla = xla
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

    def _function(self, f: Callable[..., Any]) -> Callable[..., Any]:
        return tf.function(f, jit_compile=self._xla)

    def _call(self, f: Callable[..., Any], *arguments: np.ndarray) -> Step:
        """The step that calls f, compiled, with these arrays."""
        compiled = self._function(f)
        own = [tf.constant(value) for value in arguments]
        return lambda: _done(compiled(*own))

    def train(self, net: str, params: Arrays, batches: list[Batch], rate: float) -> Step:
        """Gradient descent on the cross-entropy."""
        weights = _variables(params)
        pool = cycle([(_images(x), tf.constant(y)) for x, y in batches])

        def update(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                scores = NETWORKS[net](x, weights, rate)
                cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, scores))
            for w, g in zip(weights.values(), tape.gradient(cost, list(weights.values()))):
                w.assign_sub(LEARNING_RATE * g)
            return cost

        compiled = self._function(update)
        return lambda: _done((compiled(*next(pool)),))

    def predict(self, net: str, params: Arrays, images: list[np.ndarray]) -> Step:
        """Probabilities of the classes."""
        weights = {name: tf.constant(value) for name, value in channels_last(params).items()}
        pool = cycle([_images(x) for x in images])
        probabilities = self._function(lambda x: tf.nn.softmax(NETWORKS[net](x, weights, 0.0)))
        return lambda: _done((probabilities(next(pool)),))

    def cross_entropy(self, x: np.ndarray, y: np.ndarray) -> Step:
        """The mean cross-entropy of softmax(x) and its gradient."""

        def with_gradient(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, ...]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, x))
            return cost, tape.gradient(cost, x)

        return self._call(with_gradient, x, y)

    def layer_norm(self, x: np.ndarray, gain: np.ndarray, bias: np.ndarray, g: np.ndarray) -> Step:
        """Layer normalisation and its gradients for the cotangent g."""

        def with_gradients(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, g: tf.Tensor) -> tuple[tf.Tensor, ...]:
            wrt = [x, gain, bias]
            with tf.GradientTape() as tape:
                tape.watch(wrt)
                mean, variance = tf.nn.moments(x, 1, keepdims=True)
                y = tf.nn.batch_normalization(x, mean, variance, bias, gain, EPSILON)
            return (y, *tape.gradient(y, wrt, g))

        return self._call(with_gradients, x, gain, bias, g)

    def black_scholes(self, price: np.ndarray, strike: np.ndarray, years: np.ndarray) -> Step:
        """Prices of European call and put options."""
        return self._call(_prices, price, strike, years)

    def gelu(self, x: np.ndarray, g: np.ndarray) -> Step:
        """GELU in its form with tanh, and its gradient for the cotangent g."""

        def with_gradient(x: tf.Tensor, g: tf.Tensor) -> tuple[tf.Tensor, ...]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.nn.gelu(x, approximate=True)
            return y, tape.gradient(y, x, g)

        return self._call(with_gradient, x, g)

    def adam(self, w: np.ndarray, g: np.ndarray) -> Step:
        """One update of Adam."""
        own, gradient = tf.Variable(w), tf.constant(g)
        m, v, t = tf.Variable(tf.zeros_like(w)), tf.Variable(tf.zeros_like(w)), tf.Variable(0.0)
        beta1, beta2 = ADAM["beta1"], ADAM["beta2"]

        def update() -> None:
            t.assign_add(1.0)
            m.assign(beta1 * m + (1 - beta1) * gradient)
            v.assign(beta2 * v + (1 - beta2) * gradient * gradient)
            change = (m / (1 - beta1**t)) / (tf.sqrt(v / (1 - beta2**t)) + ADAM["epsilon"])
            own.assign_sub(ADAM["learning_rate"] * change)

        compiled = self._function(update)

        def step() -> tuple[np.ndarray]:
            compiled()
            return _done((own.read_value(),))

        return step


def _variables(params: Arrays) -> Params:
    return {name: tf.Variable(value) for name, value in channels_last(params).items()}


def _images(x: np.ndarray) -> tf.Tensor:
    return tf.constant(x.transpose(0, 2, 3, 1).copy() if x.ndim == 4 else x)


def _done(results: Any) -> Any:
    """The results as arrays, which are there once they were computed."""
    return tuple(result.numpy() for result in results)


def _pool(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


def _features(x: tf.Tensor, w: Params) -> tf.Tensor:
    h = tf.nn.relu(_pool(tf.nn.conv2d(x, w["w_conv1"], 1, "VALID") + w["b_conv1"]))
    h = tf.nn.relu(_pool(tf.nn.conv2d(h, w["w_conv2"], 1, "VALID") + w["b_conv2"]))
    return tf.reshape(h, (-1, 640))


def _dense(h: tf.Tensor, w: Params, name: str) -> tf.Tensor:
    return h @ w[f"w_{name}"] + w[f"b_{name}"]


def _drop(h: tf.Tensor, rate: float) -> tf.Tensor:
    return tf.nn.dropout(h, rate) if rate else h


def _shallow(x: tf.Tensor, w: Params, rate: float) -> tf.Tensor:
    return _dense(tf.sigmoid(_dense(x, w, "fc1")), w, "fc2")


def _double_conv(x: tf.Tensor, w: Params, rate: float) -> tf.Tensor:
    return _dense(tf.nn.relu(_dense(_features(x, w), w, "fc1")), w, "fc2")


def _dropout(x: tf.Tensor, w: Params, rate: float) -> tf.Tensor:
    h = tf.nn.relu(_dense(_drop(_features(x, w), rate), w, "fc1"))
    h = tf.nn.relu(_dense(_drop(h, rate), w, "fc2"))
    return _dense(_drop(h, rate), w, "fc3")


def _batch_norm(h: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    y, _, _, _, _, _ = tf.raw_ops.FusedBatchNormV3(
        x=h, scale=gain, offset=bias, mean=[], variance=[], epsilon=EPSILON, is_training=True
    )
    return y


def _batch_norm_net(x: tf.Tensor, w: Params, rate: float) -> tf.Tensor:
    h = tf.nn.relu(_batch_norm(tf.nn.conv2d(x, w["w_conv1"], 1, "SAME"), w["gain1"], w["bias1"]))
    h = tf.nn.relu(_batch_norm(tf.nn.conv2d(h, w["w_conv2"], 1, "SAME"), w["gain2"], w["bias2"]))
    return _dense(tf.reduce_mean(h, (1, 2)), w, "fc")


NETWORKS = {
    "shallow": _shallow, "double-conv": _double_conv, "dropout": _dropout, "batch-norm": _batch_norm_net
}  # fmt: skip


def _prices(s: tf.Tensor, k: tf.Tensor, t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    spread = VOLATILITY * tf.sqrt(t)
    d1 = (tf.math.log(s / k) + (RATE + VOLATILITY**2 / 2) * t) / spread
    d2 = d1 - spread
    later = k * tf.exp(-RATE * t)
    n1, n2 = (0.5 + 0.5 * tf.math.erf(d / math.sqrt(2)) for d in (d1, d2))
    return s * n1 - later * n2, later * (1 - n2) - s * (1 - n1)
