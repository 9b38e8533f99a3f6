"""The networks nobody tuned for, in JAX; pictures (N, H, W, C) and sequences (N, L, C)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array, lax, nn
from untuned import DECAY, DILATIONS, HEADS
from workloads import EPSILON

Params = Mapping[str, Array]


def _normal(h: Array, axes: Any, gain: Array, bias: Array) -> Array:
    centred = h - h.mean(axes, keepdims=True)
    return gain * centred * lax.rsqrt(jnp.square(centred).mean(axes, keepdims=True) + EPSILON) + bias


def _dense(h: Array, w: Params, name: str) -> Array:
    return h @ w[f"w_{name}"] + w[f"b_{name}"]


def _negative_log_likelihood(scores: Array, y: Array) -> Array:
    return -jnp.take_along_axis(nn.log_softmax(scores), y[:, None], 1).mean()


def causal(w: Params, x: Array) -> Array:
    numbers = ("NWC", "WIO", "NWC")
    h = x[:, :-1]
    for k, d in enumerate(DILATIONS):
        y = lax.conv_general_dilated(
            h, w[f"w_conv{k}"], (1,), [(2 * d, 0)], rhs_dilation=(d,), dimension_numbers=numbers
        )
        h = h + nn.relu(_normal(y, -1, w[f"gain{k}"], w[f"bias{k}"]))
    return jnp.square(h @ w["w_out"][0] + w["b_out"] - x[:, 1:]).mean()


def separable(w: Params, x: Array, y: Array) -> Array:
    def layer(h: Array, name: str, k: int, stride: int = 1, groups: int = 1) -> Array:
        h = lax.conv_general_dilated(
            h, w[name], (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )  # fmt: skip
        return nn.relu(_normal(h, (0, 1, 2), w[f"gain{k}"], w[f"bias{k}"]))

    h = layer(x, "w_conv", 0, stride=2)
    h = layer(layer(h, "w_depth1", 1, stride=2, groups=23), "w_point1", 2)
    h = layer(layer(h, "w_depth2", 3, groups=46), "w_point2", 4)
    h = lax.reduce_window(h, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4
    return _negative_log_likelihood(_dense(h.transpose(0, 3, 1, 2).reshape(len(h), -1), w, "fc"), y)


def autoencoder(w: Params, x: Array) -> Array:
    h = x
    for k in range(4):
        h = h @ w[f"w{k}"] + w[f"b{k}"]
        h = nn.sigmoid(h) if k < 3 else h
    cross_entropy = -(x * nn.log_sigmoid(h) + (1 - x) * nn.log_sigmoid(-h)).sum(1).mean()
    return cross_entropy + DECAY * sum(jnp.square(w[f"w{k}"]).sum() for k in range(4))


def attention(w: Params, words: Array, y: Array) -> Array:
    h = w["w_words"][words]
    q, k, v = (
        (h @ w[f"w_{name}"]).reshape(*h.shape[:2], HEADS, -1) for name in ("query", "key", "value")
    )  # fmt: skip
    h = h + nn.dot_product_attention(q, k, v).reshape(h.shape) @ w["w_mixed"]
    h = _normal(h, -1, w["gain1"], w["bias1"])
    h = h + _dense(nn.relu(_dense(h, w, "up")), w, "down")
    h = _normal(h, -1, w["gain2"], w["bias2"])
    return _negative_log_likelihood(_dense(h.mean(1), w, "fc"), y)


def recurrent(w: Params, x: Array, y: Array) -> Array:
    gates = ("reset", "update", "new")
    w_x, w_h, b_x, b_h = (
        jnp.concatenate([w[form.format(g)] for g in gates], -1) for form in ("w_{}", "w_h_{}", "b_{}", "b_h_{}")
    )

    def unit(h: Array, from_x: Array) -> tuple[Array, None]:
        x_reset, x_update, x_new = jnp.split(from_x, 3, 1)
        h_reset, h_update, h_new = jnp.split(h @ w_h + b_h, 3, 1)
        update = nn.sigmoid(x_update + h_update)
        new = jnp.tanh(x_new + nn.sigmoid(x_reset + h_reset) * h_new)
        return (1 - update) * new + update * h, None

    last, _ = lax.scan(unit, jnp.zeros((x.shape[1], w_h.shape[0])), x @ w_x + b_x, unroll=len(x))
    return _negative_log_likelihood(_dense(last, w, "fc"), y)


COSTS: Mapping[str, Callable[..., Array]] = {
    "causal": causal, "separable": separable, "autoencoder": autoencoder, "attention": attention,
    "recurrent": recurrent,
}  # fmt: skip
