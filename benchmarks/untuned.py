"""Networks of odd sizes for which no schedule was written: their parameters, batches and counted work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

MOMENTUM = 0.9
DECAY = 1e-4  # of the autoencoder's weights
CLASSES = 7
DILATIONS = (1, 2, 4, 8)
HEADS = 2

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Untuned:
    """A network's title, the shapes of its parameters and of a batch, and its multiplications for a batch, forward.

    Of `batch` integers come as a pair: their shape, and how many different ones there are. `reading` of the
    multiplications read the batch itself, whose gradient nobody asks for.
    """

    title: str
    params: Mapping[str, Shape]
    batch: Mapping[str, Shape | tuple[Shape, int]]
    multiplications: float
    reading: float = 0.0

    @property
    def flops(self) -> float:
        """Multiplications and additions of all products: backward as forward, twice, but for the batch's gradient."""
        return 2.0 * (3 * self.multiplications - self.reading)

    def data(self, rng: np.random.Generator, net: str) -> dict[str, Any]:
        """The arguments of the peers' task: normal weights of variance 2 / inputs, gains of 1, biases of 0."""
        params = {name: _first_value(name, shape, rng) for name, shape in self.params.items()}
        return {"net": net, "params": params, "batches": [self._batch(rng) for _ in range(8)]}

    def _batch(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        arrays = []
        for form in self.batch.values():
            if form and isinstance(form[0], tuple):
                shape, count = form
                arrays.append(rng.integers(count, size=shape))
            else:
                arrays.append(rng.random(form, np.float32))
        return tuple(arrays)


def _first_value(name: str, shape: Shape, rng: np.random.Generator) -> np.ndarray:
    if name.startswith("w"):
        inputs = math.prod(shape[1:]) if len(shape) > 2 else shape[0]
        return rng.normal(0.0, math.sqrt(2.0 / inputs), shape).astype(np.float32)
    return np.full(shape, float(name.startswith("gain")), np.float32)


def _causal() -> Untuned:
    n, channels, length = 17, 23, 121
    params: dict[str, Shape] = {}
    for k in range(len(DILATIONS)):
        params |= {f"w_conv{k}": (channels, channels, 3), f"gain{k}": (channels,), f"bias{k}": (channels,)}
    each = n * length * channels * channels
    layers = 3 * len(DILATIONS) + 1
    params |= {"w_out": (channels, channels, 1), "b_out": (channels,)}
    return Untuned(
        "dilated causal convolutions, residual, layer norm", params, {"x": (n, channels, length + 1)}, each * layers,
        3 * each,
    )


def _separable() -> Untuned:
    n, (h, w) = 17, (61, 45)
    places = [31 * 23, 16 * 12, 16 * 12]
    params: dict[str, Shape] = {
        "w_conv": (23, 3, 3, 3), "gain0": (23,), "bias0": (23,),
        "w_depth1": (23, 1, 3, 3), "gain1": (23,), "bias1": (23,),
        "w_point1": (46, 23, 1, 1), "gain2": (46,), "bias2": (46,),
        "w_depth2": (46, 1, 3, 3), "gain3": (46,), "bias3": (46,),
        "w_point2": (62, 46, 1, 1), "gain4": (62,), "bias4": (62,),
        "w_fc": (62 * 8 * 6, CLASSES), "b_fc": (CLASSES,),
    }  # fmt: skip
    first = n * places[0] * 23 * 27
    rest = places[1] * (23 * 9 + 23 * 46) + places[2] * (46 * 9 + 46 * 62) + 62 * 48 * CLASSES
    batch = {"x": (n, 3, h, w), "y": ((n,), CLASSES)}
    return Untuned("depthwise-separable net, stride 2, batch norm", params, batch, first + n * rest, first)


def _autoencoder() -> Untuned:
    n, sizes = 37, (611, 131, 23, 131, 611)
    params: dict[str, Shape] = {}
    for k, (m, out) in enumerate(pairwise(sizes)):
        params |= {f"w{k}": (m, out), f"b{k}": (out,)}
    each = [m * out for m, out in pairwise(sizes)]
    return Untuned("autoencoder, L2, momentum", params, {"x": (n, sizes[0])}, n * sum(each), n * each[0])


def _attention() -> Untuned:
    n, length, d, hidden, words = 17, 29, 46, 91, 211
    params = {
        "w_words": (words, d), "w_query": (d, d), "w_key": (d, d), "w_value": (d, d), "w_mixed": (d, d),
        "gain1": (d,), "bias1": (d,), "w_up": (d, hidden), "b_up": (hidden,), "w_down": (hidden, d), "b_down": (d,),
        "gain2": (d,), "bias2": (d,), "w_fc": (d, CLASSES), "b_fc": (CLASSES,),
    }  # fmt: skip
    each = 4 * d * d + 2 * length * d + 2 * d * hidden
    batch = {"words": ((n, length), words), "y": ((n,), CLASSES)}
    return Untuned("attention block on embedded words", params, batch, n * (length * each + d * CLASSES))


def _recurrent() -> Untuned:
    n, steps, inputs, hidden = 17, 20, 23, 41
    params: dict[str, Shape] = {}
    for gate in ("reset", "update", "new"):
        params |= {f"w_{gate}": (inputs, hidden), f"w_h_{gate}": (hidden, hidden)}
        params |= {f"b_{gate}": (hidden,), f"b_h_{gate}": (hidden,)}
    params |= {"w_fc": (hidden, CLASSES), "b_fc": (CLASSES,)}
    read, own = (n * steps * 3 * size * hidden for size in (inputs, hidden))
    batch = {"x": (steps, n, inputs), "y": ((n,), CLASSES)}
    return Untuned("gated recurrent units over 20 steps", params, batch, read + own + n * hidden * CLASSES, read)


NETWORKS: Mapping[str, Untuned] = {
    "causal": _causal(), "separable": _separable(), "autoencoder": _autoencoder(), "attention": _attention(),
    "recurrent": _recurrent(),
}  # fmt: skip
