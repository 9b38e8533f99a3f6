"""What is wrong with data, and in which row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnet.errors import ArgumentError, BoundsError, NumericError


def numbers(word: str, name: str, values: Any) -> NDArray[Any]:
    """Return an argument as an array of numbers with rows, without copying one (nor what a memory map holds)."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ArgumentError(f"{word}: {name} is no array of numbers: {error}") from error
    if array.dtype.kind not in "biufc":
        raise ArgumentError(f"{word}: {name} holds {array.dtype}, expected numbers.")
    if array.ndim == 0:
        raise ArgumentError(f"{word}: {name} is a single number, expected an array with a row for each example.")
    return array


def check_finite(word: str, name: str, values: NDArray[Any], rows: NDArray[np.intp]) -> None:
    """Raise `NumericError` where `values` holds a NaN or an infinity; `rows` are the numbers of its rows."""
    if values.dtype.kind not in "fc" or not values.size:
        return
    with np.errstate(all="ignore"):
        # One pass and no array of bools: whatever is not finite makes the sum so. A sum may also overflow.
        if np.isfinite(values.sum()):
            return
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        where = tuple(wrong[0].tolist())
        place = f" at {where[1:]}" if where[1:] else ""
        raise NumericError(
            f"{word}: {name} holds {values[where]} in row {rows[where[0]]}{place}.",
            fix="leave the row out, or replace the value (np.nan_to_num).",
        )


def check_labels(
    word: str, labels: NDArray[Any], classes: int, rows: NDArray[np.intp] | None = None, what: str = "label"
) -> None:
    """Raise `BoundsError` for a label outside 0 ... classes - 1, `ArgumentError` where labels are no integers.

    `rows` are the numbers of the labels' rows, where they do not count from 0.
    """
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise ArgumentError(f"{word}: {what}s are {labels.dtype} {labels.shape}, expected integers (n,).")
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        row = wrong[0] if rows is None else rows[wrong[0]]
        raise BoundsError(
            f"{word}: {what} {labels[wrong[0]]} in row {row} is out of range for {classes} classes.",
            note=f"{len(wrong):,} of {len(labels):,} labels are",
            fix=f"labels run from 0 to {classes - 1}.",
        )
