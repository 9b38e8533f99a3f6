"""The table of experiments: chapter 6's with the book's settings and what the book got, and some beyond."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from symnet.examples.book.networks import DeepNetwork, Network


@dataclass(frozen=True)
class Row:
    r"""One experiment.

    `book` is the test accuracy the book tells, in percent; a row without goes beyond it. `penalty` is $\lambda$ of
    $\frac{\lambda}{2 B} \sum w^2$ for B batches in an epoch. `expanded`: each training image five times, moved by a
    pixel; `distorted`: each in a new way in each epoch, with this probability; `whole`: the validation images are
    trained on too, and the last epoch stays, where the settings were chosen before. `one_cycle`: Adam with a learning
    rate that rises to the given one and falls to nearly 0, in the place of gradient descent. A row with `voters` trains
    nothing of its own: so many nets of the row `voter` take a vote, of the kind that `vote` says
    (`symnet.train.Ensemble`).
    """

    name: str
    what: str
    book: float | None
    network: Network | DeepNetwork
    epochs: int = 60
    learning_rate: float = 0.03
    penalty: float = 0.1
    expanded: bool = False
    distorted: float = 0.0
    whole: bool = False
    one_cycle: bool = False
    batch_size: int = 10
    voter: str | None = None
    voters: int = 0
    vote: Literal["average", "majority"] = "majority"

    def settings(self) -> dict[str, Any]:
        """What decides the numbers of a run, beside the seed and the data, as JSON says it."""
        return {
            **{name: _listed(value) for name, value in asdict(self.network).items()},
            "epochs": self.epochs, "batch_size": self.batch_size,
            "learning_rate": self.learning_rate, "lambda": self.penalty, "expanded": self.expanded,
            "distorted": self.distorted, "whole": self.whole, "one_cycle": self.one_cycle,
        }  # fmt: skip

    def seeds(self, seed: int) -> list[int]:
        """The seeds of the nets that vote: 0 to 4 for seed 0, 5 to 9 for seed 1 and so on."""
        return list(range(seed * self.voters, (seed + 1) * self.voters))


def _listed(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back."""
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _relu(*hidden: int, dropout: float = 0.0) -> Network:
    return Network((20, 40), hidden, "relu", dropout)


_DROPOUT = Row(
    "dropout", "two layers of 1,000 with dropout", 99.60, _relu(1000, 1000, dropout=0.5), 40, penalty=0.0, expanded=True
)
_DEEP = Row(
    "deep", "five layers of filters, normalised; distorted digits", None, DeepNetwork(), 24, 3e-3, 0.0,
    distorted=1.0, one_cycle=True, batch_size=64,
)  # fmt: skip
_WIDE = replace(
    _DEEP, name="wide", what="a third wider, trained on all 60,000", epochs=16, whole=True,
    network=DeepNetwork(((32,), (64, 64), (128, 128))),
)  # fmt: skip
_MIXED = replace(_DEEP, name="mixed", what="as deep, a quarter of the digits left as they are", distorted=0.75)
_TABLE = (
    Row("shallow", "100 sigmoid neurons", 97.80, Network(), 60, 0.1, 0.0),
    Row("conv", "20 filters, 100 sigmoid neurons", 98.78, Network((20,)), 60, 0.1, 0.0),
    Row("double-conv", "20 and 40 filters, 100 sigmoid neurons", 99.06, Network((20, 40)), 60, 0.1, 0.0),
    Row("relu", "the same with rectified linear units", 99.23, _relu(100)),
    Row("expanded", "the same on expanded data", 99.37, _relu(100), expanded=True),
    Row("fc-300", "a fully connected layer of 300", 99.46, _relu(300), expanded=True),
    Row("fc-1000", "one of 1,000", 99.43, _relu(1000), expanded=True),
    Row("fc-100-100", "two fully connected layers of 100", 99.43, _relu(100, 100), expanded=True),
    Row("fc-300-300", "two of 300", 99.48, _relu(300, 300), expanded=True),
    Row("fc-1000-1000", "two of 1,000", 99.47, _relu(1000, 1000), expanded=True),
    _DROPOUT,
    replace(_DROPOUT, name="ensemble", what="five of these by majority vote", book=99.67, voter="dropout", voters=5),
    _DEEP,
    _WIDE,
    _MIXED,
    replace(_MIXED, name="mixed-ensemble", what="the mean of five of these", voter="mixed", voters=5, vote="average"),
)  # fmt: skip
ROWS = {row.name: row for row in _TABLE}
