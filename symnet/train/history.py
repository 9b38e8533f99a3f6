"""What a training run was like: its epochs, the best of them, and how it ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Epoch:
    """What one pass over the training set gave; times in seconds, no accuracy where nothing was held out."""

    number: int
    cost: float
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float

    def is_better_than(self, other: Epoch | None) -> bool:
        """Whether it is to be kept rather than an earlier one: by validation accuracy, else as the later."""
        if other is None or self.validation_accuracy is None or other.validation_accuracy is None:
            return True
        return self.validation_accuracy > other.validation_accuracy

    def __str__(self) -> str:
        held = "" if self.validation_accuracy is None else f", validation {self.validation_accuracy:.2%}"
        speed = f"{self.seconds:.1f} s, {self.images_per_second:,.0f} images/s"
        return f"epoch {self.number:>2}: cost {self.cost:.4f}{held}, {speed}"


_SHOWN = 20
"""Epochs that the text of a history tells of, the last ones."""


@dataclass(repr=False)
class History:
    """The epochs of a run, the best of them, how the run ended, and which parameters the model was left with."""

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    steps: int = 0
    ended: str = "done"
    kept: str = "the initial values"

    @property
    def stopped(self) -> bool:
        """Whether a cost or a parameter that is no number ended it."""
        return self.ended.startswith("stopped")

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.ended.startswith("interrupted")

    def __repr__(self) -> str:
        accuracy = self.best and self.best.validation_accuracy
        best = f", best {accuracy:.2%} in epoch {self.best.number}" if self.best and accuracy is not None else ""
        lines = [f"<{len(self.epochs)} epochs, {self.steps:,} steps, {self.ended}{best}, kept {self.kept}>"]
        if len(self.epochs) > _SHOWN:
            lines.append(f"  ... {len(self.epochs) - _SHOWN:,} earlier epochs")
        return "\n".join([*lines, *(f"  {epoch}" for epoch in self.epochs[-_SHOWN:])])

    def _repr_html_(self) -> str:
        from symnet.viz.notebook import html  # Graphviz's package is loaded only where something is shown

        return html(self)

    def state(self) -> dict[str, Any]:
        """The epochs so far as JSON says them."""
        return {
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "best": self.best.number if self.best else None,
            "steps": self.steps,
        }

    @classmethod
    def of(cls, state: dict[str, Any]) -> History:
        """The history that a `state()` tells."""
        epochs = [Epoch(**epoch) for epoch in state["epochs"]]
        best = next((epoch for epoch in epochs if epoch.number == state["best"]), None)
        return cls(epochs, best, state["steps"])
