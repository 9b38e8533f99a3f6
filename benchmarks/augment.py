"""How many images a second each augmentation of `symnet.data` makes, and what it adds to a training loop.

Images are MNIST's, in float32, 128 at a time as in minibatches of 10. The loop trains the first convolutional network
of chapter 6 with elastic distortion. Each figure is the best and the median of rounds that take turns.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import islice

import numpy as np
from machine import machine

from symnet.data import augment, batches, mnist
from symnet.examples.chapter6 import NETWORKS
from symnet.train.loop import Classifier

SIZE = 10
WORDS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "shift": augment.shift,
    "crop": lambda x, rng: augment.crop(x, rng, (28, 28), padding=2),
    "flip": augment.flip,
    "rotate": augment.rotate,
    "scale": augment.scale,
    "elastic": augment.elastic,
    "distort": augment.distort,
}


def elastic(x: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
    """Rows of MNIST, distorted."""
    assert rng is not None
    return augment.elastic(x.reshape(-1, 28, 28), rng).reshape(x.shape)


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that take turns (9)")
    parser.add_argument("--images", type=int, default=1280, help="images of a round (1,280)")
    options = parser.parse_args()
    print(machine())
    x, y = mnist().train
    model = Classifier(NETWORKS["conv"], np.random.default_rng(0))
    loops = {
        "training": batches(x, y, SIZE, 0),
        "training, elastic": batches(x, y, SIZE, 0, transform=elastic),
        "training, elastic, prefetch=26": batches(x, y, SIZE, 0, transform=elastic, prefetch=26),
    }
    jobs: dict[str, Callable[[], object]] = {}
    for name, word in WORDS.items():
        jobs[name] = lambda word=word: over(word, x.reshape(-1, 28, 28)[: options.images])
    for name, loop in loops.items():
        jobs[name] = lambda loop=loop: train(model, loop, options.images // SIZE)
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(options.rounds + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if turn:  # the first fills caches and makes plans
                seconds[name].append(time.perf_counter() - start)
    print(f"{'images a second':32} {'best':>10} {'median':>10}")
    for name, taken in seconds.items():
        best, median = options.images / min(taken), options.images / statistics.median(taken)
        print(f"{name:32} {best:10,.0f} {median:10,.0f}")


def over(word: Callable[[np.ndarray, np.random.Generator], np.ndarray], images: np.ndarray) -> None:
    """Change all images, 128 at a time."""
    rng = np.random.default_rng(0)
    for start in range(0, len(images), 128):
        word(images[start : start + 128], rng)


def train(model: Classifier, loop: object, steps: int) -> None:
    """Make `steps` training steps."""
    for x, y in islice(loop, steps):  # type: ignore[call-overload]
        model.step(x, y, 0.01)


if __name__ == "__main__":
    main()
