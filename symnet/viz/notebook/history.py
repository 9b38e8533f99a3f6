"""A training history in a notebook: its curves, how it ended, and the epochs' numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symnet.viz.notebook.charts import Curve, curves_svg
from symnet.viz.notebook.markup import Column, Markup, card, folded, heading, plain, quiet, table

if TYPE_CHECKING:
    from symnet.train.history import Epoch, History

_EPOCHS = 100
"""Rows of the table: the last ones of a longer run."""
_COLUMNS = [
    Column("epoch", right=True), Column("cost", right=True), Column("validation accuracy", right=True),
    Column("learning rate", right=True), Column("seconds", right=True), Column("images/s", right=True),
]  # fmt: skip


def history_html(history: History) -> Markup:
    """The card of a training run."""
    first, *_ = repr(history).splitlines()
    title = heading("training history", first.strip("<>"))
    if not history.epochs:
        return card(plain(title))
    numbers = [float(epoch.number) for epoch in history.epochs]
    best = float(history.best.number) if history.best is not None else None
    charts = [curves_svg([Curve("cost", numbers, [epoch.cost for epoch in history.epochs])], "epoch", best)]
    held = [math.nan if e.validation_accuracy is None else e.validation_accuracy for e in history.epochs]
    if not all(map(math.isnan, held)):
        charts.append(curves_svg([Curve("validation accuracy", numbers, held)], "epoch", best))
    rows = [_row(epoch) for epoch in history.epochs[-_EPOCHS:]]
    left_out = len(history.epochs) - len(rows)
    note = quiet(f"the last {len(rows)} of {len(history.epochs):,}") if left_out else ""
    return card(plain(title, *charts, folded("epochs", note + table(_COLUMNS, rows))))


def _row(epoch: Epoch) -> tuple[str, ...]:
    accuracy = epoch.validation_accuracy
    return (
        str(epoch.number), f"{epoch.cost:.4f}", "" if accuracy is None else f"{accuracy:.2%}",
        f"{epoch.learning_rate:.3g}",
        f"{epoch.seconds:.1f}", f"{epoch.images_per_second:,.0f}",
    )  # fmt: skip
