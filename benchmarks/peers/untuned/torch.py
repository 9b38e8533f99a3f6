"""The networks nobody tuned for, in PyTorch, of its own layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor
from untuned import DECAY, DILATIONS, HEADS
from workloads import EPSILON

Params = Mapping[str, Tensor]


def _dense(h: Tensor, w: Params, name: str) -> Tensor:
    return F.linear(h, w[f"w_{name}"], w[f"b_{name}"])


def causal(w: Params, x: Tensor) -> Tensor:
    h = x[:, :, :-1]
    for k, dilation in enumerate(DILATIONS):
        y = F.conv1d(F.pad(h, (2 * dilation, 0)), w[f"w_conv{k}"], dilation=dilation)
        normal = F.layer_norm(y.transpose(1, 2), y.shape[1:2], w[f"gain{k}"], w[f"bias{k}"], EPSILON)
        h = h + F.relu(normal.transpose(1, 2))
    return F.mse_loss(F.conv1d(h, w["w_out"], w["b_out"]), x[:, :, 1:])


def separable(w: Params, x: Tensor, y: Tensor) -> Tensor:
    def layer(h: Tensor, name: str, k: int, stride: int = 1, groups: int = 1) -> Tensor:
        pads = []  # of "same", of which PyTorch has none with a stride: an odd zero goes to the end
        for n in reversed(h.shape[2:]):
            missing = max(0, (-(-n // stride) - 1) * stride + w[name].shape[2] - n)
            pads += [missing // 2, missing - missing // 2]
        if pads[0] == pads[1] and pads[2] == pads[3]:
            h = F.conv2d(h, w[name], stride=stride, padding=(pads[2], pads[0]), groups=groups)
        else:
            h = F.conv2d(F.pad(h, pads), w[name], stride=stride, groups=groups)
        return F.relu(F.batch_norm(h, None, None, w[f"gain{k}"], w[f"bias{k}"], training=True, eps=EPSILON))

    h = layer(x, "w_conv", 0, stride=2)
    h = layer(layer(h, "w_depth1", 1, stride=2, groups=23), "w_point1", 2)
    h = layer(layer(h, "w_depth2", 3, groups=46), "w_point2", 4)
    return F.cross_entropy(_dense(F.avg_pool2d(h, 2).flatten(1), w, "fc"), y)


def autoencoder(w: Params, x: Tensor) -> Tensor:
    h = x
    for k in range(4):
        h = F.linear(h, w[f"w{k}"], w[f"b{k}"])
        h = torch.sigmoid(h) if k < 3 else h
    cross_entropy = F.binary_cross_entropy_with_logits(h, x, reduction="sum") / len(x)
    return cross_entropy + DECAY * sum(w[f"w{k}"].square().sum() for k in range(4))


def attention(w: Params, words: Tensor, y: Tensor) -> Tensor:
    h = F.embedding(words, w["w_words"].T)

    def heads(name: str) -> Tensor:
        return F.linear(h, w[f"w_{name}"]).unflatten(2, (HEADS, -1)).transpose(1, 2)

    attended = F.scaled_dot_product_attention(heads("query"), heads("key"), heads("value"))
    h = h + F.linear(attended.transpose(1, 2).flatten(2), w["w_mixed"])
    h = F.layer_norm(h, h.shape[2:], w["gain1"], w["bias1"], EPSILON)
    h = h + _dense(F.relu(_dense(h, w, "up")), w, "down")
    h = F.layer_norm(h, h.shape[2:], w["gain2"], w["bias2"], EPSILON)
    return F.cross_entropy(_dense(h.mean(1), w, "fc"), y)


def recurrent(w: Params, x: Tensor, y: Tensor) -> Tensor:
    gates = ("reset", "update", "new")
    flat = [torch.cat([w[form.format(g)] for g in gates]) for form in ("w_{}", "w_h_{}", "b_{}", "b_h_{}")]
    first = torch.zeros(1, x.shape[1], flat[1].shape[1])
    _, last = torch.gru(x, first, flat, True, 1, 0.0, True, False, False)
    return F.cross_entropy(_dense(last[0], w, "fc"), y)


COSTS: Mapping[str, Callable[..., Tensor]] = {
    "causal": causal, "separable": separable, "autoencoder": autoencoder, "attention": attention,
    "recurrent": recurrent,
}  # fmt: skip
