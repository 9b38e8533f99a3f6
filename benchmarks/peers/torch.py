"""PyTorch for the CPU: eager in either layout, or compiled; its fused optimisers."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from untuned import MOMENTUM
from workloads import ADAM, EPSILON, LEARNING_RATE, RATE, VOLATILITY, Arrays, Batch

from peers import Step

Params = dict[str, Tensor]


class Torch:
    """PyTorch with images in one layout, its functions compiled or not."""

    def __init__(self, threads: int, channels_last: bool = False, compiled: bool = False) -> None:
        self.version = f"PyTorch {torch.__version__}"
        self._layout = torch.channels_last if channels_last else torch.contiguous_format
        self._compiled = compiled
        torch.set_num_threads(threads)

    def _function(self, f: Callable[..., Any]) -> Callable[..., Any]:
        return torch.compile(f, dynamic=False) if self._compiled else f

    def _tensor(self, value: np.ndarray) -> Tensor:
        own = torch.from_numpy(value.copy())
        return own.contiguous(memory_format=self._layout) if own.ndim == 4 else own

    def _params(self, params: Arrays) -> Params:
        # PyTorch keeps a fully connected layer's weights as (outputs, inputs).
        return {name: self._tensor(value.T if value.ndim == 2 else value) for name, value in params.items()}

    def train(self, net: str, params: Arrays, batches: list[Batch], rate: float) -> Step:
        """Gradient descent on the cross-entropy."""
        weights = {name: value.requires_grad_() for name, value in self._params(params).items()}
        optimiser = torch.optim.SGD(weights.values(), lr=LEARNING_RATE, fused=True)
        pool = cycle([(self._tensor(x), torch.from_numpy(y)) for x, y in batches])
        cost_of = self._function(lambda x, y: F.cross_entropy(NETWORKS[net](x, weights, rate), y))

        def step() -> tuple[float]:
            cost = cost_of(*next(pool))
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
            return (cost.item(),)

        return step

    def untuned(self, net: str, params: Arrays, batches: list[tuple[np.ndarray, ...]]) -> Step:
        """Gradient descent on the network's own cost."""
        from peers.untuned.torch import COSTS

        weights = {name: value.requires_grad_() for name, value in self._params(params).items()}
        mu = MOMENTUM if net == "autoencoder" else 0.0
        optimiser = torch.optim.SGD(weights.values(), lr=LEARNING_RATE, momentum=mu, fused=True)
        pool = cycle([[self._tensor(array) for array in batch] for batch in batches])
        cost_of = self._function(lambda *batch: COSTS[net](weights, *batch))

        def step() -> tuple[float]:
            cost = cost_of(*next(pool))
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
            return (cost.item(),)

        return step

    def predict(self, net: str, params: Arrays, images: list[np.ndarray]) -> Step:
        """Probabilities of the classes."""
        weights = self._params(params)
        pool = cycle([self._tensor(x) for x in images])
        probabilities = self._function(lambda x: F.softmax(NETWORKS[net](x, weights, 0.0), 1))

        def step() -> tuple[Tensor]:
            with torch.inference_mode():
                return (probabilities(next(pool)),)

        return step

    def cross_entropy(self, x: np.ndarray, y: np.ndarray) -> Step:
        """The mean cross-entropy of softmax(x) and its gradient."""
        scores, labels = self._tensor(x).requires_grad_(), torch.from_numpy(y)
        cost_of = self._function(F.cross_entropy)

        def step() -> tuple[Tensor, ...]:
            cost = cost_of(scores, labels)
            return (cost.detach(), *torch.autograd.grad(cost, scores))

        return step

    def layer_norm(self, x: np.ndarray, gain: np.ndarray, bias: np.ndarray, g: np.ndarray) -> Step:
        """Layer normalisation and its gradients for the cotangent g."""
        wrt = [self._tensor(value).requires_grad_() for value in (x, gain, bias)]
        cotangent = self._tensor(g)
        normal = self._function(lambda x, gain, bias: F.layer_norm(x, x.shape[1:], gain, bias, EPSILON))

        def step() -> tuple[Tensor, ...]:
            y = normal(*wrt)
            return (y.detach(), *torch.autograd.grad(y, wrt, cotangent))

        return step

    def black_scholes(self, price: np.ndarray, strike: np.ndarray, years: np.ndarray) -> Step:
        """Prices of European call and put options."""
        options = [self._tensor(value) for value in (price, strike, years)]
        prices = self._function(_prices)

        def step() -> tuple[Tensor, ...]:
            with torch.inference_mode():
                return prices(*options)

        return step

    def gelu(self, x: np.ndarray, g: np.ndarray) -> Step:
        """GELU in its form with tanh, and its gradient for the cotangent g."""
        own, cotangent = self._tensor(x).requires_grad_(), self._tensor(g)
        gelu = self._function(lambda x: F.gelu(x, approximate="tanh"))

        def step() -> tuple[Tensor, ...]:
            y = gelu(own)
            return (y.detach(), *torch.autograd.grad(y, own, cotangent))

        return step

    def adam(self, w: np.ndarray, g: np.ndarray) -> Step:
        """One update of Adam."""
        own = self._tensor(w).requires_grad_()
        own.grad = self._tensor(g)
        optimiser = torch.optim.Adam(
            [own], lr=ADAM["learning_rate"], betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"],
            fused=not self._compiled, capturable=self._compiled,
        )  # fmt: skip
        update = self._function(optimiser.step)

        def step() -> tuple[Tensor]:
            update()
            return (own.detach(),)

        return step


def _features(x: Tensor, w: Params) -> Tensor:
    h = F.relu(F.max_pool2d(F.conv2d(x, w["w_conv1"], w["b_conv1"]), 2))
    h = F.relu(F.max_pool2d(F.conv2d(h, w["w_conv2"], w["b_conv2"]), 2))
    return h.flatten(1)


def _dense(h: Tensor, w: Params, name: str) -> Tensor:
    return F.linear(h, w[f"w_{name}"], w[f"b_{name}"])


def _shallow(x: Tensor, w: Params, rate: float) -> Tensor:
    return _dense(torch.sigmoid(_dense(x, w, "fc1")), w, "fc2")


def _double_conv(x: Tensor, w: Params, rate: float) -> Tensor:
    return _dense(F.relu(_dense(_features(x, w), w, "fc1")), w, "fc2")


def _dropout(x: Tensor, w: Params, rate: float) -> Tensor:
    h = F.relu(_dense(F.dropout(_features(x, w), rate), w, "fc1"))
    h = F.relu(_dense(F.dropout(h, rate), w, "fc2"))
    return _dense(F.dropout(h, rate), w, "fc3")


def _batch_norm(h: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    return F.batch_norm(h, None, None, gain, bias, training=True, eps=EPSILON)


def _batch_norm_net(x: Tensor, w: Params, rate: float) -> Tensor:
    h = F.relu(_batch_norm(F.conv2d(x, w["w_conv1"], padding="same"), w["gain1"], w["bias1"]))
    h = F.relu(_batch_norm(F.conv2d(h, w["w_conv2"], padding="same"), w["gain2"], w["bias2"]))
    return F.linear(h.mean((2, 3)), w["w_fc"], w["b_fc"])


NETWORKS = {
    "shallow": _shallow, "double-conv": _double_conv, "dropout": _dropout, "batch-norm": _batch_norm_net
}  # fmt: skip


def _prices(s: Tensor, k: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    spread = VOLATILITY * torch.sqrt(t)
    d1 = (torch.log(s / k) + (RATE + VOLATILITY**2 / 2) * t) / spread
    d2 = d1 - spread
    later = k * torch.exp(-RATE * t)
    n1, n2 = (0.5 + 0.5 * torch.erf(d / math.sqrt(2)) for d in (d1, d2))
    return s * n1 - later * n2, later * (1 - n2) - s * (1 - n1)
