"""Draws the pictures of this folder: `python docs/pictures/make.py`, with the [viz] extra or a `dot` program.

A formula, the training steps of two networks before and after rewriting and as they run, and one too large for a box
for each operation.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import symnet as sn
import symnet.viz as viz
from symnet.examples.chapter6 import double_conv, shallow
from symnet.examples.classifier import Classifier

HERE = Path(__file__).parent
BATCH = 10
AS_PNG = ("formula",)


def formula() -> sn.Variable:
    """The length of a damped oscillation's residual."""
    t = sn.tensor("t", shape=(100,))
    data = sn.tensor("data", shape=(100,))
    rate = sn.scalar("rate")
    model = sn.exp(-rate * t) * sn.cos(t)
    residual = model - data
    error = sn.sqrt(sn.mean(sn.square(residual)))
    return error


def step(network) -> sn.Function:
    """The training step of a network of chapter 6, called once."""
    train = Classifier(network, np.random.default_rng(0)).step
    train(np.zeros((BATCH, 784), np.float32), np.zeros(BATCH, np.int64), 0.1)
    return train


def deep() -> sn.Variable:
    """A network of 100 blocks of two layers each."""
    h = sn.tensor("x", shape=("batch", 8))
    rng = np.random.default_rng(0)
    for k in range(100):
        with sn.scope(f"block{k + 1}"):
            first, second = (sn.nn.Dense(8, rng=rng, name=f"fc{k + 1}{letter}") for letter in "ab")
            h = h + sn.tanh(second(sn.relu(first(h))))
    return h


def main() -> None:
    """Write every picture as SVG, and some as PNG."""
    mlp, conv = step(shallow), step(double_conv)
    pictures = {
        "formula": sn.draw(formula()),
        "mlp_before": sn.draw(mlp, when="before"),
        "mlp_after": sn.draw(mlp),
        "mlp_compiled_cost": sn.draw(mlp, when="compiled", heat="cost"),
        "conv_before": sn.draw(conv, when="before", depth=0),
        "conv_after": sn.draw(conv, depth=0),
        "conv_after_bytes": sn.draw(conv, depth=0, heat="bytes"),
        "deep_collapsed": sn.draw(deep(), limit=30),
    }
    for name, picture in pictures.items():
        picture.save(HERE / f"{name}.svg")
        if name in AS_PNG:
            picture.save(HERE / f"{name}.png")
    (HERE / "mlp_listing.html").write_text(viz.listing(mlp).html + "\n", "utf-8")


if __name__ == "__main__":
    main()
