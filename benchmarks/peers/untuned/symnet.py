"""The networks nobody tuned for, in symnet: every layer written out as its textbook has it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from untuned import DECAY, DILATIONS, HEADS
from workloads import EPSILON

import symnet as sn
from symnet import Shared, Variable

Params = Mapping[str, Shared]


def _normal(h: Variable, axes: int | tuple[int, ...], gain: Variable, bias: Variable) -> Variable:
    centred = h - h.mean(axes, keepdims=True)
    return gain * centred / sn.sqrt(sn.square(centred).mean(axes, keepdims=True) + EPSILON) + bias


def _per_channel(w: Params, name: str, ndim: int) -> tuple[Variable, Variable]:
    order = (0, *"x" * (ndim - 2))
    return sn.dimshuffle(w[f"gain{name}"], order), sn.dimshuffle(w[f"bias{name}"], order)


def _negative_log_likelihood(scores: Variable, y: Variable) -> Variable:
    return -sn.mean(sn.log(sn.softmax(scores))[sn.arange(y.shape[0]), y])


def causal(w: Params, x: Variable) -> Variable:
    """Predict each element of a sequence from those before it; the mean squared error."""
    h = x[:, :, :-1]
    for k, dilation in enumerate(DILATIONS):
        convolved = sn.conv1d(h, w[f"w_conv{k}"], padding=((2 * dilation, 0),), dilation=dilation)
        h = h + sn.relu(_normal(convolved, 1, *_per_channel(w, str(k), 3)))
    predicted = sn.conv1d(h, w["w_out"]) + sn.dimshuffle(w["b_out"], (0, "x"))
    return sn.mean(sn.square(predicted - x[:, :, 1:]))


def separable(w: Params, x: Variable, y: Variable) -> Variable:
    """A convolution and two depthwise-separable ones, each with batch normalisation; average pooling; scores."""

    def layer(h: Variable, name: str, k: int, stride: int = 1, groups: int = 1) -> Variable:
        h = sn.conv2d(h, w[name], stride=stride, padding="same", groups=groups)
        return sn.relu(_normal(h, (0, 2, 3), *_per_channel(w, str(k), 4)))

    h = layer(x, "w_conv", 0, stride=2)
    h = layer(layer(h, "w_depth1", 1, stride=2, groups=23), "w_point1", 2)
    h = layer(layer(h, "w_depth2", 3, groups=46), "w_point2", 4)
    h = sn.pool2d(h, 2, mode="average")
    return _negative_log_likelihood(sn.dot(h.flatten(2), w["w_fc"]) + w["b_fc"], y)


def autoencoder(w: Params, x: Variable) -> Variable:
    """Four sigmoid layers through a bottleneck; cross-entropy of each picture, and the weights' squares."""
    h = x
    for k in range(4):
        h = sn.sigmoid(sn.dot(h, w[f"w{k}"]) + w[f"b{k}"])
    cross_entropy = -(x * sn.log(h) + (1 - x) * sn.log(1 - h)).sum(1).mean()
    return cross_entropy + DECAY * sum((w[f"w{k}"] ** 2).sum() for k in range(4))


def attention(w: Params, words: Variable, y: Variable) -> Variable:
    """Embedded words, softmax attention of some heads, two layers on each word; the mean over words; scores."""
    h = w["w_words"][words]
    n, length, d = h.shape[0], h.shape[1], w["w_words"].get_value(borrow=True).shape[1]

    def heads(v: Variable) -> Variable:
        return v.reshape((n, length, HEADS, d // HEADS)).transpose(0, 2, 1, 3)

    q, k, v = (heads(sn.dot(h, w[f"w_{name}"])) for name in ("query", "key", "value"))
    attended = sn.softmax(q @ k.transpose(0, 1, 3, 2) / math.sqrt(d // HEADS)) @ v
    h = h + sn.dot(attended.transpose(0, 2, 1, 3).reshape((n, length, d)), w["w_mixed"])
    h = _normal(h, -1, w["gain1"], w["bias1"])
    h = h + sn.dot(sn.relu(sn.dot(h, w["w_up"]) + w["b_up"]), w["w_down"]) + w["b_down"]
    h = _normal(h, -1, w["gain2"], w["bias2"])
    return _negative_log_likelihood(sn.dot(h.mean(1), w["w_fc"]) + w["b_fc"], y)


def recurrent(w: Params, x: Variable, y: Variable) -> Variable:
    """Gated recurrent units, step by step; scores of the last state."""
    h = sn.zeros((x.shape[1], w["b_new"].get_value(borrow=True).size))

    def from_x(gate: str, x: Variable) -> Variable:
        return sn.dot(x, w[f"w_{gate}"]) + w[f"b_{gate}"]

    def from_h(gate: str, h: Variable) -> Variable:
        return sn.dot(h, w[f"w_h_{gate}"]) + w[f"b_h_{gate}"]

    for t in range(int(x.type.shape[0])):
        reset = sn.sigmoid(from_x("reset", x[t]) + from_h("reset", h))
        update = sn.sigmoid(from_x("update", x[t]) + from_h("update", h))
        new = sn.tanh(from_x("new", x[t]) + reset * from_h("new", h))
        h = (1 - update) * new + update * h
    return _negative_log_likelihood(sn.dot(h, w["w_fc"]) + w["b_fc"], y)


COSTS: Mapping[str, Callable[..., Variable]] = {
    "causal": causal, "separable": separable, "autoencoder": autoencoder, "attention": attention,
    "recurrent": recurrent,
}  # fmt: skip
