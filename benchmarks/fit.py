"""Training by `fit`: what the loop costs beside the compiled step, and images per second beside PyTorch and Keras.

All train the convolutional network of `symnet.examples.chapter6` on made-up images in a new order each epoch: symnet by
`fit`, PyTorch by the usual loop, Keras by `Model.fit`. They take turns, an epoch each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from machine import machine

import symnet as sn
from symnet.examples.chapter6 import NETWORKS
from symnet.train import Classifier, fit

Epoch = Callable[[], float]
"""Trains for an epoch and returns its seconds."""
RATE = 0.03


class Timed:
    """A step that counts the seconds in it."""

    def __init__(self, step: Callable[..., object]) -> None:
        self.step, self.seconds = step, 0.0

    def __call__(self, *args: object) -> object:
        start = time.perf_counter()
        cost = self.step(*args)
        self.seconds += time.perf_counter() - start
        return cost


def by_symnet(x: np.ndarray, y: np.ndarray, batch_size: int, threads: int) -> tuple[Epoch, list[float]]:
    """An epoch by `fit`, and a list that gets the share of each epoch that is outside of the step."""
    rng = np.random.default_rng(0)
    with sn.options(machine=replace(sn.Machine(), threads=threads)):
        model = Classifier(NETWORKS["conv"], rng)
    timed = Timed(model.step)
    model.step = timed  # type: ignore[assignment]
    outside: list[float] = []

    def epoch() -> float:
        timed.seconds = 0.0
        history = fit(
            model, (x, y), (x[:10], y[:10]), epochs=1, batch_size=batch_size, learning_rate=RATE, rng=rng,
            decay=False, progress=False,
        )  # fmt: skip
        seconds = history.epochs[0].seconds
        outside.append(1 - timed.seconds / seconds)
        return seconds

    return epoch, outside


def by_torch(x: np.ndarray, y: np.ndarray, batch_size: int, threads: int) -> Epoch:
    """The loop that a PyTorch user writes, over tensors in memory."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    net = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
        nn.Linear(20 * 12 * 12, 100), nn.ReLU(), nn.Linear(100, 10),
    )  # fmt: skip
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, fused=True)
    cost_of = nn.CrossEntropyLoss()
    images, labels = torch.from_numpy(x), torch.from_numpy(y)

    def epoch() -> float:
        start = time.perf_counter()
        total = 0.0
        for rows in torch.randperm(len(images)).split(batch_size):
            optimiser.zero_grad()
            cost = cost_of(net(images[rows]), labels[rows])
            cost.backward()
            optimiser.step()
            total += cost.item()
        return time.perf_counter() - start

    return epoch


def by_keras(x: np.ndarray, y: np.ndarray, batch_size: int, threads: int) -> Epoch:
    """Keras on TensorFlow, whose `fit` compiles the step."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf
    from tensorflow import keras

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    model = keras.Sequential([
        keras.Input((28 * 28,)), keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(20, 5),
        keras.layers.MaxPooling2D(2), keras.layers.ReLU(), keras.layers.Flatten(),
        keras.layers.Dense(100, activation="relu"), keras.layers.Dense(10),
    ])  # fmt: skip
    model.compile(keras.optimizers.SGD(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def epoch() -> float:
        start = time.perf_counter()
        model.fit(x, y, batch_size=batch_size, verbose=0)
        return time.perf_counter() - start

    return epoch


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="*", choices=["torch", "keras"], default=["torch", "keras"])
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    print(machine())
    rng = np.random.default_rng(0)
    x, y = rng.random((chosen.images, 784), np.float32), rng.integers(0, 10, chosen.images)
    symnet, outside = by_symnet(x, y, chosen.batch_size, chosen.threads)
    makers = {"torch": by_torch, "keras": by_keras}
    runs = {"symnet": symnet}
    for name in chosen.peers:
        try:
            runs[name] = makers[name](x, y, chosen.batch_size, chosen.threads)
        except ImportError as error:
            print(f"without {name}: {error}", file=sys.stderr)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(chosen.rounds + 1):  # the first compiles
        for name, epoch in runs.items():
            taken = epoch()
            if turn:
                seconds[name].append(taken)
    steps = -(-chosen.images // chosen.batch_size)
    for name, times in seconds.items():
        median, least = statistics.median(times), min(times)
        print(
            f"{name:<8}{chosen.images / median:>9,.0f} images/s ({chosen.images / least:,.0f} at best), "
            f"{median / steps * 1e6:,.0f} us a step"
        )
    shares = outside[1:]
    print(f"fit outside of the step: {statistics.median(shares):.1%} of an epoch ({min(shares):.1%} at least)")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
