"""The training loop of a classifier: mini-batches, validation, the best parameters kept, a run that can be resumed."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from symnet import saving
from symnet.data.batches import batches
from symnet.data.checks import check_labels
from symnet.errors import ArgumentError, DataError, NumericError
from symnet.examples.classifier import Classifier, Evaluation, Network, Split
from symnet.graph import Shared
from symnet.ops.random import default_generator
from symnet.train.callbacks import Callback
from symnet.train.history import Epoch, History
from symnet.train.progress import bar, line

_BEST = "best/"
"""What stands before the names of the best parameters in a checkpoint."""


class Model(Protocol):
    """What can be trained: `Classifier` is one.

    `states` are all shared variables that training changes, by name.
    """

    @property
    def step(self) -> Callable[[np.ndarray, np.ndarray, float], Any]:
        """Makes one update and returns the cost."""

    @property
    def states(self) -> dict[str, Shared]: ...
    @property
    def classes(self) -> int | None: ...
    def accuracy(self, split: Split) -> float: ...
    def evaluate(self, split: Split) -> Evaluation: ...
    def predictions(self, x: np.ndarray) -> np.ndarray: ...
    def values(self) -> dict[str, np.ndarray]: ...
    def restore(self, values: dict[str, np.ndarray]) -> None: ...


@runtime_checkable
class Batches(Protocol):
    """What `fit` trains on, as `sn.data.batches` makes it: each `iter` gives an epoch, a `state` is a place in one."""

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]: ...

    def __len__(self) -> int:
        """How many batches an epoch has."""

    def state(self) -> dict[str, Any]:
        """The place after the batches given so far, order included, as JSON says it."""

    def from_state(self, state: dict[str, Any]) -> Any:
        """Let the next `iter` go on from a `state()`; ArgumentError, and nothing changed, where it is of other data."""


class Trainer:
    """A training run: `fit` makes it, and callbacks and checkpoints look into it.

    The arguments are those of the function `fit`.

    Raises: ArgumentError, BoundsError.
    """

    def __init__(
        self,
        model: Model,
        train: Split | Batches,
        validation: Split | None,
        *,
        epochs: int,
        learning_rate: float,
        batch_size: int | None = None,
        rng: np.random.Generator | None = None,
        decay: bool = True,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        held = {} if validation is None else {"validation": validation}
        if isinstance(train, Batches):
            if batch_size is not None or rng is not None:
                raise ArgumentError("fit: batch_size and rng are given, but the batches have their own.")
            check(held, model.classes, epochs, learning_rate)
            self.batches = train
        else:
            if not isinstance(train, Sequence) or len(train) != 2:
                raise ArgumentError(
                    f"fit: train is {type(train).__name__}, neither (x, y) nor batches.",
                    fix="pass (x, y), or batches with iter(), len(), state() and from_state().",
                )
            check({"training": train, **held}, model.classes, epochs, learning_rate, batch_size)
            assert batch_size is not None
            self.batches = batches(*train, batch_size, rng or default_generator())
        self.model = model
        self.validation = validation
        self.history = History()
        self._epochs, self._learning_rate, self._decay, self._progress = epochs, learning_rate, decay, progress
        self._callbacks = tuple(callbacks)
        self._best = model.values()
        self._partial = Partial()
        self._stopping = False

    # running ----------------------------------------------------------------------------------------------------------
    def fit(self) -> History:
        """Train from where the run is to its end; see the function `fit`."""
        history = self.history
        after_step = [c.after_step for c in self._callbacks if type(c).after_step is not Callback.after_step]
        try:
            if self._partial.steps:
                self.batches.from_state(self.batches.state())  # the epoch that was left goes on
            for callback in self._callbacks:
                callback.begin(self)
            while len(history.epochs) < self._epochs and not self._stopping:
                self._run_epoch(after_step)
        except KeyboardInterrupt:
            history.ended = f"interrupted in epoch {len(history.epochs) + 1}, after {history.steps} steps"
        except NumericError as error:
            history.ended = f"stopped at step {history.steps + 1}: {error.what}"
        finally:
            self._keep()
        for callback in self._callbacks:
            callback.end(self)
        return history

    def stop(self, why: str) -> None:
        """End the run after this step or epoch; `history.ended` says why."""
        self.history.ended = why
        self._stopping = True

    def is_finite(self) -> bool:
        """Whether all parameters are numbers; if not, the run is stopped, and the history names one that is not."""
        for name, value in self.model.values().items():
            if not np.isfinite(value).all():
                self.stop(f"stopped after step {self.history.steps}: {name} is not finite")
                return False
        return True

    def evaluate(self, split: Split) -> Evaluation:
        """Cost and accuracy over the rows of (x, y), without dropout."""
        return self.model.evaluate(split)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The predicted class of each row."""
        return self.model.predictions(x)

    def _rate(self) -> float:
        if not self._decay:
            return self._learning_rate
        share = self.history.steps / (self._epochs * len(self.batches))
        return self._learning_rate * (0.5 + 0.5 * math.cos(math.pi * share))

    def _run_epoch(self, after_step: Sequence[Callable[[Trainer, float], None]]) -> None:
        history, partial, step = self.history, self._partial, self.model.step
        title = f"epoch {len(history.epochs) + 1}/{self._epochs}"
        partial.begin()
        with bar(self.batches, title, partial.steps, len(self.batches), self._progress) as shown:
            for x, y in shown:
                partial.rate = self._rate()
                cost = float(step(x, y, partial.rate))
                history.steps += 1
                partial.add(cost, len(y))
                if not shown.disable and history.steps % 50 == 0:
                    shown.set_postfix(cost=f"{cost:.4f}", refresh=False)
                for call in after_step:
                    call(self, cost)
                if self._stopping:
                    return
        seconds = partial.seconds
        if not self.is_finite():
            return
        if not partial.rows:
            raise ArgumentError("fit: the batches of an epoch hold no rows.")
        self._finish(seconds)

    def _finish(self, seconds: float) -> None:
        """Validate after an epoch, note it, and tell the callbacks."""
        history, partial = self.history, self._partial
        accuracy = None if self.validation is None else self.model.accuracy(self.validation)
        cost = partial.total / partial.rows
        epoch = Epoch(len(history.epochs) + 1, cost, accuracy, partial.rate, seconds, partial.rows / seconds)
        history.epochs.append(epoch)
        if epoch.is_better_than(history.best):
            self._best, history.best = self.model.values(), epoch
        self._partial = Partial()
        if self._progress:
            line(str(epoch))
        for callback in self._callbacks:
            callback.after_epoch(self)

    def _keep(self) -> None:
        """Leave the model with the best epoch's values; before there is one, with the latest, if they are finite."""
        history = self.history
        if history.best is not None:
            history.kept = f"epoch {history.best.number}"
        elif history.steps and all(np.isfinite(w).all() for w in self.model.values().values()):
            history.kept = f"step {history.steps}"
            return
        self.model.restore(self._best)

    # checkpoints ------------------------------------------------------------------------------------------------------
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint: all that the rest of the run depends on, in a file that is written whole or not at all.

        Raises: ArgumentError, DataError.
        """
        arrays = saving.values(self.model.states)
        best = {_BEST + name: value for name, value in self._best.items()}
        extra = {"history": self.history.state(), "epoch": self._partial.state(), "batches": self.batches.state()}
        saving.write(path, {**arrays, **best}, extra)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint: `fit` then gives what the run would have given, bit for bit.

        Raises: DataError where the file is missing or damaged; ArgumentError where it is of another model or of other
        data, with what differs. Nothing is loaded then.
        """
        arrays, extra = saving.read(path)
        best = {name.removeprefix(_BEST): value for name, value in arrays.items() if name.startswith(_BEST)}
        latest = {name: value for name, value in arrays.items() if not name.startswith(_BEST)}
        source = f"resume: {os.fspath(path)}"
        states = self.model.states
        saving.compare(states, latest, source)
        saving.compare({name: states[name] for name in self._best}, best, source)
        try:
            history, partial, place = History.of(extra["history"]), Partial(**extra["epoch"]), extra["batches"]
        except (TypeError, KeyError) as error:
            raise DataError(f"{source} holds weights, but not of a run by fit: {error} is missing.") from None
        self.batches.from_state(place)
        saving.assign(states, latest)
        self.history, self._partial, self._best = history, partial, best


class Partial:
    """An epoch so far: the sum of costs by rows, rows, steps, the latest learning rate, and seconds."""

    def __init__(
        self, total: float = 0.0, rows: int = 0, steps: int = 0, rate: float = 0.0, before: float = 0.0
    ) -> None:
        self.total, self.rows, self.steps, self.rate = total, rows, steps, rate
        self._before, self._start = before, time.perf_counter()

    def begin(self) -> None:
        """Let its time run."""
        self._start = time.perf_counter()

    def add(self, cost: float, rows: int) -> None:
        """Count a step."""
        self.total += cost * rows
        self.rows += rows
        self.steps += 1

    @property
    def seconds(self) -> float:
        """How long it has taken, before the run was resumed too."""
        return self._before + time.perf_counter() - self._start

    def state(self) -> dict[str, float]:
        """What the constructor takes."""
        return {
            "total": self.total, "rows": self.rows, "steps": self.steps, "rate": self.rate, "before": self.seconds
        }  # fmt: skip


def fit(
    model: Model,
    train: Split | Batches,
    validation: Split | None,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    decay: bool = True,
    progress: bool = True,
    callbacks: Iterable[Callback] = (),
    resume: str | os.PathLike[str] | None = None,
) -> History:
    """Train by mini-batches in a new random order each epoch, and leave the model with its best parameters.

    `train` is (x, y), which `batch_size` and `rng` part and order (by default `sn.default_generator()`, so that
    `sn.seed` decides), or `Batches`. Best is the highest validation accuracy; where `validation` is None, the last
    epoch is. With `decay` the learning rate falls along half a cosine to nearly 0 (Loshchilov and Hutter, 2017). Ctrl-C
    ends the run early, and a cost or a parameter that is not finite stops it; both keep the best epoch's parameters, or
    in the first epoch those of the last step if they are finite. `history.kept` says which. `resume` is a file that the
    callback `Checkpoints` wrote, from which the run goes on bit for bit.

    Raises: ArgumentError, BoundsError, DataError.
    """
    trainer = Trainer(
        model,
        train,
        validation,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        rng=rng,
        decay=decay,
        progress=progress,
        callbacks=callbacks,
    )
    if resume is not None:
        trainer.load(resume)
    return trainer.fit()


def check(
    splits: Mapping[str, Split], classes: int | None, epochs: int, learning_rate: float, batch_size: int | None = 1
) -> None:
    """See that a run can begin.

    Raises: ArgumentError, BoundsError.
    """
    for name, (x, y) in splits.items():
        if len(x) != len(y):
            raise ArgumentError(f"fit: {len(x)} {name} images but {len(y)} labels.")
        if not len(x):
            raise ArgumentError(f"fit: there are no {name} images.")
        if classes is not None:
            check_labels("fit", np.asarray(y), classes, what=f"{name} label")
    if epochs < 1:
        raise ArgumentError(f"fit: epochs is {epochs}.", fix="train for at least 1 epoch.")
    rows = len(next(iter(splits.values()))[0]) if splits else 1
    if batch_size is None or not 1 <= batch_size <= rows:
        raise ArgumentError(
            f"fit: batch_size is {batch_size}, but there are {rows} images.",
            fix=f"choose a batch size from 1 to {rows}.",
        )
    if not 0 < learning_rate < math.inf:
        raise ArgumentError(f"fit: learning_rate is {learning_rate}.", fix="choose a positive number.")


__all__ = ["Batches", "Classifier", "Epoch", "History", "Model", "Network", "Split", "Trainer", "check", "fit"]
