"""What a job does before and after training: the files of a run folder, and one look at the test set."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symnet.data import Split
from symnet.examples.classifier import Classifier
from symnet.train.history import History
from symnet.train.run_folder import RunFolder
from symnet.viz.digits import digits_svg
from symnet.viz.filters import filters_svg

CHECKPOINT, PARAMETERS = "checkpoint.npz", "parameters.npz"
PREDICTED = (1, 250)
"""For how many images at a time the run folder's predict.py has plans."""
QUICK_IMAGES, QUICK_VALIDATION = 5000, 1000
"""How many images a quick run trains on, and how many it validates with."""


@dataclass(frozen=True)
class Report:
    """What a run reached, and where its files are."""

    history: History
    predicted: np.ndarray
    labels: np.ndarray
    seconds: float
    folder: Path

    @property
    def right(self) -> int:
        """How many test images were predicted right."""
        return int((self.predicted == self.labels).sum())

    @property
    def test_accuracy(self) -> float:
        """The share of test images predicted right."""
        return float(np.mean(self.predicted == self.labels))

    @property
    def images_per_second(self) -> float | None:
        """The median of the epochs' speeds, if there was an epoch."""
        speeds = sorted(epoch.images_per_second for epoch in self.history.epochs)
        return speeds[len(speeds) // 2] if speeds else None

    def __str__(self) -> str:
        speed, best = self.images_per_second, self.history.best
        parts = [f"test accuracy {self.test_accuracy:.2%} ({self.right:,} of {len(self.labels):,})"]
        parts += [f"best epoch {best.number}"] if best else []
        parts += [f"{self.seconds:.1f} s in all"]
        parts += [f"{speed:,.0f} images/s"] if speed is not None else []
        return f"{', '.join(parts)}\nrun folder: {self.folder}"


def first(split: Split, count: int) -> Split:
    """The first images of a split and their labels."""
    return Split(split.images[:count], split.labels[:count])


def prepare(folder: RunFolder, model: Classifier, batch_size: int) -> None:
    """Compile the step for batches of this size, and leave its source as step.py."""
    inputs = model.x.type.shape[1]
    model.step.prepare(x=(batch_size, inputs), y=(batch_size,), learning_rate=())
    folder.text("step.py", model.step.source)


def finish(
    folder: RunFolder, model: Classifier, history: History, test: Split, about: Mapping[str, Any], start: float
) -> Report:
    """Keep the parameters, evaluate on the test set once, and write the rest of the run folder.

    `about` says in history.json what was run; `start` is the `time.perf_counter()` of when it began.

    Raises: DataError.
    """
    images, labels = test
    # At once: what follows takes seconds, and may be interrupted once more.
    values = model.values()
    folder.arrays(PARAMETERS, values)
    predicted = model.predictions(images)
    report = Report(history, predicted, labels, time.perf_counter() - start, folder.path)
    folder.json("history.json", {**about, **_reached(report)})
    folder.text("wrong.svg", wrong_svg(test, predicted))
    filters = {name: value for name, value in values.items() if value.ndim == 4}
    if filters:
        folder.text("filters.svg", filters_svg(filters))
    inputs = images.shape[1]
    model.predict.export(folder.path / "predict.py", shapes=[{"x": (n, inputs)} for n in PREDICTED])
    return report


def wrong_svg(test: Split, predicted: np.ndarray) -> str:
    """The sheet of the test images that were predicted wrong."""
    images, labels = test
    wrong = np.flatnonzero(predicted != labels)
    return digits_svg(images[wrong], labels[wrong], predicted[wrong])


def _reached(report: Report) -> dict[str, Any]:
    history = report.history
    return {
        "ended": history.ended,
        "parameters": history.kept,
        "epochs": [asdict(epoch) for epoch in history.epochs],
        "best_epoch": history.best.number if history.best else None,
        "test_accuracy": report.test_accuracy,
        "seconds": report.seconds,
    }
