"""What a run does beside training: callbacks, called when it begins, after steps and epochs, and when it has ended."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from symnet.errors import ArgumentError, DataError
from symnet.files import remove_unfinished

if TYPE_CHECKING:
    from symnet.train.loop import Trainer


class Callback:
    """Something to do while a model trains; override what is wanted.

    `trainer` has the `model`, the `history` so far and the `batches`, and `trainer.stop(why)` ends the run.
    """

    def begin(self, trainer: Trainer) -> None:
        """Before the first step, of a resumed run too."""

    def after_step(self, trainer: Trainer, cost: float) -> None:
        """After each update, with the cost of its batch."""

    def after_epoch(self, trainer: Trainer) -> None:
        """After each epoch, which is the last in the history."""

    def end(self, trainer: Trainer) -> None:
        """When the run has ended, however it did, and the model has the parameters that are kept."""


class EarlyStopping(Callback):
    """End the run once `patience` epochs have passed since the best one (Prechelt, 1998).

    Raises: ArgumentError, in a run without a validation set too.
    """

    def __init__(self, patience: int) -> None:
        if patience < 1:
            raise ArgumentError(f"EarlyStopping: patience is {patience}.", fix="wait for at least 1 epoch.")
        self.patience = patience

    def begin(self, trainer: Trainer) -> None:
        if trainer.validation is None:
            raise ArgumentError(
                "EarlyStopping: nothing is held out to judge epochs by.", fix="give fit a validation set."
            )
        self.after_epoch(trainer)

    def after_epoch(self, trainer: Trainer) -> None:
        history = trainer.history
        if history.best is not None and len(history.epochs) - history.best.number >= self.patience:
            trainer.stop(f"ended early: no epoch was better since epoch {history.best.number}")


class Checkpoints(Callback):
    """Save the run to a file when it begins, after each epoch, and with `every` after so many steps too.

    `fit(..., resume=path)` goes on from there bit for bit. The first write raises where it fails; a later one warns,
    and the file that was there before stays. A run whose parameters are not finite is stopped and not saved.

    Raises: ArgumentError.
    """

    def __init__(self, path: str | os.PathLike[str], every: int | None = None) -> None:
        if every is not None and every < 1:
            raise ArgumentError(f"Checkpoints: every is {every}.", fix="save after at least 1 step.")
        self.path = Path(path)
        self.every = every

    def begin(self, trainer: Trainer) -> None:
        remove_unfinished(self.path)
        trainer.save(self.path)

    def after_step(self, trainer: Trainer, cost: float) -> None:
        if self.every is not None and trainer.history.steps % self.every == 0:
            self._save(trainer)

    def after_epoch(self, trainer: Trainer) -> None:
        self._save(trainer)

    def _save(self, trainer: Trainer) -> None:
        if not trainer.is_finite():
            return
        try:
            trainer.save(self.path)
        except DataError as error:
            warnings.warn(f"step {trainer.history.steps} is not saved: {error.what}", RuntimeWarning, stacklevel=2)


class _Handle(Protocol):
    def update(self, shown: Any, /) -> Any: ...


class LivePlot(Callback):
    """Redraw the history in a notebook after each epoch.

    `handle` has a method `update`, as `IPython.display.display(..., display_id=True)` gives one; by default the plot
    stands below the cell that trains, and nothing is shown outside of notebooks.
    """

    def __init__(self, handle: _Handle | None = None) -> None:
        self._handle = handle
        self._given = handle is not None

    def begin(self, trainer: Trainer) -> None:
        # Not imported: who runs in a notebook has it.
        notebook = sys.modules.get("IPython.display") if "ipykernel" in sys.modules else None
        if not self._given:
            self._handle = notebook.display(trainer.history, display_id=True) if notebook else None

    def after_epoch(self, trainer: Trainer) -> None:
        if self._handle is not None:
            self._handle.update(trainer.history)

    def end(self, trainer: Trainer) -> None:
        self.after_epoch(trainer)
