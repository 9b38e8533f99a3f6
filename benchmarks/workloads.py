"""What is measured: each workload has one definition of its data and first values, whoever computes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
import untuned

LEARNING_RATE = 0.01
EPSILON = 1e-5  # of batch and layer normalisation
RATE, VOLATILITY = 0.05, 0.2  # of Black-Scholes: interest and the price's standard deviation, per year
ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}

Arrays = dict[str, np.ndarray]
Batch = tuple[np.ndarray, np.ndarray]


class Data(Protocol):
    """The keyword arguments of a peer's task, drawn from a generator."""

    def __call__(self, rng: np.random.Generator) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Bar:
    """A promise: be `factor` times as fast as the fastest of `rivals`, or of all peers if none is named."""

    text: str
    factor: float = 1.0
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    `task` is the peers' method that builds its step from `data`. `flops` counts the multiplications and additions of
    its products; where there are none, `traffic` counts the bytes of the inputs and the results, each moved once.
    """

    key: str
    title: str
    task: str
    data: Data
    bars: Sequence[Bar]
    flops: float = 0.0
    traffic: float = 0.0
    random: bool = False  # draws of its own: the check is made without them
    images: bool = False  # images (N, C, H, W), which have another layout


@dataclass(frozen=True)
class Network:
    """Shapes of a network: its images, its parameters, and how many places each convolution gives."""

    image: tuple[int, ...]
    params: Mapping[str, tuple[int, ...]]
    places: Mapping[str, int] = field(default_factory=dict)

    def values(self, rng: np.random.Generator) -> Arrays:
        """First values: normal weights of variance 2 / inputs, gains of 1, biases of 0."""
        return {name: _first_value(name, shape, rng) for name, shape in self.params.items()}

    def multiplications(self) -> list[int]:
        """How many each layer with weights makes for one image, forward."""
        return [
            math.prod(shape) * self.places.get(name, 1) for name, shape in self.params.items() if name[0] == "w"
        ]

    def flops(self, batch: int, training: bool = True) -> float:
        """Multiplications and additions of all products: backward as forward, twice, but for the images' gradient."""
        layers = self.multiplications()
        return 2.0 * batch * (3 * sum(layers) - layers[0] if training else sum(layers))


def _first_value(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if name.startswith("w"):
        inputs = math.prod(shape[1:]) if len(shape) == 4 else shape[0]
        return rng.normal(0.0, math.sqrt(2.0 / inputs), shape).astype(np.float32)
    return np.full(shape, float(name.startswith("gain")), np.float32)


_CONVOLUTIONS = {"w_conv1": (20, 1, 5, 5), "b_conv1": (20,), "w_conv2": (40, 20, 5, 5), "b_conv2": (40,)}
_PLACES = {"w_conv1": 24 * 24, "w_conv2": 8 * 8}

NETWORKS = {
    "shallow": Network(
        (784,), {"w_fc1": (784, 100), "b_fc1": (100,), "w_fc2": (100, 10), "b_fc2": (10,)}
    ),
    "double-conv": Network(
        (1, 28, 28),
        {**_CONVOLUTIONS, "w_fc1": (640, 100), "b_fc1": (100,), "w_fc2": (100, 10), "b_fc2": (10,)},
        _PLACES,
    ),
    "dropout": Network(
        (1, 28, 28),
        {
            **_CONVOLUTIONS,
            "w_fc1": (640, 1000), "b_fc1": (1000,),
            "w_fc2": (1000, 1000), "b_fc2": (1000,),
            "w_fc3": (1000, 10), "b_fc3": (10,),
        },
        _PLACES,
    ),
    "batch-norm": Network(
        (3, 32, 32),
        {
            "w_conv1": (64, 3, 3, 3), "gain1": (64,), "bias1": (64,),
            "w_conv2": (64, 64, 3, 3), "gain2": (64,), "bias2": (64,),
            "w_fc": (64, 10), "b_fc": (10,),
        },
        {"w_conv1": 32 * 32, "w_conv2": 32 * 32},
    ),
}  # fmt: skip


def channels_last(params: Arrays) -> Arrays:
    """The parameters for images (N, H, W, C): filters (kh, kw, C, F), and `w_fc1` in the order of such features."""
    own = {name: value.transpose(2, 3, 1, 0).copy() if value.ndim == 4 else value for name, value in params.items()}
    if "w_conv2" in params and "w_fc1" in params:
        fc1 = params["w_fc1"]
        own["w_fc1"] = fc1.reshape(40, 4, 4, -1).transpose(1, 2, 0, 3).reshape(fc1.shape).copy()
    return own


def batches(image: tuple[int, ...], size: int, rng: np.random.Generator) -> list[Batch]:
    """Random images and labels: nothing to learn, so no gradient vanishes into denormals."""
    count = 16 if size <= 128 else 2
    return [(rng.random((size, *image), np.float32), rng.integers(10, size=size)) for _ in range(count)]


# The data of each task: the arguments of the peers' methods --------------------------------------------------------


def training_data(rng: np.random.Generator, net: str, size: int, rate: float) -> dict[str, Any]:
    """First parameters and batches of `size` images; `rate` is that of dropout."""
    network = NETWORKS[net]
    return {
        "net": net, "params": network.values(rng), "batches": batches(network.image, size, rng), "rate": rate
    }  # fmt: skip


def prediction_data(rng: np.random.Generator, net: str, size: int) -> dict[str, Any]:
    """Parameters and batches of `size` images."""
    network = NETWORKS[net]
    images = [x for x, _ in batches(network.image, size, rng)]
    return {"net": net, "params": network.values(rng), "images": images}


def cross_entropy_data(rng: np.random.Generator, rows: int, classes: int) -> dict[str, Any]:
    """Scores (rows, classes) and labels (rows,)."""
    return {"x": rng.standard_normal((rows, classes), np.float32), "y": rng.integers(classes, size=rows)}


def layer_norm_data(rng: np.random.Generator, rows: int, n: int) -> dict[str, Any]:
    """x (rows, n), gain and bias (n,), and the cotangent g of the result."""
    return {
        "x": rng.standard_normal((rows, n), np.float32),
        "gain": rng.uniform(0.5, 1.5, n).astype(np.float32),
        "bias": rng.standard_normal(n, np.float32),
        "g": rng.standard_normal((rows, n), np.float32),
    }


def black_scholes_data(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Price, strike and years to go of n options."""
    ranges = {"price": (10, 50), "strike": (10, 50), "years": (1, 2)}
    return {name: rng.uniform(low, high, n).astype(np.float32) for name, (low, high) in ranges.items()}


def gelu_data(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """x (n,) and the cotangent g of the result."""
    return {"x": rng.standard_normal(n, np.float32), "g": rng.standard_normal(n, np.float32)}


def adam_data(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Parameters (n,) and their gradient."""
    return {"w": 0.05 * rng.standard_normal(n, np.float32), "g": rng.standard_normal(n, np.float32)}


# The table ---------------------------------------------------------------------------------------------------------

_DEFAULT = ("torch",)
_PYTORCH = ("torch", "torch-channels-last")
_FASTEST = Bar("ahead of the fastest")


def _training(key: str, title: str, net: str, size: int, bars: Sequence[Bar], rate: float = 0.0) -> Workload:
    return Workload(
        f"{key}-{size}", f"{title}, batch {size}", "train",
        partial(training_data, net=net, size=size, rate=rate), bars,
        flops=NETWORKS[net].flops(size), random=rate > 0, images=net != "shallow",
    )  # fmt: skip


def _prediction(size: int, bar: Bar) -> Workload:
    return Workload(
        f"inference-{size}", f"inference of the conv net, batch {size:,}", "predict",
        partial(prediction_data, net="double-conv", size=size), (bar,),
        flops=NETWORKS["double-conv"].flops(size, training=False), images=True,
    )  # fmt: skip


def _untuned(net: str) -> Workload:
    network = untuned.NETWORKS[net]
    return Workload(
        f"untuned-{net}", f"untuned: {network.title}", "untuned", partial(network.data, net=net),
        (Bar("1x PyTorch eager", 1, _DEFAULT),), flops=network.flops, images=net == "separable",
    )  # fmt: skip


_MLP, _CONV = "MLP 784-100-10", "book conv net (20, 40, fc 100)"
_M = 1_000_000

WORKLOADS = (
    _training("mlp", _MLP, "shallow", 10, (Bar("5x PyTorch", 5, _DEFAULT), Bar("ahead of PyTensor", 1, ("pytensor",)))),
    _training("mlp", _MLP, "shallow", 128, (Bar("1.4x PyTorch", 1.4, _DEFAULT), Bar("ahead of all"))),
    _training("conv", _CONV, "double-conv", 10, (Bar("1.7x default eager", 1.7, _DEFAULT), _FASTEST)),
    _training("conv", _CONV, "double-conv", 32, (Bar("1.5x default eager", 1.5, _DEFAULT), _FASTEST)),
    _training("conv", _CONV, "double-conv", 128, (Bar("1.3x default eager", 1.3, _DEFAULT), Bar("1x the fastest"))),
    _training("last", "book's last net (fc 1000, fc 1000, dropout)", "dropout", 10, (_FASTEST,), rate=0.5),
    _training(
        "batch-norm", "batch-norm net", "batch-norm", 32,
        (Bar("0.7x PyTorch", 0.7, _DEFAULT), Bar("then 1x PyTorch", 1, _DEFAULT)),
    ),
    _prediction(1, _FASTEST),
    _prediction(1000, Bar("1x channels_last", 1, ("torch-channels-last",))),
    Workload(
        "cross-entropy", "log-softmax + cross-entropy + gradient, (4096, 1000)", "cross_entropy",
        partial(cross_entropy_data, rows=4096, classes=1000), (Bar("1x PyTorch", 1, _DEFAULT),),
        traffic=4 * 4096 * 1000 * 2,
    ),
    Workload(
        "layer-norm", "layer norm + gradient, (4096, 1024)", "layer_norm",
        partial(layer_norm_data, rows=4096, n=1024), (Bar("1x PyTorch", 1, _DEFAULT),),
        traffic=4 * 4096 * 1024 * 4,
    ),
    Workload(
        "black-scholes", "Black-Scholes, 10^6 options", "black_scholes",
        partial(black_scholes_data, n=_M), (Bar("1x PyTorch eager", 1, _DEFAULT),), traffic=4 * _M * 5,
    ),
    Workload(
        "gelu", "GELU + gradient, 10^6", "gelu",
        partial(gelu_data, n=_M), (Bar("1x PyTorch eager", 1, _DEFAULT),), traffic=4 * _M * 4,
    ),
    Workload(
        "adam", "Adam update, 10^6 parameters", "adam",
        partial(adam_data, n=_M), (Bar("4x plain NumPy", 4, ("numpy",)),), traffic=4 * _M * 7,
    ),
    *map(_untuned, untuned.NETWORKS),
)  # fmt: skip
