"""JAX: pure functions compiled by XLA, with the state donated to the step; images (N, H, W, C)."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax, nn
from untuned import MOMENTUM
from workloads import ADAM, EPSILON, LEARNING_RATE, RATE, VOLATILITY, Arrays, Batch, channels_last

from peers import Step

Params = dict[str, Array]


class Jax:
    """JAX on the CPU; its number of threads follows the processors of the process."""

    def __init__(self, threads: int) -> None:
        self.version = f"JAX {jax.__version__}"

    def train(self, net: str, params: Arrays, batches: list[Batch], rate: float) -> Step:
        """Gradient descent on the cross-entropy."""

        def cost_of(w: Params, x: Array, y: Array, key: Array) -> Array:
            p = nn.log_softmax(NETWORKS[net](x, w, rate, key))
            return -jnp.take_along_axis(p, y[:, None], 1).mean()

        def update(state: tuple[Params, Array], x: Array, y: Array) -> tuple[tuple[Params, Array], Array]:
            w, key = state
            key, own = jax.random.split(key) if rate else (key, key)
            cost, gradients = jax.value_and_grad(cost_of)(w, x, y, own)
            return (jax.tree.map(lambda w, g: w - LEARNING_RATE * g, w, gradients), key), cost

        compiled = jax.jit(update, donate_argnums=0)
        state = (_arrays(channels_last(params)), jax.random.key(0, impl="rbg"))
        pool = cycle([(_images(x), jnp.asarray(y)) for x, y in batches])

        def step() -> tuple[float]:
            nonlocal state
            state, cost = compiled(state, *next(pool))
            jax.block_until_ready(state)
            return (float(cost),)

        return step

    def untuned(self, net: str, params: Arrays, batches: list[tuple[np.ndarray, ...]]) -> Step:
        """Gradient descent on the network's own cost."""
        from peers.untuned.jax import COSTS

        def update(state: tuple[Params, Params], *batch: Array) -> tuple[tuple[Params, Params], Array]:
            w, v = state
            cost, gradients = jax.value_and_grad(COSTS[net])(w, *batch)
            change = jax.tree.map(lambda g: -LEARNING_RATE * g, gradients)
            if v:
                change = v = jax.tree.map(lambda v, c: MOMENTUM * v + c, v, change)
            return (jax.tree.map(jnp.add, w, change), v), cost

        compiled = jax.jit(update, donate_argnums=0)
        weights = {name: jnp.array(_filters_last(value)) for name, value in params.items()}
        state = (weights, jax.tree.map(jnp.zeros_like, weights) if net == "autoencoder" else {})
        is_image = net in ("causal", "separable")
        pool = cycle([
            [jnp.array(np.moveaxis(x, 1, -1) if is_image and x.ndim > 1 else x) for x in batch] for batch in batches
        ])  # fmt: skip

        def step() -> tuple[float]:
            nonlocal state
            state, cost = compiled(state, *next(pool))
            jax.block_until_ready(state)
            return (float(cost),)

        return step

    def predict(self, net: str, params: Arrays, images: list[np.ndarray]) -> Step:
        """Probabilities of the classes."""
        weights = _arrays(channels_last(params))
        pool = cycle([_images(x) for x in images])
        probabilities = jax.jit(lambda w, x: nn.softmax(NETWORKS[net](x, w, 0.0, None)))
        return lambda: (probabilities(weights, next(pool)).block_until_ready(),)

    def cross_entropy(self, x: np.ndarray, y: np.ndarray) -> Step:
        """The mean cross-entropy of softmax(x) and its gradient."""

        def cost_of(x: Array, y: Array) -> Array:
            return -jnp.take_along_axis(nn.log_softmax(x), y[:, None], 1).mean()

        return _call(jax.value_and_grad(cost_of), x, y)

    def layer_norm(self, x: np.ndarray, gain: np.ndarray, bias: np.ndarray, g: np.ndarray) -> Step:
        """Layer normalisation and its gradients for the cotangent g."""

        def with_gradients(x: Array, gain: Array, bias: Array, g: Array) -> tuple[Array, ...]:
            y, pullback = jax.vjp(lambda *wrt: _normal(wrt[0], -1) * wrt[1] + wrt[2], x, gain, bias)
            return (y, *pullback(g))

        return _call(with_gradients, x, gain, bias, g)

    def black_scholes(self, price: np.ndarray, strike: np.ndarray, years: np.ndarray) -> Step:
        """Prices of European call and put options."""
        return _call(_prices, price, strike, years)

    def gelu(self, x: np.ndarray, g: np.ndarray) -> Step:
        """GELU in its form with tanh, and its gradient for the cotangent g."""

        def with_gradient(x: Array, g: Array) -> tuple[Array, ...]:
            y, pullback = jax.vjp(nn.gelu, x)
            return (y, *pullback(g))

        return _call(with_gradient, x, g)

    def adam(self, w: np.ndarray, g: np.ndarray) -> Step:
        """One update of Adam."""
        beta1, beta2 = ADAM["beta1"], ADAM["beta2"]

        def update(state: tuple[Array, ...], g: Array) -> tuple[Array, ...]:
            w, m, v, t = state
            t = t + 1
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            change = (m / (1 - beta1**t)) / (jnp.sqrt(v / (1 - beta2**t)) + ADAM["epsilon"])
            return w - ADAM["learning_rate"] * change, m, v, t

        compiled = jax.jit(update, donate_argnums=0)
        gradient = jnp.array(g)
        state = (jnp.array(w), jnp.zeros(w.shape), jnp.zeros(w.shape), jnp.zeros(()))

        def step() -> tuple[Array]:
            nonlocal state
            state = jax.block_until_ready(compiled(state, gradient))
            return (state[0],)

        return step


def _arrays(values: Arrays) -> Params:
    return {name: jnp.array(value) for name, value in values.items()}


def _filters_last(w: np.ndarray) -> np.ndarray:
    """Filters (*kernel, C, F)."""
    return w.transpose(*range(2, w.ndim), 1, 0) if w.ndim > 2 else w


def _images(x: np.ndarray) -> Array:
    return jnp.array(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x)


def _call(f: Any, *arguments: np.ndarray) -> Step:
    """The step that calls f, compiled, with these arrays."""
    compiled = jax.jit(f)
    own = [jnp.array(value) for value in arguments]
    return lambda: jax.block_until_ready(compiled(*own))


def _conv(x: Array, w: Array, padding: str = "VALID") -> Array:
    return lax.conv_general_dilated(x, w, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _pool(x: Array) -> Array:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def _features(x: Array, w: Params) -> Array:
    h = nn.relu(_pool(_conv(x, w["w_conv1"]) + w["b_conv1"]))
    h = nn.relu(_pool(_conv(h, w["w_conv2"]) + w["b_conv2"]))
    return h.reshape(len(h), -1)


def _dense(h: Array, w: Params, name: str) -> Array:
    return h @ w[f"w_{name}"] + w[f"b_{name}"]


def _drop(h: Array, rate: float, key: Array) -> Array:
    return jnp.where(jax.random.bernoulli(key, 1 - rate, h.shape), h / (1 - rate), 0.0) if rate else h


def _shallow(x: Array, w: Params, rate: float, key: Array) -> Array:
    return _dense(nn.sigmoid(_dense(x, w, "fc1")), w, "fc2")


def _double_conv(x: Array, w: Params, rate: float, key: Array) -> Array:
    return _dense(nn.relu(_dense(_features(x, w), w, "fc1")), w, "fc2")


def _dropout(x: Array, w: Params, rate: float, key: Array) -> Array:
    keys = jax.random.split(key, 3) if rate else [key] * 3
    h = nn.relu(_dense(_drop(_features(x, w), rate, keys[0]), w, "fc1"))
    h = nn.relu(_dense(_drop(h, rate, keys[1]), w, "fc2"))
    return _dense(_drop(h, rate, keys[2]), w, "fc3")


def _normal(h: Array, axes: Any) -> Array:
    centred = h - h.mean(axes, keepdims=True)
    return centred * lax.rsqrt(jnp.square(centred).mean(axes, keepdims=True) + EPSILON)


def _batch_norm_net(x: Array, w: Params, rate: float, key: Array) -> Array:
    h = nn.relu(_normal(_conv(x, w["w_conv1"], "SAME"), (0, 1, 2)) * w["gain1"] + w["bias1"])
    h = nn.relu(_normal(_conv(h, w["w_conv2"], "SAME"), (0, 1, 2)) * w["gain2"] + w["bias2"])
    return _dense(h.mean((1, 2)), w, "fc")


NETWORKS = {
    "shallow": _shallow, "double-conv": _double_conv, "dropout": _dropout, "batch-norm": _batch_norm_net
}  # fmt: skip


def _prices(s: Array, k: Array, t: Array) -> tuple[Array, Array]:
    spread = VOLATILITY * jnp.sqrt(t)
    d1 = (jnp.log(s / k) + (RATE + VOLATILITY**2 / 2) * t) / spread
    d2 = d1 - spread
    later = k * jnp.exp(-RATE * t)
    n1, n2 = (jax.scipy.stats.norm.cdf(d) for d in (d1, d2))
    return s * n1 - later * n2, later * (1 - n2) - s * (1 - n1)
