"""The main job: train a network of chapter 6 on MNIST and leave a run folder."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import symnet as sn
from symnet.data import Split, mnist
from symnet.errors import SymnetError
from symnet.examples.chapter6 import NETWORKS
from symnet.train.callbacks import Checkpoints
from symnet.train.history import History
from symnet.train.loop import Classifier, check, fit
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
PREDICTED = (1, 250)
"""For how many images at a time the run folder's predict.py has plans."""
CHECKPOINT = "checkpoint.npz"
QUICK_IMAGES, QUICK_VALIDATION = 5000, 1000


@dataclass(frozen=True)
class Report:
    """What a run reached, and where its files are."""

    history: History
    predicted: np.ndarray
    labels: np.ndarray
    seconds: float
    folder: Path

    @property
    def test_accuracy(self) -> float:
        """The share of test images predicted right."""
        return float(np.mean(self.predicted == self.labels))


def run(
    net: str, settings: Settings, seed: int, out: str | Path, quick: bool = False, resume: bool = False
) -> Report:
    """Train, evaluate on the test set once, and write the run folder; `resume` goes on from the checkpoint in it.

    Raises: DataError, ArgumentError.
    """
    start = time.perf_counter()
    folder = RunFolder(out)
    train, validation, test = mnist()
    if quick:
        train = Split(train.images[:QUICK_IMAGES], train.labels[:QUICK_IMAGES])
        validation = Split(validation.images[:QUICK_VALIDATION], validation.labels[:QUICK_VALIDATION])
    # Before the plan, which allocates for the batch size.
    splits = {"training": train, "validation": validation}
    check(splits, None, settings.epochs, settings.learning_rate, settings.batch_size)
    rng = np.random.default_rng(seed)
    sn.seed(seed)
    model = Classifier(NETWORKS[net], rng, mu=settings.mu, inputs=train.images.shape[1])
    model.step.prepare(x=(settings.batch_size, train.images.shape[1]), y=(settings.batch_size,), learning_rate=())
    folder.text("step.py", model.step.source)
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
        callbacks=[Checkpoints(folder.path / CHECKPOINT)],
        resume=folder.path / CHECKPOINT if resume else None,
    )
    # At once: what follows takes seconds, and may be interrupted once more.
    folder.arrays("parameters.npz", model.values())
    predicted = model.predictions(test.images)
    report = Report(history, predicted, test.labels, time.perf_counter() - start, folder.path)
    folder.json("history.json", _record(net, settings, seed, report))
    wrong = np.flatnonzero(predicted != test.labels)
    folder.text("wrong.svg", digits_svg(test.images[wrong], test.labels[wrong], predicted[wrong]))
    _write_graph(folder, model)
    inputs = train.images.shape[1]
    model.predict.export(folder.path / "predict.py", shapes=[{"x": (n, inputs)} for n in PREDICTED])
    return report


def _record(net: str, settings: Settings, seed: int, report: Report) -> dict[str, Any]:
    history = report.history
    return {
        "net": net,
        "seed": seed,
        "settings": asdict(settings),
        "ended": history.ended,
        "parameters": history.kept,
        "epochs": [asdict(epoch) for epoch in history.epochs],
        "best_epoch": history.best.number if history.best else None,
        "test_accuracy": report.test_accuracy,
        "seconds": report.seconds,
    }


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
