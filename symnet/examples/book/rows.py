"""The table of chapter 6's experiments: what each trains, with the book's settings, and what the book got."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from symnet.examples.book.networks import Network


@dataclass(frozen=True)
class Row:
    r"""One experiment.

    `book` is the test accuracy the book tells, in percent. `penalty` is $\lambda$ of $\frac{\lambda}{2 B} \sum w^2$
    for B batches in an epoch. `expanded`: each training image five times, moved by a pixel. A row with `voters` trains
    nothing of its own: so many nets of the row `voter` take a vote.
    """

    name: str
    what: str
    book: float
    network: Network
    epochs: int = 60
    learning_rate: float = 0.03
    penalty: float = 0.1
    expanded: bool = False
    batch_size: int = 10
    voter: str | None = None
    voters: int = 0

    def settings(self) -> dict[str, Any]:
        """What decides the numbers of a run, beside the seed and the data, as JSON says it."""
        net = self.network
        return {
            "filters": list(net.filters), "hidden": list(net.hidden), "activation": net.activation,
            "dropout": net.dropout, "epochs": self.epochs, "batch_size": self.batch_size,
            "learning_rate": self.learning_rate, "lambda": self.penalty, "expanded": self.expanded,
        }  # fmt: skip

    def seeds(self, seed: int) -> list[int]:
        """The seeds of the nets that vote: 0 to 4 for seed 0, 5 to 9 for seed 1 and so on."""
        return list(range(seed * self.voters, (seed + 1) * self.voters))


def _relu(*hidden: int, dropout: float = 0.0) -> Network:
    return Network((20, 40), hidden, "relu", dropout)


_DROPOUT = Row(
    "dropout", "two layers of 1,000 with dropout", 99.60, _relu(1000, 1000, dropout=0.5), 40, penalty=0.0, expanded=True
)
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
)  # fmt: skip
ROWS = {row.name: row for row in _TABLE}
