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
from symnet.train.callbacks import Checkpoints
from symnet.train.job import CHECKPOINT, QUICK_IMAGES, QUICK_VALIDATION, Report, finish, first, prepare
from symnet.train.loop import Classifier, check, fit
from symnet.train.run_folder import RunFolder


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
        train, validation = first(train, QUICK_IMAGES), first(validation, QUICK_VALIDATION)
    # Before the plan, which allocates for the batch size.
    splits = {"training": train, "validation": validation}
    check(splits, None, settings.epochs, settings.learning_rate, settings.batch_size)
    rng = np.random.default_rng(seed)
    sn.seed(seed)
    model = Classifier(NETWORKS[net], rng, mu=settings.mu, inputs=train.images.shape[1])
    prepare(folder, model, settings.batch_size)
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
    about = {"net": net, "seed": seed, "settings": asdict(settings)}
    report = finish(folder, model, history, test, about, start)
    _write_graph(folder, model)
    return report


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
