"""A bar that moves while an epoch runs: in a terminal, and in a notebook that has widgets."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from tqdm import tqdm


def bar(batches: Iterable[Any], title: str, done: int, total: int, shown: bool) -> tqdm:
    """The batches, with a bar over those left of an epoch; hidden where it would leave a line at each move."""
    look = {"initial": done, "total": total, "unit": "batch", "leave": False}
    if shown and "ipykernel" in sys.modules and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm as widget

        return widget(batches, title, **look)
    return tqdm(batches, title, disable=None if shown else True, **look)  # None: shown on a terminal


def line(text: str) -> None:
    """A line above the bar."""
    tqdm.write(text)
