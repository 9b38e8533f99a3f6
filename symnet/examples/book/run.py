"""Runs a row: trains its network, or lets those of another row vote, and leaves a run folder and a record."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import symnet as sn
from symnet.data import Split, augment, batches, expand, mnist
from symnet.data.splits import as_rows
from symnet.errors import NumericError
from symnet.examples.book import records
from symnet.examples.book.networks import descent, one_cycle
from symnet.examples.book.records import Record
from symnet.examples.book.rows import ROWS, Row
from symnet.train import job
from symnet.train.callbacks import Checkpoints
from symnet.train.ensemble import Ensemble
from symnet.train.loop import Classifier, fit
from symnet.train.run_folder import RunFolder


class Digits(NamedTuple):
    """What a row trains on, as pixels, and what it is judged by, as numbers; without validation if it trains on all."""

    train: Split
    validation: Split | None
    test: Split


def run(row: Row, seed: int, out: Path, quick: bool = False, resume: bool = False) -> Record:
    """Run a row in its own folder below `out`, and note there and in results.json what came of it.

    With `resume` it goes on from the folder's checkpoint, bit for bit. A vote trains those of its nets that are
    missing, and goes on with those that were begun. A quick run takes little data. A run that ended before its first
    epoch did leaves no record.

    Raises: DataError, ArgumentError, NumericError.
    """
    folder = RunFolder(out / run_name(row, seed, quick))
    about = {"row": row.name, "seed": seed, "quick": quick, "settings": row.settings()}
    reached = _vote(row, seed, out, folder, quick) if row.voters else _train(row, folder, about, resume)
    record = records.stamped({**about, **reached})
    if record["epochs"]:
        folder.json(records.RECORD, record)
        records.gather(out)
    return record


def run_name(row: Row, seed: int, quick: bool) -> str:
    """The folder of a run, below that of all."""
    return f"{row.name}-{seed}{'-quick' if quick else ''}"


def can_resume(row: Row, seed: int, out: Path, quick: bool) -> bool:
    """Whether the row's run folder has a checkpoint."""
    return (out / run_name(row, seed, quick) / job.CHECKPOINT).exists()


def digits(row: Row, quick: bool) -> Digits:
    """The row's images in the book's split: those to train on as pixels, expanded if need be, the others as numbers."""
    train, validation, test = mnist("uint8")
    if quick:
        train = job.first(train, job.QUICK_IMAGES // 5 if row.expanded else job.QUICK_IMAGES)
        validation, test = job.first(validation, job.QUICK_VALIDATION), job.first(test, job.QUICK_VALIDATION)
    if row.expanded:
        train = expand(train)
    test = Split(_floats(test.images), test.labels)
    if row.whole:
        return Digits(Split(*map(np.concatenate, zip(train, validation))), None, test)
    return Digits(train, Split(_floats(validation.images), validation.labels), test)


def _floats(images: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
    return as_rows(images, np.dtype("float32"))


def _distorted(images: np.ndarray, rng: np.random.Generator | None, probability: float) -> np.ndarray:
    assert rng is not None
    square = _floats(images).reshape(-1, 28, 28)
    return augment.distort(square, rng, probability=probability).reshape(len(images), -1)


def classifier(row: Row, rng: np.random.Generator, steps: int) -> Classifier:
    """The row's network, to be trained in so many steps an epoch."""
    optimiser = one_cycle(row.epochs * steps) if row.one_cycle else descent(row.penalty / steps)
    return Classifier(row.network, rng, optimiser=optimiser)


def _train(row: Row, folder: RunFolder, about: Record, resume: bool) -> Record:
    start, seed, quick = time.perf_counter(), about["seed"], about["quick"]
    data = digits(row, quick)
    rng = np.random.default_rng(seed)
    sn.seed(seed)
    model = classifier(row, rng, -(-len(data.train.labels) // row.batch_size))
    job.prepare(folder, model, row.batch_size)
    transform = partial(_distorted, probability=row.distorted) if row.distorted else _floats
    # Pixels take a quarter of the memory of numbers, which a few at a time are made into.
    train = batches(*data.train, row.batch_size, rng, transform=transform, classes=10)
    history = fit(
        model,
        train,
        data.validation,
        epochs=row.epochs,
        learning_rate=row.learning_rate,
        decay=False,
        callbacks=[Checkpoints(folder.path / job.CHECKPOINT)],
        resume=folder.path / job.CHECKPOINT if resume else None,
    )
    report = job.finish(folder, model, history, data.test, about, start)
    best = history.best
    return {
        "ended": history.ended,
        "epochs": len(history.epochs),
        "best_epoch": best.number if best else None,
        "validation_accuracy": best.validation_accuracy if best else None,
        **_tested(data.test.labels, report.predicted),
        # Of all parts of a run that was resumed.
        "seconds": sum(epoch.seconds for epoch in history.epochs),
        "images_per_second": report.images_per_second,
    }


def _vote(row: Row, seed: int, out: Path, folder: RunFolder, quick: bool) -> Record:
    assert row.voter is not None
    voter = replace(ROWS[row.voter], epochs=row.epochs)
    runs = [_voter(voter, k, out, quick) for k in row.seeds(seed)]
    nets = [_trained(voter, out / run_name(voter, k, quick)) for k in row.seeds(seed)]
    ensemble = Ensemble(nets, row.vote)
    ensemble.save(folder.path / job.PARAMETERS)
    data = digits(voter, quick)
    predicted = ensemble.predictions(data.test.images)
    folder.text("wrong.svg", job.wrong_svg(data.test, predicted))
    ensemble.export(folder.path / "predict.py")
    return {
        "ended": "done",
        "epochs": min(record["epochs"] for record in runs),
        "best_epoch": None,
        "validation_accuracy": None if data.validation is None else ensemble.accuracy(data.validation),
        **_tested(data.test.labels, predicted),
        "seconds": sum(record["seconds"] for record in runs),
        "images_per_second": sorted(record["images_per_second"] for record in runs)[len(runs) // 2],
        "voters": [{name: record[name] for name in ("row", "seed", "right")} for record in runs],
    }


def _voter(row: Row, seed: int, out: Path, quick: bool) -> Record:
    """The record of a net that votes, which is trained to its end before."""
    found = records.of(out / run_name(row, seed, quick))
    if found is not None and found["ended"] == "done" and found["settings"] == row.settings():
        return found
    begun = can_resume(row, seed, out, quick)
    print(f"{row.name}, seed {seed}: {'goes on' if begun else 'is trained'}")
    record = run(row, seed, out, quick, resume=begun)
    if record["ended"].startswith("interrupted"):
        raise KeyboardInterrupt
    if record["ended"] != "done":
        raise NumericError(f"{row.name}, seed {seed}: {record['ended']}.", fix="let other seeds vote: --seed 1.")
    return record


def _trained(row: Row, folder: Path) -> Classifier:
    """The net of a run, with the parameters it was left with."""
    model = classifier(row, np.random.default_rng(0), 1)
    with np.load(folder / job.PARAMETERS) as arrays:
        model.restore(dict(arrays))
    return model


def _tested(labels: np.ndarray, predicted: np.ndarray) -> Record:
    right, total = int((predicted == labels).sum()), len(labels)
    return {"test_accuracy": right / total, "right": right, "total": total}
