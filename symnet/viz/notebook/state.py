"""A shared variable in a notebook: name and type, its extremes, mean and spread, and a histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symnet.graph import Shared
from symnet.viz.notebook.charts import histogram_svg
from symnet.viz.notebook.markup import Column, Markup, card, heading, plain, quiet, table

_CHUNK = 2**18
"""Elements looked at at once: no second array as large as the value is made."""


@dataclass(frozen=True)
class Statistics:
    """What there is to say of an array: of its finite elements, or of their absolute values if it is complex."""

    least: float
    mean: float
    largest: float
    std: float
    nans: int
    infinities: int
    counts: tuple[int, ...]
    """How many elements fall into each of equal intervals from the least to the largest."""


def statistics(array: np.ndarray, bins: int = 32) -> Statistics:
    """Minimum, mean, maximum, standard deviation, and how many elements are NaN or infinite."""
    flat = array.reshape(-1)
    parts = [flat[k : k + _CHUNK] for k in range(0, flat.size, _CHUNK)]
    nans = infinities = count = 0
    least, largest = np.inf, -np.inf
    for part in parts:
        wide, lost, endless = _finite(part)
        nans, infinities, count = nans + lost, infinities + endless, count + wide.size
        if wide.size:
            least, largest = min(least, float(wide.min())), max(largest, float(wide.max()))
    if not count:
        return Statistics(np.nan, np.nan, np.nan, np.nan, nans, infinities, ())
    # Halves of differences, and squares of these places, overflow nowhere.
    half = largest / 2 - least / 2
    total = squares = 0.0
    counts = np.zeros(bins, np.int64)
    for part in parts:
        wide = _finite(part)[0]
        places = (wide / 2 - least / 2) / half if half else np.full(wide.shape, 0.5)
        total, squares = total + float(places.sum()), squares + float(np.square(places - 0.5).sum())
        counts += np.bincount(np.minimum((places * bins).astype(np.int64), bins - 1), minlength=bins)
    mean = total / count
    spread = max(squares / count - (mean - 0.5) ** 2, 0.0) ** 0.5
    return Statistics(least, least + mean * half + mean * half, largest, spread * half * 2, nans, infinities,
                      tuple(counts.tolist()))  # fmt: skip


def _finite(part: np.ndarray) -> tuple[np.ndarray, int, int]:
    """The finite elements as doubles, and how many are NaN or infinite."""
    if part.dtype.kind not in "fc":
        return part.astype(np.float64), 0, 0
    with np.errstate(over="ignore", invalid="ignore"):
        wide = np.abs(part).astype(np.float64) if part.dtype.kind == "c" else part.astype(np.float64)
    good = np.isfinite(wide)
    nans = int(np.isnan(wide).sum())
    return wide[good], nans, int(wide.size - good.sum() - nans)


def state_html(s: Shared) -> Markup:
    """The card of a shared variable; a scalar's is its value."""
    title = heading(s.name or s.target or "a shared variable", f"shared {s.type}")
    with s.lock:  # no call updates it meanwhile
        array = s.array
        if array.ndim == 0:
            return card(plain(title, f"<div>{quiet(str(array.item()))}</div>"))
        found = statistics(array)
    if found.nans + found.infinities == array.size:
        empty = "no elements" if not array.size else f"none of {array.size:,} elements is finite"
        return card(plain(title, f"<div>{quiet(f'{empty}; shape {array.shape}')}</div>"))
    names = ["min", "mean", "max", "std"]
    if array.dtype.kind == "c":
        names = [f"{name} of |x|" for name in names]
    cells = [f"{value:.4g}" for value in (found.least, found.mean, found.largest, found.std)]
    columns = [Column(name, right=True) for name in (*names, "NaN", "infinite")]
    shown = _warned(found.nans), _warned(found.infinities)
    bars = histogram_svg(found.counts, found.least, found.largest)
    return card(plain(title, table(columns, [[*cells, *shown]]), bars))


def _warned(count: int) -> Markup:
    return Markup(f'<b style="color:#a34700">{count:,}</b>' if count else "0")
