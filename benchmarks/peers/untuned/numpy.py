"""The networks nobody tuned for, in plain NumPy: costs and gradients by hand. Not the separable one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from untuned import DECAY, DILATIONS, HEADS
from workloads import Arrays

from peers.numpy import cross_entropy, normalised, softmax

Result = tuple[float, Arrays]  # the cost, and the gradients by name


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def causal(w: Arrays, x: np.ndarray) -> Result:
    h, gradients, pulls = x[:, :, :-1], {}, []
    n, _, length = h.shape
    for k, d in enumerate(DILATIONS):
        filters, gain, bias = w[f"w_conv{k}"], w[f"gain{k}"][:, None], w[f"bias{k}"][:, None]
        padded = np.pad(h, ((0, 0), (0, 0), (2 * d, 0)))
        rows = np.stack([padded[:, :, j * d : j * d + length] for j in range(3)], 2)  # (N, C, 3, L)
        rows = rows.transpose(0, 3, 1, 2).reshape(n * length, -1)
        y = (rows @ filters.reshape(len(filters), -1).T).reshape(n, length, -1).transpose(0, 2, 1)
        normal, pull_normal = normalised(y, 1)
        r = gain * normal + bias
        pulls.append((k, d, filters, rows, normal, pull_normal, r))
        h = h + np.maximum(r, 0)
    w_out = w["w_out"][:, :, 0]
    off = w_out @ h + w["b_out"][:, None] - x[:, :, 1:]
    g = off * np.float32(2 / off.size)
    gradients["w_out"] = np.einsum("nfl,ncl->fc", g, h)[:, :, None]
    gradients["b_out"] = g.sum((0, 2))
    g = w_out.T @ g
    for k, d, filters, rows, normal, pull_normal, r in reversed(pulls):
        through = g * (r > 0)
        gradients[f"gain{k}"], gradients[f"bias{k}"] = (through * normal).sum((0, 2)), through.sum((0, 2))
        back = pull_normal(through * w[f"gain{k}"][:, None]).transpose(0, 2, 1).reshape(n * length, -1)
        gradients[f"w_conv{k}"] = (back.T @ rows).reshape(filters.shape)
        parts = (back @ filters.reshape(len(filters), -1)).reshape(n, length, -1, 3).transpose(0, 2, 3, 1)
        padded = np.zeros((n, parts.shape[1], length + 2 * d), np.float32)
        for j in range(3):
            padded[:, :, j * d : j * d + length] += parts[:, :, j]
        g = g + padded[:, :, 2 * d :]
    return float(np.square(off).mean()), gradients


def autoencoder(w: Arrays, x: np.ndarray) -> Result:
    layers = [x]
    for k in range(4):
        layers.append(_sigmoid(layers[-1] @ w[f"w{k}"] + w[f"b{k}"]))
    p = layers.pop()
    cost = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1).mean()
    cost += DECAY * sum(np.square(w[f"w{k}"]).sum() for k in range(4))
    gradients, g = {}, (p - x) / np.float32(len(x))
    for k in reversed(range(4)):
        gradients[f"w{k}"] = layers[k].T @ g + np.float32(2 * DECAY) * w[f"w{k}"]
        gradients[f"b{k}"] = g.sum(0)
        g = g @ w[f"w{k}"].T * layers[k] * (1 - layers[k])
    return float(cost), gradients


def attention(w: Arrays, words: np.ndarray, y: np.ndarray) -> Result:
    n, length = words.shape
    embedded = w["w_words"][words].reshape(n * length, -1)
    d = embedded.shape[1]

    def heads(rows: np.ndarray) -> np.ndarray:
        return rows.reshape(n, length, HEADS, d // HEADS).transpose(0, 2, 1, 3)

    def joined(v: np.ndarray) -> np.ndarray:
        return v.transpose(0, 2, 1, 3).reshape(n * length, d)

    q, k, v = (heads(embedded @ w[f"w_{name}"]) for name in ("query", "key", "value"))
    scale = np.float32(1 / math.sqrt(d // HEADS))
    p = softmax((q @ k.transpose(0, 1, 3, 2) * scale).reshape(-1, length)).reshape(n, HEADS, length, length)
    mixed = joined(p @ v)
    normal1, pull1 = normalised(embedded + mixed @ w["w_mixed"], 1)
    h = w["gain1"] * normal1 + w["bias1"]
    up = np.maximum(h @ w["w_up"] + w["b_up"], 0)
    normal2, pull2 = normalised(h + up @ w["w_down"] + w["b_down"], 1)
    mean = (w["gain2"] * normal2 + w["bias2"]).reshape(n, length, d).mean(1)
    cost, g_scores = cross_entropy(mean @ w["w_fc"] + w["b_fc"], y)
    gradients = {"w_fc": mean.T @ g_scores, "b_fc": g_scores.sum(0)}
    g = np.repeat(g_scores @ w["w_fc"].T / np.float32(length), length, 0)
    gradients |= {"gain2": (g * normal2).sum(0), "bias2": g.sum(0)}
    g = pull2(g * w["gain2"])
    g_up = g @ w["w_down"].T * (up > 0)
    gradients |= {"w_down": up.T @ g, "b_down": g.sum(0), "w_up": h.T @ g_up, "b_up": g_up.sum(0)}
    g = g + g_up @ w["w_up"].T
    gradients |= {"gain1": (g * normal1).sum(0), "bias1": g.sum(0)}
    g = pull1(g * w["gain1"])
    gradients["w_mixed"] = mixed.T @ g
    g_mixed = heads(g @ w["w_mixed"].T)
    g_p = g_mixed @ v.transpose(0, 1, 3, 2)
    g_scaled = p * (g_p - (g_p * p).sum(-1, keepdims=True)) * scale
    turned, g_turned = (a.transpose(0, 1, 3, 2) for a in (p, g_scaled))
    back = {"query": g_scaled @ k, "key": g_turned @ q, "value": turned @ g_mixed}
    for name, rows in ((name, joined(value)) for name, value in back.items()):
        gradients[f"w_{name}"] = embedded.T @ rows
        g = g + rows @ w[f"w_{name}"].T
    gradients["w_words"] = np.zeros_like(w["w_words"])
    np.add.at(gradients["w_words"], words.reshape(-1), g)
    return cost, gradients


def recurrent(w: Arrays, x: np.ndarray, y: np.ndarray) -> Result:
    gates = ("reset", "update", "new")
    h = np.zeros((x.shape[1], len(w["b_new"])), np.float32)
    steps = []
    for x_t in x:
        from_x = [x_t @ w[f"w_{gate}"] + w[f"b_{gate}"] for gate in gates]
        from_h = [h @ w[f"w_h_{gate}"] + w[f"b_h_{gate}"] for gate in gates]
        reset, update = _sigmoid(from_x[0] + from_h[0]), _sigmoid(from_x[1] + from_h[1])
        new = np.tanh(from_x[2] + reset * from_h[2])
        steps.append((x_t, h, reset, update, new, from_h[2]))
        h = (1 - update) * new + update * h
    cost, g_scores = cross_entropy(h @ w["w_fc"] + w["b_fc"], y)
    gradients = {name: np.zeros_like(value) for name, value in w.items()}
    gradients |= {"w_fc": h.T @ g_scores, "b_fc": g_scores.sum(0)}
    g = g_scores @ w["w_fc"].T
    for x_t, before, reset, update, new, from_h_new in reversed(steps):
        g_new = g * (1 - update) * (1 - new * new)
        g_update = g * (before - new) * update * (1 - update)
        g_reset = g_new * from_h_new * reset * (1 - reset)
        g = g * update
        for gate, g_x, g_h in (
            ("reset", g_reset, g_reset), ("update", g_update, g_update), ("new", g_new, g_new * reset)
        ):  # fmt: skip
            gradients[f"w_{gate}"] += x_t.T @ g_x
            gradients[f"b_{gate}"] += g_x.sum(0)
            gradients[f"w_h_{gate}"] += before.T @ g_h
            gradients[f"b_h_{gate}"] += g_h.sum(0)
            g = g + g_h @ w[f"w_h_{gate}"].T
    return cost, gradients


COSTS: Mapping[str, Callable[..., Result]] = {
    "causal": causal, "autoencoder": autoencoder, "attention": attention, "recurrent": recurrent
}  # fmt: skip
