"""The main job: train a network of chapter 6 on MNIST and leave a run folder."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import symnet as sn
from symnet.data import mnist
from symnet.errors import SymnetError
from symnet.examples.chapter6 import NETWORKS
from symnet.train.loop import Classifier, History, fit
from symnet.train.run_folder import RunFolder
from symnet.viz.digits import digits_svg


@dataclass(frozen=True)
class Settings:
    """How a network is trained; the learning rate falls along half a cosine if `decay`."""

    epochs: int
    batch_size: int
    learning_rate: float
    mu: float = 0.0
    decay: bool = True


DEFAULTS = {
    "shallow": Settings(epochs=60, batch_size=10, learning_rate=0.1, decay=False),
    "conv": Settings(epochs=8, batch_size=10, learning_rate=0.03),
    "double-conv": Settings(epochs=8, batch_size=10, learning_rate=0.03),
    "dropout": Settings(epochs=10, batch_size=10, learning_rate=0.03),
}
QUICK_IMAGES = 5000


@dataclass(frozen=True)
class Report:
    """What a run reached, and where its files are."""

    history: History
    test_accuracy: float
    seconds: float
    folder: Path


def run(net: str, settings: Settings, seed: int, out: str | Path, quick: bool = False) -> Report:
    """Train, evaluate on the test set once, and write the run folder.

    Raises: DataError, ArgumentError.
    """
    start = time.perf_counter()
    folder = RunFolder(out)
    data = mnist()
    train, validation, test = (tuple(split) for split in data)
    if quick:
        train, validation = (train[0][:QUICK_IMAGES], train[1][:QUICK_IMAGES]), tuple(a[:1000] for a in validation)
    rng = np.random.default_rng(seed)
    sn.seed(seed)
    model = Classifier(NETWORKS[net], rng, mu=settings.mu)
    model.step.prepare(x=(settings.batch_size, 784), y=(settings.batch_size,), learning_rate=())
    print(_step_text(model.step.source))
    print(f"{model.step}\n")
    history = fit(
        model,
        train,
        validation,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        rng=rng,
        decay=settings.decay,
    )
    predicted = model.predictions(test[0])
    accuracy = float(np.mean(predicted == test[1]))
    seconds = time.perf_counter() - start
    folder.text("step.py", model.step.source)
    folder.arrays("parameters.npz", model.values())
    folder.json(
        "history.json",
        {
            "net": net,
            "seed": seed,
            "settings": asdict(settings),
            "ended": history.ended,
            "epochs": [asdict(epoch) for epoch in history.epochs],
            "best_epoch": history.best.number if history.best else None,
            "test_accuracy": accuracy,
            "seconds": seconds,
        },
    )
    wrong = np.flatnonzero(predicted != test[1])
    folder.text("wrong.svg", digits_svg(test[0][wrong], test[1][wrong], predicted[wrong]))
    _write_graph(folder, model)
    return Report(history, accuracy, seconds, folder.path)


def _step_text(source: str) -> str:
    """The part of the module that runs at every mini-batch."""
    lines = source.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("    def step("))
    return "\n".join(line[4:] for line in lines[first:-2])


def _write_graph(folder: RunFolder, model: Classifier) -> None:
    picture = sn.draw(model.step)
    folder.text("graph.dot", picture.source)
    try:
        folder.text("graph.svg", picture.svg())
    except SymnetError as error:
        print(f"graph.svg not drawn: {error.what}")
