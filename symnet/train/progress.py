"""A bar that moves while an epoch runs: in a terminal, and in a notebook that has widgets."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any, Self

from tqdm import tqdm


def bar(batches: Iterable[Any], title: str, done: int, total: int, shown: bool) -> tqdm:
    """The batches, with a bar over those left of an epoch; hidden where it would leave a line at each move."""
    return _bar(batches, title, shown, initial=done, total=total)


class Bars:
    """A bar for each of the members that are trained now, over `total` steps, and a line for each epoch."""

    def __init__(self, total: int, shown: bool) -> None:
        self._total = total
        self._shown = shown
        self._open: dict[str, tqdm] = {}

    def begin(self, title: str) -> None:
        """Show one more."""
        self._open[title] = _bar(None, title, self._shown, total=self._total)

    def move(self, title: str, steps: int, text: str = "") -> None:
        """Have it stand at so many steps; a text stands above the bars."""
        shown = self._open[title]
        shown.update(steps - shown.n)
        self._tell(title, text)

    def end(self, title: str, text: str) -> None:
        """Take it away."""
        self._open.pop(title).close()
        self._tell(title, text)

    def _tell(self, title: str, text: str) -> None:
        if self._shown and text:
            line(f"{title}, {text}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for shown in self._open.values():
            shown.close()


def _bar(batches: Iterable[Any] | None, title: str, shown: bool, **look: Any) -> tqdm:
    look |= {"unit": "batch", "leave": False}
    if shown and "ipykernel" in sys.modules and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm as widget

        return widget(batches, title, **look)
    return tqdm(batches, title, disable=None if shown else True, **look)  # None: shown on a terminal


def line(text: str) -> None:
    """A line above the bar."""
    tqdm.write(text)
